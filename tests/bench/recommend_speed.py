"""How long one call takes: a shop of 20,000 made-up products with vectors of the real size and 60,000 orders, on one thread.

The products are in a real index and the calls go through `Recommender.recommend`, live stock and reasons included. Vectors are random
directions around 200 centres, so that neighbours are as uneven as in a shop. A call with the shopper's words also searches the index.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from chatbot.recommend import kept
from chatbot.recommend.counts import Counts, learned_vectors
from chatbot.recommend.purchases import Order, Purchases
from chatbot.recommend.recommender import Recommender, Wish
from knowledge_base.build import build_content
from knowledge_base.catalog import Availability, Content, Money, Product, ShopProfile, Variant
from knowledge_base.search import KnowledgeBase

DIMENSION, CENTRES = 384, 200
ORDERS, CALLS, SEARCHES = 60_000, 1_000, 120
_WORDS = (
    "oak steel linen red blue large small garden kitchen travel winter soft light strong classic round folding paper glass wool".split()
)


class Spread:
    """Vectors of the real size that depend on nothing but the text's first word, a number."""

    name, fingerprint, dimension = "made-up", "made-up-1", DIMENSION

    def __init__(self) -> None:
        self._centres = np.random.default_rng(1).standard_normal((CENTRES, DIMENSION))

    def encode(self, texts: Any, *, role: str) -> Any:
        seeds = [abs(hash(text)) % 2**32 for text in texts]
        rows = np.stack([self._centres[seed % CENTRES] + np.random.default_rng(seed).standard_normal(DIMENSION) for seed in seeds])
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def products_of(count: int) -> list[Product]:
    chance = np.random.default_rng(2)
    found = []
    for number in range(count):
        words = chance.choice(_WORDS, 3)
        kind = f"Kind {number % 300}"
        stock = Availability.in_stock if chance.random() > 0.1 else Availability.out_of_stock
        variant = Variant(f"V{number}", price=Money(Decimal(number % 200 + 1), "EUR"), availability=stock, sku=f"S{number}")
        title = f"{' '.join(words).title()} {kind} {number}"
        found.append(Product(f"p{number}", title, "en", (variant,), brand=f"Brand {number % 500}", category=f"Shop > {kind}"))
    return found


def log_of(count: int) -> Purchases:
    """Orders of 1 to 8 products, some of which sell far more often than others."""
    chance = np.random.default_rng(3)
    weights = 1 / np.arange(1, count + 1) ** 0.8
    drawn = chance.choice(count, size=(ORDERS, 8), p=weights / weights.sum())
    sizes = chance.integers(1, 9, ORDERS)
    shoppers = chance.integers(0, ORDERS // 4, ORDERS)
    return Purchases.of(
        Order(
            str(number), str(shoppers[number]), 3600.0 * number, tuple(f"p{item}" for item in dict.fromkeys(drawn[number, : sizes[number]]))
        )
        for number in range(ORDERS)
    )


def part(count: int) -> dict[str, Any]:
    encoder, products = Spread(), products_of(count)
    with tempfile.TemporaryDirectory() as folder:
        index, fitted = Path(folder) / "index", Path(folder) / "recommend"
        build_content(Content(ShopProfile(name="Big", currency="EUR"), tuple(products), (), ()), index, encoders=lambda _: encoder)
        knowledge = KnowledgeBase.open(index, lambda _: encoder)
        try:
            log = log_of(count)
            counts = Counts.of(log)
            started = time.perf_counter()
            fitted.mkdir()
            kept.write(fitted, kept.Fitted(log, counts, learned_vectors(counts.together), None, {}))
            recommender = Recommender(knowledge, fitted)
            recommender.prepare()
            opened = time.perf_counter() - started
            return {"products": count, "orders": ORDERS, "opening_seconds": round(opened, 1), "rows": _rows(recommender, count)}
        finally:
            knowledge.close()


def _rows(recommender: Recommender, count: int) -> dict[str, dict[str, float]]:
    chance = np.random.default_rng(4)

    def some(most: int) -> tuple[str, ...]:
        return tuple(f"p{number}" for number in chance.integers(0, count, chance.integers(1, most + 1)))

    wishes: dict[str, Callable[[], Wish]] = {
        "history": lambda: Wish(history=some(10)),
        "cart": lambda: Wish(cart=some(5)),
        "product, goes with": lambda: Wish(product=some(1)[0], want="goes_with"),
        "product, similar": lambda: Wish(product=some(1)[0], want="similar"),
        "history, cart and product": lambda: Wish(history=some(10), cart=some(4), product=some(1)[0]),
        "nothing known": lambda: Wish(),
        "interests (with a search)": lambda: Wish(interests=" ".join(chance.choice(_WORDS, 2))),
    }
    return {name: _timed(recommender, wish, SEARCHES if "search" in name else CALLS) for name, wish in wishes.items()}


def _timed(recommender: Recommender, wish: Callable[[], Wish], calls: int) -> dict[str, float]:
    """On the clock, and in the time of this thread alone, which a busy machine does not lengthen."""
    clock, own = [], []
    for _ in range(calls):
        asked = wish()
        started, began = time.perf_counter(), time.thread_time()
        recommender.recommend(asked)
        clock.append(1000 * (time.perf_counter() - started))
        own.append(1000 * (time.thread_time() - began))
    return {
        f"{share}_{name}": _at(times[20:], share) for name, times in (("ms", clock), ("cpu_ms", own)) for share in ("p50", "p95", "p99")
    }


def _at(times: list[float], share: str) -> float:
    return round(sorted(times)[int(len(times) * int(share[1:]) / 100)], 2)
