"""An opened index: search, articles, state."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Literal, NamedTuple, Self

import apsw

from .crossencoder import CrossEncoder, Reading
from .encoder import Encoder, Vectors
from .errors import NutgrafError, QueryError, StoreMissingError, StoreModelError
from .fusion import Ranking, min_max
from .lexical import Condition, Stemmer, content_words, idf, query_words
from .reranking import load_ahead, logistic, shared_cross_encoder
from .reranking import rerank as rerank_scores
from .schema import Article, ArticleHead, Passage
from .settings import IndexSettings, load_settings
from .snapshot import current_view
from .store import (
    HEAD_COLUMNS,
    Store,
    check_format,
    check_model,
    chunk_sha,
    damaged,
    load_article,
    load_chunk,
    load_head,
    load_paragraphs,
    missing_text,
)
from .view import View

Mode = Literal["hybrid", "dense", "bm25"]

MAX_QUERY_CHARS = 4_000
# Candidates that each of the two searches gives to fusion.
CANDIDATES = 100
# Share of the dense score in the fused score; see eval/bench/fusion.py for how it was measured.
DENSE_WEIGHT = 0.3


class Skim(NamedTuple):
    """How much reranking reads: the first fused candidates, of each one row of input (see CrossEncoder.skim).

    On dated news among 7,400 articles 30 candidates found more than 20, and 40 no more (eval/bench/fit_reader.py).
    """

    passages: int = 30
    row_tokens: int | None = None


SKIM = Skim()


@dataclass(frozen=True, slots=True)
class Retrieved:
    """A passage and what the cross-encoder made of it; None when it was not read: reranking is off, or below its depth.

    The reading is that of one window of the passage; its offsets count in ``passage.text``.
    """

    passage: Passage
    reading: Reading | None


def open_index(store: str | Path | None = None, *, model: str | None = None, rerank: bool | None = None) -> Index:
    """Open a store for reading. ``store`` defaults to the setting (``.nutgraf`` in the current folder), and so does
    ``rerank``, which says whether searches are reranked unless they say it themselves.

    Raises StoreMissingError, StoreVersionError, StoreModelError (``model`` is given and not the store's),
    StoreDamagedError.
    """
    settings = load_settings(IndexSettings, "index", store=store, model=model, rerank=rerank)
    if not (settings.store / "corpus.db").exists():
        raise StoreMissingError(missing_text(settings.store))
    opened = Store(settings.store)
    try:
        check_format(opened)
        check_model(opened, settings.model or None)
        return Index(opened, Encoder(opened.model().name), rerank=settings.rerank)
    except NutgrafError:
        opened.close()
        raise


class Index:
    """A store opened for reading. Safe to use from many threads; sees what writers commit without being reopened."""

    def __init__(self, store: Store, encoder: Encoder, *, rerank: bool = True) -> None:
        self.store = store
        self.encoder = encoder
        self.rerank = rerank
        self._view: View | None = None
        self._view_lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.store.close()

    # -- search

    def search(
        self,
        query: str,
        *,
        k: int = 10,
        date_from: date | str | None = None,
        date_to: date | str | None = None,
        sources: Sequence[str] | None = None,
        as_of: date | str | None = None,
        mode: Mode = "hybrid",
        rerank: bool | None = None,
    ) -> list[Passage]:
        """The ``k`` best passages for ``query``, best first; fewer only when fewer exist.

        Dates (inclusive; YYYY-MM-DD or date) and sources (names, any case) filter before the search, so they never
        cost a result; articles without a date are outside of every date range. ``as_of`` leaves out what was published
        after that day, keeps articles without a date, and where passages are reranked prefers those of the days before.
        ``mode`` turns one signal off.

        The first SKIM.passages are read with the question by the cross-encoder and ordered anew, those behind
        follow in the order in which they were found. ``rerank`` switches that on or off; None stands for the setting,
        and for off where ``mode`` asks for one signal alone. Without the cross-encoder's weights nothing is reranked.
        Raises QueryError for an empty or over-long query, a k below 1, or a date that is none.
        """
        found = self.retrieve(
            query, k=k, date_from=date_from, date_to=date_to, sources=sources, as_of=as_of, mode=mode, rerank=rerank
        )
        return [one.passage for one in found]

    def retrieve(
        self,
        query: str,
        *,
        k: int = 10,
        date_from: date | str | None = None,
        date_to: date | str | None = None,
        sources: Sequence[str] | None = None,
        as_of: date | str | None = None,
        mode: Mode = "hybrid",
        rerank: bool | None = None,
        skim: Skim = SKIM,
    ) -> list[Retrieved]:
        """What ``search`` finds, each passage with what the cross-encoder made of it; ``skim``: how much it reads."""
        if not query.strip():
            raise QueryError("the question is empty; type a question")
        if len(query) > MAX_QUERY_CHARS:
            raise QueryError(f"the question has {len(query)} characters; ask in at most {MAX_QUERY_CHARS}")
        if k < 1:
            raise QueryError(f"k is {k}; ask for at least 1 passage")
        query = whole_text(query)
        conditions = _conditions(date_from, date_to, sources, as_of)
        wanted = self.rerank and mode == "hybrid" if rerank is None else rerank
        if wanted:
            load_ahead()
        vector = self.encode_query(query) if mode != "bm25" else None
        reader = self.crossencoder if wanted else None
        with self.store.reading() as connection:
            most = max(CANDIDATES, k)
            view = self._current_view()
            dense: Ranking = []
            if vector is not None:
                dense = view.nearest(self.store, vector, most, view.allowed(connection, conditions))
            lexical: Ranking = []
            if mode != "dense":
                lexical = self._by_words(view, query, most, conditions)
            ranked = min_max([dense, lexical], [DENSE_WEIGHT, 1 - DENSE_WEIGHT])
            kept = ranked[: k if reader is None else max(k, skim.passages)]
            passages = self._passages(connection, kept, dict(dense), dict(lexical))
        if reader is None:
            return [Retrieved(passage, None) for passage in passages]
        texts = [passage.text for passage in passages[: skim.passages]]
        readings = reader.skim(query, texts, length=skim.row_tokens)
        return _reranked(passages, readings, to_day(as_of, "as_of"))[:k]

    @property
    def crossencoder(self) -> CrossEncoder | None:
        """What reads passages with a question, loaded when it is first used; None without whole weights."""
        return shared_cross_encoder()

    def encode_query(self, text: str) -> Vectors:
        """Unit vector of a question, shape (dim,). Raises StoreModelError when the model did not make this store."""
        if self.encoder.identity.sha != self.store.model().sha:
            raise StoreModelError(
                f"{self.store.folder}: the model {self.encoder.name} is not what it was when the store was made; "
                "bring the old one back, or index the articles into a new store"
            )
        vector: Vectors = self.encoder.encode([text], "query")[0]
        return vector

    def _by_words(self, view: View, query: str, k: int, conditions: Sequence[Condition]) -> Ranking:
        connection = self.store.connection
        words = query_words(query, Stemmer(connection), view.document_frequencies)
        return view.matches(list(words.values()), k, view.allowed(connection, conditions))

    def _current_view(self) -> View:
        """The index of the generation that this thread's read transaction sees."""
        generation = self.store.generation()
        view = self._view
        if view is not None and view.generation == generation:
            return view
        with self._view_lock:
            newest = self._view
            view = current_view(self.store, newest)
            # Another thread may read an older state of the database; it must not put the newer view back.
            if newest is None or view.generation > newest.generation:
                self._view = view
        return view

    def _passages(
        self,
        connection: apsw.Connection,
        ranked: Sequence[tuple[int, float]],
        dense: dict[int, float],
        lexical: dict[int, float],
    ) -> list[Passage]:
        passages = []
        for rank, (chunk_id, score) in enumerate(ranked, 1):
            signals = {
                name: signal[chunk_id] for name, signal in (("dense", dense), ("bm25", lexical)) if chunk_id in signal
            }
            passages.append(self._passage(connection, chunk_id, score, rank, signals))
        return passages

    def _passage(
        self, connection: apsw.Connection, chunk_id: int, score: float, rank: int, signals: dict[str, float]
    ) -> Passage:
        row = connection.execute(
            'SELECT chunk.id, chunk.text, chunk.start, chunk."end", first_paragraph, last_paragraph, chunk.sha, '  # noqa: S608
            f"article.id, article.text, {HEAD_COLUMNS} "
            "FROM chunk JOIN article ON article.id = chunk.article_id WHERE chunk.id = ?",
            (chunk_id,),
        ).fetchone()
        if row is None:
            raise damaged(self.store.folder, f"chunk {chunk_id} is gone")
        chunk, head = load_chunk(row[:6]), load_head(row[9:])
        sha, article_id, text = row[6:9]
        if chunk_sha(head.uri, chunk.start, chunk.text) != sha or text[chunk.start : chunk.end] != chunk.text:
            raise damaged(self.store.folder, f"chunk {chunk_id} of {head.uri}")
        paragraphs = load_paragraphs(connection, article_id, chunk.first_paragraph, chunk.last_paragraph, text)
        return Passage(chunk, head, paragraphs, score, rank, signals)

    # -- articles and passages by name

    def passage(self, passage_id: str) -> Passage | None:
        """A passage by its id, with score 0 and rank 0; None when it is not (any more) in the store."""
        if not passage_id.startswith("p") or not passage_id[1:].isdecimal() or len(passage_id) > 18:
            return None
        with self.store.reading() as connection:
            number = int(passage_id[1:])
            if connection.execute("SELECT 1 FROM chunk WHERE id = ?", (number,)).fetchone() is None:
                return None
            return self._passage(connection, number, 0.0, 0, {})

    def article(self, uri: str) -> Article | None:
        """The stored article of that uri with its text and paragraphs, or None."""
        with self.store.reading() as connection:
            return load_article(connection, uri)

    def articles(self) -> Iterator[ArticleHead]:
        """All articles without their texts, in the order in which they were stored."""
        with self.store.reading() as connection:
            rows = connection.execute(f"SELECT {HEAD_COLUMNS} FROM article ORDER BY id").fetchall()  # noqa: S608
        return (load_head(row) for row in rows)

    def sources(self) -> list[str]:
        """The names of all sources, sorted."""
        with self.store.reading() as connection:
            rows = connection.execute(
                "SELECT DISTINCT source FROM article WHERE source <> '' ORDER BY source"
            ).fetchall()
        return [str(row[0]) for row in rows]

    def size(self) -> int:
        """About how many chunks there are: the highest number given, which deleting does not lower; costs no scan."""
        with self.store.reading() as connection:
            (number,) = connection.execute("SELECT coalesce(max(id), 0) FROM chunk").fetchone() or (0,)
        return int(number)

    def undated(self) -> int:
        """How many articles have no publication date, and so are outside of every date range."""
        with self.store.reading() as connection:
            (number,) = connection.execute("SELECT count(*) FROM article WHERE published IS NULL").fetchone() or (0,)
        return int(number)

    # -- what words weigh

    def term_weights(self, text: str) -> dict[str, float]:
        """The content words of ``text`` as stems with their BM25 idf in this store (rarer: heavier)."""
        with self.store.reading():
            stems = self.stems(" ".join(content_words(text)))
            view = self._current_view()
            counts = view.document_frequencies(stems)
            return {stem: idf(view.count, counts[stem]) for stem in dict.fromkeys(stems)}

    def stems(self, text: str) -> list[str]:
        """The stems of ``text`` as the keyword index makes them, in order."""
        with self.store.guarded() as connection:
            return Stemmer(connection).stems(text)


def _reranked(passages: Sequence[Passage], readings: Sequence[Reading], today: date | None) -> list[Retrieved]:
    """Passages in fused order, of which the first were read, in the order and with the scores of index.reranking."""
    published = [passage.article.published.date for passage in passages]
    days = [(today - day).days if day else None for day in published] if today else None
    scores = rerank_scores([passage.score for passage in passages], readings, days)
    found = []
    for rank, number in enumerate(sorted(range(len(passages)), key=lambda i: (-scores[i], i)), 1):
        passage, reading = passages[number], readings[number] if number < len(readings) else None
        signals = dict(passage.scores)
        if reading is not None:
            signals["relevance"] = logistic(reading.relevant)
        found.append(Retrieved(replace(passage, score=scores[number], rank=rank, scores=signals), reading))
    return found


def _conditions(
    date_from: date | str | None, date_to: date | str | None, sources: Sequence[str] | None, as_of: date | str | None
) -> list[Condition]:
    """The filters that were asked for."""
    found: list[Condition] = []
    first, last = to_day(date_from, "date_from"), to_day(date_to, "date_to")
    if first and last and first > last:
        raise QueryError(f"date_from {first} is after date_to {last}; swap them")
    for day, operator in ((first, ">="), (last, "<=")):
        if day:
            found.append((f"article.published {operator} ?", (day.isoformat(),)))
    if today := to_day(as_of, "as_of"):
        found.append(("(article.published IS NULL OR article.published <= ?)", (today.isoformat(),)))
    if isinstance(sources, str):
        sources = [sources]
    if sources:
        found.append((f"article.source COLLATE NOCASE IN ({', '.join('?' * len(sources))})", tuple(sources)))
    return found


def whole_text(text: str) -> str:
    """``text`` with "?" for each half of a surrogate pair, which is no text: the shell makes them of stray bytes."""
    return text.encode(errors="replace").decode()


def to_day(given: date | str | None, name: str) -> date | None:
    """A date from YYYY-MM-DD; None stays None. Raises QueryError that names the filter."""
    if given is None or isinstance(given, date):
        return given
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise QueryError(f"{name} is {given!r}; give a date as YYYY-MM-DD") from None
