"""Expressions of time in news English, resolved against the day of publication.

    find_times("The court ruled on Friday that ...", date(2022, 10, 26))   # "Friday": 2022-10-21 to 2022-10-21

What is meant by what (a choice where English leaves one):

- a bare weekday, date or month is the last one up to the day of publication where the clause looks back, the next one
  where it looks ahead, the day of publication itself where that is one;
- "last/this/next week, month, quarter, year" are whole calendar units, a week from Monday on; "the past two weeks" run
  up to the day of publication; "two weeks ago" is that day, "two months ago" that calendar month;
- "since X" and "earlier this X" end on the day of publication; "until X", "by X", "before X", "later this X" begin on
  it, where it is still to come;
- "a day later", "the next day", "that year" hang on the time spoken of last, in the same sentence or the one before;
- in a quotation the day of publication counts, too;
- in doubt, and when something is missing (no day of publication; "next Friday" said on a Tuesday; "winter 2022"; a
  fiscal year; "several weeks ago"; "was due on Monday") an expression is unresolved: both ends None;
- no expressions are: ages, durations that hang on nothing ("for two years"), habits ("on Mondays"), names.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import NamedTuple

from index.schema import TimeExpression
from index.sentences import split_sentences

from .calendar import Days, Part, Unit, months, moved, one, part
from .context import Context, nearest, unit_of
from .relative import shift_length, shifted
from .resolve import has_year, in_year, resolve
from .tense import tense
from .traps import is_time
from .words import ORDINALS, Atom, atoms

_PARTS: dict[str, Part] = {
    "early": "early", "mid": "mid", "middle": "mid", "late": "late", "start": "start", "beginning": "start",
    "turn": "start", "end": "end", "close": "end",
}  # fmt: skip
_PART = re.compile(
    r"(?i:(?:\bthe\s+)?\b(?:(?P<part>early|mid|late)[\s-]+(?:in\s+|of\s+)?(?:the\s+)?"
    r"|(?P<edge>start|beginning|middle|end|turn|close)\s+of\s+"
    r"|(?P<place>first|second|third|fourth|last|final)\s+(?P<unit>day|week|weekend|half|quarter)\s+(?:of|in)\s+))$"
)
_OUTER = re.compile(
    r"(?i:\b(?P<outer>since|until|till|up\s+to|by|within|before|earlier|later|so\s+far|no\s+later\s+than|through|rest\s+of)"
    r"(?:\s+(?:at\s+least|around|about|in|on|as\s+late\s+as))?"
    r"(?:\s+(?:\d{1,2}(?:[.:]\d\d)?\s?(?:[ap]\.?m\.?)?|midnight|noon|midday)(?:\s+(?:local\s+time|[A-Z]{3,4}))?(?:\s+on)?)?"
    r"\s+)$"
)
_CONTAINER_GAP = re.compile(r"\s*,?\s+(?:of\s+|in\s+)?|\s*,\s*")
_RANGE_GAP = re.compile(
    r"(?i:\s+(?P<to>to|until|till|through|and|up\s+to)\s+(?:the\s+)?(?:end\s+of\s+)?|\s*(?P<dash>[-–—])\s*)"
)
_FROM = re.compile(r"(?i:\b(?P<from>from|between)\s+(?:the\s+)?)$")
_MOVED = re.compile(
    r"(?i:\b(?:postponed|moved|rescheduled|delayed|shifted|changed|put\s+back|pushed\s+back|brought\s+forward)(?:\s+\w+)?\s+from\s+(?:the\s+)?)$"
)
_RANGED = {"date", "digits", "month", "year", "season", "quarter", "weekday", "unit", "deictic", "holiday"}
_HANGS_ON = re.compile(r"(?i:\s+(?:(?:the|his|her|its|their|a|an)\s+)?)")
_MEANT_FOR = re.compile(r"\bfor\s+(?:the\s+)?$")
_OWNS = re.compile(r"['’]s?\b")
_NOUN = re.compile(
    r"\s+(?!(?:a|according|after|although|an|and|as|at|because|but|for|from|if|in|it|of|on|or|she|that|the|they|through|to"
    r"|under|unless|when|where|whether|which|while|who|with|without|he)\b)[a-z]"
)
_ENDS = re.compile(r"\s*(?:[.,;:!?)\"”’]|$|(?:and|but|when|to|in|at|with|he|she|it|they)\b)")


_DEADLINES = ("until", "till", "up to", "by", "within", "before", "no later than", "through")


class _Outer(NamedTuple):
    days: Days | None


class _Found(NamedTuple):
    """An expression within a sentence; ``named`` are the days of its atoms, without "since" or "until"."""

    start: int
    end: int
    days: Days | None
    named: Days | None


def find_times(text: str, anchor: date | None) -> list[TimeExpression]:
    """The expressions of time in ``text`` in order, none overlapping another; ``anchor`` is the day of publication.

    Offsets count in ``text``. Without an anchor only what needs none is resolved: full dates, months and years.
    """
    found: list[TimeExpression] = []
    spoken_of: Days | None = None
    for start, end in split_sentences(text):
        sentence = text[start:end]
        named: Days | None = None
        for one_time in _Sentence(sentence, anchor, spoken_of).times():
            first, last = one_time.days or (None, None)
            low, high = start + one_time.start, start + one_time.end
            found.append(TimeExpression(low, high, text[low:high], first, last))
            named = one_time.named or named
        spoken_of = named
    return found


class _Sentence:
    """One sentence, read from left to right."""

    def __init__(self, sentence: str, anchor: date | None, spoken_of: Days | None) -> None:
        self.text = sentence
        self.anchor = anchor
        self.spoken_of = spoken_of
        self.atoms = [atom for atom in atoms(sentence) if is_time(atom, sentence, tense(sentence, *atom.match.span()))]

    def times(self) -> list[_Found]:
        found: list[_Found] = []
        place = 0
        while place < len(self.atoms):
            one_time, place = self._at(place)
            if one_time.named:
                self.spoken_of = one_time.named
            found.append(one_time)
        return found

    def _at(self, place: int) -> tuple[_Found, int]:
        """The expression that begins with an atom, and the place of the atom behind it."""
        atom = self.atoms[place]
        if atom.kind == "shift" and atom.group("side") in ("after", "before"):
            return self._hanging(place)
        if joined := self._range(place):
            return joined
        start, days, place = self._with_parts(place)
        end = self.atoms[place - 1].end
        return self._with_outer(start, end, days, atom), place

    # -- one atom, its container and its part

    def _with_parts(self, place: int) -> tuple[int, Days | None, int]:
        """ "late" + "March" + "last year": where it begins, its days, and the place behind."""
        atom, days, behind = self.atoms[place], None, place + 1
        if behind < len(self.atoms) and self._contains(atom, self.atoms[behind]):
            within = resolve(self.atoms[behind], self._context(self.atoms[behind]))
            days = resolve(atom, self._context(atom), within) if within else None
            behind += 1
        else:
            days = resolve(atom, self._context(atom))
        start = atom.start
        if (found := _PART.search(self.text, 0, start)) and unit_of(atom) not in ("day", "weekend"):
            start = found.start()
            days = self._part(found, days, atom) if days else None
        return start, days, behind

    def _contains(self, atom: Atom, other: Atom) -> bool:
        """True when ``other`` tells the year (or week) of ``atom``: "March" "last year", "Tuesday" "of last week"."""
        gap = _CONTAINER_GAP.fullmatch(self.text, atom.end, other.start)
        if gap is None or has_year(atom):
            return False
        if atom.kind == "weekday":
            return other.kind in ("unit", "beyond") and unit_of(other) == "week" and not atom.group("rel")
        tells_year = unit_of(other) == "year" and other.kind in ("unit", "whole", "beyond", "year", "anaphor")
        return tells_year and (other.kind != "year" or "," in gap.group() or "of" in gap.group())

    def _part(self, found: re.Match[str], days: Days, atom: Atom) -> Days | None:
        if found["place"]:
            return _piece(days, ORDINALS[found["place"].lower()], found["unit"].lower())
        name = _PARTS[(found["part"] or found["edge"]).lower()]
        if (
            atom.kind == "whole"
            and name == "end"
            and not self._outer_name(atom)
            and self._context(atom).tense == "past"
        ):
            return None  # "it closed at the end of the year", written in January
        return part(days, name)

    # -- two atoms

    def _range(self, place: int) -> tuple[_Found, int] | None:
        """ "from 3 March to 9 May last year", "June-November"; None where there is none."""
        left = self.atoms[place]
        if place + 1 >= len(self.atoms):
            return None
        right = self.atoms[place + 1]
        gap = _RANGE_GAP.fullmatch(self.text, left.end, right.start)
        low = found.start() if (found := _PART.search(self.text, 0, left.start)) else left.start
        opening = _FROM.search(self.text, 0, low)
        if gap is None or not {left.kind, right.kind} <= _RANGED or _MOVED.search(self.text, 0, low):
            return None
        between = opening is not None and opening["from"].lower() == "between"
        if ((gap["to"] or "").lower() == "and") != between:
            return None
        if opening is None and {left.kind, right.kind} & {"weekday", "unit", "deictic"}:
            return None
        _, last, behind = self._with_parts(place + 1)
        first = self._beside(left, found, last)
        if first is None:  # the left one tells the year
            first = self._with_parts(place)[1]
            last = self._after(right, first) if has_year(left) and not has_year(right) else last
        start = opening.start() if opening else low
        end = self.atoms[behind - 1].end
        if not (first and last and first.first and last.last and first.first <= last.last):
            return _Found(start, end, None, None), behind
        days = Days(first.first, last.last)
        return _Found(start, end, days, days), behind

    def _beside(self, left: Atom, found: re.Match[str] | None, last: Days | None) -> Days | None:
        """The days of a left end without a year: the last ones that begin before the right end."""
        if last is None or last.first is None or has_year(left):
            return None
        if left.kind == "weekday":
            day = resolve(left, Context(last.first, "past", False, None, self.text))
        else:
            day, _ = nearest(lambda year: in_year(left, year), last.first, "past")
        return self._part(found, day, left) if day and found else day

    def _after(self, right: Atom, first: Days | None) -> Days | None:
        if first is None or first.first is None:
            return None
        return nearest(lambda year: in_year(right, year), first.first, "future")[0]

    def _hanging(self, place: int) -> tuple[_Found, int]:
        """ "two days after the 3 March vote"; on its own ("the day before.") it hangs on what was spoken of."""
        atom = self.atoms[place]
        length = shift_length(atom)
        if place + 1 < len(self.atoms) and length:
            other = self.atoms[place + 1]
            if _HANGS_ON.fullmatch(self.text, atom.end, other.start):
                _, days, behind = self._with_parts(place + 1)
                days = shifted(days, *length)
                return _Found(atom.start, self.atoms[behind - 1].end, days, days), behind
        days = resolve(atom, self._context(atom)) if _ENDS.match(self.text, atom.end) else None
        return _Found(atom.start, atom.end, days, days), place + 1

    # -- what stands in front

    def _with_outer(self, start: int, end: int, days: Days | None, atom: Atom) -> _Found:
        """ "since", "until", "earlier" and their like, as far as they stand before the expression."""
        found = _OUTER.search(self.text, 0, start)
        if found is None:
            return _Found(start, end, days, days)
        if days is None:
            return _Found(found.start(), end, None, None)
        outer = self._outer(_name(found), days, end, unit_of(atom), in_part=start < atom.start)
        return _Found(found.start(), end, outer.days, days) if outer else _Found(start, end, days, days)

    def _outer(self, name: str, days: Days, end: int, unit: Unit, *, in_part: bool) -> _Outer | None:
        """What the days become with ``name`` before them; None when it changes nothing."""
        first, last = days
        if name == "since":
            over = self.anchor is None or (first is not None and first <= self.anchor)
            return _Outer(Days(first, self.anchor) if over else None)
        if self.anchor is None or first is None or last is None:
            return None
        if name in ("earlier", "so far", "later", "rest of"):
            inside = unit != "day" and first <= self.anchor
            back = name in ("earlier", "so far")
            rest = Days(first, min(self.anchor, last)) if back else Days(self.anchor, last)
            return _Outer(rest) if inside and (back or self.anchor <= last) else None
        behind = self.text[end:]
        if _OWNS.match(behind) or (name in ("by", "before") and unit == "year" and _NOUN.match(behind)):
            return None  # "before Monday's vote", "beaten by 2019 champion"
        if name == "before" and not in_part:
            last = first - timedelta(1)
        return _Outer(Days(self.anchor, last)) if self.anchor <= last else None

    def _outer_name(self, atom: Atom) -> str:
        """ "since", "until" ... before an atom or before the part of it; "" without one."""
        start = found.start() if (found := _PART.search(self.text, 0, atom.start)) else atom.start
        return _name(found) if (found := _OUTER.search(self.text, 0, start)) else ""

    def _context(self, atom: Atom) -> Context:
        name = self._outer_name(atom)
        clause = "past" if name == "since" else tense(self.text, atom.start, atom.end)
        if clause == "past" and _MEANT_FOR.search(self.text, 0, atom.start):
            clause = "future"  # "set an election for March 7"
        if clause == "present" and _OWNS.match(self.text, atom.end):
            clause = "doubt"  # "these are the results of Monday's games", "as he faces Monday's deadline"
        return Context(self.anchor, clause, name in _DEADLINES, self.spoken_of, self.text)


def _name(found: re.Match[str]) -> str:
    return " ".join(found["outer"].lower().split())


def _piece(days: Days, place: int, unit: str) -> Days | None:
    """The first day, week, weekend, half or quarter of some days; -1 is the last."""
    first, last = days
    if first is None or last is None:
        return None
    if unit == "day":
        return one(last if place < 0 else first + timedelta(place - 1))
    if unit == "week":
        return Days(last - timedelta(6), last) if place < 0 else _week(first, place)
    if unit in ("half", "quarter") and last - first > timedelta(27):
        count = 2 if unit == "half" else 4
        length, rest = divmod((last.year - first.year) * 12 + last.month - first.month + 1, count)
        begin = moved(first, length * ((place - 1) % count if place > 0 else count - 1), "month")
        return None if rest else months(begin.year, begin.month, length)
    return None


def _week(first: date, place: int) -> Days:
    return Days(first + timedelta(7 * (place - 1)), first + timedelta(7 * place - 1))
