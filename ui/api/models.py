"""What clients send, checked: unknown fields, wrong types and what is too long or too much are refused."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from index.filters import MAX_QUERY_CHARS

MOST_TURNS = 50
MOST_ARTICLES = 10_000
MOST_URLS = 20

# The years leave room for what lies before and after a day.
_DAY = re.compile(r"[1-8]\d{3}-\d\d-\d\d", re.ASCII)


def _iso_day(given: object) -> object:
    is_day = isinstance(given, date) or (isinstance(given, str) and _DAY.fullmatch(given))
    if not is_day:
        raise ValueError("give a date as YYYY-MM-DD")
    return given


Day = Annotated[date, BeforeValidator(_iso_day), Field(examples=["2021-09-30"])]
Question = Annotated[str, StringConstraints(max_length=MAX_QUERY_CHARS), Field(examples=["Who met in Seoul?"])]
Line = Annotated[str, StringConstraints(max_length=2_000)]
Answered = Annotated[str, StringConstraints(max_length=100_000)]


class Filters(BaseModel):
    """Which articles count: of these days (inclusive) and sources, not later than ``as_of``."""

    date_from: Day | None = None
    date_to: Day | None = None
    sources: list[Line] | None = Field(None, max_length=200, description="Names of sources, in any case")
    as_of: Day | None = Field(None, description="The day of the question: later articles are not used")


class Turn(BaseModel):
    """An earlier question with its answer."""

    model_config = ConfigDict(extra="forbid")
    question: Answered
    answer: Answered


class AskBody(Filters):
    """A question."""

    model_config = ConfigDict(extra="forbid")
    question: Question
    history: list[Turn] = Field([], max_length=MOST_TURNS, description="Earlier turns, oldest first")
    k: int | None = Field(None, ge=1, le=50, description="Passages to look at")
    time_aware: bool | None = Field(None, description="Whether the time asked about counts")
    stream: bool = Field(False, description="Send server-sent events: growing answers, then the whole one")


class SearchBody(Filters):
    """A search."""

    model_config = ConfigDict(extra="forbid")
    query: Question
    k: int = Field(10, ge=1, le=200, description="How many passages")
    mode: Literal["hybrid", "dense", "bm25"] = Field(
        "hybrid", description="By meaning (dense), by words (bm25) or both"
    )
    rerank: bool | None = Field(None, description="Whether the best passages are read again to put them in order")


class ArticleIn(BaseModel):
    """An article to store. The one that is known by the same ``uri`` (else ``url``) is replaced."""

    model_config = ConfigDict(extra="forbid")
    text: str = Field(min_length=1, description="Plain text or HTML; a blank line ends a paragraph")
    title: Line = ""
    date: Line = Field("", description="When it was published", examples=["2021-09-29"])
    source: Line = Field("", description="The outlet")
    url: Line = ""
    uri: Line = ""
    authors: list[Line] = Field([], max_length=100)


class ArticlesBody(BaseModel):
    """Articles to store, and addresses of pages or feeds to fetch articles from."""

    model_config = ConfigDict(extra="forbid")
    articles: list[ArticleIn] = Field([], max_length=MOST_ARTICLES)
    urls: list[Annotated[Line, StringConstraints(pattern=r"^https?://")]] = Field([], max_length=MOST_URLS)

    @model_validator(mode="after")
    def _something(self) -> ArticlesBody:
        if not self.articles and not self.urls:
            raise ValueError("give articles or urls")
        return self


class Failure(BaseModel):
    """An input that could not be read, and what to do about it."""

    where: str
    problem: str


class Stored(BaseModel):
    """What became of the articles, by uri: all of them are safe on the disk and found by the next question."""

    added: list[str]
    updated: list[str]
    unchanged: list[str]
    failed: list[Failure]
    notes: list[str]
    chunks: int


class Removed(BaseModel):
    """The uris of the articles that were deleted with everything made of them."""

    removed: list[str]


class TextPart(BaseModel):
    """A part of a message. Only text is read."""

    type: str
    text: Answered | None = None


class Message(BaseModel):
    """A message of a conversation. What system and developer messages say does not change what the articles say, so
    they are not read."""

    role: Literal["system", "developer", "user", "assistant"]
    content: Answered | list[TextPart] | None = None


class StreamOptions(BaseModel):
    """What a stream is to hold beside the text."""

    include_usage: bool = False


class ChatBody(Filters):
    """A conversation whose last message is the question. Parameters of OpenAI's API that only tune how a model writes,
    such as ``temperature``, are accepted and change nothing; the filters are Nutgraf's own."""

    model_config = ConfigDict(extra="allow")
    model: str = Field(examples=["nutgraf"])
    messages: list[Message] = Field(min_length=1, max_length=500)
    stream: bool | None = None
    stream_options: StreamOptions | None = None


class Health(BaseModel):
    """``ok``, or the kind of error; ``unknown`` of what could not be looked at."""

    status: str = "ok"
    store: str = "ok"
    model: str = "ok"
    reader: str = "unknown"
