"""BEIR (Thakur et al. 2021): a folder with corpus.jsonl, queries.jsonl and qrels/SPLIT.tsv.

Only retrieval is measured: there are no answers. Every judged document is needed, with its judgement as the grade.
"""

from __future__ import annotations

from pathlib import Path

from ..cases import Evidence
from ..errors import CasesError
from .imported import Gathering, Imported, uri_of
from .rows import read_lines, read_rows

_Judged = dict[str, dict[str, int]]
"""Query -> document -> judgement, 1 or more."""


def read_beir(folder: Path, split: str | None = None) -> Imported:
    """Import a split ("test" unless told). Raises CasesError, also when there are several splits but no "test"."""
    gathered = Gathering("beir")
    qrels = _qrels_file(folder, split)
    judged = _read_qrels(qrels)
    prefix = folder.resolve().name
    stored = set()
    for row in read_rows(beside(folder, "corpus.jsonl")):
        name = row.key("_id", "id")
        title, text = row.text("title", default=""), row.fields.get("text")
        if not isinstance(text, str):
            raise row.error("'text' must be a text")
        stored.add(name)
        gathered.add_article(f"{prefix}/{name}", text if text.strip() else title, title=title)
    asked = set()
    for row in read_rows(beside(folder, "queries.jsonl")):
        query = row.key("_id", "id")
        asked.add(query)
        if query not in judged:
            gathered.note(f"queries that {qrels.name} does not judge, left out")
        elif not (relevant := judged[query]):
            gathered.note("queries without a relevant document, left out")
        else:
            evidence = tuple(Evidence(uri_of(f"{prefix}/{doc}"), grade=grade) for doc, grade in relevant.items())
            gathered.add_case(row, query, row.text("text"), evidence=evidence)
            gathered.note(
                "relevant documents that are not in the corpus and never found", len(relevant.keys() - stored)
            )
    gathered.note(f"queries in {qrels.name} that are not in queries.jsonl, left out", len(judged.keys() - asked))
    return gathered.done(qrels)


def beside(folder: Path, name: str) -> Path:
    """A file of a folder, which may be gzipped. Raises CasesError when there is none."""
    for path in (folder / name, folder / f"{name}.gz"):
        if path.exists():
            return path
    raise CasesError(f"{folder / name}: there is no such file; put it there")


def _qrels_file(folder: Path, split: str | None) -> Path:
    splits = {path.name.split(".")[0]: path for path in sorted((folder / "qrels").glob("*.tsv*"))}
    if not splits:
        raise CasesError(f"{folder / 'qrels'}: holds no .tsv file; put the judgements there")
    wanted = split or ("test" if "test" in splits or len(splits) > 1 else next(iter(splits)))
    if wanted not in splits:
        raise CasesError(f"{folder / 'qrels'}: has no split {wanted!r}; give one of {', '.join(splits)}")
    return splits[wanted]


def _read_qrels(path: Path) -> _Judged:
    """Judgements by query; those of 0 and below say that a document is not relevant, and leave it out."""
    judged: _Judged = {}
    for number, (where, line) in enumerate(read_lines(path)):
        cells = [cell.strip() for cell in line.split("\t")]
        if len(cells) != 3 or not all(cells):
            raise CasesError(f"{where}: must be three cells with tabs between them: query-id, corpus-id, score")
        query, document, score = cells
        try:
            grade = int(score)
        except ValueError:
            if number == 0:  # the header
                continue
            raise CasesError(f"{where}: the score {score!r} is not a whole number; correct it") from None
        relevant = judged.setdefault(query, {})
        if grade > 0:
            relevant[document] = grade
    return judged
