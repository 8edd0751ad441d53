"""Fit when an answer that differs contradicts the best one (rag/positions.py; rag/extractive_weights.json, "position").

    python -m eval.bench.fit_positions --data DIR --work DIR [--check]

A logistic regression over the pairs of answers that rag/positions.py has to decide about. Those that contradict are of
cases of RAMDocs with several answers, where both articles give one, and not the same. Those that do not:

- any other pair of these cases, and all of cases with one answer, whole or only the texts that agree;
- news, exercises: those of dated news questions on the pool of eval/bench/news.py, and of eval/exercises that the
  reader was not trained on, each asked of a large store: other articles there tell of other things.

Of RAMDocs the half for choosing is fitted. The least chance of a contradiction is the one that finds most cases while
at most TARGET of those that agree raise an alarm, when each of FOLDS parts of that half is measured by what the others
fitted. What ``size`` counts is no matter of likelihood, since no large store has a known contradiction: it is the least
that leaves at most NEWS_TARGET of the questions of large stores with an alarm.
"""

from __future__ import annotations

import argparse
import json
import pickle
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from eval.bench import news
from eval.bench.disagreement import CASES_FILE, Asking, Case, Read, ask, gives, read_cases
from eval.bench.fit_extractive import fit, named, small_store, store_weights
from eval.bench.reading_given import EXERCISES_FOLDER, held_out_exercises, in_held_out_third, sample
from eval.bench.stores import news_store
from eval.cases import load_cases
from eval.measures import mean
from index import open_index
from index.crossencoder.weights import weights_path
from index.model import file_sha
from index.reranking import logistic
from rag.extractive import chance_of, contradiction_features, draft, linear, load_position_weights
from rag.positions import Pair, Said, disagreement
from rag.questions import analyse
from rag.settings import RagSettings
from rag.training.data import EXERCISES_FILE

Kind = Literal["several", "one", "agreeing", "news", "exercises"]
Weights = Mapping[str, float]

FEATURES = ("chance", "best", "asked", "alike", "lead", "agreement")
# What a pair of each kind counts.
COUNTS: dict[Kind, float] = {"several": 1.0, "one": 1.0, "agreeing": 0.5, "news": 1.5, "exercises": 1.0}
FOLDS = 5
TARGET = 0.1
NEWS_TARGET = 0.025
CHANCES = tuple(round(0.05 + 0.01 * step, 2) for step in range(60))
SIZES = tuple(-0.25 * step for step in range(41))
QUESTIONS = 200


