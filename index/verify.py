"""What is in a store, and whether it is what was written."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import apsw
import numpy as np

from .article import content_sha
from .encoder import Encoder
from .errors import NutgrafError, StoreMissingError
from .settings import IndexSettings, load_settings
from .snapshot import snapshot_facts, snapshot_problem
from .store import Store, check_format, chunk_sha, is_old, load_article, missing_text, select, vector_sha
from .stories import load_annotations, stories
from .writer import Writer, bring_up_to_date

SAMPLE = 32  # chunks embedded again by verify


@dataclass(frozen=True, slots=True)
class StoreStatus:
    """Counts and facts about a store. Dates are ISO; ``bytes`` is the size on disk.

    ``copies`` are articles that carry the same story as an earlier one, ``versions`` older versions of an article.

    ``vectors`` tells how they are searched; ``recall`` is the share of the ten nearest chunks that the
    vector index finds, measured against brute force when the snapshot was written, on queries that resemble questions.
    """

    store: str
    articles: int
    chunks: int
    undated: int
    first_date: str | None
    last_date: str | None
    sources: dict[str, int]
    model: str
    model_sha: str
    dim: int
    copies: int
    versions: int
    generation: int
    snapshot: str
    vectors: str
    recall: float
    bytes: int


@dataclass(slots=True)
class VerifyReport:
    """What ``verify`` looked at, what is wrong, and which derived files it made again."""

    articles: int = 0
    chunks: int = 0
    embedded_again: int = 0
    problems: list[str] = field(default_factory=list)
    healed: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.problems


def _open(store: str | Path | None) -> Store:
    folder = load_settings(IndexSettings, "index", store=store).store
    if not (folder / "corpus.db").exists():
        raise StoreMissingError(missing_text(folder))
    opened = Store(folder)
    try:
        check_format(opened)
        if is_old(opened):
            bring_up_to_date(folder)
    except NutgrafError:
        opened.close()
        raise
    return opened


def store_status(store: str | Path | None = None) -> StoreStatus:
    """Facts about a store without loading the model. Raises StoreError."""
    opened = _open(store)
    try:
        with opened.reading() as connection:
            articles, undated, first, last = connection.execute(
                "SELECT count(*), count(*) FILTER (WHERE published IS NULL), min(published), max(published) "
                "FROM article"
            ).fetchone() or (0, 0, None, None)
            (chunks,) = connection.execute("SELECT count(*) FROM chunk").fetchone() or (0,)
            sources = select(
                connection,
                "SELECT source, count(*) AS n FROM article WHERE source <> '' GROUP BY source ORDER BY n DESC, source",
            )
            versions, copies = connection.execute(
                "SELECT count(superseded_by), count(*) - count(superseded_by) - count(DISTINCT story) FROM member"
            ).fetchone() or (0, 0)
            model = opened.model()
            facts = snapshot_facts(opened)
            return StoreStatus(
                store=str(opened.folder.resolve()),
                articles=articles,
                chunks=chunks,
                undated=undated,
                first_date=first,
                last_date=last,
                sources={str(name): int(number) for name, number in sources},
                model=model.name,
                model_sha=model.sha,
                dim=model.dim,
                copies=copies,
                versions=versions,
                generation=opened.generation(),
                snapshot=facts.get("problem") or "ok",
                vectors="approximate, scored exactly" if facts.get("vectors") == "ivf" else "exact",
                recall=round(facts.get("recall", 1.0), 4),
                bytes=sum(path.stat().st_size for path in opened.folder.rglob("*") if path.is_file()),
            )
    finally:
        opened.close()


def verify_store(store: str | Path | None = None, *, heal: bool = True) -> VerifyReport:
    """Check every row of a store and its snapshot against their checksums, and embed a sample of chunks again.

    A damaged derived file is made again (``healed``) unless ``heal`` is False; damage to the truth is a problem that is
    told and left as it is. Raises StoreError when the store cannot be opened at all.
    """
    report = VerifyReport()
    opened = _open(store)
    try:
        with opened.guarded() as connection:
            _check_pages(connection, report)
            _check_counts(connection, report)
            _check_articles(connection, report)
            _check_annotations(connection, report)
            _check_stories(connection, report)
            _check_chunks(opened, report)
            if not report.problems:
                _check_sample(opened, report)
            problem = snapshot_problem(opened)
    except NutgrafError as error:
        report.problems.append(str(error))
        return report
    finally:
        opened.close()
    if problem and not heal:
        report.problems.append(problem)
    elif problem:
        with Writer(opened.folder, None) as writer:
            writer.finish()
        report.healed.append(problem)
    return report


def _check_pages(connection: apsw.Connection, report: VerifyReport) -> None:
    for (line,) in connection.execute("PRAGMA integrity_check(5)"):
        if line != "ok":
            report.problems.append(f"database: {line}")


def _check_counts(connection: apsw.Connection, report: VerifyReport) -> None:
    for what, query in (
        ("chunks without a vector", "SELECT count(*) FROM chunk WHERE id NOT IN (SELECT chunk_id FROM chunk_vec)"),
        ("vectors without a chunk", "SELECT count(*) FROM chunk_vec WHERE chunk_id NOT IN (SELECT id FROM chunk)"),
        ("chunks without an article", "SELECT count(*) FROM chunk WHERE article_id NOT IN (SELECT id FROM article)"),
        (
            "expressions of time without an article",
            "SELECT count(*) FROM time WHERE article_id NOT IN (SELECT id FROM article)",
        ),
        ("speech without an article", "SELECT count(*) FROM speech WHERE article_id NOT IN (SELECT id FROM article)"),
        ("hashes without an article", "SELECT count(*) FROM hash WHERE article_id NOT IN (SELECT id FROM article)"),
        ("articles without a chunk", "SELECT count(*) FROM article WHERE id NOT IN (SELECT article_id FROM chunk)"),
    ):
        (number,) = connection.execute(query).fetchone() or (0,)
        if number:
            report.problems.append(f"{number} {what}")


def _check_articles(connection: apsw.Connection, report: VerifyReport) -> None:
    for (uri,) in select(connection, "SELECT uri FROM article ORDER BY id"):
        report.articles += 1
        try:
            article = load_article(connection, uri)
            good = article is not None and content_sha(article) == article.content_sha
        except ValueError:  # a date or list of authors that is none
            good = False
        if not good:
            report.problems.append(f"{uri}: the article is not what was stored")


def _check_annotations(connection: apsw.Connection, report: VerifyReport) -> None:
    """What is noted of each article against its checksum; of an upgraded store nothing may be noted yet."""
    rows = select(connection, "SELECT id, uri, language, annotation_sha FROM article WHERE annotated_by <> ''")
    for number, uri, language, sha in rows:
        try:
            good = load_annotations(connection, number).sha(language) == sha
        except ValueError:  # a day or a signature that is none
            good = False
        if not good:
            report.problems.append(f"{uri}: what was noted about the article is not what was stored")


def _check_stories(connection: apsw.Connection, report: VerifyReport) -> None:
    """The hashes against the signatures, and the stories against the pairs that they follow from."""
    (wrong,) = connection.execute(
        "SELECT (SELECT coalesce(sum(length(hashes)), 0) / 8 FROM signature) - (SELECT count(*) FROM hash)"
    ).fetchone() or (0,)
    if wrong:
        report.problems.append(f"{abs(wrong)} hashes too {'few' if wrong > 0 else 'many'} to find copies by")
    stored = set(select(connection, "SELECT article_id, story, superseded_by, published, changed FROM member"))
    numbers = select(connection, "SELECT one FROM pair UNION SELECT other FROM pair")
    for number, story, *_ in stored ^ set(stories(connection, [row[0] for row in numbers])):
        report.problems.append(f"article {number}: its story {story} is not what its copies and versions make it")


def _check_chunks(store: Store, report: VerifyReport) -> None:
    rows = store.connection.execute(
        "SELECT chunk.id, uri, chunk.start, chunk.text, "
        'substr(article.text, chunk.start + 1, chunk."end" - chunk.start), '
        "chunk.sha, embed_sha, vec, chunk_vec.sha FROM chunk JOIN article ON article.id = chunk.article_id "
        "JOIN chunk_vec ON chunk_vec.chunk_id = chunk.id"
    )
    for chunk_id, uri, start, text, from_article, sha, embed_sha, vector, vec_sha in rows:
        report.chunks += 1
        if text != from_article or chunk_sha(uri, start, text) != sha:
            report.problems.append(f"{uri}: chunk {chunk_id} is not what was stored")
        if vector_sha(embed_sha, vector) != vec_sha:
            report.problems.append(f"{uri}: the vector of chunk {chunk_id} is not what was stored")


def _check_sample(store: Store, report: VerifyReport) -> None:
    """Embed some chunks again: the vectors must be the model's (cosine >= 0.99 allows for bf16 beside f32)."""
    from .chunks import embedding_prefix

    encoder = Encoder(store.model().name)
    if encoder.identity.sha != store.model().sha:
        report.problems.append(f"the model {encoder.name} is not the one that made this store")
        return
    rows = select(
        store.connection,
        "SELECT uri, chunk.text, vec FROM chunk JOIN article ON article.id = chunk.article_id "
        "JOIN chunk_vec ON chunk_vec.chunk_id = chunk.id ORDER BY chunk.sha LIMIT ?",
        (SAMPLE,),
    )
    texts = []
    for uri, text, _ in rows:
        article = load_article(store.connection, uri)
        texts.append((embedding_prefix(article) if article else "") + text)
    again = encoder.encode(texts)
    for (uri, _, blob), vector in zip(rows, again, strict=True):
        report.embedded_again += 1
        if float(np.frombuffer(blob, np.float16).astype(np.float32) @ vector) < 0.99:
            report.problems.append(f"{uri}: a stored vector is not the one that {encoder.name} gives")
