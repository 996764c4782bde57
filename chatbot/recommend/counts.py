"""How often products are bought together, one after the other, and at all: sums that fade with time and can be added to.

All sums hold for one moment (`as_of`); a sum of an earlier moment is faded to a later one by one factor, so that adding new orders to what
was counted gives what counting everything anew would give. Knows products by number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse

from chatbot.recommend.purchases import Floats, Numbers, Purchases

DAY = 86_400.0
LONG = 365 * DAY  # in which what was bought together counts half
RECENT = 30 * DAY  # in which what is bought now counts half
_BESIDE = 0.8  # of two products one order further apart
_AFTER = 0.5  # of a product that came one order later
_ENOUGH = 20  # earlier products that an order is held against, whole orders of them
_KEPT = 200  # neighbours of a product when the sums are used


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
        as_of = float(log.moments.max()) if len(log) else 0.0
        long_fade = 0.5 ** ((as_of - log.moments) / LONG)
        now, beside, after, again = _matrices(log, first, long_fade)
        rows = slice(int(log.starts[first]) if len(log) else 0, None)
        owners = np.repeat(np.arange(len(log)), np.diff(log.starts))[rows]
        items, size = log.items[rows], len(log.products)
        recent = 0.5 ** ((as_of - log.moments) / RECENT)
        faded = now.multiply(long_fade[first:, None]).tocsr()
        within = (faded.T @ now).tocsr()
        within.setdiag(0)
        across = (beside.T @ now).tocsr()
        across.setdiag(0)
        following = (after.T @ now).tocsr()
        following.setdiag(0)
        together = (within + across + across.T).tocsr()
        together.eliminate_zeros()
        following.eliminate_zeros()
        return cls(
            as_of,
            together,
            following,
            np.bincount(items, weights=long_fade[owners], minlength=size).astype(np.float64),
            np.bincount(items, weights=recent[owners], minlength=size).astype(np.float64),
            np.bincount(items, minlength=size).astype(np.float64),
            again,
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


def _matrices(log: Purchases, first: int, fade: Floats) -> tuple[sparse.csr_matrix, sparse.csr_matrix, sparse.csr_matrix, Floats]:
    """Orders x products: what is in each order; what its shopper bought before, by how far back it lies; and how often each product was
    bought by one who had it."""
    orders, size = len(log) - first, len(log.products)
    lines, columns, near, next_to = [], [], [], []
    again = np.zeros(size)
    for order in range(first, len(log)):
        seen, old = 0, set[int]()
        for back, earlier in enumerate(reversed(log.before[order])):
            items = log.order(earlier)
            old.update(items.tolist())
            if seen >= _ENOUGH:
                continue
            seen += len(items)
            lines.append(np.full(len(items), order - first))
            columns.append(items)
            near.append(np.full(len(items), fade[order] * _BESIDE**back))
            next_to.append(np.full(len(items), fade[order] * _AFTER**back))
        for item in log.order(order).tolist():
            again[item] += item in old
    shape = (orders, size)
    begin = int(log.starts[first]) if len(log) else 0
    now = sparse.csr_matrix((np.ones(len(log.items) - begin), log.items[begin:], log.starts[first:] - begin), shape=shape)
    where: tuple[Numbers, Numbers] = (_all(lines), _all(columns))
    beside = sparse.csr_matrix((np.concatenate([np.zeros(0), *near]), where), shape=shape)
    after = sparse.csr_matrix((np.concatenate([np.zeros(0), *next_to]), where), shape=shape)
    return now, beside, after, again


def _all(pieces: list[Numbers]) -> Numbers:
    return np.concatenate([np.zeros(0, dtype=np.int64), *pieces])


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
