"""Files with damage at random places are read: ``python -m eval.bench.fuzz FILE... [--mutants N]``.

Every mutant must come out as articles or as a SourceError. An exception here is a defect of the program and ends the
run; a child process that had to be ended is counted, as it is allowed but costs a start.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from index.errors import SourceError
from index.readers import read_data

_LOST_CHILD = ("made its reader crash", "of computing to read", "was not read within", "of memory to read")


@dataclass(slots=True)
class FuzzReport:
    """What became of the mutants; ``slowest`` in seconds, with the kind of file and number of the mutant."""

    mutants: int = 0
    read: int = 0
    refused: int = 0
    lost_children: int = 0
    slowest: float = 0.0
    slowest_mutant: str = ""


def fuzz(samples: Sequence[tuple[str, bytes]], mutants: int, seed: int) -> FuzzReport:
    """Read ``mutants`` damaged versions of the samples (suffix and content) in turn; an exception is a defect."""
    report = FuzzReport()
    chance = random.Random(seed)  # noqa: S311 - reproducible, not secret
    for number in range(mutants):
        suffix, data = samples[number % len(samples)]
        mutant = damaged(data, chance)
        start = time.perf_counter()
        found = list(read_data(mutant, suffix, f"/{number}{suffix}"))
        seconds = time.perf_counter() - start
        report.mutants += 1
        problems = [item for item in found if isinstance(item, SourceError)]
        report.read += len(problems) < len(found)
        report.refused += bool(problems)
        report.lost_children += any(words in problem.what for problem in problems for words in _LOST_CHILD)
        if seconds > report.slowest:
            report.slowest, report.slowest_mutant = round(seconds, 3), f"{number}{suffix}"
    return report


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Return ``data`` with one to three damages: bits, bytes, zeros, a part cut out, doubled, moved or cut off."""
    for _ in range(chance.randint(1, 3)):
        data = chance.choice(_DAMAGES)(bytearray(data), chance)
    return data


def _bit(data: bytearray, chance: random.Random) -> bytes:
    if data:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(data)


def _bytes(data: bytearray, chance: random.Random) -> bytes:
    place = chance.randrange(len(data) + 1)
    data[place : place + 16] = chance.randbytes(16)
    return bytes(data)


def _zeros(data: bytearray, chance: random.Random) -> bytes:
    place, length = chance.randrange(len(data) + 1), chance.randint(1, 64)
    data[place : place + length] = bytes(length)
    return bytes(data)


def _cut_out(data: bytearray, chance: random.Random) -> bytes:
    place = chance.randrange(len(data) + 1)
    del data[place : place + chance.randint(1, 256)]
    return bytes(data)


def _cut_off(data: bytearray, chance: random.Random) -> bytes:
    return bytes(data[: chance.randrange(len(data) + 1)])


def _doubled(data: bytearray, chance: random.Random) -> bytes:
    place = chance.randrange(len(data) + 1)
    part = data[place : place + chance.randint(1, 512)]
    return bytes(data[:place] + part * chance.randint(2, 20) + data[place:])


_DAMAGES: tuple[Callable[[bytearray, random.Random], bytes], ...] = (
    _bit, _bytes, _zeros, _cut_out, _cut_off, _doubled,
)  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.fuzz", description=__doc__.splitlines()[0])
    parser.add_argument("files", type=Path, nargs="+", help="files to damage, of every kind that is of interest")
    parser.add_argument("--mutants", type=int, default=1_000, help="how many")
    parser.add_argument("--seed", type=int, default=0, help="of the damages")
    parser.add_argument("--json", type=Path, help="also write the result to this file")
    arguments = parser.parse_args()
    samples = [(path.suffix.lower(), path.read_bytes()) for path in arguments.files]
    text = json.dumps(asdict(fuzz(samples, arguments.mutants, arguments.seed)), indent=2) + "\n"
    sys.stdout.write(text)
    if arguments.json:
        arguments.json.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
