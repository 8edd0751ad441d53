"""Publication dates of saved pages of the web, judged by hand: how often each system reads the day that a page tells.

The pages are not in this repository; README.md says where they come from. ``dates_judged.jsonl`` has a line for each:

    {"file": "distribution/path.html", "published": "2021-09-29", "also": [], "kind": "news", "lang": "en"}

``published`` is the day on which the page says that its text was first published, null when it does not say; ``also``
lists days that are as right. ``kind`` is news, blog, page (undated) or list.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

from index.errors import SourceError
from index.readers import read_path
from index.readers.files import decode
from index.schema import Article

_PARTS = ("all", "English", "English news", "no date")
JUDGED = Path(__file__).with_name("dates_judged.jsonl")

Finder = Callable[[Path], date | None]
"""Takes a saved page and returns its day of publication."""


@dataclass(frozen=True, slots=True)
class JudgedPage:
    """A saved page, by its path in the folder of pages; ``days`` are equally right, and none where it tells none."""

    file: str
    days: frozenset[date]
    kind: str
    language: str

    @property
    def half(self) -> str:
        """The rules were mended after a look at the half "looked"; the other is only measured."""
        return "measured" if sha256(self.file.encode()).digest()[0] % 2 else "looked"

    def parts(self) -> tuple[str, ...]:
        """Return the groups of pages that the page counts for."""
        is_english = self.language == "en"
        groups = {"English": is_english, "English news": is_english and self.kind == "news", "no date": not self.days}
        return ("all", *(name for name, is_in in groups.items() if is_in))

    def outcome(self, found: date | None) -> str:
        """Say whether ``found`` is exact, unknown or wrong; none is exact where the page tells none."""
        if found is None:
            return "unknown" if self.days else "exact"
        return "exact" if found in self.days else "wrong"


def judged_pages(file: Path = JUDGED) -> list[JudgedPage]:
    """Return the pages of a file of judgements."""
    pages = []
    for line in file.read_text("utf-8").splitlines():
        row = json.loads(line)
        days = [day for day in (row["published"], *row["also"]) if day]
        pages.append(JudgedPage(row["file"], frozenset(map(date.fromisoformat, days)), row["kind"], row["lang"]))
    return pages


def read_saved(path: Path) -> date | None:
    """Return the day that Nutgraf reads when the file is indexed."""
    return next((found.published.date for found in read_path(path) if isinstance(found, Article)), None)


def htmldate_saved(path: Path, *, original: bool = True) -> date | None:
    """Return the day that htmldate reads in the same text; it takes the address from the canonical link itself."""
    try:
        return ask_htmldate(decode(path.read_bytes(), path.name, is_html=True), original=original)
    except SourceError:
        return None


def ask_htmldate(html: str, *, original: bool = True) -> date | None:
    """Return the day that htmldate reads: that of publication, or with its default settings (not ``original``)."""
    from htmldate import find_date

    found = find_date(html, original_date=original, outputformat="%Y-%m-%d")
    return date.fromisoformat(found) if found else None


FINDERS: Mapping[str, Finder] = {
    "nutgraf": read_saved,
    "htmldate": htmldate_saved,
    "htmldate, default settings": lambda path: htmldate_saved(path, original=False),
}


def measure_saved(
    folder: Path, pages: Sequence[JudgedPage], finders: Mapping[str, Finder] = FINDERS
) -> tuple[dict[str, object], list[str]]:
    """Return the counts by system, half and group of pages, and what went wrong on the looked half with "nutgraf".

    "today" counts the wrong ones that are the day of the run. Raises FileNotFoundError when a page is missing.
    """
    today = datetime.now(UTC).date()
    systems: dict[str, dict[str, dict[str, Counter[str]]]] = {}
    missed = []
    for name, find in finders.items():
        halves = systems[name] = {
            half: {part: Counter(exact=0, unknown=0, wrong=0, today=0) for part in _PARTS}
            for half in ("looked", "measured", "both")
        }
        for page in pages:
            found = find(folder / page.file)
            outcome = page.outcome(found)
            for half in (page.half, "both"):
                for part in page.parts():
                    halves[half][part][outcome] += 1
                    halves[half][part]["today"] += outcome == "wrong" and found == today
            if name == "nutgraf" and outcome != "exact" and page.half == "looked":
                missed.append(f"{outcome}\t{found}\t{', '.join(map(str, sorted(page.days)))}\t{page.kind}\t{page.file}")
    return {"pages": len(pages), "systems": systems}, missed
