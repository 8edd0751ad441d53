"""Paragraphs: exact offsets on any text, and what each of them is."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.kinds import is_credit, is_headline_like, kind_of_line
from index.paragraphs import find_paragraphs, headline_of, lay_out
from index.schema import Paragraph

steady = settings(deadline=None, derandomize=True)

BODY = (
    "The council of Brell agreed on Friday to rebuild the old pier, which a storm had carried off in the winter, "
    "and set aside four million crowns for it."
)
MORE = (
    "Work is to start in June, officials said after the meeting, and boats will land at the lower harbour until "
    "it is finished next year."
)


def kinds(text: str) -> list[str]:
    return [paragraph.kind for paragraph in find_paragraphs(text)]


def check(text: str, paragraphs: tuple[Paragraph, ...]) -> None:
    assert [paragraph.number for paragraph in paragraphs] == list(range(len(paragraphs)))
    for paragraph in paragraphs:
        assert paragraph.text == text[paragraph.start : paragraph.end] == paragraph.text.strip() != ""
    for before, after in pairwise(paragraphs):
        assert before.end <= after.start
    assert "".join("".join(paragraph.text.split()) for paragraph in paragraphs) == "".join(text.split())


CREDITS = ["(With inputs from ANI, Image: AP)", "Source: AP", "[Ada Quill/Reuters]", "By Ada Quill", "(left)"]
PARTS = [BODY, MORE, "Pier to be rebuilt after storm", *CREDITS, "- item", "Short line", "x" * 90, "A. B."]
NEWSLIKE = st.lists(st.sampled_from([*PARTS, "\n", "\n\n", " ", "\u2028", "😀"]), max_size=20).map("".join)


@steady
@given(st.one_of(st.text(), NEWSLIKE))
def test_paragraphs_hold_every_visible_character_once_and_in_order(text: str) -> None:
    paragraphs = find_paragraphs(text)
    check(text, paragraphs)
    assert headline_of(paragraphs, text) in {"", *(" ".join(paragraph.text.split()) for paragraph in paragraphs)}


@steady
@given(st.lists(st.tuples(NEWSLIKE, st.sampled_from(["body", "headline", "caption", None]))))
def test_laid_out_blocks_keep_offsets(blocks: list[tuple[str, None]]) -> None:
    text, paragraphs = lay_out(blocks)
    check(text, paragraphs)


def test_blank_lines_separate_paragraphs_and_long_lines_stand_alone() -> None:
    assert [p.text for p in find_paragraphs(f"\n{BODY} \n \n\n{MORE}\n{BODY}\n")] == [BODY, MORE, BODY]


def test_hard_wrapped_lines_are_one_paragraph() -> None:
    wrapped = (
        "The council of Brell agreed on Friday to rebuild the old pier, which a\n"
        "storm had carried off in the winter, and set aside four million crowns\n"
        "for it."
    )
    assert [p.text for p in find_paragraphs(f"{wrapped}\n\n{wrapped}")] == [wrapped, wrapped]


def test_wrapped_paragraphs_without_blank_lines_end_where_a_line_is_short() -> None:
    first = "The council of Brell agreed on Friday to rebuild the old pier, which a\nstorm had carried off."
    second = "Work is to start in June, officials said after the meeting, and boats\nwill land elsewhere."
    assert [p.text for p in find_paragraphs(f"{first}\n{second}")] == [first, second]


def test_a_list_of_short_lines_is_not_joined() -> None:
    text = f"{BODY}\n\n- the upper harbour and all of its quays and sheds\n- the lower harbour and its tower"
    assert len(find_paragraphs(text)) == 3


def test_a_text_of_one_line_is_divided_into_readable_paragraphs() -> None:
    sentence = "The ferry to Brell sails at noon from the lower pier, and it returns at night."
    paragraphs = find_paragraphs(" ".join([sentence] * 40))
    assert {paragraph.kind for paragraph in paragraphs} == {"body"}
    assert all(len(paragraph.text) <= 600 for paragraph in paragraphs)
    assert [paragraph.text.count(".") for paragraph in paragraphs] == [5] * 8


def test_a_paragraph_of_usual_length_is_not_divided() -> None:
    assert len(find_paragraphs(" ".join([BODY] * 6) + "\n\n" + MORE)) == 2


def test_headline_standfirst_subheading_and_credit() -> None:
    standfirst = "Mayor calls it a ‘good day’ for the town."
    subheading = "Boats move to the lower harbour"
    credit = "(With inputs from ANI, Image: AP)"
    text = "\n\n".join(["Brell to rebuild pier lost in storm", standfirst, BODY, subheading, MORE, credit])
    assert kinds(text) == ["headline", "body", "body", "headline", "body", "credit"]
    assert headline_of(find_paragraphs(text), text) == "Brell to rebuild pier lost in storm"


def test_a_subheading_is_not_the_title() -> None:
    text = f"{BODY}\n\nBoats move to the lower harbour\n\n{MORE}"
    assert kinds(text) == ["body", "headline", "body"]
    assert headline_of(find_paragraphs(text), text) == ""


def test_a_byline_and_a_date_may_stand_above_the_headline() -> None:
    text = f"By Ada Quill\n\nMay 4, 2021\n\nBrell to rebuild pier lost in storm\n\n{BODY}"
    assert kinds(text) == ["byline", "byline", "headline", "body"]
    assert headline_of(find_paragraphs(text), text) == "Brell to rebuild pier lost in storm"


def test_alt_text_and_caption_in_one_block_are_both_captions() -> None:
    alt = "Mayor Una Holt, left, shakes hands with the builder Teo Marsh as they pose before the broken pier"
    caption = "Mayor Una Holt (left) meets the builder Teo Marsh in Brell on Friday [Ada Quill/Pool via AP Photo]"
    other_alt = "A crane - red with a white boom - lifts a beam into the sky amid smoke and rain"
    other = "The town bought a crane in spring to clear the old harbour, the Hoist-17 [KCNA/Handout via AFP]"
    text = f"{BODY}\n\n{alt}\n{caption}\n\n{MORE}\n\n{other_alt}\n{other}\n\n{BODY}"
    found = find_paragraphs(text)
    assert [p.kind for p in found] == ["body", "caption", "caption", "body", "caption", "caption", "body"]
    assert (found[1].text, found[2].text) == (alt, caption)


@pytest.mark.parametrize(
    "line",
    [
        "The pier at dawn on Friday. [Ada Quill/Lantern via Reuters]",
        "The pier at dawn on Friday (AP Photo/Ada Quill, File)",
        "The pier at dawn (Image credit: Getty Images)",
        "The pier at dawn on Friday. Ada Quill/AFP/Getty Images",
        "The pier at dawn on Friday. Getty Images",
        "The pier at dawn [Al Jazeera]",
        "Mayor Una Holt (left) greets the builder Teo Marsh",
        "Una Holt, second from left, greets the builders of the pier",
        "FILE - The pier stands in the rain in Brell, May 4, 2021.",
        "In this photo released by the town, boats lie below the pier.",
    ],
)
def test_captions(line: str) -> None:
    assert kind_of_line(line, 9) == "caption"


@pytest.mark.parametrize(
    "line",
    [
        "(With inputs from ANI, Image: AP)",
        "With inputs from PTI",
        "With agency inputs",
        "With files from Ada Quill and The Canadian Press",
        "Source: News Agencies",
        "SOURCE: Associated Press, Brell Town Council",
        "[KCNA/Handout via AFP]",
        "(AP Photo/Ada Quill)",
        "Photo: AP",
        "Image courtesy of the Brell Museum",
        "(Reporting by Ada Quill in Brell; Editing by Teo Marsh)",
        "Reporting by Ada Quill; editing by Teo Marsh",
        "— AP",
        "CNN —",
        "The Associated Press contributed to this report.",
        "Contributing: Ada Quill, The Associated Press",
        "From staff and wire reports",
    ],
)
def test_credits(line: str) -> None:
    assert kind_of_line(line, 9) == "credit"


@pytest.mark.parametrize(
    "line",
    [
        "By Ada Quill",
        "By ADA QUILL, Associated Press",
        "By Ada Quill and Teo Marsh | Lantern",
        "Ada Quill and Teo Marsh",
    ],
)
def test_bylines_stand_near_the_top(line: str) -> None:
    assert kind_of_line(line, 1) == "byline"
    assert kind_of_line(line, 9) == "body"


@pytest.mark.parametrize(
    "line",
    [
        BODY,
        "By Friday the town had run out of sand.",
        "Source: a man who knows the mayor told the paper that the pier was never safe.",
        "With inputs from farmers still missing, the plan was put off.",
        "Reporting by the paper shows that the pier was never safe.",
        "The company said that sales fell in spring (Reuters)",
        "She hurt her hand (left hand) on the rail.",
        "He crossed to the left, and then right, before he fell.",
        "The paper asked for the file (file a request with the town)",
        "- New Brell",
        "The mayor, a photo of whom hung in the hall, left.",
        "Prices: bread, milk, eggs",
    ],
)
@pytest.mark.parametrize("number", [0, 9])
def test_plain_body_stays_body(line: str, number: int) -> None:
    assert kind_of_line(line, number) == "body"


@pytest.mark.parametrize(
    "line",
    [
        "He said it was late.",
        "More: Town council agrees on pier",
        "HOLT: Why was the pier never mended",
        "BRELL, Norland (AP) — Why did the pier fall?",
        "read on at www.lantern.example",
        "and so they left the town",
        "Harbour",
        "He asked: “Why did the pier fall?”",
    ],
)
def test_no_headline(line: str) -> None:
    assert not is_headline_like(line)


def test_the_lines_of_a_list_are_no_subheadings() -> None:
    assert kinds(f"{BODY}\n\nUpper harbour\n\nLower harbour\n\nThe old mill\n\n{MORE}") == [
        "body", "body", "body", "body", "body",
    ]  # fmt: skip


HEADLINE = "Brell to rebuild pier lost in winter storm"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (f"(With inputs from ANI, Image: AP){HEADLINE}", ["credit", "headline"]),
        (f"{BODY}(With inputs from ANI, Image: AP){HEADLINE}", ["body", "credit", "headline"]),
        (f"The pier at dawn [Ada Quill/Reuters]{HEADLINE}", ["caption", "headline"]),
        (f"{BODY}{HEADLINE}", ["body", "headline"]),
        (f"It was opened by the mayor of the USA.{HEADLINE}", ["body", "headline"]),
        (f"“It was late.”{HEADLINE}", ["body", "headline"]),
    ],
)
def test_a_headline_glued_to_the_end_of_another_text_is_the_title(line: str, expected: list[str]) -> None:
    text = f"{line}\n\nMayor calls it a good day for the town.\n\n{MORE}"
    paragraphs = find_paragraphs(text)
    check(text, paragraphs)
    assert [paragraph.kind for paragraph in paragraphs] == [*expected, "body", "body"]
    assert headline_of(paragraphs, text) == HEADLINE


def test_a_glued_headline_further_down_is_not_the_title() -> None:
    text = f"{MORE}\n\n{BODY}{HEADLINE}\n\n{MORE}"
    assert kinds(text) == ["body", "body", "headline", "body"]
    assert headline_of(find_paragraphs(text), text) == ""


@pytest.mark.parametrize(
    "line",
    [
        f"{BODY}The mayor left the hall before the vote was taken.",  # a space is missing, nothing else
        "The team of the U.S.Brell Rowing Club of the North",
        "The site is run by Lantern.Example",
        "8.Brell Harbour Theatre for a large group",
    ],
)
def test_a_missing_space_alone_makes_no_headline(line: str) -> None:
    assert [p.text for p in find_paragraphs(f"{BODY}\n\n{line}\n\n{MORE}")] == [BODY, line, MORE]


def test_credit_needs_names() -> None:
    assert is_credit("Source: Town Council of Brell")
    assert not is_credit("Source: he said so himself")
