"""Dated news articles and dated quiz questions: reading them, labelling them, and cutting a pool of a given size.

Nobody marked which paragraph answers which question, so labels are weak: an article is relevant to a question when it
is dated within ``WINDOW`` of it and contains its answer string, and a passage is relevant when it comes from an
article within the window and contains the string itself. That is noisy for short or common answers, which are left
out, and it is the same noise for every system that is measured with it.

The data folder holds two files, one JSON object a line:
``news_2023.jsonl.gz`` with url, title, text, date, authors, source; ``news_2023_questions.jsonl.gz`` with id, date,
question, answer. Dates are ISO 8601.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import re
import unicodedata
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from eval.cases import Case, Evidence
from eval.errors import EvalError
from index.errors import SourceError

ARTICLES_FILE = "news_2023.jsonl.gz"
QUESTIONS_FILE = "news_2023_questions.jsonl.gz"
ARTICLE_FIELDS = ("url", "title", "text", "date")
QUESTION_FIELDS = ("id", "question", "date", "answer")

WINDOW = timedelta(days=14)
"""How far apart the dates of a question and of an article that answers it may be, either way."""

MAX_SHARE = 0.02
"""An answer found in more than this share of all articles ("China", "Seven") says little about relevance."""

UNSPECIFIC = frozenset({"yes", "no", "true", "false", "all of the above", "none of the above"})

Row = dict[str, Any]
"""One JSON object of a file; other fields than those asked for are kept as they are."""

_WORD = re.compile(r"\w+")
_PLAIN = str.maketrans("‘’‚‛“”„‟«»‐‑‒–—−", "''''" + '"' * 6 + "-" * 6)


@dataclass(frozen=True, slots=True)
class Question:
    """A dated question with the string that answers it."""

    id: str
    question: str
    date: date
    answer: str


@dataclass(frozen=True, slots=True)
class Pool:
    """Two files that a benchmark reads, and how they came about.

    ``articles`` and ``questions`` are JSON lines files; the counts say how many questions there were (``asked``),
    how many have an answer specific enough to label with (``specific``), how many of those have a relevant article
    in all the data (``labelled``) and in the pool (``usable``: these are in the file). ``fingerprint`` is the SHA-256
    (hex) of both files.
    """

    articles: Path
    questions: Path
    size: int
    asked: int
    specific: int
    labelled: int
    usable: int
    fingerprint: str


def normalise(text: str) -> str:
    """Text made comparable: NFKC, case folded, plain quotes and hyphens, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).translate(_PLAIN).casefold().split())


def plain_answer(answer: str) -> str | None:
    """The answer as it is looked for in normalised text, or None when it is too unspecific to look for.

    Unspecific: under three characters (bare one and two digit numbers among them), no word at all (an emoji), and
    what stands in ``UNSPECIFIC``.
    """
    plain = normalise(answer).strip(" \"'.,;:!?")
    return None if len(plain) < 3 or plain in UNSPECIFIC or not _WORD.search(plain) else plain


def holds(text: str, plain: str) -> bool:
    """Whether normalised text holds a plain answer as whole words and whole numbers.

    "$500" is not in "$500,000", nor "22%" in "1.22%".
    """
    if plain not in text:
        return False
    # The literal stands first, with what may not precede it looked up behind it: re then scans 20 times as fast.
    literal = re.escape(plain)
    whole = rf"{literal}(?<!\w{literal})(?<!\d[.,]{literal})(?!\w)(?![.,]\d)"
    return re.search(whole, text) is not None


def in_window(question: Question, published: date) -> bool:
    return abs(published - question.date) <= WINDOW


def is_relevant(question: Question, text: str, published: date) -> bool:
    """The label: whether a text of that date is near enough to the question and holds its answer."""
    plain = plain_answer(question.answer)
    return plain is not None and in_window(question, published) and holds(normalise(text), plain)


def read_articles(path: Path) -> list[Row]:
    """The articles of a JSON lines file, gzipped or not, with all their fields. Raises SourceError."""
    return _read_rows(path, ARTICLE_FIELDS)


def read_dates(path: Path) -> dict[str, date]:
    """The date of every article of a JSON lines file, by its URL. Raises SourceError."""
    return {row["url"]: date.fromisoformat(row["date"]) for row in read_articles(path)}


def read_questions(path: Path) -> list[Question]:
    """The questions of a JSON lines file, gzipped or not. Raises SourceError."""
    return [
        Question(row["id"], row["question"], date.fromisoformat(row["date"]), row["answer"])
        for row in _read_rows(path, QUESTION_FIELDS)
    ]


