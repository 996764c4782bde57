"""The plain list a small shop keeps: `name,image,price` and whatever other columns it has, with English or Chinese headers.

Known columns are found by their usual names; every other column is kept as an attribute under the name the merchant gave it. Two rows
with one id are variants; without an id each row is a product of its own.
"""

from __future__ import annotations

import re
from decimal import Decimal

from knowledge_base.catalog import Availability, Problem
from knowledge_base.importers.amounts import CODES, AmountError, is_yes, parse_price, parse_stock
from knowledge_base.importers.grouping import Imported, Offer, group
from knowledge_base.importers.tables import Table, TableRow, column

_COLUMNS = {
    "title": "name title product product name product title item item name 名称 商品名 商品名称 产品名称 产品名 品名 商品 标题 商品标题 产品",
    "price": "price current price sale price selling price unit price amount 价格 售价 单价 现价 零售价 商品价格 价格(元) 价格（元） 售价(元)",
    "list_price": "list price original price regular price compare at price msrp rrp was old price 原价 市场价 划线价 吊牌价",
    "image": "image images image url image link picture photo img thumbnail 图片 主图 图片链接 商品图片 图片地址 图",
    "description": "description details body text summary about long description 描述 商品描述 详情 商品详情 介绍 简介 说明 产品描述 产品介绍",
    "category": "category categories type product type department collection 分类 类别 类目 品类 商品分类",
    "brand": "brand vendor manufacturer maker 品牌 厂商 牌子",
    "stock": "stock quantity qty inventory availability in stock available stock quantity stock level 库存 数量 库存数量 是否有货 现货 货存 库存状态",
    "sku": "sku code product code item number article number item no ref reference 货号 编号 商品编号 商品编码 编码 款号",
    "id": "id product id handle 商品id",
    "gtin": "gtin ean upc barcode isbn 条码 条形码",
    "url": "url link product url product link 链接 商品链接 网址",
    "currency": "currency price currency 币种 货币",
    "tags": "tags keywords 标签 关键词",
    "options": "size color colour variant option 尺码 颜色 规格 尺寸 口味 款式",
}  # fmt: skip
_TWO_WORDS = [
    "product name",
    "product title",
    "item name",
    "current price",
    "sale price",
    "selling price",
    "unit price",
    "list price",
    "original price",
    "regular price",
    "compare at price",
    "old price",
    "image url",
    "image link",
    "long description",
    "product type",
    "stock quantity",
    "stock level",
    "in stock",
    "product code",
    "item number",
    "article number",
    "item no",
    "product id",
    "product url",
    "product link",
    "price currency",
]


def _aliases() -> dict[str, str]:
    aliases: dict[str, str] = {}
    for name, text in _COLUMNS.items():
        for phrase in _TWO_WORDS:
            if re.search(rf"(?<!\S){phrase}(?!\S)", text):
                aliases.setdefault(phrase, name)
                text = re.sub(rf"(?<!\S){phrase}(?!\S)", " ", text, count=1)
        for word in text.split():
            aliases.setdefault(column(word), name)
    return aliases


def is_simple(table: Table) -> bool:
    """A name column, and a price or an image."""
    known = {_aliases().get(_bare(name)) for name in table.header}
    return "title" in known and bool(known & {"price", "image", "list_price"})


def read_simple(table: Table, file: str, *, currency: str = "", language: str = "") -> Imported:
    """Products of a plain list."""
    aliases = _aliases()
    roles: dict[str, str] = {}
    for name in table.header:
        role = aliases.get(_bare(name), "")
        if role and (role == "options" or role not in roles.values()):
            roles[name] = role
    stated = next((code for name in table.header if (code := _currency_in(table.titles.get(name, ""))) and roles.get(name) == "price"), "")
    offers: list[Offer] = []
    problems: list[Problem] = list(table.problems)
    for row in table.rows:
        try:
            offers.append(_offer(row, roles, table, stated))
        except AmountError as error:
            problems.append(Problem(file, row.line, str(error.args[1]), str(error.args[0])))
    products, grouped = group(offers, file, currency=currency, language=language)
    return Imported("plain product list", products, (), (*problems, *grouped))


def _bare(name: str) -> str:
    """ "price (eur)" and "价格（元）" are prices."""
    return re.sub(r"\s*[(（\[].*?[)）\]]\s*$", "", name).strip()


def _currency_in(title: str) -> str:
    found = re.search(r"\b([A-Z]{3})\b", title)
    if found and found[1] in CODES:
        return found[1]
    return "CNY" if "元" in title or "¥" in title else "EUR" if "€" in title else "USD" if "$" in title else ""


def _offer(row: TableRow, roles: dict[str, str], table: Table, stated: str) -> Offer:
    cells = {role: row.cells.get(name, "") for name, role in roles.items() if role != "options"}
    written = {role: table.titles[name] for name, role in roles.items()}
    title = cells.get("title", "")
    if not title:
        raise AmountError("expected a name, got none", written["title"])
    price, price_currency = _amount(cells, written, "price")
    listed, list_currency = _amount(cells, written, "list_price")
    availability, quantity = _stock(cells, written)
    named = [(table.titles[name], value) for name, value in row.cells.items() if value and roles.get(name) == "options"]
    extra = [(table.titles[name], value) for name, value in row.cells.items() if value and name not in roles and name in table.titles]
    product_id = cells.get("id", "")
    return Offer(
        line=row.line,
        product_id=product_id,
        title=title,
        description=cells.get("description", ""),
        brand=cells.get("brand", ""),
        category=re.sub(r"\s*[/｜|>]\s*", " > ", cells.get("category", "")),
        url=cells.get("url", ""),
        images=tuple(part.strip() for part in re.split(r"[;|\n]|,(?=\s*http)", cells.get("image", "")) if part.strip()),
        tags=tuple(tag.strip() for tag in re.split(r"[,;，；、|]", cells.get("tags", "")) if tag.strip()),
        attributes=[*named, *extra],
        price=price,
        list_price=listed,
        currency=cells.get("currency", "").upper() or price_currency or list_currency or stated,
        availability=availability,
        quantity=quantity,
        sku=cells.get("sku", ""),
        gtin=cells.get("gtin", ""),
    )


def _amount(cells: dict[str, str], written: dict[str, str], role: str) -> tuple[Decimal | None, str]:
    try:
        return parse_price(cells.get(role, "")) or (None, "")
    except AmountError as error:
        raise AmountError(str(error), written[role]) from error


def _stock(cells: dict[str, str], written: dict[str, str]) -> tuple[Availability, int | None]:
    text = cells.get("stock", "")
    if column(written.get("stock", "")) in ("in stock", "available", "是否有货") and text.isdigit() and int(text) in (0, 1):
        return (Availability.in_stock if is_yes(text) else Availability.out_of_stock), None
    try:
        return parse_stock(text)
    except AmountError as error:
        raise AmountError(str(error), written["stock"]) from error
