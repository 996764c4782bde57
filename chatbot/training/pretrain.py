"""What pretraining on plain texts is: an objective that reads, learns and is measured, and what came of it on texts held out.

The two objectives are masked.py (the encoder) and causal.py (the writer); how a shop's run goes through them is pretrain_run.py. Knows
models only as something that gives logits. Invariant: measuring the same model twice gives the same figures, and every token that counts
has the same weight in them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from torch.nn import functional

from chatbot.training.lessons import Lessons
from chatbot.training.texts import ShopText
from chatbot.training.windows import Batch, Reading, Window

Collate = Callable[[list[Window]], Batch]


@dataclass(frozen=True, slots=True)
class Held:
    """What a model makes of held-out tokens: the mean loss in nats, and the share that it puts first."""

    loss: float
    accuracy: float
    tokens: int

    def figures(self) -> dict[str, float]:
        return {"loss": self.loss, "perplexity": math.exp(min(self.loss, 50.0)), "accuracy": self.accuracy, "tokens": self.tokens}


class Objective(Protocol):
    """A model with a way to read texts, to learn from them, to be measured and to be written."""

    model: Any
    tokenizer: Any

    def rows(self, texts: Sequence[ShopText], reading: Reading) -> list[Window]: ...
    def held_out(self, rows: Sequence[Window]) -> list[Batch]: ...
    def measure(self, held_out: Sequence[Batch]) -> Held: ...
    def step(self, rows: Sequence[Window]) -> None: ...
    def learn(self, rows: Sequence[Window], lessons: Lessons) -> None: ...
    def write(self, out: Path) -> Path: ...


Told = Callable[[Batch], tuple[torch.Tensor, torch.Tensor]]  # a batch to (logits, tokens) of the places where a label counts


@torch.no_grad()
def measured(model: Any, held_out: Iterable[Batch], told: Told) -> Held:
    """Loss and accuracy over every label that counts, each token with the same weight."""
    was, loss, right, tokens = model.training, 0.0, 0, 0
    model.eval()
    for batch in held_out:
        logits, wanted = told(batch)
        loss += float(functional.cross_entropy(logits.float(), wanted, reduction="sum"))
        right += int((logits.argmax(-1) == wanted).sum())
        tokens += len(wanted)
    model.train(was)
    return Held(loss / max(1, tokens), right / max(1, tokens), tokens)
