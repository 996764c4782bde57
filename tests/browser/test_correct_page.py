"""Correcting a reply in the console, in Chromium: with the mouse and the keyboard, in both languages, and unseen by the shopper."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, expect
from visitor import PASSWORD, NewVisitor, Visitor, findings, is_wider_than_the_window

pytest_plugins = ["pages_fixtures"]
pytestmark = pytest.mark.browser
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
DELIVERY = "How long does delivery take?"


def asked(visitor: Visitor, *questions: str) -> None:
    """As a shopper with the widget, on the page that is open."""
    visitor.open()
    for question in questions:
        visitor.ask_and_wait(question)


def newest(operator: Visitor, password: str = "Password") -> Locator:
    """Log in and read the conversation with the newest words; the assistant's turns in it."""
    page = operator.page
    page.get_by_label(password).fill(PASSWORD)
    page.keyboard.press("Enter")
    page.locator(".rows a").first.click()
    expect(page.locator(".transcript .turn").first).to_be_visible()
    return page.locator(".turn.assistant")


def write(turn: Locator, text: str, name: str = "Ana") -> None:
    turn.get_by_role("button", name="Correct", exact=True).click()
    turn.get_by_label("What it should have said").fill(text)
    turn.get_by_label("Your name").fill(name)
    turn.get_by_role("button", name="Save").click()
    expect(turn.get_by_role("group", name="Corrected")).to_be_visible()


def test_a_reply_is_corrected_changed_and_the_correction_undone(shop_pages: str, new_visitor: NewVisitor) -> None:
    shopper = new_visitor(shop_pages)
    asked(shopper, DELIVERY)
    said = shopper.finished.last.inner_text()
    operator = new_visitor(shop_pages, "/console#conversations")
    page, turn = operator.page, newest(operator).first
    expect(turn.get_by_role("button", name="Correct", exact=True)).to_have_accessible_description(turn.locator(".bubble").inner_text())
    write(turn, "It takes <b>3 to 5</b> working days.")
    group = turn.get_by_role("group", name="Corrected")
    expect(group.locator(".bubble")).to_have_text("It takes <b>3 to 5</b> working days.")
    expect(group).to_contain_text("by Ana")
    expect(group.locator(".doubt")).to_have_count(0)
    expect(turn.get_by_role("button", name="Change")).to_be_focused()
    expect(page.get_by_role("status")).to_have_text("The correction is saved.")
    page.reload()
    turn.get_by_role("button", name="Change").click()
    expect(turn.get_by_label("Your name")).to_have_value("Ana")
    turn.get_by_label("What it should have said").fill("Three to five working days, or the shipping is free.")
    turn.get_by_role("button", name="Save").click()
    expect(group.locator(".bubble")).to_have_text("Three to five working days, or the shipping is free.")
    turn.get_by_role("button", name="Undo").click()
    expect(group).to_have_count(0)
    expect(turn.get_by_role("button", name="Correct", exact=True)).to_be_focused()
    page.reload()
    expect(turn.get_by_role("button", name="Correct", exact=True)).to_be_visible()
    shopper.page.reload()  # the chat was open and is again
    expect(shopper.finished.last).to_have_text(said, use_inner_text=True)


def test_the_keyboard_is_enough_and_nothing_half_written_is_lost(shop_pages: str, new_visitor: NewVisitor) -> None:
    asked(new_visitor(shop_pages), DELIVERY)
    operator = new_visitor(shop_pages, "/console#conversations")
    page, turn = operator.page, newest(operator).first
    button = turn.get_by_role("button", name="Correct", exact=True)
    button.focus()
    page.keyboard.press("Enter")
    area = turn.get_by_label("What it should have said")
    expect(area).to_be_focused()
    page.keyboard.press("Escape")
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Control+Enter")
    expect(turn.get_by_role("alert")).to_have_text("Write what it should have said, and your name.")
    expect(turn.get_by_label("Your name")).to_be_focused()
    page.keyboard.type("Ben")
    page.keyboard.press("Enter")
    expect(turn.get_by_role("alert")).to_have_text("Change the text before you save it.")
    expect(area).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type("Delivery takes 3 to 5 working days, Ben says.")
    page.keyboard.press("Escape")
    expect(area).to_have_value("Delivery takes 3 to 5 working days, Ben says.")
    assert operator.stored() == {}
    page.keyboard.press("Control+Enter")
    expect(turn.get_by_role("group", name="Corrected")).to_contain_text("by Ben")
    assert operator.stored() == {"console:operator": "Ben"}


