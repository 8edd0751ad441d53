"""Settings of what ``nutgraf serve`` offers: the chat page and the HTTP API."""

from __future__ import annotations

from dataclasses import dataclass, field

from index.errors import SettingsError

# Addresses that only this computer can reach: what is served there needs no key.
LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class UiSettings:
    """Where page and API are served, and to whom. ``port`` 0 stands for any free one.

    Texts that hold several values separate them by commas. ``api_keys`` are the keys that clients may show,
    ``api_key_file`` a file of such keys, one a line. Without any, ``host`` is one of LOOPBACK; with one, every client
    needs a key. ``allow_hosts`` are names by which clients call the server, besides its address; ``allow_origins`` are
    web sites whose pages may use the API ("https://news.example.org"). ``api_rate`` is the most requests a minute with
    one key, 0 for any number; ``upload_mb`` the most (10^6 bytes) that one request may bring.
    """

    host: str = "127.0.0.1"
    port: int = 7860
    api_keys: str = field(default="", repr=False)
    api_key_file: str = ""
    allow_hosts: str = ""
    allow_origins: str = ""
    api_rate: int = 60
    upload_mb: float = 20.0

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65_535:
            raise SettingsError(f"port is {self.port}; give a number from 1 to 65535, such as --port 7860")
        if self.api_rate < 0:
            raise SettingsError(f"api_rate is {self.api_rate}; give requests a minute, or 0 for any number")
        if self.upload_mb <= 0:
            raise SettingsError(f"upload_mb is {self.upload_mb}; give a number above 0")
        for origin in values_of(self.allow_origins):
            if not origin.startswith(("http://", "https://")) or origin.count("/") != 2:
                raise SettingsError(f"allow_origins has {origin!r}; give scheme and host, such as https://example.org")
        if self.needs_key:
            return
        if not self.is_loopback:
            raise SettingsError(
                f"host is {self.host!r}; without keys it is served to this computer only: leave --host out, give one "
                f"of {', '.join(LOOPBACK)}, or name a file of keys with --api-key-file"
            )
        if self.allow_hosts:
            raise SettingsError(
                "allow_hosts lets others in, and there are no keys; name a file of keys with --api-key-file"
            )

    @property
    def is_loopback(self) -> bool:
        return self.host in LOOPBACK

    @property
    def needs_key(self) -> bool:
        """Whether clients have to show a key."""
        return bool(values_of(self.api_keys) or self.api_key_file)


def values_of(text: str) -> list[str]:
    """The values of a setting that separates them by commas."""
    return [value for part in text.split(",") if (value := part.strip())]
