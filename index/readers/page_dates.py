"""The publication date of a web page. Neither a modified date nor the day of reading may pass for it."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterator
from typing import Any

from ..dates import parse_date
from ..schema import UNKNOWN_DATE, Published

_Element = Any  # lxml has no types

_META_DATES = (
    "article:published_time", "og:published_time", "og:article:published_time", "datepublished", "dc.date.issued",
    "dcterms.issued", "dc.date", "dcterms.date", "dc.date.created", "dcterms.created", "pubdate", "publishdate",
    "publish-date", "publish_date", "publication_date", "published-date", "parsely-pub-date", "sailthru.date",
    "article.published", "date",
)  # fmt: skip
_UPDATED = re.compile(r"updat|modif|revis", re.IGNORECASE)
_LEAD = 100  # characters: the first paragraph this long ends the header of an article


def find_published(tree: _Element) -> Published:
    """Return the publication date of a page: from JSON-LD, else meta tags, else the time in the article's header."""
    for found in _json_ld_dates(tree):
        if date := parse_date(found):
            return Published(date, "json-ld")
    metas: dict[str, str] = {}
    for meta in tree.iter("meta"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop") or ""
        metas.setdefault(name.lower(), meta.get("content") or "")
    for found in (*(metas.get(name, "") for name in _META_DATES), *_header_times(tree)):
        if date := parse_date(found):
            return Published(date, "meta")
    return UNKNOWN_DATE


def _json_ld_dates(tree: _Element) -> list[object]:
    """Return every datePublished in the page's JSON-LD: those of articles first, the outermost first."""
    of_articles: list[object] = []
    of_others: list[object] = []
    queue: deque[object] = deque()
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or "").lower():
            try:
                queue.append(json.loads(script.text or ""))
            except (ValueError, RecursionError):
                continue
    while queue:
        node = queue.popleft()
        if isinstance(node, dict):
            if "datePublished" in node:
                is_article = re.search(r"Article|Posting|Report", str(node.get("@type")))
                (of_articles if is_article else of_others).append(node["datePublished"])
            queue.extend(node.values())
        elif isinstance(node, list):
            queue.extend(node)
    return of_articles + of_others


def _header_times(tree: _Element) -> Iterator[str]:
    """Yield the times that stand before the first real paragraph of the article, other than those of an update."""
    article = next(tree.iter("article", "main"), None)
    for element in () if article is None else article.iter("time", "p"):
        if element.tag == "p":
            if len(element.text_content()) >= _LEAD:
                return
            continue
        around = element.getparent()
        label = " ".join((*element.attrib.values(), element.text or "", around.text or "", around.get("class") or ""))
        if not _UPDATED.search(label):
            yield element.get("datetime") or ""
