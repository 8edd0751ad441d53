"""When two articles print the same text: hashed runs of words, a small sample of them to find each other by.

The sample is a FracMinHash (Irber et al., 2022; the "modulo" sketch of Broder, "On the resemblance and containment of
documents", 1997): all hashes below a bound. Unlike a MinHash of fixed size it finds a short cut of a long text.

Stories are compared by how they begin, each opening with the whole of the other: a copy may be cut from its end, have
other first sentences or a local paragraph, but what is true of pages that share a picture gallery, the background of
last week's report or a standing notice is that their openings differ.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from datetime import date
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from .schema import Article
from .stopwords import STOP_WORDS

Hashes = NDArray[np.int64]
"""Hashes of the runs of words of a text, ascending, each once."""

RUN = 5  # words of a run: long enough that chance and phrases of the trade give few, short enough to survive edits
OPENING = 300  # words that count as the opening
SAMPLE = 4  # one of so many hashes is kept in a sample
WINDOW = 5  # days within which copies of one story are printed

# Least overlap of openings (0..1), see `overlap`, of two outlets' prints. One outlet uses its own words again in the
# next report: there the shorter text must stand in the longer one for the most part, openings may overlap less.
# Measured with python -m eval.bench.copies.
COPIED = 0.4
REVISED = 0.3
REVISED_WHOLE = 0.7
# Least resemblance (0..1) of texts that are too far apart in time, or without a date.
EXACT = 0.95
# What both samples must share before the texts are compared: so many hashes, and so much of the smaller sample.
SHARED_HASHES = 3
SHARED_SAMPLE = 0.15

# Of the names and figures of the article that has fewer of them, those that a copy has too.
SAME_THINGS = 0.6
_THING = re.compile(r"\b[A-Z][\w’'-]+|\b\d[\d.,]*\d|\b\d")
_BEGINNINGS = frozenset(word.capitalize() for word in STOP_WORDS)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_STEP = np.uint64(0x9E3779B97F4A7C15)
_FINISH = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1))  # shifts and factors of SplitMix64
_BOUND = 2**63 // SAMPLE


@dataclass(frozen=True, slots=True)
class Print:
    """What is compared of an article: all runs of words of its body, those of the opening, its names and figures."""

    whole: Hashes
    opening: Hashes
    things: frozenset[str]


def print_of(article: Article) -> Print:
    """The runs of words of an article's body; of all its text when it has no body."""
    body = _body(article)
    words = word_hashes(body)
    things = frozenset(_THING.findall(body)) - _BEGINNINGS
    return Print(runs(words), runs(words[:OPENING]), things)


def signature(article: Article) -> Hashes:
    """The hashes by which an article is found: a sample of the runs of words of its opening."""
    return sample(runs(word_hashes(_body(article), OPENING)))


def _body(article: Article) -> str:
    return "\n".join(paragraph.text for paragraph in article.paragraphs if paragraph.kind == "body") or article.text


def word_hashes(text: str, most: int | None = None) -> NDArray[np.uint64]:
    """One hash for each of the words (of the first ``most``), in order; neither case nor punctuation counts."""
    words = islice(_WORD.finditer(text.lower()), most)
    return np.fromiter((zlib.crc32(word.group().encode()) for word in words), np.uint64)


def runs(words: NDArray[np.uint64]) -> Hashes:
    """Hashes (0..2^63) of all runs of RUN words, ascending, each once; of a shorter text, of all its words."""
    return np.unique(runs_in_order(words))


def runs_in_order(words: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Hashes of the run that begins at each word, as far as there are RUN words."""
    if not len(words):
        return np.empty(0, np.int64)
    length = min(RUN, len(words))
    found = np.zeros(len(words) - length + 1, np.uint64)
    for offset in range(length):
        found = found * _STEP + words[offset : offset + len(found)]
    for shift, factor in _FINISH:
        found = (found ^ (found >> np.uint64(shift))) * np.uint64(factor)
    return (found >> np.uint64(1)).astype(np.int64)


def sample(hashes: Hashes) -> Hashes:
    """One of SAMPLE hashes, the same ones in every text."""
    return hashes[hashes < _BOUND]


def shared(one: Hashes, other: Hashes) -> int:
    """How many hashes both have."""
    return len(np.intersect1d(one, other, assume_unique=True))


def overlap(one: Print, other: Print) -> float:
    """Share (0..1) of the one's opening in the other's whole, or the other way round: the lesser of the two.

    Of a shorter whole that holds nothing but words of the opening it is 1: it is cut, not different.
    """
    if not len(one.opening) or not len(other.opening):
        return 0.0
    return min(
        shared(one.opening, other.whole) / min(len(one.opening), len(other.whole)),
        shared(other.opening, one.whole) / min(len(other.opening), len(one.whole)),
    )


def containment(one: Print, other: Print) -> float:
    """Share (0..1) of the shorter whole in the other."""
    return shared(one.whole, other.whole) / max(min(len(one.whole), len(other.whole)), 1)


def same_things(one: Print, other: Print) -> bool:
    """Whether two articles can be about the same: the one with fewer names and figures shares most of them.

    "The bridge of Tarn was built by Ines Okoro" is no copy of a sentence by the same form about another bridge.
    """
    fewer = min(len(one.things), len(other.things))
    return len(one.things & other.things) >= SAME_THINGS * fewer


def resemblance(one: Print, other: Print) -> float:
    """The Jaccard index (0..1) of the wholes."""
    both = shared(one.whole, other.whole)
    return both / max(len(one.whole) + len(other.whole) - both, 1)


def near(one: date | None, other: date | None) -> bool:
    """Whether two days are near enough for copies of one story."""
    return one is not None and other is not None and abs((one - other).days) <= WINDOW
