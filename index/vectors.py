"""Vector search: an immutable view over a FAISS index, and the snapshot files that spare rebuilding it.

A view is a base (exact inner-product FAISS index), a small delta of vectors added since, and the ids removed since. It
never changes: news makes a new view that replaces the old by one assignment, so a search never sees half a change.

Snapshots are derived data. A missing, truncated or altered one is noticed by its SHA-256 and made again from the
database, whose rows have checksums of their own.
"""

from __future__ import annotations

import hashlib
import logging
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .store import Store, damaged, sync_folder, vector_sha

if TYPE_CHECKING:
    from .encoder import Vectors

logger = logging.getLogger(__name__)

Ids = NDArray[np.int64]

# A delta is searched beside the base; past this many vectors, or a tenth of the base, the two are merged.
MAX_DELTA = 2_000


@dataclass(frozen=True, slots=True)
class VectorView:
    """The vectors of one generation. ``base`` is a faiss.IndexIDMap over an exact inner-product index."""

    generation: int
    dim: int
    base: Any
    delta_ids: Ids
    delta: Vectors
    removed: frozenset[int] = field(default_factory=frozenset)

    @property
    def count(self) -> int:
        """How many vectors a search considers."""
        return int(self.base.ntotal) + len(self.delta_ids) - len(self.removed)

    def search(self, query: Vectors, k: int, allowed: Ids | None = None) -> list[tuple[int, float]]:
        """The ``k`` chunks nearest to ``query`` (shape (dim,), unit length) as (chunk id, cosine), best first.

        Exact. ``allowed`` limits the search beforehand to these chunk ids, so that a filter never costs a result.
        """
        found = self._search_base(query, k, allowed) + self._search_delta(query, k, allowed)
        found.sort(key=lambda pair: (-pair[1], pair[0]))
        return found[:k]

    def _search_base(self, query: Vectors, k: int, allowed: Ids | None) -> list[tuple[int, float]]:
        import faiss

        parameters = None
        if allowed is not None:
            keep = np.setdiff1d(allowed, np.fromiter(self.removed, np.int64)) if self.removed else allowed
            parameters = _only(faiss.IDSelectorBatch(np.ascontiguousarray(keep, np.int64)))
        elif self.removed:
            gone = faiss.IDSelectorBatch(np.fromiter(self.removed, np.int64))
            parameters = _only(faiss.IDSelectorNot(gone))
        if self.base.ntotal == 0:
            return []
        scores, ids = self.base.search(query.reshape(1, -1), min(k, int(self.base.ntotal)), params=parameters)
        return [(int(i), float(s)) for i, s in zip(ids[0], scores[0], strict=True) if i >= 0]

    def _search_delta(self, query: Vectors, k: int, allowed: Ids | None) -> list[tuple[int, float]]:
        if not len(self.delta_ids):
            return []
        scores = self.delta @ query
        rows = np.arange(len(scores))
        if allowed is not None:
            rows = rows[np.isin(self.delta_ids, allowed)]
        best = rows[np.argsort(-scores[rows], kind="stable")[:k]]
        return [(int(self.delta_ids[row]), float(scores[row])) for row in best]


def _only(selector: Any) -> Any:
    """Search parameters that consider only what the selector accepts."""
    import faiss

    parameters: Any = faiss.SearchParameters
    return parameters(sel=selector)


def empty_base(dim: int) -> Any:
    """An empty exact index that keeps our chunk ids."""
    import faiss

    return faiss.IndexIDMap(faiss.IndexFlatIP(dim))


def _view(generation: int, dim: int, ids: Ids, vectors: Vectors) -> VectorView:
    base = empty_base(dim)
    base.add_with_ids(vectors, ids)
    return VectorView(generation, dim, base, np.zeros(0, np.int64), np.zeros((0, dim), np.float32))


def load_vectors(store: Store, condition: str = "", values: tuple[object, ...] = ()) -> tuple[Ids, Vectors]:
    """Ids and vectors (float32, shape (n, dim)) from the database, every row checked against its checksum."""
    dim = store.model().dim
    ids: list[int] = []
    blobs: list[bytes] = []
    rows = store.connection.execute(
        "SELECT chunk.id, vec, chunk_vec.sha, embed_sha FROM chunk JOIN chunk_vec ON chunk_vec.chunk_id = chunk.id "  # noqa: S608
        f"{condition} ORDER BY chunk.id",
        values,
    )
    for chunk_id, vector, sha, embed_sha in rows:
        if len(vector) != 2 * dim or vector_sha(embed_sha, vector) != sha:
            raise damaged(store.folder, f"vector of chunk {chunk_id}")
        ids.append(chunk_id)
        blobs.append(vector)
    matrix = np.frombuffer(b"".join(blobs), np.float16).astype(np.float32).reshape(-1, dim)
    return np.array(ids, np.int64), matrix


def current_view(store: Store, old: VectorView | None) -> VectorView:
    """The view of the store's present generation. Call inside a read transaction.

    Cheapest way first: ``old`` itself, ``old`` with the changes since, the newest whole snapshot with those since,
    all vectors from the database.
    """
    generation = store.generation()
    if old is not None and old.generation == generation:
        return old
    changes_from = int(store.meta("changes_from") or 0)
    if old is not None and changes_from <= old.generation < generation:
        return _apply(store, old, generation)
    snapshot = _load_snapshot(store)
    if snapshot is not None and changes_from <= snapshot.generation <= generation:
        return _apply(store, snapshot, generation)
    return rebuild(store)


