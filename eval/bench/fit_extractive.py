"""Fit the weights of answers without a language model (rag/extractive_weights.json).

    python -m eval.bench.fit_extractive --data DIR --work DIR [--part reader|sentences] [--check]

Five sources of questions; none of them was trained on by the reader:

- wiki: held-out articles of reader_train.jsonl.gz (SQuAD 1.1's training part and SQuADShifts' new_wiki), each question
  searched among all paragraphs of both. The same questions are asked again without their own article: unanswerable.
- changed: the same questions with one detail changed (rag/training/edits.py): mostly unanswerable, too.
- news: dated news questions on the pool of eval/bench/news.py; those that no article of the pool answers are
  unanswerable. An answer is right when it holds the answer string.
- exercises: the questions of eval/exercises on articles that the reader was not trained on, answerable and not, in
  other words than the text; each asked of a store of two articles, every second one of a store of all too.
- gold: the questions of eval/gold on seeds/, which are in other words than the text.

Every third question (the same for all that is made of it; of exercises every third article) is held out and only
measured, but for gold, which is too small for that. Two logistic regressions (L2, Newton's method):

- sentence: does this sentence hold the answer? (all but changed)
- answer: is what would be quoted right? (all five)

What is collected is kept in --work by the reader's weights, so that fitting again takes seconds.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from eval.bench import news
from eval.bench.reading_given import EXERCISES_FOLDER, WIKI, held_out_exercises, in_held_out_third, sample
from eval.bench.stores import news_store, paragraph_store
from eval.cases import Case, default_cases, load_cases, seeds_folder
from eval.measures.abstaining import auroc, expected_calibration_error
from index import Index, build_index, open_index
from index.crossencoder.weights import weights_path
from index.minilm import published_arrays
from index.model import file_sha
from index.reranking import logistic
from rag.evidence import Features, Sentence
from rag.extractive import Candidates, answer_features, candidates, linear, load_weights, rank
from rag.questions import analyse
from rag.reading import SKIM, ReaderFeatures
from rag.settings import RagSettings
from rag.training.data import EXERCISES_FILE, TRAIN_FILE, read_rows, split
from rag.training.edits import Neighbours, apply_question, find_edit

WEIGHTS = Path(__file__).parents[2] / "rag" / "extractive_weights.json"
PASSAGES = 8
SEED = 7
Part = Literal["reader", "sentences"]
Right = Callable[[Sentence], bool]
Matrix = NDArray[np.float64]

MARGIN = 2.0
# Of the setting min_confidence.
THRESHOLD = RagSettings().min_confidence
# What each source counts for; gold is in other words than the text, like a person's questions.
SHARES = {"wiki": 1.0, "changed": 0.25, "news": 1.5, "exercises": 2.0, "gold": 1.0}
_OWN: dict[str, tuple[str, ...]] = {
    "sentences": tuple(field.name for field in fields(Features)),
    "reader": tuple(field.name for kind in (Features, ReaderFeatures) for field in fields(kind)),
}
_ANSWER_FEATURES: dict[str, tuple[str, ...]] = {
    "sentences": ("score", "cosine", "names", "best_names", "expected"),
    "reader": ("score", "cosine", "context", "top_margin", "lead", "behind", "answerable", "size"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it was read: the features of each candidate sentence, and which of them would be right to quote."""

    source: str
    group: str
    answerable: bool
    features: Sequence[Mapping[str, float]]
    right: list[bool]
    read: bool
    chunks: int

    @property
    def held_out(self) -> bool:
        return self.source != "gold" and in_held_out_third(self.group)

    def candidates(self) -> Candidates:
        return Candidates([], self.features, [], self.read, self.chunks, [0.0] * len(self.features))


# -- collecting


def collect(data: Path, work: Path, part: Part, questions: int) -> list[Asked]:
    """All questions as they are read now; from ``work`` when the same weights have read them before."""
    key = file_sha(weights_path())[:12] if part == "reader" else "none"
    kept = work / f"asked-{part}-{key}-{questions}.jsonl"
    if not kept.exists():
        asked = [*wiki(data, work, part, questions), *dated(data, work, part), *exercises(part), *gold(part)]
        kept.write_text("".join(json.dumps(asdict(one)) + "\n" for one in asked), encoding="utf-8")
    return [Asked(**json.loads(line)) for line in kept.read_text("utf-8").splitlines()]


def ask(
    index: Index,
    question: str,
    asked: tuple[str, str, bool],
    part: Part,
    right: Right,
    sources: Sequence[str] | None = None,
) -> Asked:
    """The question as it is read now; ``asked`` is its (source, group, answerable)."""
    network = index.crossencoder if part == "reader" else None
    found = index.retrieve(question, k=PASSAGES, sources=sources, rerank=network is not None, skim=SKIM)
    passages, readings = [one.passage for one in found], [one.reading for one in found]
    read = candidates(analyse(question), passages, readings, index, network)
    return Asked(*asked, read.features, [right(s) for s in read.sentences], read.read, read.chunks)


