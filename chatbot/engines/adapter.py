"""A LoRA adapter: W + (alpha / rank) · B · A (Hu et al. 2021), merged into the weights as they are loaded, or kept beside them.

Merged, writing costs the same. Beside is for weights in four bits, whose steps are wider than most of what an adapter changes: merged and
rounded again, it would be gone. Reads the folder that peft saves: adapter_config.json and adapter_model.safetensors. Knows no decoder.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from torch import Tensor

from chatbot.errors import EngineUnavailable

_PREFIX = "base_model.model."


class Adapter:
    """Raises EngineUnavailable when the folder is not a LoRA adapter, or one of a kind that cannot be merged."""

    def __init__(self, folder: Path) -> None:
        about = _about(folder)
        self._alpha = float(about["lora_alpha"])
        self._by_root = bool(about.get("use_rslora"))
        self._swapped = bool(about.get("fan_in_fan_out"))
        self._alphas: dict[str, float] = about.get("alpha_pattern") or {}
        self._down: dict[str, Tensor] = {}
        self._up: dict[str, Tensor] = {}
        file = folder / "adapter_model.safetensors"
        if not file.is_file():
            raise EngineUnavailable(f"{file}: expected the adapter's weights as safetensors")
        with safe_open(str(file), framework="pt") as opened:
            for name in opened.keys():  # noqa: SIM118 - not a dict
                self._take(name, opened.get_tensor(name), file)
        if not self._up or set(self._down) != set(self._up):
            raise EngineUnavailable(f"{file}: expected a lora_A and a lora_B for each matrix")

    @property
    def names(self) -> frozenset[str]:
        """The tensors that it changes, as the model's files call them."""
        return frozenset(self._up)

    @property
    def within_layers(self) -> bool:
        """Whether it leaves the embeddings and the head as they are, so that it can stand beside the weights."""
        return all(".layers." in name for name in self._up)

    def __call__(self, name: str, weight: Tensor) -> Tensor:
        """What counts in place of `weight`. Raises EngineUnavailable when the shapes do not fit."""
        if name not in self._up:
            return weight
        down, up = self._down[name].float(), self._up[name].float()
        change = up @ down
        change = change.T if self._swapped else change
        if change.shape != weight.shape:
            raise EngineUnavailable(f"the adapter changes {name} by {tuple(change.shape)}, but the model has {tuple(weight.shape)}")
        merged = weight.float() + self._scale(name, down.shape[0]) * change
        return merged.to(torch.promote_types(weight.dtype, torch.float32))

    def beside(self, stacked: Sequence[tuple[str, int]], inputs: int) -> tuple[Tensor, Tensor] | None:
        """What it adds to matrices that stand on each other, as two thin ones, float32: (ranks, inputs) and (outputs, ranks).

        stacked: the tensors' names and their numbers of outputs. None where it changes none of them. Raises EngineUnavailable.
        """
        downs, ups, at = [torch.zeros(0, inputs)], [torch.zeros(0, 0)], 0
        for name, outputs in stacked:
            down, up = self._thin(name, outputs, inputs)
            downs.append(down)
            ups.append(up)
            at += down.shape[0]
        return (torch.cat(downs), torch.block_diag(*ups[1:])) if at else None  # type: ignore[no-untyped-call]

    def _thin(self, name: str, outputs: int, inputs: int) -> tuple[Tensor, Tensor]:
        if name not in self._up:
            return torch.zeros(0, inputs), torch.zeros(outputs, 0)
        down, up = self._down[name].float(), self._up[name].float()
        if self._swapped:
            down, up = up.T, down.T
        if (up.shape[0], down.shape[1]) != (outputs, inputs):
            raise EngineUnavailable(f"the adapter changes {name} by {(up.shape[0], down.shape[1])}, but the model has {(outputs, inputs)}")
        return down, up * self._scale(name, down.shape[0])

    def _take(self, name: str, tensor: Tensor, file: Path) -> None:
        stem, _, kind = name.removeprefix(_PREFIX).partition(".lora_")
        homes = {"A": self._down, "B": self._up}
        if kind[:1] not in homes or not kind.endswith(".weight"):
            raise EngineUnavailable(f"{file}: {name} is not part of a plain LoRA adapter, which is all that can be merged")
        homes[kind[:1]][f"{stem}.weight"] = tensor

    def _scale(self, name: str, rank: int) -> float:
        alpha = next((value for key, value in self._alphas.items() if name.removesuffix(".weight").endswith(key)), self._alpha)
        return alpha / (math.sqrt(rank) if self._by_root else rank)


def _about(folder: Path) -> dict[str, Any]:
    file = folder / "adapter_config.json"
    if not file.is_file():
        raise EngineUnavailable(f"{file}: not there; expected the folder of a LoRA adapter")
    about: dict[str, Any] = json.loads(file.read_text("utf-8"))
    if about.get("peft_type") != "LORA" or about.get("use_dora") or about.get("bias", "none") != "none" or about.get("modules_to_save"):
        raise EngineUnavailable(f"{file}: expected a plain LoRA adapter without biases, DoRA or saved modules")
    return about
