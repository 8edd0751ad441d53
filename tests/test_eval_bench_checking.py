"""The bench of the checker: what it makes of articles, and how it counts."""

import random
from datetime import date

import pytest

from eval.bench.altered import KINDS, generate, reworded
from eval.bench.checking import measure, share, written
from index.article import make_article
from index.schema import Published

PEOPLE = ("Marit Dahl", "Tomas Berg", "Ines Holm", "Erik Sand", "Nadia Weil", "Jonas Lund")


def article(number: int):
    rows = (
        f"Mayor {name} said on Monday that {number + place + 13} of the town's old boats would be sold to {other} "
        f"before June {2000 + place}. “We have waited long enough for {place + 2} new ferries,” said {name}."
        for place, (name, other) in enumerate(zip(PEOPLE, PEOPLE[1:] + PEOPLE[:1], strict=True))
    )
    published = Published(date(2021, 9, 29), "file-given")
    return make_article(uri=f"n:{number}", title="Boats", text="\n\n".join(rows), published=published)


def test_generated_sentences_are_of_every_kind_and_the_same_each_time():
    articles = [article(number) for number in range(6)]
    made = generate(articles, 12, random.Random(3))
    assert [one.kind for one in made] == [*KINDS, *KINDS]
    assert made == generate(articles, 12, random.Random(3))
    for one in made:
        assert one.cited in one.article.paragraphs
        if one.kind != "right":
            assert one.text not in one.cited.text


def test_too_few_articles_are_said():
    with pytest.raises(ValueError, match="hold no 300"):
        generate([article(1), article(2)], 300, random.Random(0))


def test_quotations_are_never_reworded():
    sentence = "Tomas Berg said the two ferries cost about 12 percent more, “about 12 percent more than two years ago”."
    for seed in range(20):
        assert "about 12 percent more than two years ago" in reworded(sentence, "", None, random.Random(seed))


def test_the_list_has_two_halves_and_cites_what_there_is():
    halves = [written("development"), written("held-out")]
    assert all(len(half) > 100 for half in halves)
    for case in (case for half in halves for case in half):
        assert case.cited
        assert max(case.cited) < len(case.article.paragraphs)


def test_shares_have_their_wilson_interval():
    assert share([True] * 8 + [False] * 2) == {"count": 10, "share": 0.8, "low": 0.4902, "high": 0.9433}
    assert share([False] * 50)["high"] == 0.0714


def test_trusting_every_citation_finds_nothing_and_rejects_nothing():
    figures = measure(written("development")[:20], "trusted")
    assert figures["found"]["share"] == figures["rejected"]["share"] == 0
