"""Quotations of a paragraph: what stands between which marks. Linear in the length of the text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.schema import Paragraph

_MARK = re.compile("[\"“”„«»]|``|''|['‘’]")
_DOUBLE = {'"': '"', "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "``": '"', "''": '"'}
_OPENS_ONLY = frozenset(["“", "„", "«", "``", "‘"])
_CLOSES_ONLY = frozenset(["”", "»", "''"])


@dataclass(frozen=True, slots=True)
class Quotation:
    """``start`` to ``end`` is what stands between the marks, ``left`` to ``right`` with them (offsets in the paragraph).

    ``open``: it has no closing mark here and goes on in the next paragraph. ``outer`` is the number of the quotation
    (of the same paragraph) that it stands in, None for one that stands in none.
    """

    start: int
    end: int
    left: int
    right: int
    open: bool = False
    outer: int | None = None


@dataclass(frozen=True, slots=True)
class _Mark:
    start: int
    end: int
    single: bool
    opens: bool
    closes: bool
    doubtful: bool  # a closing mark that may as well be the apostrophe of "the lorries' noise"


def quotations(paragraphs: Sequence[Paragraph]) -> list[list[Quotation]]:
    """The quotations of each paragraph, in order, an outer one before those inside it.

    A quotation that has no closing mark goes on when the next paragraph begins with a mark of the same kind (the custom
    of print for quotations of several paragraphs); otherwise its mark counts for nothing.
    """
    marks = [_marks(paragraph.text) for paragraph in paragraphs]
    found = []
    for number, paragraph in enumerate(paragraphs):
        following = marks[number + 1] if number + 1 < len(marks) else []
        goes_on = {following[0].single} if following and following[0].start == 0 and following[0].opens else set()
        found.append(_of_paragraph(paragraph.text, marks[number], goes_on))
    return found


def _marks(text: str) -> list[_Mark]:
    found = []
    for match in _MARK.finditer(text):
        mark = match[0]
        before = text[match.start() - 1 : match.start()] or " "
        after = text[match.end() : match.end() + 1] or " "
        single = mark not in _DOUBLE
        opens = mark not in _CLOSES_ONLY and mark != "’" and not before.isalnum() and not after.isspace()
        opens = opens and (mark in _OPENS_ONLY or before not in ".,!?;:…")
        closes = mark not in _OPENS_ONLY and not before.isspace() and not (single and after.isalnum())
        if opens and closes:
            opens = after.isalnum()
            closes = not opens
        if not (opens or closes):
            continue
        following = text[match.end() + 1 : match.end() + 2]
        doubtful = single and closes and before == "s" and after == " " and following.islower()
        found.append(_Mark(match.start(), match.end(), single, opens, closes, doubtful))
    return found


def _of_paragraph(text: str, marks: Sequence[_Mark], goes_on: set[bool]) -> list[Quotation]:
    """Pairs each opening mark with the next closing one of its kind that no other opening mark precedes."""
    closers = {single: _next_closers(marks, single) for single in (False, True)}
    found: list[Quotation] = []
    outer: int | None = None
    at = 0
    while at < len(marks):
        mark = marks[at]
        outside = outer is None or mark.start >= found[outer].right
        if outside:
            outer = None
        # within a quotation only marks of the other kind open another one
        if not mark.opens or (outer is not None and mark.single == _kind(text, found[outer])):
            at += 1
            continue
        closer = closers[mark.single][at]
        if closer is not None and (outer is None or marks[closer].start < found[outer].end):
            last = marks[closer]
            found.append(Quotation(mark.end, last.start, mark.start, last.end, False, outer))
            if outer is None:
                outer = len(found) - 1
                at += 1
            else:
                at = closer + 1
            continue
        if closer is None and outer is None and mark.single in goes_on:
            found.append(Quotation(mark.end, len(text), mark.start, len(text), True, None))
            outer = len(found) - 1
        at += 1
    return [quotation for quotation in found if text[quotation.start : quotation.end].strip()]


def _kind(text: str, quotation: Quotation) -> bool:
    """True for single marks."""
    return text[quotation.left : quotation.start] in {"'", "‘"}


def _next_closers(marks: Sequence[_Mark], single: bool) -> list[int | None]:
    """For each mark the number of the mark that would close it: None when another one opens before that.

    A doubtful closing mark gives way to a sure one behind it, unless a quotation opens between the two.
    """
    found: list[int | None] = [None] * len(marks)
    following: int | None = None
    for number in range(len(marks) - 1, -1, -1):
        mark = marks[number]
        found[number] = following
        if mark.single != single:
            continue
        if mark.closes and not (mark.doubtful and following is not None):
            following = number
        elif mark.opens and not mark.closes:
            following = None
    return found
