"""Fetching: a real server on this computer, what it may send and what is made of it."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import trustme

from index.errors import SourceError
from index.web.connection import trusted_certificates
from index.web.content import feeds_of_page, suffix_of
from index.web.fetching import Fetcher
from index.web.politeness import retry_after

PAGE = "<html><head><title>Bridge</title></head><body><p>The mayor opened the bridge.</p></body></html>"


class Clock:
    """A clock that only pauses move."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def fetcher(site: Any, clock: Clock) -> Fetcher:
    return Fetcher(site.host, sleep=clock.sleep, clock=clock.time)


def refusal(fetcher: Fetcher, url: str) -> SourceError:
    with pytest.raises(SourceError) as caught:
        fetcher.get(url)
    assert caught.value.where == url
    return caught.value


# -- what is sent and what comes back


def test_a_page_comes_with_its_type_and_marks(site: Any, fetcher: Fetcher, answers: Any) -> None:
    headers = {"ETag": '"7"', "Last-Modified": "Mon, 05 Jan 2026 10:00:00 GMT"}
    site.pages["/a?x=1"] = answers(PAGE, "text/html; charset=ISO-8859-1", headers=headers)
    found = fetcher.get(f"{site.url}/a?x=1")
    assert (found.url, found.data) == (f"{site.url}/a?x=1", PAGE.encode())
    assert (found.content_type, found.charset) == ("text/html", "ISO-8859-1")
    assert (found.etag, found.last_modified) == ('"7"', "Mon, 05 Jan 2026 10:00:00 GMT")
    sent = site.requests[-1].headers
    assert sent["user-agent"].startswith("Nutgraf/")
    assert (sent["host"], sent["accept-encoding"]) == (site.host, "gzip")
    assert "cookie" not in sent


def test_what_has_not_changed_is_not_sent_again(site: Any, fetcher: Fetcher, answers: Any) -> None:
    def page(request: Any) -> Any:
        fresh = request.headers.get("if-none-match") == '"7"' and "if-modified-since" in request.headers
        return answers(status=304) if fresh else answers(PAGE, headers={"ETag": '"7"'})

    site.pages["/a"] = page
    found = fetcher.get(f"{site.url}/a", etag='"7"', last_modified="Mon, 05 Jan 2026 10:00:00 GMT")
    assert (found.data, found.etag) == (None, '"7"')
    assert fetcher.get(f"{site.url}/a").data == PAGE.encode()


def test_a_304_that_was_not_asked_for_is_an_error(site: Any, fetcher: Fetcher, answers: Any) -> None:
    site.pages["/a"] = answers(status=304)
    assert "(304)" in refusal(fetcher, f"{site.url}/a").what


def test_redirects_are_followed_to_the_end(site: Any, fetcher: Fetcher, answers: Any) -> None:
    for step, status in enumerate((301, 302, 303, 307, 308)):
        site.pages[f"/{step}"] = answers(status=status, headers={"Location": f"/{step + 1}"})
    site.pages["/5"] = answers(PAGE)
    assert fetcher.get(f"{site.url}/0").url == f"{site.url}/5"
    site.pages["/start"] = answers(status=302, headers={"Location": "/0"})
    assert "more than 5 redirects" in refusal(fetcher, f"{site.url}/start").what


def test_a_redirect_to_a_name_with_spaces_and_umlauts_is_quoted(site: Any, fetcher: Fetcher, answers: Any) -> None:
    site.pages["/a"] = answers(status=301, headers={"Location": "/z\u00fcge heute"})
    site.pages["/z%FCge%20heute"] = answers(PAGE)
    assert fetcher.get(f"{site.url}/a").data == PAGE.encode()


@pytest.mark.parametrize("location", ["http://[", "http://:80/", "", "http://user@127.0.0.1/", "mailto:a@b.example"])
def test_a_redirect_to_nowhere_is_an_error(site: Any, fetcher: Fetcher, answers: Any, location: str) -> None:
    site.pages["/a"] = answers(status=302, headers={"Location": location})
    refusal(fetcher, f"{site.url}/a")


def test_marks_that_no_header_may_hold_do_no_harm(site: Any, fetcher: Fetcher, answers: Any) -> None:
    site.pages["/a"] = answers(PAGE)
    assert fetcher.get(f"{site.url}/a", etag='"\u00fc\u20ac"').data
    with pytest.raises(SourceError):
        fetcher.get(f"{site.url}/a", etag='"7"\r\nX: y')
    assert len(site.paths()) == 1


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "login"), (402, "subscribers"), (403, "refused"), (404, "does not exist"), (410, "taken down"),
        (418, "cannot be had"), (429, "too often"), (451, "legal"), (500, "problem of its own"), (503, "problem"),
    ],
)  # fmt: skip
def test_each_status_says_what_happened_and_what_to_do(
    site: Any, fetcher: Fetcher, answers: Any, status: int, words: str
) -> None:
    site.pages["/a"] = answers(status=status)
    problem = refusal(fetcher, f"{site.url}/a")
    assert words in problem.what
    assert f"({status})" in problem.what
    assert problem.hint
    assert "\n" not in str(problem)


