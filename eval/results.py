"""What came of a run: a row a case, and the figures over all of them.

=================== ===================================================================================================
answered_right      share of answerable cases with a right answer in the text and citations in the right paragraphs
answer_recall       share of answerable cases whose text holds the gold answer (with ``must``: of every group)
answer_f1           mean token F1 over answerable cases, a refusal counting 0; low for answers in whole sentences
exact_match         share of answerable cases whose text is the gold answer
citation_precision  share of the citations of answered answerable cases that point into a gold paragraph
citation_recall     share of answered answerable cases with a gold paragraph cited (with ``must``: one of each article)
quote_verbatim      share of all citations whose quote is what the article says at its offsets
abstention_*        precision and recall of refusing what is not answerable
success@1 recall@k  of the retrieved passages, over answerable cases. A passage is relevant when it is the first to hold
mrr@k ndcg@k        a needed paragraph's quote: a second one adds nothing, and the ideal ranking has just one for each
passed              share of all cases that went as they should: answered right, or refused when not answerable
=================== ===================================================================================================

A measure is None where no case has a say in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from rag.schema import Outcome

from .measures import (
    abstention,
    mean,
    ndcg_at_k,
    percentile,
    recall_at_k,
    reciprocal_rank,
    share,
    success_at_k,
)

Measures = Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One case with what the system made of it.

    ``expected`` are the case's groups of right texts. ``outcome`` is that of the answer; "failed" also stands for an
    error, told in ``why``. ``right`` says that the text holds the answer (not answerable: that it was refused),
    ``cited`` that all that is needed was cited. ``hits`` is the ranking of the retrieved passages within the first k,
    out of ``needs`` relevant ones. Of the ``citations``, ``gold_citations`` point into a gold paragraph and
    ``verbatim`` quote what the article says.
    """

    id: str
    question: str
    type: str
    tags: tuple[str, ...]
    answerable: bool
    expected: tuple[tuple[str, ...], ...]
    needs: int
    outcome: Outcome
    text: str
    why: str
    confidence: float
    latency_ms: float
    right: bool = False
    cited: bool = False
    exact: float = 0.0
    f1: float = 0.0
    citations: int = 0
    gold_citations: int = 0
    verbatim: int = 0
    hits: tuple[bool, ...] = ()

    @property
    def passed(self) -> bool:
        return self.right and (self.cited or not self.answerable)

    @property
    def rank(self) -> int | None:
        """Rank of the first relevant passage, None when none was retrieved."""
        return self.hits.index(True) + 1 if any(self.hits) else None

    def to_dict(self) -> dict[str, object]:
        fields = {name: getattr(self, name) for name in self.__slots__ if name != "hits"}
        rounded = {name: round(value, 4) if isinstance(value, float) else value for name, value in fields.items()}
        return {**rounded, "rank": self.rank, "passed": self.passed}


@dataclass(frozen=True)
class EvalResult:
    """A whole run: rows in the order of the cases, and all that is needed to tell what was measured on what.

    ``k`` is the cut-off of the ranking measures. The SHA-256 sums (hex) are empty when not known. ``seconds`` is the
    time that all questions took; ``versions`` and ``cpus`` are those of the machine.
    """

    rows: tuple[CaseResult, ...]
    k: int
    answerer: str
    settings_fingerprint: str
    cases_sha256: str
    corpus_sha256: str
    versions: Mapping[str, str]
    cpus: int
    seconds: float

    @cached_property
    def overall(self) -> Measures:
        return summarise(self.rows, self.k)

    @cached_property
    def by_type(self) -> Mapping[str, tuple[int, Measures]]:
        """Number of cases and measures of each type, in order of first appearance."""
        types = dict.fromkeys(row.type for row in self.rows)
        groups = {name: [row for row in self.rows if row.type == name] for name in types}
        return {name: (len(rows), summarise(rows, self.k)) for name, rows in groups.items()}

    @property
    def failures(self) -> list[CaseResult]:
        """The cases that did not go as they should."""
        return [row for row in self.rows if not row.passed]

    @property
    def latency_ms(self) -> dict[str, float]:
        """Milliseconds a question took: median and 95th percentile."""
        latencies = [row.latency_ms for row in self.rows]
        return {"p50": percentile(latencies, 50), "p95": percentile(latencies, 95)}

    def to_dict(self) -> dict[str, object]:
        """The JSON of ``nutgraf eval --json``."""
        return {
            "overall": _rounded(self.overall),
            "by_type": {name: {"cases": count, **_rounded(found)} for name, (count, found) in self.by_type.items()},
            "latency_ms": _rounded(self.latency_ms),
            "seconds": round(self.seconds, 2),
            "k": self.k,
            "answerer": self.answerer,
            "settings_fingerprint": self.settings_fingerprint,
            "cases_sha256": self.cases_sha256,
            "corpus_sha256": self.corpus_sha256,
            "versions": dict(self.versions),
            "cpus": self.cpus,
            "cases": [row.to_dict() for row in self.rows],
        }


def summarise(rows: Sequence[CaseResult], k: int) -> Measures:
    """The measures over some rows; the table at the top of this module says what each is."""
    answerable = [row for row in rows if row.answerable]
    answered = [row for row in answerable if row.outcome == "answered"]
    refused = [row.outcome == "not_in_sources" for row in rows]
    precision, recall = abstention([row.answerable for row in rows], refused)
    return {
        "answered_right": share(sum(row.passed for row in answerable), len(answerable)),
        "answer_recall": share(sum(row.right for row in answerable), len(answerable)),
        "answer_f1": mean([row.f1 for row in answerable]),
        "exact_match": mean([row.exact for row in answerable]),
        "citation_precision": share(sum(r.gold_citations for r in answered), sum(r.citations for r in answered)),
        "citation_recall": share(sum(row.cited for row in answered), len(answered)),
        "quote_verbatim": share(sum(row.verbatim for row in rows), sum(row.citations for row in rows)),
        "abstention_precision": precision,
        "abstention_recall": recall,
        "success@1": mean([success_at_k(row.hits, 1) for row in answerable]),
        f"recall@{k}": mean([recall_at_k(row.hits, row.needs, k) for row in answerable]),
        f"mrr@{k}": mean([reciprocal_rank(row.hits, k) for row in answerable]),
        f"ndcg@{k}": mean([ndcg_at_k(row.hits, row.needs, k) for row in answerable]),
        "passed": share(sum(row.passed for row in rows), len(rows)),
    }


def _rounded(values: Measures) -> dict[str, float | None]:
    return {name: None if value is None else round(value, 4) for name, value in values.items()}
