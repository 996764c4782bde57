"""Learns from a log of orders: the sums, the vectors, and the ranker where enough was bought to learn and to check it.

The last fifth of the orders is held out: the ranker learns from two thirds of its shoppers and is measured on the others, beside the
shipped one and what is popular; the better one weighs from then on. Then everything but the ranker is learned again from all orders.
Writes nothing.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from chatbot.recommend.catalogue import Catalogue
from chatbot.recommend.counts import Counts, learned_vectors
from chatbot.recommend.kept import Fitted, shipped
from chatbot.recommend.purchases import Floats, Purchases
from chatbot.recommend.ranker import Example, Ranker, train
from chatbot.recommend.signals import NAMES, Features, Learned, Past, Signals

Told = Callable[[str, int, int], None]
HELD_OUT = 0.2  # of the orders, the last ones
ENOUGH = 300  # held-out orders to learn a ranker from
_MOST = 6_000  # held-out orders that are looked at
_LOOKED = 10  # products that a figure is told for
_TEST = 3  # one shopper in so many measures


@dataclass(frozen=True, slots=True)
class Figures:
    """HR@10: the share of orders with a bought product among the ten; NDCG@10 (Jarvelin and Kekalainen, 2002) with each bought one as 1."""

    hit_rate: float
    ndcg: float
    orders: int

    def plain(self) -> dict[str, float]:
        return {"hr_10": round(self.hit_rate, 4), "ndcg_10": round(self.ndcg, 4), "orders": self.orders}


@dataclass(frozen=True, slots=True)
class Held:
    """One held-out order: what was known, what was bought (catalogue numbers), and who bought it."""

    past: Past
    bought: frozenset[int]
    shopper: str


def fit(log: Purchases, catalogue: Catalogue, told: Told = lambda *_: None) -> Fitted:
    """Learn everything from the log."""
    ranker, report = _weighed(log, catalogue, told)
    told("counting", 0, 1)
    counts = Counts.of(log)
    told("counting", 1, 1)
    vectors = learned_vectors(counts.together)
    report |= _sizes(log) | {"fitted_orders": len(log)}
    return Fitted(log, counts, vectors, ranker, report)


def refresh(fitted: Fitted, later: Purchases) -> Fitted:
    """What was learned, with newer orders: the sums are what a fit of all would give; the ranker stays as it was weighed."""
    log = fitted.log.plus(later)
    if len(log) == len(fitted.log):
        return fitted
    counts = fitted.counts.plus(Counts.of(log, first=len(fitted.log)))
    return replace(fitted, log=log, counts=counts, vectors=learned_vectors(counts.together), report={**fitted.report, **_sizes(log)})


def counted(fitted: Fitted | None, later: Purchases) -> Fitted:
    """What was learned, with orders that arrived since: they count at once; vectors and weights are those of the last fit."""
    if fitted is None:
        counts = Counts.of(later)
        return Fitted(later, counts, np.zeros((len(later.products), 1)), None, _sizes(later))
    log = fitted.log.plus(later)
    if len(log) == len(fitted.log):
        return fitted
    first = len(fitted.log)
    if late(log, first):  # what came after what is counted again
        log, first = log.in_time(), 0
    counts = Counts.of(log, first)
    known = {product: number for number, product in enumerate(fitted.log.products)}
    rows = np.array([known.get(product, -1) for product in log.products])
    vectors = np.where(rows[:, None] >= 0, fitted.vectors[rows], 0.0)
    counts = counts if first == 0 else fitted.counts.plus(counts)
    return replace(fitted, log=log, counts=counts, vectors=vectors, report={**fitted.report, **_sizes(log)})


def late(log: Purchases, first: int) -> bool:
    """Whether an order from `first` on is older than the newest before it: then what came after what has to be counted again."""
    return 0 < first < len(log) and float(log.moments[first:].min()) < float(log.moments[:first].max())


def _sizes(log: Purchases) -> dict[str, int]:
    return {"orders": len(log), "shoppers": len(log.shoppers), "products": len(log.products)}


def signals_of(log: Purchases, catalogue: Catalogue, counts: Counts | None = None, vectors: Floats | None = None) -> Signals:
    """The signals over a catalogue after a log."""
    if not len(log):
        return Signals(catalogue, Learned.nothing(len(catalogue)))
    counts = counts or Counts.of(log)
    numbers = [catalogue.number.get(product, -1) for product in log.products]
    rows = learned_vectors(counts.together) if vectors is None else vectors
    return Signals(catalogue, Learned.of(counts, rows, numbers, len(catalogue)))


def held_out(log: Purchases, catalogue: Catalogue, first: int, last: int | None = None) -> list[Held]:
    """The orders from `first` on as questions: what is bought next by one who bought before, or what completes a cart."""
    numbers = [catalogue.number.get(product, -1) for product in log.products]
    orders = range(first, len(log) if last is None else last)
    step = max(1, len(orders) // _MOST)
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


_OF_ORDERS = (
    "after_last", "after_all", "with_last", "with_all", "with_cosine", "company_last", "company_all", "bought", "recent", "again_rate"
)  # fmt: skip


def measure(score: Callable[[Features], Any], pairs: Sequence[tuple[Example, Held]]) -> Figures:
    """How well a score puts first what was bought; what is no candidate counts as not found."""
    hits, gains = 0, 0.0
    for example, held in pairs:
        order = np.argsort(-np.asarray(score(example.features)), kind="stable")[:_LOOKED]
        found = np.flatnonzero(np.isin(order, example.bought))
        hits += len(found) > 0
        ideal = (1.0 / np.log2(np.arange(min(_LOOKED, len(held.bought))) + 2)).sum()
        gains += float((1.0 / np.log2(found + 2)).sum() / ideal)
    count = max(1, len(pairs))
    return Figures(hits / count, gains / count, len(pairs))


def popularity(features: Features) -> Any:
    """What sells most of late."""
    return features[:, NAMES.index("recent")]


def _weighed(log: Purchases, catalogue: Catalogue, told: Told) -> tuple[Ranker | None, dict[str, Any]]:
    """The ranker of this shop where it is better than the shipped one, and what was measured."""
    first = round(len(log) * (1 - HELD_OUT))
    questions = held_out(log, catalogue, first)
    if len(questions) < ENOUGH:
        return None, {
            "ranker": "shipped",
            "why": f"{len(questions)} held-out orders, fewer than the {ENOUGH} that a ranker is learned from",
        }
    signals = signals_of(log.until(first), catalogue)
    pairs = []
    for number, held in enumerate(questions, start=1):
        pairs.append((example_of(signals, held), held))
        if number % 50 == 0 or number == len(questions):
            told("looking at held-out orders", number, len(questions))
    testing = [pair for pair in pairs if _measures(pair[1].shopper)]
    learning = [example for example, held in pairs if not _measures(held.shopper) and len(example.bought)]
    if not learning or not testing:
        return None, {"ranker": "shipped", "why": "no held-out order has a product that comes into question"}
    own = train(learning, told=lambda done, total: told("weighing", done, total))
    general = shipped("warm")
    figures = {"own": measure(own.score, testing), "shipped": measure(general.score, testing), "popular": measure(popularity, testing)}
    report: dict[str, Any] = {"held_out": {name: found.plain() for name, found in figures.items()}, "learned_from": len(learning)}
    better = figures["own"].ndcg >= figures["shipped"].ndcg
    if not better:
        return None, {"ranker": "shipped", "why": "the shipped one does better here"} | report
    every = [example for example, _ in pairs if len(example.bought)]
    return train(every, told=lambda done, total: told("weighing", done, total)), {"ranker": "own"} | report


def _measures(shopper: str) -> bool:
    """Whether a shopper's orders measure instead of teach."""
    return zlib.crc32(shopper.encode()) % _TEST == 0
