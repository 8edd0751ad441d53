"""Every date of a sentence must be one that what it cites tells, whether in full or seen from the article's own day."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

from index.schema import TimeExpression

from ..canonical import Day, Quantity, Token, says, tokens
from ..questions import DAYS, MONTHS
from .text import Text, plain

# A time so near to the article's day may be meant by the month or year of that.
NEAR = timedelta(45)

_OPEN_WORDS = re.compile(
    r"\b(?:since|until|till|by|before|after|from)\b(?!.*(?:\b(?:to|and|until)\b|-))", re.IGNORECASE
)
_RANGE = re.compile(r"\b(?:to|and|through|until)\b|[-–—]", re.IGNORECASE)
_NAMED = re.compile(rf"\b(?:{'|'.join(name.capitalize() for name in (*MONTHS, *DAYS) if name != 'may')})\b")
_PUBLISHED = re.compile(
    r"\b(?:publish\w*|report\w*|wrote|written|according|article|dated|updated|as of|said|announced|told)\b", re.I
)
_LEADING = re.compile(r"^(?:in|on|at|by|since|during|from|until|for|the|of)\s+", re.IGNORECASE)
_YEARS = range(1000, 2101)


def unsaid_dates(claim: Text, premises: Sequence[Text]) -> str:
    """The first time of the claim that the premises do not tell."""
    for one in claim.times:
        if not any(_tells(premise, claim, one) for premise in premises):
            return f"the date “{one.text}” is not in the cited paragraph"
    for match in _NAMED.finditer(claim.timeless):
        if not any(_names(premise, match.group()) for premise in premises):
            return f"{match.group()} is not in the cited paragraph"
    return ""


def _names(premise: Text, name: str) -> bool:
    """Whether a month or weekday that stands like a name ("August saw records") is one of the premise's."""
    if re.search(rf"\b{name}\b", f"{premise.text} {premise.context}"):
        return True
    days = [day for one in premise.times for day in (one.first, one.last) if day]
    return any(name.lower() in (f"{day:%B}".lower(), f"{day:%A}".lower()) for day in (*days, premise.published) if day)


def _tells(premise: Text, claim: Text, asked: TimeExpression) -> bool:
    words = _LEADING.sub("", plain(asked.text))
    if re.search(rf"(?<!\w){re.escape(words)}(?!\w)", plain(premise.text)):
        return True
    times = claim.seen_from(premise.published).times
    seen = next((one for one in times if one.start < asked.end and asked.start < one.end), asked)
    if seen.first is None and seen.last is None:
        return _tells_words(premise, seen)
    if any(_means(one, seen, premise.published) for one in premise.times) or _ends_told(premise, seen):
        return True
    return _tells_words(premise, seen, dated_only=True) or _is_day_of_article(premise, claim, seen)


def _means(told: TimeExpression, asked: TimeExpression, published: date | None) -> bool:
    """Whether what a premise tells is what the claim says: the same days, or days within those of a claim that says it
    less exactly. Of "since 2016" and "by 2030", whose other end is the day of the article, the end that they name."""
    if (told.first, told.last) == (asked.first, asked.last):
        return True
    if _OPEN_WORDS.search(asked.text):
        return _end(asked, published) in (told.first, told.last)
    if asked.first and asked.last and told.first and told.last:
        if _OPEN_WORDS.search(told.text):  # said "in 2016" of what is told "since 2016"
            end = _end(told, published)
            return end in (asked.first, asked.last) and (asked.last - asked.first).days in (0, *range(27, 366))
        return asked.first <= told.first and told.last <= asked.last
    return False


def _end(one: TimeExpression, published: date | None) -> date | None:
    """The end of an open time that its words name."""
    if one.first is None or one.last is None:
        return one.first or one.last
    return one.last if one.first == published else one.first


def _ends_told(premise: Text, asked: TimeExpression) -> bool:
    """Whether both ends of a range are told, each for itself or as the end of another one."""
    if not (asked.first and asked.last and _RANGE.search(asked.text)):
        return False
    firsts = {one.first for one in premise.times}
    return asked.first in firsts and asked.last in {one.last for one in premise.times}


def _tells_words(premise: Text, asked: TimeExpression, *, dated_only: bool = False) -> bool:
    """Whether the dates and years in the claim's words are told; words without any say too little to be wrong."""
    mine = [token for token in tokens(asked.text) if _is_date(token)]
    if not mine:
        return not dated_only
    weekday = next((name for name in DAYS if name in asked.text.lower()), None)
    if weekday and asked.first and f"{asked.first:%A}".lower() != weekday:
        return False
    told = [token for token in tokens(f"{premise.text} {premise.context}") if _is_date(token)]
    return all(any(says(given, one) for given in told) for one in mine)


def _is_date(token: Token) -> bool:
    return isinstance(token, Day) or (isinstance(token, Quantity) and not token.unit and token.value in _YEARS)


def _is_day_of_article(premise: Text, claim: Text, asked: TimeExpression) -> bool:
    """Whether the article's own day is meant: as the day it was published or said, or as the month or year of news
    that tells no other time."""
    day = premise.published
    if day is None or asked.first is None or asked.last is None or not asked.first <= day <= asked.last:
        return False
    length = (asked.last - asked.first).days + 1
    if length < 28:
        return _PUBLISHED.search(claim.text) is not None or _is_today(premise, day)
    told = _times_nearest(claim, premise)
    return length <= 366 and not _OPEN_WORDS.search(asked.text) and not any(_is_far(one, day) for one in told)


def _is_today(premise: Text, day: date) -> bool:
    return any(day in (one.first, one.last) for one in premise.times)


def _is_far(told: TimeExpression, day: date) -> bool:
    """Whether a time is not near the article's day."""
    ends = [end for end in (told.first, told.last) if end]
    return bool(ends) and all(abs(end - day) > NEAR for end in ends)


def _times_nearest(claim: Text, premise: Text) -> list[TimeExpression]:
    """The times in the sentence of the premise that shares most words with the claim."""
    best = premise.nearest_sentence(claim)
    return [one for one in premise.times if best[0] <= one.start < best[1]]
