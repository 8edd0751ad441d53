"""The measures equal the reference programs' figures, and behave as their definitions say."""

from __future__ import annotations

import math
import statistics

import ir_measures
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ir_measures import RR, Qrel, R, ScoredDoc, Success, nDCG

from eval.measures import (
    abstention,
    exact_match,
    holds_answer,
    mean,
    ndcg_at_k,
    percentile,
    recall_at_k,
    reciprocal_rank,
    share,
    squad_normalise,
    success_at_k,
    token_f1,
)

DOCUMENTS = [f"d{number:02}" for number in range(25)]
rankings = st.lists(st.booleans(), max_size=30)
words = st.text(alphabet="abct .,'-“", max_size=20)

# One query: documents with scores (few values, so many ties; possibly no document at all), and the relevant documents.
queries = st.tuples(
    st.dictionaries(st.sampled_from(DOCUMENTS), st.integers(0, 4), max_size=25),
    st.sets(st.sampled_from(DOCUMENTS), min_size=1, max_size=8),
)


def as_ranking(scores: dict[str, int], relevant: set[str]) -> list[bool]:
    """Best first; trec_eval puts the greater document id first among equal scores."""
    return [name in relevant for name in sorted(scores, key=lambda name: (scores[name], name), reverse=True)]


@settings(deadline=None)
@given(st.lists(queries, min_size=1, max_size=4), st.sampled_from([1, 3, 10]))
def test_ranking_measures_equal_ir_measures(asked: list[tuple[dict[str, int], set[str]]], k: int) -> None:
    qrels = [Qrel(f"q{number}", name, 1) for number, (_, relevant) in enumerate(asked) for name in relevant]
    run = [ScoredDoc(f"q{number}", d, s) for number, (scores, _) in enumerate(asked) for d, s in scores.items()]
    # Its RR@k does not break ties as its other measures do; without a cut-off it does.
    theirs = ir_measures.calc_aggregate([R @ k, Success @ k, nDCG @ k, RR], qrels, run)
    pairs = [(as_ranking(scores, relevant), len(relevant)) for scores, relevant in asked]
    ours = {
        R @ k: mean([recall_at_k(ranking, total, k) for ranking, total in pairs]),
        Success @ k: mean([success_at_k(ranking, k) for ranking, _ in pairs]),
        nDCG @ k: mean([ndcg_at_k(ranking, total, k) for ranking, total in pairs]),
        RR: mean([reciprocal_rank(ranking, len(DOCUMENTS)) for ranking, _ in pairs]),
    }
    assert ours == pytest.approx(theirs, abs=1e-9)


@settings(deadline=None)
@given(st.permutations(DOCUMENTS), st.sets(st.sampled_from(DOCUMENTS), min_size=1), st.sampled_from([1, 5, 10]))
def test_reciprocal_rank_with_cut_off_equals_ir_measures(order: list[str], relevant: set[str], k: int) -> None:
    run = [ScoredDoc("q", name, len(order) - rank) for rank, name in enumerate(order)]
    theirs = ir_measures.calc_aggregate([RR @ k], [Qrel("q", name, 1) for name in relevant], run)[RR @ k]
    assert reciprocal_rank([name in relevant for name in order], k) == pytest.approx(theirs, abs=1e-9)


@given(rankings, st.integers(0, 10), st.integers(1, 40))
def test_ranking_measures_lie_in_bounds_and_grow_with_k(ranking: list[bool], unseen: int, k: int) -> None:
    total = max(sum(ranking) + unseen, 1)
    for low, high in (
        (recall_at_k(ranking, total, k), recall_at_k(ranking, total, k + 1)),
        (success_at_k(ranking, k), success_at_k(ranking, k + 1)),
        (reciprocal_rank(ranking, k), reciprocal_rank(ranking, k + 1)),
    ):
        assert 0 <= low <= high <= 1
    assert 0 <= ndcg_at_k(ranking, total, k) <= 1 + 1e-12


