"""The time that a question asks about, how well evidence fits it, and the day that an answer like "on Friday" means.

Nothing is filtered: evidence of the time asked about gains, other loses, by what ``fit`` says of it. The weights here
stand beside the fitted ones of extractive_weights.json; they were measured with
``nutgraf eval --cases eval/newsroom/gold.jsonl --articles eval/newsroom/articles``, with and without ``--set
rag.time_aware=false``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from index.nearness import Asked
from index.schema import Passage, TimeExpression
from index.sentences import split_sentences
from index.times import find_times

from .evidence import Sentence
from .reading import Hit
from .schema import Answer, AskedTime

# Logits added to the margin of a span that fits the time asked about wholly, and taken from one that does not at all.
TIME_MARGIN = 4.0
TIME_CONFIDENCE, TIME_DOUBT, UNCERTAIN = 1.0, 4.0, 0.5
# A sentence that tells another time, in an article of the right one, speaks of something else a little more often.
_OTHER_TIME = 0.8
# "Before 2020" says less about the day of an article than "in 2019": it may well look back.
_OPEN = 0.5

# Adverbs are left out of what is searched; adjectives ("the latest figure") are part of it.
_ADVERB = (
    r"(?:right\s+)?now(?!\s+that)|currently|at\s+present|at\s+the\s+moment(?=\s*[?.,]|$)|so\s+far|to\s+date|these\s+days"
    r"|nowadays|in\s+the\s+end|finally|most\s+recently"
)
_STATE = r"(?:state|status|figure|number|count|toll|total|version|level|rate|position|holder)"
_LATEST = re.compile(
    rf"\b(?:(?P<adverb>{_ADVERB})|the\s+(?:latest|newest|most\s+recent)|(?:current|final)(?=\s+{_STATE}))\b",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"\b(?P<side>before|prior\s+to|after|following|as\s+of|since|until|by)\s+(?:the\s+)?$", re.IGNORECASE
)
_NAMES_A_THING = re.compile(
    r"\s+(?!(?:and|or|according|as|at|by|did|for|from|in|is|of|on|that|the|to|was|were|with)\b)[\w’'-]+"
)
_COUNTS = ("the", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_COUNT = rf"\d{{1,3}}|an?|{'|'.join(_COUNTS)}"
_DAYS_IN = {"morning": 1, "evening": 1, "night": 1, "day": 1, "week": 7, "month": 30, "year": 365}
_EVENT = re.compile(
    rf"(?<!^)\b(?:(?P<count>{_COUNT})\s+(?P<unit>{'|'.join(_DAYS_IN)})s?\s+)?"
    r"(?P<side>before|prior\s+to|ahead\s+of|until|after|following|since|during|when|while|on\s+the\s+day(?:\s+(?:of|that|when))?)\s+"
    r"(?P<event>(?:(?:the|his|her|their|its|this)\s|[A-Z][^?,;]*\s[a-z]{3})[^?,;]{3,80})(?=[?,;]|$)"
)
# "Until December" means all days up to then, the answer "December" does not.
_ENDS_WITH = re.compile(r"(?:until|till|up\s+to|by)\s", re.IGNORECASE)
# "Who was coach at the end of 2019?" asks about no one day. An article's "by the end of 2019" means that day.
_EDGE = re.compile(r"(?:the\s+)?(?P<edge>end|start|beginning)\s+of\s+(?:the\s+year\s+)?", re.IGNORECASE)
_EDGE_OF_YEAR, _EDGE_OF_MONTH = 61, 10
_YEAR = re.compile(r"\b(?:1\d|20)\d\d")
_WORD = re.compile(r"\w")
_OWNS = re.compile(r"['’]s?\s+")
_LEADING = re.compile(
    r"\s*\b(?:in|on|at|during|over|from|for|as\s+of|of|since|by|back\s+in)\s+(?:the\s+)?$", re.IGNORECASE
)


def asked_time(question: str, as_of: date) -> AskedTime | None:
    """The time that a question asks about as seen from ``as_of``, None when it asks about none.

    A time that names a thing ("the 2020 election", "the Monday club") is part of what is asked about, not when; a
    question with two times compares, and asks about no one of them.
    """
    newest = _LATEST.search(question)
    times = [time for time in find_times(question, as_of) if (time.first or time.last) and not _names(question, time)]
    if len({(time.first, time.last) for time in times}) > 1:
        return None
    if times:
        text, first, last = _bounded(question, times[0])
        meant = told(first, last)
        said = meant if meant.lower() == text.lower() else f"{text} = {meant}"
        return AskedTime(text, _iso(first), _iso(last), newest is not None, as_of.isoformat(), said)
    if newest is None:
        return None
    text = newest.group()
    return AskedTime(text, None, None, True, as_of.isoformat(), f"{text} = the newest up to {told(as_of, as_of)}")


def event_time(question: str, as_of: date, days_of: Callable[[str], Sequence[date]]) -> AskedTime | None:
    """The time of a question that names an event instead ("before the summit"), None when it names none.

    ``days_of`` finds the days of the articles that tell of an event by its words, the best first. What was on
    the day or after it is counted from the first report, what was before or meanwhile from the best. That day
    counts as before it and as after it: an article of that day may tell of either. "Three months before" it is a month
    around that day.
    """
    found = _EVENT.search(question)
    days = [day for day in days_of(found["event"]) if day <= as_of] if found else []
    if found is None or not days:
        return None
    side = found["side"].lower()
    earlier, later = side in ("before", "prior to", "ahead of", "until"), side in ("after", "following", "since")
    day = min(days) if later or side.startswith("on ") else days[0]
    first: date | None = day
    last: date | None = day
    if found["unit"] and (earlier or later):
        first, last = _away(day, found["count"].lower(), found["unit"].lower(), -1 if earlier else 1)
    elif earlier:
        first = None
    elif later:
        last = None
    said = f"{found.group().strip()} = {told(first, last)}"
    return AskedTime(found.group().strip(), _iso(first), _iso(last), False, as_of.isoformat(), said, event=True)


def _away(day: date, count: str, unit: str, sign: int) -> tuple[date, date]:
    """The days that lie so many units before (-1) or after (1) a day, half a unit of doubt on either side."""
    number = int(count) if count.isdigit() else max(_COUNTS.index(count), 1) if count in _COUNTS else 1
    length = _DAYS_IN[unit]
    middle = day + timedelta(sign * number * length)
    return middle - timedelta(length // 2), middle + timedelta(length // 2)


def _names(question: str, time: TimeExpression) -> bool:
    """True for a bare year, month or weekday after an article and before a noun."""
    before, after = question[: time.start].rstrip().lower(), question[time.end :]
    bare = " " not in time.text.strip()
    return bare and before.endswith((" the", " a", " an")) and _NAMES_A_THING.match(after) is not None


def _bounded(question: str, time: TimeExpression) -> tuple[str, date | None, date | None]:
    """The words and days of an expression with "before" or "after" in front of it."""
    found = _BEFORE.search(question, 0, time.start)
    side = found["side"].lower() if found else time.text.split()[0].lower()
    text = question[found.start() : time.end] if found else time.text
    if side == "after" and time.last:
        return text, time.last + timedelta(1), None
    if side in ("before", "prior to") and found and time.first:
        return text, None, time.first - timedelta(1)
    if side == "before":
        return text, None, time.last
    edge = _EDGE.match(time.text) if found is None else None
    if edge and time.first and time.first == time.last:
        around = timedelta(_EDGE_OF_YEAR if time.text[edge.end() :].strip().isdigit() else _EDGE_OF_MONTH)
        if edge["edge"].lower() == "end":
            return text, time.last - around, time.last
        return text, time.first, time.first + around
    return text, time.first, time.last


def without_time(question: str, asked: AskedTime | None) -> str:
    """The question without the words of its time, which articles of that time do not say; "the latest" stays."""
    if asked is None or asked.event:
        return question
    if asked.first is None and asked.last is None and not _is_adverb(asked.text):
        return question
    start = question.find(asked.text)
    lead = _LEADING.search(question, 0, start)
    right = question[start + len(asked.text) :]
    if owns := _OWNS.match(right):  # "in this week's poll": "in the poll"
        return f"{question[:start]}the {right[owns.end() :]}"
    left, right = question[: lead.start() if lead else start].rstrip(" ,"), right.lstrip(" ,")
    rest = f"{left}{'' if right[:1] in '?.!' else ' '}{right}".strip()
    return rest if _WORD.search(rest) else question  # "in 2022": there is nothing else to search for


def _is_adverb(words: str) -> bool:
    found = _LATEST.fullmatch(words)
    return found is not None and found["adverb"] is not None


def tells_year(asked: AskedTime | None) -> bool:
    """True when the words themselves say of which year: they mean the same on whatever day the question is asked."""
    return asked is not None and _YEAR.search(asked.text) is not None


def days_asked(asked: AskedTime | None, *, certain: bool = True) -> Asked | None:
    """What the search boosts by. ``certain``: the day of the question was told; a year in its words tells as much."""
    if asked is None:
        return None
    certain = (certain or tells_year(asked)) and not asked.event
    first, last = (date.fromisoformat(day) if day else None for day in (asked.first, asked.last))
    return Asked(first, last, asked.latest, date.fromisoformat(asked.as_of), certain)


# -- evidence


def times_of(passage: Passage) -> tuple[TimeExpression, ...]:
    """The expressions of a passage, offsets in its article: those that the store keeps, else found in its text."""
    if passage.times:
        return passage.times
    found = find_times(passage.text, passage.article.published.date)
    return tuple(replace(one, start=one.start + passage.start, end=one.end + passage.start) for one in found)


def times_within(passage: Passage, start: int, end: int) -> tuple[TimeExpression, ...]:
    """Those that touch ``start`` to ``end`` of the article."""
    return tuple(one for one in times_of(passage) if one.start < end and start < one.end)


def timed(hits: Sequence[Hit], asked: Asked | None) -> list[Hit]:
    """The hits with what time tells added to their margins, best first: which sentences are looked at closely."""
    if asked is None or not hits:
        return list(hits)
    fits = _fits([(hit.passage, hit.start, hit.end) for hit in hits], asked)
    shifted = [replace(hit, margin=hit.margin + TIME_MARGIN * fit) for hit, fit in zip(hits, fits, strict=True)]
    return sorted(shifted, key=lambda hit: -hit.margin)


def of_time(hits: Sequence[Hit], asked: Asked | None) -> list[Hit]:
    """The hits that fit the time asked about more than half as well as the best one; all where none fits it."""
    if asked is None or not hits:
        return list(hits)
    fits = _fits([(hit.passage, hit.start, hit.end) for hit in hits], asked)
    best = max(fits)
    return [hit for hit, fit in zip(hits, fits, strict=True) if fit > best / 2 or best <= 0]


def fits_of(sentences: Sequence[Sentence], asked: Asked | None) -> list[float]:
    """-1..1 for each sentence: how well it fits the time asked about; 0 for all when none is."""
    if asked is None:
        return [0.0] * len(sentences)
    return _fits([(sentence.passage, sentence.start, sentence.end) for sentence in sentences], asked)


Stretch = tuple[Passage, int, int]


def _fits(stretches: Sequence[Stretch], asked: Asked) -> list[float]:
    if not asked.bounded:
        return _newness([passage.article.published.date for passage, _, _ in stretches])
    times = {passage.id: times_of(passage) for passage, _, _ in stretches}
    weight = 1.0 if asked.first and asked.last else _OPEN
    fits = [weight * (2 * _fit(times[passage.id], passage, start, end, asked) - 1) for passage, start, end in stretches]
    # "In the winter", asked today of an archive: that nothing is of last winter tells nothing against what there is.
    return fits if asked.certain or max(fits, default=0.0) > 0 else [0.0] * len(fits)


def _fit(times: Sequence[TimeExpression], passage: Passage, start: int, end: int, asked: Asked) -> float:
    """0..1: the sentence tells the time asked about, or its article is of about that time."""
    low, high = next(
        (
            (passage.start + a, passage.start + b)
            for a, b in split_sentences(passage.text)
            if a <= start - passage.start < b
        ),
        (start, end),
    )
    inside = [one for one in times if low <= one.start < high and one.first and one.last]
    told = asked.told_by(inside)
    near = asked.closeness(passage.article.published.date)
    return max(told, near * (_OTHER_TIME if inside and not told else 1.0))


def time_logit(fit: float, asked: Asked | None) -> float:
    """What the best sentence's fit adds to the logit of the confidence. Another time than the one asked about says more
    against an answer than the right one says for it, a time that is not certain half as much; that there may be newer
    news says nothing."""
    if asked is None or (fit < 0 and not asked.bounded):
        return 0.0
    return fit * (TIME_DOUBT if fit < 0 else TIME_CONFIDENCE) * (1.0 if asked.certain else UNCERTAIN)


def _newness(days: Sequence[date | None]) -> list[float]:
    """-1 for the oldest to 1 for the newest article; 0 for one without a date, and for all when they are of one day."""
    known = [day for day in days if day]
    if not known or min(known) == max(known):
        return [0.0] * len(days)
    oldest, span = min(known), (max(known) - min(known)).days
    return [2 * (day - oldest).days / span - 1 if day else 0.0 for day in days]


# -- saying it


def told(first: date | None, last: date | None) -> str:
    """Days as a person says them: "21 October 2022", "17 to 23 October 2022", "March 2022", "since 3 May 2021"."""
    if first is None or last is None:
        return f"from {_day(first)} on" if first else f"up to {_day(last)}" if last else ""
    if first == last:
        return _day(first)
    next_day = last + timedelta(1)
    if (first.month, first.day, next_day.month, next_day.day) == (1, 1, 1, 1):
        return str(first.year) if first.year == last.year else f"{first.year} to {last.year}"
    if first.day == next_day.day == 1:
        begin = f"{first:%B}" if first.year == last.year else f"{first:%B} {first.year}"
        same = (first.year, first.month) == (last.year, last.month)
        return f"{last:%B} {last.year}" if same else f"{begin} to {last:%B} {last.year}"
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} to {_day(last)}"
    begin = f"{first.day} {first:%B}" if first.year == last.year else _day(first)
    return f"{begin} to {_day(last)}"


def _day(day: date | None) -> str:
    return f"{day.day} {day:%B} {day.year}" if day else ""


def meaning(passage: Passage, start: int, end: int) -> str:
    """The day that a bare answer means where it does not say it in full; "" for others, and for what tells no time."""
    for time in times_within(passage, start, end):
        if time.first and time.last:
            return "" if _in_full(time) or _ENDS_WITH.match(time.text) else told(time.first, time.last)
    return ""


def _in_full(time: TimeExpression) -> bool:
    return time.first is not None and str(time.first.year) in time.text


def newest_note(asked: AskedTime | None, answer: Answer) -> tuple[str, ...]:
    """What "the latest" rests on: the date of the newest article cited. No note without one."""
    days = [citation.published for citation in answer.citations if citation.published]
    if asked is None or not asked.latest or answer.outcome != "answered" or not days:
        return ()
    return (f"As of {_day(date.fromisoformat(max(days)))}, the newest of these sources.",)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
