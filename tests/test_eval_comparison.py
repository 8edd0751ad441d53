"""Two runs side by side: the statistics are right, cases are paired by id, nothing is dropped in silence."""

from __future__ import annotations

import itertools
import json
import random
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import bootstrap, permutation_test  # type: ignore[import-untyped]

from eval.cases import Evidence
from eval.comparison import compare
from eval.errors import EvalError
from eval.measures import bootstrap_interval, holm, mean, paired_randomisation, percentile, share

# -- statistics

differences = st.lists(st.sampled_from([-1.0, -0.5, -0.1, 0.0, 0.0, 0.1, 0.3, 1.0]), max_size=9)


def test_nothing_has_no_share_and_no_mean() -> None:
    assert share(0, 0) is None
    assert mean([]) is None


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50), st.floats(0, 100))
def test_percentile_equals_numpy(values: list[float], q: float) -> None:
    assert percentile(values, q) == pytest.approx(float(np.percentile(values, q)), rel=1e-9, abs=1e-6)


@settings(deadline=None)
@given(differences)
def test_randomisation_is_exact_for_few_differences(given_: list[float]) -> None:
    observed = abs(sum(given_))
    patterns = [
        sum(s * d for s, d in zip(signs, given_, strict=True))
        for signs in itertools.product((1, -1), repeat=len(given_))
    ]
    expected = statistics.fmean(abs(total) >= observed - 1e-9 for total in patterns)
    assert paired_randomisation(given_) == pytest.approx(expected)


@settings(deadline=None)
@given(st.lists(st.integers(-8, 8).map(lambda eighths: eighths / 8), min_size=2, max_size=9).filter(any))
def test_exact_randomisation_equals_scipy(given_: list[float]) -> None:
    # Eighths have exact sums: scipy takes those that differ in the last digit for different.
    found = permutation_test((given_,), np.mean, permutation_type="samples", n_resamples=np.inf)
    assert paired_randomisation(given_) == pytest.approx(found.pvalue)


@settings(deadline=None)
@given(differences, st.randoms(use_true_random=False))
def test_randomisation_sees_no_order_no_direction_and_no_ties(given_: list[float], shuffle: random.Random) -> None:
    p = paired_randomisation(given_)
    assert 0 < p <= 1
    assert paired_randomisation(shuffle.sample(given_, len(given_))) == pytest.approx(p)
    assert paired_randomisation([-d for d in given_]) == p
    assert paired_randomisation([*given_, 0, 0, 0]) == p


def test_drawn_patterns_come_near_the_exact_test_and_are_never_zero() -> None:
    draw = np.random.default_rng(7)
    given_ = [float(d) for d in draw.normal(0.4, 1, size=15)]
    exact = permutation_test((given_,), np.mean, permutation_type="samples", n_resamples=np.inf).pvalue
    assert paired_randomisation(given_) == pytest.approx(exact, abs=0.02)
    assert paired_randomisation(given_) == paired_randomisation(given_)
    assert paired_randomisation([1.0] * 200, resamples=999) == 1 / 1000


def test_randomisation_is_wrong_as_often_as_it_says() -> None:
    draw = np.random.default_rng(1)
    samples = draw.normal(size=(400, 30))
    below = [paired_randomisation(list(sample), resamples=399) <= 0.05 for sample in samples]
    assert 0.02 <= statistics.fmean(below) <= 0.08


def test_the_interval_holds_the_true_mean_as_often_as_it_says() -> None:
    draw = np.random.default_rng(2)
    intervals = [bootstrap_interval(list(sample), resamples=1000) for sample in draw.normal(1, 2, size=(300, 60))]
    assert 0.91 <= statistics.fmean(low <= 1 <= high for low, high in intervals) <= 0.98


def test_the_interval_is_that_of_scipy_but_for_the_draw() -> None:
    values = [float(v) for v in np.random.default_rng(3).normal(size=80)]
    theirs = bootstrap((values,), np.mean, method="percentile", rng=4).confidence_interval
    assert bootstrap_interval(values) == pytest.approx((theirs.low, theirs.high), abs=0.02)


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_the_interval_is_repeatable_and_within_the_values(values: list[float]) -> None:
    low, high = bootstrap_interval(values, resamples=200)
    assert (low, high) == bootstrap_interval(values, resamples=200)
    assert min(values) - 1e-9 <= low <= high <= max(values) + 1e-9


def test_a_large_sample_is_drawn_in_batches() -> None:
    values = [0.0, 1.0] * 4000
    low, high = bootstrap_interval(values, resamples=500)
    assert (low + high) / 2 == pytest.approx(0.5, abs=0.005)
    assert high - low == pytest.approx(2 * 1.96 * 0.5 / 8000**0.5, rel=0.15)
    assert paired_randomisation([1.0, -1.0] * 4000, resamples=500) == 1


def test_holm_of_a_worked_example() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_lies_between_the_values_and_bonferroni_and_keeps_their_order(values: list[float]) -> None:
    adjusted = holm(values)
    for (p, q), (other, other_q) in itertools.product(zip(values, adjusted, strict=True), repeat=2):
        assert p <= q <= min(1, len(values) * p) + 1e-12
        assert p > other or q <= other_q


# -- two runs


@dataclass(frozen=True)
class Row:
    id: str
    question: str
    expected: tuple[tuple[str, ...], ...] = ()
    evidence: tuple[Evidence, ...] = ()
    answerable: bool = True


