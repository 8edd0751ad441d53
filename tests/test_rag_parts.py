"""Questions of several parts: how they are taken apart, read, compared and joined."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.language_models import SimpleChatModel

from index import build_index
from index.schema import ArticleHead, Chunk, Paragraph, Passage
from rag import Assistant, RagSettings
from rag.citing import Draft, DraftClaim, DraftPart, Evidence, cite
from rag.parts import join, split
from rag.parts.comparing import verdict
from rag.parts.finding import interleaved
from rag.parts.lists import item_kind
from rag.parts.proposing import checked
from rag.parts.schema import ANSWER, MOST_PARTS, Measure, Part, Split
from rag.parts.verbs import base_of

ROOT = Path(__file__).parents[1]
BESIDE = {"before_after": "conjunction", "both_sides": "conjunction"}
"""Kinds of eval/parts/splits.jsonl that are questions beside each other."""


def lines_of(path: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in (ROOT / path).read_text("utf-8").splitlines()]


def asked(question: str) -> list[str]:
    found = split(question)
    return [part.question for part in found.parts] if found else []


# -- taking apart


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        (
            "Which storm killed more people, Petra or Otto?",
            ["How many people did Petra kill?", "How many people did Otto kill?"],
        ),
        ("Did more people leave Osk or Norvik?", ["How many people left Osk?", "How many people left Norvik?"]),
        (
            "Was turnout higher in the north than in the south?",
            ["How high was turnout in the north?", "How high was turnout in the south?"],
        ),
        (
            "Did Noh's and Kim's views differ?",
            [],
        ),
        (
            "How did Kim's and Noh's views on the exercise differ?",
            ["What did Kim say about the exercise?", "What did Noh say about the exercise?"],
        ),
        (
            "What did the bank forecast before and after the crash?",
            ["What did the bank forecast before the crash?", "What did the bank forecast after the crash?"],
        ),
        (
            "How did inflation change between March and June 2024?",
            ["What was inflation in March 2024?", "What was inflation in June 2024?"],
        ),
        (
            "What do supporters and critics of the dam say?",
            ["What do supporters of the dam say?", "What do critics of the dam say?"],
        ),
        ("Who shot the mayor, and why?", ["Who shot the mayor?", "Why did they shoot the mayor?"]),
        (
            "When was the bridge built and how much did it cost?",
            ["When was the bridge built?", "How much did the bridge cost?"],
        ),
        ("Who runs the mill and how old is she?", ["Who runs the mill?", f"How old is {ANSWER}?"]),
        ("Who coaches the team that won the cup?", ["Which team won the cup?", f"Who coaches {ANSWER}?"]),
        (
            "Where was the head of the firm that built it born?",
            ["Which firm built it?", f"Where was the head of {ANSWER} born?"],
        ),
        ("Which towns lost power in the storm?", ["Which towns lost power in the storm?"]),
        ("Did the minister resign after the vote?", []),
        ("What did Kim and Noh discuss in Seoul?", []),
        ("Did more than 500 people attend?", []),
    ],
)
def test_a_question_is_taken_apart_into_questions_that_stand_alone(question: str, parts: list[str]) -> None:
    assert asked(question) == parts


def test_rules_hold_on_questions_that_were_written_before_them() -> None:
    cases = lines_of("eval/parts/splits.jsonl")
    told = [(split(case["question"]), BESIDE.get(case["kind"], case["kind"])) for case in cases]
    right = sum((found.kind if found else "") == kind for found, kind in told)
    assert len(cases) > 100
    assert right / len(cases) >= 0.95
    assert not [found for found, kind in told if found and not kind]


def test_questions_for_one_thing_stay_whole() -> None:
    single = [
        case["question"]
        for path in ("eval/exercises/questions.jsonl", "eval/gold/seeds.jsonl", "eval/newsroom/gold.jsonl")
        for case in lines_of(path)
        if case["type"] not in ("multi", "multi_article", "comparison", "temporal")
    ]
    several = [question for question in single if len(asked(question)) > 1]
    assert len(single) > 3000
    assert len(several) / len(single) <= 0.01


@given(st.text(max_size=200))
def test_any_text_is_one_question_or_a_few(text: str) -> None:
    found = split(text)
    if found is not None:
        assert len(found.parts) == 1 if found.kind == "list" else 2 <= len(found.parts) <= MOST_PARTS
        assert ANSWER not in found.parts[0].question


WORDS = st.sampled_from(
    "who what when did was the a mayor Osk Norvik won more people than or and before after vote differ how many".split()
)


@given(st.lists(WORDS, min_size=1, max_size=14))
def test_any_words_are_one_question_or_a_few(words: list[str]) -> None:
    found = split(" ".join(words) + "?")
    if found is not None and found.kind != "list":
        assert 2 <= len(found.parts) <= MOST_PARTS
        assert all(part.question.endswith("?") and "{" not in part.question for part in found.parts)


@pytest.mark.parametrize(
    ("verb", "base"),
    [
        ("won", "win"),
        ("carried", "carry"),
        ("raised", "raise"),
        ("planned", "plan"),
        ("costs", "cost"),
        ("visited", "visit"),
        ("was", "be"),
        ("closed", "close"),
        ("cut", "cut"),
        ("reaches", "reach"),
        ("stayed", "stay"),
    ],
)
def test_the_base_of_a_verb(verb: str, base: str) -> None:
    assert base_of(verb) == base


def test_an_item_of_a_list_is_of_the_kind_of_one() -> None:
    assert item_kind("Which towns were flooded?") == "where"
    assert item_kind("Which ministers resigned?") == "who"


# -- comparing


def passage(number: int, text: str) -> Passage:
    head = ArticleHead(uri=f"article-{number}")
    paragraphs = (Paragraph(0, text, "body", 0, len(text)),)
    return Passage(Chunk(number, text, 0, len(text), 0, 0), head, paragraphs, score=1.0, rank=number)


def part(number: int, question: str, text: str, answer: str, confidence: float = 0.8) -> DraftPart:
    found = passage(number, text)
    start = text.index(answer)
    whole = Evidence(found, found.paragraphs[0], 0, len(text))
    short = Evidence(found, found.paragraphs[0], start, start + len(answer))
    return DraftPart(
        question,
        Draft("answered", (DraftClaim(text, (whole,)),), confidence, short=(short,)),
        question.startswith("When"),
    )


def comparing(measure: Measure) -> Split:
    return Split("comparison", (Part("?", "Norvik"), Part("?", "in Osk")), measure)


def said(measure: Measure, *parts: DraftPart) -> str:
    claim = verdict(comparing(measure), parts)
    return claim.text if claim else ""


MORE = Measure("more", larger=True)
LEFT = "How many people left?"
NORVIK = part(1, LEFT, "Some 1,250 people left Norvik.", "1,250")
OSK = part(2, LEFT, "In Osk 1,900 left.", "1,900")


def test_figures_are_compared_by_value() -> None:
    assert said(MORE, NORVIK, OSK) == "More: in Osk, 1,900, against some 1,250 for Norvik."
    assert (
        said(replace(MORE, word="fewer", larger=False), NORVIK, OSK)
        == "Fewer: Norvik, some 1,250, against 1,900 in Osk."
    )


def test_what_a_question_claims_is_affirmed_or_denied() -> None:
    assert said(replace(MORE, claims=0), NORVIK, OSK).startswith("No. More: in Osk")
    assert said(replace(MORE, claims=0), OSK, NORVIK).startswith("Yes. More: Norvik, 1,900")


def test_a_difference_is_computed() -> None:
    precise = part(1, LEFT, "1,251 people left Norvik.", "1,251")
    other = part(2, LEFT, "In Osk 1,902 left.", "1,902")
    assert said(replace(MORE, difference=True), precise, other).startswith("651 more: in Osk")
    assert said(replace(MORE, difference=True), NORVIK, OSK).startswith("About 650 more: in Osk")


def test_lengths_are_compared_across_their_units() -> None:
    one = part(1, "How long is it?", "It is 840 metres long.", "840 metres")
    other = part(2, "How long is it?", "It is 1.2 kilometres long.", "1.2 kilometres")
    assert said(Measure("longer", larger=True), one, other).startswith("Longer: in Osk, 1.2 kilometres")


@pytest.mark.parametrize(
    ("text", "answer"),
    [("It sold 1,900 tonnes.", "1,900"), ("It sold 19 per cent more.", "19 per cent"), ("Many.", "Many")],
)
def test_other_units_are_not_compared(text: str, answer: str) -> None:
    assert said(MORE, part(1, LEFT, "It sold 1,250 barrels.", "1,250"), part(2, LEFT, text, answer)) == ""


def test_days_are_compared() -> None:
    one = part(1, "When did it open?", "It opened in 1931.", "1931")
    other = part(2, "When did it open?", "It opened on 3 May 1958.", "3 May 1958")
    assert said(Measure("first", larger=False), one, other) == "First: Norvik, 1931, against 3 May 1958 in Osk."
    assert said(Measure("later", larger=True), one, other).startswith("Later: in Osk")


def test_who_was_born_first_is_older() -> None:
    older = Measure("older", larger=True, age=True)
    one = part(1, "How old is it?", "It was built in 1984.", "1984")
    other = part(2, "How old is it?", "It was built in 1994.", "1994")
    age = part(3, "How old is it?", "It is 40.", "40")
    assert said(older, one, other).startswith("Older: Norvik, 1984")
    assert said(older, one, age) == ""


def test_equal_figures_are_said_to_be_equal() -> None:
    same = part(2, LEFT, "In Osk 1,250 left.", "1,250")
    precise = part(1, LEFT, "1,250 people left Norvik.", "1,250")
    assert said(MORE, precise, same) == "The same: 1,250 for Norvik, 1,250 in Osk."
    assert said(MORE, NORVIK, part(2, LEFT, "In Osk 1,240 left.", "1,240")).startswith("About the same")


def test_figures_that_sources_dispute_are_not_compared() -> None:
    disputed = replace(OSK, draft=replace(OSK.draft, dispute="disputed"))
    assert said(MORE, NORVIK, disputed) == ""


# -- joining


REFUSED = DraftPart(LEFT, Draft("not_in_sources", confidence=0.1, why="Nothing."))


def test_a_comparison_cites_both_sides_and_is_as_sure_as_both() -> None:
    answer = cite("?", join(comparing(MORE), [NORVIK, OSK]), [])
    assert answer.outcome == "answered"
    assert answer.text.startswith("More: in Osk, 1,900, against some 1,250 for Norvik. [1][2]")
    assert answer.claims[0].support == "verified"
    assert [(p.text, p.markers) for p in answer.parts] == [("1,250", (1,)), ("1,900", (2,))]
    assert answer.confidence == pytest.approx(0.64)
    assert answer.short == ""


def test_a_comparison_with_one_side_is_no_answer() -> None:
    answer = cite("?", join(comparing(MORE), [NORVIK, REFUSED]), [])
    assert answer.outcome == "not_in_sources"
    assert [p.outcome for p in answer.parts] == ["answered", "not_in_sources"]
    assert "Some 1,250 people left Norvik. [1]" in answer.text
    assert answer.short == ""


def test_one_figure_is_not_that_of_both_sides() -> None:
    assert join(comparing(MORE), [NORVIK, NORVIK]).outcome == "not_in_sources"


def test_an_answer_in_part_says_what_is_missing() -> None:
    both = Split("conjunction", (Part(LEFT), Part("Who paid?")))
    answer = cite("?", join(both, [NORVIK, replace(REFUSED, question="Who paid?")]), [])
    assert answer.outcome == "answered"
    assert answer.text == "Some 1,250 people left Norvik. [1] Not in these sources: Who paid?"
    assert answer.short == "1,250"


def test_nothing_found_is_a_refusal() -> None:
    assert join(comparing(MORE), [REFUSED, REFUSED]).outcome == "not_in_sources"


def test_what_answers_one_side_is_no_answer_to_the_other() -> None:
    for_it, against = (
        part(n, f"What do {side} say?", text, text)
        for n, side, text in (
            (1, "supporters", "It pays, supporters say."),
            (2, "critics", "It drowns us, critics say."),
        )
    )
    (mine,), (other,) = for_it.draft.claims, against.draft.claims
    mixed = replace(for_it, draft=replace(for_it.draft, claims=(other, mine)))
    sides = Split("conjunction", (Part("?"), Part("?")), opposed=True)
    answer = cite("?", join(sides, [mixed, against]), [])
    assert [p.text for p in answer.parts] == ["It pays, supporters say.", "It drowns us, critics say."]


def test_passages_of_all_parts_take_turns() -> None:
    one, two, three = (passage(number, f"Text {number}.") for number in (1, 2, 3))
    assert [(p.id, p.rank) for p in interleaved([[one, two], [one, three]])] == [("p1", 1), ("p2", 2), ("p3", 3)]


# -- from a store


ARTICLES = {
    "norvik": ("Norvik empties", "2024-02-12", "The river rose. Some 1,250 people have left Norvik, the mayor said."),
    "osk": ("Osk evacuated", "2024-02-13", "Buses ran all night. Mayor Ida Storm said 1,900 people have left Osk."),
    "vote": ("Harbour Party takes Osk", "2024-05-20", "The Harbour Party won the election in Osk by 412 votes."),
    "lind": (
        "The captain",
        "2024-05-27",
        "Tove Lindqvist leads the Harbour Party. Lindqvist, 58, was born in Pargate, a net maker's daughter.",
    ),
    "fares-a": ("Students block depot", "2024-03-22", "Students in Tarn held a protest against the bus fares."),
    "fares-b": ("March in Velin", "2024-03-25", "Pensioners in Velin held a protest against the bus fares."),
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("parts")
    rows = [{"id": name, "title": t, "date": d, "text": text} for name, (t, d, text) in ARTICLES.items()]
    (folder / "a.json").write_text(json.dumps(rows), encoding="utf-8")
    build_index([folder / "a.json"], store=folder / "store")
    return folder / "store"


@pytest.fixture(scope="module")
def assistant(store: Path) -> Iterator[Assistant]:
    with Assistant.open(store) as opened:
        yield opened


def test_a_comparison_is_answered_from_two_articles(assistant: Assistant) -> None:
    answer = assistant.ask("Did more people leave Norvik or Osk?")
    assert answer.outcome == "answered"
    assert answer.text.startswith("More: Osk, 1,900, against some 1,250 for Norvik. [1][2]")
    assert {citation.uri.rpartition("#")[2] for citation in answer.citations} == {"norvik", "osk"}
    assert answer.to_dict()["parts"] == [part.to_dict() for part in answer.parts]


def test_two_questions_in_one_are_both_answered(assistant: Assistant) -> None:
    answer = assistant.ask("Who won the election in Osk and by how much?")
    assert [part.outcome for part in answer.parts] == ["answered", "answered"]
    assert "Harbour Party" in answer.short
    assert "412" in answer.short


def test_a_bridge_goes_over_the_name_that_was_found(assistant: Assistant) -> None:
    answer = assistant.ask("Who leads the party that won the election in Osk?")
    assert [part.question for part in answer.parts] == [
        "Which party won the election in Osk?",
        "Who leads the Harbour Party?",
    ]
    assert answer.short == "Tove Lindqvist"
    assert {citation.uri.rpartition("#")[2] for citation in answer.citations} == {"vote", "lind"}


def test_a_bridge_without_a_first_answer_is_asked_whole(assistant: Assistant) -> None:
    assert assistant.ask("Who leads the party that won the regatta in Kesh?").parts == ()


def test_a_list_gathers_what_several_articles_name(assistant: Assistant) -> None:
    answer = assistant.ask("Which towns saw protests against the bus fares?")
    assert answer.outcome == "answered"
    assert {"Tarn", "Velin"} <= {span.text for span in answer.spans}
    assert any("may be more" in note for note in answer.notes)


def test_filters_hold_for_every_part(assistant: Assistant) -> None:
    answer = assistant.ask("Did more people leave Norvik or Osk?", date_to="2024-02-12")
    assert answer.outcome == "not_in_sources"
    assert {passage.article.published.iso for passage in answer.passages} == {"2024-02-12"}


@pytest.mark.parametrize("question", ["Who is #1 and who won in Osk?", "Did {x} or {} win more {0} in Osk or Norvik?"])
def test_marks_of_our_own_in_a_question_are_words(assistant: Assistant, question: str) -> None:
    assert assistant.ask(question).outcome in ("answered", "not_in_sources")


def test_an_earlier_question_is_no_part(assistant: Assistant) -> None:
    history = [("Did more people leave Norvik or Osk?", "Osk.")]
    answer = assistant.ask("Who leads the Harbour Party, and where was she born?", history=history)
    assert [part.question for part in answer.parts] == [
        "Who leads the Harbour Party?",
        "Where was Tove Lindqvist born?",
    ]
    assert assistant.ask("And who won it?", history=history).parts == ()


def test_it_can_be_turned_off(store: Path) -> None:
    with Assistant.open(store, settings=RagSettings(parts=False)) as opened:
        assert opened.ask("Did more people leave Norvik or Osk?").parts == ()


# -- with a language model


def ids_of(prompt: str) -> dict[str, str]:
    """The text of each paragraph shown, with its id."""
    return {text: id for id, text in re.findall(r"^\[([0-9a-f]+-\d+)\] (.+)$", prompt, re.MULTILINE)}


class Scripted(SimpleChatModel):
    """Proposes ``parts`` when it is asked to split, then quotes every paragraph that holds one of ``quotes``."""

    parts: str
    quotes: list[str]
    seen: list[str]

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _call(self, messages, stop=None, run_manager=None, **kwargs):
        prompt = "\n".join(str(message.content) for message in messages)
        self.seen.append(prompt)
        if "Split the question" in prompt:
            return self.parts
        return " ".join(f"{q} [{i}]" for q in self.quotes for text, i in ids_of(prompt).items() if q in text)


TWO = "Who won the election in Osk and how old is Tove Lindqvist?"
QUOTES = [
    "The Harbour Party won the election in Osk by 412 votes.",
    "Lindqvist, 58, was born in Pargate, a net maker's daughter.",
]


def test_a_model_sees_the_passages_of_all_parts(store: Path) -> None:
    model = Scripted(parts="1. Who won the election in Osk?\n2. How old is Tove Lindqvist?", quotes=QUOTES, seen=[])
    with Assistant.open(store, llm=model) as opened:
        answer = opened.ask(TWO)
    assert [part.question for part in answer.parts] == ["Who won the election in Osk?", "How old is Tove Lindqvist?"]
    assert answer.text == f"{QUOTES[0]} [1] {QUOTES[1]} [2]"
    assert f"Question: {TWO}" in model.seen[-1]


@pytest.mark.parametrize(
    "reply",
    [
        "ONE",
        "",
        "Who won in Osk?",
        "\n".join(f"What is it, part {n}?" for n in range(5)),
        "Who won the election in Osk?\nHow old is Bela Kun?",
        "Who won the election in Osk?\nWhat happened in 1848?",
        "Who won the election in Osk?\nIgnore the question.",
        f"Who is {ANSWER}?\nWho won the election in Osk?",
        "Who won the election in Osk?\n" + "How old is she " * 30 + "?",
    ],
)
def test_what_a_model_proposes_is_checked(reply: str) -> None:
    assert checked(TWO, reply, [passage(1, "The Harbour Party won.")]) is None


def test_names_that_were_found_may_be_proposed() -> None:
    found = checked(
        "Who won in Osk and both lost?",
        "Who won in Osk?\nWho leads the Harbour Party?",
        [passage(1, "The Harbour Party won.")],
    )
    assert found is not None
    assert found.kind == "conjunction"


def test_rules_stand_behind_a_model_that_proposes_nonsense(store: Path) -> None:
    model = Scripted(parts="Buy now!", quotes=QUOTES, seen=[])
    with Assistant.open(store, llm=model) as opened:
        answer = opened.ask(TWO)
    assert [part.question for part in answer.parts] == asked(TWO)


def test_a_question_for_one_thing_costs_one_call(store: Path) -> None:
    model = Scripted(parts="", quotes=QUOTES[:1], seen=[])
    with Assistant.open(store, llm=model) as opened:
        opened.ask("Who won the election in Osk?")
    assert len(model.seen) == 1


def test_the_questions_over_the_articles_quote_them() -> None:
    articles = {
        f"articles.json#{row['id']}": row["text"] for row in json.loads((ROOT / "eval/parts/articles.json").read_text())
    }
    evidence = [one for case in lines_of("eval/parts/gold.jsonl") for one in case.get("evidence", ())]
    assert len(evidence) > 100
    assert [one for one in evidence if one["quote"] not in articles[one["article"]]] == []


def test_parts_that_stand_alone_are_asked_as_they_were_typed(assistant: Assistant) -> None:
    history = [("Who leads the Harbour Party?", "Tove Lindqvist leads the Harbour Party. [1]")]
    typed = "Who won the election in Osk and by how much?"
    answer = assistant.ask(typed, history=history)
    assert answer.standalone == ""
    assert [part.question for part in answer.parts] == [part.question for part in assistant.ask(typed).parts]
