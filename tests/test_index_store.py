"""The store: add, update, remove, unchanged, what a writer leaves behind, what is told of damage."""

import json
import multiprocessing
import sqlite3
from pathlib import Path

import apsw
import pytest

from index import (
    NothingToIndexError,
    StoreBusyError,
    StoreDamagedError,
    StoreMissingError,
    StoreModelError,
    StoreVersionError,
    build_index,
    open_index,
    remove_articles,
    store_status,
    verify_store,
)
from index.writer import WriterLock

TEXT = "The harbour of {0} was closed on Monday. Ferries stayed in port, said {0}'s mayor.\n\nIt opens again on Friday."
TOWNS = ("Norvik", "Astrand", "Belmora", "Quessin")


def write(path: Path, towns: dict[str, str]) -> Path:
    records = [{"uri": f"news:{town}", "title": f"{town} closes", "text": text} for town, text in towns.items()]
    path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    return path


@pytest.fixture
def articles(tmp_path):
    return write(tmp_path / "a.jsonl", {town: TEXT.format(town) for town in TOWNS})


@pytest.fixture
def store(articles, tmp_path):
    build_index([articles], store=tmp_path / "store")
    return tmp_path / "store"


def uris(store: Path, query: str, **filters: object) -> list[str]:
    with open_index(store) as index:
        return [passage.uri for passage in index.search(query, **filters)]


def test_what_was_added_is_there_word_for_word(store):
    with open_index(store) as index:
        assert [head.uri for head in index.articles()] == [f"news:{town}" for town in TOWNS]
        article = index.article("news:Belmora")
        assert article.text == TEXT.format("Belmora")
        assert all(article.text[p.start : p.end] == p.text for p in article.paragraphs)
        for passage in index.search("harbour closed", k=10):
            assert index.article(passage.uri).text[passage.start : passage.end] == passage.text
    assert verify_store(store).ok


def test_unchanged_articles_cost_nothing(store, articles):
    before = store_status(store)
    report = build_index([articles], store=store)
    assert (len(report.added), len(report.updated), len(report.unchanged)) == (0, 0, 4)
    assert store_status(store).generation == before.generation


def test_the_same_record_twice_in_one_run_is_written_once(tmp_path):
    lines = [
        {"url": f"https://n.example/{n % 40}", "title": f"Ferry {n % 40}", "text": f"Ferry {n % 40} sank."}
        for n in range(80)
    ]
    (tmp_path / "twice.jsonl").write_text("\n".join(map(json.dumps, lines)))
    report = build_index(tmp_path / "twice.jsonl", store=tmp_path / "s")
    assert (len(report.added), len(report.unchanged), report.updated) == (40, 40, [])


def test_an_update_replaces_the_old_text_everywhere(store, tmp_path):
    changed = write(tmp_path / "b.jsonl", {"Astrand": "A zeppelin landed in Astrand on Sunday."})
    report = build_index([changed], store=store)
    assert report.updated == ["news:Astrand"]
    assert uris(store, "zeppelin")[0] == "news:Astrand"
    with open_index(store) as index:
        assert index.article("news:Astrand").text == "A zeppelin landed in Astrand on Sunday."
        assert all("Astrand's mayor" not in passage.text for passage in index.search("Astrand mayor ferries"))
    assert verify_store(store).ok


