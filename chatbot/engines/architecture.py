"""Which models the lean decoder runs, and what it needs to know of their configuration.

Reads config.json as it is, in the spelling of transformers 4 or 5. Knows nothing of weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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

    @property
    def group(self) -> int:
        """Query heads that share a key head."""
        return self.heads // self.key_heads

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Shape | None:
        """From the fields of config.json; None when the model does something that this decoder does not do."""
        if config.get("model_type") not in SUPPORTED or config.get("hidden_act", "silu") != "silu" or not _plain(config):
            return None
        heads = config["num_attention_heads"]
        return cls(
            layers=config["num_hidden_layers"],
            heads=heads,
            key_heads=config.get("num_key_value_heads") or heads,
            head_size=config.get("head_dim") or config["hidden_size"] // heads,
            epsilon=config.get("rms_norm_eps", 1e-6),
            rope_theta=float(_rope(config).get("rope_theta") or config.get("rope_theta") or 10000.0),
            positions=config["max_position_embeddings"],
        )


def _rope(config: Mapping[str, Any]) -> Mapping[str, Any]:
    return config.get("rope_parameters") or config.get("rope_scaling") or {}


def _plain(config: Mapping[str, Any]) -> bool:
    """Whether rotary embedding and attention are the ordinary ones."""
    rope = _rope(config)
    stretched = rope.get("rope_type", rope.get("type", "default")) != "default" or rope.get("partial_rotary_factor", 1.0) != 1.0
    windowed = config["model_type"] == "mistral" and config.get("sliding_window")
    quantised = config.get("quantization_config")
    return not (stretched or windowed or quantised or config.get("use_sliding_window") or config.get("mlp_bias"))
