"""Wrong passages that look right: what an encoder finds near a question and what does not answer it.

The nearest passages of the whole catalogue are taken by exact search, in blocks. Left out are those about the same thing as the right
one, those that say every word of the question (of a hundred laptops each answers "laptop"), and those that score nearly as high as the
right one, which are mostly right too. Knows vectors, not models. Invariant: every question gets as many as are asked for; what
mining does not fill, chance does.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chatbot.training.pairs import Pair
from knowledge_base.encoders import Encoder, Vectors
from knowledge_base.keywords import terms

_BLOCK = 512
_LOOKED_AT = 40
_TRIED = 20


@dataclass(frozen=True, slots=True)
class Mining:
    """`count` wrong passages for each question, each scoring below `below` times what the right one scores."""

    count: int = 1
    below: float = 0.95
    seed: int = 1


def hard_negatives(pairs: Sequence[Pair], encoder: Encoder, mining: Mining) -> list[tuple[str, ...]]:
    """For each pair, passages of other pairs that do not answer it; () for all where there is only one passage."""
    shelf = _Shelf(pairs, encoder)
    if len(shelf.passages) < 2:
        return [() for _ in pairs]
    questions = encoder.encode([pair.question for pair in pairs], role="query")
    chance = random.Random(mining.seed)
    near = nearest(questions, shelf.vectors, _LOOKED_AT)
    return [
        shelf.wrong(pair, shelf.below(pair, question, found, mining.below), mining.count, chance)
        for pair, question, found in zip(pairs, questions, near, strict=True)
    ]


def nearest(questions: Vectors, passages: Vectors, count: int) -> list[list[tuple[int, float]]]:
    """For each question the rows of the nearest passages with their cosines, best first. Both are unit rows."""
    found: list[list[tuple[int, float]]] = []
    most = min(count, len(passages))
    for start in range(0, len(questions), _BLOCK):
        scores: NDArray[np.float32] = questions[start : start + _BLOCK] @ passages.T
        rows = np.argpartition(-scores, most - 1, axis=1)[:, :most] if most < len(passages) else np.tile(np.arange(most), (len(scores), 1))
        for number, row in enumerate(rows):
            ordered = row[np.argsort(-scores[number, row], kind="stable")]
            found.append([(int(place), float(scores[number, place])) for place in ordered])
    return found


class _Shelf:
    """The passages with what they are about, their vectors and their words."""

    def __init__(self, pairs: Sequence[Pair], encoder: Encoder) -> None:
        self._groups: dict[str, set[str]] = {}
        for pair in pairs:
            self._groups.setdefault(pair.passage, set()).add(pair.group)
        self.passages = list(self._groups)
        self.vectors = encoder.encode(self.passages, role="passage")
        self._words = [frozenset(terms(passage)) for passage in self.passages]
        self._row = {passage: number for number, passage in enumerate(self.passages)}

    def below(self, pair: Pair, question: Vectors, near: Sequence[tuple[int, float]], share: float) -> list[int]:
        """The rows that score less than this share of what the right passage scores, best first."""
        limit = share * float(question @ self.vectors[self._row[pair.passage]])
        return [row for row, score in near if score < limit]

    def wrong(self, pair: Pair, near: Sequence[int], count: int, chance: random.Random) -> tuple[str, ...]:
        asked = frozenset(terms(pair.question))
        taken = [row for row in near if self._is_wrong(row, pair, asked)][:count]
        for _ in range(_TRIED * count):
            if len(taken) < count and self._is_wrong(row := chance.randrange(len(self.passages)), pair, asked) and row not in taken:
                taken.append(row)
        while len(taken) < count:  # nothing but its like: any other text will do
            taken.append((self._row[pair.passage] + 1 + len(taken)) % len(self.passages))
        return tuple(self.passages[row] for row in taken)

    def _is_wrong(self, row: int, pair: Pair, asked: frozenset[str]) -> bool:
        return pair.group not in self._groups[self.passages[row]] and not (asked and asked <= self._words[row])
