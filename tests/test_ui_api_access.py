"""Who may use the server, how much, and what those learn who may not: keys, names, other sites, limits, threads."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import openai
import pytest
from starlette.testclient import TestClient

from index import QueryError, build_index
from index.errors import SettingsError
from index.settings import load_settings
from rag import Assistant, RagSettings
from ui.api import keys as keys_module
from ui.api import limits
from ui.api.app import make_api
from ui.api.keys import BAD_TRIES, LOCKED_S, Keys, Lockout, load_keys, shown_key
from ui.api.limits import RateLimit
from ui.api.problems import Problem
from ui.api.workers import Workers
from ui.server import make_app
from ui.settings import UiSettings

KEY, OTHER = "k1-0123456789abcdef", "k2-0123456789abcdef"
BASE = "http://news.example.org"
ASKED = {"question": "Who met in Seoul?"}
ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def assistant(seeds_store: Path) -> Iterator[Assistant]:
    with Assistant.open(seeds_store) as opened:
        yield opened


@pytest.fixture
def guarded(assistant: Assistant) -> Iterator[Callable[..., TestClient]]:
    """Makes clients of an API with keys, each of a new server."""
    made = []

    def make(**settings: object) -> TestClient:
        given = {"host": "0.0.0.0", "api_keys": f"{KEY}, {OTHER}", "allow_hosts": "News.Example.org", **settings}
        app = make_api(assistant, UiSettings(**given))
        made.append(app)
        return TestClient(app, base_url=BASE)

    yield make
    for app in made:
        app.state.api.close()


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


def basic(key: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"anna:{key}".encode()).decode()}


# -- keys


@pytest.mark.parametrize("path", ["/v1/models", "/v1/search?q=x", "/metrics", "/docs", "/openapi.json"])
def test_everything_needs_a_key_but_health(guarded: Callable[..., TestClient], path: str) -> None:
    client = guarded()
    refused = client.get(path)
    assert (refused.status_code, refused.json()["error"]["type"]) == (401, "authentication_error")
    assert refused.headers["www-authenticate"].startswith("Bearer" if path.startswith("/v1") else "Basic realm=")
    for key in (KEY, OTHER):
        for shown in (bearer(key), basic(key)):
            assert client.get(path, headers=shown).status_code == 200
    assert client.get("/healthz").json()["status"] == "ok"


def test_the_page_and_all_its_routes_need_a_key(assistant: Assistant) -> None:
    app = make_app(assistant, UiSettings("0.0.0.0", api_keys=KEY))
    with TestClient(app, base_url="http://192.0.2.7:7860") as client:
        for path in ("/", "/config", "/theme.css", "/nutgraf/page.js", "/nutgraf/citations", "/gradio_api/queue/data"):
            refused = client.get(path)
            assert (refused.status_code, refused.headers["www-authenticate"][:6]) == (401, "Basic ")
        assert client.post("/gradio_api/queue/join", json={}).status_code == 401
        assert "Nutgraf" in client.get("/", headers=basic(KEY)).text
        assert client.get("/nutgraf/page.js", headers=basic(KEY)).status_code == 200
    app.state.api.close()


@pytest.mark.parametrize(
    "header",
    [
        "", "Bearer", "Bearer ", f"Bearer {KEY}x", f"Bearer {KEY[:-1]}", f"Basic {KEY}", "Basic ", "Basic ====",
        f"Token {KEY}", "Basic " + base64.b64encode(KEY.encode()).decode(), "Basic //79", "Bearer \xff",
    ],
)  # fmt: skip
def test_what_is_no_key(guarded: Callable[..., TestClient], header: str) -> None:
    assert guarded().get("/v1/models", headers={"authorization": header.encode("latin-1")}).status_code == 401


def test_ten_wrong_keys_lock_a_client_out(guarded: Callable[..., TestClient], monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(keys_module.time, "monotonic", lambda: now)
    client = guarded()
    for _ in range(50):  # no key is no wrong key: a browser asks without one before it asks its user
        assert client.get("/v1/models").status_code == 401
    for _ in range(BAD_TRIES):
        assert client.get("/v1/models", headers=bearer("wrong")).status_code == 401
    for key in ("wrong", KEY):
        locked = client.get("/v1/models", headers=bearer(key))
        assert (locked.status_code, locked.json()["error"]["code"]) == (429, "locked_out")
        assert 0 < int(locked.headers["retry-after"]) <= LOCKED_S


def test_a_lockout_ends_and_is_each_clients_own() -> None:
    now = 0.0
    lockout = Lockout(lambda: now)
    for _ in range(BAD_TRIES):
        assert not lockout.locked_s("192.0.2.1")
        lockout.wrong("192.0.2.1")
    assert lockout.locked_s("192.0.2.1") == LOCKED_S
    assert not lockout.locked_s("192.0.2.2")
    now = LOCKED_S
    assert not lockout.locked_s("192.0.2.1")
    lockout.wrong("192.0.2.1")
    assert not lockout.locked_s("192.0.2.1")


def test_addresses_of_one_ipv6_network_are_one_client_and_few_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys_module, "CLIENTS", 3)
    lockout = Lockout()
    for number in range(BAD_TRIES):
        lockout.wrong(f"2001:db8::{number}")
    assert lockout.locked_s("2001:db8::ffff")
    assert not lockout.locked_s("2001:db8:0:1::1")
    for number in range(3):
        lockout.wrong(f"192.0.2.{number}")
    assert not lockout.locked_s("2001:db8::1")
    lockout.wrong("not an address")


def test_keys_are_held_as_hashes_and_told_nowhere(
    guarded: Callable[..., TestClient], caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    client = guarded()
    seen = [client.get(path, headers=bearer(KEY)).text for path in ("/v1/models", "/metrics", "/docs", "/v1/nothing")]
    seen += [client.get("/v1/models", headers=bearer("wrong-canary")).text]
    settings = UiSettings(api_keys=KEY)
    seen += [repr(settings), repr(vars(Keys([KEY]))), caplog.text, *capfd.readouterr()]
    with pytest.raises(SettingsError) as error:
        Keys(["short-canary"])
    seen.append(str(error.value))
    assert not re.search(f"{KEY}|canary", "".join(seen))


def test_keys_come_from_a_file_and_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "keys.txt"
    path.write_text(f"# Anna\n{KEY}\n\n  {OTHER}  \n")
    keys = load_keys(UiSettings(api_key_file=str(path), api_keys="k3-0123456789abcdef"))
    assert [keys.owner(key) for key in ("k3-0123456789abcdef", KEY, OTHER)] == ["key 0", "key 1", "key 2"]
    assert keys.owner("# Anna") is None
    monkeypatch.setenv("NUTGRAF_API_KEYS", KEY)
    assert load_keys(load_settings(UiSettings, "ui", host="0.0.0.0")).owner(KEY)


@pytest.mark.parametrize("content", [None, b"", b"# none\n\n", b"\xff\xfe\n", b"short\n"])
def test_a_file_without_keys_is_told(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "keys.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingsError) as error:
        load_keys(UiSettings(api_key_file=str(path)))
    assert "\n" not in str(error.value)


def test_no_keys_are_needed_on_this_computer(assistant: Assistant) -> None:
    app = make_api(assistant, UiSettings())
    with TestClient(app, base_url="http://127.0.0.1:7860") as client:
        assert client.get("/v1/models").status_code == 200
        assert client.get("/v1/models", headers=bearer("anything")).status_code == 200
    app.state.api.close()


def test_a_key_is_shown_in_two_ways() -> None:
    assert shown_key({}) is None
    assert shown_key({b"authorization": b"bearer  abc "}) == "abc"
    assert shown_key({b"authorization": b"BASIC " + base64.b64encode(b"user:a:b")}) == "a:b"


# -- settings


@pytest.mark.parametrize(
    "settings",
    [
        {"allow_hosts": "news.example.org"},
        {"allow_origins": "app.example.org"},
        {"allow_origins": "https://app.example.org/"},
        {"allow_origins": "*"},
        {"api_rate": -1},
        {"upload_mb": 0},
    ],
)
def test_settings_that_cannot_be(settings: dict) -> None:
    with pytest.raises(SettingsError, match=next(iter(settings))):
        UiSettings(**settings)


# -- names and other sites


@pytest.mark.parametrize(
    "host", ["news.example.org", "NEWS.example.org:443", "192.0.2.7", "[2001:db8::1]:7860", "localhost"]
)
def test_allowed_names_and_any_address(guarded: Callable[..., TestClient], host: str) -> None:
    assert guarded().get("/v1/models", headers={"host": host, **bearer(KEY)}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "news.example.org.evil.example",
        "a@news.example.org",
        "",
        "192.0.2.7.evil.example",
        "[::1",
        "x:y",
    ],
)
def test_foreign_names(guarded: Callable[..., TestClient], host: str) -> None:
    refused = guarded().get("/v1/models", headers={"host": host, **bearer(KEY)})
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "invalid_host")


def test_a_server_with_one_address_is_called_by_it(guarded: Callable[..., TestClient]) -> None:
    client = guarded(host="192.0.2.9")
    assert client.get("/v1/models", headers={"host": "192.0.2.9:7860", **bearer(KEY)}).status_code == 200
    assert client.get("/v1/models", headers={"host": "192.0.2.7", **bearer(KEY)}).status_code == 400


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://app.example.org.evil.example"])
def test_other_sites_are_refused(guarded: Callable[..., TestClient], origin: str) -> None:
    client = guarded(allow_origins="https://app.example.org")
    for method, path in (("POST", "/v1/ask"), ("GET", "/metrics"), ("OPTIONS", "/v1/ask")):
        refused = client.request(method, path, headers={"origin": origin, **bearer(KEY)})
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "foreign_origin")
        assert "access-control-allow-origin" not in refused.headers


def test_an_image_of_another_site_asks_nothing(guarded: Callable[..., TestClient]) -> None:
    headers = {"sec-fetch-site": "cross-site", **basic(KEY)}
    assert guarded().get("/v1/search?q=x", headers=headers).status_code == 403


def test_a_site_that_is_allowed_may_use_the_api_alone(guarded: Callable[..., TestClient]) -> None:
    client = guarded(allow_origins="https://app.example.org")
    origin = {"origin": "https://app.example.org", "sec-fetch-site": "cross-site"}
    asked = {"access-control-request-method": "POST", "access-control-request-headers": "authorization,content-type"}
    preflight = client.options("/v1/ask", headers={**origin, **asked})
    assert (preflight.status_code, preflight.headers["access-control-allow-origin"]) == (200, "https://app.example.org")
    found = client.get("/v1/models", headers={**origin, **bearer(KEY)})
    assert (found.status_code, found.headers["access-control-allow-origin"]) == (200, "https://app.example.org")
    assert client.get("/nutgraf/citations", headers={**origin, **basic(KEY)}).status_code == 403


def test_without_a_setting_no_site_is_allowed(guarded: Callable[..., TestClient]) -> None:
    found = guarded().get("/v1/models", headers={"origin": BASE, **bearer(KEY)})
    assert found.status_code == 200
    assert not [name for name in found.headers if name.startswith("access-control")]


# -- limits


def test_a_rate_is_for_each_key(guarded: Callable[..., TestClient]) -> None:
    client = guarded(api_rate=3)
    for _ in range(3):
        assert client.get("/v1/models", headers=bearer(KEY)).status_code == 200
    refused = client.get("/v1/models", headers=bearer(KEY))
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "rate_limit_exceeded")
    assert 0 < int(refused.headers["retry-after"]) <= 20
    assert client.get("/v1/models", headers=bearer(OTHER)).status_code == 200
    assert client.get("/metrics", headers=bearer(KEY)).status_code == 200


def test_a_rate_fills_up_again() -> None:
    now = 0.0
    rate = RateLimit(60, lambda: now)
    assert [rate.wait_s("a") for _ in range(61)] == [0.0] * 60 + [1.0]
    now = 1.5
    assert (rate.wait_s("a"), rate.wait_s("a")) == (0.0, 0.5)
    now = 10_000
    assert [rate.wait_s("a") for _ in range(61)].count(0.0) == 60
    assert {RateLimit(0).wait_s("a") for _ in range(1000)} == {0.0}


def test_a_body_that_does_not_come_is_not_waited_for(
    assistant: Assistant, serve_api: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "BODY_TIMEOUT_S", 0.1)
    port = int(serve_api(assistant).rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(b"POST /v1/ask HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{")
        assert connection.recv(1000).startswith(b"HTTP/1.1 408 ")


async def listen(workers: Workers, make: Callable[[], Iterator[int]], got: list[int]) -> None:
    async for item in workers.stream(make):
        got += [item] if item is not None else []


async def test_a_full_queue_is_told_at_once_and_empties() -> None:
    workers = Workers("test", threads=1, waiting=1, timeout_s=30)
    go = threading.Event()
    running = [asyncio.ensure_future(workers.run(lambda: go.wait(30))) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Problem) as refused:
        await workers.run(lambda: None)
    assert (refused.value.status_code, refused.value.code) == (503, "overloaded")
    assert refused.value.headers == {"retry-after": "5"}
    go.set()
    assert await asyncio.gather(*running) == [True, True]
    assert await workers.run(lambda: 7) == 7
    workers.close(wait=True)
    with pytest.raises(Problem, match="being stopped"):
        await workers.run(lambda: None)


async def test_what_takes_too_long_is_not_waited_for_but_keeps_its_thread() -> None:
    workers = Workers("test", threads=1, waiting=0, timeout_s=0.05)
    go = threading.Event()

    def slow() -> Iterator[int]:
        yield 1
        go.wait(30)
        yield 2

    with pytest.raises(Problem) as late:
        await workers.run(lambda: go.wait(30))
    assert late.value.status_code == 504
    with pytest.raises(Problem, match="as many requests as it can take"):
        await workers.run(lambda: None)
    go.set()
    while True:  # the thread is given back when the work ends
        try:
            assert await workers.run(lambda: 7) == 7
        except Problem:
            await asyncio.sleep(0.01)
        else:
            break
    go.clear()
    got: list[int] = []
    with pytest.raises(Problem) as late:
        await listen(workers, slow, got)
    assert (got, late.value.status_code) == ([1], 504)
    go.set()
    workers.close(wait=True)


async def test_errors_of_the_work_are_those_of_who_waits() -> None:
    workers = Workers("test", threads=1, waiting=1, timeout_s=30)

    def fails() -> Iterator[int]:
        yield 1
        raise QueryError("no")

    with pytest.raises(QueryError):
        await workers.run(lambda: list(fails()))
    got: list[int] = []
    with pytest.raises(QueryError):
        await listen(workers, fails, got)
    assert got == [1]
    workers.close(wait=True)


async def test_nothing_more_is_made_when_nobody_listens() -> None:
    workers = Workers("test", threads=1, waiting=1, timeout_s=30)
    made = []

    def endless() -> Iterator[int]:
        for number in range(1_000_000):
            made.append(number)
            yield number
            time.sleep(0.001)

    stream = workers.stream(endless)
    assert await anext(stream) == 0
    await stream.aclose()
    assert await workers.run(lambda: 7) == 7  # on the same, only thread
    assert len(made) < 1_000_000
    workers.close(wait=True)


# -- users beside one another


def test_users_see_nothing_of_each_other(tmp_path: Path, serve_api: Callable[..., str]) -> None:
    towns = {"Avik": 11, "Bremo": 22, "Cyrin": 33}
    records = [
        {"text": f"The council of {town} bought {number} buses.", "source": town, "id": town}
        for town, number in towns.items()
    ]
    (tmp_path / "n.json").write_text(json.dumps(records))
    build_index(tmp_path / "n.json", store=tmp_path / "store")
    with Assistant.open(tmp_path / "store", settings=RagSettings(min_confidence=0)) as assistant:
        url = serve_api(assistant)

        def ask(town: str) -> str:
            body = {
                "question": "How many buses were bought?",
                "sources": [town],
                "history": [{"question": f"What did {town} do?", "answer": f"secret-{town}"}],
            }
            return httpx.post(f"{url}/v1/ask", json=body, timeout=60).text

        with ThreadPoolExecutor(6) as users:
            asked = [*towns] * 6
            for town, answer in zip(asked, users.map(ask, asked), strict=True):
                assert f"{towns[town]} buses" in answer
                for other in towns.keys() - {town}:
                    assert other not in answer


# -- the whole thing


def test_serve_with_keys_as_a_program(seeds_store: Path, tmp_path: Path) -> None:
    (tmp_path / "keys.txt").write_text(f"{KEY}\n")
    command = [sys.executable, "-m", "ui", "serve", "--store", str(seeds_store), "--port", "0"]
    command += ["--host", "0.0.0.0", "--api-key-file", "keys.txt"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = re.search(r":(\d+) ", process.stdout.readline())[1]  # type: ignore[index]
        url = f"http://127.0.0.1:{port}"
        assert httpx.post(f"{url}/v1/ask", json=ASKED, timeout=60).status_code == 401
        with openai.OpenAI(base_url=f"{url}/v1", api_key=KEY, max_retries=0) as client:
            said = client.chat.completions.create(model="nutgraf", messages=[{"role": "user", "content": "Who met?"}])
            assert said.choices[0].message.content
            with pytest.raises(openai.AuthenticationError):
                client.with_options(api_key="wrong").models.list()
        assert httpx.get(f"{url}/", auth=("anna", KEY)).status_code == 200
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (0, "", "")


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
def test_the_examples_of_the_readme_work(tmp_path: Path, serve_api: Callable[..., str], seeds_store: Path) -> None:
    shutil.copytree(seeds_store, tmp_path / "store")
    (tmp_path / "report.pdf").write_bytes(b"no pdf")
    readme = (ROOT / "README.md").read_text("utf-8").partition("### Doors")[2]
    shell, python = re.findall(r"```(?:sh|python)\n(.*?)```", readme, re.S)[:2]
    with Assistant.open(tmp_path / "store") as assistant:
        url = serve_api(assistant)
        shell = shell.replace("http://127.0.0.1:7860", url)
        done = subprocess.run(["sh", "-ec", shell], check=True, capture_output=True, text=True, cwd=tmp_path)
        assert '"outcome":"answered"' in done.stdout
        assert "event: done" in done.stdout
        assert '"added":["record#' in done.stdout
        code = python.replace("http://127.0.0.1:7860", url)
        done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
        assert done.stdout.startswith("nine days\n")
        assert "Seoul and Washington" in done.stdout.splitlines()[-1]
