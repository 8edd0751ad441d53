"""A run, or two held against each other, on the screen; 80 columns are enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..comparison import Comparison, MeasureComparison
from ..gate import Floors, holds
from ..judge import LEVELS, CaseResult, Values
from ..results import EvalResult
from .catalogue import grouped, interval, type_columns
from .facts import ARROWS, SURE, compared, verdict
from .text import chance, clean, duration, figure, plural, signed, span
from .verdicts import expected, given, kind, places, unanswered

LISTED = 20
"""So many errors and flipped cases are listed."""

_BY_LEVEL = ("success@1", "success@5", "recall@{k}", "mrr@{k}", "ndcg@{k}", "map@{k}")
_UNNAMED = ("first", "second")


def show(
    console: Console,
    result: EvalResult,
    *,
    floors: Floors | None = None,
    violations: Sequence[str] = (),
    failures: bool = False,
) -> None:
    """Print the failures (all of them or their number), the measures, types, times, and what broke the floors."""
    if failures:
        for row in result.failures:
            console.print(_failure(row))
    limits = floors.floors if floors else {}
    console.print(_groups("by type", "type", result, result.by_type))
    if result.by_tag:
        console.print(_groups("by tag", "tag", result, result.by_tag))
    console.print(_measures(result, limits))
    if any(result.overall.get(f"{level}_success@1") is not None for level in LEVELS):
        console.print(_levels(result, limits))
    for line in _summary(result, failures):
        console.print(line, highlight=False, markup=False)
    for violation in violations:
        console.print(Text(f"floor: {violation}", style="bold red"))


def show_comparison(
    console: Console, comparison: Comparison, a: EvalResult | None = None, b: EvalResult | None = None
) -> None:
    """Print the differences of the second run from the first, and the cases that flipped.

    The runs themselves, where they are given, lend their names and questions.
    """
    first, second = (run.name if run else name for run, name in zip((a, b), _UNNAMED, strict=True))
    console.print(_differences(comparison, first, second))
    facts = [plural(comparison.cases, "case") + " in both runs"]
    for run, only in ((first, comparison.only_a), (second, comparison.only_b)):
        if only:
            facts.append(f"{len(only):,} only in {clean(run)}, not compared")
    if same := sum(_is_same(found) for found in compared(comparison)):
        facts.append(f"{plural(same, 'measure')} without any difference not shown")
    console.print(f"▲ better, ▼ worse by more than chance: adjusted p at most {SURE}.", highlight=False)
    console.print(f"{'; '.join(facts)}.", highlight=False, markup=False)
    questions = {row.id: row.question for run in (a, b) if run for row in run.rows}
    for title, ids, style in (
        (f"gained: {len(comparison.gained):,} passed in {second} alone", comparison.gained, "green"),
        (f"lost: {len(comparison.lost):,} passed in {first} alone", comparison.lost, "red"),
    ):
        console.print(Text(clean(title), style=f"bold {style}" if ids else "dim"))
        for case in ids[:LISTED]:
            console.print(Text(f"  {clean(case)} {clean(questions.get(case, ''))}".rstrip()))
        if len(ids) > LISTED:
            console.print(Text(f"  and {len(ids) - LISTED:,} more", style="dim"))


def _table(title: str, *columns: str) -> Table:
    """A table without frames: a name, then figures."""
    table = Table(title=title, box=box.SIMPLE, pad_edge=False, collapse_padding=True)
    for number, column in enumerate(columns):
        table.add_column(Text(column), justify="right" if number else "left", no_wrap=bool(number))
    return table


def _measures(result: EvalResult, limits: Mapping[str, float]) -> Table:
    """Each measure but the rankings, with interval and floor; red when the floor is broken."""
    table = _table(f"all {len(result.rows):,} questions", "measure", "value", "95 % interval", "floor")
    for group, measures in grouped([result]).items():
        shown = [found.name for found in measures if not _is_by_level(found.name)]
        if shown:
            table.add_row(Text(group, style="dim"))
        for name in shown:
            _add_measure(table, result, name, limits)
    missing = [name for name in limits if result.overall.get(name) is None]
    if missing:
        table.add_row(Text("Not measured", style="dim"))
    for name in missing:
        _add_measure(table, result, name, limits)
    return table


def _add_measure(table: Table, result: EvalResult, name: str, limits: Mapping[str, float]) -> None:
    floor = limits.get(name)
    broken = floor is not None and not holds(result, name, floor)
    cells = figure(result.overall.get(name)), span(interval(result, name)), "" if floor is None else figure(floor)
    table.add_row(Text(f"  {name}"), *map(Text, cells), style="red" if broken else "")


def _levels(result: EvalResult, limits: Mapping[str, float]) -> Table:
    """The rankings: levels as rows, the usual measures as columns; red where a floor is broken."""
    measures = [name.format(k=result.k) for name in _BY_LEVEL]
    table = _table("what was retrieved", "level", *measures)
    for level in LEVELS:
        names = [f"{level}_{measure}" for measure in measures]
        if all(result.overall.get(name) is None for name in names):
            continue
        cells = [
            Text(
                figure(result.overall.get(name)),
                style="red" if name in limits and not holds(result, name, limits[name]) else "",
            )
            for name in names
        ]
        table.add_row(Text(level), *cells)
    return table


def _is_by_level(name: str) -> bool:
    """True for a measure of a ranking: the table of levels has the usual ones."""
    level, _, rest = name.partition("_")
    return level in LEVELS and "@" in rest


def _groups(title: str, what: str, result: EvalResult, groups: Mapping[str, tuple[int, Values]]) -> Table:
    columns = type_columns(result)
    table = _table(title, what, "n", *columns)
    for name, (count, found) in groups.items():
        table.add_row(Text(clean(name)), str(count), *(figure(found.get(measure)) for measure in columns.values()))
    return table


def _summary(result: EvalResult, listed: bool) -> list[str]:
    """How many questions in what time, at what price, and what became of them."""
    failed, crashed = len(result.failures), unanswered(result.rows)
    lines = []
    if took := {name: duration(value) for name, value in result.latency_ms.items()}:
        lines.append(
            f"{plural(len(result.rows), 'question')} in {result.info.seconds:.1f} s; a question took {took['p50']}"
            f" (median), {took['p95']} (95th percentile), {took['p99']} (99th)."
        )
    if result.unasked:
        lines.append(f"The run was cut off: {plural(result.unasked, 'more question')} were not asked.")
    used = result.tokens
    parts = [
        f"{used[name]:,.0f} tokens {verb}"
        for name, verb in (("in", "read"), ("out", "written"))
        if used[name] is not None
    ]
    if used["cost"] is not None:
        parts.append(f"cost {used['cost']:,.4f}")
    if parts:
        lines.append(f"{', '.join(parts)}.")
    if result.info.drafts:
        lines.append(f"{plural(result.info.drafts, 'draft')} left out.")
    lines.append(f"{failed:,} failed" + ("." if listed or not failed else "; --show-failures lists them."))
    if crashed:
        lines.append(f"{plural(len(crashed), 'question')} ended in an error or a timeout:")
        lines += [f"  {clean(row.id)} {clean(row.response.why)}" for row in crashed[:LISTED]]
        lines += [f"  and {len(crashed) - LISTED:,} more"] if len(crashed) > LISTED else []
    return lines


def _failure(row: CaseResult) -> Text:
    """Question, expected, given, and how far the retrieval got."""
    facts = [row.type, kind(row), *places(row)]
    if row.response.confidence is not None:
        facts.append(f"confidence {row.response.confidence:.2f}")
    return Text.assemble(
        (clean(f"{row.id} {row.question}"), "bold"),
        f"\n  expected  {clean(expected(row))}",
        f"\n  given     {clean(given(row))}",
        (f"\n  {clean(', '.join(facts))}\n", "dim"),
    )


def _differences(comparison: Comparison, first: str, second: str) -> Table:
    columns = ("measure", "1st", "2nd", "change", "95 % interval", "p", "adj.", "")
    table = _table(f"{clean(second)} against {clean(first)}", *columns)
    for found in compared(comparison):
        if _is_same(found):
            continue
        better = verdict(comparison, found.name)
        cells = (
            figure(found.mean_a),
            figure(found.mean_b),
            signed(found.difference),
            span(found.ci95),
            chance(found.p),
            chance(found.p_holm),
            ARROWS[better],
        )
        style = {1: "green", -1: "red", 0: ""}[better]
        table.add_row(Text(found.name), *map(Text, cells), style=style)
    return table


def _is_same(found: MeasureComparison) -> bool:
    return not found.better and not found.worse
