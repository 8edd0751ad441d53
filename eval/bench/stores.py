"""Stores that benchmarks search. Each is made once in a folder and used again: indexing skips what is indexed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from eval.bench.news import Pool, make_pool
from index import build_index
from index.settings import IndexSettings
from rag.training.data import Row


def news_store(data: Path, work: Path, articles: int = 1000, seed: int = 0) -> tuple[Pool, Path]:
    """A pool of dated news articles, cut out of ``data`` as eval/bench/news.py says, and the folder of its store."""
    folder = work / f"pool-{articles}-{seed}"
    pool = make_pool(data, folder, articles, seed)
    build_index([pool.articles], settings=IndexSettings(store=folder / "store"))
    return pool, folder / "store"


def paragraph_store(rows: Iterable[Row], folder: Path) -> tuple[Path, dict[str, str]]:
    """A store with one article for each different text of ``rows``, its source the title of what the text is from.

    Returns the folder of the store, and the uri of each text.
    """
    titles = {row.text: row.title for row in rows}
    uris = {text: f"text:{number}" for number, text in enumerate(sorted(titles))}
    folder.mkdir(parents=True, exist_ok=True)
    articles = folder / "paragraphs.jsonl"
    with articles.open("w", encoding="utf-8") as file:
        for text, uri in uris.items():
            file.write(json.dumps({"uri": uri, "text": text, "source": titles[text]}) + "\n")
    build_index([articles], settings=IndexSettings(store=folder / "store"))
    return folder / "store", uris
