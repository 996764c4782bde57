"""Safetensors → the weights of a lean decoder, each matrix in the forms that the plan for this machine asks for.

One layer is read, merged, turned and packed at a time, so that a model is never in memory twice. Knows the names that transformers gives
to tensors, and nothing of what is done with them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from torch import Tensor

from chatbot.engines.adapter import Adapter
from chatbot.engines.architecture import Shape
from chatbot.engines.linear import Adapted, fits_four_bits, four_bit_error
from chatbot.engines.packed import PackedMatrices
from chatbot.engines.precision import Plan
from chatbot.engines.segments import Layer, Product, Weights
from chatbot.errors import EngineUnavailable

Merge = Callable[[str, Tensor], Tensor]  # the name of a tensor and what the file holds → what counts
ORDINARY = "lm_head.weight"
EMBEDDING = "model.embed_tokens.weight"
_LOOKED_AT = 64  # rows of a matrix that tell whether all of it was in four bits before


class WeightFiles:
    """The tensors of a model folder by name, read when they are asked for. Raises EngineUnavailable when it has none."""

    def __init__(self, folder: Path, merge: Merge | None = None) -> None:
        self._merge = merge
        self._homes: dict[str, Any] = {}
        self.paths = sorted(folder.glob("*.safetensors"))
        if not self.paths:
            raise EngineUnavailable(f"{folder}: expected *.safetensors; other weight formats are not loaded")
        for file in self.paths:
            opened = safe_open(str(file), framework="pt")
            self._homes |= dict.fromkeys(opened.keys(), opened)  # type: ignore[no-untyped-call]

    def __contains__(self, name: str) -> bool:
        return name in self._homes

    def __getitem__(self, name: str) -> Tensor:
        tensor: Tensor = self._homes[name].get_tensor(name)
        return tensor if self._merge is None else self._merge(name, tensor)

    def get(self, name: str) -> Tensor | None:
        return self[name] if name in self._homes else None

    def size(self, name: str) -> tuple[int, int]:
        """(outputs, inputs) of a matrix, without reading it."""
        outputs, inputs = self._homes[name].get_slice(name).get_shape()
        return outputs, inputs

    def stacked(self, prefix: str, names: Sequence[str], kind: str = "weight") -> Tensor:
        return torch.cat([self[f"{prefix}.{name}_proj.{kind}"] for name in names])


def four_bits_suffice(files: WeightFiles, shape: Shape, limit: float) -> bool:
    """Whether the first rows of some matrices of the first, middle and last layer lose less than `limit` in four bits: weights that came
    from such."""
    layers = {0, shape.layers // 2, shape.layers - 1}
    names = ("self_attn.q_proj", "self_attn.v_proj", "mlp.up_proj", "mlp.down_proj")
    some = (files[f"model.layers.{layer}.{name}.weight"][:_LOOKED_AT] for layer in sorted(layers) for name in names)
    return all(four_bit_error(rows) < limit for rows in some)


@dataclass(frozen=True, slots=True)
class Filling:
    """What the matrices of a model are made with. `beside`: an adapter that is not merged into them."""

    shape: Shape
    plan: Plan
    device: torch.device
    packed: PackedMatrices
    beside: Adapter | None = None


def take_weights(files: WeightFiles, filling: Filling) -> Weights:
    """Raises LookupError when a tensor is missing, EngineUnavailable when the adapter does not fit."""
    shape, plan, device = filling.shape, filling.plan, filling.device
    embedding = files[EMBEDDING].to(device=device, dtype=plan.storage)
    head = files[ORDINARY].to(device=device, dtype=plan.storage) if ORDINARY in files else embedding
    layers = tuple(_layer(files, filling, f"model.layers.{number}.") for number in range(shape.layers))
    return Weights(embedding, layers, scaled(files["model.norm.weight"]).to(device), plan.head(head, filling.packed))


def _layer(files: WeightFiles, filling: Filling, prefix: str) -> Layer:
    shape, device = filling.shape, filling.device

    def matrix(name: str, parts: Sequence[str], order: Tensor | None = None) -> Product:
        names = [f"{prefix}{part}.weight" for part in parts]

        def weight() -> Tensor:
            stacked = torch.cat([files[each] for each in names])
            return (stacked if order is None else stacked[order]).to(device)

        product = filling.plan.matrix(prefix + name, weight, filling.packed)
        return product if filling.beside is None else _adapted(product, filling.beside, [(each, files.size(each)) for each in names], order)

    def norm(name: str, order: Tensor | None = None) -> Tensor | None:
        found = files.get(prefix + name)
        return None if found is None else scaled(found if order is None else found[order]).to(device)

    attention = prefix + "self_attn"
    order, within = paired(shape), _pairs(shape.head_size)
    biased = f"{attention}.q_proj.bias" in files
    output_bias = files.get(f"{attention}.o_proj.bias")
    return Layer(
        input_norm=scaled(files[prefix + "input_layernorm.weight"]).to(device),
        qkv=matrix("qkv", [f"self_attn.{name}_proj" for name in "qkv"], order),
        qkv_bias=files.stacked(attention, "qkv", "bias")[order].float().to(device) if biased else None,
        q_norm=norm("self_attn.q_norm.weight", within),
        k_norm=norm("self_attn.k_norm.weight", within),
        output=matrix("output", ["self_attn.o_proj"]),
        output_bias=None if output_bias is None else output_bias.float().to(device),
        after_norm=scaled(files[prefix + "post_attention_layernorm.weight"]).to(device),
        gate_up=matrix("gate_up", ["mlp.gate_proj", "mlp.up_proj"]),
        down=matrix("down", ["mlp.down_proj"]),
    )


def _adapted(product: Product, adapter: Adapter, stacked: Sequence[tuple[str, tuple[int, int]]], order: Tensor | None) -> Product:
    thin = adapter.beside([(name, outputs) for name, (outputs, _) in stacked], stacked[0][1][1])
    if thin is None:
        return product
    down, up = thin
    return Adapted(product, down, up if order is None else up[order])


def scaled(norm: Tensor) -> Tensor:
    """The weight of an RMS norm times the square root of its width, as `Segments` wants it."""
    weight: Tensor = norm.float() * len(norm) ** 0.5
    return weight


def _pairs(size: int) -> Tensor:
    """Halves → pairs: 0, size/2, 1, size/2 + 1, …"""
    return torch.arange(size).view(2, -1).T.flatten()


def paired(shape: Shape) -> Tensor:
    """The order of the rows of a stacked q, k and v in which the two numbers that are rotated together are neighbours.

    Queries and keys change alike, so their products do not.
    """
    rotated = (shape.heads + shape.key_heads) * shape.head_size
    starts = torch.arange(0, rotated, shape.head_size)
    values = torch.arange(rotated, rotated + shape.key_heads * shape.head_size)
    return torch.cat([(starts[:, None] + _pairs(shape.head_size)).flatten(), values])


def sizes(files: WeightFiles, shape: Shape) -> Mapping[str, tuple[int, int]]:
    """(outputs, inputs) of the matrices of a layer."""
    hidden, inner = files["model.layers.0.mlp.gate_proj.weight"].shape[::-1]
    width = shape.heads * shape.head_size
    return {
        "qkv": (width + 2 * shape.key_heads * shape.head_size, hidden),
        "output": (hidden, width),
        "gate_up": (2 * inner, hidden),
        "down": (hidden, inner),
    }


def fits(files: WeightFiles, shape: Shape) -> bool:
    """Whether the four-bit kernel takes the matrices of this model."""
    return all(fits_four_bits(torch.empty(size, device="meta")) for size in sizes(files, shape).values())
