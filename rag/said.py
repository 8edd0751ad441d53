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
from index.speech import name_in
from index.speech.words import TENSES

from .citing import Draft, DraftClaim, DraftPosition, Evidence
from .spans import answer_key, same_answer

if TYPE_CHECKING:
    from index import Index

# How well words must fit (0..1, half the share of words, half the cosine) to be those that are asked about: in a
# sentence that the reader chose, in any other, and where the reader found no answer at all.
FITS_CHOSEN, FITS, FITS_ALONE = 0.4, 0.6, 0.75
# Words that fit less than the first are about something else, unless the reader is surer than the second.
UNRELATED, UNSURE = 0.2, 0.5
# Words that are said as they are asked for, so many in a row, are those words.
VERBATIM = 3
# Chance that the speaker of verbatim words is right: python -m eval.bench.speech (held out and newsroom).
CERTAIN = 0.9

_SAID = {"feared", "hoped", "believed", "thought", "thinks", "believes", "fears", "hopes", "doubted"} | {
    form for form, tense in TENSES.items() if tense in {"past", "third"}
}
# What somebody did with words, and with nothing else: not "ask for", "offer", "report".
_SAY = """
    say said tell told call called describe described warn warned explain explained claim claimed write written tweet
    post comment remark respond react reply answer think characterise characterize put sum express argue insist accuse
    criticise criticize praise dismiss note add stress state admit predict recall complain deny
""".split()
_THINGS = r"(?:words|quote|remark|statement|phrase|claim|opinion|view|warning|message|verdict)s?"
_WHO = re.compile(
    r"(?:and |but |so )?(?:who|(?:which|what)(?: \w+){1,2}?)\s(?:(?:was it (?:that|who)|has|have|had|also|publicly)\s)*"
    rf"(?:{'|'.join(sorted(_SAID))})\s(?P<rest>.+)",
    re.IGNORECASE,
)
_WHOSE = re.compile(rf"(?:according to whom|by whom|whose {_THINGS}|who is quoted)\s(?P<rest>.+)", re.IGNORECASE)
_WHAT = re.compile(
    r"(?:what|how|why)\b(?! (?:many|much|long|old|far|often)\b).*?\b(?:did|does|do|has|have|had)\s"
    r"(?P<who>(?:[\w’'.-]+\s){1,12}?)"
    rf"(?:{'|'.join(sorted(_SAY))})\b(?P<rest>.*)",
    re.IGNORECASE,
)
_REACTION = re.compile(
    r"what (?:was|is|were|are)\s(?P<who>.+?)['’]s?\s(?:\w+\s)?"
    rf"(?:reaction|response|reply|answer|comment|explanation|description|{_THINGS})s?\b(?P<rest>.*)",
    re.IGNORECASE,
)
_NOBODY = frozenset("he she it they we you i been there this that people".split())
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
    if match := _WHO.match(text):
        return Asked("", match["rest"], verbatim)
    if match := _REACTION.match(text):
        return Asked(match["who"].strip(), match["rest"].strip(), verbatim)
    if (match := _WHAT.match(text)) and match["who"].strip().lower() not in _NOBODY:
        return Asked(match["who"].strip(), match["rest"].strip(), verbatim)
    return None


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
        self._names: dict[str, str] = {}

    def who(self, draft: Draft) -> Draft:
        """The draft with the speaker of the best words; as it is when none fit or nobody is known to have said them."""
        best = max(self.spoken, key=lambda one: (one.verbatim, one.fit), default=None)
        if best is None or not best.speech.speaker:
            return draft
        speakers = self._speakers()
        if len(speakers) > 1:
            return self._told_apart(draft, speakers)
        chosen = any(_quotes(claim, [best]) for claim in draft.claims)
        if chosen and draft.short and _plain(draft.short[0].quote) == _plain(best.speech.speaker):
            return draft
        needed = FITS_ALONE if draft.outcome != "answered" else FITS_CHOSEN if chosen else FITS
        if not best.verbatim and best.fit < needed:
            return draft
        return self._answer(draft, best, name=True)

    def what(self, draft: Draft) -> Draft:
        """The draft without others' words when it quotes whose are asked for, else their words that fit; no answer
        when only another's would be quoted."""
        mine = [one for one in self.spoken if self._speaks(one)]
        others = [one for one in self.spoken if one.speech.speaker and one not in mine and self._is_surely(one)]
        kept = tuple(claim for claim in draft.claims if _quotes(claim, mine) or not _quotes(claim, others))
        best = max(mine, key=lambda one: one.fit, default=None)
        perhaps = [one for one in self.spoken if one not in others]  # "the envoy said": they may be who is asked about
        quoted = any(_quotes(claim, perhaps) for claim in kept)
        if best is not None and best.fit >= FITS_CHOSEN and not quoted:
            return self._answer(draft, best, name=False) if draft.outcome == "answered" else draft
        if best is not None and self.asked.words and best.fit < UNRELATED and draft.confidence < UNSURE:
            why = f"{best.speech.speaker} is quoted in these sources, but not on this."
            return Draft("not_in_sources", confidence=draft.confidence, why=why)
        if kept == draft.claims or not _is_name(self.asked.speaker):
            return draft  # of a description nobody is surely somebody else
        if quoted or (kept and kept[0] is draft.claims[0]):
            whole = [evidence for claim in kept for evidence in claim.evidence]
            return replace(draft, claims=kept, short=tuple(s for s in draft.short if any(_within(s, e) for e in whole)))
        said_by = next(one.speech.speaker for one in others if any(_quotes(claim, [one]) for claim in draft.claims))
        why = f"The nearest words are not those of {self.asked.speaker}, but of {said_by}."
        return Draft("not_in_sources", confidence=draft.confidence, why=why)

    def _speakers(self) -> list[list[_Spoken]]:
        """Who is named for the verbatim words, by independent stories: those of one name together, the name that most
        stories give first."""
        found: list[list[_Spoken]] = []
        told: set[str] = set()
        for one in self.spoken:
            story = one.passage.story or one.passage.uri
            if not one.verbatim or story in told or not _is_name(one.speech.speaker):
                continue
            told.add(story)
            home = next((group for group in found if _is_same(group[0].speech.speaker, one.speech.speaker)), None)
            if home is None:
                found.append([one])
            else:
                home.append(one)
        return sorted(found, key=len, reverse=True)

    def _told_apart(self, draft: Draft, speakers: Sequence[Sequence[_Spoken]]) -> Draft:
        """All names that are given for the same words, each as likely as the others."""
        claims, short, positions = [], [], []
        for group in speakers:
            quoted = [found for found in map(self._quoted, group) if found is not None]
            if not quoted:
                return draft
            evidence = tuple(one for found, _ in quoted for one in found)
            days = sorted(day.isoformat() for one in group if (day := one.passage.article.published.date))
            first, last = (days[0], days[-1]) if days else (None, None)
            claims.append(DraftClaim(" ".join(evidence[0].quote.split()), evidence))
            short += [named for _, named in quoted[:1] if named is not None]
            positions.append(DraftPosition(group[0].speech.speaker, evidence, len(group), first, last))
        return replace(
            draft,
            outcome="answered",
            claims=tuple(claims),
            confidence=max(draft.confidence, CERTAIN) / len(speakers),
            why="",
            short=tuple(short),
            positions=tuple(positions),
            dispute="disputed",
        )

    @cached_property
    def spoken(self) -> list[_Spoken]:
        """All speech in the passages, each stretch once, with its fit."""
        once = {(p.uri, s.start, s.end): (p, s) for p in reversed(self.passages) for s in p.speech}
        if not once:
            return []
        wanted = self.asked.verbatim or self.asked.words or self.asked.speaker
        texts = [self._context(passage, speech) for passage, speech in once.values()]
        vectors = self.index.encoder.encode([wanted, *texts])
        stems = set(self.index.stems(" ".join(content_words(wanted))))
        found = []
        for (passage, speech), text, cosine in zip(once.values(), texts, vectors[1:] @ vectors[0], strict=True):
            there = set(self.index.stems(text))
            share = len(stems & there) / len(stems) if stems else 0.0
            found.append(_Spoken(passage, speech, (share + float(cosine)) / 2, self._verbatim(speech)))
        return found

    def _context(self, passage: Passage, speech: Speech) -> str:
        """What is compared: the words, and for what somebody said about a thing the sentence that may name it."""
        sentence = self._sentence(passage, speech.start, speech.end) if self.asked.speaker else None
        return sentence.quote if sentence else speech.text

    def _verbatim(self, speech: Speech) -> bool:
        asked, said = (_WORD.findall(text.lower().replace("’", "'")) for text in (self.asked.verbatim, speech.text))
        return len(asked) >= VERBATIM and f" {' '.join(asked)} " in f" {' '.join(said)} "

    def _speaks(self, one: _Spoken) -> bool:
        """The speaker is whom the question names or describes, as their article does."""
        speaker = one.speech.speaker
        return _is_same(self.asked.speaker, speaker) or _is_same(self._meant(one.passage.uri), speaker)

    def _is_surely(self, one: _Spoken) -> bool:
        """Whether the sentence of the words names their speaker."""
        sentence = self._sentence(one.passage, one.speech.start, one.speech.end)
        speaker = one.speech.speaker
        return sentence is not None and _is_name(speaker) and speaker.split()[-1] in sentence.quote

    def _meant(self, uri: str) -> str:
        """Whom the question's speaker is called in an article."""
        if uri not in self._names:
            article = self._article(uri)
            self._names[uri] = name_in(article, self.asked.speaker) if article else self.asked.speaker
        return self._names[uri]

    def _article(self, uri: str) -> Article | None:
        if uri not in self._articles:
            self._articles[uri] = self.index.article(uri)
        return self._articles[uri]

    def _answer(self, draft: Draft, best: _Spoken, *, name: bool) -> Draft:
        """The sentence of the words and, where the speaker's name stands elsewhere, the sentence that names them."""
        quoted = self._quoted(best)
        if quoted is None:
            return draft
        evidence, named = quoted
        sentence = evidence[0]
        said = Evidence(sentence.passage, sentence.paragraph, best.speech.start, min(best.speech.end, sentence.end))
        short = named if name else said
        confidence = draft.confidence if draft.outcome == "answered" else max(draft.confidence, CERTAIN)
        claim = DraftClaim(" ".join(sentence.quote.split()), evidence)
        return replace(
            draft, outcome="answered", claims=(claim,), confidence=confidence, why="", short=(short,) if short else ()
        )

    def _quoted(self, best: _Spoken) -> tuple[tuple[Evidence, ...], Evidence | None] | None:
        """What is quoted for the words, their own sentence first, and where the speaker is named."""
        sentence = self._sentence(best.passage, best.speech.start, best.speech.end)
        if sentence is None:
            return None
        named = self._named(best, sentence)
        return (sentence,) if named is None or _within(named, sentence) else (sentence, self._around(named)), named

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
        """Where the speaker is named: in the sentence, else last before it, else first in the article."""
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


