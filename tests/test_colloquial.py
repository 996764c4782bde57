"""Everyday wording, said again as shops write: beside the question, never in its place."""

import pytest

from chatbot.colloquial import in_shop_words


@pytest.mark.parametrize(
    ("question", "added"),
    [
        ("my mug came in bits", "my order arrived damaged"),
        ("can I swing by and get it?", "collect my order in person"),
        ("I didn’t mean to order two", "cancel my order"),
        ("it died after a week", "warranty"),
        ("can I pay monthly", "instalments"),
        ("can you put her initials on it", "engraving"),
        ("自己来拿可以吗", "到店自提"),
        ("杯子碎了", "破损"),
        ("地址填错了", "修改收货地址"),
        ("用过了还能退吗", "使用过或拆封后还能退货吗"),
    ],
)
def test_slang_is_said_again_in_the_shops_words_behind_the_question(question: str, added: str) -> None:
    said = in_shop_words(question)
    assert said.startswith(question)
    assert added in said.removeprefix(question)


@pytest.mark.parametrize(
    ("question", "region"),
    [
        ("do you post to Belfast?", "Northern Ireland"),
        ("would it get to Skye", "Scottish Highlands and islands"),
        ("shipping to Honolulu?", "Alaska and Hawaii"),
        ("do you ship to France", "international"),
        ("能寄到乌鲁木齐吗", "新疆"),
        ("能寄到法国吗", "海外"),
    ],
)
def test_a_place_is_told_with_the_region_that_deliveries_know(question: str, region: str) -> None:
    assert region in in_shop_words(question).removeprefix(question)


def test_a_word_that_is_also_a_country_counts_only_where_it_is_written_as_a_name_or_a_destination() -> None:
    assert "international" in in_shop_words("I live in Georgia")
    assert "international" in in_shop_words("can it go to peru")
    assert in_shop_words("which fonts, such as georgia") == ""


@pytest.mark.parametrize("question", ["how much is the kettle", "杯子多少钱", "密码是什么", "洗30分钟可以吗", ""])
def test_a_question_that_is_plain_already_gets_nothing(question: str) -> None:
    assert in_shop_words(question) == ""


def test_at_most_four_things_are_added_each_once() -> None:
    asked = "put one aside for me, wrapped, with her initials, I pay monthly with a voucher, it came in bits and in pieces"
    added = in_shop_words(asked).removeprefix(asked)
    assert added.count("gift card") == 1
    assert (
        len(
            [
                part
                for part in ("how long do you hold", "gift card", "instalments", "engraving", "gift wrapping", "damaged")
                if part in added
            ]
        )
        == 4
    )
