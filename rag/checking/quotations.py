"""Every quotation of a sentence must stand word for word in what it cites: typography, case and elisions apart."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .text import Text, plain

# Straight marks open where a word follows and none stands before.
_MARK = re.compile(r"(?P<open>[“„«]|(?<![\w.,!?…'’])\"(?=\S))|(?P<close>[”»\"])")
_MARKS = re.compile(r"[“„«\"][^“”„«»\"]*[”»\"]")
_IS_SPEECH = re.compile(r"[,.!?…]$")
# Single marks quote when no letter stands outside them: not "the club's".
_SINGLE = re.compile(r"(?<![\w])'([^\s'](?:[^']|'(?=\w))*)'(?!\w)")
_ELIDED = re.compile(r"\s*(?:\[[^\]]*\]|\(?(?:\.\s?){3,}\)?|…)\s*")
_EDGES = " .,;:!?'\"-"
_WORD = re.compile(r"\w+")


def unquoted(claim: Text, premises: Sequence[Text]) -> str:
    """The first quotation that does not stand in the premises, in order and within one of them or from one into the
    next; single words are checked like any others."""
    said = [bare(premise.text) for premise in premises]
    places = [*said, " ".join(said), *(bare(premise.context) for premise in premises)]
    for quotation in quotations(claim.text):
        pieces = [piece for piece in map(bare, _ELIDED.split(quotation)) if piece]
        if not any(_in_order(pieces, place) for place in places):
            return f"the quotation “{quotation.strip()}” is not in the cited paragraph"
    return ""


def quotations(text: str) -> list[str]:
    """What stands in quotation marks, nested ones with the outer one. One that was opened before the text begins at its
    start, one that is not closed ends with it."""
    found: list[str] = []
    opened: int | None = None
    for match in _MARK.finditer(text):
        if match.lastgroup == "open":
            opened = match.end() if opened is None else opened
            continue
        start = opened if opened is not None else 0 if not found and _IS_SPEECH.search(text[: match.start()]) else None
        if start is not None:
            found.append(text[start : match.start()])
        opened = None
    if opened is not None:
        found.append(text[opened:])
    return [*found, *_SINGLE.findall(plain(_MARKS.sub(" ", text), lower=False))]


def without_quotations(text: str) -> str:
    return _MARKS.sub(" ", text)


def bare(text: str) -> str:
    """Words and the marks within them, one space between: what stands in a quotation whatever its punctuation."""
    without = re.sub(r"[\"“”„«»]|(?<!\w)'|'(?!\w)", " ", plain(text))
    return " ".join(word.strip(_EDGES) for word in without.split() if word.strip(_EDGES))


def _in_order(pieces: list[str], place: str) -> bool:
    at = 0
    for piece in pieces:
        # Words behind a "not" that is left out were not said.
        found = re.compile(rf"(?<!\w)(?<!\bnot )(?<!\bnever ){re.escape(piece)}(?!\w)").search(place, at)
        if found is None:
            return False
        at = found.end()
    return True
