"""PDF files to articles."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ..article import clean_text, make_article
from ..dates import header_date
from ..errors import SourceError
from ..paragraphs import lay_out
from ..schema import UNKNOWN_DATE, Article, Published
from .columns import Block, Piece, lay_out_pages
from .fields import one_line, split_names
from .plain import authors_in, source_in

if TYPE_CHECKING:
    from pypdf import PageObject

_SMALLEST = 2.0  # points: smaller type is not meant to be read
_MOST_PAGES = 2_000
_TILTED = 0.3  # a watermark, not a line of text
_LONGEST_TITLE = 300

# Widths in ems of fonts that do not tell them (the standard 14): those of Helvetica, within 10 percent for Times.
_NARROW, _WIDE, _CAPITAL, _USUAL = 0.27, 0.83, 0.68, 0.54


def read_pdf(data: bytes, uri: str, where: str) -> Iterator[Article]:
    """Yield the article of a PDF file; its dates of creation and change are those of a file and count for nothing.

    Raises SourceError when it is encrypted, damaged, or has no text, such as a scan.
    """
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise SourceError(where, "is encrypted", "open it with its password and save it without one")
        pages = [_pieces(page, number) for number, page in zip(range(_MOST_PAGES), reader.pages, strict=False)]
        heights = [float(page.mediabox.height) for page, _ in zip(reader.pages, pages, strict=False)]
        about = reader.metadata
        title, author = (one_line(about.title), one_line(about.author)) if about else ("", "")
    except DependencyError:
        raise SourceError(where, "is encrypted", "open it and save it without encryption") from None
    except PyPdfError as problem:
        raise SourceError(where, f"is no PDF, or a damaged one ({_first_line(problem)})", "save it anew") from None
    blocks = lay_out_pages(pages, heights)
    text, paragraphs = lay_out(blocks)
    if not text:
        what = "has no text, only pictures of it" if pages else "has no pages"
        raise SourceError(where, what, "recognise its text (OCR) and save it with the text, or as .txt")
    found = header_date(text)
    yield make_article(
        uri=uri,
        text=text,
        title=_headline(blocks, pages) or _real_title(title),
        published=Published(found[0], "header") if found else UNKNOWN_DATE,
        source=source_in(paragraphs),
        authors=authors_in(paragraphs) or tuple(name for name in split_names(author) if " " in name),
        paragraphs=paragraphs,
    )


def _pieces(page: PageObject, number: int) -> list[Piece]:
    """Return the text of a page with its places, as far as it can be seen on the page."""
    pieces: list[Piece] = []
    box = page.mediabox

    def visit(text: str, outer: Sequence[float], inner: Sequence[float], font: Any, size: float) -> None:
        words = clean_text(
            text.replace("\u00ad\n", "\u2010\n").replace("\u00ad", "\u2010" if text.endswith("\u00ad") else "")
        )
        if not words.strip():
            return
        a, b, _, d, x, y = _product(inner, outer)
        scale = abs(d) or abs(a)
        height = abs(size) * scale
        if (
            abs(b) > _TILTED * abs(a)
            or height < _SMALLEST
            or not (box.left - 5 <= x <= box.right and box.bottom <= y <= box.top)
        ):
            return
        left = x - float(box.left)
        for line_number, line in enumerate(filter(None, map(str.strip, words.split("\n")))):
            width = _width(line, font) * abs(size) * (abs(a) or scale)
            pieces.append(Piece(line, left, left + width, y - float(box.bottom) - line_number * height, height, number))

    page.extract_text(visitor_text=visit)
    return pieces


def _product(inner: Sequence[float], outer: Sequence[float]) -> tuple[float, float, float, float, float, float]:
    """Return the matrix that first does ``inner`` and then ``outer``, each (a, b, c, d, e, f) as PDF writes them."""
    a, b, c, d, e, f = inner
    g, h, i, j, k, m = outer
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)


def _width(text: str, font: Any) -> float:
    """Return about how many ems ``text`` is wide."""
    widths, first = (font.get("/Widths"), font.get("/FirstChar", 0)) if isinstance(font, dict) else (None, 0)
    if isinstance(widths, list) and all(first <= ord(sign) < first + len(widths) for sign in text):
        return sum(float(widths[ord(sign) - first]) for sign in text) / 1000
    return sum(
        _NARROW
        if sign in "iljtfrI.,;:'’|!()[]- "
        else _WIDE
        if sign in "mwMW—%@"
        else _CAPITAL
        if sign.isupper()
        else _USUAL
        for sign in text
    )


def _headline(blocks: Sequence[Block], pages: Sequence[Sequence[Piece]]) -> str:
    """Return the headline in the largest type of the first page with text, or ""."""
    first = next((page for page in pages if page), ())
    largest = max((piece.size for piece in first), default=0.0)
    words = {word for piece in first if piece.size >= 0.95 * largest for word in piece.text.split()}
    for text, kind in blocks:
        if kind == "headline" and words.issuperset(text.split()[:1]):
            return text
    return ""


def _real_title(title: str) -> str:
    """Return a title of the properties unless it is a file name or what programs write there."""
    is_junk = not title or " " not in title or title.lower().startswith(("microsoft word", "untitled", "layout "))
    return "" if is_junk or len(title) > _LONGEST_TITLE else title


def _first_line(problem: Exception) -> str:
    return (str(problem).splitlines() or [type(problem).__name__])[0][:100]