def wiki(data: Path, work: Path, part: Part, questions: int) -> Iterator[Asked]:
    """Questions of held-out articles: with their article, without it, and changed."""
    rows = [row for row in read_rows(data / TRAIN_FILE) if row.source in WIKI]
    titles = sorted({row.title for row in rows})
    neighbours = Neighbours(published_arrays()["words.weight"])
    rng = random.Random(SEED)  # noqa: S311 - a sample, not a secret
    store, _ = paragraph_store(rows, work / "wiki")
    with open_index(store) as index:
        for row in sample(split(rows)[1], questions):
            answers = [answer.lower() for _, answer in row.answers]
            text = row.text

            def right(sentence: Sentence, answers: list[str] = answers, text: str = text) -> bool:
                return sentence.paragraph.text in text and any(answer in sentence.text.lower() for answer in answers)

            yield ask(index, row.question, ("wiki", row.id, True), part, right)
            others = [title for title in titles if title != row.title]
            yield ask(index, row.question, ("wiki", row.id, False), part, never, others)
            if edit := find_edit(row, neighbours, rng):
                changed = apply_question(edit, row).question
                yield ask(index, changed, ("changed", row.id, False), part, never)


def never(_: Sentence) -> bool:
    """No sentence answers a question that has no answer."""
    return False


def dated(data: Path, work: Path, part: Part) -> Iterator[Asked]:
    """Dated news questions on a pool of 1,000 articles, and as many that no article there answers."""
    pool, store = news_store(data, work)
    usable = news.read_questions(pool.questions)
    known = {question.id for question in usable}
    texts = [news.normalise(row["text"]) for row in news.read_articles(pool.articles)]
    others = [q for q in news.read_questions(data / news.QUESTIONS_FILE) if q.id not in known]
    random.Random(SEED).shuffle(others)  # noqa: S311 - a sample, not a secret
    absent = [q for q in others if (a := news.plain_answer(q.answer)) and not any(news.holds(t, a) for t in texts)]
    with open_index(store) as index:
        for q in [*usable, *absent[: len(usable)]]:
            plain = news.plain_answer(q.answer) or ""

            def right(sentence: Sentence, plain: str = plain) -> bool:
                return news.holds(news.normalise(sentence.text), plain)

            yield ask(index, q.question, ("news", q.id, q.id in known), part, right)


def exercises(part: Part) -> Iterator[Asked]:
    """The exercises that the reader was not trained on, each asked of two articles, every second one of all too."""
    held_out: dict[str, list[Case]] = {row.title: [] for row in held_out_exercises()}
    for case in load_cases(EXERCISES_FOLDER / EXERCISES_FILE):
        if (article := f"{case.id.rpartition('/')[0]}.txt") in held_out:
            held_out[article].append(case)
    names = sorted(held_out)
    everything = sorted(path.name for path in EXERCISES_FOLDER.glob("*.txt"))
    for stored in [everything, *(names[n : n + 2] for n in range(0, len(names), 2))]:
        with small_store([EXERCISES_FOLDER / name for name in stored]) as index:
            for name in stored:
                for case in held_out.get(name, [])[:: 2 if stored is everything else 1]:
                    yield ask(index, case.question, ("exercises", name, case.answerable), part, holds(case))


def gold(part: Part) -> Iterator[Asked]:
    """The gold questions on the seeds."""
    with small_store([seeds_folder()]) as index:
        for case in default_cases():
            yield ask(index, case.question, ("gold", case.id, case.answerable), part, holds(case))


@contextmanager
def small_store(sources: Sequence[Path]) -> Iterator[Index]:
    """An index of a few files, made anew."""
    with tempfile.TemporaryDirectory(prefix="nutgraf-bench-") as store:
        build_index(sources, store=store)
        with open_index(store) as index:
            yield index


def holds(case: Case) -> Right:
    """True of a sentence of the gold paragraphs that holds an answer."""

    def right(sentence: Sentence) -> bool:
        in_gold = any(e.stands_in(sentence.passage.uri, sentence.paragraph.text) for e in case.evidence)
        text = sentence.text.lower()
        return in_gold and any(answer.lower() in text for group in case.groups for answer in group)

    return right


# -- fitting


def fit(x: Matrix, y: Matrix, counts: Matrix, l2: float = 1.0) -> Matrix:
    """Weights of a logistic regression, bias last (not penalised), by Newton's method; ``counts`` weighs the rows."""
    design = np.hstack([x, np.ones((len(x), 1))])
    weights = np.zeros(design.shape[1])
    penalty = np.diag([l2] * x.shape[1] + [1e-6])
    for _ in range(50):
        p = 1 / (1 + np.exp(-design @ weights))
        gradient = design.T @ (counts * (p - y)) + penalty @ weights
        hessian = (design * (counts * p * (1 - p))[:, None]).T @ design + penalty
        step = np.linalg.solve(hessian, gradient)
        weights -= step
        if float(np.abs(step).max()) < 1e-8:
            break
    return weights


