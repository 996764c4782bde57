"""The page for copy, in Chromium: a product, a file, a campaign; streamed, traced, accepted; in both languages and on a phone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from visitor import PASSWORD, NewVisitor, Visitor, findings, is_wider_than_the_window

pytest_plugins = ["pages_fixtures"]
pytestmark = pytest.mark.browser
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


def opened(visitor: Visitor, tab: str = "one") -> None:
    page = visitor.page
    page.locator("input[type=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.locator('nav a[href="#copy"]').click()
    if tab != "one":
        page.locator(f'a[href="#copy/{tab}"]').click()


def described(visitor: Visitor) -> None:
    page = visitor.page
    page.locator("#copy-name").fill("Linen <b>Shirt</b>")
    page.locator("#copy-attributes").fill("Material: linen\nFit: relaxed\nCollar: stand-up\nPockets: yes")
    page.keyboard.press("Tab")
    page.locator("form.ask button[type=submit]").click()
    expect(page.locator(".copy-taken").nth(1)).to_be_visible(timeout=30_000)


def test_variants_stand_side_by_side_and_each_sentence_shows_its_fields(shop_pages: str, new_visitor: NewVisitor) -> None:
    visitor = new_visitor(shop_pages, "/console")
    opened(visitor)
    described(visitor)
    page = visitor.page
    expect(page.locator(".copy-variants .panel")).to_have_count(2)
    expect(page.locator("main")).not_to_contain_text("null")  # what has nothing to say leaves nothing behind
    expect(page.locator(".copy-fields").first).to_contain_text("Linen Shirt")
    assert findings(visitor.page) == []


def test_a_text_is_edited_and_accepted_and_what_the_row_does_not_state_is_told(shop_pages: str, new_visitor: NewVisitor) -> None:
    visitor = new_visitor(shop_pages, "/console")
    opened(visitor)
    described(visitor)
    page = visitor.page
    page.get_by_role("button", name="Edit").first.click()
    page.locator(".copy-edit textarea").fill("A waterproof linen shirt.")
    page.locator(".copy-edit input").fill("Ana")
    page.get_by_role("button", name="Accept this text").click()
    expect(page.locator(".copy-taken").first).to_contain_text("waterproof")
    expect(page.locator(".copy-taken .bubble").first).to_have_text("A waterproof linen shirt.")


def test_pasted_rows_come_back_as_a_file(shop_pages: str, new_visitor: NewVisitor, tmp_path: Path) -> None:
    visitor = new_visitor(shop_pages, "/console")
    opened(visitor, "file")
    page = visitor.page
    page.locator("#copy-paste").fill("name,image,price\nRed Kite,k.jpg,9\n,x.jpg,2\n")
    page.locator("form.ask button[type=submit]").click()
    with page.expect_download() as download:
        page.locator("a[download]").click(timeout=30_000)
    download.value.save_as(tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text().startswith("name,image,price,description\nRed Kite,k.jpg,9,")
    expect(page.locator(".left-out")).to_contain_text("expected a name")


@pytest.mark.parametrize("language", ["English", "中文"])
def test_a_campaign_shows_each_channel_with_its_length_on_a_phone(shop_pages: str, new_visitor: NewVisitor, language: str) -> None:
    visitor = new_visitor(shop_pages, "/console", **PHONE)
    opened(visitor, "marketing")
    page = visitor.page
    page.get_by_role("button", name=language).click()
    page.locator("#copy-theme").fill("Mid-autumn sale" if language == "English" else "中秋特卖")
    page.locator("form.ask button[type=submit]").click()
    expect(page.locator(".copy-piece")).to_have_count(9, timeout=30_000)
    assert not is_wider_than_the_window(page)
    assert findings(page) == []
