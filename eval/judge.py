"""A response held against its case: what was found, cited and said, as rankings and one figure a measure.

Rankings are made at three levels. What counts at each is what the case *needs* (``Case.needs``, ``Case.groups``):

========= =============================================================================================================
article   an article that is needed; each article stands once, where its first passage stood
paragraph a passage that holds the quote (or most of the paragraph) that is needed, and is of its article
answer    a passage that holds a gold answer and, where the case names articles and the passage says whose it is, is of
          one of them: the "answer string" criterion (``has_answer`` of DPR, Karpukhin et al. 2020)
========= =============================================================================================================

Each need counts once. A passage that meets several takes as many places, one that meets none (any more) takes one, with
gain 0. So recall, nDCG and AP are the classical ones of a ranking against as many relevant items as there are needs,
and a second copy of the same paragraph is worth nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import Literal

from .cases import Case, Evidence
from .measures import (
    Support,
    average_precision,
    cite_counts,
    crag_score,
    exact_match,
    exact_match_aware,
    holds_answer,
    ndcg_at_k,
    recall_at_k,
    reciprocal_rank,
    success_at_k,
    token_f1,
    token_f1_aware,
)
from .schema import Cited, Found, Outcome, Record, Response

Level = Literal["article", "paragraph", "answer"]
LEVELS: tuple[Level, ...] = ("article", "paragraph", "answer")

Values = dict[str, float | None]


@dataclass(frozen=True)
class Ranking:
    """What was retrieved, after unfolding: ``gains`` and names of the places, best first, and what there is to find.

    ``docs`` are unique; a place that meets a need bears the need's name. ``grades`` are those of the ``needs``.
    """

    gains: tuple[int, ...]
    docs: tuple[str, ...]
    needs: tuple[str, ...]
    grades: tuple[int, ...]

    @cached_property
    def ideal(self) -> tuple[int, ...]:
        """The gains of the best possible ranking."""
        return tuple(sorted(self.grades, reverse=True))

    @property
    def rank(self) -> int | None:
        """Place (from 1) of the first that is relevant; None when none is."""
        return next((place for place, gain in enumerate(self.gains, 1) if gain), None)


@dataclass(frozen=True)
class CaseResult:
    """One case with what the system made of it.

    ``expected`` are the case's groups of right texts, ``evidence`` where they stand. ``rankings`` holds the levels that
    the case has a say in. ``measures`` has a value for each measure of a single case (results.py says what they are),
    None where the case has no say. ``passed``: it went as it should; None when there is nothing to hold it against.
    """

    id: str
    question: str
    type: str
    tags: tuple[str, ...]
    answerable: bool
    expected: tuple[tuple[str, ...], ...]
    evidence: tuple[Evidence, ...]
    history: tuple[tuple[str, str], ...]
    response: Response
    latency_ms: float
    rankings: dict[Level, Ranking] = field(default_factory=dict)
    measures: Values = field(default_factory=dict)

    @property
    def outcome(self) -> Outcome:
        return self.response.outcome

    @property
    def right(self) -> bool:
        """The text holds the answer; not answerable: it was refused."""
        return self.measures["right"] == 1

    @property
    def passed(self) -> bool | None:
        value = self.measures["passed"]
        return None if value is None else value == 1

    @property
    def rank(self) -> int | None:
        """Place of the first relevant passage, at the finest level that the case has a say in."""
        return next((self.rankings[level].rank for level in reversed_levels(self.rankings)), None)


def reversed_levels(rankings: dict[Level, Ranking]) -> list[Level]:
    """The levels of some rankings, paragraphs first, then answers, then articles."""
    return [level for level in ("paragraph", "answer", "article") if level in rankings]


def judge(
    case: Case,
    record: Record,
    support: Support,
    k: int = 10,
    levels: Collection[Level] = LEVELS,
    *,
    cites: bool = True,
) -> CaseResult:
    """One record held against its case.

    ``support`` says whether texts support a statement; ``k`` cuts the rankings, which are made at the ``levels`` given.
    Without ``cites`` the system is known to cite nothing, and citations are not measured.
    """
    response = record.response
    made = {level: ranking(case, response.passages, level) for level in LEVELS if level in levels}
    rankings = {level: found for level, found in made.items() if found is not None}
    measures: Values = {
        **_answer_measures(case, response),
        **_citation_measures(case, response, support, cites=cites),
        **ranking_measures(rankings, k),
    }
    measures["answered_right"] = _answered_right(case, measures) if cites else None
    measures["passed"] = _passed(case, response, measures, rankings, k)
    return CaseResult(
        id=case.id,
        question=case.question,
        type=case.type,
        tags=case.tags,
        answerable=case.answerable,
        expected=case.groups,
        evidence=case.evidence,
        history=case.history,
        response=response,
        latency_ms=record.latency_ms,
        rankings=rankings,
        measures=measures,
    )


# -- rankings


@dataclass(frozen=True, slots=True)
class _Need:
    name: str
    grade: int
    met_by: Callable[[Found], bool]


def ranking(case: Case, passages: Sequence[Found], level: Level) -> Ranking | None:
    """The ranking at a level, None when the case does not say what is needed there (as when it is not answerable)."""
    needs = _NEEDS[level](case)
    if not needs:
        return None
    missing, gains, docs = list(needs), [], []
    for name, passage in _places(passages, level):
        met = [need for need in missing if need.met_by(passage)]
        missing = [need for need in missing if need not in met]
        gains += [need.grade for need in met] or [0]
        docs += [need.name for need in met] or [name]
    names = [need.name for need in needs]
    return Ranking(tuple(gains), _unique(docs, gains, names), tuple(names), tuple(need.grade for need in needs))


def _places(passages: Sequence[Found], level: Level) -> list[tuple[str, Found]]:
    """The passages under names; at the level of articles only the first of each article."""
    if level != "article":
        return [(f"{p.article}@{hashlib.sha256(p.text.encode()).hexdigest()[:8]}", p) for p in passages]
    first = {passage.article or f"@{number}": passage for number, passage in reversed(list(enumerate(passages)))}
    order = dict.fromkeys(passage.article or f"@{number}" for number, passage in enumerate(passages))
    return [(name, first[name]) for name in order]


def _unique(docs: Sequence[str], gains: Sequence[int], needs: Sequence[str]) -> tuple[str, ...]:
    """The names with a number after those that would be another's; a need keeps its own."""
    taken, unique = set(needs), []
    for doc, gain in zip(docs, gains, strict=True):
        name, number = doc, 2
        while not gain and name in taken:
            name, number = f"{doc}~{number}", number + 1
        taken.add(name)
        unique.append(name)
    return tuple(unique)


