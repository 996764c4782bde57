"""The shop's own pages in Chromium, against the program over a small shop: shelf, product, cart, two languages, and hostile content."""

from __future__ import annotations

from typing import Any

import pytest
from fake_api import EVIL_OPTION, EVIL_TITLE
from playwright.sync_api import Locator, Route, expect
from visitor import NewVisitor, Visitor, findings, is_wider_than_the_window

pytest_plugins = ["pages_fixtures"]
pytestmark = pytest.mark.browser
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


def cards(visitor: Visitor) -> Locator:
    return visitor.page.locator("#shelf .card:not(.bones .card)")


def card(visitor: Visitor, title: str) -> Locator:
    return cards(visitor).filter(has=visitor.page.get_by_role("link", name=title, exact=True))


def test_the_shelf_shows_the_products_with_prices_and_badges(shop_pages: str, new_visitor: NewVisitor) -> None:
    visitor = new_visitor(shop_pages)
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Welcome to Alder & Finch")
    expect(visitor.page).to_have_title("Alder & Finch")
    expect(cards(visitor)).to_have_count(24)
    expect(card(visitor, "Alder Table")).to_contain_text("€320.00")
    expect(card(visitor, "Wool Scarf")).to_contain_text("From €20.00")
    expect(card(visitor, "Brass Lamp").locator(".badge")).to_have_text("Sale")
    expect(card(visitor, "Brass Lamp").locator("s")).to_have_text("€60.00")
    expect(card(visitor, "Tall Vase").locator(".badge")).to_have_text("Sold out")
    expect(card(visitor, "Alder Table").locator("img")).to_have_count(1)
    expect(card(visitor, "Tall Vase").locator("svg.drawn text")).to_have_text("TV")


def test_a_picture_that_cannot_be_loaded_gives_way_to_a_drawn_one(shop_pages: str, new_visitor: NewVisitor) -> None:
    visitor = new_visitor(shop_pages)
    expect(card(visitor, EVIL_TITLE).locator("svg.drawn")).to_have_count(1)


def test_more_products_come_on_demand_and_the_address_remembers_how_many(shop_pages: str, new_visitor: NewVisitor) -> None:
    visitor = new_visitor(shop_pages)
    visitor.page.get_by_role("button", name="Show more").click()
    expect(cards(visitor)).to_have_count(35)
    expect(visitor.page.get_by_role("button", name="Show more")).to_have_count(0)
    visitor.page.reload()
    expect(cards(visitor)).to_have_count(35)


def test_a_category_narrows_the_shelf_and_going_back_widens_it(shop_pages: str, new_visitor: NewVisitor) -> None:
    visitor = new_visitor(shop_pages)
    row = visitor.page.get_by_role("navigation", name="Categories")
    row.get_by_role("link", name="Furniture").click()
    expect(cards(visitor)).to_have_count(2)
    expect(visitor.page.get_by_role("heading", name="Furniture", exact=True)).to_be_visible()
    row.get_by_role("link", name="Lamps").click()
    expect(cards(visitor)).to_have_count(1)
    expect(card(visitor, "Brass Lamp")).to_be_visible()
    visitor.page.go_back()
    expect(cards(visitor)).to_have_count(2)
    visitor.page.go_back()
    expect(cards(visitor)).to_have_count(24)


def test_words_find_products_and_words_without_any_offer_a_way_back(shop_pages: str, new_visitor: NewVisitor) -> None:
    visitor = new_visitor(shop_pages)
    search = visitor.page.get_by_role("searchbox")
    search.fill("scarf")
    expect(visitor.page.get_by_role("heading", name='Results for "scarf"')).to_be_visible()
    expect(cards(visitor).first).to_contain_text("Wool Scarf")
    search.fill("zzqqxx")
    expect(visitor.page.get_by_role("heading", name="Nothing matches that")).to_be_visible()
    visitor.page.get_by_role("button", name="Show everything").click()
    expect(cards(visitor)).to_have_count(24)
    expect(search).to_have_value("")


