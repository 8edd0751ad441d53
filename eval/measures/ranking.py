"""Measures of a ranking, as trec_eval and ir-measures define them.

``gains`` are the grades of what was retrieved, best first: 0 for what is not relevant, else its grade (1 and up).
``ideal`` are the grades of all that is relevant, retrieved or not, in descending order, at least one. An empty ranking
scores 0: no question is ever dropped. All lie in 0..1, higher is better; all but nDCG see only relevant or not.
"""

from __future__ import annotations

import math
from collections.abc import Sequence


def recall_at_k(gains: Sequence[int], ideal: Sequence[int], k: int) -> float:
    """Share of the relevant items that stand within the first k (trec_eval's ``recall_k``, ir-measures' ``R@k``)."""
    return sum(gain > 0 for gain in gains[:k]) / len(ideal)


def success_at_k(gains: Sequence[int], k: int) -> float:
    """1 when a relevant item stands within the first k, else 0 (trec_eval's ``success_k``; also called hit rate)."""
    return float(any(gain > 0 for gain in gains[:k]))


def reciprocal_rank(gains: Sequence[int], k: int) -> float:
    """1 / rank of the first relevant item, 0 when none stands within the first k; the mean is MRR@k (MS MARCO)."""
    return next((1 / rank for rank, gain in enumerate(gains[:k], 1) if gain > 0), 0.0)


def ndcg_at_k(gains: Sequence[int], ideal: Sequence[int], k: int) -> float:
    """nDCG@k: the grades themselves as gains, discount log2(rank + 1) (Järvelin & Kekäläinen 2002).

    trec_eval's ``ndcg_cut_k``, ir-measures' ``nDCG@k``; not the variant with gains 2^grade - 1.
    """
    return _dcg(gains[:k]) / _dcg(ideal[:k])


def average_precision(gains: Sequence[int], ideal: Sequence[int], k: int) -> float:
    """Mean, over all relevant items, of the precision at the rank of each; 0 for those not within the first k.

    The mean over questions is MAP@k (trec_eval's ``map_cut_k``, ir-measures' ``AP@k``).
    """
    ranks = [rank for rank, gain in enumerate(gains[:k], 1) if gain > 0]
    return math.fsum(found / rank for found, rank in enumerate(ranks, 1)) / len(ideal)


def _dcg(gains: Sequence[int]) -> float:
    return math.fsum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, 1))
