"""The clients of the other providers, each against a server that speaks its protocol: skipped where one is missing."""

import gc
import json
import struct
import threading
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from rag import LlmCallError, RagSettings
from rag.llm import make_model
from rag.llm.asking import ask_model, text_of
from rag.llm.failures import secrets_of

CANARY = "canary-0f3a9b7712cc44de"
PIECES = ["The closure ends ", "on 3 October. ", "[a1b2-3]"]
TOKENS = {"input_tokens": 41, "output_tokens": 9, "total_tokens": 50}

# The clients' own warnings are theirs to mend; sockets that some leave open are closed by ``swept``.
pytestmark = pytest.mark.filterwarnings("default", "ignore:unclosed <socket:ResourceWarning")


# -- the protocols: what a server sends for pieces of text, and at the end


def event(name: str, **fields) -> bytes:
    return f"event: {name}\ndata: {json.dumps({'type': name, **fields})}\n\n".encode()


def data(**fields) -> bytes:
    return f"data: {json.dumps(fields)}\n\n".encode()


def line(**fields) -> bytes:
    return json.dumps({"model": "tiny", "created_at": "2021-09-28T10:00:00Z", **fields}).encode() + b"\n"


def frame(name: str, **fields) -> bytes:
    """A message of AWS' event stream: lengths, headers and payload, each under its CRC-32."""
    named = {":message-type": "event", ":event-type": name, ":content-type": "application/json"}
    headers = b"".join(
        bytes([len(key)]) + key.encode() + b"\x07" + struct.pack(">H", len(value)) + value.encode()
        for key, value in named.items()
    )
    payload = json.dumps(fields).encode()
    prelude = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    message = prelude + struct.pack(">I", zlib.crc32(prelude)) + headers + payload
    return message + struct.pack(">I", zlib.crc32(message))


ANTHROPIC_USAGE = {"input_tokens": 41, "output_tokens": 9}  # of the whole reply, at its end


def anthropic_begin() -> bytes:
    message = {"id": "m", "type": "message", "role": "assistant", "model": "tiny", "content": [], "stop_reason": None}
    usage = {**ANTHROPIC_USAGE, "output_tokens": 1}
    block = event("content_block_start", index=0, content_block={"type": "text", "text": ""})
    return event("message_start", message={**message, "stop_sequence": None, "usage": usage}) + block


def anthropic_piece(text: str) -> bytes:
    return event("content_block_delta", index=0, delta={"type": "text_delta", "text": text})


def anthropic_end() -> bytes:
    delta = event("message_delta", delta={"stop_reason": "end_turn", "stop_sequence": None}, usage=ANTHROPIC_USAGE)
    return event("content_block_stop", index=0) + delta + event("message_stop")


def google_piece(text: str, **more) -> bytes:
    return data(candidates=[{"content": {"parts": [{"text": text}], "role": "model"}, "index": 0, **more}])


def google_end() -> bytes:
    counts = {"promptTokenCount": 41, "candidatesTokenCount": 9, "totalTokenCount": 50}
    candidates = [{"content": {"parts": [{"text": ""}], "role": "model"}, "index": 0, "finishReason": "STOP"}]
    return data(candidates=candidates, usageMetadata=counts)


def openai_piece(text: str) -> bytes:
    delta = {"role": "assistant", "content": text}
    choices = [{"index": 0, "delta": delta, "finish_reason": None}]
    return data(id="c", object="chat.completion.chunk", created=1, model="tiny", choices=choices)


def openai_end(**more) -> bytes:
    usage = {"prompt_tokens": 41, "completion_tokens": 9, "total_tokens": 50}
    choices = [{"index": 0, "delta": {"content": ""}, "finish_reason": "stop"}]
    last = data(id="c", object="chat.completion.chunk", created=1, model="tiny", choices=choices, usage=usage, **more)
    return last + b"data: [DONE]\n\n"


def groq_end() -> bytes:
    usage = {"prompt_tokens": 41, "completion_tokens": 9, "total_tokens": 50}
    return openai_end(x_groq={"id": "r", "usage": usage})


def ollama_piece(text: str) -> bytes:
    return line(message={"role": "assistant", "content": text}, done=False)


def ollama_end() -> bytes:
    counts = {"prompt_eval_count": 41, "eval_count": 9, "total_duration": 1, "eval_duration": 1}
    return line(message={"role": "assistant", "content": ""}, done=True, done_reason="stop", **counts)


def aws_piece(text: str) -> bytes:
    return frame("contentBlockDelta", contentBlockIndex=0, delta={"text": text})


def aws_end() -> bytes:
    usage = {"inputTokens": 41, "outputTokens": 9, "totalTokens": 50}
    stop = frame("contentBlockStop", contentBlockIndex=0) + frame("messageStop", stopReason="end_turn")
    return stop + frame("metadata", usage=usage, metrics={"latencyMs": 1})


@dataclass(frozen=True)
class Client:
    """``address`` is the variable that names the server, ``path`` what stands behind it; ``key`` holds the key."""

    package: str
    named: str
    address: str
    key: str
    piece: Callable[[str], bytes]
    end: Callable[[], bytes]
    begin: Callable[[], bytes] = bytes
    path: str = ""
    also: tuple[tuple[str, str], ...] = ()

    def say(self, wire, pieces=PIECES) -> None:
        if begin := self.begin():
            wire.raw(begin)
        for text in pieces:
            wire.raw(self.piece(text))

    def reply(self, wire) -> None:
        self.say(wire)
        wire.raw(self.end())
        wire.end()


