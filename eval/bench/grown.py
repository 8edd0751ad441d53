"""Stores of a given number of chunks, grown from the news: real articles first, then articles recombined from them.

A made article is a real one told again: each of its chunks has sentences of two chunks of that article, in another
order, and the vector of such a chunk is the mean of the two chunks' vectors, weighted by how much of the text is from
each, plus noise, scaled to unit length. So words are as frequent, and as frequent together, as in the news, and what is
near a question grows denser with the size, as it does in an archive that goes on reporting on the same events.

Everything is written by the program's own writer, in its own transactions; only the encoder is spared.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path

import numpy as np

from index.annotations import Annotations
from index.article import make_article
from index.chunks import ChunkDraft
from index.encoder import Encoder, Vectors
from index.schema import Article, Paragraph
from index.sentences import split_sentences
from index.store import Store, load_article, select
from index.writer import Prepared, Writer

# What is told again is no copy: without signatures nothing is left out of what a search is measured by.
NOTHING_NOTED = Annotations((), (), np.empty(0, np.int64))

NOISE = 0.4
"""Length of the noise beside a unit vector: the cosine of a made vector to the mean it is made of is about 0.93."""

BATCH_CHUNKS = 5_000
"""Chunks of one transaction."""

Source = tuple[Article, list[ChunkDraft], Vectors]
"""An article of the real store with its chunks and their vectors (float32, shape (n, dim))."""

PreparedVectors = tuple[Prepared, dict[bytes, bytes]]


def grow(real: Path, folder: Path, chunks: int, seed: int = 0) -> int:
    """Make a store of ``chunks`` chunks (up to one article more) in ``folder`` out of the store ``real``.

    Returns how many of them are real. The store has no snapshot yet: ``Writer.finish`` makes it.
    """
    sources = Store(real)
    there, from_news = 0, 0
    batch: list[PreparedVectors] = []
    try:
        with Writer(folder, Encoder(sources.model().name), create=True) as writer:
            for is_real, prepared in _articles(sources, seed):
                batch.append(prepared)
                there += len(prepared[0].chunks)
                from_news += is_real * len(prepared[0].chunks)
                if there >= chunks or sum(len(p.chunks) for p, _ in batch) >= BATCH_CHUNKS:
                    writer.put(
                        [p for p, _ in batch], {sha: vector for _, more in batch for sha, vector in more.items()}
                    )
                    batch = []
                if there >= chunks:
                    break
    finally:
        sources.close()
    return from_news


def _articles(store: Store, seed: int) -> Iterator[tuple[bool, PreparedVectors]]:
    """Every real article once in random order, then made ones without end."""
    chance, noise = random.Random(seed), np.random.default_rng(seed)  # noqa: S311 - a sample
    uris = [str(row[0]) for row in select(store.connection, "SELECT uri FROM article ORDER BY id")]
    source = cache(partial(_source, store))  # each is told again some fifty times for a million chunks
    telling = 0
    while True:
        for uri in chance.sample(uris, len(uris)):
            article, chunks, vectors = source(uri)
            if telling:
                article, chunks, vectors = _told_again((article, chunks, vectors), telling, chance, noise)
            shas = [hashlib.sha256(f"{telling}\0{article.uri}\0{c.embed_text}".encode()).digest() for c in chunks]
            halves = {sha: vector.astype(np.float16).tobytes() for sha, vector in zip(shas, vectors, strict=True)}
            yield not telling, (Prepared(article, chunks, shas, "grown", NOTHING_NOTED), halves)
        telling += 1


def _source(store: Store, uri: str) -> Source:
    article = load_article(store.connection, uri)
    if article is None:
        raise KeyError(uri)
    rows = select(
        store.connection,
        'SELECT chunk.text, chunk.start, chunk."end", first_paragraph, last_paragraph, vec FROM chunk '
        "JOIN chunk_vec ON chunk_id = chunk.id JOIN article ON article.id = article_id WHERE uri = ? ORDER BY chunk.id",
        (uri,),
    )
    vectors = np.frombuffer(b"".join(row[5] for row in rows), np.float16).astype(np.float32).reshape(len(rows), -1)
    chunks = [ChunkDraft(text, start, end, first, last, text) for text, start, end, first, last, _ in rows]
    return article, chunks, vectors


def _told_again(source: Source, telling: int, chance: random.Random, noise: np.random.Generator) -> Source:
    """An article whose chunks mix two chunks of the source each; about as many and as long as those."""
    article, chunks, vectors = source
    sentences = [_sentences(chunk.text) for chunk in chunks]
    texts, shares = [], np.zeros((len(chunks), len(chunks)), np.float32)
    for number in range(len(chunks)):
        other = chance.randrange(len(chunks))
        pool = [(n, sentence) for n in {number, other} for sentence in sentences[n]]
        chance.shuffle(pool)
        kept = pool[: len(sentences[number])] or [(number, chunks[number].text)]
        for n, sentence in kept:
            shares[number, n] += len(sentence)
        texts.append(" ".join(sentence for _, sentence in kept))
    mixed = _unit(shares @ vectors)
    mixed = _unit(mixed + NOISE * _unit(noise.normal(size=mixed.shape).astype(np.float32)))
    return _article(article, texts, telling), _drafts(texts), mixed


@cache
def _sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


def _article(article: Article, texts: list[str], telling: int) -> Article:
    """One paragraph for each chunk."""
    paragraphs = [Paragraph(n, d.text, "body", d.start, d.end) for n, d in enumerate(_drafts(texts))]
    return make_article(
        uri=f"{article.uri}#{telling}", text="\n\n".join(texts), title=article.title, published=article.published,
        source=article.source, url=article.url, authors=article.authors, paragraphs=paragraphs,
    )  # fmt: skip


def _drafts(texts: list[str]) -> list[ChunkDraft]:
    drafts, start = [], 0
    for number, text in enumerate(texts):
        drafts.append(ChunkDraft(text, start, start + len(text), number, number, text))
        start += len(text) + 2
    return drafts


def _unit(rows: Vectors) -> Vectors:
    scaled: Vectors = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return scaled
