"""Questions about names: who said it, who or what is that, who holds the office, how old is he or she."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from index.stopwords import STOP_WORDS
from rag.places import places

from .words import (
    NAME,
    NO_PERSON,
    OFFICES,
    ONE_OF_A_KIND,
    PREPOSITIONS,
    ROLE,
    ROLES,
    STATE,
    STATES,
    THING,
    TITLE,
    WORD,
    YEAR,
)

Rule = Literal[
    "said", "role", "thing", "office", "age", "who", "country", "when", "where", "how_long", "how_many", "how_much"
]


@dataclass(frozen=True, slots=True)
class Found:
    """A question, its answer as it stands in the sentence (letter case aside), and the rule that made it."""

    question: str
    answer: str
    rule: Rule


@dataclass(frozen=True, slots=True)
class Known:
    """What an article tells as a whole: words that it writes in lower case too, words that it writes with a capital
    inside a sentence, and the names of persons."""

    common: frozenset[str]
    names: frozenset[str]
    persons: frozenset[str]

    @classmethod
    def of(cls, text: str) -> Known:
        common = frozenset(re.findall(r"(?<![\w.’'-])[a-zà-ÿ][\w’'-]*", text))
        names = frozenset(re.findall(r"(?<=[a-z,] )[A-ZÀ-Þ][\w’'-]*", text))
        return cls(common, names, frozenset(_persons(text, common)))

    def person(self, name: str) -> bool:
        """True for a full name, and for a surname once the article gives the full name."""
        return name in self.persons or any(person.endswith(" " + name) for person in self.persons)


def _persons(text: str, common: frozenset[str]) -> Iterator[str]:
    """Names that the text treats as a person's: with an age, a role or a title, or that speak and go by the surname."""
    for found in dict.fromkeys(re.findall(NAME, text)):
        name = re.sub(r"[’']s$", "", found)
        whole, surname = re.escape(name), re.escape(re.sub(r" [JS]r\.$", "", name).rpartition(" ")[2])
        opens = name.split()[0].lower() in common and not re.search(rf"(?<=[a-z,] ){whole}", text)  # "Meet Ann Lee"
        if opens or not _may_be_person(name):
            continue
        treated = rf"{whole}, (?:\d\d?[,.](?!\d)|(?:an? |the |)(?:[\w’'-]+ ){{0,4}}(?:{ROLE})\b)|{TITLE} {whole}"
        speaks = rf"(?:said|told|says) {whole}|{whole} (?:said|told|says)"
        alone = (
            rf"(?<![A-Z]\w )(?<!\w\w\w )(?:{surname} (?:said|told|says|added|wrote|was|has)|(?:said|says) {surname})\b"
        )
        if re.search(treated, text) or (re.search(speaks, text) and re.search(alone, text)):
            yield name


def _may_be_person(name: str) -> bool:
    words = name.split()
    first = words[0].lower()
    otherwise = places(name) or any(word in NO_PERSON or word.isupper() for word in words)
    return not (
        otherwise or first in STOP_WORDS or first.startswith(("i’", "i'")) or first in ROLES or first.endswith("ist")
    )


# -- one rule each; a sentence that does not fit gives nothing

_QUOTED = re.compile(r"[“\"]((?!So |And |But |Then )[A-Z][^“”\"]{35,160}[^“”\"\s…])[,!][”\"]")
_SAID = "said|says|added|explained|wrote|tweeted"


def who_said(sentence: str, known: Known) -> Iterator[Found]:
    """“...,” said Ann Lee -> Who said “...”?"""
    quoted = _QUOTED.match(sentence)
    if not quoted:
        return
    rest = sentence[quoted.end() :]
    after = re.match(rf" (?P<verb>{_SAID}) (?:{TITLE} )?(?P<name>{NAME})(?=[,. ])", rest)
    before = re.match(rf" (?P<name>{NAME}|{WORD}),? (?P<verb>{_SAID}|told)\b", rest)
    speaker = after or before
    if speaker and known.person(speaker["name"]):
        verb = speaker["verb"] if speaker["verb"] in ("wrote", "tweeted") else "said"
        yield Found(f"Who {verb} “{quoted[1]}”?", speaker["name"], "said")