def test_a_removed_article_is_gone_from_search_and_file(store):
    assert remove_articles(["news:Quessin", "news:Nowhere"], store=store) == (["news:Quessin"], ["news:Nowhere"])
    assert "news:Quessin" not in uris(store, "Quessin harbour", k=10)
    assert store_status(store).articles == 3
    assert verify_store(store).ok
    raw = b"".join(path.read_bytes() for path in store.rglob("*") if path.is_file())
    with apsw.Connection(str(store / "corpus.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"Quessin's mayor" not in (store / "corpus.db").read_bytes()
    assert raw


def test_an_opened_index_sees_what_a_writer_commits(store, tmp_path):
    with open_index(store) as index:
        assert "news:Tarn" not in [p.uri for p in index.search("balloon over Tarn")]
        build_index([write(tmp_path / "c.jsonl", {"Tarn": "A balloon flew over Tarn."})], store=store)
        assert index.search("balloon over Tarn")[0].uri == "news:Tarn"
        remove_articles(["news:Tarn"], store=store)
        assert "news:Tarn" not in [p.uri for p in index.search("balloon over Tarn")]


def test_the_same_chunk_is_not_embedded_twice(store, articles, tmp_path, monkeypatch):
    from index.encoder import Encoder

    embedded: list[str] = []
    encode = Encoder.encode
    monkeypatch.setattr(
        Encoder, "encode", lambda self, texts, role="document": embedded.extend(texts) or encode(self, texts, role)
    )
    long_text = "\n\n".join(f"Paragraph {n} tells of the harbour of Norvik at length. " * 12 for n in range(6))
    build_index([write(tmp_path / "d.jsonl", {"Norvik": long_text})], store=store)
    first = len(embedded)
    build_index([write(tmp_path / "e.jsonl", {"Norvik": long_text + "\n\nOne more."})], store=store)
    assert first > 3
    assert 0 < len(embedded) - first <= 2


@pytest.mark.parametrize("damage", ["missing", "truncated", "flipped"])
def test_a_damaged_snapshot_heals_itself(store, damage, caplog):
    expected = uris(store, "harbour of Belmora")
    (snapshot,) = (store / "snap").glob("*.snap")
    data = snapshot.read_bytes()
    if damage == "missing":
        snapshot.unlink()
    else:
        snapshot.write_bytes(data[:100] if damage == "truncated" else data[:-7] + bytes([data[-7] ^ 4]) + data[-6:])
    assert uris(store, "harbour of Belmora") == expected
    assert "rebuilding" in caplog.text
    report = verify_store(store)
    assert report.ok
    assert len(report.healed) == 1
    assert verify_store(store).healed == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE article SET text = replace(text, 'Monday', 'Sunday') WHERE uri = 'news:Norvik'",
        "UPDATE article SET published = '2020-01-01', provenance = 'meta' WHERE uri = 'news:Norvik'",
        "UPDATE chunk SET text = replace(text, 'Monday', 'Sunday') WHERE id = 1",
        "UPDATE chunk_vec SET vec = zeroblob(768) WHERE chunk_id = 2",
        "DELETE FROM chunk_vec WHERE chunk_id = 3",
        "DELETE FROM article WHERE uri = 'news:Astrand'",
    ],
)
def test_verify_tells_of_every_kind_of_damage_to_the_truth(store, change):
    assert verify_store(store).ok
    with apsw.Connection(str(store / "corpus.db")) as connection:
        connection.execute(change)
    report = verify_store(store)
    assert not report.ok
    assert all("\n" not in problem for problem in report.problems)


def test_a_search_never_shows_an_altered_passage(store):
    with apsw.Connection(str(store / "corpus.db")) as connection:
        connection.execute("UPDATE chunk SET text = replace(text, 'Monday', 'Sunday')")
    with open_index(store) as index, pytest.raises(StoreDamagedError, match="nutgraf verify"):
        index.search("harbour")


def test_a_file_that_is_no_database_is_told_as_damage(store):
    (store / "corpus.db").write_bytes(b"not a database at all" * 500)
    with pytest.raises(StoreDamagedError, match=r"corpus\.db"):
        open_index(store)


def test_no_store_says_how_to_make_one(tmp_path):
    with pytest.raises(StoreMissingError, match="nutgraf index PATH"):
        open_index(tmp_path / "none")
    with pytest.raises(NothingToIndexError):
        build_index([tmp_path / "missing.txt"], store=tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_a_database_of_something_else_is_left_alone(tmp_path, articles):
    (tmp_path / "other").mkdir()
    path = tmp_path / "other" / "corpus.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE mine(x)")
    connection.close()
    with pytest.raises(StoreMissingError, match="something else"):
        open_index(tmp_path / "other")
    with pytest.raises(StoreMissingError, match="something else"):
        build_index([articles], store=tmp_path / "other")


def test_a_newer_store_is_refused(store):
    with apsw.Connection(str(store / "corpus.db")) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreVersionError, match="format 99"):
        open_index(store)


def test_a_store_of_another_model_is_refused_by_name(store, articles, tmp_path):
    with pytest.raises(StoreModelError, match="was made with the model all-MiniLM-L6-v2, not other/model"):
        build_index([articles], store=store, model="other/model")
    with pytest.raises(StoreModelError, match="leave --model out"):
        open_index(store, model="other/model")
    assert verify_store(store).ok


def _hold(folder: str, ready: object, release: object) -> None:
    lock = WriterLock(Path(folder))
    lock.acquire()
    ready.set()  # type: ignore[attr-defined]
    release.wait(30)  # type: ignore[attr-defined]
    del lock  # as a kill would: the mark of work in progress stays in the file


def test_a_second_writer_gets_a_clear_error(store, articles):
    context = multiprocessing.get_context("spawn")
    ready, release = context.Event(), context.Event()
    other = context.Process(target=_hold, args=(str(store), ready, release))
    other.start()
    try:
        assert ready.wait(30)
        with pytest.raises(StoreBusyError, match="another process is writing"):
            build_index([articles], store=store)
    finally:
        release.set()
        other.join(30)
    # the other was stopped without its end: the next writer checks and goes on
    assert build_index([articles], store=store).unchanged
    assert (store / "writer.lock").read_text() == ""


def test_leftover_snapshot_files_are_deleted_by_the_next_writer(store, articles):
    orphan = store / "snap" / "vec-99-000000000000.faiss.tmp"
    orphan.write_bytes(b"half a snapshot")
    build_index([articles], store=store)
    assert not orphan.exists()
    assert len(list((store / "snap").iterdir())) == 1
