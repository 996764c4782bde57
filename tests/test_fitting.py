"""A recipe of so many minutes becomes one of steps, and the trial leaves no trace in the model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from chatbot.engines.tokens import read_tokens
from chatbot.training.fitting import fitted, in_bfloat16
from chatbot.training.material import material_of
from chatbot.training.recipe import Recipe
from tests.tiny_model import build_tiny_model
from tests.training_scenes import some_scenes


@pytest.mark.slow
def test_more_minutes_are_more_steps_and_looking_takes_its_share_at_most(tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM

    folder = build_tiny_model(tmp_path / "tiny", window=1024)
    tokens = read_tokens(folder, json.loads((folder / "config.json").read_text()))
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    short = Recipe(str(folder), minutes=0.002, batch=600, held_out=0.5)
    long = Recipe(str(folder), minutes=20.0, batch=600, held_out=0.5)
    material = material_of(some_scenes(40), short, tokens)
    few, many = (fitted(recipe, model, material, tokens.end) for recipe in (short, long))
    assert 1 <= few.steps < many.steps
    assert (many.held_out_most, many.minutes) == (16, 20.0)  # all that is held out
    assert few.held_out_most < 16
    assert few.every <= -(-few.steps // 3)
    assert -(-many.steps // many.every) <= 13
    assert all(parameter.grad is None for parameter in model.parameters())
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())


@pytest.mark.parametrize(("precision", "wanted"), [("fp32", False), ("bf16", True)])
def test_what_is_multiplied_in_is_what_the_recipe_says(precision: str, wanted: bool) -> None:
    assert in_bfloat16(Recipe("m", precision=precision)) is wanted  # type: ignore[arg-type]
