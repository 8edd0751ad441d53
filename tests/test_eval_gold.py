"""The seed articles and the gold questions on them fit together: every measured figure rests on these two."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
SEEDS = ROOT / "seeds"
KEYS = {"id", "question", "answerable", "answers", "must", "evidence", "type", "tags"}
REFUSED_TYPES = {"unanswerable", "false_premise"}
ANSWERED_TYPES = {"who", "when", "how_many", "how_long", "where", "why", "what", "attribution", "caption", "multi"}

Question = dict[str, Any]

MANIFEST: list[dict[str, str]] = json.loads((SEEDS / "MANIFEST.json").read_text("utf-8"))["files"]
ARTICLES = {entry["file"]: (SEEDS / entry["file"]).read_text("utf-8").splitlines() for entry in MANIFEST}
QUESTIONS: list[Question] = [
    json.loads(line) for line in (ROOT / "eval" / "gold" / "seeds.jsonl").read_text("utf-8").splitlines()
]
ANSWERABLE = [question for question in QUESTIONS if question["answerable"]]
REFUSED = [question for question in QUESTIONS if not question["answerable"]]


def by_id(question: Question) -> str:
    return str(question["id"])


def holding(text: str) -> list[tuple[str, str]]:
    """Every (article, line) of the seeds that holds the text, letter case aside."""
    return [(name, line) for name, lines in ARTICLES.items() for line in lines if text.lower() in line.lower()]


def gold_lines(question: Question) -> list[tuple[str, str]]:
    """The (article, line) pairs of the evidence; fails unless each quote stands in exactly one line."""
    found = []
    for evidence in question["evidence"]:
        lines = [line for line in ARTICLES[evidence["article"]] if evidence["quote"] in line]
        assert len(lines) == 1, f"{evidence['quote']!r} stands in {len(lines)} lines"
        found.append((evidence["article"], lines[0]))
    return found


def holds_any(line: str, strings: list[str]) -> bool:
    return any(string.lower() in line.lower() for string in strings)


def test_seeds_are_exactly_what_the_manifest_says() -> None:
    assert {path.name for path in SEEDS.iterdir()} == {"MANIFEST.json", *ARTICLES}
    for entry in MANIFEST:
        assert hashlib.sha256((SEEDS / entry["file"]).read_bytes()).hexdigest() == entry["sha256"], entry["file"]
        assert entry["source"]
        assert entry["licence"] == "CC0-1.0"


def test_one_seed_has_a_date_header_and_one_has_no_date() -> None:
    dated = [name for name, lines in ARTICLES.items() if lines[0].startswith(" date 2021-09-29 ")]
    assert dated == ["2021-09-29-defence-dialogue.txt"]
    assert len(ARTICLES) == 2


def test_there_are_enough_questions_of_every_type() -> None:
    types = Counter(question["type"] for question in QUESTIONS)
    assert set(types) == ANSWERED_TYPES | REFUSED_TYPES
    assert len(QUESTIONS) >= 75
    assert len(REFUSED) >= 20
    assert types["false_premise"] >= 5
    assert types["multi"] >= 5
    cited = Counter(evidence["article"] for question in ANSWERABLE for evidence in question["evidence"])
    assert min(cited[name] for name in ARTICLES) >= 20


def test_ids_and_questions_are_unique() -> None:
    assert len({question["id"] for question in QUESTIONS}) == len(QUESTIONS)
    assert len({question["question"].casefold() for question in QUESTIONS}) == len(QUESTIONS)


@pytest.mark.parametrize("question", QUESTIONS, ids=by_id)
def test_fields_agree_with_each_other(question: Question) -> None:
    assert set(question) == KEYS
    assert question["question"].strip() == question["question"] != ""
    assert question["answerable"] is (question["type"] in ANSWERED_TYPES)
    assert bool(question["evidence"]) is question["answerable"]
    assert bool(question["must"]) is (question["type"] == "multi")
    assert bool(question["answers"]) is (question["answerable"] and question["type"] != "multi")


@pytest.mark.parametrize("question", ANSWERABLE, ids=by_id)
def test_evidence_holds_the_answer(question: Question) -> None:
    lines = gold_lines(question)
    assert len(set(lines)) == len(lines)
    if question["type"] == "multi":
        assert {name for name, _ in lines} == set(ARTICLES)
        for group in question["must"]:
            assert any(holds_any(line, group) for _, line in lines), group
        strings = [string for group in question["must"] for string in group]
    else:
        assert question["answers"][0].lower() in lines[0][1].lower()
        strings = question["answers"]
    assert all(holds_any(line, strings) for _, line in lines)


@pytest.mark.parametrize("question", [q for q in ANSWERABLE if q["answers"]], ids=by_id)
def test_answers_tell_the_gold_paragraph_from_the_others(question: Question) -> None:
    """A sentence cited from anywhere else is hardly ever right by chance; other spellings occur nowhere else."""
    gold = gold_lines(question)
    for answer in question["answers"]:
        everywhere = holding(answer)
        assert not everywhere or set(everywhere) & set(gold), f"{answer!r} stands only in other paragraphs"
        assert len(set(everywhere) - set(gold)) <= 4, f"{answer!r} is too common to tell a right answer"
