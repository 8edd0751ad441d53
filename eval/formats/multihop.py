"""MultiHop-RAG (Tang & Yang 2024): MultiHopRAG.json with the questions, corpus.json with the news articles.

An answer needs all of its evidence. A fact that stands in its article is the quote; for one that does not, the whole
article is meant.
"""

from __future__ import annotations

from pathlib import Path

from ..cases import Evidence
from .beir import beside
from .imported import Gathering, Imported, uri_of
from .quotes import Sentences
from .rows import Row, read_rows

QUESTIONS = "MultiHopRAG.json"
_CORPUS = "corpus.json"
_NO_ANSWER = "insufficient information"


def read_multihop(path: Path, articles: Path | None = None) -> Imported:
    """Import the folder that holds both files, or the file of questions with ``articles`` (or the one beside it).

    Raises CasesError.
    """
    questions = beside(path, QUESTIONS) if path.is_dir() else path
    corpus = articles or beside(questions.parent, _CORPUS)
    gathered = Gathering("multihop")
    for row in read_rows(corpus):
        gathered.add_article(
            row.text("url"),
            row.text("body"),
            title=row.text("title", default=""),
            url=row.text("url"),
            date=row.text("published_at", default=""),
            source=row.text("source", default=""),
            authors=row.texts("author"),
        )
    cut: dict[str, Sentences] = {}
    for number, row in enumerate(read_rows(questions), 1):
        answer = row.text("answer").strip()
        kind = row.text("question_type", default="other")
        case_id = f"multihop-{number:04}"
        if kind == "null_query" or answer.lower().rstrip(".") == _NO_ANSWER:
            gathered.add_case(row, case_id, row.text("query"), type=kind, answerable=False)
            continue
        evidence = dict.fromkeys(_evidence(fact, gathered, cut) for fact in row.rows("evidence_list"))
        gathered.add_case(
            row,
            case_id,
            row.text("query"),
            type=kind,
            answers=(answer,),
            evidence=tuple(evidence),
            needed="all" if evidence else None,
        )
    return gathered.done(questions)


def _evidence(row: Row, gathered: Gathering, cut: dict[str, Sentences]) -> Evidence:
    """The evidence in an item of ``evidence_list``; ``cut`` keeps the sentences of articles met before."""
    uri = uri_of(row.text("url"))
    if uri not in gathered.articles:
        gathered.note("pieces of evidence in an article that the corpus lacks, never found")
        return Evidence(uri)
    if uri not in cut:
        cut[uri] = Sentences(gathered.articles[uri]["text"])
    quote = cut[uri].quote(row.text("fact"))
    if not quote:
        gathered.note("facts that do not stand in their article word by word, the whole article meant")
    return Evidence(uri, quote)
