"""The keyword index of a large store: BM25 over posting lists in numpy arrays, exact and without skipping a word.

FTS5 needs about half a microsecond for each chunk that holds a word of the question, and words of questions are common:
together they are in 0.5 times as many chunks as there are. That is 20 ms for 70,000 chunks and 300 ms for a million.
Here a posting is a row number (4 bytes) and a count (1 byte); a list is read, weighed and added up as an array,
some 20 ns for each posting. So every word of a question counts at any size: no cap, no early end.
eval/bench/README.md has the comparison with FTS5 and Tantivy.

The scores are those of FTS5's bm25() (k1 = 1.2, b = 0.75), with two differences: a word of several tokens ("U.S.",
"covid-19") is found where all its tokens are, be they together or not, because positions would triple the size; and
more than 31 occurrences in a chunk count as 31.
"""

from __future__ import annotations

import hashlib
import math
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .arrays import Slices, Spool

K1, B = 1.2, 0.75
MAX_BODY, MAX_TITLE = 31, 7  # counts that a byte can hold: five bits for the body, three for the title
MERGE_POSTINGS = 4_000_000  # postings that are merged at once

Rows = NDArray[np.uint32]
Weights = NDArray[np.float32]
Mask = NDArray[np.bool_]
Found = tuple[Rows, Weights]
"""Rows of chunks that hold a word, ascending, and how often: occurrences in the body plus weighed ones in the title."""

Tokens = Callable[[str], Sequence[str]]


def term_key(stem: str) -> int:
    """A stem as a number: 64 bits of BLAKE2b. Among 10^6 stems two are alike with a probability of 3 in 10^8."""
    return int.from_bytes(hashlib.blake2b(stem.encode(), digest_size=8).digest(), "little")


@dataclass(frozen=True)
class Keywords:
    """Posting lists. The list of ``terms[i]`` (keys, ascending) is ``starts[i]`` to ``starts[i + 1]`` of ``rows``
    (ascending within a list) and of ``counts`` (body in the lower five bits, title in the upper three).
    ``lengths`` holds the tokens of each chunk, title included.
    """

    terms: NDArray[np.uint64]
    starts: NDArray[np.int64]
    rows: Slices[np.uint32]
    counts: Slices[np.uint8]
    lengths: NDArray[np.uint32]

    def find(self, stems: Sequence[str], title_weight: float) -> Found:
        """The chunks that hold every one of these stems, and how often the one that is least frequent."""
        spans = sorted((self._span(stem) for stem in stems), key=lambda span: span.stop - span.start)
        if not spans or spans[0].start == spans[0].stop:
            return np.zeros(0, np.uint32), np.zeros(0, np.float32)
        rows, often = self._read(spans[0], title_weight)
        for span in spans[1:]:
            others, others_often = self._read(span, title_weight)
            places = np.minimum(np.searchsorted(others, rows), len(others) - 1)
            both = others[places] == rows
            rows, often = rows[both], np.minimum(often[both], others_often[places[both]])
        return rows, often

    def _read(self, span: slice, title_weight: float) -> Found:
        codes = self.counts[span]
        often = (codes >> 5).astype(np.float32)
        often *= np.float32(title_weight)
        often += codes & MAX_BODY
        return self.rows[span], often

    def frequency(self, stem: str) -> int:
        """In how many chunks a stem occurs."""
        span = self._span(stem)
        return int(span.stop - span.start)

    def norms(self, average_length: float) -> Weights:
        """What BM25 adds to the occurrences of a word in the divisor, by the length of a chunk; shape (rows,)."""
        relative = self.lengths.astype(np.float32) / np.float32(average_length)
        return np.float32(K1 * B) * relative + np.float32(K1 * (1 - B))

    def scores(self, found: Sequence[Found], idf: Sequence[float], norms: Weights) -> Weights:
        """BM25 score of every row for words that were found in these chunks and have this idf, shape (rows,)."""
        total = np.zeros(len(self.lengths), np.float32)
        for (rows, often), weight in zip(found, idf, strict=True):
            # Half a million postings for a question in a million chunks: in place, and every index converted once.
            places = rows.astype(np.intp)
            gain = norms.take(places, mode="clip")  # "clip" spares a copy; no row is out of bounds
            gain += often
            np.divide(often, gain, out=gain)
            gain *= np.float32(weight * (K1 + 1))
            gain += total.take(places, mode="clip")
            total[places] = gain
        return total

    def _span(self, stem: str) -> slice:
        if not len(self.terms):
            return slice(0, 0)
        key = np.uint64(term_key(stem))
        place = int(np.searchsorted(self.terms, key))
        if place == len(self.terms) or self.terms[place] != key:
            return slice(0, 0)
        return slice(int(self.starts[place]), int(self.starts[place + 1]))


def inverse_frequency(chunks: int, frequency: int) -> float:
    """The idf of FTS5's bm25(): that of Robertson and Sparck Jones, and next to nothing for a word in half of all."""
    return max(math.log((chunks - frequency + 0.5) / (frequency + 0.5)), 1e-6)


