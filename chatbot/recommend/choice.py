"""One call: the candidates, what the merchant and the stock allow, their scores, and the order in which they are shown.

Knows the state that it was given and the live record; keeps nothing. Why each was chosen is said in `why`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from chatbot.recommend.catalogue import kind_of
from chatbot.recommend.choosing import REPEATED, pinned_first, varied
from chatbot.recommend.purchases import Floats, Numbers
from chatbot.recommend.ranker import Ranker
from chatbot.recommend.signals import Features, Past
from chatbot.recommend.why import Found, Telling
from chatbot.recommend.wish import Learnt, Recommendation, Wish
from knowledge_base.catalog import Filters, Product
from knowledge_base.search import KnowledgeBase, in_stock

Flags = NDArray[np.bool_]
_PAIRED = 8.0  # what the shop's own pairing adds to a score, in log odds
_WISHED = 6.0  # what a full match with the shopper's words adds
_BESIDE_WORDS = 0.25  # what the signals count beside words alone
_MATCH = 0.35  # score of a passage from which on its product comes into question for the shopper's words
_ALIKE = 0.5  # cosine from which on a product of another kind is similar
_WISHES = 40
_DEPARTMENT = 200  # products of the same department that are looked at


class Choice:
    """What is made of one wish."""

    def __init__(self, learnt: Learnt, wish: Wish, knowledge: KnowledgeBase) -> None:
        self._learnt = learnt
        self._wish = wish
        self._knowledge = knowledge
        self._history, self._cart = self._numbers(wish.history), self._numbers(wish.cart)
        self._product = self._numbers([wish.product] if wish.product else [])
        self._here = frozenset((*self._cart, *self._product))
        self._others = list(dict.fromkeys((*self._product, *reversed(self._cart), *reversed(self._history))))
        self._shown: dict[int, Product | None] = {}
        self._pins = self._pinned()
        self._paired = self._pairs()
        self._wished = self._matches()

    def made(self) -> list[Recommendation]:
        """What is shown, best first."""
        places, features = self._candidates()
        if not len(places):
            return []
        scores = self._scores(features, places)
        order = varied(scores, self._learnt.catalogue.meaning.rows[places], len(places), self._wish.diversity)
        chosen = self._sold_now(order, places)
        shares = self._shares(features, chosen, places)
        return [
            Recommendation(product, float(scores[place]), *self._telling.told(int(places[place]), product, share), share)
            for place, share in zip(chosen, shares, strict=True)
            if (product := self._shop(int(places[place]))) is not None
        ]

    @property
    def _ranker(self) -> Ranker:
        return self._learnt.cold if self._wish.want == "similar" else self._learnt.ranker

    @property
    def _telling(self) -> Telling:
        known = {other: product for other in self._others[:8] if (product := self._shop(other)) is not None}
        language = self._wish.language or (self._knowledge.languages[0] if self._knowledge.languages else "en")
        paired = {place: anchor for place, anchor in self._paired.items() if anchor in known}
        found = Found(self._pins, paired, self._wished, frozenset(self._history), self._wish.interests.strip())
        return Telling(self._learnt, found, known, self._wish.want, language)

    def _numbers(self, names: Sequence[str]) -> tuple[int, ...]:
        learnt = self._learnt
        ids = (learnt.codes.get(name.casefold()) for name in names)
        return tuple(learnt.catalogue.number[product] for product in ids if product is not None)

    def _pinned(self) -> tuple[int, ...]:
        """What the merchant shows first; where likeness is asked for, likeness alone counts."""
        if not self._wish.pins or self._wish.want == "similar":
            return ()
        return tuple(place for place in self._numbers(self._learnt.rules.pin) if place not in self._here)

    def _pairs(self) -> dict[int, int]:
        """What the shop pairs with the product, the cart or the last thing bought, and with which of them."""
        found: dict[int, int] = {}
        if self._wish.want == "similar":
            return found
        for anchor in (*self._product, *reversed(self._cart), *self._history[-1:]):
            named = self._learnt.rules.pairs.get(self._learnt.catalogue.products[anchor].id, ())
            for place in (*self._numbers(named), *self._learnt.catalogue.related[anchor]):
                found.setdefault(place, anchor)
        return found

    def _matches(self) -> dict[int, float]:
        """Products that match the shopper's words, with how well (0..1)."""
        asked = self._wish.interests.strip()
        if not asked:
            return {}
        result = self._knowledge.search(asked, language=self._wish.language, kinds=("product",), limit=_WISHES, filters=Filters())
        number = self._learnt.catalogue.number
        found: dict[int, float] = {}
        for hit in result.hits:
            if hit.product is not None and hit.score >= _MATCH and hit.product.id in number:
                place = number[hit.product.id]
                found[place] = max(found.get(place, 0.0), hit.score)
        return found

    def _candidates(self) -> tuple[Numbers, Features]:
        more = [*self._wished, *self._paired, *self._pins, *self._department()]
        if not self._others and self._learnt.signals.learned.empty and not self._wished:
            more += range(min(_DEPARTMENT, len(self._learnt.catalogue)))
        places, features = self._learnt.signals.look(self._past(), more)
        keep = ~np.isin(places, self._left_out()) & self._wanted(places)
        return places[keep], features[keep]

    def _past(self) -> Past:
        """Each thing that was bought as an order of its own, then the cart, then the product that is looked at."""
        if self._wish.want == "similar" and self._product:
            return Past((self._product,))
        return Past(tuple(filter(None, [*((item,) for item in self._history), self._cart, self._product])))

    def _department(self) -> list[int]:
        """Where little was bought, what goes with a product is looked for in its department."""
        if self._wish.want != "goes_with" or not self._here:
            return []
        departments = self._learnt.catalogue.departments
        own = departments[list(self._here)]
        found: list[int] = np.flatnonzero(np.isin(departments, own[own >= 0]))[:_DEPARTMENT].tolist()
        return found

    def _left_out(self) -> list[int]:
        """What the shopper looks at or has in the cart, bought before and does not buy again, and what the merchant blocked."""
        catalogue, rules = self._learnt.catalogue, self._learnt.rules
        found = [*self._here, *(place for place in self._history if not self._again(place))]
        if self._wish.blocks:
            apart = (rules.apart.get(catalogue.products[anchor].id, frozenset()) for anchor in self._here)
            found += [catalogue.number[product] for product in rules.block.union(*apart) if product in catalogue.number]
        return found

    def _again(self, place: int) -> bool:
        product, rules = self._learnt.catalogue.products[place], self._learnt.rules
        names = {product.id, kind_of(product).casefold()}
        if names & rules.once:
            return False
        return bool(names & rules.again) or bool(self._learnt.signals.learned.again[place] >= REPEATED)

    def _wanted(self, places: Numbers) -> Flags:
        """Which candidates are what is asked for: like it, going with it, or in the shopper's words."""
        named = np.isin(places, [*self._pins, *self._paired])
        if self._wish.want == "any" or not self._here:
            anything = not self._wish.interests.strip() or bool(self._others)
            return np.ones(len(places), dtype=bool) if anything else named | np.isin(places, list(self._wished))
        catalogue, here = self._learnt.catalogue, list(self._here)
        alike = np.isin(catalogue.kinds[places], catalogue.kinds[here]) & (catalogue.kinds[places] >= 0)
        if self._wish.want == "similar":
            rows = catalogue.meaning.rows
            near: Flags = alike | ((rows[places] @ rows[here].T).max(axis=1) >= _ALIKE)
            return near
        own = catalogue.departments[here]
        found: Flags = named | np.isin(places, self._bought_with()) | (~alike & np.isin(catalogue.departments[places], own[own >= 0]))
        return found

    def _bought_with(self) -> list[int]:
        """What two shoppers or more bought as well as something the shopper looks at or has in the cart."""
        together, sold = self._learnt.signals.learned.together, self._learnt.sold
        pairs = (
            (anchor, other) for anchor in self._here for other in together.indices[together.indptr[anchor] : together.indptr[anchor + 1]]
        )
        return [int(other) for anchor, other in pairs if sold.both(anchor, int(other)) >= 2]

    def _scores(self, features: Features, places: Numbers) -> Floats:
        scores: Floats = self._ranker.score(features).astype(np.float64)
        if not self._others and self._learnt.signals.learned.empty:
            scores = -np.arange(len(places)) / max(1, len(places))  # nothing is known: the shop's own order
        if not self._others and self._wished:
            scores *= _BESIDE_WORDS
        for at in np.flatnonzero(np.isin(places, [*self._wished, *self._paired])):
            scores[at] += sum(self._extra(int(places[at])).values())
        return scores

    def _extra(self, place: int) -> dict[str, float]:
        """What the shop's own pairing and the shopper's words add."""
        found = {"interests": _WISHED * self._wished[place]} if place in self._wished else {}
        return found | ({"pair": _PAIRED} if place in self._paired else {})

    def _shares(self, features: Features, chosen: Sequence[int], places: Numbers) -> list[dict[str, float]]:
        """Of each chosen one's score, by group; {} where nothing speaks for it more than for the others."""
        found = []
        for place, carried in zip(chosen, self._ranker.carried(features, chosen) if chosen else [], strict=True):
            weight = _BESIDE_WORDS if not self._others and self._wished else 1.0
            drops = {group: weight * drop for group, drop in carried.items()} | self._extra(int(places[place]))
            total = sum(drops.values())
            found.append({group: round(drop / total, 4) for group, drop in drops.items()} if total > 0 else {})
        return found

    def _sold_now(self, order: Sequence[int], places: Numbers) -> list[int]:
        """The first ones that can be bought at this moment, pinned ones before them."""
        place_of = {int(places[at]): at for at in order}
        pins = [place_of[pin] for pin in self._pins if pin in place_of and self._sells(pin)]
        found: list[int] = []
        for at in pinned_first(order, pins[: max(1, self._wish.limit // 2)], len(order)) if pins else order:
            if len(found) == self._wish.limit:
                break
            if self._sells(int(places[at])):
                found.append(at)
        return found

    def _sells(self, place: int) -> bool:
        product = self._shop(place)
        return product is not None and (not self._wish.stock or in_stock(product))

    def _shop(self, place: int) -> Product | None:
        """The product as it is at this moment, in the language that is asked for."""
        if place not in self._shown:
            self._shown[place] = self._knowledge.product(self._learnt.catalogue.products[place].id, self._wish.language)
        return self._shown[place]
