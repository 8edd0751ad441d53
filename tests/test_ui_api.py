"""The HTTP API over a real server: questions, searches, articles, and what those who run it look at."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import apsw
import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from index import build_index
from index.given import GivenFile
from index.writer import Writer
from rag import Assistant
from ui.api.app import make_api
from ui.api.articles import _UntilClosed
from ui.api.docs import docs_page
from ui.settings import UiSettings

QUESTION = "How long does the joint exercise of the United States and South Korea last?"


@pytest.fixture(scope="module")
def assistant(seeds_store: Path) -> Iterator[Assistant]:
    with Assistant.open(seeds_store) as opened:
        yield opened


@pytest.fixture(scope="module")
def url(assistant: Assistant, serve_api: Callable[..., str]) -> str:
    return serve_api(assistant)


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, timeout=60) as opened:
        yield opened


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory, serve_api: Callable[..., str]) -> Iterator[httpx.Client]:
    """A client of a server whose store these tests may change."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "one.txt").write_text("title: The bridge\ndate: 2024-05-01\n\nThe bridge in Norvik opened on Monday.\n")
    build_index(folder / "one.txt", store=folder / "store")
    with (
        Assistant.open(folder / "store") as opened,
        httpx.Client(base_url=serve_api(opened, upload_mb=1.0), timeout=60) as client,
    ):
        yield client


def untimed(answer: dict) -> dict:
    return {name: value for name, value in json.loads(json.dumps(answer)).items() if name != "timings"}


def events(text: str) -> list[tuple[str, dict]]:
    """The named events of a stream of server-sent events, comments left out."""
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if fields:
            found.append((fields["event"], json.loads(fields["data"])))
    return found


def error_of(response: httpx.Response) -> dict:
    """The error of a response, which has the one form that errors have."""
    assert response.headers["content-type"] == "application/json"
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert "\n" not in error["message"]
    assert "Traceback" not in response.text
    return error


# -- questions


def test_an_answer_is_that_of_the_assistant(client: httpx.Client, assistant: Assistant) -> None:
    response = client.post("/v1/ask", json={"question": QUESTION})
    assert response.status_code == 200
    assert untimed(response.json()) == untimed(assistant.ask(QUESTION).to_dict())
    assert response.json()["short"] == "nine days"


def test_filters_and_history_reach_the_assistant(client: httpx.Client, assistant: Assistant) -> None:
    limits = {"date_from": "2021-09-01", "date_to": "2021-09-30", "as_of": "2021-10-01", "k": 2, "time_aware": False}
    history = [("Who is Sung Kim?", "Sung Kim is the US envoy. [1]")]
    asked = {"question": "When did he land?", **limits, "history": [{"question": q, "answer": a} for q, a in history]}
    answer = client.post("/v1/ask", json=asked).json()
    assert untimed(answer) == untimed(assistant.ask("When did he land?", history=history, **limits).to_dict())
    assert len(answer["passages"]) == 2
    assert {passage["published"] for passage in answer["passages"]} == {"2021-09-29"}


def test_a_refusal_is_an_answer(client: httpx.Client) -> None:
    response = client.post("/v1/ask", json={"question": "Who won the World Cup?"})
    assert (response.status_code, response.json()["outcome"]) == (200, "not_in_sources")


@pytest.mark.parametrize(("body", "headers"), [({"stream": True}, {}), ({}, {"accept": "text/event-stream"})])
def test_events_of_growing_answers(client: httpx.Client, body: dict, headers: dict) -> None:
    with client.stream("POST", "/v1/ask", json={"question": QUESTION, **body}, headers=headers) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        found = events(response.read().decode())
    assert [name for name, _ in found] == ["answer"] * (len(found) - 1) + ["done"]
    assert len(found) > 1
    assert found[-1][1]["short"] == "nine days"


