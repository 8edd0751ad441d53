"""The checker: right sentences pass, each kind of wrong one is caught, and wrong citations are put right."""

import re
from datetime import date
from types import SimpleNamespace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from eval.bench.checking import Shelf
from index.article import make_article
from index.crossencoder import CrossEncoder
from index.schema import Published
from rag.checking import Allowance, Checker, asking, best_stretch, supported
from rag.settings import RagSettings

PARAGRAPHS = (
    "Mayor Ana Lindqvist said on Tuesday that 1,250 people had left Norvik by ferry. “We will not abandon the "
    "harbour, whatever they say,” she told reporters. The five-day closure ends on 3 October.",
    "The port authority, which bought the cranes from Sundmark in 2016 for $2.4 million, employs 340 people and owns "
    "12 ships. A fifth of its income comes from ferries.",
    "Fisherman Erik Sand accused Lindqvist of silence. The ministry's spokesman, Jonas Weil, said the harbour was "
    "safe, but the union rejected the plan.",
)


HARBOUR = make_article(
    uri="n:1",
    title="Norvik harbour closed",
    source="Herald",
    published=Published(date(2021, 9, 29), "file-given"),
    text="\n\n".join(PARAGRAPHS),
)
LIBRARY = Shelf()
SOURCES = LIBRARY.sources(HARBOUR)


def check(sentence: str, *cited: int, unsupported: str = "drop", library: Shelf = LIBRARY):
    checker = Checker(SOURCES, library, RagSettings(unsupported=unsupported))
    return checker.check(sentence, [SOURCES[number] for number in cited])


@pytest.fixture(scope="module")
def read() -> Shelf:
    """The same articles where there is a reader."""
    shelf = Shelf(CrossEncoder())
    shelf.sources(HARBOUR)
    return shelf


@pytest.fixture(params=["rules", "reader"])
def library(request) -> Shelf:
    return LIBRARY if request.param == "rules" else request.getfixturevalue("read")


@pytest.mark.parametrize(
    ("sentence", "cited"),
    [
        ("Mayor Ana Lindqvist said 1,250 people had left Norvik by ferry.", 0),
        ("About 1250 people left Norvik by ferry on 28 September 2021.", 0),
        ("In September 2021, more than a thousand people left Norvik by ferry.", 0),
        ('Lindqvist said: "We will not abandon the harbour".', 0),
        ("The mayor told reporters: “We will not … whatever they say.”", 0),
        ("She said that the town would “not abandon [its] harbour” ever.".replace("[its]", "the"), 0),
        ("The closure lasts 5 days and ends on October 3, 2021.", 0),
        ("The port authority has three hundred and forty employees and a dozen ships.", 1),
        ("The port authority paid 2.4 million dollars for Sundmark's cranes in 2016.", 1),
        ("Twenty per cent of the port authority's income comes from ferries.", 1),
        ("Lindqvist was accused of silence by Erik Sand.", 2),
        ("Ministry spokesman Jonas Weil called the harbour safe.", 2),
    ],
)
def test_what_a_paragraph_says_in_other_words_is_verified(sentence, cited, library):
    verdict = check(sentence, cited, library=library)
    assert (verdict.support, verdict.why) == ("verified", "")
    assert verdict.sources == (SOURCES[cited],)


