"""Copies and versions: how texts are compared, which articles belong together, what a search shows of them."""

import gzip
import json
import random
import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import apsw
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import StoreVersionError, build_index, open_index, remove_articles, store_status, verify_store
from index.annotations import annotate
from index.article import content_sha, make_article
from index.chunks import make_chunks
from index.copies import Print, overlap, print_of, runs, sample, word_hashes
from index.encoder import Encoder
from index.model import DEFAULT_MODEL
from index.schema import Published
from index.stories import load_annotations
from index.writer import Prepared, Writer, WriterLock

WORDS = [a + b + c for a in "bdfgklmn" for b in ("a", "ero", "ilu", "osta") for c in ("n", "rk", "st", "vel")]
DAY = date(2024, 3, 4)
STARTS = Encoder(DEFAULT_MODEL).token_starts


def prose(seed: object, words: int = 200) -> str:
    """Sentences of made-up words in paragraphs of about fifty, always the same for a seed."""
    chance = random.Random(str(seed))
    picked = [chance.choice(WORDS) for _ in range(words)]
    sentences = [" ".join(picked[i : i + 12]).capitalize() + "." for i in range(0, words, 12)]
    return "\n\n".join(" ".join(sentences[i : i + 4]) for i in range(0, len(sentences), 4))


def article(uri: str, text: str, *, source: str = "", days: int | None = 0, url: str = "", updated: int | None = None):
    """An article of some days after DAY; None for one without a date."""
    published = Published() if days is None else Published(DAY + timedelta(days), "meta")
    changed = None if updated is None else DAY + timedelta(updated)
    return make_article(uri=uri, text=text, source=source or uri, published=published, url=url, updated=changed)


@pytest.fixture(scope="module")
def empty(tmp_path_factory) -> Path:
    """A store with one article that is like no other."""
    folder = tmp_path_factory.mktemp("copies")
    (folder / "a.txt").write_text(prose("other"))
    build_index([folder / "a.txt"], store=folder / "store")
    return folder / "store"


