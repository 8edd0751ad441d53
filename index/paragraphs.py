"""Paragraphs of an article with exact offsets, each told apart as body, headline, caption, credit or byline."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from .kinds import ends_like_headline, ends_like_sentence, is_credit, is_headline_like, is_picture_credit, kind_of_line
from .notices import is_correction
from .schema import Paragraph, ParagraphKind
from .sentences import split_sentences

_Span = tuple[int, int]

_LINE = re.compile(r"\S[^\n]*")
_WORD = re.compile(r"\S+")
_LIST_ITEM = re.compile(r"(?:[-*•·–—]|\(?\d{1,3}[.)])\s")
_WRAP_WIDTH = range(45, 111)  # characters: people and programs wrap at 60 to 100
_WRAP_SLACK = 12  # a wrapped line may end this much before the next word would no longer have fitted

# A paragraph above this length (characters) is divided, so that a citation points at something readable. Of 338,000
# paragraphs of news 1 in 800 is longer. A text that is one line has no paragraphs of its own, hence the lower limit.
_LONGEST = 1500
_LONGEST_ONLY_LINE = 700
_DIVIDED_LENGTH = 600
_DIVIDED_SENTENCES = 5

_EDGE = 6  # paragraphs at the top and at the end among which notices of corrections stand
_HEADING_WORDS = 4
_LONGEST_ALT_TEXT = 400
_LONGEST_QUESTION = 90  # a longer question at the top opens the text
_LONGEST_SUBHEADING = 100
_SHORTEST_BELOW_SUBHEADING = 80

_LONGEST_GLUED = 350
_GLUED_CREDIT = re.compile(r"[\[(]\s*([^()\[\]]{3,160}?)\s*[\])]\.?(?=[“‘\"']?[A-Z])")
_GLUED_SENTENCE = re.compile(r"(?:[a-z0-9”’)\]]|[A-Z]{3})\.[”’]?(?=[“‘]?[A-Z])(?!(?:COM|ORG|NET|IO|TV)\b)")
_INNER_SENTENCE_END = re.compile(r"[a-z][.?!]\s*[A-Z]")


@dataclass(slots=True)
class _Piece:
    """A stretch of the text that becomes a paragraph. The pieces of one blank-line separated block share ``block``."""

    start: int
    end: int
    block: int
    kind: ParagraphKind = "body"


def find_paragraphs(text: str, known: Mapping[int, ParagraphKind] | None = None) -> tuple[Paragraph, ...]:
    """Return the paragraphs of ``text``: in order, without overlap, holding every non-space character.

    Blank lines separate paragraphs. Within a block hard-wrapped lines belong together; otherwise each line is a
    paragraph, as is each of the ``known`` lines, whose kinds are given by the offsets at which they start. A headline
    that is glued to the end of another text becomes a paragraph of its own.
    """
    lines = [(found.start(), found.start() + len(found[0].rstrip())) for found in _LINE.finditer(text)]
    longest = max((end - start for start, end in lines), default=0)
    pieces: list[_Piece] = []
    known = known or {}
    for number, block in enumerate(_blocks(text, lines)):
        pieces.extend(_Piece(*line, number, known[line[0]]) for line in block if line[0] in known)
        for line in _unwrapped(text, [line for line in block if line[0] not in known], longest):
            is_last = line[1] == lines[-1][1]
            pieces.extend(_Piece(start, end, number, kind) for start, end, kind in _unglued(text, line, is_last))
    pieces.sort(key=lambda piece: piece.start)
    _find_kinds(text, pieces)
    _find_headlines(text, pieces)
    _find_corrections(text, pieces)
    return _paragraphs(text, pieces, _LONGEST if len(lines) > 1 else _LONGEST_ONLY_LINE)


def lay_out(blocks: Iterable[tuple[str, ParagraphKind | None]]) -> tuple[str, tuple[Paragraph, ...]]:
    """Join ``blocks`` (text and kind, where known) by blank lines; return the text and its paragraphs.

    A kind that is None is the one that the words show. Blocks of white space are left out.
    """
    texts: list[str] = []
    pieces: list[_Piece] = []
    start = 0
    for block, kind in blocks:
        if stripped := block.strip():
            number = len(texts)
            pieces.append(_Piece(start, start + len(stripped), number, kind or kind_of_line(stripped, number)))
            texts.append(stripped)
            start += len(stripped) + 2
    text = "\n\n".join(texts)
    _find_corrections(text, pieces)
    return text, _paragraphs(text, pieces, _LONGEST)


def headline_of(paragraphs: Sequence[Paragraph], text: str) -> str:
    """Return the headline at the top of ``text`` in one line, or "".

    Credits and bylines may stand above it, and on its own line the tail of another text.
    """
    first_line = text.lstrip().partition("\n")[0]
    first_line_end = len(text) - len(text.lstrip()) + len(first_line)
    below_text = False
    for paragraph in paragraphs:
        if paragraph.kind == "headline":
            return " ".join(paragraph.text.split()) if paragraph.end <= first_line_end or not below_text else ""
        below_text = below_text or paragraph.kind not in ("credit", "byline", "correction")
    return ""


def _blocks(text: str, lines: list[_Span]) -> list[list[_Span]]:
    """Group the lines between blank lines."""
    blocks: list[list[_Span]] = []
    end = 0
    for line in lines:
        if not blocks or text.count("\n", end, line[0]) > 1:
            blocks.append([])
        blocks[-1].append(line)
        end = line[1]
    return blocks


def _unwrapped(text: str, block: list[_Span], longest_line: int) -> list[_Span]:
    """Join the lines of ``block`` that a line wrap at 45 to 110 characters has separated."""
    if len(block) < 2:
        return block
    width = max(end - start for start, end in block)
    sentences = all(ends_like_sentence(text[start:end]) for start, end in block)
    # In a text with long lines, short ones are things of their own unless they go on in lower case.
    wraps = longest_line < _WRAP_WIDTH.stop or any(text[start].islower() for start, _ in block[1:])
    if width not in _WRAP_WIDTH or sentences or not wraps:
        return block
    joined = block[:1]
    for (start, end), following in pairwise(block):
        word = _WORD.match(text, following[0])
        is_full = word is not None and end - start + 1 + len(word[0]) + _WRAP_SLACK > width
        if is_full and not _LIST_ITEM.match(text, following[0]):
            joined[-1] = (joined[-1][0], following[1])
        else:
            joined.append(following)
    return joined


def _unglued(text: str, line: _Span, is_last: bool) -> list[tuple[int, int, ParagraphKind]]:
    """Divide a line in which a headline follows the end of another text without a space."""
    start, end = line
    near_end = max(start, end - _LONGEST_GLUED)
    if not ends_like_headline(text[near_end:end]):
        return [(start, end, "body")]
    for credit in _GLUED_CREDIT.finditer(text, near_end, end):
        picture = is_picture_credit(credit[1])
        if not (picture or is_credit(credit[1])) or not is_headline_like(text[credit.end() : end], fewest_words=3):
            continue
        headline: tuple[int, int, ParagraphKind] = (credit.end(), end, "headline")
        before = len(text[start : credit.start()].rstrip())
        if before and picture:
            return [(start, credit.end(), "caption"), headline]
        tail: list[tuple[int, int, ParagraphKind]] = [(start, start + before, "body")] if before else []
        return [*tail, (credit.start(), credit.end(), "credit"), headline]
    if not is_last:
        for sentence in _GLUED_SENTENCE.finditer(text, near_end, end):
            rest = text[sentence.end() : end]
            is_one_sentence = not _INNER_SENTENCE_END.search(rest)
            if is_one_sentence and is_headline_like(rest, fewest_words=5) and " " in text[start : sentence.end()]:
                return [(start, sentence.end(), "body"), (sentence.end(), end, "headline")]
    return [(start, end, "body")]


def _find_kinds(text: str, pieces: list[_Piece]) -> None:
    """Set the kinds that lines show by themselves, and make the alt text above a caption a caption too."""
    for number, piece in enumerate(pieces):
        if piece.kind == "body":
            piece.kind = kind_of_line(text[piece.start : piece.end].replace("\n", " "), number)
    for _, group in groupby(pieces, key=lambda piece: piece.block):
        block = list(group)
        if len(block) in (2, 3) and len(block) < len(pieces) and block[-1].kind == "caption":
            for piece in block:
                if piece.kind == "body" and piece.end - piece.start <= _LONGEST_ALT_TEXT:
                    piece.kind = "caption"


def _find_headlines(text: str, pieces: list[_Piece]) -> None:
    """Mark the headline at the top, and the subheadings below it."""
    blocks = Counter(piece.block for piece in pieces)
    at_top = True
    for above, piece, below in zip([None, *pieces], pieces, pieces[1:], strict=False):
        alone = blocks[piece.block] == 1 or len(blocks) == 1
        if piece.kind == "body":
            line = text[piece.start : piece.end]
            if at_top:
                found = _is_title(line) and (alone or len(line) < below.end - below.start)
            else:
                found = alone and _is_subheading(line, below) and not _is_list_line(text, above)
            piece.kind = "headline" if found else "body"
        at_top = at_top and piece.kind in ("credit", "byline")


def _find_corrections(text: str, pieces: list[_Piece]) -> None:
    """Mark the publisher's notices among the first and last pieces; a heading "Correction" takes the next one along."""
    follows_heading = False
    for number, piece in enumerate(pieces):
        line = text[piece.start : piece.end]
        if _EDGE <= number < len(pieces) - _EDGE or piece.kind == "caption":
            follows_heading = False
        elif piece.kind == "headline":
            follows_heading = is_correction(line) and len(line.split()) < _HEADING_WORDS
            piece.kind = "correction" if follows_heading else "headline"
        else:
            piece.kind = "correction" if follows_heading or is_correction(line) else piece.kind
            follows_heading = False


