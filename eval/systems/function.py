"""Any function from a question to an answer."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import EvalError
from ..schema import Corpus, Question
from .adapter import Adapter


class FunctionSystem(Adapter):
    """A function that takes the text of the question, and gives what ``replies`` can read.

    Those of these keywords that its signature names are given too: ``history``, a list of earlier (question, answer)
    pairs, oldest first; ``as_of``, the day of the question as a date, or None; ``k``, how many passages are ranked.
    """

    def __init__(
        self, function: Callable[..., object], name: str, corpus: Corpus | None, settings: Mapping[str, str]
    ) -> None:
        super().__init__(name, corpus, settings)
        self._function = function
        self._keywords = _keywords(function, name)

    def call(self, question: Question) -> object:
        offered = {"history": list(question.history), "as_of": question.as_of, "k": question.depth}
        value = self._function(question.text, **{name: offered[name] for name in self._keywords})
        if inspect.iscoroutine(value):
            value.close()
            raise EvalError(_ASYNC.format(self.name))
        return value


_ASYNC = "{}: is async; give a plain function, such as one that calls it with asyncio.run"


def _keywords(function: Callable[..., Any], name: str) -> list[str]:
    """Which of the keywords a function names. Raises EvalError when it cannot be called so."""
    if inspect.iscoroutinefunction(function):
        raise EvalError(_ASYNC.format(name))
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # written in C: it does not say
        return []
    named = [
        parameter.name
        for place, parameter in enumerate(signature.parameters.values())
        if parameter.name in ("history", "as_of", "k")
        and (place > 0 or parameter.kind is parameter.KEYWORD_ONLY)
        and parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
    ]
    try:
        signature.bind("", **dict.fromkeys(named))
    except TypeError as error:
        raise EvalError(f"{name}: cannot be called with a question alone ({error}); give a function of one") from None
    return named
