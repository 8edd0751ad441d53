"""Questions to answers with checked citations.

from rag import ask
answer = ask("Who met in Seoul?", store="store")
print(answer.text)
for citation in answer.citations:
    print(citation.marker, citation.title, citation.quote)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .assistant import Assistant, ask
    from .chains.chat import NutgrafChatModel
    from .chains.embeddings import NutgrafEmbeddings
    from .chains.retriever import NutgrafRetriever
    from .chains.tracing import OpenTelemetryTracer
    from .chains.vectorstore import NutgrafVectorStore
    from .errors import AnswerError, LlmCallError, LlmSetupError
    from .pipeline import Request
    from .reader import Reader, ReaderSpan
    from .schema import Answer, AnswerSpan, Citation, Claim
    from .settings import RagSettings

_HOME = {
    "assistant": ("Assistant", "ask"),
    "chains.chat": ("NutgrafChatModel",),
    "chains.embeddings": ("NutgrafEmbeddings",),
    "chains.retriever": ("NutgrafRetriever",),
    "chains.tracing": ("OpenTelemetryTracer",),
    "chains.vectorstore": ("NutgrafVectorStore",),
    "errors": ("AnswerError", "LlmCallError", "LlmSetupError"),
    "pipeline": ("Request",),
    "reader": ("Reader", "ReaderSpan"),
    "schema": ("Answer", "AnswerSpan", "Citation", "Claim"),
    "settings": ("RagSettings",),
}
_MODULE = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "Answer",
    "AnswerError",
    "AnswerSpan",
    "Assistant",
    "Citation",
    "Claim",
    "LlmCallError",
    "LlmSetupError",
    "NutgrafChatModel",
    "NutgrafEmbeddings",
    "NutgrafRetriever",
    "NutgrafVectorStore",
    "OpenTelemetryTracer",
    "RagSettings",
    "Reader",
    "ReaderSpan",
    "Request",
    "ask",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: ``import rag`` alone stays fast."""
    if name not in _MODULE:
        raise AttributeError(f"module 'rag' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"rag.{_MODULE[name]}"), name)
