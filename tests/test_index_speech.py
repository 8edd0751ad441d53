"""Who says what: quotations paired, cues found, speakers resolved within the article."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import make_article
from index.speech import find_speech, name_in
from index.speech.people import split_title
from index.speech.quotations import quotations


def said(text):
    return [(speech.text, speech.speaker) for speech in find_speech(make_article(uri="x", text=text))]


def direct(text):
    return [(s.text, s.speaker) for s in find_speech(make_article(uri="x", text=text)) if s.direct]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"We won," said Ann Poole.', [("We won,", "Ann Poole")]),
        ("“We won,” Ann Poole said.", [("We won,", "Ann Poole")]),
        ("'We've won the dogs' race,' Ann Poole said.", [("We've won the dogs' race,", "Ann Poole")]),
        ("‘We won’, said Ann Poole, 34, a baker.", [("We won", "Ann Poole")]),
        (
            '"We won," Ann Poole said, "and that is that."',
            [("We won,", "Ann Poole"), ("and that is that.", "Ann Poole")],
        ),
        ('Ann Poole was brief: "No."', [("No.", "Ann Poole")]),
        (
            "\"He told me, 'Go home,' and I went,\" Ann Poole said.",
            [("He told me, 'Go home,' and I went,", "Ann Poole")],
        ),
    ],
)
def test_quotations_go_to_their_speaker(text, expected):
    assert direct(text) == expected


@pytest.mark.parametrize(
    ("text", "words", "speaker"),
    [
        ("Ann Poole said the dam would hold.", "the dam would hold", "Ann Poole"),
        ("The dam would hold, Ann Poole said.", "The dam would hold", "Ann Poole"),
        ("The dam will hold, says Ann Poole, an engineer.", "The dam will hold", "Ann Poole"),
        ("The dam will hold, according to Ann Poole.", "The dam will hold", "Ann Poole"),
        ("According to the Dam Board, the dam will hold.", "the dam will hold", "Dam Board"),
        ("Ann Poole told the town council on Monday that the dam would hold.", "the dam would hold", "Ann Poole"),
        ("The dam, Ann Poole said, would hold.", "The dam, Ann Poole said, would hold", "Ann Poole"),
        ("The engineer, Ann Poole, warned that it leaked.", "it leaked", "Ann Poole"),
        ("A spokesman for the ministry said the dam would hold.", "the dam would hold", "A spokesman for the ministry"),
        ("Ann Poole called for calm, adding that the dam would hold.", "the dam would hold", "Ann Poole"),
    ],
)
def test_reported_speech(text, words, speaker):
    assert (words, speaker) in said(text)


@pytest.mark.parametrize(
    "text",
    [
        "Ann Poole did not say that the dam would hold.",
        "Ann Poole declined to say why.",
        "The dam is said to hold.",
        "The report on the dam was published by the board.",
        "She published the claim on Monday.",
    ],
)
def test_what_nobody_says_is_no_speech(text):
    assert said(text) == []


@pytest.mark.parametrize(
    "text",
    [
        'The so-called "ghost ferry" was towed to port.',
        'She was in the film "The Long Water" and in "Salt".',
        'Ann "The Badger" Poole won.',
        'Locals call the rock "the Needle".',
        'The board is 6\'2" long and 4" wide.',
    ],
)
def test_marks_around_names_and_scare_quotes_are_no_speech(text):
    assert direct(text) == []


def test_a_later_surname_and_an_earlier_title_mean_the_full_name():
    text = "The minister said the dam would hold.\n\nThe water minister, Ann Poole, left. Poole said it would not leak."
    assert [speaker for _, speaker in said(text)] == ["Ann Poole", "Ann Poole"]


def test_pronouns_follow_sex_and_who_spoke_last():
    text = 'Samuel Bright met Greta Lund on Monday. She said the loan was paid. "It is late," he said.'
    assert said(text) == [("the loan was paid", "Greta Lund"), ("It is late,", "Samuel Bright")]


def test_two_people_of_one_surname_are_told_apart_by_title():
    text = 'Adam Ward and Sue Ward run the shop. "It is ours," Ms Ward said. "It is mine," Mr Ward said.'
    assert direct(text) == [("It is ours,", "Sue Ward"), ("It is mine,", "Adam Ward")]


def test_a_quotation_goes_on_over_paragraphs():
    text = '"We played," Ann Poole said. "We sang.\n\n"We danced.\n\n"That is all."\n\nThe hall was full.'
    assert direct(text) == [(words, "Ann Poole") for words in ("We played,", "We sang.", "We danced.", "That is all.")]


def test_a_paragraph_that_is_a_quotation_continues_the_one_before():
    assert direct('"It is a whale," Ann Poole said.\n\n"Keep your dogs away."')[-1][1] == "Ann Poole"
    assert direct('The sea was calm.\n\n"Keep your dogs away."') == [("Keep your dogs away.", "")]


def test_a_group_and_one_without_a_name_keep_their_description():
    text = 'Fire officials met. They said the dam leaked. "It is bad," said a nurse at the stop. "I saw it," she said.'
    assert said(text) == [
        ("the dam leaked", "Fire officials"),
        ("It is bad,", "a nurse at the stop"),
        ("I saw it,", "a nurse at the stop"),
    ]


def test_names_and_descriptions_in_an_article():
    article = make_article(uri="x", text="The mayor of Lesna, Ann Poole, met Kim Yo-jong. Kim smiled at the mayor.")
    assert name_in(article, "Kim") == "Kim Yo-jong"
    assert name_in(article, "the mayor of Lesna") == "Ann Poole"
    assert name_in(article, "Jo Nemo") == "Jo Nemo"


@pytest.mark.parametrize(
    ("run", "parts"),
    [
        ("House Speaker Todd Hark", ("House Speaker", "Todd Hark")),
        ("But Hark", ("", "Hark")),
        ("Prime Minister", ("Prime Minister", "")),
        ("Dean Smith", ("", "Dean Smith")),
        ("Monday", ("", "")),
    ],
)
def test_titles_and_names(run, parts):
    assert split_title(run) == parts


def test_unbalanced_marks_count_for_nothing():
    article = make_article(uri="x", text='He said "no and left.\n\nShe said "yes" to it.')
    found = quotations(article.paragraphs)
    assert [article.paragraphs[1].text[q.start : q.end] for q in found[1]] == ["yes"]
    assert found[0] == []


PIECES = st.sampled_from(
    ['"', "“", "”", "'", "‘", "’", "\n\n", " ", ", ", ". ", "Ann Poole", "Poole", "she", "said", "told", "that", "who",
     "according to", "the minister", "It is", "won", "—", "?", "Mr", "’s", "and", "\u00e9", "\U0001f600"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=60).map(" ".join) | st.lists(PIECES, max_size=60).map("".join))
def test_offsets_are_exact_whatever_the_text(text):
    article = make_article(uri="x", text=text)
    found = find_speech(article)
    places = [(speech.start, speech.end) for speech in found]
    assert all(article.text[speech.start : speech.end] == speech.text != "" for speech in found)
    assert len(set(places)) == len(places)
    assert [start for start, _ in places] == sorted(start for start, _ in places)
