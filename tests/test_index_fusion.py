"""Fusion of two rankings: bounds, order, ties, and agreement with the formulas."""

from hypothesis import given
from hypothesis import strategies as st

from index.fusion import min_max, reciprocal_rank

scores = st.dictionaries(st.integers(0, 30), st.floats(-5, 5, allow_nan=False), max_size=20)


def ranking(found: dict[int, float]) -> list[tuple[int, float]]:
    return sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))


@given(scores, scores)
def test_both_fusions_hold_every_id_once_and_are_sorted(one, other):
    for fused in (
        min_max([ranking(one), ranking(other)], [0.5, 0.5]),
        reciprocal_rank([ranking(one), ranking(other)], [0.5, 0.5]),
    ):
        assert sorted(item for item, _ in fused) == sorted(set(one) | set(other))
        assert fused == sorted(fused, key=lambda pair: (-pair[1], pair[0]))


@given(scores, scores)
def test_min_max_stays_between_zero_and_one(one, other):
    assert all(-1e-9 <= score <= 1 + 1e-9 for _, score in min_max([ranking(one), ranking(other)], [0.4, 0.6]))


@given(scores, st.floats(0.1, 10), st.floats(-3, 3))
def test_min_max_does_not_see_scale_and_shift(found, scale, shift):
    spread = dict(found)
    if spread and max(spread.values()) - min(spread.values()) < 1e-3:
        return
    moved = {item: score * scale + shift for item, score in spread.items()}
    before = dict(min_max([ranking(spread)], [1.0]))
    after = dict(min_max([ranking(moved)], [1.0]))
    assert all(abs(before[item] - after[item]) < 1e-6 for item in before)


def test_reciprocal_rank_is_the_formula_of_the_paper():
    fused = dict(reciprocal_rank([[(1, 9.0), (2, 8.0)], [(2, 0.5)]], [1.0, 1.0]))
    assert fused == {1: 1 / 61, 2: 1 / 62 + 1 / 61}


def test_min_max_is_a_weighted_mean_of_scaled_scores():
    fused = dict(min_max([[(1, 10.0), (2, 5.0), (3, 0.0)], [(3, 2.0), (1, 1.0)]], [0.5, 0.5]))
    assert fused == {1: 0.5, 2: 0.25, 3: 0.5}


def test_one_result_alone_counts_fully():
    assert min_max([[(4, -0.2)], []], [0.5, 0.5]) == [(4, 0.5)]