_PLACE = r" (?:of|for|at|with|in) (?:[^,.;:“”\"()$—–]|\.(?=\w)){3,70}"


def who_is(sentence: str, known: Known) -> Iterator[Found]:
    """Ann Lee, the mayor of Troy -> Who is the mayor of Troy?   Ann Lee, a lawyer for the city -> Who is Ann Lee?"""
    role_there = rf"((?:[\w’'-]+ ){{0,4}}({ROLE})({_PLACE})?)(?=,(?!\d| (?:{STATE})\b| [A-Z][\w ]*(?:,| &))|\.?$)"
    for match in re.finditer(rf"({NAME}), (an? |the |){role_there}", sentence):
        name, article, role, head, place = match.groups()
        if name not in known.persons or re.search(
            r"\b(?:who|and|was|is|has|said|says|told|former|now|then|his|her)\b", role
        ):
            continue
        if article.startswith("a") or (not article and head not in ONE_OF_A_KIND):
            yield Found(f"Who is {name}?", article + role, "role")
        elif place and re.search("[A-Z]", role):
            whose = re.match(r"[A-Z][\w ]*[’']s ", role)
            yield Found(f"Who is {'' if whose else 'the '}{role}?", name, "role")
        elif " " in role:
            yield Found(f"Who is {name}?", article + role, "role")


def what_is(sentence: str, known: Known) -> Iterator[Found]:
    """The Tyne Trust, a charity in Troy, ... -> What is the Tyne Trust?"""
    kind = rf"an? (?:(?!(?:{'|'.join(sorted(PREPOSITIONS))})\b)[\w’'-]+ ){{0,5}}{THING}"
    kind_there = rf"({kind}(?:{_PLACE}| based in {WORD}(?: {WORD})*)?)(?=,(?!\d)|\.?$)"
    for match in re.finditer(rf"\b([Tt]he )?({WORD}(?: {WORD}){{0,4}}), {kind_there}", sentence):
        the, name, answer = match.groups()
        torn = re.search(r"(?:[A-Z]\w*,? (?:for|of|on|and)|\ban?|\d\w*) (?:the )?$", sentence[: match.start()])
        ordinary = name.lower() in known.common or name.split()[0].lower() in STOP_WORDS
        if not (torn or ordinary or known.person(name) or name in STATES or places(name)):
            yield Found(f"What is {'the ' if the else ''}{name}?", answer, "thing")


def who_holds(sentence: str, known: Known) -> Iterator[Found]:
    """French President Ann Lee -> Who is the French president?"""
    if re.search(rf"\b(?:{YEAR}|former)\b", sentence):  # it may tell of those who held office then
        return
    for match in re.finditer(rf"(?<![-\w])((?:{WORD} ){{0,4}}{WORD}) ({OFFICES}) ({NAME})", sentence):
        owner, office, name = match.groups()
        before = re.search(r"(\S+) $", sentence[: match.start()])
        if (
            not _may_be_person(name)
            or name.endswith(("’s", "'s"))
            or (before and re.match(r"[A-Z]|former$|.*-", before[1]))
        ):
            continue
        if owner in STATES or [place[:2] for place in places(owner)] == [(0, len(owner))]:
            office = "governor" if office == "Gov." else office.lower()
            yield Found(f"Who is the {owner} {office}?", name, "office")


def how_old(sentence: str, known: Known) -> Iterator[Found]:
    """Ann Lee, 34, and: 34-year-old Ann Lee -> How old is Ann Lee?"""
    for match in re.finditer(rf"({NAME}), (\d\d?)(?=[,.](?!\d))|\b(\d\d?)-year-old ({NAME})", sentence):
        name, age = re.sub(r"[’']s$", "", match[1] or match[4]), match[2] or match[3]
        if name in known.persons or (match[4] and _may_be_person(name)):
            yield Found(f"How old is {name}?", age, "age")
