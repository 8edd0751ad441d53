"""From the database to a view and back to disk: the cheapest way to the present generation, and snapshots.

A snapshot is derived data: one file of arrays (index/arrays.py) with everything that a view's base needs. A missing,
truncated or altered one is noticed by its SHA-256 when it is opened and made again from the database, whose rows have
checksums of their own. Reading it whole for that takes about a second for a million chunks, because of the vectors only
codes are in it: the exact ones stay in the database, where the few that decide a ranking are read.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from itertools import islice
from typing import Any

import numpy as np

from .arrays import FileArray, Slices, file_problem, open_arrays, pack_json, unpack_json, write_arrays
from .encoder import Vectors
from .keywords import Keywords, Mask, build_keywords, merge_keywords
from .lexical import Stemmer
from .memory import keep_freed_memory
from .store import Store, sync_folder
from .vectors import FLAT_LIMIT, TRAINING, FlatVectors, Ids, IvfVectors, lists, load_ivf, train_ivf
from .view import BATCH, Part, View, nearest_of_all, read_vectors, stored, stored_rows

logger = logging.getLogger(__name__)

# Changes since a snapshot that are read from the log; past this many, or a tenth of the chunks, the two are merged.
MAX_DELTA = 500
# ... and however large the store is: 20,000 chunks are read from the log in 1.5 s, which is part of opening it.
MAX_DELTA_LARGE = 20_000
# An inverted file that finds less than this of the ten nearest is trained anew.
MIN_RECALL = 0.95
RECALL_SAMPLE = 64  # queries that recall is measured with
# Length of the noise that makes a query of a stored vector: a cosine of 0.6 to it, as between a question and the
# passage that it finds. Without it recall would always be perfect, and say nothing.
BLUR = 1.33
# Freed memory that a process keeps which searches a large store: a question in a million chunks needs some 20 MiB.
KEPT_MIB = 64


def current_view(store: Store, old: View | None) -> View:
    """The view of the store's present generation. Call inside a read transaction.

    Cheapest way first: ``old`` itself, ``old`` with the changes since, the newest whole snapshot with those since,
    everything from the database.
    """
    generation = store.generation()
    if old is not None and old.generation == generation:
        return old
    changes_from = int(store.meta("changes_from") or 0)
    if old is not None and changes_from <= old.generation < generation:
        return _apply(store, old, generation)
    snapshot = _load(store)
    if snapshot is not None and changes_from <= snapshot.generation <= generation:
        return _apply(store, snapshot, generation)
    return rebuild(store)


def rebuild(store: Store) -> View:
    """Everything from the database. Above FLAT_LIMIT chunks the inverted file is trained: minutes for a million."""
    (count,) = store.connection.execute("SELECT count(*) FROM chunk").fetchone() or (0,)
    base = _ivf_part(store, count) if count > FLAT_LIMIT else _part(store, "", ())
    return View(store.generation(), base, _no_part(store))


def _apply(store: Store, view: View, generation: int) -> View:
    """``view`` with the changes of the later generations; all made again when that is less work for the searches."""
    span = (view.generation, generation)
    log = "FROM change WHERE generation > ? AND generation <= ?"
    (number,) = store.connection.execute(f"SELECT count(*) {log}", span).fetchone() or (0,)
    count = len(view.base.ids)
    largest = count // 2 if isinstance(view.base.vectors, IvfVectors) else max(MAX_DELTA, count // 10)
    if number + len(view.delta.ids) > largest:
        return rebuild(store)
    rows = store.connection.execute(f"SELECT chunk_id {log} AND op = 'del'", span)
    removed = np.sort(np.fromiter((row[0] for row in rows), np.int64))
    # A chunk both added and deleted in the span is no longer in the table chunk.
    added = _part(store, f"WHERE chunk.id IN (SELECT chunk_id {log} AND op = 'add')", span)
    gone = np.isin(view.base.ids, removed, assume_unique=True)
    if view.gone is not None:
        gone |= view.gone
    delta = _joined(view.delta, ~np.isin(view.delta.ids, removed, assume_unique=True), added)
    return View(generation, view.base, delta, gone if gone.any() else None)


def _joined(delta: Part, kept: Mask, added: Part) -> Part:
    """A delta of which some is kept, and what was added after it; both have their vectors in memory."""
    old, new = _matrix(delta), _matrix(added)
    return Part(
        np.concatenate([delta.ids[kept], added.ids]),
        np.concatenate([delta.articles[kept], added.articles]),
        FlatVectors(np.concatenate([old[kept], new])),
        merge_keywords([delta.keywords, added.keywords], [kept, None]),
    )


def _matrix(part: Part) -> Vectors:
    if not isinstance(part.vectors, FlatVectors):
        raise TypeError("a delta is never an inverted file")
    return part.vectors.vectors


# -- parts from the database


def _no_part(store: Store) -> Part:
    return _part(store, "WHERE 0", ())


def _part(store: Store, condition: str, values: Sequence[Any]) -> Part:
    """Chunks with all their vectors in memory."""
    nothing = np.zeros(0, np.int64)
    batches = list(read_vectors(store, condition, values))
    return Part(
        np.concatenate([nothing, *(batch[0] for batch in batches)]),
        np.concatenate([nothing, *(batch[1] for batch in batches)]),
        FlatVectors(np.concatenate([np.zeros((0, store.model().dim), np.float32), *(batch[2] for batch in batches)])),
        _keywords(store, condition, values),
    )


def _ivf_part(store: Store, count: int) -> Part:
    """All chunks, with codes of their vectors."""
    wanted = TRAINING * lists(count)
    every = max(count // wanted, 1)
    sample = np.concatenate([batch[2] for batch in read_vectors(store, "WHERE chunk.id % ? = 0", (every,))])
    articles: list[Ids] = []

    def batches() -> Any:
        for ids, of_article, vectors in read_vectors(store):
            articles.append(of_article)
            yield ids, vectors

    vectors = train_ivf(sample[:wanted], batches(), count)
    return Part(vectors.ids, np.concatenate(articles), _measured(store, vectors), _keywords(store))


def _keywords(store: Store, condition: str = "", values: Sequence[Any] = ()) -> Keywords:
    """The posting lists of some chunks; those of many are kept in nameless files while they are made."""
    rows = store.connection.execute(
        "SELECT title, chunk.text FROM chunk JOIN article ON article.id = article_id "  # noqa: S608
        f"{condition} ORDER BY chunk.id",
        tuple(values),
    )
    tokens = Stemmer(store.connection).stems
    first = build_keywords(islice(rows, BATCH), tokens)
    runs = [first]
    while batch := list(islice(rows, BATCH)):
        runs.append(merge_keywords([build_keywords(batch, tokens)], [None], store.folder))
    return first if len(runs) == 1 else merge_keywords(runs, [None] * len(runs), store.folder)


def _measured(store: Store, vectors: IvfVectors) -> IvfVectors:
    """The same with its recall of the ten nearest to queries like questions: stored vectors, blurred (BLUR)."""
    ids = vectors.ids[:: max(len(vectors.ids) // RECALL_SAMPLE, 1)][:RECALL_SAMPLE]
    queries = stored(store, ids)
    noise = np.random.default_rng(0).normal(size=queries.shape)
    queries += (BLUR * noise / np.linalg.norm(noise, axis=1, keepdims=True)).astype(np.float32)
    best = nearest_of_all(queries, ((some_ids, some) for some_ids, _, some in read_vectors(store)), 10)
    found = [vectors.search(query, 10, None, partial(stored_rows, store, vectors.ids))[0] for query in queries]
    shares = [len(np.intersect1d(wanted, vectors.ids[got])) / 10 for wanted, got in zip(best, found, strict=True)]
    return IvfVectors(vectors.index, vectors.ids, vectors.trained_on, float(np.mean(shares)))


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
    return bool(changes > max(MAX_DELTA, min(count // 10, MAX_DELTA_LARGE)))


def compact(store: Store, view: View) -> View:
    """The view without a delta. Takes ``view`` over: do not search it any more.

    An inverted file keeps its lists, and what was added is put into them. It is trained anew when it has half or twice
    as many chunks as it was trained for, or when what it finds has become too little (MIN_RECALL).
    """
    base = view.base
    if not len(view.delta.ids) and view.gone is None:
        return view
    kept = ~view.gone if view.gone is not None else np.ones(len(base.ids), bool)
    if not isinstance(base.vectors, IvfVectors):
        return rebuild(store)
    if not base.vectors.trained_on / 2 < view.count < base.vectors.trained_on * 2 or view.count <= FLAT_LIMIT:
        return rebuild(store)
    vectors = _measured(store, base.vectors.updated(base.ids[~kept], view.delta.ids, _matrix(view.delta)))
    if vectors.recall < MIN_RECALL:
        logger.info("%s: recall has fallen to %.3f; training the vector index anew", store.folder, vectors.recall)
        return rebuild(store)
    keywords = merge_keywords([base.keywords, view.delta.keywords], [kept, None], store.folder)
    articles = np.concatenate([base.articles[kept], view.delta.articles])
    return View(view.generation, Part(vectors.ids, articles, vectors, keywords), _no_part(store))


def write_snapshot(store: Store, view: View) -> None:
    """Write ``view`` (which must have no delta) durably, then record it. Only the writer may call this.

    The file is complete and synced before its row exists, and the row names its checksum: a crash in between leaves an
    orphan that the next writer deletes.
    """
    folder = store.folder / "snap"
    folder.mkdir(exist_ok=True)
    temporary = folder / f"{view.generation}.tmp"
    sha = write_arrays(temporary, _arrays(view.base))
    name = f"{view.generation}-{sha[:12]}.snap"
    temporary.rename(folder / name)
    sync_folder(folder)
    with store.writing() as connection:
        connection.execute("DELETE FROM snapshot")
        connection.execute("INSERT INTO snapshot VALUES (?, ?, ?, ?)", (view.generation, name, sha, view.count))
        connection.execute("DELETE FROM change WHERE generation <= ?", (view.generation,))
        connection.execute("UPDATE meta SET value = ? WHERE key = 'changes_from'", (str(view.generation),))
    delete_orphans(store)


def _arrays(part: Part) -> dict[str, Slices[Any]]:
    facts: dict[str, Any] = {"vectors": "flat"}
    arrays: dict[str, Slices[Any]] = {"ids": part.ids, "articles": part.articles}
    if isinstance(part.vectors, IvfVectors):
        facts = {"vectors": "ivf", "trained_on": part.vectors.trained_on, "recall": part.vectors.recall}
        arrays["ivf"] = part.vectors.to_bytes()
    else:
        arrays["vectors"] = part.vectors.vectors.astype(np.float16).ravel()
    keywords = {name: getattr(part.keywords, name) for name in KEYWORD_ARRAYS}
    return {"facts": pack_json(facts), **arrays, **keywords}


KEYWORD_ARRAYS = ("terms", "starts", "rows", "counts", "lengths")


def _load(store: Store) -> View | None:
    """The newest snapshot as a view, or None (with a warning) when it is not what was written."""
    row = _newest(store)
    if row is None:
        return None
    generation, name, sha, count = row
    arrays = open_arrays(store.folder / "snap" / name, sha)
    if arrays is None or len(arrays["ids"]) != count:
        logger.warning(
            "%s: the snapshot is missing, altered or of another version; rebuilding it from the database "
            "(nutgraf verify --store %s writes it again)",
            store.folder,
            store.folder,
        )
        return None
    return View(int(generation), _loaded(arrays, store.model().dim), _no_part(store))


def _loaded(arrays: dict[str, FileArray[Any]], dim: int) -> Part:
    facts, ids = unpack_json(arrays["facts"]), arrays["ids"][:]
    vectors: FlatVectors | IvfVectors
    if facts["vectors"] == "ivf":
        keep_freed_memory(KEPT_MIB)
        vectors = load_ivf(arrays["ivf"][:], ids, facts["trained_on"], facts["recall"])
    else:
        vectors = FlatVectors(arrays["vectors"][:].astype(np.float32).reshape(-1, dim))
    keywords = Keywords(arrays["terms"][:], arrays["starts"][:], arrays["rows"], arrays["counts"], arrays["lengths"][:])
    return Part(ids, arrays["articles"][:], vectors, keywords)


def _newest(store: Store) -> tuple[Any, ...] | None:
    """(generation, file, sha256, count) of the newest snapshot."""
    return store.connection.execute(
        "SELECT generation, file, sha256, count FROM snapshot ORDER BY generation DESC LIMIT 1"
    ).fetchone()


def delete_orphans(store: Store) -> None:
    """Delete snapshot files that no row names. Only the writer may call this."""
    named = {row[0] for row in store.connection.execute("SELECT file FROM snapshot")}
    for path in (store.folder / "snap").glob("*"):
        if path.name not in named:
            path.unlink(missing_ok=True)


def snapshot_problem(store: Store) -> str | None:
    """What is wrong with the newest snapshot file, or None."""
    row = _newest(store)
    return None if row is None else file_problem(store.folder / "snap" / row[1], row[2])


def snapshot_facts(store: Store) -> dict[str, Any]:
    """Of the newest snapshot: ``vectors`` ("flat" or "ivf"), with "ivf" also ``trained_on`` and ``recall``. Empty when
    there is none; ``problem`` alone when it is damaged."""
    row = _newest(store)
    if row is None:
        return {}
    arrays = open_arrays(store.folder / "snap" / row[1], row[2])
    if arrays is None:
        return {"problem": snapshot_problem(store)}
    facts: dict[str, Any] = unpack_json(arrays["facts"])
    return facts
