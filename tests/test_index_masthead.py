"""Lines above the text of exported articles: the paper's name, the address, the day."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.masthead import find_masthead
from index.readers.plain import parse_plain

BODY = "The river rose by two metres in the night and stood in the streets of the old town by six, the mayor said."

EXPORTS = {
    "name above the day": (
        "The Lowland Herald\nSaturday 12 March 2022\n\nRiver leaves its bed\n\n",
        "The Lowland Herald",
    ),
    "name beside the day": ("LOWLAND TODAY | 12 March 2022\n\nRiver leaves its bed\n\n", "LOWLAND TODAY"),
    "section beside the day": ("LOWLAND REVIEW\n2022-03-12 / Weather\n\nRiver leaves its bed\n\n", "LOWLAND REVIEW"),
    "name below the headline": (
        "River leaves its bed\n\nLowland Post\n12 March 2022\n\nBy Ada Quill\n\n",
        "Lowland Post",
    ),
    "agency and name": ("River leaves its bed\n\nFar Wire\nLowland Post\n12 March 2022\n\n", "Lowland Post"),
    "name behind a date field": ("date 2022-03-12 Lowland Wire\n\nRiver leaves its bed\n\n", "Lowland Wire"),
}


@pytest.mark.parametrize(("header", "name"), EXPORTS.values(), ids=EXPORTS)
def test_source_day_and_headline_of_an_export(header: str, name: str) -> None:
    article = parse_plain(header + BODY, "u", "where")
    assert (article.source, article.published.iso) == (name, "2022-03-12")
    assert article.title == "River leaves its bed"
    assert [p.text for p in article.paragraphs if p.kind == "body" and p.text != "Far Wire"] == [BODY]


def test_the_address_above_the_text_is_that_of_the_article() -> None:
    header = (
        "River leaves its bed\n\nBy Ada Quill\nLowland Post\nhttps://post.example/news/river-leaves-its-bed-again\n"
    )
    article = parse_plain(f"{header}Published 12 March 2022. Updated 13 March 2022\n\n{BODY}", "u", "where")
    assert article.url == "https://post.example/news/river-leaves-its-bed-again"
    assert (article.source, article.authors) == ("Lowland Post", ("Ada Quill",))
    assert article.updated is not None
    assert (article.published.iso, article.updated.isoformat()) == ("2022-03-12", "2022-03-13")


@pytest.mark.parametrize(
    "text",
    [
        f"Mayor Resigns\n12 March 2022\n\n{BODY}",  # the only line that can be the headline
        f"Mayor Resigns\n12 March 2022\n\nCouncil meets\n\n{BODY}",  # not what papers are called
        f"The Lowland Herald\n\nRiver leaves its bed\n\n{BODY}",  # no day beside it: it may be a heading
        f"{BODY}\n\nThe Lowland Herald\n12 March 2022\n\nRiver leaves its bed",  # below the text
    ],
)
def test_what_is_no_name_of_a_paper(text: str) -> None:
    assert find_masthead(text).name == ""


@given(
    st.lists(st.sampled_from(["The Lowland Herald", "12 March 2022", "River leaves its bed", "", "By Ada Quill", BODY]))
)
def test_paragraphs_hold_every_word_at_its_place(lines: list[str]) -> None:
    text = "\n".join([*lines, BODY])
    article = parse_plain(text, "u", "where")
    assert all(article.text[p.start : p.end] == p.text for p in article.paragraphs)
    assert "".join("".join(p.text.split()) for p in article.paragraphs) == "".join(article.text.split())
