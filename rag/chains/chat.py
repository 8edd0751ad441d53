"""The assistant as a LangChain chat model: a conversation in, a cited answer out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, TypedDict

from langchain_core.callbacks import CallbackManager, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.base import LangSmithParams
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, UsageMetadata
from langchain_core.messages.content import Citation, create_citation
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import RunnableConfig

from index.settings import fingerprint

from ..assistant import Assistant
from ..schema import Answer

_MARKERS = re.compile(r"(?:\s*\[\d+\])+")
_FILTERS = ("date_from", "date_to", "sources", "as_of", "k", "time_aware")


class NutgrafChatModel(BaseChatModel):
    """Answers from an index as a LangChain ``BaseChatModel``, with or without a language model behind it.

        model = NutgrafChatModel(assistant=Assistant.open("store"))
        model.invoke("Who met in Seoul?").response_metadata["citations"]

    The last human message is the question and those before it are the conversation; system messages change nothing. The
    text carries markers ("... on Monday. [1]"). ``response_metadata`` has the citations (``Citation.to_dict()``), the
    outcome, the confidence and the notes of the ``Answer``; the citations as LangChain's annotations, with the stretch
    of text that each stands behind, are in ``additional_kwargs["annotations"]``, and in the text block with
    ``output_version="v1"``. Filters are fields, or arguments of one call (``model.bind(date_from="2021-09-01")``). It
    streams sentences, once they are checked. Tools and structured output are not supported.
    """

    assistant: Assistant
    date_from: str | None = None
    date_to: str | None = None
    sources: list[str] | None = None
    as_of: str | None = None
    k: int | None = None
    time_aware: bool | None = None

    @property
    def model_name(self) -> str:
        """Who answers: "extractive", or the language model."""
        model = self.assistant.steps.model
        return "extractive" if model is None else self.assistant.settings.llm or type(model).__name__

    @property
    def _llm_type(self) -> str:
        return "nutgraf"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        """What an answer depends on, for caches and traces; the generation grows with every change of the store."""
        store = self.assistant.index.store
        return {
            "model_name": self.model_name,
            "store": str(store.folder),
            "generation": store.generation(),
            "settings": fingerprint(self.assistant.settings),
            **{name: getattr(self, name) for name in _FILTERS},
        }

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        return LangSmithParams(**{**super()._get_ls_params(stop, **kwargs), "ls_provider": self._llm_type})

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        *_, answer = self._answers(messages, run_manager, kwargs)
        told = _told(answer, stop)
        text = _before(answer.text, stop)
        message = AIMessage(**told, content=text)
        if self.output_version == "v1":
            message.content = [_block(text, message.additional_kwargs.pop("annotations"))]
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        """The text as it grows. An answer that does not go on from what was streamed, as when the language model fails,
        follows as a paragraph of its own."""
        text = ""
        sent = 0
        for answer in self._answers(messages, run_manager, kwargs):
            whole = _before(answer.text, stop)
            added = whole.removeprefix(text) if whole.startswith(text) else f"\n\n{whole}"
            text = whole
            sent += len(added)
            if added:
                yield self._chunk(AIMessageChunk(content=added))
        told = _told(answer, stop, begin=sent - len(text))
        yield self._chunk(AIMessageChunk(**told, content="", chunk_position="last"))

    def _chunk(self, message: AIMessageChunk) -> ChatGenerationChunk:
        if self.output_version == "v1":
            annotations = message.additional_kwargs.pop("annotations", [])
            message.content = [_block(str(message.content), annotations) | {"index": 0}]
        return ChatGenerationChunk(message=message)

    def _answers(
        self, messages: Sequence[BaseMessage], run_manager: CallbackManagerForLLMRun | None, given: dict[str, Any]
    ) -> Iterator[Answer]:
        question, history = conversation(messages)
        filters = {name: given.get(name, getattr(self, name)) for name in _FILTERS}
        config = RunnableConfig(callbacks=_below(run_manager)) if run_manager else None
        return self.assistant.stream(question, history=history, config=config, **filters)


def conversation(messages: Sequence[BaseMessage]) -> tuple[str, list[tuple[str, str]]]:
    """The question, and the (question, answer) pairs before it, oldest first. Raises ValueError without a question."""
    turns: list[tuple[str, str]] = []
    for message in messages:
        if isinstance(message, HumanMessage):
            turns.append((str(message.text), ""))
        elif isinstance(message, AIMessage) and turns:
            question, said = turns[-1]
            turns[-1] = (question, f"{said}\n{message.text}".strip())
    if not turns:
        raise ValueError("there is no human message; the last one is taken as the question")
    return turns[-1][0], turns[:-1]


def annotations_of(answer: Answer, offset: int = 0) -> list[Citation]:
    """The citations of an answer where they apply: each with the stretch of the text before its marker, counted from
    the beginning of a text in which ``answer.text`` stands at ``offset``."""
    by_marker = {citation.marker: citation for citation in answer.citations}
    found: list[Citation] = []
    begin = 0
    for run in _MARKERS.finditer(answer.text):
        stretch = answer.text[begin : run.start()]
        start = begin + len(stretch) - len(stretch.rpartition("\n")[2].lstrip())
        begin = run.end()
        for marker in map(int, re.findall(r"\d+", run[0])):
            if cited := by_marker.get(marker):
                found.append(
                    create_citation(
                        id=f"citation-{len(found) + 1}",
                        url=cited.url or None,
                        title=cited.title,
                        start_index=offset + start,
                        end_index=offset + run.start(),
                        cited_text=cited.quote,
                        marker=marker,
                        uri=cited.uri,
                        source=cited.source,
                        published=cited.published,
                        paragraph=cited.paragraph,
                    )
                )
    return found


def _below(run: CallbackManagerForLLMRun) -> CallbackManager:
    """Callbacks for the runs that make up this one; LangChain has them for chains alone."""
    manager = CallbackManager(handlers=[], parent_run_id=run.run_id)
    manager.set_handlers(run.inheritable_handlers)
    manager.add_tags(run.inheritable_tags)
    manager.add_metadata(run.inheritable_metadata)
    return manager


class _Told(TypedDict):
    response_metadata: dict[str, Any]
    additional_kwargs: dict[str, Any]
    usage_metadata: UsageMetadata | None


def _told(answer: Answer, stop: Sequence[str] | None, begin: int = 0) -> _Told:
    """What a message says beside its text, in which the answer begins at ``begin``. Tokens are those of the language
    model; the reader counts none."""
    end = begin + len(_before(answer.text, stop))
    used, made = answer.tokens.get("input", 0), answer.tokens.get("output", 0)
    return _Told(
        response_metadata={
            "model_name": answer.answerer,
            "model_provider": "nutgraf",
            "finish_reason": "stop",
            "outcome": answer.outcome,
            "confidence": answer.confidence,
            "citations": [citation.to_dict() for citation in answer.citations],
            "notes": list(answer.notes),
        },
        additional_kwargs={"annotations": [one for one in annotations_of(answer, begin) if one["end_index"] <= end]},
        usage_metadata=UsageMetadata(input_tokens=used, output_tokens=made, total_tokens=used + made)
        if answer.tokens
        else None,
    )


def _block(text: str, annotations: Sequence[Citation]) -> dict[str, Any]:
    found: dict[str, Any] = {"type": "text", "text": text}
    return found | {"annotations": list(annotations)} if annotations else found


def _before(text: str, stop: Sequence[str] | None) -> str:
    """``text`` up to the first of the words at which to stop."""
    return text[: min((text.find(word) for word in stop or () if word and word in text), default=len(text))]
