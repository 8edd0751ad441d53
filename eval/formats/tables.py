"""Tables of questions with a reference answer and contexts, as RAGAS and DeepEval keep them: JSONL, JSON or CSV.

The reference contexts become articles, one each, and all of them are needed. What a system answered and retrieved, when
the table holds that too, becomes its response.
"""

from __future__ import annotations

import ast
import hashlib
import io
import json
import re
import tokenize
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

from ..cases import Evidence
from ..schema import Found, Response
from .imported import Gathering, Imported
from .rows import Row, read_rows

_LIST = re.compile(r"\s*\[\s*[\"'\]]")


@dataclass(frozen=True, slots=True)
class Columns:
    """The names of the columns, newest first. ``separator`` stands between contexts in a cell, "" when nothing does."""

    format: str
    question: tuple[str, ...]
    reference: tuple[str, ...]
    reference_contexts: tuple[str, ...]
    response: tuple[str, ...]
    retrieved: tuple[str, ...]
    kind: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    separator: str = ""


RAGAS = Columns(
    format="ragas",
    question=("user_input", "question"),
    reference=("reference", "ground_truth", "ground_truths"),
    reference_contexts=("reference_contexts",),
    response=("response", "answer"),
    retrieved=("retrieved_contexts", "contexts"),
    kind=("synthesizer_name", "evolution_type"),
)
DEEPEVAL = Columns(
    format="deepeval",
    question=("input",),
    reference=("expected_output", "expectedOutput"),
    reference_contexts=("context",),
    response=("actual_output", "actualOutput"),
    retrieved=("retrieval_context", "retrievalContext"),
    source=("source_file", "sourceFile"),
    separator="|",
)


def read_table(path: Path, columns: Columns) -> Imported:
    """Import a table. Raises CasesError."""
    gathered = Gathering(columns.format)
    uris: dict[str, str] = {}
    for row in read_rows(path):
        # A DeepEval dataset keeps its rows as "goldens".
        for question in row.rows("goldens") if "goldens" in row.fields else [row]:
            _add(question, columns, gathered, uris)
    return gathered.done(path)


def _add(row: Row, columns: Columns, gathered: Gathering, uris: dict[str, str]) -> None:
    """Keep the case, the articles and the response of a row; ``uris`` are those of the reference contexts so far."""
    if isinstance(row.get(*columns.question), list):
        raise row.error(f"{columns.question[0]!r} is a conversation; only single questions are read")
    question = row.text(*columns.question)
    answers = tuple(dict.fromkeys(text.strip() for text in _texts(row, columns.reference)))
    references, retrieved = _contexts(row, columns)
    if not answers and not references:
        raise row.error(f"has no {columns.reference[0]!r} and no reference contexts to judge by; add one of them")
    own: dict[str, str] = {}
    source = PureWindowsPath(row.text(*columns.source, default="")).name if columns.source else ""
    for context in references:
        text = _one_line(context)
        if text not in uris:
            uris[text] = gathered.add_article(f"{columns.format}/{_digest(text)[:16]}", context, title=source)
        own[text] = uris[text]
    # The id stays the question's in every table, so that the runs of two tables can be compared.
    case_id = gathered.free_id(f"{columns.format}-{_digest(question)[:10]}")
    gathered.add_case(
        row,
        case_id,
        question,
        type=row.text(*columns.kind, default="other") if columns.kind else "other",
        answers=answers,
        evidence=tuple(map(Evidence, own.values())),
        needed="all" if own else None,
    )
    said = row.text(*columns.response, default="").strip()
    if said or retrieved:
        passages = tuple(Found(_article_of(_one_line(text), own, uris), text) for text in retrieved)
        gathered.responses[case_id] = Response("answered" if said else "retrieved", text=said, passages=passages)


def _contexts(row: Row, columns: Columns) -> tuple[list[str], list[str]]:
    """The reference contexts of a row and the retrieved ones."""
    references = _texts(row, columns.reference_contexts, columns.separator)
    retrieved = _texts(row, columns.retrieved, columns.separator)
    # RAGAS 0.1 wrote what a question was made from into "contexts" too, of tables that nobody had answered yet.
    if columns is RAGAS and not references and not row.get("retrieved_contexts") and not row.get(*columns.response):
        return retrieved, []
    return references, retrieved


def _article_of(passage: str, own: dict[str, str], uris: dict[str, str]) -> str:
    """The uri of a reference context that a retrieved one is, or one of its row that is part of it or holds it."""
    within = (uri for reference, uri in own.items() if reference in passage or passage in reference)
    return uris.get(passage) or next(within, "")


def _texts(row: Row, names: tuple[str, ...], separator: str = "") -> list[str]:
    """The texts of a field: a list, or a text that is one, is written like a list, or has separators inside."""
    value = row.get(*names)
    if not isinstance(value, str):
        return row.texts(*names)
    if _LIST.match(value):
        found = _written_list(value.strip())
        if found is None:
            raise row.error(f"{names[0]!r} begins like a list but cannot be read as one; export the table as JSONL")
        return [text for text in found if text.strip()]
    return [text for text in (value.split(separator) if separator else [value]) if text.strip()]


def _written_list(text: str) -> list[str] | None:
    """The texts of a list as JSON, Python or NumPy (without commas) writes it; None for anything else."""
    try:
        found = json.loads(text)
        return found if all(isinstance(item, str) for item in found) else None
    except json.JSONDecodeError:
        pass
    texts = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.STRING and isinstance(item := ast.literal_eval(token.string), str):
                texts.append(item)
            elif token.string.strip() not in ("", "[", ",", "]"):
                return None
    except (tokenize.TokenError, SyntaxError, ValueError):
        return None
    return texts


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()
