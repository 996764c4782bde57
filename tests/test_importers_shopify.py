"""Shopify's product CSV in both dialects: variants, pictures, drafts, stock policies, reductions and metafields."""

from __future__ import annotations

from pathlib import Path

from knowledge_base.catalog import Availability
from tests.shop_files import offered, only, read_text, told

OLD = """\
Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant SKU,Variant Grams,\
Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,Variant Price,Variant Compare At Price,Variant Barcode,Image Src,\
Variant Image,Variant Weight Unit,Status
fen-mug,Fen Mug,"<p>A mug that holds <b>350 ml</b>.</p><ul><li>Stoneware</li><li>Made in Ashby</li></ul>",Fen & Co,Mugs,"kitchen, mug",true,Colour,Moss,Size,Small,\
FM-MO-S,420,shopify,4,deny,14.00,18.00,'4006381333931,https://shop.example/fen-1.jpg,https://shop.example/moss.jpg,g,active
fen-mug,,,,,,,,Slate,,Small,FM-SL-S,420,shopify,0,deny,14.00,,,https://shop.example/fen-2.jpg,,g,
fen-mug,,,,,,,,Slate,,Large,FM-SL-L,510,shopify,-2,continue,16.50,16.50,,,,g,
fen-mug,,,,,,,,,,,,,,,,,,,https://shop.example/fen-3.jpg,,,
old-lamp,Old Lamp,,Fen & Co,Lamps,,true,Title,Default Title,,,OL-1,2500,,0,deny,80,,,,,kg,draft
"""

NEW = """\
Title,URL handle,Description,Vendor,Product category,Type,Tags,Published on online store,Status,SKU,Barcode,Option1 name,Option1 value,Price,\
Compare-at price,Inventory tracker,Inventory quantity,Continue selling when out of stock,Weight value (grams),Weight unit for display,\
Product image URL,Burner (product.metafields.custom.burner),Related products (product.metafields.custom.related),Score (product.metafields.reviews.rating)
Tarn Stove,tarn-stove,"Boils a litre, quickly.",Tarn,Camping > Stoves,Gas stove,"stove,gas",TRUE,Active,TS-1,,Title,Default Title,49.5,60,shopify,7,FALSE,390,g,\
https://shop.example/tarn.jpg,Piezo,"tarn-pot, wind-shield",4.8
Tarn Pot,tarn-pot,,Tarn,Camping > Pots,,,TRUE,Active,TP-1,,Title,Default Title,25,,shopify,0,TRUE,,,,,,
Hidden Cup,hidden-cup,,Tarn,Camping > Pots,,,FALSE,Active,HC-1,,Title,Default Title,9,,,,,,,,,,
"""


def test_rows_of_one_handle_are_the_variants_of_one_product(tmp_path: Path) -> None:
    product = only(read_text(tmp_path, "products_export.csv", OLD, currency="GBP"))
    assert (product.id, product.title, product.brand, product.category) == ("fen-mug", "Fen Mug", "Fen & Co", "Mugs")
    assert offered(product) == [
        ("Moss / Small", "14.00 GBP", "18.00", "in_stock"),
        ("Slate / Small", "14.00 GBP", "", "out_of_stock"),
        ("Slate / Large", "16.50 GBP", "", "backorder"),
    ]
    assert product.variants[1].options == (("Colour", "Slate"), ("Size", "Small"))


def test_the_old_dialects_html_pictures_tags_weight_and_barcode_are_kept(tmp_path: Path) -> None:
    product = only(read_text(tmp_path, "products_export.csv", OLD))
    assert product.description == "A mug that holds 350 ml.\nStoneware\nMade in Ashby"
    assert product.images == tuple(f"https://shop.example/fen-{number}.jpg" for number in (1, 2, 3))
    assert product.variants[0].image == "https://shop.example/moss.jpg"
    assert product.tags == ("kitchen", "mug")
    assert ("Weight", "420 g") in product.attributes
    assert [variant.gtin for variant in product.variants] == ["4006381333931", "", ""]
    assert product.variants[0].price is not None
    assert product.variants[0].price.currency == ""


