"""A run on the screen and as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from .errors import EvalError
from .gate import Floors, holds
from .results import CaseResult, EvalResult

TYPE_COLUMNS = {
    "passed": "passed",
    "right": "answer_recall",
    "cited": "citation_recall",
    "precise": "citation_precision",
    "top 1": "success@1",
    "recall": "recall@{k}",
    "mrr": "mrr@{k}",
}
"""Measures shown by type under short names, so that a terminal of 80 columns holds them."""


def show(
    console: Console, result: EvalResult, *, floors: Floors | None, violations: Sequence[str], failures: bool
) -> None:
    """Print the failures (all of them or their number), the figures by type, overall, and what broke the floors."""
    if failures:
        for row in result.failures:
            console.print(_failure(row))
    console.print(_by_type(result))
    console.print(_overall(result, floors.floors if floors else {}))
    latency, failed = result.latency_ms, len(result.failures)
    console.print(
        f"{len(result.rows)} questions in {result.seconds:.1f} s; a question took {latency['p50']:.0f} ms (median), "
        f"{latency['p95']:.0f} ms (95th percentile). {failed} failed"
        + ("." if failures or not failed else "; --show-failures lists them.")
    )
    for violation in violations:
        console.print(Text(f"floor: {violation}", style="bold red"))


def write_json(result: EvalResult, path: Path) -> None:
    """Write the whole result. Raises EvalError."""
    try:
        path.write_text(json.dumps(result.to_dict(), indent=2, ensure_ascii=False) + "\n", "utf-8")
    except OSError as error:
        raise EvalError(f"{path}: cannot be written ({error.strerror}); choose another place") from None


def _overall(result: EvalResult, floors: Mapping[str, float]) -> Table:
    """Each measure with its floor; red when the floor is broken."""
    table = Table(
        "measure", title=f"all {len(result.rows)} questions", box=box.SIMPLE, pad_edge=False, collapse_padding=True
    )
    for name in ("value", "floor"):
        table.add_column(name, justify="right")
    for name, value in result.overall.items():
        floor = floors.get(name)
        broken = floor is not None and not holds(result, name, floor)
        table.add_row(name, _figure(value), "" if floor is None else _figure(floor), style="red" if broken else "")
    return table


def _by_type(result: EvalResult) -> Table:
    table = Table(title="by type", box=box.SIMPLE, pad_edge=False, collapse_padding=True)
    table.add_column("type", no_wrap=True)
    for name in ("n", *TYPE_COLUMNS):
        table.add_column(name, justify="right", no_wrap=True)
    measures = [name.format(k=result.k) for name in TYPE_COLUMNS.values()]
    for name, (count, found) in result.by_type.items():
        table.add_row(Text(name), str(count), *(_figure(found[measure]) for measure in measures))
    return table


def _failure(row: CaseResult) -> Text:
    """Question, expected, given and the rank of the first passage that holds the answer."""
    expected = " + ".join(" | ".join(group) for group in row.expected) or "a refusal"
    given = row.text or f"({row.outcome}) {row.why}"
    wrong = "" if row.cited or not row.right else ", right but not cited from the right paragraph"
    rank = f"rank {row.rank}" if row.rank else "not retrieved"
    place = f", {rank}" if row.answerable else ""
    return Text.assemble(
        (f"{row.id} {row.question}", "bold"),
        f"\n  expected  {expected}",
        f"\n  given     {given}",
        (f"\n  {row.type}{wrong}{place}, confidence {row.confidence:.2f}\n", "dim"),
    )


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
