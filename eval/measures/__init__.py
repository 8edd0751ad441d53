"""The measures: pure functions, each with its convention and source. What has nothing to measure is None, never 0."""

from __future__ import annotations

from .abstaining import (
    Bin,
    abstention,
    aurc,
    auroc,
    brier,
    calibration_bins,
    crag_score,
    expected_calibration_error,
    risk_coverage,
)
from .citing import CiteCounts, Support, checked_support, cite_counts
from .ranking import average_precision, ndcg_at_k, recall_at_k, reciprocal_rank, success_at_k
from .reading import exact_match, exact_match_aware, holds_answer, squad_normalise, token_f1, token_f1_aware
from .statistics import bootstrap_interval, holm, mean, paired_randomisation, percentile, share

__all__ = [
    "Bin",
    "CiteCounts",
    "Support",
    "abstention",
    "aurc",
    "auroc",
    "average_precision",
    "bootstrap_interval",
    "brier",
    "calibration_bins",
    "checked_support",
    "cite_counts",
    "crag_score",
    "exact_match",
    "exact_match_aware",
    "expected_calibration_error",
    "holds_answer",
    "holm",
    "mean",
    "ndcg_at_k",
    "paired_randomisation",
    "percentile",
    "recall_at_k",
    "reciprocal_rank",
    "risk_coverage",
    "share",
    "squad_normalise",
    "success_at_k",
    "token_f1",
    "token_f1_aware",
]
