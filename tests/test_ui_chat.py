"""``nutgraf chat``: through a pipe, in a terminal (a pseudo-terminal that the real command runs in), and its parts."""

from __future__ import annotations

import fcntl
import io
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.language_models import SimpleChatModel
from langchain_core.messages import AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk
from markdown_it import MarkdownIt

from index import build_index
from index.errors import QueryError
from rag import Assistant
from ui.chat import Chat, Filters, parse_filters
from ui.screen import Screen, marked
from ui.transcript import plain

ESCAPE = "\x1b]0;owned\x07\x1b[2J"
ARTICLES = [
    {
        "id": "norvik",
        "title": "Norvik harbour closed",
        "date": "2021-09-28",
        "source": "Harbour Post",
        "text": "Mayor Ana Lindqvist said on Tuesday that 1,250 people had left Norvik by ferry. The town is quiet.\n\n"
        "The closure ends on 3 October.",
    },
    {
        "id": "wheat",
        "title": "Wheat ![x](http://evil.example/x.png) gets dearer",
        "date": "2022-03-01",
        "source": "Ledger",
        "text": "A tonne of wheat cost 410 dollars in Tarvia on Monday, the exchange said.",
    },
]
QUESTION = "How many people left Norvik by ferry?"
PRICE = "What did a tonne of wheat cost in Tarvia?"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("chat")
    (folder / "a.jsonl").write_text("\n".join(json.dumps(article) for article in ARTICLES), encoding="utf-8")
    build_index([folder / "a.jsonl"], store=folder / "store")
    return folder / "store"


@pytest.fixture(scope="module")
def assistant(store: Path) -> Iterator[Assistant]:
    with Assistant.open(store) as opened:
        yield opened


