"""Connections to the very address that was checked, each step of which ends in time.

httpcore asks its network backend for a stream to a host and port. This one looks the host up, once, has every address
judged, and connects to one of those: a name server that answers differently the second time is not asked a second time.
TLS still names and verifies the host, as httpcore takes that from the URL.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterable
from typing import Any

import certifi
import httpcore

from ..errors import SourceError

CONNECT_S = 10.0  # a connection, TLS included, has to stand after this
_MOST_ADDRESSES = 4  # of one host that are tried

Addresses = Callable[[str, int], list[str]]


class Deadline:
    """The end of a request, however many steps it takes and however slowly bytes drip in."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds until the end. Raises httpcore.ReadTimeout when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the time is up")
        return left


class CheckedBackend(httpcore.NetworkBackend):
    """Connects to the addresses that ``addresses`` gives for a host, before ``deadline``."""

    def __init__(self, addresses: Addresses, deadline: Deadline) -> None:
        self._addresses = addresses
        self._deadline = deadline
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """A stream to the first address of ``host`` that answers.

        Raises SourceError when it has none that may be reached, httpcore.ConnectError or ConnectTimeout.
        """
        addresses = self._addresses(host, port)[:_MOST_ADDRESSES]
        share = CONNECT_S / len(addresses)
        for address in addresses[:-1]:
            try:
                return self._connect(address, port, share)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return self._connect(addresses[-1], port, share)

    def _connect(self, address: str, port: int, seconds: float) -> httpcore.NetworkStream:
        stream = self._sockets.connect_tcp(address, port, timeout=min(seconds, self._deadline.left()))
        return _TimedStream(stream, self._deadline)


class _TimedStream(httpcore.NetworkStream):
    """A stream whose every step has the time that is left of the request, not a time of its own."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        seconds = min(CONNECT_S, self._deadline.left())
        try:
            return _TimedStream(self._stream.start_tls(ssl_context, server_hostname, seconds), self._deadline)
        except httpcore.ConnectError as problem:
            if isinstance(problem.__cause__, ssl.SSLError):
                raise _insecure(server_hostname or "", problem.__cause__) from problem
            raise

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _insecure(host: str, problem: ssl.SSLError) -> SourceError:
    if isinstance(problem, ssl.SSLCertVerificationError):
        what = f"has a certificate that is not trusted ({problem.verify_message.rstrip('.')})"
        return SourceError(host, what, "check the address and this computer's clock")
    return SourceError(host, f"gave no secure connection ({problem.reason or 'TLS'})", "check the address")


def trusted_certificates() -> ssl.SSLContext:
    """A context that verifies certificate and host name, by Mozilla's authorities and those of the system.

    The system's may include a company's own, and $SSL_CERT_FILE, which OpenSSL reads; minimal systems have none.
    """
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context
