"""Explanations of replies of a real turn over the toy shop: which line carries each sentence, what carries none, and what is read again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatbot.attribution import Attribution, pieces, rows_of
from chatbot.engine import ChatMessage
from chatbot.explain import Explainer, Explanation, Told, told_of
from chatbot.heat import QUESTION, NothingToRead, heat_map, reading_of
from chatbot.set_phrases import is_set_phrase, without_lead
from chatbot.source_lines import lines_of
from tests.scripted_engine import ScriptedEngine
from tests.toy_house import reply_to, toy_knowledge


async def explained(*said: str, engine: ScriptedEngine | None = None) -> Explanation:
    reply = await reply_to(engine or ScriptedEngine(), *said)
    return Explainer(toy_knowledge()).explain(told_of(reply), reply.trace)


def about(text: str, *citations: str, language: str = "en") -> Explanation:
    """A text as if it had been the reply, with these documents as its evidence."""
    return Explainer(toy_knowledge()).explain(Told("what?", text, language, citations, "model"), {})


def carriers(explanation: Explanation, place: int = 0) -> list[str]:
    return [explanation.lines[link.line].text for link in explanation.sentences[place].links]


async def test_a_price_rests_on_the_price_of_the_record() -> None:
    explanation = await explained("how much is the heron tent?")
    first = explanation.sentences[0]
    assert "€199.00" in first.text and first.rests == "evidence"
    assert any(text.startswith("Price: ") for text in carriers(explanation))
    assert first.links[0].figures == 1.0
    assert explanation.lines[first.links[0].line].source == "product:heron-tent"


async def test_a_quoted_passage_rests_on_its_own_sentence() -> None:
    explanation = await explained("do you ship to canada?")
    assert [sentence.rests for sentence in explanation.sentences] == ["evidence"]
    assert carriers(explanation)[0] == "Yes, parcels to Canada take 8 to 12 working days and cost €19."
    assert explanation.sentences[0].links[0].score > 0.9


def test_the_line_that_says_it_word_for_word_comes_first() -> None:
    explanation = about("You have 30 days from delivery to send back unused items.", "faq:return-window", "faq:canada")
    first = explanation.sentences[0].links[0]
    assert (first.score, explanation.lines[first.line].text) == (1.0, "You have 30 days from delivery to send back unused items.")


def test_how_much_is_grounded_counts_what_claims_something() -> None:
    text = "You have 30 days from delivery to send back unused items. We deliver in 99 hours. Would you like me to bring in a person of the shop?"
    explanation = about(text, "faq:return-window")
    assert explanation.grounded == (1, 2)
    assert explanation.carrying == {"faq:return-window"}


async def test_not_knowing_is_a_set_phrase_and_claims_nothing() -> None:
    explanation = await explained("who is the ceo?")
    assert {sentence.rests for sentence in explanation.sentences} == {"phrase"}
    with pytest.raises(NothingToRead, match="rests on no evidence"):
        reading_of(explanation)


def test_a_figure_that_nobody_states_leaves_the_sentence_without_ground() -> None:
    explanation = about("You have 45 days from delivery to send back unused items.", "faq:return-window")
    only = explanation.sentences[0]
    assert (only.rests, only.missing) == ("nothing", ("45 days",))
    assert carriers(explanation) == ["You have 30 days from delivery to send back unused items."]  # the closest is told


def test_praise_of_a_product_does_not_rest_on_its_name() -> None:
    explanation = about("The Otter Kettle is loved by astronauts everywhere.", "product:otter-kettle")
    assert explanation.sentences[0].rests == "nothing"


def test_a_sentence_of_two_facts_rests_on_both_lines() -> None:
    explanation = about("The Otter Kettle weighs 900 g and holds 1.8 litres.", "product:otter-kettle")
    assert explanation.sentences[0].rests == "evidence"
    said = " | ".join(carriers(explanation))
    assert "900 g" in said and "1.8 l" in said


def test_a_chinese_sentence_rests_on_the_chinese_passage() -> None:
    explanation = about("签收后7天内，商品未拆封可以退货。", "faq:退货", language="zh")
    assert explanation.sentences[0].rests == "evidence"
    assert carriers(explanation)[0].startswith("签收后7天内")


def test_the_number_in_a_products_name_is_no_claim() -> None:
    lines = list(lines_of(toy_knowledge(), ["product:heron-tent"], "en"))
    assert lines[0].text == "Heron Tent"
    assert "Brand: Fellmark" in [line.text for line in lines]
    assert any("3 left" in line.text for line in lines)


async def test_lanes_and_what_was_held_back_are_told() -> None:
    explanation = await explained("tell me about the marten boots", engine=ScriptedEngine("The boots cost €1. They are great."))
    assert {"keywords", "dense"} <= set(explanation.lanes)
    assert "cost" in explanation.held_back[0]["text"]
    assert explanation.found


async def test_what_a_model_wrote_is_read_with_its_own_prompt() -> None:
    engine = ScriptedEngine("Leather hiking boots. Resole them when the tread is worn.")
    explanation = await explained("tell me about the marten boots", engine=engine)
    assert explanation.told.by_model
    assert reading_of(explanation) == list(engine.prompts[-1])


async def test_what_the_program_wrote_is_read_with_the_lines_that_carry_it() -> None:
    explanation = await explained("how much is the heron tent?")
    system, asked = reading_of(explanation)
    assert (system.role, asked.role) == ("system", "user")
    assert "Price: " in asked.content and "how much is the heron tent?" in asked.content
    assert "hello@otter.example" not in asked.content


async def test_a_heat_map_shows_evidence_and_question_but_not_the_instructions() -> None:
    explanation = await explained("do you ship to canada?")
    text = reading_of(explanation)[-1].content
    rows = rows_of(pieces(text))
    count = sum(map(len, rows))
    found = heat_map(explanation, Attribution(rows, ("Yes,",), (tuple(place / count for place in range(count)),), "tiny", "by hand", 0.1))
    assert [row.kind for row in found.rows] == ["faq", QUESTION]
    assert found.rows[0].title == "Do you ship to Canada?"
    assert "".join(found.rows[1].pieces) == "do you ship to canada?"
    assert len(found.weights[0]) == sum(len(row.pieces) for row in found.rows)
    assert max(found.weights[0]) == 1.0 and max(found.whole) == 1.0
    assert found.given and found.cut  # "Yes," is not all of the reply


def test_a_reply_without_evidence_says_so_for_every_sentence() -> None:
    explanation = Explainer(toy_knowledge()).explain(Told("?", "We also deliver by balloon. Nice.", "en", ("faq:gone",), "model"), {})
    assert {sentence.rests for sentence in explanation.sentences} == {"nothing"}
    assert all(line.source == "shop" for line in explanation.lines)


def test_the_shops_address_is_evidence_too() -> None:
    explanation = about("You can reach the shop by hello@otter.example.")
    assert carriers(explanation)[0] == "E-mail: hello@otter.example"
    assert explanation.sentences[0].rests == "evidence"


@pytest.mark.parametrize(
    ("sentence", "language", "set_phrase"),
    [
        ("These products match:", "en", True),
        ("Would you like me to bring in a person of the shop?", "en", True),
        ("The shop's record for Otter Kettle doesn't say that, so I don't want to guess.", "en", True),
        ("The shop's record for Otter Kettle doesn't say exactly that.", "en", True),
        ("The closest thing the shop says: delivery is free.", "en", False),
        ("需要我为您转接店员吗？", "zh", True),
        ("These products match all of your needs.", "en", False),
        ("Delivery takes two days.", "en", False),
    ],
)
def test_set_phrases_are_known_whatever_is_filled_in(sentence: str, language: str, set_phrase: bool) -> None:
    assert is_set_phrase(sentence, language) is set_phrase


def test_the_words_that_lead_to_a_quote_are_not_weighed() -> None:
    assert without_lead("The closest thing the shop says: “Delivery is free.", "en") == "“Delivery is free."
    assert without_lead("毛毯的资料里没有找到完全对应的说明，最接近的内容是：可以机洗。", "zh") == "可以机洗。"
    assert without_lead("Delivery is free.", "en") == "Delivery is free."


def test_a_list_of_fields_rests_on_all_their_lines_together() -> None:
    explanation = about("Heron Tent: €199.00, in stock, weight 2.4 kg, capacity 2 people.", "product:heron-tent")
    assert explanation.sentences[0].rests == "evidence"
    said = " | ".join(carriers(explanation))
    assert "€199.00" in said and "2.4 kg" in said and "2 people" in said
    assert about("Heron Tent: €199.00, in stock, weight 9 kg, capacity 2 people.", "product:heron-tent").sentences[0].missing == ("9 kg",)


def test_a_prompt_of_a_trace_stays_a_prompt() -> None:
    told = Told("q", "a", "en", prompt=(ChatMessage("user", "x"),))
    assert not told.by_model and replace(told, answered_by="model").by_model
