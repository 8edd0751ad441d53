"""Text and figures as every report shows them.

What articles, systems and people wrote is data: ``clean`` takes out what is not seen, or turns what stands around it,
and the formats escape the rest.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

SHOWN_CHARS = 400
"""How much of a passage is shown at first."""

NOTHING = "–"
"""Stands for a measure with nothing to measure."""

# Control characters but white space, zero-width ones, and those that turn the direction of the text around them.
_UNSEEN = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)

Part = tuple[str, bool]


def clean(text: str) -> str:
    """The text on one line, without characters that are not seen."""
    return " ".join(_UNSEEN.sub("", text).split())


def shorten(text: str, length: int) -> str:
    """The beginning of a text, cut between words where it can be."""
    text = clean(text)
    if len(text) <= length:
        return text
    return f"{text[: length - 1].rsplit(' ', 1)[0]}…"


def figure(value: float | None) -> str:
    """A measure to three decimals."""
    return NOTHING if value is None else f"{value:.3f}"


def signed(value: float | None) -> str:
    """A difference to three decimals, with its sign."""
    return NOTHING if value is None else f"{value:+.3f}"


def span(interval: tuple[float, float] | None) -> str:
    """An interval to two decimals: "[0.81, 0.92]"; "" for None."""
    return f"[{interval[0]:.2f}, {interval[1]:.2f}]" if interval else ""


def chance(p: float | None) -> str:
    """A p-value to three decimals, "<.001" below."""
    return NOTHING if p is None else f"{p:.3f}" if p >= 0.001 else "<.001"


def duration(milliseconds: float) -> str:
    """A time in the unit that suits it: "0.4 ms", "38 ms", "1.2 s", "3 min 20 s"."""
    if milliseconds < 10:
        return f"{milliseconds:.1f} ms"
    if milliseconds < 1000:
        return f"{milliseconds:.0f} ms"
    if milliseconds < 119_950:
        return f"{milliseconds / 1000:.1f} s"
    minutes, seconds = divmod(round(milliseconds / 1000), 60)
    return f"{minutes} min {seconds} s"


def plural(number: int, one: str, many: str = "") -> str:
    """ "1 case", "1,200 cases"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def highlighted(text: str, wanted: Sequence[str]) -> list[Part]:
    """The text in parts: (text, whether it is one of the wanted ones). White space and case do not matter."""
    text = clean(text)
    patterns = [r"\s+".join(map(re.escape, words)) for want in wanted if (words := clean(want).split())]
    if not patterns:
        return [(text, False)]
    found = re.compile(rf"(?<!\w)({'|'.join(sorted(patterns, key=len, reverse=True))})(?!\w)", re.IGNORECASE)
    return [(part, number % 2 == 1) for number, part in enumerate(found.split(text)) if part]


def excerpt(parts: Sequence[Part], length: int = SHOWN_CHARS) -> list[Part]:
    """About ``length`` characters of a highlighted text, from a little before its first wanted part on."""
    text = "".join(part for part, _ in parts)
    if len(text) <= length:
        return list(parts)
    first = next((sum(len(p) for p, _ in parts[:number]) for number, (_, hit) in enumerate(parts) if hit), 0)
    start = max(0, min(first - length // 4, len(text) - length))
    start = 0 if start == 0 else text.find(" ", start) + 1
    end = len(text) if start + length >= len(text) else max(text.rfind(" ", start, start + length), start + length // 2)
    shown, place = [], 0
    for part, hit in parts:
        piece = part[max(0, start - place) : max(0, end - place)]
        place += len(part)
        if piece:
            shown.append((piece, hit))
    return [*([("… ", False)] if start else []), *shown, *([(" …", False)] if end < len(text) else [])]
