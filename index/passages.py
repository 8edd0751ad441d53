"""Passages as a search returns them: read from the store, checked, with what is noted about them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace

import apsw

from .collapse import Shown
from .schema import ArticleHead, Passage
from .store import HEAD_COLUMNS, Store, chunk_sha, damaged, load_chunk, load_head, load_paragraphs, select
from .stories import load_speech, load_times


def load_passage(store: Store, shown: Shown, rank: int, scores: dict[str, float]) -> Passage:
    """A passage with its copies and its newer version. Raises StoreDamagedError when it is not what was stored."""
    row = store.connection.execute(
        'SELECT chunk.id, chunk.text, chunk.start, chunk."end", first_paragraph, last_paragraph, chunk.sha, '  # noqa: S608
        f"article.id, article.text, {HEAD_COLUMNS} "
        "FROM chunk JOIN article ON article.id = chunk.article_id WHERE chunk.id = ?",
        (shown.chunk,),
    ).fetchone()
    if row is None:
        raise damaged(store.folder, f"chunk {shown.chunk} is gone")
    chunk, head = load_chunk(row[:6]), load_head(row[9:])
    sha, article_id, text = row[6:9]
    if chunk_sha(head.uri, chunk.start, chunk.text) != sha or text[chunk.start : chunk.end] != chunk.text:
        raise damaged(store.folder, f"chunk {shown.chunk} of {head.uri}")
    passage = Passage(
        chunk,
        head,
        load_paragraphs(store.connection, article_id, chunk.first_paragraph, chunk.last_paragraph, text),
        shown.score,
        rank,
        scores,
        times=load_times(store.connection, article_id, text, chunk.start, chunk.end),
        speech=load_speech(store.connection, article_id, text, chunk.start, chunk.end),
        story=head.uri,
    )
    if shown.story is None:
        return passage
    copies, newest = shown.story.copies(article_id), shown.story.newest(article_id)
    heads = load_heads(store.connection, [*copies, newest, shown.story.first])
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
