"""What a short answer says, by value, and whether two of them say the same, something else, or cannot be compared.

"About 1,200" and "1,187" are one answer, so are "six years" and "72 months", "81 per cent" and "four in five",
"May 2023" and "12 May", "Anna Holt" and "Holt", "Geneva" and "Switzerland". Numbers agree when one lies where the
other, rounded or bounded as it is written, may lie. A description ("the retired judge") says nothing about a name.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import SequenceMatcher
from typing import Literal

from index.stopwords import STOP_WORDS

from .canonical import Day, Quantity, Token, tokens
from .places import places
from .questions import DAYS, MONTHS, Kind
from .spans import TITLES

Relation = Literal["same", "different", "unlike"]

NUMBER_KINDS = frozenset(("how_many", "how_much", "how_old", "how_far", "how_long"))
# Rounding: half of the last figure that is not 0, but at most this share of the number.
ROUNDED = 0.05
# "about 1,200" may be so much more or less, "more than" it so much more, "nearly" it so much less.
ABOUT = 0.1
# A share in words ("four in five") may be off by so many per cent points.
SHARE = 2.5
# Answers of more words are not compared: two sentences can say the same without a word in common.
MOST_WORDS = 5

_ABOUT = frozenset("about around roughly some approximately circa estimated perhaps".split())
_ABOVE = frozenset(("more", "over", "least", "upwards", "exceeding", "above", "beyond"))
_BELOW = frozenset(("nearly", "almost", "under", "below", "less", "fewer", "most", "up"))
_BOUND = re.compile(
    r"\b(?:(?:at (?:least|most)|(?:more|less|fewer) than|up to|as many as|about|around|roughly|some|approximately|"
    r"nearly|almost|over|under) +)$",
    re.IGNORECASE,
)
_BETWEEN = frozenset(("than", "to", "of", "at"))
_SHARES = {"half": 50.0, "third": 100 / 3, "quarter": 25.0, "3th": 100 / 3, "4th": 25.0, "5th": 20.0, "10th": 10.0}
_RATE = re.compile(r"(?<=\d) an? (?=\w)")  # "38 a week": no 38 weeks
_PER_CENT = re.compile(r"(?<=\d)\s?(?:pc|pct)\b", re.IGNORECASE)
# Dimension and size of units, in days and kilometres.
_UNITS: dict[str, tuple[str, float]] = {
    "hour": ("time", 1 / 24),
    "minute": ("time", 1 / 1440),
    "second": ("time", 1 / 86400),
    "day": ("time", 1.0),
    "week": ("time", 7.0),
    "month": ("time", 365.25 / 12),
    "year": ("time", 365.25),
    "decade": ("time", 3652.5),
    "km": ("length", 1.0),
    "kilometre": ("length", 1.0),
    "kilometer": ("length", 1.0),
    "metre": ("length", 0.001),
    "meter": ("length", 0.001),
    "mile": ("length", 1.609),
    "foot": ("length", 0.0003048),
    "feet": ("length", 0.0003048),
}
_YEARS = range(1000, 2101)
_DECADE = re.compile(r"(?:1\d|20)\d0['’]?s")
_WORD = re.compile(r"\w[\w’'.-]*")
_HONORIFICS = frozenset("mr mrs ms miss sir dame".split())


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it is written: ``low`` to ``high`` is where the true one may lie. ``dimension``: "%", a currency,
    "time" (in days), "length" (in kilometres), or "" for a count and where no unit is told."""

    value: float
    low: float
    high: float
    dimension: str


@dataclass(frozen=True, slots=True)
class Days:
    """A date: ``first`` to ``last`` when the year is known, else what is known of ``month`` and ``day``."""

    first: date | None = None
    last: date | None = None
    month: int | None = None
    day: int | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """What an answer says: a date, numbers, a name (its capitalised words) or other words; at most one of these is
    told, and the others are empty. ``text`` is the answer as it is written."""

    text: str
    days: Days | None = None
    numbers: tuple[Number, ...] = ()
    name: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        return next((kind for kind in ("days", "numbers", "name", "words") if getattr(self, kind)), "")