def _is_title(line: str) -> bool:
    opens_text = line.endswith("?") and len(line) > _LONGEST_QUESTION
    return is_headline_like(line, fewest_words=3) and not opens_text


def _is_subheading(line: str, below: _Piece) -> bool:
    stands_above_text = below.kind == "body" and below.end - below.start >= _SHORTEST_BELOW_SUBHEADING
    return stands_above_text and len(line) <= _LONGEST_SUBHEADING and is_headline_like(line)


def _is_list_line(text: str, piece: _Piece | None) -> bool:
    """Say whether ``piece`` does not end like a sentence: what follows is rather the next line of a list."""
    return piece is not None and piece.kind == "body" and not ends_like_sentence(text[piece.start : piece.end])


def _paragraphs(text: str, pieces: Iterable[_Piece], longest: int) -> tuple[Paragraph, ...]:
    spans = [(start, end, piece.kind) for piece in pieces for start, end in _divided(text, piece, longest)]
    return tuple(Paragraph(n, text[start:end], kind, start, end) for n, (start, end, kind) in enumerate(spans))


def _divided(text: str, piece: _Piece, limit: int) -> Iterator[_Span]:
    """Divide a body paragraph longer than ``limit`` into groups of whole sentences."""
    if piece.kind != "body" or piece.end - piece.start <= limit:
        yield piece.start, piece.end
        return
    start = end = piece.start
    count = 0
    for left, right in split_sentences(text[piece.start : piece.end]):
        if count == _DIVIDED_SENTENCES or (count and piece.start + right - start > _DIVIDED_LENGTH):
            yield start, end
            start, count = piece.start + left, 0
        end = piece.start + right
        count += 1
    yield start, end
