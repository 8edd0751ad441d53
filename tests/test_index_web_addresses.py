"""What must not be reached through a URL: every way to spell an inner address, and every way to be sent there."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import SourceError
from index.web import addresses
from index.web.addresses import Reach, is_public, is_same_site, parse_url, tidy
from index.web.fetching import Fetcher
from index.web.following import follow_feeds
from index.web.source import WebSource

INNER = [
    "127.0.0.1", "127.0.0.2", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "172.16.0.1",
    "172.31.255.255", "192.168.0.1", "192.168.255.255", "169.254.1.1", "169.254.169.254", "169.254.170.2",
    "100.64.0.1", "100.100.100.200", "100.127.255.255", "168.63.129.16", "192.0.0.192", "192.0.2.1", "198.18.0.1",
    "198.51.100.7", "203.0.113.9", "192.88.99.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::2", "::7f00:1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:10.0.0.1",
    "::ffff:8.8.8.8", "::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1",
    "64:ff9b:1::7f00:1", "2002:7f00:1::", "2002:a00:1::1", "2002:c0a8:101::", "2001::1", "2001:0:7f00:1::",
    "2001:db8::1", "3fff::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1", "ff0e::1", "100::1",
    "4000::1",
]  # fmt: skip
OUTER = ["8.8.8.8", "93.184.216.34", "151.101.1.1", "2606:4700::6810:84e5", "2a00:1450:4001:80b::200e"]

# Ways to write 127.0.0.1 that some resolver takes.
SPELLED = [
    "127.1", "127.0.1", "2130706433", "017700000001", "0x7f000001", "0x7F.0.0.1", "0177.0.0.1", "0177.0.0.01",
    "127.0.0.1.", "127.0.0.01", "127.0.0.0x1", "0x7f.1", "00000177.0.0.1", "127.000.000.001", "localhost", "LOCALHOST",
    "localhost.", "local.test", "both.test", "mapped.test", "127\u30020\u30020\u30021", "\uff11\uff12\uff17.0.0.1",
    "\u2460\u2461\u2466.\u24ea.\u24ea.\u2460",
]  # fmt: skip
NAMES = {
    "localhost": ["127.0.0.1", "::1"],
    "local.test": ["127.0.0.1"],
    "both.test": ["93.184.216.34", "127.0.0.1"],
    "mapped.test": ["::ffff:127.0.0.1"],
}
SCHEMES = [
    "file:///etc/passwd", "file://localhost/etc/passwd", "ftp://HOST/", "gopher://HOST/_GET", "dict://HOST/d:x",
    "ldap://HOST/", "ws://HOST/", "wss://HOST/", "sftp://HOST/", "tftp://HOST/x", "jar:http://HOST!/",
    "data:text/html,x",
    "javascript:alert(1)", "netdoc:///etc/passwd", "view-source:http://HOST/", "blob:http://HOST/x", "feed://HOST/",
    "feed:http://HOST/", "//HOST/", "/etc/passwd", "",
]  # fmt: skip
HIDDEN = [
    "http://user@HOST/", "http://user:password@HOST/", "http://example.org@HOST/", "http://example.org:80@HOST/",
    "http://@HOST/", "http://example.org%40HOST/", "http://HOST\\@example.org/", "http://HOST\\.example.org/",
    "http:\\\\HOST/", "http://HOST\t/", "http://HO\nST/", "http://HOST\r\nHost: example.org/", "http://HOST\x00/",
    "http:///HOST/", "http://", "http://#HOST", "http://?HOST", "http://[::1/", "http://::1/", "http://[127.0.0.1]/",
    "http://[::1%25lo]/", "http://[fe80::1%lo]/", "http://127.0.0.1:99999/", "http://127.0.0.1:-1/", "http://a b/",
    "http://HOST:x/", "http://exa mple.org/", "http://.../", "http://-/\u202e",
]  # fmt: skip
PORTS = ["http://8.8.8.8:22/", "http://8.8.8.8:8080/", "https://example.org:6379/", "http://example.org:0/"]


def resolve(host: str, port: int) -> list[str]:
    """A resolver that takes every spelling of an address, asks nobody, and knows a few names."""
    if host in NAMES:
        return NAMES[host]
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        return [socket.inet_ntoa(socket.inet_aton(host))]  # OSError when it is none


@pytest.fixture
def usual_port(sink: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The port of the sink counts as that of the web, so that only its address keeps it from being reached."""
    monkeypatch.setattr(addresses, "PORTS", {"http": sink.port, "https": sink.port})


@pytest.fixture
def wide_open(site: Any, usual_port: None) -> Fetcher:
    return Fetcher(site.host, resolve=resolve, sleep=lambda seconds: None)