class Stories:
    """A writer for articles whose vectors do not matter."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.vector = np.eye(1, 384, dtype=np.float16).tobytes()

    def put(self, *articles) -> None:
        with Writer(self.folder, None) as writer:
            for one in articles:
                chunks = make_chunks(one, 256, STARTS)
                shas = [bytes([number]) * 32 for number in range(len(chunks))]
                writer.put([Prepared(one, chunks, shas, "1", annotate(one))], dict.fromkeys(shas, self.vector))

    def remove(self, *uris: str) -> None:
        with Writer(self.folder, None) as writer:
            writer.remove(uris)

    def of(self, uri: str) -> tuple[set[str], list[str]]:
        """The uris of the copies of an article and those of its other versions."""
        with open_index(self.folder) as index:
            copies, versions = index.relatives(uri)
        return {head.uri for head in copies}, [head.uri for head in versions]


@pytest.fixture
def stories(empty, tmp_path) -> Stories:
    return Stories(shutil.copytree(empty, tmp_path / "store"))


# -- comparing


@given(st.text(max_size=400), st.text(max_size=400))
@settings(max_examples=60)
def test_overlap_is_symmetric_and_a_share(one, other):
    a, b = (Print(runs(word_hashes(text)), runs(word_hashes(text)[:300]), frozenset()) for text in (one, other))
    assert overlap(a, b) == overlap(b, a)
    assert 0 <= overlap(a, b) <= 1
    assert overlap(a, a) == float(bool(len(a.whole)))


def test_case_punctuation_and_line_ends_make_no_difference():
    text = "The ferry, he said, was old. It sank on Monday."
    assert (runs(word_hashes(text)) == runs(word_hashes(text.upper().replace(". ", "!\n")))).all()


def test_a_sample_is_a_quarter_of_the_hashes_and_the_same_in_every_text():
    whole = runs(word_hashes(prose("long", 4000)))
    assert 0.22 < len(sample(whole)) / len(whole) < 0.28
    part = runs(word_hashes(prose("long", 4000)[:8000]))
    assert set(sample(part).tolist()) == set(part.tolist()) & set(sample(whole).tolist())


def test_a_shared_ending_makes_no_copy():
    gallery = prose("gallery", 2000)
    one, other = (print_of(article(name, f"{prose(name, 320)}\n\n{gallery}")) for name in ("a", "b"))
    assert overlap(one, other) < 0.1


@pytest.mark.parametrize("share", [0.3, 0.5, 0.8])
def test_a_copy_that_is_cut_with_another_beginning_overlaps(share):
    story = prose("story", 400)
    paragraphs = story.split("\n\n")
    cut = paragraphs[1 : max(2, round(share * len(paragraphs)))]
    copy = "\n\n".join([prose("lede", 24), *cut, prose("local", 36)])
    assert overlap(print_of(article("a", story)), print_of(article("b", copy))) > 0.4


# -- pairs and stories


def test_prints_of_one_report_are_one_story(stories):
    text = prose("wire")
    stories.put(
        article("wire", text), article("post", f"{prose('lede', 12)}\n\n{text}", days=1), article("x", prose("x"))
    )
    assert stories.of("wire") == ({"post"}, [])
    assert stories.of("post") == ({"wire"}, [])
    assert stories.of("x") == (set(), [])
    status = store_status(stories.folder)
    assert (status.copies, status.versions) == (1, 0)


def test_the_same_words_weeks_apart_or_undated_must_be_exact(stories):
    text = prose("evergreen")
    stories.put(
        article("first", text),
        article("weeks", f"{text}\n\n{prose('more', 40)}", days=30),
        article("undated", f"{text}\n\n{prose('less', 40)}", days=None),
    )
    assert stories.of("first") == (set(), [])
    stories.put(article("again", text, days=None))
    assert stories.of("first") == ({"again"}, [])


def test_a_standing_notice_makes_no_story(stories):
    notice = prose("notice", 100)
    earlier = [article(f"old{n}", f"{notice}\n\n{prose(n, 60)}", source="S", days=-60 * n) for n in range(1, 5)]
    today = [article(f"new{n}", f"{notice}\n\n{prose(10 + n, 60)}", source=f"S{n}") for n in range(2)]
    stories.put(*earlier, *today)
    assert stories.of("new0") == (set(), [])


def test_versions_by_url_and_by_the_source_s_own_text(stories):
    old, new, later = prose("old"), prose("new"), prose("later")
    stories.put(
        article("v1", old, source="S", url="https://s.example/a"),
        article("v2", new, source="S", url="https://s.example/a", updated=1),
        article("w1", later, source="T"),
        article("w2", f"{later}\n\n{prose('add', 20)}", source="t", days=2),
        article("home1", prose("h1"), source="S", url="https://s.example/"),
        article("home2", prose("h2"), source="S", url="https://s.example/", days=1),
    )
    assert stories.of("v1") == (set(), ["v2"])
    assert stories.of("w2") == (set(), ["w1"])
    assert stories.of("home1") == (set(), [])
    assert store_status(stories.folder).versions == 2


def test_what_is_deleted_or_rewritten_leaves_its_story(stories):
    wire, half = prose("wire", 240), prose("wire", 240).split("\n\n")
    stories.put(
        article("wire", wire), article("top", "\n\n".join(half[:2])), article("end", "\n\n".join(half[3:])),
    )  # fmt: skip
    assert stories.of("top") == ({"wire", "end"}, [])
    stories.remove("wire")
    assert stories.of("top") == (set(), [])
    stories.put(article("wire", wire))
    assert stories.of("end") == ({"wire", "top"}, [])
    stories.put(article("wire", prose("quite another")))
    assert stories.of("end") == (set(), [])


@given(order=st.permutations(range(4)))
@settings(max_examples=6, deadline=None)
def test_the_order_of_writing_makes_no_difference(empty, tmp_path_factory, order):
    text = prose("wire")
    given_articles = [
        article("a", text, source="S"),
        article("b", f"{prose('lede', 24)}\n\n{text}", days=1),
        article("a2", f"{text}\n\n{prose('more', 24)}", source="S", days=2),
        article("c", prose("c")),
    ]
    written = Stories(shutil.copytree(empty, tmp_path_factory.mktemp("order") / "store"))
    written.put(*(given_articles[number] for number in order))
    assert written.of("a") == ({"b"}, ["a2"])
    assert written.of("b") == ({"a", "a2"}, [])
    assert written.of("c") == (set(), [])


# -- search


REPORT = (
    "The last ferry to Tern stopped running on Monday after its hull was found to be cracked, the harbour master said. "
    "Two hundred islanders now depend on fishing boats to reach the mainland.\n\n"
    '"We shall have a new ferry by the summer," said the harbour master, Ida Moll, who came on 2011-05-01.'
)
LOCAL = "In Alder the baker Jon Prew has lent his own boat to carry bread to the islanders every morning."
REVISION = REPORT.replace("Two hundred islanders", "Some two hundred and fifty islanders")


@pytest.fixture(scope="module")
def searched(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("searched")
    records = [
        {"uri": "echo", "source": "Echo", "date": "2024-03-05", "text": f"{REPORT}\n\n{LOCAL}"},
        {"uri": "wire", "source": "Wire", "date": "2024-03-04", "text": REPORT},
        {"uri": "star", "source": "Star", "date": "2024-03-06", "text": REPORT},
        {"uri": "star2", "source": "Star", "date": "2024-03-09", "text": REVISION},
        {"uri": "own", "source": "Own", "date": "2024-03-05", "text": "Tern has lost its ferry. Islanders are angry."},
    ]
    (folder / "a.jsonl").write_text("\n".join(map(json.dumps, records)))
    build_index([folder / "a.jsonl"], store=folder / "store")
    return folder / "store"


def test_a_search_shows_a_story_once_and_names_the_copies(searched):
    with open_index(searched) as index:
        found = index.search("Why did the ferry to Tern stop?", k=10)
        again = index.search("Why did the ferry to Tern stop?", k=10, rerank=False)
    shown = {passage.uri: passage for passage in found}
    assert {passage.uri for passage in again} == set(shown)
    assert {"star", "wire"} & set(shown) == set()
    assert {head.uri for head in shown["star2"].copies} == {"wire", "echo"}
    assert shown["star2"].superseded_by is None
    assert shown["own"].copies == ()
    assert len({passage.story for passage in found}) == 2
    assert [passage.rank for passage in found] == list(range(1, len(found) + 1))


def test_a_filter_that_leaves_an_older_version_says_what_superseded_it(searched):
    with open_index(searched) as index:
        (star,) = index.search("ferry", sources=["Star"], date_to="2024-03-07")
        assert (star.uri, star.superseded_by.uri) == ("star", "star2")
        then = index.search("ferry", as_of="2024-03-07")
        by_uri = {passage.uri: passage for passage in then}
        assert "wire" in by_uri
        assert {head.uri for head in by_uri["wire"].copies} == {"echo", "star"}
        assert all(passage.superseded_by is None for passage in then)


def test_what_one_print_adds_is_still_found(searched):
    with open_index(searched) as index:
        best = index.search("Who lent his boat to carry bread?", k=3)[0]
    assert LOCAL in best.text


def test_a_passage_tells_its_times_and_speech(searched):
    with open_index(searched) as index:
        found = index.search("harbour master new ferry by the summer", sources=["Wire"])[0]
        assert ("2011-05-01", date(2011, 5, 1)) in [(t.text, t.first) for t in found.times]
        assert any("new ferry" in speech.text for speech in found.speech)
        text = index.article("wire").text
        assert all(text[s.start : s.end] == s.text for s in (*found.times, *found.speech))
        assert index.passage(found.id).copies == found.copies


def test_copies_do_not_cost_a_result(tmp_path):
    text = "The ferry to Tern stopped on Monday because its hull was cracked, the harbour master of the island said."
    records = [{"uri": f"copy{n}", "source": f"S{n}", "date": "2024-03-04", "text": text} for n in range(150)]
    records += [{"uri": f"own{n}", "text": f"A report number {n} about boats, {prose(n, 12)}"} for n in range(3)]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, records)))
    build_index([tmp_path / "a.jsonl"], store=tmp_path / "store")
    with open_index(tmp_path / "store") as index:
        found = index.search("the ferry to Tern stopped", k=4, rerank=False)
    assert len({passage.uri for passage in found}) == 4
    assert len(found[0].copies) > 100


# -- formats and annotations


@pytest.fixture
def old_store(tmp_path) -> Path:
    """A store of two articles as the first release wrote it."""
    (tmp_path / "old").mkdir()
    packed = Path(__file__).with_name("format_1.db.gz").read_bytes()
    (tmp_path / "old" / "corpus.db").write_bytes(gzip.decompress(packed))
    return tmp_path / "old"


def vectors(store: Path) -> list[tuple[object, ...]]:
    with apsw.Connection(str(store / "corpus.db")) as connection:
        return connection.execute("SELECT chunk_id, vec, sha FROM chunk_vec ORDER BY chunk_id").fetchall()


def test_a_store_of_format_1_is_upgraded_when_it_is_opened(old_store):
    before = vectors(old_store)
    with open_index(old_store) as index:
        assert {passage.uri for passage in index.search("ferry")} == {"news:tern", "news:alder"}
        assert content_sha(index.article("news:tern")) == index.article("news:tern").content_sha
    assert vectors(old_store) == before
    assert verify_store(old_store).ok


def test_an_upgraded_store_is_annotated_by_the_next_writer_without_embedding(old_store, monkeypatch):
    with open_index(old_store) as index:
        kept = index.article("news:tern")
    before = vectors(old_store)
    with Writer(old_store, None) as writer:
        assert writer.annotate_again() == 2
        assert writer.annotate_again() == 0
    assert vectors(old_store) == before
    with open_index(old_store) as index:
        assert index.article("news:tern") == kept
        (found,) = index.search("ferry")
        assert [head.uri for head in found.copies] == ["news:alder"]
    assert verify_store(old_store).ok


def test_an_old_store_that_cannot_be_written_says_what_to_run(old_store):
    lock = WriterLock(old_store)
    lock.acquire()
    with pytest.raises(StoreVersionError, match="nutgraf verify"):
        open_index(old_store)
    lock.release(clean=True)
    open_index(old_store).close()


def test_an_unchanged_article_is_annotated_again_by_a_new_annotator(searched, tmp_path, monkeypatch):
    store = shutil.copytree(searched, tmp_path / "store")
    monkeypatch.setattr("index.stories.ANNOTATOR", "next")
    monkeypatch.setattr("index.writer.ANNOTATOR", "next")
    with Writer(store, None) as writer:
        assert writer.annotate_again() == 5
    assert verify_store(store).ok
    assert Stories(store).of("wire")[0] == {"echo", "star", "star2"}


def test_annotations_come_back_as_they_were_stored(searched):
    with open_index(searched) as index, index.store.reading() as connection:
        (number,) = connection.execute("SELECT id FROM article WHERE uri = 'wire'").fetchone()
        stored, made = load_annotations(connection, number), annotate(index.article("wire"))
    assert (stored.times, stored.speech) == (made.times, made.speech)
    assert (stored.signature == made.signature).all()
    assert stored.sha("en") == made.sha("en") != made.sha("")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE time SET first = '2012-05-01'",
        "UPDATE speech SET speaker = 'Nobody'",
        "UPDATE article SET language = 'xx' WHERE uri = 'wire'",
        "UPDATE article SET updated = '2024-03-08' WHERE uri = 'wire'",
        "UPDATE signature SET hashes = zeroblob(length(hashes))",
        "DELETE FROM hash WHERE hash = (SELECT max(hash) FROM hash)",
        "DELETE FROM member WHERE article_id = 2",
        "UPDATE member SET superseded_by = NULL",
        "DELETE FROM pair",
    ],
)
def test_verify_tells_of_damage_to_what_is_noted(searched, tmp_path, change):
    store = shutil.copytree(searched, tmp_path / "store")
    with apsw.Connection(str(store / "corpus.db")) as connection:
        connection.execute(change)
    assert not verify_store(store, heal=False).ok


def test_new_days_change_the_checksum_and_missing_ones_do_not():
    plain = article("a", "Text of an article.")
    assert content_sha(replace(plain, language="en")) == plain.content_sha
    changed = {content_sha(replace(plain, updated=DAY)), content_sha(replace(plain, corrected=DAY))}
    assert len(changed | {plain.content_sha}) == 3


def test_removing_by_command_leaves_stories_right(searched, tmp_path):
    store = shutil.copytree(searched, tmp_path / "store")
    remove_articles(["star2", "echo"], store=store)
    assert Stories(store).of("wire") == ({"star"}, [])
    assert verify_store(store).ok


def test_sentences_of_one_form_about_other_things_are_no_copies(tmp_path):
    towns = {"Tarn": "Ines Okoro", "Ollerby": "Per Halden", "Kest": "Mara Lind"}
    rows = [
        {
            "url": f"https://n.example/{town}",
            "date": "2022-03-01",
            "source": source,
            "text": f"The new bridge of {town} was drawn by {person}, who won the contest of the council for it.",
        }
        for source, (town, person) in zip(("Herald", "Gazette", "Post"), towns.items(), strict=True)
    ]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    build_index(tmp_path / "a.jsonl", store=tmp_path / "s")
    with open_index(tmp_path / "s") as index:
        assert len(index.search("Who drew the new bridge?", k=3)) == 3
