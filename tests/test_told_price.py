"""A price that a shopper tells: when it is one that is asked about, and whether it is the record's."""

import pytest

from chatbot.options import asked_options
from chatbot.told_price import Verdict, tells_price, verdict
from knowledge_base.catalog import Product
from tests.toy_shop import BOOTS, KETTLE, TEA, TENT


@pytest.mark.parametrize(
    "question",
    [
        "the Otter Kettle is €49.00, isn't it?",
        "So the kettle is €30, right?",
        "the tent costs $249.00 at the moment, correct?",
        "I saw the Heron Tent for €34. Is that what I pay?",
        "My friend told me the tent is £3.00. Is that its price?",
        "is the tent €199?",
        "does the kettle cost 49 euros?",
        "the boots cost €120 in size 41, don't they?",
        "the tent is 199.00 CHF, right?",
        "the tent costs 199, right?",
        "the tent is 199.00, isn't it?",
        "龙井是¥6.00吧？",
        "我看到龙井标价¥88.00，付款也是这个价吗",
        "龙井要付¥88，没错吧？",
        "朋友说龙井是88元，价格对吗",
        "龙井是不是88元",
    ],
)
def test_an_amount_that_is_said_to_be_the_price_and_asked_about_is_a_told_price(question: str) -> None:
    assert tells_price(question)


@pytest.mark.parametrize(
    "question",
    [
        "do you have a tent for €150?",
        "does the tent at €199 come with a bag?",
        "the tent at €199 is waterproof, right?",
        "Since the tent costs €30, what do I pay for two of them?",
        "delivery is free over €50, right?",
        "is €50 enough for the tent?",
        "I bought the lamp for €30 and it broke, is that right?",
        "is the gift card €10 off?",
        "is it cheaper than €40?",
        "is the tent 2.4 kg?",
        "what is the price of the tent?",
        "有88元的龙井吗",
        "龙井是88元的那款防水吗",
        "龙井是88元，防水吗",
        "满99元包邮吗",
        "帐篷是2.4公斤吧",
    ],
)
def test_a_limit_a_discount_or_another_question_beside_an_amount_is_none(question: str) -> None:
    assert not tells_price(question)


@pytest.mark.parametrize(
    ("question", "product", "found"),
    [
        ("the Otter Kettle is €49.00, isn't it?", KETTLE, "told_right"),
        ("the Otter Kettle is 49 euros, right?", KETTLE, "told_right"),
        ("the Otter Kettle costs 49, right?", KETTLE, "told_right"),
        ("the Otter Kettle is $49.00, isn't it?", KETTLE, "told_wrong"),
        ("the Otter Kettle is €4.90, isn't it?", KETTLE, "told_wrong"),
        ("I saw the Heron Tent for €249. Is that what I pay?", TENT, "told_wrong"),
        ("I saw the Heron Tent for €199. Is that what I pay?", TENT, "told_right"),
        ("the boots are €120 in size 41, right?", BOOTS, "told_right"),
        ("the boots are €120, right?", BOOTS, None),
        ("the boots are €99, right?", BOOTS, "told_wrong"),
        ("the boots are €120 in size 45, right?", BOOTS, None),
        ("how much is the Otter Kettle?", KETTLE, None),
        ("明前龙井（100克）是€168吧", TEA, "told_right"),
        ("明前龙井是€6吧", TEA, "told_wrong"),
    ],
)
def test_a_told_price_is_right_where_every_version_meant_costs_just_that(question: str, product: Product, found: Verdict | None) -> None:
    assert verdict(question, product, asked_options(question, product)) == found