# -- sizes, times, kinds


def endless(piece: bytes) -> Iterator[bytes]:
    while True:
        yield piece


def test_a_body_without_end_is_cut(site: Any, fetcher: Fetcher, answers: Any) -> None:
    site.pages["/a"] = answers(endless(b"news " * 20_000))
    assert refusal(fetcher, f"{site.url}/a").what == "is larger than 10 MB"


def test_a_body_that_drips_ends_with_the_time(site: Any, answers: Any) -> None:
    stop = threading.Event()

    def drip() -> Iterator[bytes]:
        while not stop.wait(0.02):
            yield b"x"

    site.pages["/a"] = answers(drip())
    assert refusal(Fetcher(site.host, total_s=0.3), f"{site.url}/a").what == "took too long"
    stop.set()


def test_headers_that_drip_end_with_the_time(site: Any, answers: Any) -> None:
    stop = threading.Event()
    site.pages["/a"] = lambda request: answers(headers={"X": "y"}) if stop.wait(5) else answers()
    assert refusal(Fetcher(site.host, total_s=0.3), f"{site.url}/a").what == "took too long"
    stop.set()


def test_gzip_is_unpacked_whatever_its_members(site: Any, fetcher: Fetcher, answers: Any) -> None:
    packed = gzip.compress(PAGE[:20].encode()) + gzip.compress(PAGE[20:].encode())
    site.pages["/a"] = answers(packed, headers={"Content-Encoding": "gzip"})
    assert fetcher.get(f"{site.url}/a").data == PAGE.encode()


@pytest.mark.parametrize(
    ("body", "encoding", "words"),
    [
        (gzip.compress(bytes(60_000_000), 1), "gzip", "unpacks to more"),
        (gzip.compress(gzip.compress(bytes(60_000_000), 1)), "gzip, gzip", "compressed in a way"),
        (zlib.compress(PAGE.encode()), "deflate", "compressed in a way"),
        (b"\x1b\x00", "br", "compressed in a way"),
        (gzip.compress(PAGE.encode())[:-20], "gzip", "ends too early"),
        (b"no gzip at all", "gzip", "damaged"),
    ],
    ids=["a bomb", "packed twice", "deflate", "brotli", "cut off", "not packed"],
)
def test_bombs_and_broken_compression_are_refused(
    site: Any, fetcher: Fetcher, answers: Any, body: bytes, encoding: str, words: str
) -> None:
    site.pages["/a"] = answers(body, headers={"Content-Encoding": encoding})
    assert words in refusal(fetcher, f"{site.url}/a").what


def test_a_body_shorter_than_told_is_refused(site: Any, fetcher: Fetcher, answers: Any) -> None:
    site.pages["/a"] = answers(iter([b"short"]), headers={"Content-Length": "500"})
    assert "broke off" in refusal(fetcher, f"{site.url}/a").what


@pytest.mark.parametrize("kind", ["image/png", "video/mp4", "application/zip", "text/css", "application/javascript"])
def test_what_no_reader_takes_is_refused_before_it_is_read(
    site: Any, fetcher: Fetcher, answers: Any, kind: str
) -> None:
    site.pages["/a"] = answers(endless(b"x"), kind)
    assert refusal(fetcher, f"{site.url}/a").what == f"is of a kind that is not read ({kind})"


FEED = b'<?xml version="1.0"?>\n<!-- made by hand -->\n<rss version="2.0"><channel/></rss>'


@pytest.mark.parametrize(
    ("data", "kind", "suffix"),
    [
        (FEED, "text/html", ".xml"),
        (FEED, "text/plain", ".xml"),
        (FEED.decode().encode("utf-16"), "application/rss+xml", ".xml"),
        (b"\xef\xbb\xbf" + FEED, "", ".xml"),
        (b'<feed xmlns="http://www.w3.org/2005/Atom"></feed>', "application/xml", ".xml"),
        (b"<rdf:RDF></rdf:RDF>", "text/xml", ".xml"),
        (b"%PDF-1.7 ...", "application/octet-stream", ".pdf"),
        (b"<!DOCTYPE html><html></html>", "", ".html"),
        (b"<html></html>", "application/xml", ".html"),
        (b"<p>The rss feed</p>", "text/html", ".html"),
        (b"Text.", "text/plain", ".txt"),
        (b"{}", "application/json", ".json"),
        (b"{}", "application/octet-stream", ".json"),
    ],
)
def test_the_kind_is_told_by_the_bytes_then_by_the_server(data: bytes, kind: str, suffix: str) -> None:
    assert suffix_of(data, kind, "https://example.org/a.json") == suffix