@pytest.mark.parametrize(
    ("sentence", "cited", "why"),
    [
        ("Mayor Ana Lindqvist said 1,520 people had left Norvik by ferry.", 0, "1,520"),
        ("More than 1,300 people had left Norvik by ferry.", 0, "1,300"),
        ("The port authority employs 12 people.", 1, "340"),
        ("The port authority paid $340 for the cranes.", 1, "340"),
        ("The port authority bought the cranes for 2.4 million euros.", 1, "2,400,000"),
        ("A third of the port authority's income comes from ferries.", 1, "33"),
        ("The mayor said: “We will abandon the harbour at once”.", 0, "quotation"),
        ("The closure of the harbour ends on 4 October.", 0, "4 October"),
        ("On 27 September 2021 1,250 people left Norvik by ferry.", 0, "27 September"),
        ("The port authority bought the cranes from Sundmark in 2017.", 1, "2017"),
        ("Mayor Ana Sand said 1,250 people had left Norvik by ferry.", 0, "Sand"),
        ("Ministry spokesman Jonas Sand called the harbour safe.", 2, "Jonas Sand"),
        ("The port authority bought the cranes from Hallberg in 2016.", 1, "Hallberg"),
        ("Prices of wheat rose sharply across the whole continent.", 0, "something else"),
        ("Lindqvist accused Erik Sand of silence.", 2, "other way round"),
        ("Mayor Ana Lindqvist will abandon the harbour, she told reporters.", 0, "opposite"),
        ("The union accepted the plan for the harbour.", 2, "opposite"),
        ("The ministry's spokesman, Jonas Weil, said the harbour was unsafe.", 2, "opposite"),
    ],
)
def test_each_kind_of_wrong_sentence_is_unverified_and_said_why(sentence, cited, why, library):
    verdict = check(sentence, cited, library=library)
    assert verdict.support != "verified"
    assert why in verdict.why


def test_sentences_that_stand_there_word_for_word_are_supported():
    stems = LIBRARY.stems
    text = "A missile went up in a test last month. The country had not tested one since 2017."
    assert supported(text, [text], stems)
    assert not supported("The country had tested one since 2017.", [text], stems)


FIGURES = (
    "Orders at Halvard Steel fell 14 percent in the spring, while those of its competitor Brenner rose 6 percent. "
    "Brenner will hire 250 people.",
    "The bridge, built by Tamsin Oakes in 1931, was closed after inspectors from Kestrel Engineering found cracks. "
    "Oakes also designed the town hall.",
    "The ferry carried 312 passengers and 48 cars when it ran aground. Twelve of them were taken to hospital.",
)


@pytest.mark.parametrize(
    ("sentence", "cited", "other"),
    [
        ("Halvard Steel's orders rose 6 percent.", 0, "Brenner"),
        ("Brenner's orders fell by 14 percent in the spring.", 0, "Halvard"),
        ("Kestrel Engineering built the bridge in 1931.", 1, "Tamsin Oakes"),
    ],
)
def test_the_reader_finds_names_and_numbers_in_the_wrong_place(sentence, cited, other, read):
    assert checked(sentence, FIGURES[cited], LIBRARY).support == "verified"
    verdict = checked(sentence, FIGURES[cited], read)
    assert verdict.support == "unverified"
    assert f"says {other}" in verdict.why


@pytest.mark.parametrize(
    ("sentence", "cited"),
    [
        ("Halvard Steel's orders fell by 14 percent in the spring.", 0),
        ("Brenner, a competitor of Halvard Steel, saw its orders rise 6 percent and wants to hire 250 people.", 0),
        ("Kestrel Engineering's inspectors found cracks in the bridge that Tamsin Oakes built.", 1),
        ("Tamsin Oakes designed the town hall as well.", 1),
        ("The ferry had 312 passengers and 48 cars on board when it ran aground.", 2),
    ],
)
def test_the_reader_lets_right_sentences_pass(sentence, cited, read):
    assert checked(sentence, FIGURES[cited], read).support == "verified"


def checked(sentence: str, paragraph: str, library: Shelf):
    article = make_article(uri=paragraph[:20], text=paragraph)
    sources = library.sources(article)
    settings, unhurried = RagSettings(unsupported="drop"), Allowance(at_once=100)
    return Checker(sources, library, settings, unhurried).check(sentence, sources)


