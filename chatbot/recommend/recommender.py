"""Recommendations of one shop: from what a shopper bought, has in the cart, looks at, or says; live stock and the merchant's word count.

Follows the index, a new fit, orders that arrive and an edited recommend.toml by itself, a look a call. Blocks; safe for several threads.
What it shows is in stock by the offers of this moment, is never blocked, and each has a reason that the record or the orders bear.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from chatbot.recommend import kept
from chatbot.recommend.arrivals import Arrivals
from chatbot.recommend.catalogue import Catalogue, kind_of
from chatbot.recommend.choice import Choice
from chatbot.recommend.fitting import counted, signals_of
from chatbot.recommend.kept import Fitted
from chatbot.recommend.purchases import Order, Purchases, codes_of
from chatbot.recommend.reasons import Sold
from chatbot.recommend.rules import FILE, Rules, read_rules
from chatbot.recommend.wish import Learnt, Recommendation, Wish
from knowledge_base.catalog import Product
from knowledge_base.errors import IndexUnusable, KnowledgeBaseError
from knowledge_base.search import KnowledgeBase

__all__ = ["Recommendation", "Recommender", "Wish"]
_LOOK_SECONDS = 5.0  # between two looks of calls at the files; whoever calls `renew` looks more often
_PAUSES = 4  # times that making it took, before it is made anew
_T = TypeVar("_T")
log = logging.getLogger(__name__)


class Recommender:
    """`fitted` is the folder that `chatbot recommend fit` writes, `content` the one that recommend.toml lies in; both may be missing."""

    def __init__(self, knowledge: KnowledgeBase, fitted: Path | None = None, content: Path | None = None) -> None:
        self._knowledge = knowledge
        self._fitted = fitted
        self._content = content
        self._lock = threading.Lock()
        self._state: tuple[tuple[object, ...], Learnt] | None = None
        self._catalogue: tuple[str, Catalogue, dict[str, str]] | None = None
        self._fit: tuple[int, Fitted | None] | None = None
        self._looked = float("-inf")
        self._cost = 0.0  # seconds that making it took
        self.trouble = ""  # why the fit or the rules are not used

    def recommend(self, wish: Wish) -> list[Recommendation]:
        """At most `limit` products, best first. Ids that the shop does not have are passed over (see `unknown`)."""
        learnt = self._learnt()
        return Choice(learnt, wish, self._knowledge).made()

    def unknown(self, wish: Wish) -> tuple[str, ...]:
        """The ids that name no product of the shop."""
        codes = self._learnt().codes
        asked = dict.fromkeys((*wish.history, *wish.cart, *([wish.product] if wish.product else [])))
        return tuple(name for name in asked if name.casefold() not in codes)

    def names(self) -> tuple[Mapping[str, str], frozenset[str]]:
        """Everything that rules may name: codes with the ids of their products, and folded categories."""
        learnt = self._learnt()
        return learnt.codes, _kinds(learnt.catalogue.products)

    def report(self) -> dict[str, Any]:
        """What the fit that is used was learned from and measured; empty where there is none."""
        return dict(self._learnt().report)

    def product(self, name: str, language: str = "") -> Product | None:
        """The product of an id, SKU or title, as it is at this moment."""
        found = self._learnt().codes.get(name.casefold())
        return self._knowledge.product(found, language) if found is not None else None

    def look_again(self) -> None:
        """Have the next call look at the files, whenever the last look was."""
        self._looked = float("-inf")

    def renew(self) -> None:
        """Look at the files and make what is new, so that no call has to wait for it; a fifth of the time at most goes into that.

        Never raises: what cannot be read stays as it was."""
        if time.monotonic() - self._looked >= _PAUSES * self._cost:
            self.look_again()
        try:
            self._learnt()
        except (KnowledgeBaseError, OSError) as error:
            log.error("recommendations stay as they are: %s", error)

    def prepare(self) -> None:
        """Make now what the first call would otherwise wait for."""
        self._learnt()

    def take(self, orders: Sequence[Order]) -> int:
        """Keep orders that arrive, and say how many were not known; they count from the next look at the files on (see `renew`).

        Raises: IndexUnusable where they cannot be kept; then none is.
        """
        if self._fitted is None:
            raise IndexUnusable("orders that arrive need a folder of fits, got none")
        self._learnt()
        known = self._fit[1].log.known if self._fit and self._fit[1] else frozenset[str]()
        return Arrivals(self._fitted).take([order for order in orders if order.name not in known])

    def key(self) -> bytes:
        """The key by which shoppers are hashed."""
        if self._fitted is None:
            raise IndexUnusable("shoppers are hashed by a key in the folder of fits, got no folder")
        return kept.key_of(self._fitted)

    def _learnt(self) -> Learnt:
        """While one thread makes it anew, the others go on with what was known."""
        if not self._lock.acquire(blocking=self._state is None) and self._state is not None:
            return self._state[1]
        try:
            now = time.monotonic()
            pause = max(_LOOK_SECONDS, _PAUSES * self._cost)
            if self._state is not None and now - self._looked < pause and self._state[0][0] == self._knowledge.version:
                return self._state[1]
            key = self._key()
            if self._state is None or self._state[0] != key:
                self._state = (key, self._make())
                self._cost = time.monotonic() - now
            self._looked = time.monotonic()
            return self._state[1]
        finally:
            self._lock.release()

    def _key(self) -> tuple[object, ...]:
        rules = self._content / FILE if self._content else None
        fit = kept.version_of(self._fitted) if self._fitted else 0
        return self._knowledge.version, fit, rules.stat().st_mtime_ns if rules and rules.is_file() else 0, self._arrived()

    def _arrived(self) -> int:
        try:
            return Arrivals(self._fitted).last() if self._fitted else 0
        except IndexUnusable:
            return -1  # told when they are read

    def _make(self) -> Learnt:
        catalogue, codes = self._shop()
        troubles = list[str]()
        fitted = self._or(troubles, self._read, None)
        fitted = self._or(troubles, partial(self._with_arrivals, fitted), fitted)
        kinds = _kinds(catalogue.products)
        rules = self._or(troubles, lambda: read_rules(self._content, codes, kinds) if self._content else Rules(), Rules())
        self.trouble = "; ".join(troubles)
        cold = kept.shipped("cold")
        if fitted is None:
            return Learnt(signals_of(_NOTHING, catalogue), cold, Sold((), np.zeros(0, dtype=np.int64)), rules, codes, cold, {})
        signals = signals_of(fitted.log, catalogue, fitted.counts, fitted.vectors)
        return Learnt(signals, fitted.ranker or kept.shipped("warm"), _sold(fitted, catalogue), rules, codes, cold, fitted.report)

    def _shop(self) -> tuple[Catalogue, dict[str, str]]:
        """The catalogue and the codes of its products; made once for a version of the index."""
        version = self._knowledge.version
        if self._catalogue is None or self._catalogue[0] != version:
            codes = codes_of(product for spoken in self._knowledge.languages for product in self._knowledge.products(spoken))
            self._catalogue = (version, Catalogue.of(*self._knowledge.product_vectors()), codes)
        return self._catalogue[1:]

    def _read(self) -> Fitted | None:
        """The fit; read once for its version, and with what arrived since from then on."""
        version = kept.version_of(self._fitted) if self._fitted else 0
        if self._fit is None or self._fit[0] != version:
            self._fit = None
            self._fit = (version, kept.read(self._fitted) if self._fitted else None)
        return self._fit[1]

    def _with_arrivals(self, fitted: Fitted | None) -> Fitted | None:
        """What is known with the orders that arrived since; only those are counted."""
        if self._fitted is None or self._fit is None:
            return fitted
        place, orders = Arrivals(self._fitted).since(fitted.arrived if fitted is not None else 0)
        if orders:
            fitted = replace(counted(fitted, Purchases.of(orders)), arrived=place)
            self._fit = (self._fit[0], fitted)
        return fitted

    def _or(self, troubles: list[str], work: Callable[[], _T], other: _T) -> _T:
        """What cannot be read is told and done without: a shop recommends all the same."""
        try:
            return work()
        except KnowledgeBaseError as error:
            log.error("recommendations do without: %s", error)
            troubles.append(str(error))
            return other


_NOTHING = Purchases.of(())


def _kinds(products: Sequence[Product]) -> frozenset[str]:
    return frozenset(kind_of(product).casefold() for product in products if product.category)


def _sold(fitted: Fitted, catalogue: Catalogue) -> Sold:
    """Who bought what, by the catalogue's numbers."""
    none = np.zeros(0, dtype=np.int64)
    found, repeated = (
        dict(zip(fitted.log.products, fitted.log.buyers, strict=True)),
        dict(zip(fitted.log.products, fitted.log.repeaters.tolist(), strict=True)),
    )
    buyers = [found.get(product.id, none) for product in catalogue.products]
    return Sold(buyers, np.array([repeated.get(product.id, 0) for product in catalogue.products], dtype=np.int64))
