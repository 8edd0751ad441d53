"""Who does what to whom: "A accused B" is not "B accused A", and not "A was accused by B"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from index.speech.people import NAME
from index.speech.words import NOT_NAMES
from index.stopwords import STOP_WORDS

from ..places import places
from ..spans import TITLES
from .text import Text

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_PASSIVE = re.compile(r"\b(?:was|were|is|are|been|being|be|got)\s+(?:\w+ly\s+)?$", re.IGNORECASE)
_LEADING_UP = re.compile(
    r"^(?:[,\s]|\b(?:has|have|had|will|would|could|may|might|also|was|were|is|are|been|being|be|later|then|just|to|who"
    r"|which|that|on|\w+ly|(?:of|from|in|for) (?:the )?[\w’'-]+)\b)*$",
    re.IGNORECASE,
)
# What two do together has no order.
_MUTUAL = frozenset(
    """
    met meet meets meeting married marry joined join joins agreed agree agrees talked talk spoke discussed discuss
    played play plays faced face faces fought fight separated divorced signed shared share and with
    """.split()
)


@dataclass(frozen=True, slots=True)
class _Deed:
    """``subject`` ``verb`` ``object``, in the order of an active sentence; the two are keys of names."""

    subject: frozenset[str]
    verb: str
    object: frozenset[str]


def turned_around(claim: Text, premises: Sequence[Text]) -> str:
    """What the claim lets one do to another and the premises let the other do to the one."""
    done = [deed for premise in premises for sentence in premise.sentences for deed in _deeds(sentence)]
    for deed in _deeds(claim.text, strict=True):
        same = [one for one in done if one.verb == deed.verb]
        turned = any(one.subject & deed.object and one.object & deed.subject for one in same)
        if turned and not any(one.subject & deed.subject and one.object & deed.object for one in same):
            return f"the cited paragraph says it the other way round ({deed.verb})"
    return ""


def _deeds(sentence: str, *, strict: bool = False) -> Iterator[_Deed]:
    """Verbs between two names. ``strict``: only those right behind the first name."""
    names = list(names_in(sentence))
    for (_, low, one), (high, _, other) in combinations(names, 2):
        between = sentence[low:high]
        if re.search(r"[.;:“”\"]", between) or one & other:
            continue
        words = [match for match in _WORD.finditer(between) if match.group().lower() not in STOP_WORDS]
        for match in words[: 1 if strict else None]:
            verb = match.group().lower()
            before = between[: match.start()]
            if verb in _MUTUAL or (strict and not _LEADING_UP.match(before)):
                continue
            passive = _PASSIVE.search(before) is not None and re.search(r"\bby\b", between[match.end() :]) is not None
            yield _Deed(other, verb, one) if passive else _Deed(one, verb, other)


def names_in(sentence: str) -> Iterator[tuple[int, int, frozenset[str]]]:
    """Names and countries with their places and the words that they can be known by."""
    countries = {(start, end): country for start, end, country in places(sentence)}
    for match in NAME.finditer(sentence):
        words = {re.sub(r"['’]s?$", "", word).lower() for word in match.group().split()}
        words -= NOT_NAMES | TITLES
        keys = {country.lower() for (start, end), country in countries.items() if match.start() <= start < match.end()}
        if words or keys:
            yield match.start(), match.end(), frozenset(words | keys)
