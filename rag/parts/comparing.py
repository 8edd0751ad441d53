"""How two answers relate: which is more, older, earlier, and by how much; computed from the spans, never guessed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from ..citing import DraftClaim, DraftPart, Evidence
from ..questions import analyse
from ..values import Days, Number, Value, bound_before, compare, value_of
from ..when import meaning, times_within
from .schema import Measure, Split

# Units that the value of a number does not know; two numbers with different ones are not compared.
_UNIT = re.compile(
    r"(?:tons?|tonnes?|kilos?|kilograms?|grams?|kg|pounds|lit(?:re|er)s?|gallons?|barrels?|hectares?|acres?|degrees?"
    r"|points?|(?:square|cubic) \w+|(?:mega|giga|kilo)?watts?(?:[ -]hours?)?|knots?|crowns?|marks?|francs?"
    r"|kron(?:a|or|er|e)|pesos?"
    r"|lira|dinars?|roubles?|rubles?|yuan|dollars?|euros?|cents?|votes?|seats?|per ?cent|%|[a-z]+s? (?:an|per) hour)\b",
    re.IGNORECASE,
)
_BOUND = re.compile(
    r"(?:About|Some|Around|Roughly|Nearly|Almost|Over|Under|Up to|At (?:least|most)|(?:More|Fewer|Less) than)\b"
)
_YEARS = range(1500, 2101)
_PREPOSITION = re.compile(r"(?:in|at|on|for|from|by|to|with|of|under|during|near|against)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Side:
    """One of two things: what it is called, the bare answer about it, its value and its unit ("" for none)."""

    label: str
    said: str
    value: Value
    unit: str
    evidence: Evidence


def verdict(split: Split, parts: Sequence[DraftPart]) -> DraftClaim | None:
    """The sentence that says how the answers of two parts relate, resting on the evidence of both.

    None when they cannot be compared: no figure or day was read, sources differ over one, or the units do not agree.
    """
    if split.measure is None or len(parts) != 2:
        return None
    sides = [_side(part, asked.label) for part, asked in zip(parts, split.parts, strict=True)]
    one, other = sides
    if one is None or other is None or one.unit != other.unit:
        return None
    order = _order(one.value, other.value, split.measure)
    if order is None:
        return None
    said = _same(one, other) if order == 0 else _told(split.measure, one, other, order)
    return DraftClaim(said, (one.evidence, other.evidence))


def _side(part: DraftPart, label: str) -> Side | None:
    draft = part.draft
    if draft.dispute == "disputed" or not draft.short or not draft.claims:
        return None
    short = draft.short[0]
    evidence = draft.claims[0].evidence[0]
    text, base = short.paragraph.text, short.paragraph.start
    before, after = bound_before(text[: short.start - base]), text[short.end - base :]
    published = short.passage.article.published.date
    value = value_of(analyse(part.question).kind, short.quote, before, published)
    if part.tell_day:
        value = _day_of(short) or value
    unit = _UNIT.search(short.quote) or _UNIT.match(after.lstrip(" -"))
    means = meaning(short.passage, short.start, short.end) if part.tell_day else ""
    quoted = _BOUND.sub(lambda match: match.group().lower(), " ".join(short.quote.split()))
    said = f"{before.lower()}{quoted}{f' ({means})' if means else ''}"
    known = not value.numbers or value.numbers[0].dimension
    return Side(label, said, value, "" if known or unit is None else _plain(unit.group()), evidence)


def _day_of(short: Evidence) -> Value | None:
    """The days that a bare answer like "Friday" means in its article."""
    for time in times_within(short.passage, short.start, short.end):
        if time.first and time.last:
            return Value(short.quote, days=Days(time.first, time.last))
    return None


def _plain(unit: str) -> str:
    return unit.lower().removesuffix("s").replace("per cent", "%")


Order = Literal[-1, 0, 1]


def _order(one: Value, other: Value, measure: Measure) -> Order | None:
    """-1 when the first is smaller or earlier, 1 when it is larger or later, 0 when they are alike."""
    if one.days and other.days:
        return _order_of_days((one.days.first, one.days.last), (other.days.first, other.days.last))
    if not (len(one.numbers) == len(other.numbers) == 1):
        return None
    first, second = one.numbers[0], other.numbers[0]
    if first.dimension != second.dimension:
        return None
    years = [_is_year(number) for number in (first, second)]
    if measure.age and any(years):
        if not all(years):
            return None
        first, second = second, first  # who was born earlier is older
    elif compare(one, other) != "different":
        return 0 if compare(one, other) == "same" else None
    return 1 if first.value > second.value else -1 if first.value < second.value else 0


def _is_year(number: Number) -> bool:
    return not number.dimension and number.value in _YEARS


def _order_of_days(one: tuple[date | None, date | None], other: tuple[date | None, date | None]) -> Order | None:
    if one[0] is None or one[1] is None or other[0] is None or other[1] is None:
        return None
    if one[1] < other[0]:
        return -1
    if other[1] < one[0]:
        return 1
    return 0 if one == other else None


def _same(one: Side, other: Side) -> str:
    about = "The same" if _plain(one.said) == _plain(other.said) else "About the same"
    return f"{about}: {one.said} {_of(one.label)}, {other.said} {_of(other.label)}."


def _told(measure: Measure, one: Side, other: Side, order: Order) -> str:
    """ "More: Osk, 1,900, against 1,250 for Norvik."; "No. ..." where the question claims the contrary."""
    first = (order > 0) == measure.larger
    winner, loser = (one, other) if first else (other, one)
    answer = "" if measure.claims is None else "Yes. " if first == (measure.claims == 0) else "No. "
    word = _WORDS.get(measure.word, measure.word)
    lead = f"{_difference(one.value, other.value)} {word}".strip() if measure.difference else word
    lead = lead[:1].upper() + lead[1:]
    return f"{answer}{lead}: {winner.label}, {winner.said}, against {loser.said} {_of(loser.label)}."


_WORDS = {"before": "earlier", "after": "later"}


def _difference(one: Value, other: Value) -> str:
    """How far two numbers are apart, "" where that is not told in the unit of both."""
    if not (one.numbers and other.numbers) or one.numbers[0].dimension not in ("", "%"):
        return ""
    first, second = one.numbers[0], other.numbers[0]
    exact = first.low == first.high and second.low == second.high
    apart = f"{round(abs(first.value - second.value), 6):,.6f}".rstrip("0").rstrip(".")
    unit = " percentage points" if first.dimension == "%" else ""
    return f"{'' if exact else 'about '}{apart}{unit}"


def _of(label: str) -> str:
    return label if _PREPOSITION.match(label) else f"for {label}"