def rebuild(store: Store) -> VectorView:
    """All vectors from the database."""
    ids, vectors = load_vectors(store)
    return _view(store.generation(), store.model().dim, ids, vectors)


def _apply(store: Store, view: VectorView, generation: int) -> VectorView:
    """``view`` with the changes of the later generations; merged into one base when the delta has grown."""
    span = (view.generation, generation)
    changed = store.connection.execute("SELECT count(*) FROM change WHERE generation > ? AND generation <= ?", span)
    (number,) = changed.fetchone() or (0,)
    if number > max(MAX_DELTA, int(view.base.ntotal) // 10):
        return rebuild(store)
    rows = store.connection.execute(
        "SELECT chunk_id FROM change WHERE op = 'del' AND generation > ? AND generation <= ?", span
    )
    gone = {int(row[0]) for row in rows}
    ids, vectors = load_vectors(  # a chunk both added and deleted in the span is no longer in the table chunk
        store,
        "WHERE chunk.id IN (SELECT chunk_id FROM change WHERE op = 'add' AND generation > ? AND generation <= ?)",
        span,
    )
    kept = ~np.isin(view.delta_ids, np.fromiter(gone, np.int64)) if gone else np.ones(len(view.delta_ids), bool)
    in_delta = {int(i) for i in view.delta_ids}
    delta_ids = np.concatenate([view.delta_ids[kept], ids])
    delta = np.concatenate([view.delta[kept], vectors])
    in_base = gone - in_delta
    known = (
        frozenset(int(i) for i in np.intersect1d(_base_ids(view), np.fromiter(in_base, np.int64))) if in_base else set()
    )
    merged = VectorView(generation, view.dim, view.base, delta_ids, delta, view.removed | known)
    if len(delta_ids) + len(merged.removed) > max(MAX_DELTA, int(view.base.ntotal) // 10):
        return rebuild(store)
    return merged


def _base_ids(view: VectorView) -> Ids:
    import faiss

    found: Ids = faiss.vector_to_array(view.base.id_map)
    return found


# -- snapshots


def snapshot_is_due(store: Store) -> bool:
    """True when replaying the changes since the newest snapshot would cost more than a new snapshot is worth."""
    row = store.connection.execute("SELECT generation, count FROM snapshot ORDER BY generation DESC LIMIT 1").fetchone()
    if row is None:
        return store.generation() > 0
    generation, count = row
    (changes,) = store.connection.execute(
        "SELECT count(*) FROM change WHERE generation > ?", (generation,)
    ).fetchone() or (0,)
    return bool(changes > max(MAX_DELTA, count // 10))


def write_snapshot(store: Store, view: VectorView) -> None:
    """Write ``view`` (which must have no delta) durably, then record it. Only the writer may call this.

    The file is complete and synced before its row exists, and the row names its checksum: a crash in between leaves an
    orphan that the next writer deletes.
    """
    import faiss

    folder = store.folder / "snap"
    folder.mkdir(exist_ok=True)
    data = faiss.serialize_index(view.base).tobytes()
    sha = hashlib.sha256(data).hexdigest()
    name = f"vec-{view.generation}-{sha[:12]}.faiss"
    temporary = folder / f"{name}.tmp"
    with temporary.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(folder / name)
    sync_folder(folder)
    with store.writing() as connection:
        connection.execute("DELETE FROM snapshot")
        connection.execute(
            "INSERT INTO snapshot VALUES (?, ?, ?, ?)", (view.generation, name, sha, int(view.base.ntotal))
        )
        connection.execute("DELETE FROM change WHERE generation <= ?", (view.generation,))
        connection.execute("UPDATE meta SET value = ? WHERE key = 'changes_from'", (str(view.generation),))
    delete_orphans(store)


def delete_orphans(store: Store) -> None:
    """Delete snapshot files that no row names. Only the writer may call this."""
    named = {row[0] for row in store.connection.execute("SELECT file FROM snapshot")}
    for path in (store.folder / "snap").glob("*"):
        if path.name not in named:
            path.unlink(missing_ok=True)


def snapshot_problem(store: Store) -> str | None:
    """What is wrong with the newest snapshot file, or None."""
    row = store.connection.execute("SELECT file, sha256 FROM snapshot ORDER BY generation DESC LIMIT 1").fetchone()
    if row is None:
        return None
    path = store.folder / "snap" / row[0]
    data = _read(path)
    if data is None:
        return f"{path}: the snapshot is missing"
    if hashlib.sha256(data).hexdigest() != row[1]:
        return f"{path}: the snapshot was altered"
    return None


def _load_snapshot(store: Store) -> VectorView | None:
    """The newest snapshot as a view, or None (with a warning) when it is not what was written."""
    import faiss

    row = store.connection.execute(
        "SELECT generation, file, sha256, count FROM snapshot ORDER BY generation DESC LIMIT 1"
    ).fetchone()
    if row is None:
        return None
    generation, name, sha, count = row
    data = _read(store.folder / "snap" / name)
    if data is None or hashlib.sha256(data).hexdigest() != sha:
        logger.warning("%s: the vector snapshot is missing or altered; rebuilding it from the database", store.folder)
        return None
    base = faiss.deserialize_index(np.frombuffer(data, np.uint8))
    dim = store.model().dim
    if base.ntotal != count or base.d != dim:
        logger.warning("%s: the vector snapshot does not fit the database; rebuilding it", store.folder)
        return None
    return VectorView(int(generation), dim, base, np.zeros(0, np.int64), np.zeros((0, dim), np.float32))


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
