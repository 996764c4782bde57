"""A weight matrix in the forms in which a processor multiplies it fastest: one for few rows, one for many.

Multiplying one row is bound by reading the weights, so the smaller form wins; multiplying hundreds is bound by arithmetic, where packed
plain floats win, even where they are made from four bits for each product. Which form is used for how many rows is a `Plan`'s business.
Forms take and give any float type and do their own rounding. Knows nothing of layers. Invariant: every form of a matrix holds the same
numbers, but for the rounding that its name says.

Operators: `_weight_int4pack_mm_for_cpu` and `_weight_int8pack_mm` (torch's weight-only kernels), `quantized.linear_dynamic_fp16` and
`quantized.embedding_bag_4bit_unpack` (FBGEMM). None of them is promised to stay, so `usable` compares each with a plain product before it
is planned.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, Protocol

import torch
from torch import Tensor
from torch.nn import functional

FormName = Literal["fp32", "bf16", "fp16", "int8", "int4", "unpacked"]
Form = Callable[[Tensor], Tensor]  # (rows, inputs) → (rows, outputs)
GROUP = 32  # neighbouring inputs of a row that share a scale and a zero in int4, as in GGUF's Q4_1
LEVELS = 15.0
AT_ONCE = 64  # rows; beyond that the four-bit kernel falls behind itself: 256 rows at once take a quarter longer than four times 64
EXACT = 0.02  # a relative error (root mean square) below which 4 bits hold a matrix as well as the 16 it was stored in
TOLERANCE = {"fp32": 1e-5, "bf16": 0.02, "fp16": 0.005, "int8": 0.03, "int4": 0.15, "unpacked": 0.15}


class Dense:
    """A plain product in the type of `weight`."""

    def __init__(self, weight: Tensor) -> None:
        self.weight = weight

    def __call__(self, rows: Tensor) -> Tensor:
        return functional.linear(rows.to(self.weight.dtype), self.weight)


class Half:
    """Weights in fp16, packed for FBGEMM, arithmetic in float32: half the memory where the processor has no 16-bit arithmetic."""

    def __init__(self, weight: Tensor) -> None:
        self._packed = torch.ops.quantized.linear_prepack_fp16(weight.float().contiguous(), None)

    def __call__(self, rows: Tensor) -> Tensor:
        product: Tensor = torch.ops.quantized.linear_dynamic_fp16(rows.float(), self._packed)
        return product


class Packed(Protocol):
    """A form made of plain tensors that take time to make and can be kept; see `packed`."""

    def __init__(self, **parts: Tensor) -> None: ...

    def __call__(self, rows: Tensor) -> Tensor: ...

    @staticmethod
    def pack(weight: Tensor) -> dict[str, Tensor]: ...


class Int8:
    """Weights in 8 bits with a scale per output; inputs stay bfloat16."""

    def __init__(self, weight: Tensor, scale: Tensor) -> None:
        self._weight = weight
        self._scale = scale

    def __call__(self, rows: Tensor) -> Tensor:
        return torch._weight_int8pack_mm(rows.to(torch.bfloat16), self._weight, self._scale)

    @staticmethod
    def pack(weight: Tensor) -> dict[str, Tensor]:
        values = weight.float()
        scale = values.abs().amax(1).clamp_min_(1e-12) / 127
        return {"weight": torch.round(values / scale[:, None]).to(torch.int8), "scale": scale.to(torch.bfloat16)}


class Int4:
    """Weights in 4 bits with a scale and a zero per 32 inputs; inputs in bfloat16. Exact for weights that were Q4_0 or Q4_1 before."""

    def __init__(self, weight: Tensor, scales: Tensor) -> None:
        self._weight = weight
        self._scales = scales

    def __call__(self, rows: Tensor) -> Tensor:
        rows = rows.to(torch.bfloat16)
        if len(rows) <= AT_ONCE:
            return torch._weight_int4pack_mm_for_cpu(rows, self._weight, GROUP, self._scales)
        return torch.cat(
            [torch._weight_int4pack_mm_for_cpu(part, self._weight, GROUP, self._scales) for part in torch.split(rows, AT_ONCE)]
        )

    @staticmethod
    def pack(weight: Tensor) -> dict[str, Tensor]:
        levels, scale, low = four_bits(weight)
        zero = low + 8 * scale  # the kernel takes value = (level - 8) * scale + zero
        scales = torch.stack([scale, zero], -1).transpose(0, 1).contiguous().to(torch.bfloat16)
        return {"weight": torch._convert_weight_to_int4pack_for_cpu(levels.flatten(1), 1), "scales": scales}


class Unpacked:
    """Weights in 4 bits as `Int4` has them, laid out as rows of an embedding, which FBGEMM makes float32 again in little time.

    The floats are made for each product anew. They cost 12 bytes of traffic a weight, so it takes some fifty rows to earn them, and memory
    for one matrix at a time. groups: (outputs, inputs / 32, 20), of 32 levels, two to a byte, and then the step and the lowest value in
    float16, as in GGUF's Q4_1.
    """

    def __init__(self, groups: Tensor) -> None:
        self._size = (groups.shape[0], groups.shape[1] * GROUP)
        self._groups = groups.view(-1, groups.shape[-1])

    def __call__(self, rows: Tensor) -> Tensor:
        weight: Tensor = torch.ops.quantized.embedding_bag_4bit_unpack(self._groups)
        return functional.linear(rows.float(), weight.view(self._size))

    @staticmethod
    def pack(weight: Tensor) -> dict[str, Tensor]:
        levels, step, low = four_bits(weight)
        pairs = torch.unflatten(levels.to(torch.uint8), -1, (-1, 2))
        scales = torch.stack([step, low], -1).half().view(torch.uint8)
        return {"groups": torch.cat([pairs[..., 0] | pairs[..., 1] << 4, scales], -1)}


PACKED: dict[FormName, type[Packed]] = {"int8": Int8, "int4": Int4, "unpacked": Unpacked}
MAKERS: dict[FormName, Callable[[Tensor], Form]] = {
    "fp32": lambda weight: Dense(weight.float()),
    "bf16": lambda weight: Dense(weight.to(torch.bfloat16)),
    "fp16": Half,
    "int8": lambda weight: Int8(**Int8.pack(weight)),
    "int4": lambda weight: Int4(**Int4.pack(weight)),
    "unpacked": lambda weight: Unpacked(**Unpacked.pack(weight)),
}


def four_bits(weight: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Levels 0…15 (outputs, groups, 32), int32; step and lowest value of each group (outputs, groups), float32."""
    groups = weight.float().reshape(weight.shape[0], -1, GROUP)
    low, high = groups.aminmax(dim=-1)
    step = ((high - low) / LEVELS).clamp_min_(1e-12)
    levels = ((groups - low[..., None]).mul_((1 / step)[..., None])).round_().to(torch.int32)
    return levels, step, low


