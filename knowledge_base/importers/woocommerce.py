"""WooCommerce product CSV: the exporter's own file, with translated headers and prices written the local way.

A variation points at its parent by SKU or "id:NN"; a variable product's own row carries the words and its variations the prices
and what is said of each alone. The weight's unit stands in the header. Upsells and cross-sells are kept as related products.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

from knowledge_base.catalog import Availability, Problem
from knowledge_base.importers.amounts import AmountError, parse_number, parse_price, parse_stock, shown
from knowledge_base.importers.grouping import Imported, Offer, group
from knowledge_base.importers.tables import Table, TableRow, column

# English column → what exporters in other languages write, in the exporter's order.
_SYNONYMS = {
    "type": ("typ", "tipo", "类型"),
    "sku": ("artikelnummer", "ugs", "货号"),
    "name": ("nom", "nombre", "nome", "名称"),
    "published": ("veröffentlicht", "publié", "publicado", "pubblicato", "已发布"),
    "short description": ("kurzbeschreibung", "description courte", "descripción corta", "breve descrizione", "简短描述"),
    "description": ("beschreibung", "descripción", "descrizione", "描述"),
    "sale price": ("angebotspreis", "tarif promo", "precio rebajado", "prezzo in offerta", "促销价格"),
    "regular price": ("regulärer preis", "tarif régulier", "precio normal", "prezzo di listino", "常规售价"),
    "in stock?": ("vorrätig?", "en stock ?", "en stock?", "¿existencias?", "in stock", "有库存？"),
    "stock": ("bestand", "lager", "inventario", "magazzino", "库存"),
    "categories": ("kategorien", "catégories", "categorías", "categorie", "分类"),
    "tags": ("schlagwörter", "étiquettes", "etiquetas", "tag", "标签"),
    "images": ("bilder", "imágenes", "immagini", "图片"),
    "parent": ("übergeordnetes produkt", "superior", "genitore", "父级"),
    "upsells": ("zusatzverkäufe", "montées en gamme", "交叉推荐"),
    "cross sells": ("cross-sells (querverkäufe)", "ventes croisées", "交叉销售"),
}


def is_woocommerce(table: Table) -> bool:
    names = set(english_names(table).values()) | set(table.header)
    return {"type", "name"} <= names and bool({"regular price", "sale price"} & names) and bool({"published", "sku", "categories"} & names)


def read_woocommerce(table: Table, file: str, *, currency: str = "", language: str = "", today: date | None = None) -> Imported:
    """Products of a WooCommerce export; `today` decides whether a sale with dates is on."""
    translated = english_names(table)
    rows = [replace(row, cells={translated.get(name, name): value for name, value in row.cells.items()}) for row in table.rows]
    problems: list[Problem] = list(table.problems)
    offers: list[Offer] = []
    whole = [row for row in rows if "variation" not in row.get("type").lower()]
    parents = {name: _own_id(row) for row in whole for name in (f"id:{row.get('id')}", row.get("sku")) if name}
    skipped = 0
    hidden = {
        _own_id(row) for row in rows if row.get("published") not in ("1", "", "true", "TRUE") and "variation" not in row.get("type").lower()
    }
    for row in rows:
        try:
            offer = _offer(row, parents, table, today or date.today())
        except AmountError as error:
            problems.append(Problem(file, row.line, error.column, str(error)))
            continue
        if offer.product_id in hidden or row.get("type").lower() in ("grouped",):
            skipped += 1
        elif "variation" in row.get("type").lower() and not row.get("parent"):
            problems.append(
                Problem(file, row.line, "parent", f"expected the parent of the variation {offer.sku or offer.title!r}, got none")
            )
        elif "variation" in row.get("type").lower() and row.get("parent") not in parents:
            problems.append(
                Problem(file, row.line, "parent", f"expected the SKU or id of a product in this file, got {shown(row.get('parent'))}")
            )
        else:
            offers.append(offer)
    products, grouped = group(offers, file, currency=currency, language=language)
    return Imported("WooCommerce product CSV", products, (), (*problems, *grouped), skipped)


def english_names(table: Table) -> dict[str, str]:
    """Column → the English name of the same column, for those that the exporter wrote in another language."""
    back = {column(other): english for english, others in _SYNONYMS.items() for other in others}
    return {name: back[name] for name in table.header if name in back and back[name] not in table.titles}


def _own_id(row: TableRow) -> str:
    return row.get("sku") or f"id-{row.get('id')}"


def _offer(row: TableRow, parents: dict[str, str], table: Table, today: date) -> Offer:
    kind = row.get("type").lower()
    parent = row.get("parent")
    product_id = _own_id(row)
    if "variation" in kind and parent:
        product_id = parents.get(parent, parent)
    price, list_price, currency = _prices(row, today)
    options, attributes = _attributes(row, variation="variation" in kind, variable="variable" in kind)
    availability, quantity = _stock(row)
    return Offer(
        line=row.line,
        product_id=product_id,
        title="" if "variation" in kind else row.get("name"),
        description="\n".join(part for part in (row.get("short description"), row.get("description")) if part),
        brand=dict(attributes).get("Brand", row.get("brands", "brand")),
        category=row.get("categories").split(",")[0].strip(),
        images=tuple(image.strip() for image in row.get("images").split(",") if image.strip()),
        tags=tuple(tag.strip() for tag in row.get("tags").split(",") if tag.strip()),
        attributes=[*attributes, *_measures(row, table)],
        related=tuple(name.strip() for name in f"{row.get('upsells')},{row.get('cross sells')}".split(",") if name.strip()),
        options=options,
        price=price,
        list_price=list_price,
        currency=currency,
        availability=availability,
        quantity=quantity,
        sku=row.get("sku"),
        gtin=row.get("gtin, upc, ean, or isbn"),
        variant="variable" not in kind,
    )


def _prices(row: TableRow, today: date) -> tuple[Decimal | None, Decimal | None, str]:
    try:
        regular = parse_price(row.get("regular price"))
    except AmountError as error:
        raise AmountError(str(error), "Regular price") from error
    try:
        sale = parse_price(row.get("sale price")) if _sale_is_on(row, today) else None
    except AmountError as error:
        raise AmountError(str(error), "Sale price") from error
    price = sale or regular
    return (price[0] if price else None), (regular[0] if regular and sale else None), (price[1] if price else "")


def _sale_is_on(row: TableRow, today: date) -> bool:
    starts, ends = row.get("date sale price starts")[:10], row.get("date sale price ends")[:10]
    return (not starts or starts <= today.isoformat()) and (not ends or ends >= today.isoformat())


def _attributes(row: TableRow, *, variation: bool, variable: bool) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """(options, attributes): a variation's attributes are its options; a variable product's own list of values is neither."""
    pairs = []
    for number in range(1, 40):
        name, value = row.get(f"attribute {number} name"), row.get(f"attribute {number} value(s)")
        if name and value:
            pairs.append((name, value))
    if variation:
        return pairs, []
    return [], [(name, value) for name, value in pairs if not (variable and "," in value)]


def _measures(row: TableRow, table: Table) -> list[tuple[str, str]]:
    found = []
    for name, title in table.titles.items():
        unit = re.match(r"(weight|length|width|height|gewicht|länge|breite|höhe|poids|重量|长度|宽度|高度) \((\w+)\)", name)
        if unit and (value := row.cells.get(name, "")) and parse_number(value):
            found.append((title.split("(")[0].strip(), f"{value} {unit[2]}"))
    return found


def _stock(row: TableRow) -> tuple[Availability, int | None]:
    written, count = row.get("in stock?").lower(), row.get("stock")
    quantity = None
    if count:
        try:
            availability, quantity = parse_stock(count)
        except AmountError as error:
            raise AmountError(str(error), "Stock") from error
        if written in ("", "1", "backorder") and availability is Availability.in_stock:
            return availability, quantity
    if written == "backorder":
        return Availability.backorder, quantity
    if written in ("1", "yes", "true"):
        return Availability.in_stock, quantity
    if written in ("0", "no", "false"):
        return Availability.out_of_stock, 0
    if written:
        raise AmountError(f"expected 1, 0 or backorder, got {shown(written)}", "In stock?")
    return (Availability.unknown if quantity is None else Availability.out_of_stock), quantity
