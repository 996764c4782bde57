"""Reads files of orders as shops export them, line by line, so that a file of any size needs little memory.

Knows columns and dates, not products: what a line names is looked up by whoever reads. Invariants: nothing of a person leaves this module
but a keyed hash of who bought; a line that cannot be used is a Problem with its file and line, and the lines after it are read.
"""

from __future__ import annotations

import csv
import hashlib
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from knowledge_base.catalog import Problem
from knowledge_base.errors import ContentError
from knowledge_base.importers.tables import MAX_CELL, column, encoding_of

_COLUMNS = {  # as `column` spells them; the first that a file has counts
    "order": ("order id", "order", "order number", "order name", "name", "invoice", "invoiceno", "订单号", "订单编号", "订单"),
    "shopper": ("shopper id", "customer id", "customer", "email", "billing email", "customer email", "会员", "买家", "用户", "邮箱"),
    "moment": ("date", "created at", "order date", "date created", "paid at", "invoicedate", "invoice date", "下单时间", "日期", "时间"),
    "quantity": ("quantity", "lineitem quantity", "item quantity", "qty", "quantity ( refund)", "quantity (- refund)", "数量"),
    "status": ("status", "order status", "financial status", "状态", "订单状态"),
}
_PRODUCT = (  # all of these that a file has; the first that names a product counts
    "sku", "lineitem sku", "item sku", "product sku", "stockcode", "handle", "product id", "item id", "product", "lineitem name",
    "item name", "product name", "货号", "商品编码", "商品编号", "商品", "商品名称",
)  # fmt: skip
_UNDONE = ("cancel", "void", "refund", "return", "fail", "取消", "退")
_AHEAD = 2 * 86_400.0  # seconds that clocks and zones may be apart
_DELIMITERS = ",\t;|"
Told = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Line:
    """One product of one order. `codes` are what the line calls it, surest first; `moment` is in Unix seconds."""

    order: str
    shopper: str
    moment: float
    codes: tuple[str, ...]
    number: int


def read_orders(path: Path, key: bytes, problems: list[Problem], told: Told = lambda _: None) -> Iterator[Line]:
    """The bought products of a file in its order; `told` hears how many bytes were read.

    Cancelled, refunded and returned lines are left out. Raises ContentError for a file that is empty, no table, or lacks a column.
    """
    rows = _rows(_decoded(path, told), path.name, problems)
    first = next(rows, None)
    if first is None:
        raise ContentError(f"{path.name}: expected orders with a header line, got an empty file")
    yield from _lines(rows, _Header.of(first[1], path.name, first[0]), key, path.name, problems)


def _decoded(path: Path, told: Told) -> Iterator[str]:
    """Lines of text. A line that is not in UTF-8 is read in what it is in, so that a file put together of several is read whole."""
    with path.open("rb") as file:
        wide = file.read(2) in (b"\xff\xfe", b"\xfe\xff")
    if wide:
        with path.open(encoding="utf-16", errors="replace", newline="") as text:
            yield from text
        return
    read = 0
    with path.open("rb") as file:
        for raw in file:
            read += len(raw)
            told(read)
            yield _text(raw, path.name)


def _text(raw: bytes, name: str) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode(encoding_of(raw, name), "replace")


def _rows(lines: Iterator[str], name: str, problems: list[Problem]) -> Iterator[tuple[int, list[str]]]:
    """(line, cells) of each record. A record whose quotes do not match is one problem; reading goes on at the line after its first."""
    csv.field_size_limit(MAX_CELL)
    first = next(lines, "")
    delimiter = max(_DELIMITERS, key=first.count)
    begun, waiting = 1, deque([first])
    while True:
        taken: list[str] = []  # lines of the record that is being read
        reader = csv.reader(_taking(waiting, lines, taken), delimiter=delimiter, strict=True)
        try:
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    yield begun, cells
                begun += len(taken)
                taken.clear()
            return
        except csv.Error as error:
            problems.append(
                Problem(name, begun, "", f"expected each opened quote to be closed, got {str(error)[:80]}; the line is left out")
            )
            begun, waiting = begun + 1, deque([*taken[1:], *waiting])


def _taking(waiting: deque[str], lines: Iterator[str], taken: list[str]) -> Iterator[str]:
    """The waiting lines, then those of the file; each is noted."""
    while True:
        line = waiting.popleft() if waiting else next(lines, None)
        if line is None:
            return
        taken.append(line)
        yield line


