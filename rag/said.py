"""Questions about words: "who said X?", "what did Y say about Z?".

A step of its own behind the reader (rag/extractive.py): the passages and the sentence come from there; who speaks comes
from the speech of the articles (index/speech), also when the name stands in another paragraph than the words. The
weights of the reader know nothing of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from index.lexical import content_words
from index.schema import Article, Passage, Speech
from index.sentences import split_sentences
from index.speech import find_speech, name_in
from index.speech.words import TENSES

from .citing import Draft, DraftClaim, Evidence
from .spans import answer_key, same_answer

if TYPE_CHECKING:
    from index import Index

# How well words must fit (0..1, half the share of words, half the cosine) to be those that are asked about: in a
# sentence that the reader chose, in any other, and where the reader found no answer at all.
FITS_CHOSEN, FITS, FITS_ALONE = 0.4, 0.6, 0.75
# Words that are said as they are asked for, so many in a row, are those words.
VERBATIM = 3
# Chance that the speaker of verbatim words is right: python -m eval.bench.speech (held out and newsroom).
CERTAIN = 0.9

_SPOKEN = {"feared", "hoped", "believed", "thought", "thinks", "believes", "fears", "hopes", "doubted"} | {
    form for form, tense in TENSES.items() if tense in {"past", "third"}
}
_ASKED = {"react", "sum", "think", "believe", "feel", "want", "fear", "hope"} | {
    form for form, tense in TENSES.items() if tense in {"base", "past"}
}
_WHO = re.compile(
    r"(?:and |but |so )?(?:who|which (?:\w+ ){1,3}?|what (?:\w+ ){1,2}?)(?:was it (?:that|who) |has |have |had |also |publicly )*"
    r"(?P<verb>\w+)\s(?P<rest>.+)",
    re.IGNORECASE,
)
_WHOSE = re.compile(
    r"(?:according to whom|by whom|whose (?:words|quote|remark|statement|phrase|claim|opinion|view|warning)s?|who is quoted)"
    r"\s(?P<rest>.+)",
    re.IGNORECASE,
)
_WHAT = re.compile(
    r"(?:what|how|why|which|when|where)\b.*?\b(?:did|does|do|has|have|had)\s(?P<who>(?:[\w’'.-]+\s){1,10}?)"
    r"(?P<verb>\w+)\b(?P<rest>.*)",
    re.IGNORECASE,
)
_REACTION = re.compile(
    r"what (?:was|is|were|are)\s(?P<who>.+?)['’]s?\s(?:\w+\s)?(?:reaction|response|reply|answer|view|opinion|comment|explanation"
    r"|description|verdict|message|words|statement|warning)s?\b(?P<rest>.*)",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[\"“]([^\"“”]+)[\"”]|(?<!\w)['‘]([^'‘’]+)['’](?!\w)")
_WORD = re.compile(r"\w+(?:['’-]\w+)*")
_TITLES = re.compile(r"\b(?:mr|mrs|ms|dr|sir|prof|the|a|an)\b\.?\s?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about words: ``speaker`` is whose words are asked for, "" when it is asked who said them; ``words``
    are what was said or what it was about, ``verbatim`` the part of them in quotation marks."""

    speaker: str
    words: str
    verbatim: str = ""


def asked_of(question: str) -> Asked | None:
    """What a question about words asks for; None for another question."""
    text = " ".join(question.split()).rstrip("?!. ")
    quoted = _QUOTED.search(text)
    verbatim = (quoted[1] or quoted[2]) if quoted else ""
    if match := _WHOSE.match(text):
        return Asked("", match["rest"], verbatim)
    if (match := _WHO.match(text)) and match["verb"].lower() in _SPOKEN:
        return Asked("", match["rest"], verbatim)
    if match := _REACTION.match(text):
        return Asked(match["who"].strip(), match["rest"].strip(), verbatim)
    if (match := _WHAT.match(text)) and match["verb"].lower() in _ASKED:
        return Asked(match["who"].strip(), match["rest"].strip(), verbatim)
    return None


