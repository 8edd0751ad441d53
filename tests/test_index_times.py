"""Expressions of time and the days that they mean."""

from __future__ import annotations

import json
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.times import find_times
from index.times.calendar import around, holiday, moved, part, season

WEDNESDAY = date(2023, 3, 15)
LISTS = Path(__file__).parent.parent / "eval" / "bench" / "times"

Span = tuple[str, str | None, str | None]


def iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def spans(text: str, anchor: date | None = WEDNESDAY) -> list[Span]:
    return [(found.text, iso(found.first), iso(found.last)) for found in find_times(text, anchor)]


def resolved(text: str, anchor: date | None = WEDNESDAY) -> list[str]:
    """The days of each expression: "2023-03-13", "2023-03-06..2023-03-12", "?" when unresolved."""
    return [
        "?" if first is None and last is None else str(first) if first == last else f"{first}..{last}"
        for _, first, last in spans(text, anchor)
    ]


@pytest.mark.parametrize("name", ["development", "held_out"])
def test_news_sentences_are_resolved_to_the_days_that_were_listed(name: str) -> None:
    rows = [json.loads(line) for line in (LISTS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
    right = total = 0
    for row in rows:
        published = date.fromisoformat(row["published"]) if row["published"] else None
        found = spans(row["text"], published)
        for time in row["times"]:
            total += 1
            right += any((first, last) == (time["first"], time["last"]) for _, first, last in found)
    assert right / total >= 0.93


@pytest.mark.parametrize(
    ("sentence", "days"),
    [
        ("The minister said on Monday that he was tired.", ["2023-03-13"]),
        ("The ministers will meet on Monday.", ["2023-03-20"]),
        ("It rained on Wednesday.", ["2023-03-15"]),
        ("The court is to rule on Friday, a clerk said on Tuesday.", ["2023-03-17", "2023-03-14"]),
        ("The envoy, who was sworn in on Friday, will leave on Saturday.", ["2023-03-10", "2023-03-18"]),
        ("She was jailed in November.", ["2022-11-01..2022-11-30"]),
        ("She will be released in November.", ["2023-11-01..2023-11-30"]),
        ("The fair will open on 2 April.", ["2023-04-02"]),
        ("The council set an election for December 5.", ["2023-12-05"]),
    ],
)
def test_tense_tells_past_from_future(sentence: str, days: list[str]) -> None:
    assert resolved(sentence) == days


@pytest.mark.parametrize(
    ("sentence", "days"),
    [
        ("Prices have doubled since 2019.", ["2019-01-01..2023-03-15"]),
        ("He was fined earlier this month.", ["2023-03-01..2023-03-15"]),
        ("They have until Friday to answer.", ["2023-03-15..2023-03-17"]),
        ("The work must be done by the end of June.", ["2023-03-15..2023-06-30"]),
        ("It must be ready before 2025.", ["2023-03-15..2024-12-31"]),
        ("The bridge was closed from 3 to 7 January.", ["2023-01-03..2023-01-07"]),
        ("He ruled from November 2019 to March 2020.", ["2019-11-01..2020-03-31"]),
        ("Sales fell in the first half of last year.", ["2022-01-01..2022-06-30"]),
        ("It was built in the late 1970s.", ["1977-01-01..1979-12-31"]),
        ("Rain fell over the past two weeks.", ["2023-03-01..2023-03-15"]),
        ("They arrested her three days ago and her brother two months ago.", ["2023-03-12", "2023-01-01..2023-01-31"]),
        ("The match, moved from March 18 to March 25, is sold out.", ["2023-03-18", "2023-03-25"]),
        ("The winter of 2021-22 was mild.", ["2021-12-01..2022-02-28"]),
        ("Good Friday 2024 fell in March.", ["2024-03-29", "2023-03-01..2023-03-31"]),
    ],
)
def test_intervals(sentence: str, days: list[str]) -> None:
    assert resolved(sentence) == days


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("He was shot on Friday. He died two days later.", ["2023-03-10", "2023-03-12"]),
        ("The vote was on 3 May 2021. The next day he left.", ["2021-05-03", "2021-05-04"]),
        ("She won in 1999 and again the following year.", ["1999-01-01..1999-12-31", "2000-01-01..2000-12-31"]),
        ("They came two days after the 3 March vote.", ["2023-03-05"]),
        ("The dam burst two days after the quake.", ["?"]),
        ("The next day he left.", ["?"]),
    ],
)
def test_what_hangs_on_another_time_is_resolved_with_it_only(text: str, days: list[str]) -> None:
    assert resolved(text) == days


