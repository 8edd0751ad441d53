"""``nutgraf eval`` as a person types it: every command, on the seeds."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from eval.cases import GOLD_FILE, load_cases
from eval.feedback import feedback_on, record
from eval.gate import load_floors, save_floors
from index import build_index
from rag import Assistant
from ui.eval_cli import COMMANDS

Nutgraf = Callable[..., Any]

ENVOYS = "envoys-in-seoul.txt"


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """The first three and the last gold questions: the last one is not answerable."""
    lines = GOLD_FILE.read_text("utf-8").splitlines()
    path = tmp_path / "few.jsonl"
    path.write_text("\n".join([*lines[:3], lines[-1]]), "utf-8")
    return path


def words(text: str) -> str:
    return " ".join(text.split())


def test_run_shows_figures_writes_reports_and_keeps_the_run(seeds_store: Path, few: Path, nutgraf: Nutgraf) -> None:
    asked = ["eval", "--store", seeds_store, "--cases", few, "--show-failures"]
    ran = nutgraf(*asked, "--json", "r.json", "--report", "r.html", "--report", "r.md", "--out", "run")
    assert ran.status == 0
    shown = ran.out
    assert "answered_right" in shown
    assert "4 questions in" in words(shown)
    told = json.loads(Path("r.json").read_text("utf-8"))
    assert len(told["cases"]) == 4
    for row in told["cases"]:
        assert (f"{row['id']} {row['question']}" in words(shown)) is not row["passed"]
    assert Path("r.html").read_text("utf-8").startswith("<!doctype html>")
    assert "answered_right" in Path("r.md").read_text("utf-8")
    assert {path.name for path in Path("run").iterdir()} == {"run.json", "cases.jsonl", "responses.jsonl"}


def test_a_run_is_kept_without_being_told_and_can_be_listed(seeds_store: Path, few: Path, nutgraf: Nutgraf) -> None:
    ran = nutgraf("eval", "runs")
    assert ran.status == 0
    assert "No run was kept yet" in ran.out
    ran = nutgraf("eval", "run", "--store", seeds_store, "--cases", few)
    assert ran.status == 0
    [folder] = Path(".nutgraf-eval").iterdir()
    ran = nutgraf("eval", "runs")
    assert ran.status == 0
    assert folder.name in ran.out
    ran = nutgraf("eval", "runs", "--json")
    assert ran.status == 0
    [told] = json.loads(ran.out)
    assert (told["name"], told["system"], told["complete"]) == (folder.name, "nutgraf", True)


def test_a_run_is_not_overwritten_but_gone_on_with(seeds_store: Path, few: Path, nutgraf: Nutgraf) -> None:
    asked = ["eval", "--store", seeds_store, "--cases", few, "--out", "run"]
    ran = nutgraf(*asked)
    assert ran.status == 0
    kept = Path("run/responses.jsonl").read_bytes()
    ran = nutgraf(*asked)
    assert ran.status == 1
    assert "--resume" in ran.err
    Path("run/responses.jsonl").write_bytes(b"".join(kept.splitlines(keepends=True)[:2]))
    ran = nutgraf(*asked, "--resume")
    assert ran.status == 0
    assert len(Path("run/responses.jsonl").read_bytes().splitlines()) == 4
    ran = nutgraf(*asked, "--resume", "--set", "rag.k=3")
    assert ran.status == 1
    assert "rag.k is 3, was 8" in ran.err
    ran = nutgraf(*asked[:-2], "--resume")
    assert ran.status == 1
    assert "--out DIR" in ran.err


def test_floors_are_kept_and_stop_what_falls_below(
    seeds_store: Path, few: Path, tmp_path: Path, nutgraf: Nutgraf
) -> None:
    floors = tmp_path / "floors.json"
    asked = ["eval", "--store", seeds_store, "--cases", few, "--floors", floors]
    ran = nutgraf(*asked)
    assert ran.status == 1
    assert "floors.json: cannot be read" in ran.err
    ran = nutgraf(*asked, "--update-floors")
    assert ran.status == 0
    kept = load_floors(floors)
    save_floors(replace(kept, floors={**kept.floors, "quote_verbatim": 1.5}), floors)
    ran = nutgraf(*asked)
    assert ran.status == 1
    assert "quote_verbatim is 1.0000, its floor 1.500" in words(ran.out)
    ran = nutgraf(*asked, "--update-floors")
    assert ran.status == 1
    assert "--lower-floors --reason" in ran.err
    ran = nutgraf(*asked, "--update-floors", "--lower-floors", "--reason", "it was a slip")
    assert ran.status == 0
    assert [item.reason for item in load_floors(floors).lowered] == ["it was a slip"]


SYSTEM = """
def answer(question):
    if "fail" in question.lower():
        raise LookupError("no such thing")
    return {"answer": "They met on Tuesday [1].", "passages": [{"article": "2021-09-29-defence-dialogue.txt",
            "text": "agreed in Seoul on Tuesday to broaden cooperation"}], "confidence": 0.7}
