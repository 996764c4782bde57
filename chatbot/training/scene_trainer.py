"""TRL's SFTTrainer for batches of packed scenes: its loop, metrics and checkpoints, and a loss of our own.

The loss is our own because TRL's scores every position against the whole vocabulary where there is no GPU, and counts tokens by adding
up the attention mask, which here has four dimensions; of a packed scene only a quarter of the positions is learnt, so scoring those alone
saves a third of a step. The order of the batches is the order of the dataset. Knows no files but what the trainer itself saves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from datasets import Dataset
from peft import PeftModel
from torch import Tensor
from torch.nn import functional
from transformers import PreTrainedTokenizerBase, TrainerCallback
from trl import SFTConfig, SFTTrainer

from chatbot.training.packing import IGNORED, Packed, batch_of

STEPS = "sequences"  # the column of the dataset: the numbers of the sequences of one step


class Collator:
    """The row of a step, as the dataset has it → its tensors."""

    def __init__(self, packed: Sequence[Packed], pad: int) -> None:
        self._packed = packed
        self._pad = pad

    def __call__(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Tensor]:
        return batch_of([self._packed[number] for row in rows for number in row[STEPS]], self._pad)


def steps_dataset(steps: Sequence[Sequence[int]]) -> Dataset:
    """A row for each step."""
    return Dataset.from_dict({STEPS: [list(step) for step in steps]})


class SceneTrainer(SFTTrainer):  # type: ignore[misc]  # TRL has no types
    """`train` and `held_out` are datasets of steps, whose numbers point into the collator's sequences."""

    def __init__(
        self,
        model: Any,
        args: SFTConfig,
        collator: Collator,
        datasets: tuple[Dataset, Dataset],
        tokenizer: PreTrainedTokenizerBase,
        callbacks: Sequence[TrainerCallback] = (),
    ) -> None:
        super().__init__(
            model=model,
            args=args,
            data_collator=collator,
            train_dataset=datasets[0],
            eval_dataset=datasets[1],
            processing_class=tokenizer,
            callbacks=list(callbacks),
        )

    def compute_loss(self, model: Any, inputs: dict[str, Tensor], return_outputs: bool = False, num_items_in_batch: Any = None) -> Tensor:
        """The mean over the tokens that are learnt. Also notes how many of them would have been written so."""
        with torch.autocast(inputs["input_ids"].device.type, torch.bfloat16, enabled=bool(self.args.bf16)):
            loss, right = learnt_loss(self.accelerator.unwrap_model(model), inputs)
        self._metrics["train" if self.model.training else "eval"]["mean_token_accuracy"].append(right.item())
        return loss

    def create_model_card(self, *given: Any, **named: Any) -> None:
        """A run has a card of its own (`runs.py`)."""

    def _send_telemetry(self) -> None:
        """What a shop trains is nobody else's business."""


def learnt_scores(model: Any, inputs: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
    """The scores of all words where something is learnt (n, words), and what is learnt there (n)."""
    whole = model.get_base_model() if isinstance(model, PeftModel) else model
    learnt = inputs["targets"] != IGNORED
    read = {name: tensor for name, tensor in inputs.items() if name != "targets"}
    hidden = whole.base_model(**read, use_cache=False).last_hidden_state
    return whole.get_output_embeddings()(hidden[learnt]), inputs["targets"][learnt]


def learnt_loss(model: Any, inputs: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
    """The mean loss of what is learnt, in nats per token, and the share of it that the model would have written."""
    scores, wanted = learnt_scores(model, inputs)
    return functional.cross_entropy(scores.float(), wanted), (scores.argmax(-1) == wanted).float().mean()
