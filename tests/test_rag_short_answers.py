"""Short answers and the sentences that hold them, agreement between articles, lists, and doing without the reader."""

import json

import pytest

from index import build_index, open_index, reranking
from rag import Assistant
from rag.citing import Draft, Evidence, cite
from rag.evidence import sentences_of
from rag.extractive import answer_features, candidates, load_weights, rank
from rag.questions import analyse

ARTICLES = [
    {
        "uri": "n:herald",
        "title": "Flood closes Norvik harbour",
        "date": "2021-09-28",
        "source": "Herald",
        "text": "Mayor Ana Lindqvist closed the harbour of Norvik on Tuesday after the river rose by 2.4 metres.\n\n"
        "About 1,250 people left the lower town by ferry. The closure would last five days, the mayor said.\n\n"
        "Ships from Denmark, Estonia and Poland had to turn back.",
    },
    {
        "uri": "n:courier",
        "title": "Norvik counts the damage",
        "date": "2021-10-02",
        "source": "Courier",
        "text": "The harbour of Norvik opened again on Saturday. It had been closed by mayor Ana Lindqvist.\n\n"
        "Repairs of the quay will take until March 2022, engineers said.",
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
    folder = tmp_path_factory.mktemp("short")
    (folder / "a.json").write_text(json.dumps(ARTICLES), encoding="utf-8")
    build_index([folder / "a.json"], store=folder / "store")
    return folder / "store"


@pytest.fixture(scope="module")
def assistant(store):
    with Assistant.open(store) as opened:
        yield opened


@pytest.mark.parametrize(
    ("question", "short"),
    [
        ("Who closed the harbour of Norvik?", "Ana Lindqvist"),
        ("How many people left the lower town?", "1,250"),
        ("Who designed the museum of glass?", "Jonas Verre"),
        ("How much will the museum building cost?", "31 million crowns"),
        ("How long would the closure of the harbour last?", "five days"),
    ],
)
def test_the_short_answer_stands_in_the_sentence_that_is_quoted(assistant, question, short):
    answer = assistant.ask(question)
    assert short in answer.short
    for span in answer.spans:
        cited = answer.citations[span.marker - 1]
        assert cited.start <= span.start < span.end <= cited.end
        assert assistant.index.article(cited.uri).text[span.start : span.end] == span.text
    assert answer.to_dict()["short"] == answer.short
    assert answer.to_dict()["spans"][0]["text"] == answer.spans[0].text


def test_a_refusal_has_no_short_answer(assistant):
    answer = assistant.ask("Who won the chess tournament in Tokyo?")
    assert (answer.outcome, answer.short, answer.spans) == ("not_in_sources", "", ())


def test_articles_that_give_the_same_answer_are_all_cited(assistant):
    answer = assistant.ask("Who closed the harbour of Norvik?")
    cited = {citation.uri for citation in answer.citations if "Ana Lindqvist" in citation.quote}
    assert cited == {"n:herald", "n:courier"}


def test_agreement_counts_other_articles_only(assistant):
    found = read(assistant.index, "Who closed the harbour of Norvik?", assistant.index.crossencoder)
    by_text = {s.text: f for s, f in zip(found.sentences, found.features, strict=True)}
    agreeing = by_text["It had been closed by mayor Ana Lindqvist."]
    alone = by_text["About 1,250 people left the lower town by ferry."]
    assert agreeing["agreement"] == 0.5
    assert alone["agreement"] == 0.0


def read(index, question, network):
    found = index.retrieve(question, k=8, rerank=network is not None)
    return candidates(analyse(question), [f.passage for f in found], [f.reading for f in found], index, network)


def test_search_without_reranking_does_not_cost_the_short_answer(assistant, store):
    question = "Who designed the museum of glass?"
    reranked = assistant.ask(question)
    with open_index(store) as index:
        index.rerank = False
        without = Assistant(index).ask(question)
    assert "Jonas Verre" in without.short
    assert without.short == reranked.short
    assert all("relevance" not in passage.scores for passage in without.passages)


def test_without_the_weights_sentences_answer_and_nothing_is_short(store, monkeypatch, tmp_path):
    monkeypatch.setattr(reranking, "weights_path", lambda: tmp_path / "none.safetensors")
    with Assistant.open(store) as assistant:
        assert assistant.index.crossencoder is None
        answer = assistant.ask("Who designed the museum of glass?")
        refused = assistant.ask("Who won the chess tournament in Tokyo?")
    assert answer.outcome == "answered"
    assert "Jonas Verre" in answer.text
    assert answer.short == ""
    assert refused.outcome == "not_in_sources"


def test_every_sentence_has_all_features_that_have_a_weight(assistant):
    for network in (None, assistant.index.crossencoder):
        found = read(assistant.index, "Who closed the harbour of Norvik?", network)
        weights = load_weights(network is not None)
        scores, order = rank(found.features, weights.sentence)
        assert set(weights.sentence) - {"bias"} <= set(found.features[0])
        assert set(weights.answer) - {"bias"} <= set(answer_features(found, scores, order))


def test_a_short_answer_that_is_not_quoted_is_an_error(assistant):
    passages = assistant.index.search("Who designed the museum of glass?", k=1)
    sentence = sentences_of(passages, analyse("Who?"))[0]
    lost = Evidence(sentence.passage, sentence.paragraph, sentence.start, sentence.end)
    with pytest.raises(ValueError, match="not within what is quoted"):
        cite("Who?", Draft("answered", short=(lost,)), passages)


def test_several_answers_are_given_when_several_are_asked_for(assistant):
    answer = assistant.ask("Which countries did the ships come from?")
    told = answer.short
    assert all(country in told for country in ("Denmark", "Estonia", "Poland"))
