"""How well copies of one report are found: planted ones, real ones, and how many articles a second.

    python -m eval.bench.copies --data news.jsonl.gz [--json FILE]

``--data`` is a file of dated news articles, gzipped JSON lines with url, title, text, date and source. A sample is
printed again by outlets that do not exist: cut to 30-100 %, with another beginning, paragraphs dropped, a local
paragraph and a notice added. Others only look like copies: columns under one standing notice, live pages that keep
yesterday's background, market reports by one form. The rest of the file is what they hide in; its own pairs were judged
by their titles and openings (``results/copies_judged.json``, by checksums of urls). The newsroom in eval/newsroom is
measured with the dates that its truth gives.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path

from index.annotations import annotate
from index.article import make_article
from index.encoder import ModelIdentity
from index.readers import read_path
from index.schema import Article, Published
from index.store import Store, create_schema, select
from index.writer import Prepared, Writer

FAMILIES = 300
HARD = 60  # of each kind of what only looks like copies
BATCH = 30
NEWSROOM = Path(__file__).parents[1] / "newsroom"
JUDGED = Path(__file__).parent / "results" / "copies_judged.json"

Pairs = set[frozenset[str]]


@dataclass
class Planted:
    """Articles in the order in which they are stored, and which pairs of uris are copies."""

    articles: list[Article] = field(default_factory=list)
    copies: Pairs = field(default_factory=set)


def read_articles(path: Path) -> list[Article]:
    """The articles of the file, by their urls."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [
        make_article(
            uri=row["url"], title=row["title"], text=row["text"], source=row["source"],
            published=Published(date.fromisoformat(row["date"]), "file-given"),
        )
        for row in rows
    ]  # fmt: skip


def plant(articles: Sequence[Article], seed: int) -> Planted:
    """Copies of some articles, and articles that only look like copies."""
    chance = random.Random(seed)  # noqa: S311
    usable = [one for one in articles if 150 <= len(one.text.split()) <= 1500 and len(_paragraphs(one)) >= 6]
    chosen = chance.sample(usable, FAMILIES + 3 * HARD)
    others = [paragraph for one in chance.sample(usable, 400) for paragraph in _paragraphs(one)[2:5]]
    found = Planted()
    for original in chosen[:FAMILIES]:
        family = [original.uri]
        for number in range(chance.randint(1, 3)):
            copy = _copied(original, number, chance, others)
            found.articles.append(copy)
            family.append(copy.uri)
        found.copies |= set(map(frozenset, combinations(family, 2)))
    found.articles += _columns(chosen[FAMILIES : FAMILIES + HARD], chance.choice(others))
    found.articles += _live_pages(chosen[FAMILIES + HARD : FAMILIES + 2 * HARD], chance, others)
    found.articles += _market_reports(chance)
    return found


def _paragraphs(article: Article) -> list[str]:
    return [paragraph.text for paragraph in article.paragraphs if paragraph.kind == "body"]


def _copied(original: Article, number: int, chance: random.Random, others: Sequence[str]) -> Article:
    """A print of ``original`` by another outlet, up to three days later."""
    paragraphs = _paragraphs(original)
    paragraphs = paragraphs[: max(3, round(chance.uniform(0.3, 1.0) * len(paragraphs)))]
    if chance.random() < 0.7:
        paragraphs[0] = _reworded(paragraphs[0], chance)
    if chance.random() < 0.5:
        paragraphs = [one for place, one in enumerate(paragraphs) if place == 0 or chance.random() > 0.2]
    if chance.random() < 0.5:
        paragraphs.insert(chance.randint(1, len(paragraphs)), chance.choice(others))
    if chance.random() < 0.5:
        paragraphs.append(f"Outlet {number} is the home of news for its town. Write to us, follow us, tell us all.")
    text = "\n\n".join([f"By a reporter of Outlet {number}", *paragraphs])
    return _article(f"copy-{number}-{original.uri}", text, f"Outlet {number}", original, chance.randint(0, 3))


def _reworded(paragraph: str, chance: random.Random) -> str:
    """The same words with no run of them left: the most that a paraphrase can change."""
    words = paragraph.split()
    return " ".join(chance.sample(words, len(words)))


def _article(uri: str, text: str, source: str, like: Article, days: int) -> Article:
    day = (like.published.date or date.min) + timedelta(days)
    return make_article(uri=uri, text=text, source=source, published=Published(day, "file-given"))


