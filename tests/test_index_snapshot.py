"""Large stores, made large by lowered limits: what they grow into, what changes cost, what becomes of damage."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import apsw
import numpy as np
import pytest

from index import snapshot
from index.annotations import annotate
from index.article import make_article
from index.chunks import ChunkDraft
from index.encoder import ModelIdentity
from index.lexical import TOKENIZER, Condition, Stemmer, query_words
from index.snapshot import current_view, rebuild, snapshot_facts
from index.store import Store
from index.vectors import FlatVectors, IvfVectors
from index.verify import store_status
from index.view import View, read_vectors
from index.writer import Prepared, Writer

DIM = 16
WORDS = "ferry bridge school market railway library hospital museum mayor council plan strike storm vote".split()
WORDS += [f"word{number}" for number in range(150)]


@dataclass(frozen=True)
class Model:
    """All that a writer needs to know of an encoder."""

    identity: ModelIdentity


TINY = Model(ModelIdentity("tiny", "0" * 64, DIM, 256))


@pytest.fixture(autouse=True)
def small_limits(monkeypatch):
    monkeypatch.setattr(snapshot, "FLAT_LIMIT", 400)
    monkeypatch.setattr(snapshot, "MAX_DELTA", 40)
    monkeypatch.setattr(snapshot, "BATCH", 150)
    monkeypatch.setattr("index.view.BATCH", 150)


def put(folder: Path, numbers: Sequence[int], *, finish: bool = True) -> None:
    """Write articles of one chunk each, in one transaction; the same number is always the same article."""
    batch, vectors = [], {}
    for number in numbers:
        rng = np.random.default_rng(number)
        text = " ".join(rng.choice(WORDS, 12)) + "."
        article = make_article(
            uri=f"n:{number}", text=text, title=f"{WORDS[number % 7]} news", source=("Herald", "Gazette")[number % 2]
        )
        sha = hashlib.sha256(f"{number}".encode()).digest()
        batch.append(Prepared(article, [ChunkDraft(text, 0, len(text), 0, 0, text)], [sha], "test", annotate(article)))
        vectors[sha] = (centre(number) + 0.3 * rng.normal(size=DIM)).astype(np.float16).tobytes()
    with Writer(folder, TINY, create=True) as writer:
        writer.put(batch, vectors)
        if finish:
            writer.finish()


def centre(number: int) -> np.ndarray:
    return np.random.default_rng(10_000 + number % 20).normal(size=DIM)


def remove(folder: Path, numbers: Sequence[int], *, finish: bool = True) -> None:
    with Writer(folder, None) as writer:
        writer.remove([f"n:{number}" for number in numbers])
        if finish:
            writer.finish()


@pytest.fixture
def large(tmp_path) -> Path:
    put(tmp_path / "large", range(600))
    return tmp_path / "large"


@pytest.fixture
def opened(large) -> Iterator[Store]:
    store = Store(large)
    yield store
    store.close()


def check(store: Store, view: View, *conditions: Condition) -> None:
    """A view finds what brute force and FTS5 find, each through its filter."""
    with store.reading() as connection:
        chosen = " AND ".join(
            ["WHERE 1", *(f"article_id IN (SELECT id FROM article WHERE {c})" for c, _ in conditions)]
        )
        values = [value for _, some in conditions for value in some]
        batches = list(read_vectors(store, chosen, values))
        ids, vectors = np.concatenate([b[0] for b in batches]), np.concatenate([b[2] for b in batches])
        allowed = view.allowed(connection, conditions)
        found = []
        for number in range(20):
            best = ids[np.argsort(-(vectors @ centre(number)), kind="stable")[:10]].tolist()
            near = view.nearest(store, centre(number).astype(np.float32), 10, allowed)
            found.append(len({chunk_id for chunk_id, _ in near} & set(best)) / len(best))
        words = query_words("a ferry to the market", Stemmer(connection), view.document_frequencies)
        expected = fts5_scores(connection, words)
        scores = dict(view.matches(list(words.values()), 1000, allowed))
    assert np.mean(found) >= 0.97
    assert scores == {
        chunk_id: pytest.approx(expected[chunk_id], rel=1e-4) for chunk_id in ids.tolist() if chunk_id in expected
    }


def fts5_scores(connection: apsw.Connection, words: Iterable[str]) -> dict[int, float]:
    """The scores of SQLite's own keyword index over all chunks."""
    texts = connection.execute("SELECT chunk.id, title, chunk.text FROM chunk JOIN article ON article.id = article_id")
    with apsw.Connection(":memory:") as fts5:
        fts5.execute(f"CREATE VIRTUAL TABLE fts USING fts5(title, body, tokenize='{' '.join(TOKENIZER)}')")
        fts5.executemany("INSERT INTO fts(rowid, title, body) VALUES (?, ?, ?)", texts)
        match = " OR ".join(f'"{word}"' for word in words)
        return dict(fts5.execute("SELECT rowid, -bm25(fts, 0.5, 1.0) FROM fts WHERE fts MATCH ?", (match,)))


