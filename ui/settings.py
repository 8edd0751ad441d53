"""Settings of the chat page."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from index.errors import SettingsError


@dataclass(frozen=True, slots=True)
class UiSettings:
    """Where the page is served. ``host`` is a loopback address or "localhost"; ``port`` 0 stands for any free one."""

    host: str = "127.0.0.1"
    port: int = 7860

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65_535:
            raise SettingsError(f"port is {self.port}; give a number from 1 to 65535, such as --port 7860")
        if not _is_loopback(self.host):
            raise SettingsError(
                f"host is {self.host!r}; the page has no logins, so it is served to this computer only: "
                "leave --host out, or give 127.0.0.1"
            )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
