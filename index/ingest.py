"""Files to a store: read, cut, embed, write, acknowledge, batch by batch."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from .chunks import CHUNKER_VERSION, make_chunks
from .encoder import Encoder
from .errors import NothingToIndexError, SettingsError, SourceError
from .model import DEFAULT_MODEL
from .readers import discover, read_path
from .schema import Article
from .settings import IndexSettings, load_settings
from .store import Store, check_format, check_model, is_empty
from .writer import Prepared, Writer

logger = logging.getLogger(__name__)

# Chunks written in one transaction: a commit costs a sync to the disk, a crash loses at most this much.
BATCH_CHUNKS = 256


@dataclass(frozen=True, slots=True)
class IngestEvent:
    """Something that happened to one article or file; ``added`` and ``updated`` are durable when they are told.

    ``notes`` are words about an article that was read all the same. ``done`` and ``total`` count input files, for a
    progress bar.
    """

    kind: Literal["added", "updated", "unchanged", "failed"]
    uri: str
    chunks: int = 0
    problem: SourceError | None = None
    notes: tuple[str, ...] = ()
    done: int = 0
    total: int = 0


@dataclass(slots=True)
class IngestReport:
    """What became of the inputs, by uri; ``problems`` are the inputs that could not be read, ``notes`` what is
    odd about those that were: "URI: a date was refused ...".
    """

    store: Path
    added: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    problems: list[SourceError] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    chunks: int = 0

    @property
    def articles(self) -> int:
        """Articles that were read, changed or not."""
        return len(self.added) + len(self.updated) + len(self.unchanged)


Listener = Callable[[IngestEvent], None]


def build_index(
    paths: Sequence[str | Path] | str | Path,
    *,
    store: str | Path | None = None,
    model: str | None = None,
    settings: IndexSettings | None = None,
    on_event: Listener | None = None,
) -> IngestReport:
    """Read articles from files and folders into a store, creating it if need be.

    An article whose uri is stored with the same content costs nothing; one with new content replaces the old. A file
    that cannot be read is reported and does not stop the others. ``on_event`` hears of an article once it is durable.

    Raises NothingToIndexError when no article at all could be read, StoreModelError when the store was made by another
    model, and the other StoreErrors.
    """
    settings = settings or load_settings(IndexSettings, "index", store=store, model=model)
    given = [paths] if isinstance(paths, str | Path) else list(paths)
    report = IngestReport(settings.store)
    files: list[Path] = []
    problems: list[SourceError] = []
    for found in discover(given):
        if isinstance(found, SourceError):
            problems.append(found)
        else:
            files.append(found)
    ingest = _Ingest(report, on_event or (lambda event: None), len(files))
    for problem in problems:
        ingest.failed(problem)
    if not files:
        raise NothingToIndexError(_nothing(given, report))
    encoder = open_encoder(settings)
    chunk_tokens = _chunk_tokens(settings, encoder)
    with Writer(settings.store, encoder, create=True) as writer:
        if writer.store.model().sha != encoder.identity.sha:
            check_model(writer.store, encoder.name)
        ingest.run(writer, encoder, files, chunk_tokens, int(settings.max_article_mb * 1_000_000))
        writer.finish()
    if not report.articles:
        raise NothingToIndexError(_nothing(given, report))
    return report


def open_encoder(settings: IndexSettings) -> Encoder:
    """The encoder that made an existing store, else the one of the settings.

    Raises StoreModelError when the settings name a model and the store was made by another one.
    """
    if not (settings.store / "corpus.db").exists():
        return Encoder(settings.model or DEFAULT_MODEL)
    store = Store(settings.store)
    try:
        if is_empty(store):
            return Encoder(settings.model or DEFAULT_MODEL)
        check_format(store)
        check_model(store, settings.model or None)
        return Encoder(store.model().name)
    finally:
        store.close()


def _chunk_tokens(settings: IndexSettings, encoder: Encoder) -> int:
    limit = encoder.identity.max_tokens
    if settings.chunk_tokens > limit:
        raise SettingsError(f"chunk_tokens is {settings.chunk_tokens}; the model {encoder.name} takes at most {limit}")
    return settings.chunk_tokens or limit


def _nothing(given: Sequence[str | Path], report: IngestReport) -> str:
    if len(report.problems) == 1:
        return str(report.problems[0])
    where = ", ".join(map(str, given[:3])) + (" ..." if len(given) > 3 else "")
    if report.problems:
        return f"{where}: none of {len(report.problems)} inputs could be read; the first: {report.problems[0]}"
    return f"{where}: holds no articles; give files or folders with .txt .md .html .json .jsonl"


class _Ingest:
    """One run: collects articles into batches, embeds what is new, writes, tells."""

    def __init__(self, report: IngestReport, tell: Listener, total: int) -> None:
        self.report = report
        self.tell = tell
        self.total = total
        self.done = 0

    def failed(self, problem: SourceError) -> None:
        self.report.problems.append(problem)
        self.tell(IngestEvent("failed", problem.where, problem=problem, done=self.done, total=self.total))

    def run(self, writer: Writer, encoder: Encoder, files: Sequence[Path], chunk_tokens: int, max_bytes: int) -> None:
        chunked_by = f"{CHUNKER_VERSION}:{chunk_tokens}"
        batch: list[Prepared] = []
        uris: set[str] = set()
        for article in self._articles(files, max_bytes):
            if writer.stored(article.uri) == (article.content_sha, chunked_by):
                self.report.unchanged.append(article.uri)
                self.tell(IngestEvent("unchanged", article.uri, done=self.done, total=self.total))
                continue
            if article.uri in uris or sum(len(p.chunks) for p in batch) >= BATCH_CHUNKS:
                self._write(writer, encoder, batch)
                batch, uris = [], set()
            batch.append(_prepare(article, encoder, chunk_tokens, chunked_by))
            uris.add(article.uri)
        if batch:
            self._write(writer, encoder, batch)

    def _articles(self, files: Sequence[Path], max_bytes: int) -> Iterator[Article]:
        for path in files:
            for found in read_path(path, max_bytes):
                if isinstance(found, SourceError):
                    self.failed(found)
                else:
                    yield found
            self.done += 1

    def _write(self, writer: Writer, encoder: Encoder, batch: Sequence[Prepared]) -> None:
        texts = {sha: chunk.embed_text for p in batch for sha, chunk in zip(p.embed_shas, p.chunks, strict=True)}
        vectors = writer.known_vectors(list(texts))
        missing = [sha for sha in texts if sha not in vectors]
        encoded = encoder.encode([texts[sha] for sha in missing]).astype(np.float16)
        vectors.update((sha, encoded[row].tobytes()) for row, sha in enumerate(missing))
        for prepared, change in zip(batch, writer.put(batch, vectors), strict=True):
            uri, chunks = prepared.article.uri, len(prepared.chunks)
            (self.report.added if change == "added" else self.report.updated).append(uri)
            self.report.chunks += chunks
            notes = prepared.article.notes
            self.report.notes.extend(f"{uri}: {note}" for note in notes)
            self.tell(IngestEvent(change, uri, chunks, notes=notes, done=self.done, total=self.total))


def _prepare(article: Article, encoder: Encoder, chunk_tokens: int, chunked_by: str) -> Prepared:
    chunks = make_chunks(article, chunk_tokens, encoder.token_starts)
    shas = [hashlib.sha256(chunk.embed_text.encode()).digest() for chunk in chunks]
    return Prepared(article, chunks, shas, chunked_by)


def remove_articles(uris: Sequence[str | Path], *, store: str | Path | None = None) -> tuple[list[str], list[str]]:
    """Delete articles by uri or by the path of their file; returns (removed, not found). Raises StoreError."""
    settings = load_settings(IndexSettings, "index", store=store)
    removed: list[str] = []
    missing: list[str] = []
    with Writer(settings.store, None) as writer:
        for given in uris:
            names = [str(given), str(Path(given).resolve())]
            gone = writer.remove([name for name in dict.fromkeys(names) if writer.stored(name)])
            (removed if gone else missing).extend(gone or [str(given)])
        writer.finish()
    return removed, missing
