"""Do independent sources give different answers? What each of them says, compared by value.

Every article that was read is asked for its answer: the spans that the reader found in it. Articles whose answers are
the same by value (rag/values.py) hold one position. An article holds another one when its answer can be compared with
those of the others and is another, when neither side says the other's value as well, unless a further article gives it
too (so a wrong span in an article that also has the right one is no disagreement), and when it is likely enough that it
answers the same question: a logistic model of ``pair_features``, whose weights stand in extractive_weights.json.

Fitted by ``python -m eval.bench.fit_positions``, measured by ``python -m eval.bench.disagreement``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from index.lexical import content_words
from index.schema import ArticleHead, Passage

from .evidence import Sentence, names_found, sentences_of, times_found
from .expected import counts_inhabitants, is_expected
from .lives import without_life
from .questions import Question, is_open, is_yes_or_no, offers_choice, words_asked
from .reading import LOGIT_SCALE, Hit, scaled
from .schema import Dispute
from .spans import trimmed, wants_list
from .values import Value, bound_before, compare, mentions, same_stem, value_of

Chance = Callable[[Hit], float]
"""How likely a span answers the question: 0..1, less for a passage that is less relevant than others."""
# The least chance that the other answer is one, whatever else speaks for a contradiction. A number of inhabitants has
# it where they are asked for: of a census the reader often takes another.
LEAST_OWN = 0.23
# Of one article the spans count whose margin is at most so much below the best that is an answer.
SLACK = 3.0
# Numbers up to this one stand in most texts, and say something only in the sentence of the answer.
COMMON = 20
# The least share of the question's content words in a passage that contradicts one that has as many.
LEAST_WORDS = 0.25
# After so many days another number or date is news, not a contradiction.
CHANGED_AFTER = 14

_CHANGE = re.compile(
    r"\b(?:ris(?:e|en|es|ing)|rose|rais\w+|climb\w*|increas\w+|grow\w*|grew|fell|fall\w*|drop\w*|lower\w*|cut|revis\w+|"
    r"updat\w+|correct\w+|delay\w*|postpon\w+|put off|pushed back|brought forward|rather than|instead of|no longer|"
    r"(?:than|as) (?:was )?(?:first|previously|earlier|originally)|higher than|more than was)\b",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"\b(?:not|no|never|nobody|none|neither|nor|without|denie[sd]|deny|denying|reject\w*|refus\w+|false|untrue|wrong)\b"
    r"|n['’]t\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Said:
    """What one article says: ``text`` is the span with the words that bound it, ``sentence`` is quoted for it."""

    hit: Hit
    text: str
    value: Value
    chance: float
    sentence: Sentence

    @property
    def passage(self) -> Passage:
        return self.hit.passage

    @property
    def day(self) -> date | None:
        return self.passage.article.published.date

    @property
    def inside(self) -> bool:
        """Whether the span stands in the sentence: that of a headline does not."""
        return self.sentence.start <= self.hit.start and self.hit.end <= self.sentence.end


@dataclass(frozen=True, slots=True)
class Pair:
    """An answer that is not the ``best`` one, and what tells whether it contradicts that: ``pair_features``."""

    said: Said
    best: Said
    features: Mapping[str, float]


Contradicts = Callable[[Pair], bool]
"""Whether an answer that differs from the best one contradicts it."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two positions or more, each with what its articles say, the likeliest of them first.

    "disputed": the position of most sources first; "changed": the newest first.
    """

    dispute: Dispute
    positions: tuple[tuple[Said, ...], ...]


def disagreement(
    question: Question, passages: Sequence[Passage], hits: Sequence[Hit], chance: Chance, contradicts: Contradicts
) -> Disagreement | None:
    """How the articles of ``passages`` differ over the question, None when they do not.

    ``hits``: the spans found in the passages. A question that wants several answers, or that each source may answer in
    its own way ("what did they say", "why"), has no disagreement.
    """
    found: list[list[Said]] = []
    sources = _sources(question, passages, hits, chance) if has_one_answer(question) else []
    for said in sources:
        home = next((p for p in found if any(compare(one.value, p[0].value) == "same" for one in said)), None)
        if home is not None:
            home.append(next(one for one in said if compare(one.value, home[0].value) == "same"))
        elif not found or (
            said[0].chance >= LEAST_OWN
            and _differs(question, said[0], found, sources)
            and contradicts(Pair(said[0], found[0][0], pair_features(question, said, found[0][0], sources)))
        ):
            found.append([said[0]])
    if len(found) < 2:
        return None
    if _changed(found):
        return Disagreement("changed", tuple(tuple(p) for p in sorted(found, key=_newest, reverse=True)))
    return Disagreement("disputed", tuple(tuple(p) for p in sorted(found, key=lambda p: -independent(p))))


def pair_features(
    question: Question, said: Sequence[Said], best: Said, sources: Sequence[Sequence[Said]]
) -> dict[str, float]:
    """What tells whether an article, by the spans it ``said``, contradicts the ``best`` answer, each 0..1.

    ``chance``, ``best``: how likely each of the two answers is one. ``asked``: share of the question's content words in
    the sentence of the other; ``alike``: of the content words of the shorter of the two sentences in the longer.
    ``lead``: how far its best span is ahead of the next. ``agreement``: other stories that give that answer, as 0, 1/2,
    2/3 ...
    """
    one = said[0]
    theirs, its = (set(content_words(of.sentence.text)) for of in (one, best))
    agreeing = [group[0] for group in sources if compare(group[0].value, one.value) == "same"]
    others = max(independent(agreeing) - 1, 0)
    following = said[1].hit.margin if len(said) > 1 else one.hit.margin - LOGIT_SCALE
    return {
        "chance": one.chance,
        "best": best.chance,
        "asked": _words_found(question, theirs),
        "alike": len(theirs & its) / max(1, min(len(theirs), len(its))),
        "lead": scaled(one.hit.margin - following),
        "agreement": others / (others + 1),
    }


def has_one_answer(question: Question) -> bool:
    """Whether sources that say something else differ: not over a list, and not over what each tells in its way."""
    return not wants_list(question.text) and not is_open(question.text)


def independent(said: Iterable[Said]) -> int:
    """How many independent sources these are: copies of one story and versions of one article are one."""
    groups: list[set[str]] = []
    for one in said:
        same = {one.passage.uri, *(copy.uri for copy in one.passage.copies)}
        if one.passage.superseded_by is not None:
            same.add(one.passage.superseded_by.uri)
        touching = [group for group in groups if group & same]
        groups = [group for group in groups if not group & same] + [same.union(*touching)]
    return len(groups)


def _sources(question: Question, passages: Sequence[Passage], hits: Sequence[Hit], chance: Chance) -> list[list[Said]]:
    """What each article says, its likeliest span first; the likeliest articles first."""
    sentences: dict[str, list[Sentence]] = {}
    for sentence in sentences_of(passages, question):
        sentences.setdefault(sentence.passage.uri, []).append(sentence)
    found: dict[str, list[Said]] = {}
    for hit in sorted(hits, key=lambda hit: -hit.margin):
        before = found.get(hit.passage.uri)
        if before is None or hit.margin >= before[0].hit.margin - SLACK:
            said = _said(question, hit, sentences.get(hit.passage.uri, ()), chance(hit))
            if said:
                found.setdefault(hit.passage.uri, []).extend(said)
    likeliest = [sorted(said, key=lambda one: -one.chance) for said in found.values()]
    return sorted(likeliest, key=lambda said: -said[0].chance)


def _said(question: Question, hit: Hit, sentences: Sequence[Sentence], chance: float) -> list[Said]:
    """What a span says, [] when it is no answer or no sentence can be quoted for it."""
    if is_yes_or_no(question.text):
        within = next((s for s in sentences if s.start <= hit.start and hit.end <= s.end), None)
        if within is None:
            return []
        answer = "No" if _NOT.search(within.text) else "Yes"
        value = Value(answer, words=(answer,))
        return [Said(hit, value.text, value, chance, within)]
    day = hit.passage.article.published.date
    found = []
    for part, within in _parts(question, hit, sentences):
        if part.text.lower() in question.text.lower() and not offers_choice(question.text):
            continue
        before = bound_before(part.before)
        value = value_of(question.kind, part.text, before, day, words_asked(question))
        quoted = within or next((s for s in sentences if value.kind and mentions(s.text, value, day)), None)
        if value.kind and quoted and is_expected(question, part.text, part.after):
            counted = counts_inhabitants(question, part.before, part.after)
            likely = max(chance, LEAST_OWN) if counted else chance
            found.append(Said(part, before + part.text, value, likely, quoted))
    return found


def _parts(question: Question, hit: Hit, sentences: Sequence[Sentence]) -> Iterator[tuple[Hit, Sentence | None]]:
    """The span, or what each sentence holds of one that goes beyond a sentence, without dates of birth and death."""
    touched: list[tuple[int, int, Sentence | None]] = [
        (max(hit.start, s.start), min(hit.end, s.end), s) for s in sentences if s.start < hit.end and hit.start < s.end
    ]
    begin, text = hit.passage.start, hit.passage.text
    for start, end, sentence in touched or [(hit.start, hit.end, None)]:
        low, high = trimmed(text, start - begin, end - begin)
        kept = without_life(question.text, text, low, high) if question.kind == "when" else (low, high)
        if kept is not None:
            yield replace(hit, start=begin + kept[0], end=begin + kept[1], text=text[slice(*kept)]), sentence


def _differs(
    question: Question, said: Said, positions: Sequence[Sequence[Said]], sources: Sequence[Sequence[Said]]
) -> bool:
    """Whether an article contradicts those of all the positions."""
    if not all(compare(said.value, position[0].value) == "different" for position in positions):
        return False
    if not _same_thing(question, said.passage, positions[0][0].passage):
        return False
    if any(_copies(said.passage.article, one.passage) for position in positions for one in position):
        return False
    if sum(compare(one[0].value, said.value) == "same" for one in sources) > 1:
        return True
    return not any(
        _says(said, position[0].value) or any(_says(one, said.value) for one in position) for position in positions
    )


def _copies(article: ArticleHead, passage: Passage) -> bool:
    return any(copy.uri == article.uri for copy in passage.copies)


def _says(said: Said, value: Value) -> bool:
    """True when what was read of the article says ``value`` too."""
    common = bool(value.numbers) and value.numbers[0].value <= COMMON
    return mentions(said.sentence.text if common else said.passage.text, value, said.day)


def _same_thing(question: Question, one: Passage, best: Passage) -> bool:
    """Whether a passage can be about what the best one is about: it fits the question's times, and its names and other
    words if that one does."""
    if min(times_found(question, one), times_found(question, best)) < 1:
        return False
    if not names_found(question, one) and names_found(question, best):
        return False
    told, best_told = (set(content_words(f"{of.article.title} {of.text}")) for of in (one, best))
    return _words_found(question, told) >= min(LEAST_WORDS, _words_found(question, best_told))


def _words_found(question: Question, said: set[str]) -> float:
    """Share of the question's content words among those that are ``said``, but for their endings."""
    asked = set(content_words(question.text))
    return sum(any(same_stem(word, other) for other in said) for word in asked) / max(1, len(asked))


