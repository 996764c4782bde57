"""The widget against the program itself: `chatbot serve` over the sample shop, its own pages, and a power cut in mid-reply."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from fake_api import LAMP, write_shop
from halting_writer import halting_writer
from pages_fixtures import server_over
from playwright.sync_api import expect
from shopper import Shopper

pytestmark = pytest.mark.browser
NewShopper = Callable[..., Shopper]


def durable(shopper: Shopper) -> list[dict[str, Any]]:
    """The conversation's durable events as the server has them, read as the widget reads them."""
    found: list[dict[str, Any]] = shopper.page.evaluate(
        """async () => {
          const key = Object.keys(localStorage).find(name => /^shopchat:.*:conversation$/.test(name));
          const { session, token } = JSON.parse(localStorage.getItem(key));
          const address = `/v1/conversations/${session}/transcript?site=${encodeURIComponent(key.split(':')[1])}`;
          const answer = await fetch(address, { headers: { Authorization: `Bearer ${token}` } });
          return (await answer.json()).events;
        }"""
    )
    return found


def assert_in_order_and_whole(shopper: Shopper) -> None:
    """No event lost, none twice, none out of order, and the page shows the same words as the record."""
    events = durable(shopper)
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    asked = [event["text"] for event in events if event["type"] == "message"]
    assert shopper.questions.locator(".bubble").all_inner_texts() == asked
    answered = [event["turn"] for event in events if event["type"] == "reply"]
    assert len(answered) == len(set(answered)) == len(asked)


def test_a_question_about_the_shop_is_answered_from_its_record(real_shop: Any, new_shopper: NewShopper) -> None:
    shopper = new_shopper(real_shop.url)
    shopper.open()
    reply = shopper.ask_and_wait("How can I return something?")
    expect(reply.locator(".text")).to_contain_text(re.compile("return|days", re.IGNORECASE))
    expect(reply).to_contain_text("Based on")
    assert_in_order_and_whole(shopper)


def test_a_question_in_chinese_is_answered_in_chinese(real_shop: Any, new_shopper: NewShopper) -> None:
    shopper = new_shopper(real_shop.url)
    shopper.open()
    expect(shopper.ask_and_wait("怎么退货？").locator(".text")).to_contain_text(re.compile("[\u4e00-\u9fff]{4}"))


def test_the_server_killed_in_mid_reply_loses_nothing(real_shop: Any, new_shopper: NewShopper) -> None:
    shopper = new_shopper(real_shop.url)
    shopper.open()
    shopper.ask_and_wait("How can I return something?")
    shopper.ask("When will my order arrive?")
    expect(shopper.replies.nth(1)).to_be_visible()
    real_shop.kill()
    shopper.ask("Do you ship abroad?")
    real_shop.start(seconds=120)
    expect(shopper.finished).to_have_count(3, timeout=180_000)
    expect(shopper.panel.locator(".notice")).to_be_hidden()
    assert_in_order_and_whole(shopper)


def test_a_server_killed_in_the_middle_of_a_reply_says_so_and_can_be_asked_again(tmp_path: Path, new_shopper: NewShopper) -> None:
    with halting_writer(LAMP) as model:
        server = server_over(
            write_shop(tmp_path / "content"),
            tmp_path / "data",
            engine="remote",
            CHATBOT_REMOTE_URL=model.url,
            CHATBOT_REMOTE_MODEL="halting",
        )
        server.start(seconds=120)
        try:
            shopper = new_shopper(server.url)
            shopper.open()
            shopper.ask_and_wait("How much is the Brass Lamp?")
            model.halt()
            shopper.ask("Tell me about the Brass Lamp")
            expect(shopper.replies.nth(1).locator(".text")).to_contain_text("A lamp of turned")
            expect(shopper.finished).to_have_count(1)  # it is in the middle of the second one, and stays there
            server.kill()
            model.go_on()
            server.start(seconds=120)
            expect(shopper.finished).to_have_count(2, timeout=180_000)
            expect(shopper.finished.last).to_contain_text("The answer was interrupted")
            shopper.finished.last.get_by_role("button", name="Ask again").click()
            expect(shopper.finished).to_have_count(3, timeout=20_000)
            expect(shopper.finished.last.locator(".text")).to_contain_text("the cord is two metres long")
            expect(shopper.panel.locator(".notice")).to_be_hidden()
            assert_in_order_and_whole(shopper)
        finally:
            server.stop()


def test_pages_may_change_while_a_reply_is_written(real_shop: Any, new_shopper: NewShopper) -> None:
    shopper = new_shopper(real_shop.url)
    shopper.open()
    questions = [
        "How can I return something?",
        "When will my order arrive?",
        "Do you ship abroad?",
        "Which payment methods do you take?",
        "Is there a warranty?",
    ]
    for number, question in enumerate(questions, start=1):
        shopper.ask(question)
        expect(shopper.questions).to_have_count(number)
        shopper.visit("/cart" if number % 2 else "/")
        expect(shopper.finished).to_have_count(number, timeout=30_000)
    assert_in_order_and_whole(shopper)


def test_the_published_script_is_the_joined_widget(real_shop: Any) -> None:
    with urlopen(real_shop.url + "/web/widget.js", timeout=10) as answer:
        text = answer.read().decode()
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert len(text) > 20_000
    assert not re.search(r"^import \{", text, re.MULTILINE)
