"""What lies between two attentions, compiled for a GPU: the operators around the products become one kernel instead of eight.

Every layer goes through the same compiled function with its own weights as arguments, so it is compiled once for all layers and, the
number of tokens being dynamic, once for all steps. What comes before the first attention and after the last stays as it is: compiling it
would take as long again, for two of some fifty calls. Invariant: a compiled call gives what the plain one gives, but for rounding; where
this torch has no compiler for the device, or it gives something else, the plain one stays.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from chatbot.engines.architecture import Shape
from chatbot.engines.linear import Dense
from chatbot.engines.segments import Entered, Layer, Segments, Weights, normalised

TOLERANCE = 0.02  # relative error (root mean square) that the rounding to 16 bits explains
TRIED = (2, 64)  # tokens
Compiler = Callable[..., Any]
Parts = tuple[Any, ...]  # the tensors of a layer in a fixed order; a bias or a norm that it lacks is None


class CompiledSegments(Segments):
    """`compiler`: torch.compile, or what takes its place in a test. Matrices must be dense."""

    def __init__(self, shape: Shape, weights: Weights, keep: torch.dtype, compiler: Compiler) -> None:
        super().__init__(shape, weights, keep)
        self._before = [leaving(layer) for layer in weights.layers]
        self._after = [entering(layer) for layer in weights.layers]
        rotated, size = shape.heads + shape.key_heads, shape.head_size

        def enter(hidden: Tensor, turns: Tensor, floors: tuple[Tensor, Tensor], parts: Parts) -> Entered:
            norm, qkv, bias, q_norm, k_norm = parts
            joined = functional.linear(normalised(hidden, norm, floors[0]).to(qkv.dtype), qkv).float()
            joined = torch.unflatten(joined if bias is None else joined + bias, -1, (-1, size))
            turning, values = joined[:, :rotated], joined[:, rotated:]
            if q_norm is not None:
                queries, keys = turning[:, : shape.heads], turning[:, shape.heads :]
                turning = torch.cat([normalised(queries, q_norm, floors[1]), normalised(keys, k_norm, floors[1])], 1)
            one, other = torch.unflatten(turning, -1, (-1, 2)).unbind(-1)
            cosine, sine = turns[:, None].unbind(-1)
            turned = torch.stack([one * cosine - other * sine, one * sine + other * cosine], -1).flatten(-2)
            queries = turned[:, : shape.heads].to(keep).reshape(-1, shape.key_heads, shape.group, size)
            return queries, torch.cat([turned[:, shape.heads :], values], 1).to(keep).reshape(-1, size)

        def leave(hidden: Tensor, seen: Tensor, floors: tuple[Tensor, Tensor], parts: Parts) -> Tensor:
            output, bias, norm, gate_up, down = parts
            mixed = functional.linear(seen.to(output.dtype), output)
            hidden = hidden + (mixed if bias is None else mixed + bias)
            gate, up = functional.linear(normalised(hidden, norm, floors[0]).to(gate_up.dtype), gate_up).chunk(2, -1)
            return hidden + functional.linear(functional.silu(gate) * up, down)

        def between(
            hidden: Tensor, seen: Tensor, turns: Tensor, floors: tuple[Tensor, Tensor], before: Parts, after: Parts
        ) -> tuple[Tensor, Tensor, Tensor]:
            hidden = leave(hidden, seen, floors, before)
            return hidden, *enter(hidden, turns, floors, after)

        self._joint = compiler(between)
        self._floors = (self._floor, self._head_floor)

    def between(self, number: int, hidden: Tensor, seen: Tensor, turns: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """See Segments.between."""
        before, after = self._before[number - 1], self._after[number]
        found: tuple[Tensor, Tensor, Tensor] = self._joint(_any(hidden), _any(seen), _real(turns), self._floors, before, after)
        return found


def entering(layer: Layer) -> Parts:
    return layer.input_norm, _matrix(layer.qkv), layer.qkv_bias, layer.q_norm, layer.k_norm


def leaving(layer: Layer) -> Parts:
    return _matrix(layer.output), layer.output_bias, layer.after_norm, _matrix(layer.gate_up), _matrix(layer.down)


def _matrix(product: Any) -> Tensor:
    """Raises TypeError when it is not dense."""
    if not isinstance(product, Dense):
        raise TypeError(f"expected a dense matrix, got {type(product).__name__}")
    return product.weight


def _any(rows: Tensor) -> Tensor:
    """Tell the compiler that there may be any number of rows, but for a single one, which it always takes for a constant."""
    if len(rows) > 1:
        torch._dynamo.maybe_mark_dynamic(rows, 0)
    return rows


def _real(turns: Tensor) -> Tensor:
    """The rotation of each token, the same for all heads: (tokens, head size / 2, cosine and sine)."""
    return _any(torch.view_as_real(turns[:, 0]))


@torch.inference_mode()
def compiled(shape: Shape, weights: Weights, keep: torch.dtype, compiler: Compiler | None = None) -> Segments:
    """The segments of a model, compiled where that gives the same; takes seconds at the first start of a machine."""
    plain = Segments(shape, weights, keep)
    if shape.layers < 2:
        return plain
    try:
        found = CompiledSegments(shape, weights, keep, compiler or torch.compile)
        alike = all(agree(found, plain, shape, tokens) for tokens in TRIED)
    except Exception as error:  # whatever a torch says that has no compiler for this device
        logging.getLogger(__name__).info("the model is not compiled: %s", str(error).partition("\n")[0])
        return plain
    return found if alike else plain


def agree(one: Segments, other: Segments, shape: Shape, tokens: int) -> bool:
    """Whether both give the same for made-up tokens, but for rounding."""
    hidden, seen, turns = one.example(tokens)
    pairs = zip(one.between(1, hidden, seen, turns), other.between(1, hidden, seen, turns), strict=True)
    return all(close(found, expected) for found, expected in pairs)


def close(found: Tensor, expected: Tensor) -> bool:
    return found.shape == expected.shape and bool((found.float() - expected.float()).norm() <= TOLERANCE * expected.float().norm())