def test_the_order_is_over_all_products_not_over_the_page(shop_pages: str, new_visitor: NewVisitor) -> None:
    visitor = new_visitor(shop_pages)
    visitor.page.get_by_label("Sort by").select_option(label="Price, high to low")
    expect(cards(visitor).first).to_contain_text("Alder Table")
    expect(cards(visitor).nth(1)).to_contain_text("Brass Lamp")
    expect(cards(visitor).nth(2)).to_contain_text("Bowl number 30")
    visitor.page.get_by_label("Sort by").select_option(label="Price, low to high")
    expect(cards(visitor).first).to_contain_text("Bowl number 1")


def test_picking_an_option_changes_price_stock_and_what_is_still_open(shop_pages: str, new_visitor: NewVisitor) -> None:
    visitor = new_visitor(shop_pages, "/products/wool-scarf")
    page = visitor.page
    buy, stock = page.locator(".add"), page.locator(".buy .stock")
    expect(page.get_by_role("radio", name="Red")).to_be_checked()
    expect(page.locator(".buy .price")).to_have_text("€20.00")
    expect(stock).to_have_text("In stock")
    page.locator(".pill", has_text="L").last.click()
    expect(page.locator(".buy .price")).to_have_text("€24.50")
    expect(stock).to_have_text("Only 2 left")
    expect(page.locator('.pill[data-state="none"]')).to_have_text("Blue (not available with this choice)")
    page.locator(".pill", has_text="Blue").click()  # there is no blue in L: the choice moves to what there is
    expect(page.get_by_role("radio", name="S (sold out)")).to_be_checked()
    expect(stock).to_have_text("Sold out")
    expect(buy).to_have_attribute("aria-disabled", "true")
    buy.click(force=True)
    assert visitor.stored() == {}


def test_the_page_tells_the_widget_which_product_it_shows(shop_pages: str, new_visitor: NewVisitor) -> None:
    visitor = new_visitor(shop_pages, "/products/brass-lamp")
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Brass Lamp")
    expect(visitor.page.locator('meta[name="shopchat:product"]')).to_have_attribute("content", "brass-lamp")
    visitor.page.get_by_role("button", name="Ask about this product").click()
    expect(visitor.page.get_by_role("dialog")).to_be_visible()


def test_the_widget_on_a_foreign_shops_first_page_answers_with_that_shops_products(shop_pages: str, new_visitor: NewVisitor) -> None:
    visitor = new_visitor(shop_pages)
    visitor.open()
    expect(visitor.panel.get_by_role("heading", name="Alder & Finch")).to_be_visible()
    reply = visitor.ask_and_wait("How much is the Brass Lamp?")
    expect(reply.locator(".text")).to_contain_text("€45.00")
    shown = reply.get_by_role("list", name="Products").get_by_role("listitem")
    expect(shown).to_have_count(1)
    expect(shown).to_contain_text("Brass Lamp")
    expect(shown.locator("s")).to_have_text("€60.00")
    shown.get_by_role("link").click()
    expect(visitor.page).to_have_url(f"{shop_pages}/products/brass-lamp")
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Brass Lamp")
    expect(visitor.finished).to_have_count(1)
    assert "Larkmoor" not in visitor.page.content()


def test_the_cart_survives_page_changes_and_counts_no_more_than_there_are(shop_pages: str, new_visitor: NewVisitor) -> None:
    visitor = new_visitor(shop_pages, "/products/wool-scarf")
    page = visitor.page
    expect(page.locator(".add")).to_be_visible()
    assert visitor.stored() == {}
    page.locator(".pill", has_text="L").last.click()
    page.get_by_role("button", name="Add to cart").click()
    expect(page.get_by_role("link", name="Cart, 1 item")).to_be_visible()
    visitor.visit("/products/brass-lamp")
    page.get_by_role("button", name="Add to cart").click()
    visitor.visit("/")
    page.get_by_role("link", name="Cart, 2 items").click()
    lines = page.locator(".lines .line")
    expect(lines).to_have_count(2)
    expect(lines.first).to_contain_text("Color: Red · Size: L")
    expect(page.locator(".sum .total")).to_contain_text("€69.50")
    lines.first.get_by_role("button", name="More").click()
    expect(page.locator(".sum .total")).to_contain_text("€94.00")
    expect(lines.first.locator(".line-price")).to_contain_text("€49.00")
    expect(lines.first.get_by_role("button", name="More")).to_be_disabled()
    expect(lines.first).to_contain_text("€24.50 each · Only 2 in stock")
    page.reload()
    expect(page.locator(".sum .total")).to_contain_text("€94.00")
    expect(page.get_by_text("Checkout is not part of this demonstration.")).to_be_visible()


