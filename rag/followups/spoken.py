"""What a conversation has spoken of so far: whom "she", what "it", where "there" and when "then" can mean.

Several names and phrases may fit a word; each gets a score, and the best is meant. The scores were set by hand on one
half of eval/dialogues (``python -m eval.bench.dialogues --half chosen --show`` tells what a change does); they matter
only beside each other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from index.sentences import split_sentences
from index.speech.people import Mention, Named, People
from index.speech.words import MODIFIERS, ORGANISATIONS, ROLES

from .anatomy import TIME, Anatomy, Phrase, about_of, is_participle, phrases, take_apart, times_in, words_of
from .words import BE, BREAKS, DETERMINERS, KNOWN_TO_ALL, PREPOSITIONS

_PERSONS = ROLES - ORGANISATIONS - MODIFIERS  # nouns for somebody
_MARKER = re.compile(r"\s*\[[^\[\]]{1,40}\]")
_REFUSES = re.compile(r"not in (?:these|the) sources\b", re.I)
_DIFFER = re.compile(r"^(?:It changed|Sources differ): ")
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"")
_AT_PLACE = re.compile(r"\b(in|at|near|on) ((?:the )?[A-Z][\w'’-]*(?: [A-Z][\w'’-]*)*)")
_MOST_CHARS = 500  # of an answer: what is meant stands in its first sentences
_LEAST = -0.5  # what nothing speaks for better is not meant
_AGE = 2.0  # what a turn further back costs
_TELLING = frozenset("say tell think promise call claim want resign die write warn announce admit deny".split())


def content_of(answer: str) -> str:
    """An answer without its markers, and without what only says how sources differ; "" for a refusal."""
    text = _MARKER.sub("", answer).strip()
    return "" if _REFUSES.match(text) else _DIFFER.sub("", text)[:_MOST_CHARS].strip()


@dataclass(frozen=True, slots=True)
class _Part:
    """A question or an answer at ``start`` to ``end`` of the conversation as one text."""

    start: int
    end: int
    turn: int
    asked: bool
    first_end: int  # end of its first sentence


def _phrase_with(noun: str, text: str) -> str:
    """The phrase of a text that ends in ``noun``, with "of" and a name behind it; "" for none."""
    words = words_of(text)
    at = next((n for n, word in enumerate(words) if word.lower == noun.lower()), None)
    if at is None:
        return ""
    first = at
    while first and words[first - 1].lower not in BREAKS | DETERMINERS and at - first < 3:
        first -= 1
    name = re.match(r" of (?:the )?[A-Z][\w'’-]*(?: (?:of )?[A-Z][\w'’-]*)*", text[words[at].end :])
    found = text[words[first].start : words[at].end]
    if name:
        return f"the {found}{name[0]}"
    return f"the {found}" if first < at and not words[first].is_name else ""


def _counted(parts: Anatomy) -> list[tuple[float, str]]:
    """What "they" are after a question that asks how many, or which: "the countries that joined the boycott"."""
    head = parts.noun.split()[-1] if parts.noun else ""
    if not (head.endswith("s") or head == "people") or head in KNOWN_TO_ALL:
        return []
    if not parts.auxiliary:
        return [(3.2, f"the {parts.noun} that {parts.rest}")]
    if parts.auxiliary.lower() in BE and any(is_participle(word) for word in words_of(parts.rest)[:1]):
        return [(3.2, f"the {parts.noun} {parts.rest}")]
    return [(1.6, f"the {parts.noun}")]


class Spoken:
    """``turns`` are the questions, each on its own feet, with their answers, oldest first; at least one."""

    def __init__(self, turns: Sequence[tuple[str, str]]) -> None:
        self.turns = [(question, content_of(answer)) for question, answer in turns]
        self.question, self.answer = self.turns[-1]
        self._parts: list[_Part] = []
        text = ""
        for turn, pair in enumerate(self.turns):
            for asked, part in zip((True, False), pair, strict=True):
                first = split_sentences(part)[0][1] if part else 0
                self._parts.append(_Part(len(text), len(text) + len(part), turn, asked, len(text) + first))
                text += part + "\n\n"
        self.text = text

    @cached_property
    def people(self) -> People:
        """Who is named in the conversation: the code for articles reads it as one text."""
        hidden = [match.span() for match in _QUOTED.finditer(self.text)]
        return People(self.text, split_sentences(self.text), hidden)

    @cached_property
    def _things(self) -> set[str]:
        """Names with "the" before them."""
        before = ((m.named.name, self.text[max(0, m.at - 4) : m.at]) for m in self.people.mentions)
        return {name for name, word in before if word.lower() == "the "}

    @cached_property
    def _tellers(self) -> set[str]:
        return {m.named.name for m in self.people.mentions if self._tells(m)}

    def is_person(self, named: Named) -> bool:
        """Say whether a name is somebody's: two words that nothing speaks against will do."""
        if named.name in self._things:
            return named.personal > 2
        return named.personal > 0 or (named.personal == 0 and (" " in named.name or named.name in self._tellers))

    def person_named(self, text: str) -> Named | None:
        """The person of the conversation that a phrase names: "Holt", "the minister Casimir Holt"; None for another."""
        ends = text.lower().split()[-1:]
        found = (m.named for m in self.people.mentions if m.named.words[-1:] == ends and " of " not in text)
        return next((named for named in found if self.is_person(named)), None)

    def person(self, gender: int) -> str:
        """Whom "she" (1), "he" (-1) or a word without sex (0) means; "" for nobody."""
        best: tuple[float, str] = (-9.0, "")
        asks_who = [self._asks_for_person(question) for question, _ in self.turns]
        behind: dict[int, int] = {}
        for mention in self.people.mentions:
            part, named = self._part(mention), mention.named
            # Where somebody must be meant, a name that stands after "on" or "at" as well may be somebody's.
            maybe = " " in named.name and named.personal > -3 and named.name not in self._things
            if not (self.is_person(named) or maybe) or not named.may_be(gender):
                continue
            score = (gender * named.votes > 0) - 1.5 * (not self.is_person(named))
            score -= _AGE * (len(self.turns) - 1 - part.turn)
            if part.asked:
                score += 0.5 if asks_who[part.turn] else 2.0
            else:
                place = behind[part.turn] = behind.get(part.turn, -1) + 1
                score += (3.0 if asks_who[part.turn] else 0.5) - 0.3 * min(place, 5) - (mention.at > part.first_end)
            if score > best[0]:
                best = (score, named.name)
        return best[1]

    def thing(self, *, plural: bool, owner: bool = False, other_than: str = "") -> str:
        """What "it" or (``plural``) "they" means; ``owner``: "its", which is rather an organisation's. "" for nothing.

        What stands in ``other_than``, the question so far, is not meant: it would be named twice in one clause.
        """
        taken = {word.lower for word in words_of(other_than)} - DETERMINERS - BREAKS
        best: tuple[float, str] = (_LEAST, "")
        for age, (question, answer) in enumerate(reversed(self.turns)):
            answered = [(score + owner, text) for score, text in self._answered(question, answer, plural)]
            found = [*self._asked_things(question, plural, owner), *answered]
            if about := about_of(question):
                found.append((2.0, about))
            for score, text in found:
                if score - _AGE * age > best[0] and taken.isdisjoint(word.lower for word in words_of(text)):
                    best = (score - _AGE * age, text)
        return best[1]

    def _asked_things(self, question: str, plural: bool, owner: bool) -> list[tuple[float, str]]:
        """The things that a question holds, with their scores."""
        parts = take_apart(question)
        found = _counted(parts) if plural else []
        if plural and not parts.auxiliary and self._asks_for_person(question):
            return found  # "they" are who did it
        for place, phrase in enumerate(phrases(question)):
            text = phrase.text
            if phrase.head in _PERSONS and phrase.plural <= plural:
                text = text.partition(" of ")[2]
            if not text or TIME.fullmatch(text) or phrase.head in KNOWN_TO_ALL or self._surely_person(text):
                continue
            if phrase.before == "to" and "according to" in question[: phrase.start].lower() and not plural:
                continue
            found.append((self._score(phrase, text, plural, owner) + 0.2 * place, text))
        return found

    def _score(self, phrase: Phrase, text: str, plural: bool, owner: bool) -> float:
        """How well a phrase fits "it", or "they" when ``plural``; ``text`` is what of it would be meant."""
        words = words_of(text)
        named = any(word.is_name for word in words)
        group = named and not ORGANISATIONS.isdisjoint(word.lower for word in words)  # is "it" and "they"
        name = named and text[0].isupper()
        score = 2.0 + 0.5 * (phrase.definite or named) + 0.6 * (owner and named) + 0.5 * (plural and group)
        score -= 1.0 * (not phrase.definite and not named)
        score -= (3.2 if plural else 2.0) * (phrase.plural != plural and not name and not group)
        score -= 2.6 * bool(self.person_named(text))
        return score - 1.0 * (phrase.before in ("in", "at", "near") and text[0].isupper() and not group)

    def _answered(self, question: str, answer: str, plural: bool) -> list[tuple[float, str]]:
        """The thing that answers a question for one: the first name of the answer that the question does not hold."""
        parts = take_apart(question)
        if not parts.lead.lower().startswith(("what", "which", "who")):
            return []
        if not plural and parts.noun.endswith("s") and not parts.noun.endswith("ss"):
            return []  # several were asked for
        person_asked = self._asks_for_person(question)
        head = answer[: split_sentences(answer)[0][1]] if answer else ""
        which = parts.noun.split()[-1] if parts.noun and parts.lead.lower().startswith("which") else ""
        if which and (told := _phrase_with(which, head)):
            return [(2.8, told)]
        for match in re.finditer(r"(?:[Tt]he )?(?:[A-Z][\w'’-]*)(?: [A-Z][\w'’-]*)*(?: [a-z]+(?=[,.;]))?", head):
            text = match[0]
            names = [word for word in words_of(text) if word.lower not in BREAKS and word.lower != "the"]
            before = words_of(head[: match.start()])[-1:]
            if before and before[0].lower in PREPOSITIONS and not person_asked:
                continue
            if not names or names[0].lower in question.lower() or self.person_named(text) or TIME.search(text):
                continue
            if plural and not (names[-1].lower.endswith("s") or ORGANISATIONS & {word.lower for word in names}):
                continue
            if person_asked and not ORGANISATIONS & {word.lower for word in names}:
                continue
            return [(2.8, text[0].lower() + text[1:] if text.startswith("The ") else text)]
        return []

    def both(self) -> str:
        """The two persons of a last question about somebody of somebody's: "Ann Low and Bo Ray" after "her deputy"."""
        asked = [m.named.name for m in self.people.mentions if self._is_asked_last(m) and self.is_person(m.named)]
        focus = self.answer_focus()
        owner = any(f"{name.split()[-1]}{mark}s " in self.question for name in asked[:1] for mark in "'’")
        return f"{asked[0]} and {focus}" if owner and focus else ""

    def _is_asked_last(self, mention: Mention) -> bool:
        part = self._part(mention)
        return part.asked and part.turn == len(self.turns) - 1

    def place(self) -> str:
        """Where "there" is, with its preposition ("in Norvik"); "" for nowhere."""
        for question, answer in reversed(self.turns):
            if take_apart(question).lead.lower().endswith("where") and (found := _AT_PLACE.search(answer)):
                return found[0]
            near = [
                p for p in phrases(question) if p.before in ("in", "at", "near", "on") and not TIME.fullmatch(p.text)
            ]
            if near:
                return f"{near[-1].before} {near[-1].text}"
        return ""

    def time(self) -> str:
        """When "then" is: the last month or year that was asked about, or that answers when; "" for none."""
        for question, answer in reversed(self.turns):
            asked = times_in(question)
            if not asked and take_apart(question).lead.lower() == "when":
                asked = times_in(answer)[:1]
            if asked:
                return f"{asked[-1][1] or 'in'} {asked[-1][2].strip()}"
        return ""

    def called(self, phrase: Phrase) -> str:
        """Who or what a description that names nobody means: "the minister", "the company", "the bridge"; or ""."""
        words = [word.lower for word in words_of(phrase.text)][1:]
        if words[-1] in _PERSONS:
            named = self.people.described(words, len(self.text))
            return named.name if named and self.is_person(named) else ""
        for question, _ in reversed(self.turns):
            for earlier in reversed(phrases(question)):
                more = [word.lower for word in words_of(earlier.text)]
                if earlier.head == words[-1] and set(words) < set(more) and not earlier.bare:
                    return earlier.text
        return self._group() if len(words) == 1 and words[0] in ORGANISATIONS else ""

    def _group(self) -> str:
        """The organisation that was spoken of last: a name of a question that is nobody's and no place's."""
        for question, answer in reversed(self.turns):
            found = [p for p in phrases(question) if p.before not in ("in", "at", "near") and not TIME.search(p.text)]
            named = [p.text for p in found if words_of(p.text)[-1].is_name and not self._surely_person(p.text)]
            if named:
                return named[-1]
            if answered := self._answered(question, answer, plural=False):
                return answered[0][1]
        return ""

    def _surely_person(self, text: str) -> bool:
        person = self.person_named(text)
        return person is not None and (person.personal > 0 or person.name in self._tellers)

    def answer_focus(self) -> str:
        """Who answers the last question, when it asks for somebody; "" else."""
        if not self._asks_for_person(self.question):
            return ""
        last = self._parts[-1]
        inside = [m for m in self.people.mentions if last.start <= m.at < last.first_end and self.is_person(m.named)]
        new = [m.named.name for m in inside if m.named.words[-1] not in self.question.lower()]
        return new[0] if new else ""

    @staticmethod
    def _asks_for_person(question: str) -> bool:
        """Say whether somebody is asked for; "Who is Ann Low?" is about her and asks for nobody else."""
        parts = take_apart(question)
        words = [word.lower for word in words_of(parts.lead)]
        if parts.auxiliary.lower() in BE and all(word.is_name for word in words_of(parts.rest)):
            return False
        return bool({"who", "whom", "whose"} & set(words)) or (bool(words) and words[-1] in _PERSONS)

    def _part(self, mention: Mention) -> _Part:
        return next(part for part in reversed(self._parts) if part.start <= mention.at)

    def _tells(self, mention: Mention) -> bool:
        follows = words_of(self.text[mention.at + len(mention.named.words[-1]) : mention.at + 80])[:2]
        return bool({word.lower for word in follows} & _TELLING)
