"""Resolves the subject of a verb of speech to a speaker."""

from __future__ import annotations

import re

from .people import NAME, Named, People, split_title
from .words import GROUPS, ORGANISATIONS, PAPERS, PLURALS, ROLES

_PREPOSITION = re.compile(r"\s(?:of|for|at|from|in|with|to|on|by|near|who|that|whose|which|close)\s")
_PAPER = re.compile(rf"^(?P<owner>.*?)(?:['’]s?)?\s(?:\w+\s)?(?:{'|'.join(sorted(PAPERS))})$", re.IGNORECASE)
_FROM = re.compile(
    rf"\b(?:{'|'.join(sorted(PAPERS))})s?\b[^,]*?\b(?:by|from|of)\s(?:the\s)?(?P<who>.+)$", re.IGNORECASE
)
_WORD = re.compile(r"[\w-]+(?:['’]\w+)*")
_GROUP = re.compile(rf"\b(?:[\w’'-]+ )?(?:{'|'.join(sorted(GROUPS))})\b")
_FAR = 1000  # characters from one who is not named to a "he"
_NEAR = 200  # characters before a "they"
_DEFINITE = re.compile(r"(?:the|this|that)\s|(?:mr|ms|mrs|dr)\b", re.IGNORECASE)
_OWNED = re.compile(r"(?:his|her|its|their)\s", re.IGNORECASE)
_NOBODY = frozenset("i we you one it that this there what".split())
_COMMON = frozenset("company firm group business airline bank union ministry agency council club party team".split())


class Speakers:
    """Who the subjects of one article are; ``here`` is who spoke last in the paragraph that is being read."""

    def __init__(self, people: People) -> None:
        self.people = people
        self.here: str | None = None
        self._last: Named | None = None
        self._last_plural = ""
        self._unnamed: tuple[str, int] = ("", 0)  # who spoke without a name, and where
        self._names: dict[str, Named] = {}
        self._led: tuple[str, int] = ("", -1)

    def said(self, speaker: str) -> None:
        """Somebody spoke."""
        if speaker:
            self.here = speaker
            self._last = self._names.get(speaker, self._last)

    def lead(self, subject: str, at: int) -> None:
        """A sentence without speech has this subject."""
        self._led = (subject, at)

    def leading(self, at: int) -> str | None:
        """The person that the sentence before ``at`` is about, if it is the sentence right before a quotation."""
        subject, begins = self._led
        if not subject or begins < 0 or at - begins > 300:
            return None
        speaker = self.of(subject, "", begins)
        named = self._names.get(speaker)
        return speaker if named is not None and named.personal > 0 else None

    def of(self, subject: str, aside: str, at: int) -> str:
        """The speaker that ``subject`` (at ``at`` of the text) stands for, "" for none; ``aside`` may name it."""
        subject = " ".join(subject.split()).strip(" ,")
        word = subject.lower()
        if word in {"he", "she", "it"}:
            return self._pronoun(word, at)
        if word == "they":
            return self._plural_before(at)
        if not subject or word in _NOBODY:
            return ""
        if paper := _FROM.search(subject):
            return self.of(paper["who"], "", at)
        if (paper := _PAPER.match(subject)) and paper["owner"].lower() not in {"", "the", "a", "an", "one", "this"}:
            return self.of(paper["owner"], "", at)
        if word.split()[-1] in PAPERS:
            return self._of_paper(subject, at)
        head = _PREPOSITION.split(f"{subject} ", maxsplit=1)[0].strip()
        if len(both := re.split(r" and ", head)) == 2 and all(self._name_in(part, at) for part in both):
            return head
        named = self._name_in(head, at)
        if named is None and aside:
            begins = NAME.match(aside)
            if begins and split_title(begins[0])[1]:
                named = self._name_in(begins[0], at)
        if named is not None:
            return self._remember(named)
        return self._described(subject, head, at)

    def _pronoun(self, word: str, at: int) -> str:
        """A person who spoke without a name, when nobody was named since; else whom the article names."""
        named = self.people.pronoun(word, at, self._last)
        unnamed, since = self._unnamed
        if word != "it" and unnamed and at - since < _FAR and not (named and self.people.named_since(named, since, at)):
            return unnamed
        return self._remember(named)

    def _plural_before(self, at: int) -> str:
        """Whom "they" means: the last group of people named shortly before, else the last that spoke."""
        groups = list(_GROUP.finditer(self.people.text, max(0, at - _NEAR), at))
        return groups[-1][0] if groups else self._last_plural

    def _name_in(self, head: str, at: int) -> Named | None:
        """Who is named in the head of a subject: "superior court judge Wanda Pickering", but not "Harkness's aide"."""
        names = list(NAME.finditer(head))
        if not names:
            return None
        last = names[-1]
        tail = head[last.end() :].strip()
        if tail:
            return None
        title, name = split_title(last[0])
        if not name:
            return self.people.named(last[0], at) if title == last[0] else None  # "Baker", who is no baker here
        return self.people.named(name, at, title) or Named(name)

    def _described(self, subject: str, head: str, at: int) -> str:
        words = [word.lower() for word in _WORD.findall(subject)]
        bare = words[1:] if words[0] in {"the", "a", "an", "this"} else words
        last = head.lower().split()[-1]
        if (
            last in GROUPS
            or last in PLURALS
            or (last.endswith("s") and last not in ROLES and last not in ORGANISATIONS)
        ):
            self._last_plural = subject
            return subject
        if _DEFINITE.match(subject):
            known = self.people.described(bare, at)
            if known is None and ("year-old" in last or last in ROLES):
                known = self.people.only_one_near(at, personal=True)
            elif known is None and last in _COMMON:
                known = self.people.only_one_near(at, personal=False)
            if known is not None:
                return self._remember(known)
        elif _OWNED.match(subject) and (known := self.people.described(bare[1:], at, alone=True)):
            return self._remember(known)
        if last in ROLES or "year-old" in last:
            self._unnamed = (subject, at)
        return subject

    def _of_paper(self, subject: str, at: int) -> str:
        """ "The statement said": whoever spoke last, when that is near."""
        if subject.lower() in {"the statement", "a statement", "the letter", "the post", "the tweet", "the message"}:
            return self.here or (self._last.name if self._last else "")
        return subject

    def _remember(self, named: Named | None) -> str:
        if named is None:
            return ""
        self._unnamed = ("", 0)
        self._names[named.name] = named
        return named.name
