"""Who is named in an article: full names, what they are called ("the minister"), and whom a pronoun can mean."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from .words import (
    ALSO_NAMES,
    FEMALE_HEADS,
    FEMALE_NAMES,
    FEMALE_TITLES,
    GROUPS,
    MALE_HEADS,
    MALE_NAMES,
    MALE_TITLES,
    MODIFIERS,
    NOT_NAMES,
    ORGANISATIONS,
    PAPERS,
    PLURALS,
    ROLES,
)

Span = tuple[int, int]

_SHORT = r"(?:Mr|Mrs|Ms|Dr|St|Sen|Rep|Gov|Gen|Col|Maj|Capt|Lt|Sgt|Cmdr|Det|Supt|Insp|Prof|Rev|Hon|Pres|Msgr|Jr|Sr)\."
_TOKEN = rf"(?:(?:[A-Z]\.)+|{_SHORT}|(?:[OD]['’]|al-|el-)?[A-ZÀ-ÖØ-ÞĀ-Ž][^\W_]*(?:[-'’][^\W\d_](?<!['’]s)[^\W_]*)*)"
_PARTICLE = r"(?:de|del|della|der|den|di|da|dos|du|van|von|al|el|bin|bint|ibn|la|le|ten|ter|zu|af)"
_RUN = rf"{_TOKEN}(?:[ \u00a0](?:{_PARTICLE}[ \u00a0]){{0,2}}{_TOKEN})*"
_BODY_OF = r"(?:University|Institute|Bank|Ministry|Department|Board|Court|Office|School|College|Museum|Chamber|Bureau"
_BODY_OF += r"|Committee|Association|Society|Federation|Union|Centers?|Centres?|Council|Agency|Church|Confederation)"
NAME = re.compile(rf"(?<![\w’'-]){_RUN}")
_OF = re.compile(rf" (?:of|for|on)(?: the)? {_RUN}")
_ENDS_IN_BODY = re.compile(rf"{_BODY_OF}$")
_WORD = re.compile(r"[\w-]+(?:['’]\w+)*")
_APPOSITION = re.compile(r",? (?:\([^()]{1,30}\)|\d{1,3},|aged \d+,)|, ([^,.;:()\"“”]{3,90})(?=[,.;:]|$)")
_PREPOSITIONS = frozenset("of for in at from with to who that on by near whose which".split())
_HEADS = ROLES | ORGANISATIONS
_NO_NAME_ALONE = ROLES | ORGANISATIONS | GROUPS | PLURALS | PAPERS
_AGED = re.compile(r", \d{1,3}\b|, aged \d| \(\d{1,3}\)")
_PLACED = re.compile(r"\b(?:in|at|on|for|near|to|from|across|outside|around|toward|towards|the|into|through)\s$")
_NEAR = 6  # sentences before a pronoun that are looked at
_WINDOW = 30  # mentions before a pronoun that are looked at


@dataclass(slots=True)
class Named:
    """A person or an organisation. ``name`` is the fullest form; ``called`` are the words of the titles and
    descriptions that the article gives it, ``heads`` the nouns among them ("minister"), all in lower case."""

    name: str
    called: set[str] = field(default_factory=set)
    heads: set[str] = field(default_factory=set)
    personal: int = 0  # what speaks for a person, above 0, or against
    votes: int = 0  # what speaks for "she", above 0, or for "he"

    @property
    def words(self) -> list[str]:
        return [word.lower() for word in _WORD.findall(self.name)]

    def may_be(self, gender: int) -> bool:
        """``gender``: 1 she, -1 he, 0 any."""
        return gender * self.votes >= 0


@dataclass(frozen=True, slots=True)
class Mention:
    """Where somebody is named; ``leads``: as the first of the sentence numbered ``sentence``."""

    at: int
    sentence: int
    named: Named
    leads: bool


@dataclass(frozen=True, slots=True)
class _Found:
    """A run of capitalised words: ``title`` before ``name``, which begins at ``at`` of the text."""

    at: int
    title: str
    name: str
    sentence: int


class People:
    """The named of one article.

    ``sentences`` are those of its body; ``hidden`` marks the characters of quotations: who is named in one is known,
    but is not whom the next "he" outside means.
    """

    def __init__(self, text: str, sentences: Sequence[Span], hidden: Sequence[Span]) -> None:
        self.text = text
        self.starts = [start for start, _ in sentences]
        self.mentions: list[Mention] = []
        self._full: dict[str, Named] = {}
        self._by_word: dict[str, list[Named]] = defaultdict(list)
        self._by_head: dict[str, list[Named]] = defaultdict(list)
        found = [one for number, span in enumerate(sentences) for one in self._names(number, span)]
        for one in sorted(found, key=lambda one: -len(one.name.split())):
            if len(one.name.split()) > 1:
                self._introduce(one.name)
        for one in found:
            self._mention(one, hidden)

    def _names(self, number: int, span: Span) -> Iterator[_Found]:
        for match in NAME.finditer(self.text, *span):
            run = match[0]
            if _ENDS_IN_BODY.search(run) and (more := _OF.match(self.text, match.end())):
                run += more[0]
            title, name = split_title(run)
            if name:
                yield _Found(match.start() + len(run) - len(name), title, name, number)

    def _introduce(self, name: str) -> Named:
        if name not in self._full:
            words = [word.lower() for word in _WORD.findall(name)]
            fuller = [one for one in self._by_word[words[-1]] if set(words) < set(one.words)]
            if fuller and len(words) > 1:
                self._full[name] = fuller[0]
            else:
                self._full[name] = Named(name)
                for word in dict.fromkeys((words[-1], words[0])):
                    self._by_word[word].append(self._full[name])
        return self._full[name]

    def _mention(self, found: _Found, hidden: Sequence[Span]) -> None:
        named = self.named(found.name, found.at, found.title) or self._introduce(found.name)
        self._learn(named, found)
        place = bisect_right(hidden, (found.at, len(self.text))) - 1
        if place < 0 or found.at >= hidden[place][1]:
            leads = not self.mentions or self.mentions[-1].sentence != found.sentence
            self.mentions.append(Mention(found.at, found.sentence, named, leads))

    def _learn(self, named: Named, found: _Found) -> None:
        """What the words beside a name tell: titles, descriptions, sex, person or not."""
        text, ends = self.text, found.at + len(found.name)
        title = [word.lower() for word in _WORD.findall(found.title)]
        begins = found.at - len(found.title) - bool(found.title)
        phrases = [words_before(text[max(0, begins - 60) : begins]) + title]
        apposition = _APPOSITION.match(text, ends)
        while apposition and apposition[1] is None:
            following = _APPOSITION.match(text, apposition.end() - (apposition[0].endswith(",")))
            apposition = following if following and following.end() > apposition.end() else None
        if apposition and apposition[1]:
            phrases.append(described(apposition[1]))
        for phrase in phrases:
            head = head_of(phrase)
            if head in _HEADS:
                named.called.update(phrase)
                for word in {head, *(word for word in _before_of(phrase) if word in ROLES and word not in MODIFIERS)}:
                    if word not in named.heads:
                        named.heads.add(word)
                        self._by_head[word].append(named)
                organisation = head in ORGANISATIONS and head not in ROLES
                named.personal += -3 if organisation or head.endswith("maker") else 3
                named.votes += 3 * ((head in FEMALE_HEADS) - (head in MALE_HEADS))
        sexes = (not FEMALE_TITLES.isdisjoint(title)) - (not MALE_TITLES.isdisjoint(title))
        first = named.words[0]
        known = (first in FEMALE_NAMES) - (first in MALE_NAMES)
        named.votes += 5 * sexes + 2 * known
        named.personal += 3 * abs(sexes) + 2 * abs(known) + 2 * bool(_AGED.match(text, ends))
        named.personal -= 3 * (not ORGANISATIONS.isdisjoint(named.words))
        named.personal -= 2 * (named.name.isupper() and len(named.name) > 1)
        named.personal -= bool(_PLACED.search(text, max(0, begins - 12), begins)) and not title

    def named(self, name: str, at: int, title: str = "") -> Named | None:
        """Whom ``name`` stands for: a surname for the full name; of several, one of that sex named last before."""
        if name in self._full:
            return self._full[name]
        words = [word.lower() for word in _WORD.findall(name)]
        if len(words) != 1:
            return None
        same = [one for one in self._by_word.get(words[0], []) if " of " not in one.name]
        by_first = [] if name.isupper() else same
        same = [one for one in same if one.words[-1] == words[0]] or by_first
        if len(same) > 1:
            titles = set(title.lower().rstrip(".").split())
            gender = (not FEMALE_TITLES.isdisjoint(titles)) - (not MALE_TITLES.isdisjoint(titles))
            same = [one for one in same if one.may_be(gender)] or same
            before = self._before(at)
            near = [m.named for m in before if m.leads and any(m.named is one for one in same)]
            return near[-1] if near else same[0]
        return same[0] if same else None

    def pronoun(self, word: str, at: int, last: Named | None) -> Named | None:
        """Whom "he", "she" or "it" at ``at`` means; ``last`` is who spoke last. None when nobody is near."""
        gender = {"she": 1, "he": -1}.get(word, 0)
        sentence = bisect_right(self.starts, at) - 1
        best: tuple[float, Named] | None = None
        for mention in self._before(at):
            named = mention.named
            fits = named.personal < 0 if word == "it" else named.personal >= 0 and named.may_be(gender)
            if not fits or sentence - mention.sentence > _NEAR:
                continue
            score = 2.0 * mention.leads + 2.0 * (named is last) + 2.0 * (gender * named.votes > 0)
            score += (min(abs(named.personal), 3) - 2) / 2 - (sentence - mention.sentence)
            if best is None or score >= best[0]:
                best = (score, named)
        return best[1] if best else None

    def described(self, words: Sequence[str], at: int, alone: bool = False) -> Named | None:
        """Whom "the agriculture minister" at ``at`` means: who is called that anywhere in the article.

        Of several the one whose titles share most words, then who was named last; none when ``alone``.
        """
        head = head_of(words)
        fitting = self._by_head.get(head, [])
        if alone:
            return fitting[0] if len(fitting) == 1 else None
        if not fitting:
            if head in ORGANISATIONS:
                fitting = [one for one in self._full.values() if head in one.words and one.personal < 0]
                if len({one.name for one in fitting}) == 1:
                    return fitting[0]
            return None
        shared = {id(one): len(one.called & set(words)) for one in fitting}
        most = max(shared.values())
        fitting = [one for one in fitting if shared[id(one)] == most]
        near = [mention.named for mention in self._before(at) if any(mention.named is one for one in fitting)]
        return near[-1] if near else fitting[0]

    def named_since(self, named: Named, at: int, end: int) -> bool:
        """Say whether ``named`` is mentioned between ``at`` and ``end``."""
        return any(mention.named is named and mention.at >= at for mention in self._before(end))

    def only_one_near(self, at: int, personal: bool) -> Named | None:
        """The one person (or organisation) named in this sentence and the two before; None for none or several."""
        sentence = bisect_right(self.starts, at) - 1
        near = {
            id(mention.named): mention.named
            for mention in self._before(at)
            if sentence - mention.sentence <= 2
            and (mention.named.personal > 0 if personal else mention.named.personal < 0)
        }
        return next(iter(near.values())) if len(near) == 1 else None

    def _before(self, at: int) -> list[Mention]:
        end = bisect_right(self.mentions, at, key=lambda mention: mention.at)
        return self.mentions[max(0, end - _WINDOW) : end]


def split_title(run: str) -> tuple[str, str]:
    """A run of capitalised words as title and name: "House Speaker Todd Harkness" to "House Speaker", "Todd Harkness".

    Words that only open a sentence ("But", "On") and days are in neither; the name is "" when nothing is left.
    """
    tokens = run.replace("\u00a0", " ").split(" ")
    plain = [token.rstrip(".").lower() for token in tokens]
    while tokens and (plain[0] in NOT_NAMES and not (len(tokens[0]) == 2 and tokens[0].endswith("."))):
        tokens, plain = tokens[1:], plain[1:]
    while tokens and plain[-1] in NOT_NAMES and len(tokens[-1]) > 2:
        tokens, plain = tokens[:-1], plain[:-1]
    if not tokens:
        return "", ""
    cut = 0
    for number, word in enumerate(plain[:-1], start=1):
        left = len(tokens) - number
        if word in ROLES and (left > 1 or word not in ALSO_NAMES) and plain[-1] not in ORGANISATIONS:
            cut = number
    if (
        len(tokens) > 1
        and all(word in ROLES for word in plain)
        and not (plain[0] in ALSO_NAMES or plain[-1] in ALSO_NAMES)
    ):
        return " ".join(tokens), ""
    if len(tokens) == 1 and plain[0] in _NO_NAME_ALONE:
        return tokens[0], ""
    return " ".join(tokens[:cut]), " ".join(tokens[cut:])


def words_before(text: str) -> list[str]:
    """The words of a description that stands right before a name: "Her deputy, " or "the former spy "."""
    if text[-1:] != " ":
        return []
    words: list[str] = []
    for word in reversed(text.rstrip().removesuffix(",").split(" ")[-6:]):
        if not word or not (word[-1].isalnum() and word[0].isalnum()):
            break
        words.insert(0, word.lower())
    return words if words and words[-1] in _HEADS and head_of(words) == words[-1] else []


def described(phrase: str) -> list[str]:
    """The words of a description without what it goes on to say: "the mayor of Lesna" to "the mayor of lesna"."""
    words = [word.lower() for word in _WORD.findall(phrase)]
    if not words or words[0] in {"who", "which", "whose", "and", "but", "or", "that", "when", "where", "as", "with"}:
        return []
    return words


def head_of(words: Sequence[str]) -> str:
    """The noun of a description: the last word before "of", "for", "in" ...: "minister" of "minister of health"."""
    head = ""
    for word in _before_of(words):
        if word in ROLES or word in ORGANISATIONS:
            head = word if word not in MODIFIERS or not head else head
        elif "year-old" in word:
            head = word
        else:
            head = head if head in ROLES and head not in MODIFIERS else ""
    return head


def _before_of(words: Sequence[str]) -> list[str]:
    """What of a description stands before its first preposition or relative clause."""
    return list(takewhile(lambda word: word not in _PREPOSITIONS, words))
