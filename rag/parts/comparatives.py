"""Words that compare two things, and how the thing is asked for on its own: "older" is "how old"."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

# The base, then what means less of the same.
_SCALES = """
    old young|long short|tall|high low|big|large small|heavy light|wide narrow|deep shallow|fast slow|far near|
    warm cold|hot cool|strong weak|thick thin|steep|loud|bright|rich poor
"""
_ODD = {
    "far": ("farther", "further", "farthest", "furthest"),
    "big": ("bigger", "biggest"),
    "hot": ("hotter", "hottest"),
    "thin": ("thinner", "thinnest"),
}


@dataclass(frozen=True, slots=True)
class Comparative:
    """``asked`` are the words that ask for it ("how old", "when"); ``larger``: the word is said of the larger value."""

    asked: str
    larger: bool


def _forms(adjective: str) -> tuple[str, ...]:
    if adjective in _ODD:
        return _ODD[adjective]
    stem = f"{adjective[:-1]}i" if adjective.endswith("y") else adjective.removesuffix("e")
    return f"{stem}er", f"{stem}est"


def _table() -> dict[str, Comparative]:
    table: dict[str, Comparative] = {}
    for scale in _SCALES.split("|"):
        base, *less = scale.split()
        table |= {form: Comparative(f"how {base}", True) for form in _forms(base)}
        table |= {form: Comparative(f"how {base}", False) for word in less for form in _forms(word)}
    table |= {word: Comparative("when", False) for word in ("earlier", "sooner", "first", "earliest", "before")}
    table |= {word: Comparative("when", True) for word in ("later", "last", "latest", "after")}
    dear = ("more expensive", "most expensive", "costlier", "dearer", "pricier", "more costly")
    table |= {word: Comparative("how much", True) for word in dear}
    cheap = ("cheaper", "cheapest", "less expensive", "less costly")
    return table | {word: Comparative("how much", False) for word in cheap}


COMPARATIVES = _table()
# Of numbers of things: whether it is said of the larger one.
AMOUNTS = {"more": True, "most": True, "fewer": False, "less": False, "fewest": False, "least": False}
_MASS = frozenset(
    "money time water oil gas power electricity land rain snow food fuel energy space wheat grain steel coal".split()
)


def any_of(words: Iterable[str]) -> str:
    """A pattern for any of the words, longest first."""
    listed = sorted(words, key=len, reverse=True)
    return rf"(?:{'|'.join(re.escape(word) for word in listed)})"


def how_many(noun: str) -> str:
    """ "how many people", "how much money"; ``noun`` may have words before it."""
    head = noun.rsplit(maxsplit=1)[-1].lower()
    plural = head.endswith("s") or head in {"people", "men", "women", "children", "police", "staff", "sheep", "fish"}
    return f"how much {noun}" if head in _MASS or not plural else f"how many {noun}"
