"""One scoring for every system that is measured: what a run holds, its ranking measures, two runs compared in pairs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from eval.bench.news import Question, is_relevant
from eval.errors import EvalError
from eval.measures import bootstrap_interval, mean, paired_randomisation, percentile, reciprocal_rank, success_at_k

DEPTH = 10
"""How many passages a run keeps for a question."""

BUDGET = 5_000
"""Characters of passages that are read for a hit at equal text: what five or six passages of Nutgraf's have."""

Ranking = Sequence[Mapping[str, str]]
"""Passages, best first, each with url and text."""

Measures = dict[str, list[float]]
"""Measure -> its value for each question, in the order of the questions; all lie in 0..1."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one system did with a pool, as its own process wrote it.

    ``load_seconds``: from the start of the process until its libraries (and, where it is loaded first, the model) are
    there; ``index_seconds``: from then until the index of all articles is on disk. ``index_cpu_seconds`` and
    ``index_peak_rss_mib`` are those of the process up to that moment, ``peak_rss_mib`` of all of it.
    ``query_ms``: one warm search each, in the order of ``rankings``: question id -> passages.
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
    rankings: Mapping[str, Ranking]

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
        """What indexing and searching took; seconds, MiB, characters and milliseconds as the names say."""
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
            "passage_chars": round(mean([len(p["text"]) for found in self.rankings.values() for p in found]) or 0.0),
            "query_ms_p50": round(percentile(self.query_ms, 50), 2),
            "query_ms_p95": round(percentile(self.query_ms, 95), 2),
        }


def measure(run: Run, questions: Sequence[Question], dates: Mapping[str, date]) -> Measures:
    """hit@1, hit@5, hit@10, rr@10 and the hit at equal text of every question; ``dates`` are those of the articles.

    A passage is right when ``news.is_relevant`` says so of its text and the date of its article (by URL). At equal text
    the passages are cut where ``BUDGET`` characters are read: a long passage holds an answer more easily than a short
    one. A question without a ranking scores 0. Raises EvalError when a passage is of an article outside the pool.
    """
    rankings = [_known(question, run.rankings.get(question.id, ()), dates) for question in questions]
    right = [_relevance(question, ranking, dates) for question, ranking in zip(questions, rankings, strict=True)]
    read = [
        _relevance(question, _first_characters(ranking), dates)
        for question, ranking in zip(questions, rankings, strict=True)
    ]
    return {
        "hit@1": [success_at_k(gains, 1) for gains in right],
        "hit@5": [success_at_k(gains, 5) for gains in right],
        "hit@10": [success_at_k(gains, DEPTH) for gains in right],
        "mrr@10": [reciprocal_rank(gains, DEPTH) for gains in right],
        f"hit@{BUDGET}_chars": [success_at_k(gains, len(gains)) for gains in read],
    }


def _known(question: Question, ranking: Ranking, dates: Mapping[str, date]) -> Ranking:
    unknown = next((passage["url"] for passage in ranking if passage["url"] not in dates), None)
    if unknown is not None:
        raise EvalError(f"{unknown}: returned for {question.id}, but no article of the pool; measure the system again")
    return ranking


def _relevance(question: Question, ranking: Ranking, dates: Mapping[str, date]) -> list[bool]:
    return [is_relevant(question, passage["text"], dates[passage["url"]]) for passage in ranking]


def _first_characters(ranking: Ranking, left: int = BUDGET) -> Ranking:
    """The passages up to that many characters in all; the last is cut."""
    read = []
    for passage in ranking:
        if left <= 0:
            break
        read.append({**passage, "text": passage["text"][:left]})
        left -= len(passage["text"])
    return read


def summary(measures: Measures) -> dict[str, float]:
    """The mean of each measure over all questions."""
    return {name: round(mean(values) or 0.0, 4) for name, values in measures.items()}


def compare(ours: Sequence[float], theirs: Sequence[float], seed: int) -> dict[str, Any]:
    """Two systems on the same questions, question by question.

    ``difference`` of the means (ours - theirs) with ``ci95``, its 95 % bootstrap interval over questions, and ``p`` of
    the paired randomisation test (eval/measures/statistics.py says which). ``better``, ``worse``, ``same_right`` and
    ``same_wrong`` count questions; ``same_right`` are equal values above 0.
    """
    pairs = list(zip(ours, theirs, strict=True))
    differences = [a - b for a, b in pairs]
    low, high = bootstrap_interval(differences, seed=seed)
    return {
        "difference": round(mean(differences) or 0.0, 4),
        "ci95": [round(low, 4), round(high, 4)],
        "better": sum(a > b for a, b in pairs),
        "worse": sum(a < b for a, b in pairs),
        "same_right": sum(a == b > 0 for a, b in pairs),
        "same_wrong": sum(a == b == 0 for a, b in pairs),
        "p": paired_randomisation(differences, seed=seed),
    }
