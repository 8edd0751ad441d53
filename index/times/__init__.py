"""Expressions of time in a text, and the days that they mean."""

from __future__ import annotations

import re
from datetime import date

from ..schema import TimeExpression

_ISO = re.compile(r"\b(\d{4})-(\d\d)-(\d\d)\b")


def find_times(text: str, anchor: date | None) -> list[TimeExpression]:
    """The dates of ``text`` that are written YYYY-MM-DD. They need no ``anchor``, the day on which it was written."""
    found = []
    for match in _ISO.finditer(text):
        try:
            day = date(*map(int, match.groups()))
        except ValueError:
            continue
        found.append(TimeExpression(match.start(), match.end(), match.group(), day, day))
    return found
