"""What is said in the same words on the terminal and on the page: days, times, versions, positions, follow-ups."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import TYPE_CHECKING

from index.schema import ArticleHead, TimeExpression
from rag.schema import Answer, Dispute, Position

if TYPE_CHECKING:
    from index import Index

DISPUTES: dict[Dispute, str] = {"": "Several answers", "disputed": "Sources differ", "changed": "Changed over time"}
UNDERSTOOD = "Understood as:"
_ONE_DAY = timedelta(days=1)


def long_date(day: date | str | None) -> str:
    """A day, also one written YYYY-MM-DD, in words, such as "29 September 2021"; "date unknown" for None."""
    if day is None:
        return "date unknown"
    day = date.fromisoformat(day) if isinstance(day, str) else day
    return f"{day.day} {day:%B} {day.year}"


def interval(first: date | None, last: date | None) -> str:
    """The days from ``first`` to ``last`` (inclusive) in words, as few as will do; one None is open, two give "".

    "2021", "March 2022", "14 to 20 March 2022", "28 February to 3 March 2022", "since 1 March 2022".
    """
    if first is None or last is None:
        return f"since {long_date(first)}" if first else f"until {long_date(last)}" if last else ""
    if first == last:
        return long_date(first)
    if first.day == 1 and (last < date.max and (last + _ONE_DAY).day == 1):
        return _whole_months(first, last)
    if first.year != last.year:
        begin = long_date(first)
    else:
        begin = str(first.day) if first.month == last.month else f"{first.day} {first:%B}"
    return f"{begin} to {long_date(last)}"


def _whole_months(first: date, last: date) -> str:
    if (first.month, last.month) == (1, 12):
        return str(first.year) if first.year == last.year else f"{first.year} to {last.year}"
    if first.year != last.year:
        return f"{first:%B} {first.year} to {last:%B} {last.year}"
    return f"{last:%B} {last.year}" if first.month == last.month else f"{first:%B} to {last:%B} {last.year}"


def meanings(times: Iterable[TimeExpression], *, dated: bool) -> list[str]:
    """What expressions of time mean: "“last month” = March 2022", each once, without those that say it themselves.

    ``dated``: whether their article has a date; without one that is why an expression is not resolved.
    """
    said = {}
    for time in times:
        days, text = interval(time.first, time.last), " ".join(time.text.split())
        if days and _words(days) == _words(text):
            continue
        said[text.casefold(), days] = f"“{text}” = {days}" if days else f"“{text}” is not resolved"
    why = "" if dated else ": the article has no date"
    return [words if days else words + why for (_, days), words in said.items()]


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold())) - {"the", "of", "on", "in"}


def superseded(day: str | None) -> str:
    """How an article is superseded by a later version, of that day (YYYY-MM-DD) when known; goes after that word."""
    return f"on {long_date(day)}" if day else "by a later version"


def version_day(later: ArticleHead) -> str | None:
    """The day (YYYY-MM-DD) since when a later version of an article stands, when that is known."""
    return later.updated.isoformat() if later.updated else later.published.iso


def position_facts(position: Position) -> tuple[str, str]:
    """How many independent sources give an answer, and of which days they are."""
    first, last = (date.fromisoformat(day) if day else None for day in (position.first, position.last))
    count = "1 source" if position.sources == 1 else f"{position.sources} sources"
    return count, interval(first, last) if first and last else long_date(first or last)


def position_names(position: Position, answer: Answer) -> str:
    """The names of the sources that a position cites, each once: "Harbour Post, The Ledger"."""
    names = {c.source or c.title: None for c in answer.citations if c.marker in position.markers}
    return ", ".join(" ".join(name.split()) for name in names if name)


def store_summary(index: Index) -> str:
    """One line: how many articles, of which days."""
    dates = [head.published.iso for head in index.articles()]
    days = sorted(day for day in dates if day)
    parts = [count(len(dates), "article")]
    if days:
        span = (long_date(days[0]), long_date(days[-1]))
        parts.append(span[0] if span[0] == span[1] else " to ".join(span))
    if len(days) < len(dates):
        parts.append(f"{len(dates) - len(days)} without a date" if days else "without dates")
    return " · ".join(parts)


def count(number: int, noun: str) -> str:
    """How many there are, in words that fit: "1 article", "2,000 articles"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
