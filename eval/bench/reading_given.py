"""How well the reader reads texts that are given: the answer in the right one, and whether there is one at all."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import TypeVar

from eval.bench import news
from eval.bench.stores import news_store
from eval.measures import auroc, exact_match, mean, token_f1
from index import open_index
from index.crossencoder import CrossEncoder, Reading
from index.minilm import published_arrays
from rag.extractive import load_text_weights
from rag.reader import answerable_of
from rag.training.data import TRAIN_FILE, Row, read_exercises, read_rows, split
from rag.training.edits import Neighbours, apply_question, find_edit
from rag.training.mine import HardNegatives

EXERCISES_FOLDER = Path(__file__).parents[1] / "exercises"
TEST_FILE = "squad_dev_half1.jsonl.gz"
# Held-out articles of these have several paragraphs each.
WIKI = ("squad1-train", "squadshifts-new_wiki")
# Tokens that a row of input has at most; the first is what the network was trained with.
LENGTHS = (144, 208, 256)
PASSAGES = 10
SEED = 7

T = TypeVar("T")

Asked = tuple[str, str]
"""A question and the text that it is asked of."""

Figures = dict[str, float]


@cache
def network(length: int | None = None) -> CrossEncoder:
    """The cross-encoder that ships, for rows of input of that length; None: of the length that it was made for."""
    return CrossEncoder(length=length)


def sample(rows: Sequence[T], size: int) -> list[T]:
    """``size`` of the rows, or all when they are fewer; the same ones each time."""
    return Random(SEED).sample(rows, min(size, len(rows)))  # noqa: S311 - a sample, not a secret


def in_held_out_third(key: str) -> bool:
    """Whether what belongs to ``key`` is only measured when weights are fitted: a third, the same each time."""
    return Random(key).random() < 1 / 3  # noqa: S311 - a split, not a secret


def squad(data: Path, questions: int) -> dict[str, Figures]:
    """SQuAD's F1 and exact match of the best span in the gold paragraph, by the length of a row of input."""
    rows = sample(list(read_rows(data / TEST_FILE)), questions)
    return {f"rows of {length} tokens": _squad(network(length), rows) for length in LENGTHS}


def _squad(reader: CrossEncoder, rows: Sequence[Row]) -> Figures:
    golds = [[answer for _, answer in row.answers] for row in rows]
    began = time.perf_counter()
    found = [best_span(row.text, reader.read(row.question, [row.text], spans=1)[0]) for row in rows]
    seconds = time.perf_counter() - began
    return {
        "f1": mean([token_f1(*pair) for pair in zip(found, golds, strict=True)]) or 0.0,
        "exact_match": mean([exact_match(*pair) for pair in zip(found, golds, strict=True)]) or 0.0,
        "questions": len(rows),
        "ms_per_question": 1000 * seconds / len(rows),
    }


def best_span(text: str, reading: Reading) -> str:
    """The likeliest answer in the text, "" when the text has no token."""
    return text[reading.spans[0].start : reading.spans[0].end] if reading.spans else ""


def answerable(data: Path, work: Path, questions: int) -> dict[str, Figures]:
    """AUROC of each of ``signals`` for texts that answer the question against texts that do not.

    - other paragraph: the paragraph of the question against that of its article which shares most words with the
      question and does not hold the answer; held-out articles
    - detail changed: the same paragraphs against the question with one detail changed (a few stay answerable)
    - news: the first ten passages for dated news questions, by whether they hold the answer string
    - exercises: news articles and questions in other words than theirs, half of which they do not answer; of articles
      that the reader was not trained on
    """
    held_out = [row for row in split(list(read_rows(data / TRAIN_FILE)))[1] if row.source in WIKI]
    rows = sample(held_out, questions)
    own = [(row.question, row.text) for row in rows]
    return {
        "other paragraph": _auroc(own, list(elsewhere(rows, held_out))),
        "detail changed": _auroc(own, list(changed(rows))),
        "news": _auroc(*retrieved(data, work, questions)),
        "exercises": _auroc(*exercised()),
    }


def _auroc(positive: Sequence[Asked], negative: Sequence[Asked]) -> Figures:
    told = [signals(network().read(question, [text], spans=1)[0]) for question, text in [*positive, *negative]]
    labels = [number < len(positive) for number in range(len(told))]
    figures = {name: auroc([one[name] for one in told], labels) or 0.0 for name in told[0]}
    return figures | {"answerable_texts": len(positive), "unanswerable_texts": len(negative)}


def signals(reading: Reading) -> Figures:
    """What can tell whether a text answers: its logits, a fixed sum of two, and the chance that rag.Reader gives."""
    margin = reading.spans[0].margin if reading.spans else reading.answerable
    return {
        "margin": margin,
        "answerable": reading.answerable,
        "relevant": reading.relevant,
        "answerable + margin / 4": reading.answerable + margin / 4,
        "rag.Reader": answerable_of(reading, load_text_weights()),
    }


def elsewhere(rows: Sequence[Row], held_out: Sequence[Row]) -> Iterator[Asked]:
    """Each question on another paragraph of its article, where there is one without the answer."""
    articles: dict[str, list[Row]] = {}
    for row in held_out:
        articles.setdefault(row.title, []).append(row)
    others = {title: HardNegatives(articles[title]) for title in {row.title for row in rows}}
    for row in rows:
        if texts := others[row.title].of(row):
            yield row.question, texts[0]


def changed(rows: Sequence[Row]) -> Iterator[Asked]:
    """Each question with one detail changed, on its own paragraph."""
    neighbours, random = Neighbours(published_arrays()["words.weight"]), Random(SEED)  # noqa: S311 - no secret
    for row in rows:
        if edit := find_edit(row, neighbours, random):
            yield apply_question(edit, row).question, row.text


def retrieved(data: Path, work: Path, questions: int) -> tuple[list[Asked], list[Asked]]:
    """The first ten passages for dated news questions: those that hold the answer string, and those that do not."""
    pool, store = news_store(data, work)
    found: tuple[list[Asked], list[Asked]] = ([], [])
    with open_index(store) as index:
        for question in news.read_questions(pool.questions)[:questions]:
            plain = news.plain_answer(question.answer) or ""
            for passage in index.search(question.question, k=PASSAGES, rerank=False):
                held = news.holds(news.normalise(passage.text), plain)
                found[not held].append((question.question, passage.text))
    return found


def held_out_exercises() -> list[Row]:
    """The exercises that the reader was not trained on."""
    return split(read_exercises(EXERCISES_FOLDER))[1]


def exercised() -> tuple[list[Asked], list[Asked]]:
    """The held-out exercises, each with its article: those that it answers, and the others."""
    found: tuple[list[Asked], list[Asked]] = ([], [])
    for row in held_out_exercises():
        found[not row.answers].append((row.question, row.text))
    return found
