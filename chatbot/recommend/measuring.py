"""Held-out orders as questions, and how well a score puts first what was bought.

Knows the log and the signals; what is learned from the questions is decided in `weighing`.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from chatbot.recommend.catalogue import Catalogue
from chatbot.recommend.purchases import Floats, Purchases
from chatbot.recommend.ranker import Example
from chatbot.recommend.signals import NAMES, Features, Past, Signals

MOST = 6_000  # held-out orders that are looked at
_LOOKED = 10  # products that a figure is told for
_OF_ORDERS = (
    "after_last", "after_all", "with_last", "with_all", "with_cosine", "company_last", "company_all", "bought", "recent", "again_rate"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figures:
    """Of each order whether a bought product is among the ten (the mean is HR@10), and its NDCG@10 (Jarvelin and Kekalainen, 2002) with
    each bought one as 1."""

    hits: Floats
    gains: Floats

    @property
    def ndcg(self) -> float:
        return float(self.gains.mean()) if len(self.gains) else 0.0

    def plain(self) -> dict[str, float]:
        hit_rate = float(self.hits.mean()) if len(self.hits) else 0.0
        return {"hr_10": round(hit_rate, 4), "ndcg_10": round(self.ndcg, 4), "orders": len(self.gains)}


@dataclass(frozen=True, slots=True)
class Held:
    """One held-out order: what was known, what was bought (catalogue numbers), and who bought it."""

    past: Past
    bought: frozenset[int]
    shopper: str


def held_out(log: Purchases, catalogue: Catalogue, first: int, last: int | None = None, most: int = MOST) -> list[Held]:
    """The orders from `first` on as questions: what is bought next by one who bought before, or what completes a cart.

    Of more than `most` orders, evenly spread ones."""
    numbers = [catalogue.number.get(product, -1) for product in log.products]
    orders = range(first, len(log) if last is None else last)
    step = max(1, len(orders) // most)
    found = []
    for order in orders[::step]:
        items = tuple(numbers[item] for item in log.order(order) if numbers[item] >= 0)
        earlier = [tuple(numbers[item] for item in log.order(one) if numbers[item] >= 0) for one in log.earlier(order)]
        past = Past(tuple(one for one in earlier if one))
        if not past.orders and len(items) >= 2:  # nothing was bought before: all but one are the cart
            chosen = zlib.crc32(log.names[order].encode()) % len(items)
            past, items = Past((items[:chosen] + items[chosen + 1 :],)), (items[chosen],)
        if past.orders and items:
            found.append(Held(past, frozenset(items), log.shoppers[log.who[order]]))
    return found


def example_of(signals: Signals, held: Held) -> Example:
    places, features = signals.look(held.past)
    return Example(features, np.flatnonzero(np.isin(places, list(held.bought))))


def cold(example: Example) -> Example:
    """The same as it would be without any order."""
    known = [number for number, name in enumerate(NAMES) if name in _OF_ORDERS]
    features = example.features.copy()
    features[:, known] = 0.0
    return replace(example, features=features)


def measure(score: Callable[[Features], Any], pairs: Sequence[tuple[Example, Held]]) -> Figures:
    """How well a score puts first what was bought; what is no candidate counts as not found."""
    hits, gains = np.zeros(len(pairs)), np.zeros(len(pairs))
    for number, (example, held) in enumerate(pairs):
        order = np.argsort(-np.asarray(score(example.features)), kind="stable")[:_LOOKED]
        found = np.flatnonzero(np.isin(order, example.bought))
        ideal = (1.0 / np.log2(np.arange(min(_LOOKED, len(held.bought))) + 2)).sum()
        hits[number], gains[number] = len(found) > 0, (1.0 / np.log2(found + 2)).sum() / ideal
    return Figures(hits, gains)
