"""Articles that a program gives as records: added, replaced, removed, found by vector, their metadata kept."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index import QueryError, StoreBusyError, add_articles, open_index, remove_articles, store_status, verify_store
from index.writer import WriterLock

FERRY = {
    "uri": "news:ferry",
    "title": "Ferries stop",
    "date": "2022-03-14",
    "source": "Herald",
    "text": "The ferries to Astrand stopped on Monday.",
}
WHEAT = {"uri": "news:wheat", "source": "Courant", "text": "Wheat got dearer in Belmora, said its millers."}


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    store = tmp_path_factory.mktemp("given") / "store"
    add_articles([FERRY, WHEAT], store=store)
    return store


def test_records_are_read_as_those_of_a_json_file(shared):
    with open_index(shared) as index:
        article = index.article("news:ferry")
        assert (article.title, article.source, article.published.date) == ("Ferries stop", "Herald", date(2022, 3, 14))
        assert article.text == FERRY["text"]
        assert article.metadata is None
        assert "metadata" not in article.to_dict()
    assert verify_store(shared).ok


def test_a_record_again_costs_nothing_and_a_changed_one_replaces_it(tmp_path):
    assert add_articles([FERRY], store=tmp_path / "s").added == ["news:ferry"]
    with open_index(tmp_path / "s") as index:
        again = add_articles([FERRY], store=tmp_path / "s", encoder=index.encoder)
        assert (again.unchanged, again.chunks) == (["news:ferry"], 0)
        changed = add_articles([FERRY | {"text": "They sail again."}], store=tmp_path / "s", encoder=index.encoder)
        assert changed.updated == ["news:ferry"]
        assert [passage.text for passage in index.search("ferries")] == ["They sail again."]


def test_no_records_make_an_empty_store(tmp_path):
    assert add_articles([], store=tmp_path / "s").articles == 0
    with open_index(tmp_path / "s") as index:
        assert index.search("ferries") == []
        assert index.nearest(index.encode_query("ferries")) == []
    assert store_status(tmp_path / "s").articles == 0


def test_what_is_wrong_with_a_record_is_told_and_the_others_are_stored(tmp_path):
    report = add_articles(
        [
            {"title": "No text"},
            FERRY,
            {"text": "A.", "metadata": {"x": object()}},
            {"text": "B.", "metadata": [1]},
            ["x"],
        ],
        store=tmp_path / "s",
    )
    assert report.added == ["news:ferry"]
    told = [str(problem) for problem in report.problems]
    assert told[0] == 'record 1: has a title or description but no text; put the article into a field "text"'
    assert told[1] == "record 3: has metadata that JSON cannot hold (a object); leave it out"
    assert told[2] == "record 4: has metadata that is no object; give names and values"
    assert told[3].startswith("record 5: is not a JSON object;")


def test_a_record_without_a_name_is_named_by_its_content(tmp_path):
    first, again, other = ({"text": text} for text in ("It snowed.", "It snowed.", "It rained."))
    report = add_articles([first, again, other], store=tmp_path / "s")
    assert len(report.added) == 2
    assert all(uri.startswith("record#") for uri in report.added)
    assert add_articles([{"id": 7, "text": "Hail."}], store=tmp_path / "s").added == ["record#7"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(metadata=st.dictionaries(st.text("abcdé \n", max_size=5), JSON, max_size=4))
def test_metadata_comes_back_as_it_was(metadata, tmp_path_factory, shared):
    store = tmp_path_factory.mktemp("kept") / "store"
    with open_index(shared) as index:
        add_articles([FERRY | {"metadata": metadata}], store=store, encoder=index.encoder)
    with open_index(store) as index:
        assert index.article("news:ferry").metadata == metadata
        assert index.article("news:ferry").to_dict()["metadata"] == metadata


def test_days_in_metadata_become_text_and_are_guarded_by_the_checksum(tmp_path):
    told = {"day": date(2022, 3, 14), "at": datetime(2022, 3, 14, 8, 30)}  # noqa: DTZ001
    add_articles([FERRY | {"metadata": told}], store=tmp_path / "s")
    with open_index(tmp_path / "s") as index:
        assert index.article("news:ferry").metadata == {"day": "2022-03-14", "at": "2022-03-14T08:30:00"}
    assert verify_store(tmp_path / "s").ok
    import apsw

    with apsw.Connection(str(tmp_path / "s" / "corpus.db")) as connection:
        connection.execute('UPDATE article SET metadata = \'{"day": "2022-03-15"}\'')
    assert verify_store(tmp_path / "s").problems == ["news:ferry: the article is not what was stored"]


def test_articles_are_removed_by_name_all_or_none(tmp_path):
    Path("astrand.txt").write_text("The ferries to Astrand stopped.")
    add_articles([FERRY, WHEAT, FERRY | {"uri": str(Path("astrand.txt").resolve())}], store=tmp_path / "s")
    before = store_status(tmp_path / "s").generation
    removed, missing = remove_articles(
        ["news:ferry", Path("astrand.txt"), "news:none", "a\0b", "news:ferry"], store=tmp_path / "s"
    )
    assert removed == ["news:ferry", str(Path("astrand.txt").resolve())]
    assert missing == ["news:none", "a\0b"]
    assert store_status(tmp_path / "s").generation == before + 1
    with open_index(tmp_path / "s") as index:
        assert [head.uri for head in index.articles()] == ["news:wheat"]


def test_one_writer_at_a_time(shared):
    lock = WriterLock(shared)
    lock.acquire()
    try:
        with pytest.raises(StoreBusyError):
            add_articles([WHEAT], store=shared)
        with pytest.raises(StoreBusyError):
            remove_articles(["news:wheat"], store=shared)
    finally:
        lock.release(clean=True)


def test_the_nearest_passages_are_those_of_brute_force(shared):
    with open_index(shared) as index:
        vector = index.encode_query("Which ships stopped?")
        found = index.nearest([2 * float(value) for value in vector])
        texts = [index.article(uri).text for uri in ("news:ferry", "news:wheat")]
        assert [passage.uri for passage in found] == ["news:ferry", "news:wheat"]
        assert [passage.score for passage in found] == sorted([passage.score for passage in found], reverse=True)
        assert found[1].score == pytest.approx(float(index.encoder.encode([texts[1]])[0] @ vector), abs=5e-3)
        assert [passage.uri for passage in index.nearest(vector, k=1)] == ["news:ferry"]
        assert [passage.uri for passage in index.nearest(vector, sources=["courant"])] == ["news:wheat"]
        assert [passage.uri for passage in index.nearest(vector, date_from="2022-01-01")] == ["news:ferry"]
        assert [passage.uri for passage in index.nearest(vector, uris=["news:wheat", "x"])] == ["news:wheat"]
        assert index.nearest(vector, uris=[]) == []


@pytest.mark.parametrize("wrong", [[], [0.5], np.zeros(384), np.full(384, np.nan), np.full((1, 384), 0.1)])
def test_a_vector_that_cannot_be_searched_for_is_refused(shared, wrong):
    with open_index(shared) as index, pytest.raises(QueryError, match="the vector has"):
        index.nearest(wrong)
