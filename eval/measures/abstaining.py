"""Measures of refusing and of confidence: are the right questions refused, and does confidence mean anything?

``right`` says of each answer whether it was right; ``confidences`` lie in 0..1. All lie in 0..1 too, but for CRAG's
score, and are None where there is nothing to measure.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import groupby, pairwise

from .statistics import mean, share

BINS = 10


def abstention(answerable: Sequence[bool], refused: Sequence[bool]) -> tuple[float | None, float | None]:
    """Precision and recall of refusing, where refusing is right for what is not answerable.

    Precision: share of the refusals that are right (0 when there should have been some and were none). Recall: share of
    the unanswerable questions that are refused. None when there is nothing to refuse (and, for precision, nothing was).
    """
    right = sum(no and not yes for yes, no in zip(answerable, refused, strict=True))
    unanswerable = len(answerable) - sum(answerable)
    precision = share(right, sum(refused))
    if precision is None and unanswerable:
        precision = 0.0
    return precision, share(right, unanswerable)


def crag_score(answerable: bool, right: bool, refused: bool | None) -> int:
    """1 for a right answer, 0 for none and -1 for a wrong one (the automatic scoring of CRAG, Yang et al. 2024).

    Refusing is 0 for an answerable question; for one that is not it is the right answer, so 1, and any answer is -1.
    ``refused`` is None when the system failed: no answer and no refusal either, 0 in both cases.
    """
    if refused is None:
        return 0
    if refused:
        return 0 if answerable else 1
    return 1 if answerable and right else -1


def auroc(scores: Sequence[float], labels: Sequence[bool]) -> float | None:
    """The chance that a positive scores higher than a negative, a tie counting half; None without one of both.

    The area under the ROC curve, which is Mann and Whitney's U over the number of pairs (Hanley & McNeil 1982).
    """
    positives = sum(labels)
    negatives = len(labels) - positives
    below = 0
    wins = 0.0
    for _, tied in groupby(sorted(zip(scores, labels, strict=True)), key=lambda pair: pair[0]):
        tie = [label for _, label in tied]
        higher = sum(tie)
        wins += higher * (below + (len(tie) - higher) / 2)
        below += len(tie) - higher
    return wins / (positives * negatives) if positives and negatives else None


def risk_coverage(confidences: Sequence[float], wrong: Sequence[bool]) -> list[tuple[float, float]]:
    """(coverage, risk) of answering only what is at least as confident as a threshold, from the highest to the lowest.

    Coverage is the share of all that is answered then, ascending to 1; risk the share of that which is wrong (El-Yaniv
    & Wiener 2010). Equal confidences are answered together, so their order makes no difference.
    """
    points = []
    answered = mistakes = 0
    ordered = sorted(zip(confidences, wrong, strict=True), reverse=True)
    for _, tied in groupby(ordered, key=lambda pair: pair[0]):
        tie = [mistake for _, mistake in tied]
        answered += len(tie)
        mistakes += sum(tie)
        points.append((answered / len(ordered), mistakes / answered))
    return points


def aurc(curve: Sequence[tuple[float, float]]) -> float | None:
    """The area under a curve of ``risk_coverage``, lower is better; None for no points.

    Without ties it is the mean risk over all coverages (Geifman, Uziel & El-Yaniv 2019); a tie has the risk at its end.
    """
    steps = pairwise([(0.0, 0.0), *curve])
    return math.fsum((end - start) * risk for (start, _), (end, risk) in steps) if curve else None


@dataclass(frozen=True, slots=True)
class Bin:
    """The answers with a confidence in ``low`` < confidence <= ``high`` (0 is in the first bin).

    ``confidence`` is their mean confidence, ``accuracy`` the share of them that is right; None when there are none.
    """

    low: float
    high: float
    count: int
    confidence: float | None
    accuracy: float | None

    def to_dict(self) -> dict[str, float | None]:
        return asdict(self)


def calibration_bins(confidences: Sequence[float], right: Sequence[bool], bins: int = BINS) -> list[Bin]:
    """The points of a reliability diagram: ``bins`` bins of equal width, empty ones too (Guo et al. 2017)."""
    edges = [number / bins for number in range(bins + 1)]
    members: list[list[tuple[float, bool]]] = [[] for _ in range(bins)]
    for confidence, outcome in zip(confidences, right, strict=True):
        members[max(0, bisect_left(edges, confidence) - 1)].append((confidence, outcome))
    return [
        Bin(low, high, len(found), mean([c for c, _ in found]), mean([outcome for _, outcome in found]))
        for (low, high), found in zip(pairwise(edges), members, strict=True)
    ]


def expected_calibration_error(confidences: Sequence[float], right: Sequence[bool], bins: int = BINS) -> float | None:
    """Mean distance of a bin's accuracy from its confidence, weighted by its answers; lower is better.

    Naeini, Cooper & Hauskrecht 2015, with the bins of Guo et al. 2017.
    """
    found = calibration_bins(confidences, right, bins)
    gaps = [
        b.count * abs(b.accuracy - b.confidence) for b in found if b.accuracy is not None and b.confidence is not None
    ]
    return math.fsum(gaps) / len(confidences) if confidences else None


def brier(confidences: Sequence[float], right: Sequence[bool]) -> float | None:
    """Mean squared difference of confidence and outcome (1 right, 0 wrong; Brier 1950); lower is better."""
    return mean([(confidence - outcome) ** 2 for confidence, outcome in zip(confidences, right, strict=True)])