@pytest.fixture
def piped(nutgraf: Any, store: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Gives ``nutgraf chat`` lines through a pipe, in this process."""

    def run(*lines: str, options: tuple[str, ...] = ()) -> Any:
        text = "".join(f"{line}\n" for line in lines)
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode(errors="surrogateescape"))))
        return nutgraf("chat", "--store", store, *options)

    return run


# -- through a pipe


def test_questions_through_a_pipe_are_answered_one_a_line(piped: Callable[..., Any]) -> None:
    found = piped(QUESTION, "", PRICE)
    assert found.status == 0
    assert found.err == ""
    first, second = found.out.split(f"> {PRICE}\n")
    assert first.startswith(f"> {QUESTION}\n1,250")
    assert "ferry. [1]\n" in first
    assert "\n[1] Norvik harbour closed · Harbour Post · 2021-09-28 · paragraph 0\n" in first
    assert "410 dollars" in second
    assert "\x1b" not in found.out


def test_an_error_is_one_line_and_the_chat_goes_on(piped: Callable[..., Any]) -> None:
    found = piped("x" * 5000, "/source 1", "/nonsense", QUESTION, "/source 9", "/filter until=now", "/filter from=May")
    assert found.status == 1
    assert "1,250" in found.out
    assert [line.removeprefix("error: ") for line in found.err.splitlines()] == [
        "the question has 5000 characters; ask in at most 4000",
        "there is no answer yet; ask a question first",
        "/nonsense: is no command; see /help",
        "/source 9: the last answer has the sources 1",
        "/filter until: give from=DATE, to=DATE, source=NAME, as_of=DATE, or clear",
        "date_from is 'May'; give a date as YYYY-MM-DD",
    ]


def test_a_refusal_is_no_failure(piped: Callable[..., Any]) -> None:
    found = piped("Who won the chess title of Patagonia in 1911?")
    assert found.status == 0
    assert "Not in these sources." in found.out
    assert "Nearest, but not an answer:" in found.out


def test_filters_hold_until_they_are_cleared(piped: Callable[..., Any]) -> None:
    found = piped('/filter source="harbour post"', PRICE, "/new", "/filter clear", PRICE)
    assert found.status == 0
    limited, free = found.out.split("Asking all articles.\n")
    assert "Asking articles by harbour post." in limited
    assert "Asked of articles by harbour post only." in limited
    assert "410" not in limited
    assert "410" in free
    assert "only." not in free


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--from", "2022-01-01"), "Asked of articles from 2022-01-01 only."),
        (("--to", "2021-12-31", "--source", "ledger"), "Asked of articles to 2021-12-31 by ledger only."),
        (("--as-of", "2021-10-01"), "Asked of articles as of 2021-10-01 only."),
    ],
)
def test_filters_may_be_given_as_options(piped: Callable[..., Any], options: tuple[str, ...], told: str) -> None:
    found = piped(QUESTION, options=options)
    assert told in found.out


def test_a_source_that_does_not_exist_is_told_with_those_that_do(piped: Callable[..., Any]) -> None:
    assert piped(options=("--source", "Nobody")).one_error == (
        "no article is by 'Nobody'; sources are: Harbour Post, Ledger"
    )
    assert "'Nobody'" in piped('/filter source="Nobody"').one_error


def test_sources_and_the_whole_paragraph_are_shown_on_demand(piped: Callable[..., Any]) -> None:
    out = piped(QUESTION, "/sources", "/source 1").out
    _, sources, one = re.split(r"^> /sources?.*\n", out, flags=re.MULTILINE)
    assert "“Mayor Ana Lindqvist said on Tuesday that 1,250 people had left Norvik by ferry.”" in sources
    assert ">>Mayor Ana Lindqvist said on Tuesday that 1,250 people had left Norvik by ferry.<< The town is" in one
    assert "paragraph 0" in one


def test_json_is_the_documented_one(piped: Callable[..., Any]) -> None:
    out = piped(QUESTION, "/json").out
    answer = json.loads(out.partition("> /json\n")[2])
    assert (answer["question"], answer["outcome"]) == (QUESTION, "answered")


def test_a_new_conversation_knows_nothing_of_the_old(piped: Callable[..., Any]) -> None:
    found = piped(QUESTION, "/new", "/json")
    assert found.one_error == "there is no answer yet; ask a question first"


def test_a_follow_up_tells_what_it_was_understood_as(piped: Callable[..., Any]) -> None:
    found = piped("When does the closure of Norvik harbour end?", "Why?")
    first, second = found.out.split("> Why?\n")
    assert "Understood as:" not in first
    assert re.match(r"Understood as: Why .*Norvik", second)


def test_a_question_is_asked_again_without_its_time(piped: Callable[..., Any]) -> None:
    found = piped("How many people left Norvik by ferry in September 2021?", "/anytime")
    assert found.status == 0
    with_time, without = found.out.split("> /anytime\n")
    assert "Time: September 2021" in with_time
    assert "/anytime to ignore it" in with_time
    assert "1,250" in without
    assert "Time:" not in without


def test_a_model_on_another_server_writes_the_answers(piped: Callable[..., Any], model_server: Any) -> None:
    def script(wire: Any) -> None:
        wire.say("Ana Lindqvist said 1,250 people had left by ferry. [{1}] It cost 99 million dollars. [{1}]")
        wire.done()

    model_server.scripts = [script]
    out = piped(QUESTION, "/json", options=("--llm", "tiny", "--llm-url", model_server.url)).out
    answer = json.loads(out.partition("> /json\n")[2])
    assert answer["answerer"] == "tiny"
    assert "Ana Lindqvist said 1,250 people had left by ferry. [1]" in out
    assert QUESTION in model_server.wires[0].prompt
    assert [one["text"] for one in answer["claims"] if one["support"] == "verified"] == [
        "Ana Lindqvist said 1,250 people had left by ferry."
    ]


def test_help_lists_every_command(piped: Callable[..., Any], assistant: Assistant) -> None:
    listed = re.findall(r"^/(\w+)", piped("/help").out, re.MULTILINE)
    assert listed == list(Chat(assistant, Screen()).commands)


def test_quit_leaves_the_rest_unread(piped: Callable[..., Any]) -> None:
    found = piped("/quit", QUESTION)
    assert (found.status, "1,250" in found.out) == (0, False)


def test_bytes_that_are_no_text_do_no_harm(piped: Callable[..., Any]) -> None:
    found = piped(f"\udcff\udcfe {QUESTION} \x00\x1b[31m")
    assert found.status == 0
    assert "\x1b" not in found.out
    assert "1,250" in found.out


# -- export


def test_a_conversation_is_exported_as_text_that_cannot_become_markup(
    piped: Callable[..., Any], tmp_path: Path
) -> None:
    found = piped(PRICE, "# <b>Who</b> met in Lisbon?", f"/export {tmp_path}/out.md")
    assert found.status == 0
    assert f"Written to {tmp_path}/out.md: 2 answers." in found.out
    text = (tmp_path / "out.md").read_text("utf-8")
    html = MarkdownIt("gfm-like", {"linkify": False}).render(text)
    assert set(re.findall(r"<(\w+)", html)) <= {"h2", "p", "strong", "blockquote"}
    assert html.count("<h2>") == 2
    assert "Wheat ![x](http://evil.example/x.png) gets dearer · Ledger · 1 March 2022" in html
    assert "<blockquote>\n<p>“A tonne of wheat cost 410 dollars in Tarvia on Monday" in html


def test_nothing_is_written_over_and_what_cannot_be_written_is_told(piped: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "there.md").write_text("mine", encoding="utf-8")
    paths = (f"{tmp_path}/there.md", f"{tmp_path}/none/x.md", "")
    assert "no answer to export" in piped(f"/export {tmp_path}/x.md").one_error
    errors = piped(QUESTION, *(f"/export {path}" for path in paths)).err.splitlines()
    assert len(errors) == 3
    assert "is there already" in errors[0]
    assert "cannot be written (No such file or directory)" in errors[1]
    assert "name a file" in errors[2]
    assert (tmp_path / "there.md").read_text("utf-8") == "mine"


@given(st.text(alphabet="ab1 \\`*_[]()<>#|!~$&{}-+=.:\n\t\x1b\u202e", max_size=40))
def test_escaped_text_renders_as_itself(text: str) -> None:
    html = MarkdownIt("gfm-like", {"linkify": False}).render(f"{plain(text)}\n")
    words = " ".join(re.sub("[\x1b\u202e]", "", text).split())
    unescaped = html.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")
    assert unescaped == (f"<p>{words}</p>\n" if words else "")


# -- filters


def test_filters_are_set_one_after_the_other() -> None:
    one = parse_filters("from=2021-01-01 source=A source='B C'", Filters())
    assert one == Filters(date_from="2021-01-01", sources=("A", "B C"))
    two = parse_filters("from= to=2021-02-01 as_of=2021-03-01", one)
    assert two == Filters(date_to="2021-02-01", as_of="2021-03-01", sources=("A", "B C"))
    assert parse_filters("source=", two).sources == ()
    assert str(two) == "to 2021-02-01 as of 2021-03-01 by A or B C"


@pytest.mark.parametrize("given_text", ["from", "2021-01-01", "sources=A", "source='A", "store=x"])
def test_a_filter_that_is_none_is_refused(given_text: str) -> None:
    with pytest.raises(QueryError, match="/filter"):
        parse_filters(given_text, Filters())


# -- the screen


def test_marks_do_not_run_on_from_line_to_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    Screen(terminal=True, colour=True).show("    " + marked("one two three four five six seven", "two three four five"))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 2
    for line in lines:
        assert line.count("\x1b[1m") == line.count("\x1b[22m") <= 1
    bare = [re.sub(r"\x1b\[\d+m", "", line) for line in lines]
    assert all(line.startswith("    ") and len(line) <= 20 for line in bare)
    assert " ".join(" ".join(bare).split()) == "one two three four five six seven"


def test_lines_that_follow_stand_under_the_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "16")
    Screen(terminal=True).show_all(["[12] one two three four", "- five six seven eight", "", "    nine"])
    assert capsys.readouterr().out.splitlines() == [
        "[12] one two",
        "     three four",
        "- five six seven",
        "  eight",
        "",
        "    nine",
    ]


@given(st.text(max_size=60), st.booleans(), st.booleans())
def test_nothing_shown_steers_the_terminal(text: str, terminal: bool, colour: bool) -> None:
    printed = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout", printed)
        Screen(terminal, colour and terminal).show(f"a{text}{ESCAPE}", bold=True)
        Screen(terminal, colour and terminal).show(marked(f"{text}{ESCAPE}", text), dim=True)
    left = re.sub(r"\x1b\[(?:0|1|2|22)m", "", printed.getvalue())
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", left)


# -- a language model


class Scripted(SimpleChatModel):
    """Writes its script, in which {1} stands for the id of the first paragraph of the prompt that begins with Mayor."""

    script: str

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _call(self, messages: Any, stop: Any = None, run_manager: Any = None, **kwargs: Any) -> str:
        return filled(self.script, str(messages[-1].content))


def filled(script: str, prompt: str) -> str:
    mayor, closure = (re.search(rf"\[([0-9a-f]{{4}}-\d+)\] {word}", prompt) for word in ("Mayor", "The closure"))
    assert mayor
    assert closure
    return script.replace("{1}", mayor[1]).replace("{2}", closure[1])


def test_sentences_of_a_model_are_shown_once_with_what_was_left_out(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = Scripted(script="Ana Lindqvist said 1,250 people left. [{1}] It snowed. [{1}] It ends on 3 October. [{2}]")
    with Assistant.open(store, llm=model) as opened:
        Chat(opened, Screen()).take(QUESTION)
    shown = capsys.readouterr().out
    assert shown.count("Ana Lindqvist said 1,250 people left. [1]") == 1
    assert shown.count("It ends on 3 October. [2]") == 1
    assert "snowed" not in shown
    assert "unsupported sentence" in shown


class Failing(Scripted):
    """Writes its script and fails."""

    def _stream(self, messages: Any, stop: Any = None, run_manager: Any = None, **kwargs: Any) -> Iterator[Any]:
        yield ChatGenerationChunk(message=AIMessageChunk(content=self._call(messages)))
        raise ConnectionResetError


def test_an_answer_that_breaks_off_keeps_what_was_checked_and_that_is_said(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Assistant.open(store, llm=Failing(script="It ends on 3 October. [{2}] And then ")) as opened:
        chat = Chat(opened, Screen())
        chat.take(QUESTION)
    shown = capsys.readouterr().out
    assert "It ends on 3 October. [1]" in shown
    assert "And then" not in shown
    assert "The answer is cut short" in " ".join(shown.split())
    assert len(chat.turns) == 1


# -- in a terminal


class Terminal:
    """A pseudo-terminal in which a command runs, as a person sees it: ``until`` reads on till it shows a text."""

    def __init__(self, arguments: list[str], columns: int, environment: dict[str, str]) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        self.process = subprocess.Popen(
            ["setsid", "--ctty", "--wait", sys.executable, "-m", "ui", *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
            # A shell that runs the tests in the background has it ignored, and children inherit that.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - it takes no lock
        )
        os.close(slave)
        self.seen = ""

    def until(self, text: str, seconds: float = 60) -> str:
        """What was shown up to ``text``; fails when it does not come."""
        end = time.monotonic() + seconds
        while text not in self.seen and time.monotonic() < end and self._read(0.1):
            pass
        before, found, self.seen = self.seen.partition(text)
        assert found, before
        return before

    def _read(self, seconds: float) -> bool:
        """More of what is shown; False at its end."""
        if select.select([self.master], [], [], seconds)[0]:
            try:
                self.seen += os.read(self.master, 65536).decode(errors="replace")
            except OSError:  # EIO: nobody has the other end open
                return False
        return True

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def interrupt(self) -> None:
        """Ctrl-C. A signal between the prompt and the waiting for keys would only be seen at the next key."""
        time.sleep(0.3)
        self.type("\x03")

    def ended(self) -> int:
        """The exit status, and what was shown last in ``seen``."""
        end = time.monotonic() + 30
        while self._read(0.1) and time.monotonic() < end:
            pass
        return self.process.wait(30)

    def close(self) -> None:
        with suppress(ProcessLookupError):
            self.process.kill()
        self.process.wait()
        os.close(self.master)


@pytest.fixture
def terminal(store: Path) -> Iterator[Callable[..., Terminal]]:
    opened: list[Terminal] = []

    def start(*options: str, columns: int = 100, **environment: str) -> Terminal:
        # The size is that of the terminal, whatever pytest-xdist or a shell exported.
        own = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES"}}
        given_environment = {**own, "TERM": "xterm", **environment}
        opened.append(Terminal(["chat", "--store", str(store), *options], columns, given_environment))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


def bare(text: str) -> str:
    """Without styles and what switches bracketed paste."""
    return re.sub(r"\x1b\[[\d;?]*[a-z]", "", text).replace("\r", "")


def test_a_conversation_in_a_terminal(terminal: Callable[..., Terminal]) -> None:
    chat = terminal()
    assert "Nutgraf · 2 articles · 28 September 2021 to 1 March 2022" in bare(chat.until("> "))
    chat.type(f"{QUESTION}\n")
    answer = chat.until("paragraph 0")
    assert "\x1b[1m1,250\x1b[0m" in answer  # the bare answer stands out
    assert "[1] Norvik harbour closed · Harbour Post · 2021-09-28" in bare(answer)
    chat.until("> ")
    chat.type("/so\t 1\n")  # Tab completes
    chat.until("\x1b[1mMayor Ana Lindqvist")
    chat.until("> ")
    chat.type("\x1b[A\x1b[A\n")  # the line before the last one
    assert "1,250" in chat.until("paragraph 0")
    chat.until("> ")
    chat.type("\x04")
    assert chat.ended() == 0


def test_without_colours_and_with_few_columns(terminal: Callable[..., Terminal]) -> None:
    chat = terminal(columns=40, NO_COLOR="1", INPUTRC="/dev/null")
    chat.until("> ")
    chat.type(f"{QUESTION}\n")
    shown = re.sub(r"\x1b\[\?2004[hl]", "", chat.until("\r\n> "))
    chat.type("/quit\n")
    assert chat.ended() == 0
    assert "\x1b[1m" not in shown
    assert "\x1b[2m" not in shown
    answer = bare(shown).partition("\n1,250")[2]
    assert max(len(line) for line in answer.splitlines()) <= 40
    assert " ".join(answer.split()).count("had left Norvik by ferry. [1]") == 1


def test_ctrl_c_twice_leaves_and_once_does_not(terminal: Callable[..., Terminal]) -> None:
    chat = terminal()
    chat.until("> ")
    chat.type("half a quest")
    chat.until("quest")
    chat.interrupt()
    chat.until("(Ctrl-C once more leaves")
    chat.until("> ")
    chat.type(f"{PRICE}\n")
    chat.until("410 dollars")
    chat.until("> ")
    chat.interrupt()
    chat.until("(Ctrl-C once more leaves")
    chat.until("> ")
    chat.interrupt()
    assert chat.ended() == 130


@pytest.fixture
def slow_model() -> Iterator[tuple[str, threading.Event]]:
    """The URL of a server that speaks the OpenAI protocol: it sends a sentence and the beginning of a second one, and
    the rest when it is released."""
    released = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            prompt = "\n".join(message["content"] for message in body["messages"])
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            with suppress(OSError):  # the client may go away
                self._send(filled("Mayor Ana Lindqvist said 1,250 people had left. [{1}] The closure ", prompt))
                released.wait(60)
                self._send(filled("ends on 3 October. [{2}]", prompt))
                self.wfile.write(b"data: [DONE]\n\n")

        def _send(self, text: str) -> None:
            piece = {"choices": [{"index": 0, "delta": {"content": text}}], "object": "chat.completion.chunk"}
            self.wfile.write(f"data: {json.dumps(piece)}\n\n".encode())
            self.wfile.flush()

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1", released
        released.set()
        server.shutdown()
        thread.join()


def test_sentences_appear_as_they_are_checked_and_ctrl_c_stops_them(
    terminal: Callable[..., Terminal], slow_model: tuple[str, threading.Event]
) -> None:
    url, released = slow_model
    chat = terminal("--llm", "openai:some-model", OPENAI_BASE_URL=url, OPENAI_API_KEY="not-a-real-key")
    chat.until("> ")
    chat.type(f"{QUESTION}\n")
    chat.until("people had left. [1]")  # the model has not written the second sentence yet
    chat.interrupt()
    chat.until("Stopped.")
    chat.until("> ")
    chat.type("/json\n")
    chat.until("there is no answer yet")  # an answer that was stopped is none
    chat.until("> ")
    released.set()
    chat.type(f"{QUESTION}\n")
    chat.until("people had left. [1]")
    chat.until("The closure ends on 3 October. [2]")
    chat.until("[2] Norvik harbour closed")
    chat.until("> ")
    chat.type("/quit\n")
    assert chat.ended() == 0
