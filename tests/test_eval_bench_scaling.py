"""The grown stores of the scaling benchmark: of the right size, whole, made of what the news say."""

import json

import numpy as np
import pytest

from eval.bench.grown import grow
from eval.bench.scaling import measure
from index import build_index, open_index, verify_store
from index.store import Store
from index.view import read_vectors

SENTENCE = (
    "The {0} of {1} was closed on day {2} of the strike, said the mayor, and it stays closed until further notice. "
)


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    folder = tmp_path_factory.mktemp("real")
    rows = [
        {
            "uri": f"n:{town}",
            "title": f"{town} on strike",
            "date": "2023-02-03",
            "text": "".join(SENTENCE.format(thing, town, day) for thing in ("harbour", "museum") for day in range(9)),
        }
        for town in ("Norvik", "Tarn", "Belmora")
    ]
    (folder / "a.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    build_index([folder / "a.jsonl"], store=folder / "store")
    return folder / "store"


@pytest.fixture(scope="module")
def grown(real, tmp_path_factory):
    folder = tmp_path_factory.mktemp("grown") / "store"
    assert grow(real, folder, 40) == len(vectors(real))
    return folder


def vectors(folder) -> np.ndarray:
    store = Store(folder)
    with store.reading():
        rows = np.concatenate([batch[2] for batch in read_vectors(store)])
    store.close()
    return rows


def test_a_grown_store_holds_recombined_articles(real, grown):
    with open_index(real) as before, open_index(grown) as after:
        there = {head.uri: before.article(head.uri) for head in before.articles()}
        for head in after.articles():
            uri, _, telling = head.uri.partition("#")
            told, text = after.article(head.uri), there[uri].text
            if not telling:
                assert told == there[uri]
            assert (told.title, told.published) == (there[uri].title, there[uri].published)
            assert all(sentence.strip(" .") in text for sentence in told.text.replace("\n\n", " ").split("notice."))
    made = vectors(grown)
    assert 40 <= len(made) < 40 + len(made) / 3
    assert np.linalg.norm(made, axis=1) == pytest.approx(1, abs=2e-3)
    near = (made @ vectors(real).T).max(axis=1)
    assert near.min() > 0.6
    problems = verify_store(grown, heal=False).problems
    assert all("is not the one that" in problem for problem in problems)  # noise was added to the vectors


def test_the_same_seed_makes_the_same_store(real, grown, tmp_path):
    grow(real, tmp_path / "again", 40)
    assert np.array_equal(vectors(tmp_path / "again"), vectors(grown))


def test_measuring_compares_with_brute_force(grown, tmp_path):
    asked = [
        {"id": str(n), "question": f"What was closed on day {n}?", "date": "2023-02-03", "answer": "museum"}
        for n in range(30)
    ]
    (tmp_path / "q.jsonl").write_text("\n".join(map(json.dumps, asked)), "utf-8")
    found = measure(grown, tmp_path / "q.jsonl")
    assert (found["recall@10"], found["vectors"]) == (1.0, "exact")
    assert all(0 < taken["p50"] <= taken["p95"] <= taken["p99"] for taken in found["ms"].values())