def test_the_reader_is_asked_more_the_longer_a_model_takes(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(asking, "time", SimpleNamespace(monotonic=lambda: now[0]))
    allowance = Allowance(at_once=2, began=0.0)
    assert [allowance.take(1), allowance.take(4), allowance.take(4)] == [1, 1, 0]
    now[0] = 3.5 * asking.EARNED_IN
    assert [allowance.take(1), allowance.take(4)] == [1, 2]


def test_words_belong_to_their_speaker():
    article = make_article(
        uri="n:2",
        text="Aydin said the veto would be lifted in due course. Stenberg said he had left the talks with some hope.",
    )
    shelf = Shelf()
    checker = Checker(shelf.sources(article), shelf, RagSettings())
    right, wrong = "Stenberg said he had left the talks with hope.", "Aydin said he had left the talks with some hope."
    assert checker.check(right, checker.sources).support == "verified"
    assert "Stenberg says so" in checker.check(wrong, checker.sources).why


def test_without_a_paragraph_nothing_is_supported():
    verdict = check("The closure ends on 3 October.")
    assert (verdict.support, verdict.why, verdict.sources) == ("unverified", "it cites no source", ())


def test_a_wrong_citation_is_put_right():
    sentence = "The port authority employs 340 people."
    assert check(sentence, 0).support == "unverified"
    verdict = check(sentence, 0, unsupported="repair")
    assert (verdict.support, verdict.sources, verdict.repaired) == ("verified", (SOURCES[1],), True)
    assert not check("The port authority employs 430 people.", 0, unsupported="repair").sources


def test_only_paragraphs_that_support_a_sentence_stay_cited():
    assert check("The port authority employs 340 people.", 1, 0).sources == (SOURCES[1],)
    both = "The port authority employs 340 people, and 1,250 people have left Norvik by ferry."
    assert check(both, 1, 0, 2).sources == (SOURCES[1], SOURCES[0])


def test_a_name_from_elsewhere_in_the_article_needs_its_paragraph():
    sentence = "The Norvik port authority in Lindqvist's town employs 340 people."
    assert check(sentence, 1).support == "partly"
    verdict = check(sentence, 1, unsupported="repair")
    assert verdict.support == "verified"
    assert verdict.sources == (SOURCES[1], SOURCES[0])


def test_texts_alone_support_as_well():
    assert supported("The closure ends on 3 October.", [PARAGRAPHS[0]], LIBRARY.stems)
    assert not supported("The closure ends on 4 October.", [PARAGRAPHS[0]], LIBRARY.stems)
    assert not supported("The closure ends on 3 October.", [], LIBRARY.stems)


def test_the_best_stretch_is_the_sentence_that_says_it():
    start, end = best_stretch("She will not abandon the harbour.", HARBOUR.paragraphs[0], LIBRARY.stems)
    assert HARBOUR.text[start:end].startswith("“We will not abandon the harbour")


NAMES = ("Holm", "Vesteros", "Marit Dahl", "the council", "the Harbour Union", "Tomas Berg")
VERBS = ("bought", "counted", "promised", "closed", "shipped", "inspected")
THINGS = ("boats", "crates of fish", "houses", "km of road", "new cranes", "per cent of the fleet")
sentences = st.builds(
    lambda name, verb, number, thing, year: f"{name[0].upper()}{name[1:]} {verb} {number} {thing} in {year}.",
    st.sampled_from(NAMES), st.sampled_from(VERBS), st.integers(2, 99_999), st.sampled_from(THINGS),
    st.integers(1950, 2020),
)  # fmt: skip


@given(st.lists(sentences, min_size=1, max_size=4), st.data())
def test_a_sentence_taken_from_a_paragraph_is_verified_and_any_changed_digit_is_not(written, data):
    sentence = data.draw(st.sampled_from(written))
    paragraph = " ".join(written)
    assert supported(sentence, [paragraph], LIBRARY.stems)
    place = data.draw(st.sampled_from([match.start() for match in re.finditer(r"\d", sentence)]))
    digit = data.draw(st.sampled_from("123456789"))
    changed = sentence[:place] + digit + sentence[place + 1 :]
    number = next(m.group() for m in re.finditer(r"\d+", changed) if m.start() <= place < m.end())
    assume(number not in re.findall(r"\d+", paragraph) and int(number) > 1)
    assert not supported(changed, [paragraph], LIBRARY.stems)
