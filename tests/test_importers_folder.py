"""A content folder as a whole: languages of files, rules for the currency, the same product in two languages, what is passed over."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge_base.errors import ContentError
from knowledge_base.importers import read_folder
from tests.shop_files import offered, told, write

PRODUCTS = "id,name,price\nmug,Fen Mug,14.00\npan,Dale Pan,30\n"
CHINESE = "id,名称,价格\nmug,沼泽杯,14.00\n"


def prices(folder: Path, currency: str = "") -> list[str]:
    return [offered(product)[0][1] for product in read_folder(folder, currency=currency).products]


def test_languages_come_from_file_and_folder_names_and_else_from_the_text(tmp_path: Path) -> None:
    write(tmp_path, "products.csv", PRODUCTS)
    write(tmp_path, "products.zh.csv", CHINESE)
    write(tmp_path, "faq/zh/shipping.md", "# FAQ\n\n## DHL?\n\nDHL.\n")
    write(tmp_path, "faq-de.md", "# FAQ\n\n## DHL?\n\nDHL.\n")
    write(tmp_path, "returns.md", "# 退货\n\n七天内可以退货。\n")
    content = read_folder(tmp_path)
    assert content.problems == ()
    assert [(product.id, product.language) for product in content.products] == [("mug", "en"), ("pan", "en"), ("mug", "zh")]
    assert sorted((document.id, document.language) for document in content.documents) == [
        ("faq:dhl", "zh"),
        ("faq:dhl@de", "de"),
        ("policy:returns/退货", "zh"),
    ]


def test_the_file_names_the_currency_before_the_shop_and_the_caller_before_shop_toml(tmp_path: Path) -> None:
    write(tmp_path, "products.csv", "name,price\nMug,14.00 CHF\nPan,30\nPot,$9\n")
    assert prices(tmp_path, "GBP") == ["14.00 CHF", "30 GBP", "9 USD"]
    write(tmp_path, "shop.toml", 'name = "Fen"\ncurrency = "cad"\n')
    assert prices(tmp_path) == ["14.00 CHF", "30 CAD", "9 CAD"]
    assert prices(tmp_path, "gbp") == ["14.00 CHF", "30 GBP", "9 USD"]


def test_without_a_stated_currency_the_one_the_shops_texts_use_counts(tmp_path: Path) -> None:
    write(tmp_path, "products.csv", PRODUCTS)
    assert prices(tmp_path) == ["14.00", "30"]
    write(tmp_path, "policies/shipping.md", "# Shipping\n\nAbove €50 we ship free; below it costs 4,90 EUR.\n")
    assert prices(tmp_path) == ["14.00 EUR", "30 EUR"]


def test_words_in_capitals_are_no_currency(tmp_path: Path) -> None:
    write(tmp_path, "products.csv", PRODUCTS)
    write(tmp_path, "policies/care.md", "# Care\n\nALL goods: TRY the TOP shelf.\n")
    assert prices(tmp_path) == ["14.00", "30"]


def test_a_chinese_shop_that_names_none_means_yuan(tmp_path: Path) -> None:
    write(tmp_path, "products.csv", CHINESE)
    assert prices(tmp_path) == ["14.00 CNY"]


def test_the_same_product_twice_in_a_language_is_reported_and_the_first_kept(tmp_path: Path) -> None:
    write(tmp_path, "a.csv", PRODUCTS)
    write(tmp_path, "b.csv", "id,name,price\nmug,Another Mug,99\n")
    content = read_folder(tmp_path)
    assert [product.title for product in content.products] == ["Fen Mug", "Dale Pan"]
    assert told(content.problems) == ["b.csv:2: expected the product 'mug' once, got it again (first in a.csv:2)"]


def test_the_same_heading_twice_gives_two_documents_and_the_same_text_one(tmp_path: Path) -> None:
    write(tmp_path, "faq/a.md", "## Do you ship?\n\nYes.\n")
    write(tmp_path, "faq/b.md", "## Do you ship?\n\nYes, abroad too.\n")
    write(tmp_path, "faq/c.md", "## Do you ship?\n\nYes.\n")
    assert [document.id for document in read_folder(tmp_path).documents] == ["faq:do-you-ship", "faq:do-you-ship-2"]


def test_reviews_orders_pictures_and_hidden_files_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path, "products.csv", PRODUCTS)
    write(tmp_path, "reviews.csv", "product,rating,review\nmug,5,Lovely\n")
    write(tmp_path, "orders.csv", "order id,email,total\n1,a@b.example,14\n")
    write(tmp_path, "images/mug.png", b"\x89PNG\r\n")
    write(tmp_path, ".backup/products.csv", PRODUCTS)
    content = read_folder(tmp_path)
    assert (len(content.products), content.documents, content.problems) == (2, (), ())


def test_shop_toml_gives_the_profile_and_the_languages_are_counted(tmp_path: Path) -> None:
    write(tmp_path, "shop.toml", '[shop]\nname = "Fen"\nemail = "help@fen.example"\n')
    write(tmp_path, "products.csv", PRODUCTS)
    write(tmp_path, "products.zh.csv", CHINESE)
    profile = read_folder(tmp_path, currency="EUR").profile
    assert (profile.name, profile.currency, profile.languages) == ("Fen", "EUR", ("en", "zh"))


@pytest.mark.parametrize("currency", ["euro", "€", "EURO"])
def test_a_currency_that_is_no_code_is_refused(tmp_path: Path, currency: str) -> None:
    write(tmp_path, "products.csv", PRODUCTS)
    with pytest.raises(ContentError, match="expected the currency as an ISO 4217 code such as EUR, got"):
        read_folder(tmp_path, currency=currency)
