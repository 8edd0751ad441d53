"""The extractive reader and the pipeline on a small corpus: answers, refusals, citations, filters, history."""

import json

import pytest

from index import QueryError, SettingsError, build_index, open_index
from rag import Assistant, NutgrafRetriever, RagSettings, Request, ask
from rag.expected import counts_inhabitants, has_expected, has_one_kind, is_expected
from rag.extractive import load_text_weights, load_weights
from rag.questions import analyse
from rag.reading import FEATURES

ARTICLES = [
    {
        "uri": "n:flood",
        "title": "Flood closes Norvik harbour",
        "date": "2021-09-28",
        "source": "Herald",
        "text": "Mayor Ana Lindqvist closed the harbour of Norvik on Tuesday after the river rose by 2.4 metres.\n\n"
        "About 1,250 people left the lower town by ferry. She said the closure would last five days.\n\n"
        "The flood was caused by a broken dam near Astrand, engineers said.",
    },
    {
        "uri": "n:museum",
        "title": "New museum for Belmora",
        "source": "The Gazette",
        "text": "Belmora will open a museum of glass in May, the council decided.\n\n"
        "The building was designed by architect Jonas Verre and will cost 31 million crowns.",
    },
]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reader")
    (folder / "a.json").write_text(json.dumps(ARTICLES), encoding="utf-8")
    build_index([folder / "a.json"], store=folder / "store")
    return folder / "store"


@pytest.fixture(scope="module")
def assistant(store):
    with Assistant.open(store) as opened:
        yield opened


@pytest.mark.parametrize(
    ("question", "uri", "expected"),
    [
        ("Who closed the harbour of Norvik?", "n:flood", "Ana Lindqvist"),
        ("How many people left the lower town?", "n:flood", "1,250"),
        ("What caused the flood?", "n:flood", "broken dam"),
        ("How long will the closure of the harbour last?", "n:flood", "five days"),
        ("Who designed the museum of glass?", "n:museum", "Jonas Verre"),
        ("How much will the museum building cost?", "n:museum", "31 million"),
    ],
)
def test_an_answer_quotes_the_sentence_and_cites_its_paragraph(assistant, question, uri, expected):
    answer = assistant.ask(question)
    assert answer.outcome == "answered"
    assert expected in answer.text
    assert any(c.uri == uri and expected in c.quote for c in answer.citations)


@pytest.mark.parametrize("question", ["Who won the chess tournament in Tokyo?", "What is the capital of Australia?"])
def test_what_the_articles_do_not_say_is_refused_with_the_nearest_evidence(assistant, question):
    answer = assistant.ask(question)
    assert answer.outcome == "not_in_sources"
    assert answer.text.startswith("Not in these sources.")
    assert answer.citations == ()
    assert answer.passages
    assert answer.confidence < assistant.settings.min_confidence


def test_every_quote_stands_at_its_offsets_and_every_marker_has_a_citation(assistant):
    for question in ("Who closed the harbour?", "What will Belmora open?", "Why did the river rise?"):
        answer = assistant.ask(question)
        for citation in answer.citations:
            article = assistant.index.article(citation.uri)
            assert article.text[citation.start : citation.end] == citation.quote
            assert citation.quote in citation.paragraph_text
            assert f"[{citation.marker}]" in answer.text
        assert [c.marker for c in answer.citations] == list(range(1, len(answer.citations) + 1))


def test_the_json_form_has_the_documented_fields(assistant):
    found = json.loads(json.dumps(assistant.ask("Who designed the museum of glass?").to_dict()))
    assert set(found) == {
        "question", "text", "outcome", "confidence", "why", "claims", "citations", "passages", "notes", "answerer",
        "settings_fingerprint", "timings", "tokens", "short", "spans", "positions", "dispute", "time", "standalone",
        "parts",
    }  # fmt: skip
    assert set(found["citations"][0]) == {
        "marker", "passage_id", "uri", "title", "source", "url", "published", "paragraph", "paragraph_kind",
        "paragraph_text", "quote", "start", "end", "times", "speaker", "copies", "superseded", "correction",
    }  # fmt: skip
    assert {"uri", "text", "score", "start", "end"} <= set(found["passages"][0])
    assert found["timings"]["total"] > 0


def test_filters_limit_the_articles_and_tell_what_they_leave_out(assistant):
    answer = assistant.ask("Who designed the museum of glass?", date_from="2021-01-01")
    assert {p.uri for p in answer.passages} == {"n:flood"}
    assert answer.outcome == "not_in_sources"
    assert answer.notes == ("1 article without a date left out by the date filter.",)
    assert {p.uri for p in assistant.ask("museum", sources=["the gazette"]).passages} == {"n:museum"}


def test_as_of_leaves_out_what_was_published_later(assistant):
    assert {p.uri for p in assistant.ask("Who closed the harbour?", as_of="2021-09-27").passages} == {"n:museum"}
    assert assistant.ask("Who closed the harbour?", as_of="2021-09-28").outcome == "answered"


