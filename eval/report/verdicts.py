"""How a case went, in words: what went wrong, and how far the retrieval got it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ..judge import CaseResult, Level, holds_evidence, reversed_levels
from ..measures import holds_answer
from ..results import EvalResult
from ..schema import Cited, Found

FAILED = "error or timeout"
NOT_FOUND = "nothing needed was retrieved"
REFUSED = "refused, though there is an answer"
MADE_UP = "answered, though there is no answer"
UNCITED = "right, but not cited right"
WRONG = "wrong answer"

KINDS = (FAILED, WRONG, REFUSED, MADE_UP, UNCITED, NOT_FOUND)

MARKS = ("gold paragraph", "answer", "gold article")
"""What a passage or citation may hold, best first."""

_THINGS: dict[Level, str] = {"paragraph": "gold paragraph", "answer": "answer", "article": "gold article"}
_NOT_RETRIEVED = "not retrieved"
_NO_SAY = "nothing to retrieve"


def kind(row: CaseResult) -> str:
    """What went wrong with a case, one of KINDS; "passed" or "not judged" when nothing did."""
    if row.passed is not False:
        return "passed" if row.passed else "not judged"
    match row.outcome:
        case "failed":
            return FAILED
        case "retrieved":
            return NOT_FOUND
        case "not_in_sources":
            return REFUSED
        case _:
            return MADE_UP if not row.answerable else UNCITED if row.right else WRONG


def kind_anchor(name: str) -> str:
    """The place on the page of a kind of failure."""
    return f"kind-{KINDS.index(name) + 1}"


def expected(row: CaseResult) -> str:
    """What would have been right, in a line."""
    if not row.answerable:
        return "a refusal: the articles hold no answer"
    return " + ".join(" | ".join(group) for group in row.expected) or "the articles that are needed"


def given(row: CaseResult) -> str:
    """What came instead, in a line."""
    response = row.response
    match row.outcome:
        case "answered":
            return response.text or response.short or "(an empty answer)"
        case "retrieved":
            return f"({len(response.passages)} passages)"
        case "failed":
            return f"(failed) {response.why}".rstrip()
        case _:
            return f"(refused) {response.why or response.text}".rstrip()


def places(row: CaseResult) -> list[str]:
    """Where the first needed thing of each level stands: "gold paragraph at rank 3", "gold article not retrieved".

    Empty when the case has nothing to retrieve.
    """
    return [f"{_THINGS[level]} {_rank(row.rankings[level].rank)}" for level in reversed_levels(row.rankings)]


def marks(row: CaseResult, passage: Found | Cited) -> list[str]:
    """What a passage or citation holds of what the case needs, some of MARKS."""
    gold = any(item.quote and holds_evidence(item, passage) for item in row.evidence)
    answer = any(holds_answer(passage.text, [group]) for group in row.expected)
    near = not gold and bool(passage.article) and any(item.is_of(passage.article) for item in row.evidence)
    return [mark for mark, held in zip(MARKS, (gold, answer, near), strict=True) if held]


def wanted(row: CaseResult) -> list[str]:
    """The words to point out in passages: what was to be quoted, and the answers."""
    return [item.quote for item in row.evidence if item.quote] + [text for group in row.expected for text in group]


def where_it_failed(result: EvalResult) -> tuple[list[str], dict[str, Counter[str]]]:
    """How often each kind of failure met each place of what is needed: (columns, kind -> column -> number).

    A wrong answer with its passage in first place is the reader's, one whose passage was not retrieved is not.
    """
    k = result.k
    columns = ["rank 1", "rank 2–5", f"rank 6–{k}" if k > 6 else "rank 6", _NOT_RETRIEVED, _NO_SAY]
    counts: dict[str, Counter[str]] = {}
    for row in result.failures:
        if not row.rankings:
            column = _NO_SAY
        elif row.rank is None or row.rank > k:
            column = _NOT_RETRIEVED
        else:
            column = columns[0 if row.rank == 1 else 1 if row.rank <= 5 else 2]
        counts.setdefault(kind(row), Counter())[column] += 1
    used = [column for column in columns if any(found[column] for found in counts.values())]
    return used, {name: counts[name] for name in KINDS if name in counts}


def unanswered(rows: Sequence[CaseResult]) -> list[CaseResult]:
    """The cases that ended in an error or a timeout."""
    return [row for row in rows if row.outcome == "failed"]


def _rank(rank: int | None) -> str:
    return _NOT_RETRIEVED if rank is None else f"at rank {rank}"
