"""The days that an atom means, seen from the day of publication."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from . import relative
from .calendar import Days, around, holiday, months, moved, one, season, years
from .context import Context, nearest
from .tense import Tense
from .words import DECADES, ORDINALS, Atom, month_number, weekday_number

# A day without a year that the tense puts this far away belongs to the other side ("the 8 November vote").
_FAR = timedelta(270)
_JUST_OVER = timedelta(45)
_NEXT_WINTER = timedelta(100)  # a winter nearer than that is "this winter"

_CENTURIES = {"seventeenth": 17, "eighteenth": 18, "nineteenth": 19, "twentieth": 20, "twenty-first": 21}


_YEAR_GROUPS = {"quarter": ("year", "year2")}


def _own_year(atom: Atom) -> int:
    """The year that is told with a date, month, quarter ...; 0 without one."""
    return int(atom.group(*_YEAR_GROUPS.get(atom.kind, ("year",))) or 0)


def has_year(atom: Atom) -> bool:
    """False for a date, month, quarter ... that returns every year."""
    if atom.kind in ("date", "month", "quarter", "season", "holiday", "half"):
        return bool(_own_year(atom))
    return atom.kind != "weekday"


def resolve(atom: Atom, context: Context, within: Days | None = None) -> Days | None:
    """The days meant, None where in doubt. ``within``: the year, or week, that the text names with it."""
    try:
        return _RESOLVERS[atom.kind](atom, context, within)
    except (ValueError, OverflowError):  # 31 June, a year beyond the calendar
        return None


def in_year(atom: Atom, year: int) -> Days | None:
    """The days of an atom that returns every year, in ``year``; None for 29 February of most years."""
    try:
        return _yearly(atom, year)
    except ValueError:
        return None


def _yearly(atom: Atom, year: int) -> Days | None:
    make = _YEARLY.get(atom.kind)
    return make(atom, year) if make else None


def _date_in(atom: Atom, year: int) -> Days:
    month, last = month_number(atom.group("month1", "month2")), atom.group("d2", "d4")
    first = date(year, month, _day(atom.group("d1", "d3")))
    return Days(first, date(year, month, _day(last))) if last else one(first)


def _quarter_in(atom: Atom, year: int) -> Days:
    place = int(atom.group("short") or ORDINALS[atom.group("number")] % 5)  # -1, the last one: 4
    return months(year, 3 * place - 2, 3)


_YEARLY: dict[str, Callable[[Atom, int], Days]] = {
    "date": _date_in,
    "month": lambda atom, year: months(year, month_number(atom.group("month"))),
    "quarter": _quarter_in,
    "half": lambda atom, year: months(year, 1 if atom.group("number") in ("first", "1st") else 7, 6),
    "season": lambda atom, year: season(_season_name(atom), year),
    "holiday": lambda atom, year: one(holiday(atom.group("name"), year)),
}


def _day(text: str) -> int:
    return int(text.rstrip("sthndr"))


def _season_name(atom: Atom) -> str:
    return atom.group("season").replace("fall", "autumn")


def _yearly_by_tense(atom: Atom, context: Context, within: Days | None) -> Days | None:
    """Dates, months, quarters, halves, holidays: in their own year, in that of ``within``, or by tense."""
    if year := _own_year(atom) or (within.first.year if within and within.first else 0):
        return _checked(atom, in_year(atom, year))
    if context.anchor is None:
        return None
    undecided = context.tense in ("present", "doubt") or (context.deadline and context.tense != "future")
    tense: Tense = "none" if undecided else context.tense
    if atom.kind == "quarter":
        return _quarter(atom, context.anchor, tense)
    if atom.kind == "month" and (rel := atom.group("rel")):
        return _relative_month(atom, context.anchor, rel)
    found, far = nearest(lambda year: in_year(atom, year), context.anchor, tense)
    if far > _FAR and atom.kind != "month":
        found, _ = nearest(lambda year: in_year(atom, year), context.anchor, "none")
    return _checked(atom, found)


def _checked(atom: Atom, days: Days | None) -> Days | None:
    """None when the text names a weekday that the day is not: one of the two is wrong."""
    if atom.kind == "date" and days and days.first and (named := atom.group("weekday")):
        return days if days.first.weekday() == weekday_number(named) else None
    return days


def _quarter(atom: Atom, anchor: date, tense: Tense) -> Days | None:
    if atom.group("number") == "last":
        return around(moved(anchor, -1, "quarter"), "quarter")
    this_year = in_year(atom, anchor.year)
    if this_year == around(anchor, "quarter"):
        return this_year if tense == "future" else None
    if tense == "future":
        return nearest(lambda year: in_year(atom, year), anchor, "future")[0]
    return nearest(lambda year: in_year(atom, year), anchor, "past")[0]


def _relative_month(atom: Atom, anchor: date, rel: str) -> Days | None:
    candidates = [months(year, month_number(atom.group("month"))) for year in range(anchor.year - 2, anchor.year + 3)]
    if rel in ("last", "this past"):
        found = [days for days in candidates if days.last and days.last < anchor][-1]
        near = found.last is not None and anchor - found.last < _JUST_OVER
        return None if near and rel == "last" else found  # "last August" in September
    if rel in ("next", "this coming"):
        return next(days for days in candidates if days.first and days.first > anchor)
    return candidates[2]


def _digits(atom: Atom, context: Context, within: Days | None) -> Days | None:
    if iso := atom.group("iso"):
        return one(date.fromisoformat(iso))
    a, b, year = int(atom.group("a")), int(atom.group("b")), int(atom.group("y"))
    if atom.group("sep") == ".":
        return one(date(year, b, a))
    if a > 12 or b > 12 or a == b:
        return one(date(year, min(a, b), max(a, b)) if a <= 12 or b <= 12 else date(year, b, a))
    return None  # 03/04/2021: American or not?


def _season(atom: Atom, context: Context, within: Days | None) -> Days | None:
    """ "Winter 2022" is in doubt, the one that begins then or the one that ends; so is "last summer" in autumn."""
    name, rel, anchor = _season_name(atom), atom.group("rel"), context.anchor
    year = int(atom.group("year") or (within.first.year if within and within.first else 0))
    if year:
        return None if name == "winter" and not atom.group("year2") else season(name, year)
    if anchor is None:
        return None
    if rel in ("last", "this past", "next", "this coming"):
        return _season_beside(name, anchor, rel)
    tense: Tense = context.tense if context.tense in ("past", "future") else "none"
    return nearest(lambda year: season(name, year), anchor, tense)[0]


def _season_beside(name: str, anchor: date, rel: str) -> Days | None:
    seasons = [season(name, year) for year in range(anchor.year - 2, anchor.year + 3)]
    if rel in ("last", "this past"):
        found = [days for days in seasons if days.last and days.last < anchor][-1]
        doubtful = name != "winter" and found.last is not None and found.last.year == anchor.year
    else:
        found = next(days for days in seasons if days.first and days.first > anchor)
        ahead = found.first - anchor if found.first else _FAR
        doubtful = ahead < _NEXT_WINTER if name == "winter" else anchor + ahead <= date(anchor.year, 12, 31)
    return None if doubtful and rel in ("last", "next") else found


def _holiday(atom: Atom, context: Context, within: Days | None) -> Days | None:
    american = any(word in context.sentence for word in ("U.S.", "US ", "America", "United States"))
    if atom.group("name") == "independence day" and not american:
        return None
    rel, anchor = atom.group("rel"), context.anchor
    if anchor and rel in ("last", "next"):
        days = [one(holiday(atom.group("name"), year)) for year in range(anchor.year - 1, anchor.year + 2)]
        sides = [day for day in days if day.first and (day.first < anchor if rel == "last" else day.first > anchor)]
        return sides[-1 if rel == "last" else 0]
    return _yearly_by_tense(atom, context, within)


def _years(atom: Atom, context: Context, within: Days | None) -> Days | None:
    first, last = int(atom.group("first")), atom.group("last")
    if len(last) == 2:
        last = f"{first // 100}{last}"
        if int(last) == first + 1:
            return None  # a season of sport or a financial year
    return years(first, int(last)) if first < int(last) <= first + 200 else None


def _decade(atom: Atom, context: Context, within: Days | None) -> Days | None:
    if full := atom.group("full"):
        return years(int(full), int(full) + 9)
    short = int(atom.group("short") or DECADES[atom.group("word")])
    return years(1900 + short, 1909 + short)


def _century(atom: Atom, context: Context, within: Days | None) -> Days | None:
    place = int(atom.group("number") or _CENTURIES[atom.group("word")])
    return years(place * 100 - 99, place * 100)


def _year(atom: Atom, context: Context, within: Days | None) -> Days | None:
    return years(int(atom.group("year")), int(atom.group("year")))


def _unknown(atom: Atom, context: Context, within: Days | None) -> Days | None:
    """A fiscal year begins where its company or country says."""
    return None


_RESOLVERS: dict[str, Callable[[Atom, Context, Days | None], Days | None]] = {
    "date": _yearly_by_tense,
    "month": _yearly_by_tense,
    "quarter": _yearly_by_tense,
    "half": _yearly_by_tense,
    "digits": _digits,
    "season": _season,
    "holiday": _holiday,
    "year": _year,
    "years": _years,
    "decade": _decade,
    "century": _century,
    "fiscal": _unknown,
    "weekday": relative.weekday,
    "weekend": relative.weekend,
    "deictic": relative.deictic,
    "overnight": relative.overnight,
    "unit": relative.unit,
    "beyond": relative.beyond,
    "whole": relative.whole,
    "ago": relative.ago,
    "rolling": relative.rolling,
    "ahead": relative.ahead,
    "shift": relative.shift,
    "anaphor": relative.anaphor,
}
