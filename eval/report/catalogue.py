"""What the reports say about each measure, in which group they show it, and which ones come first.

A measure that is not known here is shown all the same, in a group of its own: nothing that was measured is hidden.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ..measures import bootstrap_interval
from ..results import LOWER_IS_BETTER, EvalResult
from .text import shorten

_GROUPS = ("Answers", "Citations", "Abstention and confidence")
_OTHERS = "Other measures"

_ANSWERS = {
    "passed": "went as it should: answered right and cited right, or refused where there is no answer",
    "right": "the text holds the right answer, or the question was refused where there is none",
    "answered_right": "of the answerable: right answer in the text, and citations in all the right paragraphs",
    "answer_recall": "of the answerable: the right answer stands in the text, wherever it was found",
    "exact_match": "of the answerable: the answer is the expected one, word for word (SQuAD)",
    "answer_f1": "of the answerable: overlap of words with the expected answer (SQuAD); low for whole sentences",
    "exact_match_aware": "as exact match, with numbers and dates taken by value",
    "answer_f1_aware": "as answer F1, with numbers and dates taken by value",
    "squad2_exact": "exact match over all questions; 1 for refusing what has no answer (SQuAD 2.0)",
    "squad2_f1": "answer F1 over all questions; 1 for refusing what has no answer (SQuAD 2.0)",
    "crag_score": "+1 right, 0 refused or failed, −1 wrong: a wrong answer is worse than none (CRAG)",
}
_CITATIONS = {
    "citation_recall": "share of an answer's statements that what they cite supports (ALCE)",
    "citation_precision": "share of an answer's citations that are needed for that support (ALCE)",
    "gold_citation_recall": "of the answered: citations reach every paragraph that is needed",
    "gold_citation_precision": "share of an answer's citations that point into a paragraph known to hold the answer",
    "quote_verbatim": "share of an answer's quotes that stand in the article word for word",
}
_ABSTENTION = {
    "abstention_precision": "share of the refusals that were right to refuse",
    "abstention_recall": "share of the questions without an answer that were refused",
    "auroc": "chance that an answerable question gets more confidence than one that is not; 0.5 is a coin",
    "aurc": "wrong answers among the most confident ones, over all cut-offs; less is better",
    "ece": "how far confidence is from the share of right answers, in 10 bins; less is better",
    "brier": "squared distance of confidence and being right; less is better",
}
_RANKING = {
    "success": "at least one of the needed {things} is found {where}",
    "recall": "share of the needed {things} found {where}",
    "mrr": "1 / rank of the first of the needed {things}; 0 when none is found {where}",
    "ndcg": "how near the top the needed {things} are, as a share of the best order, {where}",
    "map": "precision at the rank of each of the needed {things}, averaged, {where}",
}
_LEVELS = {
    "paragraph": ("Retrieval of paragraphs", "paragraphs", "in the first {k} passages"),
    "answer": ("Retrieval of answers", "answers", "in the first {k} passages"),
    "article": ("Retrieval of articles", "articles", "among the first {k} articles"),
}
_KNOWN = {
    name: (group, note)
    for group, notes in zip(_GROUPS, (_ANSWERS, _CITATIONS, _ABSTENTION), strict=True)
    for name, note in notes.items()
}
_RANKED = re.compile(rf"({'|'.join(_LEVELS)})_({'|'.join(_RANKING)})@(\d+)")

_HEADLINE = ("passed", "answered_right", "crag_score", "citation_recall", "citation_precision", "quote_verbatim")
_HEADLINE_REFUSING = ("abstention_precision", "abstention_recall", "ece")
_HEADLINE_RANKING = ("paragraph_recall@{k}", "paragraph_ndcg@{k}", "answer_recall@{k}", "article_recall@{k}")

RESAMPLES = 2_000
"""Draws of an interval: enough for the two decimals that are shown."""

BY_TYPE = {
    "passed": "passed",
    "right": "answer_recall",
    "cited": "gold_citation_recall",
    "precise": "citation_precision",
    "refused": "abstention_recall",
    "top 1": "{level}_success@1",
    "recall": "{level}_recall@{k}",
}
"""Columns of the tables by type and by tag, under short names: a terminal of 80 columns holds them."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure as the reports show it; ``name`` is its key in ``EvalResult.overall``."""

    name: str
    group: str
    note: str

    @property
    def lower_is_better(self) -> bool:
        return self.name in LOWER_IS_BETTER


