"""Masked tokens: how the encoder learns a shop's language from plain texts.

The encoder's package has no head for masked tokens. It is BERT's: a dense layer, a norm, and a decoder whose weights are the word
embeddings themselves (tied); the dense layer begins as the identity. A head that was never trained says nothing of the body, so it is
fitted first while the body stands still, and "before" is the old body under that fitted head. While the body then learns, the mean of its
hidden states is held near the sentence vector that the old encoder gave the unmasked window (`keep`), since those vectors are what
retrieval lives on. Knows no run folder. Invariant: what is held out is masked the same way every time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForMaskedLM,
    AutoTokenizer,
    DataCollatorForLanguageModeling,
    Trainer,
    TrainingArguments,
)

from chatbot.errors import WeightsError
from chatbot.training.encoder_folder import write_encoder
from chatbot.training.lessons import Lessons, arguments_of
from chatbot.training.pretrain import Collate, Held, measured
from chatbot.training.texts import ShopText
from chatbot.training.windows import IGNORED, Batch, CausalCollator, Reading, Window, batches, windows
from knowledge_base.encoders import Vectors, unit

_MEASURED = 4  # times that every held-out text is masked, each time elsewhere
_AT_ONCE = 16
_SEED = 11


@dataclass(frozen=True, slots=True)
class Masking:
    """`share` of the tokens is masked, as whole words or piece by piece. `keep` weighs how near the sentence vectors stay to the old."""

    share: float = 0.15
    whole_words: bool = True
    keep: float = 1.0


class Masked:
    """The encoder of a sentence-transformers folder that holds a BERT."""

    def __init__(self, source: Path, masking: Masking = Masking(), device: str = "cpu") -> None:
        self._source, self._masking = source, masking
        self.tokenizer = AutoTokenizer.from_pretrained(source, local_files_only=True)
        if self.tokenizer.mask_token is None:
            raise WeightsError(f"{source}: expected a tokenizer with a token for what is masked, got none")
        self.model = masked_model(source).to(device)

    def rows(self, texts: Sequence[ShopText], reading: Reading) -> list[Window]:
        """Windows, each with the old encoder's vector of it."""
        rows = windows(self.tokenizer, texts, reading)
        vectors = self.vectors(rows) if self._masking.keep else [None] * len(rows)
        return [row | {"vector": vector} for row, vector in zip(rows, vectors, strict=True)]

    @torch.no_grad()
    def vectors(self, rows: Sequence[Window]) -> Vectors:
        """The sentence vector of each window as the body gives it now: unit rows."""
        self.model.eval()
        found = torch.zeros(len(rows), int(self.model.config.hidden_size))
        collate = CausalCollator(int(self.tokenizer.pad_token_id))
        for numbers in batches([row | {"number": number} for number, row in enumerate(rows)], _AT_ONCE):
            batch = self._here(collate(numbers))
            states = self.model.base_model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).last_hidden_state
            found[[row["number"] for row in numbers]] = mean_of(states, batch["attention_mask"]).cpu()
        return unit(found.numpy())

    def held_out(self, rows: Sequence[Window]) -> list[Batch]:
        """Batches whose masks never change."""
        collate = self.collator(_SEED)
        return [collate(part) for _ in range(_MEASURED) for part in batches(rows, _AT_ONCE)]

    def measure(self, held_out: Sequence[Batch]) -> Held:
        return measured(self.model, map(self._here, held_out), lambda batch: guessed(self.model, batch)[:2])

    def step(self, rows: Sequence[Window]) -> None:
        """What a step of learning costs, without learning anything."""
        batch = self._here(self.collator()(list(rows)))
        batch.pop("vector", None)
        self.model.train()
        logits, wanted, _ = guessed(self.model, batch)
        loss: Any = loss_of(logits, wanted)
        loss.backward()
        self.model.zero_grad(set_to_none=True)

    def collator(self, seed: int | None = None) -> Collate:
        whole = self._masking.whole_words
        replaced: dict[str, float] = {"mask_replace_prob": 1.0, "random_replace_prob": 0.0} if whole else {}
        mask = DataCollatorForLanguageModeling(
            self.tokenizer, mlm_probability=self._masking.share, whole_word_mask=whole, seed=seed, **replaced
        )
        return MaskingCollator(mask)

    def fit_head(self, rows: Sequence[Window], lessons: Lessons) -> None:
        """Train the head alone. The word embeddings that it shares are the body's and stand still too."""
        self.model.base_model.requires_grad_(False)
        try:
            self._train(rows, lessons, keep=0.0)
        finally:
            self.model.base_model.requires_grad_(True)

    def learn(self, rows: Sequence[Window], lessons: Lessons) -> None:
        self._train(rows, lessons, keep=self._masking.keep)

    def _train(self, rows: Sequence[Window], lessons: Lessons, keep: float) -> None:
        arguments = TrainingArguments(**arguments_of(lessons, lessons.batch))
        trainer = KeepingTrainer(model=self.model, args=arguments, train_dataset=list(rows), data_collator=self.collator())
        trainer.keep = keep
        lessons.run(trainer, self.model.get_input_embeddings())

    def write(self, out: Path) -> Path:
        """The body as an encoder's folder; the head is not part of it."""
        return write_encoder(self._source, self.model.base_model.state_dict(), out)

    def _here(self, batch: Batch) -> Batch:
        return {name: tensor.to(self.model.device) for name, tensor in batch.items()}


