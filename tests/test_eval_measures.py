"""Ranking, refusing, confidence and citations: equal to the reference programs, and as their definitions say."""

from __future__ import annotations

import itertools
import math
import random
import statistics
from collections.abc import Callable, Sequence

import ir_measures
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ir_measures import AP, RR, Qrel, R, ScoredDoc, Success, nDCG
from sklearn.metrics import brier_score_loss, roc_auc_score  # type: ignore[import-untyped]

from eval.measures import (
    CiteCounts,
    abstention,
    aurc,
    auroc,
    average_precision,
    brier,
    calibration_bins,
    checked_support,
    cite_counts,
    crag_score,
    expected_calibration_error,
    mean,
    ndcg_at_k,
    recall_at_k,
    reciprocal_rank,
    risk_coverage,
    success_at_k,
)
from eval.schema import Cited, Statement

# -- rankings

DOCUMENTS = [f"d{number:02}" for number in range(25)]
Query = tuple[dict[str, int], dict[str, int]]

# One query: documents with scores (few values, so many ties; possibly no document at all), relevant ones with grades.
queries = st.tuples(
    st.dictionaries(st.sampled_from(DOCUMENTS), st.integers(0, 4), max_size=25),
    st.dictionaries(st.sampled_from(DOCUMENTS), st.integers(1, 3), min_size=1, max_size=8),
)
gains_lists = st.lists(st.integers(0, 3), max_size=30)


def best_first(scores: dict[str, int], grades: dict[str, int]) -> list[int]:
    """Gains, best first; trec_eval puts the greater document id first among equal scores."""
    return [grades.get(name, 0) for name in sorted(scores, key=lambda name: (scores[name], name), reverse=True)]


def ideal_of(gains: Sequence[int], unseen: Sequence[int] = (1,)) -> list[int]:
    return sorted([*filter(None, gains), *unseen], reverse=True)


def assert_equals_ir_measures(asked: list[Query], k: int) -> None:
    qrels = [Qrel(f"q{number}", name, grade) for number, (_, rel) in enumerate(asked) for name, grade in rel.items()]
    run = [ScoredDoc(f"q{number}", d, s) for number, (scores, _) in enumerate(asked) for d, s in scores.items()]
    # Its RR@k does not break ties as its other measures do; without a cut-off it does.
    theirs = ir_measures.calc_aggregate([R @ k, Success @ k, nDCG @ k, AP @ k, AP, RR], qrels, run)
    pairs = [(best_first(scores, grades), ideal_of(list(grades.values()), ())) for scores, grades in asked]
    ours = {
        R @ k: mean([recall_at_k(gains, ideal, k) for gains, ideal in pairs]),
        Success @ k: mean([success_at_k(gains, k) for gains, _ in pairs]),
        nDCG @ k: mean([ndcg_at_k(gains, ideal, k) for gains, ideal in pairs]),
        AP @ k: mean([average_precision(gains, ideal, k) for gains, ideal in pairs]),
        AP: mean([average_precision(gains, ideal, len(DOCUMENTS)) for gains, ideal in pairs]),
        RR: mean([reciprocal_rank(gains, len(DOCUMENTS)) for gains, _ in pairs]),
    }
    assert ours == pytest.approx(theirs, abs=1e-9)


@settings(deadline=None)
@given(st.lists(queries, min_size=1, max_size=4), st.sampled_from([1, 3, 10]))
def test_ranking_measures_equal_ir_measures(asked: list[Query], k: int) -> None:
    assert_equals_ir_measures(asked, k)


@pytest.mark.parametrize("k", [1, 5, 10, 20])
def test_a_large_run_with_ties_grades_and_empty_rankings_equals_ir_measures(k: int) -> None:
    draw = random.Random(k)
    asked = []
    for _ in range(300):
        found = draw.sample(DOCUMENTS, draw.choice([0, 1, 10, 25]))
        relevant = draw.sample(DOCUMENTS, draw.randint(1, 8))
        asked.append(({d: draw.randint(0, 9) for d in found}, {d: draw.randint(1, 4) for d in relevant}))
    assert_equals_ir_measures(asked, k)


@settings(deadline=None)
@given(st.permutations(DOCUMENTS), st.sets(st.sampled_from(DOCUMENTS), min_size=1), st.sampled_from([1, 5, 10]))
def test_reciprocal_rank_with_cut_off_equals_ir_measures(order: list[str], relevant: set[str], k: int) -> None:
    run = [ScoredDoc("q", name, len(order) - rank) for rank, name in enumerate(order)]
    theirs = ir_measures.calc_aggregate([RR @ k], [Qrel("q", name, 1) for name in relevant], run)[RR @ k]
    assert reciprocal_rank([int(name in relevant) for name in order], k) == pytest.approx(theirs, abs=1e-9)


