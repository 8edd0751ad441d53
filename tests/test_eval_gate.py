"""The gate lets a good system pass and stops a broken one.

A perfect system is made of the gold questions themselves; each broken one spoils its answers in one way, and the
figures have to be what theory says.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from eval.cases import Case, default_cases, seeds_folder
from eval.errors import FloorsError
from eval.gate import MARGIN, NO_FLOORS, SAMPLED, Floors, check, load_floors, save_floors, updated
from eval.judge import LEVELS, holds_evidence
from eval.results import EvalResult
from eval.run import run_eval
from eval.schema import Cited, Corpus, Description, Found, Question, Response, Statement

CASES = default_cases()
UNANSWERABLE = sum(not case.answerable for case in CASES)
PASSAGES = tuple(
    Found(path.name, line)
    for path in sorted(seeds_folder().glob("*.txt"))
    for line in path.read_text("utf-8").splitlines()
    if line.strip()
)


def answer_with(cited: Sequence[Found], confidence: float = 1.0) -> Response:
    """The cited passages as the answer, and first among the retrieved ones."""
    return Response(
        "answered",
        " ".join(passage.text for passage in cited),
        statements=tuple(Statement(passage.text, (place,)) for place, passage in enumerate(cited)),
        citations=tuple(Cited(passage.article, passage.text, passage.text, verbatim=True) for passage in cited),
        passages=(*cited, *(passage for passage in PASSAGES if passage not in cited)),
        confidence=confidence,
    )


def gold_passages(case: Case) -> list[Found]:
    return list(dict.fromkeys(p for e in case.evidence for p in PASSAGES if holds_evidence(e, p)))


def perfect(case: Case) -> Response:
    if case.answerable:
        return answer_with(gold_passages(case))
    return Response("not_in_sources", "Not in these sources.", passages=PASSAGES, confidence=0.0)


def never_answers(case: Case) -> Response:
    return Response("not_in_sources", "Not in these sources.", passages=perfect(case).passages, confidence=0.0)


def always_answers(case: Case) -> Response:
    return perfect(case) if case.answerable else answer_with(PASSAGES[:1])


def shuffles_passages(case: Case) -> Response:
    response = perfect(case)
    return replace(response, passages=tuple(random.Random(case.id).sample(response.passages, len(PASSAGES))))


def swaps_citations(case: Case) -> Response:
    """Cites, beside the right words, paragraphs that are not gold and say something else."""
    response = perfect(case)
    others = [p for p in PASSAGES if p not in gold_passages(case)]
    swapped = (replace(c, text=others[n].text, quote=others[n].text) for n, c in enumerate(response.citations))
    return replace(response, citations=tuple(swapped))


def cites_beside_the_point(case: Case) -> Response:
    """Adds to each right citation one that says something else."""
    response = perfect(case)
    other = next(p for p in PASSAGES if p not in gold_passages(case))
    beside = Cited(other.article, other.text, other.text, verbatim=True)
    statements = (replace(s, citations=(*s.citations, len(response.citations))) for s in response.statements)
    if not case.answerable:
        return response
    return replace(response, citations=(*response.citations, beside), statements=tuple(statements))


def misquotes(case: Case) -> Response:
    response = perfect(case)
    return replace(response, citations=tuple(replace(c, verbatim=False) for c in response.citations))


def says_nothing(case: Case) -> Response:
    response = perfect(case)
    return replace(response, text="") if case.answerable else response


def turns_confidence_round(case: Case) -> Response:
    return replace(perfect(case), confidence=0.0 if case.answerable else 1.0)


def crashes(case: Case) -> Response:
    raise LookupError(f"no answer to {case.id}")


@dataclass
class Scripted:
    """A system that gives to each gold question what ``script`` says."""

    script: Callable[[Case], Response]
    name: str = "scripted"
    corpus: Corpus | None = None

    def ask(self, question: Question) -> Response:
        return self.script(next(case for case in CASES if case.question == question.text))

    def describe(self) -> Description:
        return Description(corpus_sha256="d" * 64)

    def close(self) -> None:
        pass


def measure(script: Callable[[Case], Response], cases: Sequence[Case] = CASES, depth: int = 10) -> EvalResult:
    return run_eval(Scripted(script), cases, depth=depth)


@pytest.fixture(scope="module")
def good() -> EvalResult:
    return measure(perfect)


@pytest.fixture(scope="module")
def floors(good: EvalResult) -> Floors:
    return updated(NO_FLOORS, good)


def test_a_perfect_system_has_perfect_figures(good: EvalResult, floors: Floors) -> None:
    low = {name: value for name, value in good.overall.items() if name in {"ece", "brier", "aurc"}}
    short = ("answer_f1", "exact_match", "squad2_exact", "squad2_f1")  # of answers in whole sentences
    high = {name: value for name, value in good.overall.items() if name not in low and not name.startswith(short)}
    assert all(0 < high.pop(f"{level}_recall@1") < 1 for level in LEVELS)  # of two needs one can be first
    assert high == dict.fromkeys(high, 1.0)
    assert low == dict.fromkeys(low, 0.0)
    assert good.failures == []
    assert check(good, floors) == []


def test_floors_lie_a_margin_below_what_was_measured(good: EvalResult, floors: Floors) -> None:
    assert floors.floors["answered_right"] == 1 - MARGIN
    assert floors.floors["quote_verbatim"] == 1
    assert {"answer_f1", "exact_match"} & floors.floors.keys() == set()
    assert floors.floors["ece"] == MARGIN
    assert (floors.cases_sha256, floors.corpus_sha256) == (good.info.cases_sha256, "d" * 64)


ANSWERED = {"answered_right", "answer_recall", "crag_score"}
CITED = {"citation_recall", "citation_precision"}
GOLD_CITED = {"gold_citation_recall", "gold_citation_precision"}
CONFIDENT = {"auroc", "ece"}


@pytest.mark.parametrize(
    ("script", "expected", "broken"),
    [
        (
            never_answers,
            {
                "answered_right": 0.0,
                "crag_score": UNANSWERABLE / len(CASES),
                "abstention_recall": 1.0,
                "abstention_precision": UNANSWERABLE / len(CASES),
                "auroc": 0.5,
                "citation_recall": None,
                "ece": None,
                "squad2_exact": UNANSWERABLE / len(CASES),
            },
            ANSWERED | CITED | GOLD_CITED | {"quote_verbatim", "abstention_precision"} | CONFIDENT,
        ),
        (
            always_answers,
            {
                "answered_right": 1.0,
                "abstention_recall": 0.0,
                "abstention_precision": 0.0,
                "crag_score": (len(CASES) - 2 * UNANSWERABLE) / len(CASES),
                "auroc": 0.5,
                "ece": UNANSWERABLE / len(CASES),  # it is always sure
                "aurc": UNANSWERABLE / len(CASES),
            },
            {"abstention_precision", "abstention_recall", "crag_score"} | CONFIDENT,
        ),
        (
            shuffles_passages,
            {"answered_right": 1.0, "abstention_recall": 1.0, "citation_recall": 1.0},
            {f"{level}_{name}" for level in LEVELS for name in ("success@1", "mrr@10", "ndcg@10")}
            | {f"{level}_recall@10" for level in ("paragraph", "answer")},  # two articles always stand within ten
        ),
        (
            swaps_citations,
            {
                "answer_recall": 1.0,
                "answered_right": 0.0,
                "gold_citation_precision": 0.0,
                "gold_citation_recall": 0.0,
                "citation_recall": 0.0,
                "citation_precision": 0.0,
                "quote_verbatim": 1.0,
            },
            {"answered_right"} | CITED | GOLD_CITED,
        ),
        (
            cites_beside_the_point,
            {"answered_right": 1.0, "citation_recall": 1.0, "gold_citation_recall": 1.0},
            {"citation_precision", "gold_citation_precision"},
        ),
        (misquotes, {"quote_verbatim": 0.0, "answered_right": 1.0}, {"quote_verbatim"}),
        (
            says_nothing,
            {"answer_recall": 0.0, "gold_citation_recall": 1.0, "aurc": 1.0, "ece": 1.0},
            ANSWERED | {"ece"},
        ),
        (
            turns_confidence_round,
            {"answered_right": 1.0, "auroc": 0.0, "ece": 1.0, "brier": 1.0, "aurc": 0.0},
            CONFIDENT,
        ),
    ],
)
def test_a_broken_system_scores_as_theory_says_and_is_stopped(
    floors: Floors, script: Callable[[Case], Response], expected: dict[str, float | None], broken: set[str]
) -> None:
    result = measure(script)
    assert {name: result.overall[name] for name in expected} == pytest.approx(expected)
    violations = check(result, floors)
    assert {violation.split()[0] for violation in violations} == broken
    assert all("mend it, or type: nutgraf eval" in violation for violation in violations)


def test_a_citation_beside_the_point_halves_precision() -> None:
    result = measure(cites_beside_the_point, [case for case in CASES if len(gold_passages(case)) == 1])
    assert result.overall["citation_precision"] == result.overall["gold_citation_precision"] == 0.5


def test_shuffled_passages_are_found_as_often_as_by_chance() -> None:
    """Of n passages in random order, a single relevant one is first in 1 of n and within ten in 10 of n."""
    single = [case for case in CASES if len(gold_passages(case)) == 1]
    found = [measure(_shuffling(seed), single).overall for seed in range(10)]
    n = len(PASSAGES)
    assert sum(one["paragraph_success@1"] or 0 for one in found) / 10 == pytest.approx(1 / n, abs=0.02)
    assert sum(one["paragraph_success@10"] or 0 for one in found) / 10 == pytest.approx(10 / n, abs=0.05)


def _shuffling(seed: int) -> Callable[[Case], Response]:
    def script(case: Case) -> Response:
        shuffled = random.Random(f"{seed} {case.id}").sample(PASSAGES, len(PASSAGES))
        return replace(perfect(case), passages=tuple(shuffled))

    return script


def test_confidence_by_chance_ranks_by_chance() -> None:
    found = [measure(_guessing(seed)).overall["auroc"] or 0 for seed in range(10)]
    assert sum(found) / 10 == pytest.approx(0.5, abs=0.05)


def _guessing(seed: int) -> Callable[[Case], Response]:
    return lambda case: replace(perfect(case), confidence=random.Random(f"{seed} {case.id}").random())


def test_a_crash_is_a_miss_and_is_listed(floors: Floors) -> None:
    result = measure(crashes)
    assert [row.id for row in result.failures] == [case.id for case in CASES]
    assert result.failures[0].outcome == "failed"
    assert result.failures[0].response.why == f"LookupError: no answer to {CASES[0].id}"
    assert result.overall["passed"] == result.overall["abstention_recall"] == result.overall["crag_score"] == 0
    assert check(result, floors)


def test_some_crashes_count_in_every_ranking() -> None:
    odd = {case.id for case in CASES[1::2]}
    result = measure(lambda case: crashes(case) if case.id in odd else perfect(case))
    asked = [case for case in CASES if case.answerable]
    share = sum(case.id not in odd for case in asked) / len(asked)
    for level in LEVELS:
        assert result.overall[f"{level}_success@1"] == pytest.approx(share)
        assert result.overall[f"{level}_ndcg@10"] == pytest.approx(share)


@pytest.mark.parametrize("name", ["cases_sha256", "corpus_sha256"])
def test_other_questions_or_articles_are_told(good: EvalResult, floors: Floors, name: str) -> None:
    [violation] = check(good, replace(floors, **{name: "e" * 64}))  # type: ignore[arg-type]
    assert "not those that the floors were measured on" in violation
    assert violation.endswith("nutgraf eval --update-floors")


def test_floors_rise_and_stay_but_do_not_fall(good: EvalResult, floors: Floors) -> None:
    low = replace(floors, floors={**floors.floors, "answered_right": 0.5, "paragraph_mrr@10": 0.999})
    raised = updated(low, good)
    assert raised.floors["answered_right"] == 1 - MARGIN
    assert raised.floors["paragraph_mrr@10"] == 0.999
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
    worse = {"abstention_precision": 0.0, "abstention_recall": 0.0, "auroc": 0.48, "crag_score": 0.428, "ece": 0.296}
    assert lowered.floors == {**floors.floors, **worse}
    path = tmp_path / "floors.json"
    save_floors(lowered, path)
    assert load_floors(path) == lowered
    assert json.loads(path.read_text("utf-8"))["lowered"] == [
        {
            "reason": "questions were taken out",
            "measures": {name: [floors.floors[name], value] for name, value in worse.items()},
        }
    ]
    again = updated(lowered, measure(perfect))
    assert again.lowered == lowered.lowered
    assert again.floors == floors.floors


def test_a_floor_whose_measure_is_gone_is_broken(floors: Floors) -> None:
    result = measure(perfect, depth=5)
    cut = {f"{level}_{name}@10" for level in LEVELS for name in ("recall", "mrr", "ndcg")}
    assert {violation.split()[0] for violation in check(result, floors)} == cut
    renamed = updated(floors, result, lower=True, reason="cut at five")
    assert {"paragraph_recall@5", "answer_mrr@5", "article_ndcg@5"} <= renamed.floors.keys()
    assert check(result, renamed) == []


def test_a_sample_sets_no_floors_and_holds_none(good: EvalResult, floors: Floors) -> None:
    sampled = replace(good, info=replace(good.info, sample=3))
    assert [violation.partition(";")[0] for violation in check(sampled, floors)] == [SAMPLED]
    with pytest.raises(FloorsError, match="only a sample"):
        updated(floors, sampled)


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
