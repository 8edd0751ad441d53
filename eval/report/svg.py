"""Line and bar plots as SVG, in as few parts as the report needs.

A drawing is WIDTH units wide and meant to be shown at about that many pixels, so that its text stays readable on a
telephone. Colours come from the page's style sheet (classes s0, s1, ...), which knows light and dark; dashes and
markers tell the series apart without colours. Every text is escaped here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from .markup import safe

WIDTH = 340
SERIES = 6
"""So many series look different; the next one looks like the first."""

_DASHES = ("", "7 3", "2 3", "10 3 2 3", "4 2 1 2", "1 2")
_THICK = 8
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 14, 26, 40

Point = tuple[float, float]

Share = tuple[float, str]
"""A number in 0..1, and what is said of it."""


@dataclass(frozen=True, slots=True)
class Axis:
    """One direction of a plot: ``low < high`` in its own unit (above 0 when ``log``), and how to write a tick."""

    label: str
    low: float
    high: float
    ticks: Sequence[float]
    write: Callable[[float], str] = "{:g}".format
    log: bool = False

    def place(self, value: float) -> float:
        """Where a value lies between low (0) and high (1); values outside lie at the ends."""
        low, high, value = (math.log10(v) if self.log else v for v in (self.low, self.high, self._within(value)))
        return (value - low) / (high - low)

    def _within(self, value: float) -> float:
        return min(max(value, self.low), self.high)


def linear_axis(label: str, low: float, high: float, write: Callable[[float], str] = "{:g}".format) -> Axis:
    """An axis from ``low`` to a round number at or above ``high``, with four to six steps of 1, 2 or 5."""
    rough = max(high - low, 1e-9) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999)
    count = math.ceil((high - low) / step - 1e-9)
    ticks = [round(low + number * step, 12) for number in range(count + 1)]
    return Axis(label, low, ticks[-1], ticks, write)


def log_axis(label: str, low: float, high: float, write: Callable[[float], str] = "{:g}".format) -> Axis:
    """A logarithmic axis around ``0 < low <= high``, with ticks at 1, 2 and 5 (1 alone when that would be too many)."""
    powers = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1)
    factors = (1, 2, 5) if high / low < 40 else (1,)
    steps = [factor * 10.0**power for power in powers for factor in factors]
    first = max(step for step in steps if step <= low)
    last = min(step for step in [*steps, 10.0**powers.stop] if step >= high and step > first)
    return Axis(label, first, last, [step for step in steps if first <= step <= last], write, log=True)


class Plot:
    """A drawing with two axes. Points are in the units of the axes; ``series`` picks colour, dash and marker."""

    def __init__(self, name: str, title: str, text: str, x: Axis, y: Axis, *, height: int = 240) -> None:
        """``name`` is unique on the page; ``text`` says in words what is to be seen."""
        self._name, self._title, self._text = name, title, text
        self._x, self._y, self._height = x, y, height
        self._parts: list[str] = []

    def line(self, points: Sequence[Point], series: int = 0, *, step: bool = False, tips: Sequence[str] = ()) -> None:
        """A line through the points, in steps (across, then up or down) if wished; with ``tips`` a marker at each."""
        places = [self._at(point) for point in points]
        corners = [places[0]] if places else []
        for before, here in pairwise(places):
            corners += [(here[0], before[1]), here] if step else [here]
        path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in corners)
        marks = [marker(series, x, y, tip) for (x, y), tip in zip(places, tips, strict=False)]
        if places:
            self._parts.append(
                f'<g class="s{series % SERIES}"><path class="line" d="{path}"{_dashed(series)}/>{"".join(marks)}</g>'
            )

    def bar(self, start: float, end: float, height: float, series: int = 0, tip: str = "") -> None:
        """A bar from the foot of the plot."""
        (left, top), (right, foot) = self._at((start, height)), self._at((end, self._y.low))
        self._parts.append(
            f'<rect class="bar s{series % SERIES}" x="{left:.1f}" y="{top:.1f}" width="{max(right - left, 0):.1f}"'
            f' height="{max(foot - top, 0):.1f}">{_tip(tip)}</rect>'
        )

    def rule(self, start: Point, end: Point, label: str = "") -> None:
        """A thin line for reference, its label above its beginning."""
        (x1, y1), (x2, y2) = self._at(start), self._at(end)
        told = text(x1 + 4, y1 - 4, label, "note") if label else ""
        self._parts.append(f'<path class="rule" d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}"/>{told}')

    def note(self, point: Point, words: str, anchor: str = "middle") -> None:
        """A few words just above a point."""
        x, y = self._at(point)
        self._parts.append(text(x, y - 4, words, "note", anchor))

    def __str__(self) -> str:
        return drawing(self._name, self._title, self._text, self._height, self._axes() + "".join(self._parts))

    def _at(self, point: Point) -> Point:
        wide, high = WIDTH - _LEFT - _RIGHT, self._height - _TOP - _BOTTOM
        return _LEFT + self._x.place(point[0]) * wide, _TOP + (1 - self._y.place(point[1])) * high

    def _axes(self) -> str:
        foot, right = self._height - _BOTTOM, WIDTH - _RIGHT
        parts = []
        for value in self._y.ticks:
            _, y = self._at((self._x.low, value))
            parts.append(f'<path class="grid" d="M{_LEFT} {y:.1f}H{right}"/>')
            parts.append(text(_LEFT - 6, y + 4, self._y.write(value), "tick", "end"))
        for value in self._x.ticks:
            x, _ = self._at((value, self._y.low))
            parts.append(f'<path class="axis" d="M{x:.1f} {foot}v4"/>')
            parts.append(text(x, foot + 16, self._x.write(value), "tick", "middle"))
        parts.append(f'<path class="axis" d="M{_LEFT} {foot}H{right}"/>')
        parts.append(text((_LEFT + right) / 2, self._height - 6, self._x.label, "label", "middle"))
        parts.append(text(0, 11, self._y.label, "label"))
        return "".join(parts)


def bars(name: str, title: str, rows: Sequence[tuple[str, Sequence[Share]]]) -> str:
    """Horizontal bars: a line of text for each row, below it a bar for each series."""
    parts, y = [], 0.0
    for label, shares in rows:
        told = " / ".join(words for _, words in shares)
        parts.append(text(0, y + 13, label, "label"))
        parts.append(text(WIDTH, y + 13, told, "label", "end") if len(label) + len(told) < 53 else "")
        y += 18
        for series, (share, words) in enumerate(shares):
            size = f'y="{y:.1f}" height="{_THICK}" rx="2"'
            parts.append(f'<rect class="track" x="0" width="{WIDTH}" {size}/>')
            parts.append(
                f'<rect class="bar s{series % SERIES}" x="0" width="{share * WIDTH:.1f}" {size}>{_tip(words)}</rect>'
            )
            y += _THICK + 2
        y += 6
    words = "; ".join(f"{label}: {', '.join(words for _, words in shares)}" for label, shares in rows)
    return drawing(name, title, words, y, "".join(parts))


def drawing(name: str, title: str, words: str, height: float, inside: str) -> str:
    """An SVG image with a name and a description for those who do not see it; ``inside`` is SVG already."""
    return (
        f'<svg class="plot" role="img" viewBox="0 0 {WIDTH} {height:g}" aria-labelledby="{name}-title {name}-desc">'
        f'<title id="{name}-title">{safe(title)}</title><desc id="{name}-desc">{safe(words)}</desc>{inside}</svg>'
    )


def marker(series: int, x: float, y: float, tip: str = "") -> str:
    """The sign of a series: circle, square, diamond, triangle up, triangle down, cross."""
    shapes = (
        f"M{x - 3.5:.1f} {y:.1f}a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0z",
        f"M{x - 3:.1f} {y - 3:.1f}h6v6h-6z",
        f"M{x:.1f} {y - 4.4:.1f}l4.4 4.4l-4.4 4.4l-4.4 -4.4z",
        f"M{x:.1f} {y - 4.2:.1f}l4.2 7.4h-8.4z",
        f"M{x:.1f} {y + 4.2:.1f}l4.2 -7.4h-8.4z",
        f"M{x - 1.2:.1f} {y - 4:.1f}h2.4v2.8h2.8v2.4h-2.8v2.8h-2.4v-2.8h-2.8v-2.4h2.8z",
    )
    return f'<path class="marker" d="{shapes[series % SERIES]}">{_tip(tip)}</path>'


def swatch(series: int) -> str:
    """A short piece of a series' line, for a legend."""
    size = 'viewBox="0 0 30 12" width="30" height="12" aria-hidden="true"'
    line = f'<path class="line" d="M1 6H29"{_dashed(series)}/>{marker(series, 15, 6)}'
    return f'<svg class="swatch s{series % SERIES}" {size}>{line}</svg>'


def text(x: float, y: float, words: str, css: str, anchor: str = "start") -> str:
    """A line of text; ``anchor`` is start, middle or end."""
    return f'<text class="{css}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{safe(words)}</text>'


def _dashed(series: int) -> str:
    dash = _DASHES[series % SERIES]
    return f' stroke-dasharray="{dash}"' if dash else ""


def _tip(words: str) -> str:
    return f"<title>{safe(words)}</title>" if words else ""
