"""Train the reader, and write what differs from the published encoder.

The first step leaves checkpoint.pt in --work, the second makes reader.safetensors and README.md (the model card) of it.
The folder index/crossencoder is where both are used. --only does one step. With --average the second step takes the
mean of the trained reader and of an earlier one.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
from pathlib import Path

from index.memory import keep_freed_memory

logger = logging.getLogger(__name__)

STEPS = ("train", "export")
KEPT_MIB = 2047  # mallopt takes an int of bytes


def main() -> None:
    """See --help."""
    options = _options()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    _calm_threads_and_memory()
    options.work.mkdir(parents=True, exist_ok=True)
    for step in STEPS if options.only is None else [options.only]:
        {"train": _train, "export": _export}[step](options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m rag.training", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of reader_train.jsonl.gz")
    parser.add_argument("--exercises", type=Path, help="folder of articles with questions on them (eval/exercises)")
    parser.add_argument("--work", type=Path, required=True, help="folder for the checkpoint and the results")
    parser.add_argument("--only", choices=STEPS)
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint in --work")
    parser.add_argument("--start", type=Path, help="checkpoint or reader.safetensors of an earlier run to begin with")
    parser.add_argument("--examples", type=int, default=120_000, help="examples to train on in all")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop after so many minutes of calm CPU")
    parser.add_argument("--frozen", type=int, default=2, help="lower layers that stay as published")
    parser.add_argument("--rate", type=float, default=2e-4, help="peak learning rate of the encoder")
    parser.add_argument("--cool-down", type=float, default=0.5, help="last share of the run, in which the rate falls")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--average", type=Path, help="reader.safetensors to average the result with, mostly --start's")
    parser.add_argument("--figures", type=Path, help="JSON {name: number} for the model card")
    return parser.parse_args()


def _calm_threads_and_memory() -> None:
    """Threads that wait sleep, and freed memory is kept; both have to be said before torch is loaded.

    On two shared cores spinning halved the speed; blocks given back to the system come again as page faults.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    keep_freed_memory(KEPT_MIB)


def _train(options: argparse.Namespace) -> None:
    from .data import TRAIN_FILE, read_exercises, read_rows, split
    from .edits import Neighbours
    from .examples import Stream
    from .train import Recipe, Trainer

    exercises = read_exercises(options.exercises) if options.exercises else []
    rows, held_out = split([*read_rows(options.data / TRAIN_FILE), *exercises])
    logger.info("%d questions to train on, %d held out", len(rows), len(held_out))
    recipe = Recipe(
        options.examples,
        options.frozen,
        options.rate,
        cool_down=options.cool_down,
        seed=options.seed,
        exercises=bool(exercises),
    )
    trainer = Trainer(recipe, options.work)
    if options.start:
        trainer.start(options.start)
    if options.resume:
        trainer.resume()
    neighbours = Neighbours(trainer.model.words.weight.cpu().numpy())
    trainer.run(Stream(rows, neighbours, options.seed), options.minutes)


def _export(options: argparse.Namespace) -> None:
    from .export import READER, averaged, write, write_card
    from .model import as_arrays
    from .train import CHECKPOINT, load_checkpoint

    values, runs = load_checkpoint(options.work / CHECKPOINT)
    reader = options.work / READER
    write(reader, as_arrays(values), runs)
    if options.average:
        means, runs = averaged(reader, options.average)
        write(reader, means, runs)
    figures = json.loads(options.figures.read_text("utf-8")) if options.figures else {}
    write_card(options.work / "README.md", runs, figures)


if __name__ == "__main__":
    main()