def with_speech(passages: Sequence[Passage], index: Index) -> list[Passage]:
    """The passages with the speech of their articles that touches them, for a store that keeps none."""
    found: dict[str, list[Speech]] = {}
    filled = []
    for passage in passages:
        if not passage.speech and passage.uri not in found:
            article = index.article(passage.uri)
            found[passage.uri] = find_speech(article) if article else []
        mine = [s for s in found.get(passage.uri, ()) if s.start < passage.end and passage.start < s.end]
        filled.append(passage if passage.speech else replace(passage, speech=tuple(mine)))
    return filled


def settle(draft: Draft, question: str, passages: Sequence[Passage], index: Index) -> Draft:
    """The reader's ``draft`` with the speech behind it: for another question, or where nothing fits, as it is.

    Who said it: the speaker of the words that fit best becomes the short answer. What somebody said: words of that
    speaker; when only somebody else's would be quoted, there is no answer.
    """
    asked = asked_of(question)
    if asked is None:
        return draft
    words = _Words(asked, passages, index)
    return words.who(draft) if not asked.speaker else words.what(draft)


@dataclass(frozen=True, slots=True)
class _Spoken:
    """A stretch of speech in a passage, and how well it fits what is asked."""

    passage: Passage
    speech: Speech
    fit: float
    verbatim: bool


