"""A tuned encoder as a folder of its own, beside the one it began from.

The folder is the old one with other weights: same configuration, pooling, tokenizer and names of tensors, in float32, so that whatever
reads the old one reads it (knowledge_base/bert.py among others). Its fingerprint is another, and an index built with the old weights
refuses it. Knows neither objectives nor data. Invariant: a tensor that training did not give stays as it was.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from chatbot.errors import WeightsError

_OWN = ("manifest.json", "model.safetensors", "pytorch_model.bin", "*.md")  # what is true of the old weights only
_PREFIX = "bert."


def write_encoder(source: Path, tuned: Mapping[str, Tensor], folder: Path, *, blend: float = 1.0) -> Path:
    """Write `folder` with the weights old + blend * (tuned - old). Raises WeightsError where `tuned` holds none of the old tensors."""
    old = load_file(source / "model.safetensors")
    given = {name.removeprefix(_PREFIX): tensor.detach().cpu() for name, tensor in tuned.items()}
    missing = [name for name in old if name.removeprefix(_PREFIX) not in given and ".layer." in name]
    if missing:
        raise WeightsError(f"{source}: expected tuned weights for {missing[0]}, got {next(iter(given), 'none')} and others")
    mixed = {name: _mixed(tensor, given.get(name.removeprefix(_PREFIX)), blend) for name, tensor in old.items()}
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    shutil.copytree(source, unfinished, ignore=shutil.ignore_patterns(*_OWN))
    save_file(mixed, unfinished / "model.safetensors", metadata={"format": "pt"})
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)
    return folder


def _mixed(old: Tensor, tuned: Tensor | None, blend: float) -> Tensor:
    if tuned is None or not old.is_floating_point():
        return old.contiguous()
    return torch.lerp(old.float(), tuned.float(), blend).contiguous()
