"""Which of the true reasons is told for a product: the merchant's word first, then the shopper's words, then what weighs most.

Chooses; the sentences themselves are made in `reasons`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from chatbot.recommend.reasons import Reasons, words
from chatbot.recommend.wish import Learnt, Want
from knowledge_base.catalog import Product
from knowledge_base.keywords import terms

_SURE = 0.5  # score of a passage from which on it is about the shopper's words
_CONTENT, _ORDERS = ("words", "meaning", "kind"), ("together", "company")


@dataclass(frozen=True, slots=True)
class Found:
    """What was found for other reasons than the signals: pinned ones, pairs (product and with which), matches, and what was bought."""

    pins: Sequence[int]
    paired: Mapping[int, int]
    wished: Mapping[int, float]
    history: frozenset[int]
    asked: str


class Telling:
    """`known` are the products that the shopper has, latest first."""

    def __init__(self, learnt: Learnt, found: Found, known: Mapping[int, Product], want: Want, language: str) -> None:
        self._learnt = learnt
        self._found = found
        self._known = known
        self._want = want
        self._language = language
        self._reasons = Reasons(learnt.sold, known, language)

    def told(self, place: int, product: Product, shares: Mapping[str, float]) -> tuple[str, str]:
        """(the reason, the name of its kind)."""
        if place in self._found.pins:
            return words("pin", self._language), "pin"
        if place in self._found.paired:
            return self._reasons.paired(self._found.paired[place]), "pair"
        if place in self._found.wished and (match := self._matched(product, self._found.wished[place])):
            return match, "interests"
        if place in self._found.history:
            return self._reasons.again(place), "again"
        return self._weighed(place, product, shares)

    def _weighed(self, place: int, product: Product, shares: Mapping[str, float]) -> tuple[str, str]:
        bought = "" if self._want == "similar" else self._reasons.bought_with(place)
        if self._want == "goes_with":
            alike, kind = self._reasons.department(product), "department"
        else:
            alike, kind = self._reasons.similar(product, *self._nearest(place)), "similar"
        by_orders = sum(shares.get(group, 0.0) for group in _ORDERS)
        if bought and (not alike or self._want == "goes_with" or by_orders >= sum(shares.get(group, 0.0) for group in _CONTENT)):
            return bought, "together"
        return (alike, kind) if alike else (self._reasons.of_itself(product, place), "popular")

    def _nearest(self, place: int) -> tuple[int, float]:
        """The nearest of what the shopper has, and its cosine."""
        others, rows = list(self._known), self._learnt.catalogue.meaning.rows
        cosines = rows[others] @ rows[place] if others else np.zeros(0)
        return (others[int(cosines.argmax())], float(cosines.max())) if others else (-1, 0.0)

    def _matched(self, product: Product, score: float) -> str:
        """That it has the shopper's words, or means the same; "" where neither is sure."""
        said = (product.title, product.category, product.description, *product.tags, *(value for _, value in product.attributes))
        wanted = set(terms(self._found.asked))
        if wanted and wanted <= set(terms(" ".join(said))):
            return words("matches", self._language, words=self._found.asked)
        return words("near", self._language, words=self._found.asked) if score >= _SURE else ""
