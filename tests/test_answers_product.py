"""Answers about one product: an option among other words, a field and a sentence together, and no answer without the telling words."""

import pytest

from chatbot.answers_product import _answers, _is_sure
from chatbot.listing import list_answer
from chatbot.messages import Conversation, Message, Page
from chatbot.phrases import say
from chatbot.plan import Plan
from chatbot.planner import Planner
from chatbot.retriever import SURE, Statement
from chatbot.sentences import sentences
from chatbot.terms import is_chinese
from knowledge_base.catalog import Product
from tests.toy_house import toy_knowledge
from tests.toy_shop import variant


@pytest.fixture(scope="module")
def planner() -> Planner:
    return Planner(toy_knowledge())


def plan(planner: Planner, question: str, page: str = "") -> Plan:
    messages = (Message("shopper", question),)
    conversation = Conversation("c", messages, page=Page(product_id=page) if page else None)
    return planner.plan(conversation, "zh" if is_chinese(question) else "en").plan


@pytest.mark.parametrize(
    ("score", "coverage", "similarity", "sure"),
    [
        (SURE, 0.5, 0.4, True),
        (0.9, 0.0, 0.65, False),
        (0.9, 0.0, 0.75, True),
        (SURE - 0.01, 1.0, 0.9, False),
    ],
)
def test_a_sentence_without_the_telling_words_answers_only_when_it_means_the_same(
    score: float, coverage: float, similarity: float, sure: bool
) -> None:
    assert _is_sure(Statement("The floor is waterproof.", score, coverage, similarity)) is sure


@pytest.mark.parametrize(
    "question",
    ["is the heron tent insect proof", "is the otter kettle dishwasher safe", "are the marten boots waterproof", "龙井是有机的吗"],
)
def test_what_the_record_does_not_say_is_said_to_be_unknown(planner: Planner, question: str) -> None:
    found = plan(planner, question)
    assert found.finish == "unknown"
    assert len(found.products) == 1


def test_what_a_model_is_told_of_a_record_in_doubt_is_no_more_than_the_closest_that_it_says(planner: Planner) -> None:
    found = plan(planner, "is the heron tent insect proof")
    assert found.looked_up == found.brief
    assert sentences(found.brief)[0] in found.text and set(sentences(found.brief)) <= set(sentences(found.text))
    assert say("offer_person", "en") in found.text and say("offer_person", "en") not in found.brief
    sure = plan(planner, "how waterproof is the floor of the heron tent")
    assert sure.looked_up == sure.text and not sure.brief


@pytest.mark.parametrize("question", ["do u ship to canada and how much", "is shipping the heron tent to canada insured"])
def test_a_passage_that_answers_or_may_answer_is_to_be_read_itself(planner: Planner, question: str) -> None:
    found = plan(planner, question)
    assert found.passages and not found.looked_up


def test_that_nothing_was_found_is_told(planner: Planner) -> None:
    found = plan(planner, "who is the ceo")
    assert found.looked_up == found.text and found.text.startswith(say("unknown", "en"))


def test_a_sentence_with_the_telling_words_is_the_answer(planner: Planner) -> None:
    found = plan(planner, "how waterproof is the floor of the heron tent")
    assert (found.text, found.finish) == ("Heron Tent: The floor is waterproof to 3000 mm.", "stop")


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("the black kettle", "Otter Kettle in Black: sold out at the moment. In stock: Red."),
        ("have you got the boots in 40", "Marten Boots in 40: sold out at the moment. In stock: 41, 42."),
        ("are the boots in size 41 made of leather", "Marten Boots in 41: in stock. Material: leather."),
    ],
)
def test_an_option_alone_or_with_what_an_attribute_says_is_answered(planner: Planner, question: str, says: str) -> None:
    found = plan(planner, question)
    assert (found.text, found.finish) == (says, "stop")


def test_beside_an_option_the_closest_sentence_is_told_with_the_stock_but_not_as_the_answer(planner: Planner) -> None:
    found = plan(planner, "is the black kettle suitable for induction hobs")
    assert found.finish == "unknown"
    assert "suits induction hobs" in found.text
    assert "Otter Kettle in Black: sold out" in found.text