class _Words:
    """The speech in the passages, seen from one question."""

    def __init__(self, asked: Asked, passages: Sequence[Passage], index: Index) -> None:
        self.asked = asked
        self.passages = passages
        self.index = index
        self._articles: dict[str, Article | None] = {}

    def who(self, draft: Draft) -> Draft:
        """The draft with the speaker of the best words; as it is when none fit or nobody is known to have said them."""
        best = max(self.spoken, key=lambda one: (one.verbatim, one.fit), default=None)
        if best is None or not best.speech.speaker:
            return draft
        key = answer_key(best.speech.speaker)
        if draft.short and same_answer(answer_key(draft.short[0].quote), key):
            return draft
        chosen = any(_covers(e, best) for claim in draft.claims for e in claim.evidence)
        needed = FITS_ALONE if draft.outcome != "answered" else FITS_CHOSEN if chosen else FITS
        if not best.verbatim and best.fit < needed:
            return draft
        return self._answer(draft, best, name=True)

    def what(self, draft: Draft) -> Draft:
        """The draft when it quotes whose words are asked for, else their words that fit; none for another's words."""
        mine = [one for one in self.spoken if self._speaks(one)]
        cited = [e for claim in draft.claims[:1] for e in claim.evidence]
        if any(_covers(e, one) for e in cited for one in mine):
            return draft
        best = max(mine, key=lambda one: one.fit, default=None)
        needed = FITS_CHOSEN if draft.outcome == "answered" else FITS_ALONE
        if best is not None and best.fit >= needed:
            return self._answer(draft, best, name=False)
        others = [one for e in cited for one in self.spoken if _covers(e, one) and one.speech.speaker]
        if draft.outcome != "answered" or not others:
            return draft
        why = f"The nearest words are not those of {self.asked.speaker}, but of {others[0].speech.speaker}."
        return Draft("not_in_sources", confidence=draft.confidence, why=why)

    @cached_property
    def spoken(self) -> list[_Spoken]:
        """All speech in the passages, each stretch once, with its fit."""
        once = {(p.uri, s.start, s.end): (p, s) for p in reversed(self.passages) for s in p.speech}
        if not once:
            return []
        wanted = self.asked.verbatim or self.asked.words or self.asked.speaker
        vectors = self.index.encoder.encode([wanted, *(speech.text for _, speech in once.values())])
        stems = set(self.index.stems(" ".join(content_words(wanted))))
        found = []
        for (passage, speech), cosine in zip(once.values(), vectors[1:] @ vectors[0], strict=True):
            there = set(self.index.stems(speech.text))
            share = len(stems & there) / len(stems) if stems else 0.0
            found.append(_Spoken(passage, speech, (share + float(cosine)) / 2, self._verbatim(speech)))
        return found

    def _verbatim(self, speech: Speech) -> bool:
        asked, said = (_WORD.findall(text.lower().replace("’", "'")) for text in (self.asked.verbatim, speech.text))
        return len(asked) >= VERBATIM and f" {' '.join(asked)} " in f" {' '.join(said)} "

    def _speaks(self, one: _Spoken) -> bool:
        """The speaker is whom the question names or describes, as their article does."""
        article = self._article(one.passage.uri)
        meant = name_in(article, self.asked.speaker) if article else self.asked.speaker
        return same_answer(_plain(meant), _plain(one.speech.speaker))

    def _article(self, uri: str) -> Article | None:
        if uri not in self._articles:
            self._articles[uri] = self.index.article(uri)
        return self._articles[uri]

    def _answer(self, draft: Draft, best: _Spoken, *, name: bool) -> Draft:
        """The sentence of the words and, where the speaker's name stands elsewhere, the sentence that names them."""
        sentence = self._sentence(best.passage, best.speech.start, best.speech.end)
        if sentence is None:
            return draft
        named = self._named(best, sentence)
        evidence = (sentence,) if named is None or _within(named, sentence) else (sentence, self._around(named))
        said = Evidence(sentence.passage, sentence.paragraph, best.speech.start, min(best.speech.end, sentence.end))
        short = named if name else said
        confidence = draft.confidence if draft.outcome == "answered" else max(draft.confidence, CERTAIN)
        claim = DraftClaim(" ".join(sentence.quote.split()), evidence)
        return replace(
            draft, outcome="answered", claims=(claim,), confidence=confidence, why="", short=(short,) if short else ()
        )

    def _sentence(self, passage: Passage, start: int, end: int) -> Evidence | None:
        """The sentences of one paragraph that ``start`` to ``end`` touches."""
        article = self._article(passage.uri)
        for paragraph in article.paragraphs if article else ():
            if paragraph.start <= start < paragraph.end:
                spans = [
                    (paragraph.start + low, paragraph.start + high) for low, high in split_sentences(paragraph.text)
                ]
                touched = [span for span in spans if span[0] < end and start < span[1]]
                return Evidence(passage, paragraph, touched[0][0], touched[-1][1]) if touched else None
        return None

    def _around(self, named: Evidence) -> Evidence:
        return self._sentence(named.passage, named.start, named.end) or named

    def _named(self, best: _Spoken, sentence: Evidence) -> Evidence | None:
        """Where the speaker is named: in the sentence, else the nearest place before it, else the first in the article."""
        article = self._article(best.passage.uri)
        if article is None:
            return None
        places = list(_places(article, best.speech.speaker))
        inside = [place for place in places if sentence.start <= place[0] and place[1] <= sentence.end]
        outside = [place for place in inside if not best.speech.start <= place[0] < best.speech.end]
        before = [place for place in places if place[1] <= sentence.start]
        for start, end in (*outside, *inside, *reversed(before), *places):
            for paragraph in article.paragraphs:
                if paragraph.start <= start and end <= paragraph.end and paragraph.kind in {"body", "caption"}:
                    return Evidence(best.passage, paragraph, start, end)
        return None


def _places(article: Article, speaker: str) -> Iterator[tuple[int, int]]:
    """Where a speaker's name stands in the article."""
    pattern = r"\s+".join(map(re.escape, speaker.split()))
    return (match.span() for match in re.finditer(rf"(?<!\w){pattern}(?!\w)", article.text, re.IGNORECASE))


def _covers(evidence: Evidence, one: _Spoken) -> bool:
    """Most of the speech stands in what is quoted, or the other way round."""
    if evidence.passage.uri != one.passage.uri:
        return False
    both = min(evidence.end, one.speech.end) - max(evidence.start, one.speech.start)
    return both > 0 and 2 * both >= min(one.speech.end - one.speech.start, evidence.end - evidence.start)


def _within(inner: Evidence, outer: Evidence) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _plain(name: str) -> str:
    return answer_key(_TITLES.sub("", name))
