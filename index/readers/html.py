"""Web pages and pieces of markup to articles.

trafilatura finds the article on a page; ``page_dates`` reads its date.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..article import clean_text, make_article
from ..errors import SourceError
from ..paragraphs import lay_out
from ..schema import Article, Paragraph, ParagraphKind
from .fields import head_from
from .page_dates import find_dates

_Element = Any  # lxml has no types

# Elements that are a block of text of their own, in HTML and in what trafilatura makes of it.
_BLOCK = re.compile(
    "address|article|aside|blockquote|body|center|code|dd|div|dl|dt|fieldset|figcaption|figure|footer|form|fw|h[1-6r]"
    "|head|header|html|item|li|list|main|nav|ol|p|pre|quote|row|section|t(?:able|body|foot|head|r)|ul"
)
_HEADING = re.compile("head|h[1-6]")
_CELL = re.compile("cell|t[dh]")
_UNSEEN = re.compile("script|style|template|noscript|iframe|object|svg|title|button|select|textarea")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_SPACE = re.compile(r"\s+")
_LINE_BREAK, _NEXT_CELL = "\n", "\v"
_EMPTY_LINE = re.compile(r"\n\s*\n")

_TAG = re.compile(r"</?(?:p|div|br|h[1-6]|ul|ol|li|blockquote|figure|section|article|table|a)\b[^<>]*>", re.IGNORECASE)


def parse_html(markup: str, uri: str, where: str) -> Article:
    """Return the article on a web page. Raises SourceError when none is found."""
    from trafilatura import bare_extraction

    tree = _parse(markup)
    dates = find_dates(tree)
    captions = _keep_captions(tree)
    page = bare_extraction(tree, include_comments=False, with_metadata=True)
    if page is None or isinstance(page, dict) or not (found := list(text_blocks(page.body))):
        raise SourceError(where, "holds no article text", "check that it is an article page, or save its text as .txt")
    text, paragraphs = lay_out((block, "caption" if block in captions else kind) for block, kind in found)
    fields = {"title": page.title, "source": page.sitename or page.hostname, "url": page.url, "author": page.author}
    head = head_from(fields)
    head["published"], head["updated"], head["notes"] = dates.published, dates.updated, dates.notes
    return make_article(uri=uri, text=text, paragraphs=paragraphs, **head)


def is_markup(text: str) -> bool:
    """Say whether ``text`` is clearly HTML: it holds at least two tags that structure text."""
    return len(_TAG.findall(text)) > 1


def lay_out_markup(markup: str) -> tuple[str, tuple[Paragraph, ...]]:
    """Return the text of a piece of HTML, all of which is the article, and its paragraphs."""
    return lay_out(text_blocks(_parse(markup)))


def _parse(markup: str) -> _Element:
    """Return the tree of a page or a piece of one. What is nested deeper than 256 levels is left out."""
    from lxml import etree, html

    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        return html.document_fromstring(clean_text(markup).encode(), parser=parser)
    except etree.ParserError:  # nothing but comments or white space
        return html.Element("html")


def text_blocks(tree: _Element) -> Iterator[tuple[str, ParagraphKind | None]]:
    """Yield each block of text below ``tree`` with its kind, where the markup shows one. Hidden text is left out."""
    words: list[str] = []
    kind: ParagraphKind | None = None
    for part in (*_parts(tree), _Edge(None)):
        if isinstance(part, str):
            words.append(part)
            continue
        for block in _EMPTY_LINE.split("".join(words)):
            cells = (" ".join(cell.split()) for cell in block.split(_NEXT_CELL))
            if text := " | ".join(filter(None, cells)):
                yield text, kind
        words, kind = [], part.kind


@dataclass(frozen=True, slots=True)
class _Edge:
    """A block begins or ends here; ``kind`` is that of the text that follows."""

    kind: ParagraphKind | None


def _parts(tree: _Element) -> Iterator[str | _Edge]:
    """Yield the words of ``tree`` and the edges of its blocks, in order."""
    from lxml import etree

    kinds: list[ParagraphKind | None] = [None]
    walk = etree.iterwalk(tree, events=("start", "end"))
    for event, element in walk:
        tag = element.tag
        if event == "start":
            if _is_unseen(element):
                walk.skip_subtree()
                continue
            if _BLOCK.fullmatch(tag):
                kinds.append("headline" if _HEADING.fullmatch(tag) else "caption" if tag == "figcaption" else kinds[-1])
                yield _Edge(kinds[-1])
            elif tag in ("br", "lb"):
                yield _LINE_BREAK
            elif _CELL.fullmatch(tag):
                yield _NEXT_CELL
            yield _SPACE.sub(" ", element.text or "")
        else:
            if _BLOCK.fullmatch(tag) and not _is_unseen(element):
                kinds.pop()
                yield _Edge(kinds[-1])
            yield _SPACE.sub(" ", element.tail or "")


def _is_unseen(element: _Element) -> bool:
    hidden = element.get("hidden") is not None or element.get("aria-hidden") == "true"
    return bool(hidden or _UNSEEN.fullmatch(element.tag) or _HIDDEN.search(element.get("style", "")))


def _keep_captions(tree: _Element) -> frozenset[str]:
    """Turn figure captions into paragraphs, which trafilatura keeps; return their texts."""
    captions = set()
    for figure in tree.iter("figure", "figcaption"):
        if figure.tag == "figcaption":
            captions.add(" ".join("".join(figure.itertext()).split()))
        figure.tag = "p" if figure.tag == "figcaption" else "div"
        figure.attrib.clear()
    return frozenset(captions)