def _is_same(asked: str, speaker: str) -> bool:
    """One name is the other, or all its words are in the other."""
    asked, speaker = _plain(asked), _plain(speaker)
    described = set(content_words(asked)) <= set(content_words(speaker))
    return bool(asked and speaker) and (same_answer(asked, speaker) or described)


def _places(article: Article, speaker: str) -> Iterator[tuple[int, int]]:
    """Where a speaker's name stands in the article."""
    pattern = r"\s+".join(map(re.escape, speaker.split()))
    return (match.span() for match in re.finditer(rf"(?<!\w){pattern}(?!\w)", article.text, re.IGNORECASE))


def _quotes(claim: DraftClaim, spoken: Sequence[_Spoken]) -> bool:
    """The claim's own sentence is one of the stretches of speech, or holds one."""
    return any(_covers(claim.evidence[0], one) for one in spoken)


def _covers(evidence: Evidence, one: _Spoken) -> bool:
    """Most of the speech stands in what is quoted, or the other way round."""
    if evidence.passage.uri != one.passage.uri:
        return False
    both = min(evidence.end, one.speech.end) - max(evidence.start, one.speech.start)
    return both > 0 and 2 * both >= min(one.speech.end - one.speech.start, evidence.end - evidence.start)


def _within(inner: Evidence, outer: Evidence) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _is_name(speaker: str) -> bool:
    """ "Ann Poole", "Mr Poole": every word has a capital."""
    return all(word[0].isupper() for word in _WORD.findall(speaker))


def _plain(name: str) -> str:
    return answer_key(_TITLES.sub("", name))
