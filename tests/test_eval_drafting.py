"""Drafted questions: what the rules make of sentences, what they leave alone, and what of a model's reply is kept."""

from __future__ import annotations

import json
import logging
import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.language_models import FakeListChatModel

from eval.cases import Case, dump_cases, load_cases
from eval.drafting import article_end, confirmed, draft_cases
from index.article import make_article
from index.schema import Article, Published

FERRY = """\
The ferry Corrie Lass sank off Tarbet on March 3, 2019. Five crew members were rescued by a fishing boat from Mallaig.

Ann Barlow, 44, the harbour master of Tarbet, said the weather had been good. “We heard the engine of the Corrie Lass \
stop and then nothing,” Barlow said. She did not sleep that night.

The Minch Trust, a charity in Stornoway, has raised $1.2 million for a new lifeboat. It hopes for more.

Scottish First Minister Jean Orr was born in Oban. Barlow has worked in Tarbet for 12 years, and knows every rock. \
Nobody there will forget it.

Iceland sent two divers to the wreck of the Corrie Lass. Divers from Norway will arrive in Tarbet on Friday.
"""


def article(text: str, uri: str = "/news/2019/ferry sinks.txt", published: date | None = date(2019, 3, 5)) -> Article:
    return make_article(uri=uri, text=text, published=Published(published, "meta") if published else Published())


SURE = re.compile(r"(?:Who|What|Which|When|Where|How|By how)\b")  # begins with the question word


def drafted(text: str) -> dict[str, str]:
    """The questions of the rules that are sure of a sentence."""
    made = {draft.question: draft.answers[0] for draft in draft_cases(article(text))}
    return {question: answer for question, answer in made.items() if SURE.match(question)}


# -- what the rules make


def test_an_article_is_drafted_on_and_each_draft_can_be_used() -> None:
    drafts = draft_cases(article(FERRY))
    assert {draft.question: draft.answers for draft in drafts} == {
        "When did the ferry Corrie Lass sink off Tarbet?": ("March 3, 2019",),
        "How many crew members were rescued by a fishing boat from Mallaig?": ("Five",),
        "How old is Ann Barlow?": ("44",),
        "Who said “We heard the engine of the Corrie Lass stop and then nothing”?": ("Barlow",),
        "How much money has the Minch Trust raised for a new lifeboat?": ("$1.2 million",),
        "How long has Barlow worked in Tarbet?": ("12 years",),
        "Which country sent two divers to the wreck of the Corrie Lass?": ("Iceland",),
        "When will divers from Norway arrive in Tarbet?": ("Friday",),
    }
    assert all(draft.draft and draft.answerable for draft in drafts)
    assert len({draft.id for draft in drafts}) == len(drafts)
    assert all(draft.id.startswith("ferry-sinks-") for draft in drafts)
    assert [draft.type for draft in drafts] == (
        ["when", "how_many", "how_old", "who", "how_much", "how_long", "where", "when"]
    )


def test_the_evidence_names_the_paragraph_that_holds_the_answer() -> None:
    read = article(FERRY)
    for draft in draft_cases(read):
        (evidence,) = draft.evidence
        (paragraph,) = (p for p in read.paragraphs if evidence.stands_in(read.uri, p.text))
        assert draft.answers[0] in paragraph.text
        assert evidence.article == "ferry sinks.txt"