def _read_rows(path: Path, fields: Sequence[str]) -> list[Row]:
    """The objects of a JSON lines file; each has these fields, all of them strings, and its date is a date."""
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        # Not str.splitlines: a JSON string may hold U+2028, which is no end of a JSON line.
        rows = [json.loads(line) for line in data.decode().split("\n") if line.strip()]
        for row in rows:
            if not all(isinstance(row[field], str) for field in fields):
                raise TypeError(f"a field of {', '.join(fields)} is no text")
            date.fromisoformat(row["date"])
    except OSError as error:
        raise SourceError(
            str(path), error.strerror or str(error), "point --data at the folder that holds it"
        ) from error
    except (KeyError, TypeError, ValueError, EOFError, zlib.error) as error:
        raise SourceError(
            str(path), f"not the JSON lines expected: {error!r}", "see eval/bench/README.md for the fields"
        ) from error
    return rows


def make_pool(data: Path, out: Path, articles: int = 1000, seed: int = 0) -> Pool:
    """Cut a pool of ``articles`` articles out of the folder ``data`` and write it to the folder ``out``.

    Half of it is relevant articles: all those of labelled questions, taken in random order until the half is full.
    The other half is drawn from the rest. The questions written are all those with a relevant article in the pool.
    The same data, size and seed give the same two files, ``articles.jsonl`` and ``questions.jsonl``.

    Raises SourceError when a data file is missing or damaged, EvalError when the pool answers no question.
    """
    rows = read_articles(data / ARTICLES_FILE)
    asked = read_questions(data / QUESTIONS_FILE)
    specific, relevant = label(asked, rows)
    chosen = _choose(len(rows), list(relevant.values()), articles, random.Random(seed))  # noqa: S311 (a sample)
    usable = [question for question in asked if chosen.intersection(relevant.get(question.id, ()))]
    if not usable:
        raise EvalError(f"{data}: a pool of {articles} articles answers none of its questions; take a larger one")

    out.mkdir(parents=True, exist_ok=True)
    article_bytes = _json_lines(rows[number] for number in sorted(chosen))
    question_bytes = _json_lines(
        {"id": q.id, "question": q.question, "date": q.date.isoformat(), "answer": q.answer} for q in usable
    )
    (out / "articles.jsonl").write_bytes(article_bytes)
    (out / "questions.jsonl").write_bytes(question_bytes)
    return Pool(
        articles=out / "articles.jsonl",
        questions=out / "questions.jsonl",
        size=len(chosen),
        asked=len(asked),
        specific=specific,
        labelled=len(relevant),
        usable=len(usable),
        fingerprint=hashlib.sha256(article_bytes + question_bytes).hexdigest(),
    )


def cases(pool: Pool) -> list[Case]:
    """The questions of a pool as cases of the eval; any one relevant article is evidence enough. Raises SourceError."""
    articles, questions = read_articles(pool.articles), read_questions(pool.questions)
    _, relevant = label(questions, articles, max_share=1.0)  # those of common answers were left out of the pool
    return [
        Case(
            id=question.id,
            question=question.question,
            type="news",
            answers=(question.answer,),
            evidence=tuple(Evidence(articles[number]["url"]) for number in relevant[question.id]),
            needed="any",
            as_of=question.date,
        )
        for question in questions
    ]


def label(
    questions: Sequence[Question], articles: Sequence[Row], max_share: float = MAX_SHARE
) -> tuple[int, dict[str, tuple[int, ...]]]:
    """Find the relevant articles of every question among ``articles``, whose text and date are read.

    Returns how many questions have a specific answer (not too short, and found in at most ``max_share`` of all
    articles), and for those with a relevant article: question id -> the numbers of its relevant articles, ascending.
    """
    plain = {question.id: plain_answer(question.answer) for question in questions}
    texts = [normalise(row["text"]) for row in articles]
    dates = [date.fromisoformat(row["date"]) for row in articles]
    # Only texts with the longest word of an answer can hold it; not looking at the others saves a minute.
    postings: dict[str, list[int]] = {_longest_word(answer): [] for answer in plain.values() if answer}
    for number, text in enumerate(texts):
        for word in postings.keys() & set(_WORD.findall(text)):
            postings[word].append(number)

    specific = 0
    relevant: dict[str, tuple[int, ...]] = {}
    for question in questions:
        answer = plain[question.id]
        if answer is None:
            continue
        holding = [number for number in postings[_longest_word(answer)] if holds(texts[number], answer)]
        if len(holding) > max_share * len(articles):
            continue
        specific += 1
        within = tuple(number for number in holding if in_window(question, dates[number]))
        if within:
            relevant[question.id] = within
    return specific, relevant


def _longest_word(plain: str) -> str:
    words: list[str] = _WORD.findall(plain)
    return max(words, key=len)


def _choose(total: int, relevant: list[tuple[int, ...]], size: int, rng: random.Random) -> set[int]:
    """The numbers of ``size`` articles out of ``total``, half of them (if there are so many) relevant ones."""
    rng.shuffle(relevant)
    chosen: set[int] = set()
    for numbers in relevant:
        if len(chosen.union(numbers)) > size // 2:
            break
        chosen.update(numbers)
    others = [number for number in range(total) if number not in chosen]
    return chosen.union(rng.sample(others, min(size - len(chosen), len(others))))


def _json_lines(rows: Iterable[Mapping[str, Any]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
