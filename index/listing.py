"""What is in a store, told page by page and in figures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from .filters import conditions_of
from .schema import ArticleHead
from .store import HEAD_COLUMNS, Store, load_head


def listing(
    store: Store,
    *,
    offset: int = 0,
    limit: int = 100,
    date_from: date | str | None = None,
    date_to: date | str | None = None,
    sources: Sequence[str] | None = None,
) -> tuple[list[ArticleHead], int]:
    """``limit`` articles from the ``offset``-th on, in the order in which they were stored, and how many there are.

    Filters as in ``Index.search``. Raises QueryError for a date that is none.
    """
    conditions = conditions_of(date_from, date_to, sources, None)
    where = "WHERE " + " AND ".join(sql for sql, _ in conditions) if conditions else ""
    values = [value for _, some in conditions for value in some]
    page = f"SELECT {HEAD_COLUMNS} FROM article {where} ORDER BY id LIMIT ? OFFSET ?"  # noqa: S608 - constant conditions
    with store.reading() as connection:
        (total,) = connection.execute(f"SELECT count(*) FROM article {where}", values).fetchone() or (0,)  # noqa: S608
        rows = connection.execute(page, (*values, limit, offset)).fetchall()
    return [load_head(row) for row in rows], int(total)


def counts(store: Store) -> tuple[int, int]:
    """How many articles and chunks a store holds."""
    with store.reading() as connection:
        articles, chunks = connection.execute(
            "SELECT (SELECT count(*) FROM article), (SELECT count(*) FROM chunk)"
        ).fetchone() or (0, 0)
    return int(articles), int(chunks)