def test_a_removed_line_can_be_put_back(shop_pages: str, new_visitor: NewVisitor) -> None:
    visitor = new_visitor(shop_pages, "/products/brass-lamp")
    page = visitor.page
    page.get_by_role("button", name="Add to cart").click()
    visitor.visit("/cart")
    page.get_by_role("button", name="Remove Brass Lamp").click()
    expect(page.get_by_role("heading", name="Your cart is empty")).to_be_visible()
    page.get_by_role("button", name="Put back").click()
    expect(page.locator(".lines .line")).to_have_count(1)
    expect(page.locator(".sum .total")).to_contain_text("€45.00")


def test_a_cart_with_things_the_shop_has_no_more_says_so_and_does_not_count_them(shop_pages: str, new_visitor: NewVisitor) -> None:
    visitor = new_visitor(shop_pages, "/products/brass-lamp")
    page = visitor.page
    page.get_by_role("button", name="Add to cart").click()
    page.evaluate(
        """() => { const key = Object.keys(localStorage).find(name => name.endsWith(':cart'));
        const lines = JSON.parse(localStorage[key]);
        localStorage[key] = JSON.stringify([...lines, {product: 'gone', variant: 'gone', quantity: 2}, {quantity: 'x'}, null]); }"""
    )
    visitor.visit("/cart")
    expect(page.locator(".lines .line")).to_have_count(2)
    expect(page.locator(".line.out")).to_contain_text("No longer in the shop")
    expect(page.locator(".sum .total")).to_contain_text("€45.00")


def test_the_language_switch_changes_words_and_products_and_is_remembered(shop_pages: str, new_visitor: NewVisitor) -> None:
    visitor = new_visitor(shop_pages)
    page = visitor.page
    expect(cards(visitor)).to_have_count(24)
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Alder & Finch，欢迎光临")
    expect(card(visitor, "桤木餐桌")).to_be_visible()
    expect(card(visitor, "Alder Table")).to_have_count(0)
    expect(page.locator("html")).to_have_attribute("lang", "zh")
    expect(page.get_by_role("button", name="在线咨询")).to_be_visible()  # the widget went along
    visitor.visit("/products/wool-scarf")
    expect(page.get_by_role("heading", level=1)).to_have_text("羊毛围巾")
    expect(page.get_by_role("button", name="加入购物车")).to_be_visible()
    page.get_by_role("button", name="EN").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Wool Scarf")


def test_hostile_product_texts_are_shown_as_text(shop_pages: str, new_visitor: NewVisitor) -> None:
    visitor = new_visitor(shop_pages)
    expect(card(visitor, EVIL_TITLE)).to_be_visible()
    visitor.visit("/products/evil-mug")
    page = visitor.page
    expect(page.get_by_role("heading", level=1)).to_have_text(EVIL_TITLE)
    expect(page.locator(".pill").first).to_contain_text(EVIL_OPTION)
    expect(page.locator(".buy .brand")).to_have_text("<b>Bold</b>")
    expect(page.locator(".prose")).to_contain_text("It is <b>blue</b>.")
    expect(page.locator(".prose")).not_to_contain_text("alert(3)")
    assert page.locator("main :is(script, b, i), main img[onerror]").count() == 0
    page.get_by_role("button", name="Add to cart").click()
    visitor.visit("/cart")
    expect(page.locator(".lines")).to_contain_text(EVIL_TITLE)
    visitor.visit("/?q=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E")
    expect(page.locator("#heading")).to_contain_text("<img src=x onerror=alert(1)>")


def test_a_product_that_is_not_there_says_so(shop_pages: str, new_visitor: NewVisitor) -> None:
    visitor = new_visitor(shop_pages, "/products/no-such-thing")
    expect(visitor.page.get_by_role("heading", name="This product is not here")).to_be_visible()
    visitor.page.get_by_role("link", name="Back to the shop").click()
    expect(cards(visitor)).to_have_count(24)


