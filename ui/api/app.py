"""The API put into the application of the server."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import FastAPI
from starlette.routing import Route

from rag import Assistant

from ..guard import API_ROUTES, ASKED_ROUTES, add_guards
from ..settings import UiSettings
from . import answers, articles, chat, operations
from .metrics import Measure
from .problems import add_error_handlers
from .state import build_state

ABOUT = """Answers questions from news articles and cites the paragraph behind every sentence.

Errors are JSON of one form: `{"error": {"message", "type", "param", "code"}}`. Where keys are set, send one as
`Authorization: Bearer KEY`."""
_UPLOADS = ("/v1/articles", "/v1/articles/files")


def make_api(assistant: Assistant, settings: UiSettings) -> FastAPI:
    """An application with the API and with what guards it and the page; the page is mounted by the caller.

    ``app.state.api`` is the ApiState, which the caller closes. Raises SettingsError for keys that cannot be.
    """
    app = FastAPI(title="Nutgraf", version=version("nutgraf"), description=ABOUT, docs_url=None, redoc_url=None)
    state = build_state(assistant, upload_bytes=int(settings.upload_mb * 1_000_000))
    app.state.api = state
    routers = [answers.router, chat.router, articles.router, operations.router]
    for router in routers:
        app.include_router(router)
    nothing_here = operations.NothingHere([route for router in routers for route in router.routes])
    below = [f"{path}/{{rest:path}}" for path in ASKED_ROUTES]
    for path in (*ASKED_ROUTES, *below, *sorted(API_ROUTES)):
        app.router.routes.append(Route(path, nothing_here, include_in_schema=False))
    add_error_handlers(app)
    add_guards(app, settings, upload_bytes=state.upload_bytes, uploads=_UPLOADS)
    app.add_middleware(Measure, metrics=state.metrics)  # the last one added sees a request first: it counts all
    return app
