"""Learns from a log of orders: the sums, the vectors, and what weighs the signals (see `weighing`). Adds newer orders to what was learned.

Writes nothing. Invariant: what is learned piece by piece is what is learned at once, but for the weights, which are those of the last fit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from chatbot.recommend.catalogue import Catalogue
from chatbot.recommend.counts import Counts, learned_vectors
from chatbot.recommend.kept import Fitted
from chatbot.recommend.purchases import Floats, Purchases
from chatbot.recommend.signals import Learned, Signals
from chatbot.recommend.weighing import weighed

Told = Callable[[str, int, int], None]


def fit(log: Purchases, catalogue: Catalogue, told: Told = lambda *_: None) -> Fitted:
    """Learn everything from the log."""
    ranker, report = weighed(log, catalogue, signals_of, told)
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
