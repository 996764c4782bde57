"""The plain list a small shop keeps: `name,image,price` and whatever other columns it has, with English or Chinese headers.

Known columns are found by their usual names (headings.py); every other column is kept as an attribute under the name the merchant gave it.
Two rows with one id are variants; without an id, rows of one name are variants where sizes, colours and the like tell them apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from knowledge_base.catalog import Availability, Problem
from knowledge_base.importers.amounts import AmountError, is_yes, parse_price, parse_stock, shown
from knowledge_base.importers.grouping import Imported, Offer, group
from knowledge_base.importers.headings import bare_name, is_private, role_of, roles_of
from knowledge_base.importers.tables import Table, TableRow
from knowledge_base.money import CODES


@dataclass(frozen=True, slots=True)
class Columns:
    """What the columns of one list mean. `names` maps a normalised header to its role, `titles` to how the merchant wrote it."""

    names: dict[str, str]
    titles: dict[str, str]
    currency: str  # that the price column's own title names

    @classmethod
    def of(cls, header: tuple[str, ...], titles: dict[str, str]) -> Columns:
        names = roles_of(header)
        priced = [titles.get(name, "") for name, role in names.items() if role in ("price", "list_price")]
        return cls(names, titles, next((code for title in priced if (code := _currency_in(title))), ""))

    def cells(self, row: TableRow, role: str) -> list[str]:
        return [row.cells[name] for name, its in self.names.items() if its == role and row.cells.get(name)]

    def cell(self, row: TableRow, role: str) -> str:
        return next(iter(self.cells(row, role)), "")

    def title(self, role: str) -> str:
        return next((self.titles.get(name, name) for name, its in self.names.items() if its == role), role)


def is_simple(table: Table) -> bool:
    """A name column, and a price or an image."""
    known = {role_of(name) for name in table.header}
    return "title" in known and bool(known & {"price", "image", "list_price"})


def read_simple(table: Table, file: str, *, currency: str = "", language: str = "") -> Imported:
    """Products of a plain list."""
    columns = Columns.of(table.header, table.titles)
    offers: list[Offer] = []
    problems: list[Problem] = list(table.problems)
    for row in table.rows:
        try:
            offers.append(read_row(row, columns))
        except AmountError as error:
            problems.append(Problem(file, row.line, error.column, str(error)))
    products, grouped = group(offers, file, currency=currency, language=language)
    return Imported("plain product list", products, (), (*problems, *grouped))


def read_row(row: TableRow, columns: Columns) -> Offer:
    """One row as an offer.

    Raises: AmountError naming the column for a row without a name and for a price, currency or stock that cannot be read.
    """
    title = columns.cell(row, "title")
    if not title:
        raise AmountError("expected a name, got none", columns.title("title"))
    price, price_currency = _amount(row, columns, "price")
    listed, list_currency = _amount(row, columns, "list_price")
    availability, quantity = _stock(row, columns)
    images = _images(columns.cells(row, "image"))
    return Offer(
        line=row.line,
        product_id=columns.cell(row, "id"),
        title=title,
        description="\n".join(dict.fromkeys(columns.cells(row, "description"))),
        brand=columns.cell(row, "brand"),
        category=_category(row, columns),
        url=columns.cell(row, "url"),
        images=images,
        tags=tuple(tag.strip() for tag in re.split(r"[,;，；、|]", columns.cell(row, "tags")) if tag.strip()),
        attributes=_attributes(row, columns),
        price=price,
        list_price=listed,
        currency=_currency(row, columns) or price_currency or list_currency or columns.currency,
        availability=availability,
        quantity=quantity,
        sku=columns.cell(row, "sku").lstrip("'"),
        gtin=columns.cell(row, "gtin").lstrip("'"),
        image=next(iter(images), ""),
    )


def _images(cells: list[str]) -> tuple[str, ...]:
    parts = [part.strip() for cell in cells for part in re.split(r"[;|\n]|,(?=\s*http)", cell)]
    return tuple(dict.fromkeys(part for part in parts if part))


def _category(row: TableRow, columns: Columns) -> str:
    parts = [part for role in ("parent_category", "category") if (part := columns.cell(row, role))]
    return re.sub(r"\s*[/｜|>]\s*", " > ", " > ".join(dict.fromkeys(parts)))


def _attributes(row: TableRow, columns: Columns) -> list[tuple[str, str]]:
    """Sizes and colours first, as they may tell variants apart; then every column that means nothing special."""
    chosen = [name for name in row.cells if columns.names.get(name) == "options"]
    others = [name for name in row.cells if name not in columns.names and name in columns.titles and not is_private(name)]
    return [(columns.titles.get(name, name), row.cells[name]) for name in (*chosen, *others) if row.cells[name]]


def _amount(row: TableRow, columns: Columns, role: str) -> tuple[Decimal | None, str]:
    try:
        return parse_price(columns.cell(row, role)) or (None, "")
    except AmountError as error:
        raise AmountError(str(error), columns.title(role)) from error


def _currency(row: TableRow, columns: Columns) -> str:
    code = columns.cell(row, "currency").upper()
    if code and code not in CODES:
        raise AmountError(f"expected an ISO 4217 code such as EUR, got {shown(code)}", columns.title("currency"))
    return code


def _currency_in(title: str) -> str:
    found = re.search(r"\b([A-Za-z]{3})\b(?=\W*$)", title)
    if found and found[1].upper() in CODES:
        return found[1].upper()
    return "CNY" if "元" in title else "¥" if "¥" in title or "￥" in title else "EUR" if "€" in title else "$" if "$" in title else ""


def _stock(row: TableRow, columns: Columns) -> tuple[Availability, int | None]:
    """A count and a word may stand in two columns; where they differ the shop does not promise what it may not have."""
    found: list[tuple[Availability, int | None]] = []
    for name in (name for name, role in columns.names.items() if role == "stock" and row.cells.get(name)):
        try:
            found.append(_one_stock(row.cells[name], name))
        except AmountError as error:
            if not found:
                raise AmountError(str(error), columns.titles.get(name, name)) from error
    quantity = next((count for _, count in found if count is not None), None)
    words = [availability for availability, count in found if count is None] or [availability for availability, _ in found]
    if quantity == 0 and Availability.in_stock in words:
        return Availability.out_of_stock, quantity
    return (words[0] if words else Availability.unknown), quantity


def _one_stock(text: str, name: str) -> tuple[Availability, int | None]:
    if bare_name(name) in ("in stock", "available", "availability", "是否有货") and text in ("0", "1"):
        return (Availability.in_stock if is_yes(text) else Availability.out_of_stock), None
    return parse_stock(text)