def four_bit_error(weight: Tensor) -> float:
    """What 4 bits lose of a matrix, relative to its size. 1.0 when its shape does not fit the kernel."""
    if not fits_four_bits(weight):
        return 1.0
    levels, step, low = four_bits(weight)
    again = levels * step[..., None] + low[..., None]
    exact = weight.float().view_as(again)
    return float((again - exact).norm() / exact.norm().clamp_min(1e-12))


def fits_four_bits(weight: Tensor) -> bool:
    return weight.shape[1] % GROUP == 0 and weight.shape[0] % 16 == 0


class Adapted:
    """A matrix with what an adapter adds to it: rows · downᵀ · upᵀ, in float32. down: (ranks, inputs); up: (outputs, ranks)."""

    def __init__(self, form: Form, down: Tensor, up: Tensor) -> None:
        self._form = form
        self._down = down.T.contiguous()
        self._up = up.T.contiguous()

    def __call__(self, rows: Tensor) -> Tensor:
        return torch.addmm(self._form(rows).float(), rows.float() @ self._down, self._up)


class Matrix:
    """A form for up to `most` rows and one for more."""

    def __init__(self, narrow: Form, most: int, wide: Form) -> None:
        self._narrow = narrow
        self._most = most
        self._wide = wide

    def __call__(self, rows: Tensor) -> Tensor:
        return (self._narrow if rows.shape[0] <= self._most else self._wide)(rows)


def usable(name: FormName, rows: int = 3) -> bool:
    """Whether this torch on this processor has the operators of a form and they compute what they should."""
    source = torch.Generator().manual_seed(1)
    weight = torch.randn(64, 64, generator=source)
    asked = torch.randn(rows, 64, generator=source)
    right = asked @ weight.T
    try:
        found = MAKERS[name](weight)(asked).float()
    except (RuntimeError, AttributeError, NotImplementedError):
        return False
    return bool((found - right).norm() / right.norm() <= TOLERANCE[name])
