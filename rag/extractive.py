"""Answers without a language model: short spans and the sentences that hold them, verbatim.

The reader (index/crossencoder) finds spans in the retrieved passages; the sentences around the best ones are looked at
closely (rag/evidence.py, rag/reading.py). Two logistic models over these features: one orders sentences by the chance
that they hold the answer, one says how likely it is that what is quoted is right (the confidence; below a threshold
there is no answer). Their weights stand in extractive_weights.json, written by ``python -m eval.bench.fit_extractive``.
Without the reader's weights the same is done with what the sentences alone tell, and there are no short answers.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from index.nearness import Asked
from index.reranking import logistic
from index.schema import Passage

from .citing import Draft, DraftClaim, DraftPosition, Evidence
from .evidence import Sentence, measure, sentences_of
from .expected import is_expected
from .leads import leads_of, place, with_leads, with_text
from .positions import Chance, Disagreement, Pair, disagreement, independent
from .questions import Question
from .reading import Hit, close_sentences, hits_in, hits_of, read_passages, reader_features, span_features
from .settings import RagSettings
from .spans import same_answer, wants_list
from .weighing import sways
from .when import fits_of, of_time, timed

if TYPE_CHECKING:
    from index import Index
    from index.crossencoder import CrossEncoder, Reading

# A sentence that begins so leans on the one before it, which is then quoted with it.
_LEANING = re.compile(
    r"(?:he|she|it|they|his|her|its|their|this|that|these|those|the (?:two|meeting|talks|pair|latter|former))\b",
    re.IGNORECASE,
)
# Without the reader only so many sentences are looked at: those of the best passages. A sentence takes about 2 ms.
MAX_SENTENCES = 64
# What being of the right kind is worth against the margin (a logit) where spans of one sentence compete.
TYPED_MARGIN = 3.0
# Items of a list may be so much less sure than the first (and surer than no answer), and so many.
LIST_MARGIN, LIST_ITEMS = 5.0, 8
# The same answer in other paragraphs: so many of them are cited too.
SAME_CITED = 3
# What an answer loses of its chance for each logit by which its passage is less relevant than the most relevant one:
# without that 0.103 instead of 0.092 alarms at the same share found (half of the development half of RAMDocs).
LESS_RELEVANT = 0.05

Values = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Weights:
    """``sentence`` and ``answer`` map feature names (and "bias") to weights of logistic models.

    Another sentence is quoted beside the best one when the logit of its score is at most ``margin`` lower.
    """

    sentence: Values
    answer: Values
    margin: float


@cache
def load_weights(reader: bool) -> Weights:
    """The fitted weights that ship with the package: for what is read with the reader, or without it."""
    part = _stored()["reader" if reader else "sentences"]
    return Weights(part["sentence"], part["answer"], part["margin"])


@cache
def load_text_weights() -> Values:
    """The fitted weights of ``answerable`` of a single text (rag/reader.py)."""
    weights: Values = _stored()["text"]["answerable"]
    return weights


@cache
def load_position_weights() -> tuple[Values, float]:
    """The fitted weights of a contradiction (rag/positions.py), and the least chance that counts as one."""
    stored = _stored()["position"]
    return stored["contradicts"], stored["least"]


@cache
def _stored() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files("rag").joinpath("extractive_weights.json").read_text(encoding="utf-8"))
    return found


@dataclass(frozen=True, slots=True)
class Candidates:
    """Sentences that may hold the answer, their features, and the spans found (none without the reader).

    ``chunks``: how many chunks were searched, about. ``fits`` (-1..1) says how well each sentence fits the time asked
    about, 0 where none is. ``readings`` are those of the passages, by their ids. ``leads``: where sentences stand that
    say what the news of that time is.
    """

    sentences: list[Sentence]
    features: Sequence[Values]
    hits: list[Hit]
    read: bool
    chunks: int
    fits: Sequence[float]
    readings: Mapping[str, Reading] = field(default_factory=dict)
    leads: frozenset[tuple[str, int]] = frozenset()


def read(
    question: Question,
    passages: Sequence[Passage],
    readings: Sequence[Reading | None],
    index: Index,
    settings: RagSettings,
    asked: Asked | None = None,
) -> Draft:
    """The answer that the passages give as a draft, or "not_in_sources" when none is likely to be right.

    ``readings`` are those of search, None for a passage that search did not read; ``asked``: the time asked about.
    """
    found = candidates(question, passages, readings, index, index.crossencoder, asked)
    return draft(question, passages, found, settings, asked)


def draft(
    question: Question,
    passages: Sequence[Passage],
    found: Candidates,
    settings: RagSettings,
    asked: Asked | None = None,
) -> Draft:
    """The answer that the candidates give; where sources differ, all that they say."""
    if not found.sentences:
        return Draft("not_in_sources", why="No passage was found.")
    weights = load_weights(found.read)
    told, _ = rank(found.features, weights.sentence)
    beside = sways(question, found.sentences, found.features, found.fits, found.leads, asked)
    scores = [score + sway.score for score, sway in zip(told, beside, strict=True)]
    order = best_first(scores)
    logit = linear(weights.answer, answer_features(found, told, order)) + beside[order[0]].confidence
    confidence = logistic(logit)
    if confidence < settings.min_confidence:
        return Draft("not_in_sources", confidence=confidence, why=_refusal(found.features[order[0]]))
    differing = _differing(question, passages, found, asked)
    newest_asked = asked is not None and asked.latest
    # What it was before is not asked for.
    if differing is not None and not (newest_asked and differing.dispute == "changed"):
        return _told_apart(question, passages, differing, confidence)
    chosen = [i for i in order[: settings.max_sentences] if scores[i] >= scores[order[0]] - weights.margin]
    quoted = [one for i in chosen for one in with_text(found.sentences[i], passages, question, found.hits)]
    claims = _claims(quoted, found.sentences)
    short = short_answers(question, quoted, found.hits)
    if short:
        near = [found.sentences[i] for i in order if scores[i] >= scores[order[0]] - weights.margin]
        claims = _with_same(claims, short[0], near, found)
    return Draft("answered", claims, confidence, short=tuple(_evidence(hit, claims) for hit in short))


def _differing(
    question: Question, passages: Sequence[Passage], found: Candidates, asked: Asked | None
) -> Disagreement | None:
    """How the sources differ over the time asked about, None when they do not or were not read."""
    if not found.readings:
        return None
    weights, least = load_position_weights()

    def contradicts(pair: Pair) -> bool:
        return contradiction(pair, found.chunks, weights) >= least

    return disagreement(question, passages, of_time(found.hits, asked), chance_of(found.readings), contradicts)


def chance_of(readings: Mapping[str, Reading]) -> Chance:
    """How likely a span answers, by the reading of its passage and how relevant that is beside the others."""
    most = max(reading.relevant for reading in readings.values())

    def chance(hit: Hit) -> float:
        reading = readings[hit.passage.id]
        answers = logistic(linear(load_text_weights(), span_features(hit.margin, reading)))
        return max(0.0, answers - LESS_RELEVANT * (most - reading.relevant))

    return chance


def contradiction(pair: Pair, chunks: int, weights: Values) -> float:
    """How likely (0..1) two answers that differ contradict each other: ``contradiction_features`` of them, weighed."""
    return logistic(linear(weights, contradiction_features(pair, chunks)))


def contradiction_features(pair: Pair, chunks: int) -> dict[str, float]:
    """Those of the pair, and ``size``: 0..1, 1 from a thousand searched chunks on.

    Among many passages one that seems to answer, and to say something else, is less likely to.
    """
    return {**pair.features, "size": min(1.0, math.log10(1 + chunks) / 3)}


def _told_apart(question: Question, passages: Sequence[Passage], differing: Disagreement, confidence: float) -> Draft:
    """All positions, each with the sentences that hold it.

    What changed is what the newest say; when sources differ, any one answer is only as likely as its share of theirs.
    """
    sentences = sentences_of(passages, question)
    positions, claims, short = [], [], []
    for position in differing.positions:
        evidence = tuple(_with_antecedent(one.sentence, sentences) for one in position[:SAME_CITED])
        days = sorted(one.day.isoformat() for one in position if one.day)
        first, last = (days[0], days[-1]) if days else (None, None)
        positions.append(DraftPosition(position[0].text, evidence, independent(position), first, last))
        claims.append(DraftClaim(" ".join(evidence[0].quote.split()), evidence))
        if position[0].inside:
            hit, sentence = position[0].hit, position[0].sentence
            short.append(Evidence(sentence.passage, sentence.paragraph, hit.start, hit.end))
    if differing.dispute == "changed":
        short = short[:1] if differing.positions[0][0].inside else []
    else:
        chances = [position[0].chance for position in differing.positions]
        confidence *= max(chances) / sum(chances)
    return Draft(
        "answered",
        tuple(claims),
        confidence,
        short=tuple(short),
        positions=tuple(positions),
        dispute=differing.dispute,
    )


def candidates(
    question: Question,
    passages: Sequence[Passage],
    readings: Sequence[Reading | None],
    index: Index,
    network: CrossEncoder | None,
    asked: Asked | None = None,
) -> Candidates:
    """The sentences to choose from, with all that is known of them; without a ``network`` what they tell themselves."""
    sentences = sentences_of(passages, question, titles=asked is not None and asked.bounded)
    if network is None or not sentences:
        few = sentences[:MAX_SENTENCES]
        features = [asdict(f) for f in measure(question, few, index)]
        return Candidates(few, features, [], False, index.size(), fits_of(few, asked))
    read = read_passages(question.text, passages, readings, network)
    hits = hits_of(passages, read, sentences)
    leads = leads_of(sentences, asked, index)
    close = with_leads(close_sentences(sentences, timed(hits, asked)), sentences, leads) or sentences[:MAX_SENTENCES]
    told = reader_features(question, close, passages, read, hits)
    measured = measure(question, close, index)
    features = [{**asdict(one), **asdict(other)} for one, other in zip(measured, told, strict=True)]
    by_id = {passage.id: reading for passage, reading in zip(passages, read, strict=True)}
    places = frozenset(map(place, leads))
    return Candidates(close, features, hits, True, index.size(), fits_of(close, asked), by_id, places)


def rank(features: Sequence[Values], sentence: Values) -> tuple[list[float], list[int]]:
    """The score of each sentence by the weights ``sentence``, and the numbers of the sentences, best first."""
    scores = [linear(sentence, values) for values in features]
    return scores, best_first(scores)


def best_first(scores: Sequence[float]) -> list[int]:
    """The numbers of the scores, highest first; equal ones in their order."""
    return sorted(range(len(scores)), key=lambda i: (-scores[i], i))


def answer_features(found: Candidates, scores: Sequence[float], order: Sequence[int]) -> dict[str, float]:
    """What the confidence is computed from: the best sentence's features and score, and what the candidates have most.

    With the reader that is the highest margin (a span against no answer), its lead over the next, how far the best
    sentence is behind it, whether its passage answers, the likeness of words, and how much was searched: among many
    passages one that looks right is less likely to be. Kind, times and agreement count by the best sentence's score.
    """
    features, best = found.features, found.features[order[0]]
    values = {
        "score": scores[order[0]],
        "cosine": max(f["cosine"] for f in features),
        "size": math.log10(1 + found.chunks) / 4,
    }
    if not found.read:
        told = {"best_names": best["names"], "expected": best["expected"], "picture": best["picture"]}
        return values | told | {"names": max(features[i]["names"] for i in order[:3])}
    first, second = (*sorted((f["margin"] for f in features), reverse=True), -1.0)[:2]
    told = {name: best[name] for name in ("answerable", "behind", "context")}
    return values | told | {"top_margin": first, "lead": first - second}


def linear(weights: Values, values: Values) -> float:
    """Bias plus weighted sum, over the features that have a weight."""
    return weights["bias"] + sum(weights[name] * value for name, value in values.items() if name in weights)


def short_answers(question: Question, sentences: Sequence[Sentence], hits: Sequence[Hit]) -> list[Hit]:
    """The answer in few words: the best span of the best sentence; for a question that wants several, those too."""
    inside = [_by_fit(question, hits_in(sentence, hits)) for sentence in sentences]
    if not inside or not inside[0]:
        return []
    best = inside[0][0]
    found = [best]
    if wants_list(question.text):
        others = sorted((hit for part in inside for hit in part), key=lambda hit: -hit.margin)
        for hit in others:
            sure = hit.margin > max(0.0, best.margin - LIST_MARGIN) and is_expected(question, hit.text, hit.after)
            if sure and not any(_overlap(hit, other) or same_answer(hit.key, other.key) for other in found):
                found.append(hit)
    return found[:LIST_ITEMS]


def _by_fit(question: Question, hits: Sequence[Hit]) -> list[Hit]:
    said = question.text.lower()
    told = [hit for hit in hits if hit.text.lower() not in said]  # an answer says something new
    return sorted(told, key=lambda hit: -hit.margin - TYPED_MARGIN * is_expected(question, hit.text, hit.after))


def _overlap(one: Hit, other: Hit) -> bool:
    return one.passage.uri == other.passage.uri and one.start < other.end and other.start < one.end


def _evidence(hit: Hit, claims: Sequence[DraftClaim]) -> Evidence:
    """The hit as a stretch of the paragraph that a claim quotes it from."""
    for claim in claims:
        for quoted in claim.evidence:
            if quoted.passage.uri == hit.passage.uri and quoted.start <= hit.start and hit.end <= quoted.end:
                return Evidence(quoted.passage, quoted.paragraph, hit.start, hit.end)
    raise AssertionError("a short answer comes from a sentence that is quoted")


def _with_same(
    claims: tuple[DraftClaim, ...], best: Hit, sentences: Sequence[Sentence], found: Candidates
) -> tuple[DraftClaim, ...]:
    """The first claim cites other paragraphs too where the sentence gives the same answer; those claims are joined."""
    cited = {(e.passage.uri, e.paragraph.number) for claim in claims for e in claim.evidence}
    more: list[Evidence] = []
    for sentence in sentences:
        place = (sentence.passage.uri, sentence.paragraph.number)
        agrees = any(same_answer(best.key, hit.key) for hit in hits_in(sentence, found.hits)[:1])
        if agrees and place not in cited and len(more) < SAME_CITED:
            cited.add(place)
            more.append(_with_antecedent(sentence, found.sentences))
    first = claims[0]
    return (DraftClaim(first.text, (*first.evidence, *more), first.support, first.why), *claims[1:])


def _refusal(best: Values) -> str:
    if best["names"] < 1:
        return "A name or figure of the question is not mentioned in the passages nearest to it."
    if best["coverage"] < 0.5:
        return "The nearest passages share few words with the question."
    return "The nearest passages do not seem to answer the question."


def _claims(chosen: Sequence[Sentence], sentences: Sequence[Sentence]) -> tuple[DraftClaim, ...]:
    """One claim a quoted stretch, best first; stretches of one paragraph that touch are one."""
    stretches: list[Evidence] = []
    for sentence in chosen:
        evidence = _with_antecedent(sentence, sentences)
        for number, other in enumerate(stretches):
            same = other.passage.uri == evidence.passage.uri and other.paragraph.number == evidence.paragraph.number
            if same and _touch(other, evidence):
                start, end = min(other.start, evidence.start), max(other.end, evidence.end)
                stretches[number] = Evidence(other.passage, other.paragraph, start, end)
                break
        else:
            stretches.append(evidence)
    said: dict[str, list[Evidence]] = {}  # copies of one report say it in the same words
    for evidence in stretches:
        said.setdefault(" ".join(evidence.quote.split()), []).append(evidence)
    return tuple(DraftClaim(text, tuple(quoted)) for text, quoted in said.items())


def _touch(one: Evidence, other: Evidence) -> bool:
    first, second = sorted((one, other), key=lambda e: e.start)
    return not one.paragraph.text[first.end - one.paragraph.start : second.start - one.paragraph.start].strip()


def _with_antecedent(sentence: Sentence, sentences: Sequence[Sentence]) -> Evidence:
    """The sentence, with the one before it in the paragraph when it begins with a pronoun."""
    start = sentence.start
    if _LEANING.match(sentence.text.lstrip("\"'“‘([")):
        before = [
            other
            for other in sentences
            if other.passage.uri == sentence.passage.uri
            and other.paragraph.number == sentence.paragraph.number
            and other.end <= sentence.start
        ]
        if before:
            start = max(other.start for other in before)
    return Evidence(sentence.passage, sentence.paragraph, start, sentence.end)
