"""Files, web pages and records to a store: read, cut, embed, write, acknowledge, batch by batch."""

from __future__ import annotations

import hashlib
import logging
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, Protocol

import numpy as np

from .ahead import read_ahead
from .annotations import annotate
from .chunks import CHUNKER_VERSION, make_chunks
from .encoder import Encoder
from .errors import NothingToIndexError, SettingsError, SourceError
from .given import GivenRecord
from .model import DEFAULT_MODEL
from .readers import discover, kinds, read_path
from .schema import Article
from .settings import IndexSettings, load_settings
from .store import Store, check_format, check_model, is_empty
from .writer import Prepared, Writer

logger = logging.getLogger(__name__)

# Chunks written in one transaction: a commit costs a sync to the disk, a crash loses at most this much.
BATCH_CHUNKS = 256
# Articles that may be read and split before they are embedded.
AHEAD = 64

_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


class ArticleSource(Protocol):
    """What articles come from that is no path: a URL, a record, a file in memory (index/web/source.py, given.py)."""

    @property
    def notes(self) -> Sequence[str]:
        """What there is to know after reading, such as what was left out."""

    def read(self, max_bytes: int) -> Iterator[Article | SourceError]:
        """Yield the articles, none longer than ``max_bytes``, and what cannot be read."""


Source = Path | ArticleSource


