"""A store as a LangChain vector store: documents become articles, and come back as they were added."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import VectorStore
from langchain_core.vectorstores.utils import maximal_marginal_relevance

from index import Index, IndexSettings, Passage, QueryError, add_articles, open_index, remove_articles
from index.encoder import Vectors
from index.readers.fields import one_line
from index.settings import load_settings
from index.view import stored

from .documents import article_document, article_record
from .embeddings import NutgrafEmbeddings

FILTERS = ("date_from", "date_to", "sources", "as_of", "uris")


class NutgrafVectorStore(VectorStore):
    """The articles of a store as a LangChain ``VectorStore``. Safe to use from many threads.

        documents = NutgrafVectorStore.open("store")
        documents.add_documents([Document("The envoys met.", metadata={"title": "Talks", "date": "2021-09-28"})])
        documents.similarity_search("Who met?", k=1, filter={"date_from": "2021-09-01"})

    A document is one article, whatever its length; its id is the article's uri. Of its metadata, which is JSON, the
    title, date, source, url and authors are the article's too, so that answers cite it well. Searches compare the
    question with every passage by meaning alone and give each document once, by its best passage, with the cosine as
    score; ``NutgrafRetriever`` searches by words too, reranks, and gives passages. ``filter`` takes the filters of
    ``Index.search`` and ``uris``. What was added or deleted is durable when the call returns. Markup in a text is laid
    out and characters that show nothing are removed, as in every article.
    """

    def __init__(self, index: Index) -> None:
        self.index = index
        self._settings = load_settings(IndexSettings, "index", store=index.store.folder)
        self._writing = threading.Lock()

    @classmethod
    def open(cls, store: str | Path | None = None, *, model: str | None = None) -> Self:
        """Open a store, or make an empty one. Raises StoreError, StoreModelError when ``model`` is not the store's."""
        settings = load_settings(IndexSettings, "index", store=store, model=model)
        if not (settings.store / "corpus.db").exists():
            add_articles([], settings=settings)
        return cls(open_index(settings.store, model=model))

    def close(self) -> None:
        self.index.close()

    @classmethod
    def from_texts(
        cls,
        texts: list[str],
        embedding: Embeddings | None = None,
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        store: str | Path | None = None,
        **kwargs: Any,
    ) -> Self:
        """Open ``store`` and add texts. A store embeds with a model of its own: ``embedding`` is NutgrafEmbeddings,
        which name it, or None. Raises TypeError for other embeddings."""
        if embedding is not None and not isinstance(embedding, NutgrafEmbeddings):
            raise TypeError(
                f"a Nutgraf store embeds with its own model, not with {type(embedding).__name__}; "
                "give NutgrafEmbeddings(model) or None"
            )
        opened = cls.open(store, model=embedding.model if embedding else None)
        opened.add_texts(texts, metadatas, ids=ids, **kwargs)
        return opened

    @property
    def embeddings(self) -> NutgrafEmbeddings:
        return NutgrafEmbeddings(encoder=self.index.encoder)

    # -- adding, deleting, getting

    def add_texts(
        self,
        texts: Iterable[str],
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: Sequence[str | None] | None = None,
        **kwargs: Any,
    ) -> list[str]:
        """Add texts, in place of those of the same ids; returns the ids, new ones where none are given.

        Raises SourceError for a text that is empty or metadata that JSON cannot hold (the others are added), ValueError
        for lists of different lengths or an id that is not one plain line, StoreBusyError when another process writes.
        """
        texts = list(texts)
        metadatas = [{} for _ in texts] if metadatas is None else metadatas
        names = [given or uuid.uuid4().hex for given in ([None] * len(texts) if ids is None else ids)]
        if not len(texts) == len(metadatas) == len(names):
            raise ValueError(
                f"{len(texts)} texts, {len(metadatas)} metadatas and {len(names)} ids; give as many of each"
            )
        if wrong := [name for name in names if one_line(name) != name]:
            raise ValueError(f"the id {wrong[0]!r} is not one line of plain characters; give another")
        records = map(article_record, texts, metadatas, names)
        with self._writing:
            report = add_articles(records, settings=self._settings, encoder=self.index.encoder)
        if report.problems:
            raise report.problems[0]
        return names

    def delete(self, ids: list[str] | None = None, **kwargs: Any) -> bool:
        """Delete documents by id, all documents when ``ids`` is None; an id that is not there is no error."""
        uris = [head.uri for head in self.index.articles()] if ids is None else ids
        with self._writing:
            remove_articles([uri for uri in uris if self.index.article(uri)], store=self._settings.store)
        return True

    def get_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        """The documents of these ids that are there, in their order."""
        found = (self.index.article(uri) for uri in ids)
        return [article_document(article) for article in found if article]

    # -- searching

    def similarity_search(
        self, query: str, k: int = 4, *, filter: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> list[Document]:
        """The ``k`` documents nearest to a question, best first. Raises QueryError for an unknown filter."""
        return [document for document, _ in self.similarity_search_with_score(query, k, filter=filter, **kwargs)]

    def similarity_search_with_score(
        self, query: str, k: int = 4, *, filter: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> list[tuple[Document, float]]:
        """``similarity_search`` with the cosine (-1..1) between the question and each document's best passage."""
        _no_others(kwargs)
        with self.index.store.reading():
            return self._documents(self._best(self.index.encode_query(query), k, filter))

    def similarity_search_by_vector(
        self, embedding: list[float], k: int = 4, *, filter: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> list[Document]:
        """The ``k`` documents nearest to a vector of the store's model."""
        _no_others(kwargs)
        with self.index.store.reading():
            return [document for document, _ in self._documents(self._best(embedding, k, filter))]

    def max_marginal_relevance_search(
        self,
        query: str,
        k: int = 4,
        fetch_k: int = 20,
        lambda_mult: float = 0.5,
        *,
        filter: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> list[Document]:
        """``k`` of the ``fetch_k`` nearest documents that differ from one another: maximal marginal relevance
        (Carbonell and Goldstein, 1998), with ``lambda_mult`` for nearness, from 0 (most diverse) to 1 (none)."""
        vector = self.index.encode_query(query)
        return self.max_marginal_relevance_search_by_vector(
            vector.tolist(), k, fetch_k, lambda_mult, filter=filter, **kwargs
        )

    def max_marginal_relevance_search_by_vector(
        self,
        embedding: list[float],
        k: int = 4,
        fetch_k: int = 20,
        lambda_mult: float = 0.5,
        *,
        filter: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> list[Document]:
        """``max_marginal_relevance_search`` for a vector of the store's model."""
        _no_others(kwargs)
        with self.index.store.reading():
            near = self._best(embedding, max(fetch_k, k), filter)
            order = sorted(range(len(near)), key=lambda row: near[row].chunk.id)
            vectors = stored(self.index.store, np.array([near[row].chunk.id for row in order], np.int64))
            chosen = maximal_marginal_relevance(np.asarray(embedding, np.float32), list(vectors), lambda_mult, k)
            return [document for document, _ in self._documents([near[order[row]] for row in chosen])]

    def _select_relevance_score_fn(self) -> Callable[[float], float]:
        return lambda cosine: min(max(cosine, 0.0), 1.0)

    def _best(
        self,
        vector: Sequence[float] | Vectors,
        k: int,
        filter: Mapping[str, Any] | None,
    ) -> list[Passage]:
        """The best passage of each of the ``k`` nearest articles, best first."""
        if unknown := set(filter or ()) - set(FILTERS):
            raise QueryError(f"there is no filter {min(unknown)!r}; known are {', '.join(FILTERS)}")
        most = 4 * k
        while True:
            passages = self.index.nearest(vector, k=most, **(filter or {}))
            best: dict[str, Passage] = {}
            for passage in passages:
                best.setdefault(passage.uri, passage)
            if len(best) >= k or len(passages) < most:
                return list(best.values())[:k]
            most *= 4  # one long article took all places

    def _documents(self, best: Sequence[Passage]) -> list[tuple[Document, float]]:
        """The articles of some passages, with their scores; within the transaction that found them."""
        articles = [(self.index.article(passage.uri), passage.score) for passage in best]
        return [(article_document(article), score) for article, score in articles if article]


def _no_others(arguments: Mapping[str, Any]) -> None:
    """Raise TypeError for arguments of a search that nothing here knows: a filter must not be lost."""
    if arguments:
        raise TypeError(f"unexpected argument {min(arguments)!r}; filters go into filter={{...}}: {', '.join(FILTERS)}")
