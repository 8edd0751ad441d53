"""Kills ``nutgraf index`` at random moments and looks at what is left: reported as stored must mean stored.

    python -m eval.bench.crash --articles DIR --rounds 50 --json crash.json

Each round runs the real command in a child process and ends it with SIGKILL. Half of the moments are drawn evenly over
the time that a whole run takes (imports, opening, creating, ending), the other half fall within 50 ms of a report
(inside and between commits, while the snapshot is written). The store is kept from round to round, a new one is begun
every fifth; the chunk size changes at random, so that articles are replaced as well as added.

After each kill: the store opens and answers a search, ``verify`` finds nothing to say and nothing to mend, and every
article that was ever reported as stored is there with its text. After the last one an undisturbed run must succeed.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from index import NothingToIndexError, StoreMissingError, open_index, verify_store
from index.readers import discover, read_path
from index.schema import Article

# Two sizes that give about the same chunks: changing between them writes every article anew.
CHUNK_TOKENS = (0, 250)
NEW_STORE_EVERY = 5
LONGEST_ARTICLE = 10_000_000


@dataclass(slots=True)
class CrashReport:
    """Counts over all runs. ``reports`` are articles told as stored; ``finished`` runs ended before their kill."""

    killed: int = 0
    finished: int = 0
    killed_before_first_report: int = 0
    reports: int = 0
    lost: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.lost and not self.problems


def crash(
    articles: Path, rounds: int, folder: Path, *, seed: int = 0, chunk_tokens: tuple[int, int] = CHUNK_TOKENS
) -> CrashReport:
    """Kill ``rounds`` runs over the articles of a file or folder; stores are made in ``folder``, an empty one.

    A run that ends before its kill is looked at too, but is no round. Raises NothingToIndexError.
    """
    chance = random.Random(seed)  # noqa: S311 - moments, not secrets
    expected = _read(articles)
    began = time.monotonic()
    whole, status = _index(articles, folder / "whole", chunk_tokens[0])
    duration = time.monotonic() - began
    if status:
        raise NothingToIndexError(f"{articles}: cannot be indexed; see why with: nutgraf index {articles}")
    report = CrashReport()
    while report.killed < rounds:
        number = report.killed + report.finished
        if number % NEW_STORE_EVERY == 0:
            store, stored = folder / f"store-{number}", set[str]()
        after, delay = 0, chance.uniform(0, duration)
        if chance.random() < 0.5:
            after, delay = chance.randint(1, len(whole)), chance.uniform(0, 0.05)
        reported, status = _index(articles, store, chance.choice(chunk_tokens), kill=(after, delay))
        stored |= set(reported)
        report.killed += status < 0
        report.finished += status >= 0
        report.killed_before_first_report += status < 0 and not reported
        report.reports += len(reported)
        where = f"run {number} (killed {delay:.3f} s after report {after})"
        if status > 0:
            report.problems.append(f"{where}: the run failed with status {status}")
        _look(store, stored, expected, where, report)
    reported, status = _index(articles, store, chunk_tokens[0])
    if status or set(reported) != set(whole):
        report.problems.append(f"the undisturbed run at the end told of {len(reported)} articles, status {status}")
    _look(store, set(reported), expected, "the end", report)
    return report


def _read(articles: Path) -> dict[str, Article]:
    """What should be in the store, by uri."""
    found = (
        item for path in discover([articles]) if isinstance(path, Path) for item in read_path(path, LONGEST_ARTICLE)
    )
    return {item.uri: item for item in found if isinstance(item, Article)}


def _index(
    articles: Path, store: Path, chunk_tokens: int, kill: tuple[int, float] | None = None
) -> tuple[list[str], int]:
    """Run the command, if asked killing it some seconds after its n-th line: (uris told as stored, exit status)."""
    command = [sys.executable, "-m", "ui", "index", str(articles), "--store", str(store)]
    told = store.with_suffix(".jsonl")
    with told.open("wb") as output:
        child = subprocess.Popen([*command, "--chunk-tokens", str(chunk_tokens), "--json"], stdout=output)
    if kill is not None:
        lines, seconds = kill
        while lines and child.poll() is None and told.read_bytes().count(b"\n") < lines:
            time.sleep(0.001)
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            child.kill()
    status = child.wait()
    whole_lines = [line for line in told.read_text("utf-8").splitlines(keepends=True) if line.endswith("\n")]
    events = [json.loads(line) for line in whole_lines]
    return [event["uri"] for event in events if event["event"] in {"added", "updated", "unchanged"}], status


def _look(store: Path, stored: set[str], expected: dict[str, Article], where: str, report: CrashReport) -> None:
    """Check a store after a kill; what is wrong goes into ``report``."""
    try:
        with open_index(store) as index:
            there = {head.uri for head in index.articles()}
            report.lost += len(stored - there)
            for uri in there:
                article = index.article(uri)
                if article is None or article != expected.get(uri):
                    report.problems.append(f"{where}: {uri} is not what was read from its file")
            if there and not index.search("What happened?", k=1, rerank=False):
                report.problems.append(f"{where}: a search finds nothing")
    except StoreMissingError:  # killed before the store was made
        report.lost += len(stored)
        return
    verified = verify_store(store, heal=False)
    report.problems += [f"{where}: {problem}" for problem in verified.problems]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.crash", description=__doc__.splitlines()[0])
    parser.add_argument("--articles", type=Path, required=True, help="a file or folder of articles, 50 or more")
    parser.add_argument("--rounds", type=int, default=50, help="how many runs to kill")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    parser.add_argument("--json", type=Path, help="also write the result to this file")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = crash(arguments.articles, arguments.rounds, Path(folder), seed=arguments.seed)
    text = json.dumps({"ok": report.ok, "seed": arguments.seed, **asdict(report)}, indent=2) + "\n"
    sys.stdout.write(text)
    if arguments.json:
        arguments.json.write_text(text, encoding="utf-8")
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main())
