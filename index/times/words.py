"""The words of news English that say when, as regular expressions of atoms: one date, one weekday, "last year", "ago".

An atom is matched on its own; index/times/find.py joins neighbours ("the first half" + "of" + "next year") and reads
the words in front of them ("since", "until", "early").
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from .calendar import HOLIDAYS

Kind = Literal[
    "date",
    "digits",
    "month",
    "year",
    "years",
    "decade",
    "century",
    "quarter",
    "half",
    "season",
    "weekday",
    "weekend",
    "deictic",
    "overnight",
    "unit",
    "beyond",
    "ago",
    "rolling",
    "ahead",
    "shift",
    "anaphor",
    "holiday",
    "whole",
    "fiscal",
]

MONTHS = "january february march april may june july august september october november december".split()
WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_SMALL = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen twenty
""".split()
_TENS = {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60}
_LOOSE = {"a": 1, "an": 1, "a couple of": 2, "a couple": 2, "a dozen": 12}
NUMBERS = {word: value for value, word in enumerate(_SMALL)} | _TENS | _LOOSE
ORDINALS = dict(zip("first second third fourth last final".split(), (1, 2, 3, 4, -1, -1), strict=True))
ORDINALS |= {"1st": 1, "2nd": 2, "3rd": 3, "4th": 4}
_DECADES = "twenties thirties forties fifties sixties seventies eighties nineties".split()
DECADES = {word: 10 * value for value, word in enumerate(_DECADES, 2)}


def _written(names: Iterable[str]) -> str:
    """Any of the names, the longest that fits."""
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))


def _cased(words: list[str]) -> str:
    """As a name is written: Capital or ALL CAPITALS."""
    return "|".join(f"{word.capitalize()}|{word.upper()}" for word in words)


_SHORT_MONTHS = "jan feb mar apr jun jul aug sept sep oct nov dec".split()
_MONTH = rf"(?:{_cased(MONTHS)}|(?:{_cased(_SHORT_MONTHS)})\b\.?)"
_DAYNAME = rf"(?:{_cased(WEEKDAYS)}|(?:Mon|Tues?|Wed|Thurs?|Fri|Sat|Sun)\b\.?)"
_D = r"(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?"
_YEAR = r"(?:1\d|20)\d\d"
_OF_YEAR = rf"\s+(?:of\s+)?(?P<year>{_YEAR})\b"
_DASH = r"\s?[-–—]\s?"
_TO = rf"(?:{_DASH}|\s+(?:to|until|through)\s+)"
_COUNTED = r"(?:%|percent|per\s+cent|people|million|billion|thousand|points?|degrees)"
_N = rf"(?:\d{{1,3}}|{_written(NUMBERS)}|(?:twenty|thirty|forty|fifty|sixty)-\w+)"
_UNIT = r"(?:day|week|fortnight|month|year|decade)"
_PART_OF_DAY = r"(?i:\s+(?:early\s+)?(?:morning|afternoon|evening|night|lunchtime)(?![\w-])(?!\s+[A-Z]))?"
_ORDINAL = r"(?:first|second|third|fourth|1st|2nd|3rd|4th|last|final)"
_REL = r"last|next|this\s+past|this\s+coming|this"
_ROUGHLY = r"(?:(?:more|less|fewer)\s+than|at\s+least|up\s+to|nearly|almost|about|around|over|some|just\s+over)\s+"

