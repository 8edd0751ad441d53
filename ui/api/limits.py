"""How often a key may ask, and how much a request may bring."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from .problems import Problem, error_response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

SMALL_BODY = 4_000_000  # bytes; a question with its whole conversation has thousands
BODY_TIMEOUT_S = 60.0


class RateLimit:
    """A token bucket for each name: ``per_minute`` requests at once, then as many a minute; 0 for any number."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_minute = per_minute
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}  # tokens left, and when that was

    def wait_s(self, name: str) -> float:
        """Take one request. Returns 0 when it is allowed, else after how many seconds the next one is."""
        if not self.per_minute:
            return 0.0
        now, per_second = self._clock(), self.per_minute / 60
        left, then = self._buckets.get(name, (float(self.per_minute), now))
        left = min(left + (now - then) * per_second, float(self.per_minute))
        allowed = left >= 1
        self._buckets[name] = (left - 1 if allowed else left, now)
        return 0.0 if allowed else (1 - left) / per_second


class BodyLimit:
    """ASGI middleware: takes the body of a request in before anything is done with it.

    413 for one of more than ``SMALL_BODY`` bytes, ``largest`` for the paths that ``takes_uploads`` holds; 408 for one
    that is not there after BODY_TIMEOUT_S.
    """

    def __init__(self, app: ASGIApp, *, largest: int, takes_uploads: frozenset[str]) -> None:
        self.app = app
        self.largest = largest
        self.takes_uploads = takes_uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await self.app(scope, receive, send)
            return
        limit = self.largest if scope["path"] in self.takes_uploads else SMALL_BODY
        try:
            async with asyncio.timeout(BODY_TIMEOUT_S):
                body = await _body(scope, receive, limit)
        except TimeoutError:
            await error_response(Problem(408, "The request took too long to arrive."))(scope, receive, send)
            return
        except Problem as problem:
            await error_response(problem)(scope, receive, send)
            return
        if body is None:  # the client has gone
            return
        first: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive_again() -> Message:
            return first.pop() if first else await receive()

        await self.app(scope, receive_again, send)


async def _body(scope: Scope, receive: Receive, limit: int) -> bytes | None:
    too_long = Problem(413, f"The request is longer than {limit / 1e6:g} MB; send less at a time.", code="too_large")
    length = dict(scope["headers"]).get(b"content-length", b"")
    if length.isdigit() and int(length) > limit:
        raise too_long
    parts = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts += message.get("body", b"")
        if len(parts) > limit:
            raise too_long
        if not message.get("more_body", False):
            return bytes(parts)
