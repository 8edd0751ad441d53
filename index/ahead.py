"""A pipeline's first stage: taking items in a thread of its own while the ones before are worked on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from queue import Empty, Queue
from threading import Event
from typing import TypeVar, cast

T = TypeVar("T")

_END = object()


@contextmanager
def read_ahead(items: Iterable[T], most: int) -> Iterator[Iterator[T]]:
    """The same items in the same order, taken by another thread, at most ``most`` ahead.

    What taking them raises is raised after those before it. Leaving the context stops the thread after the item that it
    is at, and waits for it.
    """
    waiting: Queue[object] = Queue(most)
    stopped = Event()

    def fill() -> None:
        try:
            for item in items:
                waiting.put(item)
                if stopped.is_set():
                    return
        finally:
            waiting.put(_END)

    with ThreadPoolExecutor(1, "read-ahead") as pool:
        filling = pool.submit(fill)

        def taken() -> Iterator[T]:
            while (item := waiting.get()) is not _END:
                yield cast(T, item)
            filling.result()

        try:
            yield taken()
        finally:
            stopped.set()
            while not filling.done():
                with suppress(Empty):
                    waiting.get(timeout=0.05)