@dataclass(frozen=True, slots=True)
class Differs:
    """An answer that differs from the best one: ``features`` as of ``contradiction_features``; ``gold`` is the answer
    of its article where it gives that, else ""."""

    features: Mapping[str, float]
    gold: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it was read: whether it is ``answered``, the answer ``best`` of the best article where it gives
    that, else "", and the answers that differ."""

    kind: Kind
    question: str
    answered: bool
    best: str
    others: tuple[Differs, ...]

    @property
    def fold(self) -> int:
        return random.Random(f"fold {self.question}").randrange(FOLDS)  # noqa: S311 - a split, not a secret

    @property
    def measured(self) -> bool:
        """Whether it is not fitted on."""
        if self.kind in ("news", "exercises"):
            return in_held_out_third(self.question)
        return Case(self.question, (), ()).half == "measured"

    def contradicts(self, other: Differs) -> bool:
        return bool(self.best and other.gold and self.best != other.gold)

    def told(self, weights: Weights, least: float) -> bool:
        """Whether two of the answers are listed; of a question with one answer whether there are positions at all."""
        listed = [other for other in self.others if logistic(linear(weights, other.features)) >= least]
        if not self.answered or not listed:
            return False
        return self.kind != "several" or len({self.best, *(other.gold for other in listed)} - {""}) > 1


def asked(kind: Kind, question: str, read: Read, golds: Mapping[str, str]) -> Asked:
    """What there is to decide about a question, each answer against the best one. ``golds``: the answer that each
    article gives, "" for none."""
    decided: list[Pair] = []

    def never(pair: Pair) -> bool:
        decided.append(pair)
        return False

    def gold(said: Said) -> str:
        given = golds.get(said.passage.uri, "")
        return given if given and gives(said.text, given) else ""

    passages, found = read
    analysed = analyse(question)
    if found.readings:
        disagreement(analysed, passages, found.hits, chance_of(found.readings), never)
    answered = draft(analysed, passages, found, RagSettings()).outcome == "answered"
    others = tuple(Differs(contradiction_features(pair, found.chunks), gold(pair.said)) for pair in decided)
    return Asked(kind, question, answered, gold(decided[0].best) if decided else "", others)


# -- collecting


def collect(data: Path, work: Path) -> list[Asked]:
    """All questions as they are read now; what was read stays in ``work`` until there is another reader."""
    asking = Asking(work)
    found = list(conflicting(read_cases(data / CASES_FILE), asking))
    asking.save()
    kept = work / f"large-{file_sha(weights_path())[:12]}.pickle"
    if not kept.exists():
        kept.write_bytes(pickle.dumps([*dated(data, work), *exercises()]))
    large: list[tuple[Kind, str, Read]] = pickle.loads(kept.read_bytes())  # noqa: S301 - written by this program
    return found + [asked(kind, question, read, {}) for kind, question, read in large]


def conflicting(cases: Sequence[Case], asking: Asking) -> Iterator[Asked]:
    """The cases of RAMDocs, and of each the texts that agree."""
    for case in cases:
        passages, found = asking.read(case)
        uris = {passage.uri for passage in passages}
        golds = {uri: case.answers[int(uri.rpartition(":")[2])] for uri in uris}
        if case.golds:
            yield asked("several" if len(case.golds) > 1 else "one", case.question, (passages, found), golds)
        for agreeing in case.agreeing():
            yield asked("agreeing", case.question, asking.read(case, agreeing), {})


def dated(data: Path, work: Path) -> Iterator[tuple[Kind, str, Read]]:
    """Dated news questions on a pool of 1,000 articles."""
    pool, store = news_store(data, work)
    with open_index(store) as index:
        for question in news.read_questions(pool.questions)[:QUESTIONS]:
            yield "news", question.question, ask(index, question.question)


def exercises() -> Iterator[tuple[Kind, str, Read]]:
    """Questions on articles that the reader was not trained on, asked of a store of all."""
    held_out = {row.title for row in held_out_exercises()}
    cases = load_cases(EXERCISES_FOLDER / EXERCISES_FILE)
    usable = [case for case in cases if case.answerable and f"{case.id.rpartition('/')[0]}.txt" in held_out]
    with small_store(sorted(EXERCISES_FOLDER.glob("*.txt"))) as index:
        for case in sample(usable, QUESTIONS):
            yield "exercises", case.question, ask(index, case.question)


# -- fitting


def fit_weights(questions: Sequence[Asked]) -> dict[str, float]:
    """Weights of FEATURES. Two texts of several answers of which neither gives one tell nothing."""
    rows = [
        (other.features, one.contradicts(other), COUNTS[one.kind])
        for one in questions
        for other in one.others
        if one.kind != "several" or one.best or other.gold
    ]
    x = np.array([[features[name] for name in FEATURES] for features, _, _ in rows])
    y = np.array([float(contradicts) for _, contradicts, _ in rows])
    return named(FEATURES, fit(x, y, np.array([count for _, _, count in rows])))


def crossed(questions: Sequence[Asked]) -> list[tuple[Asked, Weights]]:
    """Each question with the weights that the others fitted, but for its own fold."""
    parts = [(fold, fit_weights([one for one in questions if one.fold != fold])) for fold in range(FOLDS)]
    return [(one, weights) for fold, weights in parts for one in questions if one.fold == fold]


def choose_least(questions: Sequence[tuple[Asked, Weights]]) -> float:
    """Of the chances that raise at most TARGET false alarms the one that finds most, the highest of several."""
    told = {least: figures(questions, least) for least in CHANCES}
    allowed = [least for least in CHANCES if (told[least]["alarms"] or 0.0) <= TARGET]
    return max(allowed, key=lambda least: (told[least]["found"] or 0.0, least))


def choose_size(questions: Sequence[Asked], weights: Weights, least: float) -> float:
    """The least weight of ``size`` that leaves large stores at most NEWS_TARGET false alarms, the most there is if
    none does."""
    for size in SIZES:
        alarms = figures([(one, {**weights, "size": size}) for one in questions], least)["alarms_large"]
        if alarms is not None and alarms <= NEWS_TARGET:
            return size
    return SIZES[-1]


def figures(questions: Sequence[tuple[Asked, Weights]], least: float) -> dict[str, float | None]:
    """``found`` and ``alarms`` as of eval/bench/disagreement.py; ``alarms_large``: of news questions and exercises."""
    told: dict[Kind, list[bool]] = {kind: [] for kind in COUNTS}
    for one, weights in questions:
        told[one.kind].append(one.told(weights, least))
    return {
        "found": mean(told["several"]),
        "alarms": mean([*told["one"], *told["agreeing"]]),
        "alarms_large": mean([*told["news"], *told["exercises"]]),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit, write the weights, and show the figures of what was not fitted on."""
    parser = argparse.ArgumentParser(
        prog="python -m eval.bench.fit_positions", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder with the data files")
    parser.add_argument("--work", type=Path, required=True, metavar="DIR", help="folder for the stores; used again")
    parser.add_argument("--check", action="store_true", help="only measure the weights that are there")
    options = parser.parse_args(arguments)
    options.work.mkdir(parents=True, exist_ok=True)
    questions = collect(options.data, options.work)
    used, measured = ([one for one in questions if one.measured == half] for half in (False, True))
    told: dict[str, object] = {}
    if options.check:
        weights, least = load_position_weights()
    else:
        by_others = crossed(used)
        least = choose_least(by_others)
        weights = fit_weights(used)
        weights = {**weights, "size": choose_size(used, weights, least)}
        told["crossed"] = figures(by_others, least)
    told["held_out"] = figures([(one, weights) for one in measured], least)
    if not options.check:
        command = "python -m eval.bench.fit_positions"
        store_weights("position", {"measured_by": command, **told, "contradicts": weights, "least": least})
    sys.stdout.write(json.dumps(told, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