@pytest.mark.parametrize(
    ("sentence", "question", "answer"),
    [
        ("Storm Una has killed at least 60 people in Tarbet.", "How many people has Storm Una killed in Tarbet?", "60"),
        (
            "Tarbet Council paid about $5 million for the pier at Oban.",
            "How much money did Tarbet Council pay for the pier at Oban?",
            "$5 million",
        ),
        (
            "A return ticket to Stornoway will cost £39 in May.",
            "How much will a return ticket to Stornoway cost in May?",
            "£39",
        ),
        ("Tarbet Fisheries grew 3.5% in the spring of that year.", "", ""),
        (
            "Exports of Tarbet Fisheries to Iceland rose by 3.5%.",
            "By how much did exports of Tarbet Fisheries to Iceland rise?",
            "3.5%",
        ),
        (
            "Oban Distillery was founded by the Stevenson brothers in 1794.",
            "When was Oban Distillery founded by the Stevenson brothers?",
            "1794",
        ),
        (
            "In 1794, the Stevenson brothers opened Oban Distillery.",
            "When did the Stevenson brothers open Oban Distillery?",
            "1794",
        ),
        (
            "The Corrie Lass was built in Gdansk, Poland, for the Minch Trust.",
            "Where was the Corrie Lass built for the Minch Trust?",
            "Gdansk, Poland",
        ),
        (
            "The trial of the Corrie Lass crew will be held at Oban Sheriff Courthouse.",
            "Where will the trial of the Corrie Lass crew be held?",
            "Oban Sheriff Courthouse",
        ),
        (
            "About 62% of Tarbet residents voted for the pier at Oban.",
            "What percentage of Tarbet residents voted for the pier at Oban?",
            "62%",
        ),
        (
            "The Corrie Lass has sailed to Stornoway for nearly 30 years.",
            "How long has the Corrie Lass sailed to Stornoway?",
            "30 years",
        ),
        ("Hundreds met Icelandic Prime Minister Jon Strand.", "Who is the Icelandic prime minister?", "Jon Strand"),
        ("Police found 19-year-old Iain Mure on the beach.", "How old is Iain Mure?", "19"),
        (
            "The Minch Trust, a charity in Stornoway, is in trouble.",
            "What is the Minch Trust?",
            "a charity in Stornoway",
        ),
        ("The bill goes to Una Reid, a lawyer for the crew.", "Who is Una Reid?", "a lawyer for the crew"),
        (
            "The pier was opened by Una Reid, director of the Minch Trust.",
            "Who is the director of the Minch Trust?",
            "Una Reid",
        ),
        (
            "OBAN, Scotland (AP) — The Minch Trust bought the Corrie Lass in 2012, officials said.",
            "When did the Minch Trust buy the Corrie Lass?",
            "2012",
        ),
        (
            "Police said Monday that the Minch Trust sold the Corrie Lass in 2016.",
            "When did the Minch Trust sell the Corrie Lass?",
            "2016",
        ),
    ],
)
def test_a_sentence_becomes_a_question(sentence: str, question: str, answer: str) -> None:
    made = drafted(f"{sentence} The residents, the exports and the storm were spoken of.")
    assert made.get(question, "") == answer
    assert bool(made) == bool(question)


@pytest.mark.parametrize(
    "sentence",
    [
        "He was arrested in Oban in 2018.",
        "The company bought the pier in 2018.",
        "The Minch Trust bought it in Oban in 2018.",
        "The report says the Minch Trust, which he founded in 2018, was sold.",
        "If the Minch Trust sells the Corrie Lass in 2018, Oban gains.",
        "A man killed in Tarbet was identified on Friday.",
        "The Minch Trust did not sell the Corrie Lass in 2018.",
        "The Minch Trust was sold to Oban in 2018 and 2019.",
        "The Minch Trust might sell the Corrie Lass in 2020.",
        "Was the Corrie Lass sold to Oban in 2018?",
        "“It was sold,” he said in Oban in 2018.",
        "In Utah, 82.5% agree.",
        "Read more: The Minch Trust sold the Corrie Lass in 2018.",
        "In 1912, British Prime Minister Una Reid opened the pier.",
        "Rob Mure, the former mayor of Oban, waited.",
    ],
)
def test_a_sentence_of_another_shape_is_left_alone(sentence: str) -> None:
    assert drafted(sentence) == {}


@pytest.mark.parametrize(
    ("sentence", "question", "answer", "kind"),
    [
        (
            "Ferries were late as Tarbet began a storm drill that lasts nine days.",
            "Ferries were late as Tarbet began a storm drill that lasts how many days?",
            "nine days",
            "how_long",
        ),
        (
            "Hardly any boat in Tarbet has more than 160 nets aboard.",
            "Hardly any boat in Tarbet has more than how many nets aboard?",
            "160 nets",
            "how_many",
        ),
        (
            "Nearly all of Tarbet heard of the loss of $104 million.",
            "Nearly all of Tarbet heard of the loss of how much money?",
            "$104 million",
            "how_much",
        ),
        (
            "Barely two in ten of Tarbet agree, against 82.5% last spring.",
            "Barely two in ten of Tarbet agree, against what percentage last spring?",
            "82.5%",
            "how_much",
        ),
        (
            "Few boats were seen around Tarbet on March 3, 2019.",
            "Few boats were seen around Tarbet on what day?",
            "March 3, 2019",
            "when",
        ),
        (
            "The old pier near Tarbet went to ruin in 1912.",
            "The old pier near Tarbet went to ruin in what year?",
            "1912",
            "when",
        ),
    ],
)
def test_where_no_rule_is_sure_the_question_word_takes_the_place_of_the_answer(
    sentence: str, question: str, answer: str, kind: str
) -> None:
    made = draft_cases(article(f"{sentence} The spring, the loss and the boats were spoken of."))
    assert [(draft.question, draft.answers, draft.type) for draft in made] == [(question, (answer,), kind)]


