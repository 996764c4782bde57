"""Any causal model that transformers can run, behind the same two calls as the lean decoder; one piece after the other, so slower.

Knows nothing of text. Invariant: a memory is changed only by `forward`, and a fork shares nothing with what it came from.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor


class CacheMemory:
    """A transformers cache with the positions it holds."""

    def __init__(self, cache: Any) -> None:
        self.cache = cache

    @property
    def length(self) -> int:
        return int(self.cache.get_seq_length())

    @property
    def size(self) -> int:
        return sum(layer.keys.nbytes + layer.values.nbytes for layer in self.cache.layers if layer.keys is not None)

    def fork(self, length: int, capacity: int) -> CacheMemory:
        from transformers import DynamicCache

        cache = DynamicCache()
        for number, layer in enumerate(self.cache.layers):
            cache.update(layer.keys[:, :, :length].clone(), layer.values[:, :, :length].clone(), number)
        return CacheMemory(cache)


class TransformersDecoder:
    def __init__(self, model: Any) -> None:
        self._model = model

    @classmethod
    def load(cls, folder: Path, device: torch.device, dtype: torch.dtype) -> TransformersDecoder:
        from transformers import AutoModelForCausalLM

        model = AutoModelForCausalLM.from_pretrained(
            folder, dtype=dtype, local_files_only=True, use_safetensors=True, attn_implementation="sdpa"
        )
        return cls(model.to(device).eval())

    def memory(self, capacity: int) -> CacheMemory:
        from transformers import DynamicCache

        return CacheMemory(DynamicCache())

    @torch.inference_mode()
    def forward(self, pieces: Sequence[tuple[CacheMemory, Sequence[int]]], *, every: bool = False) -> list[Tensor]:
        return [self._one(memory, ids, every) for memory, ids in pieces]

    def _one(self, memory: CacheMemory, ids: Sequence[int], every: bool) -> Tensor:
        tokens = torch.tensor([list(ids)], device=self._model.device)
        out = self._model(tokens, past_key_values=memory.cache, use_cache=True, logits_to_keep=0 if every else 1)
        scores: Tensor = out.logits[0].float()
        return scores
