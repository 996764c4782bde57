"""What the columns of each dialect mean for copy: which rows are one product, which of them gets the text, in which column, as what.

Header names are those of the importers, normalised by `tables.column`. Knows no bytes.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from knowledge_base.importers.google_feed import is_google_feed
from knowledge_base.importers.headings import bare_name, role_of, roles_of
from knowledge_base.importers.shopify import is_shopify
from knowledge_base.importers.simple_csv import is_simple
from knowledge_base.importers.tables import Table
from knowledge_base.importers.woocommerce import english_names, is_woocommerce
from knowledge_base.languages import has_han

DialectName = Literal["shopify", "woocommerce", "google", "plain"]
_FORMATS = {
    "shopify": "Shopify product CSV",
    "woocommerce": "WooCommerce product CSV",
    "google": "Google product feed",
    "plain": "plain product list",
}
_BEST = (
    "description",
    "product description",
    "long description",
    "body html",
    "body (html)",
    "描述",
    "商品描述",
    "产品描述",
    "详情",
    "beschreibung",
)
# So that drafts, which need their copy most, are read as well as what is published.
_PUBLISHED = {"shopify": {"status": "active", "published": "true", "published on online store": "true"}, "woocommerce": {"published": "1"}}


@dataclass(frozen=True, slots=True)
class CsvDialect:
    """`names`: normalised headers in the file's order; `target`: the column of descriptions, -1 where one is to be added under `added`."""

    name: DialectName
    names: tuple[str, ...]
    target: int
    added: str
    markup: bool

    @classmethod
    def of(cls, table: Table) -> CsvDialect | None:
        """None for a table that no importer takes for products."""
        for name, test in (("shopify", is_shopify), ("woocommerce", is_woocommerce), ("google", is_google_feed), ("plain", is_simple)):
            if test(table):
                return cls._named(name, table)  # type: ignore[arg-type]
        return None

    @classmethod
    def _named(cls, name: DialectName, table: Table) -> CsvDialect:
        names = tuple(english_names(table).get(one, one) if name == "woocommerce" else one for one in table.header)
        added = "商品描述" if sum(has_han(title) for title in table.titles.values()) * 2 > len(table.titles) else "description"
        return cls(name, names, _target(names), added, name in ("shopify", "woocommerce"))

    @property
    def format(self) -> str:
        return _FORMATS[self.name]

    def group(self, cells: Mapping[str, str]) -> str:
        """What rows of one product share; "" where a row stands alone."""
        if self.name == "shopify":
            return cells.get("url handle") or cells.get("handle", "")
        if self.name == "woocommerce":
            parent = cells.get("parent", "")
            return parent or cells.get("sku", "") or f"id:{cells.get('id', '')}"
        if self.name == "google":
            return cells.get("item group id") or cells.get("group id") or cells.get("id", "")
        roles = roles_of(self.names)
        grouped = next((name for name, role in roles.items() if role == "id"), "")
        return cells.get(grouped, "") if grouped else cells.get(next((name for name, role in roles.items() if role == "title"), ""), "")

    def aliases(self, cells: Mapping[str, str]) -> tuple[str, ...]:
        """Other names under which rows call this one their parent."""
        return (f"id:{cells.get('id', '')}",) if self.name == "woocommerce" and not cells.get("parent") else ()

    def gets_text(self, cells: Mapping[str, str]) -> bool:
        """Whether this row of a product carries its description."""
        if self.name == "woocommerce":
            return "variation" not in cells.get("type", "").lower()
        return self.name != "shopify" or bool(cells.get("title"))

    def published(self, cells: Mapping[str, str]) -> dict[str, str]:
        return {**cells, **{name: value for name, value in _PUBLISHED.get(self.name, {}).items() if name in cells}}

    def alt_texts(self, rows: Sequence[Mapping[str, str]]) -> tuple[str, ...]:
        found = (cells.get("image alt text", "") for cells in rows)
        return tuple(dict.fromkeys(text for text in found if text))

    def told(self, text: str) -> str:
        """The text as this dialect keeps it."""
        return f"<p>{html.escape(text, quote=False)}</p>" if self.markup else text


def _target(names: Sequence[str]) -> int:
    for best in _BEST:
        if best in names:
            return names.index(best)
    for place, name in enumerate(names):
        if role_of(name) == "description" and bare_name(name) not in ("short description", "text"):
            return place
    return -1
