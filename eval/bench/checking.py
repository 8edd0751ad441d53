"""How many wrong sentences the checker finds, and how many right ones it rejects.

    python -m eval.bench.checking --data DIR [--json FILE] [--show]

Two sets. Sentences generated from real articles (eval/bench/altered.py): right ones, said a little differently, and the
same with a number, a name or a date changed, with another paragraph cited, or with a quotation that nobody made. What
was misjudged of one half of the articles told of rules; the sentences of the other half were first measured when the
rules were done. And ``checking.jsonl``: sentences as a language model writes them, right and wrong, over invented
articles, by hand and before the rules; no rule was made for a sentence of its half "held-out".

A wrong sentence is found, and a right one rejected, when its verdict is not "verified". Baselines: ``trusted`` believes
every citation, ``overlap`` wants half of a sentence's stems in the cited paragraph; ``rules`` is the checker without
the reader.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import apsw

from eval.bench.altered import generate
from eval.bench.news import ARTICLES_FILE, Row, read_articles
from index.article import make_article
from index.crossencoder import CrossEncoder
from index.lexical import Stemmer, content_words
from index.schema import Article, Chunk, Passage, Published
from index.speech import find_speech
from index.times import find_times
from rag.checking import Allowance, Checker, Source
from rag.settings import RagSettings

LISTS = Path(__file__).with_name("checking.jsonl")
RESULTS = Path(__file__).parent / "results" / "checking.json"
ARTICLES = 700
SENTENCES = 300
# Seeds of the articles that the rules were written with, and of those that were looked at once, for the figures.
SEEDS = {"development": 1, "held_out": 2}
OVERLAP = 0.5


@dataclass(frozen=True, slots=True)
class Case:
    """A sentence that cites paragraphs of an article; ``kind`` is "right" or says in which way it is wrong."""

    text: str
    article: Article
    cited: tuple[int, ...]
    kind: str


class Shelf:
    """Articles in memory, for what the checker asks an index; without a reader the rules check alone."""

    def __init__(self, crossencoder: CrossEncoder | None = None) -> None:
        self.crossencoder = crossencoder
        self.stems = Stemmer(apsw.Connection(":memory:")).stems
        self._articles: dict[str, Article] = {}
        self._sources: dict[str, list[Source]] = {}

    def article(self, uri: str) -> Article | None:
        return self._articles.get(uri)

    def sources(self, article: Article) -> list[Source]:
        """All paragraphs of an article, as if it had been found as one passage."""
        if article.uri not in self._sources:
            self._articles[article.uri] = article
            passage = Passage(
                chunk=Chunk(1, article.text, 0, len(article.text), 0, len(article.paragraphs) - 1),
                article=article,
                paragraphs=article.paragraphs,
                score=1.0,
                rank=1,
                times=tuple(find_times(article.text, article.published.date)),
                speech=tuple(find_speech(article)),
            )
            self._sources[article.uri] = [Source(str(one.number), passage, one) for one in article.paragraphs]
        return self._sources[article.uri]


Believes = Callable[[Case, Shelf], bool]
"""Whether a way to check lets a sentence pass."""


def verified(case: Case, shelf: Shelf) -> bool:
    sources = shelf.sources(case.article)
    unhurried = Allowance(at_once=sys.maxsize)  # as when a model has taken its time
    checker = Checker(sources, shelf, RagSettings(unsupported="drop"), unhurried)
    return checker.check(case.text, [sources[number] for number in case.cited]).support == "verified"


def overlaps(case: Case, shelf: Shelf) -> bool:
    """The first baseline: half of the sentence's stems stand in what it cites."""
    cited = " ".join(case.article.paragraphs[number].text for number in case.cited)
    mine = set(shelf.stems(" ".join(content_words(case.text))))
    return len(mine & set(shelf.stems(cited))) >= OVERLAP * len(mine)


def trusted(case: Case, shelf: Shelf) -> bool:
    """The second baseline: every citation is believed."""
    return True


WAYS: dict[str, Believes] = {"checker": verified, "rules": verified, "overlap": overlaps, "trusted": trusted}


