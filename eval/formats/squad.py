"""SQuAD 1.1 and 2.0 (Rajpurkar et al. 2016, 2018): the official nested JSON, and one question a row.

The paragraphs of a title become one article, as they were in Wikipedia: finding the article and finding the paragraph
in it are then two different things, and both are measured. The evidence is the sentence of the answer.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from index.article import clean_text

from ..cases import Evidence
from .imported import Gathering, Imported, uri_of
from .quotes import Sentences
from .rows import Row, read_rows

_BETWEEN = "\n\n"

_Question = tuple[Row, str, str]
"""A question, and the title and the paragraph that it belongs to."""


@dataclass
class _Article:
    """The paragraphs under a title, with the offset of each in the text that they make."""

    uri: str
    title: str
    starts: dict[str, int] = field(default_factory=dict)
    length: int = 0

    def add(self, paragraph: str) -> int:
        """The offset of a paragraph, which is appended unless it is there."""
        if paragraph not in self.starts:
            self.starts[paragraph] = self.length
            self.length += len(paragraph) + len(_BETWEEN)
        return self.starts[paragraph]

    @cached_property
    def text(self) -> str:
        """The text; ask once all paragraphs are there."""
        return _BETWEEN.join(self.starts)

    @cached_property
    def sentences(self) -> Sentences:
        return Sentences(self.text)


def read_squad(path: Path) -> Imported:
    """Import a file of either form. Raises CasesError."""
    gathered = Gathering("squad")
    articles: dict[str, _Article] = {}
    asked: list[tuple[Row, _Article, list[tuple[str, int]]]] = []
    for row, title, paragraph in _questions(path):
        key = title or hashlib.sha256(paragraph.encode(errors="replace")).hexdigest()[:16]
        article = articles.setdefault(key, _Article(uri_of(f"squad/{key}"), title.replace("_", " ")))
        text = clean_text(paragraph)
        start = article.add(text)
        places = [(answer, start + _place(row, answer, at, paragraph, text)) for answer, at in _answers(row)]
        asked.append((row, article, places))
    for article in articles.values():
        gathered.add_article(article.uri, article.text, title=article.title)
    for row, article, places in asked:
        gathered.add_case(row, row.key("id"), row.text("question"), **_expected(article, places))
    return gathered.done(path)


def _questions(path: Path) -> Iterator[_Question]:
    for row in read_rows(path):
        if "data" not in row.fields:
            yield row, row.text("title", default=""), row.text("context")
            continue
        for article in row.rows("data"):
            title = article.text("title", default="")
            for paragraph in article.rows("paragraphs"):
                context = paragraph.text("context")
                for question in paragraph.rows("qas"):
                    yield question, title, context


def _answers(row: Row) -> Iterator[tuple[str, int | None]]:
    """Each answer with its offset in the paragraph, where one is told; none for what cannot be answered.

    Answers are a list of objects (official), an object of lists (Hugging Face) or a list of texts beside a list
    ``answer_start``.
    """
    answers = row.fields.get("answers")
    if row.fields.get("is_impossible") is True:
        return
    if isinstance(answers, dict):
        texts, starts = answers.get("text"), answers.get("answer_start")
    elif isinstance(answers, list) and all(isinstance(answer, dict) for answer in answers):
        texts, starts = [a.get("text") for a in answers], [a.get("answer_start") for a in answers]
    else:
        texts, starts = answers, row.fields.get("answer_start")
    if not isinstance(texts, list) or not all(isinstance(text, str) and text.strip() for text in texts):
        raise row.error("'answers' must be a list of texts or of {text, answer_start}, empty when there is no answer")
    if starts is None:
        starts = [None] * len(texts)
    if not isinstance(starts, list) or len(starts) != len(texts):
        raise row.error(f"'answer_start' must be a list of as many numbers as there are answers, {len(texts)}")
    yield from zip(texts, starts, strict=True)


def _place(row: Row, answer: str, told: Any, paragraph: str, text: str) -> int:
    """Where an answer stands in the cleaned ``text`` of its paragraph: at the offset told, or else nearest to it."""
    if isinstance(told, bool) or not isinstance(told, int | None):
        raise row.error(f"'answer_start' is {told!r}; write whole numbers")
    wanted, near = clean_text(answer).strip(), len(clean_text(paragraph[: told or 0]))
    if text.startswith(wanted, near):
        return near
    places = [found.start() for found in re.finditer(re.escape(wanted), text)]
    if not places:
        raise row.error(f"the answer {answer!r} does not stand in its paragraph; correct one of them")
    return min(places, key=lambda at: abs(at - near))


def _expected(article: _Article, places: list[tuple[str, int]]) -> dict[str, Any]:
    """The fields of the case that tell what is expected."""
    if not places:
        return {"answerable": False, "type": "unanswerable"}
    quotes = dict.fromkeys(article.sentences.at(place) for _, place in places)
    answers = dict.fromkeys(answer.strip() for answer, _ in places)
    return {"answers": tuple(answers), "evidence": tuple(Evidence(article.uri, quote) for quote in quotes)}
