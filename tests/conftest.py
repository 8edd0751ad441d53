"""What every test gets: a clean environment, a folder of its own, no network, and a store of the seeds on request."""

from __future__ import annotations

import inspect
import json
import os
import re
import shutil
import socket
import ssl
import threading
import time
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


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes are not spelt out in the name of a case: packed ones hold the time of now, and then processes that share
    the tests out would know the same case by different names."""
    return argname if isinstance(val, bytes) else None


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


class Wire:
    """One request to a ModelServer, and what a script lets the server do to it."""

    def __init__(self, handler: BaseHTTPRequestHandler, server: ModelServer, body: dict[str, Any]) -> None:
        self.handler, self.server, self.body = handler, server, body
        self.begun = False

    @property
    def prompt(self) -> str:
        return "\n".join(message["content"] for message in self.body["messages"])

    def raw(self, data: bytes) -> None:
        """Send bytes of a streamed reply, as one chunk of HTTP/1.1."""
        if not self.begun:
            self.begun = True
            self.handler.send_response(200)
            self.handler.send_header("Content-Type", "text/event-stream")
            self.handler.send_header("Transfer-Encoding", "chunked")
            self.handler.end_headers()
        self.handler.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.handler.wfile.flush()

    def event(self, **fields: Any) -> None:
        self.raw(f"data: {json.dumps({'object': 'chat.completion.chunk', **fields})}\n\n".encode())

    def say(self, text: str, pause: float = 0.0) -> None:
        """Stream the text in small pieces; ``{1}`` stands for the id of the first paragraph of the prompt."""
        for number, found in enumerate(re.findall(r"^\[([0-9a-f]{4}-\d+)\]", self.prompt, re.MULTILINE), 1):
            text = text.replace(f"{{{number}}}", found)
        for piece in re.findall(r".{1,7}", text, re.DOTALL):
            self.event(choices=[{"index": 0, "delta": {"content": piece}}])
            time.sleep(pause)

    def done(self, reason: str = "stop") -> None:
        self.event(choices=[{"index": 0, "delta": {}, "finish_reason": reason}])
        self.raw(b"data: [DONE]\n\n")
        self.end()

    def end(self) -> None:
        """The stream ends as HTTP wants it, whatever was said in it."""
        self.raw(b"")

    def cut(self) -> None:
        """The connection breaks."""
        self.handler.connection.shutdown(socket.SHUT_RDWR)
        self.handler.close_connection = True

    def stall(self, ping: bytes = b"") -> None:
        """Say nothing any more, or only ``ping`` again and again, until the test is over."""
        while not self.server.over.wait(0.02):
            if ping:
                self.raw(ping)

    def status(self, status: int, body: str = "", **headers: str) -> None:
        self.handler.send_response(status)
        for name, value in headers.items():
            self.handler.send_header(name.replace("_", "-"), value)
        self.handler.send_header("Content-Type", "application/json")
        self.handler.send_header("Content-Length", str(len(body.encode())))
        self.handler.end_headers()
        self.handler.wfile.write(body.encode())


class ModelServer:
    """Speaks the streaming wire format of OpenAI's chat completions and does what its scripts say.

    Each request is served by the next of ``scripts``, the last one over and over. ``wires`` are the requests so far.
    """

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/v1"
        self.scripts: list[Callable[[Wire], None]] = []
        self.wires: list[Wire] = []
        self.keys: list[str] = []
        self.over = threading.Event()


class ModelHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        server: ModelServer = self.server.models  # type: ignore[attr-defined]
        wire = Wire(self, server, json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        server.wires.append(wire)
        server.keys.append(self.headers.get("Authorization", ""))
        script = server.scripts[min(len(server.wires), len(server.scripts)) - 1]
        try:
            script(wire)
        except OSError:  # the client went away
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def model_server() -> Iterator[ModelServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), ModelHandler) as server:
        server.daemon_threads = True
        server.models = ModelServer(server.server_port)  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield server.models  # type: ignore[attr-defined]
        server.models.over.set()  # type: ignore[attr-defined]
        server.shutdown()
        thread.join()
