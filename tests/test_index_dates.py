"""Dates: as written, and unknown rather than wrong."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from index.dates import header_date, is_date_line, parse_date

TODAY = date(2024, 5, 6)
WRITTEN = date(2021, 9, 29)
steady = settings(deadline=None, derandomize=True)


@pytest.mark.parametrize(
    "value",
    [
        "2021-09-29",
        " 2021-09-29 ",
        "2021-09-29T23:30:00-05:00",  # the date as written, not shifted
        "2021-09-29T00:10:00+14:00",
        "2021-09-29 10:00:00 UTC",
        "2021-09-29T10:00:00.123Z",
        "2021/9/29",
        "20210929",
        20210929,
        "20210929T101500Z",
        "Wed, 29 Sep 2021 23:59:00 -0700",
        "Wed Sep 29 10:11:12 2021",
        "September 29, 2021",
        "Sept. 29, 2021, 9:41 PM EDT",
        "Sept 29th 2021",
        "29 September 2021",
        "29.09.2021",
        "9/29/2021",
        1632873600,
        1632873600.25,
        1632873600000,
        "1632873600",
        WRITTEN,
        datetime(2021, 9, 29, 23, 30, tzinfo=timezone(timedelta(hours=-5))),
    ],
)
def test_dates_are_read_as_written(value: object) -> None:
    assert parse_date(value, today=TODAY) == WRITTEN


@pytest.mark.parametrize(
    "value",
    [
        "03/04/2021",  # March or April
        "2.3.2021",
        "Sep 2021",
        "2021",
        2021,
        "29 September",
        "Monday 2021 September",
        "29 Sep 21",
        "10:30",
        "12 hours ago",
        "yesterday",
        "2021-02-30",
        "2021-13-01",
        "1599-12-31",
        "2021-09-29 A day after",
        "",
        " ",
        None,
        True,
        [],
        {"date": "2021-09-29"},
        float("nan"),
        float("inf"),
        -1,
        10**40,
        "1" * 500,
    ],
)
def test_what_is_partial_ambiguous_or_implausible_is_unknown(value: object) -> None:
    assert parse_date(value, today=TODAY) is None


def test_same_day_and_month_are_not_ambiguous() -> None:
    assert parse_date("03/03/2021", today=TODAY) == date(2021, 3, 3)


def test_the_future_is_refused_but_for_two_days() -> None:
    assert parse_date("2024-05-08", today=TODAY) == date(2024, 5, 8)
    assert parse_date("2024-05-09", today=TODAY) is None
    assert parse_date(datetime.now(UTC) + timedelta(days=3)) is None


@steady
@given(
    st.dates(date(1600, 1, 1), TODAY), st.sampled_from(["%Y-%m-%d", "%d %B %Y", "%B %d, %Y", "%a, %d %b %Y 10:00:00"])
)
def test_every_date_is_read_back(day: date, form: str) -> None:
    assume((day.month, day.day) not in ((1, 1), (12, 30), (12, 31)))  # some are the zero of a calendar
    assert parse_date(day.strftime(form), today=TODAY) == day


@steady
@given(st.one_of(st.text(), st.text("0123456789 -/.:TZSepOctMay,+"), st.integers(), st.floats(), st.binary()))
def test_nothing_raises_and_nothing_implausible_comes_out(value: object) -> None:
    found = parse_date(value, today=TODAY)
    assert found is None or date(1600, 1, 1) <= found <= TODAY + timedelta(days=2)


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        (" date 2021-09-29 A day after the flood", "A day after the flood"),
        (" date 2021-09-29\n\nThe flood", "The flood"),
        ("Date: September 29, 2021\nThe flood", "The flood"),
        ("date: 2021-09-29T10:00:00Z The flood", "The flood"),
        ("Published: 29 Sep 2021\n\nThe flood", "The flood"),
        ("Published on Sept. 29, 2021 10:30 AM IST | Updated: Sept. 30, 2021\nThe flood", "The flood"),
        ("Wednesday, 29 September 2021\nThe flood", "The flood"),
        ("2021-09-29\nThe flood", "The flood"),
        ("The flood\n\nSept. 29, 2021\n\nWater rose.", "The flood\n\nSept. 29, 2021\n\nWater rose."),
        ("The flood\nBy Ada Quill\n2021-09-29\nWater rose.", "The flood\nBy Ada Quill\n2021-09-29\nWater rose."),
        *(
            (text, text)
            for text in [
                "THE HERALD | 29 September 2021\n\nThe flood\n\nWater rose.",
                "THE HERALD\n29 September 2021 | Weather\n\nThe flood",
                "THE HERALD\n29.09.2021 / Weather\n\nThe flood",
                "THE HERALD\n29.09.2021, updated 30.09.2021 / Weather\n\nThe flood",
                "The flood\n\nThe Herald\nhttps://herald.example\nWednesday 29 September 2021. Updated 30 Sept. 2021",
            ]
        ),
    ],
)
def test_a_date_in_the_header_is_found_and_dropped_when_nothing_stands_above_it(text: str, rest: str) -> None:
    found = header_date(text)
    assert found is not None
    assert (found[0], text[found[1] :]) == (WRITTEN, rest)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The flood came on September 29, 2021 and left",
        "Published 29 Sep 2021 in a journal, the study says",
        "September 29, 2021 was a wet day",
        "Date palms planted 2021-09-29 grew",
        "date 03/04/2021 The flood",
        "date 2999-01-01 The flood",
        "Updated: 29 Sep 2021\nThe flood",
        "The flood\nWater rose in all of the streets of the old town.\n2021-09-29\nMore rain",
        "What happened when\nThe flood\nBy Ada Quill\n29 September 2021\nRain\n30 September 2021\nMore rain",
        "THE HERALD | 03/04/2021\nThe flood",
        "Water rose for days | in all the streets of the old town | 29 September 2021\nThe flood",
    ],
)
def test_other_dates_are_no_header(text: str) -> None:
    assert header_date(text) is None


@steady
@given(st.text(st.sampled_from("date 2021-09-29 Sep,:\n\tTZ|x"), max_size=60))
def test_the_prefix_lies_within_the_text(text: str) -> None:
    found = header_date(text)
    assert found is None or 0 <= found[1] <= len(text)


def test_a_line_that_is_only_a_date_is_told_from_a_sentence_with_one() -> None:
    assert is_date_line("Published: 29 Sep 2021")
    assert not is_date_line("On 29 Sep 2021 it rained")
