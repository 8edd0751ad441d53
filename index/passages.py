"""Passages as a search returns them: read from the store, checked, with what is noted about them."""

from __future__ import annotations

from dataclasses import replace

from .collapse import Shown
from .schema import Passage
from .store import HEAD_COLUMNS, Store, chunk_sha, damaged, load_chunk, load_head, load_paragraphs
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
        story=shown.story.uri if shown.story else head.uri,
    )
    if shown.story is None:
        return passage
    newest = shown.story.newest(article_id)
    return replace(
        passage,
        copies=tuple(member.head for member in shown.story.copies(article_id)),
        superseded_by=shown.story.members[newest].head if newest != article_id else None,
    )
