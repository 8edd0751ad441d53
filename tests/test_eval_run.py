"""The real program on the real seeds and gold questions: the floors hold, and the run says what was measured."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import ir_measures
import pytest
from ir_measures import AP, RR, R, Success, nDCG

from eval.cases import Case, default_cases, seeds_folder
from eval.errors import EvalError
from eval.formats import export_trec
from eval.gate import NO_FLOORS, check, load_floors, updated
from eval.judge import LEVELS, CaseResult, Level
from eval.results import EvalResult
from eval.run import load_result, run_eval
from eval.schema import Record, Response
from index import StoreMissingError, build_index
from rag import Assistant, RagSettings

CASES = default_cases()


@pytest.fixture(scope="module")
def assistant(seeds_store: Path) -> Iterator[Assistant]:
    with Assistant.open(seeds_store) as opened:
        yield opened


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs") / "gold"


@pytest.fixture(scope="module")
def result(assistant: Assistant, folder: Path) -> EvalResult:
    return run_eval(assistant, CASES, folder=folder)


def untimed(row: CaseResult) -> CaseResult:
    return replace(row, latency_ms=0.0, response=replace(row.response, latency_ms=None))


def test_the_floors_hold(result: EvalResult) -> None:
    floors = load_floors()
    measured = replace(result, info=replace(result.info, cases_sha256=floors.cases_sha256))
    assert check(measured, floors) == []
    assert floors.floors.keys() == updated(NO_FLOORS, result).floors.keys()


def test_every_case_has_its_row_in_order_and_none_crashed(result: EvalResult) -> None:
    assert [row.id for row in result.rows] == [case.id for case in CASES]
    assert [row.response.why for row in result.rows if row.outcome == "failed"] == []


def test_every_quote_is_what_its_article_says(result: EvalResult) -> None:
    quotes = [cited.verbatim for row in result.rows for cited in row.response.citations]
    assert set(quotes) == {True}
    assert result.overall["quote_verbatim"] == 1


def test_what_is_quoted_supports_itself(result: EvalResult) -> None:
    """The extractive reader says what it cites, so the deterministic judge must find every statement supported.

    Other places that give the same short answer are cited too; now and then one says less than the sentence.
    """
    assert result.overall["citation_recall"] == 1
    assert result.overall["citation_precision"] >= 0.98


def test_the_same_questions_give_the_same_rows(assistant: Assistant, result: EvalResult) -> None:
    again = run_eval(assistant, CASES[:10], jobs=2)
    assert list(map(untimed, again.rows)) == list(map(untimed, result.rows[:10]))


def test_a_kept_run_has_the_same_figures(result: EvalResult, folder: Path) -> None:
    kept = load_result(folder)
    assert kept.rows == result.rows
    assert kept.overall == result.overall
    assert kept.info == result.info


def test_types_share_out_the_cases(result: EvalResult) -> None:
    assert sum(count for count, _ in result.by_type.values()) == len(CASES)
    assert result.by_type["false_premise"][1]["answered_right"] is None
    assert result.by_type["who"][1]["abstention_recall"] is None


@pytest.mark.parametrize("level", LEVELS)
def test_ir_measures_gives_our_figures_over_the_exported_run(result: EvalResult, level: Level, tmp_path: Path) -> None:
    run, qrels = export_trec(result.rows, tmp_path, level)
    theirs = ir_measures.calc_aggregate(
        [Success @ 1, Success @ 5, R @ 5, R @ 10, RR @ 10, nDCG @ 10, AP @ 10],
        list(ir_measures.read_trec_qrels(str(qrels))),
        list(ir_measures.read_trec_run(str(run))),
    )
    ours = result.overall
    assert {
        Success @ 1: ours[f"{level}_success@1"],
        Success @ 5: ours[f"{level}_success@5"],
        R @ 5: ours[f"{level}_recall@5"],
        R @ 10: ours[f"{level}_recall@10"],
        RR @ 10: ours[f"{level}_mrr@10"],
        nDCG @ 10: ours[f"{level}_ndcg@10"],
        AP @ 10: ours[f"{level}_map@10"],
    } == pytest.approx(theirs, abs=1e-9)


def test_the_result_says_what_was_measured_with_what(result: EvalResult) -> None:
    told: dict[str, Any] = json.loads(json.dumps(result.to_dict()))
    assert told["overall"].keys() == result.overall.keys()
    assert told["description"]["settings"]["rag.k"] == 8
    assert len(told["description"]["settings_fingerprint"]) == len(told["description"]["index_fingerprint"]) == 12
    assert len(told["cases_sha256"]) == len(told["corpus_sha256"]) == 64
    assert told["versions"]["python"].startswith("3.")
    assert told["cpus"] >= 1
    assert 0 < told["latency_ms"]["p50"] <= told["latency_ms"]["p95"] <= told["latency_ms"]["p99"]
    first = told["cases"][0]
    assert (first["id"], first["question"]) == (CASES[0].id, CASES[0].question)
    assert {"outcome", "text", "confidence", "measures", "rank", "latency_ms", "passed"} <= first.keys()


def test_curves_end_where_the_figures_are(result: EvalResult) -> None:
    answered = [row for row in result.rows if row.outcome == "answered"]
    coverage, risk = result.risk_coverage[-1]
    assert coverage == pytest.approx(len(answered) / len(CASES))
    assert risk == pytest.approx(sum(not (row.answerable and row.right) for row in answered) / len(answered))
    assert sum(one.count for one in result.reliability) == len(answered)
    for level in LEVELS:
        assert result.recall_curve(level)[-1] == pytest.approx(result.overall[f"{level}_recall@10"])


def test_rankings_reach_deeper_than_the_answer_looked(seeds_store: Path, result: EvalResult) -> None:
    with Assistant.open(seeds_store, settings=RagSettings(k=2)) as narrow:
        rows = run_eval(narrow, CASES[:3], depth=5).rows
    for row, wide in zip(rows, result.rows, strict=False):
        assert row.response.passages == wide.response.passages[:5]


def test_history_and_day_are_passed_on(assistant: Assistant) -> None:
    turns = (("Who is Sung Kim?", "The envoy of the United States."),)
    asked = replace(CASES[0], history=turns, as_of=date(2000, 1, 1))
    [row] = run_eval(assistant, [asked]).rows
    dated = [found for found in row.response.passages if found.article.endswith("2021-09-29-defence-dialogue.txt")]
    assert dated == []  # it was not written yet


def test_a_question_that_cannot_be_asked_is_a_miss(assistant: Assistant) -> None:
    too_long = Case("long", "why " * 2_000, answerable=False)
    result = run_eval(assistant, [too_long, CASES[0]])
    assert [row.outcome == "failed" for row in result.rows] == [True, False]
    assert "characters" in result.failures[0].response.why


def test_a_store_can_be_given_by_its_path(seeds_store: Path, result: EvalResult) -> None:
    heard: list[Record] = []
    again = run_eval(seeds_store, CASES[:2], on_record=heard.append)
    assert list(map(untimed, again.rows)) == list(map(untimed, result.rows[:2]))
    assert [record.case for record in heard] == [case.id for case in CASES[:2]]


def test_no_cases_and_no_store_are_errors(assistant: Assistant, tmp_path: Path) -> None:
    with pytest.raises(EvalError, match="no cases"):
        run_eval(assistant, [])
    with pytest.raises(StoreMissingError):
        run_eval(tmp_path / "nowhere", CASES)


def test_the_sum_of_the_articles_follows_their_texts(result: EvalResult, tmp_path: Path) -> None:
    build_index(sorted(seeds_folder().glob("*.txt"))[0], store=tmp_path / "one")
    build_index(seeds_folder(), store=tmp_path / "both")
    one, both = (run_eval(tmp_path / name, CASES[:1]).info for name in ("one", "both"))
    assert one.corpus_sha256 != both.corpus_sha256 == result.info.corpus_sha256


def test_prices_make_a_cost(assistant: Assistant) -> None:
    from eval.run import judged
    from eval.runner import run_cases
    from eval.systems import as_system

    def spends(question: str) -> dict[str, object]:
        return {"answer": "in May", "tokens_in": 1_000, "tokens_out": 200}

    result = judged(run_cases(as_system(spends), CASES[:2], prices=(2.0, 5.0)))
    assert result.tokens == {"in": 2_000, "out": 400, "cost": pytest.approx(2 * (0.002 + 0.001))}
    assert judged(run_cases(as_system(spends), CASES[:2])).tokens["cost"] is None


def test_what_a_system_does_not_tell_is_not_measured() -> None:
    result = run_eval(lambda question: "It closes in May.", [Case("c", "When?", answers=("in May",))])
    told = {name for name, value in result.overall.items() if value is not None}
    assert {"answer_recall", "answer_f1", "passed"} <= told
    assert result.overall["passed"] == 1  # it cites nothing, so the right answer is enough
    assert not any(name.startswith(LEVELS) for name in told - {"answer_recall"} if "@" in name)
    assert told.isdisjoint({"auroc", "ece", "brier", "quote_verbatim", "citation_recall", "answered_right"})


def test_passages_without_a_name_are_not_measured_by_article() -> None:
    case = Case("c", "When?", answers=("in May",))
    result = run_eval(lambda question: Response("retrieved"), [case])
    assert {value for name, value in result.overall.items() if "@" in name} == {None}


def test_the_module_writes_json(seeds_store: Path, tmp_path: Path) -> None:
    cases = tmp_path / "cases.jsonl"
    cases.write_text('{"id": "1", "question": "Who met in Seoul?", "answers": ["the defence chiefs"]}\n')
    command = [sys.executable, "-m", "eval", str(cases), "--store", str(seeds_store)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert [row["id"] for row in json.loads(done.stdout)["cases"]] == ["1"]
    cases.write_text("{}\n")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"error: {cases}:1: 'id' must be a text that is not empty\n"


def test_importing_needs_nothing_heavy() -> None:
    modules = "eval, eval.cases, eval.gate, eval.comparison, eval.runs, eval.runner, eval.formats, ui.cli, ui.eval_cli"
    heavy = {"torch", "faiss", "numpy", "langchain_core", "apsw", "rich", "gradio"}
    code = f"import sys, {modules}; print(*sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