def direct() -> Iterator[str]:
    for host in dict.fromkeys([*INNER, *SPELLED]):
        for scheme in ("http", "https"):
            yield f"{scheme}://{f'[{host}]' if ':' in host else host}/latest/meta-data"
    for url in (*SCHEMES, *HIDDEN):
        yield url.replace("HOST", "127.0.0.1")
    yield from PORTS


@pytest.mark.parametrize("url", list(direct()))
def test_no_spelling_of_a_url_reaches_an_inner_address(url: str, wide_open: Fetcher, sink: Any) -> None:
    with pytest.raises(SourceError):
        wide_open.get(url)
    assert sink.requests == []


@pytest.mark.parametrize("hops", [1, 3])
@pytest.mark.parametrize("target", [f"http://{host}/" for host in SPELLED] + ["//127.0.0.1/", "file:///etc/passwd"])
def test_no_redirect_leads_to_an_inner_address(
    target: str, hops: int, wide_open: Fetcher, site: Any, sink: Any, answers: Any
) -> None:
    for hop in range(1, hops):
        site.pages[f"/{hop}"] = answers(status=302, headers={"Location": f"{site.url}/{hop + 1}"})
    location = target.encode().decode("latin-1")
    site.pages[f"/{hops}"] = answers(status=302, headers={"Location": location})
    with pytest.raises(SourceError):
        wide_open.get(f"{site.url}/1")
    assert len(site.paths()) == hops
    assert sink.requests == []


def test_the_same_requests_reach_the_sink_when_they_may(usual_port: None, site: Any, sink: Any, answers: Any) -> None:
    """The negative control: it is the check that stops them, not something else."""
    sink.pages["/secret"] = answers("<p>Secret</p>")
    site.pages["/1"] = answers(status=302, headers={"Location": f"http://local.test:{sink.port}/secret"})
    assert Fetcher(f"{site.host}, local.test", resolve=resolve).get(f"{site.url}/1").data == b"<p>Secret</p>"
    assert sink.paths() == ["/secret"]


def test_a_name_that_changes_its_address_is_asked_once(usual_port: None, sink: Any) -> None:
    asked = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["203.0.114.1"] if len(asked) == 1 else ["127.0.0.1"]

    with pytest.raises(SourceError):  # the tests' own guard refuses the public address
        Fetcher(resolve=rebinding).get("http://rebinding.test/")
    assert asked == ["rebinding.test"]
    assert sink.requests == []


def test_robots_txt_does_not_redirect_to_an_inner_address(
    wide_open: Fetcher, site: Any, sink: Any, answers: Any
) -> None:
    site.pages["/robots.txt"] = answers(status=302, headers={"Location": "http://127.0.0.1/robots.txt"})
    with pytest.raises(SourceError, match="not public"):
        wide_open.get(f"{site.url}/a")
    assert (site.paths(), sink.requests) == ([], [])


FEEDS = [
    "http://127.0.0.1/",
    "/etc/passwd",
    '<?xml version="1.0"?><!DOCTYPE rss SYSTEM "http://127.0.0.1/x.dtd"><rss version="2.0"><channel/></rss>',
    '<!DOCTYPE rss [<!ENTITY x SYSTEM "http://127.0.0.1/x">]><rss version="2.0"><channel><title>&x;'
    "</title></channel></rss>",
    '<rss version="2.0"><channel><item><link>http://127.0.0.1/x</link><title>x</title></item></channel></rss>',
    '<rss version="2.0"><channel><item><link>file:///etc/passwd</link><title>x</title></item></channel></rss>',
    '<rss version="2.0" xmlns:xi="http://www.w3.org/2001/XInclude"><channel><title><xi:include href="http://127.0.0.1/x"/>'
    "</title></channel></rss>",
    '<?xml-stylesheet href="http://127.0.0.1/x.xsl"?><rss version="2.0"><channel/></rss>',
    '<feed xmlns="http://www.w3.org/2005/Atom"><link rel="self" href="http://127.0.0.1/x"/>'
    '<entry><content type="text/html" src="http://127.0.0.1/x"/></entry></feed>',
]


@pytest.mark.parametrize("body", FEEDS)
@pytest.mark.parametrize("kind", ["application/rss+xml", "text/html", "text/plain"])
def test_nothing_in_a_feed_reaches_an_inner_address(
    body: str, kind: str, wide_open: Fetcher, site: Any, sink: Any, answers: Any
) -> None:
    site.pages["/feed"] = answers(body, kind)
    found = list(WebSource(f"{site.url}/feed", wide_open, limit=10).read(10**6))
    assert sink.requests == []
    assert "root:" not in repr(found)


