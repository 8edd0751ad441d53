"""Nearest vectors: exact up to FLAT_LIMIT chunks, above it an inverted file of codes with exact scores at the end.

Both find rows: places in the ascending list of a part's chunk ids (index/view.py). Both take a mask of the rows that
may be found, which limits the search beforehand, so that a filter never costs a result.

Of the indexes measured at a million chunks (eval/bench/README.md) the inverted file with CODES was chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from .encoder import Vectors

Ids = NDArray[np.int64]
Mask = NDArray[np.bool_]
Exact = Callable[[Ids], "Vectors"]
"""The stored vectors of some rows, shape (len(rows), dim), float32."""

# Chunks up to which every vector is compared: 8 ms and 150 MB for 100,000 of 384 dimensions.
FLAT_LIMIT = 100_000
# How the codes of the inverted file are made, in the words of FAISS's index_factory.
CODES = "RaBitQ"
# So many rows with the best codes are scored exactly for each that is wanted, and for a hundred if fewer are.
REFINE = 5
# Lists that are looked into, of those that there are (about 2 * sqrt(chunks)).
PROBES = 64
# A filter that leaves no more rows than this is answered by comparing all of them: 4 us each.
EXACT_BELOW = 2_000
# Vectors that the lists are trained on, for each list; FAISS asks for at least 39.
TRAINING = 40


@dataclass(frozen=True)
class FlatVectors:
    """Every vector, float32, shape (n, dim). Search compares with each."""

    vectors: Vectors

    def search(self, query: Vectors, k: int, mask: Mask | None, exact: Exact) -> tuple[Ids, Vectors]:
        """The ``k`` rows nearest to ``query`` (shape (dim,)) and their inner products, best first, ties by row."""
        scores = inner_products(self.vectors, query)
        if mask is not None:
            scores[~mask] = -np.inf
        rows = best_rows(scores, k, -np.inf)
        return rows, scores[rows]


@dataclass(frozen=True)
class IvfVectors:
    """A FAISS inverted file over codes of the vectors, under their chunk ids; ``ids`` are those of all rows, ascending.

    ``trained_on`` is how many chunks there were when the lists were made, ``recall`` what was measured then or when
    chunks were added last: the share of the true ten nearest that is found, over a sample of the chunks.
    """

    index: Any
    ids: Ids
    trained_on: int
    recall: float = 1.0

    def search(self, query: Vectors, k: int, mask: Mask | None, exact: Exact) -> tuple[Ids, Vectors]:
        """As FlatVectors.search; the inner products are exact, a few of the nearest may be missed."""
        left = len(self.ids) if mask is None else int(np.count_nonzero(mask))
        if left <= max(EXACT_BELOW, k):
            rows = np.arange(left) if mask is None else np.flatnonzero(mask)
        else:
            rows = self._candidates(query, REFINE * max(k, 100), mask, left)
        scores = inner_products(exact(rows), query) if len(rows) else np.zeros(0, np.float32)
        best = best_rows(scores, k, -np.inf)
        return rows[best], scores[best]

    def _candidates(self, query: Vectors, number: int, mask: Mask | None, left: int) -> Ids:
        """The rows with the nearest codes, ascending. A filter makes it look into more lists: into so many that as
        many rows are compared as without one."""
        import faiss

        parameters: dict[str, Any] = {"nprobe": min(self.index.nlist, PROBES * len(self.ids) // left)}
        if mask is not None:
            parameters["sel"] = _only(self.ids, mask)
        kind: Any = faiss.SearchParametersIVF
        _, found = self.index.search(query.reshape(1, -1), min(number, left), params=kind(**parameters))
        return np.searchsorted(self.ids, np.sort(found[0][found[0] >= 0]))

    def updated(self, gone: Ids, ids: Ids, vectors: Vectors) -> IvfVectors:
        """With some chunks removed and others added to the lists there are. Takes the FAISS index over: drop this."""
        import faiss

        if len(gone):
            self.index.remove_ids(faiss.IDSelectorBatch(gone))
        self.index.add_with_ids(vectors, ids)
        kept = self.ids[~np.isin(self.ids, gone, assume_unique=True)]
        return IvfVectors(self.index, np.concatenate([kept, ids]), self.trained_on)

    def to_bytes(self) -> NDArray[np.uint8]:
        import faiss

        data: NDArray[np.uint8] = faiss.serialize_index(self.index)
        return data


def load_ivf(data: NDArray[np.uint8], ids: Ids, trained_on: int, recall: float) -> IvfVectors:
    """What ``to_bytes`` gave; the bytes must have been checked."""
    import faiss

    return IvfVectors(faiss.deserialize_index(data), ids, trained_on, recall)


def train_ivf(sample: Vectors, batches: Iterable[tuple[Ids, Vectors]], count: int) -> IvfVectors:
    """An inverted file of ``count`` chunks: lists trained on ``sample``, then filled batch by batch."""
    import faiss

    index: Any = faiss.index_factory(sample.shape[1], f"IVF{lists(count)},{CODES}", faiss.METRIC_INNER_PRODUCT)
    index.cp.max_points_per_centroid = len(sample)  # all of the sample
    index.train(sample)
    ids = []
    for some_ids, vectors in batches:
        index.add_with_ids(vectors, some_ids)
        ids.append(some_ids)
    return IvfVectors(index, np.concatenate(ids), count)


def lists(count: int) -> int:
    """How many lists an inverted file of ``count`` chunks has."""
    return max(min(int(2 * count**0.5), count // TRAINING), 1)


def _only(ids: Ids, mask: Mask) -> Any:
    """A FAISS selector of the chunk ids that the mask allows: one bit for each id up to the highest."""
    import faiss

    bits = np.zeros(int(ids[-1]) + 1, bool)
    bits[ids] = mask
    selector: Any = faiss.IDSelectorBitmap
    return selector(np.packbits(bits, bitorder="little"))


def inner_products(rows: Vectors, query: Vectors) -> Vectors:
    """Of each row with ``query``, on this thread alone.

    A product by BLAS leaves its threads waiting busily for more to do: the next question then takes 8 ms to encode
    instead of 5, which is more than they save.
    """
    found: Vectors = np.vecdot(rows, query)
    return found


def best_rows(scores: Vectors, k: int, floor: float) -> Ids:
    """The rows of the ``k`` highest scores above ``floor``, best first, ties by row.

    The k-th highest of the maxima of all blocks is no higher than the k-th highest score; few scores lie between.
    """
    block = min(max(len(scores) // (4 * k), 1), 256)
    whole = len(scores) // block
    least = -np.inf
    if whole > k:
        maxima = scores[: whole * block].reshape(whole, block).max(axis=1)
        least = np.partition(maxima, whole - k)[whole - k]
    candidates = np.flatnonzero(scores >= least if least > floor else scores > floor)
    best: Ids = candidates[np.argsort(-scores[candidates], kind="stable")[:k]]
    return best
