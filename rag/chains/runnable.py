"""The road from a question to an answer as a LangChain Runnable: understand | retrieve | answer."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Mapping
from typing import Any

from langchain_core.runnables import Runnable, RunnableConfig, RunnableLambda
from langchain_core.runnables.config import get_callback_manager_for_config, run_in_executor

from index import QueryError

from ..pipeline import Request, State, Steps
from ..schema import Answer
from .documents import passage_document

PipelineInput = Request | Mapping[str, Any] | str
"""What the pipeline takes: a Request, its fields by name, or the question alone."""


def build_pipeline(steps: Steps) -> Runnable[PipelineInput, Answer]:
    """The steps as one Runnable: ``invoke`` gives the whole answer, ``stream`` growing ones, the last of them whole.

    Each step is a run of its own name for callbacks and ``astream_events``; the search is told of as a retriever run
    within "retrieve", and the language model's run, with its tokens, stands within "answer". The asynchronous methods
    work in threads and leave the event loop free.
    """

    def understand(asked: PipelineInput) -> State:
        return steps.begin(as_request(asked))

    def retrieve(state: State, config: RunnableConfig) -> State:
        run = get_callback_manager_for_config(config).on_retriever_start(
            {"name": "NutgrafRetriever"}, state.question.text, name="NutgrafRetriever"
        )
        try:
            state = steps.retrieve(state)
        except BaseException as error:
            run.on_retriever_error(error)
            raise
        run.on_retriever_end([passage_document(passage) for passage in state.passages])
        return state

    async def answer(state: State) -> AsyncIterator[Answer]:
        answers = steps.answer(state)
        while (found := await run_in_executor(None, next, answers, None)) is not None:
            yield found

    understanding = RunnableLambda(understand, name="understand")
    retrieving = RunnableLambda(retrieve, name="retrieve")
    answering = RunnableLambda(steps.answer, answer, name="answer")
    pipeline = (understanding | retrieving | answering).with_config(run_name="nutgraf")
    return pipeline.with_types(input_type=PipelineInput)  # type: ignore[arg-type] # a union is no class


def as_request(asked: PipelineInput) -> Request:
    """The request that is meant. Raises QueryError for fields that a Request does not have, or without a question."""
    if isinstance(asked, Request):
        return asked
    if isinstance(asked, str):
        return Request(asked)
    known = [field.name for field in dataclasses.fields(Request)]
    if unknown := [name for name in asked if name not in known]:
        raise QueryError(f"a request has no field {unknown[0]!r}; known are {', '.join(known)}")
    if not isinstance(asked.get("question"), str):
        raise QueryError('a request has no question; give one as "question"')
    return Request(**asked)