def _article_needs(case: Case) -> list[_Need]:
    """An article of each group; groups with the same articles are one."""
    groups = dict.fromkeys(tuple(dict.fromkeys(item.article for item in group)) for group in case.needs)

    def need(articles: tuple[str, ...]) -> _Need:
        items = [item for item in case.evidence if item.article in articles]
        return _Need(
            articles[0], max(item.grade for item in items), lambda p: any(item.is_of(p.article) for item in items)
        )

    return [need(articles) for articles in groups]


def _paragraph_needs(case: Case) -> list[_Need]:
    """A quoted paragraph of each group; none at all when a group has only whole articles."""
    groups = [[item for item in group if item.quote] for group in case.needs]
    if not all(groups):
        return []

    def need(items: list[Evidence]) -> _Need:
        first = items[0]
        place = first.paragraph if first.paragraph is not None else hashlib.sha256(first.quote.encode()).hexdigest()[:8]
        grade = max(item.grade for item in items)
        return _Need(f"{first.article}#{place}", grade, lambda p: any(holds_evidence(item, p) for item in items))

    return [need(items) for items in groups]


def _answer_needs(case: Case) -> list[_Need]:
    def need(number: int, group: tuple[str, ...]) -> _Need:
        return _Need(
            f"answer-{number}",
            1,
            lambda p: (
                (not p.article or not case.evidence or any(item.is_of(p.article) for item in case.evidence))
                and holds_answer(p.text, [group])
            ),
        )

    return [need(number, group) for number, group in enumerate(case.groups, 1)]


_NEEDS: dict[Level, Callable[[Case], list[_Need]]] = {
    "article": _article_needs,
    "paragraph": _paragraph_needs,
    "answer": _answer_needs,
}


