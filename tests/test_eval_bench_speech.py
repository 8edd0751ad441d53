"""The measure of who said it, and the committed lists it is taken on."""

import pytest

from eval.bench.speech import Checked, Expected, lists, measure, newsroom, same_speaker
from index.article import make_article


def test_a_stretch_counts_when_it_is_found_and_named():
    article = make_article(uri="x", text='"We won," Ann Poole said. "The Needle" is a rock, Jo Brand said.')
    checked = Checked(article, (Expected(1, 8, "Ann Poole"), Expected(40, 45, "Jo Brand")), ("The Needle",))
    assert measure([checked]) == {"stretches": 2, "found": 0.5, "attributed": 1.0, "right": 1.0, "false": 0}


def test_speakers_are_compared_without_articles_and_case():
    assert same_speaker("The employers' union", "employers' Union")
    assert not same_speaker("Ann Poole", "Poole")


@pytest.mark.parametrize("split", ["development", "held-out"])
def test_the_lists_are_found_and_given_to_the_right_speakers(split):
    figures = measure(list(lists(split)))
    assert figures["found"] >= 0.9
    assert figures["right"] >= 0.9
    assert figures["false"] == 0


def test_the_newsroom_is_found_and_given_to_the_right_speakers():
    figures = measure(list(newsroom()))
    assert figures["stretches"] == 280
    assert figures["found"] >= 0.9
    assert figures["right"] >= 0.88
