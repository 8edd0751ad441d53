"""Questions with answers, read and split by article.

Two sources: a large file of questions on paragraphs (read_rows), and exercises (read_exercises): a few hundred news
articles' worth of questions as people ask them, with as many that look answerable and are not.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TRAIN_FILE = "reader_train.jsonl.gz"
EXERCISES_FILE, EXERCISES = "questions.jsonl", "exercises"
# One article in this many is held out; more of the exercises, which the confidence is fitted on.
HELD_OUT, EXERCISES_HELD_OUT = 16, 3


@dataclass(frozen=True, slots=True)
class Row:
    """A question on a text. ``answers`` are (start, text), each as one annotator gave it.

    Without an answer ``near`` is the place that one would be taken from in error, None when there is no such place.
    """

    id: str
    title: str
    text: str
    question: str
    answers: tuple[tuple[int, str], ...]
    source: str
    near: tuple[int, str] | None = None

    @property
    def answer(self) -> tuple[int, str]:
        """The answer that most annotators gave; of equally frequent ones the shortest."""
        counts = Counter(text for _, text in self.answers)
        return min(self.answers, key=lambda answer: (-counts[answer[1]], len(answer[1]), answer[0]))

    @property
    def place(self) -> tuple[int, str] | None:
        """What a reader would point at: the answer, or what looks like one."""
        return self.answer if self.answers else self.near

    def answered_in(self, text: str) -> bool:
        """True when ``text`` holds an answer, in whatever case."""
        lowered = text.lower()
        return any(answer.lower() in lowered for _, answer in self.answers)

    @property
    def group(self) -> str:
        """What is split as one: the article, or the text where articles have no title of their own."""
        return self.title if self.source in ("squad1-train", "squadshifts-new_wiki", EXERCISES) else self.text


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


def read_exercises(folder: Path) -> list[Row]:
    """The questions of a folder of articles and questions.jsonl, of the form that eval/cases.py describes.

    The id of a question is ARTICLE/NUMBER. An answer is looked for within the ``quote`` of its evidence, and a quote
    stands in the article once; otherwise ValueError says in which question.
    """
    rows = []
    article = cache(lambda name: (folder / name).read_text("utf-8"))  # each has some forty questions
    for line in (folder / EXERCISES_FILE).read_text("utf-8").splitlines():
        record = json.loads(line)
        name = record["id"].rpartition("/")[0] + ".txt"
        text = article(name)
        quotes = [item["quote"] for item in record.get("evidence", [record] if "quote" in record else [])]
        places = tuple(_place(text, quote, record["answers"], record["id"]) for quote in quotes)
        near = record.get("near", {}).get("quote")
        tempting = _place(text, near, [near], record["id"]) if near else None
        rows.append(Row(record["id"], name, text, record["question"], places, EXERCISES, tempting))
    return rows


def _place(text: str, quote: str, answers: Sequence[str], name: str) -> tuple[int, str]:
    """Where in the text the first of the answers stands that is in the quote."""
    answer = next((answer for answer in answers if answer in quote), None)
    if answer is None or text.count(quote) != 1:
        raise ValueError(f"exercise {name}: {quote!r} is not one place of its article, or holds no answer")
    return text.index(quote) + quote.index(answer), answer


def split(rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """(training rows, held-out rows): an article is in one of them as a whole, whatever the order of the rows."""
    parts: tuple[list[Row], list[Row]] = ([], [])
    for row in rows:
        digest = hashlib.sha256(row.group.encode()).digest()
        parts[digest[0] % (EXERCISES_HELD_OUT if row.source == EXERCISES else HELD_OUT) == 0].append(row)
    return parts
