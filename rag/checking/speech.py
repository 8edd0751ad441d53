"""Whose words a sentence says they are."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.article import make_article
from index.schema import Speech
from index.speech import find_speech

from ..spans import TITLES
from .quotations import bare
from .text import Text

# The least share of reported words that two sentences have in common when they report the same.
SAME_WORDS = 0.6

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


def wrongly_attributed(claim: Text, premises: Sequence[Text]) -> str:
    """Words that the claim gives to one speaker of the premises and the premises to another one."""
    spoken = [speech for premise in premises for speech in premise.speech if speech.speaker]
    if len({speech.speaker for speech in spoken}) < 2:
        return ""
    for said in find_speech(make_article(uri="", text=claim.text)):
        mine = _name(said.speaker)
        if not mine or not any(mine & _name(speech.speaker) for speech in spoken):
            continue
        same = [speech for speech in spoken if _same_words(said, speech, claim)]
        if same and not any(mine & _name(speech.speaker) for speech in same):
            return f"in the cited paragraph {same[0].speaker} says so, not {said.speaker}"
    return ""


def _same_words(said: Speech, speech: Speech, claim: Text) -> bool:
    if said.direct:
        return bare(said.text) in bare(speech.text)
    mine = claim.stems(said.text)
    return bool(mine) and len(mine & claim.stems(speech.text)) >= SAME_WORDS * len(mine)


def _name(speaker: str) -> frozenset[str]:
    """The capitalised words of a speaker's name, without titles and possessives."""
    words = (re.sub(r"['’]s?$", "", word) for word in _WORD.findall(speaker) if word[:1].isupper())
    return frozenset(word.lower() for word in words if word.lower() not in TITLES)
