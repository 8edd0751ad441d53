"""What an answer is: claims, the citations behind them, and an outcome that says whether there is an answer at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from index.schema import ParagraphKind, Passage, TimeExpression

EXTRACTIVE = "extractive"
"""The answerer that is no language model: the reader."""

Outcome = Literal["answered", "not_in_sources", "failed"]
Support = Literal["verified", "partly", "unverified"]
Dispute = Literal["", "disputed", "changed"]
"""How independent sources differ: not at all, about the same thing, or because it changed over time."""


@dataclass(frozen=True, slots=True)
class Citation:
    """A sentence of a source paragraph that supports a claim.

    ``article_text[start:end] == quote`` and ``quote in paragraph_text``; ``marker`` counts from 1 in order of use.
    ``times`` are the expressions of time in the quote with the days that they mean. ``speaker`` is who said it, "" when
    it is nobody's speech. ``copies`` name the other articles that carry the same story ("Title, Source"); they confirm
    nothing. ``superseded`` is the day (YYYY-MM-DD) of a later version of the article, None without one; ``correction``
    is the publisher's notice of a correction to it.
    """

    marker: int
    passage_id: str
    uri: str
    title: str
    source: str
    url: str
    published: str | None
    paragraph: int
    paragraph_kind: ParagraphKind
    paragraph_text: str
    quote: str
    start: int
    end: int
    times: tuple[TimeExpression, ...] = ()
    speaker: str = ""
    copies: tuple[str, ...] = ()
    superseded: str | None = None
    correction: str = ""

    def to_dict(self) -> dict[str, object]:
        times = [time.to_dict() for time in self.times]
        return {name: getattr(self, name) for name in self.__slots__} | {"times": times}


@dataclass(frozen=True, slots=True)
class Position:
    """One of several answers that independent sources give: ``markers`` of the citations behind it, and how many
    independent sources they are; ``first`` and ``last`` are the days (YYYY-MM-DD) of the oldest and newest of them."""

    text: str
    markers: tuple[int, ...]
    sources: int
    first: str | None = None
    last: str | None = None

    def to_dict(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.__slots__} | {"markers": list(self.markers)}


@dataclass(frozen=True, slots=True)
class AskedTime:
    """The time that a question asks about, as it was understood.

    ``text`` are its words ("last week"), ``first`` and ``last`` (YYYY-MM-DD, inclusive) the days meant; one None is
    open. ``latest``: the newest state of things is asked for, ``as_of`` that day. ``said`` tells it to a person:
    "last week = 14 to 20 March 2022". ``event``: the days are those of an event that the question names ("before the
    summit"), taken from the article that tells of it best.
    """

    text: str
    first: str | None
    last: str | None
    latest: bool
    as_of: str
    said: str
    event: bool = False

    def to_dict(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of the answer with what supports it; ``why`` explains a support other than "verified"."""

    text: str
    citations: tuple[Citation, ...]
    support: Support
    why: str = ""

    def to_dict(self) -> dict[str, object]:
        return {
            "text": self.text,
            "markers": [citation.marker for citation in self.citations],
            "support": self.support,
            "why": self.why,
        }


@dataclass(frozen=True, slots=True)
class AnswerSpan:
    """A bare answer: ``text`` stands at ``start`` to ``end`` of the article that citation ``marker`` quotes.

    ``means`` is the day that it tells in other words ("21 October 2022" for "Friday"), "" where there is none.
    """

    text: str
    marker: int
    start: int
    end: int
    means: str = ""

    @property
    def told(self) -> str:
        """The text with the day that it means: "Friday (21 October 2022)"."""
        return f"{self.text} ({self.means})" if self.means else self.text

    def to_dict(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class AnswerPart:
    """What one part of a question came to: ``question`` as it was asked on its own, ``text`` its bare answer (or the
    sentences that answer it, or why there is none), ``markers`` of the citations behind it."""

    question: str
    text: str
    outcome: Outcome
    markers: tuple[int, ...] = ()

    def to_dict(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.__slots__} | {"markers": list(self.markers)}


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one question.

    ``text`` carries the markers ("... on Monday. [1]"). ``spans`` are the bare answers, where the reader found
    them: one, or several when several are asked for. ``confidence`` (0..1) is the chance that the answer is right; that
    of a refusal, which was too low to answer, is of the best sentence there was. ``citations`` are numbered 1..n;
    ``passages`` are the best retrieved passages, cited or not, best first. ``why`` says in one sentence why there is no
    answer, or how a failure came about.
    ``notes`` tell what was left out or changed on the way. ``timings`` are in milliseconds. ``tokens`` holds the
    "input" and "output" tokens of a language model; an "estimated" of 1 beside them says that its provider gave none
    and they were counted here. Empty where no model wrote. ``positions`` are the answers of sources that differ,
    two or more or none, ``dispute`` says in which way they do. ``time`` is the time asked about, None without one.
    ``standalone`` is what a follow-up question was understood as, "" for one that stands on its own feet.
    ``parts`` are those of a question that needs several steps, () for one that is answered whole.
    """

    question: str
    text: str
    outcome: Outcome
    claims: tuple[Claim, ...] = ()
    citations: tuple[Citation, ...] = ()
    passages: tuple[Passage, ...] = ()
    confidence: float = 0.0
    why: str = ""
    notes: tuple[str, ...] = ()
    answerer: str = EXTRACTIVE
    settings_fingerprint: str = ""
    timings: Mapping[str, float] = field(default_factory=dict)
    tokens: Mapping[str, int] = field(default_factory=dict)
    spans: tuple[AnswerSpan, ...] = ()
    positions: tuple[Position, ...] = ()
    dispute: Dispute = ""
    time: AskedTime | None = None
    standalone: str = ""
    parts: tuple[AnswerPart, ...] = ()

    @property
    def short(self) -> str:
        """The bare answers with the days that they mean, joined by "; "; "" when there is none."""
        return "; ".join(span.told for span in self.spans)

    def to_dict(self) -> dict[str, object]:
        """The JSON of ``nutgraf ask --json``; README documents it. Fields are added, never renamed or removed."""
        return {
            "question": self.question,
            "standalone": self.standalone,
            "text": self.text,
            "short": self.short,
            "spans": [span.to_dict() for span in self.spans],
            "positions": [position.to_dict() for position in self.positions],
            "dispute": self.dispute,
            "time": self.time.to_dict() if self.time else None,
            "parts": [part.to_dict() for part in self.parts],
            "outcome": self.outcome,
            "confidence": round(self.confidence, 4),
            "why": self.why,
            "claims": [claim.to_dict() for claim in self.claims],
            "citations": [citation.to_dict() for citation in self.citations],
            "passages": [passage.to_dict() for passage in self.passages],
            "notes": list(self.notes),
            "answerer": self.answerer,
            "settings_fingerprint": self.settings_fingerprint,
            "timings": {name: round(value, 2) for name, value in self.timings.items()},
            "tokens": dict(self.tokens),
        }