PAGES = [
    '<meta http-equiv="refresh" content="0; url=http://127.0.0.1/">',
    '<iframe src="http://127.0.0.1/"></iframe><img src="http://127.0.0.1/"><script src="http://127.0.0.1/"></script>',
    '<link rel="stylesheet" href="http://127.0.0.1/"><link rel="canonical" href="http://127.0.0.1/">',
    '<base href="http://127.0.0.1/"><a href="next" rel="next">Next page</a><link rel="amphtml" href="amp">',
]


@pytest.mark.parametrize("head", PAGES)
def test_nothing_in_a_page_reaches_an_inner_address(
    head: str, wide_open: Fetcher, site: Any, sink: Any, answers: Any
) -> None:
    text = "<p>The mayor opened the bridge over the river on Monday, two years late and after a long dispute.</p>" * 4
    site.pages["/a"] = answers(f"<html><head>{head}</head><body><article>{text}</article></body></html>")
    list(WebSource(f"{site.url}/a", wide_open, limit=10).read(10**6))
    assert site.paths() == ["/a"]
    assert sink.requests == []


def test_a_page_does_not_name_an_inner_address_as_its_feed(
    wide_open: Fetcher, site: Any, sink: Any, answers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from index.settings import IndexSettings

    link = '<link rel="alternate" type="application/rss+xml" href="http://127.0.0.1/feed">'
    site.pages["/a"] = answers(f"<html><head>{link}</head></html>")
    followed, report = follow_feeds([f"{site.url}/a"], settings=IndexSettings(store=Path("s")), fetcher=wide_open)
    assert (followed, len(report.problems), sink.requests) == ([], 1, [])


# -- the rules themselves


@pytest.mark.parametrize("address", INNER)
def test_inner_addresses_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", OUTER)
def test_outer_addresses_are_public(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_no_ipv4_address_is_public_inside_ipv6(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    for outer in ("::ffff:0:0", "::", "64:ff9b::", "64:ff9b:1::"):
        assert not is_public(str(ipaddress.IPv6Address(int(ipaddress.IPv6Address(outer)) + number)))
    assert not is_public(str(ipaddress.IPv6Address((0x2002 << 112) + (number << 80))))


@given(st.text())
def test_any_text_is_an_address_or_a_clear_error(url: str) -> None:
    for given_url in (url, f"http://{url}", f"https://example.org/{url}"):
        try:
            address = parse_url(given_url)
        except SourceError:
            continue
        assert str(address).isascii()
        assert not any(sign.isspace() for sign in str(address))
        assert parse_url(str(address)) == address


def test_a_host_may_be_permitted_with_one_port_or_with_all() -> None:
    reach = Reach("Wiki.internal, 10.0.0.7:8080", resolve=lambda host, port: ["10.0.0.7"])
    assert reach.addresses(reach.parse("http://wiki.internal:81/").host, 81) == ["10.0.0.7"]
    assert reach.addresses("10.0.0.7", 8080) == ["10.0.0.7"]
    with pytest.raises(SourceError, match=r"web_allow_hosts = '10\.0\.0\.7:80'"):
        reach.addresses("10.0.0.7", 80)
    with pytest.raises(SourceError, match="names port 8081"):
        reach.parse("http://10.0.0.7:8081/")


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("HTTPS://Example.ORG:443/News?utm_source=x&id=7&fbclid=y#top", "https://example.org/News?id=7"),
        ("http://example.org", "http://example.org/"),
        ("http://example.org./a?", "http://example.org/a"),
        ("https://m\u00fcnchen.example/stra\u00dfe", "https://xn--mnchen-3ya.example/stra%C3%9Fe"),
        ("https://example.org/a%20b c", "https://example.org/a%20b%20c"),
        ("https://example.org/a?b=1;c&d", "https://example.org/a?b=1;c&d"),
        ("http://[2606:4700::6810:84e5]:8080/", "http://[2606:4700::6810:84e5]:8080/"),
    ],
)
def test_urls_of_one_article_become_one(url: str, found: str) -> None:
    assert tidy(url) == found
    assert tidy(found) == found


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("www.example.org", "example.org", True),
        ("feeds.example.org", "www.example.org", True),
        ("m.example.org", "example.org", True),
        ("example.org", "example.com", False),
        ("badexample.org", "example.org", False),
        ("a.example.org", "b.example.org", False),
    ],
)
def test_which_hosts_are_one_site(one: str, other: str, same: bool) -> None:
    assert is_same_site(one, other) is same
    assert is_same_site(other, one) is same
