"""What marketing copy may say: the theme and keywords that the merchant gave, and products of the catalogue with their true prices.

Products are those that theme or keywords name, else those that fit by search, else at a sale those that are reduced; never one that is
sold out. Nothing is said of a discount, a date or a quality that neither the merchant nor the record states.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chatbot.copywriter.channels import CHANNELS, ChannelName
from chatbot.copywriter.facts import Fact, Facts
from chatbot.copywriter.prices import price_told
from chatbot.copywriter.title_parts import shown_title
from chatbot.copywriter.wish import TONES, Tone
from chatbot.refusals import refusal
from chatbot.sentences import sentences
from chatbot.terms import is_chinese
from knowledge_base.catalog import Availability, Product
from knowledge_base.search import KnowledgeBase

FITTING = 0.45  # the score of search from which on a product fits a theme
_LONGEST = 300
_MOST_KEYWORDS = 12
_SALE = re.compile(r"\b(?:sales?|discounts?|offers?|deals?|reduced|reductions?)\b|特卖|促销|优惠|打折|折扣|特价", re.IGNORECASE)
_SAID = 120  # characters of a product's own sentence


@dataclass(frozen=True, slots=True)
class Campaign:
    """What is wanted. `products`: ids; none leaves the choice to theme and keywords. Raises ValueError for what cannot be advertised."""

    theme: str
    keywords: tuple[str, ...] = ()
    channels: tuple[ChannelName, ...] = ("email", "banner", "social")
    language: str = ""
    tone: Tone = "plain"
    products: tuple[str, ...] = ()
    seed: int = 0

    def __post_init__(self) -> None:
        for given in (self.theme, *self.keywords):
            if not given.strip() or len(given) > _LONGEST:
                raise ValueError(f"expected a theme and keywords of 1 to {_LONGEST} characters, got {len(given.strip())}")
            if refusal(given) is not None:
                raise ValueError(f"expected a theme or a keyword, got words that read like an order to a machine: {given[:60]!r}")
        if len(self.keywords) > _MOST_KEYWORDS or self.tone not in TONES or set(self.channels) - set(CHANNELS):
            raise ValueError(
                f"expected up to {_MOST_KEYWORDS} keywords, a tone of {', '.join(TONES)} and channels of {', '.join(CHANNELS)}"
            )

    @property
    def spoken(self) -> str:
        return self.language or ("zh" if is_chinese(self.theme) else "en")


@dataclass(frozen=True, slots=True)
class Offered:
    """A product as it may be advertised: its name, its price as it is told, a sentence of its own; `id` for a link."""

    id: str
    title: str
    price: str
    said: str
    url: str = ""


def products_for(campaign: Campaign, knowledge: KnowledgeBase | None) -> list[Offered]:
    """Those that the campaign names, else those that fit; none without a catalogue. Blocks.

    Raises: ValueError for a product that is not there.
    """
    if knowledge is None:
        return []
    most = max(CHANNELS[name].products for name in campaign.channels)
    language = campaign.spoken if campaign.spoken in knowledge.languages else ""
    found = [find_product(knowledge, name, language) for name in campaign.products]
    if not campaign.products:
        asked = " ".join((campaign.theme, *campaign.keywords))
        matches = knowledge.named_products(asked, language)
        named = [match.product for match in matches if match.exact or len(match.words) > 1]  # "tea" alone names no tea towel
        found = named or [
            hit.product for hit in knowledge.search(asked, language=language, limit=8).hits if hit.product and hit.score >= FITTING
        ]
        if not found and _SALE.search(asked):
            found = [product for product in knowledge.products(language) if any(variant.on_sale for variant in product.variants)]
    kept = {product.id: product for product in found if _sold(product)}
    return [_offered(product, campaign.spoken) for product in list(kept.values())[:most]]


def find_product(knowledge: KnowledgeBase, name: str, language: str = "") -> Product:
    """By its id, the SKU of a variant, or its title. Raises ValueError."""
    wanted = name.strip().lower()
    if (product := knowledge.product(name.strip(), language)) is not None:
        return product
    for product in knowledge.products(language):
        if wanted in (product.title.lower(), *(variant.sku.lower() for variant in product.variants if variant.sku)):
            return product
    raise ValueError(f"expected the id, SKU or title of a product of the catalogue, got {name[:80]!r}")


def _sold(product: Product) -> bool:
    return any(variant.availability is not Availability.out_of_stock for variant in product.variants)


def _offered(product: Product, language: str) -> Offered:
    own = next((text for text in sentences(product.description) if len(text) <= _SAID and refusal(text) is None), "")
    return Offered(
        product.id, shown_title(product.title), price_told(product, language), own if product.language == language else "", product.url
    )


def facts_of_campaign(campaign: Campaign, offered: Sequence[Offered]) -> Facts:
    """All that may be said, with where it comes from."""
    theme = " ".join(campaign.theme.split())
    known = [Fact("theme", "", theme, "title"), *(Fact("keywords", "", " ".join(word.split()), "tag") for word in campaign.keywords)]
    known += list(_of_products(offered))
    return Facts(theme, campaign.spoken, tuple(known), pictured=True)


def _of_products(offered: Iterable[Offered]) -> Iterable[Fact]:
    for product in offered:
        yield Fact(f"{product.id}: name", "", product.title, "title")
        if product.price:
            yield Fact(f"{product.id}: price", "", product.price, "price")
        if product.said:
            yield Fact(f"{product.id}: description", "", product.said, "said")
