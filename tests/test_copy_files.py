"""Files: the same dialect out, every other byte kept, resumed after a kill, and nothing lost of what cannot be read."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from chatbot.copywriter.filing import Filing, Job
from chatbot.copywriter.journal import Journal, JournalError
from chatbot.copywriter.reporting import Totals
from chatbot.copywriter.sheet import SheetError, open_sheet
from chatbot.copywriter.wish import Wish
from chatbot.engines.quoting import QuotingEngine

PLAIN = b'name,image,price\r\n"Tea ""Moon"" Pot",pot.jpg,12.50\r\nLamp,,9\r\n\r\n"=cmd|x",y.jpg,3\r\n'
SHOPIFY = (
    b"Handle,Title,Body (HTML),Vendor,Option1 Name,Option1 Value,Variant SKU,Variant Price,Status\n"
    b"shirt,Linen Shirt,,Nordlys,Size,M,LS-M,49.00,draft\nshirt,,,,,L,LS-L,49.00,\ncup,Cup,<p>Old.</p>,Nordlys,Title,Default Title,C,5,active\n"
)
WOO = (
    b"ID,Type,SKU,Name,Published,Short description,Description,Regular price,Parent,Attribute 1 name,Attribute 1 value(s)\n"
    b'1,variable,TS,Tee,1,,,,,Size,"S, M"\n2,variation,TS-S,Tee - S,1,,,10,TS,Size,S\n3,simple,MUG,Mug,1,,,7,,,\n'
)
GOOGLE = b"id\ttitle\tdescription\tlink\timage_link\tprice\tavailability\nA1\tRed Kite\t\thttps://x.example/a\thttps://x.example/a.jpg\t9.00 EUR\tin_stock\n"
XML = (
    b'<?xml version="1.0"?>\n<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel><title>x</title>\n<item>\n <g:id>1</g:id>\n'
    b" <title>Salt &amp; Pepper</title>\n <g:price>5.00 EUR</g:price>\n <g:image_link>https://x.example/a.jpg</g:image_link>\n</item>\n</channel></rss>\n"
)
LINES = b'{"name": "Jug", "price": 5, "brand": "Nordlys"}\n{"name": "Bowl", "price": 6, "description": "Old one here."}\n{broken\n'
JSONLD = b'{\n "@context": "https://schema.org",\n "@type": "Product",\n "name": "Jug",\n "offers": {"@type": "Offer", "price": "5", "priceCurrency": "EUR"}\n}\n'


def copied(folder: Path, data: bytes, name: str = "in.csv", **job: Any) -> tuple[bytes, Totals]:
    source, out = folder / name, folder / f"out-{name}"
    source.write_bytes(data)
    totals = asyncio.run(Filing(open_sheet(source, currency="EUR"), QuotingEngine(), Job(out, **job)).run())
    return out.read_bytes(), totals


def told(folder: Path, name: str = "in.csv") -> list[str]:
    lines = (folder / f"out-{name}.trace.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["variants"][0]["text"] for line in lines]


def test_a_plain_list_gets_a_column_and_keeps_every_other_byte(tmp_path: Path) -> None:
    out, totals = copied(tmp_path, PLAIN)
    before, after = PLAIN.split(b"\r\n"), out.split(b"\r\n")
    assert [line.startswith(old) for old, line in zip(before, after, strict=True)] == [True] * 6
    assert after[0] == b"name,image,price,description" and after[3] == b""
    assert totals.rows["written"] == 3
    for row in csv.DictReader(io.StringIO(out.decode())):
        assert row["description"] and row["description"][0] not in "=+-@\t\r"


def test_a_text_of_ours_that_begins_as_a_formula_is_no_formula(tmp_path: Path) -> None:
    from chatbot.copywriter.cells import cell

    assert [cell(text, ",")[:2] for text in ("=1", "+1", "-x", "@x", "\tx")] == ["'=", "'+", "'-", "'@", "'\t"]
    rows = b"name,price\n" + b"".join(b"=SUM(A%d),3\n" % number for number in range(40))
    out, _ = copied(tmp_path, rows)
    assert all(row["description"][0] not in "=+-@" for row in csv.DictReader(io.StringIO(out.decode())))


def test_a_shopify_export_gets_its_text_once_a_product_as_html_and_drafts_too(tmp_path: Path) -> None:
    out, totals = copied(tmp_path, SHOPIFY)
    rows = list(csv.DictReader(io.StringIO(out.decode())))
    assert rows[0]["Body (HTML)"].startswith("<p>") and rows[1]["Body (HTML)"] == ""
    assert rows[2]["Body (HTML)"] == "<p>Old.</p>"
    assert (totals.rows["written"], totals.rows["kept"]) == (1, 1)
    over, _ = copied(tmp_path, SHOPIFY, overwrite=True)
    assert list(csv.DictReader(io.StringIO(over.decode())))[2]["Body (HTML)"] != "<p>Old.</p>"


@pytest.mark.parametrize(
    ("name", "data", "written"),
    [("w.csv", WOO, 2), ("g.tsv", GOOGLE, 1), ("f.xml", XML, 1), ("l.jsonl", LINES, 1), ("d.json", JSONLD, 1)],
)
def test_every_dialect_comes_back_as_it_came_but_for_the_descriptions(tmp_path: Path, name: str, data: bytes, written: int) -> None:
    out, totals = copied(tmp_path, data, name)
    assert totals.written == written
    again = open_sheet(tmp_path / f"out-{name}", currency="EUR")
    assert sum(bool(item.existing) for item in again.items()) == written + totals.rows["kept"]
    left = iter(out)
    assert all(byte in left for byte in data), "every byte of the file is still there, in its order"
    assert len(out) <= len(data) + sum(len(text) + 50 for text in told(tmp_path, name))


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"", "empty file"), (b"\n \n", "blank lines"), (b"a,b\n1,2\n", "such as name, image, price"), (b"PK\x03\x04xx", "Excel"),
     (b"name,price\n", "expected rows below the header"), (b"name,price\nA\x00,1\n", "NUL"), (b"[{}]", "objects with a name")],
)  # fmt: skip
def test_a_file_that_cannot_be_described_says_what_was_expected(tmp_path: Path, data: bytes, reason: str) -> None:
    with pytest.raises(SheetError, match=reason):
        copied(tmp_path, data)
    assert not (tmp_path / "out-in.csv").exists()


def test_rows_that_cannot_be_read_are_told_and_stay_while_the_others_are_written(tmp_path: Path) -> None:
    data = (
        "name,price\nKännchen,3\nThé vert,2\n".encode()
        + "Glühwein,4\n".encode("latin-1")
        + b'"never closed,5\nMug,6\nToo,many,cells,7\n,8\n'
    )
    out, totals = copied(tmp_path, data)
    assert (totals.rows["written"], totals.rows["failed"]) == (3, 4)
    for line in ("Glühwein,4\n".encode("latin-1"), b'"never closed,5\n', b"Too,many,cells,7\n"):
        assert line in out
    reasons = " ".join(row.reason for row in totals.failed)
    assert "UTF-8" in reasons and "quote" in reasons and "cells" in reasons


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030", "cp1252"])
def test_a_file_comes_back_in_its_own_encoding(tmp_path: Path, encoding: str) -> None:
    head = "name,price\n" if encoding == "cp1252" else "名称,价格\n"
    rows = "Café crème pot,3\n" * 4 if encoding == "cp1252" else "搪瓷水壶,3\n风筝,4\n"
    out, totals = copied(tmp_path, (head + rows).encode(encoding))
    assert totals.rows["failed"] == 0
    assert out.decode(encoding).startswith(head.strip() + ",")


def test_a_run_that_goes_on_pays_for_nothing_twice_and_writes_the_same_bytes(tmp_path: Path) -> None:
    rows = b"name,image,price\n" + b"".join(b"Willow Basket %d,x.jpg,3\n" % number for number in range(30))
    whole, _ = copied(tmp_path, rows)
    folder = tmp_path / "killed"
    folder.mkdir()
    copied(folder, rows, limit=11)
    journal = folder / "out-in.csv.journal"
    journal.write_bytes(journal.read_bytes()[:-40])  # as a kill in the middle of a line leaves it
    again, totals = copied(folder, rows)
    assert again == whole
    assert (totals.rows["found"], totals.rows["written"]) == (10, 20)


def test_another_wish_makes_no_use_of_what_was_written_for_this_one(tmp_path: Path) -> None:
    copied(tmp_path, PLAIN)
    _, totals = copied(tmp_path, PLAIN, wish=Wish(tone="playful"))
    assert totals.rows["found"] == 0


def test_two_runs_do_not_share_an_output(tmp_path: Path) -> None:
    with Journal.open(tmp_path / "j"), pytest.raises(JournalError, match="only run"):
        Journal.open(tmp_path / "j")


@pytest.mark.slow
def test_a_command_that_is_killed_twice_leaves_what_one_that_was_not_does(tmp_path: Path) -> None:
    source = tmp_path / "k.csv"
    source.write_bytes(b"name,image,price\n" + b"".join(b"Potting Shed Apron %d,x.jpg,3\n" % number for number in range(2_000)))

    def command(out: str) -> subprocess.Popen[bytes]:
        line = [sys.executable, "-m", "chatbot", "copy", str(source), "-o", str(tmp_path / out), "--writer", "code"]
        return subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    assert command("whole.csv").wait() == 0
    journal = tmp_path / "killed.csv.journal"
    for least in (150_000, 500_000):
        process = command("killed.csv")
        while process.poll() is None and (not journal.exists() or journal.stat().st_size < least):
            time.sleep(0.02)
        assert process.poll() is None, "it ended before it was killed"
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert not (tmp_path / "killed.csv").exists()
    assert command("killed.csv").wait() == 0
    assert (tmp_path / "killed.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
