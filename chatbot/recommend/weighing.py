"""What weighs the signals in a shop: weights learned from its orders, those that come with the program, or a plain rule.

The last fifth of the orders is held out, in the order of their time. From the first two thirds of it the weights are learned; on the last
third, which lies later than all that was learned from, everything is measured. A plain rule is used where it is better there by more than
chance. What is used is then learned again from the whole fifth.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import numpy as np

from chatbot.recommend.catalogue import Catalogue
from chatbot.recommend.kept import shipped
from chatbot.recommend.measuring import Figures, Held, example_of, held_out, measure
from chatbot.recommend.purchases import Floats, Purchases
from chatbot.recommend.ranker import Example, Ranker, train
from chatbot.recommend.signals import NAMES, Signals

Told = Callable[[str, int, int], None]
Pairs = list[tuple[Example, Held]]
HELD_OUT, MEASURED = 0.2, 1 / 15  # of the orders, the last ones: held out, and of those what measures
ENOUGH = 300  # held-out orders to learn weights from
_LEARNED_FROM, _MEASURED_ON = 4_000, 2_000  # orders that are looked at, at most
_RULES: dict[str, dict[str, float]] = {  # signals and their weights, in log odds as those of a ranker
    "popular": {"recent": 1.0},
    "favourites": {"had_times": 4.0, "had_lately": 0.2, "recent": 0.002},  # most often, then latest, then what sells
}
_CHANCE = 0.05  # that a rule that is no better is used
_DRAWS = 2_000


@dataclass(frozen=True, slots=True)
class _Measured:
    """What is measured for the last period, and the questions of both."""

    learning: Pairs
    testing: Pairs
    rankers: Mapping[str, Ranker]
    figures: Mapping[str, Figures]


def weighed(
    log: Purchases, catalogue: Catalogue, signals_of: Callable[[Purchases, Catalogue], Signals], told: Told
) -> tuple[Ranker | None, dict[str, Any]]:
    """The ranker to be used, None for the shipped one, and what was measured."""
    first, middle = round(len(log) * (1 - HELD_OUT)), round(len(log) * (1 - MEASURED))
    taught, asked = held_out(log, catalogue, first, middle, _LEARNED_FROM), held_out(log, catalogue, middle, None, _MEASURED_ON)
    if (count := len(taught) + len(asked)) < ENOUGH:
        return None, {"ranker": "shipped", "why": f"{count} held-out orders, fewer than the {ENOUGH} that a ranker is learned from"}
    looked = _Looking(told, count)
    learning = [pair for pair in looked.pairs(signals_of(log.until(first), catalogue), taught) if len(pair[0].bought)]
    testing = looked.pairs(signals_of(log.until(middle), catalogue), asked)
    if not learning or not testing:
        return None, {"ranker": "shipped", "why": "no held-out order has a product that comes into question"}
    found = _measured(learning, testing, told)
    name, why = chosen(found.figures)
    report = {"ranker": name, "held_out": {one: figures.plain() for one, figures in found.figures.items()}, "learned_from": len(learning)}
    report["measured_from"] = datetime.fromtimestamp(float(log.moments[middle]), UTC).date().isoformat()
    return _final(name, found, told), report | why


class _Looking:
    def __init__(self, told: Told, total: int) -> None:
        self._told = told
        self._total = total
        self._done = 0

    def pairs(self, signals: Signals, questions: Sequence[Held]) -> Pairs:
        """Each question with the signals of its candidates."""
        found = []
        for held in questions:
            found.append((example_of(signals, held), held))
            self._done += 1
            if self._done % 50 == 0 or self._done == self._total:
                self._told("looking at held-out orders", self._done, self._total)
        return found


def rule(name: str) -> Ranker:
    """A plain rule as a ranker: what sells most of late ("popular"), or what the shopper bought most often ("favourites")."""
    count = len(NAMES)
    rest, none = np.zeros(count, dtype=np.float32), np.zeros(0, dtype=np.float32)
    scale = np.full(count, 10.0, dtype=np.float32)  # signals far out are cut off, at a height that none of these reaches
    for signal, weight in _RULES[name].items():
        rest[NAMES.index(signal)] = weight * 10.0
    return Ranker(np.zeros(count, dtype=np.float32), scale, np.zeros((count, 0), dtype=np.float32), none, none, rest)


def _measured(learning: Pairs, testing: Pairs, told: Told) -> _Measured:
    examples = [example for example, _ in learning]
    rankers = {"own": train(examples, told=partial(told, "weighing")), "shipped": shipped("warm"), "sum": train(examples, units=0)}
    rankers |= {name: rule(name) for name in _RULES}
    return _Measured(learning, testing, rankers, {name: measure(ranker.score, testing) for name, ranker in rankers.items()})


def chosen(figures: Mapping[str, Figures]) -> tuple[str, dict[str, Any]]:
    """The name of what is used, and why: the better weights, or a plain rule that is better than those by more than chance."""
    usual = "own" if figures["own"].ndcg >= figures["shipped"].ndcg else "shipped"
    rules = [name for name in figures if name not in ("own", "shipped")]
    best = max(rules, key=lambda name: figures[name].ndcg)
    gain = figures[best].gains - figures[usual].gains
    low, high = _bounds(gain, _CHANCE / len(rules))
    compared = {"rule": best, "over": usual, "gain": round(float(gain.mean()), 4), "low": round(low, 4), "high": round(high, 4)}
    why = {"why": "the shipped one does better here"} if usual == "shipped" else {}
    return best if low > 0 else usual, {"compared": compared} | why


def _bounds(gains: Floats, chance: float) -> tuple[float, float]:
    """Between which the mean of paired differences lies: percentiles over resampled orders (Efron, 1979), the same at every call."""
    dice = np.random.default_rng(1)
    means = [gains[dice.integers(0, len(gains), len(gains))].mean() for _ in range(_DRAWS)]
    return float(np.quantile(means, chance)), float(np.quantile(means, 1 - chance))


def _final(name: str, found: _Measured, told: Told) -> Ranker | None:
    if name == "shipped":
        return None
    if name in _RULES:
        return found.rankers[name]
    every = [example for example, _ in (*found.learning, *found.testing) if len(example.bought)]
    return train(every, units=0) if name == "sum" else train(every, told=partial(told, "weighing"))
