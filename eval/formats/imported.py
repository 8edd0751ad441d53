"""What an import makes, and the gathering of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from index.article import clean_text

from ..cases import Case
from ..errors import CasesError
from ..schema import Response
from .rows import Row

Article = dict[str, Any]
"""A line of articles.jsonl as ``nutgraf index`` reads it: ``uri`` and ``text``, and what is known of ``title``,
``url``, ``date``, ``source`` and ``authors``. The index names the article by its ``uri``, whatever folder it is in."""


@dataclass(frozen=True, slots=True)
class Imported:
    """Cases, the articles they are about, and answers that came along.

    ``responses`` are by case id. ``notes`` are one line each for the person who imports: what was left out and why.
    """

    format: str
    cases: list[Case]
    articles: list[Article]
    responses: dict[str, Response] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


class Gathering:
    """Cases and articles while a file is read. Cases have unique ids, articles unique uris."""

    def __init__(self, format_name: str) -> None:
        self.format = format_name
        self.cases: dict[str, Case] = {}
        self.articles: dict[str, Article] = {}
        self.responses: dict[str, Response] = {}
        self._places: dict[str, str] = {}
        self._notes: Counter[str] = Counter()

    def add_case(self, row: Row, case_id: str, question: str, **fields: Any) -> None:
        """Keep a case; ``fields`` are those of ``Case``. Raises CasesError for an id that was there before."""
        if case_id in self.cases:
            raise row.error(f"the id {case_id!r} is that of {self._places[case_id]} too; give it another")
        try:
            self.cases[case_id] = Case(case_id, question.strip(), **fields)
        except CasesError as error:
            raise row.error(str(error)) from None
        self._places[case_id] = row.where

    def free_id(self, wanted: str) -> str:
        """An id that no case has yet: the one wanted, or with "-2", "-3" ... after it."""
        names = (f"{wanted}-{number}" if number > 1 else wanted for number in count(1))
        return next(name for name in names if name not in self.cases)

    def add_article(self, name: str, text: str, **head: Any) -> str:
        """Keep an article and return its uri. Of several with the same uri the first stays; empty texts are left out.

        ``head`` are other fields of ``Article``; those that are empty are left out.
        """
        uri, text = uri_of(name), clean_text(text)
        if not text.strip():
            self.note("articles without any text, left out")
        elif uri not in self.articles:
            told = {name: value for name, value in head.items() if value}
            self.articles[uri] = {"uri": uri, **told, "text": text}
        elif self.articles[uri]["text"] != text:
            self.note("articles with the address of another one, left out")
        return uri

    def note(self, what: str, count: int = 1) -> None:
        """Count something that the person who imports should know, in the plural: "articles without any text"."""
        self._notes[what] += count

    def done(self, path: object) -> Imported:
        """All that was gathered. Raises CasesError when it is not a single case."""
        notes = [f"{what}: {count}" for what, count in self._notes.items() if count]
        if not self.cases:
            raise CasesError(f"{path}: holds no questions that can be used ({'; '.join(notes) or 'it is empty'})")
        return Imported(self.format, list(self.cases.values()), list(self.articles.values()), self.responses, notes)


def uri_of(name: str) -> str:
    """A name as the index will hold it: on one line, without characters that show nothing."""
    return " ".join(clean_text(name).split())