@given(gains_lists, st.lists(st.integers(1, 3), min_size=1, max_size=5), st.integers(1, 40))
def test_ranking_measures_lie_in_bounds_and_grow_with_k(gains: list[int], unseen: list[int], k: int) -> None:
    ideal = ideal_of(gains, unseen)
    for low, high in (
        (recall_at_k(gains, ideal, k), recall_at_k(gains, ideal, k + 1)),
        (success_at_k(gains, k), success_at_k(gains, k + 1)),
        (reciprocal_rank(gains, k), reciprocal_rank(gains, k + 1)),
        (average_precision(gains, ideal, k), average_precision(gains, ideal, k + 1)),
    ):
        assert 0 <= low <= high <= 1
    assert 0 <= ndcg_at_k(gains, ideal, k) <= 1 + 1e-12


@given(gains_lists.filter(any), st.data(), st.integers(1, 40))
def test_what_is_more_relevant_moved_up_never_costs(gains: list[int], data: st.DataObject, k: int) -> None:
    place = data.draw(st.integers(0, len(gains) - 1))
    above = data.draw(st.integers(0, place))
    moved = list(gains)
    if moved[above] < moved[place]:
        moved[above], moved[place] = moved[place], moved[above]
    ideal = ideal_of(gains)
    for before, after in (
        (recall_at_k(gains, ideal, k), recall_at_k(moved, ideal, k)),
        (reciprocal_rank(gains, k), reciprocal_rank(moved, k)),
        (average_precision(gains, ideal, k), average_precision(moved, ideal, k)),
        (ndcg_at_k(gains, ideal, k), ndcg_at_k(moved, ideal, k)),
    ):
        assert after >= before - 1e-12


@given(gains_lists.filter(any), st.randoms(use_true_random=False))
def test_the_best_order_scores_one_and_full_recall_sees_no_order(gains: list[int], shuffle: random.Random) -> None:
    ideal, k = ideal_of(gains, ()), len(gains)
    best, other = sorted(gains, reverse=True), shuffle.sample(gains, k)
    assert ndcg_at_k(best, ideal, k) == average_precision(best, ideal, k) == reciprocal_rank(best, k) == 1
    assert ndcg_at_k(other, ideal, k) <= 1 + 1e-12
    assert recall_at_k(other, ideal, k) == success_at_k(other, k) == 1


def test_an_empty_ranking_scores_zero() -> None:
    assert recall_at_k([], [2, 1], 10) == success_at_k([], 10) == reciprocal_rank([], 10) == 0
    assert ndcg_at_k([], [2, 1], 10) == average_precision([], [2, 1], 10) == 0


def test_a_ranking_worked_out_by_hand() -> None:
    gains, ideal = [0, 2, 0, 1], [3, 2, 1]
    assert recall_at_k(gains, ideal, 3) == pytest.approx(1 / 3)
    assert reciprocal_rank(gains, 4) == 1 / 2
    assert average_precision(gains, ideal, 4) == pytest.approx((1 / 2 + 2 / 4) / 3)
    assert ndcg_at_k(gains, ideal, 4) == pytest.approx(
        (2 / math.log2(3) + 1 / math.log2(5)) / (3 + 2 / math.log2(3) + 1 / 2)
    )


# -- refusing and confidence

# Few values, so many ties, and the borders of the bins among them.
confident = st.lists(
    st.tuples(st.sampled_from([0.0, 0.05, 0.1, 0.3, 0.31, 0.7, 0.95, 1.0]), st.booleans()), max_size=40
)
Pairs = list[tuple[float, bool]]


def split(pairs: Pairs) -> tuple[list[float], list[bool]]:
    return [confidence for confidence, _ in pairs], [flag for _, flag in pairs]


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=30))
def test_abstention_counts_refusals_of_the_unanswerable(pairs: list[tuple[bool, bool]]) -> None:
    precision, recall = abstention([answerable for answerable, _ in pairs], [refused for _, refused in pairs])
    unanswerable = [refused for answerable, refused in pairs if not answerable]
    refused = [not answerable for answerable, refused in pairs if refused]
    assert recall == (statistics.fmean(unanswerable) if unanswerable else None)
    assert precision == (statistics.fmean(refused) if refused else 0.0 if unanswerable else None)


