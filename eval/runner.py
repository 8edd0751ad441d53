"""Putting the cases to a system: in parallel, with a timeout, kept as they come, to be gone on with after a crash."""

from __future__ import annotations

import hashlib
import json
import logging
import math
import os
import platform
import random
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, SimpleQueue

from .cases import Case, Evidence, dump_cases
from .errors import CasesError, EvalError
from .runs import Run, RunFolder, RunInfo, check_response
from .schema import Corpus, Question, Record, Response, System
from .systems.versions import versions

logger = logging.getLogger(__name__)


def run_cases(  # noqa: PLR0913 - a keyword for each thing that a run can be told
    system: System,
    cases: Sequence[Case],
    *,
    depth: int = 10,
    jobs: int = 1,
    timeout: float | None = None,
    sample: int | None = None,
    seed: int = 0,
    folder: str | Path | None = None,
    resume: bool = False,
    on_record: Callable[[Record], None] = lambda record: None,
    corpus: Corpus | None = None,
    cases_sha256: str = "",
    prices: tuple[float, float] | None = None,
    judge: str = "",
) -> Run:
    """Ask the cases that ``choose`` chooses; the records come in their order, whatever came first.

    ``jobs`` questions are asked at a time. A system that raises anything, or takes longer than ``timeout`` seconds, has
    missed the case: its outcome is "failed". KeyboardInterrupt ends the run, and what is done is kept. ``folder`` keeps
    the run; with ``resume`` the one in it goes on with the cases that have no record, provided that nothing it was made
    of has changed. ``on_record`` hears of each record as it comes, first of those that were there already.

    Paragraph numbers of evidence are looked up in ``corpus``, else in that of the system. ``cases_sha256`` is the sum
    of the file of cases, by default that of the cases themselves. It is kept, and so are ``prices`` and ``judge``: see
    ``RunInfo``.

    Raises EvalError for nothing to ask and a run that cannot be kept or gone on with, CasesError for evidence that is
    not in the corpus.
    """
    for what, number in (("depth", depth), ("jobs", jobs), ("timeout", timeout)):
        if number is not None and number <= 0:
            raise EvalError(f"{what} is {number}; give a number above 0")
    asked = choose(cases, sample=sample, seed=seed)
    resolved = resolve(asked, system.corpus if corpus is None else corpus)
    info = RunInfo(
        name=Path(folder).name if folder else system.name,
        system=system.name,
        description=system.describe(),
        cases_sha256=cases_sha256 or _sum(cases),
        drafts=sum(case.draft for case in cases),
        depth=depth,
        sample=sample,
        seed=seed,
        jobs=jobs,
        timeout=timeout,
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        versions=versions(),
        cpus=os.cpu_count() or 1,
        machine=platform.platform(),
        prices=prices,
        judge=judge,
    )
    kept, there = _begin(Run(info, tuple(resolved), (), Path(folder) if folder else None), asked, resume)
    return _go_on(system, there, kept, on_record)


def choose(cases: Sequence[Case], *, sample: int | None = None, seed: int = 0) -> list[Case]:
    """The cases that are asked, in their order: all but drafts, or ``sample`` of them drawn with ``seed``.

    Raises EvalError for none, for fewer than ``sample``, and for an id that two have.
    """
    chosen = [case for case in cases if not case.draft]
    if not chosen:
        some = f"all {len(cases)} cases are drafts; confirm some" if cases else "there are no cases; give at least one"
        raise EvalError(f"nothing to ask: {some}")
    ids: set[str] = set()
    for case in cases:
        if case.id in ids:
            raise EvalError(f"two cases have the id {case.id!r}; give each its own")
        ids.add(case.id)
    if sample is None:
        return chosen
    if not 1 <= sample <= len(chosen):
        raise EvalError(f"the sample is {sample}; give a number from 1 to {len(chosen)}")
    drawn = random.Random(seed).sample(range(len(chosen)), sample)  # noqa: S311 - no secret
    return [chosen[number] for number in sorted(drawn)]


