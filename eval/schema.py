"""What crosses the boundary between the eval and what it measures: a question goes out, a response comes back.

A response holds no more than a system can say of itself. One that only retrieves leaves the answer out (``outcome`` is
"retrieved"); one that gives no confidence leaves it None. What is missing is not measured, never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Literal, Protocol

Outcome = Literal["answered", "not_in_sources", "retrieved", "failed"]


@dataclass(frozen=True, slots=True)
class Question:
    """What a system is asked. ``history`` holds earlier (question, answer) pairs, oldest first; ``as_of`` is the day on
    which the question is asked; ``depth`` is how many passages the rankings need (a system may give more or fewer)."""

    text: str
    history: tuple[tuple[str, str], ...] = ()
    as_of: date | None = None
    depth: int = 10


@dataclass(frozen=True, slots=True)
class Found:
    """A retrieved passage. ``article`` is the uri, url or id of its article, "" when the system does not say."""

    article: str
    text: str
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Cited:
    """What a citation points to: ``text`` is the paragraph or passage, ``quote`` the words quoted from it, if any.

    ``context`` is what is known of its article besides (title, date). ``verbatim`` says whether the quote stands in the
    article as quoted (at its offsets, when the citation has some); None when that could not be looked up.
    """

    article: str
    text: str
    quote: str = ""
    context: str = ""
    verbatim: bool | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of the answer without its markers; ``citations`` are places in ``Response.citations``, from 0."""

    text: str
    citations: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Response:
    """What a system made of one question.

    ``text`` is the answer without markers, or what was said instead of one; ``short`` the bare answer ("Jung Pak"), for
    systems that give one besides the sentence. ``passages`` are best first. ``confidence`` lies in 0..1. ``tokens_in``
    and ``tokens_out`` are those of a language model, ``cost`` its price in a currency of your own. ``why`` explains
    "not_in_sources" and "failed". ``latency_ms`` is the time that the system itself took, where that is less than the
    whole call; None lets the caller measure.
    """

    outcome: Outcome
    text: str = ""
    short: str = ""
    statements: tuple[Statement, ...] = ()
    citations: tuple[Cited, ...] = ()
    passages: tuple[Found, ...] = ()
    confidence: float | None = None
    why: str = ""
    tokens_in: int | None = None
    tokens_out: int | None = None
    cost: float | None = None
    latency_ms: float | None = None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Response:
        """The response of a ``to_dict`` that went through JSON. Raises KeyError and TypeError for anything else."""
        values = dict(plain)
        values["statements"] = tuple(Statement(s["text"], tuple(s["citations"])) for s in plain["statements"])
        values["citations"] = tuple(Cited(**c) for c in plain["citations"])
        values["passages"] = tuple(Found(**p) for p in plain["passages"])
        return cls(**values)


@dataclass(frozen=True, slots=True)
class Description:
    """What a system is made of, as far as it says: kept with every run, so that two runs can be told apart.

    ``settings`` are plain JSON values; the fingerprints are short hex sums of the settings and of the index,
    ``corpus_sha256`` is that of what its articles say. Empty when not known.
    """

    settings: Mapping[str, Any] = field(default_factory=dict)
    settings_fingerprint: str = ""
    index_fingerprint: str = ""
    corpus_sha256: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)


class Corpus(Protocol):
    """The articles by the end of their uri (or url, or id)."""

    def text(self, article: str) -> str | None:
        """The text of an article; None when there is no such article, or more than one."""
        ...

    def paragraph(self, article: str, number: int) -> str | None:
        """The text of a paragraph, numbered as ``nutgraf show`` numbers them; None when there is none."""
        ...


class System(Protocol):
    """What can be measured. ``eval.systems.open_system`` makes one of a name, ``as_system`` of an object."""

    @property
    def name(self) -> str:
        """What the reports call it."""
        ...

    @property
    def corpus(self) -> Corpus | None:
        """Its articles, when it can show them."""
        ...

    def ask(self, question: Question) -> Response:
        """Answer; may raise anything, which then counts as a miss. Called from several threads when jobs > 1."""
        ...

    def describe(self) -> Description: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Record:
    """One case as it went: the response and the milliseconds it took, start to end."""

    case: str
    response: Response
    latency_ms: float
