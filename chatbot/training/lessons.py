"""How a training runs, whatever it trains: steps, rate, checkpoints, what is told on the way, and when it ends.

The loop is transformers' Trainer (sentence-transformers' is one too). Here is what is the same for every objective: its arguments, going
on from the last whole checkpoint, counting tokens, and the callback that feeds the display and the log. Knows no data. Invariants: a
checkpoint that was cut off while it was written is never gone on from, and the number of steps is fixed before the first, so that the rate
falls to nothing at the end whoever interrupts.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import PrinterCallback, ProgressCallback, TrainerCallback

from chatbot.training.pretrain_folder import Log

_CHECKPOINTS = "checkpoint-*"
_WHOLE = "trainer_state.json"  # what the trainer writes last
_LOGGED = 200  # lines of a curve
_PROBED = 3
_PATIENCE = 1.5  # how much longer than planned a training may take on a machine that became busy


def last_checkpoint(folder: Path) -> Path | None:
    """The newest checkpoint that was written to its end."""
    whole = [path for path in folder.glob(_CHECKPOINTS) if (path / _WHOLE).is_file()]
    return max(whole, key=lambda path: int(path.name.rpartition("-")[2]), default=None)


def planned_steps(step: Callable[[], Any], seconds: float, most: int) -> int:
    """How many steps fit into this time, by the clock over a few that change nothing; at most `most`, at least one."""
    taken = []
    for _ in range(1 + _PROBED):  # the first one warms up
        started = time.perf_counter()
        step()
        taken.append(time.perf_counter() - started)
    return max(1, min(most, int(seconds / statistics.median(taken[1:]))))


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a training is: its loss since the last report, tokens a second in this process, seconds since it began here."""

    step: int
    steps: int
    loss: float
    rate: float
    tokens_per_second: float
    seconds: float


class Watch(TrainerCallback):  # type: ignore[misc]  # transformers is untyped
    """Tells every step, logs losses and measurements, and ends what takes much longer than was planned."""

    def __init__(self, stage: str, log: Log, tell: Callable[[Moment], None]) -> None:
        self._stage, self._log, self._tell = stage, log, tell
        self._tokens = 0
        self._measure: Callable[[], Mapping[str, float]] | None = None
        self._every, self._longest = 0, math.inf
        self._started = time.monotonic()
        self._loss = self._rate = math.nan

    def measuring(self, measure: Callable[[], Mapping[str, float]], every: int) -> Watch:
        """Measure on what is held out every so many steps."""
        self._measure, self._every = measure, max(1, every)
        return self

    def within(self, seconds: float) -> Watch:
        """End after half as long again as these seconds, wherever the training is then."""
        self._longest = _PATIENCE * seconds
        return self

    def count(self, embeddings: Any) -> None:
        """Count the tokens that go through this layer while it is training, padding left out."""
        padding = embeddings.padding_idx

        def add(layer: Any, given: tuple[torch.Tensor, ...], _out: Any) -> None:
            if layer.training and given:
                self._tokens += int(given[0].numel() if padding is None else (given[0] != padding).sum())

        embeddings.register_forward_hook(add)

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self._started, self._tokens = time.monotonic(), 0

    def on_log(self, args: Any, state: Any, control: Any, logs: Mapping[str, float] | None = None, **_: Any) -> None:
        if logs and "loss" in logs:
            self._loss, self._rate = float(logs["loss"]), float(logs.get("learning_rate", math.nan))
            moment = self._moment(state)
            figures = {"loss": moment.loss, "rate": moment.rate, "tokens_per_second": round(moment.tokens_per_second, 1)}
            self._log({"stage": self._stage, "step": moment.step, **figures, "seconds": round(moment.seconds, 2)})

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self._tell(self._moment(state))
        if self._measure is not None and state.global_step % self._every == 0 and state.global_step < state.max_steps:
            self._log({"stage": self._stage, "step": state.global_step, "held_out": dict(self._measure())})
        if time.monotonic() - self._started > self._longest:
            control.should_training_stop = control.should_save = True

    def _moment(self, state: Any) -> Moment:
        seconds = time.monotonic() - self._started
        return Moment(state.global_step, state.max_steps, self._loss, self._rate, self._tokens / max(seconds, 1e-9), seconds)


@dataclass(frozen=True, slots=True)
class Lessons:
    """`folder` holds the checkpoints; `rate` is the highest learning rate; `batch` counts windows or pairs."""

    folder: Path
    steps: int
    batch: int
    rate: float
    seed: int = 1
    device: str = "cpu"
    saves: int = 10
    watch: Watch | None = None

    def run(self, trainer: Any, embeddings: Any) -> None:
        """Train, from the last checkpoint where there is one. `embeddings` is the layer that all tokens go through."""
        for callback in (PrinterCallback, ProgressCallback):
            trainer.remove_callback(callback)
        if self.watch is not None:
            self.watch.count(embeddings)
            trainer.add_callback(self.watch)
        last = last_checkpoint(self.folder)
        trainer.train(resume_from_checkpoint=str(last) if last else None)


def arguments_of(lessons: Lessons, batch: int) -> dict[str, Any]:
    """The arguments of the trainer that every objective shares."""
    return {
        "output_dir": str(lessons.folder),
        "max_steps": lessons.steps,
        "per_device_train_batch_size": batch,
        "learning_rate": lessons.rate,
        "lr_scheduler_type": "linear",
        "warmup_steps": max(1, lessons.steps // 15),
        "weight_decay": 0.01,
        "seed": lessons.seed,
        "data_seed": lessons.seed,
        "logging_steps": max(1, lessons.steps // _LOGGED),
        "save_strategy": "steps",
        "save_steps": max(1, math.ceil(lessons.steps / lessons.saves)),
        "save_total_limit": 2,
        "report_to": [],
        "disable_tqdm": True,
        "use_cpu": lessons.device == "cpu",
        "dataloader_pin_memory": False,
        "remove_unused_columns": False,
    }
