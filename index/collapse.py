"""What a search shows of a story that several articles carry: a passage once, of an article its newest version."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple

import apsw
import numpy as np
from numpy.typing import NDArray

from .copies import RUN, runs_in_order, word_hashes
from .fusion import Ranking
from .store import select

# A passage says nothing of its own when passages of other articles of its story hold this share of its runs of words,
SAME = 0.5
# and it adds fewer words in a row than that. The beginning of an article may be its own up to so many words: it says in
# other words what the others begin with.
ADDED_WORDS = 12
LEDE_WORDS = 60


class Member(NamedTuple):
    """An article of a story, with its next version, and the days of its publication and last change, "" if unknown."""

    id: int
    next_version: int | None
    published: str
    changed: str


@dataclass(frozen=True)
class Story:
    """All articles that carry one story, by number, and what is known of them on the day ``today`` (None: all)."""

    members: dict[int, Member]
    today: date | None = None

    @cached_property
    def first(self) -> int:
        """The article that was stored first: it names the story."""
        return min(self.members)

    def known(self, number: int) -> bool:
        """Whether this version of an article is there on the day."""
        return self.today is None or self.members[number].changed <= self.today.isoformat()

    def newest(self, number: int) -> int:
        """The newest version of an article that is known on the day; itself when there is none."""
        following = self.members[number].next_version
        while following in self.members and self.known(following):  # versions follow one another in time: no circle
            number = following
            following = self.members[number].next_version
        return number

    def versions(self, number: int) -> list[int]:
        """All versions of an article, oldest first, itself among them."""
        return self._versions[self._last[number]]

    def copies(self, number: int) -> list[int]:
        """The articles that carry the same story and are no versions of this one, as far as they are known."""
        own = self.versions(number)
        return [other for other in self.members if other not in own and self.known(other)]

    @cached_property
    def _last(self) -> dict[int, int]:
        """The last version of each article, known or not."""
        whole = Story(self.members)
        return {number: whole.newest(number) for number in self.members}

    @cached_property
    def _versions(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for number in sorted(self.members, key=lambda number: (self.members[number].changed, number)):
            found.setdefault(self._last[number], []).append(number)
        return found


@dataclass(frozen=True, slots=True)
class Shown:
    """A chunk to be shown, with its article and its story; no story when no other article carries it."""

    chunk: int
    score: float
    article: int = 0
    story: Story | None = None


def stories_of(connection: apsw.Connection, numbers: Iterable[int], today: date | None = None) -> dict[int, Story]:
    """The stories of some articles, by the number of every article in them; nothing for an article on its own."""
    rows = select(
        connection,
        "SELECT story, article_id, superseded_by, published, changed FROM member WHERE story IN "
        "(SELECT story FROM member WHERE article_id IN (SELECT value FROM json_each(?))) ORDER BY article_id",
        (json.dumps(list(numbers)),),
    )
    found: dict[int, dict[int, Member]] = {}
    for story, *member in rows:
        found.setdefault(story, {})[member[0]] = Member(*member)
    stories = (Story(members, today) for members in found.values())
    return {number: story for story in stories for number in story.members}


def collapse(connection: apsw.Connection, ranked: Ranking, today: date | None) -> list[Shown]:
    """The chunks of ``ranked`` without those that another one says for them, best first.

    A passage that says the same as those of other articles of its story gives its score to the one that is shown: of
    the newest version, else of the earliest dated article. What an article says beyond the others stays. An older
    version is not shown beside its newest one.
    """
    rows = select(
        connection,
        "SELECT chunk.id, chunk.article_id, chunk.text, "
        "chunk.id = (SELECT min(id) FROM chunk AS every WHERE every.article_id = chunk.article_id) "
        "FROM chunk JOIN member ON member.article_id = chunk.article_id "
        "WHERE chunk.id IN (SELECT value FROM json_each(?))",
        (json.dumps([chunk for chunk, _ in ranked]),),
    )
    if not rows:
        return [Shown(chunk, score) for chunk, score in ranked]
    stories = stories_of(connection, {row[1] for row in rows}, today)
    articles = {row[0]: row[1] for row in rows}
    scores = dict(ranked)
    groups: dict[int, list[_Candidate]] = {}
    for chunk, article, text, first in rows:
        candidate = _Candidate(chunk, article, text, bool(first))
        groups.setdefault(stories[article].first, []).append(candidate)
    for group in groups.values():
        _tell_once(stories[group[0].article], group, scores)
    order = {chunk: place for place, (chunk, _) in enumerate(ranked)}
    return [
        Shown(chunk, scores[chunk], articles.get(chunk, 0), stories.get(articles.get(chunk, 0)))
        for chunk in sorted(scores, key=lambda chunk: (-scores[chunk], order[chunk]))
    ]


@dataclass(frozen=True)
class _Candidate:
    """A chunk that was found; ``first``: its article begins with it."""

    chunk: int
    article: int
    text: str
    first: bool

    @cached_property
    def runs(self) -> NDArray[np.int64]:
        """Hashes in the order of the words."""
        return runs_in_order(word_hashes(self.text))

    def adds_nothing(self, others: Sequence[_Candidate]) -> bool:
        """Whether the other chunks say what this one says."""
        if not others:
            return False
        told = np.isin(self.runs, np.concatenate([one.runs for one in others]))
        places = np.flatnonzero(told)
        if not len(places):
            return False
        if self.first and places[0] < LEDE_WORDS:
            told, places = told[places[0] :], places - places[0]
        # Words between two runs that are told; a run holds the words that follow its first one.
        added = np.diff(np.concatenate([[-RUN], places, [len(told) + RUN - 1]])) - RUN
        return bool(len(places) >= SAME * len(told) and added.max() < ADDED_WORDS)


def _tell_once(story: Story, group: Sequence[_Candidate], scores: dict[int, float]) -> None:
    """Take out of ``scores`` the chunks of one story that are not to be shown, and hand their scores on."""
    found = {candidate.article for candidate in group if story.known(candidate.article)}
    kept: list[_Candidate] = []
    outdated: list[_Candidate] = []
    for candidate in sorted(group, key=lambda candidate: _preference(story, candidate)):
        newest = story.newest(candidate.article)
        if not story.known(candidate.article) and len(story.versions(candidate.article)) > 1:
            del scores[candidate.chunk]  # on that day the article read otherwise
        elif newest != candidate.article and newest in found:
            outdated.append(candidate)
        else:
            others = [one for one in kept if one.article != candidate.article]
            if candidate.adds_nothing(others):
                _hand_on(candidate, others, scores)
            else:
                kept.append(candidate)
    for candidate in outdated:
        newest = story.newest(candidate.article)
        _hand_on(candidate, [one for one in kept if one.article == newest] or kept, scores)


def _preference(story: Story, candidate: _Candidate) -> tuple[bool, bool, str, int, int]:
    """Sorts first what is to be shown: newest versions, then the earliest dated article."""
    number = candidate.article
    superseded, first = story.newest(number) != number, story.versions(number)[0] == number
    return superseded, first, story.members[number].published or "9999", number, candidate.chunk


def _hand_on(candidate: _Candidate, kept: Sequence[_Candidate], scores: dict[int, float]) -> None:
    """Give the score of a chunk that is not shown to that of the kept ones which says most of it."""
    score = scores.pop(candidate.chunk)
    if len(kept) == 1:
        scores[kept[0].chunk] = max(scores[kept[0].chunk], score)
    elif kept:
        best = max(kept, key=lambda one: (int(np.isin(candidate.runs, one.runs).sum()), scores[one.chunk]))
        scores[best.chunk] = max(scores[best.chunk], score)
