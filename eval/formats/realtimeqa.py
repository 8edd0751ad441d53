"""RealTimeQA (Kasai et al. 2023), dated quiz questions on the news: the weekly files, and one question a flat row.

The choices are not shown to a system, so what cannot be answered without them is left out: "None of the above" (most of
the ``_qa_nota`` files), and questions that end in "except", as in RealTimeQA's own evaluation of written answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from index.dates import parse_date

from ..cases import Evidence
from ..errors import CasesError
from .imported import Gathering, Imported, uri_of
from .rows import Row, read_rows

WEEKLY = re.compile(r"\d{8}_qa\.jsonl(\.gz)?")
_QUOTED = re.compile("[“\"'‘](.+)[”\"'’]")
_NONE, _ALL = "none of the above", "all of the above"


def read_realtimeqa(path: Path, articles: Path | None = None) -> Imported:
    """Import a file, or all weekly files of a folder (20230106_qa.jsonl, not those of baselines).

    The articles are those of ``articles`` or of the file beside: 20230106_gold.jsonl for 20230106_qa.jsonl, x.jsonl for
    x_questions.jsonl. Without one there are only questions and answers. Raises CasesError.
    """
    gathered = Gathering("realtimeqa")
    files = sorted(file for file in path.iterdir() if WEEKLY.fullmatch(file.name)) if path.is_dir() else [path]
    if not files:
        raise CasesError(f"{path}: holds no file like 20230106_qa.jsonl; give the folder of weekly files, or one file")
    linked: dict[str, list[str]] = {}
    for source in [articles] if articles else filter(None, map(_articles_beside, files)):
        for row in read_rows(source):
            _add_articles(row, gathered, linked)
    for file in files:
        for row in read_rows(file):
            _add_case(row, gathered, linked)
    return gathered.done(path)


def _articles_beside(questions: Path) -> Path | None:
    name = questions.name.removesuffix(".gz")
    for ending, instead in (("_qa_nota.", "_gold."), ("_qa.", "_gold."), ("_questions.", ".")):
        if ending in name:
            path = questions.with_name(name.replace(ending, instead))
            return next((file for file in (path, path.with_name(f"{path.name}.gz")) if file.exists()), None)
    return None


def _add_articles(row: Row, gathered: Gathering, linked: dict[str, list[str]]) -> None:
    """The article of a row, or those that a question links to ("search_result"), kept in ``linked`` by question."""
    if "search_result" not in row.fields:
        _add_article(row, gathered)
        return
    question = row.key("question_id")
    for article in row.rows("search_result"):
        if article.get("text"):  # else the page was gone
            linked.setdefault(question, []).append(_add_article(article, gathered))


def _add_article(row: Row, gathered: Gathering) -> str:
    return gathered.add_article(
        row.text("url"),
        row.text("text", default=""),
        title=row.text("title", default=""),
        url=row.text("url"),
        date=row.text("date", "publish_date", default=""),
        source=row.text("source", default=""),
        authors=row.texts("authors"),
    )


def _add_case(row: Row, gathered: Gathering, linked: dict[str, list[str]]) -> None:
    question_id = row.key("question_id", "id")
    question = row.text("question_sentence", "question").strip()
    groups = _groups(row)
    known = gathered.cases.get(question_id)
    if not groups:
        gathered.note('questions answered by "none of the above", left out')
    elif question.lower().rstrip(" :?.…").endswith("except"):
        gathered.note('questions that end in "except", left out')
    elif known and known.question == question:
        gathered.note("questions that were there before, left out")
    else:
        uris = [*linked.get(question_id.removesuffix("_nota"), []), *map(uri_of, row.texts("articles"))]
        evidence = tuple(map(Evidence, dict.fromkeys(uris)))
        expected: dict[str, Any] = {"answers": groups[0]} if len(groups) == 1 else {"must": tuple(groups)}
        if evidence:
            expected |= {"evidence": evidence, "needed": "any"}
        source = row.text("question_source", default="")
        # RealTimeQA gave some ids to two questions.
        case_id = gathered.free_id(question_id)
        gathered.add_case(row, case_id, question, as_of=_day(row), tags=(source,) if source else (), **expected)


def _groups(row: Row) -> list[tuple[str, ...]]:
    """The right choices, all of which are needed; none for "none of the above"."""
    choices = row.get("choices") or []
    if not isinstance(choices, list) or not all(isinstance(choice, str) for choice in choices):
        raise row.error("'choices' must be a list of texts")
    right = list(_right(row, choices))
    if any(choice.strip().lower() == _NONE for choice in right):
        return []
    if any(choice.strip().lower() == _ALL for choice in right):
        right = [choice for choice in choices if choice.strip().lower() not in (_ALL, _NONE)]
    return [(_unquoted(choice),) for choice in dict.fromkeys(right)]


def _right(row: Row, choices: list[str]) -> Iterator[str]:
    """The answer: a text, or a list of places among the choices, counted from 0."""
    answer = row.get("answer")
    if isinstance(answer, str):
        yield answer
        return
    if not isinstance(answer, list) or not answer:
        raise row.error("has no 'answer'; give a text, or a list of places in 'choices' (counted from 0)")
    for place in answer:
        if not str(place).isdecimal() or int(place) >= len(choices):
            raise row.error(f"the answer {place!r} is no place among {len(choices)} 'choices' (counted from 0)")
        yield choices[int(place)]


def _unquoted(text: str) -> str:
    """A title such as “Friends” without its quotation marks, which an answer need not have."""
    found = _QUOTED.fullmatch(text.strip())
    return found[1] if found else text.strip()


def _day(row: Row) -> date:
    told = row.text("question_date", "date")
    found = parse_date(told)
    if found is None:
        raise row.error(f"the date {told!r} is not one; write YYYY-MM-DD")
    return found
