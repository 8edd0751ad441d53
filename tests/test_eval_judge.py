"""A response against its case: what counts as found, where it stands in the ranking, and what a case has no say in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.cases import Case, Evidence
from eval.judge import LEVELS, CaseResult, Level, holds_evidence, judge, ranking
from eval.measures import ndcg_at_k, recall_at_k
from eval.schema import Cited, Found, Record, Response, Statement

QUAY = Evidence("harbour.txt", "the old quay will close in May")
MAYOR = Evidence("mayor.txt", "Ines Duarte was sworn in")
ANY = Case("any", "When does the quay close?", answers=("in May",), evidence=(QUAY, MAYOR))
BOTH = replace(ANY, id="all", needed="all")


def passage(text: str, article: str = "news/harbour.txt") -> Found:
    return Found(article, text)


QUAY_PASSAGE = passage("It said the old quay\nwill close in May, after 90 years.")
MAYOR_PASSAGE = passage("On Monday Ines Duarte was sworn in.", "news/mayor.txt")
OTHER = passage("The weather stayed dry.")


def gains(case: Case, passages: Sequence[Found], level: Level) -> tuple[int, ...] | None:
    found = ranking(case, passages, level)
    return None if found is None else found.gains


def judged(case: Case, response: Response, k: int = 10) -> CaseResult:
    return judge(case, Record(case.id, response, 1.0), lambda statement, texts: statement in " ".join(texts), k)


def test_one_of_several_places_is_enough_and_counts_once() -> None:
    passages = [OTHER, QUAY_PASSAGE, QUAY_PASSAGE, MAYOR_PASSAGE]
    assert gains(ANY, passages, "paragraph") == (0, 1, 0, 0)
    assert gains(BOTH, passages, "paragraph") == (0, 1, 0, 1)


def test_a_passage_that_meets_two_needs_takes_two_places() -> None:
    both = passage("The old quay will close in May. Crossings end on 4 June.")
    case = Case("must", "What happens when?", must=(("in May",), ("4 June",)), evidence=(QUAY,))
    assert gains(case, [both, OTHER], "answer") == (1, 1, 0)
    found = ranking(case, [both, OTHER], "answer")
    assert found is not None
    assert recall_at_k(found.gains, found.ideal, 2) == ndcg_at_k(found.gains, found.ideal, 10) == 1


def test_an_article_stands_where_its_first_passage_stood() -> None:
    found = ranking(BOTH, [OTHER, QUAY_PASSAGE, passage("x", "news/else.txt"), MAYOR_PASSAGE], "article")
    assert found is not None
    assert found.docs == ("harbour.txt", "news/else.txt", "mayor.txt")
    assert found.gains == (1, 0, 1)
    assert found.needs == ("harbour.txt", "mayor.txt")


def test_grades_are_gains() -> None:
    case = Case("g", "What of the port?", evidence=(Evidence("d1", grade=1), Evidence("d2", grade=3)))
    found = ranking(case, [passage("x", "d3"), passage("x", "d2"), passage("x", "d1")], "article")
    assert found is not None
    assert (found.gains, found.ideal, found.rank) == ((0, 3, 1), (3, 1), 2)
    assert gains(case, [passage("x", "d2")], "paragraph") is None  # it names whole articles
    assert gains(case, [passage("x", "d2")], "answer") is None  # it has no answers


def test_the_answer_in_another_article_does_not_count() -> None:
    elsewhere = passage("Elections are in May.", "news/elections.txt")
    assert gains(ANY, [elsewhere, QUAY_PASSAGE], "answer") == (0, 1)
    assert gains(replace(ANY, evidence=()), [elsewhere], "answer") == (1,)
    assert gains(ANY, [passage("Elections are in May.", "")], "answer") == (1,)  # nobody says whose it is


def test_a_case_without_an_answer_has_no_rankings() -> None:
    refused = Case("r", "Who sank it?", answerable=False)
    assert [ranking(refused, [OTHER], level) for level in LEVELS] == [None, None, None]


WHOLE = Evidence("a.txt", "One two three four five six. Seven eight nine ten.", paragraph=4)


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("Before. One two three four five six. Seven eight nine ten. After.", True),
        ("Before. One two three four five", True),  # the first half, at the end of a chunk
        ("six. Seven eight nine ten. After.", True),
        ("Seven eight nine ten.", True),  # a sentence of it
        ("Before. One two three", False),
        ("", False),
    ],
)
def test_a_numbered_paragraph_is_held_by_half_of_it(text: str, held: bool) -> None:
    assert holds_evidence(WHOLE, Found("x/a.txt", text)) is held
    assert not holds_evidence(WHOLE, Found("x/b.txt", text))


def test_names_in_a_ranking_are_unique_and_a_need_keeps_its_own() -> None:
    case = Case("a", "q?", answers=("x",), evidence=(Evidence("b.txt"), Evidence("a.txt")))
    found = ranking(case, [passage("1", "n/a.txt"), passage("2", "b.txt"), passage("3", "b.txt")], "article")
    assert found is not None
    assert found.docs == ("b.txt", "b.txt~2")
    assert found.gains == (1, 0)


ARTICLES = st.sampled_from(["a.txt", "b.txt", "c.txt", ""])
TEXTS = st.sampled_from(["one", "two", "one two", "three", "two three", "x"])
PASSAGES = st.lists(st.builds(Found, ARTICLES, TEXTS), max_size=8)
NEEDS = st.lists(
    st.builds(Evidence, st.sampled_from(["a.txt", "b.txt"]), st.sampled_from(["one", "two", "three"])),
    min_size=1,
    max_size=4,
    unique=True,
)


@given(PASSAGES, NEEDS, st.sampled_from(["any", "each", "all"]), st.sampled_from(LEVELS))
def test_a_ranking_is_one_of_distinct_documents(
    passages: list[Found], evidence: list[Evidence], needed: str, level: Level
) -> None:
    case = Case("p", "q?", answers=("one", "two"), evidence=tuple(evidence), needed=needed)  # type: ignore[arg-type]
    found = ranking(case, passages, level)
    assert found is not None
    assert len(found.docs) == len(set(found.docs)) == len(found.gains)
    assert len(set(found.needs)) == len(found.needs) == len(found.grades)
    assert {doc for doc, gain in zip(found.docs, found.gains, strict=True) if gain} == set(found.docs) & set(
        found.needs
    )
    assert sum(gain > 0 for gain in found.gains) <= len(found.needs)
    assert 0 <= recall_at_k(found.gains, found.ideal, 10) <= 1


def answer(text: str, *cited: Cited) -> Response:
    statements = (Statement(text, tuple(range(len(cited)))),)
    return Response("answered", text, statements=statements, citations=cited, confidence=0.9)


GOLD_CITED = Cited("n/harbour.txt", QUAY_PASSAGE.text, "the old quay will close in May", verbatim=True)


def test_right_and_cited_passes() -> None:
    row = judged(ANY, answer("the old quay\nwill close in May", GOLD_CITED))
    assert row.passed is True
    assert row.measures["answered_right"] == row.measures["citation_recall"] == row.measures["quote_verbatim"] == 1


def test_right_without_the_right_citation_does_not_pass() -> None:
    row = judged(ANY, answer("It closes in May", Cited("n/else.txt", "It closes in May")))
    assert (row.right, row.passed) == (True, False)
    assert row.measures["citation_recall"] == 1
    assert row.measures["gold_citation_recall"] == row.measures["gold_citation_precision"] == 0
    assert row.measures["quote_verbatim"] is None  # nobody looked


def test_a_case_that_names_no_evidence_needs_no_citation() -> None:
    row = judged(replace(ANY, evidence=()), answer("It closes in May"))
    assert row.passed is True
    assert row.measures["gold_citation_recall"] is None
    assert row.measures["citation_recall"] == row.measures["citation_precision"] == 0  # ALCE: nothing is cited


def test_the_short_answer_is_what_is_matched_exactly() -> None:
    row = judged(ANY, replace(answer("The old quay will close in May."), short="In May!"))
    assert row.measures["exact_match"] == row.measures["answer_f1"] == 1
    row = judged(ANY, answer("The old quay will close in May."))
    assert row.measures["exact_match"] == 0


@pytest.mark.parametrize(
    ("outcome", "answerable", "crag", "squad2"),
    [
        ("answered", False, -1, 0),
        ("not_in_sources", False, 1, 1),
        ("failed", False, 0, 0),
        ("not_in_sources", True, 0, 0),
        ("failed", True, 0, 0),
    ],
)
def test_refusing_is_right_only_without_an_answer(outcome: str, answerable: bool, crag: int, squad2: int) -> None:
    case = ANY if answerable else Case("r", "Who sank it?", answerable=False)
    row = judged(case, Response(outcome, "Something.", confidence=0.5))  # type: ignore[arg-type]
    assert row.measures["crag_score"] == crag
    assert row.measures["squad2_exact"] == row.measures["squad2_f1"] == squad2
    assert row.passed is (crag == 1)


def test_a_system_that_only_retrieves_is_measured_by_that_alone() -> None:
    row = judged(ANY, Response("retrieved", passages=(OTHER, QUAY_PASSAGE)))
    assert row.passed is True
    assert row.rank == 2
    told = {name for name, value in row.measures.items() if value is not None}
    assert all(name.startswith(LEVELS) for name in told - {"passed"})
    assert judged(ANY, Response("retrieved", passages=(OTHER, QUAY_PASSAGE)), k=1).passed is False
    assert judged(Case("r", "q?", answerable=False), Response("retrieved", passages=(OTHER,))).passed is None


def test_a_crash_of_a_system_is_a_miss_in_every_ranking() -> None:
    row = judged(ANY, Response("failed", why="LookupError"))
    assert {row.measures[f"{level}_success@1"] for level in LEVELS} == {0}
    assert row.passed is False


@pytest.mark.parametrize("gold", ["Friday", "21 October 2022", "Friday 21 October 2022"])
def test_a_weekday_told_with_its_day_matches_either(gold: str) -> None:
    case = Case("d", "When did it open?", answers=(gold,))
    response = Response("answered", "It opened on Friday.", short="Friday (21 October 2022)")
    measures = judged(case, response).measures
    assert (measures["right"], measures["exact_match"], measures["exact_match_aware"]) == (1, 1, 1)