@dataclass(frozen=True, slots=True)
class IngestEvent:
    """Something that happened to one article or file; ``added`` and ``updated`` are durable when they are told.

    ``notes`` are words about an article that was read all the same. ``done`` and ``total`` count inputs (files and
    URLs), for a progress bar.
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
    notes: list[str] = field(default_factory=list)  # what else there is to know, such as what was left out
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
    """Read articles from files, folders and URLs of pages and feeds into a store, creating it if need be.

    An article whose uri is stored with the same content costs nothing; one with new content replaces the old. A file
    that cannot be read is reported and does not stop the others. ``on_event`` hears of an article once it is durable;
    other threads call it too, one call at a time.

    Raises NothingToIndexError when no article at all could be read, StoreModelError when the store was made by another
    model, and the other StoreErrors.
    """
    settings = settings or load_settings(IndexSettings, "index", store=store, model=model)
    given = [paths] if isinstance(paths, str | Path) else list(paths)
    sources: list[Source] = []
    problems: list[SourceError] = []
    for found in discover([path for path in given if not is_url(path)]):
        if isinstance(found, SourceError):
            problems.append(found)
        else:
            sources.append(found)
    if urls := [str(path) for path in given if is_url(path)]:
        from .web.source import open_sources  # nothing that could reach the network is loaded without a URL

        sources += open_sources(urls, settings.web_allow_hosts, settings.feed_entries)
    report = ingest(sources, settings, on_event, problems=problems)
    if not report.articles:
        raise NothingToIndexError(_nothing(given, report))
    return report


def add_articles(
    records: Iterable[Mapping[str, object]],
    *,
    store: str | Path | None = None,
    model: str | None = None,
    settings: IndexSettings | None = None,
    encoder: Encoder | None = None,
    on_event: Listener | None = None,
) -> IngestReport:
    """Add articles that are records in memory to a store, creating it if need be, be it for no records at all.

    Fields are those of a JSON file (``text``, ``title``, ``date``, ``source``, ``url``, ``authors``, ``uri`` and their
    usual other names), and ``metadata``, an object of JSON values that comes back as ``Article.metadata``. A record
    that is stored already costs nothing, one with the uri of a stored article replaces it. What is wrong with a record
    stands in the report's ``problems``, and the others are stored: durable on return, and seen by open indexes.

    ``encoder``: that of an open index, which saves loading its model again. Raises StoreBusyError when another process
    (or thread) writes, and the other StoreErrors.
    """
    settings = settings or load_settings(IndexSettings, "index", store=store, model=model)
    sources = [GivenRecord(record, number) for number, record in enumerate(records, 1)]
    encoder = encoder or open_encoder(settings)
    if not sources:
        with Writer(settings.store, encoder, create=True):
            return IngestReport(settings.store)
    return ingest(sources, settings, on_event, encoder=encoder)


def ingest(
    sources: Sequence[Source],
    settings: IndexSettings,
    on_event: Listener | None = None,
    *,
    problems: Sequence[SourceError] = (),
    encoder: Encoder | None = None,
) -> IngestReport:
    """Read ``sources`` into the store of ``settings``; ``problems`` are those met on the way to them. ``encoder``: the
    one to embed with, unless the store's is to be opened.

    Raises StoreModelError and the other StoreErrors.
    """
    report = IngestReport(settings.store)
    run = _Ingest(report, on_event or (lambda event: None), len(sources))
    for problem in problems:
        run.failed(problem)
    if not sources:
        return report
    encoder = encoder or open_encoder(settings)
    chunk_tokens = _chunk_tokens(settings, encoder)
    with Writer(settings.store, encoder, create=True) as writer:
        if writer.store.model().sha != encoder.identity.sha:
            check_model(writer.store, encoder.name)
        run.run(writer, encoder, sources, chunk_tokens, int(settings.max_article_mb * 1_000_000))
        writer.annotate_again()
        writer.finish()
    for source in sources:
        if not isinstance(source, Path):
            report.notes.extend(source.notes)
    if run.foreign:
        report.notes.append(_foreign(run.foreign))
    return report


def is_url(path: str | Path) -> bool:
    """Say whether what was given as an input is a URL, of whatever scheme, and not a path."""
    return isinstance(path, str) and bool(_URL.match(path))


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


def _foreign(found: Counter[str]) -> str:
    count, languages = found.total(), ", ".join(sorted(found))
    articles = "1 article is" if count == 1 else f"{count} articles are"
    return (
        f"{articles} not in English ({languages}): the model {DEFAULT_MODEL} and the reader know English only, so "
        "answers from them are poor; index them with --model and a multilingual model"
    )


def _nothing(given: Sequence[str | Path], report: IngestReport) -> str:
    if len(report.problems) == 1:
        return str(report.problems[0])
    where = ", ".join(map(str, given[:3])) + (" ..." if len(given) > 3 else "")
    if report.problems:
        return f"{where}: none of {len(report.problems)} inputs could be read; the first: {report.problems[0]}"
    return f"{where}: holds no articles; give URLs, or files or folders of articles: {kinds()}"


Found = Prepared | SourceError | str | None
"""What reading gives: an article to write, an input that is none, the uri of an unchanged one; None ends a source."""


class _Ingest:
    """One run, a pipeline of three threads: one reads and splits, one embeds, one writes and tells what is durable."""

    def __init__(self, report: IngestReport, tell: Listener, total: int) -> None:
        self.report = report
        self.total = total
        self.done = 0
        self.foreign: Counter[str] = Counter()  # articles in languages that the model does not know
        self._tell = tell
        self._telling = threading.Lock()

    def tell(self, event: IngestEvent) -> None:
        with self._telling:
            self._tell(replace(event, done=self.done, total=self.total))

    def failed(self, problem: SourceError) -> None:
        self.report.problems.append(problem)
        self.tell(IngestEvent("failed", problem.where, problem=problem))

    def run(
        self, writer: Writer, encoder: Encoder, sources: Sequence[Source], chunk_tokens: int, max_bytes: int
    ) -> None:
        def read() -> Iterator[Found]:
            for source in sources:
                for found in read_path(source, max_bytes) if isinstance(source, Path) else source.read(max_bytes):
                    if isinstance(found, SourceError):
                        yield found
                        continue
                    if encoder.name == DEFAULT_MODEL and found.language not in ("", "en"):
                        self.foreign[found.language] += 1
                    if writer.stored(found.uri) == (found.content_sha, chunked_by):
                        yield found.uri
                    else:
                        yield _prepare(found, encoder, chunk_tokens, chunked_by)
                yield None

        chunked_by = f"{CHUNKER_VERSION}:{chunk_tokens}"
        with read_ahead(read(), AHEAD) as items, ThreadPoolExecutor(1, "write") as pool:
            written: Future[None] | None = None
            for batch in self._batches(items):
                vectors = _embed(writer, encoder, batch)  # while the batch before is written
                if written is not None:
                    written.result()
                written = pool.submit(self._write, writer, batch, vectors)
            if written is not None:
                written.result()

    def _batches(self, items: Iterator[Found]) -> Iterator[list[Prepared]]:
        """What is to be written, in batches of about BATCH_CHUNKS without a uri twice; tells of the rest."""
        batch: list[Prepared] = []
        uris: set[str] = set()
        taken: dict[str, str] = {}  # what is not written yet looks new to the thread that reads
        for item in items:
            if item is None:
                self.done += 1
            elif isinstance(item, SourceError):
                self.failed(item)
            elif isinstance(item, str):
                self._unchanged(item)
            elif taken.get(uri := item.article.uri) == item.article.content_sha:
                self._unchanged(uri)
            else:
                if uri in uris or sum(len(p.chunks) for p in batch) >= BATCH_CHUNKS:
                    yield batch
                    batch, uris = [], set()
                batch.append(item)
                uris.add(uri)
                taken[uri] = item.article.content_sha
        if batch:
            yield batch

    def _unchanged(self, uri: str) -> None:
        self.report.unchanged.append(uri)
        self.tell(IngestEvent("unchanged", uri))

    def _write(self, writer: Writer, batch: Sequence[Prepared], vectors: dict[bytes, bytes]) -> None:
        for prepared, change in zip(batch, writer.put(batch, vectors), strict=True):
            uri, chunks = prepared.article.uri, len(prepared.chunks)
            (self.report.added if change == "added" else self.report.updated).append(uri)
            self.report.chunks += chunks
            self.tell(IngestEvent(change, uri, chunks, notes=prepared.article.notes))


def _prepare(article: Article, encoder: Encoder, chunk_tokens: int, chunked_by: str) -> Prepared:
    chunks = make_chunks(article, chunk_tokens, encoder.token_starts)
    shas = [hashlib.sha256(chunk.embed_text.encode()).digest() for chunk in chunks]
    return Prepared(article, chunks, shas, chunked_by, annotate(article))


def _embed(writer: Writer, encoder: Encoder, batch: Sequence[Prepared]) -> dict[bytes, bytes]:
    """The fp16 vectors of all chunks by their embed_sha; what the store has is not embedded again."""
    texts = {sha: chunk.embed_text for p in batch for sha, chunk in zip(p.embed_shas, p.chunks, strict=True)}
    vectors = writer.known_vectors(list(texts))
    missing = [sha for sha in texts if sha not in vectors]
    encoded = encoder.encode([texts[sha] for sha in missing]).astype(np.float16)
    return vectors | {sha: encoded[row].tobytes() for row, sha in enumerate(missing)}


def remove_articles(uris: Sequence[str | Path], *, store: str | Path | None = None) -> tuple[list[str], list[str]]:
    """Delete articles by uri or by the path of their file, all or none; returns (removed, not found).

    Raises StoreBusyError and the other StoreErrors.
    """
    settings = load_settings(IndexSettings, "index", store=store)
    names: list[str] = []
    missing: list[str] = []
    with Writer(settings.store, None) as writer:
        for given in uris:
            found = next((name for name in _names(given) if writer.stored(name)), None)
            (missing if found is None else names).append(str(given) if found is None else found)
        removed = writer.remove(names) if names else []
        writer.finish()
    return removed, missing


def _names(given: str | Path) -> Iterator[str]:
    """The uris that an article may be meant by: what was given, and the absolute path."""
    yield str(given)
    if "\0" not in str(given):
        yield str(Path(given).resolve())
