"""Publication dates: from a field of a record, or from the first lines of a plain text.

A wrong date is worse than none: what is partial, ambiguous or implausible counts as unknown.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

_EARLIEST_YEAR = 1600  # the first printed newspapers
_SLACK = timedelta(days=2)  # the writer's time zone, or a clock that is a little off
_LONGEST = 100  # characters of the longest text that is looked at

# Epoch seconds from 1973 on (a number of eight digits is rather YYYYMMDD), and the same in milliseconds.
_SECONDS = range(10**8, 10**11)
_MILLISECONDS = range(10**11, 10**14)

_YEAR_FIRST = re.compile(
    r"(?:(\d{4})([-/.])(\d{1,2})\2(\d{1,2})|(\d{4})(\d\d)(\d\d))(?:[T\s]\s*\d{1,2}[:.]?\d\d.*)?", re.ASCII
)
_YEAR = re.compile(r"(?<!\d)[12]\d{3}(?!\d)", re.ASCII)
# Moments that differ in every part, so that whatever a text leaves out shows.
_DEFAULTS = (datetime(2000, 1, 1), datetime(2004, 2, 15))  # noqa: DTZ001 (dateutil fills naive ones)

_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?"
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_DATE = rf"(?P<date>\d{{4}}[-/.]\d\d[-/.]\d\d|{_WEEKDAY}(?:{_MONTH}\s+{_DAY},?|{_DAY}\.?\s+{_MONTH},?)\s+\d{{4}})"
_TIME = (
    r"(?:(?:T|,?\s+(?:at\s+)?)\d{1,2}[:.]\d\d(?:[:.]\d\d)?(?:\.\d+)?"
    r"(?:\s*[ap]\.?m\b\.?)?(?:\s*(?:Z|[+-]\d\d:?\d\d|(?-i:[A-Z]{2,4}))\b)?)?"
)
_LABEL = r"(?:date(?:line)?|published(?:\s+(?:on|at))?|publication\s+date|posted(?:\s+on)?)"
_LINE_END = r"[^\S\n]*(?:[|•·(-]?\s*(?:last\s+)?(?:updated|modified)\b[^\n]*)?(?:\n\s*|\Z)"
# "date 2021-09-29 A day after ...": the text may go on in the same line.
_DATE_FIELD = re.compile(rf"\s*date\b\s*[:=]?\s*{_DATE}{_TIME}(?:\s+|\Z)", re.IGNORECASE)
_DATE_LINE = re.compile(rf"\s*(?:{_LABEL}\b\s*[:=]?\s*)?{_DATE}{_TIME}{_LINE_END}", re.IGNORECASE)


def parse_date(value: object, *, today: date | None = None) -> date | None:
    """Return the calendar date that ``value`` states, as written (never shifted to another time zone), or None.

    Takes ISO 8601, RFC 2822 and written dates, dates and datetimes, and epoch seconds or milliseconds (read as UTC).
    None for everything else: a missing day or year, a two-digit year, 03/04/2021, a date before 1600 or more than
    two days after ``today`` (default: the current day).
    """
    found: date | None = None
    if isinstance(value, datetime):
        found = value.date()
    elif isinstance(value, date):
        found = value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        found = _from_number(value)
    elif isinstance(value, str) and len(value) <= _LONGEST:
        found = _from_text(value.strip())
    latest = (today or datetime.now(UTC).date()) + _SLACK
    return found if found and found.year >= _EARLIEST_YEAR and found <= latest else None


def header_date(text: str) -> tuple[date, int] | None:
    """Return the date in the header of ``text`` and the length of the prefix to drop with it, or None.

    A header is a date field at the very start ("date 2021-09-29 A day after ..."), or one of the first three lines
    that is nothing but a date ("Published on 29 Sep 2021", "Sept. 29, 2021"). Nothing is dropped (0) when other lines,
    such as the headline, come before the date. A date that ``parse_date`` refuses is no header.
    """
    if (field := _DATE_FIELD.match(text)) and (found := parse_date(field["date"])):
        return found, field.end()
    for line in _first_lines(text, 3):
        header = _DATE_LINE.match(text, line)
        if header and (found := parse_date(header["date"])):
            return found, 0 if text[:line].strip() else header.end()
    return None


def is_date_line(line: str) -> bool:
    """Say whether ``line`` is nothing but a date, with or without a label."""
    return bool(_DATE_LINE.fullmatch(line))


def _first_lines(text: str, count: int) -> list[int]:
    """Return where the first ``count`` lines that are not blank start."""
    return [
        line.start() for line, _ in zip(re.finditer(r"^[^\S\n]*\S", text, re.MULTILINE), range(count), strict=False)
    ]


def _from_number(value: float) -> date | None:
    if _SECONDS.start <= value < _SECONDS.stop:
        return datetime.fromtimestamp(value, UTC).date()
    if _MILLISECONDS.start <= value < _MILLISECONDS.stop:
        return datetime.fromtimestamp(value / 1000, UTC).date()
    return _from_text(str(value)) if 10**7 <= value < 10**8 else None


def _from_text(text: str) -> date | None:
    if text.isascii() and text.isdigit() and len(text) in (10, 13):
        return _from_number(int(text))
    if year_first := _YEAR_FIRST.fullmatch(text):
        year, month, day = (int(part) for part in year_first.group(*((1, 3, 4) if year_first[1] else (5, 6, 7))))
        try:
            return date(year, month, day)
        except ValueError:
            return None
    return _from_words(text) if _YEAR.search(text) else None


def _from_words(text: str) -> date | None:
    """Let dateutil read ``text`` in every way that it could be meant; None unless all agree."""
    from dateutil.parser import parse

    readings = set()
    for default, day_first, year_first in (
        (_DEFAULTS[0], False, False),
        (_DEFAULTS[1], True, False),
        (_DEFAULTS[1], False, True),
    ):
        try:
            read = parse(text, default=default, dayfirst=day_first, yearfirst=year_first, ignoretz=True)
        except (ValueError, OverflowError):
            return None
        readings.add(read.date())
    return readings.pop() if len(readings) == 1 else None
