"""Feedback beside the store: nothing acknowledged is lost, whatever happens to the last line; and cases made of it."""

from __future__ import annotations

import json
import logging
import shutil
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from eval.cases import Case, Evidence, load_cases
from eval.errors import CasesError, EvalError
from eval.feedback import FILE_NAME, MAX_CHARS, Feedback, Quoted, add_to, case_of, feedback_on, read_feedback, record
from index import verify_store
from rag import Assistant, RagSettings

ANSWERED = Feedback(
    id="00aa11bb22cc",
    time=datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC),
    verdict="up",
    question="When did the ferry sink?",
    answer="The ferry sank on Monday. [1] It was raised on Friday. [2]",
    outcome="answered",
    confidence=0.9,
    history=(("Which ferry served Tarbet?", "The Corrie Lass. [1]"),),
    claims=("The ferry sank on Monday.", "It was raised on Friday."),
    citations=(
        Quoted("/news/ferry.txt", 2, "The ferry sank on Monday."),
        Quoted("/news/ferry.txt", 5, "It was raised on Friday."),
        Quoted("/news/ferry.txt", 2, "Nobody was hurt."),
    ),
)
REFUSED = replace(
    ANSWERED, id="33dd44ee55ff", outcome="not_in_sources", answer="Not in these sources.", claims=(), citations=()
)


# -- the file


def test_what_is_recorded_is_read(tmp_path: Path) -> None:
    assert read_feedback(tmp_path) == []
    record(tmp_path, ANSWERED)
    record(tmp_path, REFUSED)
    assert read_feedback(tmp_path) == [ANSWERED, REFUSED]
    assert [json.loads(line)["time"] for line in (tmp_path / FILE_NAME).read_text().splitlines()] == [
        "2024-05-06T07:08:09+00:00"
    ] * 2


def test_the_last_word_on_an_answer_holds(tmp_path: Path) -> None:
    down = replace(ANSWERED, verdict="down", comment="It sank on Sunday.")
    for feedback in (ANSWERED, REFUSED, down):
        record(tmp_path, feedback)
    assert read_feedback(tmp_path) == [REFUSED, down]
    record(tmp_path, replace(down, verdict="withdrawn"))
    assert read_feedback(tmp_path) == [REFUSED]
    assert len((tmp_path / FILE_NAME).read_bytes().splitlines()) == 4


