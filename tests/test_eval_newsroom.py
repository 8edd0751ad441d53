"""The newsroom: what its files claim stands in its articles, as the program itself reads them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from eval.cases import Case, load_cases
from index.readers import read_path
from index.schema import Article

FOLDER = Path(__file__).parents[1] / "eval" / "newsroom"
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()

Truth = dict[str, Any]


def squeezed(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture(scope="module")
def truth() -> Truth:
    found: Truth = json.loads((FOLDER / "truth.json").read_text("utf-8"))
    return found


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return load_cases(FOLDER / "gold.jsonl")


@pytest.fixture(scope="module")
def articles() -> dict[str, Article]:
    found = {}
    for path in sorted((FOLDER / "articles").iterdir()):
        [article] = read_path(path)
        assert isinstance(article, Article)
        found[path.name] = article
    return found


def claims(truth: Truth) -> Iterator[tuple[str, str]]:
    """(file, words that stand in it)."""
    for one in truth["times"]:
        yield one["file"], one["sentence"]
    for one in (*truth["speech"], *(s for agreed in truth["agreements"] for s in agreed["sources"])):
        yield one["file"], one["quote"]
    for disagreement in truth["disagreements"]:
        for position in disagreement["positions"]:
            yield from ((source["file"], source["quote"]) for source in position["sources"])


def test_every_article_is_described_and_no_other(truth: Truth, articles: dict[str, Article]) -> None:
    assert truth["articles"].keys() == articles.keys()
    assert len(articles) >= 60
    assert sum(one["published"] is None for one in truth["articles"].values()) == 5


def test_what_is_claimed_stands_in_the_articles(truth: Truth, articles: dict[str, Article]) -> None:
    texts = {name: squeezed(f"{article.title} {article.text}") for name, article in articles.items()}
    missing = [(name, words) for name, words in claims(truth) if squeezed(words) not in texts[name]]
    assert missing == []


def test_gold_paragraphs_are_paragraphs_of_the_articles(cases: list[Case], articles: dict[str, Article]) -> None:
    # An article of a JSON file is known by its own url, others by their file.
    named = {one.uri if name.endswith(".json") else name: one for name, one in articles.items()}
    paragraphs = {name: [one.text[p.start : p.end] for p in one.paragraphs] for name, one in named.items()}
    for case in cases:
        for item in (*case.evidence, *([case.near] if case.near else [])):
            found = any(item.stands_in(item.article, text) for text in paragraphs[item.article])
            assert found, f"{case.id}: {item.quote!r} is in no paragraph of {item.article}"


def test_all_types_of_question_are_there(cases: list[Case]) -> None:
    counts = Counter(case.type for case in cases)
    assert len(cases) >= 200
    assert len(counts) == 11
    assert min(counts.values()) >= 10
    assert all(case.answerable == (case.type not in ("unanswerable", "false_premise")) for case in cases)


def test_copies_are_of_the_same_days_and_versions_of_the_same_url(truth: Truth) -> None:
    told = truth["articles"]
    for files in truth["clusters"].values():
        days = [date.fromisoformat(told[name]["published"]) for name in files]
        assert 2 <= len(files) <= 5
        assert (max(days) - min(days)).days <= 2
    versions = [one for one in told.values() if one["version_of"]]
    assert len(versions) == 5
    assert all(told[one["version_of"]]["url"] == one["url"] for one in versions)


def test_times_are_intervals_and_weekdays_fall_on_their_days(truth: Truth) -> None:
    for one in truth["times"]:
        assert one["expression"] in one["sentence"]
        if one.get("unresolved"):
            continue
        first, last = date.fromisoformat(one["from"]), date.fromisoformat(one["to"])
        assert first <= last
        named = [day for day in DAYS if one["expression"].endswith(f"on {day}")]
        assert not named or (first == last and DAYS[first.weekday()] == named[0])
