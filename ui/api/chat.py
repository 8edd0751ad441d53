"""The API that OpenAI's clients speak: one model, "nutgraf", which answers the last message from the articles."""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from rag import Answer
from rag.tokens import counter_for

from .answers import whole_last
from .models import ChatBody
from .openai_format import MODEL, Reply, check_parameters, conversation, growing, reply_to
from .problems import RESPONSES, Problem, error_body
from .sse import WAIT, event, event_response
from .state import ApiState, State

router = APIRouter(prefix="/v1", tags=["OpenAI-compatible"], responses=RESPONSES)

ANEW = "\n\nThe answer was not finished; from here it is written anew:\n\n"


@router.get("/models", summary="List the models", response_model=dict[str, Any])
async def models(state: State) -> Response:
    """There is one."""
    return JSONResponse({"object": "list", "data": [_model(state)]})


@router.get("/models/{model}", summary="Describe a model", response_model=dict[str, Any])
async def model(model: str, state: State) -> Response:
    """The model that answers, under its name."""
    if model != MODEL:
        raise Problem(404, f"The model {model!r} does not exist; use {MODEL!r}.", code="model_not_found", param="model")
    return JSONResponse(_model(state))


def _model(state: ApiState) -> dict[str, object]:
    return {"id": MODEL, "object": "model", "created": state.started, "owned_by": "nutgraf"}


@router.post("/chat/completions", summary="Answer a conversation", response_model=dict[str, Any])
async def complete(body: ChatBody, request: Request, state: State) -> Response:
    """Answer the last message from the articles, after what was said before.

    The content ends with a list of sources; `annotations` of type `url_citation` say where each marker stands. With
    `stream` the sentences come as they are checked. Not supported, and refused: tools, several choices, JSON output.
    """
    check_parameters(body)
    question, history = conversation(body.messages)

    def answers() -> Iterator[Answer]:
        return state.assistant.stream(
            question,
            history=history,
            date_from=body.date_from,
            date_to=body.date_to,
            sources=body.sources,
            as_of=body.as_of,
        )

    base = str(request.base_url)
    turn = _Turn(state, question, history, lambda uri: f"{base}v1/articles/{quote(uri, safe='')}")
    usage = bool(body.stream_options and body.stream_options.include_usage)
    if body.stream:
        chunks = turn.chunks(whole_last(state, answers), include_usage=usage)
        return await event_response(chunks, lambda problem: event(error_body(problem)), state.metrics)
    async for answer, is_whole in whole_last(state, answers):
        if answer is not None and is_whole:
            return JSONResponse(turn.completion(answer))
    raise Problem(503, "The server is being stopped.", code="stopping")


@dataclass(frozen=True, slots=True)
class _Turn:
    """One question, and how its answer is told."""

    state: ApiState
    question: str
    history: tuple[tuple[str, str], ...]
    article_url: Callable[[str], str]

    def completion(self, answer: Answer) -> dict[str, object]:
        """The whole answer as a chat.completion object."""
        reply = reply_to(answer, self.article_url)
        message = {"role": "assistant", "content": reply.content, "refusal": None, "annotations": [*reply.annotations]}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
        head = self._head("chat.completion")
        return {**head, "choices": [choice], "usage": self._usage(answer, reply), **_mark(answer)}

    async def chunks(
        self, answers: AsyncIterator[tuple[Answer | None, bool]], *, include_usage: bool
    ) -> AsyncIterator[str]:
        """The growing answer as events that hold chat.completion.chunk objects, each with what is new."""
        head = self._head("chat.completion.chunk")

        def chunk(delta: dict[str, object], finish: str | None = None, **more: object) -> str:
            choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
            return event({**head, "choices": [choice], **more})

        sent, is_first = "", True
        async for answer, is_whole in answers:
            if answer is None:
                yield WAIT
                continue
            if is_first:
                yield chunk({"role": "assistant", "content": ""})
                is_first = False
            if not is_whole:
                told = growing(answer)
                if told.startswith(sent) and told != sent:
                    yield chunk({"content": told[len(sent) :]})
                    sent = told
                continue
            reply = reply_to(answer, self.article_url)
            if not reply.content.startswith(sent):
                reply = reply_to(answer, self.article_url, before=sent + ANEW)
            yield chunk({"content": reply.content[len(sent) :]})
            ended: dict[str, object] = {"annotations": [*reply.annotations]} if reply.annotations else {}
            yield chunk(ended, "stop", **_mark(answer))
            if include_usage:
                yield event({**head, "choices": [], "usage": self._usage(answer, reply)})
        yield "data: [DONE]\n\n"

    def _head(self, kind: str) -> dict[str, object]:
        return {
            "id": f"chatcmpl-{secrets.token_hex(12)}",
            "object": kind,
            "created": int(time.time()),
            "model": MODEL,
        }

    def _usage(self, answer: Answer, reply: Reply) -> dict[str, int]:
        """The tokens of the language model; without one those of the conversation and of the reply, estimated."""
        if answer.tokens:
            asked, written = answer.tokens.get("input", 0), answer.tokens.get("output", 0)
        else:
            counter = counter_for(MODEL)
            asked = sum(map(counter.count, (*(text for pair in self.history for text in pair), self.question)))
            written = counter.count(reply.content)
        return {"prompt_tokens": asked, "completion_tokens": written, "total_tokens": asked + written}


def _mark(answer: Answer) -> dict[str, object]:
    return {"system_fingerprint": answer.settings_fingerprint}