def test_what_cannot_be_asked_is_a_status_also_of_a_stream(client: httpx.Client) -> None:
    for stream in (False, True):
        response = client.post("/v1/ask", json={"question": " ", "stream": stream})
        assert (response.status_code, error_of(response)["code"]) == (400, "query")


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "question"),
        ({"question": 1}, "question"),
        ({"question": "x" * 4_001}, "question"),
        ({"question": "Who?", "qestion": "Who?"}, "qestion"),
        ({"question": "Who?", "k": 0}, "k"),
        ({"question": "Who?", "k": 10**9}, "k"),
        ({"question": "Who?", "date_from": "yesterday"}, "date_from"),
        ({"question": "Who?", "date_from": 20210929}, "date_from"),
        ({"question": "Who?", "as_of": "0001-01-01"}, "as_of"),
        ({"question": "Who?", "sources": "Herald"}, "sources"),
        ({"question": "Who?", "history": [["q", "a"]]}, "history.0"),
        ([], None),
    ],
)
def test_a_wrong_body_names_the_field(client: httpx.Client, body: object, param: str | None) -> None:
    response = client.post("/v1/ask", json=body)
    assert response.status_code == 400
    error = error_of(response)
    assert (error["type"], error["param"]) == ("invalid_request_error", param)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 50_000, b'{"question":' + b"9" * 5_000 + b"}"])
def test_a_body_that_is_no_json(client: httpx.Client, content: bytes) -> None:
    response = client.post("/v1/ask", content=content, headers={"content-type": "application/json"})
    assert response.status_code == 400
    error_of(response)


def test_a_form_of_another_site_is_no_question(client: httpx.Client) -> None:
    body = json.dumps({"question": QUESTION})
    assert client.post("/v1/ask", content=body, headers={"content-type": "text/plain"}).status_code == 400


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
def test_curl(url: str) -> None:
    asked = ["curl", "-sS", f"{url}/v1/ask", "-H", "Content-Type: application/json", "-d"]
    done = subprocess.run([*asked, json.dumps({"question": QUESTION})], check=True, capture_output=True, text=True)
    assert json.loads(done.stdout)["short"] == "nine days"
    streamed = json.dumps({"question": QUESTION, "stream": True})
    done = subprocess.run([*asked, streamed, "-N"], check=True, capture_output=True, text=True)
    assert events(done.stdout)[-1][0] == "done"


# -- searches


def test_a_search_is_that_of_the_index(client: httpx.Client, assistant: Assistant) -> None:
    wanted = [passage.to_dict() for passage in assistant.index.search("missile tests", k=3)]
    posted = client.post("/v1/search", json={"query": "missile tests", "k": 3}).json()
    assert posted == {"query": "missile tests", "passages": wanted}
    assert client.get("/v1/search", params={"q": "missile tests", "k": 3}).json() == posted


def test_a_search_has_filters_and_modes(client: httpx.Client, assistant: Assistant) -> None:
    found = client.get("/v1/search", params={"q": "talks", "date_from": "2021-09-01", "mode": "bm25"}).json()
    wanted = assistant.index.search("talks", date_from="2021-09-01", mode="bm25")
    assert [passage["id"] for passage in found["passages"]] == [passage.id for passage in wanted]
    assert client.get("/v1/search", params={"q": "talks", "source": "No Such Paper"}).json()["passages"] == []
    assert client.get("/v1/search", params={"q": "talks", "date_from": "2021-9"}).status_code == 400
    assert client.get("/v1/search").status_code == 400


# -- articles


def test_articles_are_listed_by_pages(client: httpx.Client, assistant: Assistant) -> None:
    heads = [head.to_dict() for head in assistant.index.articles()]
    first = client.get("/v1/articles", params={"limit": 1}).json()
    assert (first["articles"], first["total"], first["next_offset"]) == (heads[:1], 2, 1)
    second = client.get("/v1/articles", params={"limit": 1, "offset": first["next_offset"]}).json()
    assert (second["articles"], second["next_offset"]) == (heads[1:], None)
    dated = client.get("/v1/articles", params={"date_from": "2021-09-01"}).json()
    assert (len(dated["articles"]), dated["total"]) == (1, 1)
    assert client.get("/v1/articles", params={"source": "news agencies"}).json()["total"] == 1


