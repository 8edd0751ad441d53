"""From a name or an object to a ``System``."""

from __future__ import annotations

import hashlib
import importlib
import inspect
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from ..errors import EvalError
from ..schema import Corpus, System
from .corpus import IndexCorpus
from .function import FunctionSystem
from .http import TIMEOUT_S, HttpSystem
from .langchain import LangChainSystem
from .nutgraf import NutgrafSystem, open_nutgraf


def open_system(
    spec: str = "nutgraf",
    *,
    store: str | Path | None = None,
    articles: str | Path | None = None,
    settings: Mapping[str, str] | None = None,
    llm: Any = None,
    corpus: Corpus | None = None,
    headers: Sequence[str] = (),
    timeout: float = TIMEOUT_S,
) -> System:
    """The system of that name; close it when it is done with.

    "nutgraf" answers from ``store``, or from a store made of ``articles`` and deleted at the end, or from the store of
    the settings. ``settings`` are by name ("rag.k", "index.chunk_tokens"), ``llm`` is "provider:model" or a
    LangChain chat model.

    "module:name" is an object that ``as_system`` takes, in an installed module or one in the current folder. A class
    and a function without parameters are called first and make it. "http://..." is an endpoint (see ``HttpSystem``),
    to which ``headers`` and ``timeout`` apply. ``corpus`` holds the articles of such a system.

    Raises EvalError for a name that names nothing or does not fit the other arguments, and what opening raises.
    """
    if spec == "nutgraf":
        if corpus is not None or headers:
            raise EvalError(
                "a corpus and headers are for other systems: nutgraf shows its own articles; leave them out"
            )
        return open_nutgraf(store, articles, settings or {}, llm)
    if store is not None or articles is not None or settings or llm is not None:
        raise EvalError(f"{spec}: a store, articles, settings and an LLM are for nutgraf; leave them out")
    if spec.partition("://")[0] in ("http", "https"):
        return HttpSystem(spec, "", corpus, headers, timeout)
    if headers:
        raise EvalError(f"{spec}: headers are for an endpoint (http://...); leave them out")
    found, origin = _load(spec)
    if not _is_factory(found, spec):
        return as_system(found, name=spec, corpus=corpus, settings=origin)
    made = found()
    system = as_system(made, name=spec, corpus=corpus, settings=origin)
    if system is not made and callable(close := getattr(made, "close", None)):
        cast("NutgrafSystem | FunctionSystem | LangChainSystem", system).closing.callback(close)
    return system


def as_system(
    thing: object, *, name: str = "", corpus: Corpus | None = None, settings: Mapping[str, str] | None = None
) -> System:
    """A system that asks ``thing``.

    That may be a ``System`` (given back as it is), a ``rag.Assistant``, the path of a store, a LangChain retriever,
    chain or agent, a function from a question to an answer (see ``FunctionSystem``), or an object whose ``ask`` is one.
    Closing it closes a store that was opened here, never the ``thing``. ``name`` and ``settings`` are what reports tell
    of it. Raises EvalError for anything else.
    """
    from index import Index
    from rag import Assistant

    if isinstance(thing, str | Path):
        return open_nutgraf(thing, None, {}, None)
    if isinstance(thing, Assistant):
        return NutgrafSystem(thing, name or "nutgraf")
    if all(hasattr(thing, member) for member in ("name", "corpus", "ask", "describe", "close")):
        return cast("System", thing)
    name = name or _name_of(thing)
    told = settings or {}
    if not isinstance(thing, type):
        if hasattr(thing, "invoke"):
            return LangChainSystem(thing, name, corpus, told)
        if corpus is None and isinstance(index := getattr(thing, "index", None), Index):
            corpus = IndexCorpus(index)
        ask = getattr(thing, "ask", thing)
        if callable(ask):
            return FunctionSystem(ask, name, corpus, told)
    raise EvalError(
        f"{name}: is {type(thing).__name__!r}; give a function from a question to an answer, something with 'invoke' "
        "or 'ask', or the path of a store"
    )


def _load(spec: str) -> tuple[Any, dict[str, str]]:
    """The object that "module:name" names, and what can be told of its origin. Raises EvalError."""
    module_name, separator, attribute = spec.partition(":")
    if not (separator and attribute and all(part.isidentifier() for part in module_name.split("."))):
        raise EvalError(f"{spec!r}: is no system; give nutgraf, module:name, or http://HOST/PATH")
    here = str(Path.cwd())
    if here not in sys.path:  # as `python -m` has it, and for good: the module may import its neighbours later
        sys.path.insert(0, here)
    importlib.invalidate_caches()
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is None or not (module_name + ".").startswith(error.name + "."):
            raise  # something that the module itself lacks
        raise EvalError(f"{spec}: there is no module {error.name!r} here or installed; go to its folder") from None
    found: Any = module
    for part in attribute.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            raise EvalError(f"{spec}: {module_name} has no {attribute!r}; correct the name") from None
    origin = {"system": spec}
    if source := getattr(module, "__file__", None):
        origin["source_sha256"] = hashlib.sha256(Path(source).read_bytes()).hexdigest()
    return found, origin


def _is_factory(found: object, spec: str) -> bool:
    """A class, or a function that takes nothing. Raises EvalError for a class that needs arguments."""
    if not (inspect.isclass(found) or inspect.isroutine(found)):
        return False
    try:
        signature = inspect.signature(found)
    except (TypeError, ValueError):  # written in C: it does not say
        return inspect.isclass(found)
    if not inspect.isclass(found):
        return not signature.parameters
    try:
        signature.bind()
    except TypeError as error:
        raise EvalError(f"{spec}: {error}; give a function without parameters that makes one") from None
    return True


def _name_of(thing: object) -> str:
    named = thing if hasattr(thing, "__qualname__") else type(thing)
    return f"{getattr(named, '__module__', 'builtins')}:{named.__qualname__}"
