"""Any causal model that transformers can run, behind the same calls as the lean decoder; one piece after the other, so slower.

Knows nothing of text. A model whose cache is not plain keys and values of every position (sliding windows, state spaces) cannot hand a
beginning on: `read` gives None and every prompt is computed whole.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from chatbot.engines.adapter import Adapter
from chatbot.engines.pieces import Piece


class TransformersDecoder:
    ahead = False  # see Decoder

    def __init__(self, model: Any, slots: int) -> None:
        self._model = model
        self._caches: list[Any] = [None] * slots
        self._lengths = [0] * slots

    @classmethod
    def load(cls, folder: Path, device: torch.device, dtype: torch.dtype, slots: int, adapter: Adapter | None) -> TransformersDecoder:
        from transformers import AutoModelForCausalLM
        from transformers.utils import logging

        logging.set_verbosity_error()
        logging.disable_progress_bar()
        model = AutoModelForCausalLM.from_pretrained(
            folder, dtype=dtype, local_files_only=True, use_safetensors=True, attn_implementation="sdpa"
        )
        if adapter is not None:
            merge(model, adapter)
        return cls(model.to(device).eval(), slots)

    @property
    def positions(self) -> int:
        return int(self._model.config.max_position_embeddings)

    def length(self, slot: int) -> int:
        return self._lengths[slot]

    def clear(self, slot: int) -> None:
        self._caches[slot], self._lengths[slot] = None, 0

    def fresh(self) -> TransformersDecoder:
        """The same weights with slots of its own."""
        return TransformersDecoder(self._model, len(self._caches))

    @torch.inference_mode()
    def forward(self, pieces: Sequence[Piece], wanted: Callable[[], bool] | None = None) -> list[Tensor] | None:
        """See Decoder.forward. `wanted` is asked before the first piece only."""
        if wanted is not None and not wanted():
            return None
        return [self._branches(piece) if piece.branches else self._one(piece.slot, piece.ids, every=False) for piece in pieces]

    def read(self, slot: int, start: int, end: int) -> Tensor | None:
        """A copy of the positions from `start` to `end`: (layers, 2, key heads, positions, head size). None when it cannot be had."""
        cache = self._caches[slot]
        if cache is None or not all(_plain(layer, self._lengths[slot]) for layer in cache.layers):
            return None
        return torch.stack([torch.stack([layer.keys[0, :, start:end], layer.values[0, :, start:end]]) for layer in cache.layers])

    def append(self, slot: int, kept: Tensor) -> None:
        cache = self._cache(slot)
        for number, (keys, values) in enumerate(kept):
            cache.update(keys[None].clone(), values[None].clone(), number)
        self._lengths[slot] += kept.shape[3]

    def _cache(self, slot: int) -> Any:
        from transformers import DynamicCache

        if self._caches[slot] is None:
            self._caches[slot] = DynamicCache(config=self._model.config)
        return self._caches[slot]

    def _one(self, slot: int, ids: Sequence[int], *, every: bool) -> Tensor:
        tokens = torch.tensor([list(ids)], device=self._model.device)
        out = self._model(tokens, past_key_values=self._cache(slot), use_cache=True, logits_to_keep=0 if every else 1)
        self._lengths[slot] += len(ids)
        scores: Tensor = out.logits[0].float()
        return scores

    def _branches(self, piece: Piece) -> Tensor:
        """Each branch after the first token with a copy of the cache, which is then put back."""
        before, length = copy.deepcopy(self._caches[piece.slot]), self._lengths[piece.slot]
        found: list[Tensor] = []
        start = 1
        for count in piece.branches:
            self._caches[piece.slot], self._lengths[piece.slot] = copy.deepcopy(before), length
            scores = self._one(piece.slot, [piece.ids[0], *piece.ids[start : start + count]], every=True)
            found.append(scores[1:] if found else scores)
            start += count
        self._caches[piece.slot], self._lengths[piece.slot] = before, length
        return torch.cat(found)


def merge(model: Any, adapter: Adapter) -> None:
    """Raises LookupError when the adapter changes something that the model does not have."""
    weights = dict(model.named_parameters())
    for name in adapter.names:
        weights[name].data = adapter(name, weights[name].data).to(weights[name].dtype)


def _plain(layer: Any, length: int) -> bool:
    keys = getattr(layer, "keys", None)
    return keys is not None and keys.dim() == 4 and keys.shape[2] == length and keys.shape == layer.values.shape