class MaskingCollator:
    """transformers' masking, and the vectors of the windows beside it."""

    def __init__(self, mask: Any) -> None:
        self._mask = mask

    def __call__(self, rows: list[Window]) -> Batch:
        longest = max(len(row["input_ids"]) for row in rows)
        batch: Batch = dict(self._mask([self._padded(row, longest) for row in rows]))
        if rows[0].get("vector") is not None:
            batch["vector"] = torch.stack([torch.as_tensor(row["vector"]) for row in rows])
        return batch

    def _padded(self, row: Window, longest: int) -> Window:
        """Equally long, since a tokenizer does not pad offsets."""
        short = longest - len(row["input_ids"])
        return {
            "input_ids": row["input_ids"] + [self._mask.tokenizer.pad_token_id] * short,
            "attention_mask": [1] * len(row["input_ids"]) + [0] * short,
            "special_tokens_mask": row["special_tokens_mask"] + [1] * short,
            "offset_mapping": row["offset_mapping"] + [(0, 0)] * short,
        }


class KeepingTrainer(Trainer):  # type: ignore[misc]  # transformers is untyped
    """Adds to the loss how far the mean of the hidden states turned from the window's old vector, times `keep`."""

    keep = 0.0

    def compute_loss(self, model: Any, inputs: Batch, return_outputs: bool = False, **_: Any) -> Any:
        logits, wanted, states = guessed(self.accelerator.unwrap_model(model), inputs)
        loss = loss_of(logits, wanted)
        if self.keep and "vector" in inputs:
            turned = 1 - functional.cosine_similarity(mean_of(states, inputs["attention_mask"]), inputs["vector"], dim=-1)
            loss = loss + self.keep * turned.mean()
        return (loss, {"logits": logits}) if return_outputs else loss


def guessed(model: Any, batch: Batch) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Logits of the masked places alone, since the vocabulary costs more than the body, the tokens that stood there, and all states."""
    states = model.base_model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).last_hidden_state
    masked = batch["labels"] != IGNORED
    return model.cls(states[masked]), batch["labels"][masked], states


def loss_of(logits: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """The mean; 0 for a batch of so few tokens that chance masked none."""
    return functional.cross_entropy(logits, wanted, reduction="sum") / max(1, len(wanted))


def masked_model(source: Path) -> Any:
    """The body with a head for masked tokens as the module's text says. Raises WeightsError where it is no BERT."""
    config = AutoConfig.from_pretrained(source, local_files_only=True)
    if getattr(config, "model_type", "") != "bert":
        raise WeightsError(f"{source}: expected a BERT, got {config.model_type}; other encoders can be tuned on pairs only")
    body = AutoModel.from_pretrained(source, local_files_only=True, dtype=torch.float32)
    model = AutoModelForMaskedLM.from_config(config, dtype=torch.float32)
    missing = model.base_model.load_state_dict(body.state_dict(), strict=False).missing_keys
    if missing:
        raise WeightsError(f"{source}: expected the weights of a BERT, got none for {missing[0]}")
    _begin_head(model.cls.predictions)
    model.tie_weights()
    return model


@torch.no_grad()
def _begin_head(head: Any) -> None:
    """The dense layer as the identity, nothing shifted or scaled."""
    head.transform.dense.weight.copy_(torch.eye(head.transform.dense.weight.shape[0]))
    head.transform.dense.bias.zero_()
    head.transform.LayerNorm.weight.fill_(1.0)
    head.transform.LayerNorm.bias.zero_()
    head.bias.zero_()


def mean_of(states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """(texts, tokens, width) to (texts, width): the mean over a text's own tokens, special ones among them, as the encoder takes it."""
    weights = mask[..., None].to(states.dtype)
    return (states * weights).sum(1) / weights.sum(1).clamp(min=1.0)
