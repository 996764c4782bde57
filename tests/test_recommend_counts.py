"""What is counted is what a plain loop over the orders counts, however long the log is and in how many pieces it came."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from chatbot.recommend import counts
from chatbot.recommend.counts import LONG, Counts
from chatbot.recommend.purchases import Order, Purchases


def random_log(orders: int = 120) -> Purchases:
    chance = np.random.default_rng(7)
    return Purchases.of(
        Order(str(number), f"s{chance.integers(0, 2)}", float(chance.integers(0, 10**8)), tuple(map(str, chance.integers(0, 9, 5))))
        for number in range(orders)
    )


def looped(log: Purchases) -> dict[str, NDArray[np.float64]]:
    """The definition: weights fade by 0.8 and 0.5 a step back, over the last 50 orders until 20 things were seen."""
    size, last = len(log.products), log.moments.max()
    together, after, again = np.zeros((size, size)), np.zeros((size, size)), np.zeros(size)
    had: dict[int, list[list[int]]] = {}
    for number in range(len(log)):
        items, fade = log.order(number).tolist(), 0.5 ** ((last - log.moments[number]) / LONG)
        past = had.setdefault(int(log.who[number]), [])
        again[[item for item in items if any(item in one for one in past[-50:])]] += 1
        for item in items:
            together[item, [other for other in items if other != item]] += fade
        seen = 0
        for back, earlier in enumerate(reversed(past[-50:])):
            if seen >= 20:
                break
            seen += len(earlier)
            for one, item in ((one, item) for one in earlier for item in items if one != item):
                together[one, item] += fade * 0.8**back
                together[item, one] += fade * 0.8**back
                after[one, item] += fade * 0.5**back
        past.append(items)
    return {"together": together, "after": after, "again": again}


def plain(found: Counts) -> dict[str, NDArray[np.float64]]:
    return {"together": found.together.toarray(), "after": found.after.toarray(), "again": found.again}


@pytest.mark.parametrize("block", [7, 50_000])
def test_counts_in_blocks_are_what_a_loop_over_the_orders_counts(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr(counts, "_BLOCK", block)
    log = random_log()
    expected, found = looped(log), plain(Counts.of(log))
    for name in expected:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-9, atol=1e-12)


def test_a_log_put_together_of_parts_is_counted_as_one() -> None:
    log = random_log()
    parts = log.until(70).plus(log)
    assert (parts.names, parts.products, parts.shoppers) == (log.names, log.products, log.shoppers)
    expected, found = looped(log), plain(Counts.of(log.until(70)).plus(Counts.of(parts, first=70)))
    for name in expected:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-9, atol=1e-12)
    assert log.plus(log) is log
