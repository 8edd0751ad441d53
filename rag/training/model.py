"""The reader's network: the embedded MiniLM encoder with token kinds and four heads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - PyTorch's own convention

from index.crossencoder.pairs import KINDS, TEXT
from index.minilm import ATTENTION_HEADS, EPSILON, INNER, LAYERS, WIDTH, Floats, published_arrays


class Outputs(NamedTuple):
    """Logits. ``start`` and ``end``: (rows, length), -inf outside of the text and [CLS]; the others: (rows,)."""

    start: Tensor
    end: Tensor
    answerable: Tensor
    relevant: Tensor


class Layer(nn.Module):
    """One post-norm transformer layer as in BERT (Devlin et al. 2019)."""

    def __init__(self) -> None:
        super().__init__()
        self.query, self.key, self.value, self.mix = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.mix_norm = nn.LayerNorm(WIDTH, eps=EPSILON)
        self.widen, self.narrow = nn.Linear(WIDTH, INNER), nn.Linear(INNER, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, eps=EPSILON)

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """``hidden``: (rows, length, WIDTH); ``mask``: (rows, 1, 1, length), true where there is a token."""
        rows, length, _ = hidden.shape
        query, key, value = (
            linear(hidden).view(rows, length, ATTENTION_HEADS, WIDTH // ATTENTION_HEADS).transpose(1, 2)
            for linear in (self.query, self.key, self.value)
        )
        seen = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        hidden = self.mix_norm(hidden + self.mix(seen.transpose(1, 2).reshape(rows, length, WIDTH)))
        widened: Tensor = self.norm(hidden + self.narrow(F.gelu(self.widen(hidden))))
        return widened


class Reader(nn.Module):
    """(ids, kinds, mask) to the logits of where the answer stands, whether there is one, and how relevant the text is.

    The embeddings and the first ``frozen`` layers stay as published. The vector of a token's kind is added to what
    they give. Whether there is an answer is judged from [CLS] and from the vectors under the start and end logits
    (as XLNet does, Yang et al. 2019): the answer that was found is checked, not only the text as a whole.
    """

    def __init__(self, frozen: int) -> None:
        super().__init__()
        self.frozen = frozen
        self.words = nn.Embedding(30522, WIDTH)
        self.positions = nn.Embedding(512, WIDTH)
        self.embedding_bias = nn.Parameter(torch.zeros(WIDTH))
        self.embedding_norm = nn.LayerNorm(WIDTH, eps=EPSILON)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.kinds = nn.Embedding(KINDS, WIDTH)
        self.span = nn.Linear(WIDTH, 2)
        self.answerable = nn.Sequential(nn.Linear(3 * WIDTH, WIDTH), nn.GELU(), nn.Linear(WIDTH, 1))
        self.relevant = nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.GELU(), nn.Linear(WIDTH, 1))
        nn.init.zeros_(self.kinds.weight)
        for part in (self.words, self.positions, self.embedding_norm, *self.layers[:frozen]):
            part.requires_grad_(False)
        self.embedding_bias.requires_grad_(False)

    def encode(self, ids: Tensor, kinds: Tensor, mask: Tensor) -> Tensor:
        """Vectors of the tokens, shape (rows, length, WIDTH)."""
        attended = mask[:, None, None, :]
        with torch.no_grad():
            positions = self.positions.weight[: ids.shape[1]]
            hidden: Tensor = self.embedding_norm(self.words(ids) + positions + self.embedding_bias)
            for layer in self.layers[: self.frozen]:
                hidden = layer(hidden, attended)
        hidden = hidden + self.kinds(kinds)
        for layer in self.layers[self.frozen :]:
            hidden = layer(hidden, attended)
        return hidden

    def forward(self, ids: Tensor, kinds: Tensor, mask: Tensor) -> Outputs:
        hidden = self.encode(ids, kinds, mask)
        possible = torch.bitwise_and(kinds, TEXT).bool()
        possible[:, 0] = True
        logits = self.span(hidden).float().masked_fill(~possible[:, :, None], -1e4)
        weights = logits.softmax(1).to(hidden.dtype)
        found = weights.transpose(1, 2) @ hidden
        judged = torch.cat([hidden[:, :1], found], 1).flatten(1)
        return Outputs(
            logits[..., 0],
            logits[..., 1],
            self.answerable(judged).float().squeeze(-1),
            self.relevant(hidden[:, 0]).float().squeeze(-1),
        )


def load_reader(values: Mapping[str, Floats], frozen: int) -> Reader:
    """The published encoder with ``values`` (read_reader's) in it; without values the heads are untrained."""
    model = Reader(frozen)
    state = {**published_arrays(), **values}
    found = model.load_state_dict({name: torch.from_numpy(value) for name, value in state.items()}, strict=False)
    if found.unexpected_keys:
        raise ValueError(f"unknown parameters {', '.join(found.unexpected_keys)}; train the reader again")
    return model


def trained(model: Reader) -> dict[str, Tensor]:
    """The parameters that training changes, by name."""
    return {name: value for name, value in model.named_parameters() if value.requires_grad}


def as_arrays(tensors: Mapping[str, Tensor]) -> dict[str, Floats]:
    return {name: tensor.detach().float().cpu().numpy() for name, tensor in tensors.items()}


def to_device(arrays: Iterable[NDArray[Any]], device: torch.device) -> list[Tensor]:
    return [torch.from_numpy(array).to(device, non_blocking=True) for array in arrays]
