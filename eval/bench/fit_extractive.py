"""Fit the weights of the extractive reader (rag/extractive_weights.json).

    python -m eval.bench.fit_extractive --data DIR --work DIR [--check]

Two sources of questions, which count alike. (1) The SQuAD 1.1 training part in reader_train.jsonl.gz (44 Wikipedia
articles, CC BY-SA 4.0; every third article is held out for the figures that are printed): a question is searched among
the paragraphs of its own article, once with all of them, and once without those that hold the answer, which makes an
unanswerable question on the same topic, the hard kind. (2) The gold questions of eval/gold on the articles in seeds/,
which are in other words than the text: SQuAD's alone teach that an answer repeats the words of its question.

Two logistic regressions (L2, Newton's method):

- sentence: does this sentence hold the answer? (features of rag/evidence.py)
- answer: does one of the best three hold it? (features of the best; negatives are the unanswerable questions)
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.cases import Case, default_cases, seeds_folder
from eval.run import seeds_assistant
from index import Index, Passage, build_index, open_index
from index.settings import IndexSettings
from rag.evidence import Features, Sentence, measure, sentences_of
from rag.extractive import answer_features, linear, load_weights
from rag.questions import analyse

WEIGHTS = Path(__file__).parents[2] / "rag" / "extractive_weights.json"
SENTENCE_FEATURES = tuple(field.name for field in fields(Features) if field.name != "picture")
PASSAGES = 8
SEED = 7

Row = dict[str, str]
Matrix = NDArray[np.float64]
# Features of each candidate sentence of a question, and which of them hold the answer.
Candidates = tuple[list[Features], list[bool]]
# (of answerable questions, of unanswerable ones)
Parts = tuple[list[Candidates], list[Candidates]]

ANSWER_FEATURES = (
    "score", "best_cosine", "best_context", "best_meaning_context", "best_weakest", "best_asked", "best_expected",
    "best_names", "few_meaning_context", "few_weakest",
)  # fmt: skip
# Set by hand: neither source has enough questions about pictures and agencies to fit it.
PICTURE = 2.0
MARGIN = 1.5


def load(path: Path, questions: int) -> tuple[list[Row], list[Row]]:
    """(all paragraphs as {title, context}, a sample of questions)."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [row for row in map(json.loads, file) if row["source"] == "squad1-train" and row["title"]]
    contexts = {(row["title"], row["context"]) for row in rows}
    sample = random.Random(SEED).sample(rows, min(questions, len(rows)))  # noqa: S311 - a sample, not a secret
    return [{"title": title, "context": context} for title, context in sorted(contexts)], sample


def make_store(contexts: Sequence[Row], work: Path) -> Path:
    """A store with one article a paragraph; its source is the article's title, to search within it."""
    work.mkdir(parents=True, exist_ok=True)
    articles = work / "contexts.jsonl"
    with articles.open("w", encoding="utf-8") as file:
        for number, row in enumerate(contexts):
            record = {"uri": f"squad:{number}", "text": row["context"], "source": row["title"]}
            file.write(json.dumps(record) + "\n")
    build_index([articles], settings=IndexSettings(store=work / "store"))
    return work / "store"


def gold_candidates() -> Parts:
    """(answerable, unanswerable) candidates of the gold questions on the seeds."""
    with_gold, without = [], []
    with seeds_assistant(seeds_folder()) as assistant:
        for case in default_cases():
            question = analyse(case.question)
            sentences = sentences_of(assistant.index.search(case.question, k=PASSAGES), question)
            right = [holds(case, sentence) for sentence in sentences]
            found = measure(question, sentences, assistant.index), right
            if not case.answerable:
                without.append(found)
            elif any(right):
                with_gold.append(found)
    return with_gold, without


def holds(case: Case, sentence: Sentence) -> bool:
    """True when the sentence stands in a gold paragraph and has one of the answers."""
    in_gold = any(e.stands_in(sentence.passage.uri, sentence.paragraph.text) for e in case.evidence)
    text = sentence.text.lower()
    return in_gold and any(answer.lower() in text for group in case.groups for answer in group)


def candidates(index: Index, row: Row, passages: Sequence[Passage]) -> Candidates:
    question = analyse(row["question"])
    sentences = sentences_of(passages, question)
    answer = row["answers"][0].lower()
    gold = row["context"]
    right = [s.paragraph.text in gold and answer in s.text.lower() for s in sentences]
    return measure(question, sentences, index), right


def collect(index: Index, rows: Sequence[Row]) -> Parts:
    """(answerable, unanswerable) candidates."""
    with_gold, without = [], []
    for row in rows:
        found = index.search(row["question"], k=PASSAGES + 4, sources=[row["title"]])
        answer = row["answers"][0].lower()
        full = candidates(index, row, found[:PASSAGES])
        if any(full[1]):
            with_gold.append(full)
        rest = [p for p in found if answer not in p.text.lower() and p.text[:80] not in row["context"]][:PASSAGES]
        if rest:
            features, _ = candidates(index, row, rest)
            if features:
                without.append((features, [False] * len(features)))
    return with_gold, without


