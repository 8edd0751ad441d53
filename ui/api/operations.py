"""What those who run a server look at: whether it works, what it does, and how it is spoken to."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from index.errors import NutgrafError
from index.listing import counts

from .docs import docs_page
from .metrics import CONTENT_TYPE
from .models import Health
from .problems import RESPONSES, Problem
from .state import State

logger = logging.getLogger(__name__)

router = APIRouter(tags=["Operations"], responses=RESPONSES)


@router.get("/healthz", summary="Is it well?", responses={503: {"model": Health}})
async def health(state: State) -> Response:
    """Whether the store can be read and the models are whole. Needs no key. `reader` may be missing: answers are less
    exact then, and search is not reranked."""

    def look() -> Health:
        index, found = state.assistant.index, Health()
        try:
            counts(index.store)
        except NutgrafError as error:
            logger.warning("healthz: %s", error)  # a stranger is not told where the store is
            found.store = type(error).__name__
        else:
            try:
                index.encode_query("well")
                found.reader = "ok" if index.crossencoder else "missing"
            except NutgrafError as error:
                logger.warning("healthz: %s", error)
                found.model = type(error).__name__
        found.status = "ok" if (found.store, found.model) == ("ok", "ok") else "failing"
        return found

    found = await state.lookups.run(look)
    return JSONResponse(found.model_dump(), 200 if found.status == "ok" else 503)


@router.get("/metrics", summary="Figures for Prometheus", response_class=Response)
async def metrics(state: State) -> Response:
    """Requests by route and status, their durations, outcomes of answers, errors, what is in the store."""
    articles, chunks = await state.lookups.run(lambda: counts(state.assistant.index.store))
    return Response(state.metrics.text(articles, chunks), media_type=CONTENT_TYPE)


@router.get("/docs", include_in_schema=False)
async def docs(request: Request) -> Response:
    return HTMLResponse(docs_page(request.app.openapi(), str(request.base_url)))


class NothingHere:
    """ASGI application: 404 for an unknown path of the API, 405 for one of ``routes`` that is not asked that way."""

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self.routes = [route for route in routes if isinstance(route, Route)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        known = [route.methods or () for route in self.routes if route.path_regex.match(scope["path"])]
        if known:
            allowed = ", ".join(sorted({method for methods in known for method in methods}))
            raise Problem(405, "This address is not asked that way; see /docs.", headers={"allow": allowed})
        raise Problem(404, "There is no such address; see /docs.")
