"""BERT as an encoder of sentences, straight from its folder: the same vectors as sentence-transformers gives, without its imports.

Importing sentence-transformers takes seconds and 200 MB, which a server that starts pays every time. `can_read` says whether a folder
holds just what is computed here (BERT in float32, mean pooling); for any other the caller takes sentence-transformers. The tokens of
all texts of a batch lie in one row after the other, so that padding costs nothing but in the attention. Knows nothing of indexes.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import safe_open
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from knowledge_base.one_thread import one_thread

_TOKENS = 2_048  # at most in one pass, which bounds the memory of a batch
_FEW_TOKENS = 512  # up to here one thread computes them
_ASIDE = ("position_ids", "pooler.")  # tensors in the file that an encoder of sentences does not use
_AS_HERE: dict[str, tuple[object, ...]] = {
    "model_type": ("bert",),
    "hidden_act": ("gelu",),
    "position_embedding_type": (None, "absolute"),
    "is_decoder": (None, False),
    "add_cross_attention": (None, False),
}


def can_read(folder: Path) -> bool:
    """Whether the folder holds a BERT that is computed here as sentence-transformers does it."""
    config, modules = _json(folder / "config.json"), _json(folder / "modules.json")
    if not (isinstance(config, dict) and isinstance(modules, list) and (folder / "tokenizer.json").is_file()):
        return False
    kinds = [str(module.get("type", "")).rpartition(".")[2] for module in modules]
    if kinds not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]) or modules[0].get("path"):
        return False
    plain = all(config.get(name) in values for name, values in _AS_HERE.items())
    return plain and _is_mean(folder / str(modules[1].get("path", ""))) and _is_unprompted(folder) and _is_float32(folder)


def _is_mean(folder: Path) -> bool:
    pooling = _json(folder / "config.json")
    chosen = [name for name, value in pooling.items() if name.startswith("pooling_mode_") and value] if isinstance(pooling, dict) else []
    return chosen == ["pooling_mode_mean_tokens"]


def _is_unprompted(folder: Path) -> bool:
    """Nothing is to be written before a text, and no text is to be lowered beyond what the tokenizer does."""
    said, asked = _json(folder / "config_sentence_transformers.json"), _json(folder / "sentence_bert_config.json")
    prompted = isinstance(said, dict) and any(value for name, value in said.items() if name in ("prompts", "default_prompt_name"))
    return not prompted and isinstance(asked, dict) and set(asked) <= {"max_seq_length", "do_lower_case"} and not asked.get("do_lower_case")


def _is_float32(folder: Path) -> bool:
    file = folder / "model.safetensors"
    if not file.is_file():
        return False
    with safe_open(file, framework="pt") as tensors:
        kinds = {tensors.get_slice(name).get_dtype() for name in tensors.keys() if not _is_aside(name)}  # noqa: SIM118 - no mapping
    return kinds == {"F32"}


def _is_aside(name: str) -> bool:
    return any(part in name for part in _ASIDE)


@dataclass(frozen=True, slots=True)
class _Layer:
    """One layer's tensors: weight and bias of each product, and of each norm."""

    joint: tuple[Tensor, Tensor]  # query, key and value in one
    out: tuple[Tensor, Tensor]
    after_attention: tuple[Tensor, Tensor]
    wide: tuple[Tensor, Tensor]
    narrow: tuple[Tensor, Tensor]
    after_all: tuple[Tensor, Tensor]


@dataclass(frozen=True, slots=True)
class _Places:
    """Where the tokens of a batch lie: `text` and `position` of each, and its `cell` in the padded square texts x longest."""

    text: Tensor
    position: Tensor
    cell: Tensor
    mask: Tensor | None  # None where all texts are equally long
    texts: int
    longest: int


