"""The widget in a conversation: asking, streaming, stopping, cuts, resuming and talking to a person."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from fake_replies import LONG
from playwright.sync_api import expect
from shopper import Shopper

pytestmark = pytest.mark.browser
NewShopper = Callable[..., Shopper]


def test_a_question_streams_a_reply_and_ends_in_product_cards(fake_shop: str, new_shopper: NewShopper) -> None:
    shopper = new_shopper(fake_shop)
    shopper.open()
    shopper.ask("Which products are mugs?")
    expect(shopper.replies.last).to_contain_text("Searching the shop")
    expect(shopper.replies.last).to_contain_text("These mugs are")
    expect(shopper.finished).to_have_count(1)
    cards = shopper.finished.last.get_by_role("list", name="Products").get_by_role("listitem")
    expect(cards).to_have_count(4)
    first, second, third, fourth = (cards.nth(number) for number in range(4))
    expect(first).to_contain_text("€24.00")
    expect(first).to_contain_text("In stock")
    expect(first.get_by_role("link")).to_have_attribute("href", f"{fake_shop}/products/1")
    expect(second).to_contain_text("€18.50")
    expect(second.locator("s")).to_have_text("€23.00")
    expect(third).to_contain_text("¥1,290")
    expect(third).to_contain_text("Sold out")
    expect(fourth.get_by_role("link")).to_have_count(0)
    assert first.locator("img").evaluate("image => image.complete && image.naturalWidth > 0")


def test_a_reply_names_what_it_is_based_on_and_shows_only_what_it_cites(fake_shop: str, new_shopper: NewShopper) -> None:
    shopper = new_shopper(fake_shop)
    shopper.open()
    reply = shopper.ask_and_wait("How do returns work?")
    expect(reply).to_contain_text("Based on")
    expect(reply.get_by_role("link", name="How do I return something?")).to_be_visible()
    one = shopper.ask_and_wait("Is one mug in stock?")
    expect(one.get_by_role("listitem")).to_have_count(1)
    expect(one).not_to_contain_text("Based on")


def test_stopping_keeps_what_was_said_and_says_that_it_was_stopped(fake_shop: str, new_shopper: NewShopper) -> None:
    shopper = new_shopper(fake_shop)
    shopper.open()
    shopper.ask("slow please")
    expect(shopper.replies.last).to_contain_text("You can send")
    shopper.panel.get_by_role("button", name="Stop").click()
    expect(shopper.finished.last).to_contain_text("Stopped")
    expect(shopper.panel.get_by_role("button", name="Send")).to_be_visible()
    assert len(shopper.finished.last.locator(".text").inner_text()) < len(LONG)


def test_a_second_question_takes_over_and_stands_under_the_first_reply(fake_shop: str, new_shopper: NewShopper) -> None:
    shopper = new_shopper(fake_shop)
    shopper.open()
    shopper.ask("slow please")
    expect(shopper.replies.last).to_contain_text("You can send")
    shopper.ask("Is one mug in stock?")
    expect(shopper.finished.last).to_contain_text("Lowland Stoneware Mug is in stock")
    kinds = shopper.log.locator("article:not(.welcome)").evaluate_all("nodes => nodes.map(node => node.classList[1])")
    assert kinds == ["shopper", "reply", "shopper", "reply"]


def test_a_reload_in_the_middle_of_a_reply_goes_on_in_the_middle_of_a_word(fake_shop: str, new_shopper: NewShopper) -> None:
    shopper = new_shopper(fake_shop)
    shopper.open()
    shopper.ask("slow please")
    expect(shopper.replies.last).to_contain_text("within 30 d")
    shopper.page.reload()
    expect(shopper.panel).to_be_visible()
    expect(shopper.replies.last).to_contain_text("within 30 d")
    expect(shopper.finished.last.locator(".text")).to_have_text(LONG, timeout=20_000)
    expect(shopper.questions).to_have_count(1)


def test_a_cut_in_mid_reply_is_never_seen(fake_shop: str, new_shopper: NewShopper) -> None:
    shopper = new_shopper(fake_shop)
    shopper.open()
    reply = shopper.ask_and_wait("drop the line")
    expect(reply.locator(".text")).to_have_text(LONG)
    expect(shopper.panel.locator(".notice")).to_be_hidden()
    assert len([frame for frame in shopper.room()["received"] if frame["type"] == "hello"]) == 2


def test_an_event_that_was_lost_on_its_way_is_fetched_again(fake_shop: str, new_shopper: NewShopper) -> None:
    shopper = new_shopper(fake_shop)
    shopper.open()
    shopper.ask("a hole in the line")
    expect(shopper.finished.last.locator(".text")).to_have_text(LONG, timeout=20_000)
    expect(shopper.questions).to_have_count(1)
    assert len(shopper.room()["durable"]) == 2


def test_five_page_changes_are_one_conversation(fake_shop: str, new_shopper: NewShopper) -> None:
    shopper = new_shopper(fake_shop)
    shopper.open()
    session = ""
    for number in range(1, 6):
        shopper.ask_and_wait(f"Is one mug like number {number} in stock?")
        session = session or shopper.session()
        shopper.page.get_by_role("link", name=f"Page {number}", exact=True).click()
        expect(shopper.page.get_by_role("heading", name=f"Page {number}")).to_be_visible()
        expect(shopper.questions).to_have_count(number)
        expect(shopper.finished).to_have_count(number)
        assert shopper.session() == session
    hellos = [frame for frame in shopper.room()["received"] if frame["type"] == "hello"]
    assert [hello["page"].get("product_id") for hello in hellos] == [None, "p-1", "p-2", "p-3", "p-4", "p-5"]


def test_a_page_change_in_the_middle_of_a_reply_keeps_draft_and_place(fake_shop: str, new_shopper: NewShopper) -> None:
    shopper = new_shopper(fake_shop)
    shopper.open()
    shopper.ask_and_wait("long answer")
    shopper.log.evaluate("log => log.scrollTo(0, 120)")
    shopper.field.fill("And in bl")
    expect(shopper.panel.get_by_role("button", name="Latest messages")).to_be_visible()
    shopper.page.get_by_role("link", name="Page 2", exact=True).click()
    expect(shopper.finished).to_have_count(1)
    expect(shopper.field).to_have_value("And in bl")
    shopper.page.wait_for_timeout(300)
    assert abs(shopper.log.evaluate("log => log.scrollTop") - 120) < 4


def test_a_long_conversation_comes_back_by_its_transcript(fake_shop: str, new_shopper: NewShopper) -> None:
    shopper = new_shopper(fake_shop)
    shopper.open()
    for number in range(7):
        shopper.ask_and_wait(f"Is one mug in stock? {number}")
    shopper.page.reload()
    expect(shopper.questions).to_have_count(7)
    expect(shopper.finished).to_have_count(7)
    assert any("/transcript" in url for url in shopper.requests)


def test_a_message_written_offline_is_sent_once_when_the_network_is_back(fake_shop: str, new_shopper: NewShopper) -> None:
    shopper = new_shopper(fake_shop)
    shopper.open()
    shopper.ask_and_wait("Is one mug in stock?")
    shopper.context.set_offline(True)
    expect(shopper.panel).to_contain_text("You are offline")
    shopper.ask("And another one mug?")
    expect(shopper.questions.last).to_have_attribute("data-pending", "")
    shopper.context.set_offline(False)
    expect(shopper.panel).not_to_contain_text("You are offline")
    expect(shopper.finished).to_have_count(2, timeout=20_000)
    assert [event["text"] for event in shopper.room()["durable"] if event["type"] == "message"] == [
        "Is one mug in stock?",
        "And another one mug?",
    ]


def test_a_busy_shop_is_asked_again_under_the_same_id(fake_shop: str, new_shopper: NewShopper) -> None:
    shopper = new_shopper(fake_shop)
    shopper.open()
    shopper.ask_and_wait("busy day, is one mug in stock?")
    sent = [frame["id"] for frame in shopper.room()["received"] if frame["type"] == "message"]
    assert len(sent) == 2
    assert len(set(sent)) == 1


def test_an_interrupted_reply_can_be_asked_for_again(fake_shop: str, new_shopper: NewShopper) -> None:
    shopper = new_shopper(fake_shop)
    shopper.open()
    reply = shopper.ask_and_wait("fail now")
    expect(reply).to_contain_text("The answer was interrupted")
    reply.get_by_role("button", name="Ask again").click()
    expect(shopper.questions).to_have_count(2)


def test_a_thumb_is_told_to_the_shop_and_shown(fake_shop: str, new_shopper: NewShopper) -> None:
    shopper = new_shopper(fake_shop)
    shopper.open()
    reply = shopper.ask_and_wait("How do returns work?")
    reply.get_by_role("button", name="Not helpful").click()
    expect(reply.get_by_role("button", name="Not helpful")).to_have_attribute("aria-pressed", "true")
    expect(reply.get_by_role("button", name="Talk to a person")).to_be_visible()
    feedback = [frame for frame in shopper.room()["received"] if frame["type"] == "feedback"]
    assert feedback == [{"type": "feedback", "turn": "t1", "rating": "down"}]


def test_a_person_can_be_asked_for_and_answers_under_a_name(fake_shop: str, new_shopper: NewShopper) -> None:
    shopper = new_shopper(fake_shop)
    shopper.open()
    shopper.ask_and_wait("Is one mug in stock?")
    shopper.panel.get_by_role("button", name="Talk to a person").click()
    expect(shopper.panel.locator("header")).to_contain_text("Waiting for a person")
    expect(shopper.log).to_contain_text("2 shoppers are ahead of you.")
    shopper.shop_says({"type": "handler", "state": "operator", "reason": "operator_took_over", "name": "Mei"})
    shopper.shop_says({"type": "typing", "who": "operator"})
    expect(shopper.panel.locator("header")).to_contain_text("Mei")
    expect(shopper.log).to_contain_text("Mei is typing")
    shopper.shop_says({"type": "operator", "text": "Hello, this is Mei.\n- I can help", "name": "Mei"})
    expect(shopper.log.locator("article.operator")).to_contain_text("Hello, this is Mei.")
    expect(shopper.announced).to_contain_text("Mei: Hello, this is Mei.")
    shopper.field.press_sequentially("Hi")
    shopper.shop_says({"type": "handler", "state": "assistant", "reason": "operator_returned"})
    expect(shopper.panel.locator("header")).to_contain_text("Automated assistant")
    assert [frame["type"] for frame in shopper.room()["received"]][-1] == "typing"


def test_an_answer_that_arrives_while_the_panel_is_closed_is_counted(fake_shop: str, new_shopper: NewShopper) -> None:
    shopper = new_shopper(fake_shop)
    shopper.open()
    shopper.ask("slow please")
    expect(shopper.replies.last).to_contain_text("You can")
    shopper.panel.get_by_role("button", name="Close chat").click()
    launcher = shopper.page.get_by_role("button", name=re.compile("1 new message"))
    expect(launcher).to_be_visible(timeout=20_000)
    launcher.click()
    expect(shopper.finished).to_have_count(1)


def test_a_network_that_breaks_sockets_is_served_over_http(fake_shop: str, new_shopper: NewShopper) -> None:
    shopper = new_shopper(fake_shop, "/twin")
    shopper.open()
    shopper.ask("How do returns work?")
    expect(shopper.finished.last.locator(".text")).to_have_text(LONG, timeout=30_000)
    shopper.ask("slow please")
    expect(shopper.replies.last).to_contain_text("You can send")
    shopper.panel.get_by_role("button", name="Stop").click()
    expect(shopper.finished.last).to_contain_text("Stopped")


def test_two_tabs_show_one_conversation(fake_shop: str, new_shopper: NewShopper) -> None:
    shopper = new_shopper(fake_shop)
    shopper.open()
    shopper.ask_and_wait("Is one mug in stock?")
    other = shopper.context.new_page()
    other.goto(fake_shop + "/page/3")
    other.get_by_role("button", name="Chat with us").click()
    expect(other.get_by_role("log").locator("article.shopper")).to_have_count(1)
    shopper.ask_and_wait("Another one mug?")
    expect(other.get_by_role("log").locator("article.shopper")).to_have_count(2)
    expect(other.get_by_role("log")).to_contain_text("Another one mug?")
