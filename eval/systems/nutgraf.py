"""Nutgraf itself, with any settings."""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

from index.errors import SettingsError
from index.settings import IndexSettings, fingerprint, load_settings
from rag.schema import Answer, Citation
from rag.settings import RagSettings

from ..errors import EvalError
from ..schema import Cited, Corpus, Description, Found, Question, Response, Statement
from .corpus import IndexCorpus
from .versions import short_sum, versions
from .wording import without_markers

if TYPE_CHECKING:
    from index import Passage
    from rag import Assistant

logger = logging.getLogger(__name__)

_PACKAGES = (
    "faiss-cpu", "openvino", "sentence-transformers", "langchain-core", "langchain", "langchain-openai",
    "langchain-anthropic", "langchain-ollama", "numpy", "apsw", "sentencex",
)  # fmt: skip
_TABLES: dict[str, type] = {"rag": RagSettings, "index": IndexSettings}


class NutgrafSystem:
    """An ``Assistant`` as a ``System``. ``closing`` is closed with it, not the assistant itself."""

    def __init__(self, assistant: Assistant, name: str = "nutgraf") -> None:
        self.name = name
        self.assistant = assistant
        self.corpus = IndexCorpus(assistant.index)
        self.closing = ExitStack()

    def ask(self, question: Question) -> Response:
        """The answer, with as many passages as the rankings need. ``latency_ms`` is that of the answer alone."""
        began = time.perf_counter()
        answer = self.assistant.ask(question.text, history=question.history, as_of=question.as_of)
        latency_ms = (time.perf_counter() - began) * 1000
        response = from_answer(replace(answer, passages=self._ranking(question, answer.passages)), self.corpus)
        return replace(response, latency_ms=latency_ms)

    def _ranking(self, question: Question, seen: Sequence[Passage]) -> tuple[Passage, ...]:
        """What the answer was made from, and behind it what the same search finds beyond the setting ``k``."""
        from rag import Request

        if question.depth <= self.assistant.settings.k:
            return tuple(seen)
        steps = self.assistant.steps
        request = Request(question.text, question.history, as_of=question.as_of, k=question.depth)
        deeper = steps.retrieve(steps.understand(request)).passages
        known = {passage.id for passage in seen}
        return (*seen, *(passage for passage in deeper if passage.id not in known))[: question.depth]

    def describe(self) -> Description:
        store = self.assistant.index.store
        with store.reading() as connection:
            cut = [row[0] for row in connection.execute("SELECT DISTINCT chunked_by FROM article ORDER BY 1")]
        model, settings = store.model(), self.assistant.settings
        named = settings.llm or (type(self.assistant.steps.model).__name__ if self.assistant.steps.model else "")
        index: dict[str, object] = {
            "model": model.name,
            "model_sha": model.sha,
            "max_tokens": model.max_tokens,
            "chunks": cut,
            "rerank": self.assistant.index.rerank and self.assistant.index.crossencoder is not None,
        }
        return Description(
            settings={
                **{f"rag.{name}": value for name, value in {**asdict(settings), "llm": named}.items()},
                **{f"index.{name}": value for name, value in index.items()},
            },
            settings_fingerprint=fingerprint(settings),
            index_fingerprint=short_sum({name: value for name, value in index.items() if name != "model"}),
            corpus_sha256=self.corpus.sha256(),
            versions=versions(*_PACKAGES),
        )

    def close(self) -> None:
        self.closing.close()


def open_nutgraf(
    store: str | Path | None,
    articles: str | Path | None,
    settings: Mapping[str, str],
    llm: Any,
) -> NutgrafSystem:
    """Nutgraf on a store (default: that of the settings), or on a store made of ``articles`` and deleted when closed.

    ``llm`` is "provider:model", a LangChain chat model, or None. ``settings`` are by "rag.NAME" and "index.NAME"; those
    of the index need ``articles``, but for "index.rerank". Articles that cannot be read are logged. Raises
    SettingsError, EvalError, StoreError, NothingToIndexError, LlmSetupError.
    """
    from index import build_index
    from rag import Assistant

    given = _by_table(settings)
    if store is not None and articles is not None:
        raise EvalError("a store and articles are given; give one of them")
    if articles is None and (indexed_with := sorted(given["index"].keys() - {"rerank"})):
        raise EvalError(f"index.{indexed_with[0]} counts when articles are indexed; give articles instead of a store")
    answering = load_settings(RagSettings, "rag", **{**given["rag"], **({"llm": llm} if isinstance(llm, str) else {})})
    with ExitStack() as stack:
        if articles is not None:
            store = stack.enter_context(tempfile.TemporaryDirectory(prefix="nutgraf-eval-"))
        searching = load_settings(IndexSettings, "index", **{**given["index"], "store": store})
        if articles is not None:
            for problem in build_index(articles, settings=searching).problems:
                logger.warning("%s", problem)
        model = None if isinstance(llm, str) else llm
        opened = Assistant.open(store, settings=answering, llm=model, rerank=searching.rerank)
        system = NutgrafSystem(stack.enter_context(opened))
        system.closing = stack.pop_all()
        return system


def from_answer(answer: Answer, corpus: Corpus | None = None) -> Response:
    """The response that an answer is; ``why`` also tells of a language model that failed. Quotes are looked up."""
    texts = {uri: corpus.text(uri) for uri in {c.uri for c in answer.citations}} if corpus is not None else {}
    said = answer.outcome == "answered" and answer.claims
    return Response(
        answer.outcome,
        " ".join(claim.text for claim in answer.claims) if said else without_markers(answer.text),
        answer.short,
        statements=tuple(Statement(c.text, tuple(x.marker - 1 for x in c.citations)) for c in answer.claims),
        citations=tuple(_cited(citation, texts.get(citation.uri)) for citation in answer.citations),
        passages=tuple(Found(passage.uri, passage.text, passage.score) for passage in answer.passages),
        confidence=answer.confidence,
        why=answer.why or " ".join(answer.notes),
        tokens_in=answer.tokens.get("input"),
        tokens_out=answer.tokens.get("output"),
    )


def _cited(citation: Citation, article: str | None) -> Cited:
    context = citation.title
    if citation.published:
        day = date.fromisoformat(citation.published)
        context = f"{context} ({day:%A}, {day.day} {day:%B %Y}, {citation.published})".strip()
    return Cited(
        article=citation.uri,
        text=citation.paragraph_text,
        quote=citation.quote,
        context=context,
        verbatim=None if article is None else article[citation.start : citation.end] == citation.quote,
    )


def _by_table(settings: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """{"rag": {name: value}, "index": {name: value}} of "rag.name" and "index.name". Raises SettingsError."""
    known = [f"{table}.{name}" for table, cls in _TABLES.items() for name in get_type_hints(cls)]
    known.remove("index.store")  # that is the argument of this name
    found: dict[str, dict[str, str]] = {table: {} for table in _TABLES}
    for full, value in settings.items():
        if full not in known:
            raise SettingsError(f"there is no setting {full!r}; known are {', '.join(known)}")
        table, _, name = full.partition(".")
        found[table][name] = value
    return found
