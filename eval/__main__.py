"""``python -m eval [CASES]``: ask the questions of a file and write the result as JSON. ``nutgraf eval`` does more."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import closing
from pathlib import Path

from index.errors import NutgrafError

from .cases import GOLD_FILE, load_cases, seeds_folder


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m eval", description="Ask questions with known answers, write JSON.")
    parser.add_argument("cases", nargs="?", type=Path, default=GOLD_FILE, help="one JSON object a line")
    parser.add_argument("--store", type=Path, metavar="DIR", help="ask this store (default: the seeds, indexed)")
    arguments = parser.parse_args()
    try:
        from .run import judged
        from .runner import run_cases
        from .systems import open_system

        cases = load_cases(arguments.cases)
        articles = None if arguments.store else seeds_folder()
        with closing(open_system(store=arguments.store, articles=articles)) as system:
            result = judged(run_cases(system, cases))
    except NutgrafError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    sys.stdout.write(json.dumps(result.to_dict(), indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