@pytest.mark.parametrize(("data", "kind"), [(b"<svg></svg>", "text/xml"), (b"\x00\x01", ""), (b"", "")])
def test_a_kind_that_nothing_tells_is_refused(data: bytes, kind: str) -> None:
    with pytest.raises(SourceError):
        suffix_of(data, kind, "https://example.org/a")


def test_the_feeds_of_a_page_are_found_comments_last() -> None:
    markup = """<head><base href="/news/"><link rel=stylesheet href=x.css>
      <link rel="alternate" type="application/rss+xml" title="Comments feed" href="/comments.xml">
      <link REL="ALTERNATE" TYPE="application/atom+xml; charset=utf-8" href=" atom.xml?a=1&amp;b=2 ">
      <link rel="alternate" type="application/rss+xml" href="">
      <!-- <link rel="alternate" type="application/rss+xml" href="/old.xml"> -->
      <link rel=alternate type=application/rss+xml href=/main.xml><link href='http://[' rel=alternate type='text/html'>
      <link rel="alternate" hreflang="de" href="/de"></head>"""
    assert feeds_of_page(markup.encode(), "https://example.org/today/x") == [
        "https://example.org/news/atom.xml?a=1&b=2",
        "https://example.org/main.xml",
        "https://example.org/comments.xml",
    ]


@pytest.mark.parametrize(
    "piece", ["<!--", "<a ", "<", "<![", "<?", "<link ", "<link a", "<link a= ", "<? ?>", "<!-- -->", "a ="]
)
def test_hostile_markup_takes_no_longer_than_other(piece: str) -> None:
    markup = (piece * 500_000)[:500_000]
    assert feeds_of_page(markup.encode(), "https://example.org/") == []
    assert feeds_of_page(f"<link {markup[:1900]}>".encode() * 200, "https://example.org/") == []
    assert suffix_of(markup.encode(), "text/plain", "https://example.org/") == ".txt"


# -- courtesy


def test_requests_to_a_host_are_a_second_apart(site: Any, fetcher: Fetcher, answers: Any, clock: Clock) -> None:
    site.pages |= {"/a": answers(PAGE), "/b": answers(PAGE)}
    for path in ("/a", "/b", "/a"):
        fetcher.get(site.url + path)
    assert clock.pauses == [1.0, 1.0]
    assert [request.path for request in site.requests] == ["/robots.txt", "/a", "/b", "/a"]


def test_robots_are_obeyed_with_wildcards_and_their_delay(
    site: Any, fetcher: Fetcher, answers: Any, clock: Clock
) -> None:
    rules = """User-agent: *
Disallow: /

User-agent: nutgraf
Crawl-delay: 7
Disallow: /*/private
Allow: /x/private/ok$
"""
    site.pages |= {"/robots.txt": answers(rules, "text/plain"), "/a": answers(PAGE), "/x/private/ok": answers(PAGE)}
    assert "robots.txt" in refusal(fetcher, f"{site.url}/x/private").what
    fetcher.get(f"{site.url}/a")
    fetcher.get(f"{site.url}/x/private/ok")
    assert clock.pauses == [7.0]
    assert site.paths() == ["/a", "/x/private/ok"]


def test_a_redirect_does_not_lead_around_robots(site: Any, fetcher: Fetcher, answers: Any) -> None:
    rules = "User-agent: *\nDisallow: /private"
    redirect = answers(status=302, headers={"Location": "/private"})
    site.pages |= {"/robots.txt": answers(rules, "text/plain"), "/a": redirect, "/private": answers(PAGE)}
    assert "robots.txt" in refusal(fetcher, f"{site.url}/a").what
    assert site.paths() == ["/a"]


@pytest.mark.parametrize(("status", "may_read"), [(404, True), (403, True), (500, False), (503, False), (429, False)])
def test_without_readable_robots_the_standard_decides(
    site: Any, fetcher: Fetcher, answers: Any, status: int, may_read: bool
) -> None:
    site.pages |= {"/robots.txt": answers(status=status), "/a": answers(PAGE)}
    if may_read:
        assert fetcher.get(f"{site.url}/a").data
        return
    for _ in range(2):
        assert "nothing of the site is read" in refusal(fetcher, f"{site.url}/a").what
    assert [request.path for request in site.requests] == ["/robots.txt"]


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_host_is_asked_again_when_it_says(
    site: Any, fetcher: Fetcher, answers: Any, clock: Clock, status: int
) -> None:
    site.pages["/a"] = lambda request: (
        answers(PAGE) if len(site.paths()) > 1 else answers(status=status, headers={"Retry-After": "20"})
    )
    assert fetcher.get(f"{site.url}/a").data == PAGE.encode()
    assert clock.pauses == [20.0]


