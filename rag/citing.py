"""Evidence to citations: answerers point at stretches of paragraphs, this module numbers and quotes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from index.schema import Paragraph, Passage

from .schema import Answer, AnswerSpan, Citation, Claim, Outcome, Support
from .when import meaning, times_within


@dataclass(frozen=True, slots=True)
class Evidence:
    """A stretch of one paragraph of a retrieved passage; offsets count in the article's text."""

    passage: Passage
    paragraph: Paragraph
    start: int
    end: int

    @property
    def quote(self) -> str:
        return self.paragraph.text[self.start - self.paragraph.start : self.end - self.paragraph.start]


@dataclass(frozen=True, slots=True)
class DraftClaim:
    """A sentence of an answer with the evidence it rests on."""

    text: str
    evidence: tuple[Evidence, ...]
    support: Support = "verified"
    why: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer before citing. ``claims`` are in reading order, ``short`` the bare answers within their evidence."""

    outcome: Outcome
    claims: tuple[DraftClaim, ...] = ()
    confidence: float = 0.0
    why: str = ""
    notes: tuple[str, ...] = ()
    answerer: str = "extractive"
    tokens: Mapping[str, int] = field(default_factory=dict)
    short: tuple[Evidence, ...] = ()


NOT_IN_SOURCES = "Not in these sources."


def cite(question: str, draft: Draft, passages: Sequence[Passage], *, tell_day: bool = False) -> Answer:
    """Number the evidence of a draft and write the text with its markers. The same stretch keeps one number.

    ``tell_day``: bare answers such as "on Friday" are given with the day that they mean.
    """
    numbered: dict[tuple[str, int, int], Citation] = {}
    claims = []
    for claim in draft.claims:
        citations = tuple(_number(evidence, numbered) for evidence in claim.evidence)
        claims.append(Claim(claim.text, citations, claim.support, claim.why))
    if draft.outcome == "answered":
        text = " ".join(f"{claim.text} {_markers(claim.citations)}".rstrip() for claim in claims)
    elif draft.outcome == "not_in_sources":
        text = f"{NOT_IN_SOURCES} {draft.why}".rstrip()
    else:
        text = draft.why
    return Answer(
        question=question,
        text=text,
        outcome=draft.outcome,
        claims=tuple(claims),
        citations=tuple(numbered.values()),
        passages=tuple(passages),
        confidence=draft.confidence,
        why=draft.why,
        notes=draft.notes,
        answerer=draft.answerer,
        tokens=draft.tokens,
        spans=tuple(_span(evidence, numbered.values(), tell_day) for evidence in draft.short),
    )


def _span(evidence: Evidence, citations: Iterable[Citation], tell_day: bool) -> AnswerSpan:
    """A bare answer with the marker of the citation that quotes it. Raises ValueError when none does."""
    for citation in citations:
        if citation.uri == evidence.passage.uri and citation.start <= evidence.start and evidence.end <= citation.end:
            means = meaning(evidence.passage, evidence.start, evidence.end) if tell_day else ""
            return AnswerSpan(evidence.quote, citation.marker, evidence.start, evidence.end, means)
    raise ValueError(f"the short answer {evidence.quote!r} is not within what is quoted")


def _markers(citations: Iterable[Citation]) -> str:
    return "".join(f"[{citation.marker}]" for citation in citations)


def _number(evidence: Evidence, numbered: dict[tuple[str, int, int], Citation]) -> Citation:
    key = (evidence.passage.uri, evidence.start, evidence.end)
    if key not in numbered:
        article, paragraph = evidence.passage.article, evidence.paragraph
        numbered[key] = Citation(
            marker=len(numbered) + 1,
            passage_id=evidence.passage.id,
            uri=article.uri,
            title=article.title,
            source=article.source,
            url=article.url,
            published=article.published.iso,
            paragraph=paragraph.number,
            paragraph_kind=paragraph.kind,
            paragraph_text=paragraph.text,
            quote=evidence.quote,
            start=evidence.start,
            end=evidence.end,
            times=times_within(evidence.passage, evidence.start, evidence.end),
            speaker=_speaker(evidence),
        )
    return numbered[key]


def _speaker(evidence: Evidence) -> str:
    """Who says most of what is quoted, "" when it is mostly nobody's speech."""
    shares: dict[str, set[int]] = {}
    for speech in evidence.passage.speech:
        inside = range(max(evidence.start, speech.start), min(evidence.end, speech.end))
        shares.setdefault(speech.speaker, set()).update(inside)
    most = max(shares, key=lambda speaker: len(shares[speaker]), default="")
    return most if most and 2 * len(shares[most]) >= evidence.end - evidence.start else ""
