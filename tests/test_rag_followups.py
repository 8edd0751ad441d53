"""Follow-up questions on their own feet: by rules, and by a language model that is checked."""

import threading
import time
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.filters import MAX_QUERY_CHARS
from rag import Assistant
from rag.followups import Standalone, rewriting, standalone
from rag.followups.anatomy import phrases, take_apart, topic

MAYOR = ("Who is the mayor of Norvik?", "Ana Lindqvist, the mayor of Norvik, opened the bridge on Monday. [1]")
STRIKE = ("When did the ferry strike in Norvik begin?", "The ferry strike began on 3 May 2021, the union said. [1][2]")
SEATS = ("How many seats did the Coast Party win in 2019?", "The Coast Party won 41 seats. [1]")
SPEECH = ("What did Angela Merkel say about Greece in 2015?", "Merkel said that Greece must stay in the euro. [1]")
SEOUL = ("How many people live in Seoul?", "Some 9.4 million people live in Seoul. [1]")
WHO = ("Who is Bruno Tarn?", "Ana Lindqvist was succeeded by Bruno Tarn, a former teacher. [1]")
COMPANY = ("Which company built the Norvik tunnel?", "Tarn Industries built the tunnel for 31 million crowns. [1]")
BILL = ("Did the Senate pass the climate bill?", "The Senate passed it by 51 votes to 50. [1]")


@pytest.mark.parametrize(
    ("turn", "question", "understood"),
    [
        # pronouns
        (MAYOR, "When was she elected?", "When was Ana Lindqvist elected?"),
        (MAYOR, "How old is she", "How old is Ana Lindqvist?"),
        (WHO, "When did he resign?", "When did Bruno Tarn resign?"),
        (MAYOR, "Who is her deputy?", "Who is Ana Lindqvist's deputy?"),
        (STRIKE, "How long did it last?", "How long did the ferry strike in Norvik last?"),
        (STRIKE, "What did the mayor say about it?", "What did the mayor say about the ferry strike in Norvik?"),
        (SPEECH, "Where was she born?", "Where was Angela Merkel born?"),
        (COMPANY, "Where are its headquarters?", "Where are Tarn Industries' headquarters?"),
        (SEATS, "Who leads them?", "Who leads the Coast Party?"),
        # there, then, that
        (
            ("How many people live in Seoul?", "9.4 million. [1]"),
            "Who is the mayor there?",
            "Who is the mayor in Seoul?",
        ),
        (SEATS, "Who led the Farmers' Union then?", "Who led the Farmers' Union in 2019?"),
        (STRIKE, "Why was that?", "Why did the ferry strike in Norvik begin?"),
        # fragments
        (STRIKE, "why?", "Why did the ferry strike in Norvik begin?"),
        (STRIKE, "And in Oslo?", "When did the ferry strike in Oslo begin?"),
        (SEATS, "and in 2015?", "How many seats did the Coast Party win in 2015?"),
        (SEATS, "What about the Farmers' Union?", "How many seats did the Farmers' Union win in 2019?"),
        (SPEECH, "And Schäuble?", "What did Schäuble say about Greece in 2015?"),
        (SPEECH, "about Italy?", "What did Angela Merkel say about Italy in 2015?"),
        (MAYOR, "and of Belmora", "Who is the mayor of Belmora?"),
        (BILL, "And the House?", "Did the House pass the climate bill?"),
        (SEOUL, "in Busan too?", "How many people live in Busan?"),
        (SEOUL, "And Tokyo", "How many people live in Tokyo?"),
        # corrections
        (SPEECH, "No, I meant Portugal", "What did Angela Merkel say about Portugal in 2015?"),
        (SPEECH, "not Merkel, Macron", "What did Macron say about Greece in 2015?"),
        (SEATS, "sorry, I mean 2023", "How many seats did the Coast Party win in 2023?"),
        # descriptions
        (STRIKE, "Is it true that the strike is over?", "Is it true that the ferry strike in Norvik is over?"),
        (MAYOR, "What did the mayor open on Monday?", "What did Ana Lindqvist open on Monday?"),
        # too little to be about anything
        (STRIKE, "Who mediated?", "Who mediated (about the ferry strike in Norvik beginning)?"),
        (STRIKE, "Who else joined?", "Who else joined (about the ferry strike in Norvik beginning)?"),
        (MAYOR, "Tell me more", "Tell me more (about Ana Lindqvist, the mayor of Norvik)."),
        (BILL, "When?", "When (about the Senate passing the climate bill)?"),
    ],
)
def test_what_a_follow_up_leans_on_is_put_into_it(turn, question, understood):
    assert standalone(question, [turn]) == Standalone(understood, "rules")


