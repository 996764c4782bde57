"""Weighs the signals of candidates: a small network of one hidden layer, or a plain weighted sum, learned from what was bought next.

Learns by the listwise softmax loss (ListNet's top-one form, Cao et al., 2007) over the candidates of each held-out order, with Adam, in
NumPy alone: a thousand numbers need no more. Knows no product. Invariant: the same rows and seed give the same ranker.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chatbot.recommend.signals import GROUPS, NAMES, Features
from knowledge_base.errors import IndexUnusable

Matrix = NDArray[np.float32]
_ADAM = (0.9, 0.999, 1e-8)
_DECAY = 1e-3
_BATCH, _STEPS = 64, 400  # examples of a step, and steps at least, however few examples there are
_SAME = 1e-3  # spread below which a signal does not tell candidates apart
_FAR = 6.0  # standard deviations


@dataclass(frozen=True, slots=True)
class Example:
    """One held-out order: its candidates' signals, and which of them were bought."""

    features: Features
    bought: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Ranker:
    """`hidden` is signals x units, `rest` the straight way from the signals to the score. `mean` and `spread` put signals on one scale."""

    mean: Matrix
    spread: Matrix
    hidden: Matrix
    bias: Matrix
    out: Matrix
    rest: Matrix

    def score(self, features: Features) -> Matrix:
        """One score a candidate; differences are log odds of being bought."""
        scaled = _scaled(features, self.mean, self.spread)
        found: Matrix = np.maximum(scaled @ self.hidden + self.bias, 0.0) @ self.out + scaled @ self.rest
        return found

    def carried(self, features: Features, chosen: Sequence[int]) -> list[dict[str, float]]:
        """How much of each chosen candidate's score each group of signals carries: the drop when the group is as it is for the average
        candidate (occlusion), where there is one."""
        rows = features[list(chosen)]
        whole, usual = self.score(rows), features.mean(axis=0)
        found: list[dict[str, float]] = [{} for _ in chosen]
        for group, names in GROUPS.items():
            columns = [NAMES.index(name) for name in names]
            without = rows.copy()
            without[:, columns] = usual[columns]
            for told, drop in zip(found, (whole - self.score(without)).tolist(), strict=True):
                if drop > 0:
                    told[group] = drop
        return found

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {"signals": list(NAMES)} | {name: np.round(getattr(self, name), 6).tolist() for name in self.__slots__}

    @classmethod
    def read(cls, path: Path) -> Ranker:
        """Raises IndexUnusable for a file that is damaged or of other signals."""
        try:
            return cls.of_plain(json.loads(path.read_text(encoding="utf-8")), str(path))
        except (OSError, ValueError) as error:
            raise IndexUnusable(f"{path}: cannot be read ({error}); run `chatbot recommend fit`") from error

    @classmethod
    def of_plain(cls, said: Mapping[str, Any], name: str) -> Ranker:
        """Undo `plain`. `name` is what a complaint calls it."""
        try:
            if said["signals"] != list(NAMES):
                raise ValueError("it weighs other signals than this program has")
            return cls(**{field: np.asarray(said[field], dtype=np.float32) for field in cls.__slots__})
        except (ValueError, KeyError, TypeError) as error:
            raise IndexUnusable(f"{name}: cannot be read ({error}); run `chatbot recommend fit`") from error


