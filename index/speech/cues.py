"""Where a sentence says that somebody says something: subject, verb and what follows it.

All of it works on a text whose quotations are masked (finder.py), so that what is said inside one is not taken for the
sentence around it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from .subjects import DAY, Subject, fits, stop_after, subject_after, subject_before
from .words import ANNOUNCING, NAMING, QUOTING, SAYING, TENSES

Shape = Literal["before", "after", "inherited"]
"""Where the subject stands: before its verb, after it, or it is that of the sentence ("..., adding that")."""


@dataclass(frozen=True, slots=True)
class Cue:
    """One verb of speech outside quotations, or an "according to". Offsets as in the masked text.

    ``start`` to ``end`` is the clause without what is said, ``verb`` where its verb stands. ``said_from`` to
    ``said_to`` is what follows: empty (equal) when what is said stands before. ``explicit``: after "that". ``clause``:
    what follows can be a clause that is said. ``naming``: "called", "dubbed", after which a quotation may be a name.
    """

    start: int
    end: int
    verb: int
    subject: Subject | None
    shape: Shape
    said_from: int
    said_to: int
    clause: bool
    explicit: bool = False
    naming: bool = False


# Looking each word up is faster than an expression of all the verbs.
_VERB = re.compile(
    r"(?<![\w’'-])(?:(?P<according>[Aa]ccording to)"
    r"|(?P<verb>(?:go|goes|went|gone) on|(?:put|puts) it|[A-Za-z][a-z]{2,}))(?![\w-]|['’]\w)"
)
_ADVERB = r"(?:\w+ly|also|later|then|just|since|once|again|too|already|even|earlier|now|still|further|only|afterwards)"
_AUXILIARY = re.compile(rf"(?:(?:^|(?<=[\s,]))(?:{_ADVERB}|has|have|had|himself|herself|itself|themselves)[\s,]*)+$")
_BLOCKED = re.compile(
    r"\b(?:to|will|would|can|could|may|might|shall|should|must|did|do|does|not|\w+n['’]t|never|cannot|be|get|got|the|a"
    r"|an|his|her|their|its|this|these|those|of|in|for|no|by|with|my|our|your|any|some|such|on|under|if|let)[\s,]*$",
    re.IGNORECASE,
)
_BEING = re.compile(
    r"\b(?:was|were|is|are|am|been|being|(?:he|she|it|they|who|we|I)['’](?:s|re|m))[\s,]*$", re.IGNORECASE
)
_AND = re.compile(r"\b(?:and|but|then|or)\s*$")
_QUOTED_AS = re.compile(r"\bquot(?:es|ed|ing)\s(?P<who>[^,;]{2,60}) as\s*$")
_WITH_HEARER = re.compile(r"(?:tell|told|inform|assur|remind|warn|ask)")
_NO_HEARER = re.compile(r"\s+(?:that|of|against|about|to|on|in|at|it|there)\b")
_NEXT = r"(?:that|on|in|at|by|it|he|she|they|the|there|a|his|her|its|their|no|during|after|via|through|last|yesterday|earlier|today)"
_HEARER = re.compile(
    rf"\s+(?:(?:the|a|an|his|her|their|its|this)\s+(?:[\w’'-]+\s){{0,2}}?[\w’'-]+?(?=\s{_NEXT}\b|\s[\"“'‘A-Z0-9]|[,:.])"
    r"|[A-Z][\w’'-]*(?:\s(?:(?:and|of|the|for|&)\s)?[A-Z][\w’'-]*)*"
    r"|[\w’'-]+(?:\s(?:and|of|in|at)\s(?:the\s)?[\w’'-]+)?)"
)
_UNTIL_THAT = re.compile(r"\s+(?:[^\s,.;:\"“]+\s+){1,9}?(?=that\s)")
_OCCASION = (
    r"(?:statement|interview|conference|briefing|post|tweet|message|letter|e-?mail|speech|video|call|hearing|meeting"
    r"|report|filing|address|broadcast|blog|article|memo|note|rally|release|column|book|podcast|programme|program|trial"
    r"|lawsuit|complaint|testimony|affidavit|telephone|phone)"
)
_SETTING = re.compile(
    rf"\s*,?\s*(?:(?:late |early )?(?:on )?{DAY}(?:\s(?:morning|afternoon|evening|night))?"
    r"|(?:in|at|on|during|after|through|via|to|from|by|outside|before|over|following|as|of|about)\s"
    r"[^,.;:\"“”]{1,70}?(?=\s+that\b|:|,\s*that\b)"
    rf"|(?:in|at|during|after|through|via|from)\s(?:a|an|the|his|her|their|its)\s(?:[\w’'-]+\s){{0,3}}?{_OCCASION}"
    r"(?:\s(?:on|in|at|to|with|by|from|for)\s(?:[A-Z][\w’'-]*(?:\s[A-Z][\w’'-]*)*|reporters|analysts|the\s[\w-]+|\d+ \w+))*"
    r"|on (?:Twitter|X|Facebook|Instagram|Telegram|TikTok|Truth Social|LinkedIn|(?:state )?television|radio"
    r"|condition of anonymity)"
    r"|(?:yesterday|today|afterwards|later|earlier)(?:\s(?:this|that|in the)\s\w+)?|(?:last|this) (?:week|month|year)"
    r"|again|separately|repeatedly|simply|only)(?![\w-])"
)
_THAT = re.compile(r"\s*,?\s*that\b,?\s*")
_HOW = re.compile(r"\s*(?:how|whether|why)\s")
_FINITE = re.compile(
    r"\b(?:would|had|was|were|is|are|will|has|have|could|should|must|might|may|can|did|does|do|cannot|\w+n['’]t)\b"
)
_RELATIVE = re.compile(r"\b(?:that|which|who|whose|whom|where)\b|,")
_PROMISES = re.compile(r"(?:promis|pledg|vow|threaten|guarantee)")
_NEW_CLAUSE = re.compile(r"(?:[,;—–]|\b(?:and|but|while|although|though|yet))\s*$")


def find_cues(masked: str, start: int, end: int, marks: Sequence[tuple[int, int]]) -> list[Cue]:
    """The cues of the sentence ``masked[start:end]`` in order; ``marks`` are its quotations with their marks."""
    found: list[Cue] = []
    low, passed = start, 0
    for match in _VERB.finditer(masked, start, end):
        if not match["according"] and match["verb"] not in TENSES:
            continue
        while passed < len(marks) and marks[passed][1] <= match.start():
            low = max(low, marks[passed][1])
            passed += 1
        if passed < len(marks) and marks[passed][0] < match.start():
            continue
        cue = _according(masked, match, low, end) if match["according"] else _spoken(masked, match, low, start, end)
        if cue is not None:
            found.append(cue)
            low = max(low, cue.end)
    return list(_limited(masked, found))


def _limited(masked: str, cues: Sequence[Cue]) -> Iterator[Cue]:
    """What is said ends where the next cue begins a clause beside it ("..., but Rusk said"), not one within it."""
    for number, cue in enumerate(cues):
        limit = cue.said_to
        for other in cues[number + 1 :]:
            beside = other.shape == "inherited" or _NEW_CLAUSE.search(masked, cue.said_from, other.start)
            if beside and other.start > cue.said_from:
                limit = min(limit, other.start)
                break
        yield replace(cue, said_to=max(cue.said_from, limit))


def _according(masked: str, match: re.Match[str], low: int, end: int) -> Cue | None:
    stop = stop_after(masked, match.end(), end)
    text = masked[match.end() : stop].strip()
    if not text or text.lower().startswith(("plan", "the plan", "whether", "how")):
        return None
    leads = not masked[low : match.start()].strip()
    comma = masked.find(",", stop, end) if leads else -1
    subject = Subject(text, match.end() + 1, stop, masked[stop:comma].strip(" ,") if comma > stop else "")
    said_from = min(stop + 1, end) if leads else end
    return Cue(match.start(), stop, match.start(), subject, "after", said_from, end, True, leads)


def _spoken(masked: str, match: re.Match[str], low: int, start: int, end: int) -> Cue | None:
    """The cue of a verb; None when the word is no verb of speech here ("the report", "to say", "was told")."""
    verb, tense = match["verb"], TENSES[match["verb"]]
    left = masked[low : match.start()]
    bare = _AUXILIARY.sub("", left)
    being = _BEING.search(bare)
    if _BLOCKED.search(bare) or masked.startswith((" by ", "-"), match.end()) or (being and tense != "ing"):
        return None
    if being:
        bare = bare[: being.start()]
    subject, shape = None, "before"
    if tense != "ing" or being:
        subject = subject_before(bare, low)
        if subject is not None and not fits(subject.text, tense if bare == left else "past"):
            return None
        empty, closing = not bare.strip(" ,—–-.…\"'”’"), bare.rstrip().endswith(",")
        if subject is None and tense in {"past", "third"} and (empty or closing) and verb not in {"told", "tells"}:
            subject, shape = subject_after(masked, match.end(), end, closing and not empty), "after"
            if subject is not None and (empty or verb not in QUOTING or verb in SAYING or verb in ANNOUNCING):
                return Cue(match.start(), subject.end, match.start(), subject, "after", end, end, True)
            subject = None
    elif quoted := _QUOTED_AS.search(bare):
        subject = Subject(quoted["who"], low + quoted.start("who"), low + quoted.end("who"))
    said_from, clause, explicit = _what_follows(masked, match, end)
    if subject is None:
        goes_on = _AND.search(bare) if tense != "ing" else bare.rstrip().endswith((",", "—", "–")) or _AND.search(bare)
        if being or not goes_on:
            return None
        shape = "inherited"
    begin = subject.at if subject else match.start()
    return Cue(
        begin, said_from, match.start(), subject, _SHAPES[shape], said_from, end, clause, explicit, verb in NAMING
    )


_SHAPES: dict[str, Shape] = {"before": "before", "inherited": "inherited"}


def _what_follows(masked: str, match: re.Match[str], end: int) -> tuple[int, bool, bool]:
    """Where what is said begins behind the verb, after who was told and when; whether it can be a clause, and whether
    a "that" says so."""
    verb, at = match["verb"], match.end()
    if _WITH_HEARER.match(verb) and not _NO_HEARER.match(masked, at, end):
        at = _after_hearer(masked, at, end, verb)
    while (setting := _SETTING.match(masked, at, end)) and setting.end() > at:
        at = setting.end()
    that = _THAT.match(masked, at, end)
    explicit = bool(that or _HOW.match(masked, at, end))
    at = that.end() if that else at
    while at < end and masked[at].isspace():
        at += 1
    if verb in SAYING or explicit or at >= end or masked[at] in ".,":
        return at, verb in SAYING or verb in ANNOUNCING or (explicit and verb not in NAMING), explicit
    if verb not in ANNOUNCING:
        return at, False, False
    finite = _FINITE.search(masked, at, min(end, at + 90))
    plain = finite is not None and not _RELATIVE.search(masked, at, finite.start())
    return at, plain or bool(_PROMISES.match(verb) and masked.startswith("to ", at)), False


def _after_hearer(masked: str, at: int, end: int, verb: str) -> int:
    """Behind who is told: "told a packed hall in Lesna that", "told reporters the", "told CNN"."""
    until_that = _UNTIL_THAT.match(masked, at, end)
    if until_that and not _FINITE.search(until_that[0]):
        return until_that.end() - 1
    hearer = _HEARER.match(masked, at, end)
    if not hearer:
        return at
    sure = not verb.startswith("warn") or re.match(
        r"\s(?:that|it|he|she|they|of|against)\b|:", masked[hearer.end() : end]
    )
    return hearer.end() if sure else at