def build_keywords(texts: Iterable[tuple[str, str]], tokens: Tokens) -> Keywords:
    """Posting lists of (title, body) pairs, in memory: for some 20,000 chunks; merge the lists of more."""
    numbers: dict[str, int] = {}
    flat, sizes = array("I"), array("I")
    title, in_title = "", list[int]()
    for this_title, body in texts:
        if this_title != title:  # the chunks of an article follow each other
            title, in_title = this_title, [numbers.setdefault(t, len(numbers)) for t in tokens(this_title)]
        in_body = [numbers.setdefault(t, len(numbers)) for t in tokens(body)]
        flat.extend(in_title)
        flat.extend(in_body)
        sizes.extend((len(in_title), len(in_body)))
    keys = np.array([term_key(stem) for stem in numbers], np.uint64)
    order = np.argsort(keys)
    rank = np.empty(len(keys), np.uint64)
    rank[order] = np.arange(len(keys), dtype=np.uint64)
    each = np.array(sizes, np.int64)  # tokens of title, body, title, body, ...
    field = np.repeat(np.arange(len(each), dtype=np.uint64), each)
    # One number for each token: its term, its row, and whether it stands in the body.
    occurrences = np.sort(rank[np.array(flat, np.int64)] << np.uint64(33) | field)
    lengths = each.reshape(-1, 2).sum(axis=1).astype(np.uint32)
    return _counted(occurrences, keys[order], lengths)


def _counted(occurrences: NDArray[np.uint64], terms: NDArray[np.uint64], lengths: NDArray[np.uint32]) -> Keywords:
    """Posting lists of sorted occurrences (term << 33 | row << 1 | in body), every term with at least one."""
    if not len(occurrences):
        empty = np.zeros(0, np.uint32)
        return Keywords(terms, np.zeros(1, np.int64), empty, empty.astype(np.uint8), lengths)
    posting = occurrences >> np.uint64(1)
    first = np.flatnonzero(np.diff(posting, prepend=posting[0] ^ np.uint64(1)))
    total = np.diff(first, append=len(occurrences))
    body = np.add.reduceat((occurrences & np.uint64(1)).astype(np.int64), first)
    counts = np.minimum(body, MAX_BODY) | np.minimum(total - body, MAX_TITLE) << 5
    posting = posting[first]
    of_term = (posting >> np.uint64(32)).astype(np.int64)
    starts = np.searchsorted(of_term, np.arange(len(terms) + 1))
    return Keywords(
        terms, starts, (posting & np.uint64(0xFFFFFFFF)).astype(np.uint32), counts.astype(np.uint8), lengths
    )


def merge_keywords(parts: Sequence[Keywords], kept: Sequence[Mask | None], folder: Path | None = None) -> Keywords:
    """One index of several: the rows of each (those that are ``kept``, None for all) follow those of the one before.

    The postings are merged term by term, some millions at once; they go to nameless files in ``folder``, or to memory.
    """
    new_rows, lengths = _renumbered(parts, kept)
    terms = np.unique(np.concatenate([part.terms for part in parts]))
    places = [np.searchsorted(terms, part.terms) for part in parts]
    sizes = np.zeros(len(terms), np.int64)
    for part, place in zip(parts, places, strict=True):
        sizes[place] += np.diff(part.starts)
    rows, counts = Spool(np.uint32, folder), Spool(np.uint8, folder)
    merged = np.zeros(len(terms), np.int64)
    ends = np.cumsum(sizes)
    begin = 0
    while begin < len(terms):
        before = ends[begin - 1] if begin else 0
        end = max(int(np.searchsorted(ends, before + MERGE_POSTINGS, "right")), begin + 1)
        of_term, some_rows, some_counts = _block(parts, places, new_rows, begin, end)
        merged[begin:end] = np.bincount(of_term, minlength=end - begin)
        rows.append(some_rows)
        counts.append(some_counts)
        begin = end
    there = merged > 0  # a term may have been in removed chunks alone
    starts = np.concatenate([[0], np.cumsum(merged[there])])
    return Keywords(terms[there], starts, rows.finish(), counts.finish(), lengths)


def _renumbered(
    parts: Sequence[Keywords], kept: Sequence[Mask | None]
) -> tuple[list[NDArray[np.int64]], NDArray[np.uint32]]:
    """For each part the new row of each of its rows (-1: left out), and the lengths of all that are kept."""
    new_rows, lengths, first = [], [], 0
    for part, mask in zip(parts, kept, strict=True):
        keep = np.ones(len(part.lengths), bool) if mask is None else mask
        new_rows.append(np.where(keep, np.cumsum(keep) - 1 + first, -1))
        lengths.append(part.lengths[keep])
        first += int(keep.sum())
    return new_rows, np.concatenate(lengths)


def _block(
    parts: Sequence[Keywords], places: Sequence[NDArray[np.int64]], new_rows: Sequence[NDArray[np.int64]],
    begin: int, end: int,
) -> tuple[NDArray[np.int64], Rows, NDArray[np.uint8]]:  # fmt: skip
    """The postings of terms ``begin`` to ``end`` of the union: (term counted from begin, row, count), in order."""
    terms, rows, counts = [], [], []
    for part, place, new in zip(parts, places, new_rows, strict=True):
        low, high = np.searchsorted(place, [begin, end])
        span = slice(int(part.starts[low]), int(part.starts[high]))
        moved = new[part.rows[span]]
        kept = moved >= 0
        terms.append(np.repeat(place[low:high] - begin, np.diff(part.starts[low : high + 1]))[kept])
        rows.append(moved[kept].astype(np.uint32))
        counts.append(part.counts[span][kept])
    of_term = np.concatenate(terms)
    order = np.argsort(of_term, kind="stable")  # stable: the rows of a list stay in ascending order
    return of_term[order], np.concatenate(rows)[order], np.concatenate(counts)[order]
