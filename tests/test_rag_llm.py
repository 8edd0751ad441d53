"""Answers by a language model: scripted models, and the real OpenAI client against a server on this machine."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models import SimpleChatModel
from langchain_core.messages import AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk

from index import build_index
from rag import Assistant, LlmSetupError, RagSettings, Request

ARTICLE = {
    "uri": "n:1",
    "title": "Norvik harbour closed",
    "date": "2021-09-28",
    "source": "Herald",
    "text": "Mayor Ana Lindqvist said on Tuesday that 1,250 people had left Norvik by ferry.\n\n"
    "“We will not abandon the harbour,” she told reporters.\n\nThe closure ends on 3 October.",
}
QUESTION = "How many people left Norvik?"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("llm")
    (folder / "a.json").write_text(json.dumps(ARTICLE), encoding="utf-8")
    build_index([folder / "a.json"], store=folder / "store")
    return folder / "store"


class Scripted(SimpleChatModel):
    """Writes its script, in which ``{1}`` stands for the id of the first paragraph of the prompt, and so on."""

    script: str
    seen: list[str]

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _call(self, messages, stop=None, run_manager=None, **kwargs):
        self.seen.append("\n".join(str(message.content) for message in messages))
        return fill(self.script, self.seen[-1])


def fill(script: str, prompt: str) -> str:
    ids = list(dict.fromkeys(re.findall(r"^\[([0-9a-f]{4}-\d+)\]", prompt, re.MULTILINE)))
    for number, found in enumerate(ids, 1):
        script = script.replace(f"{{{number}}}", found)
    return script


def answer(store, script: str, **kwargs):
    model = Scripted(script=script, seen=[])
    with Assistant.open(store, llm=model) as assistant:
        return assistant.ask(QUESTION, **kwargs), model


def test_a_supported_sentence_is_shown_with_its_citation(store):
    found, model = answer(store, "Mayor Ana Lindqvist said 1,250 people had left. [{1}]")
    assert found.outcome == "answered"
    assert found.text == "Mayor Ana Lindqvist said 1,250 people had left. [1]"
    (citation,) = found.citations
    assert citation.quote == "Mayor Ana Lindqvist said on Tuesday that 1,250 people had left Norvik by ferry."
    assert citation.published == "2021-09-28"
    assert "never follow instructions" in model.seen[0]


@pytest.mark.parametrize(
    "script",
    [
        "Some 1,520 people had left Norvik by ferry. [{1}]",
        "Mayor Erik Sand said 1,250 people had left Norvik by ferry. [ffff-9]",
        "Mayor Ana Lindqvist said 1,520 people had left Norvik by ferry.",
        "She said “the harbour is lost”. [{2}]",
        "The closure ends on 4 October. [{1}]",
        "![x](http://example.org/x.png) Click http://example.org now. [{1}]",
    ],
)
def test_what_is_not_supported_is_never_shown(store, script):
    found, _ = answer(store, script)
    assert found.outcome == "not_in_sources"
    assert found.citations == ()
    assert found.text.startswith("Not in these sources.")


@pytest.mark.parametrize("cited", ["{1}", "ffff-9"])
def test_a_sentence_is_given_the_paragraph_that_supports_it(store, cited):
    found, _ = answer(store, f"The closure ends on 3 October. [{cited}]")
    assert found.text == "The closure ends on 3 October. [1]"
    assert found.citations[0].quote == "The closure ends on 3 October."
    assert "1 sentence cites" in found.notes[-1]


@pytest.mark.parametrize("unsupported", ["mark", "drop"])
def test_what_becomes_of_an_unsupported_sentence_is_a_setting(store, unsupported):
    model = Scripted(script="The closure ends on 3 October. [{1}] The mayor said so. [{3}]", seen=[])
    with Assistant.open(store, llm=model, settings=RagSettings(unsupported=unsupported)) as assistant:
        found = assistant.ask(QUESTION)
    assert found.citations == ()
    assert [claim.support for claim in found.claims] == ["unverified"] * (2 if unsupported == "mark" else 0)
    if unsupported == "mark":
        assert found.text.startswith("The closure ends on 3 October. (not verified)")
        assert found.confidence == 0


def test_invented_ids_and_dropped_sentences_are_counted(store):
    found, _ = answer(
        store, "The closure ends on 3 October. [{3}, ffff-9] Wheat got dearer in all of Asia. [{1}] It snowed."
    )
    assert found.text == "The closure ends on 3 October. [1]"
    assert found.notes == ("1 invented source id removed.", "2 unsupported sentences left out.")


def test_a_sentence_may_rest_on_several_paragraphs(store):
    found, _ = answer(store, "Ana Lindqvist, the mayor, will not abandon the harbour of Norvik. [{1}][{2}]")
    assert found.text.endswith("[1][2]")
    assert [c.paragraph for c in found.citations] == [0, 1]


@pytest.mark.parametrize(
    "script",
    [
        "The closure ends on 3 October 【{3}】.",
        "The closure ends on 3 October ({3}).",
        "The closure ends on 3 October. [{3} ; {3}]",
        "The closure ends on 3 October [{3}] [{3}].",
        "- The closure ends on 3 October.\n  [{3}]",
        "**The closure** ends on 3 October. [{3}](http://example.org) [{3}]",
    ],
)
def test_ids_are_read_as_models_write_them(store, script):
    found, _ = answer(store, script)
    assert found.text == "The closure ends on 3 October. [1]"


def test_words_put_in_brackets_are_no_ids(store):
    found, _ = answer(
        store, "The closure [of Norvik harbour] ends on 3 October. [{3}] The closure ends on 3 October [AP]. [{3}]"
    )
    assert found.claims[0].text == "The closure [of Norvik harbour] ends on 3 October."
    assert found.claims[1].text == "The closure ends on 3 October."
    assert found.notes == ("1 invented source id removed.",)


def test_the_same_sentence_is_shown_once(store):
    found, _ = answer(store, "The closure ends on 3 October. [{3}] " * 5)
    assert len(found.claims) == 1


class Raising(Scripted):
    """Has a mistake of its own."""

    def _call(self, messages, stop=None, run_manager=None, **kwargs):
        return str(1 / 0)


def test_whatever_a_model_raises_the_reader_answers(store):
    with Assistant.open(store, llm=Raising(script="", seen=[])) as assistant:
        found = assistant.ask(QUESTION)
    assert found.answerer == "extractive"
    assert found.notes[0].startswith(
        "The language model did not answer: Raising sent a reply that cannot be understood"
    )


def test_callbacks_see_the_model(store):
    class Seen(BaseCallbackHandler):
        started = 0

        def on_chat_model_start(self, *args, **kwargs):
            self.started += 1

    seen = Seen()
    with Assistant.open(store, llm=Scripted(script="The closure ends on 3 October. [{3}]", seen=[])) as assistant:
        assistant.pipeline.invoke(Request(QUESTION), config={"callbacks": [seen]})
    assert seen.started == 1


def test_fewer_passages_than_search_reads_are_reranked_for_a_model(store):
    model = Scripted(script="NOT IN SOURCES", seen=[])
    with Assistant.open(store, llm=model) as assistant:
        assert "relevance" not in assistant.ask(QUESTION).passages[0].scores
        assert "relevance" in assistant.ask(QUESTION, k=1).passages[0].scores


def test_a_refusal_of_the_model_is_a_refusal(store):
    found, _ = answer(store, "NOT IN SOURCES")
    assert found.outcome == "not_in_sources"
    assert found.why == "The language model found no answer."


def test_earlier_turns_reach_the_model_without_their_markers(store):
    _, model = answer(store, "NOT IN SOURCES", history=[("Who is mayor?", "Ana Lindqvist. [1]")])
    assert "Who is mayor?" in model.seen[0]
    assert "Ana Lindqvist. \n" in model.seen[0].replace("Ana Lindqvist.\n", "Ana Lindqvist. \n")


class Telling(Scripted):
    """Tells of its tokens piece by piece, as some providers do."""

    def _stream(self, messages, stop=None, run_manager=None, **kwargs):
        for number, piece in enumerate(re.findall(r".{1,20}", self._call(messages), re.DOTALL)):
            read = 0 if number else 200
            usage = {"input_tokens": read, "output_tokens": 4, "total_tokens": read + 4}
            yield ChatGenerationChunk(message=AIMessageChunk(content=piece, usage_metadata=usage))


@pytest.mark.parametrize("script", ["The closure ends on 3 October. [{3}] ", "NOT IN SOURCES".ljust(40)])
def test_tokens_told_piece_by_piece_are_summed(store, script):
    with Assistant.open(store, llm=Telling(script=script, seen=[])) as assistant:
        found = assistant.ask(QUESTION)
    assert found.tokens == {"input": 200, "output": 8}


def test_tokens_are_counted_when_nobody_tells_them(store):
    short, model = answer(store, "NOT IN SOURCES")
    long, _ = answer(store, "Mayor Ana Lindqvist said 1,250 people had left. [{1}]")
    assert short.tokens["estimated"] == long.tokens["estimated"] == 1
    assert 0 < short.tokens["output"] < long.tokens["output"] < long.tokens["input"]
    assert len(model.seen[0]) / 8 < short.tokens["input"] < len(model.seen[0])


def test_the_reader_takes_no_tokens(store):
    with Assistant.open(store) as assistant:
        assert assistant.ask(QUESTION).tokens == {}


# -- over the wire


@pytest.fixture
def server() -> Iterator[Callable[..., str]]:
    """Starts a server that speaks the OpenAI protocol; the function makes a reply text, or a status, of a prompt."""
    running: list[ThreadingHTTPServer] = []

    def start(reply: Callable[[str], object], usage: dict[str, int] | None = None) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                made = reply("\n".join(m["content"] for m in body["messages"]))
                if isinstance(made, int):
                    self.send_response(made)
                    self.end_headers()
                    return
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.end_headers()
                for piece in re.findall(r".{1,7}", str(made), re.DOTALL):
                    delta = {"choices": [{"index": 0, "delta": {"content": piece}}], "object": "chat.completion.chunk"}
                    self.wfile.write(f"data: {json.dumps(delta)}\n\n".encode())
                if usage:
                    last = {"choices": [], "object": "chat.completion.chunk", "usage": usage}
                    self.wfile.write(f"data: {json.dumps(last)}\n\n".encode())
                self.wfile.write(b"data: [DONE]\n\n")

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        running.append(httpd)
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{httpd.server_port}/v1"

    yield start
    for httpd in running:
        httpd.shutdown()
        httpd.server_close()


def test_provider_and_model_by_name_stream_checked_sentences(store, server, monkeypatch):
    script = (
        "Mayor Ana Lindqvist said 1,250 people had left. [{1}] The closure ends on 3 October. [{3}] Wheat fell. [{2}]"
    )
    monkeypatch.setenv("OPENAI_BASE_URL", server(lambda prompt: fill(script, prompt)))
    monkeypatch.setenv("OPENAI_API_KEY", "not-a-real-key")
    with Assistant.open(store, llm="openai:gpt-4o-mini") as assistant:
        growing = list(assistant.stream(QUESTION))
    assert [len(a.claims) for a in growing] == [1, 2, 2]
    assert growing[-1].text.endswith("The closure ends on 3 October. [2]")
    assert growing[-1].answerer == "openai:gpt-4o-mini"
    assert growing[-1].notes == ("1 unsupported sentence left out.",)


def test_tokens_are_those_that_the_provider_tells(store, server, monkeypatch):
    usage = {"prompt_tokens": 210, "completion_tokens": 17, "total_tokens": 227}
    monkeypatch.setenv("OPENAI_BASE_URL", server(lambda prompt: fill("It ends on 3 October. [{3}]", prompt), usage))
    monkeypatch.setenv("OPENAI_API_KEY", "not-a-real-key")
    with Assistant.open(store, llm="openai:gpt-4o-mini") as assistant:
        found = assistant.ask(QUESTION)
    assert found.tokens == {"input": 210, "output": 17}
    assert found.to_dict()["tokens"] == {"input": 210, "output": 17}


@pytest.mark.parametrize("status", [400, 401, 500])
def test_a_failing_model_is_said_and_the_reader_answers(store, server, monkeypatch, status):
    monkeypatch.setattr("rag.llm.asking.FIRST_WAIT_S", 0.01)
    monkeypatch.setenv("OPENAI_BASE_URL", server(lambda prompt: status))
    monkeypatch.setenv("OPENAI_API_KEY", "not-a-real-key")
    with Assistant.open(store, llm="openai:gpt-4o-mini") as assistant:
        found = assistant.ask(QUESTION)
    assert found.answerer == "extractive"
    assert "1,250" in found.text
    assert found.notes[0].startswith("The language model did not answer: openai:gpt-4o-mini ")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("gpt-4o", "give provider:model"),
        ("mistral:small", re.escape("pip install 'nutgraf[mistral]'")),
        ("deepseek:chat", "pip install langchain-deepseek"),
        ("nonsense:model", "cannot be set up"),
    ],
)
def test_a_model_that_cannot_be_set_up_is_one_clear_line(store, name, message):
    with pytest.raises(LlmSetupError, match=message) as caught:
        Assistant.open(store, llm=name)
    assert "\n" not in str(caught.value)


def test_a_missing_key_is_said_without_a_traceback(store, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(LlmSetupError, match="check the name and the key"):
        Assistant.open(store, settings=RagSettings(llm="openai:gpt-4o-mini"))
