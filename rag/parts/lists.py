"""Lists: what several articles name, each item once, with the sentence that names it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from index.nearness import Asked
from index.reranking import logistic
from index.schema import Passage

from ..citing import Draft, DraftClaim, Evidence
from ..evidence import Sentence, names_found, sentences_of
from ..expected import is_expected
from ..extractive import LIST_ITEMS, Candidates, candidates, draft, linear, load_text_weights
from ..questions import Kind, Question, analyse
from ..reading import Hit, span_features
from ..settings import RagSettings
from ..spans import answer_key, same_answer
from ..values import compare, value_of
from ..when import fits_of

if TYPE_CHECKING:
    from index import Index
    from index.crossencoder import Reading

# What an article names is on the list when it is likelier an answer than not (0..1).
LEAST_CHANCE = 0.5
# The least share of the question's names in an article that an item may come from.
LEAST_NAMES = 0.5
# So many stories that name an item each are an answer, also where no sentence is one by itself.
LEAST_STORIES = 2
NOTE = "A list of what these sources name; there may be more."
_PLURAL = re.compile(
    r"\b(?P<wh>which|what|name|list|the) (?P<words>(?:[\w’'-]+ ){0,3}?)(?P<noun>[a-z]+?)(?P<end>ies|s)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Item:
    """Something that an article names, with the sentence it is named in and its chance (0..1) to be an answer."""

    hit: Hit
    sentence: Sentence
    chance: float

    @property
    def evidence(self) -> Evidence:
        return Evidence(self.sentence.passage, self.sentence.paragraph, self.hit.start, self.hit.end)

    @property
    def claim(self) -> DraftClaim:
        one = self.sentence
        evidence = Evidence(one.passage, one.paragraph, one.start, one.end)
        return DraftClaim(" ".join(evidence.quote.split()), (evidence,))


def read_list(
    question: Question,
    passages: Sequence[Passage],
    readings: Sequence[Reading | None],
    index: Index,
    settings: RagSettings,
    asked: Asked | None = None,
) -> Draft:
    """Like ``rag.extractive.read`` for a question with several answers: with those of further articles, each once."""
    found = candidates(question, passages, readings, index, index.crossencoder, asked)
    first = draft(question, passages, found, settings, asked)
    if not found.readings:
        return first
    items = _items(question, passages, found, asked)
    stories = {item.hit.passage.story or item.hit.passage.uri for item in items}
    if len(stories) < LEAST_STORIES:
        return first
    short, claims = (list(first.short), list(first.claims)) if first.short else ([], [])
    for item in items:
        if len(short) < LIST_ITEMS and not any(
            _same(item.evidence, other, item_kind(question.text)) for other in short
        ):
            short.append(item.evidence)
            if not any(_quotes(claim, item) for claim in claims):
                claims.append(item.claim)
    sure = sum(item.chance for item in items) / len(items)
    notes = (*first.notes, NOTE) if len(short) > 1 else first.notes
    confidence = max(first.confidence, sure)
    return Draft("answered", tuple(claims), confidence, notes=notes, short=tuple(short))


def item_kind(question: str) -> Kind:
    """What one item is: of "which towns" a place, as of "which town"."""

    def one(match: re.Match[str]) -> str:
        return f"what {match['words']}{match['noun']}{'y' if match['end'] == 'ies' else ''}"

    return analyse(_PLURAL.sub(one, question, count=1)).kind


def _items(question: Question, passages: Sequence[Passage], found: Candidates, asked: Asked | None) -> list[Item]:
    """What the articles likely name, the likeliest first; nothing of another time than the one asked about."""
    items = list(_likely(question, sentences_of(passages, question), found))
    fits = fits_of([item.sentence for item in items], asked) if items else []
    timely = [item for item, fit in zip(items, fits, strict=True) if fit >= 0]
    return sorted(timely, key=lambda item: -item.chance)


def _likely(question: Question, sentences: Sequence[Sentence], found: Candidates) -> Iterator[Item]:
    kind = item_kind(question.text)
    of_kind = replace(question, kind=kind)
    named_in = {uri for uri, share in _named(question, found).items() if share >= LEAST_NAMES}
    said = question.text.lower()
    for hit in map(_last_line, found.hits):
        chance = logistic(linear(load_text_weights(), span_features(hit.margin, found.readings[hit.passage.id])))
        named = kind not in ("who", "where") or bool(value_of(kind, hit.text).name)
        if (
            hit.passage.uri not in named_in
            or chance < LEAST_CHANCE
            or not named
            or not is_expected(of_kind, hit.text)
            or hit.text.lower() in said
        ):
            continue
        for sentence in sentences:
            same = sentence.passage.uri == hit.passage.uri
            if same and sentence.start <= hit.start and hit.end <= sentence.end:
                yield Item(hit, sentence, chance)
                break


def _named(question: Question, found: Candidates) -> dict[str, float]:
    """The share of the question's names that each article has in a passage that was found."""
    shares: dict[str, float] = {}
    for hit in found.hits:
        uri = hit.passage.uri
        shares[uri] = max(shares.get(uri, 0.0), names_found(question, hit.passage))
    return shares


def _last_line(hit: Hit) -> Hit:
    """A span that begins in the headline and ends in the text, without the headline."""
    skipped = hit.text.rfind("\n") + 1
    return replace(hit, start=hit.start + skipped, text=hit.text[skipped:])


def _same(one: Evidence, other: Evidence, kind: Kind) -> bool:
    """Whether two bare answers are one item: the same place, or the same by value."""
    if one.passage.uri == other.passage.uri and one.start < other.end and other.start < one.end:
        return True
    mine, theirs = value_of(kind, one.quote), value_of(kind, other.quote)
    alike = bool(mine.name) and compare(mine, theirs) == "same"
    return alike or same_answer(answer_key(one.quote), answer_key(other.quote))


def _quotes(claim: DraftClaim, item: Item) -> bool:
    return any(
        evidence.passage.uri == item.hit.passage.uri
        and evidence.start <= item.hit.start
        and item.hit.end <= evidence.end
        for evidence in claim.evidence
    )
