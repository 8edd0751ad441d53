"""What a search reads beside the database: the vectors and the keyword index of one generation.

A view has two parts, a base (from a snapshot) and a small delta (chunks added since), and a mask of the base's rows
whose chunks were removed since. It never changes: news makes a new view that replaces the old by one assignment, so a
search never sees half a change.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import islice
from typing import TYPE_CHECKING, Any

import apsw
import numpy as np

from . import lexical
from .keywords import Found, Keywords, inverse_frequency
from .lexical import Condition
from .store import Store, damaged, select, vector_sha
from .vectors import FlatVectors, Ids, IvfVectors, Mask, best_rows

if TYPE_CHECKING:
    from .encoder import Vectors

BATCH = 20_000  # chunks that are read from the database at once
MAX_FILTERS = 8  # filters whose masks a view remembers


@dataclass(frozen=True)
class Part:
    """Some chunks. Row ``i`` of everything is the chunk ``ids[i]`` (ascending) of the article ``articles[i]``."""

    ids: Ids
    articles: Ids
    vectors: FlatVectors | IvfVectors
    keywords: Keywords


@dataclass(frozen=True)
class Allowed:
    """Which rows of the base and of the delta may be found; None for all."""

    base: Mask | None
    delta: Mask | None

    def both(self, other: Allowed) -> Allowed:
        """What this and the other allow."""
        return Allowed(_both(self.base, other.base), _both(self.delta, other.delta))


@dataclass(frozen=True)
class View:
    """The index of one generation."""

    generation: int
    base: Part
    delta: Part
    gone: Mask | None = None

    @cached_property
    def count(self) -> int:
        """How many chunks a search considers."""
        gone = 0 if self.gone is None else int(np.count_nonzero(self.gone))
        return len(self.base.ids) + len(self.delta.ids) - gone

    @cached_property
    def everything(self) -> Allowed:
        """No filter: all but what is gone."""
        return Allowed(None if self.gone is None else ~self.gone, None)

    @cached_property
    def _filters(self) -> dict[Condition, Allowed]:
        return {}

    def allowed(self, connection: apsw.Connection, conditions: Sequence[Condition]) -> Allowed:
        """What filters leave. Each is looked up alone, so that an index of the database answers it without a row."""
        found = self.everything
        for condition in conditions:
            found = found.both(self._fitting(connection, condition))
        return found

    def _fitting(self, connection: apsw.Connection, condition: Condition) -> Allowed:
        """Remembered: the same day is asked for often."""
        found = self._filters.get(condition)
        if found is None:
            sql, values = condition
            rows = connection.execute(f"SELECT id FROM article WHERE {sql}", values)  # noqa: S608
            articles = np.fromiter((row[0] for row in rows), np.int64)
            fits = np.zeros(self._highest_article + 1, bool)
            fits[articles[articles <= self._highest_article]] = True
            found = Allowed(fits[self.base.articles], fits[self.delta.articles])
            if len(self._filters) >= MAX_FILTERS:
                self._filters.clear()
            self._filters[condition] = found
        return found

    @cached_property
    def _highest_article(self) -> int:
        return max(int(part.articles.max(initial=0)) for part in (self.base, self.delta))

    # -- by meaning

    def nearest(self, store: Store, query: Vectors, k: int, allowed: Allowed | None = None) -> list[tuple[int, float]]:
        """The ``k`` chunks nearest to ``query`` (shape (dim,)) as (chunk id, inner product), best first."""
        allowed = allowed or self.everything
        found: list[tuple[int, float]] = []
        for part, mask in ((self.base, allowed.base), (self.delta, allowed.delta)):
            if len(part.ids):
                exact = partial(stored_rows, store, part.ids)
                rows, scores = part.vectors.search(query, k, mask, exact)
                found += zip(part.ids[rows].tolist(), scores.tolist(), strict=True)
        return _best(found, k)

    # -- by words

    def matches(
        self, words: Sequence[Sequence[str]], k: int, allowed: Allowed | None = None
    ) -> list[tuple[int, float]]:
        """The ``k`` chunks with the highest BM25 score > 0 for some words (each its stems), best first."""
        allowed = allowed or self.everything
        parts = ((self.base, allowed.base), (self.delta, allowed.delta))
        found = [
            [self._present(part, part.keywords.find(stems, lexical.TITLE_WEIGHT)) for stems in words]
            for part, _ in parts
        ]
        frequencies = [sum(len(rows) for rows, _ in column) for column in zip(*found, strict=True)]
        idf = [inverse_frequency(self.count, frequency) for frequency in frequencies]
        best: list[tuple[int, float]] = []
        for (part, mask), in_part, norms in zip(parts, found, self._norms, strict=True):
            scores = part.keywords.scores(in_part, idf, norms)
            if mask is not None:
                scores[~mask] = 0
            rows = best_rows(scores, k, 0.0)
            best += zip(part.ids[rows].tolist(), scores[rows].tolist(), strict=True)
        return _best(best, k)

    def _present(self, part: Part, found: Found) -> Found:
        """Without the chunks that are gone: they must not make a word less rare."""
        if self.gone is None or part is not self.base:
            return found
        rows, often = found
        kept = ~self.gone[rows]
        return rows[kept], often[kept]

    def document_frequencies(self, stems: Iterable[str]) -> dict[str, int]:
        """In how many chunks each stem occurs; chunks that were removed since the snapshot count too."""
        both = (self.base.keywords, self.delta.keywords)
        return {stem: sum(keywords.frequency(stem) for keywords in both) for stem in set(stems)}

    @cached_property
    def _norms(self) -> list[Vectors]:
        """What ``Keywords.norms`` gives for the base and the delta."""
        base, delta = self.base.keywords, self.delta.keywords
        kept = base.lengths if self.gone is None else base.lengths[~self.gone]
        average = max(int(kept.sum() + delta.lengths.sum()) / max(self.count, 1), 1.0)
        return [base.norms(average), delta.norms(average)]


def _both(one: Mask | None, other: Mask | None) -> Mask | None:
    if one is None or other is None:
        return other if one is None else one
    return one & other


def _best(found: list[tuple[int, float]], k: int) -> list[tuple[int, float]]:
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:k]


# -- vectors in the database


def stored(store: Store, ids: Ids) -> Vectors:
    """The vectors of some chunks from the database (float32, in the order of ``ids``, ascending).

    Not checked by their checksums, as all are when an index is made: those stand in the table chunk, and reading that
    too would take twice as long from a cold disk. What a search shows is checked in any case.
    """
    rows = select(
        store.connection,
        "SELECT vec FROM chunk_vec WHERE chunk_id IN (SELECT value FROM json_each(?)) ORDER BY chunk_id",
        (json.dumps(ids.tolist()),),
    )
    dim, data = store.model().dim, b"".join([row[0] for row in rows])
    if len(rows) != len(ids) or len(data) != 2 * dim * len(ids):
        raise damaged(store.folder, "chunks are without a vector")
    return np.frombuffer(data, np.float16).astype(np.float32).reshape(-1, dim)


def stored_rows(store: Store, ids: Ids, rows: Ids) -> Vectors:
    """The vectors of the chunks in some rows (ascending) of a part with these ``ids``."""
    return stored(store, ids[rows])


def read_vectors(store: Store, condition: str = "", values: Sequence[Any] = ()) -> Iterator[tuple[Ids, Ids, Vectors]]:
    """Batches of (chunk ids ascending, their articles, their vectors float32), every row checked by its checksum."""
    dim = store.model().dim
    rows = store.connection.execute(
        "SELECT chunk.id, article_id, vec, chunk_vec.sha, embed_sha "  # noqa: S608 - conditions are constants
        f"FROM chunk JOIN chunk_vec ON chunk_vec.chunk_id = chunk.id {condition} ORDER BY chunk.id",
        tuple(values),
    )
    while batch := list(islice(rows, BATCH)):
        for chunk_id, _, vector, sha, embed_sha in batch:
            if len(vector) != 2 * dim or vector_sha(embed_sha, vector) != sha:
                raise damaged(store.folder, f"vector of chunk {chunk_id}")
        matrix = np.frombuffer(b"".join(row[2] for row in batch), np.float16).astype(np.float32).reshape(-1, dim)
        yield np.array([r[0] for r in batch], np.int64), np.array([r[1] for r in batch], np.int64), matrix


def nearest_of_all(queries: Vectors, batches: Iterable[tuple[Ids, Vectors]], k: int) -> Ids:
    """The ids of the ``k`` vectors nearest to each query by inner product, best first, all compared; 0 where there are
    fewer. Shape (queries, k). What an approximate search is measured against."""
    scores, ids = np.full((len(queries), k), -np.inf, np.float32), np.zeros((len(queries), k), np.int64)
    for some_ids, some in batches:
        both = np.concatenate([scores, queries @ some.T], axis=1)
        both_ids = np.concatenate([ids, np.broadcast_to(some_ids, (len(queries), len(some_ids)))], axis=1)
        best = np.argpartition(-both, k - 1, axis=1)[:, :k]
        scores, ids = np.take_along_axis(both, best, axis=1), np.take_along_axis(both_ids, best, axis=1)
    found: Ids = np.take_along_axis(ids, np.lexsort((ids, -scores)), axis=1)
    return found
