"""Word documents (.docx) to articles."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..article import clean_text, make_article
from ..dates import header_date
from ..errors import SourceError
from ..paragraphs import lay_out
from ..schema import UNKNOWN_DATE, Article, ParagraphKind, Published
from .archives import open_zip
from .feeds import has_document_type
from .fields import one_line, split_names
from .plain import authors_in, source_in

if TYPE_CHECKING:
    from docx.table import Table
    from docx.text.paragraph import Paragraph as WordParagraph

_SAVE_ANEW = "open it in a word processor and save it anew, or save its text as .txt"
_LEVELS = {"title": 1, **{f"heading {level}": level for level in range(1, 10)}}
# Of a paragraph: its runs of text, but neither deleted nor hidden ones, nor the text of boxes that hang on it.
_RUNS = (
    ".//w:r[not(ancestor::w:del) and not(ancestor::w:moveFrom) and not(ancestor::w:txbxContent)"
    " and not(w:rPr/w:vanish[not(@w:val='0') and not(@w:val='false')]) and not(w:rPr/w:color[@w:val='FFFFFF'])"
    " and not(w:rPr/w:sz[number(@w:val) < 5])]"  # sizes are in half points
    "/*[self::w:t or self::w:tab or self::w:br or self::w:cr or self::w:noBreakHyphen]"
)
_INSTEAD = {"tab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}

_Block = tuple[str, ParagraphKind | None]


def read_word(data: bytes, uri: str, where: str) -> Iterator[Article]:
    """Yield the article of a document; its dates of creation and saving are those of a file and count for nothing.

    Raises SourceError when it is encrypted, damaged, a bomb, or holds no text.
    """
    from docx import Document
    from docx.opc.exceptions import OpcError
    from lxml.etree import XMLSyntaxError

    if data.startswith(b"\xd0\xcf\x11\xe0"):  # OLE, the container of encrypted documents and of the format before
        raise SourceError(where, "is encrypted, or in the format of Word 97", "open it and save it as .docx or .txt")
    _check_parts(data, where)
    try:
        document = Document(io.BytesIO(data))
        blocks = [block for part in document.iter_inner_content() for block in _blocks(part)]
    except (OpcError, KeyError, ValueError, AttributeError, XMLSyntaxError, zipfile.BadZipFile) as problem:
        raise SourceError(where, f"is a damaged document ({type(problem).__name__})", _SAVE_ANEW) from None
    text, paragraphs = lay_out(blocks)
    if not text:
        raise SourceError(where, "holds no text", "save its text as .txt, or remove it")
    found = header_date(text)
    about = document.core_properties
    yield make_article(
        uri=uri,
        text=text,
        title=next((block for block, kind in blocks if kind == "headline"), "") or one_line(about.title),
        published=Published(found[0], "header") if found else UNKNOWN_DATE,
        source=source_in(paragraphs),
        authors=authors_in(paragraphs) or _full_names(about.author),
        paragraphs=paragraphs,
    )


def _check_parts(data: bytes, where: str) -> None:
    """Raise SourceError for an archive beyond the limits, or a part that declares entities."""
    with open_zip(data, where) as archive:
        for member in archive.infolist():
            if member.filename.endswith((".xml", ".rels")):
                try:
                    part = archive.read(member)
                except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError) as problem:
                    raise SourceError(where, f"is a damaged document ({problem})", _SAVE_ANEW) from None
                if has_document_type(part):
                    raise SourceError(where, "declares a DOCTYPE, which may hide an attack", _SAVE_ANEW)


def _blocks(part: WordParagraph | Table) -> Iterator[_Block]:
    from docx.table import Table

    if isinstance(part, Table):
        for row in part.rows:
            cells = {
                id(cell._tc): " ".join(_plain(cell._tc).split()) for cell in row.cells
            }  # a merged cell comes twice
            yield " | ".join(filter(None, cells.values())), None
        return
    style = (part.style.name if part.style is not None else "") or ""
    text = _plain(part._p)
    if style.lower() in _LEVELS:
        yield " ".join(text.split()), "headline"
    elif style.lower() == "caption":
        yield " ".join(text.split()), "caption"
    else:
        for block in text.split("\n"):
            yield " ".join(block.split()), None


def _plain(element: Any) -> str:
    """Return the visible text below an XML element of a document."""
    words = []
    for piece in element.xpath(_RUNS):
        tag = piece.tag.rpartition("}")[2]
        words.append(_INSTEAD.get(tag) or piece.text or "")
    return clean_text("".join(words))


def _full_names(author: str | None) -> tuple[str, ...]:
    """Return the author in the properties when it is a name; programs write "user" or "python-docx" there."""
    return tuple(name for name in split_names(author or "") if " " in name)
