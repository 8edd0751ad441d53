"""Reports as files: the kind goes by the end of the name."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from ..comparison import Comparison
from ..errors import EvalError
from ..files import write_text
from ..gate import Floors
from ..results import EvalResult
from .html import html_report
from .markdown import markdown_report


class Report(Protocol):
    """What makes the text of a report. ``html_report`` says what the parameters mean."""

    def __call__(
        self,
        results: Sequence[EvalResult],
        *,
        floors: Floors | None = None,
        violations: Sequence[str] = (),
        comparisons: Sequence[Comparison] = (),
    ) -> str: ...


def json_report(
    results: Sequence[EvalResult],
    *,
    floors: Floors | None = None,
    violations: Sequence[str] = (),
    comparisons: Sequence[Comparison] = (),
) -> str:
    """All that was measured. A single run is the object of its own; several are ``runs``, with ``comparisons``."""
    plain = [result.to_dict() for result in results]
    told = (
        plain[0]
        if len(plain) == 1
        else {"runs": plain, "comparisons": [comparison.to_dict() for comparison in comparisons]}
    )
    if floors:
        told = {**told, "floors": dict(floors.floors), "violations": list(violations)}
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


_REPORTS: dict[str, Report] = {
    ".html": html_report,
    ".htm": html_report,
    ".md": markdown_report,
    ".markdown": markdown_report,
    ".json": json_report,
}


def report_for(path: Path) -> Report:
    """What makes the report that the end of a name asks for. Raises EvalError."""
    try:
        return _REPORTS[path.suffix.lower()]
    except KeyError:
        raise EvalError(f"{path}: is no kind of report; end the name in .html, .md or .json") from None


def write(path: Path, text: str) -> None:
    """Write a report, whole or not at all. Raises EvalError."""
    write_text(path, [text], errors="backslashreplace")