def train(
    examples: Sequence[Example],
    *,
    units: int = 32,
    epochs: int = 20,
    rate: float = 0.01,
    told: Callable[[int, int], None] = lambda *_: None,
) -> Ranker:
    """Learn from at least one example that has something bought among its candidates. `units` 0 is a plain weighted sum."""
    kept = [example for example in examples if len(example.bought)]
    mean, spread = _scale(kept)
    told_apart = spread > _SAME  # a signal that is the same everywhere teaches nothing, and weighs nothing
    spread = np.where(told_apart, spread, 1.0).astype(np.float32)
    chance = np.random.default_rng(1)
    signals = len(NAMES)
    values = [
        (chance.normal(0, signals**-0.5, (signals, units)) * told_apart[:, None]).astype(np.float32),
        np.zeros(units, dtype=np.float32),
        chance.normal(0, max(units, 1) ** -0.5, units).astype(np.float32),
        np.zeros(signals, dtype=np.float32),
    ]
    adam = _Adam(values)
    epochs = max(epochs, -(-_STEPS * _BATCH // len(kept)))
    for epoch in range(epochs):
        order = chance.permutation(len(kept))
        for begin in range(0, len(kept), _BATCH):
            batch = [kept[number] for number in order[begin : begin + _BATCH]]
            adam.step(_gradients(values, batch, mean, spread), rate * (1 - epoch / epochs) + 1e-5)
        told(epoch + 1, epochs)
    return Ranker(mean.astype(np.float32), spread.astype(np.float32), *values)


def _scale(examples: Sequence[Example]) -> tuple[Matrix, Matrix]:
    """Mean and standard deviation of each signal over all candidates, to the bit as NumPy has them of one long array, which is not made."""
    count = np.float64(sum(len(example.features) for example in examples))
    mean = (_summed(example.features for example in examples) / count).astype(np.float32)
    squares = _summed((example.features - mean) ** 2 for example in examples)
    return mean, np.sqrt((squares / count).astype(np.float32))


def _summed(pieces: Iterable[Matrix]) -> Matrix:
    """Of each column, row after row."""
    found: Matrix = reduce(lambda sums, rows: np.add.reduce(np.concatenate([sums, rows]), axis=0, keepdims=True), pieces)
    sums: Matrix = np.add.reduce(found, axis=0)
    return sums


def _gradients(values: list[Matrix], batch: Sequence[Example], mean: Matrix, spread: Matrix) -> list[Matrix]:
    """Of the mean cross entropy between what was bought (evenly) and the softmax of the scores over each example's candidates."""
    hidden, bias, out, rest = values
    scaled = _scaled(np.concatenate([example.features for example in batch]), mean, spread)
    inner = scaled @ hidden + bias
    active = np.maximum(inner, 0.0)
    scores = active @ out + scaled @ rest
    sizes = np.array([len(example.features) for example in batch])
    begins = np.cumsum(sizes) - sizes
    owner = np.repeat(np.arange(len(batch)), sizes)
    odds = np.exp(scores - np.maximum.reduceat(scores, begins)[owner])
    pull = odds / np.add.reduceat(odds, begins)[owner]
    for begin, example in zip(begins, batch, strict=True):
        pull[begin + example.bought] -= 1.0 / len(example.bought)
    pull = (pull / len(batch)).astype(np.float32)
    back = (pull[:, None] * out) * (inner > 0)
    return [scaled.T @ back, back.sum(axis=0), active.T @ pull, scaled.T @ pull]


def _scaled(features: Features, mean: Matrix, spread: Matrix) -> Matrix:
    """On one scale, and what is far out of the usual brought back to where the ranker has seen something."""
    found: Matrix = np.clip((features - mean) / spread, -_FAR, _FAR).astype(np.float32)
    return found


class _Adam:
    """Adam with decoupled weight decay (Loshchilov and Hutter, 2019) on a list of arrays, in place."""

    def __init__(self, values: list[Matrix]) -> None:
        self._values = values
        self._first = [np.zeros_like(value) for value in values]
        self._second = [np.zeros_like(value) for value in values]
        self._steps = 0

    def step(self, gradients: Sequence[Matrix], rate: float) -> None:
        self._steps += 1
        slow, slower, tiny = _ADAM
        for value, gradient, first, second in zip(self._values, gradients, self._first, self._second, strict=True):
            first += (1 - slow) * (gradient - first)
            second += (1 - slower) * (gradient**2 - second)
            grown = np.sqrt(second / (1 - slower**self._steps)) + tiny
            value *= 1 - rate * _DECAY
            value -= rate * (first / (1 - slow**self._steps)) / grown
