"""The real program on the real seeds and gold questions: the floors hold, and the command line tells what it should."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from eval.__main__ import main
from eval.cases import GOLD_FILE, Case, default_cases, file_sha256, folder_sha256, seeds_folder
from eval.errors import EvalError
from eval.gate import NO_FLOORS, check, load_floors, save_floors, updated
from eval.results import CaseResult, EvalResult
from eval.run import articles_sha256, run_eval
from index import StoreMissingError, build_index
from rag import Answer, Assistant

CASES = default_cases()


@pytest.fixture(scope="module")
def assistant(seeds_store: Path) -> Iterator[Assistant]:
    with Assistant.open(seeds_store) as opened:
        yield opened


@pytest.fixture(scope="module")
def result(assistant: Assistant) -> EvalResult:
    return run_eval(assistant, CASES, cases_sha256=file_sha256(GOLD_FILE), corpus_sha256=folder_sha256(seeds_folder()))


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """The first three and the last gold questions: the last one is not answerable."""
    lines = GOLD_FILE.read_text("utf-8").splitlines()
    path = tmp_path / "few.jsonl"
    path.write_text("\n".join([*lines[:3], lines[-1]]), "utf-8")
    return path


def untimed(row: CaseResult) -> CaseResult:
    return replace(row, latency_ms=0.0)


def test_the_floors_hold(result: EvalResult) -> None:
    assert check(result, load_floors()) == []


def test_every_case_has_its_row_in_order_and_none_crashed(result: EvalResult) -> None:
    assert [row.id for row in result.rows] == [case.id for case in CASES]
    assert [row.why for row in result.rows if row.outcome == "failed"] == []


def test_every_quote_is_what_its_article_says(result: EvalResult) -> None:
    assert sum(row.citations for row in result.rows) > 0
    assert result.overall["quote_verbatim"] == 1


def test_the_same_questions_give_the_same_rows(assistant: Assistant, result: EvalResult) -> None:
    again = run_eval(assistant, CASES[:10])
    assert list(map(untimed, again.rows)) == list(map(untimed, result.rows[:10]))


def test_types_share_out_the_cases(result: EvalResult) -> None:
    assert sum(count for count, _ in result.by_type.values()) == len(CASES)
    assert result.by_type["false_premise"][1]["answered_right"] is None
    assert result.by_type["who"][1]["abstention_recall"] is None


def test_the_result_says_what_was_measured_with_what(result: EvalResult) -> None:
    told: dict[str, Any] = json.loads(json.dumps(result.to_dict()))
    assert told["overall"].keys() == result.overall.keys()
    assert told["cases_sha256"] == file_sha256(GOLD_FILE)
    assert told["answerer"] == "extractive"
    assert len(told["settings_fingerprint"]) == 12
    assert told["versions"]["python"].startswith("3.")
    assert told["cpus"] >= 1
    assert 0 < told["latency_ms"]["p50"] <= told["latency_ms"]["p95"]
    first = told["cases"][0]
    assert (first["id"], first["question"]) == (CASES[0].id, CASES[0].question)
    assert {"outcome", "text", "confidence", "right", "cited", "rank", "latency_ms", "passed"} <= first.keys()


class Listening:
    """The real assistant, and what it was asked."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant = assistant
        self.index = assistant.index
        self.asked: list[tuple[object, ...]] = []

    def ask(self, question: str, *, history: Sequence[tuple[str, str]], as_of: date | None, k: int | None) -> Answer:
        self.asked.append((question, history, as_of, k))
        return self.assistant.ask(question, history=history, as_of=as_of, k=k)


def test_history_day_and_k_are_passed_on(assistant: Assistant) -> None:
    turns = (("Who is Sung Kim?", "The envoy of the United States."),)
    case = replace(CASES[0], history=turns, as_of=date(2021, 9, 30))
    system = Listening(assistant)
    [row] = run_eval(system, [case], k=2).rows
    assert system.asked == [(case.question, turns, date(2021, 9, 30), 2)]
    assert len(row.hits) <= 2