def fit(x: Matrix, y: Matrix, counts: Matrix, l2: float = 1.0) -> Matrix:
    """Weights of a logistic regression, bias last (not penalised), by Newton's method; ``counts`` weighs the rows."""
    design = np.hstack([x, np.ones((len(x), 1))])
    weights = np.zeros(design.shape[1])
    penalty = np.diag([l2] * x.shape[1] + [0.0])
    for _ in range(50):
        p = 1 / (1 + np.exp(-design @ weights))
        gradient = design.T @ (counts * (p - y)) + penalty @ weights
        hessian = (design * (counts * p * (1 - p))[:, None]).T @ design + penalty
        step = np.linalg.solve(hessian, gradient)
        weights -= step
        if float(np.abs(step).max()) < 1e-8:
            break
    return weights


def named(names: Sequence[str], weights: Matrix) -> dict[str, float]:
    return {name: round(float(w), 4) for name, w in zip((*names, "bias"), weights, strict=True)}


def auroc(scores: Sequence[float], labels: Sequence[bool]) -> float:
    """Chance that a positive scores above a negative (ties count half): the Mann-Whitney statistic."""
    order = np.argsort(scores, kind="stable")
    ranks = np.empty(len(order))
    values = np.asarray(scores)[order]
    for value in np.unique(values):
        same = values == value
        ranks[order[same]] = np.flatnonzero(same).mean() + 1
    positive = np.asarray(labels)
    n, m = int(positive.sum()), int((~positive).sum())
    return float((ranks[positive].sum() - n * (n + 1) / 2) / (n * m)) if n and m else float("nan")


def best_first(features: Sequence[Features], sentence: dict[str, float]) -> tuple[list[float], list[int]]:
    scores = [linear(sentence, asdict(f)) for f in features]
    return scores, sorted(range(len(scores)), key=lambda i: -scores[i])


def report(
    sentence: dict[str, float], answer: dict[str, float], held: tuple[list[Candidates], list[Candidates]]
) -> dict[str, float]:
    """Figures on held-out articles."""
    first = top3 = 0
    confidences: list[float] = []
    labels: list[bool] = []
    for features, right in held[0]:
        scores, order = best_first(features, sentence)
        first += right[order[0]]
        top3 += any(right[i] for i in order[:3])
        confidences.append(linear(answer, answer_features(features, scores, order)))
        labels.append(True)
    for features, _ in held[1]:
        scores, order = best_first(features, sentence)
        confidences.append(linear(answer, answer_features(features, scores, order)))
        labels.append(False)
    refused = float(np.mean([c < 0 for c, label in zip(confidences, labels, strict=True) if not label]))
    kept = float(np.mean([c >= 0 for c, label in zip(confidences, labels, strict=True) if label]))
    return {
        "questions": len(held[0]),
        "best_sentence_right": round(first / len(held[0]), 4),
        "one_of_three_right": round(top3 / len(held[0]), 4),
        "auroc_answerable": round(auroc(confidences, labels), 4),
        "unanswerable_refused_at_half": round(refused, 4),
        "answerable_kept_at_half": round(kept, 4),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True, help="folder with reader_train.jsonl.gz")
    parser.add_argument("--work", type=Path, required=True, help="folder for the store; kept and used again")
    parser.add_argument("--questions", type=int, default=1500)
    parser.add_argument("--check", action="store_true", help="only measure the weights that are there")
    options = parser.parse_args()
    contexts, rows = load(options.data / "reader_train.jsonl.gz", options.questions)
    titles = sorted({row["title"] for row in rows})
    held_titles = set(titles[::3])
    by_part: dict[bool, list[Row]] = defaultdict(list)
    for row in rows:
        by_part[row["title"] in held_titles].append(row)
    with open_index(make_store(contexts, options.work)) as index:
        held = collect(index, by_part[True])
        if options.check:
            now = load_weights()
            figures = report(dict(now.sentence), dict(now.answer), held)
        else:
            figures = fit_all([collect(index, by_part[False]), gold_candidates()], held)
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")
    return 0


def fit_all(sources: Sequence[Parts], held: Parts) -> dict[str, float]:
    """Fit both models on all sources, each counting alike, write them, and return the held-out figures."""
    x, y, counts = [], [], []
    for with_gold, _ in sources:
        rows = [(f, r) for features, right in with_gold for f, r in zip(features, right, strict=True)]
        x += [[getattr(f, name) for name in SENTENCE_FEATURES] for f, _ in rows]
        y += [float(r) for _, r in rows]
        counts += [10_000 / len(rows)] * len(rows)
    sentence = named(SENTENCE_FEATURES, fit(np.array(x), np.array(y), np.array(counts)))
    sentence["picture"] = PICTURE
    x, y, counts = [], [], []
    for with_gold, without in sources:
        for part in (with_gold, without):
            for features, right in part:
                scores, order = best_first(features, sentence)
                found = answer_features(features, scores, order)
                x.append([found[name] for name in ANSWER_FEATURES])
                y.append(float(any(right[i] for i in order[:3])))
                counts.append(500 / len(part))
    answer = named(ANSWER_FEATURES, fit(np.array(x), np.array(y), np.array(counts)))
    figures = report(sentence, answer, held)
    stored = {
        "measured_by": "python -m eval.bench.fit_extractive",
        "held_out": figures,
        "sentence": sentence,
        "answer": answer,
        "margin": MARGIN,
    }
    WEIGHTS.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
    return figures


if __name__ == "__main__":
    sys.exit(main())
