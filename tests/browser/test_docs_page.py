"""The page about the HTTP interface in Chromium: drawn from this server alone, tried with its own examples, by mouse and by keys."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, expect
from visitor import PASSWORD, NewVisitor, Visitor, findings, is_wider_than_the_window

pytest_plugins = ["pages_fixtures"]
pytestmark = pytest.mark.browser
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


def drawn(visitor: Visitor) -> Visitor:
    """With all calls on the page: the library is large, and a busy machine takes its time."""
    visitor.page.locator(".endpoint-head, .expanded-endpoint-body").last.wait_for(timeout=90_000)
    return visitor


def tried(visitor: Visitor, path: str) -> Locator:
    """The form of a call, after TRY was pressed and it was answered."""
    form = visitor.page.locator(f"api-request[path='{path}']").first
    form.get_by_role("button", name="TRY", exact=True).click()
    expect(form.locator(".response-message")).to_contain_text("200")
    return form


def test_a_call_is_found_in_the_side_bar_and_tried_with_its_example_and_all_comes_from_here(
    shop_pages: str, new_visitor: NewVisitor
) -> None:
    visitor = drawn(new_visitor(shop_pages, "/docs"))
    link = visitor.page.locator(".nav-bar-path", has_text="Recommend products").first
    link.focus()
    visitor.page.keyboard.press("Enter")
    sample = visitor.page.locator("[id^='post-/v1/recommendations']").locator("pre").first
    expect(sample).to_contain_text(f'curl "{shop_pages}/v1/recommendations"')
    form = tried(visitor, "/v1/recommendations")
    expect(form.locator("pre:visible").first).to_contain_text('"reason"')
    assert {urlsplit(address).netloc for address in visitor.requests} == {urlsplit(shop_pages).netloc}


def test_an_operator_logs_in_on_the_page_and_then_hands_in_the_example_of_a_table(shop_pages: str, new_visitor: NewVisitor) -> None:
    visitor = drawn(new_visitor(shop_pages, "/docs"))
    login = visitor.page.locator("api-request[path='/console/api/login']")
    login.locator("textarea").fill(f'{{"password": "{PASSWORD}"}}')
    tried(visitor, "/console/api/login")
    tried(visitor, "/v1/copy/file")
    expect(tried(visitor, "/v1/sentiment").locator("pre:visible").first).to_contain_text("runs_small")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_telephone_a_call_unfolds_by_a_key_and_nothing_is_cut_off(shop_pages: str, new_visitor: NewVisitor, scheme: str) -> None:
    visitor = drawn(new_visitor(shop_pages, "/docs", color_scheme=scheme, **PHONE))
    head = visitor.page.get_by_role("button", name="/v1/search").first
    expect(head).to_have_attribute("aria-expanded", "false")
    head.press("Enter")
    expect(head).to_have_attribute("aria-expanded", "true")
    expect(tried(visitor, "/v1/search").locator("pre:visible").first).to_contain_text('"hits"')
    assert not is_wider_than_the_window(visitor.page)
    assert findings(visitor.page) == []
