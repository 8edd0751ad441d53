"""Settings of answering."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from index.errors import SettingsError


@dataclass(frozen=True, slots=True)
class RagSettings:
    """How a question becomes an answer.

    ``llm`` is "provider:model", the folder of a model, or empty for the extractive reader; with ``llm_url``, the
    address of a server that speaks OpenAI's protocol, it is a name that this server knows. ``k`` passages are
    retrieved. The reader quotes at most ``max_sentences`` places and answers when its confidence is at least
    ``min_confidence``: higher refuses more of what the articles do not say, and of what they do (``nutgraf eval`` shows
    both). ``llm_context_tokens`` bounds what is sent to an LLM: instructions, question, history and paragraphs.
    ``llm_timeout_s`` is how long it may be silent, and its whole answer may take five times as long; ``llm_retries``
    is how often it is asked again when it fails for a while. ``time_aware``: passages of the time that a question
    asks about are preferred, and the newest where it asks for those. ``parts``: a question that needs several steps is
    taken apart and answered part by part. ``unsupported``: what becomes of a sentence of an
    LLM that its sources do not support: "repair" cites the paragraphs that do and leaves it out when there are none,
    "mark" shows it as unverified, "drop" leaves it out.

    ``otel``: OpenTelemetry is told of every answer, with the texts of questions and answers only where ``otel_content``
    is set, too.
    """

    llm: str = ""
    llm_url: str = ""
    k: int = 8
    max_sentences: int = 3
    min_confidence: float = 0.3
    llm_context_tokens: int = 6_000
    llm_timeout_s: float = 60.0
    llm_retries: int = 2
    time_aware: bool = True
    parts: bool = True
    otel: bool = False
    otel_content: bool = False
    unsupported: Literal["repair", "mark", "drop"] = "repair"

    def __post_init__(self) -> None:
        if self.k < 1:
            raise SettingsError(f"k is {self.k}; ask for at least 1 passage")
        if self.max_sentences < 1:
            raise SettingsError(f"max_sentences is {self.max_sentences}; allow at least 1")
        if not 0 <= self.min_confidence <= 1:
            raise SettingsError(f"min_confidence is {self.min_confidence}; give a number from 0 to 1")
        if self.llm_context_tokens < 500:
            raise SettingsError(f"llm_context_tokens is {self.llm_context_tokens}; allow at least 500")
        if self.unsupported not in ("repair", "mark", "drop"):
            raise SettingsError(f"unsupported is {self.unsupported!r}; give repair, mark or drop")
        if self.llm_timeout_s <= 0:
            raise SettingsError(f"llm_timeout_s is {self.llm_timeout_s}; give a number above 0")
        if not 0 <= self.llm_retries <= 10:
            raise SettingsError(f"llm_retries is {self.llm_retries}; give a number from 0 to 10")
        check_url(self.llm_url, "llm_url")


def check_url(url: str, setting: str) -> str:
    """The address as it is, "" included. Raises SettingsError, without showing it, for one that holds a secret, as
    addresses are logged, and for one that is none."""
    try:
        parts = urlsplit(url)
        secret = "@" in parts.netloc or parts.query or parts.fragment
        usable = not url or (parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0)
    except ValueError:
        secret, usable = "", False
    if secret:
        raise SettingsError(f"{setting} holds a password, a key or a query; leave it out and set NUTGRAF_LLM_KEY")
    if not usable:
        raise SettingsError(f"{setting} is not an address; give one like http://127.0.0.1:11434/v1")
    return url
