"""Tuning an encoder on question-passage pairs, with hard negatives, by sentence-transformers' own trainer and loss.

A question is pulled to its passage and pushed from the passages of the other pairs of its batch and from those that mining found. What is
written is the encoder's folder with other weights, a `blend` of the way from the old ones to the tuned: the whole way finds most on the
shop's own pairs, part of it keeps what the encoder knew of everything else and the scale of its cosines, on which thresholds rest.
How well pairs are found is measured by the encoder that the knowledge base runs. Knows no shop and no run folder.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chatbot.training.encoder_folder import write_encoder
from chatbot.training.lessons import Lessons, arguments_of
from chatbot.training.mining import Mining, hard_negatives, nearest
from chatbot.training.pairs import Pair, with_slips
from knowledge_base.encoders import Encoder, MiniLMEncoder

_AT_ONCE = 64  # pairs whose gradients fit in memory together; above, they are computed in pieces (GradCache)
_DEPTH = 10


@dataclass(frozen=True, slots=True)
class Tuning:
    """`longest` is in tokens; `slips` is the share of questions that get a typing mistake; `scale` is 1 / temperature."""

    longest: int = 96
    slips: float = 0.15
    scale: float = 20.0
    blend: float = 0.7
    mining: Mining = field(default_factory=Mining)


@dataclass(frozen=True, slots=True)
class Found:
    """How often the right passage is first, and the mean of 1 / its place among the first ten."""

    first: float
    mrr: float
    questions: int


class Contrast:
    """The encoder of a folder, open for tuning."""

    def __init__(self, source: Path, tuning: Tuning = Tuning(), device: str = "cpu") -> None:
        from sentence_transformers import SentenceTransformer

        self._source, self._tuning, self._device = source, tuning, device
        self.model = SentenceTransformer(str(source), device=device, local_files_only=True)
        self.model.max_seq_length = tuning.longest
        self.model.model_card_data.widget = [{"text": "none"}]  # else every start looks for examples: a checkpoint needs no card

    def step(self, pairs: Sequence[Pair]) -> None:
        """What a step of learning costs, without learning anything."""
        columns = ([pair.question for pair in pairs], *[[pair.passage for pair in pairs]] * (1 + self._tuning.mining.count))
        self.model.train()
        features = [self.model.preprocess(texts) for texts in columns]
        here = [{name: given.to(self._device) if hasattr(given, "to") else given for name, given in part.items()} for part in features]
        self._loss(len(pairs))(here, None).backward()
        self.model.zero_grad(set_to_none=True)

    def learn(self, pairs: Sequence[Pair], lessons: Lessons) -> None:
        """A batch may not hold a text twice: what is right for one question would be taken as wrong for another."""
        from sentence_transformers import SentenceTransformerTrainer, SentenceTransformerTrainingArguments
        from sentence_transformers.base.training_args import BatchSamplers

        batch = min(lessons.batch, len({pair.passage for pair in pairs}))
        arguments = SentenceTransformerTrainingArguments(**arguments_of(lessons, batch), batch_sampler=BatchSamplers.NO_DUPLICATES)
        rows = self._rows(pairs, batch, lessons.seed)
        trainer = SentenceTransformerTrainer(model=self.model, args=arguments, train_dataset=rows, loss=self._loss(batch))
        lessons.run(trainer, self.body.get_input_embeddings())

    @property
    def body(self) -> Any:
        """The transformer without pooling."""
        return self.model[0].auto_model

    def write(self, out: Path) -> Path:
        return write_encoder(self._source, self.body.state_dict(), out, blend=self._tuning.blend)

    def _rows(self, pairs: Sequence[Pair], batch: int, seed: int) -> Any:
        """Columns question, passage and wrong passages. Where a batch holds every passage there is, none is mined."""
        from datasets import Dataset

        asked, mining = with_slips(pairs, self._tuning.slips, seed), self._tuning.mining
        columns = {"question": [pair.question for pair in asked], "passage": [pair.passage for pair in asked]}
        if mining.count and len(set(columns["passage"])) > batch:
            wrong = hard_negatives(asked, MiniLMEncoder(self._source, device=self._device), mining)
            columns |= {f"wrong_{number + 1}": [found[number] for found in wrong] for number in range(mining.count)}
        return Dataset.from_dict(columns)

    def _loss(self, batch: int) -> Any:
        from sentence_transformers.sentence_transformer import losses

        if batch > _AT_ONCE:
            return losses.CachedMultipleNegativesRankingLoss(self.model, scale=self._tuning.scale, mini_batch_size=_AT_ONCE // 2)
        return losses.MultipleNegativesRankingLoss(self.model, scale=self._tuning.scale)


def find(encoder: Encoder, asked: Sequence[Pair], passages: Sequence[str]) -> Found:
    """How well the questions find their passages among all `passages`. What is about the same thing counts as right."""
    right = [frozenset(pair.passage for pair in asked if pair.group == wanted.group) for wanted in asked]
    shelf = list(dict.fromkeys([*passages, *(pair.passage for pair in asked)]))
    near = nearest(encoder.encode([p.question for p in asked], role="query"), encoder.encode(shelf, role="passage"), _DEPTH)
    places = [
        next((place for place, (row, _) in enumerate(found, start=1) if shelf[row] in wanted), 0)
        for found, wanted in zip(near, right, strict=True)
    ]
    count = max(1, len(asked))
    return Found(sum(place == 1 for place in places) / count, sum(1 / place for place in places if place) / count, len(asked))


def some(pairs: Sequence[Pair], most: int, seed: int) -> list[Pair]:
    """At most so many pairs, by chance, in their order."""
    if len(pairs) <= most:
        return list(pairs)
    chosen = sorted(random.Random(seed).sample(range(len(pairs)), most))
    return [pairs[number] for number in chosen]
