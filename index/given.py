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
from .readers.fields import one_line
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
        self._record = record
        self._number = number

    def read(self, max_bytes: int) -> Iterator[Article | SourceError]:
        """Yield the article, or what is wrong with the record."""
        where = f"record {self._number}"
        if not isinstance(self._record, Mapping):
            yield record_article(self._record, where, _BASE, "", max_bytes)  # says so
            return
        fields = dict(self._record)
        metadata = fields.pop("metadata", None)
        where = one_line(fields.get("uri")) or where
        try:
            found = record_article(fields, where, _BASE, f"{_BASE}#{_checksum(fields)}", max_bytes)
            if isinstance(found, Article) and metadata is not None:
                found = replace(found, metadata=_as_json(metadata, where))
                found = replace(found, content_sha=content_sha(found))
        except SourceError as problem:
            found = problem
        yield found


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
        uri = f"{_FILE}#{_short_sha(self._data)}/{self._name}"
        yield from read_data(self._data, PurePath(self._name).suffix.lower(), uri, self._name, max_bytes)


def _checksum(fields: Mapping[str, object]) -> str:
    return _short_sha(json.dumps(fields, sort_keys=True, default=str).encode())


def _short_sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


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
