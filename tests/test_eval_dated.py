"""The dated questions: what they quote stands in the articles."""

from __future__ import annotations

import json
from pathlib import Path

from eval.cases import load_cases

FOLDER = Path(__file__).parents[1] / "eval" / "dated"


def test_every_quote_stands_in_its_article() -> None:
    bodies = {row["id"]: row["body"] for row in json.loads((FOLDER / "articles.json").read_text(encoding="utf-8"))}
    cases = load_cases(FOLDER / "gold.jsonl")
    rows = [json.loads(line) for line in (FOLDER / "gold.jsonl").read_text(encoding="utf-8").splitlines()]
    quoted = [one for row in rows for one in (*row.get("evidence", ()), *filter(None, [row.get("near")]))]
    assert len(cases) == 38
    assert len(quoted) >= len(cases)
    assert [one for one in quoted if one["quote"] not in bodies[one["article"].rpartition("#")[2]]] == []
