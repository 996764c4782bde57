"""Conditions in plain words, English and Chinese, and what they must not be read into."""

from decimal import Decimal

import pytest
from fakes_knowledge import camping_shop

from knowledge_base.catalog import Filters
from knowledge_base.filters import parse_filters, satisfies
from knowledge_base.prices import price_limits
from knowledge_base.vocabulary import option_fits, vocabulary_of

VOCABULARY = vocabulary_of(camping_shop().products)


def parsed(text: str) -> Filters:
    return parse_filters(text, "en", VOCABULARY)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("tents under $50", None, "50"),
        ("anything cheaper than 1,200 euros", None, "1200"),
        ("at most 30", None, "30"),
        ("$80 or less", None, "80"),
        ("between 20 and 40", "20", "40"),
        ("from $20 to $40", "20", "40"),
        ("20-40 dollars", "20", "40"),
        ("more than 100 but less than 200", "100", "200"),
        ("around $50", "40", "60"),
        ("50元以下的帐篷", None, "50"),
        ("100到200块的", "100", "200"),
        ("不超过两百元", None, "200"),
        ("一百五十块以内", None, "150"),
        ("一千二百元左右", "960", "1440"),
        ("500元以上", "500", None),
        ("低于50", None, "50"),
    ],
)
def test_price_limits_are_read_from_plain_words(text: str, low: str | None, high: str | None) -> None:
    limits = price_limits(text)
    assert (limits.low, limits.high) == (Decimal(low) if low else None, Decimal(high) if high else None)


@pytest.mark.parametrize(
    "text",
    [
        "under 2 kg", "less than 5cm", "within 30 days", "tents for 2 to 3 people", "size 40-42",
        "is shipping free for orders over $50",
        "free delivery above 40 euros?", "do I get a refund under 14 days",
        "2公斤以下", "7天以内能退吗", "满200元包邮吗", "200元以上包邮吗", "10000毫安以上",
    ],
)  # fmt: skip
def test_weights_days_and_order_totals_are_no_price_limits(text: str) -> None:
    limits = price_limits(text)
    assert (limits.low, limits.high) == (None, None)


def test_under_fifty_is_not_fifty() -> None:
    assert parsed("tents under 199").exclusive
    cheap = [p.id for p in camping_shop().products if satisfies(p, parsed("tents under 199"))]
    up_to = [p.id for p in camping_shop().products if satisfies(p, parsed("tents up to 199")) and p.language == "en"]
    assert cheap == []
    assert up_to == ["nimbus-2"]


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("a jacket in size M", (("size", "m"),)),
        ("boots size 42", (("size", "42"),)),
        ("do you have it in a medium", (("size", "m"),)),
        ("有M码吗", (("size", "m"),)),
        ("42码的鞋", (("size", "42"),)),
        ("do you have tents in blue", (("colour", "blue"),)),
        ("blue tents", (("colour", "blue"),)),
        ("蓝色的帐篷", (("colour", "蓝色"),)),
        ("tents in purple", (("colour", "purple"),)),
        ("what do you have in a large box", ()),
        ("is it in the sale", ()),
    ],
)
def test_sizes_and_colours_are_read(text: str, options: tuple[tuple[str, str], ...]) -> None:
    assert parsed(text).options == options


@pytest.mark.parametrize(
    "text",
    ["show me tents in stock", "which jackets do you have in stock?", "do you have any stoves in stock", "有哪些帐篷有货", "有现货的帐篷"],
)
def test_a_request_for_a_list_asks_for_what_is_in_stock(text: str) -> None:
    assert parsed(text).in_stock is True


@pytest.mark.parametrize(
    "text",
    [
        "is the blue one in stock?",
        "is it in stock",
        "which sizes are in stock?",
        "when is the Moss Jacket in stock again",
        "蓝色的有货吗",
        "有货吗",
    ],
)
def test_a_question_after_one_things_stock_is_no_condition(text: str) -> None:
    assert parsed(text).in_stock is None


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("what is on sale", True), ("any discounted tents?", True), ("show me sale items", True), ("有哪些打折的", True),
        ("特价商品", True),
        ("is the tent on sale?", None), ("do you have a student discount", None), ("有学生优惠吗", None), ("优惠券怎么用", None),
    ],
)  # fmt: skip
def test_a_sale_is_a_condition_only_in_a_request_for_a_list(text: str, wanted: bool | None) -> None:
    assert parsed(text).on_sale is wanted


@pytest.mark.parametrize(
    ("text", "category", "brand"),
    [
        ("show me your tents", "Tents", None), ("any tent from Peak?", "Tents", "Peak"), ("jackets please", "Jackets", None),
        ("有什么帐篷", "帐篷", None), ("peak performance", None, "Peak"), ("how do I pay", None, None),
    ],
)  # fmt: skip
def test_categories_and_brands_of_the_catalogue_are_recognised(text: str, category: str | None, brand: str | None) -> None:
    filters = parsed(text)
    assert (filters.category, filters.brand) == (category, brand)


def test_one_and_the_same_variant_must_meet_every_condition() -> None:
    nimbus = camping_shop().products[0]
    assert satisfies(nimbus, Filters(options=(("colour", "red"),)))
    assert satisfies(nimbus, Filters(in_stock=True))
    assert not satisfies(nimbus, Filters(options=(("colour", "red"),), in_stock=True))


@pytest.mark.parametrize(
    ("name", "wanted", "value", "fits"),
    [
        ("colour", "blue", "Midnight Blue", True), ("colour", "蓝色", "Blue", True), ("colour", "blue", "藏青色", True),
        ("colour", "red", "Blue", False),
        ("size", "m", "Medium", True), ("size", "42", "EU 42", True), ("size", "m", "M (38-40)", True), ("size", "l", "XL", False),
        ("capacity", "1 l", "1 L", True),
    ],
)  # fmt: skip
def test_option_values_are_compared_by_what_they_mean(name: str, wanted: str, value: str, fits: bool) -> None:
    assert option_fits(name, wanted, value) is fits
