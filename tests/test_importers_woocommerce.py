"""WooCommerce's product CSV: variations, local prices, sales with dates, backorders, units in headers and translated headers."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from knowledge_base.importers.tables import read_table
from knowledge_base.importers.woocommerce import is_woocommerce, read_woocommerce
from tests.shop_files import offered, only, read_text, told

HEADER = (
    "ID,Type,SKU,Name,Published,Short description,Description,Date sale price starts,Date sale price ends,In stock?,Stock,Weight (kg),"
    "Length (cm),Sale price,Regular price,Categories,Tags,Images,Parent,Upsells,Cross-sells,"
    "Attribute 1 name,Attribute 1 value(s),Attribute 1 visible,Attribute 2 name,Attribute 2 value(s)\n"
)


def row(**cells: str) -> str:
    """One line below HEADER; keys are its words joined with underscores, case as there."""
    names = HEADER.strip().split(",")
    keys = {name.replace(" ", "_").replace("-", "_").rstrip("?"): name for name in names}
    values = {keys[key]: value for key, value in cells.items()}
    return ",".join('"' + values.get(name, "").replace('"', '""') + '"' for name in names) + "\n"


def test_variations_find_their_parent_by_sku_and_by_id(tmp_path: Path) -> None:
    text = HEADER
    text += row(ID="10", Type="variable", SKU="SCARF", Name="Dale Scarf", Published="1", Description="Woven wool.", Attribute_1_name="Colour",
                **{"Attribute_1_value(s)": "Rust, Teal"})  # fmt: skip
    text += row(ID="11", Type="variation", SKU="SCARF-R", Name="Dale Scarf - Rust", Parent="SCARF", Regular_price="39", In_stock="1",
                Attribute_1_name="Colour", **{"Attribute_1_value(s)": "Rust"})  # fmt: skip
    text += row(ID="20", Type="variable", SKU="HAT", Name="Dale Hat", Published="1")
    text += row(ID="21", Type="variation", SKU="HAT-S", Parent="id:20", Regular_price="19", In_stock="0", Attribute_1_name="Size",
                **{"Attribute_1_value(s)": "S"})  # fmt: skip
    imported = read_text(tmp_path, "wc.csv", text, currency="EUR")
    assert imported.problems == ()
    scarf, hat = imported.products
    assert (scarf.title, scarf.description, offered(scarf)) == ("Dale Scarf", "Woven wool.", [("Rust", "39 EUR", "", "in_stock")])
    assert scarf.variants[0].options == (("Colour", "Rust"),)
    assert scarf.attributes == ()
    assert (hat.title, offered(hat)) == ("Dale Hat", [("S", "19 EUR", "", "out_of_stock")])


def test_prices_in_the_local_way_of_writing(tmp_path: Path) -> None:
    text = HEADER + row(ID="1", Type="simple", SKU="A", Name="Bench", Published="1", Regular_price="1.299,00", Sale_price="999,50")
    assert offered(only(read_text(tmp_path, "wc.csv", text, currency="EUR"))) == [("", "999.50 EUR", "1299.00", "unknown")]


def test_a_sale_counts_only_between_its_dates() -> None:
    text = HEADER + row(ID="1", Type="simple", SKU="A", Name="Bench", Published="1", Regular_price="100", Sale_price="80",
                        Date_sale_price_starts="2031-03-01", Date_sale_price_ends="2031-03-31 23:59:59")  # fmt: skip
    table = read_table(text, "wc.csv")
    assert table is not None
    assert is_woocommerce(table)
    price = {day: offered(read_woocommerce(table, "wc.csv", today=date(2031, 3, day)).products[0])[0][1:3] for day in (1, 31)}
    assert price == {1: ("80", "100"), 31: ("80", "100")}
    for day in (date(2031, 2, 28), date(2031, 4, 1)):
        assert offered(read_woocommerce(table, "wc.csv", today=day).products[0])[0][1:3] == ("100", "")


def test_backorder_stock_counts_and_measures_with_the_headers_unit(tmp_path: Path) -> None:
    text = HEADER
    text += row(
        ID="1",
        Type="simple",
        SKU="A",
        Name="Bench",
        Published="1",
        Regular_price="5",
        In_stock="backorder",
        Stock="0",
        **{"Weight_(kg)": "3.2"},
    )
    text += row(
        ID="2", Type="simple", SKU="B", Name="Stool", Published="1", Regular_price="5", In_stock="1", Stock="12", **{"Length_(cm)": "45"}
    )
    imported = read_text(tmp_path, "wc.csv", text)
    bench, stool = imported.products
    assert (bench.variants[0].availability.value, bench.attributes) == ("backorder", (("Weight", "3.2 kg"),))
    assert (stool.variants[0].quantity, stool.attributes) == (12, (("Length", "45 cm"),))


def test_unpublished_and_grouped_products_are_left_out_and_related_ones_kept(tmp_path: Path) -> None:
    text = HEADER
    text += row(ID="1", Type="simple", SKU="A", Name="Bench", Published="1", Regular_price="5", Upsells="B", Cross_sells="C, D",
                Categories="Garden > Seats, Sale", Tags="oak, outdoor", Images="https://s.example/1.jpg, https://s.example/2.jpg")  # fmt: skip
    text += row(ID="2", Type="simple", SKU="B", Name="Draft", Published="-1", Regular_price="5")
    text += row(ID="3", Type="grouped", SKU="C", Name="Set", Published="1")
    product = only(read_text(tmp_path, "wc.csv", text))
    assert (product.related, product.category, product.tags) == (("B", "C", "D"), "Garden > Seats", ("oak", "outdoor"))
    assert product.images == ("https://s.example/1.jpg", "https://s.example/2.jpg")


def test_a_german_export_is_read(tmp_path: Path) -> None:
    text = (
        "ID;Typ;Artikelnummer;Name;Veröffentlicht;Kurzbeschreibung;Beschreibung;Vorrätig?;Bestand;Gewicht (kg);Angebotspreis;Regulärer Preis;Kategorien;Bilder\n"
        "7;simple;BK-1;Bergkanne;1;Für unterwegs;Die Kanne hält den Tee lange warm und ist nicht schwer.;1;3;0,8;;34,90;Küche > Kannen;\n"
    )
    for name, data in {"utf8.csv": text.encode("utf-8-sig"), "excel.csv": text.encode("cp1252")}.items():
        product = only(read_text(tmp_path, name, data, currency="EUR"))
        assert (product.title, product.category, product.language) == ("Bergkanne", "Küche > Kannen", "de")
        assert offered(product) == [("", "34.90 EUR", "", "in_stock")]
        assert product.attributes == (("Gewicht", "0,8 kg"),)


def test_a_variation_without_a_parent_is_reported(tmp_path: Path) -> None:
    text = HEADER + row(ID="11", Type="variation", SKU="X-R", Name="X - Rust", Regular_price="39")
    assert told(read_text(tmp_path, "wc.csv", text).problems) == ["wc.csv:2 [parent]: expected the parent of the variation 'X-R', got none"]


def test_a_variations_own_description_is_kept_with_it_and_its_parents_words_are_the_products(tmp_path: Path) -> None:
    text = HEADER + row(ID="10", Type="variable", SKU="BOX", Name="Box", Published="1", Description="<p>Oiled oak.</p><p>Made here.</p>")
    for size, words in {"S": "Oiled oak.\nHolds 5 kg.", "L": "Holds 9 kg.", "XL": ""}.items():
        text += row(ID=f"1{size}", Type="variation", SKU=f"BOX-{size}", Parent="BOX", Regular_price="9", Description=words,
                    Attribute_1_name="Size", **{"Attribute_1_value(s)": size})  # fmt: skip
    box = only(read_text(tmp_path, "wc.csv", text))
    assert (box.description, box.description_html) == ("Oiled oak.\nMade here.", "<p>Oiled oak.</p><p>Made here.</p>")
    assert [variant.description for variant in box.variants] == ["Holds 5 kg.", "Holds 9 kg.", ""]
