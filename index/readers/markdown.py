"""Markdown files to articles: rendered to plain text, so that no markup gets into a citation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ..article import clean_text, make_article
from ..errors import SourceError
from ..paragraphs import lay_out
from ..schema import Article, ParagraphKind
from .fields import head_from, normalise_keys
from .html import lay_out_markup
from .plain import authors_in, source_in, split_header

if TYPE_CHECKING:
    from markdown_it.token import Token

_FRONT_MATTER = re.compile(r"\s*---[^\S\n]*\n(.*?)\n(?:---|\.\.\.)[^\S\n]*(?:\n|\Z)", re.DOTALL)
_ENTRY = re.compile(r"([\w -]{1,40}?)\s*:\s*(.*)")
_ITEM = re.compile(r"\s*-\s+(.*)")


def parse_markdown(markup: str, uri: str, where: str) -> Article:
    """Return the article in a Markdown text; front matter or a date header describe it and are not part of its text.

    Raises SourceError when there is no text.
    """
    fields, markup = _split_front_matter(clean_text(markup))
    published, markup = split_header(markup)
    blocks = list(_blocks(markup))
    text, paragraphs = lay_out((block, kind) for block, kind, _ in blocks)
    if not text:
        raise SourceError(where, "holds no text", "remove it, or put an article into it")
    head = head_from(fields)
    head["title"] = head["title"] or next((block for block, _, level in blocks if level == 1), "")
    head["published"] = head["published"] if head["published"].date else published
    head["source"] = head["source"] or source_in(paragraphs)
    head["authors"] = head["authors"] or authors_in(paragraphs)
    return make_article(uri=uri, text=text, paragraphs=paragraphs, **head)


def _split_front_matter(text: str) -> tuple[dict[str, object], str]:
    """Return the fields between two lines "---" at the top ("key: value", lists as [a, b] or "- a"), and the rest."""
    matter = _FRONT_MATTER.match(text)
    fields: dict[str, object] = {}
    key = ""
    for line in matter[1].split("\n") if matter else ():
        if key and (item := _ITEM.fullmatch(line)):
            listed = fields.setdefault(key, [])
            if isinstance(listed, list):
                listed.append(_unquoted(item[1]))
        elif entry := _ENTRY.fullmatch(line):
            key, value = entry[1], entry[2].strip()
            if value.startswith("[") and value.endswith("]"):
                fields[key] = [_unquoted(part) for part in value[1:-1].split(",")]
            elif value:
                fields[key] = _unquoted(value)
    return (normalise_keys(fields), text[matter.end() :]) if matter and fields else ({}, text)


def _unquoted(value: str) -> str:
    value = value.strip()
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value


def _blocks(markup: str) -> Iterator[tuple[str, ParagraphKind | None, int]]:
    """Yield each block of the rendered text with its kind, where the markup shows one, and its heading level or 0."""
    from markdown_it import MarkdownIt

    level = 0
    row: list[str] | None = None
    for token in MarkdownIt("commonmark").enable("table").parse(markup):
        if token.type == "heading_open":
            level = int(token.tag[1])
        elif token.type == "heading_close":
            level = 0
        elif token.type == "tr_open":
            row = []
        elif token.type == "tr_close" and row is not None:
            yield " | ".join(row), None, 0
            row = None
        elif token.type in ("fence", "code_block"):
            yield token.content, None, 0
        elif token.type == "html_block":
            for paragraph in lay_out_markup(token.content)[1]:
                yield paragraph.text, paragraph.kind, 0
        elif token.type == "inline":
            text, pictures = _plain(token.children or ())
            if row is not None:
                row.append(text)
            elif text:
                yield text, "headline" if level else None, level
            for picture in pictures:
                yield picture, "caption", 0


def _plain(tokens: Sequence[Token]) -> tuple[str, list[str]]:
    """Return the text of inline markup, and apart from it the descriptions of its pictures."""
    words: list[str] = []
    pictures: list[str] = []
    for token in tokens:
        if token.type == "image":
            pictures.append(_plain(token.children or ())[0])
        elif token.type in ("softbreak", "hardbreak"):
            words.append(" ")
        elif token.type != "html_inline":
            words.append(token.content)
    return " ".join("".join(words).split()), [picture for picture in pictures if picture]
