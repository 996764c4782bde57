"""Names that are not said in full: the kind a question names, and words that only look like it."""

from dataclasses import replace

import pytest

from chatbot.intents import read
from chatbot.naming import about_shop, another_kind, kinds_named, narrowed, owned, unheard_of, without_titles
from knowledge_base.catalog import Product
from tests.toy_shop import DOME, KETTLE, TEA, TENT

CHAIR = replace(TEA, id="chair", title="折叠露营椅", category="户外 > 桌椅", description="钢架，承重120公斤，坐着很稳。", brand="溪谷")
FEATHER = replace(TEA, id="feather", title="羽毛逗猫棒", category="宠物 > 玩具", description="一根伸缩杆配三个替换头。")


@pytest.mark.parametrize(
    ("question", "product", "other"),
    [
        ("折叠皮划艇多少钱？", CHAIR, True),
        ("羽毛球拍有货吗", FEATHER, True),
        ("折叠的椅子多少钱", CHAIR, False),
        ("折叠椅子多少钱", CHAIR, False),
        ("折叠露营椅多少钱", CHAIR, False),
        ("溪谷充电宝多少钱", CHAIR, False),
        ("折叠承重多少", CHAIR, False),
        ("逗猫棒一共多少钱", FEATHER, False),
        ("how much is the folding kayak", CHAIR, False),
    ],
)
def test_a_question_that_goes_on_to_another_thing_does_not_name_the_product(question: str, product: Product, other: bool) -> None:
    assert another_kind(question, product) is other
    assert narrowed(question, [product]) == ([] if other else [product], False)


@pytest.mark.parametrize(
    ("question", "product", "unheard"),
    [
        ("奥维夜光手风琴多少钱", CHAIR, True),
        ("坐着很稳的那个椅子多少钱", CHAIR, False),
        ("How much is the Submarine Camera?", KETTLE, True),
        ("how much is the thing that whistles", KETTLE, False),
        ("how much is it", KETTLE, False),
        ("折叠椅多少钱", KETTLE, False),
    ],
)
def test_a_thing_of_which_the_record_has_no_word_is_not_the_product(question: str, product: Product, unheard: bool) -> None:
    assert unheard_of(question, product) is unheard


def test_what_a_title_says_asks_for_nothing() -> None:
    kit = replace(KETTLE, title="Kintsugi Repair Kit")
    question = "How much is the Kintsugi Repair Kit?"
    assert read(question).fields == ()
    assert read(without_titles(question, [kit])).fields == ("price",)


def test_whole_titles_are_taken_out_of_a_question() -> None:
    assert without_titles("is the heron tent or the Badger Dome Tent bigger", [TENT, DOME]) == "is the ¤ or the ¤ bigger"


def test_what_belongs_to_the_shopper_is_told_from_people_and_places() -> None:
    assert owned("my mug came broken") and owned("我买的杯子")
    assert not owned("my hair is dry") and not owned("it is for my son") and not owned("my own name on it")


def test_two_words_of_a_title_name_more_than_its_last_one_alone() -> None:
    sun = replace(KETTLE, id="sun", title="Mineral Sun Cream SPF 30")
    hand = replace(KETTLE, id="hand", title="Calendula Hand Cream")
    assert kinds_named("what do you charge for 100 ml of sun cream", [hand, sun]) == [sun]
    assert kinds_named("which cream do you have", [hand, sun]) == [hand]


def test_the_shop_itself_may_be_spoken_of() -> None:
    assert about_shop("which town is your shop in") and about_shop("你们店在哪")
    assert not about_shop("which town bike do you have")
