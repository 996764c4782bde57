"""The explorer of recommendations in Chromium: pick a product, see what goes with it and why, block one, and it is gone."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect
from visitor import PASSWORD, NewVisitor, Visitor, findings, is_wider_than_the_window

pytest_plugins = ["pages_fixtures"]
pytestmark = pytest.mark.browser
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


def explorer(visitor: Visitor) -> Page:
    page = visitor.page
    page.locator("input[type=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator(".recommended-card").first).to_be_visible()
    return page


def titles(page: Page) -> list[str]:
    return page.locator(".recommended-name a").all_text_contents()


def test_a_product_is_picked_by_keyboard_and_each_recommendation_says_why(shop_pages: str, new_visitor: NewVisitor) -> None:
    page = explorer(new_visitor(shop_pages, "/console#recommend"))
    name = titles(page)[0]
    page.get_by_label("Looking at").fill(name)
    page.keyboard.press("Enter")
    expect(page.locator(".chips").first).to_contain_text(name)
    page.get_by_role("button", name="Show recommendations").click()
    expect(page.locator(".recommended-name a").filter(has_text=name)).to_have_count(0)
    cards = page.locator(".recommended-card")
    assert all(card.locator(".recommended-reason").inner_text() for card in cards.all())
    page.get_by_role("button", name=f"Remove {name}").click()
    expect(page.locator(".chips").first).to_be_hidden()


def test_a_blocked_product_is_gone_at_once_and_a_fault_in_the_rules_is_told_with_its_line(shop_pages: str, new_visitor: NewVisitor) -> None:
    visitor = new_visitor(shop_pages, "/console#recommend")
    page = explorer(visitor)
    name = titles(page)[0]
    rules = page.get_by_role("textbox", name="This is recommend.toml")
    rules.fill('pin = []\nblock = ["no-such-product"]\n')
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert").filter(has_text="recommend.toml:2")).to_be_visible()
    assert visitor.faults and all("status of 422" in fault for fault in visitor.faults)  # the browser logs it by itself
    visitor.faults.clear()
    rules.fill(f'block = ["{name}"]\n')
    page.get_by_role("button", name="Save").click()
    saved = page.get_by_role("region", name="Pinned, blocked and paired products").get_by_role("status")
    expect(saved).to_contain_text("1 blocked")
    expect(page.locator(".recommended-name a").filter(has_text=name)).to_have_count(0)
    page.get_by_label("Leave out what is blocked").uncheck()
    page.get_by_role("button", name="Show recommendations").click()
    expect(page.locator(".recommended-name a").filter(has_text=name)).to_have_count(1)
    rules.fill("")
    page.get_by_role("button", name="Save").click()
    expect(saved).to_contain_text("0 blocked")


@pytest.mark.parametrize(("options", "language"), [({}, "en-GB"), (PHONE, "zh-CN")])
def test_the_page_is_usable_by_everybody_and_fits(shop_pages: str, new_visitor: NewVisitor, options: dict[str, Any], language: str) -> None:
    page = explorer(new_visitor(shop_pages, "/console#recommend", locale=language, **options))
    assert not is_wider_than_the_window(page)
    assert findings(page) == []
