"""A language model as the judge of support: asked once, remembered, and never believed without a yes or no."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from eval.errors import EvalError
from eval.llm_judge import LlmSupport
from rag.errors import LlmCallError, LlmSetupError
from rag.llm import plain_model

SAID = "The quay closes in May."
TEXTS = ["On Monday the council said that the quay closes in May.", "It rained."]


def judge(reply: str, kept: Path | None = None) -> tuple[LlmSupport, list[str]]:
    prompts: list[str] = []

    def ask(prompt: str) -> str:
        prompts.append(prompt)
        return reply

    return LlmSupport("some:model", ask, kept), prompts


@pytest.mark.parametrize(("reply", "verdict"), [("yes", True), ("No.", False), ("**Yes**, it does", True)])
def test_the_model_says_yes_or_no(reply: str, verdict: bool) -> None:
    support, prompts = judge(reply)
    assert support(SAID, TEXTS) is verdict
    [prompt] = prompts
    assert SAID in prompt
    assert all(text in prompt for text in TEXTS)


def test_nothing_cited_supports_nothing_and_asks_nobody() -> None:
    support, prompts = judge("yes")
    assert support(SAID, []) is False
    assert prompts == []


def test_a_reply_without_a_verdict_is_an_error() -> None:
    with pytest.raises(EvalError, match="neither yes nor no but 'Perhaps'"):
        judge("Perhaps")[0](SAID, TEXTS)


def test_the_same_is_asked_once_and_kept(tmp_path: Path) -> None:
    kept = tmp_path / "verdicts.jsonl"
    support, prompts = judge("yes", kept)
    assert support(SAID, TEXTS) is support(SAID, TEXTS) is True
    assert support(SAID, TEXTS[:1]) is True
    assert len(prompts) == support.asked == 2
    again = LlmSupport("some:model", None, kept)
    assert again(SAID, TEXTS) is True
    with pytest.raises(EvalError, match="lacks verdicts of some:model"):
        again("Something else.", TEXTS)
    with pytest.raises(EvalError, match="lacks verdicts of other:model"):
        LlmSupport("other:model", None, kept)(SAID, TEXTS)


def test_what_a_crash_cut_short_is_asked_again(tmp_path: Path) -> None:
    kept = tmp_path / "verdicts.jsonl"
    judge("no", kept)[0](SAID, TEXTS)
    kept.write_text(kept.read_text("utf-8")[:-9], "utf-8")
    support, prompts = judge("no", kept)
    assert support(SAID, TEXTS) is support(SAID, TEXTS[:1]) is False
    assert len(prompts) == 2
    again = LlmSupport("some:model", None, kept)
    assert again(SAID, TEXTS) is again(SAID, TEXTS[:1]) is False


class OpenAi(BaseHTTPRequestHandler):
    """Speaks OpenAI's protocol and always says "No"; a prompt with the word "crash" gets an error 500."""

    asked: list[str]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        prompt = str(body["messages"][-1]["content"])
        type(self).asked.append(prompt)
        message = {"role": "assistant", "content": "No"}
        usage = {"prompt_tokens": 9, "completion_tokens": 1, "total_tokens": 10}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        reply = {
            "id": "1",
            "object": "chat.completion",
            "created": 1,
            "model": "m",
            "choices": [choice],
            "usage": usage,
        }
        data = json.dumps(reply).encode()
        self.send_response(500 if "crash" in prompt else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *arguments: object) -> None:
        """Tests print nothing."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    OpenAi.asked = []
    with ThreadingHTTPServer(("127.0.0.1", 0), OpenAi) as listening:
        thread = threading.Thread(target=listening.serve_forever, daemon=True)
        thread.start()
        monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{listening.server_port}/v1")
        monkeypatch.setenv("OPENAI_API_KEY", "none")
        yield OpenAi.asked
        listening.shutdown()
        thread.join()


def test_a_model_by_name_is_a_function_of_a_prompt(server: list[str]) -> None:
    assert plain_model("openai:m")("Is it so?") == "No"
    assert server == ["Is it so?"]
    with pytest.raises(LlmCallError, match=r"openai:m failed on the provider.s side \(status 500\)"):
        plain_model("openai:m")("crash")
    with pytest.raises(LlmSetupError, match="no language model is named"):
        plain_model("")


def test_a_run_is_judged_by_a_model_and_shown_again_without_it(
    nutgraf: Callable[..., Any], seeds_store: Path, server: list[str], tmp_path: Path
) -> None:
    cases = tmp_path / "cases.jsonl"
    cases.write_text('{"id": "1", "question": "Who received Sung Kim in Seoul?", "answers": ["Noh Kyu-duk"]}\n')
    asked = (
        "eval",
        "--store",
        seeds_store,
        "--cases",
        cases,
        "--judge",
        "openai:m",
        "--out",
        "run",
        "--json",
        "a.json",
    )
    assert nutgraf(*asked).status == 0
    assert json.loads(Path("a.json").read_text("utf-8"))["overall"]["citation_recall"] == 0  # it always says no
    times = len(server)
    assert times > 0
    assert nutgraf("eval", "report", "run", "--to", "b.json").status == 0
    assert json.loads(Path("b.json").read_text("utf-8"))["overall"]["citation_recall"] == 0
    assert len(server) == times
