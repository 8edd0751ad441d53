"""One URL to its bytes: every redirect checked, every size and time bounded, every failure said in a line."""

from __future__ import annotations

import ssl
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from urllib.parse import quote, urljoin

import httpcore

from ..errors import SourceError
from .addresses import Reach, Resolver, WebAddress, parse_url, resolve
from .connection import CONNECT_S, CheckedBackend, Deadline, trusted_certificates
from .content import charset_of, check_type, mime_type
from .politeness import LONGEST_WAIT_S, PRODUCT, Politeness, retry_after

_Headers = Mapping[str, bytes]

MOST_REDIRECTS = 5
TOTAL_S = 30.0  # for a page, its redirects included

_REDIRECTS = (301, 302, 303, 307, 308)
_BUSY = (429, 503)
_SAVE = "save the page from a browser and index the file"
_DIVIDE = "save it, divide it and index the parts"
_REFUSALS: Mapping[int, tuple[str, str]] = {
    401: ("asks for a login", _SAVE),
    402: ("is for subscribers", _SAVE),
    403: ("is refused to programs", _SAVE),
    404: ("does not exist", "check the address"),
    410: ("was taken down", "leave it out; nutgraf follow --remove ends a feed"),
    429: ("was asked for too often", "run the same command again later"),
    451: ("is withheld for legal reasons", "look for the article elsewhere"),
}


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of a request. ``url`` is the last of its redirects; ``data`` is None when it has not changed (304)."""

    url: str
    data: bytes | None
    content_type: str = ""
    charset: str = ""
    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class _Response:
    """An answer as sent. ``data`` is its decoded body, b"" unless the status is 200."""

    status: int
    headers: Mapping[str, str]
    data: bytes


@dataclass(frozen=True, slots=True)
class _Want:
    """What is asked for: its Accept header, and the most bytes of it, as sent and unpacked.

    Unless it may be of ``any_type``, what no reader takes is refused before its body is read.
    """

    accept: str
    most: int
    most_unpacked: int
    any_type: bool = False


_ARTICLE = _Want(
    "text/html, application/xhtml+xml, application/rss+xml, application/atom+xml, application/pdf;q=0.9, "
    "application/xml;q=0.8, application/json;q=0.8, text/plain;q=0.8, */*;q=0.1",
    most=10_000_000,
    most_unpacked=40_000_000,
)
_ROBOTS = _Want("text/plain", most=1_000_000, most_unpacked=1_000_000, any_type=True)  # RFC 9309: at least 500 KiB


class Fetcher:
    """Fetches URLs for one run. Remembers what hosts ask for, but no cookies and no connections, and knows no proxies.

    ``allow_hosts`` names hosts that may be reached although they are not public. ``sleep`` and ``clock`` are those of
    the pauses between requests; ``total_s`` bounds what a request takes without them.
    """

    def __init__(
        self,
        allow_hosts: str = "",
        *,
        resolve: Resolver = resolve,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        total_s: float = TOTAL_S,
    ) -> None:
        self._reach = Reach(allow_hosts, resolve)
        self._politeness = Politeness(self._robots, sleep=sleep, clock=clock)
        self._total_s = total_s

    def get(self, url: str, *, etag: str = "", last_modified: str = "") -> Fetched:
        """The body behind ``url``, or that it is still the one with this ``etag`` or ``last_modified``.

        Raises SourceError, which names ``url``, when it cannot or may not be had.
        """
        known = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        conditions = {name: value.encode("latin-1", "replace") for name, value in known.items() if value}
        try:
            last, response = self._follow(url, conditions)
            if response.status in _BUSY and self._soon_ready(last, response):
                last, response = self._follow(url, conditions)
                if response.status in _BUSY:
                    self._politeness.postpone(last, 2 * LONGEST_WAIT_S)  # asking twice is enough for one run
            if response.status == 304 and conditions:
                return Fetched(str(last), None, etag=etag, last_modified=last_modified)
            if response.status != 200:
                raise _refusal(str(last), response)
        except SourceError as problem:
            subject = "" if problem.where == url else f"{problem.where} "
            raise SourceError(url, subject + problem.what, problem.hint) from problem
        content_type = response.headers.get("content-type", "")
        return Fetched(
            str(last),
            response.data,
            mime_type(content_type),
            charset_of(content_type),
            response.headers.get("etag", ""),
            response.headers.get("last-modified", ""),
        )

    def wait(self, url: str) -> float:
        """Seconds for which the host of ``url`` wants no more requests, as far as it said. Raises SourceError."""
        return self._politeness.wait(parse_url(url))

    def _soon_ready(self, address: WebAddress, response: _Response) -> bool:
        """Remember how long a busy host wants to be left alone; say whether that is short enough to ask it again."""
        wait = _wait(response)
        if wait is None:
            wait = 2 * LONGEST_WAIT_S if response.status == 429 else 0.0
            self._politeness.postpone(address, wait)
            return False
        self._politeness.postpone(address, wait)
        return wait <= LONGEST_WAIT_S

    def _robots(self, origin: str) -> str:
        """The robots.txt of ``origin``, as RFC 9309 reads what a server may answer."""
        url = f"{origin}/robots.txt"
        _, response = self._follow(url, {}, _ROBOTS)
        if response.status == 200:
            return response.data.decode("utf-8", errors="replace")
        if response.status == 429 or response.status >= 500:
            raise SourceError(
                url, f"cannot be had ({response.status}), so nothing of the site is read", "try again later"
            )
        return ""

    def _follow(self, url: str, headers: _Headers, want: _Want = _ARTICLE) -> tuple[WebAddress, _Response]:
        """Ask for ``url`` and for what it redirects to; returns the last address and its answer.

        Each address is checked, asked for politely (but for robots.txt, which says what that is), and all of them share
        the time.
        """
        left = self._total_s
        for _ in range(MOST_REDIRECTS + 1):
            address = self._reach.parse(url)
            if want is not _ROBOTS:
                self._politeness.before(address)
            begun = time.monotonic()
            response = self._ask(address, headers, want, Deadline(left))
            left -= time.monotonic() - begun
            if response.status not in _REDIRECTS or "location" not in response.headers:
                return address, response
            location = quote(response.headers["location"].encode("latin-1"), safe="%/:@!$&'()*+,;=~?#[]")
            try:
                url = urljoin(str(address), location)
            except ValueError:
                raise SourceError(str(address), "redirects to what is no address", "try again later") from None
        raise SourceError(url, f"comes after more than {MOST_REDIRECTS} redirects", "give the article's own address")

    def _ask(self, address: WebAddress, headers: _Headers, want: _Want, deadline: Deadline) -> _Response:
        """Send one request. Raises SourceError when there is no whole answer of the wanted size and kind."""
        sent: dict[bytes | str, bytes | str] = {
            "Host": address.origin.partition("://")[2],
            "User-Agent": f"{PRODUCT}/{version('nutgraf')} (reads news for one person; obeys robots.txt)",
            "Accept": want.accept,
            "Accept-Encoding": "gzip",
        }
        sent.update(headers)
        backend = CheckedBackend(self._reach.addresses, deadline)
        certificates = self._certificates if address.scheme == "https" else None
        with (
            _failures_named(str(address)),
            httpcore.ConnectionPool(network_backend=backend, ssl_context=certificates) as pool,
            pool.stream("GET", _wire(address), headers=sent) as answer,
        ):
            found: dict[str, str] = {}
            for name, value in answer.headers:
                found.setdefault(name.decode("latin-1").lower(), value.decode("latin-1"))
            if answer.status != 200:  # its body is of no use
                return _Response(answer.status, found, b"")
            if not want.any_type:
                check_type(mime_type(found.get("content-type", "")), str(address))
            body = _unpacked(answer.iter_stream(), found.get("content-encoding", ""), str(address), want)
            return _Response(answer.status, found, body)

    @cached_property
    def _certificates(self) -> ssl.SSLContext:
        return trusted_certificates()


def _wire(address: WebAddress) -> httpcore.URL:
    return httpcore.URL(
        scheme=address.scheme.encode(), host=address.host.encode(), port=address.port, target=address.target.encode()
    )


def _wait(response: _Response) -> float | None:
    return retry_after(response.headers.get("retry-after", ""), response.headers.get("date", ""))


def _refusal(where: str, response: _Response) -> SourceError:
    """What an answer means that is no article."""
    status = response.status
    if status >= 500:
        what, hint = "cannot be had: its server has a problem of its own", "try again later"
    else:
        what, hint = _REFUSALS.get(status, ("cannot be had", "open it in a browser to see why"))
    if status in _BUSY and (wait := _wait(response)):
        hint = f"try again after {wait:.0f} s"
    return SourceError(where, f"{what} ({status})", hint)


@contextmanager
def _failures_named(where: str) -> Iterator[None]:
    """Turn what can go wrong on the way into a SourceError."""
    try:
        yield
    except httpcore.ConnectTimeout:
        raise SourceError(where, f"gave no connection within {CONNECT_S:.0f} s", "try again later") from None
    except httpcore.TimeoutException:
        raise SourceError(where, "took too long", "try again later") from None
    except httpcore.ConnectError as problem:
        raise SourceError(
            where, f"gave no connection ({problem})", "check the address, and that the computer is online"
        ) from None
    except (httpcore.NetworkError, httpcore.ProtocolError) as problem:
        raise SourceError(where, f"broke off ({problem})", "try again later") from None


def _unpacked(chunks: Iterator[bytes], encoding: str, where: str, want: _Want) -> bytes:
    """The body without its compression. Raises SourceError when it is larger than wanted, or compressed otherwise."""
    encoding = encoding.strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise SourceError(where, f"is compressed in a way that is not read ({encoding})", _SAVE)
    gunzip = _Gunzip(where, want.most_unpacked) if encoding.endswith("gzip") else None
    received, parts = 0, []
    for chunk in chunks:
        received += len(chunk)
        if received > want.most:
            raise SourceError(where, f"is larger than {want.most / 1e6:g} MB", _DIVIDE)
        parts.append(gunzip(chunk) if gunzip else chunk)
    if gunzip:
        gunzip.finish()
    return b"".join(parts)


class _Gunzip:
    """Unpacks gzip piece by piece and stops at ``most`` bytes in all, before more of them exist."""

    def __init__(self, where: str, most: int) -> None:
        self._where = where
        self._left = most
        self._stream = zlib.decompressobj(zlib.MAX_WBITS | 16)

    def __call__(self, data: bytes) -> bytes:
        parts = []
        while data:
            try:
                parts.append(self._stream.decompress(data, self._left + 1))
            except zlib.error:
                raise SourceError(self._where, "is damaged (its compression)", "try again later") from None
            self._left -= len(parts[-1])
            if self._left < 0:
                raise SourceError(self._where, "unpacks to more than is read", _DIVIDE)
            data = self._stream.unused_data  # another member of the same body
            if data:
                self._stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
        return b"".join(parts)

    def finish(self) -> None:
        """Raise SourceError when the end is missing."""
        if not self._stream.eof:
            raise SourceError(self._where, "ends too early", "try again later")