def test_a_line_cut_short_by_a_crash_costs_nothing_else(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / FILE_NAME
    record(tmp_path, ANSWERED)
    first = path.stat().st_size
    record(tmp_path, replace(REFUSED, question="Où était le bac ?"))
    whole = path.read_bytes()
    for end in range(first + 1, len(whole) - 1):
        path.write_bytes(whole[:end])
        caplog.clear()
        assert read_feedback(tmp_path) == [ANSWERED]
        assert f"{FILE_NAME}:2: is not a whole line of feedback" in caplog.text
        if end % 40 == 0:
            record(tmp_path, REFUSED)
            assert read_feedback(tmp_path) == [ANSWERED, REFUSED]


@pytest.mark.parametrize(
    "line",
    [b"[]", b"{}", b"\xff", b"null", b"[" * 9999, b'{"verdict": "up"}', json.dumps({"verdict": "maybe"}).encode()],
)
def test_foreign_lines_are_passed_over(tmp_path: Path, line: bytes, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / FILE_NAME).write_bytes(line + b"\n\n")
    record(tmp_path, ANSWERED)
    with caplog.at_level(logging.WARNING):
        assert read_feedback(tmp_path) == [ANSWERED]
    assert len(caplog.records) == 1


def test_many_may_write_at_once(tmp_path: Path) -> None:
    def press(number: int) -> None:
        for turn in range(20):
            record(tmp_path, replace(ANSWERED, id=f"{number}-{turn}", comment="x" * 3000))

    threads = [threading.Thread(target=press, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read_feedback(tmp_path)) == 120


def test_a_disk_that_takes_nothing_is_told(tmp_path: Path) -> None:
    with pytest.raises(EvalError, match=r"nowhere/feedback\.jsonl: cannot be written"):
        record(tmp_path / "nowhere", ANSWERED)
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(EvalError, match="cannot be written"):
        record(tmp_path, ANSWERED)
    with pytest.raises(EvalError, match="cannot be read"):
        read_feedback(tmp_path)


def test_a_line_is_bounded_and_can_be_stored(seeds_store: Path, tmp_path: Path) -> None:
    with Assistant.open(seeds_store, settings=RagSettings(min_confidence=0)) as assistant:
        answer = assistant.ask("Who landed in Seoul with Sung Kim?")
    long = replace(
        answer,
        question="\ud800 why\u202e " * 9000,
        text="y" * 99_999,
        citations=answer.citations * 99,
        claims=answer.claims * 99,
    )
    given = feedback_on(
        long, "down", history=[("q" * 9000, "a" * 9000)] * 99, comment="z" * 99_999, limits="l" * 99_999
    )
    record(tmp_path, given)
    assert read_feedback(tmp_path) == [given]
    assert len(given.comment) == MAX_CHARS
    assert (tmp_path / FILE_NAME).stat().st_size < 1_000_000
    assert "\ud800" not in given.question
    assert "\u202e" not in given.question


def test_feedback_holds_what_was_shown_and_the_store_stays_sound(seeds_store: Path, tmp_path: Path) -> None:
    store = shutil.copytree(seeds_store, tmp_path / "store")
    with Assistant.open(store, settings=RagSettings(min_confidence=0)) as assistant:
        answer = assistant.ask("Who landed in Seoul with Sung Kim?")
    given = feedback_on(answer, "up")
    record(store, given)
    assert (given.question, given.answer, given.outcome) == (answer.question, answer.text, "answered")
    assert given.claims == tuple(claim.text for claim in answer.claims)
    assert [q.quote for q in given.citations] == [c.quote for c in answer.citations]
    assert feedback_on(answer, "up").id != given.id
    report = verify_store(store)
    assert report.ok
    assert report.healed == []
    add_to(tmp_path / "cases.jsonl", case_of(given))
    (case,) = load_cases(tmp_path / "cases.jsonl")
    assert all(e.stands_in(c.uri, c.paragraph_text) for e, c in zip(case.evidence, answer.citations, strict=True))


# -- cases


def test_a_thumb_up_takes_the_answer_over() -> None:
    assert case_of(ANSWERED) == Case(
        id="feedback-00aa11bb22cc",
        question="When did the ferry sink?",
        type="when",
        answers=("The ferry sank on Monday.", "It was raised on Friday.", "Nobody was hurt."),
        evidence=(
            Evidence("ferry.txt", "The ferry sank on Monday."),
            Evidence("ferry.txt", "It was raised on Friday."),
        ),
        tags=("feedback",),
        history=(("Which ferry served Tarbet?", "The Corrie Lass. [1]"),),
        as_of=ANSWERED.time.date(),
    )


def test_a_person_knows_better() -> None:
    shorter = case_of(ANSWERED, answers=["Monday"], id="ferry-1")
    assert (shorter.id, shorter.answers, len(shorter.evidence)) == ("ferry-1", ("Monday",), 2)
    elsewhere = [Evidence("other.txt", "It sank")]
    assert case_of(ANSWERED, evidence=elsewhere).evidence == tuple(elsewhere)
    assert case_of(ANSWERED, answerable=False) == replace(case_of(ANSWERED), answerable=False, answers=(), evidence=())


def test_a_thumb_up_for_a_refusal_says_that_there_is_no_answer() -> None:
    assert not case_of(REFUSED).answerable
    assert case_of(REFUSED, answers=["Monday"]).answers == ("Monday",)
    with pytest.raises(CasesError, match="was asked of articles from 2021-09-01 only; give the right answer"):
        case_of(replace(REFUSED, limits="from 2021-09-01"))
    assert not case_of(replace(REFUSED, limits="from 2021-09-01"), answerable=False).answerable


def test_a_thumb_down_needs_what_is_right() -> None:
    down = replace(ANSWERED, verdict="down", comment="On\nSunday.")
    with pytest.raises(
        CasesError,
        match=r"^feedback 00aa11bb22cc: it got a thumb down .*'On Sunday.'.*--answer TEXT, or --unanswerable",
    ):
        case_of(down)
    right = case_of(down, answers=["Sunday"])
    assert (right.answers, right.evidence) == (("Sunday",), ())
    assert not case_of(down, answerable=False).answerable
    with pytest.raises(CasesError, match="nothing of the answer can be taken over"):
        case_of(replace(ANSWERED, citations=()))


# -- adding to a file


def test_a_case_is_added_to_a_file(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    add_to(path, case_of(ANSWERED))
    add_to(path, case_of(REFUSED))
    assert load_cases(path) == [case_of(ANSWERED), case_of(REFUSED)]
    assert [entry.name for entry in tmp_path.iterdir()] == ["cases.jsonl"]


def test_what_a_person_wrote_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    mine = '{"id":"a",   "question": "Who?", "answers": ["Ann"]}\n\n  {"id":"b","question":"Why?","answerable":false}'
    path.write_text(mine)
    path.chmod(0o640)
    link = tmp_path / "link.jsonl"
    link.symlink_to(path)
    add_to(link, case_of(ANSWERED))
    assert path.read_text().startswith(mine + "\n{")
    assert path.stat().st_mode & 0o777 == 0o640
    assert link.is_symlink()
    assert [case.id for case in load_cases(path)] == ["a", "b", "feedback-00aa11bb22cc"]


@pytest.mark.parametrize(
    ("before", "case", "message"),
    [
        ("", replace(case_of(ANSWERED), id=" "), r"cases.jsonl:1: 'id' must be a text"),
        (
            '{"id": "feedback-00aa11bb22cc", "question": "Q?", "answers": ["A"]}\n',
            case_of(ANSWERED),
            r"cases.jsonl:2: the id .* is that of line 1 too",
        ),
        ("{oops}\n", case_of(ANSWERED), r"cases.jsonl:1: is not JSON"),
    ],
)
def test_a_file_that_would_not_be_valid_is_left_alone(tmp_path: Path, before: str, case: Case, message: str) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text(before)
    with pytest.raises(CasesError, match=f"^{tmp_path}/{message}"):
        add_to(path, case)
    assert path.read_text() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["cases.jsonl"]


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(CasesError, match=r"nowhere/cases.jsonl: cannot be written \(No such file"):
        add_to(tmp_path / "nowhere" / "cases.jsonl", case_of(ANSWERED))


def test_many_may_add_at_once(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    threads = [
        threading.Thread(target=add_to, args=(path, replace(case_of(ANSWERED), id=f"case {number}")))
        for number in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(load_cases(path)) == 12
    assert [entry.name for entry in tmp_path.iterdir()] == ["cases.jsonl"]