_PATTERNS: dict[Kind, str] = {
    "fiscal": rf"""(?i:\b(?:fiscal|financial)\s+(?:(?:{_ORDINAL}\s+)?(?:quarter|half)|year)\b
            (?:\s+(?:of\s+)?{_YEAR}(?:[-/–]\d\d)?\b)?
        | \b(?:fiscal|FY)\s?{_YEAR}\b
        | \b{_ORDINAL}\s+(?:fiscal|financial)\s+quarter(?:\s+of\s+(?:fiscal\s+)?{_YEAR})?\b)""",
    "date": rf"""(?:\b(?P<weekday>{_DAYNAME}),?\s+)?
        (?:\b(?:the\s+)?(?P<d1>{_D})(?:{_TO}(?P<d2>{_D}))?(?:\s+of)?\s+(?P<month1>{_MONTH})
        | \b(?P<month2>{_MONTH})\s+(?:the\s+)?(?P<d3>{_D})(?:{_TO}(?P<d4>{_D})(?!\s+{_MONTH}))?
            (?![\d:%]|[.,]\d|\s+{_COUNTED}\b))
        (?:,?\s+(?P<year>{_YEAR})\b(?!,\d))?(?!\w)""",
    "digits": rf"""\b(?P<iso>{_YEAR}-[01]\d-[0-3]\d)\b(?!-)
        | \b(?P<a>\d\d?)(?P<sep>[/.])(?P<b>\d\d?)(?P=sep)(?P<y>{_YEAR})\b""",
    "years": rf"(?<![\d$€£.,-])\b(?P<first>{_YEAR}){_DASH}(?P<last>{_YEAR}|\d\d)\b(?![-\d%]|,\d)",
    "decade": rf"""(?:\bthe\s+)?(?:\b(?P<full>(?:1\d|20)\d0)['’]?s\b|['‘’](?P<short>[2-9]0)s\b)
        | (?:\bthe\s+|(?<=early\s)|(?<=late\s)|(?<=mid-))(?P<word>(?i:{_written(DECADES)}))\b""",
    "century": r"""\bthe\s+(?:(?P<number>\d\d?)(?:st|nd|rd|th)
        | (?P<word>(?i:(?:seven|eigh|nine)teenth|twentieth|twenty-first)))\s+[Cc]entury\b""",
    "month": rf"(?:\b(?P<rel>(?i:{_REL}))\s+)?\b(?P<month>{_MONTH})(?:,?{_OF_YEAR}(?!,\d))?(?![\w-])",
    "quarter": rf"""(?i:\b(?:the\s+)?(?P<number>{_ORDINAL})[\s-]quarter)(?:{_OF_YEAR})?(?!\w|-)
        | \bQ(?P<short>[1-4])(?:\s*(?:of\s+)?(?P<year2>{_YEAR}))?\b""",
    "half": rf"""(?i:\b(?:the\s+)?(?P<number>first|second|latter|1st|2nd)[\s-]half)
        (?:\s+of(?=\s+(?:last|this|next|the)\s+year\b)|{_OF_YEAR})?(?!\w|-)""",
    "season": rf"""(?i:\b(?:(?P<rel>{_REL}|the)\s+)?(?P<season>spring|summer|autumn|fall|winter))
        (?:{_OF_YEAR}(?:{_DASH}(?P<year2>{_YEAR}|\d\d)\b)?)?(?!\w|-|\s+[A-Z])""",
    "weekday": rf"""(?:\b(?P<rel>(?i:{_REL}|coming|past|the\s+(?:following|next|previous|preceding)))\s+)?
        \b(?P<weekday>{_cased(WEEKDAYS)})\b(?P<week>\s+week\b)?{_PART_OF_DAY}(?![\w-])""",
    "weekend": rf"""(?i:\b(?P<rel>{_REL}|that|the\s+(?:following|previous)|the)
        \s+(?:bank\s+holiday\s+)?weekend)\b""",
    "deictic": r"""(?i:\b(?:the\s+day\s+(?:before\s+yesterday|after\s+tomorrow)
        | (?:(?:earlier|later|late|early)\s+)?(?:today|tonight)
        | (?:yesterday|tomorrow)(?:\s+(?:morning|afternoon|evening|night))?
        | this\s+(?:very\s+)?(?:morning|afternoon|evening)|last\s+night))\b""",
    "overnight": r"(?<!an\s)(?<!the\s)\b[Oo]vernight\b(?=[,.;]|\s+(?:and|after|as|by|in)\b|\s*$)",
    "unit": rf"(?i:\b(?P<rel>{_REL})\s+(?P<unit>week|month|quarter|year|decade|century))\b(?!-)",
    "beyond": r"(?i:\bthe\s+(?P<unit>week|month|year|weekend)\s+(?P<side>before\s+last|after\s+next))\b",
    "ago": rf"""(?i:\b(?P<fuzzy>{_ROUGHLY})?(?:(?P<n>{_N})|a\s+few|several|many|some|\w*ty)\s+
        (?P<unit>{_UNIT})s?\s+ago)\b""",
    "rolling": rf"""(?i:\b(?:(?:in|over|for|during|within|throughout)\s+)?the\s+(?P<side>past|last|next|coming)\s+
        (?:(?P<n>{_N})[\s-]+|(?P<few>few\s+|several\s+|couple\s+of\s+)?)(?P<unit>hour|{_UNIT})s?)\b
        (?!\s+of\s+(?:the\b|{_MONTH}|{_YEAR})|-)""",
    "ahead": rf"""(?i:\b(?P<how>in|within)\s+(?P<fuzzy>{_ROUGHLY}|as\s+little\s+as\s+)?
            (?P<n>{_N})\s+(?P<unit>{_UNIT})s?)(?P<sure>['’]?s?['’]?\s+time\b|\s+from\s+now\b)?(?![\w-])
        | (?i:\b(?P<n2>{_N})\s+(?P<unit2>{_UNIT})s?\s+from\s+(?:now|today))\b""",
    "shift": rf"""(?i:\b(?:(?P<n>{_N})\s+(?P<unit>{_UNIT})s?|the\s+(?P<the>day|night|morning|evening|week|month|year))
        \s+(?P<side>later|earlier|before|after|afterwards|beforehand))\b(?!\s+than\b)""",
    "anaphor": r"""(?i:\b(?:(?:earlier|later|late|early)\s+)?
        (?P<which>the\s+(?:very\s+)?(?:next|following|same|previous|preceding)|that(?:\s+same)?)
        \s+(?P<unit>day|morning|afternoon|evening|night|week|month|year))\b(?!-)""",
    "holiday": rf"""(?i:\b(?:(?P<rel>last|next|this)\s+)?(?P<name>{_written(HOLIDAYS).replace("'", "['’]")}))
        (?:,?\s+(?P<year>{_YEAR}))?(?![\w-]|['’]s\s+[A-Z])""",
    "whole": r"""(?i:\bthe\s+(?P<unit>week|month|quarter|year|decade|century|weekend|day))\b
        (?!-|['’]|\s+(?:to|before|after|ended|ending|of)\b)""",
    "year": rf"""(?<![\d$€£¥.,:/#-])\b(?P<year>{_YEAR})\b
        (?![:/%-]|[.,]\d|\d|\s?(?:{_COUNTED}|GMT|BST|EST|hrs|hours)\b)""",
}
PATTERNS = {kind: re.compile(pattern, re.VERBOSE) for kind, pattern in _PATTERNS.items()}

