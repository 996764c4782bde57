"""What watches a training run: the journal that keeps its figures, the bar for whoever waits, and the clock that saves and ends it.

All are callbacks of transformers' trainer and change nothing that is learnt. Invariant: what the journal writes about a step, but for
times, is a function of the step, so a run that was killed and resumed leaves the same curve.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from chatbot.training.runs import Run


class Journal(TrainerCallback):  # type: ignore[misc]  # transformers has no types here
    """A line in metrics.jsonl for every step, and one for every look at what is held out. `tokens[n]` is how many tokens were read in n
    steps, `seconds` how long the run took before this process."""

    def __init__(self, run: Run, tokens: Sequence[int], seconds: float = 0.0) -> None:
        self._run = run
        self._tokens = tokens
        self._began = self._last = time.monotonic()
        self._before = seconds

    @property
    def seconds(self) -> float:
        """How long the run has taken, all its processes together."""
        return self._before + time.monotonic() - self._began

    def on_train_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **given: Any) -> None:
        self._last = time.monotonic()

    def on_log(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, logs: Mapping[str, float] | None = None, **given: Any
    ) -> None:
        if logs and "loss" in logs:
            self._note(state.global_step, self._of_step(state.global_step, logs))

    def on_evaluate(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, metrics: Mapping[str, float], **given: Any
    ) -> None:
        loss, accuracy = metrics["eval_loss"], metrics["eval_mean_token_accuracy"]
        self._note(state.global_step, {"held_out_loss": loss, "held_out_accuracy": accuracy})
        self._last = time.monotonic()  # the next step shall not pay for it

    def _of_step(self, step: int, logs: Mapping[str, float]) -> dict[str, float]:
        now = time.monotonic()
        took, self._last = now - self._last, now
        read = self._tokens[step] - self._tokens[step - 1]
        return {
            "loss": logs["loss"],
            "accuracy": logs["mean_token_accuracy"],
            "gradient": logs["grad_norm"],
            "lr": logs["learning_rate"],
            "tokens_per_second": round(read / took, 1) if took > 0 else 0.0,
        }

    def _note(self, step: int, figures: Mapping[str, float]) -> None:
        self._run.note({"step": step, "tokens": self._tokens[step], "seconds": round(self.seconds, 2), **figures})


class Bar(TrainerCallback):  # type: ignore[misc]
    """A progress bar with the losses, tokens per second and the time left; where no terminal is, a line at every look at what is held
    out."""

    def __init__(self, console: Console, tokens: Sequence[int]) -> None:
        self._console = console
        self._tokens = tokens
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[said]}"))
        self._bars = Progress(*columns, TimeRemainingColumn(), console=console, transient=True, disable=not console.is_terminal)
        self._task: TaskID | None = None
        self._began, self._first = time.monotonic(), 0
        self._loss, self._held_out = float("nan"), float("nan")

    def on_train_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **given: Any) -> None:
        self._began, self._first = time.monotonic(), state.global_step
        self._bars.start()
        self._task = self._bars.add_task("Training", total=state.max_steps, completed=state.global_step, said="")

    def on_log(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, logs: Mapping[str, float] | None = None, **given: Any
    ) -> None:
        if logs and "loss" in logs:
            seen = self._loss == self._loss  # not the first
            self._loss = 0.9 * self._loss + 0.1 * logs["loss"] if seen else logs["loss"]  # steady enough to read
            self._show(state.global_step)

    def on_evaluate(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, metrics: Mapping[str, float], **given: Any
    ) -> None:
        self._held_out = metrics["eval_loss"]
        self._show(state.global_step)
        if not self._console.is_terminal:
            self._console.print(f"step {state.global_step} of {state.max_steps}: {self._said(state.global_step)}", highlight=False)

    def on_train_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **given: Any) -> None:
        self.stop()

    def stop(self) -> None:
        """Give the terminal back; also after an error."""
        self._bars.stop()

    def _show(self, step: int) -> None:
        if self._task is not None:
            self._bars.update(self._task, completed=step, said=self._said(step))

    def _said(self, step: int) -> str:
        rate = (self._tokens[step] - self._tokens[self._first]) / max(1e-9, time.monotonic() - self._began)
        losses = {"loss": self._loss, "held out": self._held_out}
        return ", ".join([*(f"{name} {value:.3f}" for name, value in losses.items() if value == value), f"{rate:.0f} tokens/s"])


class Clock(TrainerCallback):  # type: ignore[misc]
    """Saves when `save_every` seconds have passed since the last time, and ends the run when it has taken `limit` seconds; 0 is never."""

    def __init__(self, journal: Journal, save_every: float, limit: float) -> None:
        self._journal = journal
        self._save_every, self._limit = save_every, limit
        self._saved = time.monotonic()

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **given: Any) -> TrainerControl:
        if self._save_every and time.monotonic() - self._saved >= self._save_every:
            control.should_save = True
        if self._limit and self._journal.seconds >= self._limit and not control.should_training_stop:
            control.should_evaluate = control.should_save = control.should_training_stop = True
        return control

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **given: Any) -> None:
        self._saved = time.monotonic()
