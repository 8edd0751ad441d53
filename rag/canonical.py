"""A text as tokens that compare by value: what is written in two ways and means the same is the same token.

======== ==============================================================================================================
word     a run of letters and digits after NFKC and case folding; a, an and the are left out
Quantity a number, with its unit if that is a currency or percent: six = 6, 1,200 = 1200, half a million = 500,000,
         $5m = US$5 million = $5,000,000 = five million dollars, 22% = 22 percent
Day      a date, or what is told of one: Sept. 28, 2021 = 28 September 2021 = 2021-09-28; September 28; September 2021.
         A month alone is a word ("may"), a year alone a Quantity
======== ==============================================================================================================

Numbers that are part of something else stay words and equal no Quantity: A23a, 10:30, 9/11, 1.2.3, 1990s. An ordinal is
a word too, thirteenth being "13th". Signs are not read. Of dates in digits alone only those are that have the year
first: 3/4 is one day in London and another in New York.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

_MONTHS = """
    january february march april may june july august september october november december
""".split()
_SMALL = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen
""".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_ORDINALS = (
    """
    first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth
    sixteenth seventeenth eighteenth nineteenth
""".split()
    + [word.removesuffix("y") + "ieth" for word in _TENS]
)
_ARTICLES = frozenset(("a", "an", "the"))

