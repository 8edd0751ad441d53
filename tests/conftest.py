"""What every test gets: a clean environment, a folder of its own, no network, and a store of the seeds on request."""

from __future__ import annotations

import inspect
import json
import os
import shutil
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parents[1]
CHROMIUM = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()


def forbid_network() -> None:
    """From now on this process can reach no other computer. An audit hook sees asyncio too, and cannot be undone."""
    import ipaddress
    import sys

    def local(host: object) -> bool:
        if host in (None, "", "localhost", b"localhost"):
            return True
        try:
            return ipaddress.ip_address(host.decode() if isinstance(host, bytes) else str(host)).is_loopback
        except ValueError:
            return False

    def hook(event: str, arguments: tuple) -> None:
        if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
            address = arguments[1]  # a tuple for IP, text or bytes for Unix sockets, None for one that is connected
            allowed = not isinstance(address, tuple) or local(address[0])
        elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
            allowed = local(arguments[0])
        else:
            return
        if not allowed:
            raise PermissionError(f"tests use no network, but there was {event}{arguments[1:]}")

    sys.addaudithook(hook)


@pytest.fixture(scope="session", autouse=True)
def surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No NUTGRAF_* of the user's, no network here and in Python child processes, another folder."""
    forbid_network()
    startup = tmp_path_factory.mktemp("startup")
    (startup / "sitecustomize.py").write_text(f"{inspect.getsource(forbid_network)}\n\nforbid_network()\n")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("NUTGRAF_")]:
            patch.delenv(name)
        patch.setenv("PYTHONPATH", os.pathsep.join([str(startup), str(ROOT)]))
        patch.chdir(tmp_path_factory.mktemp("cwd"))
        yield


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test runs in an empty folder: no nutgraf.toml and no store but its own."""
    monkeypatch.chdir(tmp_path)


@dataclass(frozen=True)
class Run:
    """What a command printed, and its exit status."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def one_error(self) -> str:
        """The only line on standard error; fails unless it is one and starts with ``error: ``."""
        (line,) = self.err.splitlines()
        assert line.startswith("error: ")
        return line.removeprefix("error: ")


@pytest.fixture
def nutgraf(capsys: pytest.CaptureFixture[str]) -> Callable[..., Run]:
    """Runs a command line in this process: ``nutgraf("search", "bridge", "--json").json``."""
    from ui.cli import main

    def run(*arguments: str | Path) -> Run:
        with pytest.raises(SystemExit) as end:
            main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return Run(int(end.value.code or 0), printed.out, printed.err)

    return run


@dataclass(frozen=True)
class Request:
    """What a Site was asked for; ``headers`` have lower-case names."""

    path: str
    headers: dict[str, str]


@dataclass
class Answer:
    """What a Site sends. Of a ``body`` in pieces no length is told, and it ends when the client has had enough."""

    body: str | bytes | Iterable[bytes] = b""
    type: str = "text/html; charset=utf-8"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class Site:
    """A web server on this computer: ``pages`` maps paths to answers or to functions that make them; others are 404."""

    def __init__(self, server: ThreadingHTTPServer, scheme: str = "http") -> None:
        self.pages: dict[str, Answer | Callable[[Request], Answer]] = {}
        self.requests: list[Request] = []
        self.port = server.server_port
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"{scheme}://{self.host}"

    def paths(self) -> list[str]:
        """What was asked for, but for robots.txt."""
        return [request.path for request in self.requests if request.path != "/robots.txt"]

    def answer(self, request: Request) -> Answer:
        self.requests.append(request)
        found = self.pages.get(request.path, Answer(status=404))
        return found(request) if callable(found) else found


class SiteHandler(BaseHTTPRequestHandler):
    """Serves ``server.site``."""

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.server.site.answer(Request(self.path, headers))  # type: ignore[attr-defined]
        body = answer.body.encode() if isinstance(answer.body, str) else answer.body
        self.send_response(answer.status)
        if answer.type:
            self.send_header("Content-Type", answer.type)
        if isinstance(body, bytes):
            self.send_header("Content-Length", str(len(body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            for piece in [body] if isinstance(body, bytes) else body:
                self.wfile.write(piece)
        except OSError:  # the client went away
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(certificate: ssl.SSLContext | None = None) -> Iterator[Site]:
    with ThreadingHTTPServer(("127.0.0.1", 0), SiteHandler) as server:
        if certificate:
            server.socket = certificate.wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda *_: None  # type: ignore[method-assign] # a client that refuses is no failure
        server.site = Site(server, "https" if certificate else "http")  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield server.site  # type: ignore[attr-defined]
        server.shutdown()
        thread.join()


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as opened:
        yield opened


@pytest.fixture
def sink() -> Iterator[Site]:
    """A server that must not be reached."""
    with serving() as opened:
        yield opened


@pytest.fixture
def secure_site() -> Iterator[Callable[..., Site]]:
    """Opens a server that speaks TLS with a given context."""
    with ExitStack() as stack:
        yield lambda context: stack.enter_context(serving(context))


@pytest.fixture
def answers() -> type[Answer]:
    return Answer


@pytest.fixture(scope="session")
def seeds_store(surroundings: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of the articles in seeds/. Shared by tests: read it only."""
    from index import build_index

    store = tmp_path_factory.mktemp("seeds") / "store"
    build_index(ROOT / "seeds", store=store)
    return store


@pytest.fixture(scope="module")
def serve_api() -> Iterator[Callable[..., str]]:
    """Serves an assistant's API, without the page, which takes seconds; gives the URL. The rest is UiSettings."""
    import uvicorn

    from ui.api.app import make_api
    from ui.settings import UiSettings

    def run(assistant: Any, **settings: Any) -> str:
        app = make_api(assistant, UiSettings(**settings))
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=2))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()

        def stop() -> None:
            server.should_exit = True
            thread.join()
            app.state.api.close()

        stack.callback(stop)
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    with ExitStack() as stack:
        yield run


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import expect, sync_playwright

    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.fail("these tests need Chromium: run make test, or: apt-get install chromium")
    expect.set_options(timeout=15_000)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM)
        yield opened
        opened.close()