def test_a_question_that_cannot_be_asked_is_a_miss(assistant: Assistant) -> None:
    too_long = Case("long", "why " * 2_000, "unanswerable", answerable=False)
    result = run_eval(assistant, [too_long, CASES[0]])
    assert [row.outcome == "failed" for row in result.rows] == [True, False]
    assert "characters" in result.failures[0].why


def test_a_store_can_be_given_by_its_path(seeds_store: Path, result: EvalResult) -> None:
    heard: list[CaseResult] = []
    again = run_eval(seeds_store, CASES[:2], on_case=heard.append)
    assert list(map(untimed, again.rows)) == list(map(untimed, result.rows[:2]))
    assert tuple(heard) == again.rows


def test_no_cases_and_no_store_are_errors(assistant: Assistant, tmp_path: Path) -> None:
    with pytest.raises(EvalError, match="no cases"):
        run_eval(assistant, [])
    with pytest.raises(StoreMissingError):
        run_eval(tmp_path / "nowhere", CASES)


def test_the_sum_of_a_store_follows_its_texts(assistant: Assistant, tmp_path: Path) -> None:
    article = sorted(seeds_folder().glob("*.txt"))[0]
    build_index(article, store=tmp_path / "other")
    with Assistant.open(tmp_path / "other") as other:
        assert articles_sha256(other.index) != articles_sha256(assistant.index) == articles_sha256(assistant.index)


def test_the_command_shows_figures_and_writes_json(
    seeds_store: Path, few: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written = tmp_path / "result.json"
    assert main(["--store", str(seeds_store), "--cases", str(few), "--json", str(written), "--show-failures"]) == 0
    shown = capsys.readouterr().out
    assert "answered_right" in shown
    assert "4 questions in" in shown
    told = json.loads(written.read_text("utf-8"))
    assert len(told["cases"]) == 4
    for row in told["cases"]:
        assert (f"{row['id']} {row['question']}" in " ".join(shown.split())) is not row["passed"]


def test_the_command_keeps_floors_and_stops_below_them(
    seeds_store: Path, few: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    floors = tmp_path / "floors.json"
    asked = ["--store", str(seeds_store), "--cases", str(few), "--floors", str(floors)]
    assert main(asked) == 2
    assert "floors.json: cannot be read" in capsys.readouterr().err
    assert main([*asked, "--update-floors"]) == 0
    kept = load_floors(floors)
    save_floors(replace(kept, floors={**kept.floors, "quote_verbatim": 1.5}), floors)
    capsys.readouterr()
    assert main(asked) == 1
    assert "floor: quote_verbatim is 1.0000, its floor 1.500" in " ".join(capsys.readouterr().out.split())
    assert main([*asked, "--update-floors"]) == 2
    assert "--lower-floors --reason" in capsys.readouterr().err
    assert main([*asked, "--update-floors", "--lower-floors", "--reason", "it was a slip"]) == 0
    assert [item.reason for item in load_floors(floors).lowered] == ["it was a slip"]


def test_the_command_tells_mistakes_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text("{}\n")
    assert main(["--cases", str(bad)]) == 2
    told = capsys.readouterr()
    assert told.err.startswith(f"nutgraf eval: {bad}:1: ")
    assert told.err.count("\n") == 1
    assert told.out == ""
    with pytest.raises(SystemExit):
        main(["--k", "0"])


def test_floors_of_the_default_run_are_on_the_shipped_files(result: EvalResult) -> None:
    floors = load_floors()
    assert floors.cases_sha256 == file_sha256(GOLD_FILE)
    assert floors.corpus_sha256 == folder_sha256(seeds_folder())
    assert floors.floors.keys() == updated(NO_FLOORS, result).floors.keys()


def test_help_needs_nothing_heavy() -> None:
    code = "import sys, eval.__main__; print(*sorted({'torch', 'faiss', 'numpy', 'langchain_core'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
