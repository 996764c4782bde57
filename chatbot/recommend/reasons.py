"""Why a product is recommended, in words: every one states what the record or the orders say, and nothing else.

Knows the catalogue and the log of orders. A number of shoppers is told from two on, so that no reason tells what one person bought.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from chatbot.recommend.catalogue import department_of, kind_of
from chatbot.recommend.purchases import Numbers
from knowledge_base.catalog import Product

_FEW = 2  # shoppers below which no number is told
_WORDS: dict[str, tuple[str, str]] = {
    "pin": ("chosen by the shop", "店铺推荐"),
    "pair": ("the shop pairs it with the {title}", "店铺推荐与“{title}”搭配"),
    "matches": ("matches “{words}”", "符合“{words}”"),
    "near": ("close in meaning to “{words}”", "与“{words}”意思相近"),
    "had": ("bought before; {count} shoppers bought it more than once", "之前买过；{count} 位顾客不止买过一次"),
    "had_alone": ("bought before", "之前买过"),
    "bought_with": ("bought together with the {title} by {count} shoppers", "{count} 位顾客同时买过它和“{title}”"),
    "similar": ("similar to the {title}: {facts}", "与“{title}”类似：{facts}"),
    "described": ("described much like the {title}", "说明与“{title}”相近"),
    "popular": ("bought by {count} shoppers", "{count} 位顾客买过"),
    "department": ("also from {category}, like the {title}", "与“{title}”同属“{category}”"),
    "range": ("from the shop's {category}", "来自店铺的“{category}”"),
    "shop": ("from the shop's range", "店铺在售商品"),
    "same_kind": ("same category ({value})", "同类（{value}）"),
    "same_brand": ("same brand ({value})", "同品牌（{value}）"),
    "same": ("same {name} ({value})", "{name}相同（{value}）"),
}
_LONGEST = 60  # characters of a value that is told
_SHARED = 3


def words(key: str, language: str, **values: object) -> str:
    return _WORDS[key][1 if language == "zh" else 0].format(**values)


@dataclass(frozen=True, slots=True)
class Sold:
    """Who bought what, by the catalogue's numbers: the shoppers of each product, and how many bought it more than once."""

    buyers: Sequence[Numbers]
    repeaters: Numbers

    def both(self, first: int, second: int) -> int:
        """How many shoppers bought both."""
        if not len(self.buyers):
            return 0
        few, many = sorted((self.buyers[first], self.buyers[second]), key=len)
        if not len(few):
            return 0
        at = np.minimum(np.searchsorted(many, few), len(many) - 1)
        return int((many[at] == few).sum())

    def count(self, product: int) -> int:
        return len(self.buyers[product]) if len(self.buyers) else 0


class Reasons:
    """`others` are the products that the shopper has, latest first, as they are shown, by number."""

    def __init__(self, sold: Sold, others: Mapping[int, Product], language: str) -> None:
        self._sold = sold
        self._others = others
        self._language = language

    def paired(self, other: int) -> str:
        return self._say("pair", title=self._others[other].title)

    def again(self, product: int) -> str:
        count = int(self._sold.repeaters[product]) if len(self._sold.repeaters) else 0
        return self._say("had", count=count) if count >= _FEW else self._say("had_alone")

    def bought_with(self, product: int) -> str:
        """With which of the others most shoppers bought it; "" where they are too few to tell."""
        counts = {other: self._sold.both(product, other) for other in self._others if other != product}
        best = max(counts, key=lambda other: counts[other], default=-1)
        return self._say("bought_with", title=self._others[best].title, count=counts[best]) if counts.get(best, 0) >= _FEW else ""

    def similar(self, product: Product, nearest: int, cosine: float) -> str:
        """What it shares with the nearest of the others; "" where that is nothing."""
        other = self._others.get(nearest)
        if other is None:
            return ""
        if facts := self._shared(product, other):
            return self._say("similar", title=other.title, facts=("，" if self._language == "zh" else ", ").join(facts))
        return self._say("described", title=other.title) if cosine >= 0.6 else ""

    def department(self, product: Product) -> str:
        """That another one is of the same department; "" where none is."""
        top = department_of(product)
        other = next((other for other in self._others.values() if top and department_of(other) == top), None)
        return self._say("department", category=top, title=other.title) if other is not None else ""

    def of_itself(self, product: Product, number: int) -> str:
        """What holds whatever the shopper has."""
        if (count := self._sold.count(number)) >= _FEW:
            return self._say("popular", count=count)
        kind = kind_of(product)
        return self._say("range", category=kind) if kind else self._say("shop")

    def _shared(self, product: Product, other: Product) -> list[str]:
        kind, facts = kind_of(product), list[str]()
        if kind and kind.casefold() == kind_of(other).casefold():
            facts.append(self._say("same_kind", value=kind))
        if product.brand and product.brand.casefold() == other.brand.casefold():
            facts.append(self._say("same_brand", value=product.brand))
        theirs = dict(other.attributes)
        for name, value in product.attributes:
            if value and theirs.get(name) == value and len(value) <= _LONGEST:
                facts.append(self._say("same", name=name if self._language == "zh" else name.lower(), value=value))
        return facts[:_SHARED]

    def _say(self, key: str, **values: object) -> str:
        return words(key, self._language, **values)
