"""The head of an article from a mapping of named fields, in the spellings that news data come with."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import TypedDict

from ..article import clean_text
from ..dates import parse_date, refusal
from ..schema import UNKNOWN_DATE, Published

_TITLE = ("title", "headline", "name")
_DATE = (
    "date", "published", "publishedat", "datepublished", "publicationdate", "publishdate", "publisheddate", "pubdate",
    "publishedtime", "firstpublished", "webpublicationdate", "created", "createdat", "datecreated", "timestamp",
)  # fmt: skip
_UPDATED = (
    "updated", "updatedat", "dateupdated", "lastupdated", "modified", "modifiedat", "datemodified", "lastmodified",
    "modifiedtime", "updateddate", "modifieddate", "revised", "lastmod",
)  # fmt: skip
_CORRECTED = ("corrected", "correctedat", "datecorrected", "correctiondate", "correctedon")
_SOURCE = ("source", "publisher", "outlet", "site", "sitename", "publication", "newspaper", "feed")
_URL = ("url", "link", "canonicalurl", "weburl", "uri")
_AUTHORS = ("authors", "author", "byline", "creator")
_INSIDE = ("name", "title", "rendered", "text", "$oid")  # where an object keeps its own text

_WEB = re.compile(r"https?://\S+", re.IGNORECASE)
_BY = re.compile(r"[—–-]*\s*(?:by\s+)?", re.IGNORECASE)
_BETWEEN_NAMES = re.compile(r"\s*[;|&]\s*|\s*,(?!\s*(?:Jr|Sr|II|III)\b)\s*(?:and\s+)?|\s+and\s+", re.IGNORECASE)


class Head(TypedDict):
    """The arguments of ``make_article`` that describe an article."""

    title: str
    published: Published
    source: str
    url: str
    authors: tuple[str, ...]
    updated: date | None
    corrected: date | None
    notes: tuple[str, ...]


def normalise_keys(record: Mapping[str, object]) -> dict[str, object]:
    """Return ``record`` with lower-case keys of letters and digits only, without empty values."""
    fields: dict[str, object] = {}
    for key, value in record.items():
        if value not in (None, "", [], {}):
            fields.setdefault("".join(sign for sign in key.lower() if sign.isalnum() or sign == "$"), value)
    return fields


def head_from(fields: Mapping[str, object]) -> Head:
    """Return the head that ``fields`` (with normalised keys) describe; what they do not tell stays empty."""
    day = _first_date(fields, _DATE)
    refused = next((why for name in _DATE if (why := refusal(fields.get(name)))), "")
    updated = _first_date(fields, _UPDATED)
    return Head(
        title=first_line_of(fields, _TITLE),
        published=Published(day, "file-given") if day else UNKNOWN_DATE,
        source=first_line_of(fields, _SOURCE),
        url=next((text for text in (one_line(fields.get(name)) for name in _URL) if _WEB.fullmatch(text)), ""),
        authors=next((names for names in (split_names(fields.get(name)) for name in _AUTHORS) if names), ()),
        updated=updated if updated and (day is None or updated > day) else None,
        corrected=_first_date(fields, _CORRECTED),
        notes=(f"a date was refused: {refused}",) if refused else (),
    )


def _first_date(fields: Mapping[str, object], names: tuple[str, ...]) -> date | None:
    return next((found for name in names if (found := parse_date(fields.get(name)))), None)


def first_line_of(fields: Mapping[str, object], names: tuple[str, ...]) -> str:
    """Return the first of the named fields that holds text, as one line, or ""."""
    return next((text for text in (one_line(fields.get(name)) for name in names) if text), "")


def one_line(value: object) -> str:
    """Return ``value`` (a string, a number, or an object with a name) as one clean line, or ""."""
    if isinstance(value, Mapping):
        value = next((value[key] for key in _INSIDE if isinstance(value.get(key), str)), "")
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return " ".join(clean_text(str(value)).split())


def split_names(value: object) -> tuple[str, ...]:
    """Return the names in a byline, a list of names, or a list of objects with names; each once, in order."""
    return tuple(dict.fromkeys(_names(value)))


def _names(value: object) -> Iterator[str]:
    if isinstance(value, list | tuple):
        for item in value:
            yield from _names(item) if isinstance(item, str) else filter(None, [one_line(item)])
        return
    for name in _BETWEEN_NAMES.split(_BY.sub("", one_line(value), count=1)):
        if name and not name.isdigit() and not _WEB.match(name):
            yield name