def test_who_was_logged_out_meanwhile_keeps_the_text(shop_pages: str, new_visitor: NewVisitor) -> None:
    asked(new_visitor(shop_pages), DELIVERY)
    operator = new_visitor(shop_pages, "/console#conversations")
    turn = newest(operator).first
    cookies = operator.context.cookies()
    operator.context.clear_cookies()
    turn.get_by_role("button", name="Correct", exact=True).click()
    turn.get_by_label("What it should have said").fill("It takes a few days.")
    turn.get_by_label("Your name").fill("Ana")
    turn.get_by_role("button", name="Save").click()
    expect(turn.get_by_role("alert")).to_have_text("You were logged out. Log in in another tab, then save again.")
    operator.context.add_cookies(cookies)
    turn.get_by_role("button", name="Save").click()
    expect(turn.get_by_role("group", name="Corrected")).to_contain_text("It takes a few days.")


def test_a_correction_that_the_shop_does_not_carry_is_kept_with_a_word_about_it(shop_pages: str, new_visitor: NewVisitor) -> None:
    asked(new_visitor(shop_pages), "What does the Brass Lamp cost?")
    operator = new_visitor(shop_pages, "/console#conversations")
    page, turn = operator.page, newest(operator).first
    write(turn, "The Brass Lamp is €41.50 until Sunday.")
    expect(turn.locator(".doubt")).to_contain_text("does not state “€41.50” or “Sunday”")
    page.get_by_role("link", name="Status").click()
    panel = page.get_by_role("region", name="Corrected replies")
    expect(panel.locator(".left-out")).to_contain_text("What does the Brass Lamp cost?")
    with page.expect_download() as waiting:
        panel.get_by_role("link", name="Download as training data").click()
    assert waiting.value.suggested_filename == "corrections.jsonl"
    assert "41.50 until" not in waiting.value.path().read_text("utf-8")
    panel.get_by_role("link", name="What does the Brass Lamp cost?").click()
    expect(turn.get_by_role("group", name="Corrected")).to_be_visible()


def test_corrections_speak_chinese(shop_pages: str, new_visitor: NewVisitor) -> None:
    asked(new_visitor(shop_pages), DELIVERY)
    operator = new_visitor(shop_pages, "/console#conversations", locale="zh-CN")
    turn = newest(operator, "密码").first
    turn.get_by_role("button", name="更正", exact=True).click()
    turn.get_by_label("应当怎样回复").fill("三到五个工作日送达。")
    turn.get_by_label("您的名字").fill("安娜")
    turn.get_by_role("button", name="保存").click()
    expect(turn.get_by_role("group", name="已更正")).to_contain_text("安娜")
    turn.get_by_role("button", name="撤销").click()
    expect(turn.get_by_role("button", name="更正", exact=True)).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_where_replies_are_corrected(shop_pages: str, new_visitor: NewVisitor, theme: str) -> None:
    asked(new_visitor(shop_pages), DELIVERY, "Can I return something?")
    operator = new_visitor(shop_pages, "/console#conversations", color_scheme=theme, reduced_motion="reduce")
    turns = newest(operator)
    write(turns.nth(0), "It costs €7.77, and it takes 3 to 5 working days.")
    turns.nth(1).get_by_role("button", name="Correct", exact=True).click()
    turns.nth(1).get_by_role("button", name="Save").click()
    expect(turns.nth(1).get_by_role("alert")).not_to_be_empty()
    assert findings(operator.page) == []
    operator.page.get_by_role("link", name="Status").click()
    expect(operator.page.get_by_role("region", name="Corrected replies")).to_be_visible()
    assert findings(operator.page) == []


def test_corrections_fit_a_phone(shop_pages: str, new_visitor: NewVisitor) -> None:
    asked(new_visitor(shop_pages), DELIVERY, "Can I return something?")
    operator = new_visitor(shop_pages, "/console#conversations", **PHONE)
    turns = newest(operator)
    write(turns.nth(0), "It takes 3 to 5 working days. " + "Averylongwordthatdoesnotend" * 6)
    turns.nth(1).get_by_role("button", name="Correct", exact=True).click()
    assert not is_wider_than_the_window(operator.page)
    box = turns.nth(1).get_by_role("button", name="Save").bounding_box()
    assert box is not None and box["height"] >= 38
