"""Fit how likely a single text answers a question (``answerable`` of rag.Reader; rag/extractive_weights.json, "text").

    python -m eval.bench.fit_answerable --data DIR --work DIR [--questions N]

A logistic regression over the three logits of a reading. Texts that answer: the own paragraphs of questions of held-out
articles, retrieved news passages that hold the answer string, and articles of eval/exercises that the reader was not
trained on. Texts that do not: other paragraphs of the same article, the own paragraph with one detail of the question
changed, news passages without the string, and those exercises that have no answer in their article. Each of the seven
counts alike within its side. Every third question is held out and only measured.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from eval.bench.fit_extractive import fit, named, store_weights
from eval.bench.reading_given import WIKI, Asked, changed, elsewhere, exercised, in_held_out_third, retrieved, sample
from eval.measures.abstaining import auroc, expected_calibration_error
from index.crossencoder import CrossEncoder, Reading
from rag.reader import answerable_of, text_features
from rag.reading import FEATURES
from rag.training.data import TRAIN_FILE, read_rows, split

# What each counts for in all: both sides alike.
SHARES = {
    **{"own": 200.0, "news, holds": 200.0, "exercises, with answer": 200.0},
    **{"other": 150.0, "changed": 150.0, "news, without": 150.0, "exercises, without": 150.0},
}
ANSWERING = ("own", "news, holds", "exercises, with answer")
PAIRS = (
    ("own", "other"),
    ("own", "changed"),
    ("news, holds", "news, without"),
    ("exercises, with answer", "exercises, without"),
)

Read = tuple[str, str, Reading]
"""(one of SHARES, question, reading)"""


def collect(data: Path, work: Path, questions: int) -> list[Read]:
    """The readings of all texts."""
    held_out = [row for row in split(list(read_rows(data / TRAIN_FILE)))[1] if row.source in WIKI]
    rows = sample(held_out, questions)
    holding, without = retrieved(data, work, questions)
    with_answer, without_answer = exercised()
    parts: dict[str, list[Asked]] = {
        "own": [(row.question, row.text) for row in rows],
        "other": list(elsewhere(rows, held_out)),
        "changed": list(changed(rows)),
        "news, holds": holding,
        "news, without": without,
        "exercises, with answer": with_answer,
        "exercises, without": without_answer,
    }
    network = CrossEncoder()
    return [
        (name, question, network.read(question, [text], spans=1)[0])
        for name, asked in parts.items()
        for question, text in asked
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit, write the weights, and show how well they tell the texts of held-out questions apart."""
    parser = argparse.ArgumentParser(
        prog="python -m eval.bench.fit_answerable", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder with the data files")
    parser.add_argument("--work", type=Path, required=True, metavar="DIR", help="folder for the stores; used again")
    parser.add_argument("--questions", type=int, default=350, metavar="N", help="of each source (350)")
    options = parser.parse_args(arguments)
    options.work.mkdir(parents=True, exist_ok=True)
    read = collect(options.data, options.work, options.questions)
    used = [one for one in read if not in_held_out_third(one[1])]
    sizes = {name: sum(one[0] == name for one in used) for name in SHARES}
    weights = named(
        FEATURES,
        fit(
            np.array([[text_features(reading)[name] for name in FEATURES] for _, _, reading in used]),
            np.array([float(name in ANSWERING) for name, _, _ in used]),
            np.array([SHARES[name] / sizes[name] for name, _, _ in used]),
        ),
    )
    told = figures([one for one in read if in_held_out_third(one[1])], weights)
    text = {"measured_by": "python -m eval.bench.fit_answerable", "held_out": told, "answerable": weights}
    store_weights("text", text)
    sys.stdout.write(json.dumps(text, indent=1) + "\n")
    return 0


def figures(read: Sequence[Read], weights: dict[str, float]) -> dict[str, float | None]:
    """AUROC by what is told from what, and the calibration error of all."""
    chances = [(name, answerable_of(reading, weights)) for name, _, reading in read]
    found: dict[str, float | None] = {}
    for pair in PAIRS:
        part = [(chance, name in ANSWERING) for name, chance in chances if name in pair]
        found[f"auroc, {pair[0]} / {pair[1]}"] = auroc([c for c, _ in part], [label for _, label in part])
    found["ece"] = expected_calibration_error([c for _, c in chances], [name in ANSWERING for name, _ in chances])
    return found


if __name__ == "__main__":
    sys.exit(main())
