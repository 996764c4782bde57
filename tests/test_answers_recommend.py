"""What goes with a product, what is like it and cheaper, what else for the cart: asked in chat, from one list of ids."""

from __future__ import annotations

from decimal import Decimal

import pytest

from chatbot.messages import Conversation, Message, Page
from chatbot.plan import Plan
from chatbot.planner import Planner
from chatbot.recommend.recommender import Recommender
from tests.recommend_shop import knowledge


@pytest.fixture(scope="module")
def planner() -> Planner:
    return Planner(knowledge(), Recommender(knowledge()))


def plan(planner: Planner, text: str, *, page: str = "", cart: tuple[str, ...] = ()) -> Plan:
    shown = Page(product_id=page) if page else None
    language = "zh" if not text.isascii() else "en"
    return planner.plan(Conversation("test", (Message("shopper", text),), page=shown, cart=cart), language).plan


@pytest.mark.parametrize(
    ("asked", "page", "cart"),
    [
        ("What goes well with the Leather Hiking Boots?", "", ()),
        ("what goes with this?", "boots", ()),
        ("What else should I get?", "", ("S-boots",)),
        ("Leather Hiking Boots 可以搭配什么？", "", ()),
    ],
)
def test_what_goes_with_a_product_the_page_or_the_cart_is_what_the_shop_pairs(
    planner: Planner, asked: str, page: str, cart: tuple[str, ...]
) -> None:
    found = plan(planner, asked, page=page, cart=cart)
    assert [product.id for product in found.products] == ["wax"]
    assert "Leather Wax" in found.text and "10.00" in found.text
    assert [item.id for item in found.sources()] == ["product:wax"] and found.sources()[0].price == Decimal("10.00")


def test_a_thing_that_the_shop_does_not_have_is_not_recommended(planner: Planner) -> None:
    assert plan(planner, "What carbon footprint goes with the Wool Socks?").finish == "unknown"
    assert [one.id for one in plan(planner, "What else goes with the Leather Hiking Boots?").products] == ["wax"]


def test_where_nothing_is_known_to_go_together_that_is_said(planner: Planner) -> None:
    found = plan(planner, "What goes well with the Wool Socks?")
    assert found.text.startswith("The shop names nothing that goes with the Wool Socks.")
    assert set(found.text.split("- ")[1:]) and all(product.title in found.text for product in found.products)


def test_similar_and_cheaper_is_both(planner: Planner) -> None:
    assert plan(planner, "Anything similar to the Leather Hiking Boots?").text.startswith("Similar to the Leather Hiking Boots:\n- Light")
    cheaper = plan(planner, "Anything similar to the Leather Hiking Boots but cheaper?")
    assert cheaper.text == "I found nothing cheaper than the Leather Hiking Boots ($10.00) of that kind."


@pytest.mark.parametrize("asked", ["How much are the Leather Hiking Boots?", "What goes with delivery?", "Do you sell boots?"])
def test_no_other_question_is_taken(planner: Planner, asked: str) -> None:
    assert "go with" not in plan(planner, asked, cart=("S-boots",)).text
