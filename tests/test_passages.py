"""Passages make sense alone, and price and stock are in what is read but not in what is embedded."""

from dataclasses import replace
from decimal import Decimal

from fakes_knowledge import camping_shop, content, faq, product, variant

from knowledge_base.catalog import Availability, Document, Money
from knowledge_base.passages import base_id, documents_of, first_language, languages_of, passages_of, split_text, views


def _documents() -> dict[str, Document]:
    return {document.id: document for document in documents_of(camping_shop())}


def test_a_product_passage_carries_title_brand_category_price_options_and_stock() -> None:
    text = passages_of(_documents()["product:nimbus-2"])[0].text
    for part in ("Nimbus 2 Tent", "Peak", "Outdoor > Tents", "199", "Blue, Red", "In stock: Blue", "Sold out: Red", "2.1 kg"):
        assert part in text


def test_a_reduced_price_is_told_with_the_price_before() -> None:
    text = passages_of(_documents()["product:ember"])[0].text
    assert "49" in text
    assert "sale, was" in text
    assert "65" in text


def test_variants_of_different_prices_are_listed_one_by_one() -> None:
    record = product("mug", "Mug", variant("a", "5.00", options=(("Size", "S"),)), variant("b", "8.00", options=(("Size", "L"),)))
    text = passages_of(documents_of(content([record]))[0])[0].text
    assert text.index("5.00") < text.index("8.00")
    assert "S " in text
    assert "L " in text


def test_a_chinese_product_is_described_in_chinese() -> None:
    text = passages_of(_documents()["product:nimbus-2@zh"])[0].text
    assert "价格" in text
    assert "有货" in text
    assert "蓝色、红色" in text


def test_what_is_embedded_does_not_change_with_price_or_stock() -> None:
    document = _documents()["product:ember"]
    assert document.product
    dearer = tuple(
        replace(v, price=Money(Decimal("99"), "USD"), list_price=None, availability=Availability.out_of_stock)
        for v in document.product.variants
    )
    changed = replace(document, product=replace(document.product, variants=dearer))
    assert views(document, passages_of(document)[0]) == views(changed, passages_of(changed)[0])
    assert passages_of(document)[0].text != passages_of(changed)[0].text


def test_a_faq_passage_is_the_question_and_the_answer_and_quotes_the_answer() -> None:
    passage = passages_of(faq("x", "Do you ship abroad?", "Yes, to 30 countries."))[0]
    assert passage.text == "Do you ship abroad?\nYes, to 30 countries."
    assert passage.body == "Yes, to 30 countries."


def test_each_sentence_is_embedded_under_its_heading() -> None:
    document = faq("x", "Delivery", "It takes two days. It costs $5.50 in all. Pallets take longer.")
    assert views(document, passages_of(document)[0])[1:] == (
        "Delivery: It takes two days.",
        "Delivery: It costs $5.50 in all.",
        "Delivery: Pallets take longer.",
    )


def test_long_text_is_cut_between_sentences_and_nothing_is_lost() -> None:
    sentences = [f"Sentence number {number} says something about the matter at hand." for number in range(60)]
    pieces = split_text(" ".join(sentences))
    assert len(pieces) > 3
    assert all(len(piece) <= 700 and piece.endswith(".") for piece in pieces)
    assert " ".join(pieces) == " ".join(sentences)


def test_long_chinese_text_is_cut_after_its_full_stops() -> None:
    pieces = split_text("这是关于配送范围和时间的一句说明。" * 60)
    assert len(pieces) > 2
    assert all(piece.endswith("。") and len(piece) <= 280 for piece in pieces)


def test_later_pieces_of_a_product_still_say_which_product_and_price() -> None:
    record = product("tent", "Big Tent", variant("t", "10.00"), description="A sentence about poles and pegs and cloth. " * 60)
    passages = passages_of(documents_of(content([record]))[0])
    assert len(passages) > 2
    assert all("Big Tent" in passage.text and "10.00" in passage.text for passage in passages)
    assert [passage.id for passage in passages[:2]] == ["product:tent#0", "product:tent#1"]


def test_a_product_without_description_quotes_its_facts() -> None:
    passage = passages_of(_documents()["product:ember"])[0]
    assert "Cooking" in passage.body


def test_the_second_language_is_marked_in_the_id() -> None:
    ids = set(_documents())
    assert {"product:nimbus-2", "product:nimbus-2@zh", "faq:delivery", "faq:delivery@zh"} <= ids
    assert base_id("product:nimbus-2@zh") == "product:nimbus-2"
    assert base_id("product:a@b.com") == "product:a@b.com"


def test_two_documents_with_one_id_both_stay() -> None:
    documents = documents_of(content(documents=[faq("same", "One?", "1"), faq("same", "Two?", "2")]))
    assert [document.id for document in documents] == ["faq:same", "faq:same~2"]


def test_languages_come_most_frequent_first_and_the_profile_says_which_leads() -> None:
    shop = camping_shop()
    assert languages_of(shop) == ("en", "zh")
    assert first_language(replace(shop, profile=replace(shop.profile, languages=("zh", "en")))) == "zh"
    assert first_language(replace(shop, profile=replace(shop.profile, languages=("fr",)))) == "en"


def _variants(language: str, *told: tuple[str, str, str], options: tuple[str, str] = ("Size", "Colour")) -> str:
    """The text of a product whose variants are (size, colour, own description)."""
    variants = [
        variant(f"{size}{colour}", options=tuple(zip(options, (size, colour), strict=True)), description=words)
        for size, colour, words in told
    ]
    return documents_of(content([product("box", "Box", *variants, language=language, description="Oak.")]))[0].text


def test_what_one_variant_says_stands_under_its_options_a_line_each_and_is_embedded_so() -> None:
    text = _variants("en", ("S", "Red", "Holds 5 kg. Slim!"), ("L", "Red", "Holds 9 kg."))
    assert text == "Oak.\nS: Holds 5 kg.\nS: Slim!\nL: Holds 9 kg."
    record = replace(documents_of(content([product("box", "Box")]))[0], text=text)
    assert "Box: L: Holds 9 kg." in views(record, passages_of(record)[0])


def test_what_variants_of_one_size_share_is_told_once_for_the_size() -> None:
    told = [(size, colour, f"高{height}cm；可叠放。") for size, height in (("小号", 5), ("大号", 9)) for colour in ("红", "蓝")]
    assert _variants("zh", *told) == "Oak.\n小号：高5cm\n可叠放。\n大号：高9cm"
    loads = {"S": "Light.", "M": "Light.", "L": "Heavy."}
    sized = [(size, colour, words) for size, words in loads.items() for colour in ("Red", "Blue")]
    assert _variants("en", *sized) == "Oak.\nS, M: Light.\nL: Heavy."


def test_variants_that_no_option_picks_out_are_named_one_by_one() -> None:
    told = [("S", "Red", "Dear."), ("S", "Blue", ""), ("L", "Red", ""), ("L", "Blue", "Dear.")]
    assert _variants("en", *told) == "Oak.\nS / Red, L / Blue: Dear."
