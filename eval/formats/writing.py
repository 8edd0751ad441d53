"""Files that are whole or not there: written beside their place, then moved into it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from ..cases import dump_cases
from ..errors import CasesError, EvalError
from .imported import Imported

CASES, ARTICLES = "cases.jsonl", "articles.jsonl"


def write_imported(imported: Imported, folder: str | Path, *, overwrite: bool = False) -> tuple[Path, Path | None]:
    """Write ``cases.jsonl`` and, where there are articles, ``articles.jsonl``; returns their paths.

    Raises CasesError when one of them is there already and not empty, unless ``overwrite`` is told, and EvalError
    when they cannot be written.
    """
    folder = Path(folder)
    cases = folder / CASES
    articles = folder / ARTICLES if imported.articles else None
    for path in filter(None, (articles, cases)):
        if not overwrite and path.exists() and path.stat().st_size:
            raise CasesError(f"{path}: is there already; give another folder, or say that it may be overwritten")
    if articles:
        write_text(articles, (json.dumps(article, ensure_ascii=False) + "\n" for article in imported.articles))
    write_text(cases, [dump_cases(imported.cases)])
    return cases, articles


def write_text(path: Path, parts: Iterable[str]) -> None:
    """Write a file in UTF-8, making its folder; on failure what was there before stays. Raises EvalError."""
    work = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Half of a surrogate pair, which JSON may hold, cannot be written as UTF-8.
        with work.open("w", encoding="utf-8", errors="replace", newline="") as stream:
            stream.writelines(parts)
            stream.flush()
            os.fsync(stream.fileno())
        work.replace(path)
    except OSError as error:
        raise EvalError(f"{path}: cannot be written ({error.strerror or error}); check the folder") from None
    finally:
        with suppress(OSError):
            work.unlink(missing_ok=True)
