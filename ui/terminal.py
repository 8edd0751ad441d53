"""Text and tables for a terminal or a pipe, with what articles contain made harmless."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import typer

from .render import NEAREST_PASSAGES, snippet_of
from .wording import DISPUTES, meanings, position_facts, superseded, version_day

if TYPE_CHECKING:
    from index import Article, ArticleHead, Passage
    from index.schema import Speech, TimeExpression
    from rag.schema import Answer, Citation

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


def answer_lines(answer: Answer, *, without_time: str = "--no-time") -> Iterator[str]:
    """An answer, the bare one first, with its numbered sources and the cited sentence of each.

    Where sources differ, what each of them says stands in place of the bare answer. A refusal is followed by the
    passages that come nearest, named as such. The time that was understood comes last, where it is not overlooked, with
    what to give (``without_time``) for it to be ignored.
    """
    yield from bare_lines(answer)
    yield answer.text
    if nearest := list(nearest_lines(answer)):
        yield from ("", *nearest)
    for citation in answer.citations:
        yield ""
        yield from citation_lines(citation)
    if notes := list(note_lines(answer, without_time)):
        yield from ("", *notes)


def bare_lines(answer: Answer) -> Iterator[str]:
    """The bare answer, or what each source says where they differ, and an empty line; nothing without either."""
    if answer.positions:
        yield from (*position_lines(answer), "")
    elif answer.short:
        yield from (answer.short, "")


def nearest_lines(answer: Answer) -> Iterator[str]:
    """The passages that come nearest, under a refusal."""
    if answer.outcome != "not_in_sources" or not answer.passages:
        return
    yield "Nearest, but not an answer:"
    for passage in answer.passages[:NEAREST_PASSAGES]:
        head = passage.article
        yield f"- {about(head.title, head.source, head.published.iso)} · {head.uri}"
        yield f"    “{snippet_of(passage)}”"


def note_lines(answer: Answer, without_time: str) -> Iterator[str]:
    """What was left out or done otherwise, and how the time in the question was understood."""
    yield from (f"Note: {note}" for note in answer.notes)
    if answer.time:
        yield f"Time: {answer.time.said}; {without_time} to ignore it"


def position_lines(answer: Answer) -> Iterator[str]:
    """A small table of the answers of sources that differ: answer with its markers, sources, days."""
    yield f"{DISPUTES[answer.dispute]}:"
    rows = []
    for position in answer.positions:
        markers = "".join(f"[{marker}]" for marker in position.markers)
        rows.append((f"{' '.join(position.text.split())} {markers}", *position_facts(position)))
    widths = [min(max(len(row[column]) for row in rows), 50) for column in range(2)]
    for stated, sources, days in rows:
        yield f"  {stated:<{widths[0]}}  {sources:<{widths[1]}}  {days}"


def citation_lines(citation: Citation, words: str = "") -> Iterator[str]:
    """A citation: its article, its place, the quote (or other ``words`` in its stead), what is known about it."""
    yield f"[{citation.marker}] {about(citation.title, citation.source, citation.published)}"
    yield f"    {citation.uri} · paragraph {citation.paragraph}"
    yield f"    {words or '“' + ' '.join(citation.quote.split()) + '”'}"
    if citation.speaker:
        yield f"    said by {citation.speaker}"
    yield from _time_lines(citation.times, "    ", dated=citation.published is not None)
    if citation.copies:
        yield f"    also carried by: {'; '.join(citation.copies)}"
    if citation.superseded:
        yield f"    superseded {superseded(citation.superseded)}"
    if citation.correction:
        yield f"    corrected: {' '.join(citation.correction.split())}"


def _time_lines(times: Iterable[TimeExpression], indent: str, *, dated: bool) -> Iterator[str]:
    if said := meanings(times, dated=dated):
        yield f"{indent}{'; '.join(said)}"


def passage_lines(passage: Passage) -> Iterator[str]:
    """A passage with its rank, score, article and place."""
    head, chunk = passage.article, passage.chunk
    yield f"{passage.rank}. {about(head.title, head.source, head.published.iso)} · score {passage.score:.3f}"
    numbers = [chunk.first_paragraph, chunk.last_paragraph]
    named = f"paragraph {numbers[0]}" if numbers[0] == numbers[1] else f"paragraphs {numbers[0]}-{numbers[1]}"
    yield f"   {head.uri} · {named} · {chunk.start}-{chunk.end}"
    yield f"   {' '.join(chunk.text.split())}"
    yield from _time_lines(passage.times, "   ", dated=head.published.date is not None)
    if passage.copies:
        copies = (about(copy.title, copy.source, copy.published.iso) for copy in passage.copies)
        yield f"   also carried by: {'; '.join(copies)}"
    if passage.superseded_by:
        yield f"   superseded {superseded(version_day(passage.superseded_by))}: {passage.superseded_by.uri}"


def article_lines(
    article: Article,
    copies: Sequence[ArticleHead] = (),
    versions: Sequence[ArticleHead] = (),
    times: Sequence[TimeExpression] = (),
    speech: Sequence[Speech] = (),
) -> Iterator[str]:
    """An article: what is known about it and which others carry the same story, then its paragraphs with number, kind
    and offsets, below each what its expressions of time mean and who speaks in it."""
    date = article.published.iso
    yield about(article.title, article.source, date and f"{date} ({article.published.provenance})")
    days = [(name, getattr(article, name)) for name in ("updated", "corrected")]
    changes = [f"{name} {day.isoformat()}" for name, day in days if day]
    language = f"language {article.language}" if article.language else ""
    facts = (" · ".join(filter(None, (*changes, language))), ", ".join(article.authors), article.url, article.uri)
    yield from filter(None, facts)
    for what, heads in (("same story", copies), ("other version", versions)):
        yield from (f"{what}: {about(h.title, h.source, h.published.iso)} · {h.uri}" for h in heads)
    for paragraph in article.paragraphs:
        yield ""
        yield f"[{paragraph.number}] {paragraph.kind} {paragraph.start}-{paragraph.end}"
        yield paragraph.text
        inside = [time for time in times if paragraph.start <= time.start < paragraph.end]
        yield from _time_lines(inside, "    ", dated=date is not None)
        for words in speech:
            if paragraph.start <= words.start < paragraph.end:
                verb = "says" if words.direct else "is reported to say"
                yield f"    {words.speaker or 'somebody'} {verb}: {' '.join(words.text.split())}"
