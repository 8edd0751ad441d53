"""What stands between the network and the page: no other site, no unused route, no foreign content.

Plain ASGI, so a streamed answer passes through unbuffered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
ROUTES = frozenset(
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
ROUTE_PREFIXES = ("/assets/", "/static/", "/svelte/", "/nutgraf/", "/gradio_api/heartbeat/")


class Guard:
    """ASGI middleware: 404 for routes that the page does not use, 403 for another site's requests, headers on all."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *HEADERS]}
            await send(message)

        refused = _refusal(scope)
        if refused is None:
            await self.app(scope, receive, send_with_headers)
        else:
            from starlette.responses import PlainTextResponse

            status, reason = refused
            await PlainTextResponse(reason, status)(scope, receive, send_with_headers)


def _refusal(scope: Scope) -> tuple[int, str] | None:
    headers = dict(scope["headers"])
    # A browser names the site that a request comes from; other programs send no Origin.
    origin, host = headers.get(b"origin"), headers.get(b"host", b"")
    if origin is not None and origin.partition(b"://")[2] != host:
        return 403, "Requests from other sites are refused."
    path = scope["path"]
    if path not in ROUTES and not path.startswith(ROUTE_PREFIXES):
        return 404, "Not found."
    return None
