"""What was measured, on what and with what, in words; and what a comparison says for sure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..comparison import Comparison, MeasureComparison
from ..gate import Floors, holds
from ..results import EvalResult
from .catalogue import in_order, names
from .text import duration, plural, shorten
from .verdicts import unanswered

SURE = 0.05
"""A difference is more than chance when its p-value, adjusted for the number of measures, is at most this."""


def title(results: Sequence[EvalResult]) -> str:
    """What to call a report."""
    first, *others = names(results)
    return f"{first} beside {', '.join(others)}" if others else f"{first}, measured"


def in_short(result: EvalResult) -> list[str]:
    """How many questions passed, how long they took, how many came to nothing."""
    judged = [row for row in result.rows if row.passed is not None]
    passed = sum(row.passed is True for row in judged)
    facts = [f"{passed:,} of {plural(len(judged), 'question')} passed"]
    if result.unasked:
        facts.append(f"cut off: {result.unasked:,} more were not asked")
    if took := result.latency_ms:
        facts.append(f"median {duration(took['p50'])}, 95th percentile {duration(took['p95'])}")
    if crashed := len(unanswered(result.rows)):
        facts.append(plural(crashed, "error or timeout", "errors or timeouts"))
    return facts


def apart(results: Sequence[EvalResult]) -> str:
    """A warning when the runs were not asked the same questions about the same articles; else ""."""
    asked = {tuple(row.question for row in result.rows) for result in results}
    corpora = {result.info.corpus_sha256 for result in results} - {""}
    differ = [what for what, found in (("questions", asked), ("articles", corpora)) if len(found) > 1]
    if not differ:
        return ""
    return f"The runs differ in their {' and their '.join(differ)}: their figures cannot be held against each other."


def what_was_measured(results: Sequence[EvalResult]) -> dict[str, list[str]]:
    """A line for each thing that is known of a run, with a text for each run; lines without any are left out."""
    lines = {label: [fact(result) for result in results] for label, fact in _FACTS.items()}
    if [shorten(result.info.system, 40) for result in results] == names(results):
        del lines["System"]
    return {label: cells for label, cells in lines.items() if any(cells)}


def _questions(result: EvalResult) -> str:
    rows, info = result.rows, result.info
    facts = [plural(len(rows), "question")]
    if unanswerable := sum(not row.answerable for row in rows):
        facts.append(f"{len(rows) - unanswerable:,} with an answer and {unanswerable:,} without")
    facts.append(plural(len(result.by_type), "type"))
    if info.sample is not None:
        facts.append(f"drawn at random with seed {info.seed}")
    if info.drafts:
        facts.append(f"{plural(info.drafts, 'draft')} left out")
    if not info.complete:
        facts.append("the run is not complete")
    return ", ".join(facts)


def _articles(result: EvalResult) -> str:
    named = {item.article for row in result.rows for item in row.evidence}
    return f"{plural(len(named), 'article')} needed for the answers" if named else ""


def _how_long(result: EvalResult) -> str:
    info = result.info
    limit = f", {info.timeout:g} s at most for each" if info.timeout is not None else ""
    return f"{duration(info.seconds * 1000)} with {plural(info.jobs, 'question')} at a time{limit}"


def _sums(result: EvalResult) -> str:
    """What tells this run from others, as far as it is known."""
    info, system = result.info, result.info.description
    sums = {
        "questions": info.cases_sha256,
        "articles": info.corpus_sha256,
        "settings": system.settings_fingerprint,
        "index": system.index_fingerprint,
    }
    return ", ".join(f"{name} {found[:12]}" for name, found in sums.items() if found)


_FACTS: dict[str, Callable[[EvalResult], str]] = {
    "System": lambda r: r.info.system,
    "Run": lambda r: r.name if r.name != r.info.system else "",
    "Questions": _questions,
    "Articles": _articles,
    "Asked": lambda r: r.info.started.replace("T", " ").replace("+00:00", " UTC"),
    "Took": _how_long,
    "Machine": lambda r: ", ".join(filter(None, (r.info.machine, plural(r.info.cpus, "CPU")))),
    "Measured": lambda r: f"rankings cut at {r.k}; support judged by {r.info.judge or 'code'}",
    "Fingerprints": _sums,
}


# -- floors and comparisons


def broken_floors(result: EvalResult, floors: Floors | None) -> list[str]:
    """The measures that are worse than their floor."""
    return [name for name, floor in (floors.floors if floors else {}).items() if not holds(result, name, floor)]


ARROWS = {1: "▲", -1: "▼", 0: ""}
"""Better, worse, no more than chance."""


def compared(comparison: Comparison) -> list[MeasureComparison]:
    """The measures that some case has a say in in both runs, in the order of the reports."""
    found = {item.name: item for item in comparison.measures if item.difference is not None}
    return [found[name] for name in in_order(found)]


def verdict(comparison: Comparison, name: str) -> int:
    """1 where the second run of a comparison is better in a measure by more than chance, -1 where worse, else 0."""
    found = next((item for item in comparison.measures if item.name == name), None)
    if found is None or found.p_holm is None or found.p_holm > SURE or not found.difference:
        return 0
    return 1 if found.difference > 0 else -1
