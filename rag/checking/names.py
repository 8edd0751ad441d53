"""Every proper name of a sentence must be one that what it cites names, in full, in part, by its initials or by what
its people are called."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from index.minilm import load_tokenizer
from index.speech.people import NAME
from index.speech.words import (
    FEMALE_NAMES,
    GROUPS,
    MALE_NAMES,
    NOT_NAMES,
    ORGANISATIONS,
    PAPERS,
    PLURALS,
    ROLES,
    TENSES,
)
from index.stopwords import STOP_WORDS

from ..places import places
from ..spans import TITLES
from .text import Text, plain

_COMMON = ROLES | GROUPS | PLURALS | ORGANISATIONS | PAPERS | NOT_NAMES | STOP_WORDS | TITLES
# The share of a claim's words in a sentence that says the same but for a name.
CLOSE = 0.6

_LINKS = frozenset("of the and for de la du".split())
_WORD = re.compile(r"[^\W_]+(?:['’.&-][^\W_]+)*")
_TOKEN = re.compile(r"(?:[A-Z]\.)+|[^\W_]+(?:['’&-][^\W_]+)*")
_OWNER = re.compile(r"['’]s?$")
# What a word for people or things of a place adds to its name: Kenya, Kenyan; Belmora, Belmoran; Lisbon, Lisboners.
_DEMONYM = frozenset(("s", "n", "an", "ian", "ese", "ish", "i", "er", "ers", "ns", "ans", "ians", "ite", "ites"))
_AUXILIARIES = frozenset("is was has had will would could did does can may might who".split())
_COMMON_ENDINGS = ("s", "ing", "ed", "ly", "tion", "ment", "ness", "ity", "people", "men")


@dataclass(frozen=True, slots=True)
class Name:
    """Capitalised words in a row that name one thing, without titles, and the words beside them, in lower case.

    ``first``: they open the sentence.
    """

    words: tuple[str, ...]
    first: bool
    last_word: str
    next_word: str

    @property
    def text(self) -> str:
        return " ".join(self.words)


def unnamed(claim: Text, premises: Sequence[Text]) -> str:
    """The first proper name of the claim that the premises do not name, or put together from two of theirs."""
    said = " ".join(part for one in premises for part in (one.text, one.context, *one.names, one.beside))
    known = _Known.of(said)
    for name in names_of(claim):
        missing = [word for word in name.words if not known.has(word)]
        if missing and not known.stands_for(name) and not _may_be_common(name, missing):
            return f"{name.text} is not named in the cited paragraph"
        if not missing and (mixed := known.mixed(name)):
            return f"{mixed} is not named in the cited paragraph"
        if not missing and not _may_be_common(name, name.words[:1]) and (other := _instead(name, claim, premises)):
            return f"the cited paragraph says {other} there, not {name.text}"
    return ""


def _instead(name: Name, claim: Text, premises: Sequence[Text]) -> str:
    """The name that the premises have in the place of one that only their context has, "" for none.

    A claim may put the name of the article's subject for "he" or "the company", but not for another name.
    """
    told = _Known.of(" ".join(one.text for one in premises))
    if any(told.has(word) for word in name.words) or told.stands_for(name):
        return ""
    mine = _Known.of(claim.text)
    for premise in premises:
        nearest = replace(premise, text=premise.text[slice(*premise.nearest_sentence(claim))])
        if len(claim.words & nearest.words) < CLOSE * len(claim.words):
            continue
        for other in names_of(nearest):
            sure = not other.first or len(other.words) > 1
            if (
                sure
                and _same_place(name, other)
                and not mine.stands_for(other)
                and not any(mine.has(word) for word in other.words)
            ):
                return other.text
    return ""


def _same_place(one: Name, other: Name) -> bool:
    """Whether two names stand between the same words: both the same, or one of them that is no small word."""
    same = {one.last_word} & {other.last_word} | {one.next_word} & {other.next_word}
    between = (one.last_word, one.next_word) == (other.last_word, other.next_word)
    return between or any(word and word not in STOP_WORDS for word in same)


def names_of(text: Text) -> Iterator[Name]:
    """The proper names outside times, in order."""
    for sentence in text.timeless.split("\n"):
        for match in NAME.finditer(sentence):
            before = _WORD.findall(sentence[: match.start()])
            after = _WORD.findall(sentence[match.end() :].removeprefix("'s").removeprefix("’s"))
            for number, words in enumerate(_without_titles(match.group())):
                beside = (before[-1:] or [""])[0].lower(), (after[:1] or [""])[0].lower()
                yield Name(words, not before and number == 0, *beside)


def _without_titles(run: str) -> Iterator[tuple[str, ...]]:
    """A run of capitalised words, cut at titles, at words that are no names, and after an owner ("France's")."""
    words: list[str] = []
    for match in _TOKEN.finditer(run):
        word = _OWNER.sub("", match.group())
        ordinary = word.lower().rstrip(".") in TITLES or word.lower() in NOT_NAMES
        if not ordinary and word[:1].isupper() and len(word) > 1:
            words.append(word)
        if (ordinary or word != match.group()) and words:
            yield tuple(words)
            words = []
    if words:
        yield tuple(words)


def _may_be_common(name: Name, missing: Sequence[str]) -> bool:
    """Whether the word that opens the sentence may have its capital from there alone."""
    if not name.first:
        return False
    word = name.words[0].lower()
    if missing[0] != name.words[0] or len(missing) > 1 or word in FEMALE_NAMES or word in MALE_NAMES:
        return False
    if word in _COMMON or len(name.words) > 2 or name.words[0].isupper():
        return not name.words[0].isupper()
    if len(name.words) == 2:
        return word.endswith(_COMMON_ENDINGS)
    if word.endswith(_COMMON_ENDINGS):
        return True
    return _is_word(word) and name.next_word not in TENSES


@cache
def _is_word(word: str) -> bool:
    """Whether the encoder knows it as one word, as it does the common ones."""
    return load_tokenizer().token_to_id(word) is not None


@dataclass(frozen=True, slots=True)
class _Known:
    """The names of the premises: all their words in lower case, the capitalised ones, the runs of these, countries."""

    words: frozenset[str]
    capitalised: frozenset[str]
    runs: tuple[tuple[str, ...], ...]
    countries: frozenset[str]
    acronyms: frozenset[str]

    @classmethod
    def of(cls, said: str) -> _Known:
        found = [_OWNER.sub("", match.group()) for match in _TOKEN.finditer(said)]
        words = {_key(word) for word in found}
        words |= {part for word in words if "-" in word for part in word.split("-")}
        runs = tuple(_OWNER.sub("", match.group()).split() for match in NAME.finditer(said))
        return cls(
            words=frozenset(words),
            capitalised=frozenset(_key(word) for word in found if word[:1].isupper()),
            runs=tuple(tuple(_key(_OWNER.sub("", word)) for word in run) for run in runs),
            countries=frozenset(country for _, _, country in places(said)),
            acronyms=frozenset(_acronyms(found)),
        )

    def has(self, word: str) -> bool:
        key = _key(word)
        return (
            key in self.words
            or (word.isupper() and key in self.acronyms)
            or any(_is_form(key, other) for other in self.capitalised)
            or ("-" in key and all(part in self.words for part in key.split("-")))
            or any(country in self.countries for _, _, country in places(word))
        )

    def stands_for(self, name: Name) -> bool:
        """Whether the premises have the initials of the name, or another word for the country."""
        initials = "".join(word[0] for word in name.words).lower()
        if len(initials) > 1 and initials in self.capitalised:
            return True
        named = places(name.text)
        return bool(named) and named[0][:2] == (0, len(name.text)) and named[0][2] in self.countries

    def mixed(self, name: Name) -> str:
        """Two words in a row that the premises give to two others ("Anna Weil" of Anna Holt and Jonas Weil), or ""."""
        for one, other in zip(name.words, name.words[1:], strict=False):
            first, last = _key(one), _key(other)
            followed = {run[run.index(first) + 1] for run in self.runs if first in run[:-1]}
            before = {run[run.index(last) - 1] for run in self.runs if last in run[1:]}
            together = any(first in run and last in run for run in self.runs)
            if followed and before and not together:
                return f"{one} {other}"
        return ""


def _key(word: str) -> str:
    return plain(_OWNER.sub("", word)).replace(".", "")


def _is_form(one: str, other: str) -> bool:
    """One is the other with an ending for people or things of it."""
    short, long = sorted((one, other), key=len)
    if len(short) < 4 or one == other:
        return one == other
    return any(long.startswith(stem) and long[len(stem) :] in _DEMONYM for stem in (short, short[:-1]) if len(stem) > 3)


def _acronyms(words: Sequence[str]) -> Iterator[str]:
    """Initials of capitalised words in a row, with and without the small words between them."""
    run: list[str] = []
    for word in (*words, ""):
        if word[:1].isupper() or (run and word.lower() in _LINKS):
            run.append(word)
            continue
        for start in range(len(run)):
            for end in range(start + 2, min(len(run), start + 7) + 1):
                part = run[start:end]
                yield "".join(one[0] for one in part).lower()
                yield "".join(one[0] for one in part if one[0].isupper()).lower()
        run = []
