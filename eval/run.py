"""Putting the cases to a system and judging what it gives back."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from itertools import product
from pathlib import Path
from typing import Protocol

from index import Article, ArticleHead, NutgrafError, Passage, build_index
from rag import Answer, Assistant

from .cases import Case
from .errors import EvalError
from .measures import exact_match, holds_answer, token_f1
from .results import CaseResult, EvalResult

DEFAULT_K = 10
"""Cut-off of the ranking measures, the usual one (nDCG@10, MRR@10)."""

_MARKER = re.compile(r"\[\d+\]")
_PACKAGES = ("nutgraf", "faiss-cpu", "openvino", "sentence-transformers", "langchain-core", "numpy", "apsw")


class Articles(Protocol):
    """Where the articles of a system can be looked up: an ``index.Index``."""

    def article(self, uri: str, /) -> Article | None: ...

    def articles(self) -> Iterator[ArticleHead]: ...


class System(Protocol):
    """What can be measured: an ``Assistant``, or anything that answers like one."""

    @property
    def index(self) -> Articles: ...

    def ask(
        self, question: str, *, history: Sequence[tuple[str, str]], as_of: date | None, k: int | None
    ) -> Answer: ...


def run_eval(
    system: System | str | Path,
    cases: Sequence[Case],
    *,
    k: int | None = None,
    cases_sha256: str = "",
    corpus_sha256: str = "",
    on_case: Callable[[CaseResult], None] = lambda row: None,
) -> EvalResult:
    """Ask every case in order and judge the answers; ``system`` may be the path of a store.

    With ``k`` so many passages are retrieved and the rankings cut there. Without it the system retrieves as many as its
    settings say, and rankings are cut at 10: what was not retrieved counts as not found. A case that ends in an error
    counts as a miss and says so in its row. ``on_case`` hears of each row. The sums are kept in the result.

    Raises EvalError for no cases at all, and what opening the store raises.
    """
    if not cases:
        raise EvalError("there are no cases to run; give at least one")
    if isinstance(system, str | Path):
        with Assistant.open(system) as assistant:
            return run_eval(
                assistant, cases, k=k, cases_sha256=cases_sha256, corpus_sha256=corpus_sha256, on_case=on_case
            )
    rows = []
    mark = answerer = ""
    began = time.perf_counter()
    for case in cases:
        asked = time.perf_counter()
        answer = _ask(system, case, k)
        row = judge(case, answer, system.index, k or DEFAULT_K, (time.perf_counter() - asked) * 1000)
        mark, answerer = mark or answer.settings_fingerprint, answer.answerer
        rows.append(row)
        on_case(row)
    return EvalResult(
        rows=tuple(rows),
        k=k or DEFAULT_K,
        answerer=answerer,
        settings_fingerprint=mark,
        cases_sha256=cases_sha256,
        corpus_sha256=corpus_sha256,
        versions=_versions(),
        cpus=os.cpu_count() or 1,
        seconds=time.perf_counter() - began,
    )


@contextmanager
def seeds_assistant(folder: Path, *, llm: str | None = None) -> Iterator[Assistant]:
    """An Assistant on a store made of a folder's articles; it is deleted afterwards. Raises NutgrafError."""
    with tempfile.TemporaryDirectory(prefix="nutgraf-eval-") as store:
        build_index(folder, store=store)
        with Assistant.open(store, llm=llm) as assistant:
            yield assistant


def articles_sha256(articles: Articles) -> str:
    """SHA-256 (hex) of what the articles of a store say, whatever their order and place."""
    texts = sorted(found.text for head in articles.articles() if (found := articles.article(head.uri)))
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def _ask(system: System, case: Case, k: int | None) -> Answer:
    try:
        return system.ask(case.question, history=case.history, as_of=case.as_of, k=k)
    except NutgrafError as error:
        return Answer(case.question, "", "failed", why=str(error))


def judge(case: Case, answer: Answer, articles: Articles, k: int, latency_ms: float) -> CaseResult:
    """One answer held against its case; the rankings are cut at ``k``."""
    answered = answer.outcome == "answered"
    text = " ".join(_MARKER.sub(" ", answer.text).split())
    said = text if answered else ""
    gold_texts = [" ".join(parts) for parts in product(*case.groups)] if case.answerable else []
    right = answered and holds_answer(said, case.groups) if case.answerable else answer.outcome == "not_in_sources"
    cited_places = [(citation.uri, citation.paragraph_text) for citation in answer.citations]
    texts = {uri: found.text for uri, _ in cited_places if (found := articles.article(uri))}
    return CaseResult(
        id=case.id,
        question=case.question,
        type=case.type,
        tags=case.tags,
        answerable=case.answerable,
        expected=case.groups,
        needs=len(case.needs),
        outcome=answer.outcome,
        text=text,
        why=answer.why,
        confidence=answer.confidence,
        latency_ms=latency_ms,
        right=right,
        cited=answered and case.answerable and sum(first_hits(case, cited_places)) == len(case.needs),
        exact=exact_match(said, gold_texts),
        f1=token_f1(said, gold_texts),
        citations=len(answer.citations),
        gold_citations=sum(any(e.stands_in(*place) for e in case.evidence) for place in cited_places),
        verbatim=sum(texts.get(c.uri, "")[c.start : c.end] == c.quote != "" for c in answer.citations),
        hits=first_hits(case, [_place(passage) for passage in answer.passages[:k]]),
    )


def first_hits(case: Case, places: Sequence[tuple[str, str]]) -> tuple[bool, ...]:
    """Which of the (uri, text) places are the first to hold something that the case needs.

    So a second copy of the same paragraph is worth nothing, and at most ``len(case.needs)`` places are hits.
    """
    missing = list(case.needs)
    hits = []
    for place in places:
        met = next((need for need in missing if any(evidence.stands_in(*place) for evidence in need)), None)
        hits.append(met is not None)
        if met is not None:
            missing.remove(met)
    return tuple(hits)


def _place(passage: Passage) -> tuple[str, str]:
    return passage.uri, passage.text


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found
