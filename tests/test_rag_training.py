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

from index.crossencoder import weights
from index.errors import ModelError
from index.minilm import load_tokenizer, published_arrays
from rag.training import data, edits, examples, export, mine
from rag.training.data import Row
from rag.training.edits import Edit
from rag.training.examples import BATCH_TOKENS, SHARES, Stream, cut

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
        assert load_tokenizer().decode(ids) == "marek nowak"


def unanswered(near):
    start = TEXT.index(near)
    return Row("q", "Bridges", TEXT, "Who paid for the Vistula Bridge?", (), data.EXERCISES, (start, near))


def test_a_question_without_an_answer_is_read_where_one_seems_to_stand(rows):
    for seed in range(20):
        example = cut(unanswered("40 million travellers"), False, Random(seed))
        assert "40 million travellers" in load_tokenizer().decode(example.pair.ids)
        assert (example.first, example.last, example.answerable, example.relevant) == (0, 0, False, True)
    stream = Stream([*rows, unanswered("Marek Nowak")], NoNeighbours(), 3)
    for sort in ("answer", "other", "edited"):
        assert not stream.example(len(rows), sort, Random(1)).answerable


def test_rows_come_as_often_as_their_source_says(rows):
    stream = Stream([*rows, unanswered("Marek Nowak")], NoNeighbours(), 3)
    answers = [[number for number, sort in stream.plan(epoch) if sort == "answer"] for epoch in range(50)]
    assert {plan.count(len(rows)) for plan in answers} == {int(SHARES[data.EXERCISES][0])}
    assert {plan.count(0) for plan in answers} == {0, 1}  # eight times in ten
    assert 30 <= sum(plan.count(0) for plan in answers) <= 48


def write_exercises(folder, **changed):
    (folder / "bridge.txt").write_text(TEXT, "utf-8")
    evidence = [{"article": "bridge.txt", "quote": "designed by Anna Kowalska, an engineer"}]
    answered = {"id": "bridge/01", "question": QUESTION, "answers": ["Anna Kowalska"], "evidence": evidence}
    refused = {"id": "bridge/02", "question": "Who paid for it?", "answerable": False}
    tempted = {**refused, "id": "bridge/03", "near": {"article": "bridge.txt", "quote": "Marek Nowak"}}
    lines = [json.dumps(one) for one in (answered | changed, refused, tempted)]
    (folder / data.EXERCISES_FILE).write_text("\n".join(lines) + "\n", "utf-8")


def test_exercises_are_read_with_the_places_of_their_answers(tmp_path):
    write_exercises(tmp_path)
    answered, refused, tempted = data.read_exercises(tmp_path)
    assert answered.answers == ((TEXT.index("Anna"), "Anna Kowalska"),)
    assert (refused.answers, refused.near, refused.place) == ((), None, None)
    assert tempted.place == tempted.near == (TEXT.index("Marek"), "Marek Nowak")
    assert {one.group for one in (answered, refused, tempted)} == {"bridge.txt"}


@pytest.mark.parametrize("answer", ["Anna K.", "Marek Nowak"])
def test_an_exercise_whose_answer_is_not_in_its_quote_is_an_error(tmp_path, answer):
    write_exercises(tmp_path, answers=[answer])
    with pytest.raises(ValueError, match="bridge/01"):
        data.read_exercises(tmp_path)


def test_the_exercises_are_as_their_readme_says():
    folder = Path(__file__).parents[1] / "eval" / "exercises"
    rows = data.read_exercises(folder)
    train, held_out = data.split(rows)
    titles = {row.title for row in rows}
    assert titles == {path.name for path in folder.glob("*.txt")}
    assert 0.25 < len({row.title for row in held_out}) / len(titles) < 0.42
    assert 0.35 < sum(not row.answers for row in rows) / len(rows) < 0.5
    assert not {row.group for row in train} & {row.group for row in held_out}


def test_the_stream_goes_on_where_it_stopped(rows):
    stream, again = (Stream(rows, NoNeighbours(), 3) for _ in range(2))
    batches = stream.batches()
    while (found := next(batches))[0] < 1:
        pass
    epoch, chunk, batch = next(again.batches(found[0], found[1]))
    assert (epoch, chunk) == found[:2]
    assert np.array_equal(batch.ids, found[2].ids)
    assert batch.ids.size <= BATCH_TOKENS


