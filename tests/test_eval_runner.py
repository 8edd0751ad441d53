"""Runs: what is asked, in which order it is kept, what counts as a miss, and going on after a crash."""

from __future__ import annotations

import fcntl
import json
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from eval.cases import Case, Evidence, default_cases, dump_cases, load_cases, seeds_folder
from eval.errors import CasesError, EvalError
from eval.runner import choose, resolve, run_cases
from eval.runs import RunInfo, find_run, list_runs, load_info, load_run, new_folder
from eval.schema import Cited, Description, Found, Question, Record, Response, Statement
from eval.systems import as_system, open_system, read_corpus
from rag import Assistant


def cases(number: int) -> list[Case]:
    return [Case(f"c{place}", f"question {place}", answers=("x",)) for place in range(number)]


def echo(question: str) -> str:
    return f"Answer to {question}."


class Own:
    """A system whose responses a test makes."""

    corpus = None

    def __init__(self, ask: Callable[[Question], object], name: str = "own", **settings: object) -> None:
        self.name = name
        self.settings = settings
        self._ask = ask

    def ask(self, question: Question) -> Response:
        return self._ask(question)  # type: ignore[return-value]

    def describe(self) -> Description:
        return Description(self.settings, "5e7", "1dx", "c0", {"python": "3"})

    def close(self) -> None:
        pass


def untimed(records: tuple[Record, ...]) -> list[Record]:
    return [replace(r, latency_ms=0.0, response=replace(r.response, latency_ms=None)) for r in records]


# -- asking


@pytest.mark.parametrize("jobs", [1, 4])
def test_records_come_in_the_order_of_the_cases(jobs: int) -> None:
    turn = threading.Semaphore(0)

    def ask(question: str) -> str:
        if question.endswith("0") and jobs > 1:
            turn.acquire()  # the first question is answered once the last has been begun
        elif question.endswith("9"):
            turn.release()
        return echo(question)

    heard: list[Record] = []
    run = run_cases(as_system(ask), cases(10), jobs=jobs, on_record=heard.append)
    assert [record.case for record in run.records] == [case.id for case in run.cases]
    assert [record.response.text for record in run.records] == [f"Answer to question {n}." for n in range(10)]
    assert sorted(heard, key=lambda record: record.case) == list(run.records)
    came = [record.case for record in heard].index("c0")
    assert came >= 6 if jobs > 1 else came == 0  # three others at a time: six were answered before the last began
    assert (run.info.complete, run.info.jobs, run.folder) == (True, jobs, None)


def test_the_question_is_handed_on_whole() -> None:
    seen: list[Question] = []

    def ask(question: Question) -> Response:
        seen.append(question)
        return Response("not_in_sources")

    case = Case("a", "And now?", answerable=False, history=(("a", "b"),), as_of=date(2021, 9, 30))
    run_cases(Own(ask), [case], depth=7)
    assert seen == [Question("And now?", (("a", "b"),), date(2021, 9, 30), 7)]


def test_the_same_store_gives_the_same_rows(seeds_store: Path) -> None:
    with Assistant.open(seeds_store) as assistant:
        first = run_cases(as_system(assistant), default_cases(), sample=6, seed=3)
        second = run_cases(as_system(assistant), default_cases(), sample=6, seed=3, jobs=2)
    assert untimed(first.records) == untimed(second.records)
    assert [record.response.outcome for record in first.records].count("failed") == 0
    assert first.info.corpus_sha256 == read_corpus(seeds_folder()).sha256()


def raising(error: BaseException) -> Callable[[str], str]:
    def ask(question: str) -> str:
        if question.endswith("1"):
            raise error
        return echo(question)

    return ask


