"""Answers without a language model: the best sentences, verbatim.

Two logistic models over the features of rag/evidence.py: one orders sentences by the chance that they hold the answer,
one says how likely it is that the best of them does (the confidence; below a threshold there is no answer). Their
weights stand in extractive_weights.json, written by ``python -m eval.bench.fit_extractive``.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from index.schema import Passage

from .citing import Draft, DraftClaim, Evidence
from .evidence import Features, Sentence, measure, sentences_of
from .questions import Question
from .settings import RagSettings

if TYPE_CHECKING:
    from index import Index

# A sentence that begins so leans on the one before it, which is then quoted with it.
_LEANING = re.compile(
    r"(?:he|she|it|they|his|her|its|their|this|that|these|those|the (?:two|meeting|talks|pair|latter|former))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Weights:
    """``sentence`` and ``answer`` map feature names (and "bias") to weights of logistic models.

    Another sentence is quoted beside the best one when the logit of its score is at most ``margin`` lower.
    """

    sentence: Mapping[str, float]
    answer: Mapping[str, float]
    margin: float


@cache
def load_weights() -> Weights:
    """The fitted weights that ship with the package."""
    stored = json.loads(files("rag").joinpath("extractive_weights.json").read_text(encoding="utf-8"))
    return Weights(stored["sentence"], stored["answer"], stored["margin"])


def read(question: Question, passages: Sequence[Passage], index: Index, settings: RagSettings) -> Draft:
    """The best sentences of the passages as a draft, or "not_in_sources" when none is likely to hold the answer."""
    sentences = sentences_of(passages, question)
    if not sentences:
        return Draft("not_in_sources", why="No passage was found.")
    weights = load_weights()
    features = measure(question, sentences, index)
    scores, order = rank(features, weights.sentence)
    confidence = logistic(linear(weights.answer, answer_features(features, scores, order)))
    if confidence < settings.min_confidence:
        return Draft("not_in_sources", confidence=confidence, why=_refusal(features[order[0]]))
    chosen = [i for i in order[: settings.max_sentences] if scores[i] >= scores[order[0]] - weights.margin]
    return Draft("answered", _claims([sentences[i] for i in chosen], sentences), confidence)


def rank(features: Sequence[Features], sentence: Mapping[str, float]) -> tuple[list[float], list[int]]:
    """The score of each sentence by the weights ``sentence``, and the numbers of the sentences, best first."""
    scores = [linear(sentence, asdict(f)) for f in features]
    return scores, sorted(range(len(scores)), key=lambda i: (-scores[i], i))


def answer_features(features: Sequence[Features], scores: Sequence[float], order: Sequence[int]) -> dict[str, float]:
    """What the confidence is computed from: the best sentence's score, and what the candidates have at most."""
    return {
        "score": scores[order[0]],
        "cosine": max(f.cosine for f in features),
        "names": max(features[i].names for i in order[:3]),
        "best_names": features[order[0]].names,
        "expected": features[order[0]].expected,
        "picture": features[order[0]].picture,
    }


def linear(weights: Mapping[str, float], values: Mapping[str, float]) -> float:
    """Bias plus weighted sum, over the features that have a weight."""
    return weights["bias"] + sum(weights[name] * value for name, value in values.items() if name in weights)


def logistic(x: float) -> float:
    """Logit to probability, without overflow."""
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def _refusal(best: Features) -> str:
    if best.names < 1:
        return "A name or figure of the question is not mentioned in the passages nearest to it."
    if best.coverage < 0.5:
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
    return tuple(DraftClaim(" ".join(e.quote.split()), (e,)) for e in stretches)


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
