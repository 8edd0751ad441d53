"""Text and tables for a terminal or a pipe, with what articles contain made harmless."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import typer

from .render import NEAREST_PASSAGES, snippet_of

if TYPE_CHECKING:
    from index import Article, ArticleHead, Passage
    from rag.schema import Answer

# Characters that steer a terminal instead of being shown: C0 (but tab and newline), DEL, C1, and the bidirectional
# controls that can make text read as something else. They become \uXXXX, which inside JSON means the same character.
_CONTROLS = {
    code: f"\\u{code:04x}"
    for code in (*range(0x20), *range(0x7F, 0xA0), 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
    if chr(code) not in "\t\n"
}


def safe(text: str) -> str:
    """``text`` without characters that steer a terminal; tabs and line ends stay."""
    return text.translate(_CONTROLS)


def out(text: str = "") -> None:
    """One line (or more) on standard output, flushed."""
    typer.echo(safe(text))


def out_json(value: object, *, indent: int | None = 2) -> None:
    """``value`` as JSON; ``indent`` None keeps it on one line."""
    plain = sys.stdout.encoding.lower().replace("-", "") != "utf8"
    out(json.dumps(value, ensure_ascii=plain, indent=indent))


def fail(message: str) -> None:
    """One ``error:`` line on standard error, whatever ``message`` contains."""
    typer.echo(safe(f"error: {' '.join(message.splitlines())}"), err=True)


def remark(message: str) -> None:
    """One ``note:`` line on standard error, whatever ``message`` contains."""
    typer.echo(safe(f"note: {' '.join(message.splitlines())}"), err=True)


def out_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table on a terminal; elsewhere tab-separated lines without headings, for cut and awk."""
    if not sys.stdout.isatty():
        for row in rows:
            out("\t".join(" ".join(cell.split()) for cell in row))
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*headings, box=box.SIMPLE_HEAD)
    for row in rows:
        table.add_row(*(Text(safe(cell), overflow="fold") for cell in row))
    Console(highlight=False).print(table)


def about(title: str, source: str, published: str | None) -> str:
    """Title, source and date of an article in one line."""
    return " · ".join(part for part in (title or "(no title)", source, published or "date unknown") if part)


def answer_lines(answer: Answer) -> Iterator[str]:
    """An answer, the bare one first, with its numbered sources and the cited sentence of each.

    A refusal is followed by the passages that come nearest, named as such.
    """
    if answer.short:
        yield from (answer.short, "")
    yield answer.text
    if answer.outcome == "not_in_sources" and answer.passages:
        yield from ("", "Nearest, but not an answer:")
        for passage in answer.passages[:NEAREST_PASSAGES]:
            head = passage.article
            yield f"- {about(head.title, head.source, head.published.iso)} · {head.uri}"
            yield f"    “{snippet_of(passage)}”"
    for citation in answer.citations:
        yield ""
        yield f"[{citation.marker}] {about(citation.title, citation.source, citation.published)}"
        yield f"    {citation.uri} · paragraph {citation.paragraph}"
        yield f"    “{' '.join(citation.quote.split())}”"
    if answer.notes:
        yield ""
        yield from (f"Note: {note}" for note in answer.notes)


def passage_lines(passage: Passage) -> Iterator[str]:
    """A passage with its rank, score, article and place."""
    head, chunk = passage.article, passage.chunk
    yield f"{passage.rank}. {about(head.title, head.source, head.published.iso)} · score {passage.score:.3f}"
    numbers = [chunk.first_paragraph, chunk.last_paragraph]
    named = f"paragraph {numbers[0]}" if numbers[0] == numbers[1] else f"paragraphs {numbers[0]}-{numbers[1]}"
    yield f"   {head.uri} · {named} · {chunk.start}-{chunk.end}"
    yield f"   {' '.join(chunk.text.split())}"


def article_lines(article: Article) -> Iterator[str]:
    """An article: what is known about it, then its paragraphs with number, kind and offsets."""
    date = article.published.iso
    yield about(article.title, article.source, date and f"{date} ({article.published.provenance})")
    yield from (part for part in (", ".join(article.authors), article.url, article.uri) if part)
    for paragraph in article.paragraphs:
        yield ""
        yield f"[{paragraph.number}] {paragraph.kind} {paragraph.start}-{paragraph.end}"
        yield paragraph.text


def head_dict(head: ArticleHead) -> dict[str, object]:
    """The JSON form of what is known about an article without its text."""
    return {
        "uri": head.uri,
        "title": head.title,
        "published": head.published.iso,
        "provenance": head.published.provenance,
        "source": head.source,
        "url": head.url,
        "authors": list(head.authors),
    }


def article_dict(article: Article) -> dict[str, object]:
    """The JSON form of ``nutgraf show``."""
    paragraphs = [
        {"number": p.number, "kind": p.kind, "start": p.start, "end": p.end, "text": p.text} for p in article.paragraphs
    ]
    return {**head_dict(article), "text": article.text, "paragraphs": paragraphs}
