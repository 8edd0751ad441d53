"""The days that an atom means, seen from the day of publication."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import cast

from .calendar import Days, Unit, around, holiday, months, moved, one, season, years
from .tense import Tense
from .words import DECADES, ORDINALS, Atom, month_number, number, weekday_number

# A day without a year that the tense puts this far away belongs to the other side ("the 8 November vote").
_FAR = timedelta(270)
_CENTURIES = {"seventeenth": 17, "eighteenth": 18, "nineteenth": 19, "twentieth": 20, "twenty-first": 21}


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
    "date": "day", "digits": "day", "weekday": "day", "deictic": "day", "holiday": "day", "ago": "day", "ahead": "day",
    "rolling": "day", "month": "month", "quarter": "quarter", "half": "half", "season": "season", "weekend": "weekend",
    "year": "year", "years": "decade", "decade": "decade", "century": "century",
}  # fmt: skip
SIZES: tuple[Unit, ...] = ("day", "weekend", "week", "month", "season", "quarter", "half", "year", "decade", "century")


def unit_of(atom: Atom) -> Unit:
    """How long the time is that the atom names."""
    if atom.kind in ("unit", "whole", "beyond"):
        return cast(Unit, atom.group("unit"))
    if atom.kind in ("shift", "anaphor"):
        name = atom.group("unit", "the") if atom.kind == "shift" else atom.group("unit")
        return cast(Unit, name) if name in SIZES else "day"
    return UNITS.get(atom.kind, "day")


def has_year(atom: Atom) -> bool:
    """False for a date, month, quarter ... that returns every year."""
    if atom.kind in ("date", "month", "quarter", "season", "holiday", "half"):
        names = {"quarter": ("year", "year2")}.get(atom.kind, ("year",))
        return bool(atom.group(*names))
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
    match atom.kind:
        case "date":
            month = month_number(atom.group("month1", "month2"))
            first = date(year, month, _day(atom.group("d1", "d3")))
            last = atom.group("d2", "d4")
            return Days(first, date(year, month, _day(last))) if last else one(first)
        case "month":
            return months(year, month_number(atom.group("month")))
        case "quarter":
            place = int(atom.group("short") or ORDINALS[atom.group("number")])
            return months(year, 3 * (place % 5 or 4) - 2 if place > 0 else 10, 3)
        case "half":
            return months(year, 1 if atom.group("number") in ("first", "1st") else 7, 6)
        case "season":
            return season(_season_name(atom), year)
        case "holiday":
            return one(holiday(atom.group("name"), year))
        case _:
            return None


def _day(text: str) -> int:
    return int(text.rstrip("sthndr"))


def _season_name(atom: Atom) -> str:
    return atom.group("season").replace("fall", "autumn")


def nearest(
    make: Callable[[int], Days | None], pivot: date, tense: Tense, *, spans: bool = True
) -> tuple[Days | None, timedelta]:
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


def _yearly_by_tense(atom: Atom, context: Context, within: Days | None) -> Days | None:
    """Dates, months, quarters, halves: by their own year, that of ``within``, or by tense."""
    names = ("year", "year2") if atom.kind == "quarter" else ("year",)
    if year := atom.group(*names):
        return _checked(atom, in_year(atom, int(year)))
    if within and within.first:
        return in_year(atom, within.first.year)
    if context.anchor is None:
        return None
    tense: Tense = "none" if context.tense in ("present", "doubt") else context.tense
    if context.deadline and tense == "none":
        tense = "future"
    if atom.kind == "quarter":
        return _quarter(atom, context.anchor, tense)
    if atom.kind == "month" and (rel := atom.group("rel")):
        return _relative_month(atom, context.anchor, rel)
    found, far = nearest(lambda year: in_year(atom, year), context.anchor, tense)
    if far <= _FAR:
        return _checked(atom, found)
    if atom.kind == "month":
        return None  # "they agreed in December" in November: of last year, or still to come?
    return _checked(atom, nearest(lambda year: in_year(atom, year), context.anchor, "none")[0])


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
        return [days for days in candidates if days.last and days.last < anchor][-1]
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
    name, rel, anchor = _season_name(atom), atom.group("rel"), context.anchor
    if year := atom.group("year"):
        if name == "winter" and not atom.group("year2"):
            return None  # "winter 2022": the one that begins then, or the one that ends?
        return season(name, int(year))
    if within and within.first:
        return None if name == "winter" else season(name, within.first.year)
    if anchor is None:
        return None
    candidates = [season(name, year) for year in range(anchor.year - 2, anchor.year + 3)]
    if rel in ("last", "this past"):
        found = [days for days in candidates if days.last and days.last < anchor][-1]
        doubtful = rel == "last" and name != "winter" and found.last and found.last.year == anchor.year
        return None if doubtful else found
    if rel in ("next", "this coming"):
        found = next(days for days in candidates if days.first and days.first > anchor)
        near = found.first and (
            found.first.year == anchor.year if name != "winter" else found.first - anchor < timedelta(100)
        )
        return None if near and rel == "next" else found
    tense: Tense = context.tense if context.tense in ("past", "future") else "none"
    return nearest(lambda year: season(name, year), anchor, tense)[0]


def _weekday(atom: Atom, context: Context, within: Days | None) -> Days | None:
    wanted, rel, anchor = weekday_number(atom.group("weekday")), atom.group("rel"), context.anchor
    if rel.startswith("the "):
        return _weekday_from(wanted, rel, context.spoken_of)
    if within and within.first and within.last and (within.last - within.first).days == 6:
        return one(within.first + timedelta(wanted))
    if anchor is None:
        return None
    since, until = (anchor.weekday() - wanted) % 7, (wanted - anchor.weekday()) % 7
    if atom.group("week"):
        return one(anchor + timedelta((until or 7) + 7))
    if rel in ("last", "this past", "past"):
        return one(anchor - timedelta(since or 7))
    if rel == "next":
        same_week = wanted > anchor.weekday()
        if same_week and until > 2:
            return None  # on a Monday, "next Friday": of this week or of the next?
        return one(anchor + timedelta(until + 7 if same_week else until or 7))
    if rel in ("this coming", "coming"):
        return one(anchor + timedelta(until or 7))
    if not until:
        return one(anchor)
    if rel == "this":
        return one(anchor - timedelta(since)) if context.tense == "past" else one(anchor + timedelta(until))
    if context.tense == "doubt":
        return None  # "was due to appear on Monday"
    ahead = context.tense in ("future", "present") or (context.deadline and context.tense != "past")
    return one(anchor + timedelta(until) if ahead else anchor - timedelta(since))


def _weekday_from(wanted: int, rel: str, spoken_of: Days | None) -> Days | None:
    day = spoken_of.day if spoken_of else None
    if day is None:
        return None
    if rel.endswith(("following", "next")):
        return one(day + timedelta((wanted - day.weekday()) % 7 or 7))
    return one(day - timedelta((day.weekday() - wanted) % 7 or 7))


def _weekend(atom: Atom, context: Context, within: Days | None) -> Days | None:
    rel, anchor = atom.group("rel"), context.anchor
    if rel in ("that", "the following", "the previous"):
        if not (context.spoken_of and context.spoken_of.first):
            return None
        step = {"that": 0, "the following": 7, "the previous": -7}[rel]
        return around(context.spoken_of.first + timedelta(step), "weekend")
    if anchor is None:
        return None
    running = anchor.weekday() >= 5
    back = around(anchor - timedelta(7), "weekend")
    if rel in ("last", "this past"):
        return back
    if rel == "next":
        return around(anchor + timedelta(7), "weekend")
    looks_back = context.tense in (("past",) if rel == "this" or context.deadline else ("past", "none"))
    return back if looks_back and not running else around(anchor, "weekend")


_STEPS = {
    "today": 0, "tonight": 0, "yesterday": -1, "tomorrow": 1, "last night": -1, "the day before yesterday": -2,
    "the day after tomorrow": 2,
}  # fmt: skip


def _deictic(atom: Atom, context: Context, within: Days | None) -> Days | None:
    if context.anchor is None:
        return None
    text = " ".join(atom.match.group().lower().split())
    step = next((steps for words, steps in reversed(_STEPS.items()) if words in text), 0)
    return one(context.anchor + timedelta(step))


def _unit(atom: Atom, context: Context, within: Days | None) -> Days | None:
    anchor, rel, unit = context.anchor, atom.group("rel"), cast(Unit, atom.group("unit"))
    if anchor is None:
        return None
    if rel == "this past":
        return Days(moved(anchor, -1, unit), anchor)
    if rel == "this coming":
        return Days(anchor, moved(anchor, 1, unit))
    return around(moved(anchor, {"last": -1, "this": 0, "next": 1}[rel], unit), unit)


def _beyond(atom: Atom, context: Context, within: Days | None) -> Days | None:
    unit = cast(Unit, atom.group("unit"))
    step = -2 if atom.group("side").startswith("before") else 2
    return around(moved(context.anchor, step, unit), unit) if context.anchor else None


def _length(atom: Atom, n: str, unit: str) -> tuple[int, Unit] | None:
    count = number(n) if n else 1
    if count is None:
        return None
    if unit == "hour":
        return -(-count // 24), "day"
    return (2 * count, "week") if unit == "fortnight" else (count, cast(Unit, unit))


def _ago(atom: Atom, context: Context, within: Days | None) -> Days | None:
    n, anchor = atom.group("n"), context.anchor
    if anchor is None or not n or atom.group("fuzzy"):
        return None
    length = _length(atom, n, atom.group("unit"))
    return one(moved(anchor, -length[0], length[1])) if length else None


def _rolling(atom: Atom, context: Context, within: Days | None) -> Days | None:
    n, anchor, side = atom.group("n"), context.anchor, atom.group("side")
    length = _length(atom, n, atom.group("unit"))
    if anchor is None or length is None or atom.group("few"):
        return None
    if side in ("past", "last"):
        return Days(moved(anchor, -length[0], length[1]), anchor)
    if not n and atom.match.group().lower().startswith("the"):
        return _following(1, length[1], context.spoken_of)  # "the next day"
    return Days(anchor, moved(anchor, *length))


def _ahead(atom: Atom, context: Context, within: Days | None) -> Days | None:
    length = _length(atom, atom.group("n", "n2"), atom.group("unit", "unit2"))
    if context.anchor is None or length is None or (not atom.group("n2") and atom.group("fuzzy")):
        return None
    day = moved(context.anchor, *length)
    return Days(context.anchor, day) if atom.group("how") == "within" else one(day)


def shifted(days: Days | None, count: int, unit: Unit) -> Days | None:
    """Days moved by ``count`` units; None for a longer time moved by days or weeks, which would feign exactness."""
    if days is None or days.first is None or days.last is None:
        return None
    if days.day:
        return one(moved(days.day, count, unit))
    if unit in ("day", "week"):
        return None
    return Days(moved(days.first, count, unit), moved(days.last + timedelta(1), count, unit) - timedelta(1))


def shift_length(atom: Atom) -> tuple[int, Unit] | None:
    """How far a "shift" goes: ("two weeks before": -2, "week")."""
    if the := atom.group("the"):
        length: tuple[int, Unit] | None = (1, cast(Unit, the) if the in SIZES else "day")
    else:
        length = _length(atom, atom.group("n"), atom.group("unit"))
    if length is None:
        return None
    back = atom.group("side") in ("earlier", "before", "beforehand")
    return (-length[0] if back else length[0]), length[1]


def _shift(atom: Atom, context: Context, within: Days | None) -> Days | None:
    length = shift_length(atom)
    return shifted(context.spoken_of, *length) if length else None


def _anaphor(atom: Atom, context: Context, within: Days | None) -> Days | None:
    unit = unit_of(atom)
    which = atom.group("which")
    step = 1 if which.endswith(("next", "following")) else -1 if which.endswith(("previous", "preceding")) else 0
    return _following(step, unit, context.spoken_of)


def _following(step: int, unit: Unit, spoken_of: Days | None) -> Days | None:
    if spoken_of is None or spoken_of.first is None or spoken_of.last is None:
        return None
    whole = around(spoken_of.first, unit)
    if whole.last is None or whole.last < spoken_of.last:
        return None  # "that day" of a whole month
    return around(moved(spoken_of.first, step, unit), unit)


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


def _whole(atom: Atom, context: Context, within: Days | None) -> Days | None:
    return around(context.anchor, cast(Unit, atom.group("unit"))) if context.anchor else None


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
    "date": _yearly_by_tense, "digits": _digits, "month": _yearly_by_tense, "quarter": _yearly_by_tense,
    "half": _yearly_by_tense, "season": _season, "weekday": _weekday, "weekend": _weekend, "deictic": _deictic,
    "unit": _unit, "beyond": _beyond, "ago": _ago, "rolling": _rolling, "ahead": _ahead, "shift": _shift,
    "anaphor": _anaphor, "holiday": _holiday, "whole": _whole, "fiscal": _unknown, "years": _years, "decade": _decade,
    "century": _century, "year": _year,
}  # fmt: skip