class OddError(Exception):
    def __str__(self) -> str:
        raise ValueError("no words")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ValueError("first line\nsecond"), "ValueError: first line"),
        (KeyError("x"), "KeyError: 'x'"),
        (EvalError("it broke"), "EvalError: it broke"),
        (SystemExit(3), "SystemExit: 3"),
        (GeneratorExit(), "GeneratorExit"),
        (MemoryError(), "MemoryError"),
        (ValueError("half a pair \ud83d"), "ValueError: half a pair ?"),
        (OddError(), "OddError: <exception str() failed>"),
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize("jobs", [1, 2])
def test_whatever_a_system_raises_is_a_miss(error: BaseException, told: str, jobs: int) -> None:
    run = run_cases(as_system(raising(error)), cases(3), jobs=jobs)
    assert [record.response.outcome for record in run.records] == ["answered", "failed", "answered"]
    assert run.records[1].response.why == told
    assert run.records[1].latency_ms >= 0


@pytest.mark.parametrize(
    ("response", "told"),
    [
        ("text", "TypeError: the system gave 'str' instead of"),
        (Response("maybe"), "ValueError: the outcome is 'maybe'"),  # type: ignore[arg-type]
        (Response("answered", 7), "TypeError: the text of the answer is 'int'"),  # type: ignore[arg-type]
        (Response("answered", confidence=87), "ValueError: the confidence is 87; it is from 0 to 1"),
        (Response("answered", confidence=float("nan")), "ValueError: the confidence is nan"),
        (Response("answered", cost=float("inf")), "ValueError: Out of range float values"),
        (Response("answered", statements=(Statement("x", (0,)),)), "ValueError: a statement cites"),
        (Response("answered", passages=(object(),)), "TypeError"),  # type: ignore[arg-type]
    ],
)
def test_a_response_that_is_none_is_a_miss(response: object, told: str) -> None:
    (record,) = run_cases(Own(lambda question: response), cases(1)).records
    assert record.response.outcome == "failed"
    assert record.response.why.startswith(told)


def test_a_system_that_hangs_is_left_behind() -> None:
    never = threading.Event()
    asked: list[str] = []

    def ask(question: str) -> str:
        asked.append(question)
        if question[-1] in "14":
            never.wait()
        return echo(question)

    for jobs in (1, 2):
        run = run_cases(as_system(ask), cases(6), jobs=jobs, timeout=0.5)
        outcomes = [record.response.outcome for record in run.records]
        assert outcomes == ["answered", "failed", "answered", "answered", "failed", "answered"]
        assert run.records[1].response.why == "no answer within 0.5 s"
        assert run.records[1].latency_ms == 500
    assert len(asked) == 12
    never.set()


def test_an_answer_that_comes_too_late_is_not_another_questions() -> None:
    late = threading.Event()

    def ask(question: str) -> str:
        if question.endswith("0"):
            late.wait(30)
        else:
            late.set()
            time.sleep(0.05)
        return echo(question)

    run = run_cases(as_system(ask), cases(3), timeout=0.5)
    assert [record.response.text for record in run.records] == ["", "Answer to question 1.", "Answer to question 2."]


