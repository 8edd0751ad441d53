"""The store on disk: SQLite holds the truth (text, vectors), everything else can be made again from it.

    DIR/corpus.db   articles, paragraphs, chunks, vectors (fp16), what is noted of them, the log of changes
    DIR/snap/       what searches need beside it, keywords too; derived and checksummed (index/snapshot.py)
    DIR/writer.lock held by the one process that writes; not empty when a writer died

Durability: WAL with synchronous=FULL, and a write is acknowledged after COMMIT. A kill or a power cut at any moment
leaves the last commit. Every row carries a SHA-256, because SQLite's own check misses most flipped bits of row data.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import apsw

from .encoder import ModelIdentity
from .errors import (
    StoreBusyError,
    StoreDamagedError,
    StoreError,
    StoreMissingError,
    StoreModelError,
    StoreVersionError,
)
from .schema import Article, ArticleHead, Chunk, Paragraph, Published
from .tables import FORMAT, STEPS

APPLICATION_ID = 0x4E555447  # "NUTG"
BUSY_TIMEOUT_MS = 10_000


def chunk_sha(uri: str, start: int, text: str) -> bytes:
    """Checksum of a chunk row: whose text it is, where it stands, what it says."""
    return hashlib.sha256(f"{uri}\0{start}\0{text}".encode()).digest()


def vector_sha(embed_sha: bytes, vector: bytes) -> bytes:
    """Checksum of a vector row, bound to the text that was embedded."""
    return hashlib.sha256(embed_sha + vector).digest()


class Store:
    """Connections to one ``corpus.db``. Each thread gets its own; all reads of one answer share one transaction."""

    def __init__(self, folder: Path, *, writable: bool = False) -> None:
        self.folder = folder
        self.path = folder / "corpus.db"
        self.writable = writable
        self._local = threading.local()
        self._all: list[apsw.Connection] = []
        self._guard = threading.Lock()

    @property
    def connection(self) -> apsw.Connection:
        """This thread's connection."""
        found: apsw.Connection | None = getattr(self._local, "connection", None)
        if found is None:
            found = self._local.connection = self._connect()
            with self._guard:
                self._all.append(found)
        return found

    def _connect(self) -> apsw.Connection:
        # A reader opens read-write too: only so can it recover the log of a writer that died.
        flags = apsw.SQLITE_OPEN_READWRITE | (apsw.SQLITE_OPEN_CREATE if self.writable else 0)
        try:
            connection = apsw.Connection(str(self.path), flags=flags)
            connection.set_busy_timeout(BUSY_TIMEOUT_MS)
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = OFF")
            connection.execute("PRAGMA cache_size = -65536")
            connection.execute("PRAGMA secure_delete = FAST" if self.writable else "PRAGMA query_only = ON")
        except apsw.CantOpenError as error:
            raise StoreMissingError(missing_text(self.folder)) from error
        except (apsw.NotADBError, apsw.CorruptError) as error:
            raise damaged(self.folder, str(error)) from error
        return connection

    def close(self) -> None:
        with self._guard:
            for connection in self._all:
                connection.close()
            self._all.clear()
        self._local = threading.local()

    @contextmanager
    def guarded(self) -> Iterator[apsw.Connection]:
        """Turn SQLite's errors into ours."""
        try:
            yield self.connection
        except (apsw.NotADBError, apsw.CorruptError) as error:
            raise damaged(self.folder, str(error)) from error
        except (apsw.FullError, apsw.IOError, apsw.ReadOnlyError, apsw.CantOpenError) as error:
            raise StoreError(
                f"{self.folder}: cannot be read or written ({error}); free space or mend rights, then run the same "
                "command again: what was reported as stored is kept"
            ) from error
        except apsw.BusyError as error:
            raise StoreBusyError(f"{self.folder}: another program holds the database; try again later") from error

    @contextmanager
    def reading(self) -> Iterator[apsw.Connection]:
        """One consistent view of the database."""
        with self.guarded() as connection:
            if connection.in_transaction:
                yield connection
            else:
                with connection:
                    yield connection

    @contextmanager
    def writing(self) -> Iterator[apsw.Connection]:
        """One durable transaction: committed and synced when the block ends, undone when it raises."""
        with self.guarded() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def meta(self, key: str) -> str | None:
        row = self.connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def generation(self) -> int:
        """Counts the commits that changed the index; readers compare it to see news."""
        return int(self.meta("generation") or 0)

    def model(self) -> ModelIdentity:
        """The model that made the vectors of this store."""
        found = dict(self.connection.execute("SELECT key, value FROM meta"))
        return ModelIdentity(
            str(found.get("model", "")), str(found.get("model_sha", "")), int(found.get("dim", 0)),
            int(found.get("max_tokens", 0)),
        )  # fmt: skip