RECIPE = {"examples": 1_200_000, "frozen": 3, "rate": 3e-4, "cool_down": 0.6, "seed": 11, "seen": 1_200_003}


def test_the_card_shows_the_commands_that_make_the_weights_again(tmp_path):
    card = tmp_path / "README.md"
    last = RECIPE | {"exercises": True, "averaged": True, "seed": 12, "seen": 600_000}
    export.write_card(card, [RECIPE, last], {"SQuAD: F1": 75.25})
    text = card.read_text("utf-8")
    options = "--examples 1200000 --frozen 3 --rate 0.0003 --cool-down 0.6 --seed"
    assert f"    python -m rag.training --data DIR --work DIR \\\n      {options} 11\n" in text
    assert " --start FILE --exercises eval/exercises --average FILE \\\n" in text
    assert f"\n      {options} 12   # stopped after 600000\n" in text
    assert "| SQuAD: F1 | 75.25 |\n\nTexts are English." in text
    export.write_card(card, [RECIPE], {})
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
    values, metadata = weights.read_reader(tmp_path / "reader.safetensors", published_arrays())
    assert json.loads(metadata["runs"])[0]["frozen"] == 5
    assert np.abs(values["span.weight"] - trainer.model.span.weight.detach().numpy()).max() < 1e-3
    assert "| EM | 65.5 |" in (tmp_path / "README.md").read_text("utf-8")


def test_a_reader_is_averaged_with_an_earlier_one(tmp_path, monkeypatch):
    from rag.training import __main__ as command
    from rag.training.train import Recipe, Trainer

    Trainer(Recipe(examples=1, frozen=2), tmp_path).save()
    options = ["training", "--data", str(tmp_path), "--work", str(tmp_path), "--only", "export"]
    monkeypatch.setattr(command, "_calm_threads_and_memory", lambda: None)  # it changes the whole process
    found = []
    for average in ([], ["--average", str(weights.weights_path())]):
        monkeypatch.setattr("sys.argv", [*options, *average])
        command.main()
        found.append(weights.read_reader(tmp_path / "reader.safetensors", published_arrays()))
    (trained, _), (means, metadata) = found
    shipped, _ = weights.read_reader(weights.weights_path(), published_arrays())
    for name, value in means.items():
        middle = (trained[name] + shipped[name]) / 2
        assert np.abs(value - middle).max() <= np.abs(middle).max() / 100, name
    assert json.loads(metadata["runs"])[-1]["averaged"] is True
    assert "--average FILE" in (tmp_path / "README.md").read_text("utf-8")


def test_readers_with_other_layers_frozen_are_not_averaged(tmp_path):
    from rag.training.model import as_arrays
    from rag.training.train import Recipe, Trainer, load_checkpoint

    Trainer(Recipe(examples=1, frozen=5), tmp_path).save()
    values, runs = load_checkpoint(tmp_path / "checkpoint.pt")
    export.write(tmp_path / "other.safetensors", as_arrays(values), runs)
    with pytest.raises(ModelError, match=r"other\.safetensors: has other layers frozen than .*reader\.safetensors"):
        export.averaged(weights.weights_path(), tmp_path / "other.safetensors")


def test_training_may_go_on_from_the_reader_as_it_ships(tmp_path):
    from rag.training.train import Recipe, Trainer, load_checkpoint

    _, runs = load_checkpoint(weights.weights_path())
    trainer = Trainer(Recipe(examples=1, frozen=2), tmp_path)
    trainer.start(weights.weights_path())
    shipped, metadata = weights.read_reader(weights.weights_path(), published_arrays())
    assert trainer.before == runs == json.loads(metadata["runs"])
    named = dict(trainer.model.named_parameters())
    assert all(np.array_equal(named[name].detach().numpy(), value) for name, value in shipped.items())


@pytest.mark.parametrize(("device", "numbers", "narrow"), [("cpu", "int8", False), ("cpu", "bf16", True)])
def test_matrices_are_narrow_where_that_is_fast(monkeypatch, device, numbers, narrow):
    import torch

    from rag.training import train

    monkeypatch.setattr(train, "best_numbers", lambda: numbers)
    assert train.narrow_is_fast(torch.device(device)) is narrow
