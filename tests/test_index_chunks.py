"""Chunks: whole sentences, exact offsets, within the limit, nothing lost."""

import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.article import make_article
from index.chunks import SPECIAL_TOKENS, embedding_prefix, make_chunks
from index.encoder import Encoder
from index.schema import Published
from index.sentences import split_sentences


def words(text: str) -> list[int]:
    """A stand-in tokenizer: a token is a word."""
    return [match.start() for match in re.finditer(r"\S+", text)]


sentence = st.lists(
    st.sampled_from("harbour ferry Monday said the of 1,250 “never” café 北京 and".split()), min_size=1, max_size=30
).map(lambda found: " ".join(found).capitalize() + ".")
paragraph = st.lists(sentence, min_size=1, max_size=6).map(" ".join)
texts = st.lists(paragraph, min_size=1, max_size=8).map("\n\n".join)


@settings(deadline=None, max_examples=80)
@given(texts, st.integers(32, 120), st.text(max_size=60))
def test_chunks_are_exact_ordered_within_the_limit_and_cover_every_sentence(text, limit, title):
    article = make_article(uri="a", text=text, title=title)
    chunks = make_chunks(article, limit, words)
    position = 0
    for chunk in chunks:
        assert article.text[chunk.start : chunk.end] == chunk.text
        assert chunk.embed_text.endswith(chunk.text)
        assert len(words(chunk.embed_text)) + SPECIAL_TOKENS <= limit
        assert position <= chunk.start < chunk.end
        assert not article.text[position : chunk.start].strip()
        position = chunk.end
        touched = [p.number for p in article.paragraphs if p.start < chunk.end and chunk.start < p.end]
        assert (chunk.first_paragraph, chunk.last_paragraph) == (touched[0], touched[-1])
    assert not article.text[position:].strip()


def test_a_sentence_is_cut_only_when_it_alone_is_too_long():
    text = " ".join(["Short one here."] * 5) + " " + " ".join(["Endless"] * 100) + "."
    article = make_article(uri="a", text=text)
    chunks = make_chunks(article, 40, words)
    boundaries = {
        end for p in article.paragraphs for _, end in ((p.start + s, p.start + e) for s, e in split_sentences(p.text))
    }
    cut = [chunk for chunk in chunks if chunk.end not in boundaries]
    assert len(chunks) == 4
    assert [chunk.text.split()[0] for chunk in cut] == ["Endless", "Endless"]


def test_title_and_date_go_before_the_text_for_embedding_only():
    article = make_article(
        uri="a", text="The ferry sank.", title="Ferry lost", published=Published(date(2021, 9, 28), "meta")
    )
    (chunk,) = make_chunks(article, 256, words)
    assert chunk.text == "The ferry sank."
    assert chunk.embed_text == "Ferry lost | 2021-09-28\nThe ferry sank."


def test_an_endless_title_does_not_squeeze_out_the_text():
    article = make_article(uri="a", text="The ferry sank.", title="t " * 500)
    assert len(embedding_prefix(article)) < 250
    (chunk,) = make_chunks(article, 32, words)
    assert chunk.embed_text == "The ferry sank."


@pytest.mark.parametrize("text", ["x" * 5000, "🚀" * 600, "a.b.c." * 500])
def test_text_without_spaces_still_fits_the_encoder(text):
    encoder = Encoder()
    article = make_article(uri="a", text=text)
    chunks = make_chunks(article, 256, encoder.token_starts)
    assert "".join(chunk.text for chunk in chunks) == text
    assert all(len(encoder.token_starts(chunk.embed_text)) + SPECIAL_TOKENS <= 256 for chunk in chunks)
