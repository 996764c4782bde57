"""One score per passage: what answers is far above what only shares a word, and lists stay with what announces them."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from chatbot.retriever import MAYBE, SURE, Retriever
from chatbot.statements import clauses, parts_of, statements_in, texts_of, without_title
from knowledge_base.build import build_content
from knowledge_base.catalog import Product
from knowledge_base.search import KnowledgeBase
from tests.fakes_knowledge import BagEncoder, camping_shop
from tests.toy_house import toy_knowledge
from tests.toy_shop import BOOTS, KETTLE, TEA, TENT

LONG = "I bought a kettle for my mother three weeks ago and she never opened the box, is it too late to return it?"


def looked(question: str, *, language: str = "en", wordings: tuple[str, ...] = ()):  # type: ignore[no-untyped-def]
    return Retriever(toy_knowledge()).look_up((question, *wordings), question, language)


@pytest.mark.parametrize(
    ("question", "language", "document"),
    [
        ("how long do I have to send it back", "en", "faq:return-window"),
        ("can I use two codes at once", "en", "faq:stack-codes"),
        ("do you wrap gifts", "en", "faq:gift-wrap"),
        ("满多少包邮", "zh", "faq:包邮"),
    ],
)
def test_the_passage_that_answers_is_sure_and_no_other_is(question: str, language: str, document: str) -> None:
    best, *others = looked(question, language=language).candidates
    assert best.passage.document_id == document
    assert best.score >= SURE
    assert all(other.score < SURE for other in others)


@pytest.mark.parametrize("question", ["is there a student discount", "does it come with a warranty", "who founded the shop"])
def test_a_telling_word_that_the_shop_does_not_have_keeps_a_passage_from_being_sure(question: str) -> None:
    best = looked(question).best
    assert best is not None
    assert best.score < SURE


def test_coverage_is_the_share_of_the_telling_words_weighed_by_rarity() -> None:
    retriever = Retriever(toy_knowledge())
    assert retriever.coverage("free delivery", "Delivery is free.") == 1.0
    assert retriever.coverage("student discount", "one discount code per order") < 0.5
    assert retriever.coverage("student discount", "free delivery") == 0.0
    assert retriever.coverage("is it there, 42?", "free delivery") == 0.0


def test_everyday_wording_brings_a_passage_nearer_but_makes_nobody_sure() -> None:
    best = looked("can you get it to Toronto").best
    assert best is not None
    assert best.passage.document_id == "faq:canada"
    assert MAYBE <= best.score < SURE


def test_another_wording_counts_where_it_fits_better() -> None:
    alone, helped = looked("what about it").best, looked("what about it", wordings=("Do you offer gift wrapping?",)).best
    assert alone is not None and helped is not None
    assert helped.passage.document_id == "faq:gift-wrap"
    assert alone.score < SURE <= helped.score


def test_passages_in_the_shoppers_language_are_enough_where_the_shop_wrote_any() -> None:
    assert {candidate.passage.language for candidate in looked("can I return it").candidates} == {"en"}
    assert {candidate.passage.language for candidate in looked("可以退吗", language="zh").candidates} == {"zh"}


def test_the_question_inside_a_long_message_is_heard() -> None:
    best = looked(LONG).best
    assert best is not None
    assert (best.passage.document_id, best.score >= MAYBE) == ("faq:return-window", True)


def test_a_long_message_has_clauses_and_a_short_one_none() -> None:
    assert clauses(LONG) == ["I bought a kettle for my mother three weeks ago and she never opened the box", "is it too late to return it"]
    assert clauses("how much is it, and is it red?") == []
    assert clauses("我上个月在你们家买了一个杯子，一直没有拆开包装，现在想退货还可以退吗")[-1] == "现在想退货还可以退吗"


@pytest.mark.parametrize(
    ("text", "statements"),
    [
        (
            "A set. In the box:\n- a pot\n- two cups\n- a lid\nMade in Wales.",
            ["A set.", "In the box: a pot; two cups; a lid", "Made in Wales."],
        ),
        ("包装清单：\n壶\n杯\n手工制作。", ["包装清单： 壶; 杯", "手工制作。"]),
        ("In the box:", ["In the box:"]),
        ("One line.\nAnother line", ["One line.", "Another line"]),
        ("", []),
    ],
)
def test_a_line_that_announces_a_list_takes_it_along(text: str, statements: list[str]) -> None:
    assert statements_in(text) == statements


def test_the_texts_of_a_product_are_its_sentences_and_its_attributes() -> None:
    assert texts_of(TENT) == ["A tent for two people.", "The floor is waterproof to 3000 mm.", "Weight: 2.4 kg", "Capacity: 2 people"]


@pytest.mark.parametrize(
    ("question", "product", "first"),
    [
        ("does the kettle suit induction", KETTLE, "It holds 1.8 litres and suits induction hobs."),
        ("how waterproof is the floor", TENT, "The floor is waterproof to 3000 mm."),
        ("can you resole the boots", BOOTS, "Resole them when the tread is worn."),
        ("豆香吗", TEA, "产自杭州，清明前采摘，豆香清雅。"),
    ],
)
def test_the_sentence_that_is_asked_about_comes_first(question: str, product: Product, first: str) -> None:
    found = Retriever(toy_knowledge()).statements(question, product, product.language)
    assert found[0].text == first
    assert found[0].coverage > found[1].coverage


def test_a_product_that_says_nothing_has_no_statements() -> None:
    assert Retriever(toy_knowledge()).statements("is it warm", Product("x", "Thing", "en", ()), "en") == []


@pytest.mark.parametrize(
    ("question", "product", "rest"),
    [
        ("how heavy is the Heron Tent", TENT, "how heavy is the"),
        ("heron tent", TENT, "heron tent"),
        ("明前龙井能放多久", TEA, "能放多久"),
        ("龙井能放多久", TEA, "能放多久"),
    ],
)
def test_a_question_without_the_products_name(question: str, product: Product, rest: str) -> None:
    assert without_title(question, product) == rest


def test_of_a_long_passage_the_closest_sentences_are_told_in_the_shops_order() -> None:
    retriever = Retriever(toy_knowledge())
    passage = next(one for one in toy_knowledge().all_passages() if one.document_id == "faq:canada")
    body = "Parcels to Canada take 12 days. Our cat is called Mog. Parcels to Canada cost €19."
    assert (
        retriever.best_sentences("parcels to canada", replace(passage, body=body), 2)
        == "Parcels to Canada take 12 days. Parcels to Canada cost €19."
    )
    assert retriever.best_sentences("parcels to canada", replace(passage, body=body), 3) == body


def test_what_is_prepared_is_not_encoded_again(tmp_path: Path) -> None:
    encoder = BagEncoder()
    build_content(camping_shop(), tmp_path, encoders=lambda _: encoder)
    with closing(KnowledgeBase.open(tmp_path, lambda _: encoder)) as knowledge:
        retriever = Retriever(knowledge)
        retriever.prepare()
        passages = [passage for passage in knowledge.all_passages() if passage.kind != "product" and passage.language == "en"]
        written = [part for passage in passages for part in parts_of(passage)]
        assert set(written) <= set(encoder.encoded)
        before = len(encoder.encoded)
        assert retriever.similarities("how long", written, "en").shape == (len(written),)
        assert encoder.encoded[before:] == ["how long"]


def test_the_speller_knows_the_words_of_the_serving_version() -> None:
    retriever = Retriever(toy_knowledge())
    assert retriever.speller.correct("is the kettel dishwashr safe") == "is the kettle dishwasher safe"
    assert retriever.speller is retriever.speller
