"""The server of the page: who may ask it, what it sends along, and the look-up of citations."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest
from starlette.testclient import TestClient

from index import build_index, remove_articles
from index.errors import SettingsError, StoreMissingError
from index.settings import load_settings
from rag import Assistant, RagSettings
from ui.guard import CONTENT_SECURITY_POLICY
from ui.panel import MAX_IDS, look_up
from ui.render import citation_id
from ui.server import make_app, serve
from ui.settings import UiSettings

BASE = "http://127.0.0.1:7860"


@pytest.fixture(scope="module")
def assistant(seeds_store: Path) -> Iterator[Assistant]:
    """Answers everything, so that these tests do not depend on where the threshold for a refusal lies."""
    with Assistant.open(seeds_store, settings=RagSettings(min_confidence=0)) as opened:
        yield opened


@pytest.fixture(scope="module")
def client(assistant: Assistant) -> Iterator[TestClient]:
    with TestClient(make_app(assistant), base_url=BASE) as opened:
        yield opened


# -- the guard


@pytest.mark.parametrize("path", ["/", "/nutgraf/page.js", "/nutgraf/citations", "/theme.css", "/no/such/page"])
def test_every_response_carries_the_security_headers(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_the_policy_lets_in_nothing_from_elsewhere_and_no_eval() -> None:
    sources = {source for rule in CONTENT_SECURITY_POLICY.split("; ") for source in rule.split()[1:]}
    assert sources == {"'self'", "'unsafe-inline'", "'none'", "data:", "blob:"}


@pytest.mark.parametrize("host", ["localhost", "localhost:7860", "127.0.0.1:1", "LOCALHOST:7860", "[::1]:7860"])
def test_names_of_this_computer_are_served(client: TestClient, host: str) -> None:
    assert client.get("/nutgraf/page.js", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:7860", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1", "a@b", ""],
)
def test_a_foreign_name_is_refused(client: TestClient, host: str) -> None:
    response = client.get("/", headers={"host": host})
    assert response.status_code == 400
    assert response.headers["content-security-policy"] == CONTENT_SECURITY_POLICY


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "http://127.0.0.1:7861", "null", "http://127.0.0.1:7860.evil"]
)
@pytest.mark.parametrize("path", ["/gradio_api/queue/join", "/nutgraf/citations"])
def test_other_sites_are_refused(client: TestClient, origin: str, path: str) -> None:
    assert client.post(path, headers={"origin": origin}, json={}).status_code == 403


def test_the_page_itself_is_not_another_site(client: TestClient) -> None:
    assert client.get("/nutgraf/page.js", headers={"origin": BASE}).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/upload", "/gradio_api/file=/etc/passwd", "/gradio_api/proxy=http://evil.example/",
        "/gradio_api/info", "/gradio_api/run/predict", "/gradio_api/call/respond", "/gradio_api/vibe-edit/",
        "/gradio_api/component_server", "/gradio_api/deep_link", "/monitoring", "/redoc", "/login",
        "/nutgraf/../server.py", "/nutgraf/%2e%2e/server.py",
    ],
)  # fmt: skip
def test_what_the_page_does_not_use_is_not_there(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404
    assert client.post(path, json={}).status_code in (404, 405)


def test_the_page_names_no_other_computer(client: TestClient) -> None:
    page = re.sub(r'<meta [^>]*content="https://[^>]*>', "", client.get("/").text)  # for sharing, loaded by nobody
    loaded = re.findall(r"""(?:src|href)=["']?(https?://[^"'\s>]+)""", page)
    assert [address for address in loaded if not address.startswith(BASE)] == []


# -- citations


def test_a_quote_is_found_again_from_its_id(client: TestClient, assistant: Assistant) -> None:
    answer = assistant.ask("How long does the joint exercise of the United States and South Korea last?")
    assert answer.citations
    ids = [citation_id(c.passage_id, c.start, c.end) for c in answer.citations]
    sources = client.get("/nutgraf/citations", params={"id": ids}).json()
    assert [source["id"] for source in sources] == ids
    for source, citation in zip(sources, answer.citations, strict=True):
        (excerpt,) = source["excerpts"]
        assert excerpt["quote"] == citation.quote
        assert excerpt["before"] + excerpt["quote"] + excerpt["after"] == citation.paragraph_text
        assert source["iso_date"] == (citation.published or "")
        assert source["title"] == (citation.title or Path(citation.uri).name)


def test_kinds_of_paragraphs_are_named(assistant: Assistant) -> None:
    kinds = set()
    for head in assistant.index.articles():
        article = assistant.index.article(head.uri)
        assert article is not None
        passage = assistant.index.search(article.text[:200], k=1)[0]
        for paragraph in (p for p in article.paragraphs if passage.uri == article.uri):
            (source,) = look_up(assistant.index, [citation_id(passage.id, paragraph.start, paragraph.end)])
            (excerpt,) = source["excerpts"]  # type: ignore[misc]
            assert excerpt["quote"] == paragraph.text
            kinds.add((paragraph.kind, excerpt["kind"]))
    assert kinds >= {("body", ""), ("headline", "headline"), ("caption", "photo caption"), ("credit", "credit")}


@pytest.mark.parametrize(
    "text", ["", "x", "p1", "p999999-0-5", "p1-5-2", "p1-0-99999999", "p1-99999990-99999999", "<script>"]
)
def test_an_id_that_leads_nowhere_says_so(client: TestClient, text: str) -> None:
    (source,) = client.get("/nutgraf/citations", params={"id": text}).json()
    assert (source["id"], source["found"], source["excerpts"]) == (text, False, [])


def test_no_ids_and_too_many(client: TestClient) -> None:
    assert client.get("/nutgraf/citations").json() == []
    assert len(client.get("/nutgraf/citations", params={"id": ["p1-0-5"] * 200}).json()) == MAX_IDS


@pytest.fixture
def own_store(tmp_path: Path) -> Path:
    records = [
        {
            "title": "One",
            "text": "Alpha " * 900 + "The bridge opened in May. " + "Omega " * 900,
            "url": "javascript:alert(1)",
        },
        {"title": "Two", "text": "The tunnel opened in June.", "url": "https://news.example/two", "date": "2024-06-02"},
    ]
    (tmp_path / "news.jsonl").write_text("\n".join(json.dumps(record) for record in records))
    build_index(tmp_path / "news.jsonl", store=tmp_path / "store")
    return tmp_path / "store"


def test_only_web_addresses_become_links_and_long_paragraphs_are_cut(own_store: Path) -> None:
    with Assistant.open(own_store) as assistant:
        sources = {}
        for name, words in (("One", "The bridge opened in May."), ("Two", "The tunnel opened in June.")):
            passage = assistant.index.search(words, k=1)[0]
            start = passage.start + passage.text.index(words)
            (sources[name],) = look_up(assistant.index, [citation_id(passage.id, start, start + len(words))])
            assert sources[name]["excerpts"][0]["quote"] == words  # type: ignore[index]
    assert (sources["One"]["title"], sources["One"]["url"], sources["One"]["date"]) == ("One", "", "date unknown")
    assert (sources["Two"]["url"], sources["Two"]["date"]) == ("https://news.example/two", "2 June 2024")
    before = sources["One"]["excerpts"][0]["before"]  # type: ignore[index]
    assert before.startswith("… ")
    assert len(before) < 2_100


def test_a_removed_article_is_told(own_store: Path) -> None:
    with Assistant.open(own_store) as assistant:
        passage = assistant.index.search("The tunnel opened in June.", k=1)[0]
        cited = citation_id(passage.id, passage.start, passage.end)
        assert look_up(assistant.index, [cited])[0]["found"]
        remove_articles([passage.uri], store=own_store)
        assert not look_up(assistant.index, [cited])[0]["found"]


def test_a_damaged_store_is_one_line_and_not_a_crash(own_store: Path) -> None:
    with Assistant.open(own_store) as assistant, TestClient(make_app(assistant), base_url=BASE) as client:
        passage = assistant.index.search("The tunnel opened in June.", k=1)[0]
        connection = apsw.Connection(str(own_store / "corpus.db"))
        connection.execute("UPDATE chunk SET text = 'Forged.' WHERE id = ?", (int(passage.id[1:]),))
        connection.close()
        response = client.get("/nutgraf/citations", params={"id": citation_id(passage.id, 0, 5)})
        assert response.status_code == 503
        assert "damaged" in response.json()["error"]
        assert "\n" not in response.json()["error"]


# -- where it is served


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "192.168.1.10", "example.org", "", "127.0.0.1.evil.example", "127.0.0.2"]
)
def test_others_are_not_served_without_keys(host: str) -> None:
    with pytest.raises(SettingsError, match="leave --host out"):
        UiSettings(host)
    with pytest.raises(SettingsError, match="leave --host out"):
        UiSettings(host, api_keys=" , ")
    if host:
        assert UiSettings(host, api_keys="0123456789abcdef").host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_loopback_addresses_are_fine(host: str) -> None:
    assert UiSettings(host, 0).host == host


