"""What a training run leaves as safetensors: an adapter as peft saves it, or a whole model as a hub folder has it.

Invariant: nothing in it names the machine it was made on, and every number in it is finite.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import torch
from peft import get_peft_model_state_dict
from safetensors.torch import save_file
from torch import Tensor

from chatbot.engine import TRAINED_RULES, TUNED_WITH
from chatbot.errors import ChatbotError

_NOT_WORDS = ("*.safetensors", "*.safetensors.index.json", "manifest.json")  # of the old model: its weights, and their checksums


class BrokenWeights(ChatbotError):
    """The training came apart: there are numbers that are none."""


def save_adapter(model: Any, folder: Path, base: str) -> None:
    """The active adapter in 16 bits: half precision, whose steps are eight times finer than bfloat16's at the sizes that occur here. `base`
    is the name of the model it belongs to. Raises BrokenWeights."""
    state = {name: _sixteen(name, tensor, torch.float16) for name, tensor in get_peft_model_state_dict(model).items()}
    folder.mkdir(parents=True, exist_ok=True)
    about = model.peft_config[model.active_adapter]
    about.base_model_name_or_path = base
    about.inference_mode = True
    about.save_pretrained(str(folder))
    save_file(state, str(folder / "adapter_model.safetensors"), {"format": "pt"})
    _note_prompt(folder)


def save_model(model: Any, folder: Path, source: Path) -> None:
    """All weights in bfloat16, with the configuration and the tokenizer of the model it started from. Raises BrokenWeights."""
    tied = set(getattr(model, "all_tied_weights_keys", None) or ())
    state = {name: _sixteen(name, tensor, torch.bfloat16) for name, tensor in model.state_dict().items() if name not in tied}
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns(*_NOT_WORDS), dirs_exist_ok=True)
    config = json.loads((folder / "config.json").read_text("utf-8"))
    config.pop("torch_dtype", None)
    (folder / "config.json").write_text(json.dumps(config | {"dtype": "bfloat16"}, indent=1) + "\n", "utf-8")
    save_file(state, str(folder / "model.safetensors"), {"format": "pt"})
    _note_prompt(folder)


def _note_prompt(folder: Path) -> None:
    """With which prompt it was trained: an engine that finds another one here than today's serves it as a model that was not."""
    (folder / TUNED_WITH).write_text(json.dumps({"rules": TRAINED_RULES}, indent=1) + "\n", "utf-8")


def _sixteen(name: str, tensor: Tensor, kind: torch.dtype) -> Tensor:
    found = tensor.detach().to("cpu", kind).contiguous()
    if not bool(torch.isfinite(found).all()):
        raise BrokenWeights(f"{name}: expected finite numbers after training, got others; a lower rate helps")
    return found
