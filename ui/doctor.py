"""What ``nutgraf doctor`` looks at. Nothing here touches the network; the embedding model is really run once."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Literal

from index.errors import NutgrafError, StoreMissingError
from index.settings import IndexSettings, load_settings

State = Literal["ok", "optional", "missing"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: what was found, and what to type when it is not as it should be.

    ``missing`` stops Nutgraf or a part of it that was asked for; ``optional`` does not.
    """

    what: str
    state: State
    found: str
    to_do: str = ""


def examine(store: Path | None = None) -> list[Check]:
    """Look at everything, in the order in which one thing needs another."""
    checks = [Check("Python", "ok", platform.python_version()), *_packages()]
    if not any(check.state == "missing" for check in checks):  # the rest runs on these packages
        checks += [_model(), _engine(), _reader(), _database(), _store(store), _llm()]
    return checks


def _packages() -> Iterator[Check]:
    """Nutgraf, what it requires, and the packages of LLM providers and of MCP, with their versions."""
    try:
        yield Check("nutgraf", "ok", version("nutgraf"))
    except PackageNotFoundError:
        yield Check("nutgraf", "missing", "not installed", "pip install -e .")
        return
    for line in requires("nutgraf") or []:
        requirement, _, marker = (part.strip() for part in line.partition(";"))
        extra = re.search(r"extra == ['\"](.+?)['\"]", marker)
        if extra is None:
            yield _package(requirement, "missing", f"pip install '{requirement}'")
        elif requirement.startswith("langchain-") and extra[1] != "test":
            yield _package(requirement, "optional", f"for {extra[1]} models: pip install '{requirement}'")
        elif extra[1] == "mcp":
            yield _package(requirement, "optional", f"for nutgraf mcp: pip install '{requirement}'")


def _package(requirement: str, otherwise: State, to_do: str) -> Check:
    from packaging.requirements import Requirement

    wanted = Requirement(requirement)
    try:
        installed = version(wanted.name)
    except PackageNotFoundError:
        return Check(wanted.name, otherwise, "not installed", to_do)
    if installed not in wanted.specifier:
        return Check(wanted.name, otherwise, f"{installed}, needed is {wanted.specifier}", to_do)
    return Check(wanted.name, "ok", installed)


def _model() -> Check:
    from index.model import DEFAULT_MODEL, check_embedded_model, embedded_model_dir

    try:
        folder = embedded_model_dir()
        check_embedded_model(folder)
    except NutgrafError as error:
        return _told("embedding model", error)
    return Check("embedding model", "ok", f"{DEFAULT_MODEL}, checksums as published, in {folder}")


def _engine() -> Check:
    """Runs the default model."""
    from index.encoder import Encoder

    try:
        encoder = Encoder()
        (vector,) = encoder.encode(["Is the engine running?"])
    except (
        NutgrafError,
        ImportError,
        RuntimeError,
    ) as error:  # the last two: OpenVINO on a foreign system
        return _told("engine", error)
    return Check("engine", "ok", f"{encoder.engine.description}; gives {len(vector)} dimensions")


def _reader() -> Check:
    """Runs the reader that ships with the package. Without its weights Nutgraf works, but less well: no fault."""
    from index.crossencoder import CrossEncoder, has_weights

    try:
        encoder = CrossEncoder()
        encoder.read("Is the reader running?", ["The reader is running."])
    except (NutgrafError, ImportError, RuntimeError) as error:
        told = _told("reader", error)
        found = f"{told.found}; answers are chosen by sentence scoring, search is not reranked"
        return replace(told, state="missing" if has_weights() else "optional", found=found)
    return Check("reader", "ok", f"{encoder.description}; finds short answers, reranks search")


def _database() -> Check:
    import apsw

    found = f"SQLite {apsw.sqlite_lib_version()}"
    if "ENABLE_FTS5" not in apsw.compile_options:
        return Check("database", "missing", f"{found} without FTS5", "pip install --force-reinstall apsw")
    return Check("database", "ok", f"{found} with FTS5")


def _store(store: Path | None) -> Check:
    from index.verify import store_status

    try:
        status = store_status(store)
    except StoreMissingError:
        folder = load_settings(IndexSettings, "index", store=store).store
        return Check("store", "optional", f"none at {folder}", f"nutgraf index PATH... --store {folder}")
    except NutgrafError as error:
        return _told("store", error)
    found = f"{status.store}: {status.articles} articles, {status.chunks} chunks, made with {status.model}"
    return Check("store", "ok", found)


def _llm() -> Check:
    from rag.llm import make_model
    from rag.settings import RagSettings

    try:
        settings = load_settings(RagSettings, "rag")
        if not settings.llm:
            return Check("LLM", "optional", "none: answers are quoted sentences", "export NUTGRAF_LLM=PROVIDER:MODEL")
        make_model(settings)
    except NutgrafError as error:
        return _told("LLM", error)
    return Check("LLM", "ok", f"{settings.llm} (set up; not asked)")


def _told(what: str, error: Exception) -> Check:
    """A check that failed; a message of ours ends with what to do."""
    found, _, to_do = str(error).rpartition("; ")
    return Check(what, "missing", found or to_do, to_do if found else "")
