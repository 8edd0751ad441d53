"""Which addresses may be asked: public ones on the usual ports, and hosts that the user named.

A page, a feed or a redirect may point anywhere, so at the printer in the next room too. A name is judged by the
addresses that it stands for, all of them, at the moment of connecting; how an address is spelled never matters.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from ..errors import SourceError

Resolver = Callable[[str, int], list[str]]
"""Host and port to all IP addresses of the host. Raises OSError when there are none."""

PORTS = {"http": 80, "https": 443}

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\\]")
_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?")
_NUMBER = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)\.?")
_KEPT = "%/:@!$&'()*+,;=~?[]"  # signs of a path or query that are not quoted (anew)
_TRACKING = re.compile(r"utm_\w+|fbclid|gclid|dclid|msclkid|igshid|mc_[ce]id", re.IGNORECASE)

# Special ranges that Python's tables (of the IANA registries) call global, wholly or in part: 6to4 and its relays,
# NAT64, documentation, protocol assignments, and Azure's metadata server. A gateway may lead inwards from there.
_INWARDS = [
    ipaddress.ip_network(network)
    for network in (
        "2002::/16 192.88.99.0/24 64:ff9b::/96 64:ff9b:1::/48 3fff::/20 192.0.0.0/24 168.63.129.16/32".split()
    )
]
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")  # all that IANA has given out of IPv6 for hosts


@dataclass(frozen=True, slots=True)
class WebAddress:
    """An http(s) URL in its parts; ``host`` is lower-case ASCII, ``target`` path and query, quoted."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def origin(self) -> str:
        """ "https://example.org", with the port where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if self.port == PORTS[self.scheme] else f":{self.port}")

    def __str__(self) -> str:
        return self.origin + self.target


def is_public(address: str) -> bool:
    """Say whether an IP address is one of the internet's hosts: not private, local, multicast, special or embedded."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if not ip.is_global or ip.is_multicast or ip.is_reserved or any(ip in network for network in _INWARDS):
        return False
    return ip.version == 4 or ip in _GLOBAL_UNICAST


def resolve(host: str, port: int) -> list[str]:
    """All addresses of ``host``, as the system finds them. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class Reach:
    """What may be reached. ``allowed`` names hosts, with or without a port, to which no rule applies ("wiki:8080")."""

    def __init__(self, allowed: str = "", resolve: Resolver = resolve) -> None:
        self._allowed = frozenset(name.strip().lower() for name in allowed.split(",") if name.strip())
        self._resolve = resolve

    def parse(self, url: str) -> WebAddress:
        """The parts of ``url``. Raises SourceError when it may not be fetched, whatever its host stands for."""
        address = parse_url(url)
        if address.port not in PORTS.values() and not self._is_allowed(address.host, address.port):
            raise SourceError(
                url,
                f"names port {address.port}, which web sites do not use",
                f"for a server of your own, set web_allow_hosts = '{address.host}:{address.port}'",
            )
        return address

    def addresses(self, host: str, port: int) -> list[str]:
        """The IP addresses of ``host``, each of which may be connected to. Raises SourceError."""
        try:
            found = self._resolve(host, port)
        except (OSError, UnicodeError):
            found = []
        if not found:
            raise SourceError(
                host, "was not found (no such host)", "check the address, and that the computer is online"
            )
        inside = [address for address in found if not is_public(address)]
        if inside and not self._is_allowed(host, port):
            raise SourceError(
                host,
                f"leads to an address that is not public ({inside[0]}), which is not fetched",
                f"for a server of your own, set web_allow_hosts = '{host}:{port}'",
            )
        return found

    def _is_allowed(self, host: str, port: int) -> bool:
        return not self._allowed.isdisjoint({host, f"{host}:{port}"})


def parse_url(url: str) -> WebAddress:
    """The parts of an http(s) URL. Raises SourceError for what is none, or hides where it leads."""
    hint = "give an address such as https://example.org/article"
    if _UNPRINTABLE.search(url):
        raise SourceError(url, "holds characters that no address has", hint)
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError as problem:
        raise SourceError(url, f"is no address ({problem})", hint) from None
    if parts.scheme not in PORTS:
        raise SourceError(url, f"is of a kind that is not fetched ({parts.scheme}:)", hint)
    if "@" in parts.netloc:
        raise SourceError(url, "carries a user name or password", "leave out what stands before the @")
    target = quote(parts.path or "/", safe=_KEPT) + (f"?{quote(parts.query, safe=_KEPT)}" if parts.query else "")
    return WebAddress(parts.scheme, _host(host, url, hint), PORTS[parts.scheme] if port is None else port, target)


def _host(host: str, url: str, hint: str) -> str:
    """``host`` as it is asked for: an IPv6 address, an IPv4 address of four numbers, or a name in ASCII."""
    if ":" in host:
        try:
            return str(ipaddress.IPv6Address(host.replace("%", " ")))  # no zones: those are of this computer only
        except ValueError:
            raise SourceError(url, "holds no address that could be asked", hint) from None
    try:
        name = host.encode("idna").decode("ascii")
    except UnicodeError:
        name = ""
    if not _HOST.fullmatch(name):
        raise SourceError(url, "names no host", hint)
    name = name.removesuffix(".")
    if _NUMBER.fullmatch(name.rpartition(".")[2]):  # 2130706433, 0x7f.1 and 0177.0.0.1 all mean 127.0.0.1 somewhere
        try:
            return str(ipaddress.IPv4Address(name))
        except ValueError:
            raise SourceError(url, "writes an address in an unusual way", "write it as four numbers") from None
    return name


def is_same_site(one: str, other: str) -> bool:
    """Say whether two hosts are one site: the same name but for "www.", or one a part of the other."""
    one, other = one.removeprefix("www."), other.removeprefix("www.")
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def tidy(url: str) -> str:
    """``url`` without what does not name the article: fragment, parameters that track readers, the scheme's own port.

    Raises SourceError when it is not an http(s) URL.
    """
    address = parse_url(url)
    path, _, query = address.target.partition("?")
    pairs = parse_qsl(query, keep_blank_values=True)
    kept = [(name, value) for name, value in pairs if not _TRACKING.fullmatch(name)]
    if len(kept) < len(pairs):
        query = urlencode(kept)
    return urlunsplit(("", "", address.origin + path, query, ""))
