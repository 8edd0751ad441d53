"""One scoring for every system that is measured: what a run holds, its ranking measures, two runs compared in pairs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import comb
from pathlib import Path
from typing import Any

import numpy as np

from eval.bench.news import Question, is_relevant
from eval.errors import EvalError
from eval.measures import mean, percentile, reciprocal_rank, success_at_k

DEPTH = 10
"""How many passages a run keeps for a question."""

RESAMPLES = 10_000

Measures = dict[str, list[float]]
"""Measure -> its value for each question, in the order of the questions; all lie in 0..1."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one system did with a pool, as its own process wrote it.

    ``load_seconds``: from the start of the process until its libraries (and, where it is loaded first, the model) are
    there; ``index_seconds``: from then until the index of all articles is on disk. ``index_cpu_seconds`` and
    ``index_peak_rss_mib`` are those of the process up to that moment, ``peak_rss_mib`` of all of it.
    ``query_ms``: one warm search each. ``rankings``: question id -> passages, best first, each with url and text.
    """

    versions: Mapping[str, str]
    articles: int
    chunks: int
    load_seconds: float
    index_seconds: float
    index_cpu_seconds: float
    index_peak_rss_mib: float
    peak_rss_mib: float
    disk_mib: float
    query_ms: Sequence[float]
    rankings: Mapping[str, Sequence[Mapping[str, str]]]

    @classmethod
    def load(cls, path: Path) -> Run:
        """Read a run from the JSON file that a measured process wrote. Raises EvalError."""
        try:
            return cls(**json.loads(path.read_text("utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise EvalError(f"{path}: not a finished run ({error}); delete it and measure again") from error

    @property
    def articles_per_second(self) -> float:
        """Articles indexed per second of the whole process: a start that takes long counts."""
        return self.articles / (self.load_seconds + self.index_seconds)

    def cost(self) -> dict[str, Any]:
        """What indexing and searching took; seconds, MiB and milliseconds as the names say."""
        return {
            "articles": self.articles,
            "chunks": self.chunks,
            "load_seconds": round(self.load_seconds, 2),
            "index_seconds": round(self.index_seconds, 2),
            "index_cpu_seconds": round(self.index_cpu_seconds, 2),
            "articles_per_second": round(self.articles_per_second, 3),
            "index_peak_rss_mib": round(self.index_peak_rss_mib, 1),
            "peak_rss_mib": round(self.peak_rss_mib, 1),
            "disk_mib": round(self.disk_mib, 2),
            "query_ms_p50": round(percentile(self.query_ms, 50), 2),
            "query_ms_p95": round(percentile(self.query_ms, 95), 2),
        }


def measure(run: Run, questions: Sequence[Question], dates: Mapping[str, date]) -> Measures:
    """hit@1, hit@5, hit@10 and rr@10 of every question; ``dates`` gives the date of every article by its URL.

    A passage is right when ``news.is_relevant`` says so of its text and its article's date. A question without a
    ranking scores 0. Raises EvalError when a passage names an article that is not in the pool.
    """
    right = [_relevance(question, run.rankings.get(question.id, ()), dates) for question in questions]
    return {
        "hit@1": [success_at_k(ranking, 1) for ranking in right],
        "hit@5": [success_at_k(ranking, 5) for ranking in right],
        "hit@10": [success_at_k(ranking, DEPTH) for ranking in right],
        "mrr@10": [reciprocal_rank(ranking, DEPTH) for ranking in right],
    }


def _relevance(question: Question, ranking: Sequence[Mapping[str, str]], dates: Mapping[str, date]) -> list[bool]:
    unknown = next((passage["url"] for passage in ranking if passage["url"] not in dates), None)
    if unknown is not None:
        raise EvalError(f"{unknown}: returned for {question.id}, but no article of the pool; measure the system again")
    return [is_relevant(question, passage["text"], dates[passage["url"]]) for passage in ranking]


def summary(measures: Measures) -> dict[str, float]:
    """The mean of each measure over all questions."""
    return {name: round(mean(values) or 0.0, 4) for name, values in measures.items()}


def compare(ours: Sequence[float], theirs: Sequence[float], seed: int) -> dict[str, Any]:
    """Two systems on the same questions, question by question.

    ``difference`` of the means (ours - theirs) with ``ci95``, its 95 % percentile bootstrap interval over questions
    (Efron 1979), and ``p``, two-sided, of the exact sign test on the questions where they differ (for hits this is
    McNemar's exact test). ``better``, ``worse``, ``same_right`` and ``same_wrong`` count questions; ``same_right`` are
    equal values above 0.
    """
    a, b = np.asarray(ours, dtype=np.float64), np.asarray(theirs, dtype=np.float64)
    drawn = np.random.default_rng(seed).integers(0, len(a), size=(RESAMPLES, len(a)))
    low, high = np.percentile((a - b)[drawn].mean(axis=1), [2.5, 97.5])
    better, worse = int((a > b).sum()), int((a < b).sum())
    return {
        "difference": round(float((a - b).mean()), 4),
        "ci95": [round(float(low), 4), round(float(high), 4)],
        "better": better,
        "worse": worse,
        "same_right": int(((a == b) & (a > 0)).sum()),
        "same_wrong": int(((a == b) & (a == 0)).sum()),
        "p": sign_test(better, worse),
    }


def sign_test(better: int, worse: int) -> float:
    """Two-sided exact p-value that so uneven a split comes from a fair coin; ties are left out before."""
    n = better + worse
    tail = sum(comb(n, k) for k in range(min(better, worse) + 1))
    return min(1.0, 2 * tail / (1 << n))