@pytest.mark.parametrize(
    "sentence",
    [
        "He told the Sunday Times that he may march on.",
        "Mrs May said the hall seats 2,030 people.",
        "The Model 2000 sold for $2,025.",
        "Vision 2030 was written by April Ross.",
        "He trained for two years and is 34 years old.",
        "Friday Night Live returns.",
        "The store, 1701 Main Street, was robbed.",
        "They meet on Mondays.",
    ],
)
def test_names_verbs_sums_and_bare_durations_are_no_times(sentence: str) -> None:
    assert [found for found in spans(sentence) if found[1] or found[2]] == []


@pytest.mark.parametrize(
    "sentence",
    [
        "Several weeks ago he resigned.",
        "Revenue rose in fiscal 2022.",
        "It snowed in winter 2022.",
        "The delivery came on 03/04/2023.",
        "On Monday, June 6, 2023, he resigned.",  # a Tuesday
        "The shop was shut on 31 June 2022.",
    ],
)
def test_what_is_in_doubt_stays_unresolved(sentence: str) -> None:
    assert resolved(sentence) == ["?"]


def test_without_a_date_of_publication_only_full_times_are_resolved() -> None:
    text = "He came on Monday, left on 4 April 2022 and was born in March 1961."
    assert resolved(text, None) == ["?", "2022-04-04", "1961-03-01..1961-03-31"]


def test_next_friday_is_in_doubt_while_this_week_still_has_one() -> None:
    assert resolved("They will meet next Friday.", date(2023, 3, 13)) == ["?"]
    assert resolved("They will meet next Friday.", date(2023, 3, 18)) == ["2023-03-24"]


@given(st.text(alphabet="May 12,Mondaysincelatwk.’0-\n", max_size=80), st.dates(date(1600, 1, 1), date(2099, 1, 1)))
def test_any_text_gives_ordered_expressions_with_true_offsets(text: str, anchor: date) -> None:
    found = find_times(text, anchor)
    assert all(text[one.start : one.end] == one.text for one in found)
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert all(one.first <= one.last for one in found if one.first and one.last)


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)))
def test_full_dates_in_all_spellings_mean_their_day(day: date) -> None:
    for written in (f"{day:%B} {day.day}, {day.year}", f"{day.day} {day:%B} {day.year}", day.isoformat()):
        (found,) = find_times(f"He was born on {written}.", None)
        assert (found.first, found.last) == (day, day)


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.integers(1, 6))
def test_weekdays_are_within_six_days(day: date, steps: int) -> None:
    (past,) = find_times(f"He resigned on {day - timedelta(steps):%A}.", day)
    (future,) = find_times(f"He will resign on {day + timedelta(steps):%A}.", day)
    assert (past.first, future.first) == (day - timedelta(steps), day + timedelta(steps))


def test_calendar() -> None:
    assert around(date(2023, 3, 15), "century").first == date(2001, 1, 1)
    assert moved(date(2024, 2, 29), 1, "year") == date(2025, 2, 28)
    assert season("winter", 2023).last == date(2024, 2, 29)
    assert part(around(date(2023, 3, 15), "year"), "mid") == (date(2023, 5, 1), date(2023, 8, 31))
    assert holiday("thanksgiving", 2022) == date(2022, 11, 24)
    assert holiday("easter monday", 2025) == date(2025, 4, 21)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("The match was postponed to Sunday.", ["2023-03-19"]),
        ("The trial was put back to May.", ["2023-05-01..2023-05-31"]),
        ("The opening has been put off until December.", ["2023-03-15..2023-12-31"]),
        ("She will stay in office until January.", ["2023-03-15..2024-01-31"]),
        ("The race, delayed to Sunday, was cancelled on Monday.", ["2023-03-19", "2023-03-13"]),
    ],
)
def test_what_is_put_off_is_put_off_to_a_day_ahead(text: str, days: list[str]) -> None:
    assert resolved(text) == days
