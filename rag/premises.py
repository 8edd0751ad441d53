"""Does a sentence deny what a question takes for granted? "Why did the crews join?": "They voted not to join."

A question with "did" or "was" takes its verb for done. A sentence that has this verb only as something to come ("will
vote", "is due to report"), wished ("wants to join") or denied ("never joined") does not tell that it was done, however
well its other words fit. So it is with a thing that "is due in June", and with the size of a change where something
"was left unchanged". What is denied in other words ("kept out of it") is not seen here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from index.stopwords import STOP_WORDS

# "did the council vote", "has the bank cut"; not "did not": such a question takes for granted that it was not done.
_TAKEN = re.compile(r"\b(?P<helper>did|has|have|had|was|were)\s+(?P<rest>(?!n['’]t|not\b)[^?;]+)", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z][a-z]+")
_NEGATED = r"(?:not|never|(?:did|do|does|has|have|had|was|were|is|are|will|would|could|can)n['’]t)"
_MODAL = r"(?:will|would|shall|should|may|might|could|can|cannot)"
_WISHED = (
    r"(?:due|set|about|expected|scheduled|likely|ready|unable|not|refus\w+|declin\w+|fail\w+|plan\w*|want\w*|hop(?:e[sd]?|"
    r"ing)|intend\w*|threaten\w*|vow\w*|promis\w+|offer\w*|ask\w*|urg\w+|call\w*|demand\w*|is|are|was|were|whether|how)"
)
# What stands before a verb that is not told as done.
_UNDONE = re.compile(
    rf"\b(?:(?:{_NEGATED}|{_MODAL}|{_WISHED}\s+to)\s+(?:be\s+|have\s+|been\s+|yet\s+|soon\s+|ever\s+)?(?:\w+ly\s+)?"
    r"|(?:until|unless)\b[^.,;]{0,60}\b(?:is|are|has\s+been|have\s+been)\s+)$",
    re.IGNORECASE,
)
# In a question, what makes the next verb no thing done: "did she refuse to join".
_OPEN = re.compile(rf"\b(?:to|{_NEGATED}|{_MODAL})\s+$", re.IGNORECASE)
_DUE = re.compile(r"\b(?P<thing>\w+)\s+(?:is|are)\s+(?:not\s+)?(?:yet\s+)?due\b", re.IGNORECASE)
_PARTICIPLE = ("ed", "en", "wn")
# "Had not tested a weapon since 2017": then it was done.
_BUT_ONCE = re.compile(r"\b(?:since|for\s+the\s+(?:first|last)\s+time)\b", re.IGNORECASE)
# Verbs of the news whose past is not made with -ed.
_IRREGULAR = {
    verb: tuple(past)
    for verb, *past in (
        line.split()
        for line in """
        become became|begin began begun|break broke broken|bring brought|build built|buy bought|choose chose chosen
        come came|draw drew drawn|drive drove driven|fall fell fallen|feel felt|fight fought|find found|fly flew flown
        get got|give gave given|go went gone|grow grew grown|hold held|keep kept|know knew known|lead led|leave left
        lose lost|make made|meet met|pay paid|rise rose risen|say said|see saw seen|sell sold|send sent|shoot shot
        speak spoke spoken|spend spent|stand stood|steal stole stolen|strike struck|swear swore sworn|take took taken
        tell told|think thought|throw threw thrown|win won|withdraw withdrew withdrawn|write wrote written
        """.replace("\n", "|").split("|")
        if line.strip()
    )
}
_ENDINGS = ("", "s", "es", "d", "ed", "ing")

_ASKS_CHANGE = re.compile(
    r"\bhow\s+(?:much|many|far)\b[^?]*\b(?P<verb>rise|raise|increase|grow|climb|jump|gain|fall|drop|decline|lower|cut|reduce|"
    r"change|move|shrink)\b",
    re.IGNORECASE,
)
_UNCHANGED = re.compile(r"\b(?:left|leaves|kept|keeps|held|holds|froze|freezes)\b", re.IGNORECASE)
# Characters between "left" and what was left.
NEAR = 40


def denies(question: str, sentence: str) -> bool:
    """True when the sentence tells what the question takes for done or changed, and not as done or changed."""
    taken = _taken_for_done(question)
    if any(_undone(verb, sentence) for verb in taken):
        return True
    due = _DUE.search(sentence)
    if due is not None and due["thing"].lower() in taken:
        return True
    change = _ASKS_CHANGE.search(question)
    return change is not None and _kept(sentence, change["verb"], taken)


def _kept(sentence: str, verb: str, things: Sequence[str]) -> bool:
    """True for "left its base rate at 3 percent" of a rate that is asked about, where no form of the verb stands."""
    kept = any(
        re.search(rf"\b{re.escape(thing)}\b", sentence[found.end() : found.end() + NEAR], re.IGNORECASE)
        for found in _UNCHANGED.finditer(sentence)
        for thing in things
    )
    return kept and not _any_form(verb).search(sentence)


def _taken_for_done(question: str) -> list[str]:
    """The words, in lower case, that may be the verb or what it is said of: those after "did" that are no names and not
    left open."""
    taken = _TAKEN.search(question)
    if taken is None:
        return []
    rest = taken["rest"]
    words = [
        word.group()
        for word in _WORD.finditer(rest)
        if word.group().islower() and word.group() not in STOP_WORDS and not _OPEN.search(rest[: word.start()])
    ]
    # "Who was elected rector?", but "When was the last test?"
    passive = taken["helper"].lower() in ("was", "were")
    return [word for word in words if word.endswith(_PARTICIPLE)] if passive else words


def _undone(verb: str, sentence: str) -> bool:
    """True when a form of the verb stands in the sentence, and each after what leaves it undone."""
    found = _any_form(verb).finditer(sentence)
    undone = [
        _UNDONE.search(sentence, 0, form.start()) is not None and not _BUT_ONCE.search(sentence, form.end())
        for form in found
    ]
    return bool(undone) and all(undone)


@lru_cache(1024)  # asked of every sentence
def _any_form(verb: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, _forms(verb)))})\b", re.IGNORECASE)


def _forms(verb: str) -> list[str]:
    stem = verb.removesuffix("e")
    doubled = [f"{verb}{verb[-1]}{ending}" for ending in ("ed", "ing")]
    past = [f"{verb[:-1]}ied", f"{verb[:-1]}ies"] if verb.endswith("y") else []
    past = [*past, *_IRREGULAR.get(verb, ())]
    return [*(verb + ending for ending in _ENDINGS), *(stem + ending for ending in ("ed", "ing")), *doubled, *past]
