"""Google Merchant feeds: TSV or CSV, RSS 2.0 and Atom; OpenAI's product feed uses the same names with a few aliases.

Rows with one item_group_id are variants of one product; colour, size and the like become options where they differ. The sale price counts
only inside its effective dates. XML is read without entities.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from xml.etree.ElementTree import Element, ParseError

from knowledge_base.catalog import Problem
from knowledge_base.errors import ContentError
from knowledge_base.importers.amounts import AmountError, parse_price, parse_stock, shown
from knowledge_base.importers.grouping import Imported, Offer, group
from knowledge_base.importers.tables import Table, TableRow, column
from knowledge_base.text import clean_text

_NAMESPACE = "{http://base.google.com/ns/1.0}"
_ATTRIBUTES = {
    "color": "Color", "size": "Size", "material": "Material", "pattern": "Pattern", "gender": "Gender", "age group": "Age group", "condition": "Condition",
    "product length": "Length", "product width": "Width", "product height": "Height", "product weight": "Weight", "energy efficiency class": "Energy efficiency class",
    "multipack": "Pieces", "size system": "Size system",
}  # fmt: skip
_ALIASES = {
    "item id": "id",
    "image url": "image link",
    "url": "link",
    "product url": "link",
    "group id": "item group id",
    "seller name": "",
    "product category": "product type",
}


def is_google_feed(table: Table) -> bool:
    names = {_ALIASES.get(name, name) for name in table.header}
    return {"id", "title", "price"} <= names and bool({"availability", "link", "image link"} & names)


def read_google_table(table: Table, file: str, *, currency: str = "", language: str = "") -> Imported:
    """A delimited feed."""
    rows = [TableRow(row.line, {_ALIASES.get(name, name) or name: value for name, value in row.cells.items()}) for row in table.rows]
    return _read(rows, file, table.problems, currency, language)


def read_google_xml(text: str, file: str, *, currency: str = "", language: str = "") -> Imported | None:
    """An RSS or Atom feed, or None when the XML is something else.

    Raises: ContentError for XML that is broken or declares entities.
    """
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root: Element = fromstring(_bare_xml(text).encode())
    except ParseError as error:
        raise ContentError(
            f"{file}:{error.position[0]}: expected well-formed XML, got a fault at column {error.position[1]} ({error})"
        ) from error
    except DefusedXmlException as error:
        raise ContentError(f"{file}:1: expected XML without entities and document types, got {type(error).__name__}") from error
    items = [*root.iter("item"), *root.iter("{http://www.w3.org/2005/Atom}entry")]
    if not items:
        return None
    lines = [number for number, line in enumerate(text.split("\n"), start=1) for _ in re.findall(r"<(?:item|entry)[\s>]", line)]
    lines += [1] * len(items)
    rows = [_xml_row(item, line) for item, line in zip(items, lines, strict=False)]
    return _read(rows, file, (), currency, language)


def _bare_xml(text: str) -> str:
    """Without the declaration, whose encoding no longer holds for text that is decoded; lines stay where they were."""
    declaration = re.match(r"\s*<\?xml.*?\?>", text, re.DOTALL)
    return "\n" * declaration[0].count("\n") + text[declaration.end() :] if declaration else text


def _xml_row(item: Element, line: int) -> TableRow:
    cells: dict[str, str] = {}
    for child in item:
        name = column(re.sub(r"^\{.*?\}", "", child.tag))
        value = clean_text("".join(child.itertext())) or child.get("href", "")
        if len(child) and name == "product detail":
            value = ":".join(clean_text("".join(part.itertext())) for part in child)
        if name in ("additional image link", "product detail", "product highlight") and name in cells:
            cells[name] += f"\n{value}"
        else:
            cells.setdefault(name, value)
    return TableRow(line, cells)


def _read(rows: list[TableRow], file: str, problems: tuple[Problem, ...], currency: str, language: str) -> Imported:
    offers: list[Offer] = []
    found: list[Problem] = list(problems)
    for row in rows:
        missing = [name for name in ("id", "title") if not row.get(name)]
        if missing:
            found.append(Problem(file, row.line, missing[0], f"expected every item to have {' and '.join(missing)}, got none"))
            continue
        try:
            offers.append(_offer(row))
        except AmountError as error:
            found.append(Problem(file, row.line, error.column, str(error)))
    products, grouped = group(offers, file, currency=currency, language=language)
    return Imported("Google Merchant feed", products, (), (*found, *grouped))


def _offer(row: TableRow) -> Offer:
    price, sale = _money(row, "price"), _money(row, "sale price") if _sale_is_on(row.get("sale price effective date")) else None
    shown = sale or price
    images = [row.get("image link"), *re.split(r"[\n,]", row.get("additional image link"))]
    try:
        availability, quantity = parse_stock(row.get("availability"))
    except AmountError as error:
        raise AmountError(
            str(error).replace("a number or words such as “in stock” or “有货”", "in_stock, out_of_stock, preorder or backorder"),
            "availability",
        ) from error
    return Offer(
        line=row.line,
        product_id=row.get("item group id", "id"),
        title=row.get("title"),
        description=row.get("description"),
        brand=row.get("brand"),
        category=row.get("product type", "google product category"),
        url=row.get("link"),
        images=tuple(image.strip() for image in images if image.strip()),
        attributes=_attributes(row),
        price=shown[0] if shown else None,
        list_price=price[0] if price and sale else None,
        currency=shown[1] if shown else "",
        availability=availability,
        quantity=quantity,
        sku=row.get("id"),
        gtin=row.get("gtin"),
        image=row.get("image link"),
    )


def _money(row: TableRow, name: str) -> tuple[Decimal, str] | None:
    try:
        return parse_price(row.get(name))
    except AmountError as error:
        raise AmountError(str(error), name) from error


def _sale_is_on(dates: str) -> bool:
    if "/" not in dates:
        return True
    try:
        starts, ends = (datetime.fromisoformat(part.strip()) for part in dates.split("/", 1))
    except ValueError as error:
        reason = f"expected two dates such as 2026-11-20T00:00Z/2026-11-30T00:00Z, got {shown(dates)}"
        raise AmountError(reason, "sale price effective date") from error
    now = datetime.now(UTC)
    starts, ends = (moment if moment.tzinfo else moment.replace(tzinfo=UTC) for moment in (starts, ends))
    return starts <= now <= ends


def _attributes(row: TableRow) -> list[tuple[str, str]]:
    found = [(title, value) for name, title in _ATTRIBUTES.items() if (value := row.get(name))]
    for line in re.split(r"\n|,(?=[^,:]*:[^,:]*:)", row.get("product detail")):
        parts = [part.strip() for part in line.split(":", 2)]
        if len(parts) == 3 and parts[1] and parts[2]:
            found.append((parts[1], parts[2]))
    return found
