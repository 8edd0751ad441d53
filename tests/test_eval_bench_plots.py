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
