"""The next token: how the writer learns a shop's language from plain texts, through LoRA or, by a switch, in full.

Built on transformers' Trainer and peft. Knows no run folder. Invariant: without the switch no weight of the model itself changes, and what
is written is an adapter that the engine merges when it loads.
"""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, Trainer, TrainingArguments, set_seed

from chatbot.training.lessons import Lessons, arguments_of
from chatbot.training.pretrain import Collate, Held, measured
from chatbot.training.texts import ShopText
from chatbot.training.windows import IGNORED, Batch, CausalCollator, Reading, Window, batches, windows

_MEASURED_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Writing:
    """How the writer learns: by LoRA of a rank, or in full."""

    full: bool = False
    rank: int = 16
    dropout: float = 0.05
    seed: int = 1


class Causal:
    """The writer of a folder, with an adapter laid over it or open in full."""

    def __init__(self, source: Path, writing: Writing = Writing(), device: str = "cpu") -> None:
        self._source, self._full = source, writing.full
        self.tokenizer = AutoTokenizer.from_pretrained(source, local_files_only=True)
        model = AutoModelForCausalLM.from_pretrained(source, local_files_only=True, dtype=torch.float32)
        model.config.use_cache = False
        set_seed(writing.seed)  # what the adapter begins with is left to chance
        self.model = (model if writing.full else _with_adapter(model, writing)).to(device)

    def rows(self, texts: Sequence[ShopText], reading: Reading) -> list[Window]:
        return windows(self.tokenizer, texts, reading)

    def held_out(self, rows: Sequence[Window]) -> list[Batch]:
        collate = self.collator()
        return [collate(part) for part in batches(rows, _MEASURED_AT_ONCE)]

    def collator(self) -> Collate:
        padding = self.tokenizer.pad_token_id if self.tokenizer.pad_token_id is not None else self.tokenizer.eos_token_id
        return CausalCollator(int(padding or 0))

    def measure(self, held_out: Sequence[Batch]) -> Held:
        return measured(self.model, held_out, self._told)

    def _told(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """Each token from those before it."""
        ids, mask, labels = (batch[name].to(self.model.device) for name in ("input_ids", "attention_mask", "labels"))
        logits, wanted = self.model(input_ids=ids, attention_mask=mask).logits[:, :-1], labels[:, 1:]
        return logits[wanted != IGNORED], wanted[wanted != IGNORED]

    def step(self, rows: Sequence[Window]) -> None:
        """What a step of learning costs, without learning anything."""
        batch = self.collator()(list(rows))
        self.model.train()
        self.model(**{name: tensor.to(self.model.device) for name, tensor in batch.items()}).loss.backward()
        self.model.zero_grad(set_to_none=True)

    def learn(self, rows: Sequence[Window], lessons: Lessons) -> None:
        arguments = TrainingArguments(**arguments_of(lessons, lessons.batch))
        trainer = Trainer(model=self.model, args=arguments, train_dataset=list(rows), data_collator=self.collator())
        lessons.run(trainer, self.model.get_input_embeddings())

    def write(self, out: Path) -> Path:
        """The adapter as peft saves it; in full, a model's folder that loads as the old one does."""
        self.model.save_pretrained(out)
        if self._full:
            for file in self._source.glob("tokenizer*"):
                shutil.copy2(file, out / file.name)
        return out


def _with_adapter(model: Any, writing: Writing) -> Any:
    from peft import LoraConfig, get_peft_model

    lora = LoraConfig(
        task_type="CAUSAL_LM", r=writing.rank, lora_alpha=2 * writing.rank, lora_dropout=writing.dropout, target_modules="all-linear"
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*is_gradient_checkpointing", FutureWarning)  # peft still asks by the old name
        return get_peft_model(model, lora)
