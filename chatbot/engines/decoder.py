"""A lean decoder for the Llama family: the arithmetic of one step for several conversations at once, on plain torch.

`forward` takes pieces of any length (one new token of a running answer, a part of a long prompt), multiplies all of them by each weight
in one go and lets every piece attend to its own memory. Keys and values are written in place; queries that share a key head are folded
into the sequence axis, which is several times faster on a CPU than repeating the keys. Knows nothing of text, sampling or queues.
Invariant: what a piece gets does not depend on the other pieces beside it, apart from rounding.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

SUPPORTED = ("llama", "mistral", "qwen2", "qwen3")


@dataclass(frozen=True, slots=True)
class Shape:
    """What the decoder needs of a model's configuration."""

    layers: int
    heads: int
    key_heads: int
    head_size: int
    epsilon: float
    rope_theta: float
    positions: int

    @classmethod
    def of(cls, config: Any) -> Shape | None:
        """From a transformers configuration; None when it uses something this decoder does not do."""
        rope = getattr(config, "rope_parameters", None) or {}
        plain = rope.get("rope_type", "default") == "default" and rope.get("partial_rotary_factor", 1.0) == 1.0
        windowed = config.model_type == "mistral" and getattr(config, "sliding_window", None)
        windowed = windowed or getattr(config, "use_sliding_window", False)
        if config.model_type not in SUPPORTED or not plain or windowed or config.hidden_act != "silu":
            return None
        heads = config.num_attention_heads
        return cls(
            layers=config.num_hidden_layers,
            heads=heads,
            key_heads=config.num_key_value_heads or heads,
            head_size=getattr(config, "head_dim", None) or config.hidden_size // heads,
            epsilon=config.rms_norm_eps,
            rope_theta=float(rope.get("rope_theta", 10000.0)),
            positions=config.max_position_embeddings,
        )


class Memory:
    """The keys and values of one conversation: shape (layers, 2, key heads, capacity, head size), of which `length` positions count."""

    __slots__ = ("length", "values")

    def __init__(self, values: Tensor, length: int = 0) -> None:
        self.values = values
        self.length = length

    @property
    def size(self) -> int:
        """In bytes."""
        return self.values.numel() * self.values.element_size()

    def fork(self, length: int, capacity: int) -> Memory:
        """A memory of its own that begins with the first `length` positions of this one."""
        shape = list(self.values.shape)
        shape[3] = max(capacity, length)
        values = self.values.new_empty(shape)
        values[:, :, :, :length] = self.values[:, :, :, :length]
        return Memory(values, length)


@dataclass(frozen=True, slots=True)
class Layer:
    """The weights of one layer; `qkv` and `gate_up` are the stacked matrices of what is computed from the same input."""

    input_norm: Tensor
    qkv: Tensor
    qkv_bias: Tensor | None
    q_norm: Tensor | None
    k_norm: Tensor | None
    output: Tensor
    output_bias: Tensor | None
    after_norm: Tensor
    gate_up: Tensor
    down: Tensor