def test_a_field_and_a_sentence_are_told_together(planner: Planner) -> None:
    found = plan(planner, "how much is the kettle and does it whistle")
    assert found.finish == "stop"
    assert "€49.00" in found.text and "whistles when the water boils" in found.text


def test_an_item_number_alone_asks_for_price_and_stock(planner: Planner) -> None:
    found = plan(planner, "MB-40")
    assert "€120.00" in found.text
    assert "Marten Boots in 40: sold out at the moment." in found.text


def test_a_name_alone_gets_the_description_and_the_price(planner: Planner) -> None:
    found = plan(planner, "otter kettle")
    assert found.by_model
    assert found.text.startswith("A stovetop kettle that whistles") and found.text.endswith("The price of the Otter Kettle is €49.00.")


def test_when_something_comes_back_is_not_guessed(planner: Planner) -> None:
    found = plan(planner, "when will the wren lamp be back in stock")
    assert found.finish == "unknown"
    assert found.text.startswith("Wren Lamp: sold out at the moment.")


def test_what_the_shop_settles_for_all_products_goes_before_one_record(planner: Planner) -> None:
    found = plan(planner, "do you gift wrap the otter kettle")
    assert [passage.document_id for passage in found.passages] == ["faq:gift-wrap"]
    assert found.text.startswith("Gift wrapping costs €3")


def test_a_name_that_fits_two_gets_the_answer_of_each(planner: Planner) -> None:
    found = plan(planner, "how much is the tent")
    assert found.text.splitlines() == [
        "- The sale price of the Heron Tent is €199.00, reduced from €249.00.",
        "- The price of the Badger Dome Tent is €129.00.",
    ]


def test_the_product_of_the_page_is_asked_by_its_option(planner: Planner) -> None:
    assert "Marten Boots in 42" in plan(planner, "do you have this in size 42", "marten-boots").text


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("the Otter Kettle is €30.00, isn't it?", "No. The price of the Otter Kettle is €49.00."),
        ("the Otter Kettle is €49.00, isn't it?", "Yes. The price of the Otter Kettle is €49.00."),
        ("I saw the Heron Tent for €249. Is that what I pay?", "No. The sale price of the Heron Tent is €199.00, reduced from €249.00."),
        ("明前龙井是€6.00吧？", "不是的。明前龙井的价格在€88.00到€168.00之间，具体为：50克 €88.00；100克 €168.00。"),
        ("明前龙井50克要付€88，没错吧？", "是的。明前龙井（50克）的价格是€88.00。"),
    ],
)
def test_a_price_that_is_told_is_said_to_be_right_or_not_with_the_price(planner: Planner, question: str, says: str) -> None:
    found = plan(planner, question)
    assert (found.text, found.finish) == (says, "stop")


def test_with_a_told_price_another_field_gets_no_yes(planner: Planner) -> None:
    found = plan(planner, "is the wren lamp at €35 in stock?")
    assert not found.text.startswith(("Yes", "No"))
    assert "Wren Lamp: sold out at the moment." in found.text


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("What do you charge for the Otter Kettle?", "The price of the Otter Kettle is €49.00."),
        ("what do i pay for the Marten Boots in size 42", "The price of the Marten Boots in 42 is €130.00."),
        ("Price for the Otter Kettle in Black?", "The price of the Otter Kettle in Black is €49.00. Sold out at the moment."),
        ("Price for the Otter Kettle in Charcoal?", "Charcoal is not among the options of the Otter Kettle. Colour: Red, Black. The price of the Otter Kettle is €49.00."),
        ("Price for the Wren Lamp in Black?", "Black is not among the options of the Wren Lamp. There is one version of the Wren Lamp. The price of the Wren Lamp is €35.00. Sold out at the moment."),
    ],
)  # fmt: skip
def test_the_price_is_told_however_it_is_asked_for(planner: Planner, question: str, says: str) -> None:
    assert plan(planner, question).text.startswith(says)


def test_what_a_thing_would_fetch_second_hand_is_not_its_price(planner: Planner) -> None:
    found = plan(planner, "明前龙井用三年以后二手能卖多少？")
    assert found.finish == "unknown"
    assert "€" not in found.text


@pytest.mark.parametrize("question", ["维克萨悬浮滑板多少钱？", "明前皮划艇多少钱？", "How much is the Zarnow Submarine Camera?"])
def test_the_price_of_what_is_not_sold_is_not_that_of_another_product(planner: Planner, question: str) -> None:
    found = plan(planner, question)
    assert found.finish == "unknown"
    assert "€" not in found.text


