"""Questions with known answers, put to a system; what comes out is measured and held against floors.

    from eval.cases import load_cases
    from eval.run import run_eval
    result = run_eval("store", load_cases("questions.jsonl"))
    print(result.overall["answered_right"])

Write ``from eval.x import y``: ``import eval`` would hide the built-in of that name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .cases import Case, Evidence, default_cases, load_cases, seeds_folder
    from .errors import CasesError, EvalError, FloorsError
    from .gate import Floors, check, load_floors
    from .results import CaseResult, EvalResult
    from .run import System, run_eval, seeds_assistant

_HOME = {
    "cases": ("Case", "Evidence", "default_cases", "load_cases", "seeds_folder"),
    "errors": ("CasesError", "EvalError", "FloorsError"),
    "gate": ("Floors", "check", "load_floors"),
    "results": ("CaseResult", "EvalResult"),
    "run": ("System", "run_eval", "seeds_assistant"),
}
_MODULE = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "Case",
    "CaseResult",
    "CasesError",
    "EvalError",
    "EvalResult",
    "Evidence",
    "Floors",
    "FloorsError",
    "System",
    "check",
    "default_cases",
    "load_cases",
    "load_floors",
    "run_eval",
    "seeds_assistant",
    "seeds_folder",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name not in _MODULE:
        raise AttributeError(f"module 'eval' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"eval.{_MODULE[name]}"), name)