@pytest.mark.parametrize("port", [-1, 65_536])
def test_a_port_that_is_none(port: int) -> None:
    with pytest.raises(SettingsError, match="--port"):
        UiSettings(port=port)


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUTGRAF_PORT", "8123")
    assert load_settings(UiSettings, "ui") == UiSettings("127.0.0.1", 8123)
    assert load_settings(UiSettings, "ui", port=9000) == UiSettings("127.0.0.1", 9000)


def test_a_taken_port_is_one_line_that_says_what_to_type(seeds_store: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=rf"port {port} of 127\.0\.0\.1 .* --port \d+") as error:
            serve(seeds_store, settings=UiSettings(port=port))
    assert "\n" not in str(error.value)


def test_a_missing_store_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreMissingError, match="nutgraf index"):
        serve(tmp_path / "nowhere", settings=UiSettings(port=0))


def test_serve_until_interrupted(seeds_store: Path) -> None:
    code = (
        "import sys; from ui.server import serve; from ui.settings import UiSettings; "
        "serve(sys.argv[1], settings=UiSettings(port=0), on_ready=lambda url: print(url, flush=True)); print('stopped')"
    )
    command = [sys.executable, "-W", "error::ResourceWarning", "-c", code, str(seeds_store)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", url)
        with urllib.request.urlopen(f"{url}/nutgraf/page.js", timeout=10) as response:
            assert response.status == 200
        with urllib.request.urlopen(f"{url}/gradio_api/heartbeat/open-page", timeout=10) as stream:
            assert stream.readline() == b"data: ALIVE\n"
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (0, "stopped\n", "")


def test_importing_changes_nothing() -> None:
    code = (
        "import os, sys; before = dict(os.environ); import ui.server, ui.page, ui.theme; "
        "assert dict(os.environ) == before; assert 'gradio' not in sys.modules; print('same')"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("GRADIO_", "HF_"))}
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True, env=environment)
    assert (done.returncode, done.stdout, done.stderr) == (0, "same\n", "")


def test_chromium_is_there() -> None:
    assert shutil.which("chromium"), "the browser tests need Chromium: apt-get install chromium, or run: make test"
