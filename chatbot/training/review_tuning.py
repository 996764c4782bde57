"""An encoder tuned to tell praise from complaint: all its weights, and with them the direction of its vectors in which praise lies.

The logit is `_SHARP` times the unit vector's place in that direction, and cross-entropy with a little smoothing is brought down over
all weights at once (fine-tuning as in Devlin et al. 2019, with the mean over tokens in place of the first). What comes of it is a folder
that the knowledge base's own encoder reads, and the direction as the judge's head takes it. Called again with the same folder it goes on
from its last checkpoint. Knows no shop; which texts may be learned is the caller's.
"""

from __future__ import annotations

import hashlib
import math
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from chatbot.training.encoder_folder import write_encoder
from chatbot.training.fitting import bfloat16_is_quicker
from chatbot.training.lessons import Lessons, Moment, Watch, arguments_of
from chatbot.training.trimming import trim
from knowledge_base.encoders import weights_fingerprint

Floats = NDArray[np.float32]
_SHARP = 10.0
_SMOOTHED = 0.02  # of each verdict is left to the other one, since labels of reviews are not all right


@dataclass(frozen=True, slots=True)
class Lesson:
    """How it is tuned. `longest` is in tokens, `passes` how often each text is seen, `rate` the highest learning rate."""

    passes: float = 2.0
    batch: int = 32
    rate: float = 1e-4
    longest: int = 192
    seed: int = 1
    device: str = "cpu"


@dataclass(frozen=True, slots=True)
class Tuned:
    """The encoder's folder, and what its unit vectors say of praise: logit = vector · `direction` + `bias`."""

    folder: Path
    direction: Floats
    bias: float


def tune(
    source: Path, texts: Sequence[str], praises: Sequence[bool], folder: Path, lesson: Lesson, tell: Callable[[Moment], None]
) -> Tuned:
    """Tune the encoder of `source` on these texts and write it to `folder`. Checkpoints stay beside it, in its name with ".tuning", until
    `forget`; those of other texts or another lesson are not gone on from."""
    aside = _aside(folder)
    _begin(aside, _told(source, texts, praises, lesson))
    trimmed = trim(source, texts, aside / "trimmed")
    judge = _Judge(trimmed, lesson.seed)
    rows = _rows(trimmed, texts, praises, lesson.longest)
    steps = max(1, math.ceil(lesson.passes * len(rows) / lesson.batch))
    watch = Watch("reviews", lambda _: None, tell)
    _train(judge, rows, Lessons(aside / "checkpoints", steps, lesson.batch, lesson.rate, lesson.seed, lesson.device, watch=watch))
    write_encoder(trimmed, judge.body.state_dict(), folder)
    direction = _SHARP * judge.direction.weight[0].detach().cpu().numpy()
    return Tuned(folder, np.asarray(direction, dtype=np.float32), float(judge.direction.bias[0].detach()))


def forget(folder: Path) -> None:
    """Remove the checkpoints of the encoder in `folder`: what it was tuned for is written."""
    shutil.rmtree(_aside(folder), ignore_errors=True)


def _aside(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.tuning")


def _told(source: Path, texts: Sequence[str], praises: Sequence[bool], lesson: Lesson) -> str:
    """What a tuning is of, in one hash."""
    digest = hashlib.sha256(f"{lesson} {weights_fingerprint(source)}".encode())
    for text, praise in zip(texts, praises, strict=True):
        digest.update(f"{int(praise)}{text}\0".encode("utf-8", "replace"))
    return digest.hexdigest()


def _begin(aside: Path, told: str) -> None:
    """Keep checkpoints of the same tuning, and clear away those of another."""
    note = aside / "tuning.txt"
    if not note.is_file() or note.read_text("utf-8") != told:
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        note.write_text(told, encoding="utf-8")


class _Judge(nn.Module):
    def __init__(self, folder: Path, seed: int) -> None:
        super().__init__()
        from transformers import AutoModel

        # The quicker kind of attention is several times slower backwards in bfloat16 on a CPU.
        self.body: Any = AutoModel.from_pretrained(
            folder, attn_implementation="eager", dtype=torch.float32, add_pooling_layer=False, local_files_only=True
        )
        self.direction = nn.Linear(self.body.config.hidden_size, 1)
        nn.init.normal_(self.direction.weight, std=0.02, generator=torch.Generator().manual_seed(seed))
        nn.init.zeros_(self.direction.bias)

    def forward(self, input_ids: Tensor, attention_mask: Tensor, labels: Tensor) -> dict[str, Tensor]:
        states = self.body(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state.float()
        mask = attention_mask[..., None].float()
        mean = (states * mask).sum(1) / mask.sum(1)
        logits = self.direction(_SHARP * functional.normalize(mean, dim=1)).squeeze(1).float()
        wanted = labels.float() * (1.0 - 2.0 * _SMOOTHED) + _SMOOTHED
        return {"loss": functional.binary_cross_entropy_with_logits(logits, wanted), "logits": logits}


def _rows(folder: Path, texts: Sequence[str], praises: Sequence[bool], longest: int) -> list[dict[str, Any]]:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(longest)
    found = tokenizer.encode_batch(list(texts))
    return [{"input_ids": one.ids, "labels": float(praise)} for one, praise in zip(found, praises, strict=True)]


def _train(judge: _Judge, rows: list[dict[str, Any]], lessons: Lessons) -> None:
    from transformers import Trainer, TrainingArguments

    padding = judge.body.config.pad_token_id or 0

    def together(batch: list[dict[str, Any]]) -> dict[str, Tensor]:
        ids = nn.utils.rnn.pad_sequence([torch.tensor(row["input_ids"]) for row in batch], batch_first=True, padding_value=padding)
        lengths = torch.tensor([len(row["input_ids"]) for row in batch])
        mask = (torch.arange(ids.shape[1]) < lengths[:, None]).long()
        return {"input_ids": ids, "attention_mask": mask, "labels": torch.tensor([row["labels"] for row in batch])}

    arguments = TrainingArguments(
        **arguments_of(lessons, lessons.batch),
        train_sampling_strategy="group_by_length",
        bf16=bfloat16_is_quicker(),
        adam_beta2=0.98,
        adam_epsilon=1e-6,
    )
    trainer = Trainer(model=judge, args=arguments, train_dataset=rows, data_collator=together)
    lessons.run(trainer, judge.body.get_input_embeddings())
