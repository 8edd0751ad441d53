"""The tables of the page: what was measured, its measures in groups, by type and tag, time and cost, comparisons."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from ..comparison import Comparison
from ..gate import Floors, holds
from ..judge import Values
from ..results import EvalResult
from .catalogue import Measure, best, interval, names, run_heads, type_columns
from .facts import ARROWS, compared, verdict, what_was_measured
from .markup import details, safe, table, unseen
from .text import NOTHING, chance, duration, figure, plural, signed, span
from .verdicts import kind_anchor, unanswered, where_it_failed

_TONES = {1: "good", -1: "bad", 0: "quiet"}

Lines = dict[str, list[str]]


# -- what was measured


def run_tables(results: Sequence[EvalResult]) -> str:
    """Runs as columns: what is known of them; settings and versions to open."""
    heads = [unseen("what"), *map(safe, names(results))]
    facts = [[label, *map(safe, cells)] for label, cells in what_was_measured(results).items()]
    settings = {
        "Settings": [result.info.description.settings for result in results],
        "Versions of the system": [result.info.description.versions for result in results],
        "Versions of the eval": [result.info.versions for result in results],
    }
    lists = [(caption, _plain(maps)) for caption, maps in settings.items()]
    more = "".join(
        details(safe(caption), table(caption, heads, _as_rows(lines), css="told")) for caption, lines in lists if lines
    )
    return f"{table('What was measured', heads, facts, css='told')}{more}"


def _plain(maps: Sequence[Mapping[str, object]]) -> Lines:
    """JSON values by name, a column a mapping; those that differ are marked."""
    lines = {}
    for name in dict.fromkeys(name for found in maps for name in found):
        cells = [_value(found[name]) if name in found else NOTHING for found in maps]
        differs = len(set(cells)) > 1
        lines[safe(name)] = [f"<b>{safe(cell)}</b>" if differs else safe(cell) for cell in cells]
    return lines


def _value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _told(lines: Lines) -> Lines:
    """Without the lines that say nothing of any run."""
    return {label: [cell or NOTHING for cell in cells] for label, cells in lines.items() if any(cells)}


def _as_rows(lines: Lines) -> list[list[str]]:
    return [[label, *cells] for label, cells in lines.items()]


# -- measures


def measure_table(
    caption: str,
    measures: Iterable[Measure],
    results: Sequence[EvalResult],
    floors: Floors | None,
    comparisons: Sequence[Comparison],
) -> str:
    """Measures as rows, runs as columns, then the floor of the first run and whether it holds."""
    measures = list(measures)
    limits = floors.floors if floors else {}
    with_floors = any(found.name in limits for found in measures)
    heads = ["measure", *map(safe, run_heads(results))]
    heads += ["floor", unseen("floor holds")] if with_floors else []
    rows = []
    for found in measures:
        values = [result.overall.get(found.name) for result in results]
        first = best(values, lower=found.lower_is_better)
        arrows = ["", *(_arrow(comparison, found.name, names(results)[0]) for comparison in comparisons)]
        arrows += [""] * (len(values) - len(arrows))
        cells = [
            _cell(value, interval(result, found.name), arrow, is_best=value is not None and value == first)
            for value, result, arrow in zip(values, results, arrows, strict=True)
        ]
        rows.append([_named(found), *cells, *(_floor(results[0], found.name, limits) if with_floors else [])])
    return table(caption, heads, rows, css="measures")


def _named(found: Measure) -> str:
    return f'<span class="name">{safe(found.name)}</span><span class="why">{safe(found.note)}</span>'


def _cell(value: float | None, ends: tuple[float, float] | None, arrow: str, *, is_best: bool) -> str:
    shown = f'<span class="best">{figure(value)}</span>{unseen(" best")}' if is_best else figure(value)
    return f'{shown}{arrow}<span class="interval">{span(ends)}</span>' if ends else f"{shown}{arrow}"


def _floor(result: EvalResult, name: str, limits: Mapping[str, float]) -> list[str]:
    if name not in limits:
        return ["", ""]
    held = holds(result, name, limits[name])
    return [figure(limits[name]), '<span class="good">ok</span>' if held else '<span class="bad">broken</span>']


def _arrow(comparison: Comparison, name: str, first: str) -> str:
    """An arrow where a run is better or worse than the first by more than chance."""
    better = -verdict(comparison, name)  # the first run is the second of the comparison
    if not better:
        return ""
    words = f"{'better' if better > 0 else 'worse'} than {safe(first)}"
    seen = f'<span aria-hidden="true">{ARROWS[better]}</span>{unseen(words)}'
    return f' <span class="sign {_TONES[better]}" title="{words}">{seen}</span>'


# -- types, tags, time and cost


def group_table(title: str, result: EvalResult, groups: Mapping[str, tuple[int, Values]]) -> str:
    """The main measures of each type or tag, and what their short names stand for."""
    columns = type_columns(result)
    rows = [
        [safe(group), str(count), *(figure(found.get(name)) for name in columns.values())]
        for group, (count, found) in groups.items()
    ]
    note = ", ".join(f"{short}: {name}" for short, name in columns.items() if short != name)
    return f'{table(title, [unseen("group"), "cases", *columns], rows)}<p class="note">{safe(note)}</p>'


def cost_table(results: Sequence[EvalResult]) -> str:
    """Latency, time, tokens and cost; runs as columns."""
    rows: Lines = {}
    for name in ("p50", "p95", "p99"):
        rows[f"latency {name}"] = [duration(r.latency_ms[name]) if r.latency_ms else "" for r in results]
    rows["time of the run"] = [duration(r.info.seconds * 1000) for r in results]
    rows["questions a second"] = [
        f"{len(r.rows) / r.info.seconds:.2f}" if r.info.seconds and r.rows else "" for r in results
    ]
    for name, label in (("in", "tokens read"), ("out", "tokens written")):
        rows[label] = ["" if (n := r.tokens[name]) is None else f"{n:,.0f}" for r in results]
    rows["cost"] = ["" if (n := r.tokens["cost"]) is None else f"{n:,.4f}" for r in results]
    rows["errors and timeouts"] = [str(len(unanswered(r.rows))) for r in results]
    heads = [unseen("what"), *map(safe, run_heads(results))]
    return table("Speed and cost", heads, _as_rows(_told(rows)))


def failure_table(result: EvalResult) -> str:
    """How often each kind of failure met each place of what is needed."""
    columns, counts = where_it_failed(result)
    rows = [
        [
            f'<a href="#{kind_anchor(name)}">{safe(name)}</a>',
            *(str(found[column] or "") for column in columns),
            str(found.total()),
        ]
        for name, found in counts.items()
    ]
    caption = "What went wrong, and where the first thing needed stood among what was retrieved"
    return table(caption, [unseen("what went wrong"), *map(safe, columns), "all"], rows, show=True)


# -- comparisons


def comparison_part(comparison: Comparison, a: str, b: str, asked: Mapping[str, str], places: Mapping[str, str]) -> str:
    """What ``b`` has over ``a`` by measure, and the cases that flipped, linked to their ``places``."""
    heads = ["measure", safe(b), safe(a), "difference", "95 % interval", "p", "adjusted p", "cases better, worse, same"]
    rows = [
        [
            f'<span class="name">{safe(found.name)}</span>',
            figure(found.mean_b),
            figure(found.mean_a),
            f'<span class="{_TONES[verdict(comparison, found.name)]}">{signed(found.difference)}</span>',
            span(found.ci95),
            safe(chance(found.p)),
            safe(chance(found.p_holm)),
            f"{found.better}, {found.worse}, {found.same}",
        ]
        for found in compared(comparison)
    ]
    caption = f"{b} against {a}"
    flips = _flips(f"Passed with {b} alone", comparison.gained, asked, places)
    flips += _flips(f"Passed with {a} alone", comparison.lost, asked, places)
    apart = len(comparison.only_a) + len(comparison.only_b)
    note = f"{plural(comparison.cases, 'case')} in both runs"
    note += f", {plural(apart, 'case')} in one alone are not compared." if apart else "."
    return f'<p class="note">{note}</p>{table(caption, heads, rows)}{flips}'


def _flips(title: str, ids: Sequence[str], asked: Mapping[str, str], places: Mapping[str, str]) -> str:
    if not ids:
        return ""
    items = "".join(
        f'<li><a href="#{places[case]}">{safe(asked[case])}</a></li>'
        if case in places
        else f"<li>{safe(asked[case])}</li>"
        for case in ids
    )
    return details(f'{safe(title)} <span class="count">{len(ids)}</span>', f"<ul>{items}</ul>")
