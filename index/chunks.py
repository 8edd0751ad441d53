"""Articles to chunks: runs of whole sentences that fit the encoder, each knowing its paragraphs."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass

from .schema import Article
from .sentences import split_sentences

# Changes whenever the same article would be cut otherwise, so that a store knows what made its chunks.
CHUNKER_VERSION = 1

SPECIAL_TOKENS = 2  # [CLS] and [SEP]
MAX_TITLE_CHARS = 200  # a title longer than this is a mistake of the source; its start is enough for embedding

TokenStarts = Callable[[str], list[int]]


@dataclass(frozen=True, slots=True)
class ChunkDraft:
    """A chunk before the store has given it an id. ``embed_text`` is ``text`` with title and date before it."""

    text: str
    start: int
    end: int
    first_paragraph: int
    last_paragraph: int
    embed_text: str


@dataclass(frozen=True, slots=True)
class _Piece:
    """A sentence, or a part of one that alone is longer than a chunk may be."""

    start: int
    end: int
    paragraph: int


def embedding_prefix(article: Article) -> str:
    """Title and date, put before a chunk for embedding only: a chunk deep in an article seldom repeats them."""
    title = " ".join(article.title.split())[:MAX_TITLE_CHARS]
    parts = [part for part in (title, article.published.iso) if part]
    return " | ".join(parts) + "\n" if parts else ""


def make_chunks(article: Article, max_tokens: int, token_starts: TokenStarts) -> list[ChunkDraft]:
    """Cut an article into chunks of whole sentences, in order, without gaps between sentences and without overlap.

    ``max_tokens`` bounds a chunk's ``embed_text``, special tokens included; ``token_starts`` gives the offset of each
    token of a text. A sentence that alone is longer is cut between words. Every sentence is in exactly one chunk.
    """
    prefix = embedding_prefix(article)
    budget = max_tokens - SPECIAL_TOKENS - len(token_starts(prefix))
    if budget < max_tokens // 2:  # a very long title must not squeeze out the text
        prefix, budget = "", max_tokens - SPECIAL_TOKENS
    starts = token_starts(article.text)

    def tokens(start: int, end: int) -> int:
        return bisect_left(starts, end) - bisect_left(starts, start)

    drafts: list[ChunkDraft] = []
    run: list[_Piece] = []
    for piece in _pieces(article, starts, budget):
        if run and tokens(run[0].start, piece.end) > budget:
            drafts.append(_draft(article, run, prefix))
            run = []
        run.append(piece)
    if run:
        drafts.append(_draft(article, run, prefix))
    return drafts


def _draft(article: Article, run: list[_Piece], prefix: str) -> ChunkDraft:
    start, end = run[0].start, run[-1].end
    text = article.text[start:end]
    return ChunkDraft(text, start, end, run[0].paragraph, run[-1].paragraph, prefix + text)


def _pieces(article: Article, starts: list[int], budget: int) -> list[_Piece]:
    """All sentences of all paragraphs in order, those over ``budget`` tokens cut where a word begins."""
    pieces: list[_Piece] = []
    for paragraph in article.paragraphs:
        for begin, finish in split_sentences(paragraph.text):
            start, end = paragraph.start + begin, paragraph.start + finish
            while bisect_left(starts, end) - (first := bisect_left(starts, start)) > budget:
                cut = _word_start(article.text, start, starts[first + budget])
                pieces.append(_Piece(start, start + len(article.text[start:cut].rstrip()), paragraph.number))
                start = cut
            pieces.append(_Piece(start, end, paragraph.number))
    return pieces


def _word_start(text: str, start: int, at: int) -> int:
    """The last word start in ``text[start + 1 : at + 1]``, or ``at`` when there is no white space."""
    for position in range(at, start, -1):
        if text[position - 1].isspace() and not text[position].isspace():
            return position
    return at
