"""The arithmetic of a decoder between one attention and the next, one call for each layer, so that it can be recorded.

Everything here is tokens in, tokens out: which token belongs to which text is no business of it. On a CPU, Python costs a third of a step
in which one word is written; `recorded` hands each call to torch's own interpreter, which also needs no lock of Python's while it works.
Invariant: a recorded call gives exactly what the plain one gives, for any number of tokens up to the one it was recorded for; where this
torch cannot record it, or gives something else, the plain one stays.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from chatbot.engines.architecture import Shape

Product = Callable[[Tensor], Tensor]


@dataclass(frozen=True, slots=True)
class Layer:
    """The weights of one layer; `qkv` and `gate_up` are the stacked matrices of what is computed from the same input."""

    input_norm: Tensor
    qkv: Product
    qkv_bias: Tensor | None
    q_norm: Tensor | None
    k_norm: Tensor | None
    output: Product
    output_bias: Tensor | None
    after_norm: Tensor
    gate_up: Product
    down: Product


@dataclass(frozen=True, slots=True)
class Weights:
    """A whole model, its matrices in the forms that were chosen for this machine. `head`: hidden states → scores of all words."""

    embedding: Tensor
    layers: tuple[Layer, ...]
    norm: Tensor
    head: Product


# queries (tokens, key heads, group, head size); new keys and values, a row for each head (tokens x 2 x key heads, head size)
Entered = tuple[Tensor, Tensor]


class Segments:
    """`keep`: the type of queries, keys and values."""

    def __init__(self, shape: Shape, weights: Weights, keep: torch.dtype) -> None:
        self._shape = shape
        self._weights = weights
        self._keep = keep
        device = weights.embedding.device
        self._floor, self._head_floor = (
            torch.tensor((width * shape.epsilon) ** 0.5, device=device) for width in (weights.embedding.shape[1], shape.head_size)
        )

    def first(self, hidden: Tensor, turns: Tensor) -> Entered:
        """What the first layer attends with. hidden: (tokens, hidden size), float32; turns: see Step.turns."""
        return self._enter(self._weights.layers[0], hidden, turns)

    def between(self, number: int, hidden: Tensor, seen: Tensor, turns: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The rest of the layer before layer `number`, and what that one attends with. seen: (tokens, heads x head size)."""
        hidden = self._leave(self._weights.layers[number - 1], hidden, seen)
        return hidden, *self._enter(self._weights.layers[number], hidden, turns)

    def last(self, hidden: Tensor, seen: Tensor) -> Tensor:
        return self._leave(self._weights.layers[-1], hidden, seen)

    def scores(self, hidden: Tensor) -> Tensor:
        """(tokens, hidden size) → (tokens, words), float32."""
        return self._weights.head(normalised(hidden, self._weights.norm, self._floor)).float()

    def example(self, tokens: int) -> tuple[Tensor, Tensor, Tensor]:
        """Made-up hidden states, what was seen, and turns, by which one way of computing is compared with another."""
        shape, source, device = self._shape, torch.Generator().manual_seed(tokens), self._weights.embedding.device
        hidden = torch.randn(tokens, self._weights.embedding.shape[1], generator=source)
        seen = torch.randn(tokens, shape.heads * shape.head_size, generator=source).to(self._keep)
        angles = torch.rand(tokens, 1, shape.head_size // 2, generator=source).repeat(1, shape.heads + 2 * shape.key_heads, 1)
        angles[:, shape.heads + shape.key_heads :] = 0  # values are not turned
        return hidden.to(device), seen.to(device), torch.polar(torch.ones_like(angles), angles).to(device)

    def _enter(self, layer: Layer, hidden: Tensor, turns: Tensor) -> Entered:
        """Queries and keys are rotated to their positions; pairs that are rotated together lie side by side, so it is a complex product."""
        shape = self._shape
        joined = layer.qkv(normalised(hidden, layer.input_norm, self._floor)).float()
        if layer.qkv_bias is not None:
            joined = joined + layer.qkv_bias
        joined = torch.unflatten(joined, -1, (-1, shape.head_size))
        if layer.q_norm is not None and layer.k_norm is not None:
            queries, keys, values = torch.split(joined, [shape.heads, shape.key_heads, shape.key_heads], dim=1)
            queries, keys = normalised(queries, layer.q_norm, self._head_floor), normalised(keys, layer.k_norm, self._head_floor)
            joined = torch.cat([queries, keys, values], dim=1)
        pairs = torch.view_as_complex(torch.unflatten(joined, -1, (-1, 2)))
        heads = torch.view_as_real(pairs * turns).flatten(-2).to(self._keep)
        queries = torch.unflatten(heads[:, : shape.heads], 1, (shape.key_heads, shape.group))
        return queries, heads[:, shape.heads :].reshape(-1, shape.head_size)

    def _leave(self, layer: Layer, hidden: Tensor, seen: Tensor) -> Tensor:
        mixed = layer.output(seen)
        hidden = hidden + (mixed if layer.output_bias is None else mixed + layer.output_bias)
        gate, up = layer.gate_up(normalised(hidden, layer.after_norm, self._floor)).chunk(2, dim=-1)
        return hidden + layer.down(functional.silu(gate) * up)


def normalised(hidden: Tensor, weight: Tensor, floor: Tensor) -> Tensor:
    """RMS normalisation: hypot(|x|, sqrt(n·eps)) is sqrt(n) times the root mean square, in half the operators of torch's own on a CPU.

    floor: that sqrt(n·eps). The other sqrt(n) is in the weight already; see `loading.scaled`.
    """
    return hidden / torch.hypot(torch.linalg.vector_norm(hidden, dim=-1, keepdim=True), floor) * weight


class RecordedSegments(Segments):
    """Calls of up to `most` tokens go to torch's interpreter, longer ones are made as they are."""

    def __init__(self, shape: Shape, weights: Weights, keep: torch.dtype, most: int) -> None:
        """Raises whatever torch raises when it cannot record, and ValueError when a recording gives something else."""
        super().__init__(shape, weights, keep)
        self.most = most
        hidden, seen, turns = self.example(2)
        betweens = [self._plainly(number) for number in range(1, shape.layers)]
        self._first = _record(super().first, hidden, turns)
        self._between = [_record(between, hidden, seen, turns) for between in betweens]
        self._last = _record(super().last, hidden, seen)
        for tokens in sorted({1, most}):
            hidden, seen, turns = self.example(tokens)
            _same(self._first(hidden, turns), super().first(hidden, turns))
            for recording, between in zip(self._between[:1], betweens, strict=False):  # the others differ from it in their weights alone
                _same(recording(hidden, seen, turns), between(hidden, seen, turns))
            _same((self._last(hidden, seen),), (super().last(hidden, seen),))

    def first(self, hidden: Tensor, turns: Tensor) -> Entered:
        """See Segments.first."""
        return self._first(hidden, turns) if hidden.shape[0] <= self.most else super().first(hidden, turns)

    def between(self, number: int, hidden: Tensor, seen: Tensor, turns: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """See Segments.between."""
        if hidden.shape[0] > self.most:
            return super().between(number, hidden, seen, turns)
        found: tuple[Tensor, Tensor, Tensor] = self._between[number - 1](hidden, seen, turns)
        return found

    def last(self, hidden: Tensor, seen: Tensor) -> Tensor:
        """See Segments.last."""
        return self._last(hidden, seen) if hidden.shape[0] <= self.most else super().last(hidden, seen)

    def _plainly(self, number: int) -> Callable[[Tensor, Tensor, Tensor], Any]:
        return lambda hidden, seen, turns: Segments.between(self, number, hidden, seen, turns)


@torch.inference_mode()
def recorded(shape: Shape, weights: Weights, keep: torch.dtype, most: int) -> Segments:
    """The segments of a model on a CPU, recorded for up to `most` tokens where this torch does that rightly."""
    try:
        return RecordedSegments(shape, weights, keep, most)
    except Exception:  # whatever a torch of another version says instead of recording
        return Segments(shape, weights, keep)


def _record(call: Callable[..., Any], *example: Tensor) -> Callable[..., Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it is deprecated, and that sizes become constants: `recorded` compares what comes out
        recording: Callable[..., Any] = torch.jit.trace(call, example, check_trace=False)  # type: ignore[no-untyped-call]
    return recording


def _same(found: tuple[Tensor, ...], expected: tuple[Tensor, ...]) -> None:
    if not all(torch.equal(one, other) for one, other in zip(found, expected, strict=True)):
        raise ValueError("a recorded call gives something else than the call itself")
