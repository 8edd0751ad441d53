"""Who said it: how many stretches of speech are found, and how many of them with the right speaker.

``python -m eval.bench.speech`` measures the paragraphs of ``speech.jsonl`` (styles of news, half of them held out:
written before the rules, and no rule was changed after a look at one) and the 280 stretches of the newsroom.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from index.article import make_article
from index.readers import read_path
from index.schema import Article, Speech
from index.speech import find_speech

LISTS = Path(__file__).with_name("speech.jsonl")
NEWSROOM = Path(__file__).parents[1] / "newsroom"
RESULTS = Path(__file__).parent / "results" / "speech.json"
# A stretch is found when it and what was found share this part of the characters that either has.
SHARED = 0.5
_MARKS = "\"“”'‘’"
_ARTICLE = re.compile(r"(?:the|a|an)\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Expected:
    """A stretch of an article's text (its quotation marks left out) and who says it, "" when the article leaves it open."""

    start: int
    end: int
    speaker: str


@dataclass(frozen=True, slots=True)
class Checked:
    """An article with what is expected of it; ``not_speech`` are stretches in quotation marks that nobody says."""

    article: Article
    speech: tuple[Expected, ...]
    not_speech: tuple[str, ...] = ()


def lists(split: str) -> Iterator[Checked]:
    """The paragraphs of one ``split`` of the committed list, "development" or "held-out"."""
    for line in LISTS.read_text("utf-8").splitlines():
        row = json.loads(line)
        if row["split"] == split:
            article = make_article(uri=row["id"], text=row["text"])
            expected = [_expected(row["text"], one["quote"], one["speaker"]) for one in row["speech"]]
            yield Checked(article, tuple(expected), tuple(row["not_speech"]))


def newsroom(folder: Path = NEWSROOM) -> Iterator[Checked]:
    """The articles of the newsroom with the speech that its ``truth.json`` names."""
    said = json.loads((folder / "truth.json").read_text("utf-8"))["speech"]
    for path in sorted((folder / "articles").iterdir()):
        mine = [one for one in said if one["file"] == path.name]
        for article in read_path(path):
            if mine and isinstance(article, Article):
                yield Checked(article, tuple(_expected(article.text, one["quote"], one["speaker"]) for one in mine))


def _expected(text: str, quote: str, speaker: str) -> Expected:
    """Raises ValueError when the text does not have the quote."""
    match = re.search(r"\s+".join(map(re.escape, quote.split())), text)
    if match is None:
        raise ValueError(f"not in the article: {quote!r}")
    start, end = match.span()
    if quote[0] in _MARKS and quote[-1] in _MARKS:
        start, end = start + 1, end - 1
    return Expected(start, end, speaker)


def measure(checked: Sequence[Checked]) -> dict[str, float]:
    """Figures over all stretches.

    ``found``: share that was found. ``attributed``: share of those found that were given a speaker.
    ``right``: share of those with a speaker in the article where it is the right one, of those that were given one.
    ``false``: how many stretches that are no speech were taken for it.
    """
    expected = found = given = right = false = 0
    for one in checked:
        speech = find_speech(one.article)
        false += sum(said.text == words for words in one.not_speech for said in speech)
        for wanted in one.speech:
            expected += 1
            best = max(speech, key=lambda said: shared(wanted, said), default=None)
            if best is None or shared(wanted, best) < SHARED:
                continue
            found += 1
            given += bool(best.speaker)
            right += bool(best.speaker) and same_speaker(best.speaker, wanted.speaker)
    return {
        "stretches": expected,
        "found": round(found / expected, 4),
        "attributed": round(given / found, 4),
        "right": round(right / given, 4),
        "false": false,
    }


def shared(wanted: Expected, said: Speech) -> float:
    """Characters that both have, of those that either has, 0..1."""
    both = min(wanted.end, said.end) - max(wanted.start, said.start)
    return max(0, both) / (max(wanted.end, said.end) - min(wanted.start, said.start))


def same_speaker(one: str, other: str) -> bool:
    """Equal names, whatever the case and the article before them."""
    return _ARTICLE.sub("", one, count=1).casefold() == _ARTICLE.sub("", other, count=1).casefold()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.speech", description=__doc__)
    parser.add_argument("--json", type=Path, default=RESULTS, help="where the figures go (default: %(default)s)")
    options = parser.parse_args(arguments)
    figures = {
        "development": measure(list(lists("development"))),
        "held_out": measure(list(lists("held-out"))),
        "newsroom": measure(list(newsroom())),
    }
    text = json.dumps(figures, indent=1) + "\n"
    options.json.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
