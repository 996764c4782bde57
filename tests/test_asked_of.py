"""What a question asks of one record: a field that it does not name, and the words that the record does not know."""

import pytest

from chatbot.asked_of import asks_beyond, asks_for_one, asks_when_back, fields_asked, strange_words
from chatbot.intents import read
from knowledge_base.catalog import Passage, Product
from tests.toy_shop import BOOTS, KETTLE, TEA, TENT


@pytest.mark.parametrize(
    ("question", "product", "fields"),
    [
        ("have you got the otter kettle there at the moment", KETTLE, ("stock",)),
        ("is there any heron tent left", TENT, ("stock",)),
        ("what have you got in the otter kettle", KETTLE, ()),
        ("have you got a spout for the otter kettle", KETTLE, ()),
        ("I can spend €125. Are the boots in 41 within that?", BOOTS, ("price",)),
        ("are the boots within walking distance", BOOTS, ()),
        ("what brand is the otter kettle", KETTLE, ("brand",)),
        ("what brand is the whistle of the otter kettle", KETTLE, ()),
        ("which size batteries go into the boots", BOOTS, ()),
        ("what sizes of the boots are there at the moment", BOOTS, ("size",)),
        ("HT-1", TENT, ("price", "stock")),
        ("你们有明前龙井吗", TEA, ("stock",)),
    ],
)
def test_a_field_is_asked_for_by_name_or_by_what_is_meant(question: str, product: Product, fields: tuple[str, ...]) -> None:
    named = read(question).fields if "brand" in question or "size" in question else ()
    assert fields_asked(named, question, product) == fields


def test_words_that_the_record_does_not_have_are_strange_and_figures_never_are() -> None:
    assert strange_words("has the otter kettle in red got a filter", KETTLE) == {"filter"}
    assert strange_words("is the otter kettle 1800ml and stainless", KETTLE) == set()


def test_a_version_is_asked_for_only_where_nothing_else_is() -> None:
    assert asks_for_one("have you got the boots in 41 at the moment", BOOTS)
    assert not asks_for_one("have the boots in 41 got zips", BOOTS)
    assert not asks_for_one("the boots in 41", BOOTS)


def test_when_it_comes_back_is_asked_for_in_many_words() -> None:
    assert asks_when_back("when will the boots be back") and asks_when_back("什么时候有货")
    assert not asks_when_back("can I send it back")


def test_a_passage_may_know_what_the_record_does_not() -> None:
    engraving = Passage("faq:engraving", "faq:engraving", "faq", "Engraving", "Engraving costs €5.", "", "en")
    assert asks_beyond("how much is engraving on the otter kettle", KETTLE, engraving)
    assert not asks_beyond("how much is the otter kettle", KETTLE, engraving)
    assert not asks_beyond("how much is engraving and waxing of the otter kettle", KETTLE, engraving)
