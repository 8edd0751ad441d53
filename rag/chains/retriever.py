"""The index as a LangChain retriever, for other people's chains."""

from __future__ import annotations

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from index import Index

from .documents import passage_document


class NutgrafRetriever(BaseRetriever):
    """Hybrid search as a LangChain ``BaseRetriever``.

        NutgrafRetriever(index=open_index("store"), k=4).invoke("Who met in Seoul?")

    ``rerank`` is that of ``Index.search``; None stands for the setting. Each Document holds the passage text; its
    metadata is ``Passage.to_dict()`` without the text.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    index: Index
    k: int = 10
    date_from: str | None = None
    date_to: str | None = None
    sources: list[str] | None = None
    as_of: str | None = None
    rerank: bool | None = None

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, k: int | None = None
    ) -> list[Document]:
        found = self.index.search(
            query,
            k=self.k if k is None else k,
            date_from=self.date_from,
            date_to=self.date_to,
            sources=self.sources,
            as_of=self.as_of,
            rerank=self.rerank,
        )
        return [passage_document(passage) for passage in found]
