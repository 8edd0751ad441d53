"""The plots of the README, drawn from the JSON in results/: python -m eval.bench.plots

A plot is an SVG image that carries its own colours, for light and for dark pages.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from eval.report.svg import WIDTH, Plot, bars, linear_axis, log_axis, text

RESULTS = Path(__file__).parent / "results"
SYSTEMS = {"nutgraf": "Nutgraf", "langchain_stock": "LangChain", "txtai_stock": "txtai"}
FIGURES = {
    "articles_per_second": ("articles indexed a second", "{:.1f}"),
    "index_peak_rss_mib": ("memory while indexing, MiB", "{:,.0f}"),
    "cold_search_seconds": ("a search from the shell, s", "{:.1f}"),
    "search_ms_p50": ("a warm search, ms", "{:.0f}"),
}
_STYLE = """<style>
text{stroke:none!important}svg{font:12px system-ui,sans-serif;background:#fff}
.label,.tick,.note{fill:#444}.grid,.rule{stroke:#ddd;fill:none}
.axis{stroke:#888;fill:none}.track{fill:#eee}.s0{fill:#0b6e4f;stroke:#0b6e4f}.s1{fill:#b5651d;stroke:#b5651d}
.s2{fill:#5b5ea6;stroke:#5b5ea6}.line{fill:none;stroke-width:2}.bar{stroke:none}
@media(prefers-color-scheme:dark){svg{background:#0d1117}.label,.tick,.note{fill:#c9d1d9}.grid,.rule{stroke:#30363d}
.track{fill:#21262d}.s0{fill:#3fb68b;stroke:#3fb68b}.s1{fill:#e0a05e;stroke:#e0a05e}.s2{fill:#a5a8e6;stroke:#a5a8e6}}
</style>"""


def scaling(result: Mapping[str, Any]) -> str:
    """Milliseconds of a hybrid search by the number of chunks."""
    stores = list(result["sizes"].values())
    chunks = [int(size) for size in result["sizes"]]
    times = {share: [store["ms"]["hybrid"][share] for store in stores] for share in ("p50", "p99")}
    words = "; ".join(
        f"{count:,} chunks: {half:.0f} ms, {most:.0f} ms at the 99th percentile"
        for count, half, most in zip(chunks, times["p50"], times["p99"], strict=True)
    )
    plot = Plot(
        "scaling",
        "Hybrid search by the number of chunks",
        words,
        log_axis("chunks", min(chunks), max(chunks), "{:,.0f}".format),
        linear_axis("ms: median, 99th percentile (dashed)", 0, max(times["p99"])),
    )
    for series, took in enumerate(times.values()):
        points = list(zip(chunks, took, strict=True))
        plot.line(points, series, tips=[f"{ms:.0f} ms" for ms in took])
    return standing_alone(str(plot))


def speed(result: Mapping[str, Any]) -> str:
    """The systems of eval.bench.speed, a bar each, for every figure."""
    systems = result["systems"]
    rows = []
    for key, (label, write) in FIGURES.items():
        values = [systems[name][key] for name in SYSTEMS]
        rows.append((label, [(value / max(values), write.format(value)) for value in values]))
    return standing_alone(bars("speed", f"{' / '.join(SYSTEMS.values())}, medians", rows), SYSTEMS.values())


def standing_alone(drawing: str, legend: Iterable[str] = ()) -> str:
    """A drawing of eval.report.svg as an image of its own: with its colours, and a line that names the series."""
    height = float(drawing.split('viewBox="0 0 ')[1].split('"', maxsplit=1)[0].split()[1])
    names = "".join(
        f'<g class="s{series}">{text(4 + series * 90, height + 16, f"■ {name}", f"s{series}")}</g>'
        for series, name in enumerate(legend)
    )
    whole = height + (24 if names else 4)
    drawing = drawing.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    drawing = drawing.replace(f'viewBox="0 0 {WIDTH} {height:g}"', f'viewBox="0 0 {WIDTH} {whole:g}" width="510"', 1)
    return drawing.replace("</desc>", f"</desc>{_STYLE}", 1).removesuffix("</svg>") + f"{names}</svg>\n"


PLOTS = {"scaling": scaling, "speed": speed}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.plots", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=RESULTS, metavar="DIR", help="where to write (default: results/)")
    options = parser.parse_args(arguments)
    for name, draw in PLOTS.items():
        result = json.loads((RESULTS / f"{name}.json").read_text("utf-8"))
        (options.out / f"{name}.svg").write_text(draw(result), "utf-8")


if __name__ == "__main__":
    main()
