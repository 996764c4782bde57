"""Recommendations of a small shop: what is shown, what never is, why, and that orders change it as they arrive."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from chatbot.recommend import kept
from chatbot.recommend.learning import fit_files
from chatbot.recommend.recommender import Recommendation, Recommender, Wish
from knowledge_base.catalog import Availability
from knowledge_base.errors import ContentError, IndexUnusable
from knowledge_base.search import OfferUpdate
from tests.recommend_shop import knowledge, orders, orders_file


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fitted")
    fit_files(knowledge(), [orders_file(folder / "orders.csv", orders())], folder / "fit")
    return folder / "fit"


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return tmp_path


def ids(found: list[Recommendation]) -> list[str]:
    return [one.product.id for one in found]


def by_id(found: list[Recommendation]) -> dict[str, Recommendation]:
    return {one.product.id: one for one in found}


def test_without_any_order_a_product_has_what_the_shop_pairs_and_what_is_like_it() -> None:
    recommender = Recommender(knowledge())
    beside = recommender.recommend(Wish(product="boots", want="goes_with"))
    assert (beside[0].product.id, beside[0].reason) == ("wax", "the shop pairs it with the Leather Hiking Boots")
    assert "light-boots" not in ids(beside)
    like = recommender.recommend(Wish(product="boots", want="similar"))[0]
    assert like.product.id == "light-boots"
    assert like.reason == "similar to the Leather Hiking Boots: same category (Boots), same brand (Fell), same material (leather)"


def test_who_is_not_known_in_a_shop_without_orders_is_shown_the_range_and_no_made_up_number() -> None:
    found = Recommender(knowledge()).recommend(Wish(limit=4))
    assert len(found) == 4
    assert all(one.reason.startswith("from the shop's ") for one in found)


def test_what_is_bought_together_is_told_with_the_count_from_the_orders(fitted: Path) -> None:
    found = by_id(Recommender(knowledge(), fitted).recommend(Wish(product="boots", want="goes_with")))
    assert found["socks"].reason == "bought together with the Leather Hiking Boots by 24 shoppers"
    assert found["socks"].shares["together"] > 0
    assert sum(found["socks"].shares.values()) == pytest.approx(1, abs=0.01)


def test_a_sold_out_product_is_never_recommended_and_a_live_offer_counts_at_once(fitted: Path) -> None:
    recommender = Recommender(knowledge(), fitted)
    assert "old-boots" not in ids(recommender.recommend(Wish(product="boots", want="similar", limit=20)))
    assert "old-boots" in ids(recommender.recommend(Wish(product="boots", want="similar", limit=20, stock=False)))
    knowledge().update_offers([OfferUpdate("S-socks", availability=Availability.out_of_stock)])
    try:
        assert "socks" not in ids(recommender.recommend(Wish(product="boots", limit=20)))
    finally:
        knowledge().update_offers([OfferUpdate("S-socks", availability=Availability.in_stock)])
    assert "socks" in ids(recommender.recommend(Wish(product="boots", limit=20)))


def test_what_was_bought_comes_again_only_where_shoppers_buy_it_again(fitted: Path) -> None:
    found = by_id(Recommender(knowledge(), fitted).recommend(Wish(history=("boots", "coffee"), limit=20)))
    assert "boots" not in found
    assert found["coffee"].reason == "bought before; 24 shoppers bought it more than once"
    assert "coffee" not in ids(Recommender(knowledge(), fitted).recommend(Wish(cart=("coffee",), limit=20)))


def test_the_merchants_word_counts_as_soon_as_the_file_is_written(fitted: Path, content: Path) -> None:
    (content / "recommend.toml").write_text(
        'pin = ["mug"]\nblock = ["S-socks"]\nonce = ["Coffee"]\n[[pair]]\nproduct = "boots"\nwith = ["Rain Jacket"]\nnever = ["wax"]\n'
    )
    recommender = Recommender(knowledge(), fitted, content)
    found = recommender.recommend(Wish(product="boots", history=("coffee",), limit=20))
    assert (found[0].product.id, found[0].reason) == ("mug", "chosen by the shop")
    assert found[1].product.id == "rain-jacket"
    assert not {"socks", "wax", "coffee"} & set(ids(found))
    free = recommender.recommend(Wish(product="boots", limit=20, pins=False, blocks=False))
    assert free[0].product.id != "mug" and {"socks", "wax"} <= set(ids(free))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('pin = ["mug"]\nblock = ["no-such"]\n', "recommend.toml:2: block: expected a product's id, SKU or title, got 'no-such'"),
        ("pin = 3\n", "recommend.toml:1: expected pin = "),
        ("\npins = []\n", "recommend.toml:2: expected one of the keys pin, block"),
        ('pin = ["mug"]\npin = \n', "recommend.toml:2: expected TOML"),
        ('[[pair]]\nproduct = "boots"\nwhich = ["mug"]\n', "recommend.toml:3: expected product, with or never"),
    ],
)
def test_a_fault_in_the_merchants_file_is_named_with_its_line_and_the_shop_goes_on(content: Path, text: str, told: str) -> None:
    (content / "recommend.toml").write_text(text)
    recommender = Recommender(knowledge(), None, content)
    assert recommender.recommend(Wish(product="boots"))
    assert recommender.trouble.startswith(told)


def test_words_find_products_and_the_reason_says_which_words_only_where_they_stand_in_it(fitted: Path) -> None:
    found = Recommender(knowledge(), fitted).recommend(Wish(interests="rain"))
    assert (found[0].product.id, found[0].reason) == ("rain-jacket", "matches “rain”")
    assert all(one.reason == "matches “rain”" or "rain" not in one.reason for one in found)


def test_new_orders_refresh_what_was_learned_to_what_learning_anew_gives(tmp_path: Path) -> None:
    every = sorted(orders(), key=lambda order: order.moment)
    first = orders_file(tmp_path / "first.csv", every[:60])
    fit_files(knowledge(), [first], tmp_path / "grown")
    grown = fit_files(knowledge(), [orders_file(tmp_path / "rest.csv", every[60:])], tmp_path / "grown")
    assert (grown.fresh, grown.anew) == (12, False)
    whole = fit_files(knowledge(), [orders_file(tmp_path / "all.csv", every)], tmp_path / "whole")
    mine, theirs = grown.fitted, whole.fitted
    place = [theirs.log.products.index(product) for product in mine.log.products]
    for name in ("bought", "recent", "carts", "again"):
        np.testing.assert_allclose(getattr(mine.counts, name), getattr(theirs.counts, name)[place], rtol=1e-9)
    for name in ("together", "after"):
        np.testing.assert_allclose(
            getattr(mine.counts, name).toarray(), getattr(theirs.counts, name).toarray()[np.ix_(place, place)], rtol=1e-9, atol=1e-12
        )
    cosines, others = (one.vectors @ one.vectors.T for one in (mine, theirs))
    np.testing.assert_allclose(cosines, others[np.ix_(place, place)], atol=1e-5)
    again = fit_files(knowledge(), [tmp_path / "rest.csv"], tmp_path / "grown")
    assert again.fresh == 0 and len(again.fitted.log) == 72


def test_nothing_that_is_kept_names_a_person(fitted: Path) -> None:
    log = kept.read(fitted)
    assert log is not None
    assert b"example.com" not in (fitted / "learned.safetensors").read_bytes()
    assert not any("@" in shopper for shopper in log.log.shoppers) and len(set(log.log.shoppers)) == 24


def test_a_damaged_fit_is_told_and_the_shop_recommends_without_it(fitted: Path, tmp_path: Path) -> None:
    (tmp_path / "learned.safetensors").write_bytes((fitted / "learned.safetensors").read_bytes()[:200])
    with pytest.raises(IndexUnusable, match="chatbot recommend fit --fresh"):
        kept.read(tmp_path)
    recommender = Recommender(knowledge(), tmp_path)
    assert recommender.recommend(Wish(product="boots"))
    assert "learned.safetensors" in recommender.trouble


def test_an_unknown_product_is_passed_over_and_told(fitted: Path) -> None:
    recommender = Recommender(knowledge(), fitted)
    wish = Wish(history=("gone", "boots"), cart=("S-SOCKS",))
    assert recommender.unknown(wish) == ("gone",)
    assert ids(recommender.recommend(wish)) == ids(recommender.recommend(replace(wish, history=("boots",))))


def test_a_refused_file_leaves_what_was_learned_as_it_was(fitted: Path, tmp_path: Path) -> None:
    before = (fitted / "learned.safetensors").read_bytes()
    (tmp_path / "strange.csv").write_text("order_id,date,sku\n1,2025-01-01,unknown\n")
    with pytest.raises(ContentError, match=r"at least one order of a product of this shop.*strange\.csv:2"):
        fit_files(knowledge(), [tmp_path / "strange.csv"], fitted)
    assert (fitted / "learned.safetensors").read_bytes() == before