def test_a_host_that_is_busy_for_long_is_left_alone(site: Any, fetcher: Fetcher, answers: Any, clock: Clock) -> None:
    site.pages |= {"/a": answers(status=429, headers={"Retry-After": "3600"}), "/b": answers(PAGE)}
    assert refusal(fetcher, f"{site.url}/a").hint == "try again after 3600 s"
    assert "before 3600 s have passed" in refusal(fetcher, f"{site.url}/b").what
    assert site.paths() == ["/a"]
    clock.now += 3600
    assert fetcher.get(f"{site.url}/b").data


def test_a_host_that_stays_busy_is_asked_twice(site: Any, fetcher: Fetcher, answers: Any, clock: Clock) -> None:
    site.pages["/a"] = answers(status=429, headers={"Retry-After": "5"})
    refusal(fetcher, f"{site.url}/a")
    refusal(fetcher, f"{site.url}/a")
    assert site.paths() == ["/a", "/a"]
    assert clock.pauses == [5.0]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0), (" 0 ", 0.0), ("Mon, 05 Jan 2026 10:01:00 GMT", 60.0), ("Mon, 05 Jan 2026 09:00:00 GMT", 0.0),
        ("", None), ("soon", None), ("-5", None), ("9" * 400, None), ("1e9", None), ("٣", None),
    ],
)  # fmt: skip
def test_retry_after_in_both_its_forms(value: str, seconds: float | None) -> None:
    assert retry_after(value, "Mon, 05 Jan 2026 10:00:00 GMT") == seconds


# -- names and certificates


def test_a_host_is_looked_up_once_for_a_connection_and_named_to_the_server(site: Any, answers: Any) -> None:
    asked = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return ["127.0.0.1"]

    site.pages["/a"] = answers(PAGE)
    fetcher = Fetcher("news.test", resolve=resolve)
    assert fetcher.get(f"http://NEWS.test:{site.port}/a").data == PAGE.encode()
    assert site.requests[-1].headers["host"] == f"news.test:{site.port}"
    assert asked == [("news.test", site.port)] * 2  # for robots.txt, and for the page


def test_the_next_address_of_a_host_is_tried(site: Any, answers: Any) -> None:
    site.pages["/a"] = answers(PAGE)
    fetcher = Fetcher("news.test", resolve=lambda host, port: ["::1", "127.0.0.1"])
    assert fetcher.get(f"http://news.test:{site.port}/a").data


def test_no_such_host_and_no_connection() -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise OSError("no such host")

    assert "no such host" in refusal(Fetcher(resolve=unknown), "https://nowhere.test/").what
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert "gave no connection" in refusal(Fetcher("127.0.0.1"), f"http://127.0.0.1:{port}/").what


@pytest.fixture
def authority(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """An authority that this computer trusts."""
    made = trustme.CA()
    made.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    return made


def context_of(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


@pytest.mark.parametrize("name", ["news.test", "other.test"])
def test_a_certificate_has_to_name_the_host(
    secure_site: Callable[..., Any], answers: Any, authority: trustme.CA, name: str
) -> None:
    site = secure_site(context_of(authority, "news.test"))
    site.pages["/a"] = answers(PAGE)
    fetcher = Fetcher(name, resolve=lambda host, port: ["127.0.0.1"])
    url = f"https://{name}:{site.port}/a"
    if name == "news.test":
        assert fetcher.get(url).data == PAGE.encode()
    else:
        assert "certificate that is not trusted" in refusal(fetcher, url).what
        assert site.requests == []


def test_a_certificate_of_an_unknown_authority_is_refused(secure_site: Callable[..., Any]) -> None:
    site = secure_site(context_of(trustme.CA(), "news.test"))
    fetcher = Fetcher("news.test", resolve=lambda host, port: ["127.0.0.1"])
    assert "certificate that is not trusted" in refusal(fetcher, f"https://news.test:{site.port}/a").what
    assert site.requests == []


def test_what_speaks_no_tls_is_refused(site: Any) -> None:
    assert "no secure connection" in refusal(Fetcher(site.host), f"https://{site.host}/a").what


def test_certificates_are_always_verified() -> None:
    context = trusted_certificates()
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert len(context.get_ca_certs()) > 50