@pytest.mark.parametrize(
    ("answerable", "right", "refused", "expected"),
    [
        (True, True, False, 1),
        (True, False, False, -1),
        (True, False, True, 0),
        (True, False, None, 0),
        (False, True, True, 1),
        (False, False, False, -1),
        (False, True, False, -1),
        (False, False, None, 0),
    ],
)
def test_crag_score(answerable: bool, right: bool, refused: bool | None, expected: int) -> None:
    assert crag_score(answerable, right, refused) == expected


@settings(deadline=None)
@given(confident.filter(lambda pairs: len({label for _, label in pairs}) == 2))
def test_auroc_equals_scikit_learn(pairs: Pairs) -> None:
    scores, labels = split(pairs)
    assert auroc(scores, labels) == pytest.approx(roc_auc_score(labels, scores), abs=1e-12)


@given(confident.filter(lambda pairs: len({label for _, label in pairs}) == 2))
def test_auroc_is_the_share_of_pairs_won_and_turns_with_the_scores(pairs: Pairs) -> None:
    scores, labels = split(pairs)
    duels = [(p > n) + (p == n) / 2 for p, y in pairs if y for n, z in pairs if not z]
    assert auroc(scores, labels) == pytest.approx(statistics.fmean(duels))
    assert auroc([-score for score in scores], labels) == pytest.approx(1 - statistics.fmean(duels))


def test_auroc_needs_both_kinds() -> None:
    assert auroc([0.1, 0.2], [True, True]) is None
    assert auroc([], []) is None


@given(confident, st.randoms(use_true_random=False))
def test_risk_coverage_answers_ties_together(pairs: Pairs, shuffle: random.Random) -> None:
    curve = risk_coverage(*split(pairs))
    assert curve == risk_coverage(*split(shuffle.sample(pairs, len(pairs))))
    thresholds = sorted({confidence for confidence, _ in pairs}, reverse=True)
    answered = [[wrong for confidence, wrong in pairs if confidence >= threshold] for threshold in thresholds]
    assert curve == [(len(wrong) / len(pairs), statistics.fmean(wrong)) for wrong in answered]


@given(st.lists(st.booleans(), min_size=1, max_size=30))
def test_aurc_without_ties_is_the_mean_risk_over_coverages(wrong: list[bool]) -> None:
    curve = risk_coverage([1 - place / 100 for place in range(len(wrong))], wrong)
    risks = [statistics.fmean(wrong[: count + 1]) for count in range(len(wrong))]
    assert aurc(curve) == pytest.approx(statistics.fmean(risks))


@given(confident.filter(bool))
def test_aurc_lies_between_the_perfect_and_the_worst_order(pairs: Pairs) -> None:
    wrong = sorted(flag for _, flag in pairs)
    ranks = [-float(place) for place in range(len(wrong))]
    best, worst = aurc(risk_coverage(ranks, wrong)), aurc(risk_coverage(ranks, wrong[::-1]))
    area = aurc(risk_coverage(*split(pairs)))
    assert best is not None
    assert area is not None
    assert worst is not None
    assert best - 1e-9 <= area <= worst + 1e-9


def ece_as_guo_et_al_do(confidences: Sequence[float], right: Sequence[bool], bins: int) -> float:
    """Array by array as in their paper: bins open at the left; 0, which theirs leaves out, counts in the first."""
    held, hit = np.asarray(confidences), np.asarray(right, dtype=float)
    error = 0.0
    for number in range(bins):
        inside = (held > number / bins) & (held <= (number + 1) / bins) | (held == 0) & (number == 0)
        if inside.any():
            error += inside.mean() * abs(hit[inside].mean() - held[inside].mean())
    return error


@given(confident.filter(bool), st.sampled_from([1, 5, 10, 15]))
def test_calibration_error_equals_the_formula_on_arrays(pairs: Pairs, bins: int) -> None:
    confidences, right = split(pairs)
    found = expected_calibration_error(confidences, right, bins)
    assert found == pytest.approx(ece_as_guo_et_al_do(confidences, right, bins))


@given(confident)
def test_bins_hold_every_answer_once_within_their_borders(pairs: Pairs) -> None:
    found = calibration_bins(*split(pairs))
    assert [b.low for b in found[1:]] == [b.high for b in found[:-1]]
    assert (found[0].low, found[-1].high, len(found)) == (0, 1, 10)
    for b in found:
        inside = [(c, right) for c, right in pairs if b.low < c <= b.high or c == b.low == 0]
        assert b.count == len(inside)
        assert b.confidence == (pytest.approx(statistics.fmean(c for c, _ in inside)) if inside else None)
        assert b.accuracy == (pytest.approx(statistics.fmean(right for _, right in inside)) if inside else None)


