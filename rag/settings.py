"""Settings of answering."""

from __future__ import annotations

from dataclasses import dataclass

from index.errors import SettingsError


@dataclass(frozen=True, slots=True)
class RagSettings:
    """How a question becomes an answer.

    ``llm`` is "provider:model" or empty for the extractive reader. ``k`` passages are retrieved. The reader quotes at
    most ``max_sentences`` places and answers when its confidence is at least ``min_confidence``: higher refuses more of
    what the articles do not say, and of what they do (``nutgraf eval`` shows both). ``llm_context_tokens`` bounds what
    is sent to an LLM, ``llm_timeout_s`` how long it may take. ``time_aware``: passages of the time that a question asks
    about are preferred, and the newest where it asks for those.

    ``otel``: OpenTelemetry is told of every answer, with the texts of questions and answers only where ``otel_content``
    is set, too.
    """

    llm: str = ""
    k: int = 8
    max_sentences: int = 3
    min_confidence: float = 0.3
    llm_context_tokens: int = 6_000
    llm_timeout_s: float = 60.0
    time_aware: bool = True
    otel: bool = False
    otel_content: bool = False

    def __post_init__(self) -> None:
        if self.k < 1:
            raise SettingsError(f"k is {self.k}; ask for at least 1 passage")
        if self.max_sentences < 1:
            raise SettingsError(f"max_sentences is {self.max_sentences}; allow at least 1")
        if not 0 <= self.min_confidence <= 1:
            raise SettingsError(f"min_confidence is {self.min_confidence}; give a number from 0 to 1")
        if self.llm_context_tokens < 500:
            raise SettingsError(f"llm_context_tokens is {self.llm_context_tokens}; allow at least 500")
        if self.llm_timeout_s <= 0:
            raise SettingsError(f"llm_timeout_s is {self.llm_timeout_s}; give a number above 0")
