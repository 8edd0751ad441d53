"""JSON and JSON Lines to articles: one article a record, in the field names that news data usually have."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import BinaryIO

from ..article import clean_text, make_article
from ..errors import SourceError
from ..schema import Article, Paragraph
from . import sandbox
from .fields import first_line_of, head_from, normalise_keys, one_line
from .files import decode, read_bytes
from .html import is_markup

_TEXT = (
    "text", "body", "content", "article", "articletext", "articlebody", "fulltext", "maintext", "story", "contenthtml",
    "contenttext",
)  # fmt: skip
_ID = ("id", "guid", "uuid")
_SUMMARY = ("title", "headline", "description", "summary", "abstract")
_LISTS = ("articles", "items", "data", "documents", "results", "entries", "response")
_PARTS = ("rendered", "text", "value")  # where an object keeps the text

# A .json file is read as a whole, so it may not be as long as a .jsonl file; in articles of the largest size.
LARGEST_FILE = 10
_SHORT = 100_000  # characters; a long article has 30,000
_SKIP = 1 << 20  # bytes read at a time from a line that is refused

Found = Article | SourceError


def read_json(stream: BinaryIO, where: str, base: str, max_bytes: int) -> Iterator[Found]:
    """Yield the articles of a JSON file: an object, a list of objects, or an object that holds such a list.

    Also takes JSON Lines under the wrong suffix. Raises SourceError when nothing of the file can be read.
    """
    hint = "split it, or save it as JSON Lines (.jsonl), which is read line by line"
    text = decode(read_bytes(stream, where, max_bytes * LARGEST_FILE, hint), where)
    if not text.strip():
        raise no_articles(where)
    try:
        data = _parse(text, where)
    except SourceError:
        if not _is_object(text.lstrip().partition("\n")[0]):
            raise
        yield from _from_lines(text, where, base, max_bytes)
        return
    records = _records(data)
    if not records:
        raise no_articles(where)
    for number, record in enumerate(records):
        if record is data:
            yield record_article(record, where, base, base, max_bytes)
        else:
            yield record_article(record, f"{where}[{number}]", base, f"{base}#{number}", max_bytes)


def read_json_lines(stream: BinaryIO, where: str, base: str, max_bytes: int) -> Iterator[Found]:
    """Yield the article of each line; a bad line costs only itself, and one over ``max_bytes`` is never held whole."""
    number = 0
    is_empty = True
    while line := stream.readline(max_bytes + 1):
        number += 1
        place = f"{where}:{number}"
        if number == 1 and b"\0" in line[:4]:  # UTF-16 or UTF-32: a line does not end where a byte is "\n"
            stream.seek(0)
            data = read_bytes(stream, where, max_bytes * LARGEST_FILE, "save it as UTF-8")
            yield from _from_lines(decode(data, where), where, base, max_bytes)
            return
        if len(line) > max_bytes and not line.endswith(b"\n"):
            is_empty = False
            while (rest := stream.readline(_SKIP)) and not rest.endswith(b"\n"):
                pass
            yield SourceError(
                place, f"is longer than {max_bytes / 1e6:g} MB", "shorten it, or raise the setting max_article_mb"
            )
            continue
        if found := _from_line(line, place, base, number, max_bytes):
            is_empty = False
            yield found
    if is_empty:
        raise no_articles(where)


def no_articles(where: str) -> SourceError:
    return SourceError(where, "holds no articles", "give objects with a title and a text, or a list of them")


def _from_lines(text: str, where: str, base: str, max_bytes: int) -> Iterator[Found]:
    for number, line in enumerate(text.split("\n"), start=1):
        if found := _from_line(line, f"{where}:{number}", base, number, max_bytes):
            yield found


def _from_line(line: bytes | str, where: str, base: str, number: int, max_bytes: int) -> Found | None:
    """Return the article of a line, or what is wrong with it; None for an empty line."""
    try:
        text = (line if isinstance(line, str) else decode(line, where)).strip()
        if not text:
            return None
        return record_article(_parse(text, where), where, base, f"{base}#{number}", max_bytes)
    except SourceError as problem:
        return problem


def _parse(text: str, where: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}" if "\n" in text else f"column {error.colno}"
        raise SourceError(where, f"is not valid JSON ({error.msg}, {place})", "correct it or export it again") from None
    except (ValueError, RecursionError):  # an endless number, or brackets within brackets within brackets
        raise SourceError(where, "is JSON that nests too deeply or holds a huge number", "export it again") from None


def _is_object(line: str) -> bool:
    try:
        return isinstance(_parse(line, ""), dict)
    except SourceError:
        return False


def _records(data: object, depth: int = 3) -> list[object]:
    """Return the records that ``data`` is or holds, down to ``depth`` levels."""
    if isinstance(data, list):
        return data
    if not isinstance(data, dict):
        return []
    fields = normalise_keys(data)
    lists = [found for key in _LISTS if depth and (found := _records(fields.get(key), depth - 1))]
    if lists and not _text_of(fields):
        return lists[0]
    return [data] if any(key in fields for key in (*_TEXT, *_SUMMARY)) else []


def record_article(record: object, where: str, base: str, unnamed: str, max_bytes: int) -> Found:
    """Return the article of ``record``. Its uri is its own, its URL, its id in the file ``base``, or ``unnamed``."""
    if not isinstance(record, dict):
        return SourceError(where, "is not a JSON object", "give one object with a title and a text for each article")
    fields = normalise_keys(record)
    text = _text_of(fields)
    if not text.strip():
        has_summary = any(key in fields for key in _SUMMARY)
        what = "has a title or description but no text" if has_summary else "has no text"
        return SourceError(where, what, 'put the article into a field "text"')
    if len(text) > max_bytes:
        return SourceError(
            where,
            f"holds an article of more than {max_bytes / 1e6:g} MB",
            "divide it, or raise the setting max_article_mb",
        )
    text, paragraphs = _lay_out(text, where)
    if not text.strip():
        return SourceError(where, "has no text besides markup", 'put the article into a field "text"')
    head = head_from(fields)
    own_id = first_line_of(fields, _ID)
    uri = one_line(fields.get("uri")) or head["url"] or (f"{base}#{own_id}" if own_id else unnamed)
    return make_article(uri=uri, text=text, paragraphs=paragraphs, **head)


def has_text_field(names: Iterable[str]) -> bool:
    """Say whether one of the ``names`` of fields is that of an article's text."""
    return any(name in _TEXT for name in normalise_keys(dict.fromkeys(names, 1)))


def _lay_out(text: str, where: str) -> tuple[str, tuple[Paragraph, ...] | None]:
    """Return clean ``text`` and its paragraphs, None when they are still to be found. Raises SourceError.

    Markup and long texts are for the child process: what they ask for may be more than they are worth.
    """
    is_html = is_markup(text)
    if not is_html and len(text) <= _SHORT:
        return clean_text(text), None
    found = next(sandbox.parse("markup" if is_html else "text", text.encode(errors="replace"), "", where))
    if isinstance(found, tuple):
        return found
    raise found if isinstance(found, SourceError) else SourceError(where, "gave no text", "give plain text")


def _text_of(fields: Mapping[str, object]) -> str:
    """Return the first field that holds the text of an article, or ""."""
    return next((text for name in _TEXT if name in fields and (text := _joined(fields[name])).strip()), "")


def _joined(value: object) -> str:
    """Return a string as it is, the text inside an object, and a list of either joined by blank lines."""
    if isinstance(value, list):
        return "\n\n".join(filter(None, (_joined(part) for part in value if not isinstance(part, list))))
    if isinstance(value, dict):
        value = next((value[key] for key in _PARTS if isinstance(value.get(key), str)), "")
    return value if isinstance(value, str) else ""