@dataclass(frozen=True)
class Figures:
    """The part of a result that is compared: measure -> case -> value; the cases are those of "passed"."""

    measures: Mapping[str, Mapping[str, float]]
    asked: str = "What is {}?"
    expected: tuple[tuple[str, ...], ...] = ()
    evidence: tuple[Evidence, ...] = ()

    @property
    def rows(self) -> Sequence[Row]:
        return [Row(case, self.asked.format(case), self.expected, self.evidence) for case in self.measures["passed"]]

    def values(self, name: str, /) -> Mapping[str, float]:
        return self.measures[name]


def figures(passed: str, first: int = 0, **measures: Mapping[str, float]) -> Figures:
    """A run of cases c0, c1 ...: a digit each, whether it passed."""
    return Figures({"passed": {f"c{first + n}": float(digit) for n, digit in enumerate(passed)}, **measures})


def test_other_gold_answers_are_no_difference_of_the_systems() -> None:
    a = replace(figures("11"), expected=(("in May",),), evidence=(Evidence("a.txt", "in May", paragraph=3),))
    same = replace(a, evidence=(Evidence("a.txt", "in  May", paragraph=3),))  # as another system has the paragraph
    assert compare(a, same, ["passed"]).cases == 2
    for other in (replace(a, expected=(("in June",),)), replace(a, evidence=(Evidence("b.txt", "in May"),))):
        with pytest.raises(EvalError, match="expect other answers, under the id 'c0' and 1 more"):
            compare(a, other, ["passed"])


def test_differences_and_flips_by_hand() -> None:
    a, b = figures("110010"), figures("101011")
    found = compare(a, b, ["passed"])
    assert (found.cases, found.only_a, found.only_b) == (6, (), ())
    assert (found.gained, found.lost) == (("c2", "c5"), ("c1",))
    (passed,) = found.measures
    assert (passed.cases, passed.better, passed.worse, passed.same) == (6, 2, 1, 3)
    assert (passed.mean_a, passed.mean_b, passed.difference) == pytest.approx((3 / 6, 4 / 6, 1 / 6))
    assert passed.p == passed.p_holm == 1  # every split of three is as far or further
    assert passed.ci95 is not None
    assert passed.ci95[0] < 1 / 6 < passed.ci95[1]


@settings(deadline=None)
@given(st.text("01", min_size=1, max_size=40), st.data())
def test_the_reverse_comparison_is_the_mirror_image(before: str, data: st.DataObject) -> None:
    after = data.draw(st.text("01", min_size=len(before), max_size=len(before)))
    there, back = (
        compare(figures(before), figures(after), ["passed"]),
        compare(figures(after), figures(before), ["passed"]),
    )
    assert (there.gained, there.lost) == (back.lost, back.gained)
    (one,), (other,) = there.measures, back.measures
    assert (one.better, one.worse, one.same, one.p) == (other.worse, other.better, other.same, other.p)
    assert one.difference is not None
    assert one.difference == -(other.difference or 0)
    assert one.better + one.worse + one.same == one.cases == len(before)


def test_a_run_compared_with_itself_shows_nothing() -> None:
    found = compare(figures("1101"), figures("1101"), ["passed"])
    (passed,) = found.measures
    assert (passed.difference, passed.ci95, passed.p, passed.same) == (0, (0, 0), 1, 4)
    assert found.gained == found.lost == ()


def test_a_clear_difference_is_significant_also_among_several_measures() -> None:
    noise = {f"c{n}": float(n % 2) for n in range(40)}
    other = {f"c{n}": float(n // 2 % 2) for n in range(40)}
    found = compare(figures("0" * 40, f1=noise), figures("1" * 30 + "0" * 10, f1=other), ["passed", "f1"])
    passed, f1 = found.measures
    assert passed.p is not None
    assert passed.p < 0.001
    assert passed.p_holm == pytest.approx(2 * passed.p)
    assert f1.p == f1.p_holm == 1
    assert passed.ci95 is not None
    assert passed.ci95[0] > 0.5


def test_cases_of_one_run_only_are_told() -> None:
    found = compare(figures("1100"), figures("00111", first=2), ["passed"])
    assert (found.cases, found.only_a, found.only_b) == (2, ("c0", "c1"), ("c4", "c5", "c6"))
    (passed,) = found.measures
    assert (passed.cases, passed.only_a, passed.only_b) == (2, 2, 3)


def test_a_measure_counts_the_cases_that_have_a_say_in_both_runs() -> None:
    a = figures("111", precision={"c0": 1.0, "c1": 0.5}, recall={})
    b = figures("111", precision={"c1": 1.0, "c2": 0.0}, recall={"c0": 1.0})
    precision, recall = compare(a, b, ["precision", "recall"]).measures
    assert (precision.cases, precision.only_a, precision.only_b, precision.difference) == (1, 1, 1, 0.5)
    assert (recall.cases, recall.only_b, recall.difference, recall.p, recall.p_holm) == (0, 1, None, None, None)
    assert precision.p_holm == precision.p  # one measure was tested


def test_other_questions_or_other_cases_are_refused() -> None:
    a = figures("11")
    with pytest.raises(EvalError, match=r"under the id 'c0' and 1 more; run one of them again"):
        compare(a, Figures(a.measures, asked="Where is {}?"), ["passed"])
    with pytest.raises(EvalError, match=r"no case in common; compare runs of the same cases"):
        compare(a, figures("11", first=5), ["passed"])


def test_a_comparison_is_plain_json() -> None:
    found = compare(figures("1100"), figures("0111"), ["passed"])
    plain = json.loads(json.dumps(found.to_dict()))
    assert plain["gained"] == ["c2", "c3"]
    assert plain["measures"][0]["name"] == "passed"
    assert plain["measures"][0]["ci95"] == list(found.measures[0].ci95 or ())
