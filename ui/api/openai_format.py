"""Between Nutgraf's questions and answers and the messages of OpenAI's chat API."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from rag import Answer
from rag.schema import Citation

from ..thumbs import HISTORY_TURNS
from ..wording import long_date
from .models import ChatBody, Message
from .problems import Problem

MODEL = "nutgraf"
SOURCES = "\n\nSources:\n"

# Parameters that ask for what is not there, with the values that ask for nothing.
_REFUSED: dict[str, tuple[object, ...]] = {
    "tools": (None, []),
    "functions": (None, []),
    "n": (None, 1),
    "logprobs": (None, False),
    "audio": (None,),
    "modalities": (None, ["text"]),
    "response_format": (None, {"type": "text"}),
    "web_search_options": (None,),
}
# What makes Markdown of an article's words: links and images, their definitions, HTML, addresses in angle brackets.
_LINK = re.compile(r"\](?=[(\[:])")
_TAG = re.compile(r"<(?=[a-zA-Z/!?])")
_MARKER = re.compile(r"\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as the content of a message, with the place of every citation in it."""

    content: str
    annotations: tuple[dict[str, object], ...] = ()


def check_parameters(body: ChatBody) -> None:
    """Raise Problem 400 for a parameter that asks for what there is not, 404 for another model."""
    if body.model != MODEL:
        raise Problem(
            404, f"The model {body.model!r} does not exist; use {MODEL!r}.", code="model_not_found", param="model"
        )
    for name, value in (body.model_extra or {}).items():
        if name in _REFUSED and value not in _REFUSED[name]:
            said = f"{name} is not supported: answers are one text whose every sentence is cited; leave it out."
            raise Problem(400, said, code="unsupported_parameter", param=name)


def conversation(messages: Sequence[Message]) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The question, which is the last message, and the latest earlier (question, answer) pairs, oldest first.

    Raises Problem 400 when the last message is not a user's, or holds anything but text.
    """
    spoken = [message for message in messages if message.role in ("user", "assistant")]
    if not spoken or spoken[-1].role != "user":
        raise Problem(400, "The last message must be the user's question.", param="messages")
    pairs: list[tuple[str, str]] = []
    asked = ""
    for message in spoken[:-1]:
        if message.role == "user":
            asked = _text(message)
        elif asked:
            pairs.append((asked, _text(message).partition(SOURCES)[0]))
            asked = ""
    return _text(spoken[-1]), tuple(pairs[-HISTORY_TURNS:])


def _text(message: Message) -> str:
    if not isinstance(message.content, list):
        return message.content or ""
    if other := [part.type for part in message.content if part.type != "text" or part.text is None]:
        raise Problem(
            400,
            f"Content of type {other[0]!r} is not supported; send text.",
            code="unsupported_content",
            param="messages",
        )
    return "\n".join(part.text or "" for part in message.content)


def reply_to(answer: Answer, article_url: Callable[[str], str], *, before: str = "") -> Reply:
    """A whole answer as content: the bare answer where there is one, the sentences with their markers, the sources.

    ``article_url`` gives the address at which this server shows an article of that uri; it stands for the url of
    articles without one. ``before`` is content that was sent already: the reply goes on after it.
    """
    if answer.outcome != "answered":
        return Reply(before + (answer.text or answer.why))
    # Where sources differ the text says so first, and there is no one bare answer.
    head = "" if answer.positions else answer.short
    body = before + "\n\n".join(disarmed(part) for part in (head, answer.text) if part)
    cited = {citation.marker: citation for citation in answer.citations}
    addresses = {marker: _address(citation, article_url) for marker, citation in cited.items()}
    annotations = tuple(
        _annotation(found, addresses[marker], _line(cited[marker].title))
        for found in _MARKER.finditer(body, len(before))
        if (marker := int(found[1])) in cited
    )
    lines = "\n".join(f"[{marker}] {_about(citation)}: {addresses[marker]}" for marker, citation in cited.items())
    return Reply(body + (SOURCES + lines if lines else ""), annotations)


def growing(answer: Answer) -> str:
    """The beginning of an answer of which more is to come. A quoting reader has nothing to show before its end."""
    is_written = answer.outcome == "answered" and answer.answerer != "extractive"
    return disarmed(answer.text) if is_written else ""


def _annotation(marker: re.Match[str], url: str, title: str) -> dict[str, object]:
    place = {"start_index": marker.start(), "end_index": marker.end(), "url": url, "title": title or url}
    return {"type": "url_citation", "url_citation": place}


def disarmed(text: str) -> str:
    """``text`` so that a client that shows Markdown makes no link, image or HTML of an article's words.

    A space goes where one of these would begin; nothing else is changed.
    """
    return _TAG.sub("< ", _LINK.sub("] ", text))


def _about(citation: Citation) -> str:
    parts = (_line(citation.title) or "untitled", _line(citation.source), long_date(citation.published))
    return disarmed(", ".join(filter(None, parts)))


def _address(citation: Citation, article_url: Callable[[str], str]) -> str:
    """A web address of the cited article in which nothing can end it or begin another."""
    for known in (citation.url, citation.uri):
        if known.startswith(("http://", "https://")):
            return quote(known, safe="%/:?#@!$&*+,;=~-._")
    return article_url(citation.uri)


def _line(text: str) -> str:
    return " ".join(text.split())
