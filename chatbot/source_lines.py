"""The evidence of a reply line by line, as a person reads it: sentences of passages, fields of a record, what the shop says of itself.

Knows no scores and no reply. Invariant: a line says no more than the one field or sentence that it stands for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from chatbot.sentences import sentences
from chatbot.statements import texts_of
from knowledge_base.catalog import Passage, Product, ShopProfile, Variant
from knowledge_base.money import format_money
from knowledge_base.passages import price_line, stock_line
from knowledge_base.search import KnowledgeBase

SHOP = "shop"
_VARIANTS = 24  # of one product that are told one by one
_LABELS = {
    "en": {"brand": "Brand", "category": "Category", "left": "{} left", "email": "E-mail", "phone": "Phone", "hours": "Opening hours",
           "address": "Address", "url": "Website", "name": "Shop", "colon": ": ", "comma": ", "},
    "zh": {"brand": "品牌", "category": "分类", "left": "库存{}件", "email": "邮箱", "phone": "电话", "hours": "营业时间",
           "address": "地址", "url": "网址", "name": "店铺", "colon": "：", "comma": "，"},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the evidence. `source` is a document id, or "shop" for what shop.toml says; `title` what the line stands under."""

    source: str
    title: str
    kind: str
    text: str

    @property
    def under_title(self) -> str:
        return f"{self.title}: {self.text}"


def lines_of(knowledge: KnowledgeBase, sources: Iterable[str], language: str) -> Iterator[Line]:
    """The lines of these documents in their order, then what the shop says of itself. Unknown ids have none."""
    for source in dict.fromkeys(sources):
        product = knowledge.product(source.removeprefix("product:"), language) if source.startswith("product:") else None
        if product is not None:
            yield from (Line(source, product.title, "product", text) for text in dict.fromkeys(record_lines(product, language)))
        else:
            yield from _passage_lines(source, knowledge.passages(source))
    yield from _shop_lines(knowledge.profile, language)


def _passage_lines(source: str, passages: Sequence[Passage]) -> Iterator[Line]:
    said = dict.fromkeys((passage.heading, passage.kind, sentence) for passage in passages for sentence in sentences(passage.body))
    yield from (Line(source, heading, kind, sentence) for heading, kind, sentence in said)


def record_lines(product: Product, language: str) -> Iterator[str]:
    """The name, the fields, the sentences and attributes, then the variants where there are several or they are counted."""
    label = _labels(language)
    yield product.title
    for name, value in (("brand", product.brand), ("category", product.category)):
        if value:
            yield f"{label[name]}{label['colon']}{value}"
    yield from filter(None, (price_line(product), stock_line(product)))
    yield from texts_of(product)
    if len(product.variants) > 1 or any(variant.sku or variant.quantity is not None for variant in product.variants):
        yield from filter(None, (_variant_line(variant, language) for variant in product.variants[:_VARIANTS]))


def _variant_line(variant: Variant, language: str) -> str:
    label = _labels(language)
    prices = [format_money(money, language) for money in (variant.price, variant.list_price) if money is not None]
    left = [] if variant.quantity is None else [label["left"].format(max(0, variant.quantity))]
    facts = label["comma"].join(filter(None, [*prices, variant.sku or variant.gtin, *left]))
    named = label["comma"].join(f"{name} {value}" for name, value in variant.options)
    return f"{named}{label['colon']}{facts}" if named and facts else named or facts


def _shop_lines(profile: ShopProfile, language: str) -> Iterator[Line]:
    label = _labels(language)
    told = {name: profile.told(name, language) for name in ("name", "email", "phone", "hours", "address", "url")}
    for name, value in told.items():
        if value:
            yield Line(SHOP, profile.name, SHOP, f"{label[name]}{label['colon']}{value}")


def _labels(language: str) -> dict[str, str]:
    return _LABELS["zh" if language == "zh" else "en"]
