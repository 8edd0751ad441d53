"""Errors as clients see them: one form for all doors, which is that of OpenAI's API, so that its clients read it too.

{"error": {"message": "...", "type": "invalid_request_error", "param": "question", "code": "bad_request"}}
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from index.errors import NothingToIndexError, NutgrafError, QueryError, SourceError, StoreBusyError
from rag.errors import AnswerError

if TYPE_CHECKING:
    from fastapi import FastAPI

RETRY_AFTER_S = 5  # what a client is told to wait when the server or the store is busy

# The first class that fits counts.
_STATUS: tuple[tuple[type[NutgrafError], int], ...] = (
    (QueryError, 400),
    (SourceError, 422),
    (NothingToIndexError, 422),
    (AnswerError, 502),
    (NutgrafError, 503),
)
_TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}


class ErrorDetail(BaseModel):
    """What went wrong, for a person (``message``) and for a program (``type``, ``code``)."""

    message: str
    type: str = Field(description="invalid_request_error, authentication_error, rate_limit_error or server_error")
    param: str | None = Field(None, description="The field or parameter that is wrong")
    code: str


class ErrorBody(BaseModel):
    """The body of every response with a status of 400 or above."""

    error: ErrorDetail


RESPONSES: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": ErrorBody, "description": "The request cannot be answered"},
    "5XX": {"model": ErrorBody, "description": "The server cannot answer now"},
}


class Problem(HTTPException):
    """An error with the code, and where one is wrong the field, that a client is told."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, message, headers)
        self.code = code or HTTPStatus(status).phrase.lower().replace(" ", "_")
        self.param = param


def problem_of(error: NutgrafError) -> Problem:
    """The Problem that an error of ours is for a client."""
    status = next(status for kind, status in _STATUS if isinstance(error, kind))
    code = type(error).__name__.removesuffix("Error")
    snake = "".join(f"_{sign.lower()}" if sign.isupper() else sign for sign in code).lstrip("_")
    headers = {"retry-after": str(RETRY_AFTER_S)} if isinstance(error, StoreBusyError) else None
    return Problem(status, str(error), code=snake, headers=headers)


def error_body(problem: Problem) -> dict[str, object]:
    """The JSON of a Problem."""
    kind = "server_error" if problem.status_code >= 500 else _TYPES.get(problem.status_code, "invalid_request_error")
    detail = {"message": problem.detail, "type": kind, "param": problem.param, "code": problem.code}
    return {"error": detail}


def error_response(problem: Problem) -> JSONResponse:
    """The response to a request that ended in a Problem."""
    return JSONResponse(error_body(problem), problem.status_code, headers=problem.headers)


def add_error_handlers(app: FastAPI) -> None:
    """Give every error of ``app`` the one form; of one that nobody expected the client learns nothing but that."""

    def respond(request: Request, problem: Problem) -> JSONResponse:
        request.app.state.api.metrics.failed(problem.code)
        return error_response(problem)

    @app.exception_handler(NutgrafError)
    def ours(request: Request, error: NutgrafError) -> JSONResponse:
        return respond(request, problem_of(error))

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        if first["type"] == "json_invalid":
            return respond(request, Problem(400, "The body is not valid JSON.", code="invalid_json"))
        where = ".".join(str(part) for part in first["loc"][1:])
        message = first["msg"].removeprefix("Value error, ")
        return respond(request, Problem(400, f"{where}: {message}" if where else message, param=where or None))

    @app.exception_handler(HTTPException)
    def told(request: Request, error: HTTPException) -> JSONResponse:
        found = error if isinstance(error, Problem) else Problem(error.status_code, error.detail, headers=error.headers)
        return respond(request, found)

    @app.exception_handler(Exception)
    def unexpected(request: Request, _: Exception) -> JSONResponse:
        # The server writes the traceback to its log; it is nothing for clients.
        return respond(request, Problem(500, "The server made a mistake; its log says which."))
