"""The drafts of the parts as one: what they say beside each other, and for a comparison how they relate."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ..citing import Draft, DraftClaim, DraftPart, Evidence
from ..evidence import names_found
from ..questions import analyse, is_open
from ..schema import Outcome
from .comparing import verdict
from .schema import Split

if TYPE_CHECKING:
    from .finding import Found


def join(split: Split, parts: Sequence[DraftPart]) -> Draft:
    """One draft of those of the parts.

    A comparison is answered when all its parts are; other questions when any is, and what is not in the sources is
    said. The confidence is that all the answered parts are right, taken as independent.
    """
    answered = [part for part in parts if part.draft.outcome == "answered"]
    if not answered:
        confidence = max(part.draft.confidence for part in parts)
        return Draft("not_in_sources", confidence=confidence, why=parts[0].draft.why, parts=())
    confidence = math.prod(part.draft.confidence for part in answered)
    if split.opposed:
        parts = told_apart(parts)
    whole = Draft("answered", confidence=confidence, parts=tuple(parts))
    if split.kind == "bridge":
        last = parts[-1].draft
        shown = (*parts[:-1], replace(parts[-1], draft=replace(last, claims=last.claims[:1])))
        return replace(whole, claims=last.claims, short=last.short, parts=shown)
    if split.kind == "comparison":
        return _compared(split, whole)
    return replace(whole, parts=tuple(_to_the_point(part) for part in parts))


def _compared(split: Split, whole: Draft) -> Draft:
    """What is compared, with the sentence that says how it relates where code can tell."""
    parts = whole.parts
    if split.measure is not None:
        parts = tuple(replace(part, draft=_value_alone(part.draft)) for part in parts)
    parts = tuple(_of_thing(part, asked.label) for part, asked in zip(parts, split.parts, strict=True))
    if any(part.draft.outcome != "answered" for part in parts):
        why = "Only one of the two that are compared was found."
        return replace(whole, outcome="not_in_sources", why=why, parts=parts)
    if split.measure is None:
        return whole
    if _overlap(*(_place(part.draft) for part in parts)):  # one figure cannot be that of both
        why = "The sources give one answer for what is compared, not two."
        return replace(whole, outcome="not_in_sources", why=why, parts=parts)
    claim = verdict(split, parts)
    return replace(whole, claims=(claim,), parts=parts) if claim else whole


def _of_thing(part: DraftPart, label: str) -> DraftPart:
    """The part, without an answer where that is from a passage that names nothing of the thing."""
    if part.draft.outcome != "answered":
        return part
    thing = analyse(f"What of {label}")
    if any(names_found(thing, one.passage) > 0 for claim in part.draft.claims for one in claim.evidence):
        return part
    why = f"What was found does not name {label}."
    return replace(part, draft=Draft("not_in_sources", confidence=part.draft.confidence, why=why))


def _to_the_point(part: DraftPart) -> DraftPart:
    """Without sentences beside the one that holds the answer, for what has one answer."""
    if part.draft.outcome != "answered" or is_open(part.question) or analyse(part.question).kind == "what":
        return part
    return replace(part, draft=_value_alone(part.draft))


def _value_alone(draft: Draft) -> Draft:
    """The draft with the claim that holds its bare answer and no other."""
    if draft.dispute or not draft.short:
        return draft
    return replace(draft, claims=(claim_of(draft, draft.short[0]),), short=draft.short[:1])


def _place(draft: Draft) -> Evidence:
    """Where the bare answer stands, or the first sentence without one."""
    return draft.short[0] if draft.short else draft.claims[0].evidence[0]


def _overlap(one: Evidence, other: Evidence) -> bool:
    return one.passage.uri == other.passage.uri and one.start < other.end and other.start < one.end


def told_apart(parts: Sequence[DraftPart]) -> tuple[DraftPart, ...]:
    """The parts without what answers another of them better.

    A claim of several parts stays with the one whose question shares most words with it, whose first claim is of the
    same article, or which ranks it highest. A part keeps what it has when nothing would be left.
    """
    apart = []
    for part in parts:
        others = [other for other in parts if other is not part]
        mine = tuple(c for c in part.draft.claims if all(_fit(part, c) >= _fit(other, c) for other in others))
        if not mine or part.draft.dispute:
            apart.append(part)
            continue
        short = tuple(one for one in part.draft.short if any(_holds(claim, one) for claim in mine))
        apart.append(replace(part, draft=replace(part.draft, claims=mine, short=short)))
    return tuple(apart)


def _fit(part: DraftPart, claim: DraftClaim) -> tuple[int, bool, int]:
    claims = part.draft.claims
    texts = [one.text for one in claims]
    if claim.text not in texts:
        return -1, False, 0
    said = set(claim.text.lower().split())
    shared = len(said & set(part.question.lower().rstrip("?").split()))
    article = claim.evidence[0].passage.uri
    return shared, claims[0].evidence[0].passage.uri == article, -texts.index(claim.text)


def _holds(claim: DraftClaim, short: Evidence) -> bool:
    return any(
        evidence.passage.uri == short.passage.uri and evidence.start <= short.start and short.end <= evidence.end
        for evidence in claim.evidence
    )


def claim_of(draft: Draft, short: Evidence) -> DraftClaim:
    """The claim that quotes a bare answer, with the evidence that holds it first."""
    for claim in draft.claims:
        if _holds(claim, short):
            inside = next(
                one for one in claim.evidence if one.passage.uri == short.passage.uri and one.end >= short.end
            )
            return replace(claim, evidence=(inside, *(other for other in claim.evidence if other is not inside)))
    raise ValueError("a bare answer stands in a claim")


def with_parts(draft: Draft, found: Sequence[Found], tokens: Mapping[str, int]) -> Draft:
    """The draft of a language model with the parts of the question: to each belong the claims that cite passages found
    for it. ``tokens`` are added to those of a whole draft."""
    if draft.tokens and tokens:
        draft = replace(draft, tokens={name: n + tokens.get(name, 0) for name, n in draft.tokens.items()})
    parts = []
    for one in found:
        ids = {passage.id for passage in one.state.passages}
        claims = tuple(claim for claim in draft.claims if any(e.passage.id in ids for e in claim.evidence))
        why = "" if claims else "The language model cites nothing that was found for this part."
        outcome: Outcome = "answered" if claims else "not_in_sources"
        parts.append(DraftPart(one.part.question, Draft(outcome, claims, why=why, answerer=draft.answerer)))
    return replace(draft, parts=tuple(parts)) if draft.outcome == "answered" else draft
