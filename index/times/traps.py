"""What looks like an expression of time and is none: "the Sunday Times", Theresa May, "2,000 people", Vision 2030."""

from __future__ import annotations

import re
from collections.abc import Callable

from .words import Atom

_NAMED_DAYS = re.compile(
    r"\b(?:Bloody|Super|Cyber|Freaky|Holy|Giving|Fat|Shrove|Casual|Throwback|Ruby|Happy|Man|Joe|Mr|Mrs|Ms|Dr)\.?\s$"
)
_DETERMINER = re.compile(r"(?i:\b(?:the|a|an|every|each|any|some|most|alternate|one))\s$")
_LEADS = re.compile(
    r"(?i:\b(?:on|last|next|this|by|until|till|since|from|for|said|of|late|early|before|after|through|to|and|between))\s$"
)
_CAPITAL_NEXT = re.compile(r"\s+[A-Z]\w")
_BEFORE_MONTH = re.compile(
    r"(?i:\b(?:in|since|until|till|by|from|to|of|last|next|this|early|late|mid|and|between|during|through|throughout|for"
    r"|before|after|or|than|on|ending|ended)|mid-|\()\s*$"
)
_VERB_LIKE = frozenset("may march mar jan".split())
_NAME_LIKE = frozenset("april june august".split())
_CAPITAL_BEFORE = re.compile(r"(?:[A-Z]\w*|\b(?:Mr|Mrs|Ms|Dr|Sir)\.)\s$")
_MARCHING = re.compile(r"\s+(?:for|on|of|to|against|by|with)\b")
_YEAR_LEADS = re.compile(
    r"(?i:\b(?:in|since|by|from|until|till|through|throughout|during|of|before|after|between|to|and|or|for|than|early|mid|late"
    r"|around|circa|c\.|as|the|his|her|its|their|our|a|spring|summer|autumn|fall|winter|year|election|season)"
    r"|['’]s|s['’]|mid-|,|\()\s*$"
)
_YEAR_NAMED = re.compile(
    r"(?:\b(?:[A-Z]\w*|[Nn]o\.?|[Nn]umber|[Rr]oom|[Ff]light|[Rr]oute|[Mm]odel|[Pp]age|[Aa]t|\d)|[#])\s*$"
)
_YEAR_COUNTS = re.compile(
    r"(?i:\b(?:about|around|some|nearly|almost|over|under|only|least|most|than|every|up\sto|to|of|and|the|first|all|for|his|her|its|their|a)\s)$"
)
_PLURAL = re.compile(
    r"\s+(?:[a-z]+\s)?[a-z]{2,}(?<![aeiou]s)(?<!ss)s\b|\s+(?:people|men|women|children|feet|tons?|crew)\b"
)
_TIGHT_LEADS = re.compile(r"(?i:\b(?:in|since|during|until|till|by|through|before|after))\s$")
_OPENS = re.compile(r"(?:^|[\"“‘(\[:—–-]\s*)$")
_SEASON_LEADS = re.compile(
    r"(?i:\b(?:in|during|over|by|since|until|before|after|throughout|of|for|from|to|late|early))\s$"
)
_SPORT = re.compile(
    r"(?i:\b(?:touchdowns?|yards?|goals?|scored|half-?time|quarterback|rebounds?|basket(?:s|ball)?|kick-?off|interception)\b)"
)
_MONEY = re.compile(
    r"(?i:[$€£¥%]|\b[\d.]+(?:m|bn)\b|\b(?:million|billion)\b|\b(?:per\s?cent|percent|profits?|loss(?:es)?|revenues?|sales|earnings|growth|output|exports|economy)\b)"
)
_DURING = re.compile(r"(?i:\b(?:during|after|before|since|ahead\s+of|in)\s+the\s)$")
_NOUN = re.compile(r"\s+[a-z]")
_CALENDAR_LEADS = re.compile(
    r"(?i:\b(?:end|start|beginning|middle|rest|remainder|half|part|late|later|earlier|early|mid|quarter|days?|weeks?|months?)\s+(?:of|in)\s)$"
)
_ONCE = re.compile(r"(?i:\b(?:time|times|once|twice|\w+est(?:\s+\w+){0,3}|most(?:\s+\w+){0,3}|first|one|out)\s)$")
_NEXT_WORD_OF = re.compile(r"\s+of\b")


