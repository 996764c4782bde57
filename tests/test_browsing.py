"""The catalogue by words: lists are complete, conditions hold for one variant, and what is not there is known."""

from dataclasses import replace
from decimal import Decimal

import pytest

from chatbot.browsing import Shelf, satisfies
from knowledge_base.catalog import Filters
from tests.toy_house import toy_knowledge
from tests.toy_shop import BOOTS, KETTLE, LAMP, TENT


@pytest.mark.parametrize(
    ("question", "filters", "ids"),
    [
        ("do you have tents", Filters(), {"heron-tent", "badger-dome-tent"}),
        ("tents under 150", Filters(max_price=Decimal(150)), {"badger-dome-tent"}),
        ("what is on sale", Filters(on_sale=True), {"heron-tent"}),
        ("leather boots", Filters(), {"marten-boots"}),
        ("a tent for two people", Filters(), {"heron-tent"}),
    ],
)
def test_a_list_has_all_that_match_and_nothing_else(question: str, filters: Filters, ids: set[str]) -> None:
    found = Shelf(toy_knowledge()).find(question, "en", filters)
    assert found.exact
    assert {product.id for product in found.products} == ids


def test_what_the_shop_does_not_sell_is_missing() -> None:
    found = Shelf(toy_knowledge()).find("do you sell kayaks", "en", Filters())
    assert (found.exact, found.missing) == (False, ("kayak",))


@pytest.mark.parametrize(
    ("product", "filters", "fits"),
    [
        (BOOTS, Filters(max_price=Decimal(120), exclusive=True), False),
        (BOOTS, Filters(max_price=Decimal(120)), True),
        (BOOTS, Filters(max_price=Decimal(120), in_stock=True, options=(("size", "40"),)), False),
        (BOOTS, Filters(in_stock=True, options=(("size", "41"),)), True),
        (LAMP, Filters(in_stock=True), False),
        (TENT, Filters(on_sale=True), True),
        (KETTLE, Filters(brand="Hearthware"), True),
        (KETTLE, Filters(brand="Fellmark"), False),
    ],
)
def test_one_and_the_same_variant_has_to_meet_all_conditions(product, filters: Filters, fits: bool) -> None:  # type: ignore[no-untyped-def]
    assert satisfies(product, filters) is fits


def test_what_is_denied_does_not_describe() -> None:
    from dataclasses import replace

    from chatbot.browsing import _entry

    pot = replace(KETTLE, description="It is not for induction hobs. It pours well.", attributes=(("Dishwasher safe", "No"),))
    entry = _entry(pot)
    assert entry.has("pour")
    assert not entry.has("induct")
    assert not entry.has("dishwash")


def test_what_the_name_ends_in_comes_before_what_goes_with_it() -> None:
    cover = replace(TENT, id="tent-cover", title="Heron Tent Cover", variants=(replace(TENT.variants[0], id="tent-cover"),))
    found = Shelf(toy_knowledge(cover)).find("do you have tents", "en", Filters())
    assert [product.id for product in found.products][-1] == "tent-cover"
    assert len(found.products) == 3


@pytest.mark.parametrize("question", ["do you have tents (not dome)", "tents, but not the dome ones"])
def test_what_is_refused_is_not_listed(question: str) -> None:
    found = Shelf(toy_knowledge()).find(question, "en", Filters())
    assert [product.id for product in found.products] == ["heron-tent"]
