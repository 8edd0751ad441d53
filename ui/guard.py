"""What stands between the network and what is served: no other site, no unused route, no foreign content, no stranger.

Plain ASGI, so a streamed answer passes through unbuffered.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.middleware.cors import CORSMiddleware
from starlette.responses import PlainTextResponse, Response

from .api.keys import Keys, Lockout, load_keys, shown_key
from .api.limits import SMALL_BODY, BodyLimit, RateLimit
from .api.problems import Problem, error_response
from .settings import LOOPBACK, UiSettings, values_of

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Gradio's page needs inline script and style, and sets its own base. It needs no eval, and nothing from elsewhere.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "media-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "frame-src 'none'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)

HEADERS = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)

# All that the page asks for. Gradio also offers uploads, a file server, a proxy and an editor of its own source code.
PAGE_ROUTES = frozenset(
    {
        "/",
        "/config",
        "/favicon.ico",
        "/manifest.json",
        "/theme.css",
        "/gradio_api/queue/join",
        "/gradio_api/queue/data",
        "/gradio_api/cancel",
        "/gradio_api/reset",
        "/gradio_api/startup-events",
    }
)
PAGE_PREFIXES = ("/assets/", "/static/", "/svelte/", "/nutgraf/", "/gradio_api/heartbeat/")

# The API for programs: errors are JSON there.
API_ROUTES = frozenset({"/healthz", "/metrics", "/docs", "/openapi.json"})
# What programs ask questions by, each with all below it; each request counts for the rate of its key.
ASKED_ROUTES = ("/v1", "/mcp")
OPEN_ROUTES = frozenset({"/healthz"})  # what watches the server has no key

# By which a page of another site that is allowed speaks MCP.
MCP_HEADERS = ["Mcp-Session-Id", "Mcp-Protocol-Version", "Last-Event-ID"]

ANY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - compared with, not bound to

ASKING = "/gradio_api/queue/join"  # how the page asks a question


def is_asked(path: str) -> bool:
    """Whether programs ask questions by a path."""
    return any(path == route or path.startswith(f"{route}/") for route in ASKED_ROUTES)


def is_api(path: str) -> bool:
    """Whether a path is for programs, not of the page."""
    return path in API_ROUTES or is_asked(path)


def add_guards(
    app: Starlette, settings: UiSettings, *, upload_bytes: int = SMALL_BODY, uploads: Collection[str] = ()
) -> None:
    """Put all of this before an application; ``uploads`` are the paths that take up to ``upload_bytes``.

    The last one added sees a request first: it is guarded, its key is checked, its body taken in. Raises SettingsError
    for keys that cannot be.
    """
    origins = values_of(settings.allow_origins)
    app.add_middleware(BodyLimit, largest=upload_bytes, takes_uploads=frozenset(uploads))
    app.add_middleware(KeyCheck, keys=load_keys(settings), per_minute=settings.api_rate)
    if origins:  # a preflight bears no key
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Authorization", "Content-Type", *MCP_HEADERS],
            expose_headers=MCP_HEADERS,
        )
    hosts = {host.lower() for host in (*LOOPBACK, settings.host, *values_of(settings.allow_hosts))}
    app.add_middleware(Guard, hosts=hosts, any_address=settings.host in ANY_ADDRESS, origins=origins)


class Guard:
    """ASGI middleware: refuses foreign names of this server, other sites and unused routes; headers on all responses.

    ``hosts`` are the names by which it may be called, in lower case; with ``any_address`` every IP address is one too:
    only a name can be pointed here by a foreign site. ``origins`` are the other sites that may use the API.
    """

    def __init__(
        self, app: ASGIApp, *, hosts: Collection[str], any_address: bool = False, origins: Collection[str] = ()
    ) -> None:
        self.app = app
        self.hosts = frozenset(hosts)
        self.any_address = any_address
        self.origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *HEADERS]}
            await send(message)

        refused = self._refusal(scope)
        if refused is None:
            await self.app(scope, receive, send_with_headers)
        else:
            await refuse(scope, receive, send_with_headers, refused)

    def _refusal(self, scope: Scope) -> Problem | None:
        headers, path = dict(scope["headers"]), scope["path"]
        host = headers.get(b"host", b"").decode("latin-1")
        if not self._is_ours(host):
            return Problem(400, "Invalid host header.", code="invalid_host")
        # A browser names the site that a request comes from; other programs send no Origin.
        origin = headers.get(b"origin", b"").decode("latin-1")
        allowed = is_api(path) and origin in self.origins
        foreign = origin.partition("://")[2] != host if b"origin" in headers else self._from_elsewhere(headers, path)
        if foreign and not allowed:
            return Problem(403, "Requests from other sites are refused.", code="foreign_origin")
        if path not in PAGE_ROUTES and not path.startswith(PAGE_PREFIXES) and not is_api(path):
            return Problem(404, "Not found.")
        return None

    def _is_ours(self, host: str) -> bool:
        try:
            parts = urlsplit(f"//{host}")
            name, _ = (parts.hostname or "").lower(), parts.port
        except ValueError:
            return False
        if not name or parts.netloc != host or "@" in host:
            return False
        if name in self.hosts:
            return True
        return self.any_address and _is_address(name)

    @staticmethod
    def _from_elsewhere(headers: dict[bytes, bytes], path: str) -> bool:
        """Whether another site's page makes this computer ask, with a request that bears no Origin, as images do."""
        return is_asked(path) and headers.get(b"sec-fetch-site") == b"cross-site"


class KeyCheck:
    """ASGI middleware: who shows no key gets 401, who showed too many wrong ones 429, who asks too often 429."""

    def __init__(self, app: ASGIApp, *, keys: Keys, per_minute: int) -> None:
        self.app = app
        self.keys = keys
        self.lockout = Lockout()
        self.rate = RateLimit(per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused = self._refusal(scope) if scope["type"] == "http" and self.keys else None
        if refused is None:
            await self.app(scope, receive, send)
        else:
            await refuse(scope, receive, send, refused)

    def _refusal(self, scope: Scope) -> Problem | None:
        path, address = scope["path"], (scope.get("client") or ("",))[0]
        if path in OPEN_ROUTES:
            return None
        if locked := self.lockout.locked_s(address):
            return Problem(429, "Too many wrong keys; try again later.", code="locked_out", headers=_after(locked))
        shown = shown_key(dict(scope["headers"]))
        owner = None if shown is None else self.keys.owner(shown)
        if owner is None:
            if shown is not None:
                self.lockout.wrong(address)
            # A browser asks for the key only when it is offered Basic.
            scheme = "Bearer" if is_asked(path) else 'Basic realm="Nutgraf", charset="UTF-8"'
            what = "This needs a key" if shown is None else "The key is wrong"
            said = f"{what}: send it as Authorization: Bearer KEY, or as the password of a login with any name."
            return Problem(401, said, code="invalid_api_key", headers={"www-authenticate": scheme})
        counts = is_asked(path) or path == ASKING
        if counts and (wait := self.rate.wait_s(owner)):
            said = f"More than {self.rate.per_minute} requests in a minute; try again later."
            return Problem(429, said, code="rate_limit_exceeded", headers=_after(wait))
        return None


async def refuse(scope: Scope, receive: Receive, send: Send, problem: Problem) -> None:
    """Answer a request with an error: JSON for programs, a line of text for the page."""
    response: Response = PlainTextResponse(problem.detail, problem.status_code, headers=problem.headers)
    if is_api(scope["path"]):
        response = error_response(problem)
    await response(scope, receive, send)


def _after(seconds: float) -> dict[str, str]:
    return {"retry-after": str(math.ceil(seconds))}


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
