"""What came of a run: a row a case, and the figures over all of them.

The figures of single cases, averaged over the cases that have a say in them:

======================= ===============================================================================================
right                   answerable: the text holds the gold answer (of every group); not answerable: it was refused
answered_right          share of answerable cases with a right answer in the text and citations in the right paragraphs
answer_recall           share of answerable cases whose text holds the gold answer (with ``must``: of every group)
exact_match answer_f1   SQuAD's figures of answerable cases, a refusal counting 0; low for answers in whole sentences.
                        The short answer is taken where a system gives one. ``_aware``: numbers and dates by value
squad2_exact squad2_f1  the same over all cases as SQuAD 2.0 has it: 1 for refusing what is not answerable
citation_recall         ALCE (Gao et al. 2023): share of an answer's statements that its citations support
citation_precision      ALCE: share of an answer's citations that are not beside the point
gold_citation_precision share of an answer's citations that point into a gold paragraph
gold_citation_recall    share of answered cases with a gold paragraph cited (of every need)
quote_verbatim          share of an answer's quotes that stand in the article as quoted
crag_score              1 right, 0 refused or failed, -1 wrong (CRAG, Yang et al. 2024); -1..1
LEVEL_success@k ...     success, recall, MRR, nDCG and MAP of the retrieved passages by article, paragraph and answer
                        string: judge.py says what counts; trec_eval's definitions
passed                  share of cases that went as they should: answered right and cited, or refused if not answerable
======================= ===============================================================================================

The figures of a whole run:

======================= ===============================================================================================
abstention_precision    share of the refusals that are right (of questions that are not answerable)
abstention_recall       share of the questions that are not answerable that were refused
auroc                   chance that an answerable question has more confidence than one that is not; 0.5: no better
                        than chance
aurc                    area under the risk-coverage curve of what was answered (Geifman & El-Yaniv 2017); low is good
ece                     expected calibration error of the confidence of what was answered, 10 bins (Guo et al. 2017);
                        low is good
brier                   mean squared difference of that confidence and being right; low is good
======================= ===============================================================================================

A measure is None where no case has a say in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .cases import Case
from .judge import LEVELS, CaseResult, Level, Values, judge
from .measures import (
    Bin,
    Support,
    abstention,
    aurc,
    auroc,
    brier,
    calibration_bins,
    expected_calibration_error,
    mean,
    percentile,
    recall_at_k,
    risk_coverage,
)
from .runs import RunInfo
from .schema import Record

LOWER_IS_BETTER = frozenset({"aurc", "ece", "brier"})


@dataclass(frozen=True)
class EvalResult:
    """A whole run: rows in the order of the cases, and all that is needed to tell what was measured on what.

    ``unasked`` cases have no row: the run was cut off before them.
    """

    rows: tuple[CaseResult, ...]
    info: RunInfo
    unasked: int = 0

    @property
    def name(self) -> str:
        return self.info.name

    @property
    def k(self) -> int:
        """The cut-off of the ranking measures."""
        return self.info.depth

    @cached_property
    def overall(self) -> Values:
        return summarise(self.rows)

    @cached_property
    def by_type(self) -> Mapping[str, tuple[int, Values]]:
        """Number of cases and measures of each type, in order of first appearance."""
        return _grouped(self.rows, lambda row: (row.type,))

    @cached_property
    def by_tag(self) -> Mapping[str, tuple[int, Values]]:
        """Number of cases and measures of each tag, in order of first appearance."""
        return _grouped(self.rows, lambda row: row.tags)

    @property
    def failures(self) -> list[CaseResult]:
        """The cases that did not go as they should."""
        return [row for row in self.rows if row.passed is False]

    @property
    def latency_ms(self) -> dict[str, float]:
        """Milliseconds a question took: median, 95th and 99th percentile; empty when no time was taken (all 0)."""
        latencies = [row.latency_ms for row in self.rows if row.latency_ms > 0]
        return {f"p{q}": percentile(latencies, q) for q in (50, 95, 99)} if latencies else {}

    @property
    def tokens(self) -> dict[str, float | None]:
        """Tokens and cost of a language model over the whole run; None for what no response tells."""
        responses = [row.response for row in self.rows]
        return {
            "in": _sum([response.tokens_in for response in responses]),
            "out": _sum([response.tokens_out for response in responses]),
            "cost": _sum([response.cost for response in responses]),
        }

    def values(self, name: str) -> dict[str, float]:
        """The value of a single-case measure for each case (by id) that has a say in it."""
        return {row.id: value for row in self.rows if (value := row.measures.get(name)) is not None}

    # -- curves

    @property
    def risk_coverage(self) -> list[tuple[float, float]]:
        """(coverage, risk) of what was answered, most confident first; coverage is a share of all cases."""
        answered = _confident(self.rows)
        share = len(answered) / max(1, len(self.rows))
        return [(coverage * share, risk) for coverage, risk in _risk_coverage(answered)]

    @property
    def reliability(self) -> list[Bin]:
        """The answered cases in bins of confidence: how many, mean confidence, share that is right."""
        answered = _confident(self.rows)
        return calibration_bins([c for c, _ in answered], [right for _, right in answered])

    def recall_curve(self, level: Level) -> list[float]:
        """Mean recall of a level at each cut-off from 1 to k; empty when the level is not measured."""
        found = [row.rankings[level] for row in self.rows if level in row.rankings]
        if not found:
            return []
        return [mean([recall_at_k(r.gains, r.ideal, k) for r in found]) or 0.0 for k in range(1, self.k + 1)]

    def to_dict(self) -> dict[str, Any]:
        """The JSON of ``nutgraf eval --json``."""
        return {
            **self.info.to_dict(),
            "overall": rounded(self.overall),
            "by_type": {name: {"cases": count, **rounded(found)} for name, (count, found) in self.by_type.items()},
            "by_tag": {name: {"cases": count, **rounded(found)} for name, (count, found) in self.by_tag.items()},
            "latency_ms": rounded(self.latency_ms),
            "tokens": self.tokens,
            "risk_coverage": [[round(c, 4), round(r, 4)] for c, r in self.risk_coverage],
            "reliability": [bin.to_dict() for bin in self.reliability],
            "recall_at": {level: [round(v, 4) for v in self.recall_curve(level)] for level in LEVELS},
            "cases": [_row_dict(row) for row in self.rows],
        }


def judge_run(cases: Sequence[Case], records: Sequence[Record], info: RunInfo, support: Support) -> EvalResult:
    """All records held against their cases, in the order of the cases. Cases without a record are left out.

    What no response of the run tells is not measured: rankings without any passage, the level of articles when no
    passage names one, citations when there is none. A run that came to nothing but errors tells nothing and is a miss
    in everything.
    """
    by_id = {record.case: record for record in records}
    broken = all(record.response.outcome == "failed" for record in records)
    passages = [passage for record in records for passage in record.response.passages]
    named = broken or any(passage.article for passage in passages)
    levels = {level for level in LEVELS if (passages or broken) and (level != "article" or named)}
    answered = [record.response for record in records if record.response.outcome == "answered"]
    cites = not answered or any(response.citations for response in answered)
    asked = [case for case in cases if case.id in by_id]
    rows = [judge(case, by_id[case.id], support, info.depth, levels, cites=cites) for case in asked]
    return EvalResult(tuple(rows), info, len(cases) - len(asked))


def summarise(rows: Sequence[CaseResult]) -> Values:
    """The measures over some rows; the tables at the top of this module say what each is."""
    names = rows[0].measures if rows else {}
    averages = {name: mean([v for row in rows if (v := row.measures[name]) is not None]) for name in names}
    passed = averages.pop("passed", None)
    said = [row for row in rows if row.measures["right"] is not None]
    precision, recall = abstention([r.answerable for r in said], [r.outcome == "not_in_sources" for r in said])
    confidences = [(c, row.answerable) for row in said if (c := row.response.confidence) is not None]
    answered = _confident(rows)
    scores, right = [c for c, _ in answered], [r for _, r in answered]
    return {
        **averages,
        "abstention_precision": precision,
        "abstention_recall": recall,
        "auroc": auroc([c for c, _ in confidences], [label for _, label in confidences]),
        "aurc": aurc(_risk_coverage(answered)),
        "ece": expected_calibration_error(scores, right),
        "brier": brier(scores, right),
        "passed": passed,
    }


def rounded(values: Mapping[str, float | None]) -> Values:
    return {name: None if value is None else round(value, 4) for name, value in values.items()}


def _confident(rows: Sequence[CaseResult]) -> list[tuple[float, bool]]:
    """(confidence, right) of what was answered; an answer to a question without one is wrong."""
    return [
        (row.response.confidence, row.answerable and row.right)
        for row in rows
        if row.outcome == "answered" and row.response.confidence is not None and row.measures["right"] is not None
    ]


def _risk_coverage(answered: Sequence[tuple[float, bool]]) -> list[tuple[float, float]]:
    return risk_coverage([confidence for confidence, _ in answered], [not right for _, right in answered])


def _grouped(
    rows: Sequence[CaseResult], keys: Callable[[CaseResult], Sequence[str]]
) -> Mapping[str, tuple[int, Values]]:
    names = dict.fromkeys(key for row in rows for key in keys(row))
    groups = {name: [row for row in rows if name in keys(row)] for name in names}
    return {name: (len(group), summarise(group)) for name, group in groups.items()}


def _sum(values: Sequence[float | None]) -> float | None:
    told = [value for value in values if value is not None]
    return sum(told) if told else None


def _row_dict(row: CaseResult) -> dict[str, Any]:
    return {
        "id": row.id,
        "question": row.question,
        "type": row.type,
        "tags": list(row.tags),
        "answerable": row.answerable,
        "expected": [list(group) for group in row.expected],
        "outcome": row.outcome,
        "text": row.response.text,
        "why": row.response.why,
        "confidence": row.response.confidence,
        "latency_ms": round(row.latency_ms, 2),
        "rank": row.rank,
        "passed": row.passed,
        "measures": rounded({name: value for name, value in row.measures.items() if name != "passed"}),
    }
