"""The training loop. Its state is a file, so a run can be stopped at any moment and go on."""

from __future__ import annotations

import json
import logging
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - PyTorch's own convention

from index.crossencoder.weights import read_reader
from index.inference import best_numbers
from index.minilm import published_arrays

from .examples import Batch, Stream
from .model import Outputs, Reader, load_reader, to_device, trained

logger = logging.getLogger(__name__)

CHECKPOINT = "checkpoint.pt"
LOG_STEPS = 50


@dataclass(frozen=True, slots=True)
class Recipe:
    """``examples`` ends the run; ``exercises``: they were among what it learned from.

    Learning rates are peaks; the encoder's falls by ``layer_decay`` a layer downwards. The rate rises over the first
    ``warm_up`` share of the run, stays, and falls to 0 over the last ``cool_down`` share, so a run can be made longer
    or shorter while it stays.
    """

    examples: int
    frozen: int = 2
    rate: float = 2e-4
    head_rate: float = 1e-3
    layer_decay: float = 0.9
    warm_up: float = 0.03
    cool_down: float = 0.5
    weight_decay: float = 0.01
    clip: float = 1.0
    seed: int = 7
    exercises: bool = False

    def scale(self, seen: int) -> float:
        """Share of the peak rates after ``seen`` examples."""
        progress = seen / self.examples
        return max(0.01, min(1.0, progress / self.warm_up, (1 - progress) / self.cool_down))


@dataclass(slots=True)
class Progress:
    """Where a run is: the position in the stream, batches done of the current chunk, examples and CPU seconds spent."""

    epoch: int = 0
    chunk: int = 0
    batches: int = 0
    seen: int = 0
    steps: int = 0
    seconds: float = 0.0


def device_of() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def narrow_is_fast(device: torch.device) -> bool:
    """Whether bf16 is faster than f32: on a GPU, and on a CPU with matrix units (0.55 times as fast on one without)."""
    return device.type == "cuda" or best_numbers() == "bf16"


def load_checkpoint(path: Path) -> tuple[dict[str, Tensor], list[dict[str, Any]]]:
    """(trained parameters, the runs they went through, each a recipe with the examples ``seen``) of a checkpoint, or
    of a reader as it ships (.safetensors)."""
    if path.suffix == ".safetensors":
        values, metadata = read_reader(path, published_arrays())
        return {name: torch.from_numpy(value) for name, value in values.items()}, json.loads(metadata["runs"])
    stored = torch.load(path, map_location="cpu", weights_only=True)
    run = {**stored["recipe"], "seen": stored["progress"]["seen"]}
    return stored["model"], [*stored.get("before", []), run]


def loss_of(outputs: Outputs, first: Tensor, last: Tensor, answerable: Tensor, relevant: Tensor) -> dict[str, Tensor]:
    """Parts of the loss. [CLS] is the target of the span where there is no answer, which counts a third there."""
    spans = (
        F.cross_entropy(outputs.start, first, reduction="none") + F.cross_entropy(outputs.end, last, reduction="none")
    ) / 2
    weights = torch.where(answerable > 0, 1.0, 0.3)
    return {
        "span": (spans * weights).sum() / weights.sum(),
        "answerable": 0.5 * F.binary_cross_entropy_with_logits(outputs.answerable, answerable),
        "relevant": 0.5 * F.binary_cross_entropy_with_logits(outputs.relevant, relevant),
    }


def optimizer_of(model: Reader, recipe: Recipe) -> torch.optim.AdamW:
    """AdamW with a group a layer and kind of parameter; ``peak`` of a group is its rate before scaling."""
    groups: list[dict[str, Any]] = []
    for name, parameter in trained(model).items():
        in_layer = name.startswith("layers.")
        depth = len(model.layers) - 1 - int(name.split(".")[1]) if in_layer else 0
        peak = recipe.rate * recipe.layer_decay**depth if in_layer else recipe.head_rate
        decay = recipe.weight_decay if parameter.dim() > 1 else 0.0
        groups.append({"params": [parameter], "peak": peak, "weight_decay": decay})
    return torch.optim.AdamW(groups, lr=recipe.rate, betas=(0.9, 0.98), fused=True)


