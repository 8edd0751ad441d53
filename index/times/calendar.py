"""Days, weeks, months, seasons and holidays as inclusive intervals of days.

A week begins on Monday. Winter is December to February, spring March to May, summer June to August, autumn September
to November. A century runs from 01 to 00 (the 17th: 1601 to 1700), a decade from 0 to 9.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import Literal, NamedTuple

Unit = Literal["day", "week", "weekend", "month", "quarter", "half", "season", "year", "decade", "century"]
Part = Literal["early", "mid", "late", "start", "end"]

SEASONS = ("spring", "summer", "autumn", "winter")
_MONTHS_OF: dict[Unit, int] = {"month": 1, "quarter": 3, "half": 6, "year": 12, "decade": 120, "century": 1200}


class Days(NamedTuple):
    """The days from ``first`` to ``last``, inclusive; one end may be open."""

    first: date | None
    last: date | None

    @property
    def day(self) -> date | None:
        """The day itself where the interval is one day long."""
        return self.first if self.first == self.last else None


def one(day: date) -> Days:
    return Days(day, day)


def around(day: date, unit: Unit) -> Days:
    """The calendar unit that holds ``day``; a weekend is that of its week. Raises ValueError for a season."""
    if unit == "day":
        return one(day)
    monday = day - timedelta(day.weekday())
    if unit == "week":
        return Days(monday, monday + timedelta(6))
    if unit == "weekend":
        return Days(monday + timedelta(5), monday + timedelta(6))
    if unit == "season":
        raise ValueError("a season has a name; ask season()")
    if unit == "century":
        first = (day.year - 1) // 100 * 100 + 1
        return years(first, first + 99)
    if unit == "decade":
        return years(day.year // 10 * 10, day.year // 10 * 10 + 9)
    length = _MONTHS_OF[unit]
    return months(day.year, (day.month - 1) // length * length + 1, length)


def years(first: int, last: int) -> Days:
    return Days(date(first, 1, 1), date(last, 12, 31))


def months(year: int, month: int, count: int = 1) -> Days:
    """``count`` whole months from ``month`` (1 to 12) of ``year``; they may reach into the next year."""
    last_year, last_month = divmod(year * 12 + month - 1 + count - 1, 12)
    return Days(date(year, month, 1), date(last_year, last_month + 1, monthrange(last_year, last_month + 1)[1]))


def season(name: str, year: int) -> Days:
    """The season that begins in ``year``."""
    return months(year, 3 * SEASONS.index(name) + 3, 3)


def moved(day: date, count: int, unit: Unit) -> date:
    """``day`` moved by ``count`` units; a day that the month does not have becomes its last."""
    if unit in ("day", "week", "weekend"):
        return day + timedelta(count * (1 if unit == "day" else 7))
    year, month = divmod(day.year * 12 + day.month - 1 + count * _MONTHS_OF[unit], 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def part(days: Days, name: Part) -> Days:
    """A part of a closed interval. ``early``, ``mid`` and ``late`` are thirds (of a month 1-10, 11-20 and from 21, of a
    year four months each, of a decade years 0-3, 4-6 and 7-9); ``start`` and ``end`` the first and the last day."""
    first, last = days
    if first is None or last is None:
        return Days(None, None)
    if name == "start":
        return one(first)
    if name == "end":
        return one(last)
    if (last - first).days > 366:
        length = last.year - first.year + 1
        cuts = (0, length * 2 // 5, length * 7 // 10, length)
        low, high = _third(cuts, name)
        return years(first.year + low, first.year + high - 1)
    if (last - first).days > 31:
        length = (last.year - first.year) * 12 + last.month - first.month + 1
        low, high = _third((0, length // 3, length * 2 // 3, length), name)
        return months(first.year + (first.month + low - 1) // 12, (first.month + low - 1) % 12 + 1, max(high - low, 1))
    length = (last - first).days + 1
    low, high = _third((0, 10, 20, length) if length > 20 else (0, length // 3, length - length // 3, length), name)
    return Days(first + timedelta(low), first + timedelta(high - 1))


def _third(cuts: tuple[int, int, int, int], name: Part) -> tuple[int, int]:
    place = {"early": 0, "mid": 1, "late": 2}[name]
    return cuts[place], cuts[place + 1]


def nth_weekday(year: int, month: int, weekday: int, number: int) -> date:
    """The ``number``-th (from 1; -1 is the last) ``weekday`` (Monday is 0) of a month."""
    first, last = months(year, month)
    assert first is not None  # noqa: S101 - months() closes both ends
    assert last is not None  # noqa: S101
    if number < 0:
        return last - timedelta((last.weekday() - weekday) % 7)
    return first + timedelta((weekday - first.weekday()) % 7 + 7 * (number - 1))


_FIXED = {
    "christmas": (12, 25),
    "christmas day": (12, 25),
    "christmas eve": (12, 24),
    "boxing day": (12, 26),
    "new year": (1, 1),
    "new year's day": (1, 1),
    "new year's eve": (12, 31),
    "valentine's day": (2, 14),
    "st patrick's day": (3, 17),
    "st. patrick's day": (3, 17),
    "april fools' day": (4, 1),
    "april fool's day": (4, 1),
    "may day": (5, 1),
    "fourth of july": (7, 4),
    "independence day": (7, 4),
    "halloween": (10, 31),
    "guy fawkes night": (11, 5),
    "bonfire night": (11, 5),
    "veterans day": (11, 11),
    "armistice day": (11, 11),
}
_FROM_EASTER = {
    "ash wednesday": -46,
    "palm sunday": -7,
    "maundy thursday": -3,
    "good friday": -2,
    "easter": 0,
    "easter sunday": 0,
    "easter monday": 1,
    "pentecost": 49,
    "whit monday": 50,
}
# Month, weekday, which one: the American ones.
_FLOATING = {
    "martin luther king day": (1, 0, 3),
    "martin luther king jr. day": (1, 0, 3),
    "presidents day": (2, 0, 3),
    "presidents' day": (2, 0, 3),
    "memorial day": (5, 0, -1),
    "labor day": (9, 0, 1),
    "thanksgiving": (11, 3, 4),
    "thanksgiving day": (11, 3, 4),
}
BLACK_FRIDAY = "black friday"  # the day after Thanksgiving
HOLIDAYS = (*_FIXED, *_FROM_EASTER, *_FLOATING, BLACK_FRIDAY)


def holiday(name: str, year: int) -> date:
    """The day of a holiday (one of HOLIDAYS) in a year; Easter is the western one."""
    if name in _FIXED:
        return date(year, *_FIXED[name])
    if name in _FROM_EASTER:
        from dateutil.easter import easter

        return easter(year) + timedelta(_FROM_EASTER[name])
    if name == BLACK_FRIDAY:
        return holiday("thanksgiving", year) + timedelta(1)
    return nth_weekday(year, *_FLOATING[name])
