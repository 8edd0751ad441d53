"""Publication dates: from a field of a record, or from the first lines of a plain text.

A wrong date is worse than none: what is partial, ambiguous or implausible counts as unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta

_EARLIEST_YEAR = 1600  # the first printed newspapers
# What computers write when they know no date: the zero of Unix, of spreadsheets and of databases.
_ZERO_DAYS = frozenset((date(1970, 1, 1), date(1969, 12, 31), date(1900, 1, 1), date(1899, 12, 30), date(1899, 12, 31)))
_SLACK = timedelta(days=2)  # the writer's time zone, or a clock that is a little off
_MONTH_LONG = timedelta(days=31)
_LONGEST = 100  # characters of the longest text that is looked at

# Epoch seconds from 1973 on (a number of eight digits is rather YYYYMMDD), and the same in milliseconds.
_SECONDS = range(10**8, 10**11)
_MILLISECONDS = range(10**11, 10**14)

_YEAR_FIRST = re.compile(
    r"(?:(\d{4})([-/.])(\d{1,2})\2(\d{1,2})|(\d{4})(\d\d)(\d\d)(?:\d{6})?)(?:[T\s]\s*\d{1,2}[:.]?\d\d.*)?", re.ASCII
)
_YEAR = re.compile(r"(?<!\d)[12]\d{3}(?!\d)", re.ASCII)
# Moments that differ in every part, so that whatever a text leaves out shows.
_DEFAULTS = (datetime(2000, 1, 1), datetime(2004, 2, 15))  # noqa: DTZ001 (dateutil fills naive ones)

_NUMBERS = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-]([12]\d{3})(?:,?\s+\d{1,2}[:.]\d\d.*)?", re.ASCII)
_WORD = re.compile(r"[^\W\d_]+")
_FOREIGN_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januar jänner janvier enero gennaio janeiro", "februar février fevrier febrero febbraio fevereiro",
            "märz mars marzo março", "avril abril aprile", "mai mayo maggio maio", "juni juin junio giugno junho",
            "juli juillet julio luglio julho", "août aout agosto", "septembre septiembre settembre setembro",
            "oktober octobre octubre ottobre outubro", "novembre noviembre novembro",
            "dezember décembre decembre diciembre dicembre dezembro",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?"
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_EASTERN = re.compile(r"(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일]")  # Chinese, Japanese, Korean
_FIGURES = rf"{_EASTERN.pattern.replace('(', '(?:')}|\d{{4}}[-/.]\d\d[-/.]\d\d|\d{{1,2}}[./]\d{{1,2}}[./]\d{{4}}"
_DATE = (
    rf"(?P<date>{_FIGURES}|{_WEEKDAY}(?:{_MONTH}\s+{_DAY},?|{_DAY}\.?\s+{_MONTH},?)\s+\d{{4}}|{_DAY}-{_MONTH}-\d{{4}})"
)
_TIME = (
    r"(?:(?:T|,?\s+(?:at\s+)?)\d{1,2}[:.]\d\d(?:[:.]\d\d)?(?:\.\d+)?"
    r"(?:\s*[ap]\.?m\b\.?)?(?:\s*(?:Z|[+-]\d\d:?\d\d|(?-i:[A-Z]{2,4}))\b)?)?"
)
_LABEL = r"(?:date(?:line)?|published(?:\s+(?:on|at))?|publication\s+date|posted(?:\s+on)?)"
_WRITTEN = rf"(?:{_DATE.replace('(?P<date>', '(?:')}"
_FOREIGN_NAMES = "|".join(_FOREIGN_MONTHS)
_FOREIGN = (
    rf"|\d{{1,2}}\.?\s+(?:de\s+)?(?:{_FOREIGN_NAMES})\s+(?:de\s+)?\d{{4}}"
    rf"|(?:{_FOREIGN_NAMES})\s+\d{{1,2}}(?:st|nd|rd|th|\.)?,?\s+\d{{4}})"
)
_ANY_DATE = re.compile(rf"(?<![\w/-]){_WRITTEN}{_FOREIGN}(?![\w/-]|\.\d)", re.IGNORECASE)
_PLACE = r"[A-Z][\w.'’-]*(?:[ ,]+(?:(?:de|of|the|al|el)\s)?[A-Z][\w.'’-]*){0,5}"
# A dateline as agencies set it: SEOUL, Sept. 28 (Agency) - or MOSCOW, September 28, 2021. /TASS/.
_DATELINE = re.compile(
    rf"\s*{_PLACE},?\s+(?P<month>(?i:{_MONTH}))\s+(?P<day>\d{{1,2}})(?:,?\s+(?P<year>[12]\d{{3}}))?[.,]?\s*"
    r"(?:[(/][^()/\n]{1,40}[)/]\.?\s*(?:[—–:-]{1,2}\s|(?=[A-Z\"“]))|[—–-]{1,2}\s)"
)
_MONTHS = {name: f"{n:02}" for n, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1)}
_IN_URL = re.compile(
    rf"(?<=[/-])((?:19|20)\d\d)[/_-](\d\d?|{'|'.join(_MONTHS)})[/_-](\d\d?)(?=[/_.-])", re.IGNORECASE | re.ASCII
)
_PART_OF_URL = re.compile(r"(?<=/)((?:19|20)\d\d)(\d\d)(\d\d)(?=/)", re.ASCII)
_LINE_END = r"[^\S\n]*(?:[|•·(.,-]?\s*(?:last\s+)?(?:updated|modified)\b[^\n]*)?(?:\n\s*|\Z)"
# "date 2021-09-29 A day after ...": the text may go on in the same line.
_DATE_FIELD = re.compile(rf"\s*date\b\s*[:=]?\s*{_DATE}{_TIME}(?:\s+|\Z)", re.IGNORECASE)
_DATE_LINE = re.compile(rf"\s*(?:{_LABEL}\b\s*[:=]?\s*)?{_DATE}{_TIME}{_LINE_END}", re.IGNORECASE)
# "THE HERALD | 3 March 2022", "3 March 2022 / Money": a date beside the name of a paper or of a section.
_BESIDE = re.compile(r"\s*[|•·]\s*|\s+[/–—-]\s+")
_LONGEST_NAME = 6  # words
_HEADER_LINES = 8
_LONGEST_HEADLINE = 120  # characters
_SENTENCE = re.compile(r"(?:\S+\s+){9,}\S*[.!?][\"”’')]*")


def parse_date(value: object, *, today: date | None = None, day_first: bool | None = None) -> date | None:
    """Return the calendar date that ``value`` states, as written (never shifted to another time zone), or None.

    Takes ISO 8601, RFC 2822 and written dates, dates and datetimes, and epoch seconds or milliseconds (read as UTC).
    None for everything else: a missing day or year, a two-digit year, 03/04/2021 (unless ``day_first`` tells which
    is the day), a date before 1600, the zero of a computer's calendar (1970-01-01), or more than two days after
    ``today`` (default: the current day).
    """
    found = _stated(value, day_first)
    return found if found and not _why_wrong(found, today) else None


def refusal(value: object, *, today: date | None = None) -> str:
    """Say why ``parse_date`` refuses ``value`` though it states a day ("2099-01-01 lies in the future"), else ""."""
    found = _stated(value, None)
    why = _why_wrong(found, today) if found else ""
    return f"{found} {why}" if why else ""


def _why_wrong(found: date, today: date | None) -> str:
    if found > (today or datetime.now(UTC).date()) + _SLACK:
        return "lies in the future"
    if found in _ZERO_DAYS:
        return "is what computers write for no date"
    return "" if found.year >= _EARLIEST_YEAR else "is too long ago"


def _stated(value: object, day_first: bool | None) -> date | None:
    found: date | None = None
    if isinstance(value, datetime):
        found = value.date()
    elif isinstance(value, date):
        found = value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        found = _from_number(value)
    elif isinstance(value, str) and len(value) <= _LONGEST:
        found = _from_text(value.strip(), day_first)
    return found


def header_date(text: str) -> tuple[date, int] | None:
    """Return the date in the header of ``text`` and the length of the prefix to drop with it, or None.

    A header is a date field at the very start ("date 2021-09-29 A day after ..."), or a line above the text that is
    nothing but a date ("Published on 29 Sep 2021", "Sept. 29, 2021"), or a date beside names ("THE HERALD | 29 Sep
    2021"). Below the third line it counts only when no other date stands above the text: it may be a list of events.
    Nothing is dropped (0) when other words, such as the headline, come before the date. A date that ``parse_date``
    refuses is no header.
    """
    if (field := _DATE_FIELD.match(text)) and (found := parse_date(field["date"])):
        return found, field.end()
    header = list(header_lines(text))
    dated = [(number, start, day) for number, (start, line) in enumerate(header) if (day := _date_of(line))]
    if not dated or (dated[0][0] >= 3 and len({day for _, _, day in dated}) > 1):
        return None
    _, start, day = dated[0]
    line = _DATE_LINE.match(text, start)
    return day, 0 if text[:start].strip() or line is None else line.end()


def header_lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines above the text, stripped, with where they start: the first that is long or a sentence ends them."""
    for start in _first_lines(text, _HEADER_LINES):
        line = text[start:].partition("\n")[0].strip()
        if not is_date_line(line) and (len(line) > _LONGEST_HEADLINE or _SENTENCE.fullmatch(line)):
            return
        yield start, line


def _date_of(line: str) -> date | None:
    """The date of a line that is nothing but a date, with or without names beside it."""
    if found := _DATE_LINE.fullmatch(line):
        return parse_date(found["date"])
    parts = _BESIDE.split(line)
    if len(parts) == 1 or any(len(part.split()) > _LONGEST_NAME for part in parts):
        return None
    days = [parse_date(found["date"]) for part in parts if (found := _DATE_LINE.fullmatch(part))]
    return days[0] if len(days) == 1 else None


def dates_in(text: str, *, day_first: bool | None = None) -> list[tuple[int, int, date]]:
    """Return the complete dates written in ``text`` with their offsets, in order."""
    found = ((hit, parse_date(hit[0], day_first=day_first)) for hit in _ANY_DATE.finditer(text))
    return [(*hit.span(), day) for hit, day in found if day]


def dateline_date(text: str, hints: Iterable[date] = ()) -> date | None:
    """Return the date of the dateline that ``text`` starts with ("SEOUL, Sept. 28 (Agency) - ..."), or None.

    A dateline without a year has that of the ``hints``, dates about the article such as that of its last change: the
    day lies at most a month before one of them, or is one. None when they disagree or there are none.
    """
    if not (line := _DATELINE.match(text)):
        return None
    if line["year"]:
        return parse_date(f"{line['month']} {line['day']}, {line['year']}")
    years = set()
    for hint in hints:
        for year in (hint.year, hint.year - 1):
            day = parse_date(f"{line['month']} {line['day']}, {year}")
            if day and timedelta(0) <= hint - day <= _MONTH_LONG:
                years.add(day)
    return years.pop() if len(years) == 1 else None


def url_date(url: str) -> date | None:
    """Return the day in the path of an address (/2021/09/29/ or /2021/sep/29/), or None."""
    days = {
        parse_date(f"{year}-{_MONTHS.get(month.lower(), month)}-{day}")
        for pattern in (_IN_URL, _PART_OF_URL)
        for year, month, day in pattern.findall(url)
    }
    return days.pop() if len(days) == 1 else None


def name_beside_date(line: str) -> str:
    """Return what stands left of the date in "THE HERALD | 3 March 2022", else ""."""
    parts = _BESIDE.split(line)
    return parts[0].strip() if len(parts) > 1 and _date_of(line) and not _DATE_LINE.fullmatch(parts[0]) else ""


def is_date_line(line: str) -> bool:
    """Say whether ``line`` is nothing but a date, with or without a label or names beside it."""
    return bool(_DATE_LINE.fullmatch(line)) or _date_of(line) is not None


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


def _from_text(text: str, day_first: bool | None = None) -> date | None:
    text = _EASTERN.sub(r"\1-\2-\3", text)
    if text.isascii() and text.isdigit() and len(text) in (10, 13):
        return _from_number(int(text))
    if year_first := _YEAR_FIRST.fullmatch(text):
        year, month, day = (int(part) for part in year_first.group(*((1, 3, 4) if year_first[1] else (5, 6, 7))))
        try:
            return date(year, month, day)
        except ValueError:
            return None
    if day_first is not None and (numbers := _NUMBERS.fullmatch(text)):
        first, second, year = (int(part) for part in numbers.groups())
        try:
            return date(year, second, first) if day_first else date(year, first, second)
        except ValueError:
            return None
    return (_from_foreign(text) or _from_words(text)) if _YEAR.search(text) else None


def _from_foreign(text: str) -> date | None:
    """Return the day of a German, French, Spanish, Italian or Portuguese date, or None."""
    months = [number for word in _WORD.findall(text) if (number := _FOREIGN_MONTHS.get(word.lower()))]
    day = re.search(r"(?<!\d)(\d{1,2})(?!\d)", text)
    year = _YEAR.search(text)
    if len(months) != 1 or not day or not year:
        return None
    return _from_text(f"{year[0]}-{months[0]:02}-{int(day[1]):02}")


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
