"""Fine-tune a writer on scenes: TRL's trainer over transformers and peft, from a recipe to the weights in the run's folder.

LoRA in all linear layers, or all weights. AdamW, a short warm-up, then a cosine; no gradient checkpointing; bfloat16 only where the
hardware multiplies it. What does best on what is held out is kept. Knows no command line. Invariant: the result depends on the recipe and
the data alone (on one machine with one number of threads), whether the run was killed and resumed or not.
"""

from __future__ import annotations

import json
import shutil
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import datasets
import torch
import transformers
from peft import LoraConfig, PeftModel, get_peft_model
from rich.console import Console
from transformers import AutoModelForCausalLM, AutoTokenizer, PrinterCallback, set_seed
from trl import SFTConfig

from chatbot.engines.tokens import Tokens, read_tokens
from chatbot.errors import EngineUnavailable
from chatbot.training.card import model_card
from chatbot.training.curves import draw_curves
from chatbot.training.fitting import fitted, in_bfloat16
from chatbot.training.material import Material, material_of, steps_of
from chatbot.training.recipe import Recipe
from chatbot.training.results import save_adapter, save_model
from chatbot.training.runs import Run, RunError
from chatbot.training.scene_trainer import Collator, SceneTrainer, steps_dataset
from chatbot.training.watching import Bar, Clock, Journal

_SCALED = ("final_logit_softcapping", "logit_scale", "logits_scaling", "output_multiplier", "lm_head_multiplier")


def finetune(run: Run, folder: Path, console: Console) -> dict[str, Any]:
    """Train until the recipe is done, from the run's last checkpoint where it has one; the figures, as they are in metrics.json.

    `folder`: the model to start from. Raises RunError when the run is finished, TooFewScenes, EngineUnavailable.
    """
    if run.finished:
        raise RunError(f"{run.folder}: is finished; a new run can start from its adapter (--start-from)")
    with _quiet():
        recipe = run.recipe
        tokens = read_tokens(folder, json.loads((folder / "config.json").read_text("utf-8")))
        material = material_of(run.scenes(), recipe, tokens)
        model = _model(folder, recipe)
        if recipe.minutes and not recipe.steps:
            recipe = fitted(recipe, model, material, tokens.end)
            run.settle(recipe)
            material = material_of(run.scenes(), recipe, tokens)
        run.write("data.json", run.read("data.json") | material.about)
        return _train(run, recipe, (folder, tokens), (model, material), console)


def _train(run: Run, recipe: Recipe, source: tuple[Path, Tokens], given: tuple[Any, Material], console: Console) -> dict[str, Any]:
    (folder, tokens), (model, material) = source, given
    steps = steps_of(material, recipe)
    known, step = run.checkpoint() or (None, -1)
    journal = Journal(run, material.read_in(steps), run.take_back(step))
    bar = Bar(console, material.read_in(steps))
    trainer = SceneTrainer(
        model,
        _arguments(run, recipe, len(steps), resumed=known is not None),
        Collator(material.packed, tokens.end),
        (steps_dataset(steps), steps_dataset(material.held_out(recipe.batch))),
        AutoTokenizer.from_pretrained(folder, local_files_only=True),
        [journal, bar, Clock(journal, 60 * recipe.save_minutes, 60 * recipe.minutes)],
    )
    trainer.remove_callback(PrinterCallback)
    try:
        trainer.train(resume_from_checkpoint=None if known is None else str(known))
    finally:
        bar.stop()
    _keep(run, recipe, trainer, folder)
    figures = _figures(run, trainer, steps[: trainer.state.global_step], material)
    _finish(run, recipe, figures)
    return figures


def _model(folder: Path, recipe: Recipe) -> Any:
    """In float32, with the adapter that is trained, unless all of it is."""
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, local_files_only=True)
    if changed := [name for name in _SCALED if getattr(model.config, name, None) not in (None, 1, 1.0)]:
        raise EngineUnavailable(f"{folder.name}: changes its scores after the last layer ({', '.join(changed)}), which is not trained here")
    set_seed(recipe.seed)
    if recipe.full:
        return model
    if recipe.start_from:
        return PeftModel.from_pretrained(model, recipe.start_from, is_trainable=True)
    shape = LoraConfig(
        r=recipe.rank,
        lora_alpha=recipe.lora_alpha,
        lora_dropout=recipe.dropout,
        target_modules=_linear_layers(model),
        task_type="CAUSAL_LM",
    )
    return get_peft_model(model, shape)


