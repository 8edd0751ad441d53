"""The API put into the application of the server."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from starlette.routing import Route

from rag import Assistant

from ..guard import API_ROUTES, Guard, KeyCheck
from ..settings import LOOPBACK, UiSettings, values_of
from . import answers, articles, chat, operations
from .keys import load_keys
from .limits import BodyLimit
from .metrics import Measure
from .problems import add_error_handlers
from .state import ApiState, build_state

ABOUT = """Answers questions from news articles and cites the paragraph behind every sentence.

Errors are JSON of one form: `{"error": {"message", "type", "param", "code"}}`. Where keys are set, send one as
`Authorization: Bearer KEY`."""
_UPLOADS = frozenset({"/v1/articles", "/v1/articles/files"})
_ANY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - compared with, not bound to


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
    for path in ("/v1", "/v1/{rest:path}", *sorted(API_ROUTES)):
        app.router.routes.append(Route(path, nothing_here, include_in_schema=False))
    add_error_handlers(app)
    _add_middleware(app, state, settings)
    return app


def _add_middleware(app: FastAPI, state: ApiState, settings: UiSettings) -> None:
    """The last one added sees a request first: it is counted, guarded, its key is checked, its body taken in."""
    keys = load_keys(settings)
    origins = values_of(settings.allow_origins)
    app.add_middleware(BodyLimit, largest=state.upload_bytes, takes_uploads=_UPLOADS)
    app.add_middleware(KeyCheck, keys=keys, per_minute=settings.api_rate)
    if origins:  # a preflight bears no key
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Authorization", "Content-Type"],
        )
    hosts = {host.lower() for host in (*LOOPBACK, settings.host, *values_of(settings.allow_hosts))}
    app.add_middleware(Guard, hosts=hosts, any_address=settings.host in _ANY_ADDRESS, origins=origins)
    app.add_middleware(Measure, metrics=state.metrics)
