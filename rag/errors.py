"""Every error that ``rag`` adds to those of ``index`` (index/errors.py holds the root of the tree).

NutgrafError
└── AnswerError
    ├── LlmSetupError  the language model asked for cannot be set up (package, name or key is missing)
    └── LlmCallError   the language model was asked and did not answer
"""

from __future__ import annotations

from index.errors import NutgrafError


class AnswerError(NutgrafError):
    """An answer could not be made."""


class LlmSetupError(AnswerError):
    """The language model asked for cannot be set up."""


class LlmCallError(AnswerError):
    """The language model was asked and did not answer."""
