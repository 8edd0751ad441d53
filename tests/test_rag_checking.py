"""The checker: right sentences pass, each kind of wrong one is caught."""

import re

import pytest

from index.schema import Paragraph
from rag.checking import best_stretch, check

TEXT = (
    "Mayor Ana Lindqvist said on Tuesday that 1,250 people had left Norvik by ferry. "
    "“We will not abandon the harbour,” she told reporters. The five-day closure ends on 3 October."
)
PARAGRAPH = Paragraph(0, TEXT, "body", 10, 10 + len(TEXT))


def stems(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


@pytest.mark.parametrize(
    "sentence",
    [
        "Mayor Ana Lindqvist said 1,250 people had left Norvik by ferry.",
        "About 1250 people left Norvik by ferry.",
        'Lindqvist said: "We will not abandon the harbour".',
        "The closure lasts 5 days and ends on 3 October.",
        "The closure ends on 3 October.",
    ],
)
def test_what_the_paragraph_says_is_verified(sentence):
    assert check(sentence, "", [TEXT], stems) == ("verified", "")


@pytest.mark.parametrize(
    ("sentence", "why"),
    [
        ("Mayor Ana Lindqvist said 1,520 people had left Norvik by ferry.", "1,520"),
        ("The mayor said: “We will abandon the harbour at once”.", "quotation"),
        ("The closure of the harbour ends on 4 October.", "4"),
        ("Prices of wheat rose sharply across the whole continent.", "something else"),
    ],
)
def test_wrong_numbers_quotes_and_topics_are_unverified(sentence, why):
    support, reason = check(sentence, "", [TEXT], stems)
    assert support == "unverified"
    assert why in reason


def test_a_name_that_is_not_there_is_partly():
    support, why = check("Some 1,250 people had left Norvik by ferry, Erik Sand said.", "", [TEXT], stems)
    assert support == "partly"
    assert "Erik" in why


def test_title_and_date_of_the_article_count_as_said():
    sentence = "In 2021 about 1,250 people left Norvik by ferry."
    assert check(sentence, "", [TEXT], stems)[0] == "unverified"
    assert check(sentence, "Closure 2021-09-28", [TEXT], stems)[0] == "verified"


def test_without_a_paragraph_nothing_is_supported():
    assert check("The closure ends on 3 October.", "", [], stems) == ("unverified", "it cites no source")


def test_the_best_stretch_is_the_sentence_that_says_it():
    start, end = best_stretch("She will not abandon the harbour.", PARAGRAPH, stems)
    assert TEXT[start - 10 : end - 10] == "“We will not abandon the harbour,” she told reporters."