@pytest.mark.parametrize(
    "sentence",
    [
        "She told all of Tarbet that the drill lasts nine days.",
        "The two envoys met in Tarbet to speak about the storm.",
        "All of Tarbet heard that he had left nine days ago by ferry.",
        "Everybody here knows that the drill lasts for nine days.",
        "Said Tarbet’s mayor: “The drill lasts for nine days.”",
        "Does the drill of the boats in Tarbet last nine days?",
    ],
)
def test_a_gap_in_a_sentence_that_leans_on_another_is_not_asked_for(sentence: str) -> None:
    assert draft_cases(article(sentence)) == []


def test_gaps_are_asked_for_only_where_surer_questions_leave_room() -> None:
    text = f"{FERRY}\nFew boats were seen around Tarbet on March 4, 2019.\n"
    many, few = draft_cases(article(text)), draft_cases(article(text), limit=4)
    assert [draft for draft in few if not SURE.match(draft.question)] == []
    assert [draft.answers for draft in many if not SURE.match(draft.question)] == [("March 4, 2019",)]


def test_what_is_true_on_one_day_carries_the_day() -> None:
    drafts = {draft.question: draft for draft in draft_cases(article(FERRY))}
    assert drafts["How old is Ann Barlow?"].as_of == date(2019, 3, 5)
    assert drafts["When did the ferry Corrie Lass sink off Tarbet?"].as_of is None
    (undated,) = draft_cases(article("Police found 19-year-old Iain Mure on the beach.", published=None))
    assert undated.as_of is None


def test_drafts_are_few_varied_and_the_same_each_time() -> None:
    assert draft_cases(article(FERRY)) == draft_cases(article(FERRY))
    three = draft_cases(article(FERRY), limit=3)
    assert len(three) == 3
    assert len({draft.type for draft in three}) > 1
    assert {draft.id for draft in three} <= {draft.id for draft in draft_cases(article(FERRY))}
    assert draft_cases(article(FERRY), limit=0) == []
    quotes = "\n\n".join(
        f"“The boats of Tarbet number {n} have all come home again tonight,” said Ann Barlow, a fisher."
        for n in range(9)
    )
    assert len(draft_cases(article(f"{quotes} Barlow said no more."), limit=8)) == 2


def test_only_body_paragraphs_are_drafted_on() -> None:
    text = (
        "Tarbet mourns\n\n[Ann Barlow, 44, on the pier of Tarbet. Iain Mure/AFP]\n\nNobody was there to see it happen."
    )
    assert draft_cases(article(text)) == []


def test_drafts_are_cases_that_a_file_can_hold(tmp_path) -> None:
    drafts = draft_cases(article(FERRY))
    (tmp_path / "drafts.jsonl").write_text(dump_cases(drafts))
    assert load_cases(tmp_path / "drafts.jsonl") == drafts


PIECES = [*"ABab ,.’'“”\"-—$%0123456789\n", "Ann Lee", " said ", " was sold", " in 2018", ", 34,", "The Oban Trust "]


@given(st.lists(st.sampled_from(PIECES), max_size=120).map("".join))
def test_any_text_gives_drafts_that_hold_or_none(text: str) -> None:
    read = article(text)
    for draft in draft_cases(read):
        (evidence,) = draft.evidence
        assert any(draft.answers[0] in p.text for p in read.paragraphs if evidence.stands_in(read.uri, p.text))


@pytest.mark.parametrize("text", ["A" * 100_000, "A'" * 50_000, "Ab " * 30_000, "Ann Lee, " * 10_000, "“" * 50_000])
def test_a_text_that_is_no_prose_takes_no_time(text: str) -> None:
    assert draft_cases(article(text)) == []


# -- what a person does with them


