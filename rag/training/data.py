"""Questions with answers, read and split by article."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

TRAIN_FILE = "reader_train.jsonl.gz"
# One article in this many is held out.
HELD_OUT = 16


@dataclass(frozen=True, slots=True)
class Row:
    """A question on a text. ``answers`` are (start, text), each as one annotator gave it."""

    id: str
    title: str
    text: str
    question: str
    answers: tuple[tuple[int, str], ...]
    source: str

    @property
    def answer(self) -> tuple[int, str]:
        """The answer that most annotators gave; of equally frequent ones the shortest."""
        counts = Counter(text for _, text in self.answers)
        return min(self.answers, key=lambda answer: (-counts[answer[1]], len(answer[1]), answer[0]))

    @property
    def group(self) -> str:
        """What is split as one: the article, or the text where articles have no title of their own."""
        return self.title if self.source in ("squad1-train", "squadshifts-new_wiki") else self.text


def read_rows(path: Path) -> Iterator[Row]:
    """The rows of a .jsonl.gz file, one at a time. Answers that are not where they should be are left out."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            text = record["context"]
            found = zip(record["answer_start"], record["answers"], strict=True)
            answers = tuple((start, answer) for start, answer in found if text[start : start + len(answer)] == answer)
            if answers and answers[0][1].strip():
                source = record.get("source", "squad1-dev")
                yield Row(record["id"], record["title"] or "", text, record["question"], answers, source)


def split(rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """(training rows, held-out rows): an article is in one of them as a whole, whatever the order of the rows."""
    parts: tuple[list[Row], list[Row]] = ([], [])
    for row in rows:
        digest = hashlib.sha256(row.group.encode()).digest()
        parts[digest[0] % HELD_OUT == 0].append(row)
    return parts
