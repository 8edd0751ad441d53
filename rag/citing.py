"""Evidence to citations: answerers point at stretches of paragraphs, this module numbers and quotes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from index.schema import Paragraph, Passage

from .schema import EXTRACTIVE, Answer, AnswerPart, AnswerSpan, Citation, Claim, Dispute, Outcome, Position, Support
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
class DraftPosition:
    """What some of the sources say: ``evidence`` is quoted by a claim; ``sources`` and days as of a Position."""

    text: str
    evidence: tuple[Evidence, ...]
    sources: int
    first: str | None = None
    last: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer before citing. ``claims`` are in reading order, ``short`` the bare answers within their evidence.

    ``positions``, two or more or none, are those of a ``dispute``, in the order in which they are told. ``parts`` are
    told after the claims, each with its own; where ``short`` is empty, their bare answers are those of the whole.
    """

    outcome: Outcome
    claims: tuple[DraftClaim, ...] = ()
    confidence: float = 0.0
    why: str = ""
    notes: tuple[str, ...] = ()
    answerer: str = EXTRACTIVE
    tokens: Mapping[str, int] = field(default_factory=dict)
    short: tuple[Evidence, ...] = ()
    positions: tuple[DraftPosition, ...] = ()
    dispute: Dispute = ""
    parts: tuple[DraftPart, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftPart:
    """A part of a question with what was found for it; ``tell_day`` as of ``cite``."""

    question: str
    draft: Draft
    tell_day: bool = False


NOT_IN_SOURCES = "Not in these sources."


def cite(question: str, draft: Draft, passages: Sequence[Passage], *, tell_day: bool = False) -> Answer:
    """Number the evidence of a draft and write the text with its markers. The same stretch keeps one number.

    ``tell_day``: bare answers such as "on Friday" are given with the day that they mean.
    """
    numbered: dict[tuple[str, int, int], Citation] = {}
    claims = [_claim(claim, numbered) for claim in draft.claims]
    positions = tuple(_position(position, numbered) for position in draft.positions)
    differing, sentences = _told(draft.dispute, positions), [*map(_sentence, claims)]
    # Beside a language model they are known when it has written.
    sentences = [*differing, *sentences] if draft.answerer == EXTRACTIVE else [*sentences, *differing]
    parts, spans = [], [_span(evidence, numbered.values(), tell_day) for evidence in draft.short]
    for part in draft.parts:
        told = _part(part, numbered)
        sentences += [sentence for sentence in told.sentences if sentence not in sentences]
        claims += [claim for claim in told.claims if claim not in claims]
        spans += told.spans if draft.outcome == "answered" and not (draft.short or draft.claims) else ()
        parts.append(told.part)
    if draft.outcome == "answered":
        text = " ".join(sentences)
    elif draft.outcome == "not_in_sources":
        text = " ".join(filter(None, (NOT_IN_SOURCES, draft.why, *sentences)))
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
        spans=tuple(spans),
        positions=positions,
        dispute=draft.dispute,
        parts=tuple(parts),
    )


@dataclass(frozen=True, slots=True)
class _Told:
    """A part as it is told: in the list of parts, and within the text of the whole."""

    part: AnswerPart
    sentences: list[str]
    claims: list[Claim]
    spans: list[AnswerSpan]


def _part(part: DraftPart, numbered: dict[tuple[str, int, int], Citation]) -> _Told:
    draft = part.draft
    if draft.outcome != "answered":
        said = " ".join(filter(None, (NOT_IN_SOURCES, draft.why)))
        missing = [f"{NOT_IN_SOURCES.rstrip('.')}: {part.question}"] if draft.answerer == EXTRACTIVE else []
        return _Told(AnswerPart(part.question, said, draft.outcome), missing, [], [])
    claims = [_claim(claim, numbered) for claim in draft.claims]
    positions = tuple(_position(position, numbered) for position in draft.positions)
    spans = [_span(evidence, numbered.values(), part.tell_day) for evidence in draft.short]
    differing = _told(draft.dispute, positions)
    cited = [citation.marker for claim in claims for citation in claim.citations]
    markers = dict.fromkeys((*(marker for position in positions for marker in position.markers), *cited))
    text = " ".join(differing) or "; ".join(span.told for span in spans) or " ".join(claim.text for claim in claims)
    listed = AnswerPart(part.question, text, draft.outcome, tuple(markers))
    return _Told(listed, [*differing, *map(_sentence, claims)], claims, spans)


def _claim(claim: DraftClaim, numbered: dict[tuple[str, int, int], Citation]) -> Claim:
    citations = tuple(_number(evidence, numbered) for evidence in claim.evidence)
    return Claim(claim.text, citations, claim.support, claim.why)


def _sentence(claim: Claim) -> str:
    return f"{claim.text} {_markers(claim.citations)}".rstrip()


def _position(position: DraftPosition, numbered: dict[tuple[str, int, int], Citation]) -> Position:
    markers = tuple(dict.fromkeys(_number(evidence, numbered).marker for evidence in position.evidence))
    return Position(position.text, markers, position.sources, position.first, position.last)


def _told(dispute: Dispute, positions: Sequence[Position]) -> list[str]:
    """The sentence that says how sources differ: "It changed: nine (5 March 2022) [1]; four (3 March 2022) [2]."."""
    if not dispute:
        return []
    told = [
        " ".join((position.text, *_on(position, dispute), "".join(f"[{marker}]" for marker in position.markers)))
        for position in positions
    ]
    return [f"{'It changed' if dispute == 'changed' else 'Sources differ'}: {'; '.join(told)}."]


def _on(position: Position, dispute: Dispute) -> list[str]:
    """The day of the newest source of a position that changed."""
    if dispute != "changed" or position.last is None:
        return []
    day = date.fromisoformat(position.last)
    return [f"({day.day} {day:%B %Y})"]


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
    """Who says what is quoted, "" when less than a third of it is somebody's words: the rest says who speaks."""
    shares: dict[str, set[int]] = {}
    for speech in evidence.passage.speech:
        inside = range(max(evidence.start, speech.start), min(evidence.end, speech.end))
        shares.setdefault(speech.speaker, set()).update(inside)
    most = max(shares, key=lambda speaker: len(shares[speaker]), default="")
    return most if most and 3 * len(shares[most]) >= evidence.end - evidence.start else ""
