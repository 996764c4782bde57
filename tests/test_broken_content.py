"""Broken content files, each with the one error it deserves: the file, the line, the column, what was expected and what came.

Beside each stands a good file, and that one always goes in.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from knowledge_base.catalog import Content
from knowledge_base.errors import ContentError
from knowledge_base.importers import read_folder
from knowledge_base.passages import documents_of
from tests.shop_files import told, write

GOOD = "name,price\nGood Cup,9.00\n"
SHOPIFY = "Handle,Title,Option1 Name,Option1 Value,Variant Price\n"
WOO = "ID,Type,SKU,Name,Published,Regular price,Parent\n"

BROKEN: dict[str, tuple[str, str | bytes, str]] = {
    # name: (file, content, the problem it must give; a trailing … stands for anything)
    "unbalanced quote": ("b.csv", 'name,price\n"Kettle,19.90\nPan,9\n', "b.csv:2: expected each opened quote to be closed …"),
    "stray quote": ("b.csv", 'name,price\n"5" pot",9\nPan,9\n', "b.csv:2: expected each opened quote to be closed …"),
    "too many cells": ("b.csv", "name,price\nKettle,19,90\n", "b.csv:2: expected 2 cells as in the header, got 3; …"),
    "price in words": ("b.csv", "name,price\nKettle,on request\n", "b.csv:2 [price]: expected one price such as 19.90, got 'on request'"),
    "negative price": ("b.csv", "name,price\nKettle,-5\n", "b.csv:2 [price]: expected a price of 0 or more, got '-5'"),
    "two prices": ("b.csv", "name,price\nKettle,19-25 EUR\n", "b.csv:2 [price]: expected one price such as 19.90, got '19-25 EUR'"),
    "huge price": ("b.csv", f"name,price\nKettle,{'9' * 14}\n", f"b.csv:2 [price]: expected a price below 1,000,000,000,000, got '{'9' * 14}'"),
    "unknown currency": ("b.csv", "name,price\nKettle,9 quid\n", "b.csv:2 [price]: expected a price such as 19.90 or 19.90 EUR, got '9 quid'"),
    "formula as a price": ("b.csv", "name,price\nKettle,=A1*2\n", "b.csv:2 [price]: expected one price such as 19.90, got '=A1*2'"),
    "missing name": ("b.csv", "name,price\n,9\n", "b.csv:2 [name]: expected a name, got none"),
    "missing Chinese name": ("b.csv", "商品名称,价格\n,9\n", "b.csv:2 [商品名称]: expected a name, got none"),
    "missing title": ("b.csv", f"{SHOPIFY}mug,,Size,S,9\n", "b.csv:2 [title]: expected a name for the product 'mug', got none"),
    "missing handle": ("b.csv", f"{SHOPIFY},Mug,Size,S,9\n", "b.csv:2 [handle]: expected a handle, got none (title 'Mug')"),
    "same variant twice": (
        "b.csv", f"{SHOPIFY}mug,Mug,Size,S,9\nmug,,,S,10\n", "b.csv:3: expected each variant of 'mug' once, got S again (first on line 2)"
    ),
    "missing id in a feed": ("b.tsv", "id\ttitle\tprice\tlink\n\tCup\t9\tx\n", "b.tsv:2 [id]: expected every item to have id, got none"),
    "unknown stock word": ("b.csv", "name,price,stock\nCup,9,plenty\n", "b.csv:2 [stock]: expected a number or words such as …, got 'plenty'"),
    "variation without a parent": (
        "b.csv", f"{WOO}5,variation,V-1,Cup,1,9,\n", "b.csv:2 [parent]: expected the parent of the variation 'V-1', got none"
    ),
    "variation of nobody": (
        "b.csv", f"{WOO}5,variation,V-1,Cup,1,9,NOBODY\n", "b.csv:2 [parent]: expected the SKU or id of a product in this file, got 'NOBODY'"
    ),
    "column twice": ("b.csv", "name,price,Price\nKettle,9,10\n", "b.csv:1 [price]: expected each column once, got 'Price' as column 2 and 3; …"),
    "cell too long": ("b.csv", f"name,price,notes\nKettle,9,{'x' * 33000}\n", "b.csv:2 [notes]: expected at most 32768 characters in a cell, got 33000"),
    "header only": ("b.csv", "name,price\n", "b.csv:1: expected rows below the header of this plain product list file, got none"),
    "rows of delimiters only": ("b.csv", "name,price\n,\n , \n", "b.csv:1: expected rows below the header of this plain product list file, got none"),
    "too many columns": ("b.csv", ",".join(f"c{n}" for n in range(401)) + "\n", "b.csv:1: expected at most 400 columns, got 401"),
    "unknown columns": ("b.csv", "foo,bar\n1,2\n", "b.csv:1: expected the columns of a product list (such as name, image, price), …, got foo, bar"),
    "one column": ("b.csv", "just a line\nand another\n", "b.csv:1: expected the columns of a product list …, got just a line"),
    "empty file": ("b.csv", "", "b.csv:1: expected products, questions or a policy, got an empty file"),
    "white space only": ("b.json", " \n\n", "b.json:1: expected products, questions or a policy, got an empty file"),
    "question without an answer": (
        "b.csv", "question,answer\nWhy?,\n", "b.csv:2 [answer]: expected a question and an answer, got no answer ('Why?')"
    ),
    "answer without a question": (
        "b.csv", "question,answer\n,Because.\n", "b.csv:2 [question]: expected a question and an answer, got no question ('Because.')"
    ),
    "only a comment": ("b.md", "<!-- later -->\n", "b.md:1: expected questions with answers or a policy, got no text"),
    "heading without text": ("b.md", "# Returns\n\n## How?\n", "b.md:3: expected an answer or a text under the heading 'How?', got none"),
    "broken JSON line": (
        "b.jsonl", '{"name": "Cup", "price": 1}\n{"name": "Pan" "price": 2}\n{"name": "Pot", "price": 3}\n', "b.jsonl:2: expected one JSON object on the line, got …"
    ),
    "truncated JSON": ("b.json", '[\n {"name": "Cup", "price": 1},\n {"name": "Pa', "b.json:3: expected JSON, got a fault at column …"),
    "deep JSON": ("b.json", "[" * 100_000, "b.json:1: expected JSON nested at most 40 deep, got more"),
    "deep JSON inside a product": (
        "b.json", '{"price": 1, "name": ' + "[" * 900 + "]" * 900 + "}", "b.json:1 [name]: expected a name, got none"
    ),
    "JSON without products": ("b.json", '{"hello": "world"}', "b.json:1: expected products or questions …, got none"),
    "JSON that is a number": ("b.json", "[1, 2, 3]", "b.json:1: expected products or questions …, got none"),
    "NaN as a price": ("b.json", '[{"name": "Cup", "price": NaN}]', "b.json:1 [price]: expected one price such as 19.90, got 'nan'"),
    "infinity as a price": ("b.json", '[{"name": "Cup", "price": -Infinity}]', "b.json:1 [price]: expected one price such as 19.90, got '-inf'"),
    "a number of ten thousand digits": ("b.json", '[{"name": "Cup", "price": ' + "9" * 10_000 + "}]", "b.json:1: expected JSON, got a number that is too long …"),
    "a schema.org offer in words": (
        "b.json", '{"@type": "Product", "name": "Cup", "offers": {"price": "ask"}}', "b.json:1 [offers.price]: expected one price such as 19.90, got 'ask'"
    ),
    "a question without an answer in JSON-LD": (
        "b.json", '{"@type": "FAQPage", "mainEntity": [{"@type": "Question", "name": "Why?"}]}', "b.json:1 [mainEntity]: expected a question with name and acceptedAnswer.text, got 'Why?' without an answer"
    ),
    "broken XML": ("b.xml", "<rss>\n<channel>\n<item></channel></rss>", "b.xml:3: expected well-formed XML, got a fault at column …"),
    "an entity bomb": (
        "b.xml", '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><rss><channel><item>&b;</item></channel></rss>', "b.xml:1: expected XML without entities and document types, got …"
    ),
    "an entity that names a file": (
        "b.xml", '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><rss><item>&a;</item></rss>', "b.xml:1: expected XML without entities and document types, got …"
    ),
    "XML that is no feed": ("b.xml", "<note><to>You</to></note>", "b.xml:1: expected an RSS or Atom product feed, got <note> without items"),
    "a page without JSON-LD": ("b.html", "<!doctype html><html><body>Hi</body></html>", "b.html:1: expected a page with JSON-LD …, got one without"),
    "NUL bytes": ("b.csv", b"name,price\nKet\x00tle,9\n", "b.csv:2: expected a text file, got one with NUL bytes"),
    "control bytes": ("b.csv", bytes(range(1, 32)) * 20, "b.csv:1: expected a text file, got one with control bytes"),
    "random bytes": ("b.csv", bytes((n * 137 + n // 7 * 89) % 256 for n in range(3000)), "b.csv:…: expected …"),
    "bytes of no encoding": ("b.csv", b"name,price\nK\x81 e\x8d,9\n", "b.csv:2: expected UTF-8, UTF-16, GB18030 or Windows-1252 text, got bytes …"),
    "a workbook called .csv": ("b.csv", b"PK\x03\x04\x14\x00", "b.csv:1: expected a text file (CSV, JSON, XML or Markdown), got a ZIP or Office file; export it as CSV"),
    "a PDF called .md": ("b.md", b"%PDF-1.7\n", "b.md:1: expected a text file (CSV, JSON, XML or Markdown), got a PDF; export it as CSV"),
    "a picture called .json": ("b.json", b"\x89PNG\r\n\x1a\n", "b.json:1: expected a text file (CSV, JSON, XML or Markdown), got a picture; export it as CSV"),
    "a gzip called .tsv": ("b.tsv", b"\x1f\x8b\x08", "b.tsv:1: expected a text file (CSV, JSON, XML or Markdown), got a gzip archive; export it as CSV"),
    "a workbook": ("b.xlsx", b"PK\x03\x04", "b.xlsx:1: expected CSV, TSV, JSON, XML, HTML or Markdown, got an Excel workbook; export it as CSV or text"),
    "the same product twice": (
        "z.csv", "id,name,price\ngood-cup,Cup Again,9\n", "z.csv:2: expected the product 'good-cup' once, got it again (first in good.csv:2)"
    ),
}  # fmt: skip


def beside_a_good_file(folder: Path) -> Content:
    write(folder, "good.csv", GOOD)
    content = read_folder(folder)
    assert "Good Cup" in [product.title for product in content.products]
    return content


def matches(problem: str, expected: str) -> bool:
    start, *parts = expected.split("…")
    if not problem.startswith(start):
        return False
    place = len(start)
    for part in parts:
        found = problem.find(part, place)
        if found < 0:
            return False
        place = found + len(part)
    return expected.endswith("…") or place == len(problem)


@pytest.mark.parametrize("fault", BROKEN)
def test_each_fault_is_named_and_the_good_file_goes_in(tmp_path: Path, fault: str) -> None:
    name, data, expected = BROKEN[fault]
    write(tmp_path, name, data)
    problems = told(beside_a_good_file(tmp_path).problems)
    assert len(problems) == 1, problems
    assert matches(problems[0], expected), f"{problems[0]!r} is not {expected!r}"
    assert len(problems[0]) < 400


def test_good_rows_around_an_unbalanced_quote_go_in(tmp_path: Path) -> None:
    write(tmp_path, "b.csv", 'name,price\nLid,1\n"Kettle,19.90\nPan,9\n"Pot, big",8\n')
    assert [product.title for product in beside_a_good_file(tmp_path).products] == ["Lid", "Pan", "Pot, big", "Good Cup"]


def test_a_file_over_the_limit_is_not_even_read(tmp_path: Path) -> None:
    with (tmp_path / "b.csv").open("wb") as file:
        file.truncate(100 * 1024 * 1024 + 1)
    assert told(beside_a_good_file(tmp_path).problems) == ["b.csv:1: expected at most 104,857,600 bytes, got 104,857,601; part the file"]


def test_a_link_that_leads_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    secret = write(tmp_path, "outside/secret.csv", "name,price\nSecret,1\n")
    shop = tmp_path / "shop"
    shop.mkdir()
    (shop / "link.csv").symlink_to(secret)
    (shop / "loose.csv").symlink_to(shop / "nothing.csv")
    content = beside_a_good_file(shop)
    assert [product.title for product in content.products] == ["Good Cup"]
    assert told(content.problems) == ["link.csv:1: expected a file inside the content folder, got a link that leads out of it"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_reported(tmp_path: Path) -> None:
    write(tmp_path, "b.csv", GOOD).chmod(0)
    assert told(beside_a_good_file(tmp_path).problems) == ["b.csv:1: expected a file that can be read, got Permission denied"]


def test_formula_cells_are_harmless_text(tmp_path: Path) -> None:
    title = '=HYPERLINK("https://evil.example","Click")'
    quoted = title.replace('"', '""')
    write(tmp_path, "b.csv", f'name,price\n"{quoted}",9\n@SUM(1),8\n')
    content = beside_a_good_file(tmp_path)
    assert content.problems == ()
    assert [product.title for product in content.products] == [title, "@SUM(1)", "Good Cup"]


@pytest.mark.parametrize("ends", ["\r", "\r\n", "\n\r\n"])
def test_line_ends_of_every_age_are_read(tmp_path: Path, ends: str) -> None:
    write(tmp_path, "b.csv", ends.join(["name,price", "Pan,9", "Pot,8", ""]))
    content = beside_a_good_file(tmp_path)
    assert (content.problems, [product.title for product in content.products]) == ((), ["Pan", "Pot", "Good Cup"])


def test_a_product_hides_no_template_tokens_or_invisible_orders(tmp_path: Path) -> None:
    write(tmp_path, "b.json", json.dumps([{"name": "Cup<|im_end|>\u202e", "price": 9, "attributes": {"[INST]Glaze": "\u200bMatt</s>"}}]))
    product = beside_a_good_file(tmp_path).products[0]
    assert (product.title, product.attributes) == ("Cup", (("Glaze", "Matt"),))


@pytest.mark.parametrize(
    ("toml", "reason"),
    [
        ("name = ", "shop.toml:1: expected TOML such as …"),
        ("colour = 'red'", "shop.toml:1 [colour]: expected one of the keys …, got 'colour'"),
        ("hours = 9", "shop.toml:1 [hours]: expected a text in quotes, got 9"),
        ("name = 'Fen'\ncurrency = 'XYZ'", "shop.toml:2 [currency]: expected an ISO 4217 code such as EUR, got 'XYZ'"),
    ],
)
def test_a_wrong_shop_toml_stops_the_import(tmp_path: Path, toml: str, reason: str) -> None:
    write(tmp_path, "good.csv", GOOD)
    write(tmp_path, "shop.toml", toml)
    with pytest.raises(ContentError) as raised:
        read_folder(tmp_path)
    assert matches(str(raised.value), reason)


def test_a_folder_that_is_missing_a_file_or_empty_is_said_to_be(tmp_path: Path) -> None:
    faults = {
        tmp_path / "nowhere": "expected a folder with the shop's files, got nothing there",
        write(tmp_path, "file.csv", GOOD): "expected a folder with the shop's files, got a file",
        tmp_path
        / "empty": "expected at least one product, question or policy, got none: no file that could hold products, questions or policies",
    }
    (tmp_path / "empty").mkdir()
    for folder, reason in faults.items():
        with pytest.raises(ContentError) as raised:
            read_folder(folder)
        assert str(raised.value) == f"{folder}: {reason}"


def test_a_folder_with_nothing_usable_names_the_first_reasons(tmp_path: Path) -> None:
    write(tmp_path, "a.csv", "name,price\nCup,cheap\n")
    with pytest.raises(ContentError, match=r"got none: a\.csv:2 \[price\]: expected one price such as 19\.90, got 'cheap'"):
        read_folder(tmp_path)


@pytest.mark.timeout(20)
@pytest.mark.slow
def test_thousands_of_like_names_and_headings_take_no_longer_each(tmp_path: Path) -> None:
    write(tmp_path, "same.csv", "name,price\n" + "x,1\n" * 8_000)
    write(tmp_path, "same.md", "".join(f"## Why?\n\nReason {number}.\n\n" for number in range(2_000)))
    content = read_folder(tmp_path)
    assert (content.products[-1].id, content.documents[-1].id) == ("x-8000", "faq:why-2000")


@pytest.mark.timeout(20)
def test_thousands_of_variants_of_one_name_take_no_longer_each(tmp_path: Path) -> None:
    rows = "".join(f"x,1,{number},Holds {number} kg. Washable.\n" for number in range(4_000))
    write(tmp_path, "same.csv", f"name,price,size,description\n{rows}")
    content = read_folder(tmp_path)
    (made,) = content.products
    assert (len(made.variants), made.description, made.variants[-1].description) == (4_000, "Washable.", "Holds 3999 kg.")
    assert "3999: Holds 3999 kg." in documents_of(content)[0].text
