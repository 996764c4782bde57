"""JSON: schema.org products and questions, also inside saved pages; products.json, JSON lines, arrays and nested exports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.shop_files import offered, only, read_text, told

PRODUCT: dict[str, Any] = {
    "@context": "https://schema.org",
    "@type": "Product",
    "name": "Tarn Stove",
    "sku": "TS-1",
    "gtin13": "4006381333931",
    "description": "<p>Boils a litre.</p>",
    "brand": {"@type": "Brand", "name": "Tarn"},
    "image": ["https://s.example/1.jpg", {"@type": "ImageObject", "url": "https://s.example/2.jpg"}],
    "additionalProperty": [{"@type": "PropertyValue", "name": "Burner", "value": "Piezo"}, {"name": "Gas", "value": 230, "unitText": "g"}],
    "weight": {"@type": "QuantitativeValue", "value": "390", "unitText": "g"},
    "offers": {"@type": "Offer", "price": "49.50", "priceCurrency": "eur", "availability": "http://schema.org/InStock"},
}
QUESTION = {
    "@type": "Question",
    "name": "Do you ship abroad?",
    "acceptedAnswer": {"@type": "Answer", "text": "<p>Yes, to the <a href='/eu'>EU</a>.</p>"},
}


def test_a_product_is_read_with_offer_details_and_measures(tmp_path: Path) -> None:
    product = only(read_text(tmp_path, "stove.jsonld", json.dumps(PRODUCT)))
    assert (product.id, product.title, product.brand, product.description) == ("TS-1", "Tarn Stove", "Tarn", "Boils a litre.")
    assert offered(product) == [("", "49.50 EUR", "", "in_stock")]
    assert dict(product.attributes) == {"Weight": "390 g", "Burner": "Piezo", "Gas": "230 g"}
    assert product.images == ("https://s.example/1.jpg", "https://s.example/2.jpg")
    assert product.variants[0].gtin == "4006381333931"


def test_a_product_group_gives_one_product_with_variants(tmp_path: Path) -> None:
    group = {
        "@type": "ProductGroup",
        "name": "Hiking Sock",
        "productGroupID": "SOCK",
        "variesBy": ["https://schema.org/color", "https://schema.org/size"],
        "hasVariant": [
            {"@type": "Product", "sku": "S-M", "color": "Moss", "size": "M", "offers": {"price": 12, "priceCurrency": "EUR"}},
            {"@type": "Product", "sku": "S-L", "color": "Moss", "size": "L", "offers": [{"price": 13.5, "priceCurrency": "EUR"}]},
        ],
    }
    product = only(read_text(tmp_path, "sock.json", json.dumps(group)))
    assert product.id == "SOCK"
    assert offered(product) == [("Moss / M", "12 EUR", "", "unknown"), ("Moss / L", "13.5 EUR", "", "unknown")]
    assert product.variants[0].options == (("Color", "Moss"), ("Size", "M"))


def test_graph_list_and_faq_page_are_walked(tmp_path: Path) -> None:
    graph = {
        "@graph": [
            {"@type": "Organization", "name": "Fen"},
            {"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item": PRODUCT}]},
            {"@type": "FAQPage", "mainEntity": [QUESTION]},
        ]
    }
    imported = read_text(tmp_path, "site.json", json.dumps(graph))
    assert imported.problems == ()
    assert [product.title for product in imported.products] == ["Tarn Stove"]
    assert [(d.id, d.kind, d.title, d.text) for d in imported.documents] == [
        ("faq:do-you-ship-abroad", "faq", "Do you ship abroad?", "Yes, to the EU.")
    ]


def test_a_saved_page_gives_its_json_ld_and_reports_a_broken_block(tmp_path: Path) -> None:
    page = f"""<!DOCTYPE html>
