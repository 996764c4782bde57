"""The shop's data and pages over HTTP: cards, product pages, languages, pictures, and what is kept from the outside."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from chatbot.server.catalogue import Showcase, cheapest, paragraphs
from chatbot.server.doorway import CONTENT_SECURITY
from chatbot.server.storefront import filled
from knowledge_base.catalog import Availability, Money, Product, Variant
from tests.open_shop import OpenShop


def found(shop: OpenShop, **query: object) -> list[str]:
    return [item["title"] for item in shop.client.get("/v1/products", params=query).json()["items"]]


def test_the_shop_says_who_it_is(shop: OpenShop) -> None:
    said = shop.client.get("/v1/shop").json()
    assert said["name"] == "Otter & Heron <outdoor>"
    assert (said["currency"], said["languages"], said["about"]) == ("EUR", ["en", "zh"], "Kettles and tents.")
    assert said["site_key"] == shop.house.gate.site_key
    assert said["categories"] == ["Kitchen > Kettles", "Outdoor > Tents"]
    assert said["counts"]["products"] == 3
    assert said["counts"]["faq"] == 2
    assert said["contact"] == {"email": "hello@otter.example"}
    assert shop.client.get("/v1/shop?lang=zh-CN").json()["counts"]["faq"] == 1


def test_a_card_has_exact_prices_and_only_pictures_that_are_there(shop: OpenShop) -> None:
    kettle, tent, dome = shop.client.get("/v1/products").json()["items"]
    assert (kettle["price"], kettle["list_price"], kettle["currency"]) == ("49", None, "EUR")
    assert kettle["image"] == "/media/pictures/kettle.svg"
    assert (tent["price"], tent["list_price"], tent["on_sale"]) == ("199", "249", True)
    assert tent["image"] == "https://cdn.example/tent.jpg"
    assert (dome["image"], dome["available"]) == ("", False)


def test_products_are_paged_found_and_narrowed_to_a_category(shop: OpenShop) -> None:
    assert found(shop, page=2, size=2) == ["Badger Dome Tent"]
    assert found(shop, category="Outdoor") == ["Heron Tent", "Badger Dome Tent"]
    assert found(shop, q="fellmark") == ["Heron Tent", "Badger Dome Tent"]
    assert found(shop, q="tent under 150") == ["Badger Dome Tent"]
    assert found(shop, q="kettle", category="Outdoor") == []


def test_a_product_page_has_text_variants_and_similar_ones_that_can_be_bought(shop: OpenShop) -> None:
    tent = next(item for item in shop.client.get("/v1/products").json()["items"] if item["title"] == "Heron Tent")
    details = shop.client.get(f"/v1/products/{tent['id']}").json()
    assert details["paragraphs"] == ["A tent for two people."]
    assert details["variant_list"][0]["quantity"] == 3
    assert "Badger Dome Tent" not in [item["title"] for item in details["similar"]]  # sold out
    assert shop.client.get("/v1/products/nothing-like-it").status_code == 404


def test_pages_carry_the_site_key_the_escaped_name_and_a_strict_policy(shop: OpenShop) -> None:
    page = shop.client.get("/")
    assert page.status_code == 200
    assert f'data-site="{shop.house.gate.site_key}"' in page.text
    assert "Otter &amp; Heron &lt;outdoor&gt;" in page.text
    assert "{{" not in page.text
    assert page.headers["content-security-policy"] == CONTENT_SECURITY
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert shop.client.get("/cart").status_code == 200
    assert shop.client.head("/").status_code == 200


def test_a_page_speaks_the_language_asked_for_else_the_browsers(shop: OpenShop) -> None:
    assert '<html lang="zh"' in shop.client.get("/?lang=zh").text
    assert '<html lang="zh"' in shop.client.get("/", headers={"Accept-Language": "fr-FR, zh-CN;q=0.8, en;q=0.5"}).text
    assert '<html lang="en"' in shop.client.get("/", headers={"Accept-Language": "fr"}).text


def test_the_page_of_an_unknown_product_is_a_page_with_status_404(shop: OpenShop) -> None:
    known = shop.client.get("/v1/products").json()["items"][0]["id"]
    assert shop.client.get(f"/products/{known}").status_code == 200
    page = shop.client.get("/products/no-such-thing")
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")


def test_a_drawing_is_served_in_a_sandbox(shop: OpenShop) -> None:
    picture = shop.client.get("/media/pictures/kettle.svg")
    assert picture.headers["content-type"] == "image/svg+xml"
    assert picture.headers["content-security-policy"] == "sandbox; default-src 'none'; style-src 'unsafe-inline'"
    again = shop.client.get("/media/pictures/kettle.svg", headers={"If-None-Match": picture.headers["etag"]})
    assert again.status_code in (200, 304)


@pytest.mark.parametrize(
    "path",
    [
        "secret.txt",
        "shop.toml",
        "../data/secrets.json",
        "..%2fdata%2fsecrets.json",
        "%2fetc%2fpasswd",
        "pictures/../../data/chat.db",
        "pictures",
        "a%00.svg",
        "x" * 5000 + ".svg",
    ],
)
def test_media_gives_pictures_of_the_content_folder_and_nothing_else(shop: OpenShop, path: str) -> None:
    assert shop.client.get(f"/media/{path}").status_code == 404


def test_a_link_out_of_the_content_folder_is_not_followed(shop: OpenShop, tmp_path: Path) -> None:
    content = tmp_path / "content"
    content.mkdir()
    for folder in (tmp_path, content):
        (folder / "drawing.svg").write_text("<svg/>")
    (content / "link.svg").symlink_to(tmp_path / "drawing.svg")
    showcase = Showcase(shop.house.knowledge, content)
    assert (showcase.media("link.svg"), showcase.picture("link.svg")) == (None, "")
    assert showcase.media("drawing.svg") == (content / "drawing.svg").resolve()
    assert showcase.picture("/drawing.svg") == "/media/drawing.svg"


def test_a_card_shows_the_cheapest_variant_that_can_be_bought() -> None:
    def variant(name: str, price: str | None, availability: Availability) -> Variant:
        return Variant(name, price=Money(Decimal(price)) if price else None, availability=availability)

    out, dear, cheap = (
        variant("a", "5", Availability.out_of_stock),
        variant("b", "9", Availability.in_stock),
        variant("c", "7", Availability.unknown),
    )
    assert cheapest((out, dear, cheap)).id == "c"
    assert cheapest((out,)).id == "a"
    assert cheapest((variant("d", None, Availability.in_stock),)).id == "d"


def test_only_web_addresses_become_links(shop: OpenShop) -> None:
    address = shop.house.showcase.address
    assert address("https://otter.example/tent") == "https://otter.example/tent"
    for strange in ("javascript:alert(1)", "data:text/html,x", "//otter.example/x", "/relative", "http://[broken"):
        assert address(strange) == ""


def test_a_description_is_told_in_paragraphs_without_its_markup() -> None:
    markup = "<p>One &amp; <b>two</b></p><script>evil()</script><ul><li>three</li><li>four</li></ul>five<br>six"
    made = Product("p", "P", "en", (Variant("v"),), description_html=markup)
    assert paragraphs(made) == ["One & two", "three", "four", "five", "six"]
    assert paragraphs(Product("p", "P", "en", (Variant("v"),), description="One.\n\n Two.\n")) == ["One.", "Two."]


def test_what_is_filled_into_a_page_is_escaped(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text('<p title="{{shop_name}}">{{shop_name}} {{other}}</p>')
    assert filled(page, {"shop_name": '"><script>'}) == '<p title="&quot;&gt;&lt;script&gt;">&quot;&gt;&lt;script&gt; {{other}}</p>'
