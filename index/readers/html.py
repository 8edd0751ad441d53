"""Web pages and pieces of markup to articles.

trafilatura finds the article on a page; ``page_dates`` reads its date.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any

from ..article import clean_text, make_article
from ..errors import SourceError
from ..paragraphs import find_paragraphs, lay_out
from ..schema import Article, Paragraph, ParagraphKind
from .fields import head_from, normalise_keys
from .page_dates import find_dates
from .pages import drop_boxes, drop_hidden, drop_prompts, is_hidden, is_prompt, linked_article

_Element = Any  # lxml has no types

_ENOUGH = 0.5  # of the text in JSON-LD; what is visible is better, as it has headings and captions

# Elements that are a block of text of their own, in HTML and in what trafilatura makes of it.
_BLOCK = re.compile(
    "address|article|aside|blockquote|body|center|code|dd|div|dl|dt|fieldset|figcaption|figure|footer|form|fw|h[1-6r]"
    "|head|header|html|item|li|list|main|nav|ol|p|pre|quote|row|section|t(?:able|body|foot|head|r)|ul"
)
_HEADING = re.compile("head|h[1-6]")
_CELL = re.compile("cell|t[dh]")
_SPACE = re.compile(r"\s+")
_LINE_BREAK, _NEXT_CELL = "\n", "\v"
_EMPTY_LINE = re.compile(r"\n\s*\n")

_TAG = re.compile(r"</?(?:p|div|br|h[1-6]|ul|ol|li|blockquote|figure|section|article|table|a)\b[^<>]*>", re.IGNORECASE)


def parse_html(markup: str, uri: str, where: str) -> Article:
    """Return the article on a web page. Raises SourceError when none is found."""
    from trafilatura import bare_extraction

    tree = _parse(markup)
    dates = find_dates(tree)
    linked = linked_article(tree)
    drop_hidden(tree)
    drop_boxes(tree)
    drop_prompts(tree)
    captions = _keep_captions(tree)
    page = bare_extraction(tree, include_comments=False, with_metadata=True)
    fields: dict[str, object] = {}
    found: list[tuple[str, ParagraphKind | None]] = []
    if page is not None and not isinstance(page, dict):
        found = _told(page.body)
        fields = {"title": page.title, "source": page.sitename or page.hostname, "url": page.url, "author": page.author}
    text, paragraphs = lay_out((block, "caption" if block in captions else kind) for block, kind in found)
    body = str(linked.get("articleBody", ""))
    if len(text) < _ENOUGH * len(body):  # the page shows little of it before a script has run
        text, paragraphs = _lay_out_body(body)
        fields = normalise_keys(linked) | {name: value for name, value in fields.items() if value}
    if not text:
        raise SourceError(where, "holds no article text", "check that it is an article page, or save its text as .txt")
    head = head_from(fields)
    head["published"], head["updated"], head["notes"] = dates.published, dates.updated, dates.notes
    return make_article(uri=uri, text=text, paragraphs=paragraphs, **head)


def is_markup(text: str) -> bool:
    """Say whether ``text`` is clearly HTML: it holds at least two tags that structure text."""
    return len(_TAG.findall(text)) > 1


def lay_out_markup(markup: str) -> tuple[str, tuple[Paragraph, ...]]:
    """Return the text of a piece of HTML, all of which is the article, and its paragraphs."""
    tree = _parse(markup)
    drop_hidden(tree)
    drop_prompts(tree)
    return lay_out(_told(tree))


def lay_out_page(markup: str) -> tuple[str, tuple[Paragraph, ...]]:
    """Return the text of a whole page that is all article but for boxes, such as a newsletter, and its paragraphs."""
    tree = _parse(markup)
    drop_hidden(tree)
    drop_boxes(tree)
    drop_prompts(tree)
    return lay_out(_told(tree))


def _told(tree: _Element) -> list[tuple[str, ParagraphKind | None]]:
    """Return the blocks of text below ``tree`` that are not prompts, such as those in a table of a newsletter."""
    return [(text, kind) for text, kind in text_blocks(tree) if not is_prompt(text)]


def _lay_out_body(body: str) -> tuple[str, tuple[Paragraph, ...]]:
    """Return the text of a JSON-LD ``articleBody``, which is text or markup, and its paragraphs."""
    if "<" in body and is_markup(body):
        return lay_out_markup(body)
    text = clean_text(unescape(body)).strip()
    return text, find_paragraphs(text)


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
            if is_hidden(element):
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
            if _BLOCK.fullmatch(tag) and not is_hidden(element):
                kinds.pop()
                yield _Edge(kinds[-1])
            yield _SPACE.sub(" ", element.tail or "")


def _keep_captions(tree: _Element) -> frozenset[str]:
    """Turn figure captions into paragraphs, which trafilatura keeps; return their texts."""
    captions = set()
    for figure in tree.iter("figure", "figcaption"):
        if figure.tag == "figcaption":
            captions.add(" ".join("".join(figure.itertext()).split()))
        figure.tag = "p" if figure.tag == "figcaption" else "div"
        figure.attrib.clear()
    return frozenset(captions)
