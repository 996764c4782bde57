"""The measurements of encoder tuning: a split that leaks nothing, and figures that are those of their definitions."""

import math
from decimal import Decimal

import numpy as np
import pytest

from knowledge_base.catalog import Content, Money, Product, ShopProfile, Variant
from tests.bench.tuning_bitext import ALIKE, Asked, by_likeness, by_tfidf, figures, halves_of, places, signatures
from tests.bench.tuning_chorus import Judged, bm25, by_ranks, ndcg, plain_words
from tests.bench.tuning_chorus import figures as product_figures

VERBS, THINGS = (
    ("cancel", "change", "track", "find", "return"),
    ("order", "invoice", "parcel", "refund", "account", "address", "newsletter"),
)
REQUESTS = [
    Asked(form.format(verb=verb, thing=thing), f"{verb} {thing} here")
    for verb in VERBS
    for thing in THINGS
    for form in ("how do I {verb} my {thing} 123?", "{verb} {thing} 998", "please help me to {verb} the {thing}")
    for _ in range(3)
]


def test_a_slip_a_figure_and_small_words_change_no_signature() -> None:
    found = signatures([*(request.text for request in REQUESTS), "I want to cancle my ordr 55512"])
    assert found[-1] == found[0] == frozenset({"cancel", "order"})


def test_the_halves_share_no_request_and_nothing_alike() -> None:
    halves = halves_of(REQUESTS)
    assert len(halves.tune) + len(halves.held_out) + halves.left_out == len(REQUESTS)
    assert 0.25 < len(halves.held_out) / len(REQUESTS) < 0.75 and halves.tune
    assert not set(signatures([r.text for r in halves.tune])) & set(signatures([r.text for r in halves.held_out]))
    assert len(halves.nearest) == len(halves.held_out) and halves.nearest.max() < ALIKE


def test_a_tie_is_no_find_and_the_figures_are_means() -> None:
    asked = [Asked("x", "b"), Asked("y", "a"), Asked("z", "a")]
    found = places(np.array([[0.1, 0.9], [0.5, 0.5], [0.7, 0.2]]), asked, ["a", "b"])
    assert found.tolist() == [1, 2, 1]
    assert figures(found) == {"r1": pytest.approx(2 / 3), "mrr": pytest.approx(5 / 6), "requests": 3}
    bands = by_likeness(found, np.array([0.1, 0.45, 0.1], dtype=np.float32))
    assert bands["0.00-0.25"]["r1"] == 1.0 and bands["0.40-0.50"]["r1"] == 0.0


@pytest.mark.slow
def test_tfidf_finds_the_answer_that_shares_words() -> None:
    answers = ["go to your orders to cancel", "track your parcel with the number"]
    assert by_tfidf([Asked("cancel orders", answers[0]), Asked("parcel number", answers[1])], answers).tolist() == [1, 1]


def _content(*titles: str) -> Content:
    price = Money(Decimal(1), "USD")
    products = tuple(Product(str(n), title, "en", (Variant(f"v{n}", price=price),)) for n, title in enumerate(titles))
    return Content(ShopProfile(), products, (), ())


def test_bm25_puts_the_rarer_word_and_the_shorter_text_first() -> None:
    content = _content("black laptop bag for travel and work", "black laptop", "black mouse", "black laptop bag")
    (found,) = bm25(content, [Judged("laptop bag", {})], plain_words)
    assert found == ["3", "0", "1"]


def test_ndcg_is_one_for_the_best_order_and_counts_what_nobody_judged_as_wrong() -> None:
    grades = {"a": 3, "b": 1, "c": 0}
    assert ndcg(["a", "b"], grades) == 1.0
    assert ndcg(["x", "a"], grades) == pytest.approx((7 / math.log2(3)) / (7 + 1 / math.log2(3)))
    found = product_figures([["x", "a", "b"]], [Judged("q", grades)])
    assert found["unjudged"] == pytest.approx(1 / 3) and found["judged_only"] == 1.0 > found["ndcg10"]


def test_fusing_by_ranks_puts_first_what_both_found() -> None:
    assert by_ranks([["a", "b", "c"], ["c", "b"]]) == ["c", "b", "a"]