class Bert:
    """A loaded encoder. Callers may be any threads. `device` None is CUDA where there is one."""

    def __init__(self, folder: Path, device: str | None = None) -> None:
        config: dict[str, Any] = json.loads((folder / "config.json").read_text("utf-8"))
        self._device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self._heads = int(config["num_attention_heads"])
        self._epsilon = float(config.get("layer_norm_eps", 1e-12))
        self._tokenizer = _tokenizer(folder, int(config["max_position_embeddings"]))
        with safe_open(folder / "model.safetensors", framework="pt", device=str(self._device)) as file:
            tensors = {name.removeprefix("bert."): file.get_tensor(name) for name in file.keys() if not _is_aside(name)}  # noqa: SIM118
        self._words = tensors["embeddings.word_embeddings.weight"]
        self._positions = tensors["embeddings.position_embeddings.weight"] + tensors["embeddings.token_type_embeddings.weight"][0]
        self._first = (tensors["embeddings.LayerNorm.weight"], tensors["embeddings.LayerNorm.bias"])
        self._layers = [_layer(tensors, number) for number in range(int(config["num_hidden_layers"]))]

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row per text: the mean over its tokens, not scaled."""
        ids = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        found = np.empty((len(texts), self._words.shape[1]), dtype=np.float32)
        for batch in _batches(list(map(len, ids))):
            few = self._device.type == "cpu" and sum(len(ids[number]) for number in batch) <= _FEW_TOKENS
            with one_thread() if few else contextlib.nullcontext():
                found[batch] = self._means([ids[number] for number in batch])
        return found

    @torch.inference_mode()
    def _means(self, ids: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        places = _places([len(one) for one in ids], self._device)
        flat = torch.tensor([token for one in ids for token in one], device=self._device)
        x = self._norm(self._words[flat] + self._positions[places.position], self._first)
        for layer in self._layers:
            x = self._norm(x + functional.linear(self._attend(x, layer, places), *layer.out), layer.after_attention)
            wide = functional.gelu(functional.linear(x, *layer.wide))
            x = self._norm(x + functional.linear(wide, *layer.narrow), layer.after_all)
        sums = x.new_zeros(places.texts, x.shape[1]).index_add_(0, places.text, x)
        lengths = torch.tensor([len(one) for one in ids], device=self._device, dtype=x.dtype)
        means: NDArray[np.float32] = (sums / lengths[:, None]).cpu().numpy()
        return means

    def _norm(self, x: Tensor, norm: tuple[Tensor, Tensor]) -> Tensor:
        return functional.layer_norm(x, (x.shape[1],), *norm, self._epsilon)

    def _attend(self, x: Tensor, layer: _Layer, places: _Places) -> Tensor:
        """Every token looks at all tokens of its own text; (tokens, width) to (tokens, width)."""
        joint = functional.linear(x, *layer.joint)
        square = (places.texts, places.longest, 3, self._heads, x.shape[1] // self._heads)
        if places.mask is not None:
            joint = x.new_zeros(places.texts * places.longest, joint.shape[1]).index_copy_(0, places.cell, joint)
        query, key, value = joint.view(square).permute(2, 0, 3, 1, 4)
        seen = functional.scaled_dot_product_attention(query, key, value, attn_mask=places.mask)
        rows = seen.transpose(1, 2).reshape(-1, x.shape[1])
        return rows if places.mask is None else rows[places.cell]


def _places(lengths: Sequence[int], device: torch.device) -> _Places:
    counts = torch.tensor(lengths, device=device)
    texts, longest = len(lengths), max(lengths)
    inside = torch.arange(longest, device=device) < counts[:, None]
    cell = inside.flatten().nonzero().flatten()
    mask = None if min(lengths) == longest else inside[:, None, None, :]
    return _Places(cell // longest, cell % longest, cell, mask, texts, longest)


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Numbers of texts of about the same length, so many that a padded batch holds few tokens."""
    batch: list[int] = []
    for number in sorted(range(len(lengths)), key=lambda number: -lengths[number]):
        if batch and lengths[batch[0]] * (len(batch) + 1) > _TOKENS:
            yield batch
            batch = []
        batch.append(number)
    if batch:
        yield batch


def _layer(tensors: dict[str, Tensor], number: int) -> _Layer:
    def pair(name: str) -> tuple[Tensor, Tensor]:
        place = f"encoder.layer.{number}.{name}"
        return tensors[f"{place}.weight"], tensors[f"{place}.bias"]

    parts = [pair(f"attention.self.{name}") for name in ("query", "key", "value")]
    joint = torch.cat([weight for weight, _ in parts]), torch.cat([bias for _, bias in parts])
    norms = pair("attention.output.LayerNorm"), pair("output.LayerNorm")
    return _Layer(joint, pair("attention.output.dense"), norms[0], pair("intermediate.dense"), pair("output.dense"), norms[1])


def _tokenizer(folder: Path, positions: int) -> Tokenizer:
    """The folder's tokenizer, which cuts a text where sentence-transformers does."""
    stated = [(_json(folder / file) or {}).get(name) for file, name in _LENGTHS]
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(min(int(next((length for length in stated if length), positions)), positions))
    return tokenizer


_LENGTHS = (("sentence_bert_config.json", "max_seq_length"), ("tokenizer_config.json", "model_max_length"))


def _json(file: Path) -> Any:
    """What the file holds; None where there is none or it is no JSON."""
    try:
        return json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return None
