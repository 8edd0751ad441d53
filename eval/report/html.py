"""One run or several as one page that needs nothing else: it makes no request, and works without its script.

The page may be opened from a disk or kept as a build's artefact. Its content security policy allows its own style sheet
and script by their sums and forbids everything else, so that even markup that got past ``safe`` could do nothing.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from ..comparison import Comparison
from ..gate import Floors
from ..results import EvalResult
from .cards import anchors, failed_cases, passed_cases
from .catalogue import grouped, headline, names
from .facts import SURE, apart, broken_floors, in_short, title
from .markup import details, safe
from .plots import all_plots
from .tables import comparison_part, cost_table, failure_table, group_table, measure_table, run_tables
from .text import shorten
from .verdicts import unanswered

LISTED = 20
"""So many errors are listed at the top; all of them are among the failures."""


def html_report(
    results: Sequence[EvalResult],
    *,
    floors: Floors | None = None,
    violations: Sequence[str] = (),
    comparisons: Sequence[Comparison] = (),
) -> str:
    """The page. The first run is its subject: the failures are its own, and so are ``floors`` and ``violations``.

    The others stand beside it; ``comparisons`` are ``compare(other, first)`` for each of them, in their order.
    """
    first, others = results[0], results[1:]
    sections = {
        "What was measured": run_tables(results) + _unanswered(results),
        "Main figures": _main_figures(results, floors, comparisons),
        "All measures": _all_measures(results, floors, comparisons),
        "Plots": f'<div class="plots">{all_plots(results)}</div>',
        "Types and tags": _types(results),
        "Comparisons": _comparisons(results, comparisons),
        f"Failed ({len(first.failures)})": _failed(first, others),
        f"Passed ({sum(row.passed is True for row in first.rows)})": passed_cases(first, others),
    }
    told = {name: inside for name, inside in sections.items() if inside}
    links = "".join(f'<li><a href="#part-{number}">{name}</a></li>' for number, name in enumerate(told, 1))
    parts = "".join(
        f'<section aria-labelledby="part-{number}"><h2 id="part-{number}">{name}</h2>{inside}</section>'
        for number, (name, inside) in enumerate(told.items(), 1)
    )
    body = (
        f"<header><h1>{safe(title(results))}</h1>{_lede(results)}{_floors(floors, violations)}"
        f'<nav aria-label="On this page"><ul>{links}</ul></nav></header><main>{parts}</main>'
    )
    return _page(title(results), body)


def _page(name: str, body: str) -> str:
    """The document around the parts."""
    style, script = _asset("report.css"), _asset("report.js")
    policy = (
        f"default-src 'none'; style-src '{_sum(style)}'; script-src '{_sum(script)}'; img-src data:; base-uri 'none';"
        " form-action 'none'"
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n<link rel="icon" href="data:,">\n'
        f"<title>{safe(name)}</title>\n<style>{style}</style>\n</head>\n<body>\n{body}\n<script>{script}</script>\n"
        "</body>\n</html>\n"
    )


@cache
def _asset(name: str) -> str:
    return (Path(__file__).parent / "assets" / name).read_text("utf-8")


def _sum(text: str) -> str:
    """The sum by which a content security policy knows a style sheet or a script."""
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _lede(results: Sequence[EvalResult]) -> str:
    """How many cases of each run passed, how long they took, how many came to nothing."""
    lines = []
    for name, result in zip(names(results), results, strict=True):
        passed, *rest = map(safe, in_short(result))
        who = f"{safe(name)}: " if len(results) > 1 else ""
        lines.append(f"<li>{who}{' · '.join([f'<b>{passed}</b>', *rest])}</li>")
    warning = apart(results)
    return f'<ul class="lede">{"".join(lines)}</ul>' + (f'<p class="broken">{safe(warning)}</p>' if warning else "")


def _floors(floors: Floors | None, violations: Sequence[str]) -> str:
    if violations:
        items = "".join(f"<li>{safe(violation)}</li>" for violation in violations)
        return f'<div class="broken"><b>Floors do not hold.</b><ul>{items}</ul></div>'
    return f'<p class="good">All floors hold ({len(floors.floors)}).</p>' if floors else ""


def _main_figures(results: Sequence[EvalResult], floors: Floors | None, comparisons: Sequence[Comparison]) -> str:
    broken = broken_floors(results[0], floors)
    note = "In brackets the 95 % bootstrap interval of the mean over the questions."
    if len(results) > 1:
        note += " The best figure of a line is bold."
    if comparisons:
        note += (
            f" ▲ and ▼: better or worse than {safe(names(results)[0])} by more than chance (paired randomisation test,"
            f" p at most {SURE} after adjusting for the number of measures)."
        )
    return (
        measure_table("Main figures", headline(results, broken), results, floors, comparisons)
        + f'<p class="note">{note}</p>'
    )


def _all_measures(results: Sequence[EvalResult], floors: Floors | None, comparisons: Sequence[Comparison]) -> str:
    groups = [
        details(safe(group), measure_table(group, measures, results, floors, comparisons), css="group")
        for group, measures in grouped(results).items()
    ]
    return "".join([*groups, details("Speed and cost", cost_table(results), css="group")])


def _types(results: Sequence[EvalResult]) -> str:
    """The tables of the first run; those of the others to open."""
    parts = []
    for number, (name, result) in enumerate(zip(names(results), results, strict=True)):
        groups = {title: found for title, found in (("By type", result.by_type), ("By tag", result.by_tag)) if found}
        if not number:
            parts += [f"<h3>{title}</h3>{group_table(title, result, found)}" for title, found in groups.items()]
        elif groups:
            tables = [group_table(f"{title}, {name}", result, found) for title, found in groups.items()]
            parts.append(details(safe(name), "".join(tables)))
    return "".join(parts)


def _comparisons(results: Sequence[EvalResult], comparisons: Sequence[Comparison]) -> str:
    """The first run against each of the others."""
    if not comparisons:
        return ""
    first, *others = names(results)
    places, asked = anchors(results[0]), {row.id: row.question for row in results[0].rows}
    return "".join(
        f"<h3>{safe(first)} against {safe(other)}</h3>{comparison_part(comparison, other, first, asked, places)}"
        for comparison, other in zip(comparisons, others, strict=True)
    )


def _unanswered(results: Sequence[EvalResult]) -> str:
    """The questions that ended in an error or a timeout, with what was said of it, for each run that has some."""
    parts = []
    for name, result in zip(names(results), results, strict=True):
        rows = unanswered(result.rows)
        items = "".join(
            f'<li>{safe(row.question)} <span class="bad">{safe(shorten(row.response.why, 300))}</span></li>'
            for row in rows[:LISTED]
        )
        more = f'<p class="note">and {len(rows) - LISTED:,} more</p>' if len(rows) > LISTED else ""
        if rows:
            title = f"Errors and timeouts{f' of {name}' if len(results) > 1 else ''}"
            parts.append(details(f'{safe(title)} <span class="count">{len(rows):,}</span>', f"<ul>{items}</ul>{more}"))
    return "".join(parts)


def _failed(first: EvalResult, others: Sequence[EvalResult]) -> str:
    if not first.failures:
        return '<p class="good">No question failed.</p>' if first.rows else ""
    return f"{failure_table(first)}{_filter(first)}{failed_cases(first, others)}"


def _filter(result: EvalResult) -> str:
    """What narrows the cases down; hidden until the script that does it runs."""
    choices = (("type", "Type", result.by_type), ("tag", "Tag", result.by_tag))
    selects = "".join(
        f'<label>{label}<select name="{name}"><option value="">all</option>'
        + "".join(
            f'<option value="{safe(value)}">{safe(value)} ({count})</option>' for value, (count, _) in groups.items()
        )
        + "</select></label>"
        for name, label, groups in choices
        if groups
    )
    return (
        '<form id="filter" role="search" aria-label="Cases" hidden><label>Words<input type="search" name="words" '
        f'autocomplete="off"></label>{selects}<output name="shown"></output></form>'
    )
