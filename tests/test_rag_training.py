"""The training of the reader: rows of input, windows, changed questions, batches, the loop, the file."""

import gzip
import json
import signal
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.training import data, edits, export, measures, mine, pairs
from rag.training.data import Row
from rag.training.edits import Edit
from rag.training.examples import BATCH_TOKENS, Stream, cut

TEXT = (
    "The Vistula Bridge opened in 1932. It was designed by Anna Kowalska, an engineer from Warsaw. "
    "The largest span measures 120 metres. Repairs began after the flood of 1947 and ended in 1951. "
    "Marek Nowak, the mayor of Torun, said the bridge had carried 40 million travellers."
)
QUESTION = "Who designed the Vistula Bridge before the flood?"


def row(question=QUESTION, answer="Anna Kowalska", text=TEXT, number=0):
    start = text.index(answer)
    return Row(f"q{number}", "Bridges", text, question, ((start, answer),), "squad1-train")


class NoNeighbours:
    def of(self, word):
        return []


@pytest.fixture
def rows():
    asked = [
        (QUESTION, "Anna Kowalska"),
        ("When did the Vistula Bridge open?", "1932"),
        ("Who is the mayor of Torun?", "Marek Nowak"),
        ("How long is the largest span?", "120 metres"),
    ]
    other = "The old ferry at Torun was sold in 1930. Its captain, Jan Zielinski, bought a mill near the river."
    found = [row(question, answer, number=number) for number, (question, answer) in enumerate(asked * 8)]
    return [*found, row("Who bought a mill?", "Jan Zielinski", other, 99)]


def test_kinds_say_side_shared_token_and_capital():
    question, text = pairs.tokenize("Who met Merkel?"), pairs.tokenize("Merkel met him in 2015.")
    pair = pairs.join(question, text, 0, len(text.ids))
    shared, capital, in_text = pairs.SHARED, pairs.CAPITAL, pairs.TEXT
    asked = [capital, shared, shared + capital, 0]
    read = [in_text + shared + capital, in_text + shared, in_text, in_text, in_text + capital, in_text]
    assert pair.kinds == [0, *asked, 0, *read, 0]
    assert pair.ids == [pairs.CLS, *question.ids, pairs.SEP, *text.ids, pairs.SEP]
    assert pair.ids[pair.shift] == text.ids[0]


def test_sentences_start_after_a_full_stop():
    text = "It fell. The mayor, e.g. of Torun, left at 5.30 today. Why?"
    tokens = pairs.tokenize(text)
    assert [text[tokens.spans[start][0] :][:3] for start in tokens.starts] == ["It ", "The", "Why"]


@given(st.integers(12, 80), st.text("abc .ABC", max_size=400).filter(str.strip))
def test_windows_cover_every_token_and_fit(size, text):
    tokens = pairs.tokenize(text)
    found = pairs.windows(tokens, size)
    assert all(0 < end - begin <= size for begin, end in found)
    assert set(range(len(tokens.ids))) == {t for begin, end in found for t in range(begin, end)}
    assert [begin for begin, _ in found] == sorted({begin for begin, _ in found})


def test_edit_replaces_whole_words_only():
    assert Edit("first", "last").on("The first, not the firstborn") == "The last, not the firstborn"


@given(st.integers(0, 10**6))
@settings(max_examples=50)
def test_a_change_on_both_sides_keeps_the_answer_in_place(seed):
    edit = edits.find_edit(row(), NoNeighbours(), Random(seed))
    both = edit and edits.apply_both(edit, row())
    if both:
        start, answer = both.answer
        assert both.text[start : start + len(answer)] == answer == "Anna Kowalska"
        assert both.question != QUESTION
        assert both.text != TEXT


def test_every_change_changes_the_question():
    for seed in range(50):
        edit = edits.find_edit(row(), NoNeighbours(), Random(seed))
        assert edits.apply_question(edit, row()).question != QUESTION


def test_hard_negatives_share_words_and_hold_no_answer(rows):
    assert mine.HardNegatives(rows).of(rows[0]) == [rows[-1].text]
    assert TEXT not in mine.HardNegatives(rows).of(rows[2])


