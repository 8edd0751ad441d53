"""Files of questions: what is read, and that every mistake is told with its line."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.cases import Case, Evidence, default_cases, dump_cases, file_sha256, load_cases, seeds_folder
from eval.errors import CasesError

GOOD: dict[str, Any] = {
    "id": "c1",
    "question": "Who is the deputy?",
    "type": "who",
    "answerable": True,
    "answers": ["Jung Pak"],
    "evidence": [{"article": "envoys.txt", "quote": "his deputy"}],
}
BARE: dict[str, Any] = {"id": "c3", "question": "Who is the deputy?", "answers": ["Jung Pak"]}
REFUSED: dict[str, Any] = {"id": "c2", "question": "How old is she?", "type": "unanswerable", "answerable": False}


def write(folder: Path, *lines: str | dict[str, Any]) -> Path:
    path = folder / "cases.jsonl"
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines) + "\n", "utf-8")
    return path


def test_the_default_cases_are_on_the_default_articles() -> None:
    cases = default_cases()
    assert len(cases) > 100
    assert sum(not case.answerable for case in cases) >= 15
    names = {evidence.article for case in cases for evidence in case.evidence}
    assert names == {path.name for path in seeds_folder().glob("*.txt")}


def test_all_fields_are_read(tmp_path: Path) -> None:
    full = {**GOOD, "tags": ["terse"], "history": [["Who came?", "Sung Kim."]], "as_of": "2021-09-30"}
    [case] = load_cases(write(tmp_path, full))
    assert case == Case(
        id="c1",
        question="Who is the deputy?",
        type="who",
        answerable=True,
        answers=("Jung Pak",),
        evidence=(Evidence("envoys.txt", "his deputy"),),
        tags=("terse",),
        history=(("Who came?", "Sung Kim."),),
        as_of=date(2021, 9, 30),
    )


@pytest.mark.parametrize(
    ("beside", "evidence"),
    [
        ({"article": "a.txt"}, Evidence("a.txt")),
        ({"article": "a.txt", "paragraph": 0}, Evidence("a.txt", paragraph=0)),
        ({"article": "a.txt", "quote": "his deputy"}, Evidence("a.txt", "his deputy")),
    ],
)
def test_one_place_may_stand_beside_the_question(tmp_path: Path, beside: dict[str, Any], evidence: Evidence) -> None:
    [case] = load_cases(write(tmp_path, {**BARE, **beside}))
    assert case == Case("c3", "Who is the deputy?", answers=("Jung Pak",), evidence=(evidence,))


def test_what_is_needed_of_the_evidence() -> None:
    one, two, other = Evidence("a.txt", "one"), Evidence("a.txt", "two"), Evidence("b.txt", "three")
    answers = Case("c", "q?", answers=("x",), evidence=(one, two, other))
    assert answers.needs == ((one, two, other),)
    assert replace(answers, needed="each").needs == ((one, two), (other,))
    assert replace(answers, needed="all").needs == ((one,), (two,), (other,))
    assert replace(answers, answers=(), must=(("x",), ("y",))).needs == ((one, two), (other,))
    assert replace(answers, answers=()).needs == ((one,), (two,), (other,))
    assert replace(answers, evidence=()).needs == ()


WORDS = st.text(min_size=1, max_size=12).filter(str.strip)
PLACES = st.one_of(
    st.builds(Evidence, WORDS, WORDS, grade=st.integers(1, 3)),
    st.builds(Evidence, WORDS, paragraph=st.integers(0, 9)),
    st.builds(Evidence, WORDS),
)
GROUPS = st.lists(WORDS, min_size=1, max_size=2).map(tuple)
TAGS = st.lists(WORDS, max_size=2).map(tuple)
ANY_CASE = st.one_of(
    st.builds(
        Case,
        WORDS,
        WORDS,
        WORDS,
        answers=st.lists(WORDS, min_size=1, max_size=3).map(tuple),
        evidence=st.lists(PLACES, max_size=3).map(tuple),
        needed=st.sampled_from([None, "any", "each", "all"]),
        tags=TAGS,
        history=st.lists(st.tuples(WORDS, WORDS), max_size=2).map(tuple),
        as_of=st.none() | st.dates(),
        draft=st.booleans(),
    ),
    st.builds(Case, WORDS, WORDS, must=st.lists(GROUPS, min_size=1, max_size=2).map(tuple)),
    st.builds(
        Case, WORDS, WORDS, answerable=st.just(False), tags=TAGS, near=st.none() | st.builds(Evidence, WORDS, WORDS)
    ),
)


@given(st.lists(ANY_CASE, min_size=1, max_size=4))
def test_cases_are_read_back_as_they_were_written(tmp_path_factory: pytest.TempPathFactory, drawn: list[Case]) -> None:
    cases = [replace(case, id=f"{number} {case.id}") for number, case in enumerate(drawn)]
    path = tmp_path_factory.mktemp("cases") / "cases.jsonl"
    path.write_text(dump_cases(cases), "utf-8")
    assert load_cases(path) == cases


def test_order_is_kept_and_empty_lines_do_not_count(tmp_path: Path) -> None:
    cases = load_cases(write(tmp_path, "", REFUSED, "  ", GOOD))
    assert [case.id for case in cases] == ["c2", "c1"]


def test_line_separators_inside_a_text_do_not_end_a_line(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text(json.dumps({**REFUSED, "question": "How\u2028old?"}, ensure_ascii=False), "utf-8")
    assert load_cases(path)[0].question == "How\u2028old?"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{oops", "is not JSON"),
        ("[1]", "is not a JSON object"),
        ({**GOOD, "anwser": "x"}, "unknown field 'anwser'"),
        ({**GOOD, "id": ""}, "'id' must be a text"),
        ({**GOOD, "id": "c0"}, "is that of line 1 too"),
        ({key: value for key, value in GOOD.items() if key != "question"}, "'question' must be a text"),
        ({**GOOD, "type": 5}, "'type' must be a text"),
        ({**GOOD, "answerable": "yes"}, "'answerable' must be true or false"),
        ({**GOOD, "answers": "Jung Pak"}, "'answers' must be a list"),
        ({**GOOD, "answers": [" "]}, "'answers' must be a text"),
        ({**GOOD, "answers": [], "evidence": []}, "has no 'answers', 'must' or 'evidence'"),
        ({**GOOD, "must": [["Jung Pak"]]}, "has 'answers' and 'must'"),
        ({**GOOD, "answers": [], "must": [[]]}, "a group of 'must' is empty"),
        ({**GOOD, "evidence": [{"quote": "his deputy"}]}, "must be an object with 'article'"),
        ({**GOOD, "evidence": [{"article": "a.txt", "page": 2}]}, "must be an object with 'article'"),
        ({**GOOD, "evidence": [{"article": "a.txt", "grade": 0}]}, "'grade' must be a whole number, 1 or more"),
        ({**BARE, "article": "a.txt", "paragraph": -1}, "'paragraph' must be a whole number, 0 or more"),
        ({**BARE, "article": "a.txt", "paragraph": True}, "'paragraph' must be a whole number"),
        ({**BARE, "article": "a.txt", "paragraph": 1, "quote": "x"}, "give one of them"),
        ({**BARE, "quote": "his deputy"}, "has 'quote' without 'article'"),
        ({**GOOD, "article": "a.txt"}, "give one of both"),
        ({**GOOD, "needed": "some"}, "'needed' is 'some'; write any, each or all"),
        ({**GOOD, "near": {"article": "envoys.txt", "quote": "his deputy"}}, "has 'near' though it is answerable"),
        ({**REFUSED, "near": "his deputy"}, "'near' must be an object with 'article' and 'quote'"),
        ({**GOOD, "draft": "no"}, "'draft' must be true or false"),
        ({**REFUSED, "answers": ["40"]}, "is not answerable"),
        ({**GOOD, "history": [["Who?"]]}, "a pair [question, answer]"),
        ({**GOOD, "as_of": "yesterday"}, "'as_of' is 'yesterday'"),
        ({**GOOD, "as_of": "2023-W10-1"}, "'as_of' is '2023-W10-1'"),
        ({**GOOD, "as_of": 2021}, "'as_of' must be a text"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, line: str | dict[str, Any], told: str) -> None:
    path = write(tmp_path, {**REFUSED, "id": "c0"}, "", line)
    with pytest.raises(CasesError) as caught:
        load_cases(path)
    assert str(caught.value).startswith(f"{path}:3: ")
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_utf8_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_bytes(json.dumps(GOOD).encode() + b'\n{"id": "\xff"}')
    with pytest.raises(CasesError, match=r"cases\.jsonl:2: is not UTF-8"):
        load_cases(path)


def test_an_empty_and_a_missing_file_are_errors(tmp_path: Path) -> None:
    with pytest.raises(CasesError, match="holds no questions"):
        load_cases(write(tmp_path, ""))
    with pytest.raises(CasesError, match=r"nowhere\.jsonl: cannot be read"):
        load_cases(tmp_path / "nowhere.jsonl")


def test_evidence_stands_in_a_text_of_its_article_whatever_the_white_space() -> None:
    evidence = Evidence("a/envoys.txt", "his  deputy, landed")
    assert evidence.stands_in("/data/a/envoys.txt", "Jung Pak,\nhis\ndeputy, landed in Seoul")
    assert evidence.stands_in("a/envoys.txt", "his deputy, landed")
    assert not evidence.stands_in("/data/aa/envoys.txt", "his deputy, landed")
    assert not evidence.stands_in("/data/a/envoys.txt", "her deputy, landed")


def test_one_paragraph_is_needed_for_answers_and_one_of_each_article_for_must() -> None:
    evidence = (Evidence("a.txt", "x"), Evidence("b.txt", "y"), Evidence("a.txt", "z"))
    single = Case("1", "?", "who", True, answers=("A", "B"), evidence=evidence)
    multi = Case("2", "?", "multi", True, must=(("A",), ("B",)), evidence=evidence)
    assert (single.groups, single.needs) == ((("A", "B"),), (evidence,))
    assert (multi.groups, multi.needs) == ((("A",), ("B",)), ((evidence[0], evidence[2]), (evidence[1],)))
    refused = Case("3", "?", "unanswerable", False)
    assert (refused.groups, refused.needs) == ((), ())


def test_sums_follow_the_content(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD)
    before = file_sha256(path)
    assert file_sha256(write(tmp_path, GOOD, REFUSED)) != before
