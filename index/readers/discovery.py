"""Which files the paths name that a person gives."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..errors import SourceError
from .files import unreadable

ARCHIVES: frozenset[str] = frozenset({".zip"})
SUFFIXES: frozenset[str] = frozenset(
    """
    .txt .md .markdown .html .htm .xhtml .mhtml .mht .pdf .docx .eml .rss .atom .xml .json .jsonl .ndjson .csv .tsv .zip
    """.split()
)

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


def _files(path: Path) -> Iterator[Path | SourceError]:
    try:
        is_folder = stat.S_ISDIR(path.stat().st_mode)
    except FileNotFoundError:
        yield SourceError(str(path), "there is no such file or folder", "check the path")
    except (OSError, ValueError) as problem:
        yield unreadable(path, problem)
    else:
        if is_folder:
            yield from _files_in(path)
        else:
            yield path if path.suffix.lower() in SUFFIXES else wrong_kind(str(path))


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
                yield unreadable(path, problem)
        elif path.suffix.lower() in SUFFIXES and path.name.lower() != _MANIFEST:
            is_empty = False
            yield path
    if is_empty:
        yield SourceError(str(folder), "holds no article files", f"put {kinds()} files into it")


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


def wrong_kind(where: str) -> SourceError:
    return SourceError(where, "is of a kind that is not read", f"give {kinds()} files, or folders with them")


def kinds() -> str:
    """The suffixes of all kinds of files that are read, in one line."""
    return " ".join(sorted(SUFFIXES))
