"""Who bought what, order after order: the log that everything is learned from, as flat arrays.

Knows products by number and shoppers by hash. Invariant: the orders are in the order of their time, and a later part of the log can be
put behind an earlier one.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from chatbot.recommend.orders import Line
from knowledge_base.catalog import Problem, Product

Numbers = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
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
        drawn = _Drawn()
        for order in orders:
            number = drawn.order(order.name, order.shopper, order.moment)
            for product in order.products:
                drawn.add(number, product)
        return drawn.log()

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

    def in_time(self) -> Purchases:
        """The same orders in the order of their time, products and shoppers numbered as they come."""
        return self._chosen(np.argsort(self.moments, kind="stable"))

    def _chosen(self, orders: Numbers) -> Purchases:
        """These orders, with only their products and shoppers, numbered as they come."""
        sizes = self.sizes[orders]
        items, products = _renumbered(self.lines_of(orders), self.products)
        who, shoppers = _renumbered(self.who[orders], self.shoppers)
        names = tuple(self.names[order] for order in orders.tolist())
        return Purchases(products, shoppers, who, self.moments[orders], _starts(sizes), items, names)

    def lines_of(self, orders: Numbers) -> Numbers:
        """The products of several orders, one order after the other."""
        sizes = self.sizes[orders]
        begins = self.starts[:-1][orders] - _starts(sizes)[:-1]
        lines: Numbers = self.items[np.arange(sizes.sum()) + np.repeat(begins, sizes)]
        return lines

    def plus(self, later: Purchases) -> Purchases:
        """This log with newer orders behind it; those that it has already are not counted again. Products keep their numbers."""
        fresh = np.array([number for number, name in enumerate(later.names) if name not in self.known], dtype=np.int64)
        if not len(fresh):
            return self
        added = later._chosen(fresh)
        products, shoppers = _numbered((*self.products, *added.products)), _numbered((*self.shoppers, *added.shoppers))
        items = np.array([products[product] for product in added.products], dtype=np.int64)[added.items]
        who = np.array([shoppers[shopper] for shopper in added.shoppers], dtype=np.int64)[added.who]
        return Purchases(
            tuple(products),
            tuple(shoppers),
            np.concatenate([self.who, who]),
            np.concatenate([self.moments, added.moments]),
            np.concatenate([self.starts, self.starts[-1] + added.starts[1:]]),
            np.concatenate([self.items, items]),
            (*self.names, *added.names),
        )

    @cached_property
    def known(self) -> frozenset[str]:
        """The numbers of the orders."""
        return frozenset(self.names)

    @cached_property
    def sizes(self) -> Numbers:
        return np.diff(self.starts)

    @cached_property
    def _by_shopper(self) -> tuple[Numbers, Flags]:
        """The orders, those of one shopper together and oldest first, and which of them follow one of the same shopper."""
        orders = np.argsort(self.who, kind="stable")
        return orders, np.concatenate([np.zeros(min(1, len(orders)), dtype=bool), self.who[orders[1:]] == self.who[orders[:-1]]])

    @cached_property
    def previous(self) -> Numbers:
        """Of each order the one before it of the same shopper; -1 for a first one."""
        orders, follows = self._by_shopper
        found = np.full(len(self), -1, dtype=np.int64)
        found[orders[follows]] = orders[np.flatnonzero(follows) - 1]
        return found

    @cached_property
    def turn(self) -> Numbers:
        """Of each order the how manieth of its shopper it is, from 0."""
        orders, follows = self._by_shopper
        places = np.arange(len(orders))
        found = np.zeros(len(self), dtype=np.int64)
        found[orders] = places - np.maximum.accumulate(np.where(follows, 0, places)) if len(orders) else places
        return found

    def earlier(self, order: int) -> list[int]:
        """The last earlier orders of the same shopper, oldest first."""
        found: list[int] = []
        while len(found) < CHAIN and (order := int(self.previous[order])) >= 0:
            found.append(order)
        return found[::-1]

    @cached_property
    def buyers(self) -> list[Numbers]:
        """Of each product the shoppers who bought it, sorted, each once."""
        owners = np.repeat(self.who, self.sizes)
        pairs = np.unique(self.items * (len(self.shoppers) + 1) + owners)
        products, shoppers = np.divmod(pairs, len(self.shoppers) + 1)
        cuts = np.searchsorted(products, np.arange(1, len(self.products)))
        found: list[Numbers] = np.split(shoppers, cuts) if len(self.products) else []
        return found

    @cached_property
    def repeaters(self) -> Numbers:
        """Of each product how many shoppers have it in more than one order."""
        owners = np.repeat(self.who, self.sizes)
        pairs, orders = np.unique(self.items * (len(self.shoppers) + 1) + owners, return_counts=True)
        return np.bincount(pairs[orders > 1] // (len(self.shoppers) + 1), minlength=len(self.products))


CHAIN = 50  # earlier orders of a shopper that count


def _starts(sizes: Numbers) -> Numbers:
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(sizes)]).astype(np.int64)


def _renumbered(numbers: Numbers, names: Sequence[str]) -> tuple[Numbers, tuple[str, ...]]:
    """The numbers as they come first, 0, 1, 2 …, and the names by them."""
    known, first, places = np.unique(numbers, return_index=True, return_inverse=True)
    rank = np.argsort(first)
    fresh = np.empty(len(known), dtype=np.int64)
    fresh[rank] = np.arange(len(known))
    return fresh[places.ravel()], tuple(names[number] for number in known[rank].tolist())


class _Drawn:
    """A log while it is put together, line after line: numbers in flat arrays, for a shop's orders may be millions."""

    def __init__(self) -> None:
        self._orders: dict[str, int] = {}
        self._shoppers: dict[str, int] = {}
        self._products: dict[str, int] = {}
        self._who, self._moments = array("q"), array("d")
        self._owners, self._items = array("q"), array("q")

    def order(self, name: str, shopper: str, moment: float) -> int:
        """The number of an order; who made it and when is what was said first."""
        number = self._orders.setdefault(name, len(self._orders))
        if number == len(self._who):
            self._who.append(self._shoppers.setdefault(shopper, len(self._shoppers)))
            self._moments.append(moment)
        return number

    def add(self, order: int, product: str) -> None:
        self._owners.append(order)
        self._items.append(self._products.setdefault(product, len(self._products)))

    def log(self) -> Purchases:
        """Each product of an order once, as it came first; the orders in the order of their time."""
        owners, items = np.array(self._owners, dtype=np.int64), np.array(self._items, dtype=np.int64)
        lines = np.sort(np.unique(owners * max(1, len(self._products)) + items, return_index=True)[1])
        lines = lines[np.argsort(owners[lines], kind="stable")]
        starts = _starts(np.bincount(owners[lines], minlength=len(self._orders)))
        who, moments = np.array(self._who, dtype=np.int64), np.array(self._moments, dtype=np.float64)
        names, products, shoppers = (tuple(known) for known in (self._orders, self._products, self._shoppers))
        return Purchases(products, shoppers, who, moments, starts, items[lines], names).in_time()


def _numbered(names: Iterable[str]) -> dict[str, int]:
    return {name: number for number, name in enumerate(dict.fromkeys(names))}


class Gathering:
    """Puts lines of files together to orders, with the ids of this shop's products.

    `problems` gets a line for each of the first unknown products; all are counted in `unknown`."""

    def __init__(self, known: Mapping[str, str], problems: list[Problem]) -> None:
        self._known = known
        self.problems = problems
        self._drawn = _Drawn()
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
                    self.problems.append(Problem(file, line.number, "", reason))
                continue
            self._drawn.add(self._drawn.order(line.order, line.shopper, line.moment), product)

    def log(self) -> Purchases:
        return self._drawn.log()


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
