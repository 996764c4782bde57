"""What a hostile or careless file must not do: crash a build, stall it, or tell shoppers what the shop keeps to itself."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from knowledge_base.importers import Imported, read_file, read_folder
from knowledge_base.text import clean_text, html_to_text


def imported(folder: Path, name: str, text: str) -> Imported:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read_file(path, currency="USD")


@pytest.mark.parametrize("module", ["profile", "money", "text", "errors", "importers", "build"])
@pytest.mark.slow
def test_each_module_can_be_imported_first(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"import knowledge_base.{module}"], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


def test_half_a_character_never_reaches_a_title_since_nothing_can_store_it(tmp_path: Path) -> None:
    (mug,) = imported(tmp_path, "a.json", '[{"name": "Mug \\ud800", "price": "9"}]').products
    assert mug.title.encode() == b"Mug"


def test_a_file_name_that_is_no_utf_8_is_read_and_named_so_that_it_can_be_stored(tmp_path: Path) -> None:
    try:
        (tmp_path / os.fsdecode(b"caf\xe9.csv")).write_text("name,price\nMug,9\nJug,oops\n")
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    content = read_folder(tmp_path)
    assert [product.title for product in content.products] == ["Mug"]
    assert {product.source.file for product in content.products} | {problem.file for problem in content.problems} == {"caf\ufffd.csv"}


@pytest.mark.parametrize("depth", [3, 5, 60_000])
def test_tokens_nested_in_tokens_go_at_once_at_any_depth(depth: int) -> None:
    started = time.monotonic()
    clean = clean_text("Mug " + "<|" * depth + "im_start" + "|>" * depth)
    assert "<|" not in clean and "|>" not in clean and clean.startswith("Mug")
    assert clean_text(clean) == clean
    assert time.monotonic() - started < 2


def test_a_page_of_unclosed_scripts_is_read_in_one_pass(tmp_path: Path) -> None:
    product = '{"@type": "Product", "name": "Mug", "offers": {"price": "9"}}'
    page = f'<html>\n<script type="application/ld+json">\n{product}</script>\n' + '<script type="application/ld+json">' * 20_000
    started = time.monotonic()
    found = imported(tmp_path, "page.html", page)
    assert time.monotonic() - started < 2
    assert [(product.title, product.source.line) for product in found.products] == [("Mug", 2)]


def test_cells_of_an_html_table_stay_apart() -> None:
    assert html_to_text("<table><tr><th>Width</th><td>10 cm</td></tr></table>") == "Width 10 cm"


@pytest.mark.parametrize(
    "column",
    [
        "cost",
        "Cost price",
        "cost_per_item",
        "Wholesale price",
        "margin",
        "Supplier",
        "Internal notes",
        "进价",
        "成本价",
        "采购价",
        "供应商",
        "备注",
        "毛利率",
    ],
)
def test_what_the_shop_keeps_to_itself_is_nowhere_in_a_product(tmp_path: Path, column: str) -> None:
    found = imported(tmp_path, "list.csv", f"name,price,{column}\nMug,9,SECRET7\n")
    assert [product.title for product in found.products] == ["Mug"]
    assert "SECRET7" not in repr(found)


@pytest.mark.parametrize("column", ["Glaze", "Profile", "Care notes", "Costume size", "International plug", "产地", "保修备件"])
def test_ordinary_columns_are_still_attributes(tmp_path: Path, column: str) -> None:
    (mug,) = imported(tmp_path, "list.csv", f"name,price,{column}\nMug,9,Ash\n").products
    assert dict(mug.attributes) == {column: "Ash"}


def test_a_members_price_is_not_what_everybody_pays(tmp_path: Path) -> None:
    (pot,) = imported(tmp_path, "list.csv", "名称,价格,会员价\n茶壶,100,80\n").products
    assert pot.variants[0].price is not None and pot.variants[0].price.amount == 100


@pytest.mark.parametrize(("one", "group"), [("item_id", "group_id"), ("id", "item_group_id")])
def test_feed_rows_as_json_lines_are_grouped_like_those_of_a_table(tmp_path: Path, one: str, group: str) -> None:
    lines = "\n".join(
        f'{{"{one}": "T-{size}", "{group}": "T", "title": "Tee", "size": "{size}", "price": "25.00 USD", "availability": "in_stock"}}'
        for size in ("S", "M")
    )
    (tee,) = imported(tmp_path, "feed.jsonl", lines).products
    assert tee.id == "T"
    assert [(variant.sku, tuple(value for _, value in variant.options)) for variant in tee.variants] == [("T-S", ("S",)), ("T-M", ("M",))]


@pytest.mark.parametrize(
    ("name", "text", "line", "column", "value"),
    [
        ("woo.csv", "Type,SKU,Name,Published,Regular price,In stock?\nsimple,Y,Y,1,8,1\nsimple,X,X,1,8,perhaps\n",
         3, "In stock?", "'perhaps'"),
        (
            "feed.tsv",
            "id\ttitle\tprice\tavailability\tsale_price\tsale_price_effective_date\nj\tJug\t9 EUR\tin_stock\t\t\n"
            "m\tMug\t9 EUR\tin_stock\t8 EUR\ttomorrow/later\n",
            3, "sale price effective date", "'tomorrow/later'",
        ),
    ],
)  # fmt: skip
def test_a_stock_or_a_sale_that_cannot_be_read_is_reported_and_not_guessed(
    tmp_path: Path, name: str, text: str, line: int, column: str, value: str
) -> None:
    found = imported(tmp_path, name, text)
    assert len(found.products) == 1
    (problem,) = found.problems
    assert (problem.line, problem.column) == (line, column)
    assert value in problem.reason
