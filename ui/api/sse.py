"""Server-sent events (the WHATWG's HTML standard, section 9.2)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable

from starlette.responses import StreamingResponse

from index.errors import NutgrafError

from .metrics import Metrics
from .problems import Problem, error_body, problem_of

WAIT = ": wait\n\n"  # a comment: nothing for the client, but the connection is seen to live


def event(data: object, name: str = "") -> str:
    """An event with ``data`` as JSON on one line; without a ``name`` it is a message."""
    return (f"event: {name}\n" if name else "") + f"data: {json.dumps(data)}\n\n"


async def event_response(
    events: AsyncIterator[str], on_error: Callable[[Problem], str], metrics: Metrics
) -> StreamingResponse:
    """A response of events, once there is one: what goes wrong before that is raised and becomes a status.

    An error on the way becomes the event that ``on_error`` makes of it, the last one.
    """
    first = await anext(events)

    async def told() -> AsyncIterator[str]:
        try:
            yield first
            async for one in events:
                yield one
        except (Problem, NutgrafError) as error:
            problem = problem_of(error) if isinstance(error, NutgrafError) else error
            metrics.failed(problem.code)
            yield on_error(problem)

    headers = {"cache-control": "no-cache", "x-accel-buffering": "no"}
    return StreamingResponse(told(), media_type="text/event-stream", headers=headers)


def error_event(problem: Problem) -> str:
    """An error as an event named "error"."""
    return event(error_body(problem), "error")