"""


def test_another_system_is_measured_by_the_same_questions(few: Path, nutgraf: Nutgraf) -> None:
    Path("other_system.py").write_text(SYSTEM)
    failing = {"id": "f", "question": "Does it fail?", "answers": ["yes"]}
    few.write_text(f"{few.read_text('utf-8')}\n{json.dumps(failing)}\n", "utf-8")
    asked = ["eval", "--system", "other_system:answer", "--cases", few]
    ran = nutgraf(*asked, "--json", "r.json")
    assert ran.status == 0
    assert "f: LookupError: no such thing" in ran.err
    rows = {row["id"]: row for row in json.loads(Path("r.json").read_text("utf-8"))["cases"]}
    assert rows["s001"]["passed"] is True
    assert rows["s002"]["measures"]["paragraph_success@1"] == 1
    assert (rows["f"]["outcome"], rows["f"]["passed"]) == ("failed", False)
    ran = nutgraf("eval", "--system", "other_system:nothing", "--cases", few)
    assert ran.status == 1
    assert "other_system has no 'nothing'" in ran.err


def test_two_runs_are_compared_and_shown_on_one_page(seeds_store: Path, few: Path, nutgraf: Nutgraf) -> None:
    asked = ["eval", "--store", seeds_store, "--cases", few]
    ran = nutgraf(*asked, "--out", "runs/a")
    assert ran.status == 0
    ran = nutgraf(*asked, "--set", "rag.min_confidence=1", "--out", "runs/b")  # it refuses everything
    assert ran.status == 0
    ran = nutgraf("eval", "compare", "runs/a", "runs/b", "--json")
    assert ran.status == 0
    told = json.loads(ran.out)
    assert set(told["lost"]) | set(told["gained"]) <= {"s001", "s002", "s003", "s127", *(told["lost"])}
    measures = {measure["name"]: measure for measure in told["measures"]}
    assert measures["answered_right"]["mean_b"] == 0 < measures["answered_right"]["mean_a"]
    ran = nutgraf("eval", "compare", "a", "b", "--root", "runs", "--report", "both.html")
    assert ran.status == 0
    assert "answered_right" in ran.out
    ran = nutgraf("eval", "report", "a", "b", "--root", "runs", "--to", "page.html", "--to", "page.json")
    assert ran.status == 0
    for name in ("both.html", "page.html"):
        assert "answered_right" in Path(name).read_text("utf-8")
    ran = nutgraf("eval", "compare", "a", "c", "--root", "runs")
    assert ran.status == 1
    assert "there is no such run" in ran.err


@pytest.mark.parametrize(("form", "files"), [("trec", {"run.txt", "qrels.txt"}), ("csv", set()), ("ragas", set())])
def test_a_run_is_exported(nutgraf: Nutgraf, seeds_store: Path, few: Path, form: str, files: set[str]) -> None:
    ran = nutgraf("eval", "--store", seeds_store, "--cases", few, "--out", "run")
    assert ran.status == 0
    ran = nutgraf("eval", "export", "run", "--format", form, "--to", "out")
    assert ran.status == 0
    written = Path("out")
    assert ({path.name for path in written.iterdir()} if written.is_dir() else set()) == files
    assert written.is_dir() or written.stat().st_size > 100


def test_imported_questions_are_asked(nutgraf: Nutgraf) -> None:
    text = "The old quay of Brill will close in May. Ferries will leave from the new pier."
    row: dict[str, Any] = {"id": "q1", "title": "Brill", "context": text, "question": "When will the old quay close?"}
    Path("squad.jsonl").write_text(json.dumps({**row, "answers": ["in May"], "answer_start": [text.index("in May")]}))
    ran = nutgraf("eval", "import", "squad.jsonl", "--to", "squad")
    assert ran.status == 0
    assert "1 questions in squad/cases.jsonl" in ran.out
    files = ("--cases", "squad/cases.jsonl", "--articles", "squad/articles.jsonl")
    assert nutgraf("eval", *files, "--json", "r.json").status == 0
    assert json.loads(Path("r.json").read_text("utf-8"))["overall"]["answered_right"] == 1
    ran = nutgraf("eval", "import", "squad.jsonl", "--to", "squad")
    assert ran.status == 1
    assert "is there already" in ran.err
    ran = nutgraf("eval", "import", "nowhere.json", "--to", "x")
    assert ran.status == 1
    assert "there is no such file" in ran.err


def test_answers_that_come_along_are_a_run(nutgraf: Nutgraf) -> None:
    row = {"user_input": "When does the quay close?", "reference": "in May", "response": "It closes in May."}
    Path("table.jsonl").write_text(json.dumps({**row, "retrieved_contexts": ["The quay closes in May."]}) + "\n")
    ran = nutgraf("eval", "import", "table.jsonl", "--to", "t")
    assert ran.status == 0
    assert "nutgraf eval report t/run" in ran.out
    ran = nutgraf("eval", "report", "t/run", "--to", "r.json")
    assert ran.status == 0
    overall = json.loads(Path("r.json").read_text("utf-8"))["overall"]
    assert overall["answer_recall"] == overall["answer_success@1"] == 1


def test_drafts_are_kept_as_drafts_and_not_asked(seeds_store: Path, nutgraf: Nutgraf) -> None:
    article = next(path for path in (Path(__file__).parents[1] / "seeds").glob("*.txt") if path.name == ENVOYS)
    ran = nutgraf("eval", "new", article, "--to", "new.jsonl", "--store", seeds_store, "--limit", "3")
    assert ran.status == 0
    drafts = load_cases("new.jsonl")
    assert drafts
    assert all(case.draft and case.evidence[0].article for case in drafts)
    ran = nutgraf("eval", "--cases", "new.jsonl", "--store", seeds_store)
    assert ran.status == 1
    assert "drafts; confirm some" in ran.err
    ran = nutgraf("eval", "new", article, "--to", "new.jsonl", "--store", seeds_store, "--limit", "3")
    assert ran.status == 0
    assert load_cases("new.jsonl") == drafts  # the same questions are not added again
    ran = nutgraf("eval", "new", "nowhere.txt", "--to", "new.jsonl", "--store", seeds_store)
    assert ran.status == 1
    assert "neither in the store nor a file" in ran.err


def test_drafts_are_confirmed_on_a_terminal(tmp_path: Path) -> None:
    article = Path(__file__).parents[1] / "seeds" / ENVOYS
    command = [sys.executable, "-m", "ui", "eval", "new", str(article), "--to", "new.jsonl", "--limit", "4"]
    here, there = pty.openpty()
    with os.fdopen(here, "rb+", buffering=0) as terminal:
        child = subprocess.Popen(command, stdin=there, stdout=there, stderr=there, cwd=tmp_path, close_fds=True)
        os.close(there)
        terminal.write(b"e\nWhat is asked?\nthis | that\n\nq\n")
        shown = b""
        while chunk := _read(terminal):
            shown += chunk
        assert child.wait(60) == 0, shown.decode()
    cases = load_cases(tmp_path / "new.jsonl")
    assert [case.draft for case in cases] == [False] * len(cases)
    assert (cases[0].question, cases[0].answers) == ("What is asked?", ("this", "that"))
    assert len(cases) == 2


def _read(terminal: Any) -> bytes:
    """What the child wrote; nothing once it has closed its end, which Linux tells as an error."""
    try:
        return bytes(terminal.read(4096))
    except OSError:
        return b""


def test_an_answer_with_a_thumb_becomes_a_question(tmp_path_factory: pytest.TempPathFactory, nutgraf: Nutgraf) -> None:
    store = tmp_path_factory.mktemp("store")
    build_index(Path(__file__).parents[1] / "seeds", store=store)
    ran = nutgraf("eval", "add", "--store", store)
    assert ran.status == 0
    assert "No answer got a thumb yet" in ran.out
    with Assistant.open(store) as assistant:
        good = feedback_on(assistant.ask("Who received Sung Kim in Seoul?"), "up")
        bad = feedback_on(assistant.ask("How old is Sung Kim?"), "down", comment="they do not say")
    record(store, good)
    record(store, bad)
    ran = nutgraf("eval", "add", "--store", store)
    assert ran.status == 0
    listed = ran.out
    assert good.id in listed
    assert "they do not say" in listed
    ran = nutgraf("eval", "add", good.id, "--store", store, "--to", "mine.jsonl")
    assert ran.status == 0
    ran = nutgraf("eval", "add", bad.id, "--store", store, "--to", "mine.jsonl")
    assert ran.status == 1
    assert "thumb down" in ran.err
    ran = nutgraf("eval", "add", bad.id[:6], "--store", store, "--to", "mine.jsonl", "--unanswerable")
    assert ran.status == 0
    answered, refused = load_cases("mine.jsonl")
    assert answered.evidence[0].article.endswith(".txt")
    assert (refused.question, refused.answerable) == ("How old is Sung Kim?", False)
    ran = nutgraf("eval", "add", "nothing", "--store", store, "--to", "mine.jsonl")
    assert ran.status == 1
    assert "there is no answer with this id" in ran.err
    ran = nutgraf("eval", "--cases", "mine.jsonl", "--store", store)
    assert ran.status == 0


def test_mistakes_are_one_line(tmp_path: Path, nutgraf: Nutgraf) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text("{}\n")
    ran = nutgraf("eval", "--cases", bad)
    assert ran.status == 1
    told = ran
    assert told.err.startswith(f"error: {bad}:1: ")
    assert told.err.count("\n") == 1
    assert told.out == ""
    for wrong in (["--k", "0"], ["--timeout", "-1"], ["--price", "cheap"], ["nonsense"]):
        ran = nutgraf("eval", *wrong)
        assert ran.status == 2
    ran = nutgraf("eval", "--set", "rag.k", "--cases", GOLD_FILE)
    assert ran.status == 1
    assert "write NAME=VALUE" in ran.err


def test_mistakes_are_told_before_anything_is_asked(
    nutgraf: Nutgraf, seeds_store: Path, few: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    asked = ("eval", "--store", seeds_store, "--cases", few, "--out", "run")
    for wrong in (["--judge", "bogus"], ["--judge", "openai:gpt-4o-mini"], ["--report", "r.pdf"], ["--lower-floors"]):
        assert nutgraf(*asked, *wrong).one_error
        assert not Path("run").exists()


def test_a_run_of_errors_alone_is_a_failure_and_a_miss_in_everything(nutgraf: Nutgraf, few: Path) -> None:
    Path("dead_system.py").write_text("def answer(question):\n    raise OSError('gone')\n")
    ran = nutgraf("eval", "--system", "dead_system:answer", "--cases", few, "--json", "r.json")
    assert ran.status == 1
    overall = json.loads(Path("r.json").read_text("utf-8"))["overall"]
    assert overall["paragraph_ndcg@10"] == overall["answer_success@1"] == overall["passed"] == 0


def test_a_run_that_was_cut_off_says_so(nutgraf: Nutgraf, seeds_store: Path, few: Path) -> None:
    assert nutgraf("eval", "--store", seeds_store, "--cases", few, "--out", "run").status == 0
    kept = Path("run/responses.jsonl").read_bytes().splitlines(keepends=True)
    Path("run/responses.jsonl").write_bytes(kept[0])
    assert nutgraf("eval", "report", "run", "--to", "r.md").status == 0
    assert "3 more were not asked" in Path("r.md").read_text("utf-8")


def test_a_measure_that_is_none_is_not_compared(nutgraf: Nutgraf, seeds_store: Path, few: Path) -> None:
    assert nutgraf("eval", "--store", seeds_store, "--cases", few, "--out", "run").status == 0
    ran = nutgraf("eval", "compare", "run", "run", "--measure", "nosuch")
    assert ran.one_error.startswith("nosuch: is no measure of single questions; known are ")


def test_help_names_every_command(nutgraf: Nutgraf) -> None:
    ran = nutgraf("eval", "--help")
    assert ran.status == 0
    shown = ran.out
    assert all(f"  {command} " in shown for command in COMMANDS)
    for command in COMMANDS:
        ran = nutgraf("eval", command, "--help")
        assert ran.status == 0