def test_a_row_cut_to_a_window_still_holds_its_answer(rows):
    for seed in range(20):
        example = cut(rows[2], True, Random(seed))
        ids = example.pair.ids[example.first : example.last + 1]
        assert pairs.load_tokenizer().decode(ids) == "marek nowak"


def test_the_stream_goes_on_where_it_stopped(rows):
    stream, again = (Stream(rows, NoNeighbours(), 3) for _ in range(2))
    batches = stream.batches()
    while (found := next(batches))[0] < 1:
        pass
    epoch, chunk, batch = next(again.batches(found[0], found[1]))
    assert (epoch, chunk) == found[:2]
    assert np.array_equal(batch.ids, found[2].ids)
    assert batch.ids.size <= BATCH_TOKENS


def test_the_file_keeps_differences_within_half_a_step(tmp_path):
    rng = np.random.default_rng(1)
    published = {"layers.5.query.weight": rng.normal(size=(4, 6)).astype(np.float32)}
    values = {
        "layers.5.query.weight": published["layers.5.query.weight"] + rng.normal(size=(4, 6)).astype(np.float32) / 100,
        "span.bias": np.array([0.5, -0.25], np.float32),
    }
    export.write_reader(tmp_path / "reader.safetensors", values, published, {"frozen": "2"})
    found, metadata = export.read_reader(tmp_path / "reader.safetensors", published)
    assert metadata["frozen"] == "2"
    step = np.abs(values["layers.5.query.weight"] - published["layers.5.query.weight"]).max(axis=1, keepdims=True) / 127
    assert (np.abs(found["layers.5.query.weight"] - values["layers.5.query.weight"]) <= 0.51 * step).all()
    assert found["span.bias"].tolist() == [0.5, -0.25]


def test_a_file_that_is_no_reader_says_what_to_do(tmp_path):
    from safetensors.numpy import save_file

    save_file({"span.bias": np.zeros(2, np.float32)}, tmp_path / "other.safetensors")
    with pytest.raises(ValueError, match=r"python -m rag\.training"):
        export.read_reader(tmp_path / "other.safetensors", {})


def test_measures():
    assert measures.exact("the Bridge!", "bridge") == 1
    assert measures.f1("in the year 1932", "1932") == 0.5
    assert measures.auroc([3, 2], [1, 2]) == 0.875
    assert measures.rank_figures([1, 2, None]) == (1 / 3, 0.5)


def test_split_keeps_articles_whole_and_ignores_order(tmp_path):
    path = tmp_path / data.TRAIN_FILE
    with gzip.open(path, "wt", encoding="utf-8") as file:
        for number in range(200):
            record = {
                "id": str(number), "title": f"T{number % 50}", "context": "It is red.", "question": "Which colour?",
                "answers": ["red"], "answer_start": [6], "source": "squad1-train",
            }  # fmt: skip
            file.write(json.dumps(record) + "\n")
    found = list(data.read_rows(path))
    train, held_out = data.split(found)
    assert len(found) == 200
    assert held_out
    assert not {one.title for one in train} & {one.title for one in held_out}
    assert {one.id for one in data.split(found[::-1])[1]} == {one.id for one in held_out}


class Interrupted(Stream):
    """Asks the process to stop after the first batch."""

    def batches(self, epoch=0, chunk=0):
        for number, found in enumerate(super().batches(epoch, chunk)):
            if number == 1:
                signal.raise_signal(signal.SIGTERM)
            yield found


def test_a_stopped_run_ends_like_one_that_was_not(tmp_path, rows):
    from rag.training.train import Recipe, Trainer

    recipe = Recipe(examples=120, frozen=5)
    whole = Trainer(recipe, tmp_path)
    whole.run(Stream(rows, NoNeighbours(), 3))
    stopped = Trainer(recipe, tmp_path)
    stopped.run(Interrupted(rows, NoNeighbours(), 3))
    assert stopped.progress.seen < recipe.examples
    resumed = Trainer(recipe, tmp_path)
    resumed.resume()
    resumed.run(Stream(rows, NoNeighbours(), 3))
    assert resumed.progress.seen == whole.progress.seen
    assert (resumed.model.span.weight - whole.model.span.weight).abs().max() < 1e-5
