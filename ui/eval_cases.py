"""``nutgraf eval new | add | import | export``: questions in, results out."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from eval.errors import CasesError
from index.errors import QueryError

from .terminal import out, out_table

if TYPE_CHECKING:
    from eval.cases import Case
    from eval.feedback import Feedback
    from eval.schema import Response
    from index import Article

_CHOICES = "[Enter] keep  [e] edit  [s] skip  [q] quit"


def new_command(options: Namespace) -> int:
    """Draft questions on an article; on a terminal each is confirmed, edited or skipped before it is kept."""
    from eval.drafting import draft_cases
    from eval.feedback import add_to

    from .eval_runs import model_named

    article = _article(options.article, options.store)
    drafted = draft_cases(article, limit=options.limit, ask_model=model_named(options.llm))
    if not drafted:
        raise CasesError(f"{options.article}: no sentence of it makes a good question; write them by hand")
    asking = sys.stdin.isatty() and not options.draft
    fresh = _unused(drafted, options.to)
    kept = list(_confirmed(fresh, article) if asking else fresh)
    for case in kept:
        add_to(options.to, case)
    open_drafts = sum(case.draft for case in kept)
    out(f"{len(kept)} of {len(drafted)} questions added to {options.to}")
    if open_drafts:
        out(f'{open_drafts} are drafts: read them, correct them, and take out "draft": true')
    return 0


def add_command(options: Namespace) -> int:
    """List the answers that got a thumb, or make a question of one of them."""
    from eval.cases import Evidence
    from eval.feedback import add_to, case_of, read_feedback

    found = read_feedback(_store(options.store))
    if options.id is None:
        _list_feedback(found)
        return 0
    meant = [feedback for feedback in found if feedback.id.startswith(options.id)]
    if len(meant) != 1:
        told = "there is no answer" if not meant else f"there are {len(meant)} answers"
        raise CasesError(f"{options.id}: {told} with this id; list them with: nutgraf eval add")
    if options.to is None:
        raise CasesError("say which file the question belongs in: --to FILE")
    if options.answer and options.unanswerable:
        raise CasesError("--answer and --unanswerable exclude each other; leave one out")
    if options.quote and not options.article:
        raise CasesError("--quote needs --article: the article in which it stands")
    case = case_of(
        meant[0],
        answers=options.answer or None,
        evidence=[Evidence(options.article, options.quote or "")] if options.article else None,
        answerable=False if options.unanswerable else None,
    )
    add_to(options.to, case)
    out(f"added to {options.to}: {case.id}  {case.question}")
    return 0


def import_command(options: Namespace) -> int:
    """Read questions and articles of another format."""
    from eval.formats import FORMATS, detect, read, write_imported

    name = options.format or (detect(options.path) if options.path.exists() else options.format or "squad")
    if name is None:
        raise CasesError(f"{options.path}: its format cannot be told; say --format {'|'.join(FORMATS)}")
    imported = read(name, options.path, split=options.split, articles=options.articles)
    cases, articles = write_imported(imported, options.to, overwrite=options.overwrite)
    for note in imported.notes:
        out(f"note: {note}")
    out(f"{name}: {len(imported.cases):,} questions in {cases}")
    if articles:
        out(f"{len(imported.articles):,} articles in {articles}")
        out(f"next: nutgraf eval --cases {cases} --articles {articles}")
    if imported.responses:
        folder = options.to / "run"
        _keep_responses(imported.cases, imported.responses, folder, name)
        out(f"{len(imported.responses):,} answers came along; see: nutgraf eval report {folder} --to report.html")
    return 0


def export_command(options: Namespace) -> int:
    """Write a run for other programs."""
    from eval.formats import export_csv, export_ragas, export_trec

    from .eval_runs import load_result

    result = load_result(options.run, options.root)
    if options.format == "trec":
        written: Sequence[Path] = export_trec(result.rows, options.to, options.level)
    else:
        written = [(export_csv if options.format == "csv" else export_ragas)(result.rows, options.to)]
    for path in written:
        out(f"wrote {path}")
    return 0


def _keep_responses(cases: Sequence[Case], responses: Mapping[str, Response], folder: Path, name: str) -> None:
    """Keep answers that were given elsewhere as a run, to be judged and compared like any other."""
    from eval.runs import RunFolder, RunInfo
    from eval.schema import Description, Record

    asked = [case for case in cases if case.id in responses]
    info = RunInfo(name=folder.name, system=name, description=Description(), complete=True)
    kept = RunFolder.create(folder, info, asked, asked)
    for case in asked:
        kept.append(Record(case.id, responses[case.id], 0.0))
    kept.close()


def _store(given: Path | None) -> Path:
    from index import IndexSettings
    from index.settings import load_settings

    return load_settings(IndexSettings, "index", store=given).store


def _article(name: str, store: Path | None) -> Article:
    """The article of that uri in the store, else the one in a file of that name."""
    from eval.systems import read_corpus
    from index import open_index

    path = Path(name)
    if (_store(store) / "corpus.db").exists() or not path.exists():
        with open_index(store) as opened:
            if found := opened.article(name) or opened.article(str(path.resolve())):
                return found
    if not path.exists():
        raise QueryError(f"{name}: is neither in the store nor a file; see what is in it with: nutgraf list")
    corpus = read_corpus(path)
    uris = [head.uri for head in corpus.heads()]
    if len(uris) > 1:
        raise QueryError(f"{name}: holds {len(uris)} articles; index it and give the uri of one")
    article = corpus.article(uris[0])
    assert article is not None  # noqa: S101 - its uri was just listed
    return article


def _unused(drafted: Sequence[Case], path: Path) -> list[Case]:
    """The drafts under ids that the file does not have yet, without questions that it has."""
    from eval.cases import load_cases

    there = load_cases(path) if path.exists() and path.stat().st_size else []
    ids, questions = {case.id for case in there}, {case.question for case in there}
    fresh = []
    for case in drafted:
        if case.question in questions:
            continue
        name, number = case.id, 2
        while name in ids:
            name, number = f"{case.id}-{number}", number + 1
        ids.add(name)
        fresh.append(replace(case, id=name))
    return fresh


def _confirmed(drafted: Sequence[Case], article: Article) -> Iterator[Case]:
    """Show each draft with its paragraph and ask; quitting leaves the rest out."""
    from eval.drafting import confirmed

    for number, case in enumerate(drafted, 1):
        out(f"\n{number}/{len(drafted)}  {_paragraph(case, article)}")
        out(f"  question  {case.question}\n  answer    {' | '.join(case.answers) or '(a refusal)'}")
        choice = typer.prompt(_CHOICES, default="", show_default=False, prompt_suffix=" > ").strip().lower()
        if choice in ("q", "quit"):
            return
        if choice in ("s", "skip"):
            continue
        if choice in ("e", "edit"):
            question = typer.prompt("  question", default=case.question)
            answer = typer.prompt("  answer", default=" | ".join(case.answers))
            yield confirmed(
                case, question=question, answers=[part.strip() for part in answer.split("|") if part.strip()]
            )
        else:
            yield confirmed(case)


def _paragraph(case: Case, article: Article) -> str:
    """The paragraph that a draft was made from."""
    for paragraph in article.paragraphs:
        if any(item.quote and item.stands_in(item.article, paragraph.text) for item in case.evidence):
            return paragraph.text
    return article.title


def _list_feedback(found: Sequence[Feedback]) -> None:
    if not found:
        out("No answer got a thumb yet: press one below an answer in the chat (nutgraf serve).")
        return
    rows = [(f.id, f"{f.time:%Y-%m-%d %H:%M}", f.verdict, f.outcome, f.question, f.comment) for f in found]
    out_table(("id", "time (UTC)", "thumb", "outcome", "question", "comment"), rows)
