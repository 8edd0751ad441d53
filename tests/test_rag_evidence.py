"""What sentences are measured by: countries under other names, acronyms, word meanings, calendars."""

import json

import pytest

from index import build_index, open_index
from rag.evidence import measure, sentences_of
from rag.places import places
from rag.questions import analyse

TEXT = (
    "Seoul accused Pyongyang of firing a short-range ballistic missile (SRBM) on Monday.\n\n"
    "The envoy's visit lasts five days, officials said.\n\n"
    "A crowd waits at the harbour for the ferry [Ana Lind/Pool via AP Photo]\n\n"
    "Wheat got dearer.\n\nSource: News Agencies"
)


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    folder = tmp_path_factory.mktemp("evidence")
    (folder / "a.json").write_text(json.dumps({"uri": "n:1", "title": "Korea", "text": TEXT}), encoding="utf-8")
    build_index([folder / "a.json"], store=folder / "store")
    with open_index(folder / "store") as opened:
        yield opened


def best(index, text, feature):
    """The sentence with the highest value of a feature."""
    question = analyse(text)
    sentences = sentences_of(index.search(text), question)
    values = [getattr(found, feature) for found in measure(question, sentences, index)]
    return sentences[values.index(max(values))].text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Seoul and the U.S. met", ["South Korea", "United States"]),
        ("North Korean tests", ["North Korea"]),
        ("New Delhi, Kyiv", ["India", "Ukraine"]),
        ("us, the people, use USB", []),
    ],
)
def test_countries_are_found_under_their_other_names(text, found):
    assert [country for _, _, country in places(text)] == found
    assert all(text[start:end].strip() for start, end, _ in places(text))


def test_a_country_by_another_name_counts_as_said(index):
    assert best(index, "What did South Korea say of North Korea?", "coverage").startswith("Seoul accused")
    question = analyse("What did South Korea say of North Korea?")
    sentences = sentences_of(index.search(question.text), question)
    assert measure(question, sentences, index)[0].names == 1.0


def test_a_word_finds_its_meaning(index):
    assert best(index, "How long will she stay?", "meaning").startswith("The envoy's visit")


def test_an_acronym_is_found_spelled_out(index):
    question = analyse("Who fired the SRBM and the IAEA?")
    assert question.acronyms == question.names == {"srbm", "iaea"}
    passages = index.search(question.text)
    assert measure(question, sentences_of(passages, question), index)[0].names == 0.5
    country = analyse("How many missiles does Iran have?")
    assert country.acronyms == frozenset()
    assert measure(country, sentences_of(passages, country), index)[0].names == 0.0


def test_months_and_days_are_not_names():
    assert analyse("What happened in Norvik on Monday in March 2021?").names == {"norvik"}


def test_credits_are_evidence_only_for_questions_about_them(index):
    def kinds(text):
        return {s.paragraph.kind for s in sentences_of(index.search(text), analyse(text))}

    assert "credit" not in kinds("How long is the visit?")
    assert "credit" in kinds("Which agency took the photo?")
    assert best(index, "Who took the photo of the crowd?", "picture").startswith("A crowd waits")


def test_no_sentence_gives_no_features(index):
    assert measure(analyse("Who?"), [], index) == []
