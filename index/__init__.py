"""Articles to a searchable index.

from index import build_index, open_index
build_index(["articles/"], store="store")
with open_index("store") as index:
    for passage in index.search("Who met in Seoul?", k=5):
        print(passage.score, passage.uri, passage.text)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .crossencoder import CrossEncoder, Reading, Span
    from .errors import (
        ModelError,
        NothingToIndexError,
        NutgrafError,
        QueryError,
        SettingsError,
        SourceError,
        StoreBusyError,
        StoreDamagedError,
        StoreError,
        StoreMissingError,
        StoreModelError,
        StoreVersionError,
    )
    from .ingest import IngestEvent, IngestReport, add_articles, build_index, remove_articles
    from .schema import Article, ArticleHead, Chunk, Paragraph, Passage, Published
    from .searcher import Index, Retrieved, open_index
    from .settings import IndexSettings
    from .verify import StoreStatus, VerifyReport, store_status, verify_store
    from .web.following import follow_feeds, refresh_feeds

_HOME = {
    "crossencoder": ("CrossEncoder", "Reading", "Span"),
    "errors": (
        "ModelError", "NothingToIndexError", "NutgrafError", "QueryError", "SettingsError", "SourceError",
        "StoreBusyError", "StoreDamagedError", "StoreError", "StoreMissingError", "StoreModelError",
        "StoreVersionError",
    ),
    "ingest": ("IngestEvent", "IngestReport", "add_articles", "build_index", "remove_articles"),
    "schema": ("Article", "ArticleHead", "Chunk", "Paragraph", "Passage", "Published"),
    "searcher": ("Index", "Retrieved", "open_index"),
    "settings": ("IndexSettings",),
    "verify": ("StoreStatus", "VerifyReport", "store_status", "verify_store"),
    "web.following": ("follow_feeds", "refresh_feeds"),
}  # fmt: skip
_MODULE = {name: module for module, names in _HOME.items() for name in names}

__all__ = [  # noqa: RUF022 - by topic
    "build_index", "add_articles", "remove_articles", "follow_feeds", "refresh_feeds",
    "open_index", "store_status", "verify_store",
    "Index", "IndexSettings", "IngestEvent", "IngestReport", "StoreStatus", "VerifyReport",
    "Article", "ArticleHead", "Chunk", "Paragraph", "Passage", "Published",
    "Retrieved", "CrossEncoder", "Reading", "Span",
    "NutgrafError", "SettingsError", "SourceError", "NothingToIndexError", "QueryError", "ModelError",
    "StoreError", "StoreMissingError", "StoreBusyError", "StoreModelError", "StoreVersionError", "StoreDamagedError",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: ``import index`` alone stays fast."""
    if name not in _MODULE:
        raise AttributeError(f"module 'index' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"index.{_MODULE[name]}"), name)
