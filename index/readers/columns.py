"""Pieces of text at places on pages to paragraphs in reading order.

The order is that of a recursive cut of the page (Ha, Haralick and Phillips, "Recursive X-Y cut", 1995), in the form
that newspapers need: a gutter divides what lies between two lines that run across it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from ..schema import ParagraphKind

_FEWEST_LINES = 3  # of a column
_SHORTEST_MEAN = 12  # characters of a column's lines: below it the columns are those of a table
_MOST_ACROSS = 0.25  # of the lines may run across a gutter
_MOST_PIECES = 3_000  # on a page; more are a drawing, and the search for gutters takes their square
_ALIGNED = 3.0  # points
_MARGIN = 0.1  # of the height of a page: where headers and footers stand
_HEADLINE_SIZE = 1.15  # times the size of the text
_LONGEST_HEADLINE = 300
_SAME_SIZE = 0.08
_PARAGRAPH_GAP = 1.3  # times the usual distance of lines
_SHORT_LINE = 0.85  # of the width of the column

_PAGE_NUMBER = re.compile(r"[\W_]*(?:page\s*)?\d{1,4}(?:\s*(?:of|/)\s*\d{1,4})?[\W_]*", re.IGNORECASE)
_DIGITS = re.compile(r"\d+")
_SENTENCE_END = re.compile(r"[.?!:][\"'”’)\]]*$")
_HYPHEN_AT_END = re.compile(r"(\w+)[-\u00ad\u2010]$")
_WORD_AT_START = re.compile(r"[a-z\u00df-\u00ff]\w*")

Block = tuple[str, ParagraphKind | None]


@dataclass(frozen=True, slots=True)
class Piece:
    """Text on one line from ``left`` to ``right`` at height ``y``, in points from the lower left corner of the page."""

    text: str
    left: float
    right: float
    y: float
    size: float
    page: int = 0


def lay_out_pages(pages: Sequence[Sequence[Piece]], heights: Sequence[float]) -> list[Block]:
    """Return the paragraphs of all pages, headlines marked by their size, without headers, footers and page numbers."""
    lines = [line for page in _without_margins(pages, heights) for line in _lines(in_reading_order(page))]
    if not lines:
        return []
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size, 1)] += len(line.text)
    text_size = sizes.most_common(1)[0][0]
    words = Counter(word for line in lines for word in re.findall(r"[\w-]+", line.text))
    blocks: list[Block] = []
    for paragraph in _paragraphs(lines):
        text = _joined([line.text for line in paragraph], words)
        is_headline = paragraph[0].size >= _HEADLINE_SIZE * text_size and len(text) <= _LONGEST_HEADLINE
        blocks.append((text, "headline" if is_headline else None))
    return blocks


def in_reading_order(pieces: Sequence[Piece]) -> list[Piece]:
    """Return the pieces of a page column by column, each from the top to the bottom."""
    from_top = sorted(pieces, key=lambda piece: (-round(piece.y), piece.left))
    gutter = _gutter(from_top) if len(from_top) <= _MOST_PIECES else None
    if gutter is None:
        return from_top
    ordered: list[Piece] = []
    left: list[Piece] = []
    right: list[Piece] = []
    for piece in from_top:
        if _crosses(piece, gutter):
            ordered += in_reading_order(left) + in_reading_order(right) + [piece]
            left, right = [], []
        else:
            (left if piece.left < gutter - _ALIGNED else right).append(piece)
    return ordered + in_reading_order(left) + in_reading_order(right)


def _gutter(pieces: Sequence[Piece]) -> float | None:
    """Return the left edge of a column that has another one to its left, or None."""
    edges = Counter(round(piece.left / _ALIGNED) for piece in pieces)
    best: tuple[int, float] | None = None
    for edge, count in edges.items():
        if count + edges[edge - 1] + edges[edge + 1] < _FEWEST_LINES:
            continue
        place = min(piece.left for piece in pieces if round(piece.left / _ALIGNED) == edge)
        left = [piece for piece in pieces if piece.left < place - _ALIGNED and not _crosses(piece, place)]
        right = [piece for piece in pieces if piece.left >= place - _ALIGNED]
        across = len(pieces) - len(left) - len(right)
        if across <= _MOST_ACROSS * len(pieces) and _is_column(left) and _is_column(right) and _overlap(left, right):
            best = min(best or (across, place), (across, place))
    return best[1] if best else None


def _crosses(piece: Piece, place: float) -> bool:
    # Widths are estimates where a font does not tell them, hence the slack.
    return piece.left < place - _ALIGNED and piece.right > place + 0.05 * (piece.right - piece.left)


def _is_column(pieces: Sequence[Piece]) -> bool:
    characters = sum(len(piece.text) for piece in pieces)
    return len(pieces) >= _FEWEST_LINES and characters >= _SHORTEST_MEAN * len(pieces)


def _overlap(left: Sequence[Piece], right: Sequence[Piece]) -> bool:
    """Say whether two columns stand side by side, not one above the other."""
    top = min(max(piece.y for piece in left), max(piece.y for piece in right))
    bottom = max(min(piece.y for piece in left), min(piece.y for piece in right))
    return top > bottom


def _lines(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Join the pieces that continue a line."""
    line: Piece | None = None
    for piece in pieces:
        if line is not None and _continues(line, piece):
            gap = " " if piece.left - line.right > 0.1 * line.size and not line.text.endswith(" ") else ""
            size = max(line.size, piece.size)
            line = Piece(line.text + gap + piece.text, line.left, piece.right, line.y, size, line.page)
        else:
            if line is not None:
                yield line
            line = piece
    if line is not None:
        yield line


