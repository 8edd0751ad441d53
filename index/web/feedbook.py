"""The feeds that a store follows, in ``feeds.json`` beside its database: replaced whole, so never half written."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ..errors import StoreError, StoreVersionError
from ..store import sync_folder

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Feed:
    """A followed feed and how it was when it was read last.

    ``checked`` is that time (ISO 8601, UTC). ``etag`` and ``last_modified`` are sent back to ask only for news. Before
    ``not_before`` its site wants no requests. ``seen`` maps the entries that it had, by what they link to, to checksums
    of what it said about them.
    """

    url: str
    title: str = ""
    checked: str = ""
    etag: str = ""
    last_modified: str = ""
    not_before: str = ""
    seen: Mapping[str, str] = field(default_factory=dict)


class FeedBook:
    """The followed feeds of the store in ``folder``; several processes may change them."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "feeds.json"

    def feeds(self) -> list[Feed]:
        """All feeds in the order in which they were first followed. Raises StoreError when the file is damaged."""
        try:
            content = json.loads(self._path.read_bytes())
            if content["format"] > _FORMAT:
                raise StoreVersionError(f"{self._path}: was written by a newer Nutgraf; install that")
            return [Feed(**feed) for feed in content["feeds"]]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, KeyError, TypeError) as problem:
            raise StoreError(
                f"{self._path}: cannot be read ({problem}); mend it, or delete it and follow the feeds again"
            ) from problem

    def put(self, feeds: Sequence[Feed]) -> None:
        """Keep ``feeds``, each in the place of the one with its url. Durable on return. Raises StoreError."""
        with self._changing() as known:
            known.update({feed.url: feed for feed in feeds})

    def remove(self, urls: Sequence[str]) -> list[str]:
        """Forget feeds; returns the urls of those that were there. Raises StoreError."""
        with self._changing() as known:
            return [url for url in urls if known.pop(url, None)]

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Feed]]:
        """The feeds by url, to be changed, while no other process changes them; then the file is replaced."""
        try:
            with self._path.with_suffix(".lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                feeds = {feed.url: feed for feed in self.feeds()}
                yield feeds
                self._replace(list(feeds.values()))
        except OSError as problem:
            raise StoreError(f"{self._path}: cannot be written ({problem.strerror}); check its folder") from problem

    def _replace(self, feeds: Sequence[Feed]) -> None:
        new = self._path.with_suffix(".new")
        with new.open("w", encoding="utf-8") as file:
            json.dump({"format": _FORMAT, "feeds": [asdict(feed) for feed in feeds]}, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path)
        sync_folder(self._path.parent)
