"""The one process that changes a store: add, update, remove, each batch in one durable transaction."""

from __future__ import annotations

import fcntl
import json
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import apsw

from .annotations import ANNOTATOR, Annotations, annotate
from .chunks import ChunkDraft
from .encoder import Encoder
from .errors import StoreBusyError, StoreDamagedError, StoreError, StoreVersionError
from .schema import Article
from .snapshot import compact, current_view, delete_orphans, snapshot_is_due, snapshot_problem, write_snapshot
from .store import (
    Store,
    check_format,
    chunk_sha,
    create_schema,
    damaged,
    from_date,
    is_empty,
    is_old,
    load_article_numbered,
    missing_text,
    select,
    sync_folder,
    upgrade,
    vector_sha,
)
from .stories import forget, link, note, regroup

logger = logging.getLogger(__name__)

Change = Literal["added", "updated"]

BATCH_ARTICLES = 100  # articles that are annotated again in one transaction


@dataclass(frozen=True, slots=True)
class Prepared:
    """An article that is ready to be written: its chunks, the checksum of what was embedded, how it was cut, and what
    was noted about it."""

    article: Article
    chunks: Sequence[ChunkDraft]
    embed_shas: Sequence[bytes]
    chunked_by: str
    annotations: Annotations


class WriterLock:
    """Exclusive right to write a store, held by an flock on ``writer.lock`` and freed by the system when we die.

    The file is not empty while a writer is at work, so finding it so after taking the lock tells of a crash.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "writer.lock"
        self._file = self.path.open("a+")

    def acquire(self) -> bool:
        """Take the lock without waiting. Returns whether the last writer stopped before its work was done."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            raise StoreBusyError(
                f"{self.path.parent}: another process is writing to this store; try again when it has finished"
            ) from None
        self._file.seek(0)
        unclean = bool(self._file.read())
        self._file.truncate(0)
        self._file.write(f"{os.getpid()}\n")
        self._file.flush()
        return unclean

    def release(self, *, clean: bool) -> None:
        if clean:
            self._file.truncate(0)
        self._file.close()


class Writer:
    """Open a store for writing, creating it when ``create`` is set. Use as a context manager.

    Raises StoreBusyError when another process writes, StoreModelError when the store was made by another model than
    ``encoder``'s, StoreDamagedError when a crash left more than SQLite could mend.
    """

    def __init__(self, folder: Path, encoder: Encoder | None, *, create: bool = False) -> None:
        if create:
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise StoreError(f"{folder}: cannot be made ({error.strerror}); give another --store") from error
        elif not (folder / "corpus.db").exists():
            raise StoreError(missing_text(folder))
        try:
            self._lock = WriterLock(folder)
        except OSError as error:
            raise StoreError(f"{folder}: cannot be written ({error.strerror}); give another --store") from error
        unclean = self._lock.acquire()
        self.store = Store(folder, writable=True)
        try:
            self._open(encoder, unclean)
        except BaseException:
            self.store.close()
            self._lock.release(clean=not unclean)
            raise

    def _open(self, encoder: Encoder | None, unclean: bool) -> None:
        connection = self.store.connection
        if is_empty(self.store):
            if encoder is None:
                raise StoreError(missing_text(self.store.folder))
            with self.store.guarded():
                create_schema(self.store, encoder.identity)
            sync_folder(self.store.folder)
        check_format(self.store)
        if unclean:
            found = connection.execute("PRAGMA quick_check").fetchone()
            if found is None or found[0] != "ok":
                raise damaged(self.store.folder, f"after a crash: {found[0] if found else 'no answer'}")
            logger.info("%s: the last writer was stopped before its end; the store was checked", self.store.folder)
        if is_old(self.store):
            upgrade(self.store)
            logger.info("%s: upgraded to the format of this Nutgraf", self.store.folder)
        delete_orphans(self.store)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.store.close()
        self._lock.release(clean=kind is None)

    def stored(self, uri: str) -> tuple[str, str] | None:
        """(content sha, chunked by) of the stored article, or None."""
        row = self.store.connection.execute(
            "SELECT content_sha, chunked_by FROM article WHERE uri = ?", (uri,)
        ).fetchone()
        return None if row is None else (str(row[0]), str(row[1]))

    def known_vectors(self, embed_shas: Sequence[bytes]) -> dict[bytes, bytes]:
        """Vectors already in the store, by the checksum of the text that was embedded: nothing is embedded twice."""
        rows = self.store.connection.execute(
            "SELECT embed_sha, vec, chunk_vec.sha FROM chunk JOIN chunk_vec ON chunk_vec.chunk_id = chunk.id "
            "WHERE embed_sha IN (SELECT unhex(value) FROM json_each(?))",
            (json.dumps([sha.hex() for sha in embed_shas]),),
        )
        return {sha: vector for sha, vector, stored in rows if vector_sha(sha, vector) == stored}

    def put(self, batch: Sequence[Prepared], vectors: dict[bytes, bytes]) -> list[Change]:
        """Write articles in one transaction; each replaces the stored one of the same uri. Durable on return.

        ``vectors`` maps the embed_sha of every chunk to its fp16 vector.
        """
        changes: list[Change] = []
        with self.store.writing() as connection:
            generation = _next_generation(connection)
            added: list[int] = []
            mates: set[int] = set()
            for prepared in batch:
                old = connection.execute("SELECT id FROM article WHERE uri = ?", (prepared.article.uri,)).fetchone()
                if old is not None:
                    mates |= _delete(connection, int(old[0]), generation)
                added.append(_insert(connection, prepared, vectors, generation))
                changes.append("added" if old is None else "updated")
            link(connection, added)
            _regroup(connection, mates.union(added))
        return changes

    def remove(self, uris: Sequence[str]) -> list[str]:
        """Delete articles in one transaction; returns the uris that were there."""
        removed: list[str] = []
        mates: set[int] = set()
        with self.store.writing() as connection:
            generation = _next_generation(connection)
            for uri in uris:
                row = connection.execute("SELECT id FROM article WHERE uri = ?", (uri,)).fetchone()
                if row is not None:
                    mates |= _delete(connection, int(row[0]), generation)
                    removed.append(uri)
            _regroup(connection, mates)
        return removed

    def annotate_again(self) -> int:
        """Bring the annotations of all articles up to date that another ANNOTATOR made; returns of how many.

        Nothing is embedded, and searches by meaning and words stay as they are.
        """
        done = 0
        while True:
            with self.store.writing() as connection:
                rows = select(
                    connection,
                    "SELECT id FROM article WHERE annotated_by < ?1 OR annotated_by > ?1 LIMIT ?2",
                    (ANNOTATOR, BATCH_ARTICLES),
                )
                numbers = [int(row[0]) for row in rows]
                touched = set(numbers)
                for number in numbers:
                    touched |= forget(connection, number)
                    article = load_article_numbered(connection, number)
                    note(connection, number, article, annotate(article))
                link(connection, numbers)
                _regroup(connection, touched)
            done += len(numbers)
            if len(numbers) < BATCH_ARTICLES:
                return done

    def finish(self) -> None:
        """Bring the derived files up to date: a snapshot where one is due or the present one is damaged."""
        damaged_snapshot = snapshot_problem(self.store)
        if damaged_snapshot:
            logger.warning("%s; writing it again", damaged_snapshot)
        if damaged_snapshot or snapshot_is_due(self.store):
            write_snapshot(self.store, compact(self.store, current_view(self.store, None)))