def is_time(atom: Atom, sentence: str, tense: str) -> bool:
    """False when the atom is a name, a verb or a count; ``tense`` is that of its clause."""
    before, after = sentence[: atom.start], sentence[atom.end :]
    if atom.kind in _CHECKS:
        return _CHECKS[atom.kind](atom, before, after)
    if atom.kind in ("quarter", "half"):
        return _is_business(atom, sentence)
    if atom.kind == "ahead":
        return bool(atom.group("n2", "sure")) or (tense == "future" and not _ONCE.search(before))
    return True


def _is_business(atom: Atom, sentence: str) -> bool:
    """ "The first half" is one of a match where it is not one of a year; "third-quarter results" tell no time."""
    if atom.kind == "half":
        told = atom.group("year") or atom.match.group().endswith("of")
        return bool(told or (_MONEY.search(sentence) and not _SPORT.search(sentence)))
    adjective = "-" in atom.match.group()
    return bool(atom.group("year", "year2", "short")) or not (adjective or _SPORT.search(sentence))


def _whole(atom: Atom, before: str, after: str) -> bool:
    return _CALENDAR_LEADS.search(before) is not None


def _unit(atom: Atom, before: str, after: str) -> bool:
    piece = _DETERMINER.search(before) and _NEXT_WORD_OF.match(after)  # "the last week of March"
    return not piece and not _titled(atom, before)


def _holiday(atom: Atom, before: str, after: str) -> bool:
    return bool(atom.group("year")) or not (_CAPITAL_NEXT.match(after) or before.endswith("Father "))


def _weekday(atom: Atom, before: str, after: str) -> bool:
    if atom.group("rel"):
        return True
    if _DURING.search(before):
        return _NOUN.match(after) is not None  # "during the Saturday market", but not "the Monday effect"
    if _DETERMINER.search(before) or _NAMED_DAYS.search(before):
        return False
    return not _CAPITAL_NEXT.match(after) or _LEADS.search(before) is not None


def _month(atom: Atom, before: str, after: str) -> bool:
    if atom.group("year"):
        return True
    name = atom.match["month"]
    plain = name.lower().rstrip(".")
    if name.isupper() and plain == "may":
        return False
    if atom.group("rel") or _BEFORE_MONTH.search(before):
        return not (_CAPITAL_NEXT.match(after) and plain in _VERB_LIKE | _NAME_LIKE and not atom.group("rel"))
    if _CAPITAL_BEFORE.search(before) and not _OPENS.search(before):
        return False
    if plain in _VERB_LIKE:
        return before.endswith(("the ", "’s ", "'s ")) and not _MARCHING.match(after) and not _CAPITAL_NEXT.match(after)
    return not _CAPITAL_NEXT.match(after)


def _year(atom: Atom, before: str, after: str) -> bool:
    year = int(atom.group("year" if atom.kind == "year" else "first"))
    if not 1000 <= year < 2200:
        return False
    if _TIGHT_LEADS.search(before):
        return not (_PLURAL.match(after) and (year % 10 == 0 or year < 1500))
    if _YEAR_NAMED.search(before):
        return False
    if before.endswith(", ") and _CAPITAL_NEXT.match(after):
        return False  # "the store, 1701 Main Street"
    counted = _PLURAL.match(after) is not None
    if counted and _YEAR_COUNTS.search(before):
        return before.endswith(("the ", "his ", "her ", "its ", "their ")) and 1800 <= year <= 2100
    return bool(_YEAR_LEADS.search(before)) or (_OPENS.search(before) is not None and not counted)


def _season(atom: Atom, before: str, after: str) -> bool:
    if atom.group("year"):
        return True
    rel = atom.group("rel")
    if not rel:
        return False
    if rel != "the":
        return not re.match(r"\s+(?:from|to|in|of)\b", after) or atom.group("season") != "fall"
    return _SEASON_LEADS.search(before) is not None and not re.match(r"\s+(?:of|[a-z]+s)\b", after)


def _titled(atom: Atom, before: str) -> bool:
    """Written like a title within the sentence: "USA Today", "Last Week Tonight"."""
    words = atom.match.group().split()
    opens = _OPENS.search(before) is not None
    if len(words) == 1 and not opens and _CAPITAL_BEFORE.search(before):
        return words[0][0].isupper()
    return not atom.match.group().isupper() and any(word[0].isupper() for word in words[opens:])


_CHECKS: dict[str, Callable[[Atom, str, str], bool]] = {
    "weekday": _weekday,
    "month": _month,
    "year": _year,
    "years": _year,
    "season": _season,
    "whole": _whole,
    "unit": _unit,
    "deictic": lambda atom, before, after: not _titled(atom, before),
    "holiday": _holiday,
}
