"""The benchmark of copies: what it plants, how it counts, and that its figures are whole."""

import json
import random
from datetime import date
from pathlib import Path

from eval.bench import copies
from eval.bench.copies import JUDGED, newsroom, plant, score, shortened
from index.article import make_article
from index.schema import Published

RESULTS = Path(copies.__file__).parent / "results" / "copies.json"


def articles(number: int) -> list:
    chance = random.Random(5)
    return [
        make_article(
            uri=f"news:{n}",
            text="\n\n".join(" ".join(f"w{chance.randint(0, 999)}" for _ in range(30)) + "." for _ in range(8)),
            published=Published(date(2024, 1, 1 + n % 28), "meta"),
        )
        for n in range(number)
    ]


def test_planting_is_the_same_for_a_seed_and_pairs_every_member_of_a_family():
    given = articles(copies.FAMILIES + 3 * copies.HARD + 300)
    one, other = plant(given, 3), plant(given, 3)
    assert [a.content_sha for a in one.articles] == [a.content_sha for a in other.articles]
    planted = {a.uri for a in one.articles}
    assert {uri for pair in one.copies for uri in pair} - planted < {a.uri for a in given}
    assert all(uri.startswith(("copy-", "news:")) for pair in one.copies for uri in pair)


def test_scores_count_pairs():
    gold = {frozenset("ab"), frozenset("bc")}
    assert score({frozenset("ab"), frozenset("xy")}, gold) == {
        "found": 2, "gold": 2, "precision": 0.5, "recall": 0.5, "f1": 0.5,
    }  # fmt: skip
    assert score(set(), gold)["f1"] == 0
    assert len(next(iter(shortened(gold)))) == 2


def test_the_copies_of_the_newsroom_are_found(tmp_path):
    found = newsroom(tmp_path / "store")
    assert found["copies"]["f1"] >= 0.9
    assert found["versions"]["f1"] >= 0.9


def test_the_recorded_figures_are_those_of_the_judged_pairs():
    figures = json.loads(RESULTS.read_text("utf-8"))
    assert figures["real"]["gold"] == len(json.loads(JUDGED.read_text("utf-8"))["same"])
    assert min(figures[name]["f1"] for name in ("planted", "real")) >= 0.9
