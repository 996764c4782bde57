"""What fits into the minutes of a run: a few steps are made on trial, and the recipe gets its steps and its looks at what is held out.

Also what a step is multiplied in here. Invariant: nothing that was tried stays in the model; what is settled is written into the recipe, so
that a run that is resumed plans the same.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from chatbot.training.material import Material, steps_of
from chatbot.training.packing import batch_of
from chatbot.training.recipe import Recipe
from chatbot.training.scene_trainer import learnt_loss

_TRIED = 3  # steps on trial that count
_FEW, _MANY = 4, 14  # looks at what is held out: those of a run of four minutes, and of one of a quarter of an hour and more
_LOOKING = 0.4  # of the time that training takes goes into a look at as many tokens
_SHARE = 0.2  # of the minutes, for all looks together


def fitted(recipe: Recipe, model: Any, material: Material, pad: int) -> Recipe:
    """The recipe with steps that take as long as it says, and with so little held out to be measured with that looking takes a fifth of the
    time at most."""
    trial = steps_of(material, replace(recipe, steps=_TRIED + 1))
    a_step = seconds_a_step(model, [batch_of([material.packed[place] for place in step], pad) for step in trial], recipe)
    a_token = a_step * len(trial) / material.padded(trial)
    seconds, looks = 60 * recipe.minutes, min(_MANY, max(_FEW, round(recipe.minutes)))
    wanted = material.padded(material.held_out(recipe.batch))
    affordable = _SHARE * seconds / (looks * _LOOKING * a_token)
    scenes = material.about["held_out"]["measured_with"]
    measured = min(scenes, max(1, int(scenes * affordable / wanted)))
    looking = looks * _LOOKING * a_token * min(wanted, affordable)
    steps = max(1, int((seconds - looking) / a_step))
    return replace(recipe, steps=steps, every=recipe.every or max(1, -(-steps // (looks - 1))), held_out_most=measured)


def seconds_a_step(model: Any, batches: Sequence[dict[str, Tensor]], recipe: Recipe) -> float:
    """Steps on trial. The first pays for what is slow only once, and does not count."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model.to(device).train()
    began = time.monotonic()
    for number, batch in enumerate(batches):
        if number == 1:
            began = time.monotonic()
        with torch.autocast(device.type, torch.bfloat16, enabled=in_bfloat16(recipe)):
            loss, _ = learnt_loss(model, {name: tensor.to(device) for name, tensor in batch.items()})
        loss.backward()  # type: ignore[no-untyped-call]
        loss.item()  # waits for the device
    model.zero_grad(set_to_none=True)
    return (time.monotonic() - began) / max(1, len(batches) - 1)


def in_bfloat16(recipe: Recipe) -> bool:
    """Whether matrices are multiplied in bfloat16: by itself only where the hardware does that, for elsewhere it is slower."""
    return bfloat16_is_quicker() if recipe.precision == "auto" else recipe.precision == "bf16"


def bfloat16_is_quicker() -> bool:
    """Whether this machine has hardware for products in bfloat16."""
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return bool(torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported())
