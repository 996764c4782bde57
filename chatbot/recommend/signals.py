"""What speaks for a product next to what a shopper has: one row of numbers for each product that comes into question.

Works on a catalogue and on what was learned from orders; where nothing was learned those numbers are zero. Decides nothing: a ranker
(ranker.py) weighs the numbers. Invariant: what is in the past of a shopper is a candidate too, so that it is for the ranker and the rules
to say whether it is bought again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

from chatbot.recommend.catalogue import Catalogue
from chatbot.recommend.counts import Counts, strongest
from chatbot.recommend.purchases import Floats, Numbers
from knowledge_base.vectors import Nearest

Features = NDArray[np.float32]
GROUPS: dict[str, tuple[str, ...]] = {
    "together": ("after_last", "after_all", "with_last", "with_all", "with_cosine"),
    "company": ("company_last", "company_all"),
    "words": ("name_last", "name_all", "name_most", "text_last", "text_all"),
    "meaning": ("meaning_last", "meaning_all", "meaning_most"),
    "kind": ("brand_last", "brand_all", "kind_last", "kind_all"),
    "popular": ("bought", "recent"),
    "again": ("had", "had_times", "had_lately", "again_rate", "in_last", "history", "basket"),
}
NAMES = tuple(name for names in GROUPS.values() for name in names)
_FADE = 0.75  # of an order one further back
_ITEMS = 50  # latest things of a shopper that are held against others
_SCALE = 30.0
_LIKE = (2.0, 1.0)  # what a rare product's counts are taken with: nothing is learned from one order
_NEAR, _BOUGHT, _POPULAR = 60, 100, 50  # candidates by each way


@dataclass(frozen=True)
class Learned:
    """What orders taught, by the numbers of a catalogue. `company` are unit rows of products bought in the same company."""

    together: sparse.csr_matrix
    after: sparse.csr_matrix
    bought: Floats
    recent: Floats
    again: Floats  # how often a product is bought by one who had it, 0..1
    company: Nearest

    @classmethod
    def nothing(cls, size: int) -> Learned:
        empty, none = sparse.csr_matrix((size, size)), np.zeros(size)
        return cls(empty, empty, none, none, none, Nearest(np.zeros((size, 1), dtype=np.float32)))

    @classmethod
    def of(cls, counts: Counts, vectors: Floats, numbers: Sequence[int], size: int) -> Learned:
        """`numbers[p]` is the catalogue's number of the product that was counted as p, -1 for one that is gone."""
        place = np.asarray(numbers, dtype=np.int64)
        kept = np.flatnonzero(place >= 0)
        move = sparse.csr_matrix((np.ones(len(kept)), (kept, place[kept])), shape=(len(place), size))
        rows = np.zeros((size, vectors.shape[1]), dtype=np.float32)
        rows[place[kept]] = vectors[kept]
        bought, carts, again = (move.T @ numbers_of for numbers_of in (counts.bought, counts.carts, counts.again))
        common = again.sum() / max(1.0, carts.sum())
        return cls(
            strongest((move.T @ counts.together @ move).tocsr()),
            strongest((move.T @ counts.after @ move).tocsr()),
            np.asarray(bought),
            np.asarray(move.T @ counts.recent),
            np.asarray((again + 20 * common) / (carts + 20)),
            Nearest(rows),
        )

    @property
    def empty(self) -> bool:
        return not self.bought.any()

    @cached_property
    def shares(self) -> tuple[Floats, Floats, Floats]:
        """The numbers of `after` and `together` as shares of what was bought, and of `together` as a cosine; in their order."""
        rare, shy = _LIKE
        lines = np.repeat(np.arange(self.together.shape[0]), np.diff(self.together.indptr))
        first = self.bought[lines] + rare
        cosines = self.together.data / np.sqrt(first * (self.bought[self.together.indices] + rare))
        after = self.after.data / (self.bought[np.repeat(np.arange(self.after.shape[0]), np.diff(self.after.indptr))] + shy)
        return after, self.together.data / first, cosines

    @cached_property
    def popular(self) -> Numbers:
        """What was bought most of late, and over the long time."""
        return np.unique(np.concatenate([_top(self.recent, _POPULAR), _top(self.bought, _POPULAR)]))


