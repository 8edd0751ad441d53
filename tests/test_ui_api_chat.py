"""The OpenAI-compatible API: through OpenAI's own client and LangChain's, and what it makes of messages and answers."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_openai import ChatOpenAI
from markdown_it import MarkdownIt

from index.sentences import split_sentences
from rag import Assistant
from rag.schema import Answer, Citation, Claim
from ui.api.chat import ANEW, _Turn
from ui.api.models import Message
from ui.api.openai_format import SOURCES, conversation, disarmed, reply_to
from ui.api.problems import Problem
from ui.api.state import build_state

QUESTION = "How long does the joint exercise of the United States and South Korea last?"


@pytest.fixture(scope="module")
def url(seeds_store: Path, serve_api: Callable[..., str]) -> Iterator[str]:
    with Assistant.open(seeds_store) as opened:
        yield serve_api(opened)


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as opened:
        yield opened


def asked(text: str = QUESTION) -> list:
    return [{"role": "system", "content": "Answer in French."}, {"role": "user", "content": text}]


# -- the clients


def test_the_models(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["nutgraf"]
    assert client.models.retrieve("nutgraf").owned_by == "nutgraf"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt-4")


def test_an_answer_with_its_citations(client: openai.OpenAI, url: str) -> None:
    done = client.chat.completions.create(model="nutgraf", messages=asked(), temperature=0.5, stop=["x"], n=1, tools=[])
    (choice,) = done.choices
    content = choice.message.content or ""
    text, _, sources = content.partition(SOURCES)
    assert text.startswith("nine days\n\n")
    assert sources.startswith("[1] Seoul and Washington call on Pyongyang")
    assert (choice.finish_reason, choice.message.role, choice.message.refusal) == ("stop", "assistant", None)
    assert choice.message.annotations
    for annotation in choice.message.annotations:
        citation = annotation.url_citation
        assert content[citation.start_index : citation.end_index] == "[1]"
        assert citation.title.startswith("Seoul and Washington")
        assert citation.url in sources
        assert httpx.get(citation.url).json()["title"] == citation.title  # without a url the server shows the article
    assert done.usage
    assert done.usage.total_tokens == done.usage.prompt_tokens + done.usage.completion_tokens > 0


def test_a_stream_says_the_same(client: openai.OpenAI) -> None:
    whole = client.chat.completions.create(model="nutgraf", messages=asked())
    chunks = list(
        client.chat.completions.create(
            model="nutgraf", messages=asked(), stream=True, stream_options={"include_usage": True}
        )
    )
    deltas = [chunk.choices[0].delta for chunk in chunks if chunk.choices]
    assert "".join(delta.content or "" for delta in deltas) == whole.choices[0].message.content
    assert deltas[0].role == "assistant"
    assert [c.choices[0].finish_reason for c in chunks if c.choices] == [None] * (len(deltas) - 1) + ["stop"]
    assert (chunks[-1].choices, chunks[-1].usage) == ([], whole.usage)
    annotations = deltas[-1].model_extra["annotations"]  # type: ignore[index]
    assert annotations == [a.model_dump() for a in whole.choices[0].message.annotations or ()]


def test_a_refusal_is_plain_text(client: openai.OpenAI) -> None:
    done = client.chat.completions.create(model="nutgraf", messages=asked("Who won the World Cup?"))
    message = done.choices[0].message
    assert (message.content or "").startswith("Not in these sources.")
    assert SOURCES not in (message.content or "")
    assert message.annotations == []


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"n": 2}, "n"),
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, "tools"),
        ({"response_format": {"type": "json_object"}}, "response_format"),
        ({"logprobs": True}, "logprobs"),
        ({"messages": [{"role": "assistant", "content": "x"}]}, "messages"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]}, "messages"),
    ],
)
def test_what_is_not_there_is_refused(client: openai.OpenAI, more: dict, param: str) -> None:
    for stream in (False, True):
        with pytest.raises(openai.BadRequestError) as refused:
            client.chat.completions.create(**{"model": "nutgraf", "messages": asked(), "stream": stream, **more})
        assert refused.value.param == param


def test_another_model_does_not_exist(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as refused:
        client.chat.completions.create(model="gpt-4o", messages=asked())
    assert refused.value.code == "model_not_found"


def test_filters_go_along(client: openai.OpenAI) -> None:
    done = client.chat.completions.create(model="nutgraf", messages=asked(), extra_body={"date_to": "1999-01-01"})
    assert (done.choices[0].message.content or "").startswith("Not in these sources.")


def test_langchain(url: str) -> None:
    model = ChatOpenAI(model="nutgraf", base_url=f"{url}/v1", api_key="none", max_retries=0)
    reply = model.invoke(QUESTION)
    assert str(reply.content).startswith("nine days")
    assert reply.usage_metadata
    assert "".join(str(chunk.content) for chunk in model.stream(QUESTION)) == reply.content


class Gated(BaseChatModel):
    """Writes one sentence about the first paragraph that it is shown, and a second one when it may."""

    go: Any

    @property
    def _llm_type(self) -> str:
        return "gated"

    def _generate(self, messages: list, *_: Any, **__: Any) -> ChatResult:
        raise NotImplementedError

    def _stream(self, messages: list, *_: Any, **__: Any) -> Iterator[ChatGenerationChunk]:
        id, text = re.findall(r"^\[([\w-]+)\] (.*)$", str(messages[-1].content), re.M)[0]
        for sentence in split_sentences(text)[:1] * 2:
            said = f"{text[slice(*sentence)]} [{id}]\n"
            yield ChatGenerationChunk(message=AIMessageChunk(said))
            yield ChatGenerationChunk(message=AIMessageChunk("\n"))
            self.go.wait(30)


@pytest.mark.parametrize("door", ["/v1/ask", "/v1/chat/completions"])
def test_sentences_arrive_while_the_model_still_writes(
    seeds_store: Path, serve_api: Callable[..., str], door: str
) -> None:
    go = threading.Event()
    with Assistant.open(seeds_store, llm=Gated(go=go)) as assistant:
        body = {"question": QUESTION, "model": "nutgraf", "messages": asked(), "stream": True}
        needed = ("question", "stream") if door == "/v1/ask" else ("model", "messages", "stream")
        sent = {name: body[name] for name in needed}
        with httpx.stream("POST", serve_api(assistant) + door, json=sent, timeout=60) as response:
            lines = response.iter_lines()
            assert any("[1]" in line for line in lines)  # reads up to the first sentence, which the model gave
            assert not go.is_set()
            go.set()
            rest = list(lines)
    assert any("done" in line or "[DONE]" in line for line in rest)


# -- messages


def test_a_conversation_is_a_question_and_pairs() -> None:
    said = [
        ("system", "s"), ("assistant", "Hello!"), ("user", "q1"), ("user", "q2"), ("assistant", f"a2{SOURCES}[1] x"),
        ("developer", "d"), ("user", "q3"), ("assistant", "a3"), ("user", "q4"),
    ]  # fmt: skip
    question, history = conversation([Message(role=role, content=text) for role, text in said])
    assert (question, history) == ("q4", (("q2", "a2"), ("q3", "a3")))


def test_text_parts_are_put_together() -> None:
    parts = [{"type": "text", "text": "Who"}, {"type": "text", "text": "met?"}]
    assert conversation([Message.model_validate({"role": "user", "content": parts})]) == ("Who\nmet?", ())


@pytest.mark.parametrize("roles", [["system"], ["user", "assistant"]])
def test_without_a_question_there_is_no_answer(roles: list) -> None:
    with pytest.raises(Problem):
        conversation([Message(role=role, content="x") for role in roles])


# -- answers


def cited(marker: int, *, uri: str = "https://news.example/a", title: str = "The dam", url: str = "") -> Citation:
    return Citation(
        marker, f"p{marker}", uri, title, "Post", url, "2024-05-01", 0, "body", "It broke.", "It broke.", 0, 9
    )


def answered(*sentences: str, answerer: str = "fake:model", **fields: object) -> Answer:
    claims = tuple(Claim(text, (cited(n),), "verified") for n, text in enumerate(sentences, 1))
    text = " ".join(f"{claim.text} [{claim.citations[0].marker}]" for claim in claims)
    citations = tuple(claim.citations[0] for claim in claims)
    answer = Answer("q", text, "answered", claims, citations, answerer=answerer, tokens={"input": 7, "output": 3})
    return replace(answer, **fields)


def address(uri: str) -> str:
    return f"http://server/{uri}"


def test_a_url_goes_before_the_servers_own_address() -> None:
    for citation, wanted in (
        (cited(1), "https://news.example/a"),
        (cited(1, uri="file#1/x", url="http://post.example/x y)"), "http://post.example/x%20y%29"),
        (cited(1, uri="file#1/x", url="javascript:alert(1)"), "http://server/file#1/x"),
    ):
        answer = Answer("q", "It broke. [1]", "answered", citations=(citation,))
        reply = reply_to(answer, address)
        assert reply.annotations[0]["url_citation"]["url"] == wanted  # type: ignore[index]
        assert reply.content.endswith(f"[1] The dam, Post, 1 May 2024: {wanted}")


NASTY = [
    "![x](http://evil.example/x.png)", "[x](javascript:alert(1))", "<img src=http://evil.example>", "[a][b]\n\n[b]: http://e",
    "<script>alert(1)</script>", "<http://evil.example>", "![a][]\n\n[a]: http://e", r"\![x\](http://evil.example)",
    "\\\\[x](http://e)", "[[x](http://e)](http://f)", "<!-- x -->", "<?php", "![a]\n\n[a]:\nhttp://e",
]  # fmt: skip


def kinds(text: str) -> set[str]:
    """The kinds of tokens that CommonMark makes of a text."""
    blocks = MarkdownIt("commonmark").parse(text)
    return {token.type for block in blocks for token in (block, *(block.children or ()))}


FOREIGN = {"image", "link_open", "html_inline", "html_block"}


@pytest.mark.parametrize("text", NASTY)
def test_an_articles_words_become_no_markup(text: str) -> None:
    assert not kinds(reply_to(answered(text), address).content) & FOREIGN


def test_these_words_would_be_markup() -> None:
    assert sum(bool(kinds(text) & FOREIGN) for text in NASTY) > len(NASTY) - 3  # some renderers know fewer dangers


@given(st.lists(st.sampled_from([*"[]()<>!:\\ \n\tab/\"'`^", "http://e", "img", "x"]), max_size=30).map("".join))
def test_nothing_becomes_markup(text: str) -> None:
    made = disarmed(text)
    assert not kinds(made) & FOREIGN
    assert made.replace(" ", "") == text.replace(" ", "")
    assert disarmed(made) == made


async def told(*answers: Answer) -> list[dict]:
    """The chunks of a stream of growing answers, of which the last is the whole one."""

    async def growing() -> AsyncIterator[tuple[Answer | None, bool]]:
        yield None, False
        for number, answer in enumerate(answers, 1):
            yield answer, number == len(answers)

    turn = _Turn(None, "q", (), address)  # type: ignore[arg-type] # the state is for others
    lines = [line async for line in turn.chunks(growing(), include_usage=True)]
    assert (lines[0], lines[-1]) == (": wait\n\n", "data: [DONE]\n\n")
    return [json.loads(line.removeprefix("data: ")) for line in lines[1:-1]]


def content_of(chunks: list[dict]) -> str:
    return "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks if chunk["choices"])


async def test_sentences_of_a_model_are_sent_as_they_come() -> None:
    first, whole = answered("It broke."), answered("It broke.", "It was old.")
    chunks = await told(first, whole, whole)
    sent = [chunk["choices"][0]["delta"].get("content") for chunk in chunks if chunk["choices"]]
    assert sent[:3] == ["", "It broke. [1]", " It was old. [2]"]
    assert content_of(chunks) == reply_to(whole, address).content
    assert chunks[-1]["usage"] == {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}


async def test_an_answer_that_turns_out_otherwise_is_written_anew() -> None:
    first, whole = answered("It broke."), answered("It held.", answerer="extractive")
    chunks = await told(first, whole)
    content = content_of(chunks)
    assert content.startswith(f"It broke. [1]{ANEW}It held. [1]{SOURCES}")
    (annotation,) = chunks[-2]["choices"][0]["delta"]["annotations"]
    place = annotation["url_citation"]
    assert content[place["start_index"] :].startswith(f"[1]{SOURCES}")


def test_no_thread_is_started_before_there_is_work(seeds_store: Path) -> None:
    before = threading.active_count()
    with Assistant.open(seeds_store) as assistant:
        build_state(assistant, upload_bytes=1).close()
        assert threading.active_count() == before
