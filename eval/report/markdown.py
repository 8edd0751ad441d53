"""One run or several as GitHub-flavoured Markdown, short enough for a comment on a pull request.

What systems and articles say is text there, never markup: no link, image or mention can come of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from ..comparison import Comparison
from ..gate import Floors, holds
from ..judge import CaseResult, Values
from ..results import EvalResult
from .catalogue import Measure, best, grouped, headline, interval, names, run_heads, type_columns
from .facts import ARROWS, SURE, apart, broken_floors, compared, in_short, title, verdict, what_was_measured
from .text import NOTHING, clean, duration, figure, shorten, signed, span
from .verdicts import expected, given, kind, places

FAILURES_SHOWN = 20
"""So many failed cases are told; GitHub takes 65,536 characters in a comment."""

GROUPS_SHOWN = 40
"""So many types or tags stand in a table."""

_MARKUP = {ord(mark): f"&#{ord(mark)};" for mark in "\\`*_{}[]<>#!|~:&@$^"}
_WEB = re.compile(r"(?i)\bwww\.")


def escape(text: str) -> str:
    """Any text so that GitHub shows it as it is, on one line.

    A comment behind @ and # keeps what follows from being a mention: that is looked for after references are resolved.
    """
    plain = _WEB.sub(lambda match: f"{match[0][:-1]}\0", clean(text)).translate(_MARKUP)
    return plain.replace("\0", "&#46;").replace("&#64;", "&#64;<!-- -->").replace("&#35;", "&#35;<!-- -->")


def markdown_report(
    results: Sequence[EvalResult],
    *,
    floors: Floors | None = None,
    violations: Sequence[str] = (),
    comparisons: Sequence[Comparison] = (),
) -> str:
    """The report; see ``html_report`` for what the parameters mean."""
    first = results[0]
    parts = [f"## {escape(title(results))}", *_in_short(results), *_floors(floors, violations)]
    if warning := apart(results):
        parts.append(f"**{escape(warning)}**")
    main = headline(results, broken_floors(first, floors))
    parts += [_measures(main, results, floors, comparisons), _notes(results, comparisons)]
    everything = [
        f"**{escape(group)}**\n\n{_measures(measures, results, floors, comparisons)}"
        for group, measures in grouped(results).items()
    ]
    parts.append(_details("All measures", [*everything, f"**Speed and cost**\n\n{_costs(results)}"]))
    parts.append(
        _details("By type and tag", [_groups(first, "type", first.by_type), _groups(first, "tag", first.by_tag)])
    )
    parts += _comparisons(results, comparisons)
    parts.append(_failures(first))
    facts = _table(["", *names(results)], [[label, *cells] for label, cells in what_was_measured(results).items()])
    parts.append(_details("What was measured", [facts]))
    return "\n\n".join(filter(None, parts)) + "\n"


def _in_short(results: Sequence[EvalResult]) -> list[str]:
    lines = []
    for name, result in zip(names(results), results, strict=True):
        passed, *rest = map(escape, in_short(result))
        who = f"- {escape(name)}: " if len(results) > 1 else ""
        lines.append(f"{who}{' · '.join([f'**{passed}**', *rest])}")
    return ["\n".join(lines)]


def _floors(floors: Floors | None, violations: Sequence[str]) -> list[str]:
    if violations:
        return ["**Floors do not hold:**\n\n" + "\n".join(f"- {escape(line)}" for line in violations)]
    return [f"All floors hold ({len(floors.floors)})."] if floors else []


def _measures(
    measures: Iterable[Measure],
    results: Sequence[EvalResult],
    floors: Floors | None,
    comparisons: Sequence[Comparison],
) -> str:
    """Measures as rows, runs as columns, and the floor of the first run."""
    limits = floors.floors if floors else {}
    rows = []
    for found in measures:
        values = [result.overall.get(found.name) for result in results]
        first = best(values, lower=found.lower_is_better)
        arrows = ["", *(ARROWS[-verdict(comparison, found.name)] for comparison in comparisons)]
        cells = [found.name]
        for number, (value, result) in enumerate(zip(values, results, strict=True)):
            told = f"**{figure(value)}**" if value is not None and value == first else figure(value)
            arrow = arrows[number] if number < len(arrows) else ""
            cells.append(" ".join(filter(None, (told, arrow, span(interval(result, found.name))))))
        if limits:
            floor = limits.get(found.name)
            held = floor is None or holds(results[0], found.name, floor)
            cells.append("" if floor is None else figure(floor) if held else f"{figure(floor)} **broken**")
        rows.append(cells)
    heads = ["measure", *run_heads(results), *(["floor"] if limits else [])]
    return _table(heads, rows, escaped=True)


def _notes(results: Sequence[EvalResult], comparisons: Sequence[Comparison]) -> str:
    told = "In brackets the 95 % bootstrap interval of the mean over the questions."
    if len(results) > 1:
        told += " The best figure of a line is bold."
    if comparisons:
        told += f" ▲ ▼: better or worse than the first run by more than chance (p at most {SURE} after adjusting)."
    return f"<sub>{told}</sub>"


def _costs(results: Sequence[EvalResult]) -> str:
    rows = [
        [
            f"latency {name}",
            *(duration(result.latency_ms[name]) if result.latency_ms else NOTHING for result in results),
        ]
        for name in ("p50", "p95", "p99")
    ]
    for name, label in (("in", "tokens read"), ("out", "tokens written"), ("cost", "cost")):
        told = [result.tokens[name] for result in results]
        if any(value is not None for value in told):
            digits = 4 if name == "cost" else 0
            rows.append([label, *(NOTHING if value is None else f"{value:,.{digits}f}" for value in told)])
    return _table(["", *names(results)], rows)


def _groups(result: EvalResult, what: str, groups: Mapping[str, tuple[int, Values]]) -> str:
    """The main measures of each type or tag of the first run."""
    columns = type_columns(result)
    rows = [
        [name, str(count), *(figure(found.get(measure)) for measure in columns.values())]
        for name, (count, found) in list(groups.items())[:GROUPS_SHOWN]
    ]
    if not rows:
        return ""
    more = f"\n\n{len(groups) - GROUPS_SHOWN} more are in the other reports." if len(groups) > GROUPS_SHOWN else ""
    return _table([what, "cases", *columns], rows) + more


def _comparisons(results: Sequence[EvalResult], comparisons: Sequence[Comparison]) -> list[str]:
    """What differs by more than chance, and how many cases flipped, of the first against each of the others."""
    if not comparisons:
        return []
    first, *others = names(results)
    parts = []
    for comparison, other in zip(comparisons, others, strict=True):
        rows = [
            [
                f"{arrow} {found.name}",
                *map(figure, (found.mean_b, found.mean_a)),
                signed(found.difference),
                span(found.ci95),
            ]
            for found in compared(comparison)
            if (arrow := ARROWS[verdict(comparison, found.name)])
        ]
        flips = f"{len(comparison.gained):,} passed with {first} alone, {len(comparison.lost):,} with {other} alone"
        heads = ["more than chance", first, other, "difference", "95 % interval"]
        inside = _table(heads, rows) if rows else "No measure differs by more than chance."
        parts.append(_details(f"{first} against {other}: {flips}", [inside]))
    return parts


def _failures(result: EvalResult) -> str:
    failures = result.failures
    if not failures:
        return ""
    items = [_failure(row) for row in failures[:FAILURES_SHOWN]]
    if len(failures) > FAILURES_SHOWN:
        items.append(f"- … and {len(failures) - FAILURES_SHOWN:,} more")
    return _details(f"{len(failures):,} failed", ["\n".join(items)])


def _failure(row: CaseResult) -> str:
    facts = ", ".join([row.type, kind(row), *places(row)])
    return (
        f"- **{escape(row.question)}** ({escape(row.id)}: {escape(facts)})\n"
        f"  - expected: {escape(shorten(expected(row), 300))}\n"
        f"  - given: {escape(shorten(given(row), 300))}"
    )


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], *, escaped: bool = False) -> str:
    """A table, its first column to the left; ``escaped`` rows are Markdown already."""
    lines = [map(escape, heads), [":--", *["--:"] * (len(heads) - 1)]]
    lines += [row if escaped else map(escape, row) for row in rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _details(summary: str, parts: Iterable[str]) -> str:
    inside = "\n\n".join(filter(None, parts))
    return f"<details><summary>{escape(summary)}</summary>\n\n{inside}\n\n</details>" if inside else ""
