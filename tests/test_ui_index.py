"""``nutgraf index``: what it tells, what it does with bad inputs, and what is left when it is stopped."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import pytest

from eval.bench.crash import crash
from index import open_index, verify_store

Command = Callable[..., Any]

SEEDS = Path(__file__).parents[1] / "seeds"
DIALOGUE = str(SEEDS / "2021-09-29-defence-dialogue.txt")
ENVOYS = str(SEEDS / "envoys-in-seoul.txt")


@pytest.fixture(scope="module")
def many_articles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """400 articles of different texts from 40 sentences: with a sentence a chunk, many commits and little to embed."""
    chance = random.Random(7)
    places = "Oslo Lima Cairo Hanoi Quito Accra Dakar Minsk".split()
    acts = ["opened a bridge", "closed a mine", "planted a forest", "tested a ferry", "moved a library"]
    pool = [
        f"The council of {place} {act} on the day after the vote about money for schools."
        for place in places
        for act in acts
    ]
    file = tmp_path_factory.mktemp("many") / "articles.jsonl"
    records = [{"id": n, "title": "Council news", "text": "\n\n".join(chance.sample(pool, 3))} for n in range(400)]
    file.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return file


# -- what it tells


def test_index_tells_each_article_then_sums_up(nutgraf: Command) -> None:
    first = nutgraf("index", SEEDS, "--store", "s")
    *lines, summary = first.out.splitlines()
    assert lines == [f"added    {DIALOGUE}", f"added    {ENVOYS}"]
    with open_index("s") as index:
        chunks = len(index.search("North Korea", k=1000))
    assert summary == f"2 articles added, 0 updated, 0 unchanged ({chunks} chunks) -> s"
    assert (first.status, first.err) == (0, "")

    again = nutgraf("index", SEEDS, "--store", "s")
    assert again.out == "0 articles added, 0 updated, 2 unchanged (0 chunks) -> s\n"


def test_index_replaces_a_changed_article(nutgraf: Command) -> None:
    file = Path("news.txt").absolute()
    file.write_text("The mayor opened the bridge.")
    nutgraf("index", file)
    file.write_text("The mayor closed the bridge.")
    assert nutgraf("index", file).out.splitlines() == [
        f"updated  {file}",
        "0 articles added, 1 updated, 0 unchanged (1 chunk) -> .nutgraf",
    ]
    assert "closed" in nutgraf("show", file).out
    assert [p["text"] for p in nutgraf("search", "mayor", "--mode", "bm25", "--json").json["passages"]] == [
        "The mayor closed the bridge."
    ]


def test_index_json_is_one_object_per_event_and_a_summary(nutgraf: Command) -> None:
    Path("empty.txt").touch()
    found = nutgraf("index", SEEDS, "empty.txt", "--json")
    *events, summary = [json.loads(line) for line in found.out.splitlines()]
    assert {event["event"] for event in events} == {"added", "failed"}
    assert [event["uri"] for event in events if event["event"] == "added"] == [DIALOGUE, ENVOYS]
    (failed,) = (event for event in events if event["event"] == "failed")
    assert found.one_error == failed["error"]
    chunks = sum(event["chunks"] for event in events)
    counts = {"added": 2, "updated": 0, "unchanged": 0, "failed": 1, "chunks": chunks, "notes": []}
    assert summary == {"event": "summary", "store": ".nutgraf", **counts}
    unchanged = [json.loads(line)["event"] for line in nutgraf("index", SEEDS, "--json").out.splitlines()]
    assert unchanged == ["unchanged", "unchanged", "summary"]


def test_index_says_when_articles_are_not_in_the_language_of_the_model(nutgraf: Command) -> None:
    Path("a.txt").write_text(
        "Les pêcheurs des villages du nord ont déclaré mardi qu'ils n'avaient pas vu de hareng depuis."
    )
    note = nutgraf("index", "a.txt").out.splitlines()[-1]
    assert note.startswith("note: 1 article is not in English (fr)")
    assert "--model" in note
    assert json.loads(nutgraf("index", "a.txt", "--json").out.splitlines()[-1])["notes"] == [
        note.removeprefix("note: ")
    ]


def test_index_quiet_prints_only_errors(nutgraf: Command) -> None:
    Path("empty.txt").touch()
    found = nutgraf("index", SEEDS, "empty.txt", "--quiet")
    assert (found.status, found.out) == (0, "")
    assert "empty.txt" in found.one_error


def missing(path: Path) -> None:
    pass


def empty(path: Path) -> None:
    path.touch()


def binary(path: Path) -> None:
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40)


def broken_json(path: Path) -> None:
    path.write_text('{"title": "Bridge", "text": "The mayor ')


def line_of_50_mb(path: Path) -> None:
    path.write_bytes(b"The mayor opened the bridge. " * 1_750_000)


BAD = [
    (missing, "bad.txt"),
    (missing, "bad"),
    (empty, "bad.txt"),
    (empty, "bad.html"),
    (empty, "bad.json"),
    (binary, "bad.txt"),
    (binary, "bad.md"),
    (broken_json, "bad.json"),
    (broken_json, "bad.jsonl"),
    (line_of_50_mb, "bad.txt"),
    (line_of_50_mb, "bad.jsonl"),
]


@pytest.mark.parametrize(("make", "name"), BAD)
def test_a_bad_input_is_one_line_and_the_others_are_indexed(
    nutgraf: Command, make: Callable[[Path], None], name: str
) -> None:
    make(Path(name))
    Path("good.txt").write_text("The mayor opened the bridge on Monday.")

    alone = nutgraf("index", name)
    assert (alone.status, alone.out) == (1, "")
    assert name in alone.one_error
    assert "; " in alone.one_error  # what happened; what to do

    beside = nutgraf("index", name, "good.txt")
    assert beside.status == 0
    assert beside.one_error == alone.one_error
    added, summary = beside.out.splitlines()
    assert added == f"added    {Path('good.txt').absolute()}"
    assert summary == "1 article added, 0 updated, 0 unchanged, 1 input could not be read (1 chunk) -> .nutgraf"

    assert nutgraf("index", name, "good.txt", "--strict").status == 1
    (passage,) = nutgraf("search", "bridge", "--mode", "bm25", "--json").json["passages"]
    assert passage["text"] == "The mayor opened the bridge on Monday."


def test_several_bad_inputs_are_a_line_each_and_nothing_else(nutgraf: Command) -> None:
    Path("empty.txt").touch()
    found = nutgraf("index", "empty.txt", "missing.txt")
    assert (found.status, found.out) == (1, "")
    assert len(found.err.splitlines()) == 2


def test_a_folder_without_articles_says_what_would_be_read(nutgraf: Command) -> None:
    Path("pictures").mkdir()
    found = nutgraf("index", "pictures")
    assert (found.status, found.out) == (1, "")
    assert "pictures" in found.one_error
    assert ".jsonl" in found.one_error


def test_a_store_of_another_model_is_left_as_it_is(nutgraf: Command, seeds_store: Path) -> None:
    Path("good.txt").write_text("The mayor opened the bridge.")
    before = nutgraf("status", "--store", seeds_store, "--json").json
    found = nutgraf("index", "good.txt", "--store", seeds_store, "--model", "another/model")
    assert (found.status, found.out) == (1, "")
    assert found.one_error.startswith(f"{seeds_store}: ")
    assert "another/model" in found.one_error
    assert "--model" in found.one_error
    assert nutgraf("status", "--store", seeds_store, "--json").json == before


def test_a_file_name_can_neither_break_the_line_nor_steer_the_terminal(nutgraf: Command) -> None:
    Path("bad\nname\x1b[31m.txt").touch()
    found = nutgraf("index", "bad\nname\x1b[31m.txt")
    assert "\\u001b[31m" in found.one_error


def test_a_file_name_that_is_no_text_is_printed(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/caf\xe9.txt"
    Path(os.fsdecode(name)).write_text("The mayor opened the bridge.")
    child = [sys.executable, "-m", "ui", "index"]
    found = subprocess.run([*child, name], capture_output=True, check=False)
    assert b"Traceback" not in found.stderr
    assert b"caf" in found.stdout + found.stderr


# -- being stopped


def child(*arguments: str | Path, **options: Any) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "ui", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def heed_interrupt() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_interrupting_keeps_what_was_reported(many_articles: Path) -> None:
    # More lines of report than a pipe holds: the run cannot end before it is interrupted, however late that comes.
    records = [json.loads(line) for line in many_articles.read_text("utf-8").splitlines()]
    more = [{**record, "id": f"{copy}-{record['id']}"} for copy in range(6) for record in records]
    Path("more.jsonl").write_text("".join(json.dumps(record) + "\n" for record in more), encoding="utf-8")
    # A shell's background jobs ignore the signal, and so would this child of one.
    with child("index", "more.jsonl", "--store", "s", "--chunk-tokens", "32", preexec_fn=heed_interrupt) as running:
        assert running.stdout is not None
        reported = [running.stdout.readline()]
        running.send_signal(signal.SIGINT)
        rest, err = running.communicate()
    assert running.returncode == 130
    assert err == "error: stopped; what was reported as stored is kept, and the same command goes on from there\n"
    reported += [line for line in rest.splitlines() if line.startswith("added")]
    with open_index("s") as index:
        stored = {head.uri for head in index.articles()}
    assert {line.removeprefix("added    ").strip() for line in reported} <= stored
    assert verify_store("s").ok


def test_a_reader_that_goes_away_is_no_error(seeds_store: Path) -> None:
    with child("show", ENVOYS, "--store", seeds_store) as running:
        assert running.stdout is not None
        running.stdout.close()
        assert running.stderr is not None
        assert running.stderr.read() == ""


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="the system has no pseudo terminals")
def test_a_terminal_gets_a_bar_and_the_summary() -> None:
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "ui", "index", str(SEEDS), "--store", "s"]
    with subprocess.Popen(command, stdout=theirs, stderr=theirs, env={**os.environ, "TERM": "xterm"}) as running:
        os.close(theirs)
        printed = b""
        while piece := read_terminal(ours):
            printed += piece
    os.close(ours)
    assert running.returncode == 0
    assert b"indexing" in printed
    assert b"added    " not in printed
    assert b"2 articles added, 0 updated, 0 unchanged" in printed


def read_terminal(handle: int) -> bytes:
    """What has been written to a pseudo terminal; empty when its other end is closed, which Linux tells as an error."""
    try:
        return os.read(handle, 65_536)
    except OSError:
        return b""


def test_a_run_killed_before_its_first_commit_leaves_a_place_for_a_store(nutgraf: Command) -> None:
    Path("s").mkdir()
    database = apsw.Connection("s/corpus.db")
    database.execute("PRAGMA journal_mode = WAL")
    database.close()
    assert "there is no store here" in nutgraf("list", "--store", "s").one_error
    assert nutgraf("index", SEEDS, "--store", "s").status == 0
    assert nutgraf("verify", "--store", "s").status == 0


def test_killing_at_any_moment_loses_nothing_reported(many_articles: Path, tmp_path: Path) -> None:
    report = crash(many_articles, 12, tmp_path, seed=1, chunk_tokens=(32, 33))
    assert report.problems == []
    assert report.lost == 0
    assert report.killed == 12
    assert report.reports > 0