def holds_evidence(item: Evidence, place: Found | Cited) -> bool:
    """True when a passage or citation holds the evidence and, if it says whose it is, is of its article.

    A whole paragraph (``item.paragraph``) is held when at least its first or its second half is: splitters cut
    paragraphs. A passage of one sentence out of it is held by it in turn.
    """
    if place.article and not item.is_of(place.article):
        return False
    text, quote = " ".join(place.text.split()), " ".join(item.quote.split())
    if quote in text:
        return bool(quote) or bool(place.article)
    if item.paragraph is None or not text:
        return False
    words = quote.split()
    halves = " ".join(words[: len(words) // 2]), " ".join(words[len(words) // 2 :])
    return text in quote or any(half and half in text for half in halves)


# -- figures of one case


def ranking_measures(rankings: dict[Level, Ranking], k: int) -> Values:
    """The ranking measures of each level; None for the levels that the case has no say in."""
    values: Values = {}
    for level in LEVELS:
        found = rankings.get(level)
        for name, measure in _RANKING.items():
            for cut in sorted({1, 5, k}) if name in ("success", "recall") else (k,):
                values[f"{level}_{name}@{cut}"] = None if found is None else measure(found.gains, found.ideal, cut)
    return values


_RANKING: dict[str, Callable[[Sequence[int], Sequence[int], int], float]] = {
    "success": lambda gains, ideal, k: success_at_k(gains, k),
    "recall": recall_at_k,
    "mrr": lambda gains, ideal, k: reciprocal_rank(gains, k),
    "ndcg": ndcg_at_k,
    "map": average_precision,
}


def _answer_measures(case: Case, response: Response) -> Values:
    """What was said. A system that only retrieves has no say, nor has an answerable case without gold answers."""
    names = ("right", "answer_recall", "exact_match", "answer_f1", "exact_match_aware", "answer_f1_aware")
    values: Values = dict.fromkeys((*names, "squad2_exact", "squad2_f1", "crag_score"))
    if response.outcome == "retrieved" or (case.answerable and not case.groups):
        return values
    answered = response.outcome == "answered"
    if case.answerable:
        said = (response.short or response.text) if answered else ""
        gold = [" ".join(parts) for parts in product(*case.groups)]
        right = answered and holds_answer(f"{response.text}\n{response.short}", case.groups)
        forms = _forms(said)
        values |= {
            "answer_recall": float(right),
            "exact_match": max(exact_match(form, gold) for form in forms),
            "answer_f1": max(token_f1(form, gold) for form in forms),
            "exact_match_aware": max(exact_match_aware(form, gold) for form in forms),
            "answer_f1_aware": max(token_f1_aware(form, gold) for form in forms),
        }
        values |= {"squad2_exact": values["exact_match"], "squad2_f1": values["answer_f1"]}
    else:
        right = response.outcome == "not_in_sources"
        values |= {"squad2_exact": float(right), "squad2_f1": float(right)}
    refused = None if response.outcome == "failed" else not answered
    return {**values, "right": float(right), "crag_score": float(crag_score(case.answerable, right, refused))}


# A day in brackets that explains what stands before it: "Friday (21 October 2022)".
_EXPLAINED = re.compile(r"(?P<said>[^;()]+?)\s\((?P<day>[^;()]*\b\d{4})\)")


def _forms(said: str) -> set[str]:
    """An answer as given, and where it tells what day it means: without that, and that alone."""
    return {said, _EXPLAINED.sub(r"\g<said>", said), _EXPLAINED.sub(r"\g<day>", said)}


def _citation_measures(case: Case, response: Response, support: Support, *, cites: bool) -> Values:
    names = ("citation_precision", "citation_recall", "gold_citation_precision", "gold_citation_recall")
    values: Values = dict.fromkeys((*names, "quote_verbatim"))
    looked_up = [cited.verbatim for cited in response.citations if cited.verbatim is not None]
    if looked_up:
        values["quote_verbatim"] = sum(looked_up) / len(looked_up)
    if response.outcome != "answered" or not cites:
        return values
    counts = cite_counts(response.statements, response.citations, support)
    if counts.statements:
        values["citation_recall"] = counts.supported / counts.statements
        values["citation_precision"] = counts.relevant / counts.citations if counts.citations else 0.0
    if case.needs:
        gold = [any(holds_evidence(item, cited) for item in case.evidence) for cited in response.citations]
        met = [any(holds_evidence(item, c) for item in need for c in response.citations) for need in case.needs]
        values["gold_citation_recall"] = float(all(met))
        if gold:
            values["gold_citation_precision"] = sum(gold) / len(gold)
    return values


def _answered_right(case: Case, values: Values) -> float | None:
    """The right answer, with citations in all that is needed where the case says what that is."""
    if not case.answerable or values["right"] is None:
        return None
    return float(values["right"] == 1 and (not case.needs or values["gold_citation_recall"] == 1))


def _passed(case: Case, response: Response, values: Values, rankings: dict[Level, Ranking], k: int) -> float | None:
    """Answered right with citations in the right paragraphs (where it cites), or refused when not answerable.

    Of a system that only retrieves: something needed was found within the first k.
    """
    if values["right"] is not None:
        return values["right"] if values["answered_right"] is None else values["answered_right"]
    if response.outcome == "failed":
        return 0.0
    levels = reversed_levels(rankings)
    return success_at_k(rankings[levels[0]].gains, k) if levels and response.outcome == "retrieved" else None