def value_of(
    kind: Kind, text: str, before: str = "", published: date | None = None, asked: Set[str] = frozenset()
) -> Value:
    """The value of the answer ``text`` to a question of that kind.

    ``before`` are the words that stand before it, which may bound a number ("at least"). Weekdays, and dates without a
    year, are those nearest before ``published``, the day of the article. ``asked`` as of ``words_asked``:
    to "which party" the answer "Labour Party" says "labour".
    """
    found = _tokens(text)
    dated = any(isinstance(token, Day) for token in found)
    if kind == "when" or (kind == "what" and dated):
        return Value(text, days=_days(text, found, published))
    if kind == "how_old":  # "43" and "43-year-old"
        found = tuple(token for token in found if _unit(token)[0] != "time")
    counted = kind in NUMBER_KINDS or (kind == "what" and _is_number(found))
    if counted:
        return Value(text, numbers=_numbers(found, tokens(before)[-3:]))
    if kind in ("who", "where"):
        return Value(text, name=_untold(_name(text), asked))
    return Value(text, words=_untold(_words(text), asked))


def bound_before(text: str) -> str:
    """The words at the end of a text that bound the number after it ("at least "), "" without any."""
    found = _BOUND.search(text[-20:])
    return found.group() if found else ""


def compare(one: Value, other: Value) -> Relation:
    """How two answers to one question relate."""
    if one.days and other.days:
        return _compare_days(one.days, other.days)
    if one.numbers and other.numbers:
        return _compare_numbers(one.numbers, other.numbers)
    if one.name and other.name:
        return _compare_names(one, other)
    if one.words and other.words:
        return _compare_words(one.words, other.words)
    return "unlike"


def mentions(text: str, value: Value, published: date | None = None) -> bool:
    """True when a text says the value somewhere, in any words that are the same by value."""
    if value.name or value.words:
        said = {match.group().lower().strip("'’.-") for match in _WORD.finditer(text)}
        said |= {re.sub(r"['’]s$", "", word) for word in said}
        said |= {part for word in said for part in word.split("-")}
        if value.name:
            return said.issuperset(value.name)
        return all(any(same_stem(word, other) for other in said) for word in value.words)
    found = _tokens(text)
    if value.days:
        said_days = (_days("", [token], published) for token in found if isinstance(token, Day | Quantity))
        return any(days and _compare_days(value.days, days) == "same" for days in said_days)
    return bool(value.numbers) and any(
        _compare_numbers(value.numbers[:1], (number,)) == "same" for number in _numbers(found, ())
    )


def _untold(words: Sequence[str], asked: Set[str]) -> tuple[str, ...]:
    return tuple(word for word in words if not any(same_stem(word, other) for other in asked))


def _is_number(found: Sequence[Token]) -> bool:
    """True when a number is told, and not the name of a unit alone ("International Geophysical Year")."""
    return any(isinstance(token, Quantity) or _share(token) for token in found)


def _tokens(text: str) -> tuple[Token, ...]:
    return tokens(_RATE.sub(" per ", _PER_CENT.sub("%", text)))


# -- dates


def _days(text: str, found: Sequence[Token], published: date | None) -> Days | None:
    dates = [
        _of(one.year or (_year_near(one.month, one.day, published) if published else None), one.month, one.day)
        for one in found
        if isinstance(one, Day)
    ]
    if dates:
        return _covering(dates)
    years = [int(t.value) for t in found if isinstance(t, Quantity) and not t.unit and t.value in _YEARS]
    for decade in (int(t[:4]) for t in found if isinstance(t, str) and _DECADE.fullmatch(t)):
        years += [decade, decade + 9]
    if years:
        return Days(date(min(years), 1, 1), date(max(years), 12, 31))
    words = [word.strip(".'’").lower() for word in _WORD.findall(text)]
    months = [MONTHS.index(word) + 1 for word in words if word in MONTHS]
    if months:
        return _of(_year_near(months[0], None, published) if published else None, months[0], None)
    weekdays = [DAYS.index(word) for word in words if word in DAYS]
    if weekdays and published:
        day = published - timedelta((published.weekday() - weekdays[0]) % 7)
        return Days(day, day)
    return None


