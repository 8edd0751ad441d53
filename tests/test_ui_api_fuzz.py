"""Requests that no client would send: the API answers each with a status below 500 and JSON of the one form, or well.

They are made from the OpenAPI document: right values of every field, wrong ones, and damaged bytes. The number of
them is that of FUZZ_REQUESTS.
"""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from rag import Assistant

REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "300"))
WORDS = ["Who met in Seoul?", "exercise", "2021-09-29", "nutgraf", "https://news.example/x", "user", "text", "hybrid"]
ODD: list[Any] = [
    None, True, False, 0, -1, 1, 7, 10**6, 10**30, 1.5, -0.0, float("nan"), float("inf"), "", " ", "\0", "\ud800",
    "\u202e", "9" * 5_000, "x" * 4_001, "%00", "../../etc/passwd", "'; DROP TABLE article; --", '"', "a AND NEAR(", "*",
    "{}", "0001-01-01", "9999-12-31", "2021-02-30", [], [[]], [None], {}, {"a": {}}, "<script>", "file:///etc/passwd",
    "http://[::1", "\n\r",
]  # fmt: skip


@pytest.fixture(scope="module")
def url(seeds_store: Path, tmp_path_factory: pytest.TempPathFactory, serve_api: Callable[..., str]) -> Iterator[str]:
    store = tmp_path_factory.mktemp("fuzz") / "store"
    shutil.copytree(seeds_store, store)
    with Assistant.open(store) as opened:
        yield serve_api(opened)


class Maker:
    """Makes requests from an OpenAPI document, the same ones for the same seed."""

    def __init__(self, document: dict, seed: int) -> None:
        self.document = document
        self.dice = random.Random(seed)
        self.operations = [
            (method, path, operation) for path, item in document["paths"].items() for method, operation in item.items()
        ]

    def request(self, client: httpx.Client) -> httpx.Request:
        method, path, operation = self.dice.choice(self.operations)
        query = {}
        for parameter in operation.get("parameters", ()):
            if parameter["in"] == "path":
                path = path.replace(
                    f"{{{parameter['name']}}}", self.dice.choice(["x", "%00", "%FF", "a%2Fb", "..", "%"])
                )
            elif self.dice.random() < 0.5:
                query[parameter["name"]] = str(self.value(parameter["schema"]))
        address = str(client.base_url).rstrip("/") + path
        if query:
            address += "?" + "&".join(f"{name}={_quoted(text)}" for name, text in query.items())
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" in content:
            body = json.dumps(self.value(content["application/json"]["schema"])).encode()
            kind = self.dice.choice(["application/json"] * 12 + ["text/plain", "application/xml", ""])
            return client.build_request(method, address, content=self.damaged(body), headers={"content-type": kind})
        if content:
            name = self.dice.choice(
                ["a.txt", "a.html", "a.json", "a.csv", "a.zip", "a.exe", "", "\0", "ä.md", "../a.eml"]
            )
            data = self.damaged(
                self.dice.choice([b"One article.", b"PK\3\4", b"{", b'[{"text": "x"}]', b"a,b\n1,2", b"\xff"])
            )
            return client.build_request(method, address, files={self.dice.choice(["files", "file"]): (name, data)})
        return client.build_request(method, address)

    def value(self, schema: dict) -> Any:
        """A value of a schema; now and then of another."""
        if self.dice.random() < 0.06:
            return self.dice.choice(ODD)
        if "$ref" in schema:
            schema = self.document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        if "anyOf" in schema:
            return self.value(self.dice.choice(schema["anyOf"]))
        if "enum" in schema:
            return self.dice.choice(schema["enum"])
        kind = schema.get("type")
        if kind == "object":
            fields = schema.get("properties", {})
            needed = schema.get("required", ())
            made = {name: self.value(fields[name]) for name in fields if name in needed or self.dice.random() < 0.5}
            return made | ({"unknown": self.dice.choice(ODD)} if self.dice.random() < 0.05 else {})
        if kind == "array":
            return [self.value(schema["items"]) for _ in range(self.dice.choice([0, 1, 1, 2, 5]))]
        simple = {
            "integer": self.dice.randint(-2, 60),
            "number": self.dice.random(),
            "boolean": self.dice.random() < 0.5,
        }
        return simple.get(str(kind), self.dice.choice(WORDS))

    def damaged(self, data: bytes) -> bytes:
        """The bytes, one in eight times with one of them changed, lost or the rest cut off."""
        if not data or self.dice.random() > 0.12:
            return data
        place = self.dice.randrange(len(data))
        return self.dice.choice(
            [
                data[:place],
                data[:place] + bytes([self.dice.randrange(256)]) + data[place + 1 :],
                data[:place] + data[place + 1 :],
            ]
        )


def _quoted(text: str) -> str:
    return quote(text.encode(errors="surrogatepass"))


@pytest.mark.parametrize("part", range(3))
def test_no_request_makes_a_mistake_of_the_server(url: str, part: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUTGRAF_FEED_ENTRIES", "1")
    seen = set()
    with httpx.Client(base_url=url, timeout=60) as client:
        maker = Maker(client.get("/openapi.json").json(), part)
        for _ in range(REQUESTS // 3):
            request = maker.request(client)
            response = client.send(request)
            told = (
                f"{request.method} {request.url} {request.read()[:300]!r}: {response.status_code} {response.text[:300]}"
            )
            assert response.status_code < 500 or response.status_code in (502, 503), told
            assert "Traceback" not in response.text, told
            assert response.status_code < 400 or set(response.json()) == {"error"}, told
            seen.add(response.status_code)
        assert client.get("/healthz").json()["status"] == "ok"
    assert {200, 400, 404} <= seen