def sync_folder(folder: Path) -> None:
    """Make a rename in ``folder`` durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def missing_text(folder: Path) -> str:
    return f"{folder}: there is no store here; make one with: nutgraf index PATH... --store {folder}"


def damaged(folder: Path, reason: str) -> StoreDamagedError:
    return StoreDamagedError(
        f"{folder / 'corpus.db'}: the store is damaged ({reason}); "
        f"see what with: nutgraf verify --store {folder} -- then restore a backup or index the articles again"
    )


def create_schema(store: Store, model: ModelIdentity) -> None:
    """Make the tables of a new store in one transaction."""
    connection = store.connection
    connection.execute("PRAGMA journal_mode = WAL")
    with connection:
        for step in STEPS:
            connection.execute(step)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {FORMAT}")
        connection.executemany(
            "INSERT INTO meta VALUES (?, ?)",
            [
                ("store", str(uuid.uuid4())),
                ("model", model.name),
                ("model_sha", model.sha),
                ("dim", str(model.dim)),
                ("max_tokens", str(model.max_tokens)),
                ("generation", "0"),
                ("changes_from", "0"),
            ],
        )


def is_empty(store: Store) -> bool:
    """Whether the database holds no tables: a writer that was killed before its first commit leaves it so."""
    with store.guarded() as connection:
        return connection.execute("SELECT count(*) FROM sqlite_schema").fetchone() == (0,)


def check_format(store: Store) -> None:
    """Raise unless this is a store of this program, of a format it knows."""
    if is_empty(store):
        raise StoreMissingError(missing_text(store.folder))
    with store.guarded() as connection:
        application = connection.execute("PRAGMA application_id").fetchone()
        version = connection.execute("PRAGMA user_version").fetchone()
    if application is None or application[0] != APPLICATION_ID:
        raise StoreMissingError(
            f"{store.path}: is a database of something else, not a store; give another folder with --store"
        )
    if version is not None and version[0] > FORMAT:
        raise StoreVersionError(
            f"{store.folder}: was made by a newer Nutgraf (format {version[0]}, this one reads {FORMAT}); "
            "upgrade with: pip install -U nutgraf"
        )


def is_old(store: Store) -> bool:
    """Whether the store is of an older format, which only a writer can bring up to date."""
    with store.guarded() as connection:
        return connection.execute("PRAGMA user_version").fetchone() != (FORMAT,)


def upgrade(store: Store) -> None:
    """Bring a store up to this format in one transaction. Nothing is embedded or read again: what is new in a format
    starts empty, and the next ``nutgraf index`` fills it."""
    with store.writing() as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone() or (FORMAT,)
        for step in STEPS[int(version) :]:
            connection.execute(step)
        connection.execute(f"PRAGMA user_version = {FORMAT}")


def check_model(store: Store, wanted: str | None) -> None:
    """Raise StoreModelError when a model was asked for by name and the store was made by another."""
    made_by = store.model().name
    if wanted is not None and wanted != made_by:
        raise StoreModelError(
            f"{store.folder}: was made with the model {made_by}, not {wanted}; "
            f"leave --model out, or index into another store: nutgraf index PATH... --model {wanted} --store DIR"
        )


# -- rows to types


def select(connection: apsw.Connection, query: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
    """All rows of a query, their values as Python has them."""
    return connection.execute(query, values).fetchall()


HEAD_COLUMNS = (
    "article.uri, article.title, article.published, article.provenance, article.source, article.url, article.authors, "
    "article.updated, article.corrected, article.language"
)


def head_values(row: tuple[Any, ...]) -> dict[str, Any]:
    """Keyword arguments of ArticleHead from a row of HEAD_COLUMNS."""
    uri, title, published, provenance, source, url, authors, updated, corrected, language = row
    return {
        "uri": uri,
        "title": title,
        "published": Published(to_date(published), provenance),
        "source": source,
        "url": url,
        "authors": tuple(json.loads(authors)),
        "updated": to_date(updated),
        "corrected": to_date(corrected),
        "language": language,
    }


def to_date(stored: str | None) -> date | None:
    """A day as it is stored, YYYY-MM-DD or NULL."""
    return date.fromisoformat(stored) if stored else None


def from_date(day: date | None) -> str | None:
    """A day as it is to be stored."""
    return day.isoformat() if day else None


def load_head(row: tuple[Any, ...]) -> ArticleHead:
    return ArticleHead(**head_values(row))


def load_article(connection: apsw.Connection, uri: str) -> Article | None:
    """A whole article, or None when the store has none of that uri. Not checked against its checksum."""
    row = connection.execute("SELECT id FROM article WHERE uri = ?", (uri,)).fetchone()
    return None if row is None else load_article_numbered(connection, int(row[0]))


def load_article_numbered(connection: apsw.Connection, article_id: int) -> Article:
    """A whole article by its number, which must be in the store. Not checked against its checksum."""
    ((text, content_sha, metadata, *head),) = select(
        connection,
        f"SELECT text, content_sha, metadata, {HEAD_COLUMNS} FROM article WHERE id = ?",  # noqa: S608 - constant columns
        (article_id,),
    )
    paragraphs = load_paragraphs(connection, article_id, 0, None, text)
    return Article(
        **head_values(tuple(head)),
        text=text,
        paragraphs=paragraphs,
        content_sha=content_sha,
        metadata=json.loads(metadata) if metadata else None,
    )


def load_paragraphs(
    connection: apsw.Connection, article_id: int, first: int, last: int | None, text: str
) -> tuple[Paragraph, ...]:
    rows = connection.execute(
        'SELECT number, kind, start, "end" FROM paragraph WHERE article_id = ? AND number >= ? AND number <= ? '
        "ORDER BY number",
        (article_id, first, last if last is not None else 2**31),
    )
    return tuple(Paragraph(number, text[start:end], kind, start, end) for number, kind, start, end in rows)


def load_chunk(row: tuple[Any, ...]) -> Chunk:
    """Chunk from a row (id, text, start, end, first_paragraph, last_paragraph)."""
    return Chunk(*row)
