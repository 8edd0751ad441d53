"""The training of the reader: changed questions, batches, the loop, what it leaves."""

import gzip
import json
import signal
import subprocess
import sys
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.crossencoder import pairs, weights
from rag.training import data, edits, examples, export, mine
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


def questions():
    asked = [
        (QUESTION, "Anna Kowalska"),
        ("When did the Vistula Bridge open?", "1932"),
        ("Who is the mayor of Torun?", "Marek Nowak"),
        ("How long is the largest span?", "120 metres"),
    ]
    other = "The old ferry at Torun was sold in 1930. Its captain, Jan Zielinski, bought a mill near the river."
    found = [row(question, answer, number=number) for number, (question, answer) in enumerate(asked * 8)]
    return [*found, row("Who bought a mill?", "Jan Zielinski", other, 99)]


@pytest.fixture
def rows():
    return questions()


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


RECIPE = {"examples": 1_200_000, "frozen": 3, "rate": 3e-4, "cool_down": 0.6, "seed": 11, "clip": 1.0}


def test_the_card_shows_the_command_that_makes_the_weights_again(tmp_path):
    card = tmp_path / "README.md"
    metadata = {"recipe": json.dumps(RECIPE), "examples": "1200003"}
    export.write_card(card, metadata, {"SQuAD: F1": 75.25})
    text = card.read_text("utf-8")
    options = "--examples 1200000 --frozen 3 --rate 0.0003 --cool-down 0.6 --seed 11"
    assert f"    python -m rag.training --data DIR --work DIR {options}\n" in text
    assert "1,200,003 examples, seed 11" in text
    assert "| SQuAD: F1 | 75.25 |\n\nTexts are English." in text
    export.write_card(card, metadata, {})
    assert "Measured" not in card.read_text("utf-8")


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


def stop_and_resume(folder):
    """Two runs, one of them stopped and continued; both must end alike."""
    from rag.training.train import Recipe, Trainer

    examples.BATCH_TOKENS = 400
    asked = questions()
    recipe = Recipe(examples=20, frozen=5)
    whole = Trainer(recipe, folder)
    whole.run(Stream(asked, NoNeighbours(), 3))
    stopped = Trainer(recipe, folder)
    stopped.run(Interrupted(asked, NoNeighbours(), 3))
    assert stopped.progress.seen < recipe.examples
    resumed = Trainer(recipe, folder)
    resumed.resume()
    resumed.run(Stream(asked, NoNeighbours(), 3))
    assert resumed.progress.seen == whole.progress.seen
    assert (resumed.model.span.weight - whole.model.span.weight).abs().max() < 1e-5


def test_a_stopped_run_ends_like_one_that_was_not(tmp_path):
    """In a process of its own, which the signal to stop is for."""
    code = "import pathlib, runpy, sys; runpy.run_path(sys.argv[1])['stop_and_resume'](pathlib.Path(sys.argv[2]))"
    subprocess.run([sys.executable, "-c", code, __file__, tmp_path], check=True, cwd=Path(__file__).parents[1])


def test_a_checkpoint_becomes_weights_and_a_card(tmp_path, monkeypatch, rows):
    from rag.training import __main__ as command
    from rag.training.train import Recipe, Trainer

    trainer = Trainer(Recipe(examples=1, frozen=5), tmp_path)
    trainer.save()
    figures = tmp_path / "figures.json"
    figures.write_text('{"EM": 65.5}', "utf-8")
    options = ["--data", str(tmp_path), "--work", str(tmp_path), "--only", "export", "--figures", str(figures)]
    monkeypatch.setattr("sys.argv", ["training", *options])
    monkeypatch.setattr(command, "_calm_threads_and_memory", lambda: None)  # it changes the whole process
    command.main()
    values, metadata = weights.read_reader(tmp_path / "reader.safetensors", weights.published_arrays())
    assert json.loads(metadata["recipe"])["frozen"] == 5
    assert np.abs(values["span.weight"] - trainer.model.span.weight.detach().numpy()).max() < 1e-3
    assert "| EM | 65.5 |" in (tmp_path / "README.md").read_text("utf-8")
