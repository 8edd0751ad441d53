"""What the limited child process runs: a parser for each kind of file that is not one of records."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..article import clean_text
from ..errors import SourceError
from ..paragraphs import find_paragraphs
from ..schema import Article, Paragraph
from .archives import Member, read_zip
from .feeds import FeedContents, parse_feed, read_feed
from .files import decode
from .html import lay_out_markup, parse_html
from .mail import read_mail, read_saved_page
from .markdown import parse_markdown
from .pdf import read_pdf
from .plain import parse_plain
from .word import read_word

Finding = Article | SourceError | Member | FeedContents | tuple[str, tuple[Paragraph, ...]]
"""What a parser gives: articles, problems, files of an archive, a feed, or text with its paragraphs."""

Parser = Callable[[bytes, str, str], Iterator[Finding]]
"""Takes the bytes of a file, the uri of its article, and its name for messages; may raise SourceError."""


def _read_html(data: bytes, uri: str, where: str) -> Iterator[Article]:
    yield parse_html(decode(data, where, is_html=True), uri, where)


def _read_plain(data: bytes, uri: str, where: str) -> Iterator[Article]:
    yield parse_plain(decode(data, where), uri, where)


def _read_markdown(data: bytes, uri: str, where: str) -> Iterator[Article]:
    yield parse_markdown(decode(data, where), uri, where)


def _read_markup(data: bytes, _uri: str, _where: str) -> Iterator[tuple[str, tuple[Paragraph, ...]]]:
    yield lay_out_markup(data.decode())


def _read_text(data: bytes, _uri: str, _where: str) -> Iterator[tuple[str, tuple[Paragraph, ...]]]:
    text = clean_text(data.decode())
    yield text, find_paragraphs(text)


def _read_feed_contents(data: bytes, _uri: str, where: str) -> Iterator[FeedContents]:
    yield parse_feed(data, where)


PARSERS: dict[str, Parser] = {
    ".txt": _read_plain,
    ".md": _read_markdown,
    ".markdown": _read_markdown,
    ".html": _read_html,
    ".htm": _read_html,
    ".xhtml": _read_html,
    ".mhtml": read_saved_page,
    ".mht": read_saved_page,
    ".eml": read_mail,
    ".pdf": read_pdf,
    ".docx": read_word,
    ".rss": read_feed,
    ".atom": read_feed,
    ".xml": read_feed,
    ".zip": read_zip,
    "markup": _read_markup,
    "text": _read_text,
    "feed": _read_feed_contents,
}
