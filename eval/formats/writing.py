"""What was imported, as files."""

from __future__ import annotations

import json
from pathlib import Path

from ..cases import dump_cases
from ..errors import CasesError
from ..files import write_text
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
