"""LangChain retrievers, chains, agents and graphs: all that has ``invoke``.

What a chain keeps to itself is heard through LangChain's callbacks: the documents that its retrievers gave, and the
tokens of its models. So a chain that ends in a text is measured like one that gives its documents with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import chain
from typing import Any
from uuid import UUID

from ..errors import EvalError
from ..schema import Corpus, Question, Response
from .adapter import Adapter
from .replies import to_response

_QUESTION = ("question", "input", "query")
_HISTORY = ("chat_history", "history")


class LangChainSystem(Adapter):
    """Something with ``invoke``. It gets the text of the question, or a dict when its input schema names fields.

    The question goes into ``question``, ``input``, ``query``, an agent's ``messages``, or else the only field. Earlier
    turns go into ``chat_history`` or ``history`` as messages, as text where the schema says so; ``as_of`` gets the day
    as YYYY-MM-DD, or "".
    """

    packages = ("langchain-core", "langchain", "langchain-classic", "langchain-community", "langgraph")

    def __init__(self, runnable: Any, name: str, corpus: Corpus | None, settings: Mapping[str, str]) -> None:
        kind = type(runnable)
        super().__init__(name, corpus, {**settings, "class": f"{kind.__module__}.{kind.__qualname__}"})
        self._runnable = runnable
        self._fields = _fields(runnable)
        self._slot = _slot(self._fields, name)

    def call(self, question: Question) -> object:
        heard = Heard()
        given = self._input(question)
        if is_runnable(self._runnable):
            value = self._runnable.invoke(given, config={"callbacks": [_listener(heard)]})
        else:
            value = self._runnable.invoke(given)
        return _Run(value, heard)

    def read(self, value: object) -> Response:
        assert isinstance(value, _Run)  # noqa: S101 - made by call
        response = to_response(value.value, self.corpus, value.heard.documents)
        tokens_in, tokens_out = value.heard.tokens
        if tokens_in is None:
            return response
        return replace(response, tokens_in=tokens_in, tokens_out=tokens_out)

    def _input(self, question: Question) -> object:
        if not self._slot:
            return question.text
        given: dict[str, object] = {self._slot: question.text}
        if self._slot == "messages":
            given = {"messages": [*_messages(question), {"role": "user", "content": question.text}]}
        for name in self._fields.keys() & set(_HISTORY):
            as_text = self._fields[name].get("type") == "string"
            given[name] = _transcript(question) if as_text else _messages(question)
        if "as_of" in self._fields:
            given["as_of"] = question.as_of.isoformat() if question.as_of else ""
        return given


def is_runnable(value: object) -> bool:
    """Whether it is one of LangChain's own, known by name so that nothing is imported for something else."""
    return any(
        cls.__module__.startswith("langchain_core.") and cls.__name__ == "Runnable" for cls in type(value).__mro__
    )


# -- what goes in


def _fields(runnable: Any) -> dict[str, dict[str, Any]]:
    """The fields of the input by name, with their JSON schemas; empty when it takes a text, or does not say."""
    schema_of = getattr(runnable, "get_input_jsonschema", None)
    if schema_of is None:
        return {}
    try:
        schema = schema_of()
    except (RuntimeError, NameError, TypeError):  # pydantic's: types that have no schema
        return {}
    if reference := schema.get("$ref"):
        schema = schema.get("$defs", {}).get(reference.rpartition("/")[2], {})
    fields: dict[str, dict[str, Any]] = schema.get("properties") or {}
    return fields if schema.get("type") == "object" else {}


def _slot(fields: Mapping[str, object], name: str) -> str:
    """The field that the question goes into, "" for a text. Raises EvalError when none is known."""
    if not fields:
        return ""
    others = [one for one in fields if one not in (*_HISTORY, "as_of")]
    for known in (*_QUESTION, "messages", *others[: len(others) == 1]):
        if known in fields:
            return known
    raise EvalError(f"{name}: takes {', '.join(fields)}; name the field of the question {' or '.join(_QUESTION)}")


def _messages(question: Question) -> list[dict[str, str]]:
    roles = ("user", "assistant")
    return [
        {"role": role, "content": said} for turn in question.history for role, said in zip(roles, turn, strict=True)
    ]


def _transcript(question: Question) -> str:
    return "\n".join(f"Human: {asked}\nAI: {answer}" for asked, answer in question.history)


# -- what is heard


@dataclass
class Heard:
    """What the callbacks told of one question: searches in the order in which they began, tokens call by call."""

    parents: dict[UUID, UUID | None] = field(default_factory=dict)
    searches: dict[UUID, Sequence[Any]] = field(default_factory=dict)
    usages: list[tuple[int, int]] = field(default_factory=list)

    @property
    def documents(self) -> list[Any]:
        """The documents of all searches, each once; a search within a search (of an ensemble) is its own business."""
        outer = [found for run, found in self.searches.items() if not self._within_search(run)]
        unique: dict[tuple[str, str], Any] = {}
        for document in chain.from_iterable(outer):
            unique.setdefault((document.page_content, repr(document.metadata)), document)
        return list(unique.values())

    @property
    def tokens(self) -> tuple[int, int] | tuple[None, None]:
        if not self.usages:
            return None, None
        return sum(read for read, _ in self.usages), sum(written for _, written in self.usages)

    def _within_search(self, run: UUID) -> bool:
        parent = self.parents.get(run)
        while parent is not None and parent not in self.searches:
            parent = self.parents.get(parent)
        return parent is not None


@dataclass
class _Run:
    """What an ``invoke`` gave, and what was heard of it."""

    value: object
    heard: Heard


def _listener(heard: Heard) -> object:
    return _listener_class()(heard)


@cache
def _listener_class() -> Any:
    from langchain_core.callbacks import BaseCallbackHandler

    class Listener(BaseCallbackHandler):
        """Notes what runs within what, what was found, and what tokens it took."""

        def __init__(self, heard: Heard) -> None:
            super().__init__()
            self.heard = heard

        def on_chain_start(
            self, serialized: Any, inputs: Any, *, run_id: UUID, parent_run_id: UUID | None = None, **rest: Any
        ) -> None:
            self.heard.parents[run_id] = parent_run_id

        def on_tool_start(
            self, serialized: Any, input_str: str, *, run_id: UUID, parent_run_id: UUID | None = None, **rest: Any
        ) -> None:
            self.heard.parents[run_id] = parent_run_id

        def on_retriever_start(
            self, serialized: Any, query: str, *, run_id: UUID, parent_run_id: UUID | None = None, **rest: Any
        ) -> None:
            self.heard.parents[run_id] = parent_run_id
            self.heard.searches[run_id] = ()

        def on_retriever_end(self, documents: Sequence[Any], *, run_id: UUID, **rest: Any) -> None:
            self.heard.searches[run_id] = documents

        def on_llm_end(self, response: Any, **rest: Any) -> None:
            for generations in response.generations:
                for generation in generations[:1]:
                    if usage := getattr(getattr(generation, "message", None), "usage_metadata", None):
                        self.heard.usages.append((usage["input_tokens"], usage["output_tokens"]))

    return Listener