def test_a_draft_is_left_out(tmp_path: Path) -> None:
    imported = read_text(tmp_path, "products_export.csv", OLD)
    assert [product.id for product in imported.products] == ["fen-mug"]
    assert imported.skipped == 1


def test_the_new_dialect_is_read_with_metafields_and_related_products(tmp_path: Path) -> None:
    imported = read_text(tmp_path, "products.csv", NEW, currency="USD")
    assert imported.problems == ()
    assert [product.id for product in imported.products] == ["tarn-stove", "tarn-pot"]
    stove, pot = imported.products
    assert offered(stove) == [("", "49.5 USD", "60", "in_stock")]
    assert stove.variants[0].quantity == 7
    assert stove.category == "Camping > Stoves"
    assert dict(stove.attributes) == {"Burner": "Piezo", "Type": "Gas stove", "Weight": "390 g"}
    assert stove.related == ("tarn-pot", "wind-shield")
    assert offered(pot) == [("", "25 USD", "", "backorder")]


def test_without_a_tracker_shopify_always_sells(tmp_path: Path) -> None:
    text = "Handle,Title,Variant Price,Variant Inventory Tracker,Variant Inventory Qty\nfern,Fern,5,,0\n"
    assert only(read_text(tmp_path, "p.csv", text)).variants[0].availability is Availability.in_stock


def test_one_variant_with_a_bad_price_leaves_the_others_and_the_products_words(tmp_path: Path) -> None:
    text = (
        "Handle,Title,Vendor,Option1 Name,Option1 Value,Variant Price\n"
        "mug,Fen Mug,Fen,Size,Small,ask us\nmug,,,,Large,16\nlamp,Old Lamp,Fen,Title,Default Title,soon\n"
    )
    imported = read_text(tmp_path, "p.csv", text)
    (product,) = imported.products
    assert (product.title, product.brand, offered(product)) == ("Fen Mug", "Fen", [("Large", "16", "", "unknown")])
    assert told(imported.problems) == [
        "p.csv:2 [Variant Price]: expected one price such as 19.90, got 'ask us'",
        "p.csv:4 [Variant Price]: expected one price such as 19.90, got 'soon'",
    ]


def test_a_material_on_the_first_row_only_is_no_option(tmp_path: Path) -> None:
    text = (
        "Handle,Title,Option1 Name,Option1 Value,Variant Price,Material (product.metafields.custom.material)\n"
        "mug,Fen Mug,Size,Small,9,Stoneware\nmug,,,Large,12,\n"
    )
    product = only(read_text(tmp_path, "p.csv", text))
    assert [variant.options for variant in product.variants] == [(("Size", "Small"),), (("Size", "Large"),)]
    assert product.attributes == (("Material", "Stoneware"),)


def test_lines_are_counted_through_line_breaks_in_cells(tmp_path: Path) -> None:
    text = 'Handle,Title,Body (HTML),Variant Price\nmug,Mug,"one\ntwo\nthree",9\n,Pan,,8\n'
    assert told(read_text(tmp_path, "p.csv", text).problems) == ["p.csv:5 [handle]: expected a handle, got none (title 'Pan')"]


def test_a_description_on_every_row_is_parted_into_what_is_shared_and_what_is_not(tmp_path: Path) -> None:
    text = "Handle,Title,Body (HTML),Option1 Name,Option1 Value,Variant Price\n"
    text += "mug,Mug,<p>Glazed.</p><p>Holds 0.2 l.</p>,Size,S,9\nmug,,<p>Glazed.</p><p>Holds 0.4 l.</p>,,L,12\n"
    mug = only(read_text(tmp_path, "s.csv", text))
    assert (mug.description, mug.description_html) == ("Glazed.", "")
    assert [variant.description for variant in mug.variants] == ["Holds 0.2 l.", "Holds 0.4 l."]