CLIENTS = [
    Client("langchain_anthropic", "anthropic:claude-tiny", "ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY",
           anthropic_piece, anthropic_end, anthropic_begin),
    Client("langchain_google_genai", "google:gemini-tiny", "GOOGLE_GEMINI_BASE_URL", "GOOGLE_API_KEY",
           google_piece, google_end),
    Client("langchain_mistralai", "mistral:tiny", "MISTRAL_BASE_URL", "MISTRAL_API_KEY", openai_piece, openai_end,
           path="/v1"),
    Client("langchain_groq", "groq:tiny", "GROQ_API_BASE", "GROQ_API_KEY", openai_piece, groq_end),
    Client("langchain_ollama", "ollama:tiny", "OLLAMA_HOST", "OLLAMA_API_KEY", ollama_piece, ollama_end),
    # langchain-aws streams with the models alone that it knows.
    Client("langchain_aws", "aws:anthropic.claude-3-haiku-20240307-v1:0", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME",
           "AWS_SECRET_ACCESS_KEY", aws_piece, aws_end,
           also=(("AWS_ACCESS_KEY_ID", "tiny"), ("AWS_DEFAULT_REGION", "eu-west-1"))),
]  # fmt: skip


@pytest.fixture(autouse=True)
def swept():
    """Sockets that the clients leave open are closed here, last of all, and not during another test."""
    yield
    for thread in threading.enumerate():
        if thread.name == "language-model":
            thread.join(5)
    gc.collect()


@pytest.fixture(params=CLIENTS, ids=lambda client: client.named.partition(":")[0])
def client(request, model_server, monkeypatch) -> Client:
    chosen: Client = request.param
    pytest.importorskip(chosen.package)
    server = urlsplit(model_server.url)
    for name, value in (
        (chosen.address, f"{server.scheme}://{server.netloc}{chosen.path}"),
        (chosen.key, CANARY),
        *chosen.also,
    ):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("rag.llm.asking.FIRST_WAIT_S", 0.01)
    return chosen


@pytest.fixture
def ask(client, model_server):
    """Asks the client's model with the server's scripts set: the pieces; keyword arguments are settings."""

    def run(*scripts, **settings) -> list:
        model_server.scripts = list(scripts)
        chosen = RagSettings(llm=client.named, **{"llm_timeout_s": 20.0, **settings})
        model = make_model(chosen)
        assert model is not None
        prompt = [("system", "Answer from the passages."), ("human", "When does the closure end?")]
        return list(ask_model(lambda: model.stream(prompt), client.named, chosen, secrets_of(model)))

    return run


def written(pieces: list) -> str:
    return "".join(map(text_of, pieces))


def failing(status: int, **headers: str):
    error = {"type": "error", "code": status, "status": "NO", "message": f"no {CANARY}"}
    body = {"error": error, "message": f"no {CANARY}", "type": "error"}
    return lambda wire: wire.status(status, json.dumps(body), **headers)


def test_text_comes_in_pieces_and_tokens_are_counted(client, ask, model_server):
    pieces = ask(client.reply)
    assert written(pieces) == "".join(PIECES)
    assert sum(bool(text_of(piece)) for piece in pieces) == len(PIECES)
    whole = pieces[0]
    for piece in pieces[1:]:
        whole += piece
    assert {name: whole.usage_metadata[name] for name in TOKENS} == TOKENS
    assert len(model_server.wires) == 1


@pytest.mark.parametrize(
    ("status", "said"),
    [(401, "refused the key"), (403, "does not allow"), (404, "not known"), (400, "refused the req")],
)
def test_what_cannot_be_mended_is_told_and_not_tried_again(ask, model_server, status, said):
    with pytest.raises(LlmCallError, match=said) as caught:
        ask(failing(status))
    assert f"(status {status})" in str(caught.value)
    assert CANARY not in str(caught.value)
    assert len(model_server.wires) == 1


@pytest.mark.parametrize(("status", "said"), [(429, "no capacity left"), (500, "provider's side"), (503, "provider")])
def test_what_may_pass_is_tried_again_by_nobody_but_us(ask, model_server, status, said):
    with pytest.raises(LlmCallError, match=said):
        ask(failing(status), llm_retries=2)
    assert len(model_server.wires) == 3


def test_the_time_that_a_server_asks_for_is_waited(client, ask, monkeypatch):
    waits: list[float] = []
    monkeypatch.setattr("rag.llm.asking.sleep", waits.append)
    assert written(ask(failing(429, Retry_After="7"), client.reply)) == "".join(PIECES)
    assert waits == [7]


def test_a_silent_server_is_left(client, ask, model_server):
    began = time.monotonic()
    with pytest.raises(LlmCallError, match="silent for too long"):
        ask(lambda wire: wire.stall(), llm_timeout_s=0.5)
    with pytest.raises(LlmCallError, match="silent for too long"):
        ask(lambda wire: (client.say(wire), wire.stall()), llm_timeout_s=0.5)
    assert time.monotonic() - began < 15
    assert len(model_server.wires) == 2


def test_a_connection_that_breaks_before_the_first_word_is_made_again(client, ask, model_server):
    assert written(ask(lambda wire: wire.cut(), client.reply)) == "".join(PIECES)
    assert len(model_server.wires) == 2


def test_a_reply_that_is_cut_off_is_an_error(client, ask, model_server):
    with pytest.raises(LlmCallError, match=r"broke the connection|cannot be understood"):
        ask(lambda wire: (client.say(wire), wire.cut()))
    assert len(model_server.wires) == 1
