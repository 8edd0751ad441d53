"""Which articles of a store carry the same story. Pairs are found as articles are written, stories are made of pairs.

Everything here runs within the transaction that writes or deletes the articles.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal
from urllib.parse import urlsplit

import apsw
import numpy as np

from .annotations import ANNOTATOR, Annotations
from .copies import (
    COPIED,
    EXACT,
    REVISED,
    REVISED_WHOLE,
    SHARED_HASHES,
    SHARED_SAMPLE,
    Print,
    containment,
    near,
    overlap,
    print_of,
    resemblance,
    same_things,
)
from .schema import Article, ArticleHead, Speech, TimeExpression
from .store import from_date, load_article_numbered, select, to_date

# The newest articles that are looked at for one hash: what more have it is a phrase that says nothing.
MOST_FOUND = 64
# A hash that as many articles of other days have belongs to no story: a standing notice, a description of the outlet.
STANDING = 3
# More articles than that under one url: it is that of a page which changes, not of an article.
MOST_VERSIONS = 50

LAST_CHANGE = "max(coalesce(published, ''), coalesce(updated, ''), coalesce(corrected, ''))"
"""SQL: the day on which an article was last changed, "" when nothing is known."""


# -- what is noted of one article


def note(connection: apsw.Connection, article_id: int, article: Article, found: Annotations) -> None:
    """Store the annotations of an article that has none."""
    connection.executemany(
        "INSERT OR IGNORE INTO time VALUES (?, ?, ?, ?, ?)",
        [(article_id, t.start, t.end, from_date(t.first), from_date(t.last)) for t in found.times],
    )
    connection.executemany(
        "INSERT OR IGNORE INTO speech VALUES (?, ?, ?, ?, ?)",
        [(article_id, s.start, s.end, s.speaker, s.direct) for s in found.speech],
    )
    connection.execute("INSERT INTO signature VALUES (?, ?)", (article_id, found.signature.tobytes()))
    connection.executemany(
        "INSERT INTO hash VALUES (?, ?, ?)",
        [(value, article_id, article.published.iso) for value in found.signature.tolist()],
    )
    connection.execute(
        "UPDATE article SET annotated_by = ?, annotation_sha = ? WHERE id = ?",
        (ANNOTATOR, found.sha(article.language), article_id),
    )


def forget(connection: apsw.Connection, article_id: int) -> set[int]:
    """Delete the annotations of an article and what pairs it with others; returns those that shared its story, whose
    stories must be made again."""
    mates = {int(row[0]) for row in select(connection, _MATES, (article_id,))} - {article_id}
    for value in _hashes(connection, article_id):
        connection.execute("DELETE FROM hash WHERE hash = ? AND article_id = ?", (value, article_id))
    for table in ("time", "speech", "signature", "member"):
        connection.execute(f"DELETE FROM {table} WHERE article_id = ?", (article_id,))  # noqa: S608 - constants
    connection.execute("DELETE FROM pair WHERE one = ?1 OR other = ?1", (article_id,))
    return mates


def _times(connection: apsw.Connection, article_id: int, text: str) -> tuple[TimeExpression, ...]:
    rows = connection.execute(
        'SELECT start, "end", first, last FROM time WHERE article_id = ? ORDER BY start', (article_id,)
    )
    return tuple(TimeExpression(a, b, text[a:b], to_date(first), to_date(last)) for a, b, first, last in rows)


def _speech(connection: apsw.Connection, article_id: int, text: str) -> tuple[Speech, ...]:
    rows = connection.execute(
        'SELECT start, "end", speaker, direct FROM speech WHERE article_id = ? ORDER BY start', (article_id,)
    )
    return tuple(Speech(a, b, text[a:b], speaker, bool(direct)) for a, b, speaker, direct in rows)


def load_annotations(connection: apsw.Connection, article_id: int) -> Annotations:
    """What is stored about an article. Raises ValueError when a row cannot be what was stored."""
    text = load_article_numbered(connection, article_id).text
    row = connection.execute("SELECT hashes FROM signature WHERE article_id = ?", (article_id,)).fetchone()
    return Annotations(
        _times(connection, article_id, text),
        _speech(connection, article_id, text),
        np.frombuffer(row[0] if row else b"", np.int64),
    )


_MATES = "SELECT article_id FROM member WHERE story = (SELECT story FROM member WHERE article_id = ?)"


def _hashes(connection: apsw.Connection, article_id: int) -> list[int]:
    row = connection.execute("SELECT hashes FROM signature WHERE article_id = ?", (article_id,)).fetchone()
    return [] if row is None else np.frombuffer(row[0], np.int64).tolist()


# -- pairs


@dataclass(frozen=True, slots=True)
class _Compared:
    """An article as it is compared with others."""

    id: int
    head: ArticleHead
    printed: Print

    @property
    def changed(self) -> date | None:
        """The last day on which it was changed, as far as is known."""
        days = [day for day in (self.head.published.date, self.head.updated, self.head.corrected) if day]
        return max(days, default=None)


Relation = tuple[int, int, Literal["copy", "version"]]


def link(connection: apsw.Connection, article_ids: Iterable[int]) -> None:
    """Find and store the pairs of articles whose annotations are stored."""
    seen: dict[int, _Compared] = {}
    for article_id in article_ids:
        ((published, url),) = select(connection, "SELECT published, url FROM article WHERE id = ?", (article_id,))
        candidates = _by_text(connection, article_id, to_date(published)) | _by_url(connection, article_id, url)
        for other_id in sorted(candidates):
            found = relation(_compared(connection, article_id, seen), _compared(connection, other_id, seen))
            if found is not None:
                connection.execute("INSERT OR IGNORE INTO pair VALUES (?, ?, ?)", found)


def _compared(connection: apsw.Connection, article_id: int, seen: dict[int, _Compared]) -> _Compared:
    if article_id not in seen:
        article = load_article_numbered(connection, article_id)
        seen[article_id] = _Compared(article_id, article, print_of(article))
    return seen[article_id]


def _by_text(connection: apsw.Connection, article_id: int, day: date | None) -> set[int]:
    """Articles that share enough of the sample, without the hashes that belong to no story."""
    hashes, shared = 0, Counter[int]()
    for value in _hashes(connection, article_id):
        rows = select(
            connection,
            "SELECT article_id, day FROM hash WHERE hash = ? ORDER BY article_id DESC LIMIT ?",
            (value, MOST_FOUND),
        )
        if day and sum(not near(day, to_date(other_day)) for _, other_day in rows) >= STANDING:
            continue
        hashes += 1
        shared.update(int(row[0]) for row in rows)
    del shared[article_id]
    found = set()
    for other_id, number in shared.items():
        if number >= SHARED_HASHES and number >= SHARED_SAMPLE * min(hashes, len(_hashes(connection, other_id))):
            found.add(other_id)
    return found


def _by_url(connection: apsw.Connection, article_id: int, url: str) -> set[int]:
    if not urlsplit(url).path.strip("/"):  # no page, or the first page of an outlet
        return set()
    rows = select(
        connection,
        "SELECT id FROM article WHERE url = ? AND url <> '' AND id <> ? LIMIT ?",
        (url, article_id, MOST_VERSIONS + 1),
    )
    return {int(row[0]) for row in rows} if len(rows) <= MOST_VERSIONS else set()


def relation(one: _Compared, other: _Compared) -> Relation | None:
    """How two articles belong together: (older, newer, "version"), (either, other, "copy"), or not at all."""
    same_url = bool(one.head.url) and one.head.url == other.head.url
    same_source = bool(one.head.source) and one.head.source.casefold() == other.head.source.casefold()
    if not same_url and not same_things(one.printed, other.printed):
        return None
    if not same_url and not near(one.head.published.date, other.head.published.date):
        alike = resemblance(one.printed, other.printed) >= EXACT
    elif same_source and not same_url:
        whole = containment(one.printed, other.printed)
        alike = whole >= REVISED_WHOLE and overlap(one.printed, other.printed) >= REVISED
    else:
        alike = overlap(one.printed, other.printed) >= COPIED
    if (same_url or (same_source and alike)) and one.changed and other.changed and one.changed != other.changed:
        older, newer = sorted((one, other), key=lambda compared: compared.changed or date.min)
        return older.id, newer.id, "version"
    return (min(one.id, other.id), max(one.id, other.id), "copy") if alike else None


# -- stories


Row = tuple[int, int, int | None, str, str]
"""A row of the table member: article, story, next version, day of publication and of the last change."""


def regroup(connection: apsw.Connection, article_ids: Sequence[int]) -> None:
    """Make the stories of some articles again."""
    rows = stories(connection, article_ids)
    again = {*article_ids, *(row[0] for row in rows)}
    connection.executemany("DELETE FROM member WHERE article_id = ?", [(number,) for number in again])
    connection.executemany("INSERT INTO member VALUES (?, ?, ?, ?, ?)", rows)


def stories(connection: apsw.Connection, article_ids: Iterable[int]) -> list[Row]:
    """The rows of the stories of some articles, as the stored pairs make them: their connected components."""
    left = set(article_ids)
    found: list[Row] = []
    while left:
        story, older = _component(connection, left.pop())
        left -= story
        if len(story) > 1:
            found += _rows(connection, story, older)
    return found


def _rows(connection: apsw.Connection, story: set[int], older: dict[int, set[int]]) -> list[Row]:
    """The rows of one story. ``older``: the articles that one is a version of."""
    marks = ", ".join("?" * len(story))
    days: dict[int, tuple[str, str]] = {
        number: (published, changed)
        for number, published, changed in select(
            connection,
            f"SELECT id, coalesce(published, ''), {LAST_CHANGE} FROM article WHERE id IN ({marks})",  # noqa: S608
            tuple(story),
        )
    }
    following: dict[int, list[int]] = {}
    for newer, befores in older.items():
        for before in befores:
            following.setdefault(before, []).append(newer)
    rows: list[Row] = []
    for number in sorted(story):
        later = min(following.get(number, []), key=lambda newer: (days[newer][1], newer), default=None)
        rows.append((number, min(story), later, *days[number]))
    return rows


def _component(connection: apsw.Connection, start: int) -> tuple[set[int], dict[int, set[int]]]:
    """All articles that pairs connect with one, and of each newer version the older ones."""
    found, left = {start}, [start]
    older: dict[int, set[int]] = {}
    while left:
        here = left.pop()
        for one, other, kind in select(
            connection,
            "SELECT one, other, kind FROM pair WHERE one = ?1 UNION ALL "
            "SELECT one, other, kind FROM pair WHERE other = ?1",
            (here,),
        ):
            if kind == "version":
                older.setdefault(other, set()).add(one)
            for number in (one, other):
                if number not in found:
                    found.add(number)
                    left.append(number)
    return found, older
