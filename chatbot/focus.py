"""Which products a question is about, by all that the index knows of them: name, words and meaning together.

A word alone misleads ("saw your bistro table" names no saw), and so does meaning alone (three kettles are alike). Here the names that the
knowledge base read out of the question are held against its ranking of all products, and where nothing was named the ranking itself
may say what is meant. Knows nothing of what was said before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chatbot.naming import head
from knowledge_base.catalog import Filters, Product
from knowledge_base.search import KnowledgeBase

_LOOKED_AT = 12
_FAR_BELOW = 0.35  # a product named by a word, but this far below the best ranked one, only shares the word
_ABOUT = 0.3  # from here on the ranking says that the question is about the product
_FAINTLY = 0.12  # from here on it may be about it, when nothing else fits
_APART = 0.15  # products closer together than this are equally meant
_CLEARLY = 0.5  # here the ranking is sure of a product by itself
_FAR_BEHIND = 0.5  # times: when all others are below this share of it
_CLEAR = 1.6  # times: a faint first place must be this much above the second


@dataclass(frozen=True, slots=True)
class Ranked:
    """A product with its fused score, 0..1."""

    product: Product
    score: float


class Focus:
    def __init__(self, knowledge: KnowledgeBase) -> None:
        self._knowledge = knowledge

    def ranked(self, question: str, language: str) -> list[Ranked]:
        """Products by their best passage, best first, each once."""
        found = self._knowledge.search(question, language=language, kinds=("product",), limit=_LOOKED_AT, filters=Filters())
        best: dict[str, Ranked] = {}
        for hit in found.hits:
            if hit.product is not None and hit.product.id not in best:
                best[hit.product.id] = Ranked(hit.product, hit.score)
        return list(best.values())


def plausible(named: Sequence[Product], ranked: Sequence[Ranked]) -> list[Product]:
    """Those of the products a word names that the ranking does not contradict."""
    if not ranked:
        return list(named)
    scores = {one.product.id: one.score for one in ranked}
    return [product for product in named if scores.get(product.id, 0.0) >= ranked[0].score - _FAR_BELOW]


def about(ranked: Sequence[Ranked]) -> tuple[tuple[Product, ...], bool]:
    """(the products the ranking points at, whether they are equally meant); nothing where it points at none."""
    if not ranked or ranked[0].score < _ABOUT:
        return (), False
    near = tuple(one.product for one in ranked if one.score >= ranked[0].score - _APART)
    alike = len({_kind(product) for product in near}) == 1
    if len(near) > 1 and not alike:
        return (), False
    return near, len(near) > 1


def clearly(ranked: Sequence[Ranked]) -> Product | None:
    """The one product that the ranking is sure of, all others being far behind."""
    if not ranked or ranked[0].score < _CLEARLY:
        return None
    second = ranked[1].score if len(ranked) > 1 else 0.0
    return ranked[0].product if second <= _FAR_BEHIND * ranked[0].score else None


def with_rival(named: Sequence[Product], ranked: Sequence[Ranked]) -> list[Product]:
    """A product named by a word of its title, and the one of the same kind that the whole question fits better."""
    if len(named) != 1 or not ranked or ranked[0].product.id == named[0].id or _kind(ranked[0].product) != _kind(named[0]):
        return list(named)
    return [ranked[0].product, *named]


def _kind(product: Product) -> str:
    """What kind of thing it is: the end of its title, else of its category."""
    return head(product.title) if product.title.isascii() else product.title.rstrip()[-2:]


def faintly(ranked: Sequence[Ranked]) -> Product | None:
    """The one product that a question may be about, where the ranking is unsure of it but of all others more so."""
    if not ranked or ranked[0].score < _FAINTLY:
        return None
    second = ranked[1].score if len(ranked) > 1 else 0.0
    return ranked[0].product if ranked[0].score >= _CLEAR * second else None
