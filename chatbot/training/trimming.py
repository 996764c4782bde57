"""An encoder's folder with only the words that some texts need: a vocabulary for a hundred languages is four fifths of such a model.

The pieces that the texts are cut into stay, so these texts are cut as before; single characters stay too, so that any other text is cut
into smaller pieces and not lost. Only unigram tokenizers (XLM-RoBERTa's and the like) are trimmed; a folder with another is copied whole.
Invariant: the trimmed model gives the given texts the vectors of the whole one.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

_LEFT = ("manifest.json", "model.safetensors", "tokenizer.json", "pytorch_model.bin", "*.model", "*.md", "onnx", "openvino")
_WORDS = "embeddings.word_embeddings.weight"
_META = "▁"


def trim(source: Path, texts: Iterable[str], folder: Path) -> Path:
    """Write `folder`: the encoder of `source` for texts like these."""
    cut = json.loads((source / "tokenizer.json").read_text("utf-8"))
    shutil.rmtree(folder, ignore_errors=True)
    if cut["model"].get("type") != "Unigram":
        shutil.copytree(source, folder)
        return folder
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns(*_LEFT))
    kept = _kept(source, cut, texts)
    (folder / "tokenizer.json").write_text(json.dumps(_with_pieces(cut, kept), ensure_ascii=False), encoding="utf-8")
    tensors = load_file(source / "model.safetensors")
    name = next(name for name in tensors if name.endswith(_WORDS))
    tensors[name] = tensors[name][torch.tensor(kept)].clone()
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    config = json.loads((source / "config.json").read_text("utf-8"))
    config["vocab_size"] = len(kept)
    numbers = {name: kept.index(config[name]) for name in ("pad_token_id", "bos_token_id", "eos_token_id") if config.get(name) in kept}
    (folder / "config.json").write_text(json.dumps(config | numbers, indent=1) + "\n", encoding="utf-8")
    return folder


def _kept(source: Path, cut: Mapping[str, Any], texts: Iterable[str]) -> list[int]:
    """The numbers of the pieces that stay, in their order."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(source / "tokenizer.json"))
    tokenizer.no_truncation()
    used = {token["id"] for token in cut["added_tokens"]} | {cut["model"]["unk_id"]}
    for text in texts:
        used.update(tokenizer.encode(text).ids)
    single = (number for number, (piece, _) in enumerate(cut["model"]["vocab"]) if len(piece.removeprefix(_META)) <= 1)
    return sorted(number for number in used.union(single) if number < len(cut["model"]["vocab"]))


def _with_pieces(cut: dict[str, Any], kept: list[int]) -> dict[str, Any]:
    """The tokenizer's description with these pieces alone, numbered anew."""
    place = {number: new for new, number in enumerate(kept)}
    model = cut["model"] | {"vocab": [cut["model"]["vocab"][number] for number in kept], "unk_id": place[cut["model"]["unk_id"]]}
    added = [token | {"id": place[token["id"]]} for token in cut["added_tokens"] if token["id"] in place]
    return cut | {"model": model, "added_tokens": added, "post_processor": _renumbered(cut.get("post_processor"), place)}


def _renumbered(processor: Any, place: Mapping[int, int]) -> Any:
    """What is put around a text, by the new numbers."""
    if not isinstance(processor, dict) or processor.get("type") != "TemplateProcessing":
        return processor
    special = {name: one | {"ids": [place[number] for number in one["ids"]]} for name, one in processor["special_tokens"].items()}
    return processor | {"special_tokens": special}
