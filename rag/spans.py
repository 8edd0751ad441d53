"""Short answers: spans that the reader found, made whole and told apart. Offsets count in code points."""

from __future__ import annotations

import re
import string

from .expected import NUMBER_WORDS
from .questions import DAYS, MONTHS

_MONTH = rf"(?:{'|'.join(m.capitalize() for m in MONTHS)}|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.?)"
_DAY = rf"(?:{'|'.join(d.capitalize() for d in DAYS)})"
_SMALL = "|".join(word for word in NUMBER_WORDS if not word.endswith("s"))
_FIGURE = r"\d+(?:[.,]\d+)*"
_SCALE = r"(?:hundred|thousand|million|billion|trillion|dozen|percent|per cent|%|[mb]n\b)"
_MONEY = r"(?:[A-Z][a-z]+\s)?(?:dollars|euros|pounds|crowns|yen|won|rupees|francs|yuan|roubles|pesos|cents|pence)"
# What is one thing and must not be cut: a date, a sum of money or number with its scale, a clock time.
_THINGS = re.compile(
    rf"(?:{_DAY},?\s+)?(?:{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?|\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH})"
    r"(?:,?\s+(?:1[0-9]|20)\d\d)?(?!\d)"
    rf"|{_MONTH}\s+(?:1[0-9]|20)\d\d(?!\d)"
    r"|\d{1,2}(?::\d\d)?\s?(?:[ap]\.m\.|[ap]m\b)"
    rf"|(?:US|A|C|HK)?[$€£¥₩]\s?{_FIGURE}(?:[\s-]{_SCALE})*"
    rf"|\b(?:{_FIGURE}|(?:{_SMALL})(?:-(?:{_SMALL}))?)(?:\s?{_SCALE})+(?!\w)(?:\s(?:{_MONEY})\b)?"
    rf"|\b{_FIGURE}\s(?:{_MONEY})\b"
    rf"|\b(?:{_FIGURE}|(?:{_SMALL}))-(?:day|week|month|year|hour|minute|mile|metre|meter|foot)\b(?:-old)?"
    rf"|{_FIGURE}"
)
_YEAR = re.compile(r"(?:1[0-9]|20)\d\d")
_PERSONAL = r"(?:[A-Z]\.|(?:St|Mt|Ft|Jr|Sr)\.|[A-Z][\w’'-]*)"
_NAME = re.compile(rf"{_PERSONAL}(?:[ \u00a0]{_PERSONAL})+")
# Words that stand before a name and do not belong to it.
TITLES = frozenset(
    """
    president vice mr mrs ms miss dr sir lord lady king queen prince princess pope senator sen representative rep
    governor gov mayor minister prime secretary chancellor chairman general gen colonel captain professor prof judge
    justice ambassador envoy director chief administrator deputy commissioner superintendent spokesman spokeswoman
    sergeant lieutenant major officer coach sheriff reporter analyst ceo
    the a an in on at of for from to by with and but as when after before while if since that this his her its their
    he she it they we i there then however although meanwhile
    """.split()
)
_EDGE = " \t\n\u00a0,;:!?*" + "\"'“”‘’«»"
_PAIRS = {"(": ")", "[": "]"}
_OPENERS = {closer: opener for opener, closer in _PAIRS.items()}
_SHORTENED = re.compile(r"\b(?:[A-Za-z]|Inc|Co|Corp|Ltd|Jr|Sr|St|No)\.$")
_OWNER = re.compile(r"[A-Z][\w-]*['’]s$")
_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation + "’‘“”–—")


def whole(text: str, start: int, end: int) -> tuple[int, int]:
    """``text[start:end]`` grown to the whole words, dates, sums and names that it cuts, and trimmed at its ends.

    A name grows only when all of the span stands in it: "Kim" to "Sung Kim", but not "Kim said".
    """
    while start > 0 and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while end < len(text) and text[end].isalnum() and text[end - 1].isalnum():
        end += 1
    year = _YEAR.fullmatch(text, start, end)  # "in which year" asks for no more than that
    for match in _THINGS.finditer(text):
        low, high = match.span()
        if low < end and start < high and not year:
            start, end = min(start, low), max(end, high)
    start, end = trimmed(text, start, end)
    for match in _NAME.finditer(text):
        if match.start() <= start and end <= match.end():
            start, end = _after_titles(text, match.start(), start), match.end()
    return trimmed(text, start, end)


def _after_titles(text: str, low: int, high: int) -> int:
    """Where a name begins in a run of capitalised words from ``low``: after its last title or small word."""
    ends = [w.end() for w in re.finditer(r"[\w’'-]+\.?", text[low:high]) if w.group().lower().rstrip(".") in TITLES]
    return low + max(ends, default=0)


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Without the marks at either end that belong to the sentence; a bracket stays while its other half is there."""
    low, high = start, end
    while low < high:
        first, last = text[low], text[high - 1]
        inner = text[low:high]
        if first in _EDGE or (first in _PAIRS and _PAIRS[first] not in inner):
            low += 1
        elif (
            last in _EDGE
            or (last in _OPENERS and _OPENERS[last] not in inner)
            or (last == "." and not _SHORTENED.search(inner))
        ):
            high -= 1
        elif _OWNER.search(inner):
            high -= 2
        else:
            return low, high
    return start, end


def answer_key(text: str) -> str:
    """What two equal answers have in common: lower case, no punctuation, articles or extra spaces; numbers as figures.

    "The 28,500" and "28500" are one answer, so are "six" and "6".
    """
    words = _ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split()
    return " ".join(_FIGURES.get(word, word) for word in words)


_FIGURES = {word: str(number) for number, word in enumerate(NUMBER_WORDS[:20], 1)}


def same_answer(one: str, other: str) -> bool:
    """True when the keys are equal or one is the other with more said: "kim" and "sung kim"."""
    if one == other:
        return bool(one)
    short, long = sorted((one.split(), other.split()), key=len)
    return bool(short) and any(long[i : i + len(short)] == short for i in range(len(long) - len(short) + 1))


_LIST = re.compile(
    r"^\s*(?:please\s+)?(?:name|list|enumerate)\b"
    r"|\b(?:which|what)\s+(?:are\s+the\b|were\s+the\b"
    r"|(?:(?:two|three|four|five|six|several|other|different|all)\s+)?"
    r"(?:(?!(?:is|was|do|does|did|has|had|will|would|can|could|should)\b)[a-z-]+\s+){0,2}?"
    r"(?!(?:was|is|has|does|as|its|his|this|times|news|series|species|process|business|crisis|percentages|address|sports)\b)"
    r"[a-z]{2,}"
    r"(?:[^su\W]s|people|men|women|children)\s+"
    # "Which company owns the bridge": a verb, and no plural, stands before these.
    r"(?!(?:the|an?|it|them|him|her|his|its|their|this|that|there|here|more|most|less|up|out)\b)\w+)"
    r"|\bwho\s+(?:are|were)\b|\bwhat\s+(?:else\s+)?(?:are|were)\s+the\b",
    re.IGNORECASE,
)


def wants_list(question: str) -> bool:
    """True when several answers are asked for: "which countries took part", "name the envoys"."""
    return _LIST.search(question) is not None
