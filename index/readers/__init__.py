"""Files to articles. Bad content never raises: it comes out as a SourceError beside the articles that are good.

    for found in discover(["articles/"]):
        if isinstance(found, Path):
            for article in read_path(found): ...

One module for each kind of file: ``plain``, ``markdown``, ``html``, ``records`` (JSON). They share ``files`` (bytes to
text) and ``fields`` (named fields to title, date, source, authors).
"""

from __future__ import annotations

import stat
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from ..article import content_sha
from ..errors import SourceError
from ..schema import Article
from .feeds import FeedContents, parse_feed
from .files import decode, open_file, read_bytes
from .html import parse_html
from .markdown import parse_markdown
from .plain import parse_plain
from .records import read_json, read_json_lines

_ONE_ARTICLE: dict[str, Callable[[str, str, str], Article]] = {
    ".txt": parse_plain,
    ".md": parse_markdown,
    ".markdown": parse_markdown,
    ".html": parse_html,
    ".htm": parse_html,
}
_MANY_ARTICLES = {".json": read_json, ".jsonl": read_json_lines, ".ndjson": read_json_lines}
SUFFIXES: frozenset[str] = frozenset({*_ONE_ARTICLE, *_MANY_ARTICLES})

_MANIFEST = "manifest.json"  # describes the files beside it
_STORE = "corpus.db"  # a folder that holds one is a store, not articles


def discover(paths: Sequence[Path | str]) -> Iterator[Path | SourceError]:
    """Yield the files that ``paths`` name, folders searched to the bottom in sorted order; each file once.

    In folders, hidden files and folders, stores, files of other kinds, MANIFEST.json, and links that lead out of the
    folder are passed over. A SourceError stands for a path that is missing, cannot be read, is of another kind or holds
    no article files.
    """
    seen: set[Path] = set()
    for path in map(Path, paths):
        for found in _files(path):
            if isinstance(found, SourceError):
                yield found
            elif (resolved := found.resolve()) not in seen:
                seen.add(resolved)
                yield (
                    found if _is_text(resolved) else SourceError(str(found), "has a name that is not text", "rename it")
                )


def read_path(path: Path, max_bytes: int = 10_000_000) -> Iterator[Article | SourceError]:
    """Yield the articles of a file, and a SourceError for the file or each record that cannot be read.

    ``max_bytes`` limits one article; a JSON Lines file may be of any length, as it is read line by line.
    """
    where = str(path)
    suffix = path.suffix.lower()
    try:
        with open_file(path) as stream:
            if suffix in _MANY_ARTICLES:
                yield from _MANY_ARTICLES[suffix](stream, path, max_bytes)
            elif suffix in _ONE_ARTICLE:
                data = read_bytes(stream, where, max_bytes, "divide it, or raise the setting max_article_mb")
                text = decode(data, where, is_html=suffix in (".html", ".htm"))
                yield _ONE_ARTICLE[suffix](text, str(path.resolve()), where)
            else:
                yield _wrong_kind(path)
    except SourceError as problem:
        yield problem
    except OSError as problem:
        yield _unreadable(path, problem)
    except RecursionError:
        yield SourceError(where, "is nested too deeply", "save its text as .txt")


def read_data(
    data: bytes, suffix: str, uri: str, where: str = "", max_bytes: int = 10_000_000
) -> Iterator[Article | SourceError]:
    """Yield what ``read_path`` would of a file of that suffix (".html") which holds ``data``.

    ``uri`` stands for its path; ``where`` is its name in messages, the uri unless given.
    """
    with tempfile.TemporaryDirectory(prefix="nutgraf-") as folder:
        path = Path(folder).resolve() / f"data{suffix}"
        path.write_bytes(data)
        for found in read_path(path, max_bytes):
            if isinstance(found, SourceError):
                yield SourceError(found.where.replace(str(path), where or uri), found.what, found.hint)
            else:
                moved = replace(found, uri=found.uri.replace(str(path), uri))
                yield replace(moved, content_sha=content_sha(moved))


def feed_contents(data: bytes, where: str) -> FeedContents:
    """Return what an RSS or Atom feed holds. Raises SourceError when it is none."""
    return parse_feed(data, where)


def _files(path: Path) -> Iterator[Path | SourceError]:
    try:
        is_folder = stat.S_ISDIR(path.stat().st_mode)
    except FileNotFoundError:
        yield SourceError(str(path), "there is no such file or folder", "check the path")
    except (OSError, ValueError) as problem:
        yield _unreadable(path, problem)
    else:
        if is_folder:
            yield from _files_in(path)
        else:
            yield path if path.suffix.lower() in SUFFIXES else _wrong_kind(path)


def _files_in(folder: Path) -> Iterator[Path | SourceError]:
    root = folder.resolve()
    pending = [folder]
    is_empty = True
    while pending:
        path = pending.pop()
        if path is folder or (path.is_dir() and not path.is_symlink()):
            try:
                children = sorted(path.iterdir(), reverse=True)
                if not any(child.name == _STORE for child in children):
                    pending.extend(child for child in children if _is_inside(child, root))
            except OSError as problem:
                is_empty = False
                yield _unreadable(path, problem)
        elif path.suffix.lower() in SUFFIXES and path.name.lower() != _MANIFEST:
            is_empty = False
            yield path
    if is_empty:
        yield SourceError(str(folder), "holds no article files", f"put {_kinds()} files into it")


def _is_inside(child: Path, root: Path) -> bool:
    """Say whether ``child`` is neither hidden nor a link out of ``root`` or to a folder."""
    if child.name.startswith("."):
        return False
    if not child.is_symlink():
        return True
    try:
        target = child.resolve()
    except (OSError, RuntimeError):  # a link to itself
        return False
    return target.is_file() and target.is_relative_to(root)


def _is_text(path: Path) -> bool:
    """Say whether the name of ``path`` can be stored: on Linux it may hold bytes that are not UTF-8."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def _wrong_kind(path: Path) -> SourceError:
    return SourceError(str(path), "is of a kind that is not read", f"give {_kinds()} files, or folders with them")


def _unreadable(path: Path, problem: OSError | ValueError) -> SourceError:
    reason = (problem.strerror if isinstance(problem, OSError) else None) or str(problem)
    return SourceError(str(path), f"cannot be read ({reason})", "check the path and its permissions")


def _kinds() -> str:
    return " ".join(sorted(SUFFIXES))