def test_a_shop_that_does_not_answer_offers_another_try(shop_pages: str, new_visitor: NewVisitor) -> None:
    visitor = new_visitor(shop_pages, "/cart")
    page = visitor.page
    expect(page.get_by_role("heading", name="Your cart is empty")).to_be_visible()
    page.route("**/v1/products?*", lambda route: route.abort())
    visitor.visit("/")
    expect(page.get_by_role("alert").get_by_role("heading", name="This could not be loaded")).to_be_visible()
    page.unroute("**/v1/products?*")
    page.get_by_role("button", name="Try again").click()
    expect(cards(visitor)).to_have_count(24)


def test_a_chinese_shop_of_one_small_table_has_chinese_pages(plain_pages: str, new_visitor: NewVisitor) -> None:
    visitor = new_visitor(plain_pages)
    page = visitor.page
    expect(cards(visitor)).to_have_count(3)
    expect(card(visitor, "青瓷茶杯").locator(".price")).to_have_text("¥88.00")
    expect(card(visitor, "青瓷茶杯").locator("svg.drawn text")).to_have_text("青")
    expect(page.get_by_role("searchbox", name="搜索商品")).to_be_visible()
    expect(page.get_by_role("navigation")).to_have_count(0)
    expect(page.locator(".languages")).to_have_count(0)
    expect(page.locator("html")).to_have_attribute("lang", "zh")
    card(visitor, "竹编茶盘").get_by_role("link").click()
    expect(page.locator(".buy .price")).to_have_text("¥126.50")
    page.get_by_role("button", name="加入购物车").click()
    page.get_by_role("link", name="查看购物车").click()
    expect(page.locator(".sum .total")).to_contain_text("¥126.50")
    assert "Alder" not in page.content() and "Larkmoor" not in page.content()


def test_a_price_without_a_currency_is_a_bare_number_and_a_missing_one_is_asked_for(shop_pages: str, new_visitor: NewVisitor) -> None:
    def strip(route: Route) -> None:
        found = route.fetch().json()
        items = [{**item, "currency": "", "category": ""} for item in found["items"]]
        items[0]["price"] = None
        route.fulfill(json={"items": items, "total": found["total"]})

    visitor = new_visitor(shop_pages, "/cart")
    visitor.page.route("**/v1/products?*", strip)
    visitor.visit("/")
    expect(card(visitor, "Brass Lamp").locator("strong")).to_have_text("45.00")
    expect(card(visitor, "Alder Table").locator(".price")).to_have_text("Price on request")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_any_page(shop_pages: str, new_visitor: NewVisitor, theme: str) -> None:
    visitor = new_visitor(shop_pages, color_scheme=theme, reduced_motion="reduce")
    expect(cards(visitor)).to_have_count(24)
    assert findings(visitor.page) == []
    visitor.visit("/products/wool-scarf")
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Wool Scarf")
    assert findings(visitor.page) == []
    visitor.page.get_by_role("button", name="Add to cart").click()
    assert findings(visitor.page) == []
    visitor.visit("/cart")
    expect(visitor.page.locator(".sum .total")).to_be_visible()
    assert findings(visitor.page) == []


def test_a_product_page_shows_what_goes_with_it_and_what_is_like_it(shop_pages: str, new_visitor: NewVisitor) -> None:
    visitor = new_visitor(shop_pages, **PHONE)
    page = visitor.page

    def with_others(route: Route) -> None:
        found = route.fetch().json()
        others = page.request.get(f"{shop_pages}/v1/products?lang=en").json()["items"][:2]
        route.fulfill(json=found | {"goes_with": [others[0] | {"reason": "The shop pairs them"}], "similar": [others[1]]})

    page.route("**/v1/products/wool-scarf*", with_others)
    visitor.visit("/products/wool-scarf")
    expect(page.get_by_role("heading", name="Goes well with")).to_be_visible()
    expect(page.locator(".like .card")).to_have_count(2)
    assert findings(page) == [] and not is_wider_than_the_window(page)


def test_nothing_is_wider_than_a_phone(shop_pages: str, new_visitor: NewVisitor) -> None:
    visitor = new_visitor(shop_pages, **PHONE)
    expect(cards(visitor)).to_have_count(24)
    assert not is_wider_than_the_window(visitor.page)
    for path, sign in {"/products/evil-mug": ".add", "/cart": ".blank", "/?category=Furniture": ".shelf-head"}.items():
        visitor.visit(path)
        expect(visitor.page.locator(sign)).to_be_visible()
        assert not is_wider_than_the_window(visitor.page), path
