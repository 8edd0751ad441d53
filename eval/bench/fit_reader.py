"""Fit the weights that order what the cross-encoder has read (index/crossencoder/ranking.json).

    python -m eval.bench.fit_reader --data DIR --work DIR [--questions N] [--check]

Two sources of questions, none of which the cross-encoder was trained on:

- wiki: held-out articles of reader_train.jsonl.gz (SQuAD 1.1's training part and SQuADShifts' new_wiki), each question
  searched among all paragraphs of both. Its own paragraph is the right one.
- news: dated news questions on the pool of eval/bench/news.py, which also says what is right.

Every third question of each is held out and only measured. The candidates of a question compete: the loss is -log of
the share that the right ones have in the softmax over the scores (with one right candidate ListNet's top-one loss, Cao
et al. 2007), each source counting alike. That leaves the bias open; it is set so that the scores, taken as chances,
have the right mean. More of a feature never counts against a candidate: one whose weight would be negative gets none.

What search found and the cross-encoder read is kept in --work by its weights, so that fitting again takes seconds.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.bench import news, scoring
from eval.bench.reading_found import measures
from eval.bench.reading_given import WIKI, best_span, in_held_out_third, network, sample
from eval.bench.stores import news_store, paragraph_store
from eval.errors import EvalError
from index import Passage, open_index
from index.crossencoder import Reading, Span, weights_path
from index.model import file_sha
from index.reranking import Features, features, load_weights
from index.searcher import SKIM
from rag.training.data import TRAIN_FILE, read_rows, split

WEIGHTS = weights_path().with_name("ranking.json")
NAMES = tuple(field.name for field in fields(Features))
# More than search reads, so that another depth can be tried on what was collected.
DEPTH = 30
L2 = 1.0
# Set by hand, since the dated questions always ask about their own week, others do not: about a third of what is best
# for them. Among 7,412 articles it raised MRR@10 from 0.558 to 0.614 and hit@5 from 0.673 to 0.727 (150 questions).
RECENT = 0.3

Matrix = NDArray[np.float64]
Group = tuple[Matrix, NDArray[np.bool_]]
"""The candidates of a question: features, shape (candidates, features), and which of them are right."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage as search found and the cross-encoder read it, with what tells whether it is right.

    ``scores`` are those of Passage; ``start`` is where the passage begins in its article, ``answer`` its best span.
    """

    fused: float
    scores: Mapping[str, float]
    start: int
    answer: str
    right: bool
    reading: Reading


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its candidates, best fused score first."""

    source: str
    id: str
    candidates: list[Candidate]

    @property
    def held_out(self) -> bool:
        return in_held_out_third(self.id)

    def group(self, depth: int) -> Group:
        """The first ``depth`` candidates."""
        read = self.candidates[:depth]
        found = features([one.fused for one in read], [one.reading for one in read])
        return np.array([astuple(one) for one in found]), np.array([one.right for one in read])


# -- collecting


def collect(data: Path, work: Path, questions: int) -> list[Asked]:
    """All questions with their candidates; from ``work`` when the same weights have read them before."""
    kept = work / f"ranked-{file_sha(weights_path())[:12]}-{questions}.jsonl"
    if not kept.exists():
        asked = [*wiki(data, work, questions), *dated(data, work)]
        kept.write_text("".join(json.dumps(asdict(one)) + "\n" for one in asked), encoding="utf-8")
    return [_load(json.loads(line)) for line in kept.read_text("utf-8").split("\n") if line]


def _load(stored: Mapping[str, Any]) -> Asked:
    candidates = [Candidate(**one | {"reading": _reading(one["reading"])}) for one in stored["candidates"]]
    return Asked(stored["source"], stored["id"], candidates)


def _reading(stored: Mapping[str, Any]) -> Reading:
    return Reading(tuple(Span(**span) for span in stored["spans"]), stored["answerable"], stored["relevant"])


def wiki(data: Path, work: Path, questions: int) -> Iterator[Asked]:
    rows = [row for row in read_rows(data / TRAIN_FILE) if row.source in WIKI]
    store, uris = paragraph_store(rows, work / "wiki")
    with open_index(store) as index:
        for row in sample(split(rows)[1], questions):
            found = index.search(row.question, k=DEPTH, rerank=False)
            right = [passage.uri == uris[row.text] for passage in found]
            yield Asked("wiki", row.id, _candidates(row.question, found, right))


def dated(data: Path, work: Path) -> Iterator[Asked]:
    pool, store = news_store(data, work)
    dates = news.read_dates(pool.articles)
    with open_index(store) as index:
        for one in news.read_questions(pool.questions):
            found = index.search(one.question, k=DEPTH, rerank=False)
            right = [news.is_relevant(one, passage.text, dates[passage.article.url]) for passage in found]
            yield Asked("news", one.id, _candidates(one.question, found, right))


def _candidates(question: str, found: Sequence[Passage], right: Sequence[bool]) -> list[Candidate]:
    """The passages as search reads them: the best window of each."""
    readings = network().skim(question, [passage.text for passage in found])
    return [
        Candidate(passage.score, dict(passage.scores), passage.start, best_span(passage.text, reading), one, reading)
        for passage, reading, one in zip(found, readings, right, strict=True)
    ]


# -- fitting


