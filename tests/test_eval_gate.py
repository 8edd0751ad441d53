"""The gate lets a good system pass and stops a broken one.

A perfect system is made of the gold questions themselves; each broken one spoils its answers in one way, and the
figures have to be what theory says.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from eval.cases import Case, default_cases, seeds_folder
from eval.errors import FloorsError
from eval.gate import MARGIN, NO_FLOORS, Floors, check, load_floors, save_floors, updated
from eval.results import EvalResult
from eval.run import run_eval
from index import Article, ArticleHead, Chunk, Paragraph, Passage, QueryError
from rag import Answer, Citation

CASES = default_cases()
UNANSWERABLE = sum(not case.answerable for case in CASES)


def article_of(path: Path) -> Article:
    """An article whose paragraphs are the lines of its file."""
    text = path.read_text("utf-8")
    paragraphs, start = [], 0
    for number, line in enumerate(text.splitlines()):
        paragraphs.append(Paragraph(number, line, "body", start, start + len(line)))
        start += len(line) + 1
    return Article(f"/articles/{path.name}", text=text, paragraphs=tuple(paragraphs))


class Seeds:
    """The seed articles, every paragraph a passage."""

    def __init__(self) -> None:
        self.by_uri = {found.uri: found for found in map(article_of, sorted(seeds_folder().glob("*.txt")))}
        places = [(a, p) for a in self.by_uri.values() for p in a.paragraphs if p.text.strip()]
        self.passages = [
            Passage(Chunk(number, p.text, p.start, p.end, p.number, p.number), a, (p,), 1.0, number)
            for number, (a, p) in enumerate(places, 1)
        ]

    def article(self, uri: str) -> Article | None:
        return self.by_uri.get(uri)

    def articles(self) -> Iterator[ArticleHead]:
        return iter(self.by_uri.values())


SEEDS = Seeds()


def cite(marker: int, passage: Passage) -> Citation:
    return Citation(
        marker=marker,
        passage_id=passage.id,
        uri=passage.uri,
        title="",
        source="",
        url="",
        published=None,
        paragraph=passage.chunk.first_paragraph,
        paragraph_kind="body",
        paragraph_text=passage.text,
        quote=passage.text,
        start=passage.start,
        end=passage.end,
    )


def answer_with(question: str, cited: Sequence[Passage]) -> Answer:
    """The cited passages as the answer, and first among the retrieved ones."""
    return Answer(
        question,
        " ".join(f"{passage.text} [{marker}]" for marker, passage in enumerate(cited, 1)),
        "answered",
        citations=tuple(cite(marker, passage) for marker, passage in enumerate(cited, 1)),
        passages=(*cited, *(passage for passage in SEEDS.passages if passage not in cited)),
    )


def perfect(case: Case) -> Answer:
    gold = [p for e in case.evidence for p in SEEDS.passages if e.stands_in(p.uri, p.text)]
    if not case.answerable:
        return Answer(case.question, "Not in these sources.", "not_in_sources", passages=tuple(SEEDS.passages))
    return answer_with(case.question, gold)


def never_answers(case: Case) -> Answer:
    return replace(perfect(case), text="Not in these sources.", outcome="not_in_sources", citations=())


def always_answers(case: Case) -> Answer:
    return perfect(case) if case.answerable else answer_with(case.question, SEEDS.passages[:1])


def shuffles_passages(case: Case) -> Answer:
    answer = perfect(case)
    shuffled = random.Random(case.id).sample(answer.passages, len(answer.passages))
    return replace(answer, passages=tuple(shuffled))


def swaps_citations(case: Case) -> Answer:
    """Cites, beside the right words, paragraphs that are not gold."""
    answer = perfect(case)
    others = [p for p in SEEDS.passages if not any(e.stands_in(p.uri, p.text) for e in case.evidence)]
    return replace(answer, citations=tuple(cite(c.marker, others[c.marker]) for c in answer.citations))


def misquotes(case: Case) -> Answer:
    answer = perfect(case)
    return replace(answer, citations=tuple(replace(c, start=c.start + 1) for c in answer.citations))


def says_nothing(case: Case) -> Answer:
    answer = perfect(case)
    return replace(answer, text="") if case.answerable else answer


def crashes(case: Case) -> Answer:
    raise QueryError(f"no answer to {case.id}")


class Scripted:
    """A system that gives to each gold question what ``script`` says."""

    def __init__(self, script: Callable[[Case], Answer]) -> None:
        self.script = script
        self.index = SEEDS
        self.cases = {case.question: case for case in CASES}

    def ask(self, question: str, *, history: Sequence[tuple[str, str]], as_of: date | None, k: int | None) -> Answer:
        return self.script(self.cases[question])


def measure(script: Callable[[Case], Answer]) -> EvalResult:
    return run_eval(Scripted(script), CASES, cases_sha256="c" * 64, corpus_sha256="d" * 64)


@pytest.fixture(scope="module")
def good() -> EvalResult:
    return measure(perfect)


@pytest.fixture(scope="module")
def floors(good: EvalResult) -> Floors:
    return updated(NO_FLOORS, good)


def test_a_perfect_system_has_perfect_figures(good: EvalResult, floors: Floors) -> None:
    high = {name: value for name, value in good.overall.items() if name not in {"answer_f1", "exact_match"}}
    assert high == dict.fromkeys(high, 1.0)
    assert good.failures == []
    assert check(good, floors) == []


def test_floors_lie_a_margin_below_what_was_measured(good: EvalResult, floors: Floors) -> None:
    assert floors.floors["answered_right"] == 1 - MARGIN
    assert floors.floors["quote_verbatim"] == 1
    assert {"answer_f1", "exact_match"} & floors.floors.keys() == set()
    assert (floors.cases_sha256, floors.corpus_sha256) == ("c" * 64, "d" * 64)


@pytest.mark.parametrize(
    ("script", "expected", "broken"),
    [
        (
            never_answers,
            {"answered_right": 0.0, "abstention_recall": 1.0, "abstention_precision": UNANSWERABLE / len(CASES)},
            {"answered_right", "answer_recall", "citation_precision", "citation_recall", "quote_verbatim"}
            | {"abstention_precision"},
        ),
        (
            always_answers,
            {"answered_right": 1.0, "abstention_recall": 0.0, "abstention_precision": 0.0},
            {"abstention_precision", "abstention_recall"},
        ),
        (
            shuffles_passages,
            {"answered_right": 1.0, "abstention_recall": 1.0},
            {"success@1", "recall@10", "mrr@10", "ndcg@10"},
        ),
        (
            swaps_citations,
            {"answer_recall": 1.0, "answered_right": 0.0, "citation_precision": 0.0, "quote_verbatim": 1.0},
            {"answered_right", "citation_precision", "citation_recall"},
        ),
        (misquotes, {"quote_verbatim": 0.0, "answered_right": 1.0}, {"quote_verbatim"}),
        (says_nothing, {"answer_recall": 0.0, "citation_recall": 1.0}, {"answered_right", "answer_recall"}),
    ],
)
def test_a_broken_system_scores_as_theory_says_and_is_stopped(
    floors: Floors, script: Callable[[Case], Answer], expected: dict[str, float], broken: set[str]
) -> None:
    result = measure(script)
    assert {name: result.overall[name] for name in expected} == pytest.approx(expected)
    violations = check(result, floors)
    assert {violation.split()[0] for violation in violations} == broken
    assert all("mend it, or type: nutgraf eval" in violation for violation in violations)


def test_shuffled_passages_are_found_as_often_as_by_chance() -> None:
    """Of n passages in random order, a single relevant one is first in 1 of n and within ten in 10 of n."""
    single = [case for case in CASES if len(case.evidence) == 1]
    hits = [row.hits for seed in range(20) for row in run_eval(_shuffling(seed), single).rows]
    n = len(SEEDS.passages)
    assert sum(hit[0] for hit in hits) / len(hits) == pytest.approx(1 / n, abs=0.02)
    assert sum(any(hit) for hit in hits) / len(hits) == pytest.approx(10 / n, abs=0.05)


def _shuffling(seed: int) -> Scripted:
    def script(case: Case) -> Answer:
        answer = perfect(case)
        order = random.Random(f"{seed} {case.id}").sample(answer.passages, len(answer.passages))
        return replace(answer, passages=tuple(order))

    return Scripted(script)


def test_a_crash_is_a_miss_and_is_listed(floors: Floors) -> None:
    result = measure(crashes)
    assert [row.id for row in result.failures] == [case.id for case in CASES]
    assert result.failures[0].outcome == "failed"
    assert result.failures[0].why == f"no answer to {CASES[0].id}"
    assert result.overall["passed"] == result.overall["abstention_recall"] == 0
    assert check(result, floors)


@pytest.mark.parametrize("name", ["cases_sha256", "corpus_sha256"])
def test_other_questions_or_articles_are_told(good: EvalResult, floors: Floors, name: str) -> None:
    [violation] = check(good, replace(floors, **{name: "e" * 64}))  # type: ignore[arg-type]
    assert "not those that the floors were measured on" in violation
    assert violation.endswith("nutgraf eval --update-floors")


def test_floors_rise_and_stay_but_do_not_fall(good: EvalResult, floors: Floors) -> None:
    low = replace(floors, floors={**floors.floors, "answered_right": 0.5, "mrr@10": 0.999})
    raised = updated(low, good)
    assert raised.floors["answered_right"] == 1 - MARGIN
    assert raised.floors["mrr@10"] == 0.999
    assert raised.lowered == ()


@pytest.mark.parametrize("arguments", [{}, {"lower": True}, {"reason": "why"}, {"lower": True, "reason": " "}])
def test_lowering_needs_the_flag_and_a_reason(floors: Floors, arguments: dict[str, object]) -> None:
    with pytest.raises(FloorsError, match=r"abstention_recall \(0\.0000, floor 0\.980\).*--lower-floors --reason"):
        updated(floors, measure(always_answers), **arguments)  # type: ignore[arg-type]


def test_changed_questions_do_not_let_floors_fall(floors: Floors) -> None:
    with pytest.raises(FloorsError):
        updated(replace(floors, cases_sha256="e" * 64), measure(always_answers))


def test_a_lowered_floor_keeps_its_reason_and_the_others_stay(floors: Floors, tmp_path: Path) -> None:
    lowered = updated(floors, measure(always_answers), lower=True, reason="questions were taken out")
    assert lowered.floors == {**floors.floors, "abstention_precision": 0.0, "abstention_recall": 0.0}
    path = tmp_path / "floors.json"
    save_floors(lowered, path)
    assert load_floors(path) == lowered
    assert json.loads(path.read_text("utf-8"))["lowered"] == [
        {
            "reason": "questions were taken out",
            "measures": {"abstention_precision": [0.98, 0.0], "abstention_recall": [0.98, 0.0]},
        }
    ]
    again = updated(lowered, measure(perfect))
    assert again.lowered == lowered.lowered
    assert again.floors == floors.floors


def test_a_floor_whose_measure_is_gone_is_broken(floors: Floors) -> None:
    result = run_eval(Scripted(perfect), CASES, k=5, cases_sha256="c" * 64, corpus_sha256="d" * 64)
    assert {violation.split()[0] for violation in check(result, floors)} == {"recall@10", "mrr@10", "ndcg@10"}
    renamed = updated(floors, result, lower=True, reason="cut at five")
    assert {"recall@5", "mrr@5", "ndcg@5"} <= renamed.floors.keys()
    assert check(result, renamed) == []


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"floors": {"a": "b"}, "lowered": []}'])
def test_a_damaged_file_of_floors_is_an_error(tmp_path: Path, content: str) -> None:
    path = tmp_path / "floors.json"
    path.write_text(content)
    with pytest.raises(FloorsError, match=r"floors\.json: is no file of floors"):
        load_floors(path)


def test_a_missing_file_and_a_missing_folder_are_errors(tmp_path: Path, floors: Floors) -> None:
    with pytest.raises(FloorsError, match="cannot be read"):
        load_floors(tmp_path / "floors.json")
    with pytest.raises(FloorsError, match="cannot be written"):
        save_floors(floors, tmp_path / "nowhere" / "floors.json")