def _columns(articles: Sequence[Article], notice: str) -> list[Article]:
    """One column, week after week on the same weekdays: its standing notice before and after other words."""
    first = articles[0]
    return [
        _article(f"column-{n}", "\n\n".join([notice, *_paragraphs(one)[:4], notice]), "Column", first, 7 * (n // 3))
        for n, one in enumerate(articles)
    ]


def _live_pages(articles: Sequence[Article], chance: random.Random, others: Sequence[str]) -> list[Article]:
    """Next day's page of an outlet: new words first, then a third of yesterday's."""
    found = []
    for number, one in enumerate(articles):
        paragraphs = _paragraphs(one)
        kept = paragraphs[-max(1, len(paragraphs) // 3) :]
        new = chance.sample(list(others), max(3, len(paragraphs) - len(kept)))
        found.append(_article(f"live-{number}", "\n\n".join([*new, *kept]), "Live", one, 1))
    return found


def _market_reports(chance: random.Random) -> list[Article]:
    """Daily reports by one form with other figures and companies."""
    makers = "Albion Borden Caldor Denham Esker Farrow Garnet Holme Ister Jarrow".split()
    found = []
    for number in range(HARD):
        lines = [
            f"{maker} {chance.choice(['added', 'lost', 'shed'])} {chance.randint(1, 99) / 10} per cent to close at "
            f"{chance.randint(100, 999)} after {chance.choice(makers)} {chance.choice(['raised', 'cut'])} its forecast."
            for maker in chance.sample(makers, 8)
        ]
        day = Published(date(2023, 3, 1) + timedelta(number), "file-given")
        text = "\n\n".join(["Shares moved in quiet trade on the exchange.", *lines])
        found.append(make_article(uri=f"market-{number}", text=text, source=f"Desk {number % 2}", published=day))
    return found


# -- measuring


def find(articles: Sequence[Article], folder: Path) -> tuple[dict[str, Pairs], float]:
    """The pairs of uris that are found ("story": in one story, "version": one follows the other), and the seconds
    of the processor that annotating and storing the articles took, without chunks or vectors."""
    folder.mkdir(parents=True)
    store = Store(folder, writable=True)
    create_schema(store, ModelIdentity("none", "", 1, 1))
    store.close()
    begun = time.process_time()
    with Writer(folder, None) as writer:
        for start in range(0, len(articles), BATCH):
            batch = [Prepared(one, [], [], "", annotate(one)) for one in articles[start : start + BATCH]]
            writer.put(batch, {})
        seconds = time.process_time() - begun
        rows = select(
            writer.store.connection,
            "SELECT article.id, uri, story, superseded_by FROM member JOIN article ON article.id = article_id",
        )
    uris = {number: uri for number, uri, _, _ in rows}
    stories: dict[int, list[str]] = {}
    for _, uri, story, _ in rows:
        stories.setdefault(story, []).append(uri)
    together = {frozenset(pair) for story in stories.values() for pair in combinations(story, 2)}
    return {
        "story": together,
        "version": {frozenset((uri, uris[following])) for _, uri, _, following in rows if following},
    }, seconds


def score(found: Pairs, gold: Pairs) -> dict[str, float]:
    """Precision, recall and F1 of pairs."""
    right = len(found & gold)
    precision, recall = right / max(len(found), 1), right / max(len(gold), 1)
    f1 = 2 * right / max(len(found) + len(gold), 1)
    return {
        "found": len(found), "gold": len(gold), "precision": round(precision, 3), "recall": round(recall, 3),
        "f1": round(f1, 3),
    }  # fmt: skip


def shortened(pairs: Iterable[frozenset[str]]) -> Pairs:
    """Pairs of urls by their checksums."""
    return {frozenset(hashlib.sha256(url.encode()).hexdigest()[:12] for url in pair) for pair in pairs}


def newsroom(folder: Path) -> dict[str, dict[str, float]]:
    """Copies and versions of the newsroom, with the days that its truth gives instead of those that were read."""
    truth = json.loads((NEWSROOM / "truth.json").read_text("utf-8"))
    articles = []
    for name, fact in truth["articles"].items():
        (read,) = [one for one in read_path(NEWSROOM / "articles" / name, 10**7) if isinstance(one, Article)]
        day = Published(date.fromisoformat(fact["published"]), "file-given") if fact["published"] else Published()
        articles.append(
            make_article(
                uri=name, text=read.text, source=fact["outlet"], url=fact["url"] or "", published=day,
                paragraphs=read.paragraphs, updated=date.fromisoformat(fact["updated"]) if fact["updated"] else None,
            )
        )  # fmt: skip
    found, _ = find(articles, folder)
    clusters = {frozenset(pair) for names in truth["clusters"].values() for pair in combinations(names, 2)}
    versions = {frozenset((name, f["version_of"])) for name, f in truth["articles"].items() if f["version_of"]}
    # A later version and the copies of its first one count neither way.
    revised = {name for name, fact in truth["articles"].items() if fact["version_of"]}
    return {
        "copies": score({pair for pair in found["story"] if not pair & revised}, clusters),
        "versions": score(found["version"], versions),
    }


def measure(data: Path, seed: int, work: Path) -> dict[str, object]:
    articles = read_articles(data)
    planted = plant(articles, seed)
    mixed = [*articles, *planted.articles]
    random.Random(seed).shuffle(mixed)  # noqa: S311
    found, seconds = find(mixed, work / "mixed")
    real = {one.uri for one in articles}
    judged = json.loads(JUDGED.read_text("utf-8"))
    among_real = {pair for pair in found["story"] if pair <= real}
    return {
        "articles": len(mixed),
        "seconds": round(seconds, 1),
        "articles_per_second": round(len(mixed) / seconds),
        "planted": score(found["story"] - among_real, planted.copies),
        "real": score(shortened(among_real), {frozenset(pair) for pair in judged["same"]}),
        "newsroom": newsroom(work / "newsroom"),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.copies", description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, metavar="FILE", help="dated news articles, JSONL")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    parser.add_argument("--seed", type=int, default=7, metavar="N")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as work:
        figures = json.dumps(measure(options.data, options.seed, Path(work)), indent=2)
    if options.json:
        options.json.write_text(figures + "\n", "utf-8")
    sys.stdout.write(figures + "\n")


if __name__ == "__main__":
    main()
