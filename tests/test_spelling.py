"""Typing mistakes set right by the shop's own words, and right words left alone."""

import pytest

from chatbot.spelling import Speller

SPELLER = Speller(
    ["The kettle carries a two-year warranty.", "You have 30 days to return unused items.", "保温杯可以放洗碗机吗"],
    ["Otter Kettle", "Marten Loafers", "Fen Hoodie", "不锈钢保温杯", "电饭煲", "真无线蓝牙耳机"],
)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("how long is the warrenty", "how long is the warranty"),
        ("Deliverry to France", "delivery to France"),
        ("dishwashr safe", "dishwasher safe"),
        ("hoddie", "hoodie"),
        ("ketle", "kettle"),
        ("kettel", "kettle"),
        ("laofers in brown", "loafers in brown"),
    ],
)
def test_a_word_that_the_shop_never_uses_becomes_the_one_that_is_meant(typed: str, meant: str) -> None:
    assert SPELLER.correct(typed) == meant


@pytest.mark.parametrize("right", ["do you ship to Paris", "settle", "kettles", "rain jacket", "returning", "is it unused?", "Bexley"])
def test_a_right_word_or_a_name_from_outside_stays(right: str) -> None:
    assert SPELLER.correct(right) == right


SOUNDS = Speller(
    ["That is fine. Return a helmet with its seal whole. The gift box is free. A capsule machine. Come and see us in Graz."],
    ["Otter Box", "Two Pairs"],
)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("wats yer fone nummber", "what is your phone number"),
        ("can i bring bak a helmit with a brokn seel", "can i bring bak a helmet with a broken seal"),
        ("hw mch is the gift bocks", "how much is the gift box"),
        ("how mcuh is teh box", "how much is the box"),
        ("prise of the mashine, capsul", "price of the machine, capsule"),
    ],
)
def test_what_is_no_word_becomes_the_word_that_sounds_so(typed: str, meant: str) -> None:
    assert SOUNDS.correct(typed) == meant


@pytest.mark.parametrize("right", ["do you ship to gratz", "Bocks", "your shop in Paris", "a cami", "info@bocks.de"])
def test_a_place_a_name_and_what_sounds_like_no_word_of_the_shop_stay(right: str) -> None:
    assert SOUNDS.correct(right) == right


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("保文杯多少钱", "保温杯多少钱"),
        ("电饭褒有货吗", "电饭煲有货吗"),
        ("蓝牙耳鸡", "蓝牙耳机"),
        ("洗碗鸡能用吗", "洗碗机能用吗"),
        ("发漂可以开吗", "发票可以开吗"),
        ("不锈刚保温杯", "不锈钢保温杯"),
        ("这个多少米？", "这个多少钱？"),
    ],
)
def test_chinese_that_only_sounds_right_becomes_the_word_of_the_shop(typed: str, meant: str) -> None:
    assert SPELLER.correct(typed) == meant


@pytest.mark.parametrize("right", ["退火可以吗", "背包有货吗", "我的背包邮寄到哪", "绳子多少米长", "没货"])
def test_a_chinese_word_is_never_cut_in_two_nor_taken_for_another(right: str) -> None:
    assert SPELLER.correct(right) == right


def test_a_word_of_the_language_is_no_misspelling_of_the_shops_word() -> None:
    speller = Speller((), ["数学公式练习册"])
    assert speller.correct("数学公事练习册") == "数学公式练习册"
    assert speller.correct("公事包") == "公事包"


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("r u open", "are you open"),
        ("do u ship, pls", "do you ship, please"),
        ("thx", "thanks"),
        ("do you take amex", "do you take American Express"),
        ("can I get it for a tenner", "can I get it for 10 pounds"),
        ("cup w/o lid", "cup without lid"),
    ],
)
def test_short_forms_are_written_out(short: str, long: str) -> None:
    assert SPELLER.correct(short) == long


@pytest.mark.parametrize("text", ["do you ship to the u.s.", "info@u.de", "U-shaped", "100u", "bus route"])
def test_letters_inside_something_else_are_no_short_form(text: str) -> None:
    assert SPELLER.correct(text) == text


def test_a_shop_without_words_knows_short_forms_and_slips_in_common_words_only() -> None:
    assert Speller(()).correct("warmm kettel u") == "warm kettel you"
