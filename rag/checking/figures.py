"""The numbers of a text, in figures or in words, with what they count."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeGuard

from index.stopwords import STOP_WORDS

from ..canonical import Quantity, Token, tokens

Bound = Literal["", "about", "least", "most"]
Stems = Callable[[str], frozenset[str]]

# Dimension and size of units: seconds, metres, kilograms, watts, degrees.
_UNITS: dict[str, tuple[str, float]] = {
    name: (dimension, size)
    for dimension, units in {
        "time": {
            1.0: "second seconds sec secs", 60.0: "minute minutes min mins", 3600.0: "hour hours hr hrs",
            86400.0: "day days", 604800.0: "week weeks", 2629800.0: "month months", 31557600.0: "year years",
            315576000.0: "decade decades", 3155760000.0: "century centuries",
        },
        "length": {
            0.001: "mm millimetre millimetres millimeter millimeters", 0.01: "cm centimetre centimetres centimeters",
            0.0254: "inch inches", 0.3048: "ft foot feet", 0.9144: "yard yards", 1.0: "metre metres meter meters",
            1000.0: "km kilometre kilometres kilometer kilometers", 1609.34: "mile miles mi",
        },
        "mass": {
            0.001: "g gram grams", 0.0283: "ounce ounces oz", 0.4536: "lb lbs", 1.0: "kg kilo kilos kilogram kilograms",
            1000.0: "tonne tonnes", 907.0: "ton tons",
        },
        "power": {1e3: "kw kilowatt kilowatts", 1e6: "mw megawatt megawatts", 1e9: "gw gigawatt gigawatts"},
        "speed": {1.0: "mph", 0.6214: "kph kmh"},
    }.items()
    for size, names in units.items()
    for name in names.split()
}  # fmt: skip
_SHARES = {"half": 50.0, "halves": 50.0, "third": 100 / 3, "quarter": 25.0, "fifth": 20.0, "tenth": 10.0}
_SHARES |= {"3th": 100 / 3, "5th": 20.0, "6th": 100 / 6, "8th": 12.5, "10th": 10.0}
# A share stands alone behind these: "by a fifth", "about a third of".
_BEFORE_SHARE = frozenset(", by to than about in for with only just nearly almost over and".split()) | {""}
_TIMES = {"twice": 2.0, "thrice": 3.0, "twofold": 2.0, "threefold": 3.0, "fourfold": 4.0, "tenfold": 10.0}
_TIMES |= dict.fromkeys(("double", "doubles", "doubled", "doubling"), 2.0)
_TIMES |= dict.fromkeys(("triple", "triples", "tripled", "tripling", "treble", "trebled"), 3.0)
_TIMES |= dict.fromkeys(("quadruple", "quadrupled", "quadruples", "quadrupling"), 4.0)

_ABOUT = frozenset("about around roughly some approximately circa estimated nearly almost close".split())
_LEAST = frozenset("more over least upwards exceeding above beyond exceeded topped exceeds minimum".split())
_MOST = frozenset("under below less fewer most up maximum".split())
_PASSED = frozenset(("than", "to", "of", "at", "by"))

# A unit written onto its number, so that "40.3C" and "200km" are a number and a unit.
_GLUED = re.compile(r"(?<=\d)(?=(?:km|kg|cm|mm|kph|mph|kmh|[KMG]W|hrs?|mins?|lbs?|ft|pct|pc|[CF]|tn)\b)")
# "10 to 12 million", "$5-6bn": the first number has the scale and unit of the second.
_RANGE = re.compile(
    r"(?<![\d.,])(?P<first>\d+(?:\.\d+)?)(?P<gap>\s*(?:-|–|to|and|or)\s*[$€£¥]?\s*\d+(?:\.\d+)?)"
    r"(?P<scale>\s*(?:hundred|thousand|million|billion|trillion|[mb]n|m|k|percent|per cent|%)(?!\w))",
    re.IGNORECASE,
)
_PER_CENT = re.compile(r"(?<=\d)\s?(?:pc|pct)\b|\bpercentage\s+points?\b", re.IGNORECASE)
_OF = re.compile(r"(?<=\d) (?:out of|in every|in each) (?=\w)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number in a text. ``dimension``: "%", a currency, "time" (seconds), "length" (metres) and so on, "age",
    "times", "place" (ordinals), "figures" for digits that are no number ("2:05"), "" for a count. ``counted`` are the
    stems of the nouns behind it."""

    text: str
    value: float
    dimension: str
    bound: Bound
    counted: frozenset[str]


