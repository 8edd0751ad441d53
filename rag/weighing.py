"""What speaks for or against a sentence beside the fitted weights: the time asked about, that it leads its report, that
what it answers is of another kind than is asked for, and that it denies what the question takes for done.

Few of the questions that extractive_weights.json is fitted on have any of this, so the weights here are chosen by hand,
with ``nutgraf eval --cases eval/newsroom/gold.jsonl --articles eval/newsroom/articles``, and looked at again on
questions that nothing was chosen by (eval/dated). ``python -m eval.bench.time_off`` measures both.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from index.nearness import Asked

from .evidence import Sentence
from .expected import has_one_kind
from .leads import asks_news, place
from .premises import denies
from .questions import Question
from .when import time_logit

# What fitting the time asked about wholly, or not at all, adds to the score of a sentence or takes from it.
TIME_SCORE = 2.0
# The same for the lead of a report of that time: when it is asked what the news was, and when anything else.
NEWS_SCORE, NEWS_CONFIDENCE = 4.0, 2.5
LEAD_SCORE = 1.0
# Logits off where what the reader takes for the answer is not the kind of thing that is asked for; NO_SPAN is the
# margin of a sentence in which it found none (rag/reading.py).
OTHER_KIND_DOUBT, NO_SPAN = 2.0, -1.0
# Logits off for a sentence that denies what the question takes for granted.
DENIED_SCORE, DENIED_DOUBT = 2.0, 3.0


@dataclass(frozen=True, slots=True)
class Sway:
    """Logits that a sentence gains or loses: ``score`` beside other sentences, ``confidence`` as the answer."""

    score: float
    confidence: float


def sways(
    question: Question,
    sentences: Sequence[Sentence],
    features: Sequence[Mapping[str, float]],
    fits: Sequence[float],
    leads: Collection[tuple[str, int]],
    asked: Asked | None,
) -> list[Sway]:
    """What each sentence gains or loses.

    ``fits`` (-1..1): how well it fits the time asked about; ``leads``: where those stand that say what the news of that
    time is.
    """
    news = asks_news(question.text)
    found = []
    for sentence, values, fit in zip(sentences, features, fits, strict=True):
        # That something else was of that time speaks less for it.
        score = TIME_SCORE * fit * (values["names"] if fit > 0 else 1.0)
        confidence = time_logit(fit, asked)
        if fit > 0 and values["names"] == 1 and place(sentence) in leads:
            score += fit * (NEWS_SCORE if news else LEAD_SCORE)
            confidence += fit * NEWS_CONFIDENCE if news else 0.0
        if has_one_kind(question) and values.get("margin", NO_SPAN) > NO_SPAN and not values["typed"]:
            confidence -= OTHER_KIND_DOUBT
        if denies(question.text, sentence.text):
            score, confidence = score - DENIED_SCORE, confidence - DENIED_DOUBT
        found.append(Sway(score, confidence))
    return found