def test_a_hanging_system_does_not_keep_python(tmp_path: Path) -> None:
    code = """
        import threading
        from eval.cases import Case
        from eval.runner import run_cases
        from eval.systems import as_system
        system = as_system(lambda question: threading.Event().wait())
        run = run_cases(system, [Case("a", "?", answers=("x",))], timeout=0.1)
        print(run.records[0].response.why)
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "no answer within 0.1 s", "")


@pytest.mark.parametrize("where", ["system", "listener"])
def test_an_interrupt_ends_the_run_and_keeps_what_is_done(tmp_path: Path, where: str) -> None:
    def ask(question: str) -> str:
        if where == "system" and question.endswith("2"):
            raise KeyboardInterrupt
        return echo(question)

    def heard(record: Record) -> None:
        if where == "listener" and record.case == "c1":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_cases(as_system(ask, name="s"), cases(4), folder=tmp_path / "run", on_record=heard)
    there = load_run(tmp_path / "run")
    assert [record.case for record in there.records] == ["c0", "c1"]
    assert there.info.complete is False
    assert there.info.seconds > 0
    whole = run_cases(as_system(echo, name="s", settings={}), cases(4), folder=tmp_path / "run", resume=True)
    assert [record.case for record in whole.records] == ["c0", "c1", "c2", "c3"]
    assert load_info(tmp_path / "run").complete is True
    assert load_info(tmp_path / "run").seconds > there.info.seconds


# -- which cases


def test_drafts_are_left_out_and_counted() -> None:
    drafted = [replace(case, draft=case.id in ("c1", "c2")) for case in cases(4)]
    run = run_cases(as_system(echo), drafted)
    assert [record.case for record in run.records] == ["c0", "c3"]
    assert run.info.drafts == 2


def test_a_sample_is_the_same_for_the_same_seed_and_keeps_the_order() -> None:
    many = cases(100)
    drawn = choose(many, sample=10, seed=7)
    assert drawn == choose(many, sample=10, seed=7)
    assert drawn != choose(many, sample=10, seed=8)
    assert drawn == [case for case in many if case in drawn]
    assert len(drawn) == 10
    assert choose(many, sample=100) == many == choose(many)


def test_what_cannot_be_asked_is_told() -> None:
    with pytest.raises(EvalError, match="there are no cases"):
        choose([])
    with pytest.raises(EvalError, match="all 2 cases are drafts"):
        choose([replace(case, draft=True) for case in cases(2)])
    with pytest.raises(EvalError, match="two cases have the id 'c0'"):
        choose([*cases(2), *cases(1)])
    with pytest.raises(EvalError, match="the sample is 3; give a number from 1 to 2"):
        choose(cases(2), sample=3)
    for wrong in ({"depth": 0}, {"jobs": 0}, {"timeout": 0.0}):
        with pytest.raises(EvalError, match=r"give a number above 0"):
            run_cases(as_system(echo), cases(1), **wrong)


def numbered(*paragraphs: int, article: str = "envoys-in-seoul.txt") -> Case:
    return Case("p", "Who?", answers=("x",), evidence=tuple(Evidence(article, paragraph=n) for n in paragraphs))


def test_paragraph_numbers_become_quotes(tmp_path: Path) -> None:
    corpus = read_corpus(seeds_folder())
    quoted = Case("q", "Who?", answers=("x",), evidence=(Evidence("envoys-in-seoul.txt", "landed in Seoul"),))
    asked = [numbered(1, 3), quoted]
    run = run_cases(as_system(echo), asked, corpus=corpus, folder=tmp_path / "run")
    texts = [corpus.paragraph("envoys-in-seoul.txt", number) for number in (1, 3)]
    assert [(item.paragraph, item.quote) for item in run.cases[0].evidence] == list(zip((1, 3), texts, strict=True))
    assert run.cases[1] == quoted
    assert load_run(tmp_path / "run").cases == run.cases
    assert load_cases(tmp_path / "run" / "cases.jsonl") == asked


def test_evidence_that_is_not_there_is_told() -> None:
    corpus = read_corpus(seeds_folder())
    with pytest.raises(CasesError, match=r"case p: paragraph 999 of envoys-in-seoul.txt: .* nutgraf show"):
        resolve([numbered(999)], corpus)
    with pytest.raises(CasesError, match=r"case p: paragraph 1 of nowhere.txt: there is no such article"):
        resolve([numbered(1, article="nowhere.txt")], corpus)
    with pytest.raises(CasesError, match="give them with --corpus PATH"):
        run_cases(as_system(echo), [numbered(1)])


# -- the folder


def full(question: Question) -> Response:
    return Response(
        "answered",
        "Es regnete – “50 %”.",
        short="50 %",
        statements=(Statement("Es regnete – “50 %”.", (0,)),),
        citations=(Cited("n:1", "text", "quote", "title", True),),
        passages=(Found("n:1", "text", 0.1), Found("", "other")),
        confidence=1 / 3,
        tokens_in=5,
        tokens_out=6,
        cost=0.1,
    )


def test_a_run_is_read_back_as_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "one"
    run = run_cases(
        Own(full, k=8, llm="x:y"),
        cases(3),
        folder=folder,
        prices=(0.15, 0.6),
        judge="x:z",
        timeout=9,
        cases_sha256="ab",
    )
    assert load_run(folder) == run
    assert run.folder == folder
    told = json.loads((folder / "run.json").read_text())
    assert (told["name"], told["system"], told["format"]) == ("one", "own", 1)
    assert (told["prices"], told["judge"], told["cases_sha256"], told["corpus_sha256"]) == (
        [0.15, 0.6],
        "x:z",
        "ab",
        "c0",
    )
    assert told["description"]["settings"] == {"k": 8, "llm": "x:y"}
    assert told["versions"]["python"].startswith("3.")
    assert told["cpus"] >= 1
    assert (folder / "cases.jsonl").read_text("utf-8") == dump_cases(cases(3))


def test_odd_text_is_kept(tmp_path: Path) -> None:
    odd = Case("o", "half \ud83d?", answers=("x",))
    run = run_cases(as_system(lambda question: "half \ud83d\n[1]"), [odd], folder=tmp_path / "run")
    assert run.records[0].response.text == "half ?"
    assert load_run(tmp_path / "run").records == run.records
    again = run_cases(as_system(lambda question: "", settings={}), [odd], folder=tmp_path / "other")
    assert again.records[0].response.outcome == "not_in_sources"


def test_a_folder_is_used_once(tmp_path: Path) -> None:
    run_cases(as_system(echo), cases(2), folder=tmp_path / "run")
    with pytest.raises(EvalError, match=r"holds a run already; go on with it \(--resume\)"):
        run_cases(as_system(echo), cases(2), folder=tmp_path / "run")
    with pytest.raises(EvalError, match="there is no run here"):
        run_cases(as_system(echo), cases(2), folder=tmp_path / "none", resume=True)
    (tmp_path / "file").write_text("")
    with pytest.raises(EvalError, match="cannot be written"):
        run_cases(as_system(echo), cases(2), folder=tmp_path / "file" / "run")


def test_a_run_is_written_by_one_process(tmp_path: Path) -> None:
    run_cases(as_system(echo), cases(2), folder=tmp_path / "run")
    with (tmp_path / "run" / "responses.jsonl").open("ab") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(EvalError, match="another process is at this run"):
            run_cases(as_system(echo), cases(2), folder=tmp_path / "run", resume=True)


def cut(folder: Path, keep: int) -> None:
    """Leave so many whole lines of the responses and half of the next, as a kill would."""
    lines = (folder / "responses.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "responses.jsonl").write_bytes(b"".join(lines[:keep]) + lines[keep][: len(lines[keep]) // 2])


def test_a_run_that_was_cut_off_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    whole = run_cases(Own(full), cases(5), folder=folder)
    cut(folder, 2)
    assert [record.case for record in load_run(folder).records] == ["c0", "c1"]
    asked: list[str] = []

    def ask(question: Question) -> Response:
        asked.append(question.text)
        return full(question)

    heard: list[Record] = []
    again = run_cases(Own(ask), cases(5), folder=folder, resume=True, on_record=heard.append, jobs=2)
    assert sorted(asked) == ["question 2", "question 3", "question 4"]
    assert sorted(record.case for record in heard) == [case.id for case in cases(5)]
    assert untimed(again.records) == untimed(whole.records)
    assert load_run(folder) == again
    assert again.info.started == whole.info.started
    asked.clear()
    assert run_cases(Own(ask), cases(5), folder=folder, resume=True).records == again.records
    assert asked == []


@pytest.mark.parametrize(
    ("system", "asked", "options", "told"),
    [
        (Own(full, k=9), cases(3), {}, "k is 9, was 8"),
        (Own(full, k=8, more=1), cases(3), {}, "more is 1, was not set"),
        (Own(full, "other", k=8), cases(3), {}, "the system is other, was own"),
        (Own(full, k=8), cases(4), {}, "the sum of the cases is"),
        (Own(full, k=8), [*cases(2), replace(cases(3)[2], answers=("y",))], {}, "the sum of the cases is"),
        (Own(full, k=8), cases(3), {"depth": 5}, "the depth is 5, was 10"),
        (Own(full, k=8), cases(3), {"sample": 3}, "the sample is 3, was None"),
    ],
)
def test_a_run_does_not_go_on_with_something_else(
    tmp_path: Path, system: Own, asked: list[Case], options: dict, told: str
) -> None:
    folder = tmp_path / "run"
    run_cases(Own(full, k=8), cases(3), folder=folder)
    cut(folder, 1)
    with pytest.raises(EvalError, match=told) as caught:
        run_cases(system, asked, folder=folder, resume=True, **options)
    assert str(caught.value).startswith(f"{folder}: cannot be gone on with: ")
    assert len(run_cases(Own(full, k=8), cases(3), folder=folder, resume=True).records) == 3


def test_a_run_does_not_go_on_with_other_articles(seeds_store: Path, tmp_path: Path) -> None:
    few = default_cases()[:1]
    with closing(open_system(store=seeds_store)) as system:
        run_cases(system, few, folder=tmp_path / "run")
    one = sorted(seeds_folder().glob("*.txt"))[0]
    with closing(open_system(articles=one)) as system, pytest.raises(EvalError, match="the sum of the articles is"):
        run_cases(system, few, folder=tmp_path / "run", resume=True)
    with (
        closing(open_system(articles=seeds_folder(), settings={"index.chunk_tokens": "64"})) as system,
        pytest.raises(EvalError, match=r"index.chunks is \['1:64'\], was \['1:256'\]; the sum of the index is"),
    ):
        run_cases(system, few, folder=tmp_path / "run", resume=True)


CHILD = """
import itertools, sys, time
from pathlib import Path
from eval.cases import Case
from eval.runner import run_cases
from eval.systems import as_system

