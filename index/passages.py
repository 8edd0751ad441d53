"""Passages as a search returns them: read from the store, checked, with what is noted about them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import apsw

from .collapse import Shown
from .schema import ArticleHead, Paragraph, Passage, Speech, TimeExpression
from .store import HEAD_COLUMNS, Store, chunk_sha, damaged, load_chunk, load_head, select, to_date

_CHOSEN = "chunk.id IN (SELECT value FROM json_each(?))"
# What stands in the article of a chunk and touches it: its kind of row, the columns of it, and which rows.
# Not its text: SQLite would read the article from its beginning for every one of them.
_NOTED = (
    'SELECT chunk.id, {0}.start, {0}."end", {1} FROM chunk JOIN {0} ON {0}.article_id = chunk.article_id AND {2} '
    "WHERE chunk.id IN (SELECT value FROM json_each(?)) ORDER BY {0}.start"
)
_TOUCHES = '{0}.start < chunk."end" AND {0}."end" > chunk.start'


def load_passages(store: Store, shown: Sequence[Shown], scores: Sequence[Mapping[str, float]]) -> list[Passage]:
    """The passages of some chunks in their order, ranked from 1, each with its signals, copies and newer version.

    A handful of statements for all of them. Raises StoreDamagedError when one is not what was stored.
    """
    connection = store.connection
    chosen = json.dumps([one.chunk for one in shown])
    rows = {
        row[0]: row
        for row in select(
            connection,
            'SELECT chunk.id, chunk.text, chunk.start, chunk."end", first_paragraph, last_paragraph, chunk.sha, '  # noqa: S608
            "article.id, article.text, "
            f"{HEAD_COLUMNS} FROM chunk JOIN article ON article.id = chunk.article_id WHERE {_CHOSEN}",
            (chosen,),
        )
    }
    paragraphs = _noted(
        connection, chosen, "paragraph", "number, kind", "number BETWEEN first_paragraph AND last_paragraph"
    )
    times = _noted(connection, chosen, "time", "time.first, time.last", _TOUCHES.format("time"))
    speech = _noted(connection, chosen, "speech", "speaker, direct", _TOUCHES.format("speech"))
    found = []
    for rank, (one, signals) in enumerate(zip(shown, scores, strict=True), 1):
        if one.chunk not in rows:
            raise damaged(store.folder, f"chunk {one.chunk} is gone")
        row = rows[one.chunk]
        chunk, head, (sha, article_id, text) = load_chunk(row[:6]), load_head(row[9:]), row[6:9]
        if chunk_sha(head.uri, chunk.start, chunk.text) != sha or text[chunk.start : chunk.end] != chunk.text:
            raise damaged(store.folder, f"chunk {chunk.id} of {head.uri}")
        passage = Passage(
            chunk,
            head,
            tuple(Paragraph(n, text[a:b], kind, a, b) for a, b, n, kind in paragraphs.get(chunk.id, ())),
            one.score,
            rank,
            signals,
            times=tuple(
                TimeExpression(a, b, text[a:b], to_date(first), to_date(last))
                for a, b, first, last in times.get(chunk.id, ())
            ),
            speech=tuple(Speech(a, b, text[a:b], who, bool(direct)) for a, b, who, direct in speech.get(chunk.id, ())),
            story=head.uri,
        )
        found.append(_in_story(connection, passage, one, article_id))
    return found


def _noted(connection: apsw.Connection, chosen: str, table: str, columns: str, which: str) -> dict[int, list[Any]]:
    """(start, end, columns ...) of the rows of a table that belong to each chunk, in order."""
    found: dict[int, list[Any]] = {}
    for chunk, *row in select(connection, _NOTED.format(table, columns, which), (chosen,)):
        found.setdefault(chunk, []).append(row)
    return found


def _in_story(connection: apsw.Connection, passage: Passage, shown: Shown, article_id: int) -> Passage:
    """The passage with the articles that carry its story too, if there are any."""
    if shown.story is None:
        return passage
    copies, newest = shown.story.copies(article_id), shown.story.newest(article_id)
    heads = load_heads(connection, [*copies, newest, shown.story.first])
    return replace(
        passage,
        copies=tuple(heads[number] for number in copies),
        superseded_by=heads[newest] if newest != article_id else None,
        story=heads[shown.story.first].uri,
    )


def load_heads(connection: apsw.Connection, numbers: Iterable[int]) -> dict[int, ArticleHead]:
    """The heads of some articles by their numbers."""
    rows = select(
        connection,
        f"SELECT id, {HEAD_COLUMNS} FROM article WHERE id IN (SELECT value FROM json_each(?))",  # noqa: S608
        (json.dumps(list(numbers)),),
    )
    return {number: load_head(tuple(head)) for number, *head in rows}
