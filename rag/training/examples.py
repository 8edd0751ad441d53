"""What the reader is trained on: an endless, reproducible stream of batches.

Every row gives an example with its answer and, as SHARES says, examples without: the question on another text that
search returned for it ("other"), and with one detail changed ("edited"). A row without an answer is read where one
would be taken from in error. A position in the stream is (epoch, chunk);
each chunk has its own random numbers, so a run goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from random import Random
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from index.crossencoder.pairs import (
    Pair,
    Tokens,
    char_span,
    join,
    pad,
    padded,
    room,
    token_span,
    tokenize,
    window_end,
)

from .data import EXERCISES, Row
from .edits import Neighbours, apply_both, apply_question, apply_text, find_edit
from .mine import HardNegatives

Sort = Literal["answer", "other", "edited"]
# (source, how often a row comes in an epoch with its answer, on another text, with a detail changed)
SHARES: Mapping[str, tuple[float, float, float]] = {
    "squad1-train": (0.8, 0.8, 0.35),
    "squadshifts-new_wiki": (0.8, 0.8, 0.35),
    "squadshifts-amazon_reviews": (0.3, 0.2, 0.1),
    "squadshifts-reddit": (0.3, 0.2, 0.1),
    "qamr": (0.3, 0.15, 0.1),
    EXERCISES: (6.0, 3.0, 1.0),
}
# Lengths of the rows of input in tokens, short ones more often: a window is cut to one of them.
LENGTHS = (80, 80, 112, 112, 144, 144, 208)
# Of the examples on another text: how many are on the same paragraph away from the answer, or on the same article.
SAME_TEXT, SAME_ARTICLE = 0.2, 0.25
CHUNK = 1024
BATCH_TOKENS = 3072
# Share of the answerable examples in which one detail is changed in question and text alike.
CONSISTENT_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Example:
    """A row of input and its targets. ``first`` and ``last`` are positions in the row, 0 ([CLS]) without an answer."""

    pair: Pair
    first: int
    last: int
    answerable: bool
    relevant: bool


@dataclass(frozen=True, slots=True)
class Batch:
    """Arrays of shape (rows, length), ids and kinds zero-padded, and (rows,)."""

    ids: NDArray[np.int64]
    kinds: NDArray[np.int64]
    mask: NDArray[np.bool_]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    answerable: NDArray[np.float32]
    relevant: NDArray[np.float32]


@lru_cache(20_000)
def _tokens(text: str) -> Tokens:
    return tokenize(text)


class Stream:
    """Batches over ``rows``, the same for the same seed."""

    def __init__(self, rows: Sequence[Row], neighbours: Neighbours, seed: int) -> None:
        self.rows, self.neighbours, self.seed = rows, neighbours, seed
        self.negatives = HardNegatives(rows)
        self._by_title: dict[str, list[str]] = {}
        for text, title in dict.fromkeys((row.text, row.title) for row in rows):
            self._by_title.setdefault(title, []).append(text)

    def batches(self, epoch: int = 0, chunk: int = 0) -> Iterator[tuple[int, int, Batch]]:
        """(epoch, chunk, batch) from that position on, without end."""
        while True:
            plan = self.plan(epoch)
            for number in range(chunk, -(-len(plan) // CHUNK)):
                rng = Random(f"{self.seed}/{epoch}/{number}")  # noqa: S311 - a sample, not a secret
                part = plan[number * CHUNK : (number + 1) * CHUNK]
                examples = [self.example(row, sort, rng) for row, sort in part]
                for batch in batched(examples, rng):
                    yield epoch, number, batch
            epoch, chunk = epoch + 1, 0

    def plan(self, epoch: int) -> list[tuple[int, Sort]]:
        """The (row, sort) of one epoch, shuffled."""
        rng = Random(f"{self.seed}/{epoch}")  # noqa: S311 - a sample, not a secret
        sorts: tuple[Sort, ...] = ("answer", "other", "edited")
        found = [
            (number, sort)
            for number, row in enumerate(self.rows)
            for sort, share in zip(sorts, SHARES[row.source], strict=True)
            for _ in range(int(share + rng.random()))
        ]
        rng.shuffle(found)
        return found

    def example(self, number: int, sort: Sort, rng: Random) -> Example:
        row = self.rows[number]
        if not row.answers:
            return cut(row, False if row.near else None, rng)
        if sort == "other":
            beside = cut_beside(row, rng) if rng.random() < SAME_TEXT else None
            return beside or cut(replace(row, text=self._other(row, rng)), None, rng)
        if sort == "edited":
            edit = find_edit(row, self.neighbours, rng)
            if edit is None:
                return cut(replace(row, text=self._other(row, rng)), None, rng)
            changed = apply_text(edit, row) if rng.random() < 0.25 else None
            return cut(changed or apply_question(edit, row), False, rng)
        if rng.random() < CONSISTENT_SHARE and (edit := find_edit(row, self.neighbours, rng)):
            row = apply_both(edit, row) or row
        return cut(row, True, rng)

    def _other(self, row: Row, rng: Random) -> str:
        """A text without the answer: mostly one that search returns first, sometimes any of the same article."""
        same = [text for text in rng.choices(self._by_title[row.title], k=3) if not row.answered_in(text)]
        if same and rng.random() < SAME_ARTICLE:
            return same[0]
        return rng.choice(self.negatives.of(row)[:8] or same or [self.rows[0].text])


def cut(row: Row, answerable: bool | None, rng: Random) -> Example:
    """An example of a random window: round the answer, or anywhere when ``answerable`` is None (another text).

    False is for a question without an answer, or with a detail changed: the window is round what looks like the answer,
    so that the place gives nothing away.
    """
    question, text = _tokens(row.question), _tokens(row.text)
    size = room(question, rng.choice(LENGTHS))
    start, answer = row.place or (0, "")
    span = token_span(text, start, start + len(answer)) if answerable is not None else None
    first, last = span or (rng.randrange(len(text.ids)),) * 2
    begins = [begin for begin in text.starts if begin <= first and last < window_end(text, begin, size)]
    begin = rng.choice(begins) if begins else max(0, min(first, first - rng.randrange(max(1, size - (last - first)))))
    if len(text.ids) <= size:
        begin = 0
    end = max(window_end(text, begin, size), min(last + 1, begin + size))
    pair = join(question, text, begin, end)
    if answerable and span and last < end:
        return Example(pair, first + pair.shift, last + pair.shift, True, True)
    return Example(pair, 0, 0, False, answerable is not None)


def cut_beside(row: Row, rng: Random) -> Example | None:
    """A window of the row's own text without its answer, or None when each holds it."""
    question, text = _tokens(row.question), _tokens(row.text)
    size = room(question, rng.choice(LENGTHS))
    found = []
    for begin in text.starts:
        end = window_end(text, begin, size)
        low, high = char_span(text, begin, end - 1)
        if not row.answered_in(row.text[low:high]):
            found.append((begin, end))
    return Example(join(question, text, *rng.choice(found)), 0, 0, False, False) if found else None


def batched(examples: Sequence[Example], rng: Random) -> list[Batch]:
    """Batches of rows of like length, of at most BATCH_TOKENS tokens, in random order."""
    found: list[list[Example]] = [[]]
    for example in sorted(examples, key=lambda one: len(one.pair.ids)):
        if (len(found[-1]) + 1) * padded(len(example.pair.ids)) > BATCH_TOKENS:
            found.append([])
        found[-1].append(example)
    rng.shuffle(found)
    return [collate(part) for part in found]


def collate(examples: Sequence[Example]) -> Batch:
    return Batch(
        *pad([example.pair for example in examples]),
        np.array([example.first for example in examples]),
        np.array([example.last for example in examples]),
        np.array([example.answerable for example in examples], np.float32),
        np.array([example.relevant for example in examples], np.float32),
    )
