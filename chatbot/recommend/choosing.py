"""Which of the candidates are shown, and in what order: the merchant's word, what is not repeated, and that not all are alike.

Works on numbers alone. Invariant: the order is a function of what is given, so that the same call has the same answer.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chatbot.recommend.purchases import Floats
from chatbot.recommend.signals import Features

DIVERSITY = 0.15  # measured: see docs/recommend.md
_LOOKED = 40  # best candidates among which variety is looked for
REPEATED = 0.15  # share of its orders by those who had it, from which on a product is bought again


def varied(scores: Floats, rows: Features, limit: int, diversity: float = DIVERSITY) -> list[int]:
    """Places of `limit` candidates by maximal marginal relevance (Carbonell and Goldstein, 1998): the score from 0 to 1 over the best,
    less `diversity` times the likeness to the most alike of those chosen before; those after the best by score. `rows` are unit vectors,
    one a candidate."""
    order = np.argsort(-scores, kind="stable")
    best, rest = order[:_LOOKED], order[_LOOKED:limit]
    if diversity <= 0 or len(best) <= 2:
        return [int(place) for place in order[:limit]]
    low, high = float(scores[best].min()), float(scores[best].max())
    worth = (scores[best] - low) / max(high - low, 1e-9)
    vectors = rows[best]
    likeness = np.zeros(len(best), dtype=np.float32)
    left, chosen = np.ones(len(best), dtype=bool), list[int]()
    while len(chosen) < min(limit, len(best)):
        value = np.where(left, (1 - diversity) * worth - diversity * likeness, -np.inf)
        place = int(value.argmax())
        chosen.append(int(best[place]))
        left[place] = False
        likeness = np.maximum(likeness, vectors @ vectors[place])
    return [*chosen, *(int(place) for place in rest)]


def pinned_first(chosen: Sequence[int], pins: Sequence[int], limit: int) -> list[int]:
    """The pinned ones first, but no more of them than half of what is shown, so that the rest still answers the shopper."""
    first = list(pins)[: max(1, limit // 2)]
    return [*first, *(place for place in chosen if place not in first)][:limit]
