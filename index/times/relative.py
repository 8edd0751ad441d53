"""Expressions that are seen from the day of publication, or from a time spoken of before: weekdays, "two weeks ago"."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

from .calendar import Days, Unit, around, moved, one
from .context import SIZES, Context, unit_of
from .words import Atom, number, weekday_number

# "Was due to" looks ahead for so many days, "next Friday" means that of the next week: nearer ones are "on Friday".
_SOON = 2


def weekday(atom: Atom, context: Context, within: Days | None) -> Days | None:
    """The day of ``within``, a week; else by the word before it ("last", "next"), else by tense."""
    wanted, rel = weekday_number(atom.group("weekday")), atom.group("rel")
    if rel.startswith("the "):
        return _weekday_from(wanted, rel, context.spoken_of)
    if within and within.first:
        return one(within.first + timedelta(wanted))
    if context.anchor is None:
        return None
    since, until = (context.anchor.weekday() - wanted) % 7, (wanted - context.anchor.weekday()) % 7
    if atom.group("week"):  # "Friday week"
        steps: int | None = (until or 7) + 7
    elif rel in ("last", "this past", "past"):
        steps = -(since or 7)
    elif rel in ("this coming", "coming"):
        steps = until or 7
    elif rel == "next":
        steps = _to_next(until, same_week=wanted > context.anchor.weekday())
    else:
        steps = _by_tense(since, until, context, this=rel == "this")
    return None if steps is None else one(context.anchor + timedelta(steps))


def _to_next(until: int, *, same_week: bool) -> int | None:
    """Days to "next Friday": in doubt when there is one this week, unless that would be called "on Friday"."""
    if not same_week:
        return until or 7
    return until + 7 if until <= _SOON else None


def _by_tense(since: int, until: int, context: Context, *, this: bool) -> int | None:
    """Days to a bare weekday, ``since`` days back and ``until`` days ahead; 0 when it is the day of publication."""
    if context.tense == "doubt":  # "was due to appear on Monday": tomorrow, or did it not happen?
        return until if until <= _SOON else None
    ahead = context.tense in ("future", "present") or (context.tense == "none" and (context.deadline or this))
    return until if ahead else -since


def _weekday_from(wanted: int, rel: str, spoken_of: Days | None) -> Days | None:
    day = spoken_of.day if spoken_of else None
    if day is None:
        return None
    if rel.endswith(("following", "next")):
        return one(day + timedelta((wanted - day.weekday()) % 7 or 7))
    return one(day - timedelta((day.weekday() - wanted) % 7 or 7))


def weekend(atom: Atom, context: Context, within: Days | None) -> Days | None:
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


def deictic(atom: Atom, context: Context, within: Days | None) -> Days | None:
    if context.anchor is None:
        return None
    text = " ".join(atom.match.group().lower().split())
    step = next((steps for words, steps in reversed(_STEPS.items()) if words in text), 0)
    return one(context.anchor + timedelta(step))


def unit(atom: Atom, context: Context, within: Days | None) -> Days | None:
    anchor, rel, unit = context.anchor, atom.group("rel"), cast(Unit, atom.group("unit"))
    if anchor is None:
        return None
    if rel == "this past":
        return Days(moved(anchor, -1, unit), anchor)
    if rel == "this coming":
        return Days(anchor, moved(anchor, 1, unit))
    return around(moved(anchor, {"last": -1, "this": 0, "next": 1}[rel], unit), unit)


def beyond(atom: Atom, context: Context, within: Days | None) -> Days | None:
    unit = cast(Unit, atom.group("unit"))
    step = -2 if atom.group("side").startswith("before") else 2
    return around(moved(context.anchor, step, unit), unit) if context.anchor else None


def _length(n: str, unit: str) -> tuple[int, Unit] | None:
    count = number(n) if n else 1
    if count is None:
        return None
    if unit == "hour":
        return -(-count // 24), "day"
    return (2 * count, "week") if unit == "fortnight" else (count, cast(Unit, unit))


def ago(atom: Atom, context: Context, within: Days | None) -> Days | None:
    """A day for days and weeks, the calendar month or year for longer times."""
    n, anchor = atom.group("n"), context.anchor
    if anchor is None or not n or atom.group("fuzzy"):
        return None
    length = _length(n, atom.group("unit"))
    if length is None:
        return None
    count, unit = length
    day = moved(anchor, -count, unit)
    return one(day) if unit in ("day", "week") else around(day, "month" if unit == "month" else "year")


def overnight(atom: Atom, context: Context, within: Days | None) -> Days | None:
    """The night to the day of publication, or the one after it where the clause looks ahead."""
    if context.anchor is None:
        return None
    first = context.anchor - timedelta(0 if context.tense == "future" else 1)
    return Days(first, first + timedelta(1))


def rolling(atom: Atom, context: Context, within: Days | None) -> Days | None:
    n, anchor, side = atom.group("n"), context.anchor, atom.group("side")
    length = _length(n, atom.group("unit"))
    if anchor is None or length is None or atom.group("few"):
        return None
    if side in ("past", "last"):
        return Days(moved(anchor, -length[0], length[1]), anchor)
    if not n and atom.match.group().lower().startswith("the"):
        return _following(1, length[1], context.spoken_of)  # "the next day"
    return Days(anchor, moved(anchor, *length))


def ahead(atom: Atom, context: Context, within: Days | None) -> Days | None:
    length = _length(atom.group("n", "n2"), atom.group("unit", "unit2"))
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
    if unit in ("day", "week") or (unit == "month" and days.last - days.first > timedelta(31)):
        return None
    return Days(moved(days.first, count, unit), moved(days.last + timedelta(1), count, unit) - timedelta(1))


def shift_length(atom: Atom) -> tuple[int, Unit] | None:
    """How far a "shift" goes: ("two weeks before": -2, "week")."""
    if the := atom.group("the"):
        length: tuple[int, Unit] | None = (1, next((unit for unit in SIZES if unit == the), "day"))
    else:
        length = _length(atom.group("n"), atom.group("unit"))
    if length is None:
        return None
    back = atom.group("side") in ("earlier", "before", "beforehand")
    return (-length[0] if back else length[0]), length[1]


def shift(atom: Atom, context: Context, within: Days | None) -> Days | None:
    length = shift_length(atom)
    return shifted(context.spoken_of, *length) if length else None


def anaphor(atom: Atom, context: Context, within: Days | None) -> Days | None:
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


def whole(atom: Atom, context: Context, within: Days | None) -> Days | None:
    return around(context.anchor, cast(Unit, atom.group("unit"))) if context.anchor else None
