"""Reranking: what the scores promise, what search does with them, and what happens without the network's weights."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Index, Reading, Retrieved, SettingsError, Span, build_index, open_index, reranking
from index.reranking import LIMIT, Features, features, load_weights, logistic, rerank
from index.searcher import SKIM

THINGS = ("ferry", "bridge", "school", "market", "railway", "library", "hospital", "museum", "harbour", "theatre")
NEWS = {
    1: "The {thing} of Norvik will be rebuilt, the council said.",
    2: "Builders have begun to mend the {thing} in Norvik after years of delay.",
    3: "Nobody in Norvik knows when its {thing} opens again; its keeper hopes for May.",
}
QUESTION = "Who designed the theatre of Tarn?"
# Fused search puts the first before the second for QUESTION: it has the words, the other has the answer.
WORDS = "The theatre of Tarn has 900 seats. Tarn's theatre opens in May, the theatre said."
ANSWER = "The theatre in Tarn was drawn by the architect Ines Okoro, who won the contest with it."

logits = st.floats(-50, 50, allow_nan=False)


@st.composite
def read(draw: st.DrawFn) -> Reading:
    spans = draw(st.lists(st.builds(Span, st.just(0), st.just(1), logits, logits), max_size=2))
    return Reading(tuple(spans), draw(logits), draw(logits))


@st.composite
def candidates(draw: st.DrawFn) -> tuple[list[float], list[Reading]]:
    fused = sorted(draw(st.lists(st.floats(0, 1), max_size=8)), reverse=True)
    return fused, draw(st.lists(read(), max_size=len(fused)))


def reading(relevant: float = 0.0, answerable: float = 0.0, margin: float = 0.0) -> Reading:
    return Reading((Span(0, 1, margin, 0.0),), answerable, relevant)


# -- scores


@given(candidates())
def test_scores_lie_between_zero_and_one_and_the_unread_behind(found: tuple[list[float], list[Reading]]) -> None:
    fused, readings = found
    scores = rerank(fused, readings)
    assert len(scores) == len(fused)
    assert all(0 <= score <= 1 for score in scores)
    unread = scores[len(readings) :]
    assert unread == sorted(unread, reverse=True)
    assert max(unread, default=0.0) <= min(scores[: len(readings)], default=1.0)


@given(read(), st.sampled_from(["relevant", "margin"]), logits, logits)
def test_more_of_a_signal_is_never_a_lower_score(other: Reading, name: str, one: float, two: float) -> None:
    low, high = sorted((one, two))
    fixed = {"relevant": other.relevant, "margin": 1.0}
    less, more = rerank([0.5, 0.5], [reading(**{**fixed, name: low}), reading(**{**fixed, name: high})])
    assert less <= more


@given(read(), st.floats(0, 1))
def test_of_two_that_read_alike_the_better_fused_is_first(same: Reading, share: float) -> None:
    first, second = rerank([0.8, 0.8 * share], [same, same])
    assert first >= second


@given(candidates())
def test_one_signal_alone_counts_as_much_as_two(found: tuple[list[float], list[Reading]]) -> None:
    fused, readings = found
    four_times = [score * 4 for score in fused]  # scaled up without rounding; a quarter could round
    assert rerank(four_times, readings) == pytest.approx(rerank(fused, readings))


def test_what_the_network_finds_relevant_passes_what_was_found_first() -> None:
    first, second = rerank([1.0, 0.7], [reading(-5.0, -5.0, -5.0), reading(5.0, 5.0, 5.0)])
    assert first < 0.5 < second


def test_features_are_finite_whatever_the_network_says() -> None:
    (nothing,) = features([0.0], [Reading((), -1e30, -100.0)])
    assert nothing == Features(0.0, -LIMIT, -LIMIT, 1.0)
    (everything,) = features([0.3], [Reading((Span(0, 1, 400.0, -3.0),), 1e9, 100.0)])
    assert everything == Features(1.0, LIMIT, LIMIT, 1.0)


def test_how_likely_an_answer_is_counts_against_the_likeliest() -> None:
    found = features([1.0, 0.9, 0.8], [reading(margin=-1.0), reading(margin=2.0), reading(margin=1.0)])
    assert [one.likeliest for one in found] == pytest.approx([math.exp(-3), 1.0, math.exp(-1)])
    assert features([1.0, 0.9], []) == []


def test_the_shipped_weights_are_whole() -> None:
    assert {*asdict(Features(0, 0, 0, 0)), "bias"} <= set(load_weights())


@given(st.floats(-1e6, 1e6))
def test_logistic_is_a_probability(x: float) -> None:
    assert 0 <= logistic(x) <= 1
    assert logistic(-x) == pytest.approx(1 - logistic(x))


# -- search


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reranking")
    records = [
        {
            "uri": f"n:{thing}:{number}",
            "text": NEWS[number].format(thing=thing),
            "date": f"2022-0{number}-15",
            "source": ("Herald", "Gazette")[number % 2],
        }
        for thing in THINGS
        for number in (1, 2, 3)
    ]
    records += [{"uri": "n:words", "text": WORDS}, {"uri": "n:answer", "text": ANSWER}]
    (folder / "a.jsonl").write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    build_index([folder / "a.jsonl"], store=folder / "store")
    return folder / "store"


@pytest.fixture(scope="module")
def index(store: Path) -> Iterator[Index]:
    with open_index(store) as opened:
        yield opened


def test_the_passage_with_the_answer_passes_the_one_with_the_words(index: Index) -> None:
    fused = [passage.uri for passage in index.search(QUESTION, k=SKIM.passages, rerank=False)]
    assert fused.index("n:words") < fused.index("n:answer")
    assert index.search(QUESTION)[0].uri == "n:answer"


def test_scores_are_those_of_the_readings_of_the_fused_candidates(index: Index) -> None:
    fused = index.search(QUESTION, k=SKIM.passages, rerank=False)
    assert index.crossencoder is not None
    readings = index.crossencoder.skim(QUESTION, [passage.text for passage in fused])
    scores = rerank([passage.score for passage in fused], readings)
    expected = {p.uri: (score, one) for p, score, one in zip(fused, scores, readings, strict=True)}
    found = index.retrieve(QUESTION, k=SKIM.passages)
    assert {one.passage.uri: (one.passage.score, one.reading) for one in found} == expected
    signals = {p.uri: {**p.scores, "relevance": logistic(expected[p.uri][1].relevant)} for p in fused}
    assert {one.passage.uri: one.passage.scores for one in found} == signals


@pytest.fixture(scope="module")
def everything(index: Index) -> list[Retrieved]:
    return index.retrieve(QUESTION, k=100)


@pytest.mark.parametrize("k", [1, 7, SKIM.passages, SKIM.passages + 1])
def test_any_number_of_passages_is_the_beginning_of_one_ranking(
    index: Index, everything: list[Retrieved], k: int
) -> None:
    found = index.retrieve(QUESTION, k=k)
    assert found == everything[:k]
    assert [one.passage.rank for one in found] == list(range(1, k + 1))
    assert [one.passage.score for one in found] == sorted((one.passage.score for one in found), reverse=True)
    assert [one.passage for one in found] == index.search(QUESTION, k=k)


def test_passages_below_the_depth_follow_unread_in_fused_order(index: Index, everything: list[Retrieved]) -> None:
    found = everything
    assert len(found) == 32
    assert all(one.reading is not None and "relevance" in one.passage.scores for one in found[: SKIM.passages])
    assert all(one.reading is None and "relevance" not in one.passage.scores for one in found[SKIM.passages :])
    fused = [passage.uri for passage in index.search(QUESTION, k=100, rerank=False)]
    assert [one.passage.uri for one in found[SKIM.passages :]] == fused[SKIM.passages :]
    assert {one.passage.uri for one in found[: SKIM.passages]} == set(fused[: SKIM.passages])


@pytest.mark.parametrize(
    "filters",
    [
        {"date_from": "2022-02-01", "date_to": "2022-02-28"},
        {"sources": ["herald"], "date_from": "2022-01-01"},
        {"as_of": "2021-12-31"},
        {"sources": ["Nobody"]},
    ],
)
def test_filters_hold_with_reranking(index: Index, filters: dict[str, str]) -> None:
    fused = index.search(QUESTION, k=100, rerank=False, **filters)
    found = index.retrieve(QUESTION, k=100, **filters)
    assert {one.passage.uri for one in found} == {passage.uri for passage in fused}
    assert len(found) < SKIM.passages
    assert all(one.reading is not None for one in found)


@pytest.mark.parametrize("mode", ["dense", "bm25"])
def test_one_signal_alone_is_reranked_only_when_asked(index: Index, mode: str) -> None:
    assert all(one.reading is None for one in index.retrieve(QUESTION, mode=mode))
    found = index.retrieve(QUESTION, mode=mode, rerank=True)
    assert all(set(one.passage.scores) == {mode, "relevance"} for one in found)


def test_offsets_of_a_reading_count_in_the_passage(index: Index) -> None:
    best = index.retrieve(QUESTION, k=1)[0]
    assert best.reading is not None
    span = best.reading.spans[0]
    assert "Okoro" in best.passage.text[span.start : span.end]


def test_many_threads_get_what_one_gets(index: Index) -> None:
    questions = [QUESTION, "When does the museum of Norvik open?", "Work number 2"]
    alone = [index.retrieve(question, k=5) for question in questions]
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(lambda question: index.retrieve(question, k=5), questions * 2)) == alone * 2


# -- on and off


def test_the_setting_is_the_default_and_the_argument_beats_it(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUTGRAF_RERANK", "false")
    with open_index(store) as index:
        assert index.retrieve(QUESTION, k=1)[0].reading is None
        assert index.retrieve(QUESTION, k=1, rerank=True)[0].reading is not None
    with open_index(store, rerank=True) as index:
        assert index.retrieve(QUESTION, k=1)[0].reading is not None
        assert index.retrieve(QUESTION, k=1, rerank=False)[0].reading is None


@pytest.mark.parametrize(("written", "on"), [("true", True), ("false", False), ('"no"', False), ("1", True)])
def test_the_setting_may_stand_in_the_file(store: Path, written: str, on: bool) -> None:
    Path("nutgraf.toml").write_text(f"[index]\nrerank = {written}\n")
    with open_index(store) as index:
        assert index.rerank is on


@pytest.mark.parametrize("written", ["3", '"perhaps"', "[]"])
def test_a_setting_that_is_neither_on_nor_off_is_refused(store: Path, written: str) -> None:
    Path("nutgraf.toml").write_text(f"[index]\nrerank = {written}\n")
    with pytest.raises(SettingsError, match=r"rerank is .*; give true or false"):
        open_index(store)


def test_indexes_share_one_network(index: Index, store: Path) -> None:
    with open_index(store) as other:
        assert other.crossencoder is index.crossencoder


def test_without_weights_search_is_not_reranked(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(reranking, "weights_path", lambda: tmp_path / "none.safetensors")
    assert index.crossencoder is None
    assert index.search(QUESTION) == index.search(QUESTION, rerank=True) == index.search(QUESTION, rerank=False)
    assert caplog.records == []


def test_damaged_weights_are_told_once_and_search_goes_on(
    index: Index, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    damaged = tmp_path / "reader.safetensors"
    damaged.write_bytes(b"\x10" + bytes(200))
    monkeypatch.setattr(reranking, "weights_path", lambda: damaged)
    with caplog.at_level(logging.WARNING), open_index(store) as other:
        assert index.search(QUESTION) == other.search(QUESTION) == index.search(QUESTION, rerank=False)
    (record,) = caplog.records
    assert str(damaged) in record.getMessage()


def test_newer_articles_gain_only_when_the_day_of_the_question_is_told() -> None:
    readings = [reading()] * 3
    untold = rerank([1.0, 1.0, 1.0], readings)
    assert untold[0] == untold[1] == untold[2]
    old, undated, new = rerank([1.0, 1.0, 1.0], readings, [400, None, 1])
    assert old < undated < new


def test_search_prefers_the_days_before_the_question(tmp_path: Path) -> None:
    told = [
        {"uri": f"n:{day}", "date": day, "text": "The theatre of Tarn was drawn by the architect Ines Okoro."}
        for day in ("2020-05-01", "2021-05-01", "2022-05-01")
    ]
    (tmp_path / "a.json").write_text(json.dumps(told), encoding="utf-8")
    build_index([tmp_path / "a.json"], store=tmp_path / "store")
    with open_index(tmp_path / "store") as opened:
        found = opened.search(QUESTION, as_of="2021-05-03")
        assert [passage.uri for passage in found] == ["n:2021-05-01", "n:2020-05-01"]
