"""Politeness is told from questions, in many wordings of both languages."""

import pytest

from chatbot.intents import read
from chatbot.smalltalk import smalltalk


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("morning!", "greeting"),
        ("hello, anybody in?", "greeting"),
        ("Evening! How's your day going?", "greeting"),
        ("hey there, lovely shop you have here", "greeting"),
        ("Hiya, just browsing", "greeting"),
        ("that's grand, thank you", "thanks"),
        ("Perfect, that's all I needed. Thanks so much!", "thanks"),
        ("brilliant, cheers for the help", "thanks"),
        ("you've been a star, bye!", "thanks"),
        ("That's me sorted, ta very much for all that", "thanks"),
        ("Morning! How's the form today?", "greeting"),
        ("Grand, that's me sorted. Thanks a million!", "thanks"),
        ("ok bye, have a lovely weekend", "goodbye"),
        ("are you a bot or a human?", "who"),
        ("Hi, am I talking to a real person?", "who"),
        ("你好，在吗", "greeting"),
        ("谢谢，帮大忙了", "thanks"),
        ("thx mate", "thanks"),
        ("Thanks for the quick reply", "thanks"),
        ("谢了，知道了", "thanks"),
        ("没事了谢谢", "thanks"),
        ("no thanks", "no"),
        ("hi, what can you do for me?", "who"),
        ("go ahead", "yes"),
        ("你好，你是机器人吗", "who"),
    ],
)
def test_a_message_of_nothing_but_politeness_is_small_talk(text: str, kind: str) -> None:
    assert smalltalk(text) == kind == read(text).social


@pytest.mark.parametrize(
    "text",
    [
        "thanks, how much is the kettle",
        "hi do you have kettles",
        "good morning tea",
        "do you sell thank you cards",
        "thanks for nothing, it broke",
        "cheers, still waiting for my parcel",
        "Hello, my lamp broke. What can you do for me?",
        "有没有了",
        "are you open",
        "have a nice kettle for me?",
        "你好，有水壶吗",
        "nice",
        "",
    ],
)
def test_a_question_behind_it_or_another_thing_is_none(text: str) -> None:
    assert smalltalk(text) is None
