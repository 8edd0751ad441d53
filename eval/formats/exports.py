"""The results of a run for other programs: TREC files, a RAGAS table, a table for spreadsheets."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ..errors import EvalError
from ..files import write_text
from ..schema import Corpus

if TYPE_CHECKING:
    from ..cases import Evidence
    from ..judge import CaseResult, Level

RUN, QRELS = "run.txt", "qrels.txt"

NOT_ANSWERABLE = "The articles do not answer this question."
"""The reference of a question that is not answerable: RAGAS has no other way to say so."""

# What a spreadsheet takes for a formula (OWASP, CSV injection), unless it is a number.
_FORMULA = re.compile(r"[=+\-@＝＋－＠\t\r\n]")
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)*%?")


def export_trec(rows: Sequence[CaseResult], folder: str | Path, level: Level) -> tuple[Path, Path]:
    """Write the rankings at a level as ``run.txt`` and ``qrels.txt``; returns their paths.

    trec_eval and ir-measures give our figures over them: every case with something to find is in the qrels, found or
    not, and scores fall strictly, so that no rule for ties can change the order. Names are percent-encoded.

    Raises EvalError when no case has anything to find at that level, or a file cannot be written.
    """
    ranked = [(_name(row.id), row.rankings[level]) for row in rows if level in row.rankings]
    if not ranked:
        raise EvalError(f"no case says what is to be found at the level {level!r}; take another level")
    run, qrels = Path(folder) / RUN, Path(folder) / QRELS
    write_text(
        run,
        (
            f"{case} Q0 {_name(doc)} {place} {len(ranking.docs) + 1 - place} nutgraf\n"
            for case, ranking in ranked
            for place, doc in enumerate(ranking.docs, 1)
        ),
    )
    write_text(
        qrels,
        (
            f"{case} 0 {_name(need)} {grade}\n"
            for case, ranking in ranked
            for need, grade in zip(ranking.needs, ranking.grades, strict=True)
        ),
    )
    return run, qrels


def export_ragas(rows: Sequence[CaseResult], path: str | Path, corpus: Corpus | None = None) -> Path:
    """Write a JSON Lines table that RAGAS loads as single turns; returns its path.

    The reference is the first right answer (of each group), the reference contexts are the quotes of the evidence; for
    evidence without one, its paragraph or its whole article where a ``corpus`` is given. Raises EvalError.
    """
    path = Path(path)
    lines = (json.dumps(_ragas_row(row, corpus), ensure_ascii=False) + "\n" for row in rows)
    write_text(path, lines)
    return path


def export_csv(rows: Sequence[CaseResult], path: str | Path) -> Path:
    """Write a table (RFC 4180, UTF-8) of one row a case with all its measures; returns its path.

    A text that a spreadsheet would run as a formula gets an apostrophe before it. Raises EvalError.
    """
    path = Path(path)
    measures = list(dict.fromkeys(name for row in rows for name in row.measures))
    header = [*_HEAD, *measures]
    table = [[*_head(row), *map(row.measures.get, measures)] for row in rows]
    write_text(path, _csv_lines([header, *table]))
    return path


def _name(name: str) -> str:
    """A name without white space, another one for every name."""
    return quote(name, safe="/:#@?=&+,;!$'()*~", errors="surrogatepass")


def _ragas_row(row: CaseResult, corpus: Corpus | None) -> dict[str, Any]:
    """The fields of RAGAS' SingleTurnSample; what the case does not say is left out."""
    reference = "; ".join(group[0] for group in row.expected) if row.answerable else NOT_ANSWERABLE
    contexts = dict.fromkeys(filter(None, (_context(item, corpus) for item in row.evidence)))
    return {
        "user_input": row.question,
        "response": row.response.text,
        "retrieved_contexts": [passage.text for passage in row.response.passages],
        **({"reference": reference} if reference else {}),
        **({"reference_contexts": list(contexts)} if contexts else {}),
    }


def _context(item: Evidence, corpus: Corpus | None) -> str:
    if item.quote or corpus is None:
        return item.quote
    if item.paragraph is None:
        return corpus.text(item.article) or ""
    return corpus.paragraph(item.article, item.paragraph) or ""


_HEAD = (
    "id", "question", "type", "tags", "answerable", "expected", "outcome", "answer", "short", "confidence",
    "latency_ms", "tokens_in", "tokens_out", "cost", "why",
)  # fmt: skip


def _head(row: CaseResult) -> list[object]:
    """The cells of ``_HEAD``. Alternatives of what is expected are set apart by "|", what is needed besides by "&"."""
    said = row.response
    return [
        row.id,
        row.question,
        row.type,
        "; ".join(row.tags),
        "true" if row.answerable else "false",
        " & ".join(" | ".join(group) for group in row.expected),
        said.outcome,
        said.text,
        said.short,
        said.confidence,
        row.latency_ms,
        said.tokens_in,
        said.tokens_out,
        said.cost,
        said.why,
    ]


def _csv_lines(table: Sequence[Sequence[object]]) -> Iterator[str]:
    for cells in table:
        line = io.StringIO()
        csv.writer(line).writerow([_harmless(cell) for cell in cells])
        yield line.getvalue()


def _harmless(cell: object) -> object:
    is_formula = isinstance(cell, str) and _FORMULA.match(cell) and not _NUMBER.fullmatch(cell)
    return f"'{cell}" if is_formula else cell
