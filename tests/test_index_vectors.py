"""Vector search against brute force: exact when flat, nearly so when approximate, never beside the mask."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import vectors
from index.vectors import FlatVectors, best_rows, load_ivf, train_ivf
from index.view import nearest_of_all

DIM = 128


def unit(rng: np.random.Generator, number: int) -> np.ndarray:
    rows = rng.normal(size=(number, DIM)).astype(np.float32)
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


def clustered(rng: np.random.Generator, number: int) -> np.ndarray:
    rows = unit(np.random.default_rng(9), 40)[rng.integers(0, 40, number)] + unit(rng, number)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def brute_force(rows: np.ndarray, query: np.ndarray, k: int, mask: np.ndarray | None) -> list[int]:
    allowed = np.arange(len(rows)) if mask is None else np.flatnonzero(mask)
    return sorted(allowed.tolist(), key=lambda row: (-float(rows[row] @ query), row))[:k]


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32 - 1), st.integers(0, 3000), st.integers(1, 40))
def test_best_rows_are_those_of_sorting_everything(seed, number, k):
    scores = np.random.default_rng(seed).integers(-5, 6, number).astype(np.float32)  # many ties
    expected = sorted(np.flatnonzero(scores > -3).tolist(), key=lambda row: (-scores[row], row))[:k]
    assert best_rows(scores, k, -3.0).tolist() == expected


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32 - 1), st.integers(0, 60), st.integers(1, 15), st.booleans())
def test_flat_search_is_brute_force(seed, number, k, masked):
    rng = np.random.default_rng(seed)
    rows, query = unit(rng, number), unit(rng, 1)[0] * 3  # not normalised: the order must not depend on it
    mask = rng.random(number) < 0.4 if masked else None
    found, scores = FlatVectors(rows).search(query, k, mask, rows.__getitem__)
    expected = brute_force(rows, query, k, mask)
    assert found.tolist() == expected
    assert np.allclose(scores, rows[expected] @ query, atol=1e-5)


@pytest.fixture(scope="module")
def many() -> np.ndarray:
    return clustered(np.random.default_rng(0), 6000)


IDS = np.cumsum(np.random.default_rng(5).integers(1, 4, 6000))  # chunk ids have gaps


@pytest.fixture
def ivf(many):
    halves = [(IDS[:2500], many[:2500]), (IDS[2500:], many[2500:])]
    return train_ivf(many[::2], halves, len(many))


def recall(index: vectors.IvfVectors, rows: np.ndarray, mask: np.ndarray | None = None) -> float:
    queries = clustered(np.random.default_rng(1), 30)
    shares = []
    for query in queries:
        found, scores = index.search(query, 10, mask, rows.__getitem__)
        assert scores.tolist() == pytest.approx((rows[found] @ query).tolist(), abs=1e-5)
        assert scores.tolist() == sorted(scores.tolist(), reverse=True)
        shares.append(len(set(found.tolist()) & set(brute_force(rows, query, 10, mask))) / 10)
    return float(np.mean(shares))


def test_approximate_search_misses_little_and_scores_exactly(ivf, many):
    assert recall(ivf, many) >= 0.97


@pytest.mark.parametrize("share", [0.9, 0.5, 0.1, 0.01])
def test_a_filter_costs_no_result(ivf, many, share, monkeypatch):
    monkeypatch.setattr(vectors, "EXACT_BELOW", 100)
    monkeypatch.setattr(vectors, "PROBES", 20)
    mask = np.random.default_rng(2).random(len(many)) < share
    found, _ = ivf.search(many[0], 50, mask, many.__getitem__)
    assert len(found) == 50
    assert mask[found].all()
    assert recall(ivf, many, mask) >= (1.0 if share == 0.01 else 0.95)


def test_nothing_allowed_finds_nothing(ivf, many):
    found, scores = ivf.search(many[0], 10, np.zeros(len(many), bool), many.__getitem__)
    assert (len(found), len(scores)) == (0, 0)


def test_adding_and_removing_keeps_the_lists(ivf, many):
    rng = np.random.default_rng(3)
    new = clustered(rng, 900)
    gone = rng.random(len(many)) < 0.2
    changed = ivf.updated(IDS[gone], np.arange(900) + IDS[-1] + 7, new)
    rows = np.concatenate([many[~gone], new])
    assert (len(changed.ids), changed.trained_on) == (len(rows), len(many))
    assert recall(changed, rows) >= 0.97
    again = load_ivf(changed.to_bytes(), changed.ids, changed.trained_on, changed.recall)
    query = rows[-1]
    assert again.search(query, 5, None, rows.__getitem__)[0].tolist() == brute_force(rows, query, 5, None)


@pytest.mark.parametrize("size", [1, 7, 40, 100])
def test_the_nearest_of_all_do_not_depend_on_the_batches(size):
    rng = np.random.default_rng(size)
    rows, queries, ids = unit(rng, 40), unit(rng, 3), np.arange(1, 41)
    batches = [(ids[n : n + size], rows[n : n + size]) for n in range(0, 40, size)]
    expected = [[row + 1 for row in brute_force(rows, query, 5, None)] for query in queries]
    assert nearest_of_all(queries, batches, 5).tolist() == expected
    assert nearest_of_all(queries, [(ids[:2], rows[:2])], 5)[:, 2:].tolist() == [[0, 0, 0]] * 3
