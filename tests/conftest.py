"""What every test gets: a clean environment, a folder of its own, no network, and a store of the seeds on request."""

from __future__ import annotations

import inspect
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
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


@pytest.fixture(scope="session")
def seeds_store(surroundings: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of the articles in seeds/. Shared by tests: read it only."""
    from index import build_index

    store = tmp_path_factory.mktemp("seeds") / "store"
    build_index(ROOT / "seeds", store=store)
    return store


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
