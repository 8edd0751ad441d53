"""``python -m index PATH... --store DIR``: read articles into a store and write the report as JSON."""

from __future__ import annotations

import argparse
import json
import sys

from .errors import NutgrafError
from .ingest import build_index


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m index", description="Read articles into a store.")
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a file, a folder or a URL")
    parser.add_argument("--store", metavar="DIR", help="where the store is, or is made (default: .nutgraf)")
    arguments = parser.parse_args()
    try:
        report = build_index(arguments.paths, store=arguments.store)
    except NutgrafError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    result = {
        "store": str(report.store),
        "added": report.added,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "problems": [str(problem) for problem in report.problems],
        "chunks": report.chunks,
    }
    sys.stdout.write(json.dumps(result, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