class Trainer:
    """A model in training; ``folder`` holds its checkpoint."""

    def __init__(self, recipe: Recipe, folder: Path) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe, self.folder, self.device = recipe, folder, device_of()
        self.narrow = narrow_is_fast(self.device)
        self.model = load_reader({}, recipe.frozen).to(self.device)
        self.optimizer = optimizer_of(self.model, recipe)
        self.progress = Progress()
        self.before: list[dict[str, Any]] = []

    def start(self, path: Path) -> None:
        """Begin with what an earlier run learned, of which ``path`` is the checkpoint."""
        values, self.before = load_checkpoint(path)
        self.model.load_state_dict(values, strict=False)

    def resume(self) -> None:
        """Go on from the checkpoint in the folder, if there is one."""
        path = self.folder / CHECKPOINT
        if not path.exists():
            return
        stored = torch.load(path, map_location=self.device, weights_only=True)
        self.model.load_state_dict(stored["model"], strict=False)
        peaks = [group["peak"] for group in self.optimizer.param_groups]
        self.optimizer.load_state_dict(stored["optimizer"])
        for group, peak in zip(self.optimizer.param_groups, peaks, strict=True):
            group["peak"] = peak  # this run's recipe holds from here on
        self.progress = Progress(**stored["progress"])
        self.before = stored.get("before", [])

    def save(self) -> None:
        """Write the checkpoint: first beside the old one, then in its place."""
        path = self.folder / CHECKPOINT
        temporary = path.with_suffix(".new")
        state = {
            "model": trained(self.model),
            "optimizer": self.optimizer.state_dict(),
            "progress": asdict(self.progress),
            "recipe": asdict(self.recipe),
            "before": self.before,
        }
        torch.save(state, temporary)
        temporary.replace(path)

    def run(self, stream: Stream, minutes: float = float("inf"), save_every: float = 90.0) -> None:
        """Train until the recipe's examples are seen, ``minutes`` are spent, or a signal asks to stop; save at the end.

        Minutes and ``save_every`` (seconds) are of CPU time over the threads used: a machine that is shared or a
        process that is paused does not use them up.
        """
        began, saved = _clock(), _clock()
        before = self.progress.seconds
        sums: dict[str, float] = {}
        self.model.train()
        with _stop_signal() as stopping:
            for batch in self._rest(stream):
                for name, value in self._step(batch).items():
                    sums[name] = sums.get(name, 0.0) + value
                self.progress.seconds = before + _clock() - began
                if self.progress.steps % LOG_STEPS == 0:
                    self._log(sums, self.progress.seen, _clock() - began)
                    sums = {}
                done = self.progress.seen >= self.recipe.examples
                if done or stopping or _clock() - began > minutes * 60:
                    break
                if _clock() - saved > save_every:
                    self.save()
                    saved = _clock()
        self.save()

    def _rest(self, stream: Stream) -> Iterator[Batch]:
        """The batches from the position of the progress on, which each batch moves."""
        progress = self.progress
        skip, progress.batches = progress.batches, 0
        for epoch, chunk, batch in stream.batches(progress.epoch, progress.chunk):
            if (epoch, chunk) != (progress.epoch, progress.chunk):
                progress.epoch, progress.chunk, progress.batches = epoch, chunk, 0
            progress.batches += 1
            if skip:
                skip -= 1
                continue
            yield batch

    def _step(self, batch: Batch) -> dict[str, float]:
        scale = self.recipe.scale(self.progress.seen)
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak"] * scale
        ids, kinds, mask = to_device((batch.ids, batch.kinds, batch.mask), self.device)
        targets = to_device((batch.first, batch.last, batch.answerable, batch.relevant), self.device)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.narrow):
            outputs = self.model(ids, kinds, mask)
        parts = loss_of(outputs, *targets)
        total = torch.stack(list(parts.values())).sum()
        total.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe.clip)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.progress.seen += len(batch.ids)
        self.progress.steps += 1
        return {name: float(value.detach()) for name, value in parts.items()}

    def _log(self, sums: dict[str, float], seen: int, seconds: float) -> None:
        losses = " ".join(f"{name} {value / LOG_STEPS:.3f}" for name, value in sums.items())
        rate = self.recipe.scale(seen)
        logger.info("%d examples, epoch %d, rate %.2f, %.0f s: %s", seen, self.progress.epoch, rate, seconds, losses)


def _clock() -> float:
    """Seconds that all threads were busy on a CPU, or of wall time where a GPU does the work."""
    if torch.cuda.is_available():
        return time.monotonic()
    return time.process_time() / torch.get_num_threads()


@contextmanager
def _stop_signal() -> Iterator[list[int]]:
    """A list that is empty until SIGTERM or SIGINT comes."""
    asked: list[int] = []
    handlers = {
        number: signal.signal(number, lambda n, _: asked.append(n)) for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield asked
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