class Decoder:
    """Weights by their transformers names → next-token scores. One thread at a time."""

    def __init__(self, shape: Shape, weights: Mapping[str, Tensor]) -> None:
        self.shape = shape
        self.embedding = weights["model.embed_tokens.weight"]
        self.head = weights.get("lm_head.weight", self.embedding)
        self.norm = weights["model.norm.weight"]
        self.layers = [take_layer(weights, f"model.layers.{number}.") for number in range(shape.layers)]
        self.cosine, self.sine = rotary_tables(shape, self.embedding)

    def memory(self, capacity: int) -> Memory:
        shape = self.shape
        return Memory(self.embedding.new_empty(shape.layers, 2, shape.key_heads, capacity, shape.head_size))

    @torch.inference_mode()
    def forward(self, pieces: Sequence[tuple[Memory, Sequence[int]]], *, every: bool = False) -> list[Tensor]:
        """Append each piece's token ids to its memory; the float32 scores of the token after it, shape (1, words), for each piece.

        With `every`, after each of its tokens: shape (tokens, words). A memory may occur only once.
        """
        lengths = [len(ids) for _, ids in pieces]
        device = self.embedding.device
        hidden = self.embedding[torch.tensor([token for _, ids in pieces for token in ids], device=device)]
        positions = torch.cat([torch.arange(memory.length, memory.length + len(ids), device=device) for memory, ids in pieces])
        cosine, sine = self.cosine[positions].unsqueeze(1), self.sine[positions].unsqueeze(1)
        masks = [causal_mask(memory.length, len(ids), self.group, hidden) for memory, ids in pieces]
        for number, layer in enumerate(self.layers):
            queries, keys, values = self.project(layer, hidden, cosine, sine)
            parts = zip(*(torch.split(tensor, lengths) for tensor in (queries, keys, values)), strict=True)
            attended = [
                self.attend(memory.values[number], memory.length, mask, part)
                for (memory, _), mask, part in zip(pieces, masks, parts, strict=True)
            ]
            hidden = hidden + functional.linear(torch.cat(attended), layer.output, layer.output_bias)
            hidden = hidden + self.feed_forward(layer, hidden)
        for memory, ids in pieces:
            memory.length += len(ids)
        if not every:
            ends = torch.tensor(lengths, device=device).cumsum(0) - 1
            hidden, lengths = hidden[ends], [1] * len(pieces)
        scores = functional.linear(self.normalise(hidden, self.norm), self.head).float()
        return list(torch.split(scores, lengths))

    @property
    def group(self) -> int:
        return self.shape.heads // self.shape.key_heads

    def normalise(self, hidden: Tensor, weight: Tensor) -> Tensor:
        return functional.rms_norm(hidden, (hidden.shape[-1],), weight, self.shape.epsilon)

    def project(self, layer: Layer, hidden: Tensor, cosine: Tensor, sine: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values, each (tokens, heads, head size); the first two rotated to their positions."""
        shape = self.shape
        joined = functional.linear(self.normalise(hidden, layer.input_norm), layer.qkv, layer.qkv_bias)
        joined = joined.view(hidden.shape[0], -1, shape.head_size)
        if layer.q_norm is None or layer.k_norm is None:
            rotated = rotate(joined[:, : shape.heads + shape.key_heads], cosine, sine)
            queries, keys = rotated[:, : shape.heads], rotated[:, shape.heads :]
        else:
            queries = rotate(self.normalise(joined[:, : shape.heads], layer.q_norm), cosine, sine)
            keys = rotate(self.normalise(joined[:, shape.heads : shape.heads + shape.key_heads], layer.k_norm), cosine, sine)
        return queries, keys, joined[:, shape.heads + shape.key_heads :]

    def attend(self, kept: Tensor, before: int, mask: Tensor | None, part: Sequence[Tensor]) -> Tensor:
        """Write the part's new keys and values after the `before` kept ones; (tokens, heads x head size) of what its queries see."""
        queries, keys, values = part
        count, shape = queries.shape[0], self.shape
        end = before + count
        kept_keys, kept_values = kept
        kept_keys[:, before:end] = keys.transpose(0, 1)
        kept_values[:, before:end] = values.transpose(0, 1)
        folded = queries.view(count, shape.key_heads, self.group, shape.head_size).permute(1, 2, 0, 3)
        folded = folded.reshape(1, shape.key_heads, self.group * count, shape.head_size)
        seen = functional.scaled_dot_product_attention(folded, kept_keys[None, :, :end], kept_values[None, :, :end], attn_mask=mask)
        seen = seen.view(shape.key_heads, self.group, count, shape.head_size).permute(2, 0, 1, 3)
        return seen.reshape(count, shape.heads * shape.head_size)

    def feed_forward(self, layer: Layer, hidden: Tensor) -> Tensor:
        gate, up = functional.linear(self.normalise(hidden, layer.after_norm), layer.gate_up).chunk(2, dim=-1)
        return functional.linear(functional.silu(gate) * up, layer.down)


def take_layer(weights: Mapping[str, Tensor], prefix: str) -> Layer:
    def stacked(part: str, names: Sequence[str], kind: str) -> Tensor:
        return torch.cat([weights[f"{prefix}{part}.{name}_proj.{kind}"] for name in names])

    has_bias = f"{prefix}self_attn.q_proj.bias" in weights
    return Layer(
        input_norm=weights[prefix + "input_layernorm.weight"],
        qkv=stacked("self_attn", "qkv", "weight"),
        qkv_bias=stacked("self_attn", "qkv", "bias") if has_bias else None,
        q_norm=weights.get(prefix + "self_attn.q_norm.weight"),
        k_norm=weights.get(prefix + "self_attn.k_norm.weight"),
        output=weights[prefix + "self_attn.o_proj.weight"],
        output_bias=weights.get(prefix + "self_attn.o_proj.bias"),
        after_norm=weights[prefix + "post_attention_layernorm.weight"],
        gate_up=stacked("mlp", ("gate", "up"), "weight"),
        down=weights[prefix + "mlp.down_proj.weight"],
    )


def rotary_tables(shape: Shape, like: Tensor) -> tuple[Tensor, Tensor]:
    """Cosine and sine of every position's angles, (positions, head size), computed in float32."""
    steps = torch.arange(0, shape.head_size, 2, dtype=torch.float32) / shape.head_size
    angles = torch.outer(torch.arange(shape.positions, dtype=torch.float32), shape.rope_theta**-steps)
    doubled = torch.cat([angles, angles], dim=-1)
    return doubled.cos().to(like), doubled.sin().to(like)


def rotate(heads: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    first, second = heads.chunk(2, dim=-1)
    return heads * cosine + torch.cat([-second, first], dim=-1) * sine


def causal_mask(before: int, count: int, group: int, like: Tensor) -> Tensor | None:
    """Which of before + count positions each of `count` new tokens sees; one row per token and folded query head. None: all of them."""
    if count == 1:
        return None
    seen = torch.ones(count, before + count, dtype=torch.bool, device=like.device).tril(before)
    return seen.repeat(group, 1)
