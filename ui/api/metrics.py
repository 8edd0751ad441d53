"""What is counted of requests and answers, for Prometheus."""

from __future__ import annotations

import time
from importlib.metadata import version
from typing import TYPE_CHECKING

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    disable_created_metrics,
    generate_latest,
)

from rag import Answer

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_METHODS = frozenset({"GET", "HEAD", "POST", "DELETE", "OPTIONS"})
_ROUTES = frozenset(
    {
        "/v1/ask", "/v1/search", "/v1/articles", "/v1/articles/files", "/v1/models", "/v1/chat/completions",
        "/healthz", "/metrics", "/docs", "/openapi.json",
    }
)  # fmt: skip


class Metrics:
    """The counters of one server, in a registry of their own."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call] # a second line for each figure, which says when counting began
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "nutgraf_http_requests", "Requests answered.", ("method", "route", "status"), registry=self.registry
        )
        self.durations = Histogram(
            "nutgraf_http_request_duration_seconds",
            "Time to the end of the response.",
            ("method", "route"),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.running = Gauge(
            "nutgraf_http_requests_in_progress", "Requests being answered now.", registry=self.registry
        )
        self.answers = Counter("nutgraf_answers", "Whole answers of the API.", ("outcome",), registry=self.registry)
        self.errors = Counter("nutgraf_errors", "Requests of the API that failed.", ("code",), registry=self.registry)
        self.articles = Gauge("nutgraf_articles", "Articles in the store.", registry=self.registry)
        self.chunks = Gauge("nutgraf_chunks", "Chunks in the store.", registry=self.registry)
        Info("nutgraf_build", "Which Nutgraf this is.", registry=self.registry).info({"version": version("nutgraf")})

    def answered(self, answer: Answer) -> None:
        self.answers.labels(answer.outcome).inc()

    def failed(self, code: str) -> None:
        self.errors.labels(code).inc()

    def text(self, articles: int, chunks: int) -> bytes:
        """All of it in Prometheus' text format."""
        self.articles.set(articles)
        self.chunks.set(chunks)
        return generate_latest(self.registry)


class Measure:
    """ASGI middleware: counts and times every response, those of the other middleware too."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status = 500  # of a response that never began

        async def send_and_note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        began = time.perf_counter()
        method = scope["method"] if scope["method"] in _METHODS else "other"
        route = route_of(scope["path"])
        with self.metrics.running.track_inprogress():
            try:
                await self.app(scope, receive, send_and_note)
            finally:
                self.metrics.requests.labels(method, route, str(status)).inc()
                self.metrics.durations.labels(method, route).observe(time.perf_counter() - began)


def route_of(path: str) -> str:
    """The route that a path is counted under: one of few, whatever clients ask for."""
    if path in _ROUTES:
        return path
    if path.startswith("/v1/articles/"):
        return "/v1/articles/{uri}"
    return "/v1/other" if path.startswith("/v1/") else "page"
