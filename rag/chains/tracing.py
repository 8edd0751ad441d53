"""OpenTelemetry spans of answers: the pipeline, its steps, the search and the language model.

Names are those of the semantic conventions for generative AI, version 1.41
(https://github.com/open-telemetry/semantic-conventions/tree/v1.41.0/docs/gen-ai): "invoke_workflow nutgraf" around
"understand", "retrieve" with "retrieval", and "answer" with "chat MODEL".
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.documents import Document
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, LLMResult

from index import SettingsError

from ..schema import Answer

if TYPE_CHECKING:
    from opentelemetry.trace import Span, TracerProvider

_SCHEMA = "https://opentelemetry.io/schemas/1.41.0"
# LangChain's names of providers that the conventions name otherwise.
_PROVIDERS = {
    "amazon_bedrock": "aws.bedrock", "azure": "azure.ai.openai", "google_genai": "gcp.gemini",
    "google_vertexai": "gcp.vertex_ai", "mistral": "mistral_ai", "mistralai": "mistral_ai", "xai": "x_ai",
}  # fmt: skip
_ROLES = {"human": "user", "ai": "assistant"}


class OpenTelemetryTracer(BaseCallbackHandler):
    """A LangChain callback handler that makes a span of every run; their parent is the span that was current.

        assistant.ask("Who met in Seoul?", config={"callbacks": [OpenTelemetryTracer()]})

    Spans go to ``provider``, the application's own unless it is given. Texts of questions, answers and prompts are
    recorded only with ``content``, and so are the messages of errors. Raises SettingsError without OpenTelemetry.
    """

    run_inline = True  # in the order of events, and in the thread whose span is current

    def __init__(self, *, content: bool = False, provider: TracerProvider | None = None) -> None:
        try:
            from opentelemetry import trace
        except ImportError as error:
            raise SettingsError("OpenTelemetry is missing; run: pip install 'nutgraf[otel]'") from error
        self._trace = trace
        self._tracer = trace.get_tracer("nutgraf", version("nutgraf"), provider, _SCHEMA)
        self._content = content
        self._spans: dict[UUID, Span] = {}

    # -- runs that begin

    def on_chain_start(
        self,
        serialized: dict[str, Any] | None,
        inputs: Any,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **kwargs: Any,
    ) -> None:
        name = str(kwargs.get("name") or "chain")
        if parent_run_id in self._spans:
            self._start(run_id, parent_run_id, name, {})
            return
        attributes: dict[str, Any] = {"gen_ai.operation.name": "invoke_workflow", "gen_ai.workflow.name": name}
        self._start(run_id, None, f"invoke_workflow {name}", attributes)

    def on_retriever_start(
        self,
        serialized: dict[str, Any] | None,
        query: str,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **kwargs: Any,
    ) -> None:
        texts = {"gen_ai.retrieval.query.text": query}
        self._start(run_id, parent_run_id, "retrieval", {"gen_ai.operation.name": "retrieval"}, texts)

    def on_chat_model_start(
        self,
        serialized: dict[str, Any] | None,
        messages: list[list[BaseMessage]],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        metadata: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        told = metadata or {}
        provider = str(told.get("ls_provider", "unknown"))
        attributes = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": _PROVIDERS.get(provider, provider),
            "gen_ai.request.model": told.get("ls_model_name"),
            "gen_ai.request.temperature": told.get("ls_temperature"),
            "gen_ai.request.max_tokens": told.get("ls_max_tokens"),
        }
        name = f"chat {told.get('ls_model_name', '')}".strip()
        texts = {"gen_ai.input.messages": _messages(messages[0])}
        self._start(run_id, parent_run_id, name, attributes, texts, calls=True)

    # -- runs that end

    def on_chain_end(self, outputs: Any, *, run_id: UUID, inputs: Any = None, **kwargs: Any) -> None:
        attributes: dict[str, Any] = {}
        texts: dict[str, str] = {}
        if isinstance(outputs, Answer):
            attributes = {
                "nutgraf.outcome": outputs.outcome,
                "nutgraf.confidence": outputs.confidence,
                "nutgraf.citations": len(outputs.citations),
                "nutgraf.answerer": outputs.answerer,
            }
            texts = {
                "gen_ai.input.messages": _spoken(("user", outputs.question)),
                "gen_ai.output.messages": _spoken(("assistant", outputs.text)),
            }
        self._end(run_id, attributes, texts)

    def on_retriever_end(self, documents: Sequence[Document], *, run_id: UUID, **kwargs: Any) -> None:
        found = [{"id": document.id, "score": document.metadata.get("score")} for document in documents]
        self._end(run_id, {"nutgraf.passages": len(found)}, {"gen_ai.retrieval.documents": json.dumps(found)})

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **kwargs: Any) -> None:
        first = response.generations[0][0] if response.generations and response.generations[0] else None
        message = first.message if isinstance(first, ChatGeneration) else None
        attributes: dict[str, Any] = {}
        if isinstance(message, AIMessage):
            usage = message.usage_metadata
            finish = message.response_metadata.get("finish_reason")
            attributes = {
                "gen_ai.response.model": message.response_metadata.get("model_name"),
                "gen_ai.response.finish_reasons": [str(finish)] if finish else None,
                "gen_ai.usage.input_tokens": usage["input_tokens"] if usage else None,
                "gen_ai.usage.output_tokens": usage["output_tokens"] if usage else None,
            }
        self._end(run_id, attributes, {"gen_ai.output.messages": _messages([message])} if message else {})

    def on_chain_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        self._fail(run_id, error)

    on_retriever_error = on_llm_error = on_chain_error

    # -- spans

    def _start(
        self,
        run_id: UUID,
        parent: UUID | None,
        name: str,
        attributes: Mapping[str, Any],
        texts: Mapping[str, str] | None = None,
        *,
        calls: bool = False,
    ) -> None:
        above = self._spans.get(parent) if parent else None
        self._spans[run_id] = self._tracer.start_span(
            name,
            context=self._trace.set_span_in_context(above) if above else None,
            kind=self._trace.SpanKind.CLIENT if calls else self._trace.SpanKind.INTERNAL,
            attributes=self._known(attributes, texts or {}),
        )

    def _end(self, run_id: UUID, attributes: Mapping[str, Any], texts: Mapping[str, str]) -> None:
        if span := self._spans.pop(run_id, None):
            span.set_attributes(self._known(attributes, texts))
            span.end()

    def _fail(self, run_id: UUID, error: BaseException) -> None:
        if span := self._spans.pop(run_id, None):
            span.set_attribute("error.type", type(error).__qualname__)
            span.set_status(self._trace.StatusCode.ERROR, str(error) if self._content else None)
            span.end()

    def _known(self, attributes: Mapping[str, Any], texts: Mapping[str, str]) -> dict[str, Any]:
        """What is known, with texts where they are asked for."""
        found = {name: value for name, value in attributes.items() if value is not None}
        return found | dict(texts) if self._content else found


def _messages(messages: Sequence[BaseMessage]) -> str:
    return _spoken(*((_ROLES.get(message.type, message.type), str(message.text)) for message in messages))


def _spoken(*turns: tuple[str, str]) -> str:
    """(role, text) pairs as the JSON that the conventions give to messages."""
    return json.dumps([{"role": role, "parts": [{"type": "text", "content": text}]} for role, text in turns])
