"""Settings of the chat page."""

from __future__ import annotations

from dataclasses import dataclass

from index.errors import SettingsError

# What the page may be served on: addresses that only this computer can reach.
LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class UiSettings:
    """Where the page is served. ``host`` is one of LOOPBACK; ``port`` 0 stands for any free one."""

    host: str = "127.0.0.1"
    port: int = 7860

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65_535:
            raise SettingsError(f"port is {self.port}; give a number from 1 to 65535, such as --port 7860")
        if self.host not in LOOPBACK:
            raise SettingsError(
                f"host is {self.host!r}; the page has no logins, so it is served to this computer only: "
                f"leave --host out, or give one of {', '.join(LOOPBACK)}"
            )
