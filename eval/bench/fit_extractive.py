"""Fit the weights of the extractive reader (rag/extractive_weights.json).

    python -m eval.bench.fit_extractive --data DIR --work DIR [--check]

Three sources of questions:

- SQuAD 1.1's training part in reader_train.jsonl.gz (44 Wikipedia articles, CC BY-SA 4.0), each question searched among
  the paragraphs of its own article; every third article is held out.
- Dated news questions on the pool of eval/bench/news.py; those that no article of the pool answers are unanswerable.
  Every third question is held out. Labels are weak: the answer string in an article within 14 days.
- The gold questions of eval/gold on seeds/, which are in other words than the text (nothing held out).

Two logistic regressions (L2, Newton's method):

- sentence: does this sentence hold the answer? (features of rag/evidence.py; SQuAD and gold count alike. News is left
  out: "holds the answer string" is too weak a label for a sentence.)
- answer: is the question answerable? (features of the best sentences; news counts once, gold twice)
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.bench import news
from eval.cases import Case, default_cases, seeds_folder
from index import Index, Passage, build_index, open_index
from index.settings import IndexSettings
from rag.evidence import Features, Sentence, measure, sentences_of
from rag.extractive import answer_features, linear, load_weights, rank
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

ANSWER_FEATURES = ("score", "cosine", "names", "best_names", "expected", "picture")
# Set by hand: neither source has enough questions about pictures and agencies to fit it.
PICTURE = 2.0
MARGIN = 4.0


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
    with tempfile.TemporaryDirectory(prefix="nutgraf-bench-") as store:
        build_index(seeds_folder(), store=store)
        with open_index(store) as index:
            for case in default_cases():
                question = analyse(case.question)
                sentences = sentences_of(index.search(case.question, k=PASSAGES), question)
                right = [holds(case, sentence) for sentence in sentences]
                found = measure(question, sentences, index), right
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


def squad_candidates(index: Index, rows: Sequence[Row]) -> list[Candidates]:
    """Candidates of the questions whose answer is among the passages found."""
    found = [candidates(index, row, index.search(row["question"], k=PASSAGES, sources=[row["title"]])) for row in rows]
    return [one for one in found if any(one[1])]


def news_candidates(data: Path, work: Path) -> Parts:
    """(answerable, unanswerable) candidates of dated news questions on a pool of 1,000 articles."""
    pool = news.make_pool(data, work / "pool-1000-0", 1000, 0)
    build_index([pool.articles], settings=IndexSettings(store=work / "pool-1000-0" / "store"))
    dates = news.read_dates(pool.articles)
    usable = {question.id for question in news.read_questions(pool.questions)}
    asked = [q for q in news.read_questions(data / news.QUESTIONS_FILE) if news.plain_answer(q.answer)]
    random.Random(SEED).shuffle(asked)  # noqa: S311 - a sample, not a secret
    others = [q for q in asked if q.id not in usable][: len(usable)]
    with_gold, without = [], []
    with open_index(work / "pool-1000-0" / "store") as index:
        for q in [*(q for q in asked if q.id in usable), *others]:
            question = analyse(q.question)
            sentences = sentences_of(index.search(q.question, k=PASSAGES), question)
            right = [news.is_relevant(q, s.text, dates[s.passage.article.url]) for s in sentences]
            plain = news.plain_answer(q.answer) or ""
            if q.id in usable and any(right):
                with_gold.append((measure(question, sentences, index), right))
            elif q.id not in usable and not any(news.holds(news.normalise(s.text), plain) for s in sentences):
                without.append((measure(question, sentences, index), right))
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


def report(
    sentence: dict[str, float], answer: dict[str, float], squad: list[Candidates], dated: Parts
) -> dict[str, float]:
    """Figures on what was held out."""
    ranked = [(right, rank(features, sentence)[1]) for features, right in squad]
    confidences, labels = [], []
    for label, part in ((True, dated[0]), (False, dated[1])):
        for features, _ in part:
            confidences.append(linear(answer, answer_features(features, *rank(features, sentence))))
            labels.append(label)
    return {
        "squad_questions": len(squad),
        "squad_best_sentence_right": round(float(np.mean([right[order[0]] for right, order in ranked])), 4),
        "squad_one_of_three_right": round(float(np.mean([any(right[i] for i in o[:3]) for right, o in ranked])), 4),
        "news_questions": len(labels),
        "news_auroc_answerable": round(auroc(confidences, labels), 4),
    }


def thirds(found: list[Candidates]) -> tuple[list[Candidates], list[Candidates]]:
    """(two thirds to fit on, every third to measure on)."""
    return [one for number, one in enumerate(found) if number % 3], found[::3]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with the training rows, news articles and questions"
    )
    parser.add_argument("--work", type=Path, required=True, help="folder for the store; kept and used again")
    parser.add_argument("--questions", type=int, default=400, help="of SQuAD")
    parser.add_argument("--check", action="store_true", help="only measure the weights that are there")
    options = parser.parse_args()
    contexts, rows = load(options.data / "reader_train.jsonl.gz", options.questions)
    held_titles = set(sorted({row["title"] for row in rows})[::3])
    with open_index(make_store(contexts, options.work / "squad")) as index:
        squad = squad_candidates(index, [row for row in rows if row["title"] not in held_titles])
        squad_held = squad_candidates(index, [row for row in rows if row["title"] in held_titles])
    (answered, answered_held), (refused, refused_held) = map(thirds, news_candidates(options.data, options.work))
    held = squad_held, (answered_held, refused_held)
    if options.check:
        now = load_weights()
        figures = report(dict(now.sentence), dict(now.answer), *held)
    else:
        gold = gold_candidates()
        sentence = fit_sentence([squad, gold[0]])
        answer = fit_answer(sentence, [(answered, refused), gold, gold])
        figures = report(sentence, answer, *held)
        stored = {
            "measured_by": "python -m eval.bench.fit_extractive",
            "held_out": figures,
            "sentence": sentence,
            "answer": answer,
            "margin": MARGIN,
        }
        WEIGHTS.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")
    return 0


def fit_sentence(sources: Sequence[list[Candidates]]) -> dict[str, float]:
    """Weights of the sentence model; each source counts alike."""
    x, y, counts = [], [], []
    for source in sources:
        rows = [pair for features, right in source for pair in zip(features, right, strict=True)]
        x += [[getattr(f, name) for name in SENTENCE_FEATURES] for f, _ in rows]
        y += [float(r) for _, r in rows]
        counts += [10_000 / len(rows)] * len(rows)
    weights = named(SENTENCE_FEATURES, fit(np.array(x), np.array(y), np.array(counts)))
    return {**weights, "picture": PICTURE}


def fit_answer(sentence: dict[str, float], sources: Sequence[Parts]) -> dict[str, float]:
    """Weights of the answer model; each source counts alike."""
    x, y, counts = [], [], []
    for source in sources:
        for label, part in zip((1.0, 0.0), source, strict=True):
            for features, _ in part:
                found = answer_features(features, *rank(features, sentence))
                x.append([found[name] for name in ANSWER_FEATURES])
                y.append(label)
                counts.append(100 / (len(source[0]) + len(source[1])))
    return named(ANSWER_FEATURES, fit(np.array(x), np.array(y), np.array(counts)))


if __name__ == "__main__":
    sys.exit(main())