def test_a_border_belongs_to_the_bin_below_it() -> None:
    assert [b.to_dict() for b in calibration_bins([0.7, 0.0], [True, False]) if b.count] == [
        {"low": 0.0, "high": 0.1, "count": 1, "confidence": 0.0, "accuracy": 0.0},
        {"low": 0.6, "high": 0.7, "count": 1, "confidence": 0.7, "accuracy": 1.0},
    ]


@settings(deadline=None)
@given(confident.filter(bool))
def test_brier_equals_scikit_learn(pairs: Pairs) -> None:
    confidences, right = split(pairs)
    assert brier(confidences, right) == pytest.approx(brier_score_loss([*right], confidences, pos_label=True))


def test_nothing_has_no_confidence_to_measure() -> None:
    assert risk_coverage([], []) == []
    assert aurc([]) is expected_calibration_error([], []) is brier([], []) is None


# -- citations


def alce_counts(
    statements: Sequence[Sequence[int]], documents: int, holds: Callable[[frozenset[int]], bool]
) -> CiteCounts:
    """The counts in ``compute_autoais`` of ALCE's eval.py, written out by the same steps.

    ``statements`` are the citations of each; ``holds`` is its model's verdict on the documents of a set.
    """
    entailed = cited = precise = 0
    for refs in statements:
        if not refs or any(ref >= documents for ref in refs):
            continue
        cited += len(refs)
        if not holds(frozenset(refs)):
            continue
        entailed += 1
        for ref in refs:
            rest = list(refs)
            rest.remove(ref)
            unnecessary = len(refs) > 1 and not holds(frozenset([ref])) and holds(frozenset(rest))
            precise += not unnecessary
    return CiteCounts(len(statements), entailed, cited, precise)


subsets = [frozenset(s) for size in range(1, 5) for s in itertools.combinations(range(4), size)]


@given(st.lists(st.lists(st.integers(0, 4), max_size=4), max_size=4), st.sets(st.sampled_from(subsets)))
def test_citations_are_counted_as_alce_counts_them(refs: list[list[int]], entailing: set[frozenset[int]]) -> None:
    def support(statement: str, texts: Sequence[str]) -> bool:
        return frozenset(map(int, texts)) in entailing

    statements = [Statement("It rained.", tuple(places)) for places in refs]
    citations = [Cited("a.txt", str(number)) for number in range(4)]
    assert cite_counts(statements, citations, support) == alce_counts(refs, 4, entailing.__contains__)


FERRY = Cited(
    "a.txt", "1,250 people left Norvik by ferry, Mayor Ana Lindqvist said.", context="Closure, 28 September 2021"
)
HARBOUR = Cited("b.txt", "The harbour stays closed until 3 October.")
WHEAT = Cited("c.txt", "Wheat prices rose.")


@pytest.mark.parametrize(
    ("text", "places", "supported", "relevant"),
    [
        ("About 1,250 people left Norvik by ferry.", (0,), 1, 1),
        ("About 1,250 people left Norvik by ferry.", (2, 0), 1, 1),  # one is beside the point
        ("About 1,250 people left Norvik by ferry and the harbour stays closed until 3 October.", (0, 1), 1, 2),
        ("About 1,250 people left Norvik by ferry.", (0, 0), 1, 2),  # either does alone
        ("About 1,300 people left Norvik by ferry.", (0,), 0, 0),
        ("About 1,250 people left Norvik by ferry, Erik Sand said.", (0,), 0, 0),
        ("In September 2021 people left Norvik by ferry.", (0,), 1, 1),  # what is known of the article counts as said
        ("About 1,250 people left Norvik by ferry.", (), 0, 0),
    ],
)
def test_code_checks_support(text: str, places: tuple[int, ...], supported: int, relevant: int) -> None:
    counts = cite_counts([Statement(text, places)], [FERRY, HARBOUR, WHEAT], checked_support())
    assert counts == CiteCounts(1, supported, len(places), relevant)


def test_what_cites_nothing_is_never_supported() -> None:
    assert cite_counts([Statement("It rained.")], [FERRY], lambda statement, texts: True) == CiteCounts(1, 0, 0, 0)
    assert cite_counts([], [FERRY], lambda statement, texts: True) == CiteCounts(0, 0, 0, 0)
