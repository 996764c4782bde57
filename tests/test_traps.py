"""Questions made of a catalogue: they follow from the record, careless replies fail them, and the same seed makes the same set."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from chatbot.training.evaluate import ask_all
from chatbot.training.expected import amounts, value_groups
from chatbot.training.questions import Question, judge_reply, load_questions, plain, says
from chatbot.training.traps import traps, traps_of, write_questions
from chatbot.turn import ShopAssistant
from knowledge_base.catalog import Content, Money, Product
from knowledge_base.errors import ContentError
from tests.scripted_engine import ScriptedEngine
from tests.toy_house import toy_knowledge
from tests.toy_shop import CONTENT, KETTLE, TEA, variant

SAMPLE = Path(__file__).resolve().parents[1] / "knowledge_base" / "sample_shop"
MANY = 400


def noted(note: str, content: Content = CONTENT, language: str = "") -> list[Question]:
    return [question for question in traps(content, MANY, language=language) if question.note == f"generated: {note}"]


def only(*products: Product) -> Content:
    return replace(CONTENT, products=products)


def test_the_same_seed_makes_the_same_questions_and_another_seed_others() -> None:
    assert traps(CONTENT, 40, seed=3) == traps(CONTENT, 40, seed=3)
    assert traps(CONTENT, 40, seed=3)[:20] == traps(CONTENT, 20, seed=3)
    assert [question.q for question in traps(CONTENT, 40, seed=3)] != [question.q for question in traps(CONTENT, 40, seed=4)]


@pytest.mark.slow
def test_a_small_set_has_some_of_each_kind_in_every_language_of_the_shop() -> None:
    found = traps_of(SAMPLE, 60)
    assert len(found) == 60
    assert len({question.q for question in found}) == 60
    kinds = Counter(question.kind for question in found)
    assert kinds.keys() == {"price", "sale", "stock", "option", "premise", "attribute", "product", "unanswerable"}
    chinese = [question for question in found if not question.q.isascii() and any("一" <= character <= "鿿" for character in question.q)]
    assert 20 <= len(chinese) <= 40
    assert all(question.must for question in found)


@pytest.mark.slow
def test_no_question_forbids_what_it_asks_for() -> None:
    for question in traps_of(SAMPLE, 300):
        for group in question.must:
            assert any(not any(says(plain(option), word) for word in question.must_not) for option in group), question


def test_prices_are_those_of_the_record_and_the_price_of_a_reduced_product_is_what_is_paid() -> None:
    for question in noted("plain price"):
        product = next(product for product in CONTENT.products if product.title in question.q)
        assert question.must == [amounts(product.variants[0].price or Money(Decimal(0)))]
    wordings = noted("sale price against list price")
    assert wordings and all("€249.00" in question.q and "Heron Tent" in question.q for question in wordings)
    assert not judge_reply(wordings[0], "Yes, the Heron Tent is €249.00.").right
    assert judge_reply(wordings[0], "The sale price of the Heron Tent is €199.00, reduced from €249.00.").right
    assert judge_reply(noted("on sale: the price before")[0], "It was €249 before.").right


def test_a_version_that_is_sold_out_while_others_are_not_is_asked_for() -> None:
    gone, there = noted("version sold out, others in stock", language="en"), noted("version in stock, others sold out", language="en")
    of_kettle = next(question for question in gone if "Otter Kettle" in question.q)
    assert "in Black" in of_kettle.q
    assert judge_reply(of_kettle, "Otter Kettle in Black: sold out at the moment. In stock: Red.").right
    for wrong in ("Yes, you can order it.", "The Otter Kettle in Black is in stock.", "It costs €49."):
        assert not judge_reply(of_kettle, wrong).right, wrong
    red = next(question for question in there if "Otter Kettle" in question.q)
    assert judge_reply(red, "Otter Kettle in Red: in stock. Sold out: Black.").right
    assert not judge_reply(red, "The Otter Kettle in Red is sold out.").right
    assert any("size 40" in question.q for question in gone if "Marten" in question.q)


def test_an_option_that_only_other_products_have_is_asked_for() -> None:
    blue = replace(KETTLE, id="blue-kettle", title="Wolf Kettle", variants=(variant("Colour=Blue", "59"),), description="A kettle.")
    asked = [question for question in noted("an option it does not have", only(KETTLE, blue)) if "Otter" in question.q]
    assert asked and all("in Blue" in question.q for question in asked)
    assert judge_reply(asked[0], "Blue is not among the options of the Otter Kettle. Colour: Red and Black.").right
    assert not judge_reply(asked[0], "Otter Kettle in Blue: in stock.").right


def test_an_option_that_the_text_of_the_product_mentions_is_not_asked_for() -> None:
    blue = replace(KETTLE, id="blue-kettle", title="Wolf Kettle", variants=(variant("Colour=Blue", "59"),))
    spoken = replace(KETTLE, description="A kettle with a blue whistle.")
    assert not [question for question in noted("an option it does not have", only(spoken, blue)) if "Otter" in question.q]


def test_a_false_premise_has_to_be_put_right() -> None:
    for question in noted("a false price told as a fact", language="en"):
        assert not judge_reply(question, "Yes, that is right.").right
    gone = next(question for question in noted("told to be sold out, is in stock", language="en") if "Badger" in question.q)
    assert judge_reply(gone, "Badger Dome Tent: in stock.").right
    assert not judge_reply(gone, "Yes, it is sold out.").right and not judge_reply(gone, "Unfortunately it is not available.").right
    there = next(question for question in noted("told to be in stock, is sold out", language="en") if "Wren Lamp" in question.q)
    assert judge_reply(there, "Wren Lamp: sold out at the moment.").right
    assert not judge_reply(there, "Yes, you can order it today, it is not sold out.").right


def test_an_attribute_is_asked_for_with_its_value_and_with_that_of_another_product() -> None:
    weight = [question for question in noted("value of the record", language="en") if "weight of the Heron Tent" in question.q]
    assert all(judge_reply(question, "Weight of the Heron Tent: 2.4kg.").right for question in weight)
    for question in noted("another product's value told as a fact", language="en"):
        assert not judge_reply(question, "Yes, it is.").right


def test_a_yes_or_no_of_the_record_is_a_trap_of_its_own() -> None:
    safe, unsafe = (
        replace(KETTLE, id=answer, title=f"{answer} Pan", attributes=(("Dishwasher safe", answer),)) for answer in ("Yes", "No")
    )
    asked = {question.q: question for question in noted("yes or no", only(safe, unsafe))}
    yes = next(question for said, question in asked.items() if "Yes Pan" in said)
    no = next(question for said, question in asked.items() if "No Pan" in said)
    assert judge_reply(yes, "Dishwasher safe of the pan: Yes.").right and not judge_reply(yes, "No, it is not dishwasher safe.").right
    assert judge_reply(no, "It is not dishwasher safe.").right and not judge_reply(no, "Yes, it is dishwasher safe.").right


def test_what_the_shop_states_is_not_asked_as_unanswerable() -> None:
    about = replace(CONTENT, profile=replace(CONTENT.profile, about="Our founder is Ada Otter. Our kettle won an award."))
    asked = [question.q for question in traps(about, MANY, language="en") if question.kind == "unanswerable"]
    assert asked and not [question for question in asked if "chief executive" in question or "award" in question]
    assert any("chief executive" in question.q for question in traps(CONTENT, MANY, language="en"))


def test_who_agrees_with_everything_and_who_knows_nothing_both_fail() -> None:
    asked = [question for question in traps(CONTENT, MANY, language="en") if question.kind in ("price", "sale", "premise", "option")]
    assert len(asked) > 15
    assert not [question.q for question in asked if judge_reply(question, "Yes, that is right, it is in the shop.").right]
    assert not [question.q for question in asked if judge_reply(question, "I couldn't find that in the shop's information.").right]


@pytest.mark.slow
async def test_the_records_own_answers_pass_most_of_them() -> None:
    asked = [question for question in traps(CONTENT, MANY, seed=1) if question.kind in ("price", "sale", "stock", "option", "attribute")]
    answered = await ask_all(ShopAssistant(toy_knowledge(), ScriptedEngine()), toy_knowledge(), asked)
    wrong = [(item.q, item.reply, item.missing, item.forbidden) for item in answered if not item.right]
    assert len(wrong) < 0.25 * len(answered), wrong


def test_a_shop_with_nothing_to_ask_about_makes_no_questions_and_comes_to_an_end() -> None:
    assert traps(only(), 10) == []
    bare = replace(
        KETTLE, title="Thing", variants=(replace(KETTLE.variants[0], price=None, options=(), sku=""),), attributes=(), description=""
    )
    found = traps(only(bare), MANY)
    assert 0 < len(found) < MANY and {question.kind for question in found} <= {"stock", "premise", "unanswerable"}
    assert traps(only(TEA), 5, language="en") == []


def test_a_set_that_was_written_is_read_as_a_question_file(tmp_path: Path) -> None:
    made = traps(CONTENT, 30)
    path = tmp_path / "new" / "traps.jsonl"
    write_questions(path, made)
    assert load_questions([path]) == made
    assert 'must_not": []' not in path.read_text("utf-8")


def test_amounts_come_in_the_formats_of_both_languages() -> None:
    euro = Money(Decimal("49"), "EUR")
    assert {"€49.00", "€49", "49 EUR", "49 euros", "49欧元"} <= set(amounts(euro))
    assert not any(says(plain(form), option) for form in amounts(Money(Decimal("499"), "EUR")) for option in amounts(euro))
    assert {"$1,299.00", "$1299", "1,299 dollars"} <= set(amounts(Money(Decimal("1299.00"), "USD")))
    assert "¥12.90" in amounts(Money(Decimal("12.90"), "CNY")) and "12.90元" in amounts(Money(Decimal("12.90"), "CNY"))
    assert amounts(Money(Decimal("7"), "CHF"))[0] == "7.00 CHF"
    assert "7.00" in amounts(Money(Decimal("7")))


@pytest.mark.parametrize(
    ("value", "groups"),
    [
        ("215 x 130 x 105 cm", [["215"], ["130"], ["105"]]),
        ("40D ripstop nylon", [["40 D", "40D"]]),
        ("oak, beeswax", [["oak"], ["beeswax"]]),
        ("stainless steel.", [["stainless steel"]]),
    ],
)
def test_the_value_of_an_attribute_is_expected_by_its_numbers_or_its_words(value: str, groups: list[list[str]]) -> None:
    assert value_groups(value) == groups


def test_a_content_folder_that_is_not_there_is_an_error_for_people(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="gone: expected a folder"):
        traps_of(tmp_path / "gone", 5)