def test_no_passage_at_all_is_a_refusal(assistant):
    answer = assistant.ask("Who closed the harbour?", sources=["Nobody's Paper"])
    assert (answer.outcome, answer.why) == ("not_in_sources", "No passage was found.")


def test_a_follow_up_leans_on_the_question_before(assistant):
    history = [("Who designed the museum of glass?", "Jonas Verre")]
    answer = assistant.ask("And how much will it cost?", history=history)
    assert "31 million" in answer.text
    assert answer.question == "And how much will it cost?"


def test_ask_is_the_same_as_the_assistant(store, assistant):
    one, other = (
        ask("Who closed the harbour of Norvik?", store=store),
        assistant.ask("Who closed the harbour of Norvik?"),
    )
    assert (one.text, one.confidence, one.citations) == (other.text, other.confidence, other.citations)


def test_an_empty_question_is_an_error(assistant):
    with pytest.raises(QueryError, match="empty"):
        assistant.ask("  ")


def test_the_pipeline_is_a_runnable_with_named_steps(assistant):
    whole = assistant.pipeline.invoke(Request("Who designed the museum of glass?"))
    assert "Jonas Verre" in whole.text
    assert [step.get_name() for step in assistant.pipeline.steps] == ["understand", "retrieve", "answer"]
    assert list(assistant.pipeline.stream(Request("Who designed the museum?")))[-1].outcome == "answered"


def test_the_retriever_gives_documents_with_our_metadata(store):
    with open_index(store) as index:
        documents = NutgrafRetriever(index=index, k=2).invoke("museum of glass")
    assert len(documents) == 2
    assert documents[0].metadata["uri"] == "n:museum"
    assert "glass" in documents[0].page_content
    assert "text" not in documents[0].metadata
    assert "relevance" in documents[0].metadata["scores"]


def test_the_retriever_reranks_or_not(store):
    with open_index(store, rerank=False) as index:
        for rerank, read in ((None, False), (False, False), (True, True)):
            (document,) = NutgrafRetriever(index=index, k=1, rerank=rerank).invoke("museum of glass")
            assert ("relevance" in document.metadata["scores"]) == read


def test_the_retrieve_step_keeps_what_search_read(store, assistant):
    request = Request("Who designed the museum of glass?", k=2)
    state = assistant.steps.retrieve(assistant.steps.understand(request))
    for passage, reading in zip(state.passages, state.readings, strict=True):
        assert all(passage.text[span.start : span.end] for span in reading.spans)
    with Assistant.open(store, rerank=False) as other:
        assert other.steps.retrieve(other.steps.understand(request)).readings == [None, None]


@pytest.mark.parametrize(
    ("text", "kind", "names"),
    [
        ("Who is Ana Lindqvist?", "who", {"ana", "lindqvist"}),
        ("How many days did it last?", "how_long", set()),
        ("What year was the U.S. summit?", "when", {"u.s"}),
        ("Where did North Korea fire it?", "where", {"north", "korea"}),
        ("Which city hosted it?", "where", set()),
        ("How old is she?", "how_old", set()),
        ("How much did it cost?", "how_much", set()),
        ("What is the Norvik torc worth?", "how_much", {"norvik"}),
        ("How large was the central bank's loan that saved Norvik?", "how_much", {"norvik"}),
        ("How big a bonus did the mayor get?", "how_much", set()),
        ("What was the price of a ticket?", "how_much", set()),
        ("How large was the crowd at the fare protest?", "how_many", set()),
        ("What is worth seeing in Norvik?", "what", {"norvik"}),
        ("How many kilometres did it fly?", "how_far", set()),
        ("What range does it have?", "how_far", set()),
        ("How long was the bridge at Dunsel?", "how_far", {"dunsel"}),
        ("How long will the new railway line's tunnel be?", "how_far", set()),
        ("How long was the bridge closed?", "how_long", set()),
        ("How long was the road at Dunsel closed?", "how_long", {"dunsel"}),
        ("How long is the road to be closed?", "how_long", set()),
        ("For how long was the railway at a standstill?", "how_long", set()),
        ("Why did Norvik's mayor resign?", "why", {"norvik"}),
        ("How many ships sank in 2021?", "how_many", set()),
        ("What is the population of Norvik?", "how_many", {"norvik"}),
        ("What was the final death toll?", "how_many", set()),
        ("What do people say of the number of ships?", "what", set()),
        ("Ana Lindqvist said what?", "what", {"ana", "lindqvist"}),
    ],
)
def test_questions_are_taken_apart(text, kind, names):
    question = analyse(text)
    assert question.kind == kind
    assert question.names == names