def bring_up_to_date(folder: Path) -> None:
    """Upgrade a store of an older format. Raises StoreVersionError when it cannot be written here or now."""
    try:
        with Writer(folder, None):
            pass
    except StoreDamagedError:
        raise
    except StoreError as error:
        raise StoreVersionError(
            f"{folder}: was made by an older Nutgraf and has to be upgraded, but {error}; "
            f"when it may be written, run: nutgraf verify --store {folder}"
        ) from error


def _next_generation(connection: apsw.Connection) -> int:
    connection.execute("UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = 'generation'")
    (generation,) = connection.execute("SELECT value FROM meta WHERE key = 'generation'").fetchone() or (0,)
    return int(generation)


def _insert(connection: apsw.Connection, prepared: Prepared, vectors: dict[bytes, bytes], generation: int) -> int:
    """Store an article with everything made of it but its pairs; returns its number."""
    article = prepared.article
    connection.execute(
        "INSERT INTO article(uri, title, published, provenance, source, url, authors, text, content_sha, chunked_by, "
        "updated, corrected, language, metadata) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            article.uri, article.title, article.published.iso, article.published.provenance, article.source,
            article.url, json.dumps(article.authors), article.text, article.content_sha, prepared.chunked_by,
            from_date(article.updated), from_date(article.corrected), article.language,
            "" if article.metadata is None else json.dumps(dict(article.metadata)),
        ),
    )  # fmt: skip
    article_id = connection.last_insert_rowid()
    connection.executemany(
        "INSERT INTO paragraph VALUES (?, ?, ?, ?, ?)",
        [(article_id, p.number, p.kind, p.start, p.end) for p in article.paragraphs],
    )
    for chunk, embed_sha in zip(prepared.chunks, prepared.embed_shas, strict=True):
        connection.execute(
            'INSERT INTO chunk(article_id, start, "end", first_paragraph, last_paragraph, text, sha, embed_sha) '
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                article_id, chunk.start, chunk.end, chunk.first_paragraph, chunk.last_paragraph, chunk.text,
                chunk_sha(article.uri, chunk.start, chunk.text), embed_sha,
            ),
        )  # fmt: skip
        chunk_id = connection.last_insert_rowid()
        vector = vectors[embed_sha]
        connection.execute("INSERT INTO chunk_vec VALUES (?, ?, ?)", (chunk_id, vector, vector_sha(embed_sha, vector)))
        connection.execute("INSERT INTO change VALUES (?, ?, 'add')", (generation, chunk_id))
    note(connection, article_id, article, prepared.annotations)
    return article_id


def _regroup(connection: apsw.Connection, article_ids: set[int]) -> None:
    """Make stories again, of those articles that are still there."""
    rows = select(
        connection, "SELECT id FROM article WHERE id IN (SELECT value FROM json_each(?))", (json.dumps([*article_ids]),)
    )
    regroup(connection, [int(row[0]) for row in rows])


def _delete(connection: apsw.Connection, article_id: int, generation: int) -> set[int]:
    """Delete an article and everything made of it; returns the articles that shared its story."""
    mates = forget(connection, article_id)
    connection.execute(
        "INSERT INTO change SELECT ?, id, 'del' FROM chunk WHERE article_id = ?", (generation, article_id)
    )
    connection.execute(
        "DELETE FROM chunk_vec WHERE chunk_id IN (SELECT id FROM chunk WHERE article_id = ?)", (article_id,)
    )
    connection.execute("DELETE FROM chunk WHERE article_id = ?", (article_id,))
    connection.execute("DELETE FROM paragraph WHERE article_id = ?", (article_id,))
    connection.execute("DELETE FROM article WHERE id = ?", (article_id,))
    return mates
