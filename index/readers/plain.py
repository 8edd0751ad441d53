"""Plain text files to articles."""

from __future__ import annotations

from ..article import clean_text, make_article
from ..dates import header_date, is_date_line
from ..errors import SourceError
from ..kinds import is_agency, source_of
from ..masthead import find_masthead
from ..paragraphs import find_paragraphs, headline_of
from ..schema import UNKNOWN_DATE, Article, Paragraph, Published
from .fields import split_names


def parse_plain(text: str, uri: str, where: str) -> Article:
    """Return the article in a plain text; a date in its header is not part of the text.

    Raises SourceError when nothing but a header is left.
    """
    whole = clean_text(text)
    published, text = split_header(whole)
    if not text.strip():
        raise SourceError(where, "holds no text", "remove it, or put an article into it")
    masthead = find_masthead(text, follows_date=len(text) < len(whole))
    paragraphs = find_paragraphs(text, masthead.lines)
    return make_article(
        uri=uri,
        text=text,
        title=headline_of(paragraphs, text),
        published=published,
        source=source_in(paragraphs) or masthead.name,
        url=masthead.url,
        authors=authors_in(paragraphs),
        paragraphs=paragraphs,
    )


def split_header(text: str) -> tuple[Published, str]:
    """Return the date in the header of ``text``, and the text without it."""
    header = header_date(text)
    return (Published(header[0], "header"), text[header[1] :]) if header else (UNKNOWN_DATE, text)


def source_in(paragraphs: tuple[Paragraph, ...]) -> str:
    """Return what a "Source: ..." line names, or ""."""
    return next((name for p in paragraphs if p.kind == "credit" and (name := source_of(p.text))), "")


def authors_in(paragraphs: tuple[Paragraph, ...]) -> tuple[str, ...]:
    """Return the people whom the first byline names."""
    for paragraph in paragraphs:
        if paragraph.kind == "byline" and not is_date_line(paragraph.text):
            return tuple(name for name in split_names(paragraph.text) if not is_agency(name))
    return ()
