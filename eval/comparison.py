"""Two runs of the same cases held against each other, question by question.

The first run is the one to compare with, the second what became of it: a difference above 0 says that the second is
better (every measure of a single case is higher when better). Only cases that have a say in a measure in both runs are
compared by it; the others are counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol

from .cases import Evidence
from .errors import EvalError
from .measures import bootstrap_interval, holm, mean, paired_randomisation

PASSED = "passed"
"""The measure whose changes are told case by case: 1 for a case that went as it should, 0 for one that did not."""


class Row(Protocol):
    """One case of a run."""

    @property
    def id(self) -> str: ...

    @property
    def question(self) -> str: ...

    @property
    def answerable(self) -> bool: ...

    @property
    def expected(self) -> tuple[tuple[str, ...], ...]: ...

    @property
    def evidence(self) -> tuple[Evidence, ...]: ...


class Run(Protocol):
    """What is compared; ``EvalResult`` is one."""

    @property
    def rows(self) -> Sequence[Row]: ...

    def values(self, name: str, /) -> Mapping[str, float]:
        """The value of a measure for each case, by id, that has a say in it."""
        ...


@dataclass(frozen=True, slots=True)
class MeasureComparison:
    """A measure in both runs, over the ``cases`` that have a say in it in both.

    ``only_a`` and ``only_b`` count those that have one in one run only. ``difference`` is ``mean_b`` - ``mean_a``,
    ``ci95`` its 95 % percentile bootstrap interval over cases, ``p`` the two-sided p-value of the paired randomisation
    test, ``p_holm`` the same adjusted for all the measures compared (Holm 1979). ``better``, ``worse`` and ``same``
    count cases. All but the counts are None when there is no case.
    """

    name: str
    cases: int
    only_a: int
    only_b: int
    mean_a: float | None = None
    mean_b: float | None = None
    difference: float | None = None
    ci95: tuple[float, float] | None = None
    p: float | None = None
    p_holm: float | None = None
    better: int = 0
    worse: int = 0
    same: int = 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs: ``cases`` in both, the ids of those in one only, each measure, and what changed case by case.

    ``gained`` are the ids of the cases that failed in the first run and passed in the second, ``lost`` the reverse.
    """

    cases: int
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]
    measures: tuple[MeasureComparison, ...]
    gained: tuple[str, ...]
    lost: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, nothing rounded."""
        return asdict(self)


def compare(a: Run, b: Run, measures: Sequence[str], *, seed: int = 0) -> Comparison:
    """Compare two runs by some measures of single cases.

    ``seed`` is that of the bootstrap and the randomisation. Raises EvalError when the runs have no case in common, or
    ask or expect something else under the same id.
    """
    questions_a, questions_b = ({row.id: _meant(row) for row in run.rows} for run in (a, b))
    common = [case for case in questions_a if case in questions_b]
    if not common:
        raise EvalError("the runs have no case in common; compare runs of the same cases")
    different = [case for case in common if questions_a[case] != questions_b[case]]
    if different:
        more = f" and {len(different) - 1} more" if len(different) > 1 else ""
        raise EvalError(
            f"the runs ask different questions, or expect other answers, under the id {different[0]!r}{more}; run one"
            " of them again with the cases of the other"
        )
    compared = [_compare(name, a.values(name), b.values(name), seed) for name in measures]
    before, after = a.values(PASSED), b.values(PASSED)
    judged = [case for case in common if case in before and case in after]
    return Comparison(
        cases=len(common),
        only_a=tuple(case for case in questions_a if case not in questions_b),
        only_b=tuple(case for case in questions_b if case not in questions_a),
        measures=_adjusted(compared),
        gained=tuple(case for case in judged if not before[case] and after[case]),
        lost=tuple(case for case in judged if before[case] and not after[case]),
    )


def _meant(row: Row) -> tuple[object, ...]:
    """What a case asks and expects; the text of a numbered paragraph may differ from corpus to corpus."""
    places = tuple((e.article, e.paragraph, "" if e.paragraph is not None else e.quote, e.grade) for e in row.evidence)
    return row.question, row.answerable, row.expected, places


def _compare(name: str, a: Mapping[str, float], b: Mapping[str, float], seed: int) -> MeasureComparison:
    both = [case for case in a if case in b]
    counts = MeasureComparison(name, len(both), len(a) - len(both), len(b) - len(both))
    if not both:
        return counts
    differences = [b[case] - a[case] for case in both]
    return replace(
        counts,
        mean_a=mean([a[case] for case in both]),
        mean_b=mean([b[case] for case in both]),
        difference=mean(differences),
        ci95=bootstrap_interval(differences, seed=seed),
        p=paired_randomisation(differences, seed=seed),
        better=sum(difference > 0 for difference in differences),
        worse=sum(difference < 0 for difference in differences),
        same=sum(difference == 0 for difference in differences),
    )


def _adjusted(compared: Sequence[MeasureComparison]) -> tuple[MeasureComparison, ...]:
    """The same with p-values adjusted for their number."""
    tested = [found.p for found in compared if found.p is not None]
    adjusted = iter(holm(tested))
    return tuple(found if found.p is None else replace(found, p_holm=next(adjusted)) for found in compared)
