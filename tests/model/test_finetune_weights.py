"""The real small model learns from a handful of steps, and the engine writes with what it learnt."""

from __future__ import annotations

from contextlib import aclosing
from pathlib import Path

import pytest
from rich.console import Console

from chatbot.engine import Sampling
from chatbot.engines.local import LocalEngine
from chatbot.engines.model import Loading
from chatbot.prompts import training_prompt
from chatbot.settings import Settings
from chatbot.training.recipe import Recipe
from chatbot.training.runs import Run
from chatbot.weights import WRITER, writer_folder
from tests.training_scenes import some_scenes

pytestmark = pytest.mark.model


async def test_a_few_steps_lower_the_loss_and_the_engine_writes_with_the_adapter(tmp_path: Path) -> None:
    from chatbot.training.finetune import finetune

    folder = writer_folder(Settings())
    recipe = Recipe(WRITER, rank=8, rate=2e-3, batch=512, steps=8, every=4, held_out=0.2, held_out_most=4, save_minutes=0)
    run = Run.create(tmp_path, recipe, some_scenes(40))
    figures = finetune(run, folder, Console(quiet=True))
    assert figures["held_out_loss"]["best"] < 0.6 * figures["held_out_loss"]["before"]
    assert figures["held_out_accuracy"]["best"] > figures["held_out_accuracy"]["before"]
    engine = LocalEngine(folder, Loading("cpu", "fp32", adapter=run.folder / "adapter"))
    try:
        asked = training_prompt(("The chair costs 381.00 EUR.", "It ships in two days."), "How much is the chair?")
        async with aclosing(engine.stream(asked, Sampling(max_tokens=24))) as chunks:
            written = "".join([chunk.text async for chunk in chunks])
    finally:
        await engine.close()
    assert written == "It costs 381.00 EUR."