def _changed(positions: Sequence[Sequence[Said]]) -> bool:
    """Whether the answer became another: the days of the positions do not overlap, and something tells of a change.

    That is a later version of the same article, words like "risen" beside the newer value, or the time that passed
    between numbers or dates.
    """
    if _versions(positions):
        return True
    days = [sorted(one.day for one in position if one.day) for position in positions]
    if not all(days):
        return False
    pairs = list(pairwise(sorted(range(len(positions)), key=lambda number: days[number])))
    if any(days[newer][0] <= days[older][-1] for older, newer in pairs):
        return False
    return all(
        any(_CHANGE.search(one.sentence.text) for one in positions[newer])
        or (
            positions[newer][0].value.kind in ("numbers", "days")
            and (days[newer][0] - days[older][-1]).days >= CHANGED_AFTER
        )
        for older, newer in pairs
    )


def _versions(positions: Sequence[Sequence[Said]]) -> bool:
    """Whether an article of one position has a later version in another."""
    later = {one.passage.superseded_by.uri for position in positions for one in position if one.passage.superseded_by}
    return any(one.passage.uri in later for position in positions for one in position)


def _newest(position: Sequence[Said]) -> tuple[bool, date]:
    """For sorting: versions that were superseded before others, then by day."""
    current = any(one.passage.superseded_by is None for one in position)
    return current, max((one.day for one in position if one.day), default=date.min)
