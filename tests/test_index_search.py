"""Search: filters that cost no result, agreement with brute force, what can be asked."""

import json
from datetime import date

import numpy as np
import pytest

from index import QueryError, build_index, open_index
from index.lexical import content_words

CITIES = ("Norvik", "Astrand", "Belmora", "Quessin", "Tarn", "Oldmoor")
THINGS = ("ferry", "bridge", "school", "market", "railway", "library", "hospital", "museum")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("search")
    records = []
    for number in range(96):
        city, thing = CITIES[number % 6], THINGS[number // 12]
        day = date(2022, 1 + number % 12, 1 + number % 28)
        records.append(
            {
                "uri": f"n:{number}",
                "title": f"{city} {thing} plan",
                "text": f"The {thing} of {city} will be rebuilt, the council said. Work number {number} starts soon.",
                "date": None if number % 16 == 0 else day.isoformat(),
                "source": ("Herald", "The Gazette", "Évening Post")[number % 3],
            }
        )
    (folder / "a.jsonl").write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    build_index([folder / "a.jsonl"], store=folder / "store")
    return folder / "store"


@pytest.fixture(scope="module")
def index(store):
    with open_index(store) as opened:
        yield opened


def test_passages_come_best_first_with_their_signals(index):
    found = index.search("library of Tarn", k=5)
    assert [p.rank for p in found] == [1, 2, 3, 4, 5]
    assert [p.score for p in found] == sorted((p.score for p in found), reverse=True)
    assert "library of Tarn" in found[0].text
    assert set(found[0].scores) == {"dense", "bm25", "relevance"}
    assert found[0].to_dict()["uri"] == found[0].uri


def test_dense_search_is_brute_force(index):
    query = index.encode_query("bridge works")
    rows = index.store.connection.execute("SELECT chunk_id, vec FROM chunk_vec").fetchall()
    scores = {i: float(np.frombuffer(v, np.float16).astype(np.float32) @ query) for i, v in rows}
    best = sorted(scores, key=lambda i: (-scores[i], i))[:20]
    found = index.search("bridge works", k=20, mode="dense")
    assert [p.chunk.id for p in found] == best


@pytest.mark.parametrize("mode", ["hybrid", "dense"])
@pytest.mark.parametrize(
    "filters",
    [
        {"date_from": "2022-03-01", "date_to": "2022-03-31"},
        {"sources": ["herald"]},
        {"sources": "The Gazette", "date_from": date(2022, 6, 1)},
        {"date_to": "2022-02-15", "sources": ["Évening Post", "Herald"]},
    ],
)
def test_a_filter_costs_no_result(index, mode, filters):
    heads = {head.uri: head for head in index.articles()}
    sources = {
        s.lower()
        for s in ([filters["sources"]] if isinstance(filters.get("sources"), str) else filters.get("sources", []))
    }

    def fits(head):
        first, last = str(filters.get("date_from", "")), str(filters.get("date_to", "9999"))
        if ("date_from" in filters or "date_to" in filters) and head.published.date is None:
            return False
        dated = head.published.date is None or first <= head.published.iso <= last
        return dated and (not sources or head.source.lower() in sources)

    expected = {uri for uri, head in heads.items() if fits(head)}
    found = index.search("market of Belmora", k=96, mode=mode, **filters)
    assert {p.uri for p in found} == expected
    assert expected


def test_as_of_keeps_undated_articles_and_drops_later_ones(index):
    found = {p.uri for p in index.search("council", k=96, as_of="2022-02-28")}
    heads = {head.uri: head for head in index.articles()}
    assert found == {u for u, h in heads.items() if h.published.date is None or h.published.date <= date(2022, 2, 28)}


def test_no_article_in_range_gives_no_passage(index):
    assert index.search("market", date_from="1999-01-01", date_to="1999-12-31") == []


@pytest.mark.parametrize(
    ("query", "filters", "message"),
    [
        ("", {}, "empty"),
        ("  \n", {}, "empty"),
        ("x" * 5000, {}, "4000"),
        ("market", {"k": 0}, "at least 1"),
        ("market", {"date_from": "last week"}, "YYYY-MM-DD"),
        ("market", {"date_from": "2022-02-01", "date_to": "2022-01-01"}, "swap"),
    ],
)
def test_what_cannot_be_asked_is_said(index, query, filters, message):
    with pytest.raises(QueryError, match=message):
        index.search(query, **filters)


@pytest.mark.parametrize(
    "query", ['"', "AND OR NOT", "ferry*", "title:ferry", "(((", "NEAR(a b)", "what is the", "🚀", "a\0b ferry"]
)
def test_no_text_is_an_operator_or_an_error(index, query):
    assert len(index.search(query, k=3)) == 3


def test_accents_and_case_do_not_matter_to_keywords(index):
    assert index.search("MUSÉUM öf Tarn", k=1, mode="bm25")[0].text.startswith("The museum")


def test_a_very_long_question_is_cut_to_its_rare_words(index):
    question = "library Tarn " + " ".join(f"word{n}" for n in range(300))
    assert "library of Tarn" in index.search(question, k=1, mode="bm25")[0].text


def test_passages_are_found_again_by_id(index):
    passage = index.search("hospital of Oldmoor", k=1)[0]
    again = index.passage(passage.id)
    assert (again.text, again.uri, again.start) == (passage.text, passage.uri, passage.start)
    assert all(index.passage(bad) is None for bad in ("p999999", "x1", "p", "p1; DROP TABLE chunk", "p" + "9" * 40, ""))


def test_content_words_drop_stop_words_and_possessives():
    assert content_words("What did North Korea’s leader say about the U.S. tests?") == [
        "north", "korea", "leader", "say", "u.s", "tests",
    ]  # fmt: skip
