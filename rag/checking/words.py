"""What a sentence says besides numbers, dates and names: enough of its words, and not the opposite."""

from __future__ import annotations

from collections.abc import Sequence

from ..canonical import tokens
from ..values import same_stem
from .numbers import same
from .opposites import synonyms
from .text import Text

# The least share of a sentence's stems that its paragraphs must hold: one in other words still shares its nouns.
LEAST_SHARED = 0.5


def unsupported(claim: Text, premises: Sequence[Text]) -> str:
    """Whether the premises share too few words with the claim."""
    if shared(claim, premises) < LEAST_SHARED:
        return "the cited paragraph says something else"
    return ""


def shared(claim: Text, premises: Sequence[Text]) -> float:
    """Share (0..1) of what the claim says that the premises hold: its stems, and its numbers by value.

    Times are not counted: they are told in other words more often than not.
    """
    known = frozenset[str]().union(*(premise.known for premise in premises))
    told = [number for premise in premises for number in premise.figures]
    held = sum(any(same(number, other) for other in told) for number in claim.figures)
    words = claim.stems(" ".join(one for one in tokens(claim.timeless) if isinstance(one, str) and one.isalpha()))
    count = len(claim.figures) + len(words)
    return (held + sum(_is_held(word, known) for word in words)) / count if count else 1.0


def _is_held(stem: str, known: frozenset[str]) -> bool:
    return stem in known or bool(synonyms(stem) & known) or any(same_stem(stem, other) for other in known)