def _covering(dates: Sequence[Days | None]) -> Days | None:
    """From the first to the last of several days; the first alone where one is not told in full."""
    known = [(days.first, days.last) for days in dates if days and days.first and days.last]
    if len(known) < 2 or len(known) < len(dates):
        return dates[0]
    return Days(min(first for first, _ in known), max(last for _, last in known))


def _of(year: int | None, month: int, day: int | None) -> Days | None:
    """The days of a date; None for one that is in no calendar."""
    if day is not None and not 1 <= day <= (monthrange(year, month)[1] if year else 31):
        return None
    if year is None:
        return Days(month=month, day=day)
    first = date(year, month, day or 1)
    return Days(first, first if day else date(year, month, monthrange(year, month)[1]), month, day)


def _year_near(month: int, day: int | None, published: date) -> int:
    """The year that puts the date nearest to the day of the article."""
    middle = min(day or 15, 28)
    years = (published.year - 1, published.year, published.year + 1)
    return min(years, key=lambda year: abs(date(year, month, middle) - published))


def _compare_days(one: Days, other: Days) -> Relation:
    if one.first and one.last and other.first and other.last:
        return "same" if one.first <= other.last and other.first <= one.last else "different"
    if one.month is None or other.month is None:
        return "unlike"
    if one.month != other.month or (one.day and other.day and one.day != other.day):
        return "different"
    return "same"


# -- numbers


def _numbers(found: Sequence[Token], before: Sequence[Token]) -> tuple[Number, ...]:
    """The numbers in order, shares in words ("a fifth", "four in five") as per cent."""
    numbers: list[Number] = []
    skip = 0
    for place, token in enumerate(found):
        if place < skip:
            continue
        context = (*before, *found[:place])[-3:]
        after = found[place + 1 : place + 3]
        if isinstance(token, Quantity):
            value = float(token.value)
            if (
                len(after) == 2
                and after[0] in ("in", "of")
                and isinstance(after[1], Quantity)
                and after[1].value > value
            ):
                numbers.append(_number(100 * value / float(after[1].value), context, "%", SHARE))
                skip = place + 3
            elif after and (share := _share(after[0])):
                numbers.append(_number(value * share, context, "%", SHARE))
                skip = place + 2
            else:
                unit, size = _unit(after[0]) if after else ("", 1.0)
                half = after[1:] == ("and",) and found[place + 3 : place + 4] == ("half",)
                numbers.append(
                    _number((value + 0.5 * half) * size, context, token.unit or unit, _rounding(value) * size)
                )
        elif (share := _share(token)) and not (place and found[place - 1] == "and"):
            numbers.append(_number(share, context, "%", SHARE))
        elif _unit(token)[0] == "time" and not numbers:  # "an hour and a half"
            size = _unit(token)[1] * (1.5 if after == ("and", "half") else 1.0)
            numbers.append(_number(size, context, "time", 0.0))
    return tuple(numbers)


def _share(token: Token) -> float | None:
    return _SHARES.get(token.removesuffix("s")) if isinstance(token, str) else None


def _unit(token: Token) -> tuple[str, float]:
    if not isinstance(token, str):
        return "", 1.0
    return _UNITS.get(token) or _UNITS.get(token.removesuffix("s"), ("", 1.0))


def _number(value: float, context: Sequence[Token], dimension: str, rounding: float) -> Number:
    """With the room that rounding and the words before it leave."""
    low, high = value - rounding, value + rounding
    for word in reversed(context):
        if word in _ABOUT:
            low, high = min(low, value * (1 - ABOUT)), max(high, value * (1 + ABOUT))
        elif word in _ABOVE:
            low, high = value, max(high, value * (1 + ABOUT))
        elif word in _BELOW:
            low, high = min(low, value * (1 - ABOUT)), value
        elif word in _BETWEEN:
            continue
        break
    return Number(value, low, high, dimension)


