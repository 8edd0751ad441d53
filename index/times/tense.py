"""Does the clause around an expression look back or ahead? "said on Monday", but "will meet on Monday".

Verb groups are found by their forms, without a parser: modals and "is due to" look ahead, "was", "had" and participles
look back. The nearest group of the clause decides, then the nearest of the sentence.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

Tense = Literal["past", "present", "future", "doubt", "none"]

# Past forms that do not end in -ed and are no base form at the same time, or are almost always a past in news.
_IRREGULAR = """
    said told was were did had went came became began won lost met took gave made held left found brought thought
    bought fought taught caught sought led fell felt kept sent spent built dealt meant paid laid heard got forgot wrote
    spoke broke chose drove rose rode stole froze woke drew grew knew threw flew blew saw shot sat stood understood won
    sold sank swam sang rang ran struck swept hung dug slept wept crept fled bred fed sped slid lit bit hid ate beat
    died tied lied vied quit shook wore swore tore bore undertook overtook withdrew overthrew oversaw underwent arose
    given taken seen known shown born written spoken broken chosen driven stolen fallen risen grown thrown flown drawn
    done gone been sworn torn worn hidden eaten beaten forgotten arisen begun sung sunk swum hit put cut set
""".split()
_BASE_ALIKE = frozenset("hit put cut set beat".split())
# Words that end like a past but are none.
_NOT_PAST = frozenset(
    """
    need needed hundred indeed speed feed seed bed red shed wed embed exceed proceed succeed bleed breed weed greed
    creed reed steed united concerned alleged so-called sacred naked wicked rugged kindred infrared unprecedented
    proposed planned scheduled expected hoped-for united unmanned armed aged
    """.split()
)
_AHEAD = (
    r"(?:due|expected|scheduled|set|planned|likely|slated|poised|forecast|predicted|bound|booked|going|about|ready)"
)
_CUES = re.compile(
    rf"""
      (?P<doubt>\b(?:was|were|had\ been|been)\s+(?:\w+ly\s+)?{_AHEAD}\s+(?:to|for|on)\b|\b(?:was|were)\s+to\s+[a-z]+)
    | (?P<perfect>\b(?:may|might|must|could|should|would|will|to)\s+(?:not\s+)?have\s+(?:been\s+)?[a-z]+)
    | (?P<future>\b(?:will|shall|would|could|might|must|should|won['’]t|can|cannot|may)(?=\s+(?!be\s+\w+ing\s+since)[a-z])
        |(?<=[a-z])['’](?:ll|d)\b(?=\s+[a-z])
        |\b(?:is|are|am|be|['’]s|['’]re)\s+(?:also\s+|now\s+|still\s+|\w+ly\s+)?(?:{_AHEAD}\b|to\s+(?!blame\b)[a-z])
        |\b(?:{_AHEAD}|plans?|planning|hopes?|hoping|aims?|intends?|wants?|seeks?|prepares?|preparing|vow(?:s|ed)
          |promises?|pledge[sd]?|threaten(?:s|ed)|faces?|pencilled\ in)\s+(?:to|for)\b
        |\bahead\s+of\b|\bupcoming\b|\bcoming\b)
    | (?P<past>\b(?:has|have|had|['’]ve|['’]s)\s+(?:\w+ly\s+|also\s+|not\s+|never\s+|already\s+|since\s+)?(?:been\s+)?
        (?!to\b)(?:\w+ed|{"|".join(_IRREGULAR)})\b
        |\b(?:was|were|did|had|wasn['’]t|weren['’]t|didn['’]t|hadn['’]t)\b)
    | (?P<passive>\b(?:be|is|are|being|get|gets)\s+(?:\w+ly\s+)?(?:\w+ed|{"|".join(_IRREGULAR)})\b)
    | (?P<word>\b[a-z]+\b(?:['’]s)?)
    """,
    re.VERBOSE,
)
_PRESENT = frozenset(
    """
    is are opens open starts start begins begin ends end closes close runs run goes go meets meet hosts host plays play
    visits visit travels travel returns return comes come leaves leave arrives arrive expires expire launches launch
    votes vote heads head resumes resume kicks take takes fly flies airs air elects gather gathers face faces has have
    """.split()
)
_BOUNDARY = re.compile(
    r"[,;:()\"“”—–]|\s-\s|\b(?:and|but|while|when|as|after|before|which|who|that|because|although|though|if|where|with)\b"
)


def tense(sentence: str, start: int, end: int) -> Tense:
    """The tense of the clause that holds ``sentence[start:end]``; "doubt" for "was due to", "none" without a verb."""
    cues = _cues(sentence)
    low, high = _clause(sentence, start, end)
    before = [cue for cue in cues if cue[1] <= start]
    after = [cue for cue in cues if cue[0] >= end]
    for nearest in (
        [cue for cue in before if cue[0] >= low][-1:],
        [cue for cue in after if cue[1] <= high][:1],
        before[-1:],
        after[:1],
    ):
        if nearest:
            return nearest[0][2]
    return "none"


def _clause(sentence: str, start: int, end: int) -> tuple[int, int]:
    low, high = 0, len(sentence)
    for mark in _BOUNDARY.finditer(sentence):
        if mark.end() <= start:
            low = mark.end()
        elif mark.start() >= end:
            return low, mark.start()
    return low, high


@lru_cache(maxsize=64)
def _cues(sentence: str) -> tuple[tuple[int, int, Tense], ...]:
    """Verb groups with their tenses, in order."""
    found: list[tuple[int, int, Tense]] = []
    for match in _CUES.finditer(sentence):
        if told := _told(match, sentence):
            found.append((*match.span(), told))
    return tuple(found)


def _told(match: re.Match[str], sentence: str) -> Tense | None:
    kind, text = match.lastgroup, match.group()
    if kind == "doubt":
        return "doubt"
    if kind == "future":
        return "future"
    if kind in ("perfect", "past"):
        return "past"
    if kind == "passive":
        return None if text.startswith(("be ", "being ")) else "present"
    before = sentence[: match.start()].rstrip()
    if _is_past(text, before):
        return "past"
    return (
        "present" if text in _PRESENT and not before.endswith((" the", " a", " an", " to", "s’", "'s", "’s")) else None
    )


def _is_past(word: str, before: str) -> bool:
    if word in _NOT_PAST or before.endswith((" to", " the", " a", " an")):
        return False
    if word in _BASE_ALIKE:
        return False
    return word in _IRREGULAR_SET or (word.endswith("ed") and len(word) > 4)


_IRREGULAR_SET = frozenset(_IRREGULAR)
