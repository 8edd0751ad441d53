"""Answer texts: SQuAD's figures are those of its official scripts; numbers and dates compare by value."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from eval.measures import (
    exact_match,
    exact_match_aware,
    holds_answer,
    squad_normalise,
    token_f1,
    token_f1_aware,
)
from rag.canonical import tokens

# -- SQuAD

# Texts of what the normalisation turns on, and of anything else.
pieces = st.sampled_from(
    ["a", "The", "an", "Kim", "kim,", "U.S.", "1,200", "$5", "don't", "theatre", "—", "“x”", "the-a"]
)
texts = st.lists(st.one_of(pieces, st.text(max_size=6)), max_size=6).map(" ".join)


def official_tokens(text: str) -> list[str]:
    """What ``normalize_answer`` of evaluate-v1.1.py and evaluate-v2.0.py leaves, split, by the same steps."""
    lower = "".join(character for character in text.lower() if character not in set(string.punctuation))
    return re.sub(r"\b(a|an|the)\b", " ", lower).split()


def official_f1(text: str, answer: str) -> float:
    """``f1_score`` of evaluate-v1.1.py: 0 whenever nothing is shared."""
    given, gold = official_tokens(text), official_tokens(answer)
    same = sum((Counter(given) & Counter(gold)).values())
    if same == 0:
        return 0
    precision, recall = same / len(given), same / len(gold)
    return 2 * precision * recall / (precision + recall)


def official_scores(text: str, answers: Sequence[str]) -> tuple[float, float]:
    """Exact match and F1 of ``get_raw_scores`` of evaluate-v2.0.py: no answer is right where none is wanted."""
    gold = [answer for answer in answers if official_tokens(answer)] or [""]
    given = official_tokens(text)
    f1 = [
        official_f1(text, answer) if given and official_tokens(answer) else float(given == official_tokens(answer))
        for answer in gold
    ]
    return float(any(given == official_tokens(answer) for answer in gold)), max(f1)


@given(texts, st.lists(texts, max_size=3))
def test_squad_figures_equal_the_official_ones(text: str, answers: list[str]) -> None:
    assert squad_normalise(text).split() == official_tokens(text)
    exact, f1 = official_scores(text, answers)
    assert exact_match(text, answers) == exact
    assert token_f1(text, answers) == pytest.approx(f1, abs=1e-12)


@given(texts, st.lists(texts.filter(official_tokens), min_size=1, max_size=3))
def test_f1_equals_that_of_squad_1_where_every_answer_has_a_word(text: str, answers: list[str]) -> None:
    assert token_f1(text, answers) == pytest.approx(max(official_f1(text, answer) for answer in answers), abs=1e-12)


BATCH = [
    ("Denver Broncos", ["Denver Broncos", "the Denver Broncos", "Broncos"]),
    ("The Denver Broncos!", ["Denver Broncos"]),
    ("gold", ["gold", "golden anniversary"]),
    ("in the year 2015", ["2015", "the 2015 season"]),
    ("cat cat dog", ["cat dog dog"]),
    ("Noh", ["Sung Kim"]),
    ("", ["Kim"]),
    ("", []),
    ("", [""]),
    ("the", [""]),
    ("Kim", []),
    ("Kim", ["", "Sung Kim"]),
    ("", ["", "Sung Kim"]),
    ("a U.S. envoy", ["US envoy"]),
    ("1.5", ["15"]),
    ("“gold”", ["gold"]),
]


def test_a_batch_scores_what_the_official_script_says() -> None:
    """evaluate-v2.0.py on these predictions: exact 50.0, f1 61.4583."""
    assert sum(exact_match(text, answers) for text, answers in BATCH) / len(BATCH) * 100 == pytest.approx(50.0)
    assert sum(token_f1(text, answers) for text, answers in BATCH) / len(BATCH) * 100 == pytest.approx(
        61.458333333333336
    )


# -- by value


def same(one: str, other: str) -> bool:
    """Both texts are the same tokens, and each is found in a sentence with the other."""
    found = [
        holds_answer(f"It was said: {text}, they wrote.", [[answer]]) for text, answer in ((one, other), (other, one))
    ]
    assert len(set(found)) == 1
    assert found[0] is (exact_match_aware(one, [other]) == 1) is (tokens(one) == tokens(other))
    return found[0]


SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
TENS = "- - twenty thirty forty fifty sixty seventy eighty ninety".split()


def in_words(number: int, conjunction: str = " and ") -> str:
    """English words for 0 to 999,999."""
    if number < 20:
        return SMALL[number]
    if number < 100:
        return TENS[number // 10] + (f"-{SMALL[number % 10]}" if number % 10 else "")
    word, size = ("hundred", 100) if number < 1000 else ("thousand", 1000)
    rest = number % size
    joined = f"{conjunction if rest < 100 else ' '}{in_words(rest, conjunction)}" if rest else ""
    return f"{in_words(number // size, conjunction)} {word}{joined}"


@given(st.integers(0, 10**15))
def test_separators_do_not_change_a_number(number: int) -> None:
    assert same(f"{number}", f"{number:,}")


@given(st.integers(0, 999_999), st.sampled_from([" and ", " "]))
def test_numbers_in_words_are_numbers(number: int, conjunction: str) -> None:
    words = in_words(number, conjunction)
    assert same(words, str(number))
    assert same(words.replace("-", " ").title(), f"{number:,}")


@given(
    st.integers(1, 99_999).map(lambda number: Decimal(number) / 100),
    st.sampled_from([("thousand", "k", 3), ("million", "m", 6), ("billion", "bn", 9), ("trillion", "tn", 12)]),
    st.sampled_from(
        [("${}", "{} dollars"), ("US${}", "USD {}"), ("€{}", "{} euros"), ("{}%", "{} per cent"), ("{}", "{}")]
    ),
)
def test_scales_and_units_may_be_written_in_any_way(
    number: Decimal, scale: tuple[str, str, int], unit: tuple[str, str]
) -> None:
    word, letter, zeros = scale
    for form in unit:
        assert same(form.format(f"{number} {word}"), unit[0].format(f"{number * 10**zeros:,f}"))
        assert same(form.format(f"{number}-{word}"), unit[1].format(f"{number}{letter}"))


@given(st.integers(0, 10**7), st.integers(0, 10**7))
def test_other_numbers_are_not_held(number: int, other: int) -> None:
    assume(number != other)
    for text in (f"{number:,} people", f"${number:,}", f"{number}%", f"7.{number}5", f"{other}:{number}", f"A{other}"):
        assert not holds_answer(text, [[str(other)]])


DATES = ("%Y-%m-%d", "%Y/%m/%d", "%d %B %Y", "%B %d, %Y", "%b. %d, %Y", "%d %b %Y", "%dth of %B, %Y", "%B the %dth, %Y")
days = st.dates(date(1000, 1, 1), date(2999, 12, 31))


@given(days, st.sampled_from(DATES), st.sampled_from(DATES))
def test_dates_may_be_written_in_any_way(day: date, one: str, other: str) -> None:
    assert same(f"{day:{one}}", f"{day:{other}}")


@given(days, st.sampled_from(DATES))
def test_a_date_says_its_parts_and_no_part_says_the_date(day: date, form: str) -> None:
    whole = f"{day:{form}}"
    for part in ("%d %B", "%B %d", "%B %Y", "%b %Y", "%B", "%Y"):
        assert holds_answer(f"It ended on {whole} in Seoul.", [[f"{day:{part}}"]])
        assert not holds_answer(f"It ended on {day:{part}} in Seoul.", [[whole]])
    assert not holds_answer(whole, [[str(day.day)]])


@given(days, days, st.sampled_from(DATES))
def test_other_dates_are_not_held(day: date, other: date, form: str) -> None:
    assume(day != other)
    assert not holds_answer(f"{day:{form}}", [[f"{other:{form}}"]])
    if (day.month, day.day) != (other.month, other.day):
        assert not holds_answer(f"{day:{form}}", [[f"{other:%B %d}"]])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("six", "6"),
        ("a nine day drill", "nine-day drill"),
        ("$5 million", "$5,000,000"),
        ("$5m", "5 million US dollars"),
        ("£1.5bn", "£1,500,000,000"),
        ("1m yen", "¥1,000,000"),
        ("half a million", "500,000"),
        ("two and a half million", "2.5 million"),
        ("2½ years", "2.5 years"),
        ("a dozen", "12"),
        ("a hundred thousand", "100,000"),
        ("two thousand and five", "2005"),
        ("22%", "22 percent"),
        ("22-percent", "twenty-two per cent"),
        (".5 percent", "0.50%"),
        ("Sept. 28, 2021", "2021-09-28"),
        ("the 28th of September", "September 28"),
        ("May 2019", "May, 2019"),
        ("the thirteenth round", "the 13th round"),
        ("twenty-first", "21st"),
    ],
)
def test_the_same_in_other_words(one: str, other: str) -> None:
    assert same(one, other)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("500,000", "500"),
        ("1.22%", "22%"),
        ("5%", "$5"),
        ("A$5", "$5"),
        ("5", "5 million"),
        ("22 percentage points", "22 percent"),
        ("13th", "13"),
        ("13", "13th"),
        ("15", "1.5"),
        ("10:30", "30"),
        ("9/11", "11"),
        ("XBB.1.5", "1.5"),
        ("1990s", "1990"),
        ("several hundred", "100"),
        ("hundreds", "100"),
        ("May", "May 2019"),
        ("May 20", "20%"),
        ("28 September 2022", "28 September 2021"),
        ("between ten thousand and twenty-five thousand", "10,020"),
    ],
)
def test_not_the_same(text: str, asked: str) -> None:
    assert tokens(text) != tokens(asked)
    assert not holds_answer(text, [[asked]])


@pytest.mark.parametrize(
    ("text", "groups", "expected"),
    [
        ("Sung Kim’s deputy, Jung Pak.", [["Sung Kim"]], True),
        ("a nine day drill", [["nine-day"]], True),
        ("[KCNA/Handout via AFP]", [["KCNA/Handout via AFP"]], True),
        ("the Ministry of the Interior", [["Ministry of Interior"]], True),
        ("sixty missiles", [["six"]], False),
        ("Kim met Sung", [["Sung Kim"]], False),
        ("on Tuesday", [["Tuesday"], ["Monday"]], False),
        ("on Tuesday and on Monday", [["Tuesday"], ["Sunday", "Monday"]], True),
        ("anything", [["!"]], False),
        ("It cost $5 million.", [["5 million"]], True),
        ("5 million people", [["$5 million"]], False),
        ("They may resume talks", [["may"]], True),
        ("in May 2019", [["in May"]], True),
        ("In May 20 percent voted.", [["20%"]], True),
        ("In May 20,000 people voted.", [["20,000"], ["in May"]], True),
        ("from 28 to 30 September", [["September 30"]], True),
        ("$150,000-$250,000", [["$150,000 to $250,000"]], False),
        ("won 63-7", [["63-7"], ["7"]], True),
        ("between ten thousand and twenty-five thousand", [["10,000"], ["25,000"]], True),
    ],
)
def test_holds_answer(text: str, groups: list[list[str]], expected: bool) -> None:
    assert holds_answer(text, groups) is expected


# Words of every kind that is read, in any company.
written = st.lists(
    st.sampled_from(
        "kim met Noh 2019 5 28 1,200 1.22% $5 £3m a the half and million thousand hundred twenty-one six-day May may "
        "September Sept. of 2021 2021-09-28 percent dollars 10:30 9/11 U.S. XBB.1.5 13th first dozen ½ 2½ - , . ' "
        "isn't".split()
    ),
    min_size=1,
    max_size=12,
).map(" ".join)
with_words = st.one_of(written, st.text()).filter(lambda t: {*re.findall(r"\w+", t.casefold())} - {"a", "an", "the"})


@given(with_words)
def test_a_text_holds_itself_also_when_it_is_quoted(text: str) -> None:
    assume(tokens(text))  # an article in a form that only compatibility makes one: "ª"
    assert holds_answer(text, [[text]])
    assert holds_answer(f"She said: “{text}”, and left.", [[text]])


@given(written, st.sampled_from(["  ", "\n", "\t", "\u00a0", " \u2009"]), st.sampled_from("’‘`"))
def test_case_space_and_quotes_make_no_difference(text: str, space: str, quote: str) -> None:
    other = f"“{text.upper().replace(' ', space)}”".replace("'", quote)
    assert tokens(other) == tokens(text)


@given(st.one_of(written, texts), st.one_of(written, texts))
def test_f1_is_symmetric_bounded_and_one_for_the_same_text(one: str, other: str) -> None:
    for exact, f1 in ((exact_match, token_f1), (exact_match_aware, token_f1_aware)):
        assert f1(one, [other]) == f1(other, [one])
        assert f1(one, [one]) == exact(one, [one]) == 1
        assert 0 <= exact(one, [other]) <= f1(one, [other]) <= 1


@pytest.mark.parametrize(
    ("text", "answers", "expected"),
    [
        ("September 28", ["28 September 2021"], 4 / 5),
        ("in 2021", ["28 September 2021"], 2 / 5),
        ("$5 million", ["5 million"], 2 / 3),
        ("six missiles", ["6 missiles", "seven"], 1.0),
        ("5%", ["$5"], 1 / 2),
        ("", [], 1.0),
        ("the", [""], 1.0),
        ("Kim", [], 0.0),
        ("", ["", "Kim"], 0.0),
    ],
)
def test_f1_by_value_counts_parts(text: str, answers: list[str], expected: float) -> None:
    assert token_f1_aware(text, answers) == pytest.approx(expected)
    assert exact_match_aware(text, answers) == (expected == 1)