@dataclass(frozen=True)
class Past:
    """What one shopper has: orders of product numbers, oldest first; the last one may be the cart, or the product that is looked at."""

    orders: tuple[tuple[int, ...], ...]

    @cached_property
    def weights(self) -> tuple[Numbers, Floats, Floats]:
        """The latest things, their weights (which sum to 1), and their weights within the last order alone."""
        found: dict[int, float] = {}
        for back, order in enumerate(reversed(self.orders)):
            for item in order:
                found[item] = found.get(item, 0.0) + _FADE**back / len(order)
            if len(found) >= _ITEMS:
                break
        items = np.array(list(found)[:_ITEMS], dtype=np.int64)
        weights = np.array(list(found.values())[:_ITEMS])
        last = np.isin(items, self.orders[-1]).astype(np.float64) if self.orders else np.zeros(0)
        return items, weights / max(weights.sum(), 1e-9), last / max(last.sum(), 1e-9)


class Signals:
    """The numbers of one catalogue and what was learned about it."""

    def __init__(self, catalogue: Catalogue, learned: Learned) -> None:
        self.catalogue = catalogue
        self.learned = learned

    def look(self, past: Past, more: Sequence[int] = ()) -> tuple[Numbers, Features]:
        """Candidates (catalogue numbers) and their numbers (candidates x NAMES). `more` are candidates for other reasons."""
        items, weights, last = past.weights
        bought = self._bought(items, weights, last)
        name_last, name_all = self._by_name(items, last), self._by_name(items, weights)
        places = self._candidates(past, bought, (name_last, name_all), more)
        columns = [*(np.log1p(_SCALE * row[places]) for row in bought)]
        columns += self._rows(self.learned.company.rows, places, items, (weights, last), most=False)
        columns += [name_last[places], name_all[places], self._name_most(places, items)]
        columns += self._texts(places, items, weights, last)
        columns += self._rows(self.catalogue.meaning.rows, places, items, (weights, last), most=True)
        for labels in (self.catalogue.brands, self.catalogue.kinds):
            same = (labels[places][:, None] == labels[items][None, :]) & (labels[places] >= 0)[:, None]
            columns += [same @ last, same @ weights]
        columns += [np.log1p(self.learned.bought[places]), np.log1p(self.learned.recent[places])]
        columns += self._again(past, places)
        return places, np.stack(columns, axis=1).astype(np.float32)

    def _bought(self, items: Numbers, weights: Floats, last: Floats) -> list[Floats]:
        """For each product of the catalogue: after_last, after_all, with_last, with_all, with_cosine."""
        after, share, cosine = self.learned.shares
        pairs = ((self.learned.after, after), (self.learned.together, share))
        found = [self._spread(matrix, data, items, weight) for matrix, data in pairs for weight in (last, weights)]
        return [*found, self._spread(self.learned.together, cosine, items, weights)]

    def _spread(self, matrix: sparse.csr_matrix, data: Floats, items: Numbers, weights: Floats) -> Floats:
        """The weighted sum of the items' rows, over all products."""
        used = np.flatnonzero(weights)
        if not len(used):
            return np.zeros(len(self.catalogue))
        begins, ends = matrix.indptr[items[used]].tolist(), matrix.indptr[items[used] + 1].tolist()
        cuts = [slice(begin, end) for begin, end in zip(begins, ends, strict=True)]
        columns = np.concatenate([matrix.indices[cut] for cut in cuts])
        numbers = np.concatenate([weight * data[cut] for weight, cut in zip(weights[used].tolist(), cuts, strict=True)])
        return np.bincount(columns, weights=numbers, minlength=len(self.catalogue)).astype(np.float64)

    def _by_name(self, items: Numbers, weights: Floats) -> Floats:
        """How much each product's name is like those of the items."""
        naming, names = self.catalogue.naming, self.catalogue.names
        used = np.flatnonzero(weights)
        pieces = [slice(names.indptr[item], names.indptr[item + 1]) for item in items[used]]
        if not pieces:
            return np.zeros(len(self.catalogue))
        terms, place = np.unique(np.concatenate([names.indices[piece] for piece in pieces]), return_inverse=True)
        shares = np.concatenate([weight * names.data[piece] for weight, piece in zip(weights[used], pieces, strict=True)])
        return self._spread(naming, naming.data, terms, np.bincount(place, weights=shares).astype(np.float64))

    def _name_most(self, places: Numbers, items: Numbers) -> Floats:
        if not len(items):
            return np.zeros(len(places))
        return np.asarray((self.catalogue.names[places] @ self.catalogue.names[items].T).max(axis=1).todense()).ravel()

    def _texts(self, places: Numbers, items: Numbers, weights: Floats, last: Floats) -> list[Floats]:
        if not len(items):
            return [np.zeros(len(places))] * 2
        wanted = sparse.csr_matrix(np.stack([last, weights]).astype(np.float32)) @ self.catalogue.texts[items]
        found = np.asarray((self.catalogue.texts[places] @ wanted.T).todense())
        return [found[:, 0], found[:, 1]]

    def _rows(
        self, rows: Features, places: Numbers, items: Numbers, weights: tuple[Floats, Floats], *, most: bool
    ) -> list[NDArray[np.floating]]:
        if not len(items):
            return [np.zeros(len(places))] * (3 if most else 2)
        cosines = rows[places] @ rows[items].T
        every, last = weights
        return [cosines @ last, cosines @ every, *([cosines.max(axis=1)] if most else [])]

    def _again(self, past: Past, places: Numbers) -> list[NDArray[Any]]:
        times, lately = np.zeros(len(self.catalogue)), np.zeros(len(self.catalogue))
        for back, order in enumerate(reversed(past.orders)):
            numbers = list(order)
            times[numbers] += 1
            lately[numbers] = np.maximum(lately[numbers], _FADE**back)
        last = np.isin(places, past.orders[-1]) if past.orders else np.zeros(len(places), dtype=bool)
        size = np.full(len(places), np.log1p(len(past.orders)))
        basket = np.full(len(places), np.log1p(len(past.orders[-1]) if past.orders else 0))
        had = times[places]
        return [had > 0, np.log1p(had), lately[places], self.learned.again[places] * (had > 0), last, size, basket]

    def _candidates(self, past: Past, bought: Sequence[Floats], named: Sequence[Floats], more: Sequence[int]) -> Numbers:
        items, weights, last = past.weights
        found = [np.asarray(more, dtype=np.int64), np.array([item for order in past.orders for item in order], dtype=np.int64)]
        found += [self.learned.popular, *(_top(row, _BOUGHT) for row in (bought[0], bought[1], bought[4]))]
        found += [_top(row, _NEAR) for row in named]
        if len(items):
            mixed = np.stack([last, weights]).astype(np.float32)
            found.append(self.catalogue.meaning.search(mixed @ self.catalogue.meaning.rows[items], _NEAR).ravel())
            if not self.learned.empty:
                found.append(self.learned.company.search(mixed @ self.learned.company.rows[items], _NEAR).ravel())
        places = np.unique(np.concatenate(found))
        return places[places >= 0]


def _top(row: Floats, most: int) -> Numbers:
    """The numbers of the largest entries above zero, in no order."""
    if len(row) <= most:
        return np.flatnonzero(row > 0)
    found = np.argpartition(-row, most)[:most]
    return found[row[found] > 0]
