"""The sample shop is content, and content has rules of its own: codes that add up, pictures that exist, two languages that agree."""

from __future__ import annotations

import csv
import re
import tomllib
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest

SHOP = Path(__file__).parents[1] / "knowledge_base" / "sample_shop"
TOPICS = sorted(path.name for path in (SHOP / "faq" / "en").glob("*.md"))
POLICIES = sorted(path.name for path in (SHOP / "policies" / "en").glob("*.md"))


def rows(name: str) -> list[dict[str, str]]:
    with (SHOP / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def sections(path: Path) -> list[tuple[str, str]]:
    parts = re.split(r"^## ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return [(part.partition("\n")[0], part.partition("\n")[2].strip()) for part in parts]


def figures(text: str) -> Counter[str]:
    """The numbers of a text; a Chinese month ("11 月") is a word in English and does not count."""
    without_months = re.sub(r"\d+ 月", "", text)
    return Counter(re.findall(r"\d[\d,.:]*\d|\d", without_months))


def ean13_is_valid(code: str) -> bool:
    digits = [int(digit) for digit in code]
    return len(digits) == 13 and sum(digit * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10 == 0


def stock_by_product() -> dict[str, list[int]]:
    stock: dict[str, list[int]] = {}
    for row in rows("products.csv"):
        stock.setdefault(row["URL handle"], []).append(int(row["Inventory quantity"]))
    return stock


def test_there_are_eight_categories_of_at_least_fifteen_products() -> None:
    categories = Counter(row["Product category"].split(" > ")[0] for row in rows("products.csv") if row["Title"])
    assert len(categories) == 8
    assert min(categories.values()) >= 15
    assert sum(categories.values()) >= 120


def test_some_products_are_sold_out_and_some_are_on_sale() -> None:
    stock = stock_by_product()
    assert sum(not any(counts) for counts in stock.values()) == 6
    counts = [count for each in stock.values() for count in each]
    assert 0.06 <= counts.count(0) / len(counts) <= 0.12
    on_sale = {row["URL handle"] for row in rows("products.csv") if row["Compare-at price"]}
    assert 12 <= len(on_sale) <= 20


def test_a_compare_at_price_is_higher_than_the_price() -> None:
    for row in rows("products.csv"):
        if row["Compare-at price"]:
            assert float(row["Compare-at price"]) > float(row["Price"]), row["SKU"]


def test_every_barcode_is_a_valid_ean_and_every_sku_is_used_once() -> None:
    products = rows("products.csv")
    assert [row["Barcode"] for row in products if not ean13_is_valid(row["Barcode"])] == []
    assert [sku for sku, count in Counter(row["SKU"] for row in products).items() if count > 1] == []
    assert len({row["Barcode"] for row in products}) == len(products)


def test_every_description_has_forty_to_ninety_words_and_no_two_are_alike() -> None:
    texts = {row["URL handle"]: re.sub(r"<[^>]+>", " ", row["Description"]) for row in rows("products.csv") if row["Title"]}
    lengths = {handle: len(text.split()) for handle, text in texts.items()}
    assert {handle: words for handle, words in lengths.items() if not 40 <= words <= 90} == {}
    assert len(set(texts.values())) == len(texts)


def test_every_product_has_a_small_well_formed_picture_without_text() -> None:
    for row in rows("products.csv"):
        if not row["Title"]:
            continue
        path = SHOP / row["Product image URL"]
        data = path.read_bytes()
        assert len(data) < 4096, path.name
        tags = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(data).iter()}
        assert "path" in tags or "rect" in tags, path.name
        assert not tags & {"text", "script", "image", "foreignObject", "style"}, path.name


def test_no_picture_is_left_over() -> None:
    used = {row["Product image URL"].removeprefix("images/") for row in rows("products.csv") if row["Title"]}
    assert {path.name for path in (SHOP / "images").iterdir()} == used


def test_both_languages_agree_in_sku_price_and_stock() -> None:
    same = ("URL handle", "SKU", "Barcode", "Price", "Compare-at price", "Inventory quantity", "Weight value (grams)", "Product image URL")
    english, chinese = rows("products.csv"), rows("products.zh.csv")
    assert [[row[name] for name in same] for row in english] == [[row[name] for name in same] for row in chinese]


def test_what_people_read_is_translated() -> None:
    han = re.compile(r"[\u4e00-\u9fff]")
    for row in rows("products.zh.csv"):
        if row["Title"]:
            for name in ("Title", "Description", "Product category", "Tags", "Image alt text"):
                assert han.search(row[name]), (row["URL handle"], name)


def test_the_attributes_of_both_languages_carry_the_same_figures() -> None:
    english, chinese = rows("products.csv"), rows("products.zh.csv")
    names = list(zip(english[0], chinese[0], strict=True))
    for left, right in zip(english, chinese, strict=True):
        for name, name_zh in names:
            if "(product.metafields.shop." in name:
                assert figures(left[name].replace(",", "")) == figures(right[name_zh].replace(",", "")), (left["URL handle"], name)


def test_related_products_exist() -> None:
    known = set(stock_by_product())
    for row in rows("products.csv"):
        column = next(name for name in row if name.startswith("Related products"))
        related = [handle for handle in row[column].split("; ") if handle]
        assert set(related) <= known, row["URL handle"]
        assert row["URL handle"] not in related


def test_there_are_forty_questions_and_four_policies_in_each_language() -> None:
    for language in ("en", "zh"):
        assert sum(len(sections(SHOP / "faq" / language / name)) for name in TOPICS) >= 40
        assert sorted(path.name for path in (SHOP / "policies" / language).glob("*.md")) == POLICIES
    assert len(POLICIES) == 4


@pytest.mark.parametrize("name", [f"faq/{{}}/{name}" for name in TOPICS] + [f"policies/{{}}/{name}" for name in POLICIES])
def test_the_figures_of_an_answer_are_the_same_in_both_languages(name: str) -> None:
    english, chinese = sections(SHOP / name.format("en")), sections(SHOP / name.format("zh"))
    assert len(english) == len(chinese)
    for (heading, text), (heading_zh, text_zh) in zip(english, chinese, strict=True):
        assert figures(heading + text) == figures(heading_zh + text_zh), (heading, heading_zh)


def test_reviews_speak_of_known_products_in_both_languages() -> None:
    known, reviews = set(stock_by_product()), rows("reviews.csv")
    assert len(reviews) == 400
    assert {row["handle"] for row in reviews} <= known
    assert {row["rating"] for row in reviews} == {"1", "2", "3", "4", "5"}
    assert 80 <= sum(row["language"] == "zh" for row in reviews) <= 120
    assert len({row["body"] for row in reviews}) == len(reviews)


def test_orders_of_sixty_shoppers_name_known_variants_at_their_price() -> None:
    variants = {row["SKU"]: row for row in rows("products.csv")}
    orders = rows("orders.csv")
    assert len({row["shopper_id"] for row in orders}) == 60
    for row in orders:
        variant = variants[row["sku"]]
        assert (variant["URL handle"], variant["Price"]) == (row["handle"], row["price"])
        assert row["email"].endswith("@example.com")
        assert bool(row["tracking_number"]) == (row["status"] not in ("processing", "cancelled")), row["order_id"]


def test_the_profile_greets_and_suggests_in_both_languages() -> None:
    profile = tomllib.loads((SHOP / "shop.toml").read_text(encoding="utf-8"))
    assert profile["currency"] == "USD"
    assert set(profile["greeting"]) == set(profile["suggestions"]) == set(profile["languages"]) == {"en", "zh"}
    assert all(len(questions) == 4 for questions in profile["suggestions"].values())
