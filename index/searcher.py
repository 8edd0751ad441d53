"""An opened index: search, articles, state."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Literal, NamedTuple, Self

import apsw

from .collapse import Shown, collapse, stories_of
from .crossencoder import CrossEncoder, Reading
from .encoder import Encoder, Vectors
from .errors import NutgrafError, QueryError, StoreMissingError, StoreModelError
from .filters import checked_query, conditions_of, to_day, unit_vector
from .fusion import Ranking, min_max
from .lexical import Condition, Stemmer, query_words
from .nearness import Asked, boosted
from .passages import load_heads, load_passages
from .reranking import load_ahead, logistic, shared_cross_encoder
from .reranking import rerank as rerank_scores
from .schema import Article, ArticleHead, Passage, Speech, TimeExpression
from .settings import IndexSettings, load_settings
from .snapshot import current_view
from .store import HEAD_COLUMNS, Store, check_format, check_model, is_old, load_article, load_head, missing_text
from .stories import load_annotations
from .view import Allowed, View
from .writer import bring_up_to_date

Mode = Literal["hybrid", "dense", "bm25"]

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
    ``rerank``, which says whether searches are reranked unless they say it themselves. A store that an
    older Nutgraf made is upgraded.

    Raises StoreMissingError, StoreVersionError, StoreModelError (``model`` is given and not the store's),
    StoreDamagedError.
    """
    settings = load_settings(IndexSettings, "index", store=store, model=model, rerank=rerank)
    if not (settings.store / "corpus.db").exists():
        raise StoreMissingError(missing_text(settings.store))
    opened = Store(settings.store)
    try:
        check_format(opened)
        if is_old(opened):
            bring_up_to_date(opened.folder)
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
        self._stories: tuple[int, frozenset[int]] | None = None
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
        ``mode`` turns one signal off. Of articles that carry the same story a passage is shown once, the others are its
        ``copies``; an older version of an article is not shown beside its newest.

        The first SKIM.passages are read with the question by the cross-encoder and ordered anew, those behind
        follow in the order in which they were found. ``rerank`` switches that on or off; None stands for the setting,
        and for off where ``mode`` asks for one signal alone. Without the cross-encoder's weights nothing is reranked.
        Raises QueryError for an empty or over-long query, a k below 1, or a date that is none.
        """
        found = self.retrieve(
            query, k=k, date_from=date_from, date_to=date_to, sources=sources, as_of=as_of, mode=mode, rerank=rerank
        )
        return [one.passage for one in found]

    def retrieve(  # noqa: PLR0913 - a parameter a filter
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
        asked: Asked | None = None,
    ) -> list[Retrieved]:
        """What ``search`` finds, each passage with what the cross-encoder made of it; ``skim``: how much it reads.

        ``asked``: what was published near these days is preferred; nothing is left out for it.
        """
        if k < 1:
            raise QueryError(f"k is {k}; ask for at least 1 passage")
        query = checked_query(query)
        conditions = conditions_of(date_from, date_to, sources, as_of)
        wanted = self.rerank and mode == "hybrid" if rerank is None else rerank
        if wanted:
            load_ahead()
        vector = self._begin_query(query) if mode != "bm25" else None
        reader = self.crossencoder if wanted else None
        today = to_day(as_of, "as_of")
        enough = k if reader is None else max(k, skim.passages)
        with self.store.reading() as connection:
            most = max(CANDIDATES, enough)
            while True:
                dense, lexical = self._candidates(
                    connection, query if mode != "dense" else "", vector, most, conditions
                )
                ranked = min_max([dense, lexical], [DENSE_WEIGHT, 1 - DENSE_WEIGHT])
                if asked is not None:
                    ranked = boosted(ranked, _days(connection, ranked), asked)
                if self._told_again(connection).isdisjoint(dict(ranked)):
                    shown = [Shown(*one) for one in ranked[:enough]]
                else:
                    shown = collapse(connection, ranked, today)
                if len(shown) >= enough or max(len(dense), len(lexical)) < most:
                    break
                most *= 4  # copies took the places of what there is beside them
            passages = self._passages(shown[:enough], dense, lexical)
        if reader is None:
            return [Retrieved(passage, None) for passage in passages]
        texts = [passage.text for passage in passages[: skim.passages]]
        readings = reader.skim(query, texts, length=skim.row_tokens)
        return _reranked(passages, readings, today)[:k]

    def nearest(
        self,
        vector: Sequence[float] | Vectors,
        *,
        k: int = 10,
        date_from: date | str | None = None,
        date_to: date | str | None = None,
        sources: Sequence[str] | None = None,
        as_of: date | str | None = None,
        uris: Sequence[str] | None = None,
    ) -> list[Passage]:
        """The ``k`` passages nearest to ``vector``, shape (dim,), best first, with their cosine as ``score``; copies of
        a story stand beside one another. Filters are those of ``search``; ``uris``: of these articles only."""
        query = unit_vector(vector, self.store.model().dim)
        if k < 1:
            raise QueryError(f"k is {k}; ask for at least 1 passage")
        with self.store.reading() as connection:
            view = self._current_view()
            allowed = view.allowed(connection, conditions_of(date_from, date_to, sources, as_of, uris))
            found = view.nearest(self.store, query, k, allowed)
            return self._passages([Shown(*one) for one in found], found, [])

    def _candidates(
        self,
        connection: apsw.Connection,
        words: str,
        vector: Callable[[], Vectors] | None,
        most: int,
        conditions: Sequence[Condition],
    ) -> tuple[Ranking, Ranking]:
        """The best ``most`` chunks by meaning (of ``vector``) and by ``words``, as far as these are given."""
        view = self._current_view()
        allowed = view.allowed(connection, conditions)
        lexical = self._by_words(view, words, most, allowed) if words else []  # while the vector is being made
        dense = [] if vector is None else view.nearest(self.store, vector(), most, allowed)
        return dense, lexical

    def _told_again(self, connection: apsw.Connection) -> frozenset[int]:
        """The chunks of articles whose story another one carries, of the generation that is seen; kept, as most
        searches meet none of them."""
        generation = self.store.generation()
        if self._stories is None or self._stories[0] != generation:
            rows = connection.execute("SELECT chunk.id FROM member JOIN chunk ON chunk.article_id = member.article_id")
            self._stories = generation, frozenset(row[0] for row in rows)
        return self._stories[1]

    def _passages(self, shown: Sequence[Shown], dense: Ranking, lexical: Ranking) -> list[Passage]:
        signals = {"dense": dict(dense), "bm25": dict(lexical)}
        scores = [{name: signal[one.chunk] for name, signal in signals.items() if one.chunk in signal} for one in shown]
        return load_passages(self.store, shown, scores)

    @property
    def crossencoder(self) -> CrossEncoder | None:
        """What reads passages with a question, loaded when it is first used; None without whole weights."""
        return shared_cross_encoder()

    def encode_query(self, text: str) -> Vectors:
        """Unit vector of a question, shape (dim,). Raises StoreModelError when the model did not make this store."""
        return self._begin_query(text)()

    def _begin_query(self, text: str) -> Callable[[], Vectors]:
        if self.encoder.identity.sha != self.store.model().sha:
            raise StoreModelError(
                f"{self.store.folder}: the model {self.encoder.name} is not what it was when the store was made; "
                "bring the old one back, or index the articles into a new store"
            )
        return self.encoder.begin(text, "query")

    def _by_words(self, view: View, query: str, k: int, allowed: Allowed) -> Ranking:
        words = query_words(query, Stemmer(self.store.connection), view.document_frequencies)
        return view.matches(list(words.values()), k, allowed)

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

    # -- articles and passages by name

    def passage(self, passage_id: str) -> Passage | None:
        """A passage by its id, with score 0 and rank 0; None when it is not (any more) in the store."""
        if not passage_id.startswith("p") or not passage_id[1:].isdecimal() or len(passage_id) > 18:
            return None
        with self.store.reading() as connection:
            number = int(passage_id[1:])
            if connection.execute("SELECT 1 FROM chunk WHERE id = ?", (number,)).fetchone() is None:
                return None
            (shown,) = collapse(connection, [(number, 0.0)], None)
            (found,) = load_passages(self.store, [shown], [{}])
            return replace(found, rank=0)

    def article(self, uri: str) -> Article | None:
        """The stored article of that uri with its text and paragraphs, or None."""
        with self.store.reading() as connection:
            return load_article(connection, uri)

    def relatives(self, uri: str) -> tuple[list[ArticleHead], list[ArticleHead]]:
        """The other articles that carry the same story as that of ``uri``, and the other versions of it, oldest
        first."""
        with self.store.reading() as connection:
            number = self._number(connection, uri)
            story = stories_of(connection, [number]).get(number)
            if story is None:
                return [], []
            copies, versions = story.copies(number), [other for other in story.versions(number) if other != number]
            heads = load_heads(connection, [*copies, *versions])
        return [heads[other] for other in copies], [heads[other] for other in versions]

    def noted(self, uri: str) -> tuple[tuple[TimeExpression, ...], tuple[Speech, ...]]:
        """The expressions of time of a stored article, and what is said in it."""
        with self.store.reading() as connection:
            found = load_annotations(connection, self._number(connection, uri))
        return found.times, found.speech

    @staticmethod
    def _number(connection: apsw.Connection, uri: str) -> int:
        """The number of a stored article. Raises QueryError for another uri."""
        row = connection.execute("SELECT id FROM article WHERE uri = ?", (uri,)).fetchone()
        if row is None:
            raise QueryError(f"{uri}: is not in the store; see what is with: nutgraf list")
        return int(row[0])

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

    def stems(self, text: str) -> list[str]:
        """The stems of ``text`` as the keyword index makes them, in order."""
        with self.store.guarded() as connection:
            return Stemmer(connection).stems(text)


def _days(connection: apsw.Connection, ranked: Ranking) -> list[date | None]:
    """The publication dates of the articles of some chunks, in their order."""
    found = connection.execute(
        "SELECT chunk.id, published FROM chunk JOIN article ON article.id = chunk.article_id "
        "WHERE chunk.id IN (SELECT value FROM json_each(?))",
        (json.dumps([chunk_id for chunk_id, _ in ranked]),),
    )
    days = {chunk_id: date.fromisoformat(day) if day else None for chunk_id, day in found}
    return [days.get(chunk_id) for chunk_id, _ in ranked]


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
