"""Shopify product CSV, both dialects: the current template ("URL handle", "Option1 value") and the older export ("Handle", "Variant SKU").

Rows that share a handle are one product; product fields and option names stand on its first row; a row without option values,
SKU and price only adds a picture. Shopify writes no currency. Drafts, archived and unpublished products are left out.
"""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

from knowledge_base.catalog import Availability, Problem
from knowledge_base.importers.amounts import AmountError, is_yes, parse_number, parse_price
from knowledge_base.importers.grouping import Imported, Offer, group
from knowledge_base.importers.tables import Table, TableRow

_METAFIELD = re.compile(r"^(?P<name>.+?) \(product\.metafields\.(?P<key>[^)]+)\)$", re.IGNORECASE)
_RELATED = re.compile(r"related|complementary|相关|搭配", re.IGNORECASE)
_SYSTEM_METAFIELDS = re.compile(r"^(?:reviews|seo|google|mm google shopping|shopify discovery|theme|custom badge)", re.IGNORECASE)


def is_shopify(table: Table) -> bool:
    """By its header: a handle and a title, and an option or price column in Shopify's words."""
    handle = table.has("url handle") or table.has("handle")
    return handle and table.has("title") and (table.has("option1 value") or table.has("variant price") or table.has("price"))


def read_shopify(table: Table, file: str, *, currency: str = "", language: str = "") -> Imported:
    """Products of a Shopify export; rows that cannot be used are problems."""
    offers: list[Offer] = []
    problems: list[Problem] = list(table.problems)
    hidden: set[str] = set()
    option_names: dict[str, list[str]] = {}
    for row in table.rows:
        handle = row.get("url handle", "handle")
        if not handle:
            problems.append(Problem(file, row.line, "handle", f"expected a handle, got none (title {row.get('title')[:40]!r})"))
            continue
        if _is_hidden(row):
            hidden.add(handle)
        names = option_names.setdefault(handle, [row.get(f"option{number} name") for number in (1, 2, 3)])
        try:
            offers.append(_offer(row, handle, names, table))
        except AmountError as error:
            problems.append(Problem(file, row.line, table.titles.get(error.column, error.column), str(error)))
            offers.append(_words(row, handle, names, table))
    sold = {offer.product_id for offer in offers if offer.variant}
    kept = [offer for offer in offers if offer.product_id in sold - hidden]
    products, grouped = group(kept, file, currency=currency, language=language)
    return Imported("Shopify product CSV", products, (), (*problems, *grouped), len(hidden))


def _is_hidden(row: TableRow) -> bool:
    status = row.get("status").lower()
    published = row.get("published on online store", "published").lower()
    return status in ("draft", "archived", "unlisted") or (bool(published) and not is_yes(published))


def _offer(row: TableRow, handle: str, names: list[str], table: Table) -> Offer:
    options = [(names[number - 1] or f"Option {number}", value) for number in (1, 2, 3) if (value := row.get(f"option{number} value"))]
    options = [(name, value) for name, value in options if value.lower() != "default title"]
    price = _amount(row, "price", "variant price")
    sku, barcode = row.get("sku", "variant sku").lstrip("'"), row.get("barcode", "variant barcode").lstrip("'")
    availability, quantity = _stock(row)
    image = row.get("product image url", "image src")
    return Offer(
        line=row.line,
        product_id=handle,
        title=row.get("title"),
        description=row.get("description", "body (html)", "body html"),
        brand=row.get("vendor"),
        category=row.get("product category", "type"),
        images=(image,) if image else (),
        tags=tuple(tag.strip() for tag in row.get("tags").split(",") if tag.strip()),
        attributes=_attributes(row, table),
        related=_related(row, table),
        options=options,
        price=price,
        list_price=_amount(row, "compare at price", "variant compare at price"),
        availability=availability,
        quantity=quantity,
        sku=sku,
        gtin=barcode if re.fullmatch(r"\d{8,14}", barcode) else "",
        image=row.get("variant image url", "variant image"),
        variant=bool(options or sku or price is not None or row.get("title")),
    )


def _words(row: TableRow, handle: str, names: list[str], table: Table) -> Offer:
    """A row whose price or stock cannot be read still carries the words of its product for the other variants."""
    amounts = ("price", "variant price", "compare at price", "variant compare at price", "inventory quantity", "variant inventory qty")
    bare = TableRow(row.line, {name: "" if name in amounts else value for name, value in row.cells.items()})
    return replace(_offer(bare, handle, names, table), variant=False)


def _amount(row: TableRow, *names: str) -> Decimal | None:
    try:
        found = parse_price(row.get(*names))
    except AmountError as error:
        raise AmountError(str(error), next(name for name in names if row.get(name))) from error
    return found[0] if found else None


def _stock(row: TableRow) -> tuple[Availability, int | None]:
    """Without a tracker Shopify always sells; with one, the count and the policy decide."""
    tracker = row.get("inventory tracker", "variant inventory tracker")
    written = row.get("inventory quantity", "variant inventory qty")
    count = parse_number(written) if written else None
    if written and count is None:
        raise AmountError(f"expected a whole number of pieces, got {written[:40]!r}", "inventory quantity")
    if count is None:
        tracked = "inventory quantity" in row.cells or "variant inventory qty" in row.cells
        return (Availability.in_stock if tracked and not tracker else Availability.unknown), None
    if not tracker and count <= 0:
        return Availability.in_stock, None
    if count > 0:
        return Availability.in_stock, int(count)
    policy = row.get("continue selling when out of stock", "variant inventory policy").lower()
    return (Availability.backorder if policy in ("continue", "true", "yes") else Availability.out_of_stock), 0


def _attributes(row: TableRow, table: Table) -> list[tuple[str, str]]:
    attributes = []
    for name, title in table.titles.items():
        found = _METAFIELD.match(title)
        value = row.cells.get(name, "")
        if found and value and not _SYSTEM_METAFIELDS.match(found["key"]) and not _RELATED.search(found["name"]):
            attributes.append((found["name"].strip(), value.replace("; ", ", ")))
    known = {name.lower() for name, _ in attributes}
    if (kind := row.get("type")) and row.get("product category") and kind.lower() not in row.get("product category").lower():
        attributes.append(("Type", kind))
    weight = _weight(row) if row.get("title") else ""
    if weight and not known & {"weight", "重量"}:
        attributes.append(("Weight", weight))
    return attributes


def _related(row: TableRow, table: Table) -> tuple[str, ...]:
    """Products that a metafield such as "Related products" or "Complementary products" names."""
    cells = [
        row.cells.get(name, "")
        for name, title in table.titles.items()
        if (found := _METAFIELD.match(title)) and _RELATED.search(found["name"])
    ]
    return tuple(name.strip() for cell in cells for name in re.split(r"[,;]", cell) if name.strip())


def _weight(row: TableRow) -> str:
    grams = parse_number(row.get("weight value (grams)", "variant grams") or "0")
    if not grams:
        return ""
    if row.get("weight unit for display", "variant weight unit").lower() == "kg":
        return f"{(grams / 1000).normalize():f} kg"
    return f"{grams.normalize():f} g"