def resolve(cases: Sequence[Case], corpus: Corpus | None) -> list[Case]:
    """The cases with the text of each paragraph that their evidence numbers as its quote.

    Evidence that the corpus does not hold is logged: it can never be found. Raises CasesError for a paragraph number
    that cannot be looked up.
    """
    if corpus is not None:
        _warn_of_lost_evidence(cases, corpus)
    return [
        replace(case, evidence=tuple(_with_quote(case.id, item, corpus) for item in case.evidence)) for case in cases
    ]


def _warn_of_lost_evidence(cases: Sequence[Case], corpus: Corpus) -> None:
    """Log which cases name an article that is not there, or a quote that is not in it."""
    texts: dict[str, str | None] = {}
    lost = []
    for case in cases:
        for item in case.evidence:
            if item.article not in texts:
                found = corpus.text(item.article)
                texts[item.article] = None if found is None else " ".join(found.split())
            text = texts[item.article]
            if text is None:
                lost.append(f"{case.id}: no article, or more than one, is called {item.article!r}")
            elif " ".join(item.quote.split()) not in text:
                lost.append(f"{case.id}: {item.article} does not hold {item.quote[:60]!r}")
    if lost:
        more = f" (and {len(lost) - 3} more)" if len(lost) > 3 else ""
        logger.warning("evidence that is not in the articles can never be found: %s%s", "; ".join(lost[:3]), more)


def _with_quote(case: str, item: Evidence, corpus: Corpus | None) -> Evidence:
    if item.paragraph is None or item.quote:
        return item
    where = f"case {case}: paragraph {item.paragraph} of {item.article}"
    if corpus is None:
        raise CasesError(f"{where} cannot be looked up, for the system shows no articles; give them with --corpus PATH")
    if corpus.text(item.article) is None:
        raise CasesError(f"{where}: there is no such article, or more than one; give more of its uri (nutgraf status)")
    text = corpus.paragraph(item.article, item.paragraph)
    if text is None:
        raise CasesError(f"{where}: there is no such paragraph; see their numbers with: nutgraf show URI")
    return replace(item, quote=text)


# -- the folder


def _begin(run: Run, asked: Sequence[Case], resume: bool) -> tuple[RunFolder | None, Run]:
    """The folder to write to, if any, and the run as far as it is there."""
    if run.folder is None:
        return None, run
    if not resume:
        return RunFolder.create(run.folder, run.info, asked, run.cases), run
    kept, there = RunFolder.resume(run.folder)
    if differing := _differences(there, run):
        kept.close()
        raise EvalError(f"{run.folder}: cannot be gone on with: {'; '.join(differing)}; begin a new run instead")
    info = replace(run.info, started=there.info.started, seconds=there.info.seconds)
    return kept, replace(there, info=info)


def _differences(there: Run, now: Run) -> list[str]:
    """What is not as it was when the run began, among that which answers depend on."""
    before, after = _plain(there), _plain(now)
    return [
        f"{name} is {after.get(name, 'not set')}, was {before.get(name, 'not set')}"
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    ]


def _plain(run: Run) -> dict[str, object]:
    """What must stay the same, by names that a person knows."""
    info, told = run.info, run.info.description
    plain = {
        "the system": info.system,
        "the depth": info.depth,
        "the sample": info.sample,
        "the seed": info.seed,
        "the sum of the cases": _sum(run.cases)[:12],
        "the sum of the articles": told.corpus_sha256[:12],
        "the sum of the settings": told.settings_fingerprint,
        "the sum of the index": told.index_fingerprint,
        **{f"the version of {name}": number for name, number in told.versions.items()},
        **told.settings,
    }
    found: dict[str, object] = json.loads(json.dumps(plain, default=str))
    return found


def _sum(cases: Sequence[Case]) -> str:
    return hashlib.sha256(dump_cases(cases).encode(errors="replace")).hexdigest()


# -- asking


def _go_on(system: System, run: Run, kept: RunFolder | None, on_record: Callable[[Record], None]) -> Run:
    """Ask what is left and keep it."""
    records = {record.case: record for record in run.records}
    left = [case for case in run.cases if case.id not in records]
    began = time.monotonic()
    answers = _ask_all(system, left, run.info)
    try:
        for record in run.records:
            on_record(record)
        for record in answers:
            if kept:
                kept.append(record)
            records[record.case] = record
            on_record(record)
    finally:
        answers.close()
        seconds = run.info.seconds + time.monotonic() - began
        info = replace(run.info, seconds=seconds, complete=len(records) == len(run.cases))
        if kept:
            kept.write(info)
            kept.close()
    return Run(info, run.cases, tuple(records[case.id] for case in run.cases), run.folder)


