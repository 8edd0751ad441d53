"""What an expression is seen from, and how long the time is that it names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from .calendar import Days, Unit
from .tense import Tense
from .words import Atom


@dataclass(frozen=True, slots=True)
class Context:
    """What an atom is seen from: the day of publication, the tense of its clause, whether "until" or "by" stands before
    it, the days last spoken of, and its sentence."""

    anchor: date | None
    tense: Tense
    deadline: bool
    spoken_of: Days | None
    sentence: str


UNITS: dict[str, Unit] = {
    "date": "day",
    "digits": "day",
    "weekday": "day",
    "deictic": "day",
    "overnight": "day",
    "holiday": "day",
    "ago": "day",
    "ahead": "day",
    "rolling": "day",
    "weekend": "weekend",
    "month": "month",
    "season": "season",
    "quarter": "quarter",
    "half": "half",
    "year": "year",
    "fiscal": "year",
    "years": "decade",
    "decade": "decade",
    "century": "century",
}
SIZES: tuple[Unit, ...] = ("day", "weekend", "week", "month", "season", "quarter", "half", "year", "decade", "century")


def unit_of(atom: Atom) -> Unit:
    """How long the time is that the atom names."""
    if atom.kind in UNITS:
        return UNITS[atom.kind]
    name = atom.group("unit", "the") if atom.kind == "shift" else atom.group("unit")
    return next((unit for unit in SIZES if unit == name), "day")


def nearest(make: Callable[[int], Days | None], pivot: date, tense: Tense) -> tuple[Days | None, timedelta]:
    """Of the days that ``make`` gives for the years around ``pivot`` the one that the tense points to, and how far.

    Past: the last that began; future: the next that has not ended; otherwise the nearest.
    """
    found = [days for year in range(pivot.year - 2, pivot.year + 4) if (days := make(year))]
    if tense == "past":
        found = [days for days in found if days.first and days.first <= pivot][-1:]
    elif tense == "future":
        found = [days for days in found if days.last and days.last >= pivot][:1]
    best = min(found, key=lambda days: _away(days, pivot), default=None)
    return best, _away(best, pivot) if best else timedelta.max


def _away(days: Days, pivot: date) -> timedelta:
    first, last = days.first or date.min, days.last or date.max
    return max(first - pivot, pivot - last, timedelta(0))
