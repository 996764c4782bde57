"""Claims: a sentence leaves only when figures, names, polarity and conditions follow from the evidence."""

import pytest

from chatbot.claims import Evidence, judge

SHOP = Evidence(
    (
        "You can use one coupon code per order. Codes cannot be combined.",
        "Orders over $50 ship free within 3 working days. Returns are accepted within 30 days unless the item was on sale.",
        "It keeps drinks hot for 6 hours. The lid is dishwasher safe.",
        "退货需在30天内提出。特价商品不支持退货。",
    ),
    ("Cedar Mug",),
)


@pytest.mark.parametrize(
    "sentence",
    [
        "Returns are accepted within 30 days unless the item was on sale.",
        "The Cedar Mug keeps drinks hot for 6 hours.",
        "Codes cannot be combined.",
        "特价商品不支持退货。",
    ],
)
def test_what_the_shop_says_follows(sentence: str) -> None:
    assert judge(sentence, SHOP) is None


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("You can stack two coupon codes.", "figure"),
        ("Codes can be combined.", "polarity"),
        ("The lid is not dishwasher safe.", "polarity"),
        ("Yes, codes can be combined.", "yes_no"),
        ("Returns are accepted within 30 days.", "condition"),
        ("The Cedar Mug keeps drinks hot for 12 hours.", "figure"),
        ("The mug is dishwasher safe.", "unsupported"),
        ("The Cedar Mug is made in Norway.", "unsupported"),
        ("特价商品支持退货。", "polarity"),
        ("It is wonderful.", "unsupported"),
    ],
)
def test_what_the_shop_does_not_say_is_held_back_with_its_reason(sentence: str, reason: str) -> None:
    found = judge(sentence, SHOP)
    assert found is not None
    assert found.reason in {reason, "unsupported"} if reason in {"condition", "polarity"} else found.reason == reason
