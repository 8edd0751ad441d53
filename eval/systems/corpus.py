"""The articles that a system answers from: those of an index, or those of files, for a system that shows none."""

from __future__ import annotations

import hashlib
import logging
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from index.schema import Article, ArticleHead

from ..cases import Evidence
from ..errors import EvalError

if TYPE_CHECKING:
    from index import Index

logger = logging.getLogger(__name__)


class ArticleCorpus(ABC):
    """An ``eval.schema.Corpus``: articles are found by their uri or url, or the end of one."""

    @abstractmethod
    def heads(self) -> Iterable[ArticleHead]:
        """What is known of every article."""

    @abstractmethod
    def article(self, uri: str) -> Article | None:
        """The article of that very uri."""

    def find(self, article: str) -> Article | None:
        """The article that is named; None when there is none, or more than one."""
        if exact := self.article(article):
            return exact
        wanted = Evidence(article)
        named = self._by_last_part.get(_last_part(article), ())
        found = {uri for name, uri in named if wanted.is_of(name)} if article else set()
        return self.article(found.pop()) if len(found) == 1 else None

    def text(self, article: str) -> str | None:
        found = self.find(article)
        return found.text if found else None

    def paragraph(self, article: str, number: int) -> str | None:
        found = self.find(article)
        numbered = found.paragraphs if found else ()
        return next((paragraph.text for paragraph in numbered if paragraph.number == number), None)

    def sha256(self) -> str:
        """SHA-256 (hex) of what the articles say, whatever their order and place."""
        articles = (self.article(head.uri) for head in self.heads())
        return texts_sha256(article.text for article in articles if article)

    @cached_property
    def _by_last_part(self) -> dict[str, list[tuple[str, str]]]:
        """(uri or url, uri) by what stands behind its last "/": few share that, so few have to be looked at."""
        found: dict[str, list[tuple[str, str]]] = {}
        for head in self.heads():
            for name in filter(None, (head.uri, head.url)):
                found.setdefault(_last_part(name), []).append((name, head.uri))
        return found


class IndexCorpus(ArticleCorpus):
    """The articles of an opened index, read when they are asked for."""

    def __init__(self, index: Index) -> None:
        self.index = index

    def heads(self) -> Iterable[ArticleHead]:
        return self.index.articles()

    def article(self, uri: str) -> Article | None:
        return self.index.article(uri)


class FileCorpus(ArticleCorpus):
    """Articles in memory, by uri."""

    def __init__(self, articles: Mapping[str, Article]) -> None:
        self._articles = articles

    def heads(self) -> Iterable[ArticleHead]:
        return self._articles.values()

    def article(self, uri: str) -> Article | None:
        return self._articles.get(uri)


def read_corpus(paths: str | Path | Sequence[str | Path]) -> FileCorpus:
    """The articles in files and folders, read as ``nutgraf index`` reads them. What cannot be read is logged.

    Raises EvalError when there are none, and SettingsError.
    """
    from index.errors import SourceError
    from index.readers import discover, read_path
    from index.settings import IndexSettings, load_settings

    limit = int(load_settings(IndexSettings, "index").max_article_mb * 1_000_000)
    given = [paths] if isinstance(paths, str | Path) else list(paths)
    articles: dict[str, Article] = {}
    for path in discover(given):
        for found in [path] if isinstance(path, SourceError) else read_path(path, limit):
            if isinstance(found, SourceError):
                logger.warning("%s", found)
            else:
                articles[found.uri] = found
    if not articles:
        raise EvalError(
            f"{', '.join(map(str, given))}: holds no articles; give files or folders that nutgraf can index"
        )
    return FileCorpus(articles)


def texts_sha256(texts: Iterable[str]) -> str:
    """SHA-256 (hex) of texts in any order."""
    sums = sorted(hashlib.sha256(text.encode()).hexdigest() for text in texts)
    return hashlib.sha256("\n".join(sums).encode()).hexdigest()


def _last_part(name: str) -> str:
    return name.rpartition("/")[2]
