"""Which questions ask for more than one thing, by rules; single questions stay whole."""

from __future__ import annotations

import re

from ..questions import leans
from .comparisons import comparison
from .conjunctions import conjunction
from .schema import ANSWER, Part, Split
from .verbs import is_base, is_finite, is_participle

# A longer text is no question that the rules know.
MOST_CHARS = 300
# What news calls by a name: only of these a first part can find the name to ask the second with.
_NAMED = frozenset(
    """
    party team club side company firm airline bank brand maker manufacturer operator group fund charity foundation
    union league country nation state province region county city town village island university college school
    hospital museum theatre theater orchestra band newspaper magazine broadcaster channel agency ministry court army
    militia movement coalition candidate politician minister president senator mayor judge author writer director
    actor player coach scientist book novel film movie play album song festival prize
    """.split()
)
_BRIDGE = re.compile(
    r"^(?P<outer>(?:(?:in|at|for|by|from) )?(?:who|whom|whose|where|when|why|how|which|what)\b.*?) (?:the|that) "
    r"(?P<noun>(?:[\w-]+ )?[a-z]+) (?P<that>that|which|who|where) (?P<clause>.+)$",
    re.IGNORECASE,
)
_PREPOSITIONS = frozenset("from to for in on at of with by about".split())
_PROPERTY = re.compile(r"^(?:what|who)(?: is|['’]s| was| are| were)(?: the name of)?$", re.IGNORECASE)
_AUX_FIRST = re.compile(r"\b(?P<aux>did|do|does|was|were|is|are|has|have)\b", re.IGNORECASE)
_FUNCTION = (
    "was|is|has|had|have|does|did|do|are|were|will|would|can|could|may|might|must|should|the|a|an|of|for|in|on|at|by|to"
)
_PLURAL = re.compile(
    r"^(?:(?:in|at|to|from|on|by) )?(?:which|what)(?: (?:other|two|three|four|five|six|several))?"
    rf"(?: (?!(?:{_FUNCTION})\b)[a-z-]+)"
    r"{0,2}? (?!(?:was|does|news|series|species|process|business|crisis)\b)"
    r"(?:[a-z-]{2,}[^su\W]s|people|men|women|children) (?P<verb>[a-z]+)\b",
    re.IGNORECASE,
)
_LIST_OF = re.compile(
    r"^who(?: else)? (?:has|have|had)\b.*"
    r"\b(?:since|so far|this (?:year|month|week)|in the (?:past|last)|over the|during)\b"
    r"|^(?:please )?(?:name|list|enumerate) (?!of\b)|^where (?:(?:were|are) there|have there been)\b"
    r"|^what are the names\b|^who (?:are|were) the\b",
    re.IGNORECASE,
)


def split(question: str) -> Split | None:
    """The parts of a question, None when it asks for one thing.

    Rules for the ways in which English compares and joins; they know no words of a subject. Of a question that they are
    not sure of they make nothing: it is answered whole.
    """
    text = " ".join(question.split()).rstrip("?!. ")
    if len(text) > MOST_CHARS:
        return None
    found = comparison(text) or conjunction(text) or bridge(text)
    if found is None and is_list(text):
        return Split("list", (Part(question),))
    return found


def split_up(typed: str, asked: str) -> Split | None:
    """The parts of a question as it was typed, or as it was put on its own feet (``asked``) after earlier ones.

    Where an earlier question was only put before it, that one is no part; then the typed question has to stand alone.
    """
    if typed == asked or not holds_typed(asked, typed):
        return split(asked)
    found = split(typed)
    return found if found and not leans(found.parts[0].question) else None


def holds_typed(asked: str, typed: str) -> bool:
    """Whether a question on its own feet is the typed one with something put before it or behind it."""
    return typed.rstrip(" ?") in asked


def is_list(text: str) -> bool:
    """True for a question with several answers that may stand in several articles."""
    found = _PLURAL.match(text)
    plural = found is not None and (is_finite(found["verb"]) or is_base(found["verb"]))
    return plural or _LIST_OF.search(text) is not None


def bridge(text: str) -> Split | None:
    """ "Who leads the party that won in Osk": which party won in Osk, and who leads it."""
    found = _BRIDGE.match(text)
    if found is None or found["noun"].split()[-1].lower() not in _NAMED or _PROPERTY.match(found["outer"]):
        return None
    words = found["clause"].split()
    where = found["that"].lower() == "where"
    if not where and not is_finite(words[0]):
        return None
    own = 0 if where else _words_of_outer(found["outer"], words)
    if own is None:
        return None
    clause = " ".join(words[: len(words) - own])
    inner = f"In which {found['noun']} was it that {clause}?" if where else f"Which {found['noun']} {clause}?"
    outer = " ".join((found["outer"], ANSWER, *words[len(words) - own :]))
    return Split("bridge", (Part(inner), Part(f"{outer[:1].upper()}{outer[1:]}?")))


def _words_of_outer(outer: str, clause: list[str]) -> int | None:
    """How many of the last words belong to the main clause, as "born" in "Where was the head of the firm that built it
    born?"; None when the main clause lacks its verb."""
    aux = _AUX_FIRST.search(outer)
    if aux is None:
        return 0
    last = 2 if clause[-1].lower() in _PREPOSITIONS else 1
    verb = clause[-last] if len(clause) > last + 1 else ""
    of_do = aux["aux"].lower() in ("did", "do", "does")
    if verb and (is_base(verb) if of_do else is_participle(verb)):
        return last
    return None if outer.endswith(aux.group()) and of_do else 0
