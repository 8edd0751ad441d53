"""E-mail newsletters (.eml), and web pages that a browser saved as one file in the form of an e-mail (.mhtml)."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from email.utils import parseaddr

from ..article import clean_text, make_article
from ..dates import parse_date
from ..errors import SourceError
from ..paragraphs import find_paragraphs
from ..schema import UNKNOWN_DATE, Article, Paragraph, Published
from .fields import one_line
from .files import decode
from .html import lay_out_page, parse_html
from .pages import is_prompt

_SUBJECT_PREFIX = ("re:", "fw:", "fwd:")


def read_mail(data: bytes, uri: str, where: str) -> Iterator[Article]:
    """Yield the article of an e-mail: the subject is its title, the sender its source. Raises SourceError without text.

    Of several forms of the text the HTML one is read. Attachments are not.
    """
    message = _message(data)
    if not message.keys():
        raise SourceError(where, "is no e-mail: it has no header", "save the message as .eml")
    text, paragraphs = _body(message, where)
    if not text.strip():
        raise SourceError(where, "holds no text", "open the message and save its text as .txt")
    date = parse_date(_header(message, "Date"))
    name, address = parseaddr(_header(message, "From"))
    title = _header(message, "Subject")
    while title.lower().startswith(_SUBJECT_PREFIX):
        title = title.partition(":")[2].strip()
    yield make_article(
        uri=uri,
        text=text,
        title=title,
        published=Published(date, "header") if date else UNKNOWN_DATE,
        source=one_line(name) or address.rpartition("@")[2],
        paragraphs=paragraphs,
    )


def read_saved_page(data: bytes, uri: str, where: str) -> Iterator[Article]:
    """Yield the article of a page saved as .mhtml. Raises SourceError when it holds no page or no article."""
    message = _message(data)
    page = next((part for part in message.walk() if part.get_content_type() == "text/html"), None)
    if page is None:
        raise SourceError(where, "holds no web page", "save the page again")
    article = parse_html(_text_of(page, where), uri, where)
    address = _header(message, "Snapshot-Content-Location") or one_line(str(page.get("Content-Location", "")))
    if not article.url and address.lower().startswith(("http://", "https://")):
        # The content hash covers the url.
        head = {name: getattr(article, name) for name in ("uri", "title", "published", "source", "authors")}
        article = make_article(**head, url=address, text=article.text, paragraphs=article.paragraphs)
    yield article


def _message(data: bytes) -> EmailMessage:
    return message_from_bytes(data.lstrip(b"\r\n \t\xef\xbb\xbf"), policy=policy.default)


def _header(message: EmailMessage, name: str) -> str:
    return one_line(str(message.get(name, "")))


def _body(message: EmailMessage, where: str) -> tuple[str, tuple[Paragraph, ...]]:
    part = message.get_body(preferencelist=("html", "plain"))
    if part is None:
        return "", ()
    text = _text_of(part, where)
    if part.get_content_subtype() == "html":
        text, paragraphs = lay_out_page(text)
        if text:
            return text, paragraphs
        part = message.get_body(preferencelist=("plain",))
        if part is None:
            return "", ()
        text = _text_of(part, where)
    lines = clean_text(text).split("\n")
    if part.get_param("format") == "flowed":
        lines = (
            "\n".join(line if line.endswith(" ") else line + "\r" for line in lines).replace(" \n", " ").split("\r\n")
        )
    text = "\n".join(line for line in lines if not is_prompt(line.strip())).strip()
    return text, find_paragraphs(text)


def _text_of(part: MIMEPart, where: str) -> str:
    """Return the text of a part in the encoding that it declares, or a likely one."""
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return ""
    try:
        return data.decode(part.get_content_charset("utf-8"))
    except (LookupError, UnicodeError):
        return decode(data, where, is_html=part.get_content_subtype() == "html")