def view_of(store: Store, old: View | None = None) -> View:
    with store.reading():
        return current_view(store, old)


def test_a_store_grows_from_exact_to_lists(tmp_path):
    kinds = []
    for end in (80, 300, 600):
        put(tmp_path / "s", range(end))
        status = store_status(tmp_path / "s")
        kinds.append(status.vectors)
    assert kinds == ["exact", "exact", "approximate, scored exactly"]
    assert 0.97 <= status.recall <= 1


HERALD = ("article.source COLLATE NOCASE IN (?)", ("herald",))
FEW = ("article.uri < ?", ("n:12",))


@pytest.mark.parametrize("conditions", [(), (HERALD,), (FEW,), (HERALD, FEW)])
def test_a_large_store_finds_what_a_small_one_finds(opened, conditions):
    view = view_of(opened)
    assert isinstance(view.base.vectors, IvfVectors)
    check(opened, view, *conditions)


@pytest.mark.parametrize("conditions", [(), (HERALD,)])
def test_changes_are_seen_without_a_new_snapshot(opened, conditions):
    old = view_of(opened)
    put(opened.folder, range(600, 620), finish=False)
    new = view_of(opened, old)
    remove(opened.folder, [*range(0, 50, 3), 601, 602], finish=False)
    newest = view_of(opened, new)
    assert newest.base is old.base
    assert (old.count, new.count, newest.count) == (600, 620, 601)
    check(opened, newest, *conditions)
    check(opened, view_of(opened), *conditions)  # one that opens the store now replays the log


def test_additions_go_into_the_lists_until_there_are_twice_as_many(opened):
    put(opened.folder, range(600, 700))
    remove(opened.folder, range(100, 180))
    facts = snapshot_facts(opened)
    assert facts["trained_on"] == 600
    assert facts["recall"] >= 0.97
    view = view_of(opened)
    assert (view.count, len(view.delta.ids)) == (620, 0)
    assert view.gone is None
    check(opened, view)
    put(opened.folder, range(700, 1300))
    assert snapshot_facts(opened)["trained_on"] == 1220
    check(opened, view_of(opened))


def test_lists_that_find_too_little_are_trained_anew(opened, monkeypatch):
    monkeypatch.setattr(snapshot, "MIN_RECALL", 1.1)
    put(opened.folder, range(600, 700))
    assert snapshot_facts(opened)["trained_on"] == 700


def test_a_store_that_shrinks_is_searched_exactly_again(opened):
    remove(opened.folder, range(300))
    assert isinstance(view_of(opened).base.vectors, FlatVectors)
    check(opened, view_of(opened))


@pytest.mark.parametrize("damage", ["missing", "truncated", "flipped", "of an older version"])
def test_a_damaged_snapshot_is_made_again(opened, damage, caplog):
    (path,) = (opened.folder / "snap").iterdir()
    data = bytearray(path.read_bytes())
    if damage == "missing":
        path.unlink()
    elif damage == "of an older version":
        path.write_bytes(b"IxMp" + data)
        with apsw.Connection(str(opened.path)) as connection:
            connection.execute("UPDATE snapshot SET sha256 = ?", (hashlib.sha256(b"IxMp" + data).hexdigest(),))
    else:
        data[len(data) // 2] ^= 4
        path.write_bytes(data[: 1000 if damage == "truncated" else None])
    check(opened, view_of(opened))
    assert "rebuilding" in caplog.text
    assert store_status(opened.folder).snapshot != "ok"
    put(opened.folder, [])
    assert store_status(opened.folder).snapshot == "ok"
    caplog.clear()
    check(opened, view_of(opened))
    assert caplog.text == ""


def test_rebuilding_leaves_no_files_behind(opened):
    with opened.reading():
        before = sorted(opened.folder.rglob("*"))
        view = rebuild(opened)
        assert sorted(opened.folder.rglob("*")) == before
    check(opened, view)


def test_a_filter_is_looked_up_once_for_a_view(opened):
    view = view_of(opened)
    with opened.reading() as connection:
        first = view.allowed(connection, [HERALD])
        assert view.allowed(connection, [HERALD]).base is first.base
        for number in range(20):
            view.allowed(connection, [("article.id = ?", (number,))])
        again = view.allowed(connection, [HERALD])
    assert again.base is not first.base
    assert np.array_equal(again.base, first.base)