answered = itertools.count()

def ask(question):
    if "finish" not in sys.argv and next(answered) >= 8:
        time.sleep(600)  # until the kill
    return f"Answer to {question}."

cases = [Case(f"c{place}", f"question {place}", answers=("x",)) for place in range(60)]
run_cases(as_system(ask, name="child"), cases, jobs=3, folder=Path("run"), resume="resume" in sys.argv)
"""


def test_a_killed_run_goes_on_without_losing_or_asking_twice(tmp_path: Path) -> None:
    (tmp_path / "child.py").write_text(CHILD)
    responses = tmp_path / "run" / "responses.jsonl"
    for kill in range(3):
        child = subprocess.Popen([sys.executable, "child.py", *(["resume"] if kill else [])], cwd=tmp_path)
        before = len(load_run(tmp_path / "run").records) if kill else 0
        while not responses.exists() or responses.read_bytes().count(b"\n") < before + 5:
            assert child.poll() is None
            time.sleep(0.005)
        child.kill()
        child.wait()
        run = load_run(tmp_path / "run")
        assert before + 5 <= len(run.records) < 60
        assert run.info.complete is False
    subprocess.run([sys.executable, "child.py", "resume", "finish"], cwd=tmp_path, check=True)
    lines = [json.loads(line) for line in responses.read_text().splitlines()]
    assert sorted(line["case"] for line in lines) == sorted(f"c{place}" for place in range(60))
    run = load_run(tmp_path / "run")
    assert [record.response.text for record in run.records] == [f"Answer to question {n}." for n in range(60)]
    assert run.info.complete is True


# -- broken folders


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("run.json", b"{\n]", r"run\.json:2: is not JSON"),
        ("run.json", b"[]", r"run\.json: is not of a run"),
        ("run.json", b'{"format": 2}', r"run\.json: is not of a run \(its format is 2"),
        ("run.json", b'{"format": 1}', r"run\.json: is not of a run \('name'\)"),
        ("run.json", b"\xff", r"run\.json: is not of a run"),
        ("cases.jsonl", b"{}\n", r"cases\.jsonl:1: 'id' must be a text"),
        ("responses.jsonl", b"{}\n{\n", r"responses\.jsonl:2: is not JSON"),
        ("responses.jsonl", b"{}\n", r"responses\.jsonl:1: is no response of this run \('case'\)"),
        ("responses.jsonl", b"[]\n", r"responses\.jsonl:1: is no response of this run"),
        ("responses.jsonl", b"\xff\n", r"responses\.jsonl:1: is not JSON"),
        ("paragraphs.jsonl", b"{}\n", r"paragraphs\.jsonl:1: is no paragraph of this run"),
    ],
)
def test_a_broken_folder_is_told_with_file_and_line(tmp_path: Path, name: str, content: bytes, told: str) -> None:
    run_cases(as_system(echo), cases(2), folder=tmp_path / "run")
    (tmp_path / "run" / name).write_bytes(content)
    with pytest.raises(EvalError, match=told) as caught:
        load_run(tmp_path / "run")
    assert "\n" not in str(caught.value)


def test_a_response_that_is_there_twice_or_of_no_case_is_told(tmp_path: Path) -> None:
    run_cases(Own(full), cases(2), folder=tmp_path / "run")
    responses = tmp_path / "run" / "responses.jsonl"
    first, second = responses.read_bytes().splitlines(keepends=True)
    for wrong in (first, second.replace(b'"c1"', b'"c7"'), second.replace(b"[0]", b"[4]")):
        responses.write_bytes(first + wrong)
        with pytest.raises(EvalError, match=r"responses\.jsonl:2: is no response of this run"):
            load_run(tmp_path / "run")


def test_runs_are_listed_and_found_by_name(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    root = tmp_path / "runs"
    assert list_runs(root) == []
    for name, started in (("b-old", "2026-01-01T00:00:00+00:00"), ("a-new", "2026-01-02T00:00:00+00:00")):
        run_cases(as_system(echo), cases(1), folder=root / name)
        file = root / name / "run.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), "started": started}))
    (root / "broken").mkdir()
    (root / "broken" / "run.json").write_text("{")
    (root / "other").mkdir()
    assert [(path.name, info.name) for path, info in list_runs(root)] == [("b-old", "b-old"), ("a-new", "a-new")]
    assert "broken" in caplog.text
    assert find_run("a-new", root) == find_run("a-", root) == find_run(root / "a-new") == root / "a-new"
    for wrong, told in (("c", "no such run"), ("", "3 runs in")):
        with pytest.raises(EvalError, match=told):
            find_run(wrong, root)


def test_a_new_folder_is_named_by_time_and_system(tmp_path: Path) -> None:
    first = new_folder("http://localhost:80/ask?", tmp_path)
    assert first.name.endswith("-localhost-80-ask")
    assert len(first.name) == len("20260101-000000-localhost-80-ask")
    taken = {new_folder("nutgraf", tmp_path).name for _ in range(2)}
    for name in taken:
        (tmp_path / name).mkdir()
    assert new_folder("nutgraf", tmp_path).name not in taken
    assert new_folder("???", tmp_path).name.endswith("-system")


def test_an_info_goes_through_json() -> None:
    info = RunInfo("a", "b", Description({"k": 1}), sample=3, prices=(1.0, 2.0), started="2026-01-01T00:00:00+00:00")
    assert RunInfo.from_dict(json.loads(json.dumps(info.to_dict()))) == info


def test_evidence_that_is_not_in_the_articles_is_told(caplog: pytest.LogCaptureFixture) -> None:
    class Two:
        def text(self, article: str) -> str | None:
            return {"pier.txt": "The old pier\nwill close in May."}.get(article)

        def paragraph(self, article: str, number: int) -> str | None:
            return None

    there = Case("there", "When?", answers=("in May",), evidence=(Evidence("pier.txt", "old pier will close"),))
    lost = [
        replace(there, id=name, evidence=(item,))
        for name, item in (("name", Evidence("peir.txt")), ("quote", Evidence("pier.txt", "new pier")))
    ]
    resolve([there], Two())
    assert caplog.messages == []
    resolve([there, *lost], Two())
    [told] = caplog.messages
    assert "name: no article, or more than one, is called 'peir.txt'" in told
    assert "quote: pier.txt does not hold 'new pier'" in told
