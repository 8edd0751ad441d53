"""Every error that ``eval`` adds to those of ``index`` (index/errors.py holds the root of the tree).

NutgrafError
└── EvalError
    ├── CasesError   a file of questions has a line that cannot be used
    └── FloorsError  the floors cannot be read or written, or would be lowered without a reason
"""

from __future__ import annotations

from index.errors import NutgrafError


class EvalError(NutgrafError):
    """An evaluation could not be made or kept."""


class CasesError(EvalError):
    """A file of questions has a line that cannot be used; the message begins with ``file:line``."""


class FloorsError(EvalError):
    """The floors cannot be read or written, or would be lowered without a reason."""
