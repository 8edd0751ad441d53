"""A model's reply, piece by piece: waiting has an end, and a request that failed for a while is made again.

The same for every provider and for models of one's own, so that nothing depends on how well a client times out: a
server may keep a connection alive without ever saying anything.
"""

from __future__ import annotations

import contextvars
import logging
import random
import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from time import monotonic, sleep
from typing import Any, TypeVar

from ..errors import LlmCallError
from ..settings import RagSettings
from .failures import SilentModelError, failure, redacted, secrets_of

logger = logging.getLogger(__name__)

T = TypeVar("T")

# The whole reply may take so many times as long as the longest silence: one word a minute is no answer.
WHOLE = 5
# Seconds before the second attempt, doubled for each further one; a random half of it is left out, so that many who
# failed together do not come back together ("Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 8.0


@dataclass(frozen=True, slots=True)
class _Ended:
    """The last that the listening thread hears: the reply is whole, or the model raised ``error``."""

    error: Exception | None = None


def ask_model(
    start: Callable[[], Iterable[T]],
    named: str,
    settings: RagSettings,
    hidden: Collection[str] = (),
) -> Iterator[T]:
    """The pieces that ``start()`` iterates over, as they come.

    As long as no text has come, rate limits, failures of the provider and broken connections are tried again
    ``llm_retries`` times, after the time that the provider asks for (at most MAX_WAIT_S) or a growing one. Raises
    LlmCallError, whose one line says what to do, for whatever the model raises and when it is silent for
    ``llm_timeout_s``; ``hidden`` are secrets that no log may show.
    """
    attempt = 0
    while True:
        spoken = False
        try:
            for piece in _heard(start, settings.llm_timeout_s):
                spoken = spoken or bool(text_of(piece))
                yield piece
        except _ModelRaised as raised:
            found = failure(raised.error)
            logger.info("%s raised %s: %s", named, type(raised.error).__name__, redacted(raised.error, hidden))
            if spoken or not found.again or attempt == settings.llm_retries:
                raise LlmCallError(f"{named} {found.said}") from None
            sleep(_wait(attempt) if found.wait_s is None else found.wait_s)
            attempt += 1
        else:
            return


def ask_aside(start: Callable[[], Iterable[T]], model: object, seconds: float) -> Iterator[T]:
    """``ask_model`` for something small that rules could do as well: asked once, silent for ``seconds`` at most."""
    settings = RagSettings(llm_timeout_s=seconds, llm_retries=0)
    return ask_model(start, "the language model", settings, secrets_of(model))


class _ModelRaised(Exception):  # noqa: N818 - carries the model's error to where it is judged
    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


def _heard(start: Callable[[], Iterable[T]], silence_s: float) -> Iterator[T]:
    """The pieces as another thread receives them. Raises _ModelRaised with what the model raised, or SilentModelError.

    That thread ends with the next piece once nobody listens any more; one that waits for a dead server is left behind
    and does not keep the program from ending.
    """
    arrived: SimpleQueue[T | _Ended] = SimpleQueue()
    left = threading.Event()

    def receive() -> None:
        try:
            with _closing(start()) as pieces:
                for piece in pieces:
                    if left.is_set():
                        return
                    arrived.put(piece)
        except Exception as error:  # noqa: BLE001 - a model is foreign code; the listening thread judges what it raised
            arrived.put(_Ended(error))
        else:
            arrived.put(_Ended())

    # Callbacks and tracers of LangChain are found by context.
    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(receive,), name="language-model", daemon=True).start()
    deadline = monotonic() + WHOLE * silence_s
    try:
        while True:
            try:
                piece = arrived.get(timeout=max(0.0, min(silence_s, deadline - monotonic())))
            except Empty:
                raise _ModelRaised(SilentModelError()) from None
            if isinstance(piece, _Ended):
                if piece.error is not None:
                    raise _ModelRaised(piece.error)
                return
            yield piece
    finally:
        left.set()


@contextmanager
def _closing(pieces: Iterable[T]) -> Iterator[Iterable[T]]:
    """Closes a stream at the end, so that its connection is, whoever still holds a reference to it."""
    try:
        yield pieces
    finally:
        if close := getattr(pieces, "close", None):
            close()


def _wait(attempt: int) -> float:
    longest = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0**attempt)
    return longest * random.uniform(0.5, 1)  # noqa: S311 - spreads requests, hides nothing


def text_of(piece: Any) -> str:
    """Text of a message or a piece of one, whose content may be a string or a list of blocks."""
    content = getattr(piece, "content", "")
    if isinstance(content, str):
        return content
    return "".join(block if isinstance(block, str) else str(block.get("text", "")) for block in content)
