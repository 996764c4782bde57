"""Who bought what, order after order: the log that everything is learned from, as flat arrays.

Knows products by number and shoppers by hash. Invariant: the orders are in the order of their time, and a later part of the log can be
put behind an earlier one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from chatbot.recommend.orders import Line
from knowledge_base.catalog import Problem, Product

Numbers = NDArray[np.int64]
Floats = NDArray[np.float64]
_TOLD = 20  # unknown products that are told one by one


@dataclass(frozen=True, slots=True)
class Order:
    """What one shopper bought at one time."""

    name: str
    shopper: str
    moment: float
    products: tuple[str, ...]


@dataclass(frozen=True)
class Purchases:
    """`products` and `shoppers` are names; order o was made by shopper `who[o]` at `moments[o]` (Unix seconds) and holds the products
    `items[starts[o]:starts[o + 1]]`."""

    products: tuple[str, ...]
    shoppers: tuple[str, ...]
    who: Numbers
    moments: Floats
    starts: Numbers
    items: Numbers
    names: tuple[str, ...]

    @classmethod
    def of(cls, orders: Iterable[Order]) -> Purchases:
        """The log of orders in any order."""
        sorted_orders = sorted(orders, key=lambda order: order.moment)
        products = _numbered(product for order in sorted_orders for product in order.products)
        shoppers = _numbered(order.shopper for order in sorted_orders)
        sizes = np.array([len(order.products) for order in sorted_orders], dtype=np.int64)
        return cls(
            tuple(products),
            tuple(shoppers),
            np.array([shoppers[order.shopper] for order in sorted_orders], dtype=np.int64),
            np.array([order.moment for order in sorted_orders], dtype=np.float64),
            np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(sizes)]).astype(np.int64),
            np.array([products[product] for order in sorted_orders for product in order.products], dtype=np.int64),
            tuple(order.name for order in sorted_orders),
        )

    def __len__(self) -> int:
        return len(self.who)

    def order(self, number: int) -> Numbers:
        """The products of an order."""
        return self.items[self.starts[number] : self.starts[number + 1]]

    def orders(self, first: int = 0, last: int | None = None) -> list[Order]:
        """Those from `first` to before `last`, by name."""
        until = len(self) if last is None else last
        return [
            Order(self.names[o], self.shoppers[self.who[o]], float(self.moments[o]), tuple(self.products[item] for item in self.order(o)))
            for o in range(first, until)
        ]

    def until(self, last: int) -> Purchases:
        """The log up to before order `last`, with the same numbers."""
        starts = self.starts[: last + 1]
        return Purchases(
            self.products, self.shoppers, self.who[:last], self.moments[:last], starts, self.items[: starts[-1]], self.names[:last]
        )

    def plus(self, orders: Sequence[Order]) -> Purchases:
        """This log with newer orders behind it; those that it has already are not counted again. Products keep their numbers."""
        known = set(self.names)
        fresh = sorted((order for order in orders if order.name not in known), key=lambda order: order.moment)
        if not fresh:
            return self
        products = _numbered((*self.products, *(product for order in fresh for product in order.products)))
        shoppers = _numbered((*self.shoppers, *(order.shopper for order in fresh)))
        sizes = [len(order.products) for order in fresh]
        return Purchases(
            tuple(products),
            tuple(shoppers),
            np.concatenate([self.who, [shoppers[order.shopper] for order in fresh]]).astype(np.int64),
            np.concatenate([self.moments, [order.moment for order in fresh]]),
            np.concatenate([self.starts, self.starts[-1] + np.cumsum(sizes)]).astype(np.int64),
            np.concatenate([self.items, [products[product] for order in fresh for product in order.products]]).astype(np.int64),
            (*self.names, *(order.name for order in fresh)),
        )

    @cached_property
    def before(self) -> list[list[int]]:
        """Of each order the earlier orders of the same shopper, oldest first, as (number of the order before it) chains."""
        last: dict[int, list[int]] = {}
        chains: list[list[int]] = []
        for number, shopper in enumerate(self.who.tolist()):
            chain = last.setdefault(shopper, [])
            chains.append(chain[-_CHAIN:])
            chain.append(number)
        return chains

    @cached_property
    def buyers(self) -> list[Numbers]:
        """Of each product the shoppers who bought it, sorted, each once."""
        owners = np.repeat(self.who, np.diff(self.starts))
        pairs = np.unique(self.items * (len(self.shoppers) + 1) + owners)
        products, shoppers = np.divmod(pairs, len(self.shoppers) + 1)
        cuts = np.searchsorted(products, np.arange(1, len(self.products)))
        found: list[Numbers] = np.split(shoppers, cuts) if len(self.products) else []
        return found

    @cached_property
    def repeaters(self) -> Numbers:
        """Of each product how many shoppers have it in more than one order."""
        owners = np.repeat(self.who, np.diff(self.starts))
        pairs, orders = np.unique(self.items * (len(self.shoppers) + 1) + owners, return_counts=True)
        return np.bincount(pairs[orders > 1] // (len(self.shoppers) + 1), minlength=len(self.products))


_CHAIN = 50  # earlier orders of a shopper that count


def _numbered(names: Iterable[str]) -> dict[str, int]:
    return {name: number for number, name in enumerate(dict.fromkeys(names))}


class Gathering:
    """Puts lines of files together to orders, with the ids of this shop's products.

    `problems` gets a line for each of the first unknown products; all are counted in `unknown`."""

    def __init__(self, known: Mapping[str, str], problems: list[Problem]) -> None:
        self._known = known
        self._problems = problems
        self._orders: dict[str, tuple[str, float, dict[str, None]]] = {}
        self.lines = 0
        self.unknown = 0

    def take(self, lines: Iterable[Line], file: str) -> None:
        for line in lines:
            self.lines += 1
            product = next((self._known[code.casefold()] for code in line.codes if code.casefold() in self._known), None)
            if product is None:
                self.unknown += 1
                if self.unknown <= _TOLD:
                    reason = f"expected a product of the shop, got {line.codes[0][:60]!r}, which the catalogue does not have"
                    self._problems.append(Problem(file, line.number, "", reason))
                continue
            self._orders.setdefault(line.order, (line.shopper, line.moment, {}))[2][product] = None

    def orders(self) -> list[Order]:
        return [Order(name, shopper, moment, tuple(items)) for name, (shopper, moment, items) in self._orders.items()]


def codes_of(products: Iterable[Product]) -> dict[str, str]:
    """Every id, SKU, GTIN and title of the shop's products, without regard to case, and the product's id."""
    found: dict[str, str] = {}
    for product in products:
        for code in (
            product.id,
            *(code for variant in product.variants for code in (variant.sku, variant.id, variant.gtin)),
            product.title,
        ):
            if code:
                found.setdefault(code.casefold(), product.id)
    return found