@pytest.mark.parametrize("turn", [MAYOR, STRIKE, SEATS, SPEECH, COMPANY])
@pytest.mark.parametrize(
    "question",
    [
        "What does the museum of Belmora cost?",
        "What does the Herald report on wheat prices?",
        "Why did Lakeland Air say that it would close its base in Turku?",
        "What did Petra Holm do with the money she inherited?",
        "How many islands are there in the Baltic Sea?",
        "Who said that the dam at Orsk was safe?",
        "What did Governor Ruiz say about his resignation?",
        "Is it true that Kenya has banned plastic bags?",
        "When did the Supreme Court rule on the voting law?",
        "wheat prices",
        "Storm Isolde damage",
    ],
)
def test_a_question_on_its_own_feet_is_left_alone(turn, question):
    assert standalone(question, [turn]) == Standalone(question)


def test_what_is_meant_is_carried_through_several_turns():
    history = [MAYOR, ("When was she elected?", "She was elected in 2018. [1]")]
    assert standalone("And where was she born?", history).text == "Where was Ana Lindqvist born?"
    told = [SEATS, ("and in 2015?", "It won 38. [1]")]
    assert standalone("And the Farmers' Union?", told).text == "How many seats did the Farmers' Union win in 2015?"


def test_markers_and_refusals_hold_nothing_that_could_be_meant():
    refused = [(STRIKE[0], "Not in these sources. No sentence names Jonas Verre.")]
    assert "Verre" not in standalone("What did he say?", refused).text
    assert "[" not in standalone("When was she elected?", [MAYOR]).text


def test_without_a_conversation_nothing_changes():
    assert standalone("And why?", []) == Standalone("And why?")
    assert standalone("And why?", [("  ", "What?")]) == Standalone("And why?")


@given(st.lists(st.tuples(st.text(max_size=60), st.text(max_size=80)), max_size=3), st.text(max_size=80))
def test_any_text_is_taken(history, question):
    text = standalone(question, history).text
    assert len(text) <= MAX_QUERY_CHARS
    assert text == question or history


QUESTION_LIKE = st.lists(
    st.sampled_from(
        "who what which how many why when the a of in about it she their that there then and did is was not Ana Norvik "
        "mayor company minister seats say win led being 2019 May ? , (about x) 's tell me one".split()
    ),
    max_size=9,
).map(" ".join)


@given(st.lists(st.tuples(QUESTION_LIKE, QUESTION_LIKE), min_size=1, max_size=3), QUESTION_LIKE)
def test_any_run_of_the_words_of_questions_is_taken(history, question):
    found = standalone(question, history)
    assert found.by or found.text == question


def test_a_question_that_would_become_too_long_is_left_as_it_is():
    history = [("What does the report on " + "very " * 790 + "old bridges in Norvik say?", "Nothing.")]
    assert standalone("Why?", history) == Standalone("Why?")


def test_a_question_is_taken_apart():
    parts = take_apart("By how many votes did the court uphold the cap?")
    assert (parts.lead, parts.noun, parts.auxiliary) == ("By how many votes", "votes", "did")
    assert parts.rest == "the court uphold the cap"
    assert take_apart("Which bank bought Gratten Savings?").lead == "Which bank"
    assert [phrase.text for phrase in phrases("Who paid the mayor of Norvik for the land?")] == [
        "the mayor of Norvik",
        "the land",
    ]


