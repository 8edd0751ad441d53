"""What a search is asked: the question itself, and the filters by date and source, checked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date

import numpy as np

from .encoder import Vectors
from .errors import QueryError
from .lexical import Condition

MAX_QUERY_CHARS = 4_000


def checked_query(query: str) -> str:
    """The question as text. Raises QueryError for an empty or over-long one."""
    if not query.strip():
        raise QueryError("the question is empty; type a question")
    if len(query) > MAX_QUERY_CHARS:
        raise QueryError(f"the question has {len(query)} characters; ask in at most {MAX_QUERY_CHARS}")
    return whole_text(query)


def conditions_of(
    date_from: date | str | None,
    date_to: date | str | None,
    sources: Sequence[str] | None,
    as_of: date | str | None,
    uris: Sequence[str] | None = None,
) -> list[Condition]:
    """The filters that were asked for."""
    found: list[Condition] = []
    first, last = to_day(date_from, "date_from"), to_day(date_to, "date_to")
    if first and last and first > last:
        raise QueryError(f"date_from {first} is after date_to {last}; swap them")
    for day, operator in ((first, ">="), (last, "<=")):
        if day:
            found.append((f"article.published {operator} ?", (day.isoformat(),)))
    if today := to_day(as_of, "as_of"):
        found.append(("(article.published IS NULL OR article.published <= ?)", (today.isoformat(),)))
    if isinstance(sources, str):
        sources = [sources]
    if sources:
        found.append((f"article.source COLLATE NOCASE IN ({', '.join('?' * len(sources))})", tuple(sources)))
    if isinstance(uris, str):
        uris = [uris]
    if uris is not None:
        found.append(("article.uri IN (SELECT value FROM json_each(?))", (json.dumps(list(uris)),)))
    return found


def unit_vector(given: Sequence[float] | Vectors, dim: int) -> Vectors:
    """A query vector of length 1, float32, shape (dim,). Raises QueryError for another shape or one without length."""
    vector = np.asarray(given, np.float32)
    if vector.shape != (dim,):
        raise QueryError(f"the vector has the shape {vector.shape}; give one of the store's model, ({dim},)")
    length = float(np.linalg.norm(vector))
    if not 0 < length < np.inf:
        raise QueryError(f"the vector has the length {length}; give one that points somewhere")
    unit: Vectors = vector / length
    return unit


def whole_text(text: str) -> str:
    """``text`` with "?" for each half of a surrogate pair, which is no text: the shell makes them of stray bytes."""
    return text.encode(errors="replace").decode()


def to_day(given: date | str | None, name: str) -> date | None:
    """A date from YYYY-MM-DD; None stays None. Raises QueryError that names the filter."""
    if given is None or isinstance(given, date):
        return given
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise QueryError(f"{name} is {given!r}; give a date as YYYY-MM-DD") from None