@pytest.mark.parametrize("question", ["can i get the boots in Red", "do you have the marten boots in black?"])
def test_a_colour_that_only_another_product_has_is_said_not_to_be_there(planner: Planner, question: str) -> None:
    assert "is not among the options of the Marten Boots. Size: 40, 41 and 42." in plan(planner, question).text


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("Which of your products is this: “The floor is waterproof to 3000 mm”", "Heron Tent: The floor is waterproof to 3000 mm."),
        ("“产自杭州，清明前采摘”说的是哪款商品？", "明前龙井：产自杭州，清明前采摘，豆香清雅。"),
        ("Which product has the item number OK-BLK?", "Item number of the Otter Kettle: OK-BLK."),
        ("what is item MB-42", "Item number of the Marten Boots: MB-42. The price of the Marten Boots in 42 is €130.00."),
    ],
)
def test_a_product_that_is_asked_for_by_words_or_codes_of_the_shop_is_named(planner: Planner, question: str, says: str) -> None:
    found = plan(planner, question)
    assert (found.text, found.finish) == (says, "stop")


MEASURED = Product(
    "seat", "Wren Child Seat", "en", (variant("Mount=Frame", "90"), variant("Mount=Rack", "80")),
    description="A seat with high sides. From nine months until they reach 22 kg. The cover comes off in one pull.",
)  # fmt: skip


@pytest.mark.parametrize(
    ("question", "part", "finish"),
    [
        ("my boy weighs 24 kg, may he still ride in the wren child seat", "22 kg", "stop"),
        ("have you got the wren child seat there at the moment", "in stock", "stop"),
        ("has the wren child seat in rack got an airbag", "doesn't say", "unknown"),
        ("when do you expect the wren lamp back", "sold out", "unknown"),
    ],
)
def test_a_measure_is_held_against_one_of_its_unit_and_what_is_there_is_told(question: str, part: str, finish: str) -> None:
    found = plan(Planner(toy_knowledge(MEASURED)), question)
    assert part in found.text and found.finish == finish


def test_of_two_versions_of_a_thing_each_price_is_told() -> None:
    found = plan(Planner(toy_knowledge()), "which boots cost less, the ones in size 41 or the ones in size 42")
    assert found.text.splitlines() == ["The price of the Marten Boots in 41 is €120.00.", "The price of the Marten Boots in 42 is €130.00."]


SANDER = Product(
    "sander", "Wren Orbital Sander", "en", (variant("Disc=125 mm", "90"), variant("Disc=150 mm", "110")),
    description="Six speeds on a thumb wheel. It spins at up to 12000 rpm in the garage.",
)  # fmt: skip


@pytest.mark.parametrize(
    ("question", "told", "answers"),
    [
        ("what is its top speed in rpm", "Up to 12000 rpm.", True),
        ("what is its top speed in rpm", "Six speeds on a thumb wheel.", False),
        ("what does it weigh in kilos", "It weighs 3 kg.", True),
        ("how bright is it in lumens", "Light output: 470 lm", True),
        ("how bright is it in lumens", "Power: 13 W", False),
        ("how long is it in inches", "It is 24 in long.", True),
        ("is there one in mint", "It comes in mint.", True),
        ("is it good in mud", "It likes mud.", True),
    ],
)
def test_what_is_asked_for_in_a_unit_is_answered_in_it(question: str, told: str, answers: bool) -> None:
    assert _answers(question, Statement(told, 0.9, 0.9, 0.9)) is answers


def test_a_list_of_one_tells_what_each_version_costs_and_the_cheapest_is_named() -> None:
    planner = Planner(toy_knowledge(SANDER))
    listed = list_answer([SANDER], "en").splitlines()
    assert listed[1] == "- Wren Orbital Sander: from €90.00 (125 mm)"
    assert listed[2].endswith("depending on the version: 125 mm €90.00; 150 mm €110.00.")
    assert plan(planner, "any orbital sanders under 200 euros?").text == listed[2]
    assert plan(planner, "cheapest sander?").text == "The cheapest is the Wren Orbital Sander (125 mm) at €90.00."
