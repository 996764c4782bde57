"""Follow-ups made whole, on the toy shop."""

import pytest

from chatbot.browsing import Shelf
from chatbot.followup import FollowUps
from chatbot.messages import Conversation, Message, Page
from chatbot.record import source_of
from tests.toy_house import toy_knowledge
from tests.toy_shop import BOOTS, DOME, KETTLE, TENT

SHOWN = Message("assistant", "These match:", (source_of(TENT), source_of(DOME)), "stop")


def whole(*messages: Message, question: str, language: str = "en", page: Page | None = None):  # type: ignore[no-untyped-def]
    knowledge = toy_knowledge()
    said = (*messages, Message("shopper", question))
    return FollowUps(knowledge, Shelf(knowledge)).make_whole(Conversation("c", said, page=page), language)


@pytest.mark.parametrize(
    ("question", "focus"),
    [
        ("how much is the second one", "badger-dome-tent"),
        ("is it in stock", "heron-tent"),
        ("what about the last one?", "badger-dome-tent"),
    ],
)
def test_a_pronoun_or_an_ordinal_takes_what_was_shown(question: str, focus: str) -> None:
    found = whole(Message("shopper", "show me tents"), SHOWN, question=question)
    assert found.products[0].id == focus


def test_a_product_in_the_text_of_an_earlier_reply_is_enough() -> None:
    found = whole(
        Message("shopper", "any kettles?"), Message("assistant", "We have the Otter Kettle."), question="what colours does it come in"
    )
    assert [product.id for product in found.products] == ["otter-kettle"]


def test_an_option_alone_asks_for_stock_unless_the_price_was_asked_before() -> None:
    reply = Message("assistant", "…", (source_of(KETTLE),), "stop")
    assert whole(Message("shopper", "is the otter kettle in stock"), reply, question="in black?").reading.fields == ("stock",)
    assert whole(Message("shopper", "how much is the otter kettle"), reply, question="in black?").reading.fields == ("price",)


def test_another_product_inherits_the_question() -> None:
    found = whole(Message("shopper", "how much is the heron tent"), SHOWN, question="and the otter kettle?")
    assert (found.products[0].id, found.reading.fields) == ("otter-kettle", ("price",))


def test_a_fragment_without_a_product_hangs_on_the_question_before() -> None:
    found = whole(Message("shopper", "how long does delivery take"), Message("assistant", "3 days."), question="and to Canada?")
    assert found.question == "how long does delivery take and to Canada?"


def test_a_question_that_stands_alone_is_left_alone() -> None:
    found = whole(Message("shopper", "how much is the heron tent"), SHOWN, question="Which ways of paying do you accept?")
    assert (found.question, found.products) == ("Which ways of paying do you accept?", ())


def test_the_page_gives_the_product_where_nothing_else_does() -> None:
    assert whole(question="how much is this?", page=Page(product_id="wren-lamp")).products[0].id == "wren-lamp"
    assert whole(question="do you ship to canada?", page=Page(product_id="wren-lamp")).products == ()


def test_a_name_that_fits_several_is_ambiguous() -> None:
    found = whole(question="how much is the tent?")
    assert found.ambiguous
    assert {product.id for product in found.products} == {"heron-tent", "badger-dome-tent"}


def test_the_second_one_is_asked_what_was_asked_of_the_first() -> None:
    found = whole(Message("shopper", "does the heron tent have a porch"), SHOWN, question="and the second one?")
    assert [product.id for product in found.products] == ["badger-dome-tent"]
    assert "porch" in found.question
    assert "heron" not in found.question.lower()


def test_a_field_asked_of_the_first_is_asked_of_the_second() -> None:
    found = whole(Message("shopper", "how much is the heron tent"), SHOWN, question="and the second one?")
    assert ([product.id for product in found.products], found.reading.fields) == (["badger-dome-tent"], ("price",))


def test_after_a_list_the_second_one_alone_is_to_be_described() -> None:
    assert whole(Message("shopper", "show me tents"), SHOWN, question="the second one").reading.fields == ("describe",)


def test_the_bigger_one_is_the_next_option_of_what_was_shown() -> None:
    reply = Message("assistant", "…", (source_of(BOOTS),), "stop")
    found = whole(Message("shopper", "how much are the marten boots in 41"), reply, question="and the bigger size?")
    assert (found.question, found.reading.fields) == ("and the bigger size? 42", ("price",))


def test_yes_to_do_you_mean_asks_the_question_before_of_what_was_named() -> None:
    asked = Message("assistant", "Do you mean the Otter Kettle?")
    found = whole(Message("shopper", "how much is the red one"), asked, question="yes")
    assert ([product.id for product in found.products], found.question) == (["otter-kettle"], "how much is the red one")


def test_what_is_the_shoppers_own_is_not_a_product_of_the_catalogue() -> None:
    assert whole(question="my parcel with the lamp never came").products == ()
