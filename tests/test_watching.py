"""Who watches a run: the bar says how it goes, the clock saves and ends by time, the journal does not count what is not training."""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from transformers import TrainerControl, TrainerState

from chatbot.training.recipe import Recipe
from chatbot.training.runs import Run
from chatbot.training.watching import Bar, Clock, Journal
from tests.training_scenes import some_scenes

TOKENS = [100 * step for step in range(11)]
LOGS = {"loss": 2.5, "mean_token_accuracy": 0.4, "grad_norm": 1.0, "learning_rate": 1e-3}
LOOK = {"eval_loss": 2.25, "eval_mean_token_accuracy": 0.5}
ARGS: Any = None  # what watches asks nothing of the arguments


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(Run.create(tmp_path, Recipe("m"), some_scenes(2)), TOKENS)


def at(step: int) -> TrainerState:
    return TrainerState(global_step=step, max_steps=10)


def watched(console: Console) -> None:
    bar = Bar(console, TOKENS)
    bar.on_train_begin(ARGS, at(0), TrainerControl())
    for step in (1, 2):
        bar.on_log(ARGS, at(step), TrainerControl(), logs=LOGS)
    bar.on_log(ARGS, at(2), TrainerControl(), logs={"train_runtime": 3.0})
    bar.on_evaluate(ARGS, at(2), TrainerControl(), metrics=LOOK)
    bar.on_train_end(ARGS, at(2), TrainerControl())


def test_the_bar_shows_losses_and_tokens_per_second() -> None:
    out = io.StringIO()
    watched(Console(file=out, force_terminal=True, width=140))
    said = out.getvalue()
    assert "loss 2.500, held out 2.250," in said
    assert "tokens/s" in said
    assert "2/10" in said


def test_without_a_terminal_each_look_at_what_is_held_out_is_a_line() -> None:
    out = io.StringIO()
    watched(Console(file=out, force_terminal=False, width=140))
    (line,) = out.getvalue().splitlines()
    assert line.startswith("step 2 of 10: loss 2.500, held out 2.250,")


def test_a_bar_that_was_interrupted_gives_the_terminal_back() -> None:
    bar = Bar(Console(file=io.StringIO(), force_terminal=True), TOKENS)
    bar.stop()
    bar.on_log(ARGS, at(1), TrainerControl(), logs=LOGS)  # nothing is shown before it begins


def test_the_clock_saves_when_it_is_time_and_not_again_at_once(journal: Journal) -> None:
    clock = Clock(journal, save_every=0.05, limit=0)
    assert not clock.on_step_end(ARGS, at(1), TrainerControl()).should_save
    time.sleep(0.06)
    assert clock.on_step_end(ARGS, at(2), TrainerControl()).should_save
    clock.on_save(ARGS, at(2), TrainerControl())
    again = clock.on_step_end(ARGS, at(3), TrainerControl())
    assert not again.should_save
    assert not again.should_training_stop


def test_the_clock_ends_a_run_with_a_last_look_and_a_checkpoint(tmp_path: Path) -> None:
    run = Run.create(tmp_path, Recipe("m"), some_scenes(2))
    ended = Clock(Journal(run, TOKENS, seconds=60.0), save_every=0, limit=60.0).on_step_end(ARGS, at(4), TrainerControl())
    assert ended.should_training_stop
    assert ended.should_save
    assert ended.should_evaluate
    goes_on = Clock(Journal(run, TOKENS, seconds=60.0), save_every=0, limit=90.0).on_step_end(ARGS, at(4), TrainerControl())
    assert not goes_on.should_training_stop


def test_a_look_at_what_is_held_out_does_not_slow_the_next_step_down(journal: Journal) -> None:
    journal.on_train_begin(ARGS, at(0), TrainerControl())
    time.sleep(0.2)
    journal.on_evaluate(ARGS, at(0), TrainerControl(), metrics=LOOK)
    journal.on_log(ARGS, at(1), TrainerControl(), logs=LOGS)
    journal.on_log(ARGS, at(1), TrainerControl(), logs={"eval_loss": 1.0})
    look, step = journal._run.lines()
    assert (look["step"], look["held_out_loss"], look["held_out_accuracy"], look["tokens"]) == (0, 2.25, 0.5, 0)
    assert (step["loss"], step["accuracy"], step["lr"], step["tokens"]) == (2.5, 0.4, 1e-3, 100)
    assert step["tokens_per_second"] > 100 / 0.2