# A pattern is tried on sentences with one of its words only: ten times faster. Capitals count where they tell.
_MONTH_HEADS = tuple(f"{name[:3].capitalize()} {name[:3].upper()}" for name in MONTHS)
_WORDS: dict[Kind, tuple[str, ...]] = {
    "fiscal": ("fiscal", "inancial", "FY"),
    "date": tuple(" ".join(_MONTH_HEADS).split()),
    "month": tuple(" ".join(_MONTH_HEADS).split()),
    "digits": ("-0", "-1", "/", ".1", ".2"),
    "years": ("-", "–", "—"),
    "decade": ("0s", "0'", "0’", "ties"),
    "century": ("entury",),
    "quarter": ("uarter", "Q1", "Q2", "Q3", "Q4"),
    "half": ("half", "Half"),
    "season": ("pring", "ummer", "utumn", "fall", "Fall", "inter"),
    "weekday": ("day", "DAY"),
    "weekend": ("eekend", "EEKEND"),
    "deictic": ("oday", "onight", "ODAY", "yesterday", "Yesterday", "omorrow", "this", "This", "ast night"),
    "overnight": ("vernight",),
    "unit": ("ast ", "his ", "ext ", "AST ", "HIS ", "EXT "),
    "beyond": ("before last", "after next"),
    "ago": ("ago",),
    "rolling": ("he past", "he last", "he next", "he coming"),
    "ahead": ("day", "week", "month", "year", "fortnight", "decade"),
    "shift": ("later", "earlier", "before", "after"),
    "anaphor": ("he next", "he same", "he follow", "he prev", "he prec", "he very", "hat "),
    "holiday": tuple({word[:4] for name in HOLIDAYS for word in (name.lower(), name.title(), name.upper())}),
    "whole": ("he week", "he month", "he quarter", "he year", "he decade", "he century", "he day"),
    "year": ("1", "2"),
}
_NEEDED = {kind: re.compile("|".join(map(re.escape, words))) for kind, words in _WORDS.items()}


@dataclass(frozen=True, slots=True)
class Atom:
    """An expression without the words in front of it; offsets count in the sentence."""

    kind: Kind
    match: re.Match[str]
    start: int
    end: int

    def group(self, *names: str) -> str:
        """The first of the named groups that matched, lower case, white space made single; "" when none did."""
        for name in names:
            if found := self.match[name]:
                return " ".join(found.lower().replace("’", "'").split())
        return ""


def atoms(sentence: str) -> list[Atom]:
    """The atoms of a sentence in order, none overlapping another: of two the one that begins first, then the longer."""
    found = [
        Atom(kind, match, match.start(), match.end())
        for kind, pattern in PATTERNS.items()
        if _NEEDED[kind].search(sentence)
        for match in pattern.finditer(sentence)
    ]
    found.sort(key=lambda atom: (atom.start, -atom.end))
    kept: list[Atom] = []
    for atom in found:
        if not kept or atom.start >= kept[-1].end:
            kept.append(atom)
    return kept


def number(text: str) -> int | None:
    """The value of a number of NUMBERS or in digits, hyphenated ones too; None when it is none."""
    if text.isdecimal():
        return int(text)
    if text in NUMBERS:
        return NUMBERS[text]
    tens, _, ones = text.partition("-")
    return NUMBERS[tens] + NUMBERS[ones] if tens in NUMBERS and ones in NUMBERS else None


def month_number(name: str) -> int:
    return next(value for value, month in enumerate(MONTHS, 1) if month.startswith(name[:3].lower()))


def weekday_number(name: str) -> int:
    return next(value for value, day in enumerate(WEEKDAYS) if day.startswith(name[:3].lower()))