def _ask_all(system: System, cases: Sequence[Case], info: RunInfo) -> Generator[Record, None, None]:
    """The records of the cases as they come.

    Each worker answers one case at a time. One that takes too long is left to itself and another takes its place; its
    answer, should it come, is dropped.
    """
    answers: SimpleQueue[tuple[_Worker, Record | KeyboardInterrupt]] = SimpleQueue()
    waiting = deque(cases)
    idle: list[_Worker] = []
    busy: dict[_Worker, tuple[Case, float]] = {}
    try:
        while waiting or busy:
            while waiting and len(busy) < info.jobs:
                worker = idle.pop() if idle else _Worker(system, info.depth, answers)
                busy[worker] = (waiting[0], time.monotonic() + (info.timeout or math.inf))
                worker.inbox.put(waiting.popleft())
            ends = min(end for _, end in busy.values())
            try:
                worker, record = answers.get(timeout=None if math.isinf(ends) else max(0.0, ends - time.monotonic()))
            except Empty:
                for late in [worker for worker, (_, end) in busy.items() if end <= time.monotonic()]:
                    case, _ = busy.pop(late)
                    late.inbox.put(None)
                    yield _too_late(case, info.timeout or 0.0)
                continue
            if isinstance(record, KeyboardInterrupt):
                raise record
            if worker in busy:
                del busy[worker]
                idle.append(worker)
                yield record
    finally:
        for worker in (*idle, *busy):
            worker.inbox.put(None)


class _Worker(threading.Thread):
    """Answers the cases in its inbox until there is a None. A daemon, so that one that hangs does not keep Python."""

    def __init__(
        self, system: System, depth: int, answers: SimpleQueue[tuple[_Worker, Record | KeyboardInterrupt]]
    ) -> None:
        super().__init__(daemon=True, name="eval")
        self.inbox: SimpleQueue[Case | None] = SimpleQueue()
        self._system = system
        self._depth = depth
        self._answers = answers
        self.start()

    def run(self) -> None:
        while (case := self.inbox.get()) is not None:
            self._answers.put((self, _answer(self._system, case, self._depth)))


def _answer(system: System, case: Case, depth: int) -> Record | KeyboardInterrupt:
    """What the system makes of a case. Raises nothing."""
    question = Question(case.question, case.history, case.as_of, depth)
    began = time.perf_counter()
    try:
        response = system.ask(question)
        took = (time.perf_counter() - began) * 1000
        response = _as_kept(response)
    except KeyboardInterrupt as error:
        return error
    except BaseException as error:  # noqa: BLE001 - whatever a system raises, SystemExit too, is a miss of the system
        took = (time.perf_counter() - began) * 1000
        response = _as_kept(Response("failed", why=_told(error)))
    return Record(case.id, response, took if response.latency_ms is None else response.latency_ms)


def _too_late(case: Case, timeout: float) -> Record:
    return Record(case.id, Response("failed", why=f"no answer within {timeout:g} s"), timeout * 1000)


def _as_kept(response: object) -> Response:
    """A response as it is read back from a folder, so that a run is judged alike now and later.

    Raises TypeError and ValueError for what cannot be kept.
    """
    if not isinstance(response, Response):
        raise TypeError(f"the system gave {type(response).__name__!r} instead of an eval.schema.Response")
    check_response(response)
    plain = json.dumps(response.to_dict(), ensure_ascii=False, allow_nan=False, default=float)
    return Response.from_dict(json.loads(plain.encode(errors="replace")))


def _told(error: BaseException) -> str:
    """The type of an error and the first line of what it says."""
    last = [line for line in traceback.format_exception_only(error) if not line.startswith(" ")]
    kind, separator, said = last[0].strip().partition(": ") if last else (type(error).__name__, "", "")
    return f"{kind.rpartition('.')[2]}{separator}{said.strip().partition(chr(10))[0]}"[:500]