def measure(name: str) -> Measure:
    """A measure by its name, known here or not."""
    if name in _KNOWN:
        group, note = _KNOWN[name]
        return Measure(name, group, note)
    if match := _RANKED.fullmatch(name):
        group, things, where = _LEVELS[match[1]]
        where = where.format(k=match[3]) if match[3] != "1" else "in the first place"
        return Measure(name, group, _RANKING[match[2]].format(things=things, where=where))
    return Measure(name, _OTHERS, "")


def in_order(told: Iterable[str]) -> list[str]:
    """Names of measures in the order of the reports."""
    known = [*_KNOWN]
    return sorted(told, key=lambda name: (0, known.index(name), 0, "") if name in _KNOWN else _ranked_order(name))


def grouped(results: Sequence[EvalResult]) -> dict[str, list[Measure]]:
    """All measures that a run has a value of, by group; groups without any are left out."""
    told = dict.fromkeys(name for result in results for name, value in result.overall.items() if value is not None)
    measures = [measure(name) for name in in_order(told)]
    groups = (*_GROUPS, *(group for group, _, _ in _LEVELS.values()), _OTHERS)
    return {group: found for group in groups if (found := [m for m in measures if m.group == group])}


def headline(results: Sequence[EvalResult], broken: Sequence[str] = ()) -> list[Measure]:
    """The measures that say most, and those whose floor is ``broken``, in a fixed order."""
    cuts = dict.fromkeys(result.k for result in results)
    ranking = [name.format(k=k) for k in cuts for name in _HEADLINE_RANKING]
    first = [*_HEADLINE, *_HEADLINE_REFUSING, *ranking]
    wanted = {*first, *broken}
    return [found for group in grouped(results).values() for found in group if found.name in wanted] + [
        measure(name) for name in broken if all(result.overall.get(name) is None for result in results)
    ]


def names(results: Sequence[EvalResult]) -> list[str]:
    """What to call runs: by their systems when these differ, else by their own names, numbered where these do not."""
    systems = [result.info.system for result in results]
    told: list[str] = []
    for own in systems if len(set(systems)) == len(systems) else [result.name for result in results]:
        name = shorten(own, 40) or "unnamed"
        told.append(name if name not in told else f"{name} ({len(told) + 1})")
    return told


def run_heads(results: Sequence[EvalResult]) -> list[str]:
    """The heads of the columns of runs."""
    return names(results) if len(results) > 1 else ["value"]


def interval(result: EvalResult, name: str) -> tuple[float, float] | None:
    """The 95 % bootstrap interval of the mean of a single-case measure; None of others, and of fewer than two cases."""
    values = result.values(name)
    return _interval(tuple(values.values())) if len(values) > 1 else None


@lru_cache(maxsize=512)  # a measure stands in two tables, and those of few values are often the same
def _interval(values: tuple[float, ...]) -> tuple[float, float]:
    return bootstrap_interval(values, resamples=RESAMPLES)


def best(values: Sequence[float | None], *, lower: bool) -> float | None:
    """The best of several values; None when there are not two, or all are the same."""
    told = [value for value in values if value is not None]
    if len(told) < 2 or min(told) == max(told):
        return None
    return min(told) if lower else max(told)


def type_columns(result: EvalResult) -> dict[str, str]:
    """The columns of the tables by type that this run has a value in: short name -> measure."""
    level = next((name for name in _LEVELS if result.overall.get(f"{name}_success@1") is not None), "")
    names = {short: name.format(level=level, k=result.k) for short, name in BY_TYPE.items()}
    return {short: name for short, name in names.items() if result.overall.get(name) is not None}


def _ranked_order(name: str) -> tuple[int, int, int, str]:
    """By level, then by measure, then by cut-off; what is not a ranking comes last."""
    match = _RANKED.fullmatch(name)
    if not match:
        return 9, 0, 0, name
    return 1 + [*_LEVELS].index(match[1]), [*_RANKING].index(match[2]), int(match[3]), name
