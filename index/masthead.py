"""The lines above the text of an article as archives export it: the name of the paper, its address, the day, a section.

The Kellmar Courant                DRENNIA TODAY | 22 November 2022          Deal in the dock strike
Saturday 12 March 2022
                                   Storm leaves coast without power          Port Ansley Mercury
At least four dead as bridge                                                 https://mercury.example/strike-deal
collapses                                                                    Thursday 20 October 2022
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from .dates import header_lines, is_date_line, name_beside_date
from .kinds import is_headline_like, kind_of_line
from .schema import ParagraphKind

_URL = re.compile(r"https?://[^\s<>\"]+")
_CHANGED = re.compile(r"(?:last\s+)?(?:updated|corrected|modified)\b[^\n]{0,120}", re.IGNORECASE)
_CAPITALISED = re.compile(
    r"(?:The\s+)?[A-Z][\w'’&.-]*(?:\s+(?:(?:of|the|and|for|&|de|la|le)\s+)*[A-Z\d][\w'’&.-]*){0,5}"
)
# What papers, agencies and stations are called: a short headline has capitals too, but rarely one of these at its end.
_KIND_OF_PAPER = frozenset(
    """
    advertiser advocate age agency argus bee broadcasting bulletin business chronicle courant courier daily democrat
    digest dispatch echo economist enquirer examiner express gazette globe guardian herald independent inquirer insider
    journal leader magazine mail mercury mirror monitor network news newspaper nation observer online plain post press
    radio record register report reporter republic republican review sentinel service standard star sun telegraph
    television times today tribune tv union voice week weekly wire world
    """.split()
)


@dataclass(frozen=True, slots=True)
class Masthead:
    """What stands above a text: the paper's ``name`` and the article's ``url``, "" where there is none, and the kind of
    each of its lines by the offset at which the line starts."""

    name: str = ""
    url: str = ""
    lines: Mapping[int, ParagraphKind] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    text: str
    block: int

    @property
    def is_mark(self) -> bool:
        """Whether it is a day, an address or a note of a change: what stands beside the name of a paper."""
        return bool(is_date_line(self.text) or _URL.fullmatch(self.text) or _CHANGED.fullmatch(self.text))


def find_masthead(text: str, *, follows_date: bool = False) -> Masthead:
    """The masthead of ``text``; ``follows_date``: its first line stood behind a date that was taken away.

    A name counts only in one block of lines with a day or an address, beside another line that can be the headline.
    """
    lines = _lines(text)
    blocks = [list(group) for _, group in groupby(lines, key=lambda line: line.block)]
    marks = [line for line in lines if line.is_mark]
    if not marks and not follows_date:
        return Masthead()
    name = next((found for line in marks if (found := name_beside_date(line.text)) and _is_name(found)), "")
    kinds: dict[int, ParagraphKind] = {line.start: _kind_of_mark(line) for line in marks}
    for number, block in enumerate(blocks):
        if name or not (any(line.is_mark for line in block) or (follows_date and number == 0)):
            continue
        named = [line for line in block if not line.is_mark and _is_name(line.text)]
        if named and _headline(lines, named[-1]):
            name = named[-1].text
            kinds[named[-1].start] = "credit"
    if name and (headline := _headline([line for line in lines if line.text != name])):
        kinds[headline.start] = "headline"
    url = next((line.text for line in marks if _URL.fullmatch(line.text)), "")
    return Masthead(name, url, kinds)


def _lines(text: str) -> list[_Line]:
    found: list[_Line] = []
    end, block = 0, 0
    for start, line in header_lines(text):
        block += text.count("\n", end, start) > 1
        found.append(_Line(start, line, block))
        end = start + len(line)
    return found


def _kind_of_mark(line: _Line) -> ParagraphKind:
    return "byline" if is_date_line(line.text) else "credit"


def _is_name(line: str) -> bool:
    if not _CAPITALISED.fullmatch(line) or kind_of_line(line, 0) != "body":
        return False
    words = line.lower().removeprefix("the ").split()
    return words[-1].strip(".") in _KIND_OF_PAPER or words[0] in _KIND_OF_PAPER or line.isupper()


def _headline(lines: Sequence[_Line], name: _Line | None = None) -> _Line | None:
    """The first line that can be the headline and does not stand in the block of the name."""
    for line in lines:
        apart = name is None or line.block != name.block
        if apart and not line.is_mark and kind_of_line(line.text, 0) == "body" and is_headline_like(line.text, 1):
            return line
    return None
