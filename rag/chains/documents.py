"""LangChain documents from passages and articles, and records of articles from documents."""

from __future__ import annotations

from typing import Any

from langchain_core.documents import Document

from index import Article, Passage


def passage_document(passage: Passage) -> Document:
    """A document with the text of a passage; its metadata is ``Passage.to_dict()`` without the text."""
    metadata = passage.to_dict()
    del metadata["text"]
    return Document(page_content=passage.text, metadata=metadata, id=passage.id)


def article_document(article: Article) -> Document:
    """A document with the whole text of an article, under its uri.

    Its metadata is what it was added with; of an article that was added in another way, what is known of its head.
    """
    metadata = _head(article) if article.metadata is None else dict(article.metadata)
    return Document(page_content=article.text, metadata=metadata, id=article.uri)


def article_record(text: str, metadata: dict[str, Any], uri: str) -> dict[str, object]:
    """A record for ``index.add_articles``: what ``metadata`` tells of the head (title, date, source, url, authors, by
    their usual names), and all of it to be kept."""
    head = {name: value for name, value in metadata.items() if name.lower() not in ("uri", "text")}
    return {"uri": uri, "text": text, **head, "metadata": metadata}


def _head(article: Article) -> dict[str, object]:
    head = {
        "title": article.title,
        "source": article.source,
        "date": article.published.iso,
        "url": article.url,
        "authors": list(article.authors),
    }
    return {name: value for name, value in head.items() if value}
