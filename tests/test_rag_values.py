"""Answers compared by value: numbers, dates, names and other words."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.questions import analyse, words_asked
from rag.values import bound_before, compare, mentions, value_of

PUBLISHED = date(2023, 6, 1)

PAIRS = [
    ("How many passengers were on the ferry?", "212", "two hundred and twelve", "same"),
    ("How many passengers were on the ferry?", "more than 200", "212", "same"),
    ("How many passengers were on the ferry?", "212", "187", "different"),
    ("How many people were arrested?", "about 1,200", "1,187", "same"),
    ("How many people were arrested?", "at least 40", "40", "same"),
    ("How many people were arrested?", "dozens", "63", "unlike"),
    ("How many people were arrested?", "40", "nearly 100", "different"),
    ("What share of voters backed the plan?", "81 per cent", "four in five", "same"),
    ("What share of voters backed the plan?", "81%", "two thirds", "different"),
    ("What share of voters backed the plan?", "a quarter", "25 percent", "same"),
    ("How much did the stadium cost?", "$1.2 billion", "1,200 million dollars", "same"),
    ("How much did the stadium cost?", "£3m", "£3.4 million", "different"),
    ("How much did the stadium cost?", "3.1 million euros", "€3m", "same"),
    ("How long was the sentence?", "six years", "72 months", "same"),
    ("How long was the sentence?", "18 months", "two years", "different"),
    ("How long did the flight last?", "90 minutes", "an hour and a half", "same"),
    ("How far did the missile fly?", "about 600 km", "600 kilometres", "same"),
    ("How old is the driver?", "43", "43-year-old", "same"),
    ("How old is the driver?", "43", "44", "different"),
    ("When was the treaty signed?", "12 May 2023", "May 2023", "same"),
    ("When was the treaty signed?", "May 12, 2023", "12 May", "same"),
    ("When was the treaty signed?", "12 May 2023", "13 May 2023", "different"),
    ("When was the treaty signed?", "2023", "May 12, 2023", "same"),
    ("When was the treaty signed?", "2021", "2023", "different"),
    ("When was the church built?", "the 1890s", "1893", "same"),
    ("When was the church built?", "in the late 1890s", "1901-1902", "different"),
    ("When was the treaty signed?", "during a ceremony", "2023", "unlike"),
    ("When will the bridge reopen?", "in the spring", "June 2024", "unlike"),
    ("Who chairs the inquiry?", "Anna Holt", "Holt", "same"),
    ("Who chairs the inquiry?", "Dame Anna Holt", "Anna Holt, a retired judge", "same"),
    ("Who chairs the inquiry?", "Anna Holt", "the retired judge", "unlike"),
    ("Who chairs the inquiry?", "Anna Holt", "Peter Holt", "different"),
    ("Who chairs the inquiry?", "Anna Holt", "A. Holt", "same"),
    ("Who chairs the inquiry?", "Anna Holt", "Miguel Serra", "different"),
    ("Who won the race?", "Mohammed Farah", "Mohamed Farah", "same"),
    ("Which agency issued the warning?", "the World Health Organization", "WHO", "same"),
    ("Which agency issued the warning?", "NASA", "NOAA", "different"),
    ("Where did the summit take place?", "Geneva, Switzerland", "Geneva", "same"),
    ("Where did the summit take place?", "Geneva", "Switzerland", "same"),
    ("Where did the summit take place?", "Geneva", "Vienna", "different"),
    ("Where did the summit take place?", "Austria", "Switzerland", "different"),
    ("Where did the summit take place?", "U.S.", "the United States", "same"),
    ("What sport does she play?", "field hockey", "hockey", "same"),
    ("What sport does she play?", "hockey", "tennis", "different"),
    ("What was the cause of the fire?", "a gas leak", "a leaking gas pipe", "same"),
    ("What was the cause of the fire?", "a gas leak", "an electrical fault", "different"),
    # What the question says already tells nothing.
    ("Which line does the new station serve?", "the Circle line", "Harbour line", "different"),
    ("Which line does the new station serve?", "the Circle line", "Circle", "same"),
    ("Which party did she leave?", "the Liberal Party", "Labour Party", "different"),
    ("Which river flooded the town?", "the Elbe", "the River Elbe", "same"),
    ("Which river flooded the town?", "the Elbe river", "the River Oder", "different"),
    ("Who is the mother of Peter Holt?", "Anna Holt", "Greta Holt", "different"),
    ("Who is the mother of Peter Holt?", "Anna Holt", "Anna", "same"),
    ("Which regiment was sent?", "1st Infantry Regiment", "2nd Cavalry Regiment", "different"),
    ("What was banned from the stalls?", "plastic bags and cups", "plastic bags", "same"),
    # A unit without a number is a word, as are the parts of a compound.
    ("What does CTY stand for?", "City Trade Year", "Council of Travelling Youth", "different"),
    ("What language is the play in?", "Welsh", "a Welsh-language play", "same"),
    ("What language is the play in?", "Welsh-language", "Breton-language", "different"),
    # Two places in one country are two places; a country and a place in it may be one.
    ("Where is the depot?", "Lyon, France", "Lille, France", "different"),
    ("Where is the depot?", "Lyon, France", "France", "same"),
    ("Where is the depot?", "Lyon", "France", "same"),
    ("Who spoke for the delegation?", "U.S. envoy Sung Kim", "US ambassador Joy Reed", "different"),
    # From a day to a day: any day between.
    ("When was he in office?", "from 1 May 1990 to 3 June 1994", "1992", "same"),
    ("When was he in office?", "1 May 1990 - 3 June 1994", "1995", "different"),
    ("When did she die?", "5 May 1931 - 8 November 2003", "8 November 2003", "same"),
    (
        "What was the cause of the fire?",
        "a gas leak in the basement of the old part of the hospital",
        "an electrical fault that engineers had warned about for many years",
        "unlike",
    ),
]


@pytest.mark.parametrize(("question", "one", "other", "relation"), PAIRS)
def test_answers_compare_by_value_in_both_orders(question: str, one: str, other: str, relation: str) -> None:
    asked = analyse(question)
    values = [value_of(asked.kind, text, published=PUBLISHED, asked=words_asked(asked)) for text in (one, other)]
    assert compare(*values) == relation
    assert compare(*reversed(values)) == relation


@pytest.mark.parametrize(
    ("question", "answer", "something"),
    [
        ("What was the job of Anna Holt?", "Dame Anna Holt", False),
        ("What was the job of Anna Holt?", "judge Anna Holt", True),
        ("Who won, Holt or Serra?", "Holt", True),
        ("Did they meet at home or in a hotel?", "in a hotel", True),
    ],
)
def test_an_answer_says_something_new_or_chooses(question: str, answer: str, something: bool) -> None:
    asked = analyse(question)
    assert bool(value_of(asked.kind, answer, asked=words_asked(asked)).kind) is something


def test_words_before_a_number_bound_it() -> None:
    exact, more = value_of("how_many", "212"), value_of("how_many", "200", "killed more than ")
    assert compare(exact, more) == "same"
    assert compare(value_of("how_many", "4", "at least "), value_of("how_many", "9")) == "different"
    assert bound_before("killing at least ") == "at least "
    assert bound_before("the four ") == ""


def test_a_weekday_is_the_last_one_before_the_article() -> None:
    tuesday = value_of("when", "on Tuesday", published=date(2023, 8, 3))
    assert compare(tuesday, value_of("when", "1 August 2023")) == "same"
    assert compare(tuesday, value_of("when", "Wednesday", published=date(2023, 8, 3))) == "different"


def test_a_date_that_is_in_no_calendar_is_none() -> None:
    assert value_of("when", "31 February 2023").days is None


@pytest.mark.parametrize(
    ("text", "kind", "answer", "said"),
    [
        ("The toll rose to 104, from 38 a week ago.", "how_many", "38", True),
        ("The toll rose to 104.", "how_many", "38", False),
        ("Mr Serra and Dame Anna Holt spoke.", "who", "Anna Holt", True),
        ("Mr Serra spoke.", "who", "Anna Holt", False),
        ("It opened on 12 May 2023.", "when", "May 2023", True),
        ("It opened on 12 June 2023.", "when", "May 2023", False),
    ],
)
def test_what_a_text_mentions(text: str, kind: str, answer: str, said: bool) -> None:
    assert mentions(text, value_of(kind, answer)) is said  # type: ignore[arg-type]


@given(st.integers(0, 10**9))
def test_a_number_says_the_same_as_itself_however_it_is_written(number: int) -> None:
    assert compare(value_of("how_many", str(number)), value_of("how_many", f"{number:,}")) == "same"


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_numbers_apart_by_a_half_differ(one: int, other: int) -> None:
    relation = compare(value_of("how_many", str(one)), value_of("how_many", str(other)))
    if max(one, other) > 1.5 * min(one, other):
        assert relation == "different"
