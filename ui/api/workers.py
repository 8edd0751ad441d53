"""Threads for what blocks: so many at a time, so many waiting, so long; whoever comes on top is told to come again."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from .problems import RETRY_AFTER_S, Problem

T = TypeVar("T")

_LATER = {"retry-after": str(RETRY_AFTER_S)}
PING_S = 15.0  # how long a stream may be silent; proxies cut off what is silent for a minute


class Workers:
    """A pool of ``threads`` with at most ``waiting`` jobs before it. ``timeout_s`` bounds a job with its wait.

    A thread cannot be stopped: a job that takes longer is no longer waited for, but keeps its thread until it ends, so
    that there are never more jobs at work than threads.
    """

    def __init__(self, name: str, *, threads: int, waiting: int, timeout_s: float) -> None:
        self.timeout_s = timeout_s
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._places = threading.BoundedSemaphore(threads + waiting)

    async def run(self, work: Callable[[], T]) -> T:
        """What ``work`` returns. Raises Problem 503 when the queue is full, 504 when it takes too long."""
        future = asyncio.wrap_future(self._submit(work))
        done, _ = await asyncio.wait({future}, timeout=self.timeout_s)
        if not done:
            future.cancel()
            raise self._late()
        return future.result()

    async def stream(self, make: Callable[[], Iterator[T]]) -> AsyncIterator[T | None]:
        """What the iterator that ``make`` makes gives, all of it from one thread; None where it lets wait.

        When the caller stops to listen, the iterator is not asked for more. Raises as ``run``.
        """
        loop = asyncio.get_running_loop()
        arrived: asyncio.Queue[list[T]] = asyncio.Queue()  # an empty list is the end
        abandoned = threading.Event()

        def tell(items: list[T]) -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody listens any more
                loop.call_soon_threadsafe(arrived.put_nowait, items)

        def work() -> None:
            for item in make():
                if abandoned.is_set():
                    break
                tell([item])

        future = self._submit(work)
        future.add_done_callback(lambda _: tell([]))
        until = time.monotonic() + self.timeout_s
        try:
            while (left := until - time.monotonic()) > 0:
                try:
                    items = await asyncio.wait_for(arrived.get(), min(left, PING_S))
                except TimeoutError:
                    yield None
                    continue
                if not items:
                    future.result()  # raises what the work raised
                    return
                yield items[0]
            raise self._late()
        finally:
            abandoned.set()
            future.cancel()

    def close(self, *, wait: bool = False) -> None:
        """Take no more work; what waits is dropped, and with ``wait`` what is being done is waited for."""
        self._pool.shutdown(wait=wait, cancel_futures=True)

    def _submit(self, work: Callable[[], T]) -> Future[T]:
        if not self._places.acquire(blocking=False):
            raise Problem(
                503,
                "The server has as many requests as it can take; try again in a moment.",
                code="overloaded",
                headers=_LATER,
            )
        try:
            future = self._pool.submit(work)
        except RuntimeError as error:  # the pool is closed
            self._places.release()
            raise Problem(503, "The server is being stopped.", code="stopping") from error
        future.add_done_callback(lambda _: self._places.release())
        return future

    def _late(self) -> Problem:
        said = f"No answer within {self.timeout_s:g} seconds; try again later."
        return Problem(504, said, code="timeout", headers=_LATER)