def generated(rows: Sequence[Row], split: str) -> list[Case]:
    """300 sentences of the articles of a split."""
    half = [row for number, row in enumerate(rows) if number % 2 == (split == "held_out")]
    rng = random.Random(SEEDS[split])  # noqa: S311 - a sample
    articles = [
        make_article(
            uri=row["url"],
            title=row["title"],
            text=row["text"],
            source=str(row.get("source") or ""),
            published=Published(date.fromisoformat(row["date"]), "file-given"),
        )
        for row in rng.sample(half, min(ARTICLES, len(half)))
    ]
    made = generate(articles, SENTENCES, rng)
    return [Case(one.text, one.article, (one.article.paragraphs.index(one.cited),), one.kind) for one in made]


def written(split: str) -> list[Case]:
    """The sentences of one half of ``checking.jsonl``, "development" or "held-out"."""
    cases = []
    for line in LISTS.read_text("utf-8").splitlines():
        row = json.loads(line)
        if row["split"] != split:
            continue
        article = make_article(
            uri=row["id"],
            title=row["title"],
            text="\n\n".join(row["paragraphs"]),
            source=row["source"],
            published=Published(date.fromisoformat(row["published"]), "file-given"),
        )
        cases += [Case(one["text"], article, tuple(one["cites"]), one["kind"]) for one in row["sentences"]]
    return cases


def shelf_of(way: str) -> Shelf:
    """An empty shelf, with the reader for the whole checker alone."""
    return Shelf(CrossEncoder() if way == "checker" else None)


def measure(cases: Sequence[Case], way: str) -> dict[str, object]:
    """Shares with their 95 % intervals: of the wrong sentences those found, of the right ones those rejected, and
    by kind those judged rightly; ``ms`` is the mean time of a sentence. ``way`` is one of WAYS."""
    believes, shelf = WAYS[way], shelf_of(way)
    for case in cases:
        shelf.sources(case.article)
    began = time.perf_counter()
    right = {(number, case.kind): believes(case, shelf) == (case.kind == "right") for number, case in enumerate(cases)}
    spent = (time.perf_counter() - began) * 1000 / len(cases)
    kinds = {
        kind: [good for (_, one), good in right.items() if one == kind] for kind in dict.fromkeys(c.kind for c in cases)
    }
    return {
        "sentences": len(cases),
        "found": share(good for (_, kind), good in right.items() if kind != "right"),
        "rejected": share(not good for good in kinds["right"]),
        "judged_rightly": {kind: share(good) for kind, good in kinds.items()},
        "ms": round(spent, 1),
    }


def share(goods: Iterable[bool]) -> dict[str, float]:
    """How many of how many, the share, and its Wilson score interval (Wilson 1927) at 95 %."""
    values = list(goods)
    count, part, z = len(values), sum(values) / len(values), 1.96
    middle = (part + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(part * (1 - part) / count + z * z / (4 * count * count))
    low, high = (round(max(0.0, min(1.0, end)), 4) for end in (middle - half, middle + half))
    return {"count": count, "share": round(part, 4), "low": low, "high": high}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.checking", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help=f"folder with {ARTICLES_FILE}")
    parser.add_argument("--json", type=Path, default=RESULTS, help="where the figures go (default: %(default)s)")
    parser.add_argument("--show", action="store_true", help="list what is misjudged, of the development halves only")
    options = parser.parse_args(arguments)
    rows = read_articles(options.data / ARTICLES_FILE)
    sets = {f"generated_{split}": generated(rows, split) for split in SEEDS}
    sets |= {f"written_{split.replace('-', '_')}": written(split) for split in ("development", "held-out")}
    figures = {name: {way: measure(cases, way) for way in WAYS} for name, cases in sets.items()}
    if options.show:
        sys.stderr.writelines(_misjudged(cases) for name, cases in sets.items() if name.endswith("development"))
    text = json.dumps(figures, indent=1) + "\n"
    options.json.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return 0


def _misjudged(cases: Sequence[Case]) -> str:
    shelf = shelf_of("checker")
    wrong = [case for case in cases if verified(case, shelf) != (case.kind == "right")]
    return "".join(f"{case.kind}: {case.text}\n" for case in wrong)


if __name__ == "__main__":
    sys.exit(main())