@dataclass(frozen=True, slots=True)
class _Header:
    """Where the cells of a line stand; -1 for what the file does not have."""

    width: int
    order: int
    shopper: int
    moment: int
    quantity: int
    status: int
    products: tuple[int, ...]

    @classmethod
    def of(cls, titles: list[str], name: str, line: int) -> _Header:
        names = [column(title) for title in titles]
        places = {what: next((names.index(known) for known in known_as if known in names), -1) for what, known_as in _COLUMNS.items()}
        products = tuple(names.index(known) for known in _PRODUCT if known in names)
        missing = [what for what in ("order", "moment") if places[what] < 0] + ([] if products else ["product"])
        if missing:
            wanted = {"order": "order_id", "moment": "date", "product": "sku"}
            expected = ", ".join(wanted[what] for what in missing)
            raise ContentError(
                f"{name}:{line}: expected a column for {expected} (such as this program's own orders.csv, or an export of Shopify or "
                f"WooCommerce), got the columns {', '.join(title.strip() for title in titles[:12])}"
            )
        return cls(len(names), products=products, **places)


def _lines(rows: Iterator[tuple[int, list[str]]], header: _Header, key: bytes, name: str, problems: list[Problem]) -> Iterator[Line]:
    last_order, kept = "", {"moment": "", "shopper": "", "status": ""}  # an export says these once an order
    for number, cells in rows:
        if len(cells) > header.width and any(cell.strip() for cell in cells[header.width :]):
            problems.append(Problem(name, number, "", f"expected {header.width} cells as in the header, got {len(cells)}"))
            continue
        cells += [""] * (header.width - len(cells))
        order = plain(cells[header.order])
        if order != last_order:
            last_order, kept = order, dict.fromkeys(kept, "")
        for what in kept:
            place = getattr(header, what)
            kept[what] = (cells[place].strip() if place >= 0 else "") or kept[what]
        try:
            found = _line(order, cells, kept, header, key, number)
        except ValueError as error:
            problems.append(Problem(name, number, "", str(error)))
            continue
        if found is not None:
            yield found


def _line(order: str, cells: list[str], kept: dict[str, str], header: _Header, key: bytes, number: int) -> Line | None:
    """None for a line that was not bought in the end. Raises ValueError for one that cannot be used."""
    codes = tuple(code for place in header.products if (code := plain(cells[place])))
    if not order or not codes:
        raise ValueError(f"expected {'an order number' if not order else 'a product'}, got an empty cell")
    for code in (order, *codes):
        no_formula(code)
    quantity = cells[header.quantity].strip() if header.quantity >= 0 else ""
    if undone(kept["status"]) or _amount(quantity) <= 0:
        return None
    who = kept["shopper"] or order  # an order of nobody is a shopper of its own
    return Line(order, hashed(who, key), bought_at(kept["moment"]), codes, number)


def undone(status: str) -> bool:
    """Whether an order of this status was cancelled, refunded or returned, and so does not count."""
    return any(word in status.lower() for word in _UNDONE)


def no_formula(code: str) -> str:
    """The number of an order or the code of a product. Raises ValueError for what a spreadsheet would run."""
    if code[:1] == "=" or (code[:1] in "+@" and "(" in code):
        raise ValueError(f"expected an order number and a code or name of a product, got a formula: {code[:40]!r}")
    return code


def bought_at(text: str) -> float:
    """`moment_of` a date that has come: one far ahead would fade all that was bought before. Raises ValueError."""
    moment = moment_of(text)
    if moment > time.time() + _AHEAD:
        raise ValueError(f"date: expected one that has come, got {text[:40]!r}")
    return moment


def plain(cell: str) -> str:
    """The text of a cell; what Excel writes so that a code stays a code (="00123") is taken off."""
    text = cell.strip()
    return text[2:-1].strip() if text.startswith('="') and text.endswith('"') and text.count('"') == 2 else text


def _amount(quantity: str) -> float:
    try:
        return float(quantity.replace(",", "")) if quantity else 1.0
    except ValueError:
        raise ValueError(f"quantity: expected a number, got {quantity[:40]!r}") from None


@lru_cache(maxsize=100_000)
def hashed(who: str, key: bytes) -> str:
    """Who bought, as a number that tells nothing without the shop's key (BLAKE2b, 8 bytes)."""
    return hashlib.blake2b(who.strip().casefold().encode(), key=key, digest_size=8).hexdigest()


@lru_cache(maxsize=100_000)
def moment_of(text: str) -> float:
    """Unix seconds of a date such as 2025-06-18, 2025/06/18 12:30 or 2025-06-18 12:33:01 +0100. Raises ValueError for any other."""
    written = text.strip().replace("/", "-").replace("T", " ")
    day, _, hour = written.partition(" ")
    parts = day.split("-")
    if len(parts) == 3 and len(parts[0]) == 4:
        day = "-".join(part.zfill(2) for part in parts)
    zone = hour.replace(" UTC", "Z").replace(" +", "+").replace(" -", "-")
    try:
        found = datetime.fromisoformat(f"{day}T{zone}" if zone else day)
    except ValueError:
        raise ValueError(f"date: expected one such as 2025-06-18 or 2025-06-18 12:30:00, got {text[:40]!r}") from None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