@pytest.mark.parametrize(
    ("question", "yes", "no"),
    [
        ("How many ships sank?", "Three ships sank.", "Ships sank."),
        ("When did it open?", "It opened on Monday.", "It opened with a concert."),
        ("Where did they meet?", "They met in Norvik.", "They met again."),
        ("Who met the mayor of Norvik?", "The mayor met Jonas Verre.", "The mayor of Norvik met them."),
        ("How long is the visit?", "A five-day visit began.", "A visit began."),
        ("How old is the mayor?", "The mayor, 51, was born in Norvik.", "The mayor met two men."),
        ("How much did the bridge cost?", "It cost 31 million crowns.", "It has three lanes."),
        ("How far can it fly?", "It can fly 5,000 miles.", "It flew twice."),
    ],
)
def test_what_is_asked_for_is_recognised(question, yes, no):
    assert has_expected(analyse(question), yes)
    assert not has_expected(analyse(question), no)


@pytest.mark.parametrize(
    ("answer", "after", "expected"),
    [
        ("28 crowns", " a week", True),
        ("$1.1 million", "", True),
        ("9 million", " dinars", True),
        ("600", " florins", True),
        ("600", " each", True),
        ("212,000", " customers", False),
        ("some 900", " people", False),
        ("17 percent", " more", False),
        ("17%", "", False),
        ("one in six", "", False),
        ("70 tonnes", "", False),
    ],
)
def test_a_sum_of_money_is_no_share_no_size_and_no_count(answer, after, expected):
    assert is_expected(analyse("What does a ticket cost?"), answer, after) is expected


@pytest.mark.parametrize(
    ("question", "answer", "expected"),
    [
        ("How many members does the union have?", "1,900", True),
        ("How many members does the union have?", "12 per cent", False),
        ("How many of its members went on strike?", "12 per cent", True),
        ("How many people were evacuated?", "several hundred", True),
        ("How many people were evacuated?", "nobody", True),
        ("How many people were evacuated?", "three weeks", False),
        ("How many people were evacuated?", "$1.1 million", False),
        ("How many people were evacuated?", "the school", False),
        ("How many dollars were stolen?", "two million dollars", True),
        ("How many percent voted?", "12 percent", True),
        ("How many hectares burned?", "two", True),
        ("How many missiles does the North own?", "Hwasong-17", False),
        ("What range in kilometres does the missile have?", "the Hwasong-17", False),
        ("What range in kilometres does the missile have?", "15,000 kilometres", True),
        ("How long is the bridge?", "214-metre", True),
        ("How long is the bridge?", "six years", False),
        ("How long is the bridge?", "less than a month", False),
    ],
)
def test_a_count_is_no_share_no_sum_and_no_time(question, answer, expected):
    assert is_expected(analyse(question), answer) is expected
    assert has_one_kind(analyse(question)) is ("how many of" not in question.lower())


def test_how_often_may_be_told_in_words():
    assert not has_one_kind(analyse("How often do they meet?"))


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("2,500", True),
        ("1.2 million", True),
        ("some 900", True),
        ("885.0", False),
        ("420.8 km 2", False),
        ("Norvik", False),
    ],
)
def test_heads_are_counted_whole(answer, expected):
    assert is_expected(analyse("What is the population of Norvik?"), answer) is expected
    assert is_expected(analyse("How many people live in Norvik?"), answer) is expected
    assert is_expected(analyse("How many points did the index gain?"), "12.5")


@pytest.mark.parametrize(
    ("question", "after", "expected"),
    [
        ("What is the population of Norvik?", " people, 699 households, and 445 families", True),
        ("What is the population of Norvik?", " households, and 445 families", False),
        ("What is the population of Norvik?", " square miles", False),
        ("How many people left Norvik?", " votes", False),
        ("How many people voted in Norvik?", " votes", True),
        ("How many people were killed?", " soldiers and a driver", True),
        ("How many points did the index gain?", " points", True),
    ],
)
def test_the_words_after_a_number_tell_what_it_counts(question, after, expected):
    assert is_expected(analyse(question), "699", after) is expected


@pytest.mark.parametrize(
    ("question", "before", "after", "counted"),
    [
        ("What is the population of Norvik?", "As of the census of 2000, there were ", " people, 699 households", True),
        ("What is the population of Norvik?", "Norvik had a population of ", " at the 2010 census", True),
        ("How many people live in Norvik?", "The population was ", ".", True),
        ("How many people live in Norvik?", "In 2021 the town elected ", " councillors", False),
        ("How many people died in Norvik?", "The fire killed ", " people", False),
    ],
)
def test_inhabitants_are_told_by_the_words_around_a_number(question, before, after, counted):
    assert counts_inhabitants(analyse(question), before, after) is counted


@pytest.mark.parametrize("bad", [{"k": 0}, {"max_sentences": 0}, {"min_confidence": 2.0}, {"llm_timeout_s": 0}])
def test_settings_that_cannot_be_are_refused(bad):
    with pytest.raises(SettingsError):
        RagSettings(**bad)


def test_the_shipped_weights_are_whole():
    for reader in (True, False):
        weights = load_weights(reader)
        assert {"bias", "cosine", "coverage"} <= set(weights.sentence)
        assert ("margin" in weights.sentence) is reader
        assert "bias" in weights.answer
        assert weights.margin > 0
    assert {"bias", *FEATURES} == set(load_text_weights())
