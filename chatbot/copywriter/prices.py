"""Prices as they are told in copy: the record's exact amount, and a reduction only where the record has one. Nothing is computed but a
minimum.
"""

from __future__ import annotations

from knowledge_base.catalog import Product, Variant
from knowledge_base.money import format_money


def price_told(product: Product, language: str) -> str:
    """ "€49.00", "from €49.00", "€39.00 (was €49.00)"; "" where the record has no price or more than one currency."""
    priced = [variant for variant in product.variants if variant.price is not None]
    if not priced or len({variant.price.currency for variant in priced if variant.price}) != 1:
        return ""
    cheapest = min(priced, key=lambda variant: variant.price.amount if variant.price else 0)
    alike = len({variant.price.amount for variant in priced if variant.price}) == 1
    assert cheapest.price is not None
    amount = format_money(cheapest.price, language)
    told = amount if alike else f"{amount}起" if language == "zh" else f"from {amount}"
    before = reduced_from(cheapest, language) if alike else ""
    return told + (f"（原价{before}）" if before and language == "zh" else f" (was {before})" if before else "")


def reduced_from(variant: Variant, language: str) -> str:
    """The price before the reduction; "" where there is none."""
    return format_money(variant.list_price, language) if variant.on_sale and variant.list_price else ""
