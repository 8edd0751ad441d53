"""What all endpoints share: the assistant, the threads that work for it, and what is counted."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request

from rag import Assistant

from .metrics import Metrics
from .workers import Workers

# Answers made at the same time: on two cores more would only make each of them slower.
ANSWERS_AT_ONCE = 4
WAITING_ANSWERS = 32
SEARCH_S = 60.0  # what an answer may take beside its language model, the wait before it included
LLM_CALLS = 3  # a language model may be asked so many times for one answer


@dataclass(slots=True)
class ApiState:
    """``answers`` run questions and searches, ``lookups`` what takes milliseconds, ``writes`` changes of the store, one
    at a time: a long one keeps nobody from asking. ``started`` is a Unix time."""

    assistant: Assistant
    answers: Workers
    lookups: Workers
    writes: Workers
    upload_bytes: int
    metrics: Metrics = field(default_factory=Metrics)
    started: int = field(default_factory=lambda: int(time.time()))
    closing: threading.Event = field(default_factory=threading.Event)

    def close(self) -> None:
        """Stop taking work; waits for what is being written: articles that are on their way to the store are put there,
        those behind them are left out."""
        self.closing.set()
        for workers in (self.answers, self.lookups):
            workers.close()
        self.writes.close(wait=True)


def build_state(assistant: Assistant, *, upload_bytes: int) -> ApiState:
    """The state of an API over ``assistant``; no thread is started before there is work."""
    answer_s = SEARCH_S + (LLM_CALLS * assistant.settings.llm_timeout_s if assistant.steps.model else 0)
    return ApiState(
        assistant,
        Workers("answer", threads=ANSWERS_AT_ONCE, waiting=WAITING_ANSWERS, timeout_s=answer_s),
        Workers("lookup", threads=2, waiting=64, timeout_s=30),
        Workers("write", threads=1, waiting=8, timeout_s=3600),
        upload_bytes,
    )


def _state_of(request: Request) -> ApiState:
    state: ApiState = request.app.state.api
    return state


State = Annotated[ApiState, Depends(_state_of)]
