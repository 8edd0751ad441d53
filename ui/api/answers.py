"""Questions and searches: what ``nutgraf ask --json`` and ``nutgraf search --json`` print, over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import JSONResponse, Response

from rag import Answer

from .models import AskBody, Day, Line, Question, SearchBody
from .problems import RESPONSES, Problem
from .sse import WAIT, error_event, event, event_response
from .state import ApiState, State

router = APIRouter(prefix="/v1", tags=["Questions"], responses=RESPONSES)

_EVENTS = {
    "description": "The answer; with `stream`, or where the client accepts text/event-stream, events: `answer` with "
    "each growing answer, `done` with the whole one, or `error`.",
    "content": {"text/event-stream": {"schema": {"type": "string"}}},
}


@router.post("/ask", summary="Ask a question", responses={200: _EVENTS}, response_model=dict[str, Any])
async def ask(body: AskBody, request: Request, state: State) -> Response:
    """Answer a question, with the citations behind every sentence. The outcome is `answered` or `not_in_sources`."""

    def answers() -> Iterator[Answer]:
        return state.assistant.stream(
            body.question,
            history=[(turn.question, turn.answer) for turn in body.history],
            date_from=body.date_from,
            date_to=body.date_to,
            sources=body.sources,
            as_of=body.as_of,
            k=body.k,
            time_aware=body.time_aware,
        )

    growing = whole_last(state, answers)
    if body.stream or "text/event-stream" in request.headers.get("accept", ""):
        return await event_response(_events(growing), error_event, state.metrics)
    async for answer, is_whole in growing:
        if answer is not None and is_whole:
            return JSONResponse(answer.to_dict())
    raise Problem(503, "The server is being stopped.", code="stopping")


async def whole_last(state: ApiState, answers: Any) -> AsyncIterator[tuple[Answer | None, bool]]:
    """The growing answers, each with whether it is the whole one, which comes again at the end; None: still waiting."""
    last = None
    async for answer in state.answers.stream(answers):
        last = answer or last
        yield answer, False
    if last is not None:
        state.metrics.answered(last)
        yield last, True


async def _events(growing: AsyncIterator[tuple[Answer | None, bool]]) -> AsyncIterator[str]:
    async for answer, is_whole in growing:
        yield WAIT if answer is None else event(answer.to_dict(), "done" if is_whole else "answer")


@router.post("/search", summary="Search", response_model=dict[str, Any])
async def search(body: SearchBody, state: State) -> Response:
    """Find the passages nearest to a query, best first."""
    return await _search(body, state)


@router.get("/search", summary="Search by address", response_model=dict[str, Any])
async def search_by_address(
    state: State,
    q: Annotated[Question, Query(description="The query")],
    k: Annotated[int, Query(ge=1, le=200)] = 10,
    date_from: Day | None = None,
    date_to: Day | None = None,
    source: Annotated[list[Line] | None, Query(description="Only this source; repeatable")] = None,
    as_of: Day | None = None,
    mode: Literal["hybrid", "dense", "bm25"] = "hybrid",
    rerank: bool | None = None,
) -> Response:
    """The same search with its parameters in the address."""
    body = SearchBody(
        query=q, k=k, date_from=date_from, date_to=date_to, sources=source, as_of=as_of, mode=mode, rerank=rerank
    )
    return await _search(body, state)


async def _search(body: SearchBody, state: ApiState) -> Response:
    found = await state.answers.run(
        lambda: state.assistant.index.search(
            body.query,
            k=body.k,
            date_from=body.date_from,
            date_to=body.date_to,
            sources=body.sources,
            as_of=body.as_of,
            mode=body.mode,
            rerank=body.rerank,
        )
    )
    return JSONResponse({"query": body.query, "passages": [passage.to_dict() for passage in found]})
