"""How often products are bought together, one after the other, and at all: sums that fade with time and can be added to.

All sums hold for one moment (`as_of`); a sum of an earlier moment is faded to a later one by one factor, so that adding new orders to what
was counted gives what counting everything anew would give. Knows products by number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
import scipy.sparse as sparse

from chatbot.recommend.purchases import CHAIN, Floats, Numbers, Purchases

DAY = 86_400.0
LONG = 365 * DAY  # in which what was bought together counts half
RECENT = 30 * DAY  # in which what is bought now counts half
_BESIDE = 0.8  # of two products one order further apart
_AFTER = 0.5  # of a product that came one order later
_ENOUGH = 20  # earlier products that an order is held against, whole orders of them
_BLOCK = 50_000  # orders that are counted at once, so that a long log needs no more memory than a short one
_KEPT = 200  # neighbours of a product when the sums are used

_NO_NUMBERS, _NO_FLOATS = np.zeros(0, dtype=np.int64), np.zeros(0)


@dataclass(frozen=True, slots=True)
class Counts:
    """`together` and `after` are products x products (`after[a, b]`: b came after a); `bought` and `recent` one number a product.
    `carts` counts orders with the product and `again` those of them whose shopper had bought it before; neither fades."""

    as_of: float
    together: sparse.csr_matrix
    after: sparse.csr_matrix
    bought: Floats
    recent: Floats
    carts: Floats
    again: Floats

    @classmethod
    def of(cls, log: Purchases, first: int = 0) -> Counts:
        """The sums over the orders from `first` on, in the light of all before them, at the time of the last."""
        as_of, size = float(log.moments.max()) if len(log) else 0.0, len(log.products)
        fade = 0.5 ** ((as_of - log.moments) / LONG)
        blocks = [_sums(log, range(begin, min(begin + _BLOCK, len(log))), fade) for begin in range(first, max(len(log), first + 1), _BLOCK)]
        within, across, following = (_added(parts) for parts in zip(*blocks, strict=True))
        for matrix in (within, across, following):
            matrix.setdiag(0)
        together = (within + across + across.T).tocsr()
        together.eliminate_zeros()
        following.eliminate_zeros()
        recent = 0.5 ** ((as_of - log.moments) / RECENT)
        rows = slice(int(log.starts[first]) if len(log) else 0, None)
        owners, items = np.repeat(np.arange(len(log)), log.sizes)[rows], log.items[rows]
        return cls(
            as_of,
            together,
            following,
            np.bincount(items, weights=fade[owners], minlength=size).astype(np.float64),
            np.bincount(items, weights=recent[owners], minlength=size).astype(np.float64),
            np.bincount(items, minlength=size).astype(np.float64),
            _again(log, first),
        )

    def plus(self, later: Counts) -> Counts:
        """The sums of both, at the later time. `later` may know more products, behind those known here."""
        moment = max(self.as_of, later.as_of)
        size = len(later.bought)

        def joined(mine: Floats, theirs: Floats, half_life: float) -> Floats:
            grown = np.zeros(size)
            grown[: len(mine)] = mine
            sums: Floats = grown * 0.5 ** ((moment - self.as_of) / half_life) + theirs * 0.5 ** ((moment - later.as_of) / half_life)
            return sums

        fade, theirs = 0.5 ** ((moment - self.as_of) / LONG), 0.5 ** ((moment - later.as_of) / LONG)
        return Counts(
            moment,
            (_grown(self.together, size) * fade + later.together * theirs).tocsr(),
            (_grown(self.after, size) * fade + later.after * theirs).tocsr(),
            joined(self.bought, later.bought, LONG),
            joined(self.recent, later.recent, RECENT),
            joined(self.carts, later.carts, np.inf),
            joined(self.again, later.again, np.inf),
        )


def _grown(matrix: sparse.csr_matrix, size: int) -> sparse.csr_matrix:
    found = matrix.tocoo()
    return sparse.csr_matrix((found.data, (found.row, found.col)), shape=(size, size))


def _added(parts: Sequence[sparse.csr_matrix]) -> sparse.csr_matrix:
    return reduce(lambda one, other: (one + other).tocsr(), parts).tocsr()


def _sums(log: Purchases, orders: range, fade: Floats) -> tuple[sparse.csr_matrix, sparse.csr_matrix, sparse.csr_matrix]:
    """Products x products over a block of orders: within one order, from an earlier order to a later one, and what came after what."""
    shape = (len(orders), len(log.products))
    begin, end = (int(log.starts[at]) for at in (orders.start, orders.stop)) if len(log) else (0, 0)
    starts = log.starts[orders.start : orders.stop + 1] - begin
    now = sparse.csr_matrix((np.ones(end - begin), log.items[begin:end], starts), shape=shape)
    where, near, next_to = _before(log, orders, fade)
    beside, after = (sparse.csr_matrix((numbers, where), shape=shape) for numbers in (near, next_to))
    faded = now.multiply(fade[orders.start : orders.stop, None]).tocsr()
    return (faded.T @ now).tocsr(), (beside.T @ now).tocsr(), (after.T @ now).tocsr()


def _before(log: Purchases, orders: range, fade: Floats) -> tuple[tuple[Numbers, Numbers], Floats, Floats]:
    """What the shopper of each order bought before, by how far back it lies: (order, product) places and their two weights."""
    lines, columns, near, next_to = [_NO_NUMBERS], [_NO_NUMBERS], [_NO_FLOATS], [_NO_FLOATS]
    numbers = np.arange(orders.start, orders.stop)
    earlier, seen = log.previous[numbers], np.zeros(len(numbers), dtype=np.int64)
    for back in range(CHAIN):  # one step further back for all orders at once
        looked = np.flatnonzero((earlier >= 0) & (seen < _ENOUGH))
        if not len(looked):
            break
        sizes, weights = log.sizes[earlier[looked]], fade[numbers[looked]]
        lines.append(np.repeat(looked, sizes))
        columns.append(log.lines_of(earlier[looked]))
        near.append(np.repeat(weights * _BESIDE**back, sizes))
        next_to.append(np.repeat(weights * _AFTER**back, sizes))
        seen[looked] += sizes
        earlier[looked] = log.previous[earlier[looked]]
    return (np.concatenate(lines), np.concatenate(columns)), np.concatenate(near), np.concatenate(next_to)


def _again(log: Purchases, first: int) -> Floats:
    """How often each product was bought, from order `first` on, by one who had bought it in one of the last orders before."""
    owners = np.repeat(np.arange(len(log)), log.sizes)
    pairs = log.who[owners] * max(1, len(log.products)) + log.items
    lines = np.lexsort((owners, pairs))
    turns, pairs, owners = log.turn[owners[lines]], pairs[lines], owners[lines]
    bought = (pairs[1:] == pairs[:-1]) & (turns[1:] - turns[:-1] <= CHAIN) & (owners[1:] >= first)
    return np.bincount(log.items[lines][1:][bought], minlength=len(log.products)).astype(np.float64)


def strongest(matrix: sparse.csr_matrix, most: int = _KEPT) -> sparse.csr_matrix:
    """The `most` largest numbers of each row."""
    found = matrix.tocsr()
    keep = np.ones(found.nnz, dtype=bool)
    for row in np.flatnonzero(np.diff(found.indptr) > most):
        begin, end = found.indptr[row], found.indptr[row + 1]
        drop = np.argpartition(-found.data[begin:end], most)[most:]
        keep[begin + drop] = False
    lines = np.repeat(np.arange(found.shape[0]), np.diff(found.indptr))[keep]
    return sparse.csr_matrix((found.data[keep], (lines, found.indices[keep])), shape=found.shape)


def learned_vectors(together: sparse.csr_matrix, dimension: int = 64) -> Floats:
    """Unit vectors of products that are bought in the same company (products x dimension; zero rows where nothing is known).

    The truncated SVD of the shifted positive pointwise mutual information of what is bought together, which is what skip-gram with negative
    sampling factorises (Levy and Goldberg, 2014), with context counts to the power of 0.75 as in word2vec.
    """
    size = together.shape[0]
    keep = min(dimension, size - 2)
    if keep < 1 or not together.nnz:
        return np.zeros((size, max(1, min(dimension, size))))
    pairs = together.tocoo()
    total = np.asarray(together.sum(axis=1)).ravel()
    smooth = total**0.75
    smooth *= total.sum() / smooth.sum()
    information = np.log(np.maximum(pairs.data * total.sum() / (total[pairs.row] * smooth[pairs.col]), 1e-12))
    positive = information > 0
    matrix = sparse.csr_matrix((information[positive], (pairs.row[positive], pairs.col[positive])), shape=together.shape)
    if not matrix.nnz:
        return np.zeros((size, keep))
    from scipy.sparse.linalg import svds

    left, strength, _ = svds(matrix, k=keep, v0=np.ones(size), random_state=0)
    vectors = left * np.sqrt(np.maximum(strength, 0.0))
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    found: Floats = np.where(length > 1e-6, vectors / np.maximum(length, 1e-6), 0.0)
    return found
