"""What reviewers say, in Chromium: a table is opened, its numbers and charts are there, filters work by keyboard, and no review is markup."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from visitor import PASSWORD, NewVisitor, Visitor, findings, is_wider_than_the_window

pytest_plugins = ["pages_fixtures"]
pytestmark = pytest.mark.browser
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
ROWS = [
    "heron-tent,5,Great tent and very fast delivery.,2026-03-02",
    "heron-tent,1,<b>Terrible</b> <img src=x onerror=alert(1)> it broke at once.,2026-03-09",
    "heron-tent,4,Runs a bit small but lovely quality.,2026-03-16",
    "otter-kettle,5,质量很好，非常满意。,2026-03-16",
    "otter-kettle,2,Awful quality and it leaks.,2026-03-23",
]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "mine.csv"
    path.write_text("\n".join(["handle,rating,body,date", *ROWS]) + "\n", encoding="utf-8")
    return path


def opened(new_visitor: NewVisitor, server: str, table: Path, **options: Any) -> Page:
    return opened_by(new_visitor(server, "/console#reviews", **options), table)


def opened_by(visitor: Visitor, table: Path) -> Page:
    page = visitor.page
    page.locator("input[type=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Reviews")
    page.set_input_files("#reviews-file", table)
    expect(page.locator(".quote").first).to_be_visible(timeout=60_000)
    return page


def test_a_table_is_counted_charted_and_quoted_as_text(new_visitor: NewVisitor, shop_pages: str, table: Path) -> None:
    page = opened(new_visitor, shop_pages, table)
    expect(page.locator(".figures dd").first).to_have_text("5")
    expect(page.locator(".chart canvas")).to_be_visible()
    page.get_by_text("The numbers as a table").click()
    expect(page.locator("details table tbody tr")).to_have_count(4)
    expect(page.locator(".quoted", has_text="<img src=x onerror=alert(1)>")).to_be_visible()
    assert page.locator(".quote img, .quote b").count() == 0 and page.locator(".quoted mark").count() > 0
    assert not is_wider_than_the_window(page) and findings(page) == []


def test_quotes_are_filtered_by_verdict_aspect_and_product_with_the_keyboard(new_visitor: NewVisitor, shop_pages: str, table: Path) -> None:
    page = opened(new_visitor, shop_pages, table)
    boxes = [page.locator(f"#label-{name}").bounding_box() for name in ("all", "negative", "positive")]
    assert all(box is not None and box["width"] > 48 for box in boxes)
    page.locator("#label-negative").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#label-negative")).to_be_focused()
    expect(page.locator(".quote .tag")).to_have_text(["Complaint", "Complaint"])
    page.locator("#aspect-quality").click()
    expect(page.locator(".quoted").first).to_contain_text("leaks")
    page.locator("#reviews-product").select_option("heron-tent")
    expect(page.locator(".figures dd").first).to_have_text("3")


def test_it_fits_a_phone_and_says_what_is_no_table_of_reviews(
    new_visitor: NewVisitor, shop_pages: str, table: Path, tmp_path: Path
) -> None:
    visitor = new_visitor(shop_pages, "/console#reviews", **PHONE)
    page = opened_by(visitor, table)
    assert not is_wider_than_the_window(page)
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("name,price\nKettle,49\n", encoding="utf-8")
    page.route(
        "**/console/api/reviews?*",
        lambda route: route.fulfill(status=422, json={"detail": "reviews: wrong.csv:1: got the columns name, price"}),
    )
    page.set_input_files("#reviews-file", wrong)
    expect(page.locator(".fault[role=alert]")).to_contain_text("got the columns name, price")
    visitor.faults.clear()  # the browser itself logs an answer of 422