def fit(sources: Sequence[Sequence[Group]], l2: float = L2) -> Matrix:
    """Weights of the features, shape (features,), by Newton's method.

    Groups without a right candidate, or with none that is wrong, say nothing and are left out; each source counts like
    1,000 groups. Raises EvalError when no group is left.
    """
    told = [[group for group in groups if 0 < group[1].sum() < len(group[1])] for groups in sources]
    if not any(told):
        raise EvalError("no question has right and wrong candidates; take more questions")
    scale = np.concatenate([x for groups in told for x, _ in groups]).std(axis=0) + 1e-9
    weights: Matrix = np.zeros(len(scale))
    loss, gradient, hessian = _loss(told, scale, weights, l2)
    for _ in range(50):
        step = np.linalg.solve(hessian, gradient)
        # Newton's step can go too far where the loss is not quadratic: halve it until the loss falls.
        while _loss(told, scale, weights - step, l2)[0] > loss and float(np.abs(step).max()) > 1e-8:
            step = step / 2
        weights = weights - step
        loss, gradient, hessian = _loss(told, scale, weights, l2)
        if float(np.abs(step).max()) < 1e-8:
            break
    found: Matrix = weights / scale
    return found


def _loss(
    sources: Sequence[Sequence[Group]], scale: Matrix, weights: Matrix, l2: float
) -> tuple[float, Matrix, Matrix]:
    """(loss, gradient, Hessian) at ``weights`` of the features divided by ``scale``."""
    loss, gradient, hessian = l2 * float(weights @ weights) / 2, l2 * weights, l2 * np.eye(len(scale))
    for groups in sources:
        share = 1000 / max(1, len(groups))
        for x, right in groups:
            scaled = x / scale
            p = _softmax(scaled @ weights)
            mean = p @ scaled
            loss -= share * float(np.log(p[right].sum() + 1e-300))
            gradient = gradient + share * (mean - (p[right] / (p[right].sum() + 1e-300)) @ scaled[right])
            # Without the part of the right ones, which would make it less than positive: the steps are a little short.
            hessian = hessian + share * ((scaled * p[:, None]).T @ scaled - np.outer(mean, mean))
    return loss, gradient, hessian


def _softmax(scores: Matrix) -> Matrix:
    raised = np.exp(scores - scores.max())
    shares: Matrix = raised / raised.sum()
    return shares


def fit_bias(scores: Matrix, right: NDArray[np.bool_]) -> float:
    """What has to be added to the scores so that the mean of their logistic is the share of right ones."""
    low, high = -100.0, 100.0
    while high - low > 1e-6:
        middle = (low + high) / 2
        low, high = (middle, high) if np.mean(1 / (1 + np.exp(-scores - middle))) < right.mean() else (low, middle)
    return (low + high) / 2


def report(weights: Mapping[str, float], asked: Sequence[Asked]) -> dict[str, dict[str, float]]:
    """Mean measures of the questions by source: in fused order, and reranked with the weights."""
    figures: dict[str, dict[str, float]] = {}
    by_name = np.array([weights[name] for name in NAMES])
    for source in dict.fromkeys(one.source for one in asked):
        part = [one for one in asked if one.source == source]
        fused, reranked = [], []
        for one in part:
            x, right = one.group(SKIM.passages)
            order = np.argsort(-(x @ by_name), kind="stable")
            fused.append(right[: scoring.DEPTH].tolist())
            reranked.append(right[order][: scoring.DEPTH].tolist())
        figures[f"{source}, fused"] = {"questions": len(part), **scoring.summary(measures(fused))}
        figures[f"{source}, reranked"] = {"questions": len(part), **scoring.summary(measures(reranked))}
    return figures


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit, write the weights and show how well they order the questions that were held out."""
    parser = argparse.ArgumentParser(
        prog="python -m eval.bench.fit_reader", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder with the data files")
    parser.add_argument("--work", type=Path, required=True, metavar="DIR", help="folder for the stores and candidates")
    parser.add_argument("--questions", type=int, default=500, metavar="N", help="of wiki (500); of news all are taken")
    parser.add_argument("--check", action="store_true", help="only measure the weights there are")
    options = parser.parse_args(arguments)
    asked = collect(options.data, options.work, options.questions)
    held_out = [one for one in asked if one.held_out]
    weights = load_weights() if options.check else fitted([one for one in asked if not one.held_out])
    if not options.check:
        WEIGHTS.write_text(json.dumps(weights, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(json.dumps({"weights": dict(weights), "held_out": report(weights, held_out)}, indent=1) + "\n")
    return 0


def fitted(asked: Sequence[Asked]) -> dict[str, float]:
    """The weights by name, with the bias."""
    groups = [
        [one.group(SKIM.passages) for one in asked if one.source == source]
        for source in dict.fromkeys(one.source for one in asked)
    ]
    weights = fit(groups)
    while (against := weights < 0).any():
        groups = [[(np.where(against, 0.0, x), right) for x, right in part] for part in groups]
        weights = np.where(against, 0.0, fit(groups))
    x, right = (np.concatenate(part) for part in zip(*(group for part in groups for group in part), strict=True))
    bias = fit_bias(x @ weights, right)
    named = {name: round(float(value), 4) for name, value in zip((*NAMES, "bias"), (*weights, bias), strict=True)}
    return named | {"recent": RECENT}


if __name__ == "__main__":
    sys.exit(main())