def test_an_article_is_read_by_its_uri(client: httpx.Client, assistant: Assistant) -> None:
    for head in assistant.index.articles():
        article = client.get(f"/v1/articles/{quote(head.uri, safe='')}").json()
        assert article["uri"] == head.uri
        for paragraph in article["paragraphs"]:
            assert article["text"][paragraph["start"] : paragraph["end"]] == paragraph["text"]
        assert {"times", "speech", "copies", "versions"} <= set(article)


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize("uri", ["", "nowhere", "%00", "%2F..%2F..%2Fetc%2Fpasswd", "%FF"])
def test_an_article_that_is_not_there(own: httpx.Client, method: str, uri: str) -> None:
    response = own.request(method, f"/v1/articles/{uri}")
    assert (response.status_code, error_of(response)["code"]) == (404, "article_not_found")


def test_a_stored_article_is_seen_by_the_next_question_and_a_removed_one_is_not(own: httpx.Client) -> None:
    record = {
        "title": "Ferry strike",
        "text": "The ferry strike in Harlund ended after 17 days, the union said.",
        "date": "2024-06-02",
        "source": "Harlund Post",
        "url": "https://news.example/ferry?a=1#top",
    }
    asked = {"question": "How many days did the ferry strike in Harlund last?"}
    uri = record["url"]
    stored = own.post("/v1/articles", json={"articles": [record]}).json()
    assert (stored["added"], stored["failed"], stored["chunks"]) == ([uri], [], 1)
    answer = own.post("/v1/ask", json=asked).json()
    assert (answer["outcome"], answer["citations"][0]["uri"]) == ("answered", uri)
    assert "17 days" in answer["text"]
    assert answer["citations"][0]["published"] == "2024-06-02"

    assert own.post("/v1/articles", json={"articles": [record]}).json()["unchanged"] == [uri]
    record["text"] = record["text"].replace("17", "19")
    assert own.post("/v1/articles", json={"articles": [record]}).json()["updated"] == [uri]
    assert "19 days" in own.post("/v1/ask", json=asked).json()["text"]

    address = f"/v1/articles/{quote(uri, safe='')}"
    assert own.get(address).json()["source"] == "Harlund Post"
    assert own.delete(address).json() == {"removed": [uri]}
    assert own.get(address).status_code == 404
    assert uri not in {citation["uri"] for citation in own.post("/v1/ask", json=asked).json()["citations"]}


def test_files_of_all_kinds_are_stored(own: httpx.Client) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("inner.txt", "A storm closed the harbour of Osk for two days.")
    page = "<html><head><title>Dam</title></head><body><article><p>The dam at Lund holds 4 billion litres of water."
    files = [
        ("files", ("a/b/note.txt", b"The mayor of Osk, Ida Berg, resigned on Friday.")),
        ("files", ("page.html", page.encode())),
        ("files", ("many.zip", packed.getvalue())),
        ("files", ("bad.pdf", b"no pdf")),
    ]
    stored = own.post("/v1/articles/files", files=files).json()
    names = [re.sub("#[0-9a-f]{16}/", "#", uri) for uri in sorted(stored["added"], key=lambda uri: uri[22:])]
    assert names == ["file#many.zip#inner.txt", "file#note.txt", "file#page.html"]
    (failed,) = stored["failed"]
    assert failed["where"] == "bad.pdf"
    for uri in stored["added"]:
        assert own.get(f"/v1/articles/{quote(uri, safe='')}").status_code == 200
        assert own.delete(f"/v1/articles/{quote(uri, safe='')}").status_code == 200


@pytest.mark.parametrize(
    "request_",
    [
        {"json": {"articles": [{"text": " "}]}},
        {"json": {"urls": ["http://127.0.0.1:1/"]}},
        {"json": {"urls": ["http://169.254.169.254/latest/meta-data/"]}},
    ],
)
def test_what_cannot_be_read_is_told(own: httpx.Client, request_: dict) -> None:
    response = own.post("/v1/articles", **request_)
    assert (response.status_code, error_of(response)["code"]) == (422, "nothing_to_index")


@pytest.mark.parametrize("body", [{}, {"articles": [], "urls": []}, {"urls": ["file:///etc/passwd"]}, {"articles": 1}])
def test_what_is_no_article_is_refused(own: httpx.Client, body: dict) -> None:
    response = own.post("/v1/articles", json=body)
    assert response.status_code == 400
    error_of(response)


