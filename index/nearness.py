"""How near an article or a time in it is to the time that is asked about: what a soft boost goes by.

A filter would lose what was published a day late; nearness only moves what fits as well otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from .schema import TimeExpression

# Beside an interval nearness falls to 1/e in as many days as it is long, in a week at least and half a year at most.
_LEAST, _MOST = 7, 180
# What an article without a date counts: less than one of the time asked about, more than one of another.
UNDATED = 0.3
# An expression tells the time asked about when it is at most so many times as long, or a week; when it is longer, up to
# a quarter of a year, it tells it roughly: "last month" may mean a day of it, and counts so much.
_WIDER, _WEEK, _QUARTER = 3, 7, 92
_ROUGHLY = 0.75
# In fused scores of 0..1: the best candidate of another time falls behind one that is nearly as good and of the right.
FUSED_WEIGHT = 0.25


@dataclass(frozen=True, slots=True)
class Asked:
    """The days asked about, inclusive; an open end is None. ``latest``: the newest are asked for, up to ``as_of``.

    ``certain`` is False for words like "last week" when nobody told the day of the question.
    """

    first: date | None
    last: date | None
    latest: bool
    as_of: date
    certain: bool = True

    @property
    def bounded(self) -> bool:
        """True when days are asked about, and not just the newest."""
        return self.first is not None or self.last is not None

    def closeness(self, day: date | None) -> float:
        """0..1: 1 within the days asked about, less farther away; for the latest 1 on ``as_of``, 1/2 a year before."""
        if day is None:
            return UNDATED
        if not self.bounded:
            return 1 / (1 + max((self.as_of - day).days, 0) / 365) if self.latest else 1.0
        away = max((self.first - day).days if self.first else 0, (day - self.last).days if self.last else 0, 0)
        length = (self.last - self.first).days + 1 if self.first and self.last else _MOST
        return math.exp(-away / min(max(length, _LEAST), _MOST))

    def told_by(self, times: Sequence[TimeExpression]) -> float:
        """0..1: 1 when one of the expressions means days asked about, less when only a longer time around them."""
        return max((self._met_by(time) for time in times), default=0.0)

    def _met_by(self, time: TimeExpression) -> float:
        if time.first is None or time.last is None or not self.bounded:
            return 0.0
        if (self.first and time.last < self.first) or (self.last and time.first > self.last):
            return 0.0
        asked = (self.last - self.first).days + 1 if self.first and self.last else _MOST
        length = (time.last - time.first).days + 1
        if length <= max(_WIDER * asked, _WEEK):
            return 1.0
        return _ROUGHLY if length <= _QUARTER else 0.0


def boosted(ranked: Sequence[tuple[int, float]], days: Sequence[date | None], asked: Asked) -> list[tuple[int, float]]:
    """A fused ranking (scores 0..1) with what nearness adds, best first; ``days`` are those of its chunks."""
    scored = [
        (chunk, score + FUSED_WEIGHT * asked.closeness(day)) for (chunk, score), day in zip(ranked, days, strict=True)
    ]
    return sorted(scored, key=lambda found: -found[1])