<html><head><title>Stove</title>
<script type="application/ld+json">{json.dumps(PRODUCT)}</script>
<script type='application/ld+json'>{{"@type": "Product", }}</script>
</head><body>…</body></html>"""
    imported = read_text(tmp_path, "stove.html", page)
    assert [product.title for product in imported.products] == ["Tarn Stove"]
    (problem,) = told(imported.problems)
    assert problem.startswith("stove.html:4: expected JSON in the ld+json block, got ")


def test_a_shops_public_products_json_is_read(tmp_path: Path) -> None:
    shop = {
        "products": [
            {
                "id": 17, "title": "Fen Mug", "handle": "fen-mug", "body_html": "<p>Stoneware.</p>", "vendor": "Fen", "product_type": "Mugs",
                "tags": ["kitchen", "mug"], "options": [{"name": "Size", "position": 1}],
                "images": [{"src": "https://s.example/m.jpg"}],
                "variants": [
                    {"id": 1, "title": "S", "option1": "S", "sku": "M-S", "price": "14.00", "compare_at_price": "18.00", "available": True},
                    {"id": 2, "title": "L", "option1": "L", "sku": "M-L", "price": "16.00", "compare_at_price": None, "available": False},
                ],
            }
        ]
    }  # fmt: skip
    product = only(read_text(tmp_path, "products.json", json.dumps(shop), currency="GBP"))
    assert (product.title, product.brand, product.category, product.tags) == ("Fen Mug", "Fen", "Mugs", ("kitchen", "mug"))
    assert offered(product) == [("S", "14.00 GBP", "18.00", "in_stock"), ("L", "16.00 GBP", "", "out_of_stock")]
    assert product.variants[0].options == (("Size", "S"),)
    assert (product.description, product.images) == ("Stoneware.", ("https://s.example/m.jpg",))


def test_json_lines_keep_their_lines_and_a_broken_one_is_reported(tmp_path: Path) -> None:
    text = '{"name": "Cup", "price": 9}\n\n{"name": "Pan", "price": }\n{"name": "Pot", "price": "12,50"}\n'
    imported = read_text(tmp_path, "goods.jsonl", text)
    assert [(product.title, product.source.line) for product in imported.products] == [("Cup", 1), ("Pot", 4)]
    (problem,) = told(imported.problems)
    assert problem.startswith('goods.jsonl:3: expected one JSON object on the line, got \'{"name": "Pan", "price": }\' (')


def test_an_array_names_the_line_of_each_bad_object(tmp_path: Path) -> None:
    objects = [{"name": "Cup", "price": 9}, {"name": "Pan", "price": "soon"}, {"name": "Lid", "price": -1}]
    for name, value in {"goods.json": objects, "shop.json": {"shop": "Fen", "products": objects}}.items():
        text = json.dumps(value, indent=1)
        imported = read_text(tmp_path, name, text)
        lines = [number for number, line in enumerate(text.split("\n"), start=1) if line.strip() == "{" and number > 1]
        assert [product.title for product in imported.products] == ["Cup"]
        assert told(imported.problems) == [
            f"{name}:{lines[1]} [price]: expected one price such as 19.90, got 'soon'",
            f"{name}:{lines[2]} [price]: expected a price of 0 or more, got '-1'",
        ]


def test_chinese_goods_with_nested_attributes_and_a_counter_price(tmp_path: Path) -> None:
    goods = {
        "id": 77, "name": "亚麻四件套", "brief": "透气亲肤", "counter_price": 919.0, "retail_price": 899.0, "category": "床品件套",
        "parent_category": "居家", "brand": None, "attributes": {"材质": "100%亚麻", "价格": "面议"}, "detail_text": "",
    }  # fmt: skip
    product = only(read_text(tmp_path, "goods.jsonl", json.dumps(goods, ensure_ascii=False), currency="CNY"))
    assert (product.category, product.language, product.description) == ("居家 > 床品件套", "zh", "透气亲肤")
    assert offered(product) == [("", "899.0 CNY", "919.0", "unknown")]
    assert product.attributes == (("材质", "100%亚麻"), ("价格", "面议"))


def test_products_by_id_with_variants_by_id(tmp_path: Path) -> None:
    shop = {
        "products": {
            "9523": {
                "name": "Tee", "product_id": "9523",
                "variants": {
                    "a1": {"item_id": "a1", "options": {"color": "blue", "size": "M"}, "available": True, "price": 50.88},
                    "a2": {"item_id": "a2", "options": {"color": "blue", "size": "L"}, "available": False, "price": 51},
                },
            }
        },
        "orders": {"1": {"items": ["a1"]}},
    }  # fmt: skip
    product = only(read_text(tmp_path, "db.json", json.dumps(shop), currency="USD"))
    assert (product.id, product.title) == ("9523", "Tee")
    assert offered(product) == [("blue / M", "50.88 USD", "", "in_stock"), ("blue / L", "51 USD", "", "out_of_stock")]
    assert [variant.sku for variant in product.variants] == ["a1", "a2"]


def test_camel_case_keys_and_amount_objects(tmp_path: Path) -> None:
    item = {
        "title": "Cup", "salePrice": {"amount": "9.50", "currencyCode": "USD"}, "price": {"amount": "12.00", "currencyCode": "USD"},
        "warrantyInformation": "1 year", "dimensions": {"width": 8, "height": 9}, "specs": [{"name": "Glaze", "value": "Matt"}],
        "reviews": [{"rating": 1, "comment": "no"}],
    }  # fmt: skip
    product = only(read_text(tmp_path, "cups.json", json.dumps([item])))
    assert offered(product) == [("", "9.50 USD", "12.00", "unknown")]
    assert dict(product.attributes) == {
        "Warranty information": "1 year",
        "Dimensions width": "8",
        "Dimensions height": "9",
        "Glaze": "Matt",
    }


def test_question_objects_become_faq_entries(tmp_path: Path) -> None:
    text = json.dumps([{"question": "运费多少？", "answer": "满88元免运费。"}, {"question": "Who pays?", "answer": ""}], ensure_ascii=False)
    imported = read_text(tmp_path, "faq.json", text)
    assert [(document.title, document.language) for document in imported.documents] == [("运费多少？", "zh")]
    assert told(imported.problems) == ["faq.json:1 [answer]: expected a question and an answer, got no answer ('Who pays?')"]


def test_a_variant_of_a_group_keeps_what_only_it_says(tmp_path: Path) -> None:
    members = [{"size": size, "description": f"Warm. Fits {size}.", "offers": {"price": 9}} for size in ("36–40", "41–45")]
    group = {"@type": "ProductGroup", "name": "Sock", "description": "Warm.", "variesBy": ["size"], "hasVariant": members}
    sock = only(read_text(tmp_path, "sock.json", json.dumps(group)))
    assert (sock.description, [variant.description for variant in sock.variants]) == ("Warm.", ["Fits 36–40.", "Fits 41–45."])