def _linear_layers(model: Any) -> list[str]:
    """The names that the linear layers have in every block; the one that scores the words is not among them."""
    head = model.get_output_embeddings()
    linear = [name for name, module in model.named_modules() if isinstance(module, torch.nn.Linear) and module is not head]
    return sorted({name.rpartition(".")[2] for name in linear})


def _arguments(run: Run, recipe: Recipe, steps: int, *, resumed: bool) -> SFTConfig:
    every = recipe.looks_every(steps)
    return SFTConfig(
        output_dir=str(run.checkpoints),
        max_steps=steps,
        per_device_train_batch_size=1,  # a row of the dataset is a whole batch
        per_device_eval_batch_size=1,
        train_sampling_strategy="sequential",
        dataset_kwargs={"skip_prepare_dataset": True},
        remove_unused_columns=False,
        max_length=None,
        optim="adamw_torch",
        learning_rate=recipe.learning_rate,
        weight_decay=recipe.decay,
        lr_scheduler_type="cosine",
        warmup_steps=round(recipe.warmup * steps),
        max_grad_norm=1.0,
        activation_checkpointing=False,
        bf16=in_bfloat16(recipe),
        use_cpu=not torch.cuda.is_available(),  # said, for unsaid bfloat16 is refused without a GPU
        logging_steps=1,
        logging_nan_inf_filter=False,
        eval_on_start=not resumed,
        eval_strategy="steps",
        eval_steps=every,
        prediction_loss_only=True,
        save_strategy="steps",
        save_steps=every,
        save_total_limit=2,
        load_best_model_at_end=True,
        metric_for_best_model="eval_loss",
        greater_is_better=False,
        seed=recipe.seed,
        disable_tqdm=True,
        report_to="none",
        dataloader_pin_memory=torch.cuda.is_available(),
    )


def _keep(run: Run, recipe: Recipe, trainer: SceneTrainer, folder: Path) -> None:
    """The trainer has loaded the best of its checkpoints."""
    model = trainer.accelerator.unwrap_model(trainer.model)
    if recipe.full:
        save_model(model, run.folder / "model", folder)
    else:
        save_adapter(model, run.folder / "adapter", recipe.model)


def _figures(run: Run, trainer: SceneTrainer, steps: Sequence[Sequence[int]], material: Material) -> dict[str, Any]:
    lines = run.lines()
    looks = [line for line in lines if "held_out_loss" in line]
    best = next(line for line in looks if line["step"] == trainer.state.best_global_step)
    moments = {"before": looks[0], "best": best, "after": looks[-1]}
    held_out = {name: {when: line[name] for when, line in moments.items()} for name in ("held_out_loss", "held_out_accuracy")}
    parameters = list(trainer.model.parameters())
    return {
        "steps": len(steps),
        "best_step": best["step"],
        **held_out,
        "minutes": round(max(line["seconds"] for line in lines) / 60, 2),
        "tokens": material.read_in(steps)[-1],
        "tokens_padded": material.padded(steps),
        "tokens_alone": material.alone(steps),
        "peak_memory_mb": peak_memory(),
        "device": torch.cuda.get_device_name() if torch.cuda.is_available() else f"{torch.get_num_threads()} CPU threads",
        "bfloat16": bool(trainer.args.bf16),
        "parameters": sum(one.numel() for one in parameters),
        "parameters_trained": sum(one.numel() for one in parameters if one.requires_grad),
    }


def peak_memory() -> int:
    """The most that this process has had so far, in MB; on a GPU, of its memory."""
    if torch.cuda.is_available():
        return int(torch.cuda.max_memory_allocated() // 10**6)
    if sys.platform == "win32":
        return 0  # it does not tell
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) // 10**6


def _finish(run: Run, recipe: Recipe, figures: dict[str, Any]) -> None:
    draw_curves(run.lines(), run.folder / "curves.png", recipe.name)
    card = model_card(run.folder.name, run.read("settings.json"), run.read("data.json"), figures)
    (run.folder / "README.md").write_text(card, "utf-8")
    run.write("metrics.json", figures)
    shutil.rmtree(run.checkpoints, ignore_errors=True)


@contextmanager
def _quiet() -> Iterator[None]:
    """The libraries say nothing that is not an error: the bar is ours, and that peft asks transformers by an old name is nobody's news."""
    before, bars = transformers.logging.get_verbosity(), datasets.are_progress_bars_disabled()
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    datasets.disable_progress_bars()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            yield
    finally:
        transformers.logging.set_verbosity(before)
        transformers.logging.enable_progress_bar()
        if not bars:
            datasets.enable_progress_bars()