@given(rankings.filter(any), st.randoms(use_true_random=False))
def test_only_order_matters_to_ndcg_and_only_membership_to_full_recall(ranking: list[bool], random: object) -> None:
    best = sorted(ranking, reverse=True)
    total, k = sum(ranking), len(ranking)
    assert ndcg_at_k(best, total, k) == pytest.approx(1)
    assert ndcg_at_k(ranking, total, k) <= ndcg_at_k(best, total, k) + 1e-12
    assert recall_at_k(ranking, total, k) == recall_at_k(best, total, k) == 1


def test_an_empty_ranking_scores_zero() -> None:
    assert recall_at_k([], 2, 10) == success_at_k([], 10) == reciprocal_rank([], 10) == ndcg_at_k([], 2, 10) == 0


def test_ndcg_of_a_known_ranking() -> None:
    assert ndcg_at_k([False, True, False, True], 3, 4) == pytest.approx(
        (1 / math.log2(3) + 1 / math.log2(5)) / (1 + 1 / math.log2(3) + 1 / 2)
    )


@pytest.mark.parametrize(
    ("text", "gold", "expected"),
    [
        ("The Eiffel Tower.", ["eiffel tower"], 1.0),
        ("in the year 2019", ["2019"], 0.5),
        ("cat cat dog", ["cat dog dog"], 2 / 3),
        ("Kim", ["Noh", "Sung Kim"], 2 / 3),
        ("", [""], 1.0),
        ("the", ["a"], 1.0),
        ("", ["Kim"], 0.0),
        ("Kim", [], 0.0),
    ],
)
def test_token_f1_as_squad_counts_it(text: str, gold: list[str], expected: float) -> None:
    assert token_f1(text, gold) == pytest.approx(expected)


def test_exact_match_ignores_case_articles_and_ascii_punctuation() -> None:
    assert squad_normalise("  A U.S.  “envoy” at the talks! ") == "us “envoy” at talks"
    assert exact_match("The Security Council.", ["Council", "security council"]) == 1
    assert exact_match("Security Councils", ["security council"]) == 0


@given(words, words)
def test_token_f1_is_symmetric_and_one_for_the_same_text(one: str, other: str) -> None:
    assert token_f1(one, [other]) == token_f1(other, [one])
    assert token_f1(one, [one]) == 1
    assert 0 <= token_f1(one, [other]) <= 1
    assert exact_match(one, [other]) <= token_f1(one, [other])


@pytest.mark.parametrize(
    ("text", "groups", "expected"),
    [
        ("Sung Kim’s deputy, Jung Pak.", [["Sung Kim"]], True),
        ("a nine day drill", [["nine-day"]], True),
        ("[KCNA/Handout via AFP]", [["KCNA/Handout via AFP"]], True),
        ("the Ministry of the Interior", [["Ministry of Interior"]], True),
        ("sixty missiles", [["six"]], False),
        ("Kim met Sung", [["Sung Kim"]], False),
        ("on Tuesday", [["Tuesday"], ["Monday"]], False),
        ("on Tuesday and on Monday", [["Tuesday"], ["Sunday", "Monday"]], True),
        ("anything", [["!"]], False),
    ],
)
def test_holds_answer(text: str, groups: list[list[str]], expected: bool) -> None:
    assert holds_answer(text, groups) is expected


@given(st.lists(st.sampled_from(["kim", "met", "noh", "2019"]), min_size=1), st.data())
def test_a_text_holds_every_run_of_its_words(text: list[str], data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    assert holds_answer(" ".join(text), [[" ".join(text[start:end])]])


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=30))
def test_abstention_counts_refusals_of_the_unanswerable(pairs: list[tuple[bool, bool]]) -> None:
    precision, recall = abstention([answerable for answerable, _ in pairs], [refused for _, refused in pairs])
    unanswerable = [refused for answerable, refused in pairs if not answerable]
    refused = [not answerable for answerable, refused in pairs if refused]
    assert recall == (statistics.fmean(unanswerable) if unanswerable else None)
    assert precision == (statistics.fmean(refused) if refused else 0.0 if unanswerable else None)


def test_nothing_has_no_share_and_no_mean() -> None:
    assert share(0, 0) is None
    assert mean([]) is None


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50), st.floats(0, 100))
def test_percentile_equals_numpy(values: list[float], q: float) -> None:
    assert percentile(values, q) == pytest.approx(float(np.percentile(values, q)), rel=1e-9, abs=1e-6)
