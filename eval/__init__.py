"""Questions with known answers, put to a system; what comes out is measured, compared and held against floors.

    from eval.cases import load_cases
    from eval.run import run_eval
    result = run_eval("store", load_cases("questions.jsonl"))
    print(result.overall["answered_right"])

Write ``from eval.x import y``: ``import eval`` would hide the built-in of that name. README.md beside this file is the
manual.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .cases import Case, Evidence, default_cases, dump_cases, load_cases, seeds_folder
    from .comparison import Comparison, compare
    from .errors import CasesError, EvalError, FloorsError
    from .gate import Floors, check, load_floors
    from .judge import CaseResult, Ranking
    from .results import EvalResult
    from .run import load_result, run_eval
    from .schema import Cited, Description, Found, Question, Response, Statement, System
    from .systems import as_system, open_system

_HOME = {
    "cases": ("Case", "Evidence", "default_cases", "dump_cases", "load_cases", "seeds_folder"),
    "comparison": ("Comparison", "compare"),
    "errors": ("CasesError", "EvalError", "FloorsError"),
    "gate": ("Floors", "check", "load_floors"),
    "judge": ("CaseResult", "Ranking"),
    "results": ("EvalResult",),
    "run": ("load_result", "run_eval"),
    "schema": ("Cited", "Description", "Found", "Question", "Response", "Statement", "System"),
    "systems": ("as_system", "open_system"),
}
_MODULE = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "Case",
    "CaseResult",
    "CasesError",
    "Cited",
    "Comparison",
    "Description",
    "EvalError",
    "EvalResult",
    "Evidence",
    "Floors",
    "FloorsError",
    "Found",
    "Question",
    "Ranking",
    "Response",
    "Statement",
    "System",
    "as_system",
    "check",
    "compare",
    "default_cases",
    "dump_cases",
    "load_cases",
    "load_floors",
    "load_result",
    "open_system",
    "run_eval",
    "seeds_folder",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name not in _MODULE:
        raise AttributeError(f"module 'eval' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"eval.{_MODULE[name]}"), name)