@pytest.mark.parametrize("name", ["x.exe", "", "x", "corpus.db", "../../x.py"])
def test_a_file_of_another_kind_is_refused(own: httpx.Client, name: str) -> None:
    response = own.post("/v1/articles/files", files={"files": (name, b"hello")})
    assert response.status_code in (400, 422)
    error_of(response)


def test_a_url_is_fetched_when_one_is_given(
    own: httpx.Client, site: object, answers: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NUTGRAF_WEB_ALLOW_HOSTS", site.host)
    page = "<html><head><title>Tram</title></head><body><article><p>The tram line to Vik cost 90 million kroner."
    site.pages["/tram"] = answers(page)
    stored = own.post("/v1/articles", json={"urls": [f"{site.url}/tram"]}).json()
    assert stored["added"] == [f"{site.url}/tram"]
    assert own.delete(f"/v1/articles/{quote(stored['added'][0], safe='')}").status_code == 200


def test_an_upload_over_the_cap_is_refused(own: httpx.Client) -> None:
    response = own.post("/v1/articles/files", files={"files": ("x.txt", b"x" * 1_100_000)})
    assert (response.status_code, error_of(response)["code"]) == (413, "too_large")

    def pieces() -> Iterator[bytes]:
        for _ in range(50):
            yield b"x" * 100_000

    response = own.post("/v1/ask", content=pieces(), headers={"content-type": "application/json"})
    assert response.status_code == 413


def test_questions_are_answered_while_articles_are_stored(own: httpx.Client) -> None:
    records = [
        {"text": " ".join(f"Report {n}.{s}: the council of town {n} met for the {s}th time." for s in range(40))}
        for n in range(60)
    ]
    done = threading.Event()
    stored = {}

    def store() -> None:
        stored.update(own.post("/v1/articles", json={"articles": records}).json())
        done.set()

    thread = threading.Thread(target=store)
    thread.start()
    assert own.post("/v1/ask", json={"question": "When did the bridge in Norvik open?"}).status_code == 200
    answered_before = not done.is_set()
    thread.join()
    assert answered_before
    assert len(stored["added"]) == 60
    for uri in stored["added"]:
        own.delete(f"/v1/articles/{quote(uri, safe='')}")


def test_a_store_that_another_program_writes_is_busy(own: httpx.Client, tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("One article.")
    build_index(tmp_path / "one.txt", store=tmp_path / "store")
    with Assistant.open(tmp_path / "store") as assistant:
        app = make_api(assistant, UiSettings())
        with TestClient(app, base_url="http://127.0.0.1") as client, Writer(tmp_path / "store", None):
            response = client.post("/v1/articles", json={"articles": [{"text": "Another."}]})
        app.state.api.close()
        assert (response.status_code, response.json()["error"]["code"]) == (503, "store_busy")
        assert int(response.headers["retry-after"]) > 0


# -- what those who run it look at


def test_health(client: httpx.Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok", "store": "ok", "model": "ok", "reader": "ok"}


def test_a_store_that_cannot_be_read_is_not_well_and_strangers_are_not_told_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("One article.")
    build_index(tmp_path / "one.txt", store=tmp_path / "store")
    with Assistant.open(tmp_path / "store") as assistant:
        app = make_api(assistant, UiSettings())
        shutil.move(tmp_path / "store" / "corpus.db", tmp_path / "elsewhere.db")
        with TestClient(app, base_url="http://127.0.0.1") as client:
            response = client.get("/healthz")
        app.state.api.close()
    assert response.status_code == 503
    assert response.json() == {"status": "failing", "store": "StoreMissingError", "model": "ok", "reader": "unknown"}


def test_of_a_mistake_a_client_learns_nothing(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("One article.")
    build_index(tmp_path / "one.txt", store=tmp_path / "store")
    with Assistant.open(tmp_path / "store") as assistant:
        app = make_api(assistant, UiSettings())
        connection = apsw.Connection(str(tmp_path / "store" / "corpus.db"))
        connection.execute("DROP TABLE paragraph")
        connection.close()
        with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
            response = client.get(f"/v1/articles/{quote(str(tmp_path / 'one.txt'), safe='')}")
            counted = client.get("/metrics").text
        app.state.api.close()
    assert (response.status_code, error_of(response)["code"]) == (500, "internal_server_error")
    assert "paragraph" not in response.text
    assert 'route="/v1/articles/{uri}",status="500"} 1.0' in counted


def test_what_is_on_its_way_is_stored_when_the_server_stops_and_the_rest_is_left_out() -> None:
    closing = threading.Event()
    source = _UntilClosed(GivenFile(b'[{"text": "a"}, {"text": "b"}]', "x.json"), closing)
    found = source.read(1000)
    assert next(found).text == "a"
    closing.set()
    assert list(found) == []
    assert list(source.read(1000)) == []


def test_metrics_are_as_prometheus_reads_them(client: httpx.Client) -> None:
    def value(name: str, **labels: str) -> float:
        families = text_string_to_metric_families(client.get("/metrics").text)
        samples = (sample for family in families for sample in family.samples)
        return sum(s.value for s in samples if s.name == name and labels.items() <= s.labels.items())

    asked = {"method": "POST", "route": "/v1/ask"}
    before = value("nutgraf_http_requests_total", status="200", **asked)
    answers = value("nutgraf_answers_total", outcome="answered")
    errors = value("nutgraf_errors_total", code="query")
    client.post("/v1/ask", json={"question": QUESTION})
    client.post("/v1/ask", json={"question": " "})
    client.get("/v1/x%22%0A%5Cy")
    assert value("nutgraf_http_requests_total", status="200", **asked) == before + 1
    assert value("nutgraf_answers_total", outcome="answered") == answers + 1
    assert value("nutgraf_errors_total", code="query") == errors + 1
    assert value("nutgraf_http_requests_total", route="/v1/other", status="404") >= 1
    assert value("nutgraf_http_request_duration_seconds_count", **asked) >= before + 1
    assert (value("nutgraf_articles"), value("nutgraf_build_info")) == (2, 1)
    assert value("nutgraf_chunks") > 2


def test_the_document_tells_every_endpoint_and_the_page_shows_it(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    assert set(document["paths"]) == {
        "/v1/ask", "/v1/search", "/v1/articles", "/v1/articles/files", "/v1/articles/{uri}", "/v1/models",
        "/v1/models/{model}", "/v1/chat/completions", "/healthz", "/metrics",
    }  # fmt: skip
    page = client.get("/docs").text
    for path, item in document["paths"].items():
        for method, operation in item.items():
            assert f"<code>{method.upper()} {path}</code>" in page
            assert operation["summary"] in page
    assert "time_aware" in page
    loaded = re.findall(r"""(?:src|href)="([^"]*)\"""", page)
    assert all(address.startswith(("/", "#")) for address in loaded)
    assert "<script" not in page


def test_the_page_of_the_document_escapes_what_it_shows() -> None:
    document = {
        "info": {"title": "<b>", "version": "1", "description": "<script>"},
        "paths": {"/<i>": {"get": {"summary": "<u>", "responses": {}}}},
    }
    page = docs_page(document, "http://x/")
    assert not re.search(r"<(b|script|i|u)>", page)


@pytest.mark.parametrize("path", ["/v1/", "/v1/nothing", "/v1/ask/more", "/v1/%2e%2e/ask"])
def test_an_unknown_address(client: httpx.Client, path: str) -> None:
    response = client.get(path)
    assert (response.status_code, error_of(response)["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/ask", "POST"), ("PUT", "/v1/search", "GET, POST"), ("POST", "/healthz", "GET"),
        ("DELETE", "/v1/articles", "GET, POST"), ("BREW", "/v1/ask", "POST"), ("POST", "/docs", "GET"),
    ],
)  # fmt: skip
def test_a_method_that_an_address_does_not_know(client: httpx.Client, method: str, path: str, allowed: str) -> None:
    response = client.request(method, path)
    assert (response.status_code, response.headers["allow"]) == (405, allowed)
    error_of(response)
