"""The plain list: English and Chinese headers, encodings, delimiters, stock words, unknown columns and amounts as people write them."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from knowledge_base.catalog import Availability
from knowledge_base.importers.amounts import AmountError, named_currency, parse_number, parse_price, parse_stock
from tests.shop_files import offered, only, read_text, told

ENGLISH = "name,image,price\nFen Mug,mug.jpg,$14.00\nTarn Stove,stove.jpg,49.50 USD\n"
CHINESE = (
    "商品名称,图片,售价(元),原价,库存,分类,材质\n云山茶壶,https://s.example/1.jpg,89,129,有货,茶具/茶壶,紫砂\n竹茶盘,,1200元,,0,茶具,竹\n"
)


def test_name_image_price_is_enough(tmp_path: Path) -> None:
    imported = read_text(tmp_path, "products.csv", ENGLISH)
    assert imported.problems == ()
    assert [(p.id, p.title, p.images, offered(p)[0][1]) for p in imported.products] == [
        ("fen-mug", "Fen Mug", ("mug.jpg",), "14.00 USD"),
        ("tarn-stove", "Tarn Stove", ("stove.jpg",), "49.50 USD"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_chinese_headers_in_each_encoding(tmp_path: Path, encoding: str) -> None:
    imported = read_text(tmp_path, "商品.csv", CHINESE.encode(encoding))
    assert imported.problems == ()
    pot, tray = imported.products
    assert (pot.title, pot.category, pot.language, pot.attributes) == ("云山茶壶", "茶具 > 茶壶", "zh", (("材质", "紫砂"),))
    assert offered(pot) == [("", "89 CNY", "129", "in_stock")]
    assert offered(tray) == [("", "1200 CNY", "", "out_of_stock")]


def test_a_western_windows_file_keeps_its_accents(tmp_path: Path) -> None:
    text = "name;price;farbe\nGrüne Kanne für Tee;34,90 €;Grün\n".encode("cp1252")
    product = only(read_text(tmp_path, "produkte.csv", text))
    assert (product.title, offered(product)[0][1], product.attributes) == ("Grüne Kanne für Tee", "34.90 EUR", (("farbe", "Grün"),))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_every_delimiter_and_line_end(tmp_path: Path, delimiter: str, ends: str) -> None:
    text = ends.join(delimiter.join(cells) for cells in [("Name", "Price", "Stock"), ("Fen Mug", "14.00", "3"), ("Pan", "x", "3")])
    imported = read_text(tmp_path, "list.csv", text)
    assert [product.title for product in imported.products] == ["Fen Mug"]
    assert told(imported.problems) == ["list.csv:3 [Price]: expected one price such as 19.90, got 'x'"]


def test_excels_own_delimiter_line_is_taken(tmp_path: Path) -> None:
    imported = read_text(tmp_path, "list.csv", "sep=;\nname;price\nFen Mug;14,00\nPan;?\n")
    assert [product.source.line for product in imported.products] == [3]
    assert [problem.line for problem in imported.problems] == [4]


def test_rows_of_one_id_are_variants_and_rows_without_an_id_that_are_alike_are_products(tmp_path: Path) -> None:
    text = "id,name,size,price\nmug,Fen Mug,S,14\nmug,Fen Mug,L,16\n"
    product = only(read_text(tmp_path, "list.csv", text))
    assert offered(product) == [("S", "14", "", "unknown"), ("L", "16", "", "unknown")]
    twice = read_text(tmp_path, "twice.csv", "name,price\nMug,14\nMug,16\n")
    assert [product.id for product in twice.products] == ["mug", "mug-2"]


VARIANTS = (
    "name,image,price,规格,颜色,库存,品牌,分类,描述,原价,货号\n"
    "抽屉收纳箱,s.jpg,39,小号,透明,4,齐物,收纳,食品级PP料。外尺寸36×26×18cm，承重15kg。,49,QW-S\n"
    "抽屉收纳箱,m.jpg,49,中号,透明,0,齐物,收纳,食品级PP料。外尺寸45×33×24cm，承重25kg。,59,QW-M\n"
    "植绒衣架,h.jpg,25,20个装,浅灰,9,齐物,收纳,宽42cm。,,QW-H\n"
)


def test_rows_of_one_name_that_options_tell_apart_are_variants_with_offers_pictures_and_words_of_their_own(tmp_path: Path) -> None:
    imported = read_text(tmp_path, "商品.csv", VARIANTS)
    assert imported.problems == ()
    box, hanger = imported.products
    assert offered(box) == [("小号", "39", "49", "in_stock"), ("中号", "49", "59", "out_of_stock")]
    assert [(v.sku, v.quantity, v.image) for v in box.variants] == [("QW-S", 4, "s.jpg"), ("QW-M", 0, "m.jpg")]
    assert (box.id, box.images, box.attributes, box.description) == ("抽屉收纳箱", ("s.jpg", "m.jpg"), (("颜色", "透明"),), "食品级PP料。")
    assert [v.description for v in box.variants] == ["外尺寸36×26×18cm，承重15kg。", "外尺寸45×33×24cm，承重25kg。"]
    assert (hanger.description, hanger.variants[0].options, hanger.variants[0].description) == ("宽42cm。", (), "")


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("name,size,sku\nMug,S,A\nmug ,L,B\n", ["mug"]),
        ("name,Size (cm),Colour\nMug,8,Red\nPan,9,Red\nMug,8,Blue\nMug,9,Blue\n", ["mug", "pan"]),
        ("name,sku,price\nMug,A,1\nMug,B,2\n", ["mug", "mug-2"]),
        ("name,size\nMug,S\nMug,L\nMug,S\n", ["mug", "mug-2", "mug-3"]),
        ("name,size\nMug,S\nMug,\n", ["mug", "mug-2"]),
        ("name,colour,origin\nMug,Red,Wales\nMug,Red,Kent\n", ["mug", "mug-2"]),
        ("name,size,brand\nMug,S,Fen\nMug,L,Tarn\nMug,L,Fen\n", ["mug", "mug-2"]),
        ("name,size,category\nMug,S,Cups\nMug,L,Camping\n", ["mug", "mug-2"]),
        ("name,size,brand,category\nMug,S,Fen,Cups\nMug,L,,\n", ["mug"]),
        ("id,name,size\n7,Mug,S\n8,Mug,L\n", ["7", "8"]),
    ],
)
def test_rows_of_one_name_are_one_product_only_where_a_shopper_could_choose_between_them(tmp_path: Path, text: str, ids: list[str]) -> None:
    header, *rows = text.splitlines()
    imported = read_text(tmp_path, "l.csv", "\n".join([f"{header},image", *(f"{row},a.jpg" for row in rows)]))
    assert (imported.problems, [product.id for product in imported.products]) == ((), ids)
    assert sum(len(product.variants) for product in imported.products) == len(rows)


def test_plain_json_objects_of_one_name_are_variants_and_those_under_a_product_keep_their_own_words(tmp_path: Path) -> None:
    objects = [{"name": "Mug", "size": size, "price": 9, "description": f"Glazed. Holds {size} ml."} for size in ("200", "300")]
    nested = {
        "name": "Jug", "price": 9, "description": "Glazed.", "variants": [{"size": "S", "description": "Slim."}, {"size": "L"}],
    }  # fmt: skip
    mug, jug = read_text(tmp_path, "l.json", json.dumps([*objects, nested])).products
    assert (mug.description, [v.description for v in mug.variants]) == ("Glazed.", ["Holds 200 ml.", "Holds 300 ml."])
    assert (jug.description, [v.description for v in jug.variants]) == ("Glazed.", ["Slim.", ""])


def test_an_attribute_that_differs_between_variants_is_said_of_each_and_not_of_the_product(tmp_path: Path) -> None:
    pan = only(read_text(tmp_path, "l.csv", "name,price,size,weight,origin\nPan,9,S,1.3 kg,Kent\nPan,9,L,1.8 kg,Kent\n"))
    assert pan.attributes == (("origin", "Kent"),)
    assert [v.description for v in pan.variants] == ["weight: 1.3 kg", "weight: 1.8 kg"]


def test_unknown_columns_are_attributes_under_the_merchants_name(tmp_path: Path) -> None:
    text = "Name,Price,Care Instructions,Seats\nFen Bench,80,Oil twice a year.,3\n"
    assert only(read_text(tmp_path, "l.csv", text)).attributes == (("Care Instructions", "Oil twice a year."), ("Seats", "3"))


def test_a_sale_price_beside_a_price_is_what_is_paid(tmp_path: Path) -> None:
    text = "name,price,sale price\nMug,14,9\nPan,30,\n"
    assert [offered(product)[0][1:3] for product in read_text(tmp_path, "l.csv", text).products] == [("9", "14"), ("30", "")]


def test_a_count_and_a_word_that_differ_promise_nothing(tmp_path: Path) -> None:
    text = "name,price,availability,quantity\nMug,1,in stock,0\nPan,1,in stock,4\nPot,1,preorder,0\nLid,1,out of stock,4\n"
    stocks = [(p.variants[0].availability.value, p.variants[0].quantity) for p in read_text(tmp_path, "l.csv", text).products]
    assert stocks == [("out_of_stock", 0), ("in_stock", 4), ("preorder", 0), ("out_of_stock", 4)]


@pytest.mark.parametrize(
    ("cell", "availability", "count"),
    [
        ("In Stock", "in_stock", None), ("有货", "in_stock", None), ("现货", "in_stock", None), ("12", "in_stock", 12), ("12 pcs", "in_stock", 12),
        ("3件", "in_stock", 3), ("1,200", "in_stock", 1200), ("-4", "out_of_stock", 0), ("0.0", "out_of_stock", 0), ("售罄", "out_of_stock", None),
        ("Sold out", "out_of_stock", None), ("预售", "preorder", None), ("https://schema.org/BackOrder", "backorder", None), ("", "unknown", None),
    ],
)  # fmt: skip
def test_stock_cells(cell: str, availability: str, count: int | None) -> None:
    assert parse_stock(cell) == (Availability(availability), count)


@pytest.mark.parametrize(
    ("cell", "amount", "currency"),
    [
        ("$1,299.00", "1299.00", "$"), ("€1.299,00", "1299.00", "EUR"), ("€1.299", "1299", "EUR"), ("1 299,00 €", "1299.00", "EUR"),
        ("19,–", "19", ""), ("19,90", "19.90", ""), ("¥199起", "199", "¥"), ("RMB 88", "88", "CNY"), ("88元", "88", "CNY"), ("15.00 USD", "15.00", "USD"),
        ("C$12", "12", "CAD"), ("1’299.50 CHF", "1299.50", "CHF"), (".99", "0.99", ""), ("12,34,567.00", "1234567.00", ""), ("１９９元", "199", "CNY"),
        ("0,999", "0.999", ""), ("199 kr", "199", "kr"), ("1.299.000 VND", "1299000", "VND"), ("from 19.90", "19.90", ""), ("$ 15.00 CAD", "15.00", "CAD"),
    ],
)  # fmt: skip
def test_price_cells(cell: str, amount: str, currency: str) -> None:
    assert parse_price(cell) == (Decimal(amount), currency)


@pytest.mark.parametrize(
    "cell", ["-5", "$-5", "- 5", "(5)", "19-25", "19.90 25", "10 20", "1,299,00", "1e5", "NaN", "inf", "1..2", "=1+1", "5 stars", "9" * 13]
)
def test_what_is_not_one_amount_is_refused_and_shown(cell: str) -> None:
    with pytest.raises(AmountError) as raised:
        parse_price(cell)
    assert str(raised.value).startswith("expected ")
    assert str(raised.value).endswith(f"got {cell!r}")


def test_numbers_that_fit_no_way_of_writing_are_none() -> None:
    assert [parse_number(text) for text in ("", "abc", "1,2,3", "1.2.3", "--1", "0x10")] == [None] * 6


def test_a_shared_sign_means_the_shops_own_currency() -> None:
    assert [named_currency("$", default) for default in ("", "CAD", "EUR")] == ["USD", "CAD", "USD"]
    assert [named_currency("¥", default) for default in ("", "JPY", "USD")] == ["CNY", "JPY", "CNY"]
    assert [named_currency(mark, "SEK") for mark in ("kr", "EUR", "")] == ["SEK", "EUR", "SEK"]


def test_a_currency_column_decides_and_must_be_a_code(tmp_path: Path) -> None:
    imported = read_text(tmp_path, "l.csv", "name,price,currency\nMug,14,chf\nPan,9,francs\n", currency="EUR")
    assert offered(imported.products[0])[0][1] == "14 CHF"
    assert told(imported.problems) == ["l.csv:3 [currency]: expected an ISO 4217 code such as EUR, got 'FRANCS'"]
