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
    done gone been sworn torn worn hidden eaten beaten forgotten arisen begun gotten sung sunk swum
""".split()
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
# Past and base form alike: a past where no other verb tells the tense ("the storm hit the coast on Monday").
_UNCHANGED = "hit|put|cut|set|beat|quit|shut|hurt|split|cast|read|spread|cost|let|burst"
_ALIKE = re.compile(rf"(?<!to )\b(?:{_UNCHANGED})\b")
_ADVERBS = r"(?:\s+(?:also|now|still|not|never|already|only|just|once|\w+ly))*"
_PARTICIPLE = rf"(?:\w+ed|come|become|run|{_UNCHANGED}|{'|'.join(_IRREGULAR)})"
_MEANS = rf"""(?:{_AHEAD}|(?:agree|aim|ask|decide|expect|hope|intend|offer|order|plan|pledge|prepare|promise|seek
    |threaten|urge|vote|vow|want)(?:s|d|ed|ing)?(?:\s+\w+)?)\s+to\s+[a-z]+"""
_CUES = re.compile(
    rf"""
      (?P<doubt>\b(?:was|were|had\s+been){_ADVERBS}\s+(?:{_AHEAD}\s+(?:to|for|on)\b|to\s+[a-z]+))
    | (?P<perfect>\b(?:may|might|must|could|should|would|will|to){_ADVERBS}\s+have\s+(?:been|{_PARTICIPLE})\b)
    | (?P<future>\b(?:will|shall|would|could|might|must|should|won['’]t|can|cannot|may){_ADVERBS}
            (?:\s+(?!be\b)[a-z]+|(?=\s+be\b))
        | (?<=[a-z])['’](?:ll|d)\b\s+[a-z]+
        | \b(?:is|are|am|be|['’]s|['’]re){_ADVERBS}\s+(?:{_AHEAD}\b|to\s+(?!blame\b)[a-z]+)
        | \b(?:{_AHEAD}|plan(?:s|ned)|preparing)\s+for\b
        | \bahead\s+of\b|\bupcoming\b|\bcoming\b)
    | (?P<means>\b{_MEANS})
    | (?P<past>\b(?:has|have|had|['’]ve|['’]s){_ADVERBS}\s+(?:been\s+)?(?!to\b){_PARTICIPLE}\b
        | \b(?:was|were|did|had|wasn['’]t|weren['’]t|didn['’]t|hadn['’]t)\b)
    | (?P<passive>\b(?:be|is|are|being|get|gets){_ADVERBS}\s+{_PARTICIPLE}\b)
    | (?P<word>(?<![\w-])[a-z]+\b)
    """,
    re.VERBOSE,
)
_VERB = re.compile(r"[a-z]+ed\b")
# Forms that tell a timetable; what is a plural noun more often ("votes", "visits") is not among them.
_PRESENT = frozenset(
    """
    is are opens begins ends runs goes go meets meet hosts host plays travels returns comes leaves arrives expires
    launches resumes takes take airs gathers gather faces has have makes holds hold gives competes
    performs debuts premieres
    """.split()
)
_BOUNDARY = re.compile(
    r"[,;:()\"“”—–]|\s-\s|\b(?:and|but|while|when|as|after|before|which|who|that|because|although|though|if|where|with)\b"
)


# "put off until December", "was moved to March": the day ahead, in whatever tense it is told.
_MOVED_TO = re.compile(
    r"\b(?:put\s+(?:off|back)|pushed\s+back|brought\s+forward|postponed|delayed|deferred|adjourned|rescheduled)"
    r"\s+(?:again\s+)?(?:until|till|to)\s+(?:the\s+)?"
)

_IRREGULAR_SET = frozenset(_IRREGULAR)
_SHORTEST = 4  # letters of a word that -ed makes a past ("used")
_FEW_WORDS = 4


def tense(sentence: str, start: int, end: int) -> Tense:
    """The tense of the clause that holds ``sentence[start:end]``; "doubt" for "was due to", "none" without a verb."""
    if any(moved.end() >= start for moved in _MOVED_TO.finditer(sentence, 0, end)):
        return "future"
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
    if _ALIKE.search(sentence):
        return "past"
    whole = sentence.rstrip("\"'”’)").endswith(".") and sentence.count(" ") >= _FEW_WORDS
    return "present" if whole else "none"  # what looks back shows it


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
        start, end = match.span()
        if match["means"] and (verb := _VERB.match(match["means"])):  # "on Monday they voted to meet on Friday"
            found += [(start, start + verb.end(), "past"), (start + verb.end(), end, "future")]
        elif told := _told(match, sentence):
            found.append((start, end, told))
    return tuple(found)


def _told(match: re.Match[str], sentence: str) -> Tense | None:
    kind, text = match.lastgroup or "", match.group()
    if kind == "passive":
        return None if text.startswith(("be ", "being ")) else "present"
    if kind in _TENSES:
        return _TENSES[kind]
    before = sentence[: match.start()].rstrip()
    if before.endswith((" the", " a", " an", "s’", "'s", "’s", " to", " be")):
        return None  # a noun or an infinitive
    past = text in _IRREGULAR_SET or (text.endswith("ed") and len(text) >= _SHORTEST and text not in _NOT_PAST)
    if past:
        return "past"
    return "present" if text in _PRESENT and not before[-1:].isdigit() else None


_TENSES: dict[str, Tense] = {"doubt": "doubt", "future": "future", "means": "future", "perfect": "past", "past": "past"}
