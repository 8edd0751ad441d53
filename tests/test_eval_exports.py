"""Results to other people's files: TREC, RAGAS, a table for spreadsheets."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import ir_measures
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ir_measures import AP, RR, R, Success, nDCG

from eval.cases import Case, Evidence
from eval.errors import EvalError
from eval.formats import detect, export_csv, export_ragas, export_trec, read
from eval.formats.exports import NOT_ANSWERABLE
from eval.judge import LEVELS, CaseResult, Level, judge
from eval.measures import checked_support
from eval.schema import Cited, Found, Record, Response, Statement

steady = settings(deadline=None, derandomize=True)

PIER = (
    "The pier of Brell was built in 1871 by Anna Holt. A storm carried it off in 1931. "
    "The town council voted to rebuild it, at a cost of four million crowns."
)
FERRY = "A ferry links Brell with the island of Ost. It sails twice a day from April to October."
LIGHT = "The lighthouse of Ost is 41 metres tall. Its lamp was lit for the first time on 3 May 1902."


def result(case: Case, response: Response) -> CaseResult:
    return judge(case, Record(case.id, response, 12.5), checked_support())


@pytest.fixture
def results() -> list[CaseResult]:
    """Cases with graded, several, unfound and doubled evidence, names with spaces, and a failure."""
    pier, light = "https://post.test/the pier", "coast/light £"
    both = Case(
        "two needs",
        "Who built the pier, and how tall is the lighthouse?",
        must=(("Anna Holt",), ("41 metres", "41 m")),
        evidence=(
            Evidence(pier, "The pier of Brell was built in 1871 by Anna Holt.", grade=1),
            Evidence(light, "The lighthouse of Ost is 41 metres tall.", grade=3),
        ),
        tags=("a", "b"),
    )
    one = Case("=1+1", "Who built it?", answers=("Holt", "Anna Holt"), evidence=(Evidence(pier, "by Anna Holt"),))
    found = (
        Found("x y", FERRY),
        Found(pier, FERRY),
        Found("x y", FERRY),
        Found(light, f"{PIER} {LIGHT}"),
        Found("", PIER),
    )
    said = Response(
        "answered",
        text="Anna Holt built the pier.",
        statements=(Statement("Anna Holt built the pier.", (0,)),),
        citations=(Cited(pier, PIER),),
        passages=found,
        confidence=0.75,
    )
    return [
        result(both, said),
        result(one, replace(said, text="-2 crowns", passages=tuple(reversed(found)))),
        result(replace(one, id="failed"), Response("failed", why="took too long")),
        result(
            Case("open", "Who won?", answerable=False, type="unanswerable"), Response("not_in_sources", text="Unknown")
        ),
        result(Case("retrieval", "piers", evidence=(Evidence(pier), Evidence("coast/none", grade=2))), said),
    ]


def assert_same_figures(results: Sequence[CaseResult], folder: Path, level: Level) -> None:
    """Every ranking measure of every case is, to 1e-9, what ir-measures makes of the exported files."""
    run_file, qrels_file = export_trec(results, folder, level)
    qrels = list(ir_measures.read_trec_qrels(str(qrels_file)))  # type: ignore[no-untyped-call]
    run = list(ir_measures.read_trec_run(str(run_file)))  # type: ignore[no-untyped-call]
    measures = {"mrr": RR, "recall": R, "success": Success, "ndcg": nDCG, "map": AP}
    theirs = {f"{level}_{name}@10": measure @ 10 for name, measure in measures.items()}
    theirs |= {f"{level}_recall@5": R @ 5, f"{level}_success@1": Success @ 1}
    figures = ir_measures.iter_calc(list(theirs.values()), qrels, run)
    told = {(figure.query_id, figure.measure): figure.value for figure in figures}
    ranked = [row for row in results if level in row.rankings]
    assert len(told) == len(ranked) * len(theirs) > 0
    for row in ranked:
        for name, measure in theirs.items():
            assert row.measures[name] == pytest.approx(told[row.id.replace(" ", "%20"), measure], abs=1e-9)


@pytest.mark.parametrize("level", LEVELS)
def test_trec_files_give_our_figures_in_ir_measures(level: Level, results: list[CaseResult], tmp_path: Path) -> None:
    assert_same_figures(results, tmp_path / "trec", level)


NAMES = ["a", "b c", "%", "%25", "é", "https://post.test/?x=1&y=2", "\u2028", "x\ty", *map(str, range(6))]


@steady
@given(
    st.lists(st.permutations(NAMES), min_size=1, max_size=3),
    st.dictionaries(st.sampled_from([*NAMES, "unfound"]), st.integers(1, 3), min_size=1),
)
def test_trec_files_of_any_ranking_give_our_figures(orders: list[list[str]], graded: dict[str, int]) -> None:
    evidence = tuple(Evidence(article, grade=grade) for article, grade in graded.items())
    rows = [
        result(
            Case(f"q {number}", "?", evidence=evidence),
            Response("retrieved", passages=tuple(Found(name, f"text {name}") for name in order)),
        )
        for number, order in enumerate(orders)
    ]
    assert_same_figures(rows, Path(), "article")


def test_trec_lines_have_six_and_four_parts_and_strictly_falling_scores(
    results: list[CaseResult], tmp_path: Path
) -> None:
    run, qrels = export_trec(results, tmp_path, "paragraph")
    places = [line.split(" ") for line in run.read_text().splitlines()]
    assert {len(place) for place in places} == {6}
    assert all(part and not any(map(str.isspace, part)) for place in places for part in place)
    for before, after in pairwise(places):
        if before[0] == after[0]:
            assert float(before[4]) > float(after[4])
            assert int(before[3]) + 1 == int(after[3])
    assert len({(place[0], place[2]) for place in places}) == len(places)
    judged = {line.split(" ")[0] for line in qrels.read_text().splitlines()}
    assert judged == {"two%20needs", "=1+1", "failed"}


def test_level_without_rankings_is_told(results: list[CaseResult], tmp_path: Path) -> None:
    with pytest.raises(EvalError, match="no case says what is to be found at the level 'answer'"):
        export_trec(results[3:], tmp_path, "answer")


class Articles:
    """A corpus of one article."""

    def text(self, article: str) -> str | None:
        return PIER if article == "https://post.test/the pier" else None

    def paragraph(self, article: str, number: int) -> str | None:
        return FERRY if number == 1 else None


def test_ragas_table_has_the_fields_of_single_turns(results: list[CaseResult], tmp_path: Path) -> None:
    path = export_ragas(results, tmp_path / "ragas.jsonl")
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert rows[0] == {
        "user_input": "Who built the pier, and how tall is the lighthouse?",
        "response": "Anna Holt built the pier.",
        "retrieved_contexts": [found.text for found in results[0].response.passages],
        "reference": "Anna Holt; 41 metres",
        "reference_contexts": [item.quote for item in results[0].evidence],
    }
    assert rows[2]["retrieved_contexts"] == []
    assert (rows[3]["reference"], rows[3]["response"]) == (NOT_ANSWERABLE, "Unknown")
    assert rows[4].keys() == {"user_input", "response", "retrieved_contexts"}
    with_articles = export_ragas(results[4:], path, Articles()).read_text()
    assert json.loads(with_articles)["reference_contexts"] == [PIER]


def test_ragas_table_comes_back_as_it_went(results: list[CaseResult], tmp_path: Path) -> None:
    path = export_ragas(results[:3], tmp_path / "ragas.jsonl")
    assert detect(path) == "ragas"
    imported = read("ragas", path)
    assert [case.question for case in imported.cases] == [row.question for row in results[:3]]
    said = [imported.responses.get(case.id, Response("failed")) for case in imported.cases]
    assert [response.text for response in said] == [row.response.text for row in results[:3]]


def test_table_has_a_row_a_case_and_all_measures(results: list[CaseResult], tmp_path: Path) -> None:
    content = export_csv(results, tmp_path / "table.csv").read_bytes()
    assert content.count(b"\r\n") == len(results) + 1
    rows = list(csv.DictReader(io.StringIO(content.decode(), newline="")))
    assert [row["id"] for row in rows] == ["two needs", "'=1+1", "failed", "open", "retrieval"]
    assert rows[0].keys() >= set(results[0].measures)
    assert (rows[0]["tags"], rows[0]["expected"], rows[0]["confidence"]) == (
        "a; b",
        "Anna Holt & 41 metres | 41 m",
        "0.75",
    )
    assert (rows[1]["answer"], rows[3]["answerable"], rows[2]["why"]) == ("'-2 crowns", "false", "took too long")
    for row, ours in zip(rows, results, strict=True):
        for name, value in ours.measures.items():
            assert (float(row[name]) if row[name] else None) == value


@steady
@given(st.text(alphabet="=+-@\t\r\n1.,%x\"' ＝", min_size=1, max_size=8))
def test_no_text_of_a_table_is_a_formula(text: str) -> None:
    rows = [result(Case("1", text, answerable=False), Response("not_in_sources", text=text))]
    table = list(csv.reader(io.StringIO(export_csv(rows, "table.csv").read_bytes().decode(), newline="")))
    cell = table[1][1]
    assert cell in (text, f"'{text}")
    if cell[0] in "=+-@\t\r\n＝":
        assert set(cell[1:]) <= set("1.,%")
        assert "1" in cell
