"""Readings: what the words of a question ask for, in English and Chinese."""

import pytest

from chatbot.intents import read


@pytest.mark.parametrize(
    ("question", "fields"),
    [
        ("how much is the kettle", ("price",)),
        ("what does the kettle cost?", ("price",)),
        ("What do you charge for the kettle?", ("price",)),
        ("what would i pay for the boots in size 41", ("price", "size")),
        ("whats the Harvest Cappuccino Cup and Saucer going for", ("price",)),
        ("the kettle is €49.00, isn't it?", ("price",)),
        ("how much r them brogues", ("price",)),
        ("买两件要付多少", ("price",)),
        ("龙井是¥88.00吧", ("price",)),
        ("what does your supplier charge you for the kettle", ()),
        ("how much can I sell it on for", ()),
        ("what does the kettle cost you to make", ()),
        ("what is the second-hand price of the kettle", ()),
        ("龙井用三年以后二手能卖多少", ()),
        ("how do I charge the lamp", ()),
        ("is the lamp there to order today", ("stock",)),
        ("how much is delivery of the kettle", ()),
        ("is it in stock?", ("stock",)),
        ("how many are left in stock", ("quantity", "stock")),
        ("which colours does it come in", ("colour",)),
        ("what sizes are there", ("size",)),
        ("is the tent on sale", ("sale",)),
        ("who makes it", ("brand",)),
        ("tell me more about the tent", ("describe",)),
        ("多少钱", ("price",)),
        ("M码有货吗", ("stock", "size")),
        ("什么颜色", ("colour",)),
        ("寄到上海运费多少", ()),
    ],
)
def test_a_question_about_a_record_names_its_fields(question: str, fields: tuple[str, ...]) -> None:
    assert read(question).fields == fields


@pytest.mark.parametrize(
    ("text", "social"),
    [
        ("hi there!", "greeting"), ("你好", "greeting"), ("thanks a lot", "thanks"), ("谢谢你", "thanks"), ("yes please", "yes"), ("好的", "yes"),
        ("no thanks", "no"), ("are you a robot?", "who"), ("hi, is the kettle in stock?", None), ("no delivery yet", None),
    ],
)  # fmt: skip
def test_small_talk_is_known_from_questions(text: str, social: str | None) -> None:
    assert read(text).social == social


@pytest.mark.parametrize("text", ["can I talk to a human", "connect me to an agent please", "转人工", "我要找真人客服"])
def test_a_wish_for_a_person_is_heard(text: str) -> None:
    assert read(text).person


@pytest.mark.parametrize("text", ["who is the person on the tent picture", "is it good for one person?", "do you have a real leather bag"])
def test_the_word_person_alone_is_no_such_wish(text: str) -> None:
    assert not read(text).person


@pytest.mark.parametrize("text", ["this is ridiculous, worst service ever", "你们是骗子，我要投诉"])
def test_anger_is_heard(text: str) -> None:
    assert read(text).angry


def test_an_ordinal_points_into_a_list() -> None:
    assert [read(text).ordinal for text in ("the second one", "第三款呢", "the last one", "is it in stock")] == [1, 2, -1, None]
