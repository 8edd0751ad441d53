"""Questions about words: who said it, what somebody said, and nobody else's words for theirs."""

import json

import pytest

from index import build_index
from rag import Assistant
from rag.said import Asked, asked_of

ARTICLES = [
    {
        "uri": "n:ferry",
        "title": "Ferry line to close in October",
        "source": "Gazette",
        "text": "The ferry between Saltmere and Holm Island will stop running on 1 October after 112 years.\n\n"
        "Bruno Castell, who owns the Holm Ferry Company, spoke to a full hall in the harbour on Wednesday.\n\n"
        '"I would rather sink her than sell her to a casino," Castell said of the ferry.\n\n'
        "The mayor of Saltmere, Ulrike Dahl, said the town would look for another operator before the winter. "
        "The transport minister, Agnes Korhonen, warned that a subsidy would cost 4 million crowns a year.",
    },
    {
        "uri": "n:bridge",
        "title": "Island votes on bridge",
        "source": "The Coast",
        "text": "Voters on Holm Island rejected a bridge to the mainland on Sunday by 212 votes to 87.\n\n"
        '"A bridge brings everything you came here to escape," said Marguerite Sohl, who led the campaign against it.',
    },
    {
        "uri": "n:club-gazette",
        "title": "Rowing club is saved",
        "source": "Gazette",
        "date": "2023-03-01",
        "text": "The rowing club of Saltmere has been saved from bankruptcy by its members.\n\n"
        '"This boathouse belongs to the river, not to a bank," said the captain, Dario Penn, who had rowed for it.',
    },
    {
        "uri": "n:club-coast",
        "title": "A boathouse and a tin of money",
        "source": "The Coast",
        "date": "2023-03-02",
        "text": "Old rowers wept on the quay of Saltmere when the judge had signed the paper.\n\n"
        'Constance Ruddle, who chairs the club, kept it short. "This boathouse belongs to the river, not to a bank," '
        "she said from the steps. The captain, Dario Penn, stood behind her and said nothing.",
    },
]


@pytest.fixture(scope="module")
def assistant(tmp_path_factory):
    folder = tmp_path_factory.mktemp("said")
    (folder / "a.json").write_text(json.dumps(ARTICLES), encoding="utf-8")
    build_index([folder / "a.json"], store=folder / "store")
    with Assistant.open(folder / "store") as opened:
        yield opened


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ('Who said "I would rather sink her"?', Asked("", '"I would rather sink her"', "I would rather sink her")),
        ("Who warned that the dam leaks?", Asked("", "that the dam leaks")),
        ("According to whom does the dam leak?", Asked("", "does the dam leak")),
        ("What did the mayor of Lesna say about the dam?", Asked("the mayor of Lesna", "about the dam")),
        ("How did Ann Poole react to the vote?", Asked("Ann Poole", "to the vote")),
        ("What was Ann Poole's reaction to the vote?", Asked("Ann Poole", "to the vote")),
        ("What does Ann Poole think of it?", Asked("Ann Poole", "of it")),
    ],
)
def test_questions_about_words_are_recognised(question, asked):
    assert asked_of(question) == asked


@pytest.mark.parametrize(
    "question",
    [
        "Who built the dam?",
        "How many votes did the mayor say were counted?",
        "What did he say?",
        "When did the dam break?",
        "What rise did the dockers ask for?",
    ],
)
def test_other_questions_are_not(question):
    assert asked_of(question) is None


def test_who_said_it_gives_the_full_name_from_another_paragraph_and_cites_both(assistant):
    answer = assistant.ask('Who said "I would rather sink her than sell her to a casino"?')
    assert answer.short == "Bruno Castell"
    assert [citation.paragraph for citation in answer.citations] == [2, 1]
    assert answer.citations[0].speaker == "Bruno Castell"
    span = answer.spans[0]
    text = assistant.index.article("n:ferry").text
    assert text[span.start : span.end] == span.text
    assert "Bruno Castell" in answer.citations[span.marker - 1].quote


def test_reported_words_have_their_speaker_too(assistant):
    answer = assistant.ask("Who said the town would look for another operator?")
    assert answer.short == "Ulrike Dahl"
    assert answer.citations[0].speaker == "Ulrike Dahl"


def test_what_somebody_said_is_in_their_words(assistant):
    answer = assistant.ask("What did Marguerite Sohl say about the bridge?")
    assert "everything you came here to escape" in answer.text
    assert {citation.speaker for citation in answer.citations} == {"Marguerite Sohl"}


def test_a_description_means_whom_the_article_calls_so(assistant):
    answer = assistant.ask("What did the transport minister warn about a subsidy?")
    assert "4 million crowns" in answer.text


def test_words_of_somebody_else_are_not_given_as_theirs(assistant):
    answer = assistant.ask("What did Agnes Korhonen say about what a bridge brings?")
    assert "escape" not in answer.text


def test_what_is_nobodys_speech_has_no_speaker(assistant):
    answer = assistant.ask("How many votes were there against the bridge?")
    assert answer.outcome == "answered"
    assert [citation.speaker for citation in answer.citations] == [""] * len(answer.citations)


def test_the_same_words_with_two_speakers_are_a_dispute(assistant):
    answer = assistant.ask('Who said "This boathouse belongs to the river, not to a bank"?')
    assert answer.dispute == "disputed"
    assert {(one.text, one.first, one.sources) for one in answer.positions} == {
        ("Dario Penn", "2023-03-01", 1),
        ("Constance Ruddle", "2023-03-02", 1),
    }
    quotes = [citation.quote for citation in answer.citations]
    assert sum("belongs to the river" in quote for quote in quotes) == 2
    assert any("Constance Ruddle" in quote for quote in quotes)
    assert answer.confidence <= 0.5
