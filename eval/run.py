"""Putting cases to a system and judging what it gives back: the Python side of ``nutgraf eval``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from .cases import Case
from .llm_judge import LlmSupport
from .measures import Support, checked_support
from .results import EvalResult, judge_run
from .runner import run_cases
from .runs import Run, load_run
from .schema import Record
from .systems import as_system

DEFAULT_DEPTH = 10
"""Cut-off of the ranking measures, the usual one (nDCG@10, MRR@10)."""

VERDICTS = "verdicts.jsonl"


def run_eval(
    system: object,
    cases: Sequence[Case],
    *,
    depth: int = DEFAULT_DEPTH,
    jobs: int = 1,
    timeout: float | None = None,
    folder: str | Path | None = None,
    support: Support | None = None,
    on_record: Callable[[Record], None] = lambda record: None,
) -> EvalResult:
    """Ask every case and judge the answers.

    ``system`` is a ``rag.Assistant``, the path of a store, a LangChain retriever or chain, a function from a question
    to an answer, or anything with the methods of ``eval.schema.System``. ``depth`` cuts the rankings. ``jobs``
    questions are asked at a time; one that takes longer than ``timeout`` seconds, or ends in an error, is a miss.
    ``folder`` keeps the run. ``support`` says what a citation supports; code does unless told.

    Raises EvalError for no cases at all and for what cannot be measured, and what opening a store raises.
    """
    opened = as_system(system)
    try:
        run = run_cases(opened, cases, depth=depth, jobs=jobs, timeout=timeout, folder=folder, on_record=on_record)
    finally:
        if opened is not system:
            opened.close()
    return judged(run, support)


def load_result(folder: str | Path) -> EvalResult:
    """The result of a run that was kept, by today's measures. Raises EvalError."""
    return judged(load_run(folder))


def judged(run: Run, support: Support | None = None) -> EvalResult:
    """The figures of a run.

    Without ``support``, what was chosen when it ran decides: code, or the kept verdicts of a language model. Cost is
    that of the prices that the run was given, where its system does not tell one. Raises EvalError.
    """
    info = run.info
    if support is None:
        support = LlmSupport(info.judge, None, verdicts_file(run)) if info.judge else checked_support()
    records = [_priced(record, info.prices) for record in run.records]
    return judge_run(run.cases, records, info, support)


def verdicts_file(run: Run) -> Path | None:
    """Where the verdicts of a model that judges support are kept."""
    return run.folder / VERDICTS if run.folder else None


def _priced(record: Record, prices: tuple[float, float] | None) -> Record:
    """The record with its cost at ``prices`` of a million tokens read and written."""
    said = record.response
    if prices is None or said.cost is not None or (said.tokens_in is None and said.tokens_out is None):
        return record
    cost = ((said.tokens_in or 0) * prices[0] + (said.tokens_out or 0) * prices[1]) / 1e6
    return replace(record, response=replace(said, cost=cost))
