"""Sentence boundaries: exact offsets on any text, and the mistakes on news that are mended."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from index.sentences import split_sentences

steady = settings(deadline=None, derandomize=True)


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


NEWSLIKE = st.lists(
    st.sampled_from(
        [
            "U.S. ", "Mr. ", "D-N.Y., ", "a.m. ", "No. 5", "He said. ", "“Go.” ", '"', "'", "(", ")", "[AP] ", "x", "é",
            " ", "\n", "\n\n", "\xa0", "\u2028", "\x85", "😀", "A. ", "...", "?", "!", "3", "\ud800",
        ]
    ),
    max_size=30,
).map("".join)  # fmt: skip


@steady
@given(st.one_of(st.text(), NEWSLIKE))
@example("A\x85. 1")
@example("in\xa0B. 0 x")
def test_spans_are_ordered_stripped_and_cover_every_visible_character(text: str) -> None:
    spans = split_sentences(text)
    for start, end in spans:
        assert start < end
        assert text[start:end] == text[start:end].strip()
    for (_, end), (start, _) in pairwise(spans):
        assert end <= start
    covered = "".join(text[start:end] for start, end in spans)
    assert "".join(covered.split()) == "".join(text.split())


@steady
@given(NEWSLIKE, NEWSLIKE)
def test_no_sentence_crosses_a_blank_line(above: str, below: str) -> None:
    for sentence in sentences(f"{above}x\n \ny{below}"):
        assert "x\n \ny" not in sentence


@pytest.mark.parametrize(
    "text",
    [
        "Rep. Ada Quill, D-N.Y., said the bridge was safe.",
        "Former U.S. Rep. Will Hale did not qualify.",
        "Republican nominee J.D. Vale raised little.",
        "The train left at 5 p.m. on Monday.",
        "It opens at 6:30 a.m. ET.",
        "The song reached No. 5 in March.",
        "The fair runs from Nov. 26-Dec. 3 in Brell.",
        "The hall is at 308 N. Second Ave., Brell.",
        "The U.S. Senate met on Friday.",
        "Crowds cross the new bridge on Friday. [Ada Quill/Pool via AP Photo]",
        "The pier is shut (Image credit: Getty Images)",
        "“Is it safe?” asked the mayor.",
        "The paper, Lantern Today! reported.",
    ],
)
def test_one_sentence_stays_one(text: str) -> None:
    assert sentences(text) == [text]


@pytest.mark.parametrize(
    "expected",
    [
        ["He moved to the U.S.", "He now lives in Brell."],
        ["This concerns Medicare Part D.", "The idea is old."],
        ["It closed in 2019.", "3,000 people lost their jobs."],
        ["“It was late,” she said.", "“We never left.”"],
        ['"It was late," she said.', '"We never left."'],
        ["He left (at last).", "She stayed."],
        ["‘We won.’”", "He smiled."],
        ["Sales fell.", "iPhone owners waited."],
        ["It ended at noon.", "https://lantern.example/a tells more."],
        ["1. Open the gate.", "2. Close the gate."],
    ],
)
def test_sentences_are_told_apart(expected: list[str]) -> None:
    assert sentences(" ".join(expected)) == expected


def test_an_opening_quote_goes_to_the_sentence_that_it_opens() -> None:
    assert sentences("We are glad,” she said. “The pier has stood for years.") == [
        "We are glad,” she said.",
        "“The pier has stood for years.",
    ]


def test_a_long_quotation_is_cut_inside_and_a_short_one_is_not() -> None:
    assert len(sentences("“We came. We saw. We left,” he said.")) == 1
    long = "“" + " ".join(["We walked along the river until the old mill came in sight."] * 8) + "” he said."
    assert len(sentences(long)) == 8


def test_hard_wrapped_lines_do_not_end_a_sentence() -> None:
    assert sentences("The mayor of the town\nopened the bridge.\nPeople came.") == [
        "The mayor of the town\nopened the bridge.",
        "People came.",
    ]


def test_a_text_longer_than_one_window_is_cut_as_its_parts_are() -> None:
    sentence = "The ferry to Brell sails at noon from the lower pier."
    assert sentences(" ".join([sentence] * 400)) == [sentence] * 400
