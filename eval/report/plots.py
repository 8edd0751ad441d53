"""The plots of one run or several: each a figure with its numbers below it, or a line that says why there is none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from ..judge import Level
from ..results import EvalResult
from .catalogue import names
from .markup import details, safe, table, unseen
from .svg import Axis, Plot, Point, Share, bars, linear_axis, log_axis, swatch
from .text import NOTHING, duration, figure, plural, shorten
from .verdicts import KINDS, kind

MANY_POINTS = 300
"""A curve of more points looks the same."""

MANY_TYPES = 24
"""More types than this are left to the table."""

_RECALL: dict[Level, str] = {
    "paragraph": "the right paragraphs",
    "answer": "passages with the answer",
    "article": "the right articles",
}


def all_plots(results: Sequence[EvalResult]) -> str:
    """All figures, in the order of the page."""
    figures = [
        outcomes(results),
        risk_against_coverage(results),
        reliability(results),
        *recall_against_k(results),
        latencies(results),
        passed_by_type(results),
    ]
    return "\n".join(figures)


def outcomes(results: Sequence[EvalResult]) -> str:
    """How many cases went how."""
    title = "How it went"
    counts = [Counter(kind(row) for row in result.rows) for result in results]
    if not any(counts):
        return _nothing(title, "no question was asked")
    seen = [name for name in ("passed", *KINDS, "not judged") if any(found[name] for found in counts)]
    rows = [(name, [(found[name] / max(found.total(), 1), f"{found[name]:,}") for found in counts]) for name in seen]
    note = "How many questions went how. A whole bar would be all of them."
    return _figure(title, note, bars("outcomes", title, rows), names(results), "outcome", _as_table(rows))


def passed_by_type(results: Sequence[EvalResult]) -> str:
    """Share of the cases of each type that passed."""
    title = "Passed, by type"
    types: dict[str, int] = {}
    for result in results:
        for name, (count, found) in result.by_type.items():
            if found.get("passed") is not None:
                types[name] = max(types.get(name, 0), count)
    if not types:
        return _nothing(title, "no case could be judged")
    shown = sorted(types, key=lambda name: -types[name])[:MANY_TYPES]
    rows = [(f"{shorten(name, 40)} ({types[name]})", [_passed(result, name) for result in results]) for name in shown]
    note = "Share of the questions of each type that went as they should; in brackets, how many there are."
    if len(types) > len(shown):
        note += f" The {len(types) - len(shown)} rarest types are in the table of types alone."
    return _figure(title, note, bars("types", title, rows), names(results), "type", _as_table(rows))


def _passed(result: EvalResult, name: str) -> Share:
    """The share of a type that passed, also in words."""
    share = result.by_type[name][1].get("passed") if name in result.by_type else None
    return share or 0.0, figure(share)


def _as_table(rows: Sequence[tuple[str, Sequence[Share]]]) -> list[list[str]]:
    return [[label, *(words for _, words in shares)] for label, shares in rows]


def risk_against_coverage(results: Sequence[EvalResult]) -> str:
    """Share of wrong answers among the most confident ones, over the share of questions that these are."""
    title = "Risk and coverage"
    curves = [result.risk_coverage if result.rows else [] for result in results]
    if not any(curves):
        return _nothing(title, "no answer came with a confidence")
    plot = Plot(
        "risk",
        title,
        _each(names(results), [f"{c[-1][1]:.3f} wrong at a coverage of {c[-1][0]:.3f}" if c else "" for c in curves]),
        _share("share of all questions that are answered"),
        linear_axis(
            "share of these answers that is wrong", 0, max(0.1, *(risk for curve in curves for _, risk in curve))
        ),
    )
    for number, curve in enumerate(curves):
        plot.line(_thinned(curve), number)
    numbers = [
        [f"{share:.1f}", *(figure(next((r for c, r in curve if c >= share - 1e-9), None)) for curve in curves)]
        for share in (0.2, 0.4, 0.6, 0.8, 1.0)
    ]
    note = "If only the most confident answers were given, how many of them would be wrong? Low is good."
    return _figure(title, note, str(plot), names(results), "coverage", numbers)


def reliability(results: Sequence[EvalResult]) -> str:
    """Share of right answers over their confidence, and how many answers there are in each bin of it."""
    title = "Reliability of the confidence"
    runs = [[bin for bin in result.reliability if bin.count] for result in results]
    if not any(runs):
        return _nothing(title, "no answer came with a confidence")
    counts = _each(names(results), [plural(sum(b.count for b in bins), "answer") if bins else "" for bins in runs])
    plot = Plot("reliability", title, counts, _share("confidence"), _share("share of answers that is right"))
    most = max(bin.count for bins in runs for bin in bins)
    below = Plot("bins", "Number of answers", counts, _share("confidence"), linear_axis("answers", 0, most), height=120)
    plot.rule((0, 0), (1, 1))
    told = [number for number, bins in enumerate(runs) if bins]
    for number, bins in enumerate(runs):
        tips = [
            f"{plural(b.count, 'answer')}, mean confidence {figure(b.confidence)}: {figure(b.accuracy)}" for b in bins
        ]
        plot.line([(b.confidence or 0.0, b.accuracy or 0.0) for b in bins], number, tips=tips)
        for bin in bins:
            wide = (bin.high - bin.low) / len(told)
            start = bin.low + told.index(number) * wide
            below.bar(start + 0.1 * wide, start + 0.9 * wide, bin.count, number, plural(bin.count, "answer"))
            if len(told) == 1:
                below.note((start + wide / 2, bin.count), str(bin.count))
    found = [{(bin.low, bin.high): bin for bin in bins} for bins in runs]
    numbers = [
        [
            f"{low:.1f}–{high:.1f}",
            *(f"{figure(b.accuracy)} of {b.count}" if (b := bins.get((low, high))) else NOTHING for bins in found),
        ]
        for low, high in sorted({edges for bins in found for edges in bins})
    ]
    note = "On the thin line, 8 of 10 answers given with a confidence of 0.8 are right; below it they promise too much."
    return _figure(title, note, f"{plot}{below}", names(results), "confidence", numbers)


def recall_against_k(results: Sequence[EvalResult]) -> list[str]:
    """Mean recall over how far down the ranking is looked at: all levels of a single run, else a plot for each."""
    levels = list(_RECALL)
    curves = {level: [result.recall_curve(level) for result in results] for level in levels}
    told = [value for runs in curves.values() for curve in runs for value in curve]
    if not told:
        return [_nothing("Recall against k", "there is no ranking to measure")]
    low = min(4, int(min(told) * 5)) / 5  # the same for all, so that they can be held against each other
    if len(results) == 1:
        found = {name: curves[level][0] for level, name in _RECALL.items() if curves[level][0]}
        return [_recall("recall", "Recall against k", found, low, list(found))]
    return [
        _recall(
            f"recall-{level}",
            f"Recall of {_RECALL[level]}",
            dict(zip(names(results), curves[level], strict=True)),
            low,
            names(results),
        )
        for level in levels
        if any(curves[level])
    ]


def _recall(name: str, title: str, curves: Mapping[str, Sequence[float]], low: float, labels: Sequence[str]) -> str:
    deepest = max(map(len, curves.values()))
    ticks = sorted({1, deepest, *(k for k in (2, 5, 10, 20, 50, 100, 200, 500) if k < 0.9 * deepest)})
    plot = Plot(
        name,
        title,
        _each(labels, [f"{c[0]:.3f} at k = 1, {c[-1]:.3f} at k = {len(c)}" if c else "" for c in curves.values()]),
        Axis("k, the number of places that are looked at", min(1, deepest - 1), deepest, ticks, log=deepest > 20),
        linear_axis("mean recall", low, 1.0),
    )
    for number, curve in enumerate(curves.values()):
        tips = [f"k = {k}: {value:.3f}" for k, value in enumerate(curve, 1)] if deepest <= 20 else []
        plot.line([(float(k), value) for k, value in enumerate(curve, 1)], number, tips=tips)
    rows = [
        [str(k), *(figure(curve[k - 1] if k <= len(curve) else None) for curve in curves.values())]
        for k in sorted({*ticks, *(k for k in (3,) if k < deepest)})
    ]
    return _figure(title, "How much of what is needed stands within the first k places.", str(plot), labels, "k", rows)


def latencies(results: Sequence[EvalResult]) -> str:
    """Share of the questions that were answered within a time."""
    title = "Latency"
    runs = [sorted(row.latency_ms for row in result.rows if row.latency_ms > 0) for result in results]
    if not any(runs):
        return _nothing(title, "no time was taken")
    times = [result.latency_ms for result in results]
    x = log_axis(
        "time of a question", min(run[0] for run in runs if run), max(run[-1] for run in runs if run), _tick_time
    )
    said = _each(
        names(results), [", ".join(f"{name} {duration(value)}" for name, value in found.items()) for found in times]
    )
    plot = Plot("latency", title, said, x, _share("share of the questions answered"))
    plot.rule((x.low, 0.5), (x.high, 0.5), "half")
    plot.rule((x.low, 0.95), (x.high, 0.95), "95 %")
    for number, run in enumerate(runs):
        points = [(time, place / len(run)) for place, time in enumerate(run, 1)]
        plot.line(_thinned([(run[0], 0.0), *points]) if run else [], number, step=True)
    numbers = [
        [name, *(duration(found[name]) if name in found else NOTHING for found in times)]
        for name in dict.fromkeys(name for found in times for name in found)
    ]
    note = (
        "Share of the questions that had their answer within a time. Further left is faster; the axis is logarithmic."
    )
    return _figure(title, note, str(plot), names(results), "percentile", numbers)


def _legend(labels: Sequence[str]) -> str:
    """Which line is whose; nothing for a single one."""
    if len(labels) == 1:
        return ""
    items = (f"<li>{swatch(number)} {safe(label)}</li>" for number, label in enumerate(labels))
    return f'<ul class="legend">{"".join(items)}</ul>'


def _figure(title: str, note: str, drawn: str, labels: Sequence[str], key: str, rows: Sequence[Sequence[str]]) -> str:
    """A figure: title, plot, legend, what it means, and the numbers as a table to open."""
    heads = [safe(name) for name in (key, *(labels if len(labels) > 1 else ["value"]))]
    numbers = table(title, heads, [[safe(cell) for cell in row] for row in rows])
    return (
        f"<figure><h3>{safe(title)}</h3>{drawn}{_legend(labels)}<figcaption>{safe(note)}</figcaption>"
        f"{details('Numbers' + unseen(f' of the plot: {safe(title)}'), numbers)}</figure>"
    )


def _nothing(title: str, why: str) -> str:
    return f'<figure class="none"><h3>{safe(title)}</h3><p>Nothing to show: {safe(why)}.</p></figure>'


def _share(label: str) -> Axis:
    return Axis(label, 0, 1, (0, 0.2, 0.4, 0.6, 0.8, 1))


def _each(labels: Sequence[str], said: Iterable[str]) -> str:
    """What is to be seen of each line, in words."""
    told = zip(labels, said, strict=True)
    return "; ".join(f"{name}: {words or 'nothing'}" for name, words in told) + "."


def _thinned(points: Sequence[Point]) -> Sequence[Point]:
    """No more than MANY_POINTS of the points, first and last among them."""
    if len(points) <= MANY_POINTS:
        return points
    last = len(points) - 1
    return [points[round(place * last / (MANY_POINTS - 1))] for place in range(MANY_POINTS)]


def _tick_time(milliseconds: float) -> str:
    return f"{milliseconds:g} ms" if milliseconds < 1000 else f"{milliseconds / 1000:g} s"
