"""Files to articles. Bad content never raises: it comes out as a SourceError beside the articles that are good.

    for found in discover(["articles/"]):
        if isinstance(found, Path):
            for article in read_path(found): ...

``discovery`` finds the files, ``files`` turns bytes into text, ``fields`` named fields into a head.
Files of records, JSON (``records``) and CSV (``tables``), are read here by the standard library's parsers, in time in
proportion to the input: they may be of any length. Everything else, long texts and markup in records too, has a module
for its kind (``parsers`` lists them), which runs on the bytes in a limited child process (``sandbox``).
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from ..errors import SourceError
from ..schema import Article
from . import sandbox
from .archives import Member
from .discovery import ARCHIVES, SUFFIXES, discover, kinds, wrong_kind
from .feeds import FeedContents
from .files import open_file, read_bytes, unreadable
from .parsers import PARSERS
from .records import read_json, read_json_lines
from .tables import read_table

__all__ = ["SUFFIXES", "discover", "feed_contents", "kinds", "read_data", "read_path"]

Found = Article | SourceError

_RECORDS: dict[str, Callable[[BinaryIO, str, str, int], Iterator[Found]]] = {
    ".json": read_json,
    ".jsonl": read_json_lines,
    ".ndjson": read_json_lines,
    ".csv": read_table,
    ".tsv": read_table,
}
_LARGEST_ARCHIVE = 10  # articles of the largest size


def read_path(path: Path, max_bytes: int = 10_000_000) -> Iterator[Found]:
    """Yield the articles of a file, and a SourceError for the file or each part of it that cannot be read.

    ``max_bytes`` limits one article; a JSON Lines file may be of any length, as it is read line by line.
    """
    where = str(path)
    try:
        with open_file(path) as stream:
            yield from _read(stream, path.suffix.lower(), str(path.resolve()), where, max_bytes)
    except OSError as problem:
        yield unreadable(path, problem)
    except SourceError as problem:
        yield problem


def read_data(data: bytes, suffix: str, uri: str, where: str = "", max_bytes: int = 10_000_000) -> Iterator[Found]:
    """Yield what ``read_path`` would of a file of that suffix (".html") which holds ``data``.

    ``uri`` stands for its path; ``where`` is its name in messages, the uri unless given.
    """
    yield from _read(io.BytesIO(data), suffix, uri, where or uri, max_bytes)


def feed_contents(data: bytes, where: str) -> FeedContents:
    """Return what an RSS or Atom feed holds, parsed in the child process. Raises SourceError when it is none."""
    found = next(sandbox.parse("feed", data, "", where))
    if isinstance(found, FeedContents):
        return found
    raise found if isinstance(found, SourceError) else SourceError(where, "gave no feed", "fetch it again later")


def _read(stream: BinaryIO, suffix: str, uri: str, where: str, max_bytes: int) -> Iterator[Found]:
    try:
        if suffix in _RECORDS:
            yield from _RECORDS[suffix](stream, where, uri, max_bytes)
        elif suffix in ARCHIVES:
            yield from _members(_bytes_of(stream, where, max_bytes * _LARGEST_ARCHIVE), uri, where, max_bytes)
        elif suffix in PARSERS:
            for found in sandbox.parse(suffix, _bytes_of(stream, where, max_bytes), uri, where):
                if isinstance(found, Found):
                    yield found
        else:
            yield wrong_kind(where)
    except SourceError as problem:
        yield problem
    except RecursionError:
        yield SourceError(where, "is nested too deeply", "save its text as .txt")


def _bytes_of(stream: BinaryIO, where: str, limit: int) -> bytes:
    data = read_bytes(stream, where, limit, "divide it, or raise the setting max_article_mb")
    if not data.strip(b" \t\r\n\xef\xbb\xbf"):
        raise SourceError(where, "holds no text", "remove it, or put an article into it")
    return data


def _members(data: bytes, uri: str, where: str, max_bytes: int) -> Iterator[Found]:
    """Yield the articles of an archive's files, each of which has the memory and time of a file of its own."""
    is_empty = True
    for found in sandbox.parse(".zip", data, uri, where):
        if isinstance(found, SourceError):
            is_empty = False
            yield found
        elif isinstance(found, Member):
            inner, suffix = f"{where}#{found.name}", PurePosixPath(found.name).suffix.lower()
            if suffix in ARCHIVES:
                is_empty = False
                yield SourceError(inner, "is an archive in an archive", "unpack it yourself and give the files")
            elif suffix in SUFFIXES:
                is_empty = False
                yield from read_data(found.data, suffix, f"{uri}#{found.name}", inner, max_bytes)
    if is_empty:
        yield SourceError(where, "holds no article files", "put files of articles into it")
