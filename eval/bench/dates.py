"""How often the publication date of a web page is read right, beside htmldate on the same pages.

    python -m eval.bench.dates [--variants 5] [--pages DIR] [--show] [--json FILE]

The pages are generated (``date_pages``). Right is the day itself, or none where a page does not tell it.
The rules were changed after a look at what went wrong here, so the figures say that the rules cover these kinds of
markup, not how often they are right on pages of the web: for that, ``--pages`` takes saved ones (``dates_saved``).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path

from index.errors import SourceError
from index.readers.html import parse_html

from .date_pages import TEMPLATES, UNKNOWN, DatedPage, make_pages
from .dates_saved import ask_htmldate, judged_pages, measure_saved


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure both systems and write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--variants", type=int, default=5, help="pages of each template")
    parser.add_argument("--pages", type=Path, metavar="DIR", help="folder of the saved pages that were judged, too")
    parser.add_argument("--show", action="store_true", help="list what is misread, of the looked half only")
    parser.add_argument("--json", type=Path, help="file for the figures")
    options = parser.parse_args(arguments)
    pages = list(make_pages(options.variants))
    result: dict[str, object] = {
        "pages": len(pages),
        "templates": len(TEMPLATES),
        "htmldate": version("htmldate"),
        "systems": {name: measure(find, pages) for name, find in (("nutgraf", read), ("htmldate", ask_htmldate))},
    }
    if options.pages:
        try:
            result["saved"], missed = measure_saved(options.pages, judged_pages())
        except FileNotFoundError as problem:
            parser.error(f"{problem.filename} is missing: eval/bench/README.md says where the pages come from")
        if options.show:
            sys.stderr.writelines(f"{line}\n" for line in missed)
    text = json.dumps(result, indent=1, ensure_ascii=False) + "\n"
    if options.json:
        options.json.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


def read(html: str) -> date | None:
    """Return the day that Nutgraf reads."""
    try:
        return parse_html(html, "page", "page").published.date
    except SourceError:
        return None


def measure(find: Callable[[str], date | None], pages: Sequence[DatedPage]) -> dict[str, object]:
    """Return the counts by part, and by template those of the pages that were not right."""
    parts: dict[str, Counter[str]] = {}
    misses: dict[str, Counter[str]] = {}
    for page in pages:
        found = find(page.html)
        outcome = "exact" if found == page.published else "unknown" if found is None else "wrong"
        told = "tells no date" if page.template in UNKNOWN else "English" if page.language[:2] == "en" else "other"
        for part in ("all", told):
            parts.setdefault(part, Counter(exact=0, unknown=0, wrong=0))[outcome] += 1
        if outcome != "exact":
            misses.setdefault(page.template, Counter())[outcome] += 1
    return {"parts": parts, "misses": misses}


if __name__ == "__main__":
    main()
