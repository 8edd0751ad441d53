"""Short answers: made whole, trimmed, told apart; the public Reader."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import ModelError, QueryError
from rag import Reader
from rag.spans import answer_key, same_answer, wants_list, whole

TEXT = (
    "On Monday, U.S. envoy Sung Kim said $1.2 million (about £900,000) was paid on Sept. 28, 2021 at 9:30 a.m. by "
    "President Joe Biden’s office to twenty-five million people in Los Angeles. A five-day strike of No. 7 followed. "
    "G. H. Hardy joined the National Union of Teachers in 1921."
)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ("Kim", "Sung Kim"),
        ("1", "$1.2 million"),
        ("million (about", "$1.2 million (about"),
        ("28", "Sept. 28, 2021"),
        ("Sept", "Sept. 28, 2021"),
        ("2021", "2021"),
        ("9:30", "9:30 a.m."),
        ("£900,000)", "£900,000"),
        ("Biden", "Joe Biden"),
        ("Joe Biden’s", "Joe Biden"),
        ("five million", "twenty-five million"),
        ("Angeles.", "Los Angeles"),
        ("five-d", "five-day"),
        ("Hardy", "G. H. Hardy"),
        ("Monday,", "Monday"),
        ("Kim said", "Kim said"),
        ("people", "people"),
    ],
)
def test_a_span_grows_to_what_is_one_thing_and_loses_what_is_not_its_own(found, expected):
    start = TEXT.index(found)
    low, high = whole(TEXT, start, start + len(found))
    assert TEXT[low:high] == expected


@given(st.text(max_size=80), st.data())
def test_a_span_stays_within_its_text_and_is_never_empty(text, data):
    start = data.draw(st.integers(0, max(0, len(text) - 1)))
    end = data.draw(st.integers(min(start + 1, len(text)), len(text)))
    low, high = whole(text, start, end)
    assert 0 <= low <= high <= len(text)
    assert low < high or start == end
    assert whole(text, low, high)[1] <= len(text)


def test_the_same_answer_in_other_words_is_one():
    assert answer_key("The 28,500") == answer_key("28500")
    assert answer_key("six") == answer_key("6.")
    assert same_answer(answer_key("Kim"), answer_key("Sung Kim"))
    assert not same_answer(answer_key("Kim"), answer_key("Kimberley"))
    assert not same_answer("", "kim")


@pytest.mark.parametrize(
    ("question", "several"),
    [
        ("Which countries took part?", True),
        ("Who are the envoys?", True),
        ("Name the envoys.", True),
        ("What news agencies reported it?", True),
        ("What city was it?", False),
        ("What is the news?", False),
        ("Who was the envoy?", False),
        ("What has Kim said?", False),
        ("When did the talks begin?", False),
        ("What river does Henrys Fork flow into?", False),
        ("Which company did James Holm found?", False),
        ("Which sports team won the cup?", False),
        ("Which two small towns were flooded?", True),
        ("Which company owns the bridge?", False),
        ("Which team plays there?", False),
        ("Which teams play there?", True),
    ],
)
def test_questions_for_several_answers_are_recognised(question, several):
    assert wants_list(question) is several


@pytest.fixture(scope="module")
def reader():
    return Reader()


def test_the_reader_gives_one_span_a_text_and_says_which_text_answers(reader):
    texts = [
        "The harbour of Norvik was closed on Tuesday by its mayor, Ana Lindqvist, after the river rose.",
        "Belmora will open a museum of glass in May, the council decided.",
        "",
        "   \n ",
    ]
    found = reader.read("Who is the mayor of Norvik?", texts)
    assert found[0].text == "Ana Lindqvist"
    assert all(text[span.start : span.end] == span.text for text, span in zip(texts, found, strict=True))
    assert found[0].answerable > 0.5 > found[1].answerable
    assert found[0].score > found[1].score
    assert [(span.text, span.start, span.end) for span in found[2:]] == [("", 0, 0)] * 2
    assert max(span.answerable for span in found[2:]) < 0.01


def test_the_reader_finds_an_answer_far_into_a_long_text(reader):
    filler = "The council of the lower town met again and spoke of roads, schools and the price of bread. " * 60
    text = f"{filler}The mayor of Norvik is Ana Lindqvist. {filler}"
    (span,) = reader.read("Who is the mayor of Norvik?", [text])
    assert span.text == "Ana Lindqvist"
    assert text[span.start : span.end] == span.text


def test_the_reader_takes_no_text_and_any_number_of_texts(reader):
    assert reader.read("Who?", []) == []
    many = reader.read("Who is the mayor?", [f"The mayor of town {n} is Ana Lindqvist." for n in range(70)])
    assert {span.text for span in many} == {"Ana Lindqvist"}


def test_what_the_reader_cannot_do_is_told(reader, tmp_path):
    with pytest.raises(QueryError, match="question is empty"):
        reader.read("  ", ["A text."])
    with pytest.raises(TypeError, match="give a list"):
        reader.read("Who?", "A text.")
    with pytest.raises(ModelError):
        Reader(tmp_path / "none.safetensors")
