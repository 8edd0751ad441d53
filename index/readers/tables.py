"""CSV and TSV to articles: one a row, in the field names that JSON records have."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import BinaryIO

from ..errors import SourceError
from ..schema import Article
from .files import decode, read_bytes
from .records import LARGEST_FILE, has_text_field, no_articles, record_article

_DELIMITERS = ",;\t|"
_ESCAPED_QUOTE = '\\"'


def read_table(stream: BinaryIO, where: str, base: str, max_bytes: int) -> Iterator[Article | SourceError]:
    """Yield the article of each row; the first row names the columns, which commas, semicolons, tabs or bars divide.

    Raises SourceError when no column holds texts.
    """
    hint = "divide it, or save it as JSON Lines (.jsonl), which is read line by line"
    text = decode(read_bytes(stream, where, max_bytes * LARGEST_FILE, hint), where)
    header = text.lstrip("\r\n").partition("\n")[0]
    if not header.strip():
        raise no_articles(where)
    # The limit is the module's: a field as long as the largest article is refused below, with the row that it is in.
    csv.field_size_limit(max(csv.field_size_limit(), len(text) + 1))
    delimiter = max(_DELIMITERS, key=lambda sign: len(next(csv.reader([header], delimiter=sign), [])))
    rows = csv.DictReader(
        io.StringIO(text.lstrip("\r\n"), newline=""),
        delimiter=delimiter,
        doublequote=_ESCAPED_QUOTE not in text or '""' in text,
        escapechar="\\" if _ESCAPED_QUOTE in text and '""' not in text else None,
    )
    if not has_text_field(rows.fieldnames or ()):
        names = ", ".join(rows.fieldnames or ())[:100]
        raise SourceError(
            where, f"has no column of texts (but {names})", 'name the columns, and that of the texts "text"'
        )
    is_empty = True
    try:
        for number, row in enumerate(rows, start=1):
            is_empty = False
            record = {name: value for name, value in row.items() if isinstance(name, str)}
            yield record_article(record, f"{where}[{number}]", base, f"{base}#{number}", max_bytes)
    except csv.Error as problem:
        raise SourceError(where, f"is not CSV from line {rows.line_num} on ({problem})", "export it again") from None
    if is_empty:
        raise no_articles(where)
