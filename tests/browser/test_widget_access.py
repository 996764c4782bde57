"""The widget for everybody: keyboard alone, screen reader, phone, dark, Chinese, and what axe-core finds."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from typing import Any

import pytest
from fake_replies import LONG
from playwright.sync_api import expect
from shopper import Shopper

pytestmark = pytest.mark.browser
NewShopper = Callable[..., Shopper]
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


def findings(shopper: Shopper) -> list[str]:
    """What axe-core calls serious or critical on the page as it is."""
    shopper.page.wait_for_timeout(400)  # colours are judged when nothing fades any more
    shopper.page.evaluate(AXE)
    found = shopper.page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['impact']} {one['id']}: {node['target']} {node['failureSummary']}"
        for one in found["violations"]
        if one["impact"] in {"serious", "critical"}
        for node in one["nodes"]
    ]


@pytest.mark.parametrize(("path", "theme"), [("/", "light"), ("/", "dark"), ("/zh", "light"), ("/accent", "light")])
def test_axe_finds_nothing_serious(fake_shop: str, new_shopper: NewShopper, path: str, theme: str) -> None:
    shopper = new_shopper(fake_shop, path, color_scheme=theme)
    assert findings(shopper) == []
    shopper.page.locator(".launcher").click()
    expect(shopper.log.locator(".chip").first).to_be_visible()
    assert findings(shopper) == []
    for question in ["products 帐篷", "How do returns work?", "unknown thing", "fail now"]:
        shopper.ask_and_wait(question)
    shopper.finished.nth(1).locator(".thumb.down").click()
    shopper.panel.locator(".person").click()
    shopper.shop_says({"type": "handler", "state": "operator", "reason": "operator_took_over", "name": "Mei"})
    shopper.shop_says({"type": "operator", "text": "Hello", "name": "Mei"})
    expect(shopper.log.locator("article.operator")).to_be_visible()
    assert findings(shopper) == []
    shopper.ask("slow please")
    expect(shopper.replies.last.locator(".stage")).to_be_visible()
    assert findings(shopper) == []


def test_axe_finds_nothing_serious_on_a_phone(fake_shop: str, new_shopper: NewShopper) -> None:
    shopper = new_shopper(fake_shop, "/", **PHONE)
    shopper.open()
    shopper.ask_and_wait("Which products are mugs?")
    assert findings(shopper) == []


def test_everything_can_be_done_with_the_keyboard(fake_shop: str, new_shopper: NewShopper) -> None:
    shopper = new_shopper(fake_shop)
    launcher = shopper.page.get_by_role("button", name="Chat with us")
    launcher.focus()
    keyboard = shopper.page.keyboard
    keyboard.press("Enter")
    expect(shopper.field).to_be_focused()
    keyboard.type("Two lines:")
    keyboard.press("Shift+Enter")
    keyboard.type("does one mug fit?")
    expect(shopper.field).to_have_value("Two lines:\ndoes one mug fit?")
    keyboard.press("Enter")
    expect(shopper.finished).to_have_count(1)
    expect(shopper.field).to_be_focused()
    for name in ["Not helpful", "Helpful"]:
        for _ in range(8):
            keyboard.press("Shift+Tab")
            if (
                shopper.page.evaluate("() => document.querySelector('shop-chat').shadowRoot.activeElement.getAttribute('aria-label')")
                == name
            ):
                break
        expect(shopper.panel.get_by_role("button", name=name, exact=True)).to_be_focused()
    keyboard.press("Enter")
    expect(shopper.panel.get_by_role("button", name="Helpful", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(shopper.panel.get_by_role("button", name="Helpful", exact=True)).to_be_focused()
    keyboard.press("Escape")
    expect(shopper.panel).to_be_hidden()
    expect(launcher).to_be_focused()


def test_enter_that_picks_a_chinese_candidate_does_not_send(fake_shop: str, new_shopper: NewShopper) -> None:
    shopper = new_shopper(fake_shop, "/zh")
    shopper.page.get_by_role("button", name="在线咨询").click()
    shopper.field.fill("帐peng")
    shopper.field.evaluate(
        "node => node.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true, cancelable: true}))"
    )
    expect(shopper.field).to_have_value("帐peng")
    expect(shopper.questions).to_have_count(0)


def test_a_streamed_reply_is_announced_once_and_whole(fake_shop: str, new_shopper: NewShopper) -> None:
    shopper = new_shopper(fake_shop)
    shopper.open()
    shopper.page.evaluate(
        """() => { window.said = [];
        const status = document.querySelector('shop-chat').shadowRoot.querySelector('[role=status]');
        new MutationObserver(() => said.push(status.textContent)).observe(status, {childList: true}); }"""
    )
    assert shopper.log.get_attribute("aria-live") == "off"
    shopper.ask("slow please")
    expect(shopper.replies.last).to_contain_text("You can send")
    assert shopper.replies.last.locator(".text").get_attribute("aria-hidden") == "true"
    expect(shopper.finished.last).to_be_visible(timeout=20_000)
    assert shopper.finished.last.locator(".text").get_attribute("aria-hidden") is None
    assert shopper.page.evaluate("() => said") == [f"Assistant: {LONG}"]


def test_on_a_phone_the_panel_fills_the_screen_and_follows_the_keyboard(fake_shop: str, new_shopper: NewShopper) -> None:
    shopper = new_shopper(fake_shop, "/", **PHONE)
    shopper.page.get_by_role("button", name="Chat with us").tap()
    shopper.page.wait_for_timeout(400)  # it rises
    assert shopper.panel.bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 844}
    assert shopper.panel.get_attribute("aria-modal") == "true"
    expect(shopper.field).not_to_be_focused()
    expect(shopper.page.locator(".launcher")).to_be_hidden()
    assert shopper.field.evaluate("node => getComputedStyle(node).fontSize") == "16px"
    shopper.page.set_viewport_size({"width": 390, "height": 500})
    shopper.page.wait_for_function("() => document.querySelector('shop-chat').shadowRoot.querySelector('.panel').clientHeight === 500")
    shopper.ask_and_wait("Which products are mugs?")
    assert shopper.page.evaluate("() => document.documentElement.scrollWidth") <= 390
    send = shopper.panel.locator(".send").bounding_box()
    assert send is not None
    assert send["y"] + send["height"] <= 500


def test_on_a_phone_tab_stays_in_the_panel(fake_shop: str, new_shopper: NewShopper) -> None:
    shopper = new_shopper(fake_shop, "/", **PHONE)
    shopper.open()
    expect(shopper.log.locator(".chip").first).to_be_visible()
    for _ in range(25):
        shopper.page.keyboard.press("Tab")
        assert shopper.page.evaluate("() => document.querySelector('shop-chat').shadowRoot.activeElement?.closest('.panel') !== null")


def test_dark_and_light_follow_the_device_unless_the_shop_decides(fake_shop: str, new_shopper: NewShopper) -> None:
    ground = "node => getComputedStyle(node).backgroundColor"
    shopper = new_shopper(fake_shop, color_scheme="dark")
    shopper.open()
    assert shopper.panel.evaluate(ground) == "rgb(21, 24, 23)"
    shopper.page.emulate_media(color_scheme="light")
    assert shopper.panel.evaluate(ground) == "rgb(255, 255, 255)"
    decided = new_shopper(fake_shop, "/accent", color_scheme="light")
    decided.open()
    assert decided.panel.evaluate(ground) == "rgb(21, 24, 23)"
    box = decided.panel.bounding_box()
    assert box is not None
    assert box["x"] == 20


def test_a_chinese_page_gets_a_chinese_widget(fake_shop: str, new_shopper: NewShopper) -> None:
    shopper = new_shopper(fake_shop, "/zh")
    shopper.page.get_by_role("button", name="在线咨询").click()
    expect(shopper.panel).to_have_accessible_name("与山野小店对话")
    expect(shopper.log).to_contain_text("想找什么商品")
    reply = shopper.ask_and_wait("有哪些帐篷？")
    expect(reply).to_contain_text("¥899.00")
    expect(reply).to_contain_text("已售罄")
    expect(shopper.panel.get_by_role("button", name="转人工客服")).to_be_visible()


def test_a_message_over_the_limit_is_counted_and_not_sent(fake_shop: str, new_shopper: NewShopper) -> None:
    shopper = new_shopper(fake_shop)
    shopper.open()
    shopper.field.fill("x" * 3_650)
    expect(shopper.panel).to_contain_text("350 characters left")
    shopper.field.fill("🫖" * 4_003)
    expect(shopper.panel).to_contain_text("3 too many")
    shopper.field.press("Enter")
    expect(shopper.questions).to_have_count(0)
    shopper.field.fill("🫖" * 4_000)
    shopper.field.press("Enter")
    expect(shopper.finished).to_have_count(1)


def test_motion_stops_for_those_who_asked_for_it(fake_shop: str, new_shopper: NewShopper) -> None:
    shopper = new_shopper(fake_shop, reduced_motion="reduce")
    shopper.open()
    shopper.ask("slow please")
    dots = shopper.replies.last.locator(".dots i").first
    expect(dots).to_be_visible()
    assert dots.evaluate("node => getComputedStyle(node).animationName") == "none"
