"""``nutgraf eval run | compare | report | runs``: measuring, and looking at what was measured."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from eval.errors import EvalError

from .terminal import fail, out, out_json, out_table

if TYPE_CHECKING:
    from eval.gate import Floors
    from eval.results import EvalResult
    from eval.runs import Run
    from eval.schema import Corpus, Record, System

_USUAL = (
    "answered_right", "answer_recall", "exact_match_aware", "answer_f1_aware", "citation_recall", "citation_precision",
    "gold_citation_recall", "gold_citation_precision", "quote_verbatim", "crag_score",
)  # fmt: skip


def run_command(options: Namespace) -> int:
    """Ask, judge, show, keep and hold against the floors; 1 when one is broken."""
    from rich.console import Console

    from eval.gate import check, save_floors, updated
    from eval.report import json_report, report_for, show, write

    if options.resume and not options.out:
        raise EvalError("--resume goes on with a run in a folder; name it with --out DIR")
    if (options.lower_floors or options.reason) and not options.update_floors:
        raise EvalError("--lower-floors and --reason are for --update-floors; add it")
    for wanted in options.report:
        report_for(wanted)  # a wrong suffix is told before anything is asked
    path, floors, checking = _floors(options)
    result = _measure(options)
    if floors and options.update_floors:
        floors = updated(floors, result, lower=options.lower_floors, reason=options.reason)
        save_floors(floors, path)
    violations = check(result, floors) if floors and checking else []
    if options.json:
        write(options.json, json_report([result], floors=floors, violations=violations))
    _write_reports([result], options.report, floors, violations)
    show(Console(), result, floors=floors, violations=violations, failures=options.show_failures)
    nothing_came = all(row.outcome == "failed" for row in result.rows)
    return 1 if violations or nothing_came else 0


def compare_command(options: Namespace) -> int:
    """Two runs, question by question."""
    from rich.console import Console

    from eval.comparison import compare
    from eval.report import show_comparison

    a, b = load_result(options.a, options.root), load_result(options.b, options.root)
    known = a.rows[0].measures if a.rows else {}
    if unknown := [name for name in options.measure or () if name not in known]:
        raise EvalError(f"{unknown[0]}: is no measure of single questions; known are {', '.join(known)}")
    comparison = compare(a, b, options.measure or usual_measures(a, b), seed=options.seed)
    _write_reports([b, a], options.report)
    if options.json:
        out_json({"a": a.name, "b": b.name, **comparison.to_dict()})
    else:
        show_comparison(Console(), comparison, a, b)
    return 0


def report_command(options: Namespace) -> int:
    """One page of one run or several."""
    from eval.gate import load_floors

    results = [load_result(named, options.root) for named in options.runs]
    floors = load_floors(options.floors) if options.floors else None
    _write_reports(results, options.to, floors)
    return 0


def runs_command(options: Namespace) -> int:
    """What was kept."""
    from eval.runs import DEFAULT_ROOT, list_runs

    found = list_runs(options.root or DEFAULT_ROOT)
    if options.json:
        out_json([{"folder": str(path), **info.to_dict()} for path, info in found])
    elif not found:
        out("No run was kept yet: nutgraf eval")
    else:
        rows = [
            (
                path.name,
                info.system,
                "whole" if info.complete else "cut off",
                info.cases_sha256[:8],
                f"{info.seconds:.0f} s",
            )
            for path, info in found
        ]
        out_table(("run", "system", "state", "questions", "took"), rows)
    return 0


def load_result(named: str, root: Path | None) -> EvalResult:
    """The result of a run by its folder or name."""
    from eval.run import load_result as load
    from eval.runs import DEFAULT_ROOT, find_run

    return load(find_run(named, root or DEFAULT_ROOT))


def usual_measures(a: EvalResult, b: EvalResult) -> list[str]:
    """The measures that both runs have, but those that say the same again."""
    rankings = [f"{level}_{name}" for level in ("article", "paragraph", "answer") for name in (
        "success@1", "success@5", f"recall@{a.k}", f"mrr@{a.k}", f"ndcg@{a.k}",
    )]  # fmt: skip
    found = [
        name
        for name in (*_USUAL, *rankings, "passed")
        if a.overall.get(name) is not None and b.overall.get(name) is not None
    ]
    if not found:
        raise EvalError(f"{a.name} and {b.name}: have no measure in common; name one with --measure")
    return found


# -- running


def _floors(options: Namespace) -> tuple[Path, Floors | None, bool]:
    """The file of floors, what is in it if it is needed, and whether to hold the figures against them."""
    from eval.gate import FLOORS_FILE, NO_FLOORS, load_floors

    other = ("cases", "articles", "store", "llm", "corpus", "set", "sample", "judge")
    changed = any(getattr(options, name) for name in other) or options.system != "nutgraf" or options.k != 10
    checking = options.check if options.check is not None else bool(options.floors) or not changed
    path = options.floors or FLOORS_FILE
    if options.update_floors and not path.exists():
        return path, NO_FLOORS, checking
    return path, load_floors(path) if options.update_floors or checking else None, checking


def _measure(options: Namespace) -> EvalResult:
    from eval.cases import GOLD_FILE, file_sha256, load_cases
    from eval.runner import choose, run_cases
    from eval.runs import new_folder
    from eval.systems import read_corpus

    path = options.cases or GOLD_FILE
    cases = load_cases(path)
    ask_judge = model_named(options.judge or None)  # a wrong name or a missing key is told before anything is asked
    corpus = read_corpus(options.corpus) if options.corpus else None
    with closing(_system(options, corpus)) as system, _progress(len(choose(cases, sample=options.sample))) as on_record:
        run = run_cases(
            system,
            cases,
            depth=options.k,
            jobs=options.jobs,
            timeout=options.timeout,
            sample=options.sample,
            seed=options.seed,
            folder=options.out or new_folder(system.name),
            resume=options.resume,
            on_record=on_record,
            corpus=corpus,
            cases_sha256=file_sha256(path),
            prices=options.price,
            judge=options.judge or "",
        )
    return _judged(run, ask_judge)


def model_named(named: str | None) -> Callable[[str], str] | None:
    """The chat model of an option as a function from a prompt to its reply; None when the option was not given."""
    if named is None:
        return None
    from rag.llm import plain_model

    return plain_model(named)


def _judged(run: Run, ask_judge: Callable[[str], str] | None) -> EvalResult:
    """The figures; a language model that judges is asked for verdicts that are not kept yet."""
    from eval.llm_judge import LlmSupport
    from eval.run import judged, verdicts_file

    return judged(run, LlmSupport(run.info.judge, ask_judge, verdicts_file(run)) if ask_judge else None)


def _system(options: Namespace, corpus: Corpus | None) -> System:
    from eval.cases import seeds_folder
    from eval.systems import open_system

    articles = options.articles
    if options.system == "nutgraf" and not options.store and not articles:
        articles = seeds_folder()
    more = {"timeout": options.timeout} if options.timeout else {}
    return open_system(
        options.system,
        store=options.store,
        articles=articles,
        settings=_settings(options.set),
        llm=options.llm,
        corpus=corpus if options.system != "nutgraf" else None,
        headers=options.header,
        **more,
    )


def _settings(given: Sequence[str]) -> Mapping[str, str]:
    pairs = [text.partition("=") for text in given]
    if wrong := next((name for name, equals, _ in pairs if not (name and equals)), None):
        raise EvalError(f"--set {wrong}: write NAME=VALUE, for example rag.k=12")
    return {name: value for name, _, value in pairs}


@contextmanager
def _progress(cases: int) -> Iterator[Callable[[Record], None]]:
    """A bar on a terminal; a miss through a crash or timeout is told at once."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    screen = Console(stderr=True)
    columns = (TextColumn("asking"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as progress:
        task = progress.add_task("asking", total=cases)

        def told(record: Record) -> None:
            progress.advance(task)
            if record.response.outcome == "failed":
                fail(f"{record.case}: {record.response.why}")

        yield told


# -- writing


def _write_reports(
    results: Sequence[EvalResult], paths: Sequence[Path], floors: Floors | None = None, violations: Sequence[str] = ()
) -> None:
    """Write each report in the form that its suffix names; the first result is the subject."""
    from eval.comparison import compare
    from eval.report import report_for, write

    if not paths:
        return
    subject, *others = results
    comparisons = [compare(other, subject, usual_measures(other, subject)) for other in others]
    for path in paths:
        write(path, report_for(path)(results, floors=floors, violations=violations, comparisons=comparisons))
        out(f"wrote {path}")
