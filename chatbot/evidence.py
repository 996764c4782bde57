"""A record as text: every fact of a product, or of the shop, written out so that a reply can be checked against it."""

from __future__ import annotations

from collections.abc import Iterable

from chatbot.claims import Evidence
from knowledge_base.catalog import Passage, Product, ShopProfile
from knowledge_base.money import format_money
from knowledge_base.passages import said_of


def product_facts(product: Product, language: str) -> tuple[str, ...]:
    """Title, brand, category, prices, options, stock, attributes and description of one product."""
    facts = [product.title, product.brand, product.category, said_of(product)]
    facts += [f"{name}: {value}" for name, value in product.attributes]
    for variant in product.variants:
        prices = [format_money(money, language) for money in (variant.price, variant.list_price) if money is not None]
        options = " ".join(f"{name} {value}" for name, value in variant.options)
        quantity = "" if variant.quantity is None else str(max(0, variant.quantity))
        facts.append("; ".join(part for part in [options, *prices, variant.sku, variant.gtin, quantity] if part))
    return tuple(fact for fact in facts if fact)


def evidence_of(products: Iterable[Product], passages: Iterable[Passage], profile: ShopProfile, language: str, *own: str) -> Evidence:
    """What a reply about these may rely on; `own` are sentences that code made from the record."""
    products = tuple(products)
    texts = [fact for product in products for fact in product_facts(product, language)]
    texts += [f"{passage.heading}\n{passage.body}" for passage in passages]
    texts += [value for value in (profile.name, profile.email, profile.phone, profile.hours, profile.address, profile.url) if value]
    texts += [text for _, _, text in profile.translations]
    return Evidence((*texts, *own), tuple(product.title for product in products))
