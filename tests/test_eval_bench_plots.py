"""The plots of the README are those of the committed figures."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from eval.bench.plots import PLOTS, RESULTS

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")


@pytest.mark.parametrize("name", PLOTS)
def test_a_plot_is_drawn_from_its_json_and_stands_in_the_readme(name):
    result = json.loads((RESULTS / f"{name}.json").read_text("utf-8"))
    drawn = PLOTS[name](result)
    assert (RESULTS / f"{name}.svg").read_text("utf-8") == drawn
    ElementTree.fromstring(drawn)
    assert f"(eval/bench/results/{name}.svg)" in README


def test_every_figure_of_a_system_is_written():
    result = json.loads((RESULTS / "speed.json").read_text("utf-8"))
    for system in result["systems"].values():
        assert f"{system['articles_per_second']:.1f}" in PLOTS["speed"](result)


@pytest.mark.parametrize(
    ("words", "figure"),
    [
        ("articles indexed in a second", "articles_per_second"),
        ("peak memory of indexing", "index_peak_rss_mib"),
        ("a search from the shell", "cold_search_seconds"),
        ("a warm search without reranking", "search_ms_p50"),
    ],
)
def test_the_table_of_speed_is_that_of_the_json(words, figure):
    result = json.loads((RESULTS / "speed.json").read_text("utf-8"))
    [row] = [line for line in README.splitlines() if line.startswith(f"| {words}")]
    cells = [cell.strip().replace(",", "") for cell in row.strip("|").split("|")[1:]]
    values = [system[figure] for system in result["systems"].values()]
    values += [ratios[figure] for ratios in result["ratios"].values()]
    for cell, value in zip(cells, values, strict=True):
        assert float(cell) == pytest.approx(value, abs=0.51 * 10.0 ** -len(cell.partition(".")[2]))
