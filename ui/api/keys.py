"""API keys: which there are, what a request shows, and who has shown wrong ones too often."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from pathlib import Path

from index.errors import SettingsError

from ..settings import UiSettings, values_of

SHORTEST_KEY = 16  # characters; a key that no person has to remember may as well be long
BAD_TRIES = 10
LOCKED_S = 300.0  # both how long wrong keys are remembered and how long a client is locked out
CLIENTS = 10_000  # of so many the tries are remembered, the latest


class Keys:
    """The keys that are accepted, held as SHA-256 only. Falsy when there are none."""

    def __init__(self, keys: Iterable[str]) -> None:
        given = list(keys)
        if short := [key for key in given if len(key) < SHORTEST_KEY]:
            raise SettingsError(
                f"an API key has {len(short[0])} characters; give at least {SHORTEST_KEY}, such as those of: "
                "openssl rand -hex 24"
            )
        self._hashes = [_hash(key) for key in given]

    def __bool__(self) -> bool:
        return bool(self._hashes)

    def owner(self, shown: str) -> str | None:
        """A name for the key that was shown, which does not tell it; None when it is not one of these.

        Every key is compared, each in constant time.
        """
        digest = _hash(shown)
        found = [number for number, known in enumerate(self._hashes) if hmac.compare_digest(digest, known)]
        return f"key {found[0]}" if found else None


def load_keys(settings: UiSettings) -> Keys:
    """The keys of the settings and of their file. Raises SettingsError for a file that cannot be read or holds none."""
    keys = values_of(settings.api_keys)
    if settings.api_key_file:
        path = Path(settings.api_key_file).expanduser()
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            what = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
            raise SettingsError(f"{path}: cannot be read ({what}); give a file of keys, one a line") from error
        found = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
        if not found:
            raise SettingsError(f"{path}: holds no key; write one into it, such as that of: openssl rand -hex 24")
        keys += found
    return Keys(keys)


def shown_key(headers: Mapping[bytes, bytes]) -> str | None:
    """The key that a request shows: a Bearer token, or the password of HTTP Basic, which browsers can send."""
    scheme, _, value = headers.get(b"authorization", b"").partition(b" ")
    if scheme.lower() == b"bearer":
        return value.strip().decode("latin-1")
    if scheme.lower() == b"basic":
        try:
            return base64.b64decode(value.strip(), validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return None


@dataclass(slots=True)
class _Tries:
    count: int
    until: float


class Lockout:
    """Counts the wrong keys of each client; one that showed BAD_TRIES of them gets no answer for LOCKED_S seconds.

    Clients are told apart by address, those of IPv6 by the network (/64) that one household or server has.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._tries: OrderedDict[str, _Tries] = OrderedDict()

    def locked_s(self, address: str) -> float:
        """For how many seconds a client is locked out, 0 when it is not."""
        tries = self._tries.get(_network(address))
        return 0.0 if tries is None or tries.count < BAD_TRIES else max(tries.until - self._clock(), 0.0)

    def wrong(self, address: str) -> None:
        """Note that a client showed a wrong key."""
        client, now = _network(address), self._clock()
        tries = self._tries.pop(client, None)
        count = tries.count if tries and tries.until > now else 0
        self._tries[client] = _Tries(count + 1, now + LOCKED_S)
        if len(self._tries) > CLIENTS:
            self._tries.popitem(last=False)


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode(errors="surrogatepass")).digest()


def _network(address: str) -> str:
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(int(found) >> 64) if isinstance(found, IPv6Address) and not found.ipv4_mapped else address
