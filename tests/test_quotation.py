"""Words of the shop's own, quoted to find what they belong to."""

import pytest

from chatbot.quotation import asks_which, quotation, quoted_product, quoted_sentence, without_quotation
from tests.toy_shop import BOOTS, KETTLE, PRODUCTS, TEA, TENT


@pytest.mark.parametrize(
    ("question", "quote"),
    [
        ("Which of your products is this: “The floor is waterproof to 3000 mm”", "The floor is waterproof to 3000 mm"),
        ('I read "Leather hiking boots". Which was that?', "Leather hiking boots"),
        ("“清明前采摘，豆香清雅”说的是哪款商品？", "清明前采摘，豆香清雅"),
        ("is it “best” for me", ""),
        ("which one whistles", ""),
    ],
)
def test_what_stands_between_the_marks_is_quoted_where_it_is_long_enough(question: str, quote: str) -> None:
    assert quotation(question) == quote


def test_the_question_beside_a_quotation_is_what_is_left() -> None:
    question = "I read “The floor is waterproof to 3000 mm” there. How much is it?"
    assert without_quotation(question) == "I read there. How much is it?"
    assert not asks_which(question)
    assert asks_which("What is “The floor is waterproof to 3000 mm” about?")
    assert asks_which("想找写着“清明前采摘，豆香清雅”的那款")


def test_the_one_product_whose_text_has_the_words_is_meant() -> None:
    assert quoted_product("which one is “the floor is waterproof, to 3000 mm!”", PRODUCTS) == TENT
    assert quoted_product("“清明前采摘，豆香清雅”是哪款", PRODUCTS) == TEA
    assert quoted_product("which one is “made of solid gold”", PRODUCTS) is None


def test_words_that_two_products_have_mean_neither() -> None:
    assert quoted_product("which is “Leather hiking boots”", (BOOTS, BOOTS)) is None


def test_the_whole_sentence_is_told_of_which_a_part_is_quoted() -> None:
    assert quoted_sentence("what is “suits induction hobs”", KETTLE) == "It holds 1.8 litres and suits induction hobs."
    assert quoted_sentence("what is “the water boils. It holds 1.8 litres”", KETTLE) == "the water boils. It holds 1.8 litres"
    assert quoted_sentence("what is “made of solid gold”", KETTLE) == ""
