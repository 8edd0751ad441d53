"""Two rankings into one."""

from __future__ import annotations

from collections.abc import Sequence

Ranking = Sequence[tuple[int, float]]
"""(id, score) pairs, best first, each id once."""


def reciprocal_rank(rankings: Sequence[Ranking], weights: Sequence[float], k: float = 60.0) -> list[tuple[int, float]]:
    """Reciprocal rank fusion: the sum of weight / (k + rank) over the rankings that hold the id.

    Cormack, Clarke, Buettcher: "Reciprocal Rank Fusion outperforms Condorcet and individual rank learning methods",
    SIGIR 2009 (k = 60). Ties are broken by the smaller id.
    """
    scores: dict[int, float] = {}
    for ranking, weight in zip(rankings, weights, strict=True):
        for rank, (item, _) in enumerate(ranking, 1):
            scores[item] = scores.get(item, 0.0) + weight / (k + rank)
    return _sorted(scores)


def min_max(rankings: Sequence[Ranking], weights: Sequence[float]) -> list[tuple[int, float]]:
    """Convex combination of scores scaled to 0..1 within each ranking; an id that a ranking lacks gets 0 there.

    Bruch, Gai, Ingber: "An Analysis of Fusion Functions for Hybrid Retrieval", TOIS 2023. Ties: the smaller id first.
    """
    scores: dict[int, float] = {}
    for ranking, weight in zip(rankings, weights, strict=True):
        if not ranking:
            continue
        low = min(score for _, score in ranking)
        width = max(score for _, score in ranking) - low
        for item, score in ranking:
            scaled = (score - low) / width if width > 0 else 1.0
            scores[item] = scores.get(item, 0.0) + weight * scaled
    return _sorted(scores)


def _sorted(scores: dict[int, float]) -> list[tuple[int, float]]:
    return sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))