_NUMBERS = dict(zip(_SMALL + _TENS, (*range(20), *range(20, 100, 10)), strict=True))
_PLACES = dict(zip(_ORDINALS, (*range(1, 20), *range(20, 100, 10)), strict=True))
_LARGE = {"dozen": 12, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_SCALES = {"hundred": 10**2, **_LARGE}
_SUFFIXES = {"k": 10**3, "m": 10**6, "mn": 10**6, "b": 10**9, "bn": 10**9, "tn": 10**12}
_UNITS = {
    "%": ("percent", "per cent", "per-cent", "pct"),
    "$": ("us$", "usd", "dollar", "dollars", "us dollar", "us dollars"),
    "€": ("eur", "euro", "euros"),
    "£": ("gbp", "pound", "pounds"),
    "¥": ("jpy", "yen"),
    "₩": ("krw",),  # not "won": "of the 12 won by one goal"
    "₹": ("inr", "rupee", "rupees"),
}
_UNIT_OF = {name: unit for unit, names in _UNITS.items() for name in names}


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number and what it counts, if that is a currency or percent: "$", "%" and the like, else ""."""

    value: Decimal
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    """A date, or what is told of one: always the month (1 to 12), and with it the day, the year or both."""

    month: int
    day: int | None
    year: int | None


Token = str | Quantity | Day


@lru_cache(maxsize=2048)  # ten passages of each of 200 questions: some 20 MB
def tokens(text: str) -> tuple[Token, ...]:
    """The tokens of a text, in order. Case, kinds of quotes and white space make no difference."""
    # Before NFKC, which would make 21/2 of 2½.
    decimals = _FRACTION.sub(lambda match: str(unicodedata.numeric(match[0])).removeprefix("0"), text)
    plain = " ".join(unicodedata.normalize("NFKC", decimals).casefold().split())
    return tuple(_token(match) for match in _TOKEN.finditer(plain) if match[0] not in _ARTICLES)


def says(given: Token, asked: Token) -> bool:
    """True when ``given`` says what ``asked`` says, or that and more.

    "28 September 2021" says "September 28", "September" and "2021", "$5 million" says "5 million"; not the reverse.
    """
    if isinstance(given, Day):
        if isinstance(asked, Day):
            return asked.month == given.month and asked.day in (None, given.day) and asked.year in (None, given.year)
        if isinstance(asked, Quantity):
            return not asked.unit and asked.value == given.year
        return _MONTH_NAME.fullmatch(asked) is not None and _month(asked) == given.month
    if isinstance(given, Quantity) and isinstance(asked, Quantity):
        return asked.value == given.value and asked.unit in ("", given.unit)
    return given == asked


def parts(token: Token) -> tuple[str | Decimal, ...]:
    """What a token is made of: the month, day and year of a date, the number and unit of a quantity, or itself."""
    if isinstance(token, Day):
        return _MONTHS[token.month - 1], *(Decimal(number) for number in (token.day, token.year) if number)
    if isinstance(token, Quantity):
        return (token.value, token.unit) if token.unit else (token.value,)
    return (token,)


# -- the patterns, all for lower case and single spaces


def _any(words: Iterable[str]) -> str:
    """A pattern for any of the words, as a whole word."""
    return rf"(?:{'|'.join(map(re.escape, words))})(?!\w)"


_FRACTION = re.compile("[¼½¾⅐-⅞]")

# What is a number of its own begins and ends so: not within 1.22, 500,000, 10:30, 9/11 or b.1.5.
_BEGIN = r"(?<!\d[,:/])(?<!\w\.)"
_END = r"(?!\w|[.,:/]\d)"

_UNIT = rf"(?: ?%|[ -]{_any(name for name in _UNIT_OF if '$' not in name)})"
_SCALE = rf"[ -]{_any(_SCALES)}"

_MONTH = rf"(?:{'|'.join(f'{name[:3]}(?:{name[3:]})?' for name in _MONTHS)}|sept)(?!\w)\.?"
_MONTH_NAME = re.compile(_MONTH)
_DAY = r"(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?"
_YEAR = rf"(?:,? | of |[,-])[12]\d{{3}}{_END}"
_DATE = "|".join(
    (
        rf"{_BEGIN}[12]\d{{3}}(?P<dash>[-/.])(?:0?[1-9]|1[0-2])(?P=dash)(?:0?[1-9]|[12]\d|3[01])(?!\d)",
        rf"{_BEGIN}{_DAY}(?: of)?[ -]{_MONTH}(?:{_YEAR})?",
        rf"{_MONTH}(?: the)? {_DAY}(?:{_YEAR}|{_END}(?!{_UNIT}|{_SCALE}))",  # not: "in May 20 percent voted"
        rf"{_MONTH}{_YEAR}",
    )
)
_ORDINAL = rf"(?:{_any(_TENS)}[ -])?{_any(_ORDINALS)}|{_BEGIN}\d[\d,]*(?:st|nd|rd|th)(?!\w)"

_SIGN = r"(?:[a-z]{0,3}\$|[€£¥₩₹]|(?:usd|eur|gbp|jpy|krw|inr)(?= ?\d)) ?"
_DIGITS = rf"{_BEGIN}(?:\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?|(?<![\w.])\.\d+)"
_TO_99 = rf"(?:{_any(_TENS)}(?:[ -]{_any(_SMALL[1:10])})?|{_any(_SMALL)})"
_TO_999 = rf"(?:(?:{_TO_99}|an?)[ -]hundred(?!\w)(?:(?: and)?[ -]{_TO_99})?|{_TO_99})"
_COUNT = rf"{_TO_999}(?:[ -]and[ -]a[ -]half(?!\w))?"
_SPELLED = "|".join(
    (
        # Not: "between ten thousand and twenty-five thousand".
        rf"(?:{_TO_999}|an?)[ -]thousand,?(?: and)? {_TO_999}(?![ -]{_any((*_SCALES, *_SMALL))})",
        rf"(?:{_COUNT}|half(?:[ -]an?)?|an?)[ -]{_any(_LARGE)}",
        _COUNT,
    )
)
_QUANTITY = (
    rf"(?P<sign>{_SIGN})?"
    rf"(?:(?P<digits>{_DIGITS})(?:(?P<suffix>{_any(_SUFFIXES)})|{_END}(?P<scale>{_SCALE})?)|(?P<spelled>{_SPELLED}))"
    rf"(?P<unit>{_UNIT})?"
)
# Most words are none of these, which their first letters tell: looking there first is eight times as fast.
_HEADS = sorted({word[:3] for word in (*_MONTHS, *_NUMBERS, *_ORDINALS, "half", *_UNIT_OF)})
_ANY = rf"(?:(?P<date>{_DATE})|(?P<ordinal>{_ORDINAL})|(?P<quantity>{_QUANTITY}))"
_TOKEN = re.compile(rf"(?=[\d.€£¥₩₹]|[a-z]{{0,3}}\$|an?[ -]|{'|'.join(map(re.escape, _HEADS))}){_ANY}|\w+")


def _token(match: re.Match[str]) -> Token:
    if match.lastgroup is None:
        return match[0]
    if match["date"]:
        return _day(match["date"])
    if match["ordinal"]:
        return _ordinal(match["ordinal"])
    unit = (match["sign"] or match["unit"] or "").strip(" -")
    return Quantity(_value(match), _UNIT_OF.get(unit, unit))


def _day(text: str) -> Day:
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    name = _MONTH_NAME.search(text)
    if name is None:
        year, month, day = numbers
        return Day(month, day, year)
    days, years = ([n for n in numbers if (n > 31) is late] for late in (False, True))
    return Day(_month(name[0]), days[0] if days else None, years[0] if years else None)


def _month(name: str) -> int:
    return next(number for number, month in enumerate(_MONTHS, 1) if month[:3] == name[:3])


def _ordinal(text: str) -> str:
    if text[0].isdecimal():
        return text[:-2].replace(",", "") + "th"
    return f"{sum(_NUMBERS.get(word, 0) + _PLACES.get(word, 0) for word in re.split('[ -]', text))}th"


def _value(match: re.Match[str]) -> Decimal:
    if match["spelled"]:
        return _spelled(match["spelled"])
    scale = match["suffix"] or (match["scale"] or "").strip(" -")
    return Decimal(match["digits"].replace(",", "")) * (_SUFFIXES | _SCALES).get(scale, 1)


def _spelled(text: str) -> Decimal:
    whole = count = Decimal(0)
    for word in re.split("[ -]", text.replace(",", "")):
        if word in _NUMBERS:
            count += _NUMBERS[word]
        elif word == "half":
            count += Decimal("0.5")
        elif word in _ARTICLES:
            count = count or Decimal(1)
        elif word == "hundred":
            count *= 100
        elif word in _LARGE:
            whole, count = whole + count * _LARGE[word], Decimal(0)
    return whole + count
