"""The command line as people and programs use it: what it prints, where, and how it exits."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tomllib
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import pytest

from ui.terminal import out_json

Command = Callable[..., Any]

ROOT = Path(__file__).parents[1]
SEEDS = ROOT / "seeds"
DIALOGUE = str(SEEDS / "2021-09-29-defence-dialogue.txt")
ENVOYS = str(SEEDS / "envoys-in-seoul.txt")
COMMANDS = "index follow refresh ask chat search show list remove status verify eval serve mcp doctor".split()


# -- the frame


def test_bare_command_and_help_show_every_command(nutgraf: Command) -> None:
    bare, asked = nutgraf(), nutgraf("--help")
    assert bare == asked
    assert bare.status == 0
    assert [line.split()[0] for line in bare.out.partition("Commands:\n")[2].splitlines()] == COMMANDS
    assert "..." not in bare.out.partition("Commands:\n")[2]  # no description is cut


@pytest.mark.parametrize("command", [command for command in COMMANDS if command != "eval"])
def test_every_command_has_help(nutgraf: Command, command: str) -> None:
    found = nutgraf(command, "--help")
    assert found.status == 0
    assert found.out.startswith(f"Usage: nutgraf {command} ")


def test_version(nutgraf: Command) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert nutgraf("--version").out == f"nutgraf {project['version']}\n"


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["ask"], ["search", "x", "-k", "many"], ["list", "--nonsense"], ["ask", "x", "-k", "0"]]
)
def test_wrong_usage_is_status_2(nutgraf: Command, arguments: list[str]) -> None:
    found = nutgraf(*arguments)
    assert found.status == 2
    assert found.out == ""
    assert found.err.startswith("Usage: ")


@pytest.mark.parametrize(
    "arguments", [["ask", "Who?"], ["search", "x"], ["show", "x"], ["list"], ["remove", "x"], ["status"], ["verify"]]
)
def test_a_missing_store_is_one_line_that_says_how_to_make_one(nutgraf: Command, arguments: list[str]) -> None:
    found = nutgraf(*arguments, "--store", "nowhere")
    assert found.status == 1
    assert found.out == ""
    assert found.one_error.startswith("nowhere: ")
    assert "nutgraf index" in found.one_error
    assert not Path("nowhere").exists()


def test_a_wrong_setting_is_one_line_that_names_it(nutgraf: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUTGRAF_CHUNK_TOKENS", "few")
    found = nutgraf("index", SEEDS)
    assert found.status == 1
    assert "NUTGRAF_CHUNK_TOKENS" in found.one_error


def test_python_dash_m_works() -> None:
    child = [sys.executable, "-m"]
    indexed = subprocess.run([*child, "index", SEEDS, "--store", "s"], capture_output=True, text=True, check=True)
    assert json.loads(indexed.stdout)["added"] == [DIALOGUE, ENVOYS]
    listed = subprocess.run(
        [*child, "ui", "list", "--store", "s", "--json"], capture_output=True, text=True, check=True
    )
    assert len(json.loads(listed.stdout)["articles"]) == 2
    nothing = subprocess.run([*child, "index", "nowhere", "--store", "s"], capture_output=True, text=True, check=False)
    assert nothing.returncode == 1
    assert nothing.stderr.startswith("error: nowhere")


# -- ask, search, show, list, remove


def test_ask_prints_the_answer_with_its_sources(nutgraf: Command, seeds_store: Path) -> None:
    asked = ("ask", "What did the US and South Korean envoys agree on?", "--store", seeds_store)
    found, answer = nutgraf(*asked), nutgraf(*asked, "--json").json
    assert found.status == 0
    assert answer["outcome"] == "answered"
    assert found.out.startswith(f"{answer['short']}\n\n{answer['text']}" if answer["short"] else answer["text"])
    assert "a strong response" in answer["text"]
    for citation in answer["citations"]:
        assert f"[{citation['marker']}] {citation['title'] or '(no title)'}" in found.out
        assert f"{citation['uri']} · paragraph {citation['paragraph']}" in found.out
        assert citation["quote"] in found.out
        assert (citation["published"] or "date unknown") in found.out


def test_ask_json_points_into_the_stored_article(nutgraf: Command, seeds_store: Path) -> None:
    answer = nutgraf("ask", "What did Kim Yo Jong tell Seoul to give up?", "--store", seeds_store, "--json").json
    assert answer["citations"]
    for citation in answer["citations"]:
        article = nutgraf("show", citation["uri"], "--store", seeds_store, "--json").json
        paragraph = article["paragraphs"][citation["paragraph"]]
        assert article["text"][citation["start"] : citation["end"]] == citation["quote"]
        assert paragraph["start"] <= citation["start"] < citation["end"] <= paragraph["end"]


def test_ask_says_so_when_the_sources_do_not_answer(nutgraf: Command, seeds_store: Path) -> None:
    asked = ("ask", "What is the capital gains tax rate in Portugal?", "--store", seeds_store)
    found = nutgraf(*asked)
    assert found.status == 0
    assert found.out.startswith("Not in these sources.")
    assert nutgraf(*asked, "--json").json["outcome"] == "not_in_sources"


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--from", "yesterday"], "yesterday"),
        (["--as-of", "2021-13-01"], "2021-13-01"),
        (["--from", "2022-01-01", "--to", "2021-01-01"], "2022-01-01"),
        (["--llm", "nonsense"], "nonsense"),
    ],
)
def test_ask_names_a_wrong_option(nutgraf: Command, seeds_store: Path, options: list[str], named: str) -> None:
    found = nutgraf("ask", "Who met?", "--store", seeds_store, *options)
    assert (found.status, found.out) == (1, "")
    assert named in found.one_error


def test_an_empty_question_is_one_line(nutgraf: Command, seeds_store: Path) -> None:
    for command in ("ask", "search"):
        assert "question is empty" in nutgraf(command, " ", "--store", seeds_store).one_error


def test_search_prints_passages_and_json(nutgraf: Command, seeds_store: Path) -> None:
    query = ("search", "joint military drills", "-k", "3", "--store", seeds_store)
    found, printed = nutgraf(*query, "--json").json, nutgraf(*query).out
    assert found["query"] == "joint military drills"
    assert [passage["rank"] for passage in found["passages"]] == [1, 2, 3]
    for passage in found["passages"]:
        article = nutgraf("show", passage["uri"], "--store", seeds_store, "--json").json
        assert article["text"][passage["start"] : passage["end"]] == passage["text"]
        assert " ".join(passage["text"].split()) in printed


@pytest.mark.parametrize(
    ("options", "signals"),
    [
        ([], {"dense", "bm25", "relevance"}),
        (["--no-rerank"], {"dense", "bm25"}),
        (["--mode", "dense"], {"dense"}),
        (["--mode", "bm25"], {"bm25"}),
        (["--mode", "bm25", "--rerank"], {"bm25", "relevance"}),
    ],
)
def test_search_signals(nutgraf: Command, seeds_store: Path, options: list[str], signals: set[str]) -> None:
    found = nutgraf("search", "military drills", "--store", seeds_store, "--json", *options).json
    assert set().union(*(passage["scores"] for passage in found["passages"])) == signals


def test_reranking_is_a_setting_that_the_option_beats(
    nutgraf: Command, seeds_store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NUTGRAF_RERANK", "off")
    for command in ("search", "ask"):
        for options, read in (([], False), (["--rerank"], True), (["--no-rerank"], False)):
            found = nutgraf(command, "Who met Noh Kyu-duk?", "-k", "1", "--store", seeds_store, "--json", *options).json
            assert ("relevance" in found["passages"][0]["scores"]) == read


def test_search_filters(nutgraf: Command, seeds_store: Path) -> None:
    search = ("search", "North Korea", "-k", "100", "--store", seeds_store)
    dated = nutgraf(*search, "--from", "2021-09-29", "--to", "2021-09-29", "--json").json["passages"]
    assert {passage["uri"] for passage in dated} == {DIALOGUE}
    assert nutgraf(*search, "--from", "2021-09-30", "--json").json["passages"] == []
    assert "filters" in nutgraf(*search, "--from", "2021-09-30").out
    assert nutgraf(*search, "--source", "Nobody", "--source", "No one", "--json").json["passages"] == []


def test_show_prints_numbered_paragraphs(nutgraf: Command, seeds_store: Path) -> None:
    article = nutgraf("show", ENVOYS, "--store", seeds_store, "--json").json
    head = "uri title published provenance updated corrected source url authors language"
    assert list(article) == f"{head} text paragraphs copies versions times speech".split()
    assert (article["uri"], article["published"], article["provenance"]) == (ENVOYS, None, "unknown")
    assert [paragraph["number"] for paragraph in article["paragraphs"]] == list(range(len(article["paragraphs"])))
    printed = nutgraf("show", ENVOYS, "--store", seeds_store).out
    for paragraph in article["paragraphs"]:
        assert article["text"][paragraph["start"] : paragraph["end"]] == paragraph["text"]
        place = f"[{paragraph['number']}] {paragraph['kind']} {paragraph['start']}-{paragraph['end']}"
        assert f"\n{place}\n{paragraph['text']}\n" in printed


def test_show_takes_the_path_of_a_file(nutgraf: Command, seeds_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(SEEDS)
    assert nutgraf("show", Path(DIALOGUE).name, "--store", seeds_store, "--json").json["published"] == "2021-09-29"
    absent = nutgraf("show", "absent.txt", "--store", seeds_store)
    assert (absent.status, absent.out) == (1, "")
    assert "nutgraf list" in absent.one_error


def test_list_is_tab_separated_in_a_pipe(nutgraf: Command, seeds_store: Path) -> None:
    rows = [line.split("\t") for line in nutgraf("list", "--store", seeds_store).out.splitlines()]
    assert [(row[0], row[-1]) for row in rows] == [("2021-09-29", DIALOGUE), ("unknown", ENVOYS)]
    heads = nutgraf("list", "--store", seeds_store, "--json").json["articles"]
    assert [head["uri"] for head in heads] == [DIALOGUE, ENVOYS]
    assert [row[2] for row in rows] == [head["title"] for head in heads]


def test_remove(nutgraf: Command) -> None:
    nutgraf("index", SEEDS)
    assert nutgraf("remove", DIALOGUE).out == f"removed  {DIALOGUE}\n"
    again = nutgraf("remove", DIALOGUE, ENVOYS, "--json")
    assert again.status == 1
    assert again.json == {"removed": [ENVOYS], "missing": [DIALOGUE]}
    assert DIALOGUE in again.one_error
    assert nutgraf("list").out == ""
    assert nutgraf("verify").status == 0


# -- status, verify, eval


def test_status(nutgraf: Command, seeds_store: Path) -> None:
    found = nutgraf("status", "--store", seeds_store, "--json").json
    expected = {"articles": 2, "undated": 1, "first_date": "2021-09-29", "last_date": "2021-09-29", "snapshot": "ok"}
    assert expected.items() <= found.items()
    assert "articles\t2\n" in nutgraf("status", "--store", seeds_store).out


def test_verify_tells_a_changed_byte(nutgraf: Command, seeds_store: Path) -> None:
    shutil.copytree(seeds_store, "s")
    sound = nutgraf("verify", "--store", "s", "--json")
    assert sound.status == 0
    assert sound.json["ok"]
    assert sound.json["articles"] == 2
    database = apsw.Connection("s/corpus.db")
    database.execute("UPDATE chunk_vec SET vec = zeroblob(768) WHERE chunk_id = 1")
    database.close()
    damaged = nutgraf("verify", "--store", "s")
    assert damaged.status == 1
    assert "chunk 1 " in damaged.one_error
    assert damaged.out.startswith("damaged: ")
    assert not nutgraf("verify", "--store", "s", "--json").json["ok"]


def test_eval_takes_its_own_options(nutgraf: Command) -> None:
    found = nutgraf("eval", "run", "--help")
    assert found.status == 0
    assert "--json" in found.out


# -- what articles contain cannot harm


def test_article_text_is_printed_harmless(nutgraf: Command) -> None:
    record = {
        "title": "A [bold]bridge[/bold] \x1b]0;owned\x07",
        "text": "The mayor\x9b31m opened [red]a bridge[/red]. \u202eegd",
    }
    file = Path("news\x1b[31m\u202e.json")
    file.write_text(json.dumps(record))
    told = nutgraf("index", file).out
    (head,) = nutgraf("list", "--json").json["articles"]
    assert head["uri"] == str(file.absolute())
    printed = [nutgraf(*command).out for command in (["show", file], ["show", file, "--json"], ["search", "bridge"])]
    assert all("[red]a bridge[/red]" in text for text in printed)
    printed.append(nutgraf("list").out)
    assert all("[bold]bridge[/bold]" in text for text in printed)
    assert all("news\\u001b[31m\\u202e.json" in text for text in [told, *printed])
    assert {"\x1b", "\x07", "\x9b", "\u202e"}.isdisjoint("".join([told, *printed]))


def test_escapes_mean_the_same_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    text = "".join(map(chr, [*range(0x180), *range(0x2000, 0x2070)])) + "\U0001f5de"
    out_json({"text": text})
    printed = capsys.readouterr().out
    assert json.loads(printed) == {"text": text}
    assert not [char for char in printed if unicodedata.category(char) == "Cc" and char != "\n"]
    assert not {"\u200e", "\u200f", "\u202a", "\u202e", "\u2066", "\u2069"} & set(printed)