def _rounding(value: float) -> float:
    """Half of the last figure that is not 0; of numbers below 100 nothing."""
    if value < 100 or value != int(value):
        return 0.0
    unit = 1
    while value % (unit * 10) == 0:
        unit *= 10
    return min(unit / 2, ROUNDED * value) if unit > 1 else 0.0


def _compare_numbers(one: Sequence[Number], other: Sequence[Number]) -> Relation:
    for a, b in zip(one, other, strict=False):
        if a.dimension and b.dimension and a.dimension != b.dimension:
            return "unlike"
        slack = 1e-6 * max(abs(a.value), abs(b.value))
        if not (a.low - slack <= b.value <= a.high + slack or b.low - slack <= a.value <= b.high + slack):
            return "different"
    return "same"


# -- names and other words


def _name(text: str) -> tuple[str, ...]:
    """The capitalised words without titles, in lower case; () for a description."""
    found = []
    for match in _WORD.finditer(text):
        word = re.sub(r"['’]s$", "", match.group()).strip("'’-")
        low = word.lower().rstrip(".")
        ordinary = low in TITLES or (low in STOP_WORDS and not (len(word) > 1 and word.isupper()))
        if word[:1].isupper() and not ordinary:
            found.append(low)
    return tuple(found)


def _compare_names(one: Value, other: Value) -> Relation:
    short, long = sorted((one.name, other.name), key=len)
    if all(any(_same_part(word, part) for part in long) for word in short):
        return "same"
    if SequenceMatcher(None, "".join(short), "".join(long), autojunk=False).ratio() >= 0.85:
        return "same"
    initials = ("".join(part[0] for part in long),)
    if len(long) > 1 and short == initials:
        return "same"
    mine, theirs = ({country for _, _, country in places(value.text)} for value in (one, other))
    alone = _is_country(one) or _is_country(other)
    if mine & theirs and (alone or _only_places(one) or _only_places(other)):
        return "same"
    # A country alone may be the country of a city.
    return "same" if alone and bool(mine) != bool(theirs) else "different"


def _only_places(value: Value) -> bool:
    """True when an answer names countries, their people or capitals and nothing else."""
    said = {word.lower().strip(".") for start, end, _ in places(value.text) for word in value.text[start:end].split()}
    return said.issuperset(value.name)


def _same_part(one: str, other: str) -> bool:
    """Equal, or one is the initial of the other."""
    return one == other or (1 in (len(one), len(other)) and one[0] == other[0])


def _is_country(value: Value) -> bool:
    """True for the name of a country, false for its capital, by which ``places`` means it too."""
    named = places(value.text)
    return len(named) == 1 and (" ".join(value.name) == named[0][2].lower() or value.text.replace(".", "").isupper())


def _words(text: str) -> tuple[str, ...]:
    """The content words in lower case; those for a country ("American") only where there is nothing else."""
    countries = {text[start:end].lower() for start, end, _ in places(text)}
    words = [part.lower().strip("'’.") for match in _WORD.finditer(text) for part in match.group().split("-")]
    content = [word for word in words if word and word not in STOP_WORDS and word not in _HONORIFICS]
    return tuple([word for word in content if word not in countries] or content)


def _compare_words(one: Sequence[str], other: Sequence[str]) -> Relation:
    short, long = sorted((one, other), key=len)
    shared = sum(any(same_stem(word, part) for part in long) for word in short)
    if 2 * shared >= len(short):
        return "same"
    return "different" if len(long) <= MOST_WORDS else "unlike"


def same_stem(one: str, other: str) -> bool:
    """Equal but for an ending: "leak" and "leaking"."""
    short, long = sorted((one, other), key=len)
    common = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    return short == long or (common >= 4 and common >= len(short) - 2 and len(long) - common <= 4)
