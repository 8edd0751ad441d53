"""Which format a path is of, by the names of its files or the fields of its first row."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Literal, get_args

from .multihop import QUESTIONS
from .realtimeqa import WEEKLY
from .rows import read_rows

Format = Literal["squad", "beir", "multihop", "realtimeqa", "ragas", "deepeval"]
FORMATS: tuple[Format, ...] = get_args(Format)

# A row with all fields of an entry is of that format; the first that fits counts.
_FIELDS: tuple[tuple[str, Format], ...] = (
    ("context question answers", "squad"),
    ("query evidence_list", "multihop"),
    ("question_sentence choices", "realtimeqa"),
    ("question date choices answer", "realtimeqa"),
    ("goldens", "deepeval"),
    ("input expected_output", "deepeval"),
    ("input expectedOutput", "deepeval"),
    ("input context", "deepeval"),
    ("user_input", "ragas"),
    ("question ground_truth", "ragas"),
    ("question ground_truths", "ragas"),
    ("question contexts", "ragas"),
)


def detect(path: str | Path) -> Format | None:
    """The format of a file or folder; None when it is of none of ours, or that cannot be told.

    Raises CasesError when it cannot be read, or is neither a folder nor JSON nor CSV.
    """
    path = Path(path)
    if path.is_dir():
        return _of_folder({file.name.removesuffix(".gz") for file in path.iterdir()})
    row = next(read_rows(path), None)
    return None if row is None else _of_row(row.fields)


def _of_row(fields: Mapping[str, Any]) -> Format | None:
    match fields:
        case {"data": [{"paragraphs": _}, *_]}:
            return "squad"
    return next((name for needed, name in _FIELDS if fields.keys() >= set(needed.split())), None)


def _of_folder(names: Collection[str]) -> Format | None:
    if {"corpus.jsonl", "queries.jsonl", "qrels"} <= set(names):
        return "beir"
    if QUESTIONS in names:
        return "multihop"
    return "realtimeqa" if any(map(WEEKLY.fullmatch, names)) else None