@pytest.mark.parametrize(
    ("question", "about"),
    [
        ("How many jobs did the airline cut in May 2020?", "the airline cutting jobs in May 2020"),
        ("Who won the election in Tarnovia?", "the election in Tarnovia"),
        ("What is the price of wheat?", "the price of wheat"),
        ("What did the minister say about taxes?", "the minister on taxes"),
        ("Tell me about the flood in Orsk", "the flood in Orsk"),
        ("Who mediated (about the ferry strike)?", "the ferry strike"),
    ],
)
def test_the_topic_of_a_question_can_follow_about(question, about):
    assert topic(question) == about


def test_a_topic_may_tell_what_was_done():
    assert topic("Who stole the crown of Belmora?", acted=True) == "the crown of Belmora being stolen"
    assert topic("Who became mayor of Belmora?", acted=True) == "mayor of Belmora"
    assert topic("Who stole?", acted=True) == ""


class Writer:
    """A chat model that streams its script, or does what it is told instead."""

    def __init__(self, *script, fails=None, waits=None):
        self.script, self.fails, self.waits, self.seen = script, fails, waits, []

    def stream(self, messages):
        self.seen.append(messages)
        if self.waits is not None:
            self.waits.wait(20)
        if self.fails is not None:
            raise self.fails
        for text in self.script:
            yield SimpleNamespace(text=text)


def test_a_model_puts_a_question_on_its_own_feet():
    model = Writer("When was Ana ", "Lindqvist elected", " mayor of Norvik?\n")
    found = standalone("When was she elected?", [MAYOR], model)
    assert found == Standalone("When was Ana Lindqvist elected mayor of Norvik?", "model")
    (_, system), (_, data) = model.seen[0]
    fence = data.splitlines()[0]
    assert data.endswith(fence)
    assert fence in system
    assert "[1]" not in data


@pytest.mark.parametrize(
    "written",
    [
        "When was Jonas Verre elected?",  # nobody spoke of him
        "When was Ana Lindqvist elected in 2018?",
        "",
        "When was she elected? " * 40,
    ],
)
def test_what_the_conversation_does_not_bear_out_is_left_to_the_rules(written):
    found = standalone("When was she elected?", [MAYOR], Writer(written))
    assert found == Standalone("When was Ana Lindqvist elected?", "rules")


def test_a_model_cannot_leave_the_question_behind():
    question = "What does the museum in Belmora cost?"
    assert standalone(question, [MAYOR], Writer("Who is the mayor of Norvik?")) == Standalone(question)
    assert standalone(question, [MAYOR], Writer(question)) == Standalone(question)


def test_a_model_that_fails_or_takes_too_long_leaves_it_to_the_rules(monkeypatch, caplog):
    understood = Standalone("When was Ana Lindqvist elected?", "rules")
    assert standalone("When was she elected?", [MAYOR], Writer(fails=OSError("no route"))) == understood
    assert "no route" in caplog.text
    monkeypatch.setattr(rewriting, "SECONDS", 0.05)
    go_on = threading.Event()
    began = time.monotonic()
    assert standalone("When was she elected?", [MAYOR], Writer("Late", waits=go_on)) == understood
    go_on.set()
    assert time.monotonic() - began < 15
    assert "longer than" in caplog.text


def test_an_answer_tells_what_was_understood(seeds_store):
    history = [("Who is Sung Kim?", "Sung Kim is the special envoy of the United States. [1]")]
    with Assistant.open(seeds_store) as assistant:
        answer = assistant.ask("Who is his deputy?", history=history)
        assert answer.question == "Who is his deputy?"
        assert answer.standalone == answer.to_dict()["standalone"] == "Who is Sung Kim's deputy?"
        assert "Jung Pak" in answer.text
        assert assistant.ask("Who is Sung Kim's deputy?", history=history).standalone == ""