def fit_sentence(asked: Sequence[Asked], part: Part) -> dict[str, float]:
    """Weights of the sentence model, of the questions that one of the sentences answers."""
    names = _OWN[part]
    useful = [one for one in asked if any(one.right)]
    counts = _counts(useful, 1000)
    x = [[f[name] for name in names] for one in useful for f in one.features]
    y = [float(right) for one in useful for right in one.right]
    weighed = [count / len(one.right) for one, count in zip(useful, counts, strict=True) for _ in one.right]
    found = fit(np.array(x), np.array(y), np.array(weighed) * 10)
    return named(names, found)


def fit_answer(asked: Sequence[Asked], sentence: Mapping[str, float], part: Part) -> dict[str, float]:
    """Weights of the answer model."""
    names = _ANSWER_FEATURES[part]
    drawn = [outcome(one, sentence) for one in asked]
    x = [[features[name] for name in names] for features, _ in drawn]
    y = [float(right) for _, right in drawn]
    found = fit(np.array(x), np.array(y), np.array(_counts(asked, 300)))
    return named(names, found)


def outcome(one: Asked, sentence: Mapping[str, float]) -> tuple[dict[str, float], bool]:
    """(features of the answer, whether what would be quoted is right)."""
    scores, order = rank(one.features, sentence)
    quoted = [i for i in order[:3] if scores[i] >= scores[order[0]] - MARGIN]
    return answer_features(one.candidates(), scores, order), one.answerable and any(one.right[i] for i in quoted)


def _counts(asked: Sequence[Asked], total: float) -> list[float]:
    """What each question counts for: every source its share of ``total``."""
    sizes = {source: sum(one.source == source for one in asked) for source in SHARES}
    return [total * SHARES[one.source] / sizes[one.source] for one in asked]


def named(names: Sequence[str], weights: Matrix) -> dict[str, float]:
    """The weights by name, the bias last."""
    return {name: round(float(w), 4) for name, w in zip((*names, "bias"), weights, strict=True)}


def figures(asked: Sequence[Asked], sentence: Mapping[str, float], answer: Mapping[str, float]) -> dict[str, object]:
    """How good the weights are, by source."""
    found: dict[str, object] = {}
    for source in SHARES:
        rows = [one for one in asked if one.source == source]
        drawn = [outcome(one, sentence) for one in rows]
        confidences = [logistic(linear(answer, features)) for features, _ in drawn]
        right = [label for _, label in drawn]
        useful = [(one, rank(one.features, sentence)[1]) for one in rows if any(one.right)]
        sure = [(c, r) for c, r in zip(confidences, right, strict=True) if c >= THRESHOLD]
        found[source] = {
            "questions": len(rows),
            "best_sentence_right": _mean([one.right[order[0]] for one, order in useful]),
            "quoted_right": _mean([r for r, one in zip(right, rows, strict=True) if one.answerable]),
            "auroc_answerable": auroc(confidences, [one.answerable for one in rows]),
            "auroc_right": auroc(confidences, right),
            "ece": expected_calibration_error(confidences, right),
            "ece_answered": expected_calibration_error([c for c, _ in sure], [r for _, r in sure]),
            "answered": _mean([c >= THRESHOLD for c, one in zip(confidences, rows, strict=True) if one.answerable]),
            "refused": _mean([c < THRESHOLD for c, one in zip(confidences, rows, strict=True) if not one.answerable]),
        }
    return found


def _mean(values: Sequence[bool]) -> float | None:
    return round(float(np.mean(values)), 4) if values else None


def store_weights(part: str, values: Mapping[str, object]) -> None:
    """Write one part of the file of weights; the others stay."""
    stored = json.loads(WEIGHTS.read_text("utf-8"))
    stored[part] = values
    WEIGHTS.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m eval.bench.fit_extractive", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the training rows, articles and questions")
    parser.add_argument("--work", type=Path, required=True, help="folder for stores and what is collected; used again")
    parser.add_argument("--part", choices=("reader", "sentences"), default="reader")
    parser.add_argument("--questions", type=int, default=300, help="of held-out articles")
    parser.add_argument("--check", action="store_true", help="only measure the weights that are there")
    options = parser.parse_args(arguments)
    options.work.mkdir(parents=True, exist_ok=True)
    part: Part = options.part
    asked = collect(options.data, options.work, part, options.questions)
    if options.check:
        now = load_weights(part == "reader")
        sentence, answer = dict(now.sentence), dict(now.answer)
    else:
        fitted = [one for one in asked if not one.held_out]
        sentence = fit_sentence(fitted, part)
        answer = fit_answer(fitted, sentence, part)
    # Gold has no part of its own to measure on: what is said of it is of what was fitted.
    told = figures([one for one in asked if one.held_out or one.source == "gold"], sentence, answer)
    if not options.check:
        command = f"python -m eval.bench.fit_extractive --part {part}"
        fitted_weights = {"sentence": sentence, "answer": answer, "margin": MARGIN}
        store_weights(part, {"measured_by": command, "held_out": told, **fitted_weights})
    sys.stdout.write(json.dumps(told, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