def test_a_confirmed_draft_is_asked() -> None:
    draft = draft_cases(article(FERRY))[0]
    assert confirmed(draft) == Case(
        draft.id, draft.question, draft.type, answers=draft.answers, evidence=draft.evidence, draft=False
    )
    changed = confirmed(draft, question="Where did the Corrie Lass sink?", answers=["off Tarbet", "Tarbet"])
    assert (changed.question, changed.type, changed.answers) == (
        "Where did the Corrie Lass sink?", "where", ("off Tarbet", "Tarbet"),
    )  # fmt: skip
    assert changed.id == draft.id
    assert not changed.draft


@pytest.mark.parametrize(
    ("uri", "end"),
    [
        ("/home/ann/news/ferry.txt", "ferry.txt"),
        ("/home/ann/news.jsonl#2019/03/a", "news.jsonl#2019/03/a"),
        ("https://example.org/2019/03/05/index.html", "https://example.org/2019/03/05/index.html"),
        ("ferry", "ferry"),
    ],
)
def test_the_end_of_a_uri_names_the_article(uri: str, end: str) -> None:
    assert article_end(uri) == end
    assert draft_cases(article(FERRY, uri))[0].evidence[0].is_of(uri)


# -- with a language model


def replying(*replies: str):
    model = FakeListChatModel(responses=list(replies))
    return lambda prompt: str(model.invoke(prompt).content)


def line(**fields: object) -> str:
    return json.dumps(fields, ensure_ascii=False)


def test_a_models_questions_are_checked(caplog: pytest.LogCaptureFixture) -> None:
    reply = "\n".join(
        [
            "```json",
            line(paragraph=0, question="Where did the Corrie Lass sink?", answer="off  Tarbet"),
            line(
                paragraph=0, question="When did the Corrie Lass sink?", answer="3 March 2019"
            ),  # not as it stands there
            line(paragraph=1, question="Where did the Corrie Lass go down?", answer="off Tarbet"),  # elsewhere
            line(paragraph=9, question="Who saw it?", answer="Barlow"),  # no such paragraph
            line(paragraph=0, question="Did the Corrie Lass sink off Tarbet?", answer="off Tarbet"),  # gives it away
            line(paragraph=0, question="Who is in this paragraph?", answer="Five crew members"),
            line(paragraph=0, question="Name the ferry", answer="Corrie Lass"),
            line(paragraph=0, question=7, answer="Corrie Lass"),
            line(paragraph=True, question="Who heard the engine stop?", answer="Barlow"),
            "Here are your questions:",
            "[1, 2]",
            line(paragraph=0, question="where did the Corrie Lass sink?", answer="Tarbet"),  # asked before
            line(paragraph=1, question="Who is the harbour master of Tarbet?", answer="Ann Barlow"),
            "```",
        ]
    )
    read = article(FERRY)
    with caplog.at_level(logging.INFO, logger="eval"):
        drafts = draft_cases(read, ask_model=replying(reply))
    assert [(draft.question, draft.answers, draft.type) for draft in drafts] == [
        ("Where did the Corrie Lass sink?", ("off Tarbet",), "where"),
        ("Who is the harbour master of Tarbet?", ("Ann Barlow",), "who"),
    ]
    assert all(draft.draft and draft.evidence[0].stands_in(read.uri, read.text) for draft in drafts)
    assert "11 of 13 drafts of the language model were left out" in caplog.text


def test_a_model_sees_paragraphs_as_data_and_the_limit_holds() -> None:
    prompts: list[str] = []

    def ask_model(prompt: str) -> str:
        prompts.append(prompt)
        shown = re.findall(r"\[(\d+)\] On the pier stood (keeper \d+)", prompt)
        return "\n".join(
            line(paragraph=int(n), question=f"Who stood on pier {n}?", answer=keeper) for n, keeper in shown
        )

    text = "\n\n".join(f"On the pier stood keeper {n}. {'The sea was calm and grey. ' * 60}" for n in range(12))
    drafts = draft_cases(article(text), limit=5, ask_model=ask_model)
    assert len(drafts) == 5
    assert len(prompts) > 2
    for prompt in prompts:
        instructions, fence, *_, end = prompt.split("\n\n")
        assert fence == end
        assert fence in instructions
        assert len(prompt) < 9_000
    assert len({prompt.split("\n\n")[1] for prompt in prompts}) == len(prompts)  # a fence cannot be guessed


def test_what_a_model_raises_is_raised() -> None:
    def ask_model(prompt: str) -> str:
        raise ConnectionError("no model")

    with pytest.raises(ConnectionError):
        draft_cases(article(FERRY), ask_model=ask_model)
