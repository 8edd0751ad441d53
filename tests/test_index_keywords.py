"""The keyword index: the scores of FTS5, whole after merging, read from files."""

from pathlib import Path

import apsw
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.arrays import Spool, open_arrays, write_arrays
from index.errors import StoreError
from index.keywords import Keywords, build_keywords, inverse_frequency, merge_keywords

WORDS = "ferry bridge school market railway library hospital museum mayor council plan strike storm vote".split()

chunk = st.tuples(
    st.lists(st.sampled_from(WORDS), max_size=4).map(" ".join),
    st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join),
)
chunks = st.lists(chunk, min_size=1, max_size=25)


def postings(keywords: Keywords) -> dict[int, list[tuple[int, int]]]:
    rows, counts = keywords.rows[:].tolist(), keywords.counts[:].tolist()
    spans = zip(keywords.terms.tolist(), keywords.starts[:-1], keywords.starts[1:], strict=True)
    return {term: list(zip(rows[a:b], counts[a:b], strict=True)) for term, a, b in spans}


def fts5_scores(texts: list[tuple[str, str]], question: list[str]) -> dict[int, float]:
    with apsw.Connection(":memory:") as connection:
        connection.execute("CREATE VIRTUAL TABLE fts USING fts5(title, body)")
        connection.executemany(
            "INSERT INTO fts(rowid, title, body) VALUES (?, ?, ?)", [(n, *t) for n, t in enumerate(texts)]
        )
        match = " OR ".join(f'"{word}"' for word in question)
        return dict(connection.execute("SELECT rowid, -bm25(fts, 0.5, 1.0) FROM fts WHERE fts MATCH ?", (match,)))


@settings(deadline=None, max_examples=60)
@given(chunks, st.lists(st.sampled_from(WORDS), min_size=1, max_size=5, unique=True))
def test_the_scores_are_those_of_fts5(texts, question):
    keywords = build_keywords(texts, str.split)
    found = [keywords.find([word], 0.5) for word in question]
    idf = [inverse_frequency(len(texts), len(rows)) for rows, _ in found]
    scores = keywords.scores(found, idf, keywords.norms(float(keywords.lengths.mean()) or 1.0))
    expected = fts5_scores(texts, question)
    assert {row: pytest.approx(score, rel=1e-4, abs=1e-9) for row, score in expected.items()} == {
        row: float(scores[row]) for row in expected
    }
    assert np.count_nonzero(scores) == len(expected)


@settings(deadline=None, max_examples=60)
@given(st.lists(chunks, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_merged_parts_are_what_building_at_once_gives(parts, chance):
    kept = [np.array([chance.random() < 0.7 for _ in part]) for part in parts]
    merged = merge_keywords([build_keywords(part, str.split) for part in parts], kept)
    left = [text for part, mask in zip(parts, kept, strict=True) for text, keep in zip(part, mask, strict=True) if keep]
    whole = build_keywords(left, str.split)
    assert postings(merged) == postings(whole)
    assert merged.lengths.tolist() == whole.lengths.tolist()


def test_merging_in_small_blocks_through_files_gives_the_same(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    texts = [(WORDS[n % 5], " ".join(rng.choice(WORDS, 30))) for n in range(300)]
    parts = [build_keywords(texts[:100], str.split), build_keywords(texts[100:], str.split)]
    monkeypatch.setattr("index.keywords.MERGE_POSTINGS", 200)
    merged = merge_keywords(parts, [None, None], tmp_path)
    assert postings(merged) == postings(build_keywords(texts, str.split))
    assert list(tmp_path.iterdir()) == []


def test_a_word_of_several_tokens_is_found_where_all_of_them_are():
    keywords = build_keywords([("", "covid 19 spread"), ("", "covid spread"), ("", "19 of 19 covid")], str.split)
    rows, often = keywords.find(["covid", "19"], 0.5)
    assert (rows.tolist(), often.tolist()) == ([0, 2], [1.0, 1.0])
    assert keywords.find(["covid", "unknown"], 0.5)[0].tolist() == []
    assert keywords.find([], 0.5)[0].tolist() == []


def test_counts_that_do_not_fit_are_the_highest_that_do():
    keywords = build_keywords([("vote " * 20, "vote " * 500)], str.split)
    assert keywords.find(["vote"], 0.5)[1].tolist() == [31 + 7 * 0.5]
    assert keywords.lengths.tolist() == [520]


def write(path: Path) -> str:
    spool = Spool(np.uint32, path.parent)
    spool.append(np.arange(700, dtype=np.uint32))
    spool.append(np.arange(700, 1000, dtype=np.uint32))
    return write_arrays(path, {"numbers": spool.finish(), "empty": np.zeros(0, np.int64), "few": np.arange(3.0)})


def test_arrays_come_back_slice_by_slice(tmp_path):
    arrays = open_arrays(tmp_path / "a", write(tmp_path / "a"))
    assert arrays is not None
    assert arrays["numbers"][:].tolist() == list(range(1000))
    assert arrays["numbers"][690:710].tolist() == list(range(690, 710))
    assert (len(arrays["empty"]), arrays["empty"][:].tolist(), arrays["few"][1:].tolist()) == (0, [], [1.0, 2.0])


def test_no_array_is_believed_before_its_file_was_checked(tmp_path):
    sha = write(tmp_path / "a")
    whole = (tmp_path / "a").read_bytes()
    assert open_arrays(tmp_path / "a", "0" * 64) is None
    assert open_arrays(tmp_path / "b", sha) is None
    (tmp_path / "a").write_bytes(whole[:-1])
    assert open_arrays(tmp_path / "a", sha) is None


def test_a_file_that_is_cut_short_while_in_use_is_an_error(tmp_path):
    arrays = open_arrays(tmp_path / "a", write(tmp_path / "a"))
    assert arrays is not None
    with (tmp_path / "a").open("r+b") as file:
        file.truncate(500)
    with pytest.raises(StoreError, match="cut short"):
        arrays["numbers"][:]