def _continues(line: Piece, piece: Piece) -> bool:
    return (
        line.page == piece.page
        and abs(line.y - piece.y) < 0.4 * max(line.size, piece.size)
        and piece.left > line.right - 2 * line.size
        and piece.left - line.right < 3 * line.size
    )


def _without_margins(pages: Sequence[Sequence[Piece]], heights: Sequence[float]) -> Iterator[list[Piece]]:
    """Leave out what repeats in the margins of the pages, but for its digits, and page numbers."""
    seen: Counter[str] = Counter()
    for page, height in zip(pages, heights, strict=True):
        seen.update({_key(piece) for piece in page if _in_margin(piece, height)})
    often = max(2, 0.4 * len(pages))
    for page, height in zip(pages, heights, strict=True):
        yield [
            piece
            for piece in page
            if not _in_margin(piece, height)
            or not (_PAGE_NUMBER.fullmatch(piece.text) or (len(pages) > 1 and seen[_key(piece)] >= often))
        ]


def _in_margin(piece: Piece, height: float) -> bool:
    return not _MARGIN * height <= piece.y <= (1 - _MARGIN) * height


def _key(piece: Piece) -> str:
    return _DIGITS.sub("0", " ".join(piece.text.lower().split()))


def _paragraphs(lines: Sequence[Piece]) -> Iterator[list[Piece]]:
    steps = [above.y - line.y for above, line in pairwise(lines) if 0 < above.y - line.y < 4 * line.size]
    usual = median(steps) if steps else 0.0
    width = max((line.right - line.left for line in lines if len(lines) > 1), default=0.0)
    widths = [line.right - line.left for line in lines if line.right - line.left > 0.3 * width]
    column = median(widths) if widths else width
    paragraph: list[Piece] = []
    for line in lines:
        if paragraph and _begins(paragraph, line, usual, column):
            yield paragraph
            paragraph = []
        paragraph.append(line)
    if paragraph:
        yield paragraph


def _begins(paragraph: Sequence[Piece], line: Piece, usual: float, column: float) -> bool:
    """Say whether ``line`` begins a paragraph instead of going on with ``paragraph``."""
    above = paragraph[-1]
    if abs(above.size - line.size) > _SAME_SIZE * max(above.size, line.size):
        return True
    is_done = bool(_SENTENCE_END.search(above.text))
    step = above.y - line.y
    if step <= 0 or above.page != line.page:  # the top of the next column or page
        return is_done or not (
            _WORD_AT_START.match(line.text) or _HYPHEN_AT_END.search(above.text) or is_long(above, column)
        )
    distance = max(usual, 1.05 * line.size) if above.size <= 1.1 * line.size else 1.5 * line.size
    if step > _PARAGRAPH_GAP * distance:
        return True
    indent = line.left - (paragraph[0].left if len(paragraph) == 1 else above.left)
    return is_done and (indent > 0.7 * line.size or not is_long(above, column))


def is_long(line: Piece, column: float) -> bool:
    """Say whether a line is about as wide as the column, so that the text goes on below."""
    return line.right - line.left >= _SHORT_LINE * column


def _joined(lines: Sequence[str], words: Counter[str]) -> str:
    """Join lines; a word divided at a line's end becomes one, unless the text has it with a hyphen elsewhere."""
    text = lines[0].strip()
    for line in lines[1:]:
        following = line.strip()
        divided, rest = _HYPHEN_AT_END.search(text), _WORD_AT_START.match(following)
        if divided and rest:
            is_compound = words[f"{divided[1]}-{rest[0]}"] > words[divided[1] + rest[0]] and text[-1] != "\u00ad"
            text = (text if is_compound else text[:-1]) + following
        elif text.endswith("-") and following[:1].isalnum():
            text += following
        else:
            text += f" {following}"
    return " ".join(text.split())
