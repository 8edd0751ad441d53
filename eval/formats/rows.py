"""Foreign files row by row: JSON Lines, a JSON list, a JSON object or CSV, gzipped or not, in UTF-8.

Each row knows its place (``file:line``, or ``file[item]`` in a JSON list, counted from 0), which every error names.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import math
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from ..errors import CasesError

_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Row:
    """The fields of one object, and where it stands. A field that is null, "" or NaN counts as not given."""

    where: str
    fields: dict[str, Any]

    def error(self, message: str) -> CasesError:
        """The error to raise about this row."""
        return CasesError(f"{self.where}: {message}")

    def get(self, *names: str) -> Any:
        """The first of the named fields that is given, else None."""
        return next((value for name in names if _is_given(value := self.fields.get(name))), None)

    def text(self, *names: str, default: str | None = None) -> str:
        """The first of the named fields that is given, a text. Without a ``default`` one has to be."""
        value = self.get(*names)
        if value is None and default is not None:
            return default
        if value is None:
            raise self.error(f"has no {' or '.join(map(repr, names))}; add one")
        if not isinstance(value, str) or not value.strip():
            raise self.error(f"{self._told(names)!r} must be a text that is not empty")
        return value

    def key(self, *names: str) -> str:
        """Like ``text``, for an id, which may be a whole number too."""
        value = self.get(*names)
        is_number = isinstance(value, int) and not isinstance(value, bool)
        return str(value) if is_number else self.text(*names).strip()

    def texts(self, *names: str) -> list[str]:
        """The first of the named fields that is given, a list of texts or one text; empty texts are left out."""
        value = self.get(*names)
        texts = [] if value is None else [value] if isinstance(value, str) else value
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise self.error(f"{self._told(names)!r} must be a text or a list of texts")
        return [text for text in texts if text.strip()]

    def rows(self, name: str) -> Iterator[Row]:
        """The objects of a list inside this one."""
        found = self.fields.get(name)
        if not isinstance(found, list):
            raise self.error(f"{name!r} must be a list")
        for number, value in enumerate(found):
            yield _row(f"{self.where}.{name}[{number}]", value)

    def _told(self, names: tuple[str, ...]) -> str:
        return next(name for name in names if _is_given(self.fields.get(name)))


def read_rows(path: Path) -> Iterator[Row]:
    """The objects of a file in order, JSON Lines line by line. Raises CasesError for what is not one."""
    with _opened(path) as stream:
        if path.name.lower().removesuffix(".gz").endswith(".csv"):
            yield from _csv_rows(stream, path)
        else:
            yield from _json_rows(stream, path)


def read_lines(path: Path) -> Iterator[tuple[str, str]]:
    """Place and text of each line that is not empty. Raises CasesError."""
    with _opened(path) as stream:
        for number, line in enumerate(stream, 1):
            where = f"{path}:{number}"
            if text := _decode(line, where).rstrip("\r\n"):
                yield where, text


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """The bytes of a file, unpacked; what goes wrong while they are read comes out as CasesError."""
    try:
        with path.open("rb") as packed:
            is_packed = packed.peek(2)[:2] == _GZIP
            # A GzipFile reads like any binary stream, but is not declared as one.
            yield cast(BinaryIO, gzip.GzipFile(fileobj=packed)) if is_packed else packed
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise CasesError(f"{path}: is a damaged gzip file ({error}); fetch it again") from None
    except OSError as error:
        raise CasesError(f"{path}: cannot be read ({error.strerror or error}); check the path") from None


def _json_rows(stream: BinaryIO, path: Path) -> Iterator[Row]:
    number, first = next(((n, line) for n, line in enumerate(stream, 1) if line.strip()), (1, b""))
    start = _decode(first, f"{path}:{number}")
    if start.lstrip()[:1] not in ("{", "["):
        raise CasesError(f"{path}: holds neither JSON nor JSON Lines; give such a file, or name a table .csv")
    if start.lstrip().startswith("{"):
        try:
            row = json.loads(start)
        except (ValueError, RecursionError):  # an object over many lines, or a bad one
            yield _row(str(path), _whole(start, stream, path, number))
            return
        yield _row(f"{path}:{number}", row)
        for line_number, line in enumerate(stream, number + 1):
            if line.strip():
                where = f"{path}:{line_number}"
                yield _row(where, _parsed(_decode(line, where), path, line_number))
        return
    for item, value in enumerate(_whole(start, stream, path, number)):
        yield _row(f"{path}[{item}]", value)


def _whole(start: str, stream: BinaryIO, path: Path, number: int) -> Any:
    """The value of a file that is read as a whole; ``start`` is its line ``number``."""
    return _parsed(start + _decode(stream.read(), str(path)), path, number)


def _parsed(text: str, path: Path, number: int) -> Any:
    """The JSON value of a text that begins on line ``number`` of the file."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        where = f"{path}:{number + error.lineno - 1}"
        raise CasesError(f"{where}: is not JSON ({error.msg} at column {error.colno}); correct the line") from None
    except (RecursionError, ValueError):  # brackets without end, or a number of thousands of digits
        raise CasesError(f"{path}:{number}: is JSON that nests too deeply or holds a huge number; correct it") from None


def _csv_rows(stream: BinaryIO, path: Path) -> Iterator[Row]:
    limit = csv.field_size_limit(2**31 - 1)  # a setting of the whole process: a context may well be longer
    try:
        table = list(_csv_cells(stream, path))
    finally:
        csv.field_size_limit(limit)
    header = table[0][1] if table else []
    if len(set(header)) < len(header):
        raise CasesError(f"{path}:1: names a column twice; give each another name")
    for line, cells in table[1:]:
        if len(cells) != len(header):
            raise CasesError(f"{path}:{line}: has {len(cells)} cells, the header {len(header)}; correct the row")
        yield Row(f"{path}:{line}", dict(zip(header, cells, strict=True)))


def _csv_cells(stream: BinaryIO, path: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, with the line on which each begins."""
    reader = csv.reader(io.StringIO(_decode(stream.read(), str(path)), newline=""), strict=True)
    line = 1
    try:
        for cells in reader:
            if cells:
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise CasesError(f"{path}:{line}: is not CSV ({error}); export the table again") from None


def _row(where: str, value: object) -> Row:
    if not isinstance(value, dict):
        raise CasesError(f"{where}: is not a JSON object; write {{...}} with named fields")
    return Row(where, value)


def _decode(data: bytes, where: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CasesError(f"{where}: is not UTF-8; save the file as UTF-8") from None


def _is_given(value: object) -> bool:
    return value not in (None, "") and not (isinstance(value, float) and math.isnan(value))
