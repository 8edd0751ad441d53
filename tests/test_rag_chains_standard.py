"""LangChain's own conformance suites (langchain-tests) for the retriever, vector store, embeddings and chat model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from langchain_core.language_models import FakeListChatModel
from langchain_core.vectorstores import VectorStore
from langchain_tests.integration_tests import (
    ChatModelIntegrationTests,
    EmbeddingsIntegrationTests,
    RetrieversIntegrationTests,
    VectorStoreIntegrationTests,
)
from langchain_tests.unit_tests import ChatModelUnitTests, EmbeddingsUnitTests

from rag import Assistant, NutgrafChatModel, NutgrafEmbeddings, NutgrafRetriever, NutgrafVectorStore


@pytest.fixture(scope="class")
def assistant(request: pytest.FixtureRequest, seeds_store: Path) -> Iterator[None]:
    """Opens the seeds for a class of tests as ``cls.assistant``, with the class's ``llm`` if it has one."""
    with Assistant.open(seeds_store, llm=getattr(request.cls, "llm", None)) as opened:
        request.cls.assistant = opened
        yield


@pytest.mark.usefixtures("assistant")
class TestRetriever(RetrieversIntegrationTests):
    assistant: Assistant

    @property
    def retriever_constructor(self) -> type[NutgrafRetriever]:
        return NutgrafRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return {"index": self.assistant.index}

    @property
    def retriever_query_example(self) -> str:
        return "Who met in Seoul?"


class TestVectorStore(VectorStoreIntegrationTests):
    @pytest.fixture
    def vectorstore(self, tmp_path: Path) -> Iterator[VectorStore]:
        opened = NutgrafVectorStore.open(tmp_path / "store")
        yield opened
        opened.close()


class TestEmbeddingsUnit(EmbeddingsUnitTests):
    @property
    def embeddings_class(self) -> type[NutgrafEmbeddings]:
        return NutgrafEmbeddings


class TestEmbeddings(EmbeddingsIntegrationTests):
    @property
    def embeddings_class(self) -> type[NutgrafEmbeddings]:
        return NutgrafEmbeddings


class _ReaderAsChatModel:
    assistant: Assistant

    @property
    def chat_model_class(self) -> type[NutgrafChatModel]:
        return NutgrafChatModel

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"assistant": self.assistant}

    @property
    def returns_usage_metadata(self) -> bool:
        return False  # no language model, no tokens

    @property
    def supports_model_override(self) -> bool:
        return False  # who answers belongs to the assistant

    @property
    def enable_vcr_tests(self) -> bool:
        return True

    @pytest.fixture
    def vcr(self) -> SimpleNamespace:
        """In place of a recording of requests: nothing is requested."""
        return SimpleNamespace(responses=["none"])


@pytest.mark.usefixtures("assistant")
class TestReaderAsChatModelUnit(_ReaderAsChatModel, ChatModelUnitTests):
    pass


@pytest.mark.usefixtures("assistant")
class TestReaderAsChatModel(_ReaderAsChatModel, ChatModelIntegrationTests):
    pass


@pytest.mark.usefixtures("assistant")
class TestChatModelWithLlm(_ReaderAsChatModel, ChatModelIntegrationTests):
    llm = FakeListChatModel(responses=["NOT IN SOURCES"])

    @property
    def returns_usage_metadata(self) -> bool:
        return True
