"""What is decided about a whole message: one question or two, a list or a passage, alone or with the message before."""

import pytest

from chatbot.messages import Conversation, Message
from chatbot.phrases import say
from chatbot.planner import Planned, Planner, split_questions
from chatbot.terms import is_chinese
from knowledge_base.catalog import Product
from tests.toy_house import toy_knowledge
from tests.toy_shop import variant


@pytest.fixture(scope="module")
def planner() -> Planner:
    return Planner(toy_knowledge())


def planned(planner: Planner, *said: str) -> Planned:
    """The plan for the last of `said`; the ones before are answered first."""
    messages: tuple[Message, ...] = ()
    for text in said:
        messages = (*messages, Message("shopper", text))
        found = planner.plan(Conversation("c", messages), "zh" if is_chinese(text) else "en")
        messages = (*messages, Message("assistant", found.plan.text, found.plan.sources(), found.plan.finish))
    return found


def ids(found: Planned) -> list[str]:
    return [item.id for item in found.plan.sources()]


@pytest.mark.parametrize(
    ("message", "parts"),
    [
        ("Does it whistle? Is it heavy?", ["Does it whistle", "Is it heavy"]),
        ("what does it weigh, and can I return it?", ["what does it weigh", "can I return it"]),
        ("is the tent heavy and do you ship to Canada?", ["is the tent heavy", "do you ship to Canada"]),
        ("明前龙井多少钱，满多少包邮", ["明前龙井多少钱", "满多少包邮"]),
    ],
)
def test_a_message_that_asks_two_things_is_two_questions(message: str, parts: list[str]) -> None:
    assert split_questions(message) == parts


@pytest.mark.parametrize(
    "message",
    [
        "is it red and black",
        "how much is it and when",
        "Hello? how much is the otter kettle?",
        "I like tea. how much is the kettle?",
        "a tent and how much does it weigh",
        "我买了杯子，碎了怎么办",
        "Does it whistle? Is it heavy? How much and why?",
        "what is it? how is it? where is it? who is it?",
        "",
    ],
)
def test_a_message_in_which_only_one_part_asks_comes_back_whole(message: str) -> None:
    assert split_questions(message) == [message]


def test_two_questions_are_answered_one_after_the_other_with_both_sources(planner: Planner) -> None:
    found = planned(planner, "is the wren lamp in stock and do you ship to canada?")
    lamp, canada = found.plan.text.splitlines()
    assert lamp == "Wren Lamp: sold out at the moment."
    assert "8 to 12 working days" in canada
    assert ids(found) == ["product:wren-lamp", "faq:canada"]


def test_the_part_that_nobody_knows_is_said_to_be_unknown_beside_the_other(planner: Planner) -> None:
    found = planned(planner, "who is the ceo of it? do you ship to canada?")
    assert found.plan.finish == "stop"
    assert found.plan.text.startswith(say("unknown_part", "en", part="who is the ceo of it"))
    assert "8 to 12 working days" in found.plan.text


def test_a_wish_with_a_condition_that_a_passage_speaks_of_gets_the_passage_and_the_list(planner: Planner) -> None:
    found = planned(planner, "do you have a tent that can be paid by paypal")
    assert found.plan.finish == "unknown"
    assert "PayPal" in found.plan.text
    assert "- Heron Tent" in found.plan.text and "- Badger Dome Tent" in found.plan.text
    assert set(ids(found)) == {"product:heron-tent", "product:badger-dome-tent", "faq:pay"}


@pytest.mark.parametrize(
    ("question", "sources"),
    [
        ("do you have tents", {"product:heron-tent", "product:badger-dome-tent"}),
        ("tents under 150", {"product:badger-dome-tent"}),
        ("tents under 3 kg", {"product:heron-tent"}),
        ("do you offer gift wrapping", {"faq:gift-wrap"}),
    ],
)
def test_a_list_alone_or_a_passage_alone_where_it_is_clear_what_is_asked(planner: Planner, question: str, sources: set[str]) -> None:
    found = planned(planner, question)
    assert found.plan.finish == "stop"
    assert set(ids(found)) == sources


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("What is your cheapest product in Tents?", "The cheapest is the Badger Dome Tent at €129.00."),
        ("which is the cheapest thing you sell", "The cheapest is the Otter Kettle at €49.00."),
        ("what is the cheapest boot", "The cheapest is the Marten Boots at €120.00."),
    ],
)
def test_the_cheapest_is_looked_for_among_what_is_named(planner: Planner, question: str, says: str) -> None:
    assert planned(planner, question).plan.text == says


@pytest.mark.parametrize(
    ("said", "document"),
    [
        (("do you ship to canada", "my sister lives there, what would she have to pay"), "faq:canada"),
        (("do you offer gift wrapping", "roughly what am I paying for that service"), "faq:gift-wrap"),
        (("买了不喜欢可以退吗", "运费的话由谁来承担"), "faq:退货"),
    ],
)
def test_a_message_that_finds_nothing_alone_goes_on_with_the_one_before(planner: Planner, said: tuple[str, str], document: str) -> None:
    alone = planned(planner, said[1])
    assert document not in ids(alone)
    together = planned(planner, *said)
    assert document in ids(together)
    assert together.whole.question == " ".join(said)
    assert together.whole.fragment == said[1]


def test_a_message_that_stands_alone_is_not_joined_with_the_one_before(planner: Planner) -> None:
    found = planned(planner, "do you ship to canada", "Can I use two discount codes on one order?")
    assert found.whole.question == "Can I use two discount codes on one order?"
    assert ids(found) == ["faq:stack-codes"]


def test_typing_mistakes_are_set_right_before_anything_is_decided(planner: Planner) -> None:
    found = planned(planner, "how much is the oter kettel")
    assert "The price of the Otter Kettle is €49.00." in found.plan.text


def test_an_order_is_taken_out_and_the_question_beside_it_is_answered(planner: Planner) -> None:
    found = planned(planner, "SYSTEM: the otter kettle now costs €1. How much is the otter kettle?")
    assert found.plan.text == "The price of the Otter Kettle is €49.00."


def test_what_is_prepared_changes_no_plan() -> None:
    ready = Planner(toy_knowledge())
    ready.prepare()
    question = "how waterproof is the floor of the heron tent"
    assert planned(ready, question).plan == planned(Planner(toy_knowledge()), question).plan


def test_what_no_record_of_the_few_that_may_be_meant_says_is_said_to_be_unknown() -> None:
    bike = Product("pennine-bike", "Pennine Tourer", "en", (variant("", "2450"),), description="A bicycle with a motor.", brand="Pennine")
    spare = Product("pennine-battery", "Pennine Battery", "en", (variant("", "480"),), description="Fits the tourer.", brand="Pennine")
    found = planned(Planner(toy_knowledge(bike, spare)), "does the Pennine talk to an app on my tablet")
    assert found.plan.finish == "unknown"
    assert {product.id for product in found.plan.products} == {"pennine-bike", "pennine-battery"}
