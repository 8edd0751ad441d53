"""Question in, answer out: the object behind ``ask()``, the page, the command line and the eval."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from index import Index, open_index
from index.settings import load_settings

from .pipeline import Request, Steps
from .schema import Answer
from .settings import RagSettings

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.runnables import Runnable, RunnableConfig

    from .chains.runnable import PipelineInput

# LangChain's switches for LangSmith: without one of them no client is made and nothing is sent.
_LANGSMITH = ("LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING_V2", "LANGSMITH_TRACING", "LANGCHAIN_TRACING")


class Assistant:
    """Answers questions from one index. Safe to use from many threads; keeps no memory of questions.

    ``llm`` is a LangChain chat model, or "provider:model" for one; without it the extractive reader answers.
    """

    def __init__(
        self, index: Index, settings: RagSettings | None = None, *, llm: str | BaseChatModel | None = None
    ) -> None:
        from .llm import make_model

        named = llm if isinstance(llm, str) else None
        self.index = index
        self.settings = settings or load_settings(RagSettings, "rag", llm=named)
        if named is not None:
            self.settings = replace(self.settings, llm=named)
        model = make_model(self.settings) if llm is None or isinstance(llm, str) else llm
        self.steps = Steps(index, self.settings, model)

    @classmethod
    def open(
        cls,
        store: str | Path | None = None,
        *,
        llm: str | BaseChatModel | None = None,
        settings: RagSettings | None = None,
        rerank: bool | None = None,
    ) -> Self:
        """Open a store and answer from it; ``rerank`` is that of ``open_index``.

        Raises StoreError, LlmSetupError, SettingsError.
        """
        index = open_index(store, rerank=rerank)
        try:
            return cls(index, settings, llm=llm)
        except BaseException:
            index.close()
            raise

    @cached_property
    def pipeline(self) -> Runnable[PipelineInput, Answer]:
        """The LangChain Runnable: takes a Request, its fields as a dict, or a question; gives an Answer."""
        from .chains.runnable import build_pipeline

        pipeline = build_pipeline(self.steps)
        if not self.settings.otel:
            return pipeline
        from .chains.tracing import OpenTelemetryTracer

        return pipeline.with_config(callbacks=[OpenTelemetryTracer(content=self.settings.otel_content)])

    def ask(
        self,
        question: str,
        *,
        history: Sequence[tuple[str, str]] = (),
        date_from: date | str | None = None,
        date_to: date | str | None = None,
        sources: Sequence[str] | None = None,
        as_of: date | str | None = None,
        k: int | None = None,
        time_aware: bool | None = None,
        config: RunnableConfig | None = None,
    ) -> Answer:
        """Answer a question; ``history`` holds earlier (question, answer) pairs, oldest first.

        ``date_from``, ``date_to`` and ``sources`` limit the articles; ``as_of`` is the day of the question:
        later articles are not used, and "last week" is seen from it (from today unless it is given). ``time_aware``:
        the time that a question asks about counts; None stands for the setting. ``config`` is that of LangChain runs:
        callbacks, tags, metadata. Raises QueryError for what cannot be asked and StoreError for a broken store.
        """
        *_, whole = self._answers(Request(question, history, date_from, date_to, sources, as_of, k, time_aware), config)
        return whole

    def stream(
        self,
        question: str,
        *,
        history: Sequence[tuple[str, str]] = (),
        date_from: date | str | None = None,
        date_to: date | str | None = None,
        sources: Sequence[str] | None = None,
        as_of: date | str | None = None,
        k: int | None = None,
        time_aware: bool | None = None,
        config: RunnableConfig | None = None,
    ) -> Iterator[Answer]:
        """Like ``ask``, but gives growing answers; the last one is whole."""
        return self._answers(Request(question, history, date_from, date_to, sources, as_of, k, time_aware), config)

    def _answers(self, request: Request, config: RunnableConfig | None) -> Iterator[Answer]:
        # Without a language model only tracing needs LangChain, whose import takes longer than an answer.
        if self.steps.model is None and config is None and not self._is_traced:
            return self.steps.run(request)
        return self.pipeline.stream(request, config)

    @property
    def _is_traced(self) -> bool:
        return self.settings.otel or any(os.environ.get(name) == "true" for name in _LANGSMITH)

    def close(self) -> None:
        self.index.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def ask(  # noqa: PLR0913 - a parameter a filter
    question: str,
    *,
    store: str | Path | None = None,
    history: Sequence[tuple[str, str]] = (),
    date_from: date | str | None = None,
    date_to: date | str | None = None,
    sources: Sequence[str] | None = None,
    as_of: date | str | None = None,
    llm: str | BaseChatModel | None = None,
    k: int | None = None,
    time_aware: bool | None = None,
) -> Answer:
    """Answer one question from a store (default: the setting ``store``, ``.nutgraf`` in the current folder).

    Opens and closes the store each time; keep an ``Assistant`` to ask many questions. See ``Assistant.ask``.
    """
    with Assistant.open(store, llm=llm) as assistant:
        return assistant.ask(
            question,
            history=history,
            date_from=date_from,
            date_to=date_to,
            sources=sources,
            as_of=as_of,
            k=k,
            time_aware=time_aware,
        )
