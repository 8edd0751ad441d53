"""Articles that a program gives in memory: records, read as those of a JSON file are, and files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import PurePath

from .article import content_sha
from .errors import SourceError
from .filters import whole_text
from .readers import read_data
from .readers.records import record_article
from .schema import Article

_BASE = "record"
_FILE = "file"


class GivenRecord:
    """A record as a source of a run: fields as in a JSON file, and ``metadata``, which is kept as it is.

    Its uri is the record's ``uri``, else its URL, else "record#" and its ``id`` or the checksum of its content.
    """

    notes: tuple[str, ...] = ()

    def __init__(self, record: Mapping[str, object], number: int) -> None:
        self._record = dict(record)
        self._number = number

    def read(self, max_bytes: int) -> Iterator[Article | SourceError]:
        """Yield the article, or what is wrong with the record."""
        where = str(self._record.get("uri") or f"record {self._number}")
        metadata = self._record.pop("metadata", None)
        try:
            found = record_article(self._record, where, _BASE, f"{_BASE}#{self._checksum()}", max_bytes)
            if isinstance(found, Article) and metadata is not None:
                found = replace(found, metadata=_as_json(metadata, where))
                found = replace(found, content_sha=content_sha(found))
        except SourceError as problem:
            found = problem
        yield found

    def _checksum(self) -> str:
        content = json.dumps(self._record, sort_keys=True, default=str)
        return hashlib.sha256(content.encode()).hexdigest()[:16]


class GivenFile:
    """A file as a source of a run: what it holds, and its name, whose suffix says of which kind it is.

    Its uri is "file#", the checksum of its content and the name, so that no file takes the place of another one.
    """

    notes: tuple[str, ...] = ()

    def __init__(self, data: bytes, name: str) -> None:
        self._data = data
        self._name = PurePath(whole_text(name).replace("\\", "/")).name or "file without a name"

    def read(self, max_bytes: int) -> Iterator[Article | SourceError]:
        """Yield the articles, and a SourceError for the file or each part of it that cannot be read."""
        checksum = hashlib.sha256(self._data).hexdigest()[:16]
        uri = f"{_FILE}#{checksum}/{self._name}"
        yield from read_data(self._data, PurePath(self._name).suffix.lower(), uri, self._name, max_bytes)


def _as_json(metadata: object, where: str) -> dict[str, object]:
    """Return ``metadata`` as JSON holds it, days and times as ISO text. Raises SourceError for anything else."""
    try:
        found = json.loads(json.dumps(metadata, allow_nan=False, default=_iso))
    except (TypeError, ValueError, RecursionError) as error:
        raise SourceError(where, f"has metadata that JSON cannot hold ({error})", "leave it out") from None
    if not isinstance(found, dict):
        raise SourceError(where, "has metadata that is no object", "give names and values")
    return found


def _iso(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"a {type(value).__name__}")