def figures_of(clauses: Sequence[str], stems: Stems) -> list[Figure]:
    """The numbers of some clauses in order; ``stems`` are those of the content words of a text."""
    return [figure for clause in clauses for figure in _of_clause(clause, stems)]


def _of_clause(clause: str, stems: Stems) -> Iterator[Figure]:
    found = _tokens(clause)
    place = 0
    while place < len(found):
        read = _figure(found, place)
        if read is None:
            place += 1
            continue
        value, dimension, told, length = read
        bound = _bound(found[max(0, place - 3) : place])
        counted = _counted(found[place + length : place + length + 3], stems) if not dimension else frozenset()
        yield Figure(told, value, dimension, bound, counted)
        place += length


def _tokens(clause: str) -> tuple[Token, ...]:
    even = _PER_CENT.sub(" percent", _OF.sub(" in ", _GLUED.sub(" ", clause)))
    return tokens(_RANGE.sub(lambda match: f"{match['first']}{match['scale']}{match['gap']}{match['scale']}", even))


def _figure(found: Sequence[Token], place: int) -> tuple[float, str, str, int] | None:
    """(value, dimension, as written, tokens taken) of the number that begins at ``place``; None where none does."""
    token, after = found[place], found[place + 1 : place + 4]
    if isinstance(token, Quantity):
        return _quantity(token, after)
    return _in_words(token, found[place - 1] if place else "", after) if isinstance(token, str) else None


def _in_words(word: str, before: Token, after: Sequence[Token]) -> tuple[float, str, str, int] | None:
    """The same of a word: shares, multiples, ordinals, digits."""
    if word in _TIMES:
        return _TIMES[word], "times", word, 1
    unit = _UNITS.get(after[0]) if after and isinstance(after[0], str) else None
    if word == "half" and unit:
        return 0.5 * unit[1], unit[0], f"half {after[0]}", 2
    if word in _SHARES and (after[:1] == ("of",) or before == "by") and before in _BEFORE_SHARE:
        return _SHARES[word], "%", f"{_SHARES[word]:.0f} per cent", 1
    if word.endswith("th") and word[:-2].isdecimal():
        return float(word[:-2]), "place", word, 1
    return (0.0, "figures", word, 1) if any(map(str.isdecimal, word)) else None


def _quantity(token: Quantity, after: Sequence[Token]) -> tuple[float, str, str, int]:
    value = float(token.value)
    told = f"{token.value:,f}".rstrip("0").rstrip(".") if "." in f"{token.value:f}" else f"{token.value:,f}"
    if token.unit:
        written = f"{told}%" if token.unit == "%" else f"{token.unit}{told}"
        return value, token.unit, written, 1
    if after[:1] in (("in",), ("of",)) and len(after) > 1 and _is_small(after[1]) and value < after[1].value:
        return 100 * value / float(after[1].value), "%", f"{told} in {after[1].value}", 3
    word = after[0] if after and isinstance(after[0], str) else ""
    if word in _SHARES and value < 10:
        return value * _SHARES[word], "%", f"{told} {word}", 2
    if word in ("times", "time", "fold"):
        return value, "times", f"{told} {word}", 2
    if word.startswith("year") and after[1:2] == ("old",):
        return value, "age", f"{told} years", 3
    dimension, size = _UNITS.get(word, ("", 1.0))
    return value * size, dimension, f"{told} {word}" if dimension else told, 1 + bool(dimension)


def _is_small(token: Token) -> TypeGuard[Quantity]:
    return isinstance(token, Quantity) and not token.unit and token.value <= 10


def _bound(before: Sequence[Token]) -> Bound:
    for word in reversed(before):
        if word in _ABOUT:
            return "about"
        if word in _LEAST:
            return "least"
        if word in _MOST:
            return "most"
        if word not in _PASSED:
            break
    return ""


def _counted(after: Sequence[Token], stems: Stems) -> frozenset[str]:
    """Stems of the words that a number counts: those that follow it up to the first that is no noun or adjective."""
    words = []
    for word in after:
        if not isinstance(word, str) or word in STOP_WORDS or any(map(str.isdecimal, word)):
            break
        words.append(word)
    return stems(" ".join(words))
