"""The articles of the store over HTTP: list, read, add, remove. What is changed here the next question sees."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, File, Query, UploadFile
from starlette.responses import JSONResponse, Response

from index import IndexSettings, NothingToIndexError, SourceError, remove_articles
from index.given import GivenFile, GivenRecord
from index.ingest import ArticleSource, IngestReport, ingest
from index.listing import listing
from index.model import DEFAULT_MODEL
from index.schema import Article
from index.settings import load_settings

from .models import ArticlesBody, Day, Failure, Line, Removed, Stored
from .problems import RESPONSES, Problem
from .state import ApiState, State

router = APIRouter(prefix="/v1/articles", tags=["Articles"], responses=RESPONSES)

MOST_FILES = 100


@router.get("", summary="List articles", response_model=dict[str, Any])
async def list_articles(
    state: State,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: Annotated[int, Query(ge=0, le=10**12)] = 0,
    date_from: Day | None = None,
    date_to: Day | None = None,
    source: Annotated[list[Line] | None, Query(description="Only this source; repeatable")] = None,
) -> Response:
    """The articles without their texts, in the order in which they were stored, and how many there are in all."""
    heads, total = await state.lookups.run(
        lambda: listing(
            state.assistant.index.store,
            offset=offset,
            limit=limit,
            date_from=date_from,
            date_to=date_to,
            sources=source,
        )
    )
    listed = {"articles": [head.to_dict() for head in heads], "total": total, "offset": offset}
    return JSONResponse(listed | {"next_offset": offset + len(heads) if offset + len(heads) < total else None})


@router.get("/{uri:path}", summary="Read an article", response_model=dict[str, Any])
async def read_article(uri: str, state: State) -> Response:
    """An article by its uri, percent-encoded: its text and paragraphs, the times and words of speakers in it, and the
    uris of its copies and other versions."""

    def found() -> dict[str, object] | None:
        index = state.assistant.index
        article = index.article(uri)
        if article is None:
            return None
        copies, versions = index.relatives(uri)
        times, speech = index.noted(uri)
        return article.to_dict() | {
            "copies": [head.uri for head in copies],
            "versions": [head.uri for head in versions],
            "times": [time.to_dict() for time in times],
            "speech": [words.to_dict() for words in speech],
        }

    article = await state.lookups.run(found)
    if article is None:
        raise _missing(uri)
    return JSONResponse(article)


@router.post("", summary="Add articles")
async def add_articles(body: ArticlesBody, state: State) -> Stored:
    """Store articles, or fetch them: pages and feeds on the public web, politely, each address once.

    An article is read as `nutgraf index` reads it. The answer comes when all of them are safe on the disk.
    """

    def sources() -> Iterator[ArticleSource]:
        for number, article in enumerate(body.articles, 1):
            yield GivenRecord(article.model_dump(), number)
        if body.urls:
            from index.web.source import open_sources  # nothing that reaches the network is loaded without a URL

            settings = load_settings(IndexSettings, "index")
            yield from open_sources(body.urls, settings.web_allow_hosts, settings.feed_entries)

    return await _store(state, list(sources()))


@router.post("/files", summary="Add files")
async def add_files(files: Annotated[list[UploadFile], File(max_length=MOST_FILES)], state: State) -> Stored:
    """Store the articles of files, sent as multipart/form-data: all kinds that `nutgraf index` reads, zip too. Files
    are parsed in a child process with little memory and time."""
    given = [GivenFile(await file.read(), file.filename or "") for file in files]
    return await _store(state, given)


@router.delete("/{uri:path}", summary="Remove an article")
async def remove_article(uri: str, state: State) -> Removed:
    """Delete an article, by its uri, percent-encoded, and everything made of it."""
    folder = state.assistant.index.store.folder
    removed, missing = await state.writes.run(lambda: remove_articles([uri], store=folder))
    if missing:
        raise _missing(uri)
    return Removed(removed=removed)


def _missing(uri: str) -> Problem:
    return Problem(404, f"{uri[:200]}: is not in the store.", code="article_not_found")


async def _store(state: ApiState, sources: Sequence[ArticleSource]) -> Stored:
    index = state.assistant.index
    settings = load_settings(IndexSettings, "index", store=index.store.folder)
    # Another model than the embedded one is locked for a whole batch, and questions would wait: a second is loaded.
    encoder = index.encoder if index.encoder.name == DEFAULT_MODEL else None
    until_closed = [_UntilClosed(source, state.closing) for source in sources]
    report = await state.writes.run(lambda: ingest(until_closed, settings, encoder=encoder))
    if not report.articles:
        first = report.problems[0] if report.problems else "there is no article in what was sent"
        raise NothingToIndexError(str(first))
    return _stored(report)


def _stored(report: IngestReport) -> Stored:
    failed = [Failure(where=problem.where, problem=str(problem)) for problem in report.problems]
    return Stored(
        added=report.added,
        updated=report.updated,
        unchanged=report.unchanged,
        failed=failed,
        notes=report.notes,
        chunks=report.chunks,
    )


class _UntilClosed:
    """A source that ends when the server is being stopped, so that nobody waits for the rest of a long one."""

    def __init__(self, source: ArticleSource, closing: threading.Event) -> None:
        self._source = source
        self._closing = closing

    @property
    def notes(self) -> Sequence[str]:
        return self._source.notes

    def read(self, max_bytes: int) -> Iterator[Article | SourceError]:
        if not self._closing.is_set():
            for found in self._source.read(max_bytes):
                yield found
                if self._closing.is_set():
                    return
