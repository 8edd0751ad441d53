"""Dates of pages, datelines and notices: each kept apart, and what cannot be right refused."""

from __future__ import annotations

from datetime import date

import pytest

from eval.bench.date_pages import make_pages
from eval.bench.dates import measure, read
from index.article import make_article
from index.dates import dateline_date, dates_in, parse_date, refusal, url_date
from index.notices import corrected_on, is_correction, updated_on
from index.readers.fields import head_from
from index.readers.html import parse_html
from index.schema import Published

DAY = date(2021, 9, 28)
BODY = "The ferry to the upper harbour sails again from Monday, as the company told its passengers in a letter."


@pytest.mark.parametrize(
    ("text", "hints", "expected"),
    [
        ("SEOUL, Sept. 28, 2021 (Agency) - The ferry sails.", [], DAY),
        ("SEOUL, South Korea, September 28, 2021. /TASS/. The ferry sails.", [], DAY),
        ("SEOUL, Sept. 28 (Agency) - The ferry sails.", [], None),
        ("SEOUL, Sept. 28 (Agency) - The ferry sails.", [date(2021, 9, 30)], DAY),
        ("Seoul, September 28 (KCNA) -- The ferry sails.", [DAY], DAY),
        ("SEOUL, Dec. 31 (Agency) - The ferry sails.", [date(2022, 1, 1)], date(2021, 12, 31)),
        ("SEOUL, Sept. 28 (Agency) - The ferry sails.", [date(2021, 3, 1)], None),  # far from what else is known
        ("The ferry sails on Sept. 28, 2021 - if at all.", [DAY], None),
    ],
)
def test_a_dateline_has_a_year_only_when_the_document_tells_it(text: str, hints: list[date], expected: date) -> None:
    assert dateline_date(text, hints) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example/2021/09/28/ferry", DAY),
        ("https://a.example/world/2021/sep/28/ferry", DAY),
        ("https://a.example/news/2021-09-28/ferry", DAY),
        ("https://a.example/2021/09/ferry-28", None),
        ("https://a.example/2021/13/28/ferry", None),
        ("https://a.example/2021/09/28/2020/01/02/ferry", None),
        ("https://a.example/story-12021092812345", None),
        ("https://a.example/2013/5/24/ferry", date(2013, 5, 24)),
        ("https://a.example/news/20130524/ferry", date(2013, 5, 24)),
        ("https://a.example/ferry-2013-05-24.html", date(2013, 5, 24)),
        ("https://a.example/20130524.html", None),
    ],
)
def test_a_day_in_an_address(url: str, expected: date | None) -> None:
    assert url_date(url) == expected


def test_the_text_fills_the_days_that_the_head_leaves_open() -> None:
    url = "https://a.example/2021/09/28/ferry"
    assert make_article(uri="a", text=BODY, url=url).published == Published(DAY, "url")
    assert make_article(uri="a", text=f"SEOUL, Sept. 28 (Agency) - {BODY}", url=url).published.provenance == "dateline"
    given = Published(date(2021, 9, 20), "file-given")
    article = make_article(
        uri="a",
        text=f"Updated 30 September 2021\n\n{BODY}\n\nCorrection, Oct. 2, 2021: An earlier version gave a wrong day.",
        published=given,
    )
    assert (article.published, article.updated, article.corrected) == (given, date(2021, 9, 30), date(2021, 10, 2))
    assert [p.kind for p in article.paragraphs][-1] == "correction"


@pytest.mark.parametrize(
    "text",
    [
        "Correction: An earlier version of this article misstated the age of the mayor.",
        "CORRECTION (Sept. 30, 2021): The ferry sails on Tuesday.",
        "Clarification: The company has two owners.",
        "This story has been corrected to show that the ferry sails on Tuesday.",
        "• This article was amended on 30 September 2021. An earlier version gave the wrong day.",
        "Editor's note: An earlier version of this story misspelled the name of the owner.",
        "An earlier version of this article incorrectly said that the ferry was new.",
        "(This story corrects the day in paragraph 3)",
    ],
)
def test_notices_of_correction(text: str) -> None:
    assert is_correction(text)


@pytest.mark.parametrize(
    "text",
    [
        BODY,
        "The correction of the market came as a surprise to those who had bought in spring.",
        "Corrections officers said that the prison was full.",
        "Editor's note: This is the first part of a series on ferries.",
        "The earlier version of the bill was rejected.",
        "The report was amended by the council on Tuesday.",
    ],
)
def test_what_is_no_notice_of_correction(text: str) -> None:
    assert not is_correction(text)


def test_the_day_of_a_correction_is_not_that_of_an_event() -> None:
    event = "Correction: An earlier version said that the ferry sank on Sept. 1, 2021."
    assert corrected_on([event], None) is None
    assert corrected_on(["This article was amended on 30 September 2021 to give the day."], DAY) == date(2021, 9, 30)
    assert corrected_on(["This article was amended on 30 September 2020 to give the day."], DAY) is None
    assert updated_on(["Published 28 September 2021", "Last updated: Sept. 30, 2021"]) == date(2021, 9, 30)


@pytest.mark.parametrize("value", ["1970-01-01", "1900-01-01T00:00:00Z", "0001-01-01", "2999-05-06", 32503680000])
def test_what_cannot_be_right_is_refused_with_a_reason(value: object) -> None:
    assert parse_date(value) is None
    head = head_from({"date": value, "title": "Ferry"})
    assert head["published"] == Published()
    assert head["notes"] == (f"a date was refused: {refusal(value)}",)
    assert refusal(value)


def test_fields_keep_updates_and_corrections_apart() -> None:
    head = head_from({"published": "2021-09-28", "updatedat": "2021-09-30", "correctedat": "2021-10-02"})
    assert (head["published"].date, head["updated"], head["corrected"]) == (DAY, date(2021, 9, 30), date(2021, 10, 2))
    assert head_from({"published": "2021-09-28", "modified": "2021-09-28"})["updated"] is None


def test_ambiguous_numbers_are_read_only_where_the_order_is_known() -> None:
    assert parse_date("03/04/2021", day_first=True) == date(2021, 4, 3)
    assert parse_date("03/04/2021", day_first=False) == date(2021, 3, 4)
    assert parse_date("13/14/2021", day_first=True) is None


@pytest.mark.parametrize("text", ["3. März 2021", "3 mars 2021", "3 de marzo de 2021", "March 3, 2021", "2021-03-03"])
def test_dates_within_a_text(text: str) -> None:
    assert dates_in(f"Am {text}, 10 Uhr") == [(3, 3 + len(text), date(2021, 3, 3))]


def test_a_page_keeps_published_and_updated_apart_and_refuses_the_future() -> None:
    page = (
        '<html><head><title>Ferry</title><meta property="article:published_time" content="2999-01-01">'
        '<meta property="article:modified_time" content="2021-09-30"></head><body><article><h1>Ferry</h1>'
        f"<p>Published 28 September 2021</p><p>{BODY}</p><p>{BODY[::-1]}</p></article></body></html>"
    )
    article = parse_html(page, "a", "a")
    assert (article.published, article.updated) == (Published(DAY, "header"), date(2021, 9, 30))
    assert article.notes == ("a date was refused: 2999-01-01 lies in the future",)


def test_pages_of_many_systems() -> None:
    parts = measure(read, list(make_pages(variants=1)))["parts"]
    assert isinstance(parts, dict)
    assert parts["all"]["wrong"] == 0
    assert parts["all"]["exact"] >= 0.95 * parts["all"].total()
