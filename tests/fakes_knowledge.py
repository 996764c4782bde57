"""A deterministic encoder without weights, and a small shop in two languages, for the knowledge base's tests."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from knowledge_base.catalog import Availability, Content, Document, Money, Product, ShopProfile, Variant
from knowledge_base.encoders import Encoders, Role, Vectors, unit
from knowledge_base.keywords import terms


class BagEncoder:
    """Texts that share terms are near: each term adds its own fixed direction. Counts the texts it was given."""

    dimension = 64

    def __init__(self, name: str = "bag", fingerprint: str = "bag-1") -> None:
        self.name = name
        self.fingerprint = fingerprint
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str], *, role: Role) -> Vectors:
        self.encoded += texts
        rows = np.full((len(texts), self.dimension), 0.01, dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for term in terms(text):
                seed = int.from_bytes(hashlib.sha256(term.encode()).digest()[:4], "big")
                row += np.random.default_rng(seed).standard_normal(self.dimension).astype(np.float32)
        return unit(rows)


def encoders_of(encoder: BagEncoder) -> Encoders:
    return lambda _language: encoder


def variant(code: str, price: str = "10.00", **facts: object) -> Variant:
    """One variant in stock; `facts` replace any field."""
    values: dict[str, object] = {"price": Money(Decimal(price), "USD"), "availability": Availability.in_stock, "sku": code, **facts}
    return Variant(f"v-{code}", **values)  # type: ignore[arg-type]


def product(name: str, title: str, *variants: Variant, language: str = "en", **facts: str) -> Product:
    return Product(name, title, language, variants or (variant(f"SKU-{name}-1"),), **facts)  # type: ignore[arg-type]


def faq(slug: str, question: str, answer: str, language: str = "en") -> Document:
    return Document(f"faq:{slug}", "faq", question, answer, language)


def content(products: Sequence[Product] = (), documents: Sequence[Document] = (), languages: tuple[str, ...] = ()) -> Content:
    return Content(ShopProfile(name="Trial shop", currency="USD", languages=languages), tuple(products), tuple(documents), ())


def camping_shop() -> Content:
    """Five products in English, two of them in Chinese too, and FAQ in English only but for one."""
    colours = (("Colour", "Blue"),), (("Colour", "Red"),)
    sold_out = Availability.out_of_stock
    nimbus = (variant("NB2-BLU", "199.00", options=colours[0]), variant("NB2-RED", "199.00", options=colours[1], availability=sold_out))
    blau = (variant("NB2-BLU", "199.00", options=(("颜色", "蓝色"),)), variant("NB2-RED", "199.00", options=(("颜色", "红色"),)))
    sizes = tuple(variant(f"DJ-{size}", "89.00", options=(("Size", size),)) for size in "SML")
    return content(
        [
            product(
                "nimbus-2", "Nimbus 2 Tent", *nimbus, brand="Peak", category="Outdoor > Tents", description="Two persons. Weighs 2.1 kg."
            ),
            product(
                "nimbus-3",
                "Nimbus 3 Tent",
                variant("NB3", "299.00"),
                brand="Peak",
                category="Outdoor > Tents",
                description="Three persons.",
            ),
            product(
                "ember", "Ember Gas Stove", variant("EM1", "49.00", list_price=Money(Decimal("65.00"), "USD")), category="Outdoor > Cooking"
            ),
            product("dune", "Dune Jacket", *sizes, brand="Peak", category="Clothing > Jackets", description="Keeps wind out."),
            product(
                "moss",
                "Moss Jacket",
                variant("MJ1", "129.00", availability=sold_out),
                category="Clothing > Jackets",
                description="Warm wool.",
            ),
            product("nimbus-2", "云影双人帐篷", *blau, language="zh", category="户外 > 帐篷", description="两人用，重两公斤。"),
            product(
                "ember", "余烬燃气炉", variant("EM1", "49.00"), language="zh", category="户外 > 炊具", description="三分钟烧开一升水。"
            ),
        ],
        [
            faq("delivery", "How long does delivery take?", "Three to five working days."),
            faq("returns", "Can I send an item back?", "Yes, within 30 days of delivery."),
            Document("faq:delivery@zh", "faq", "多久能送到？", "三到五个工作日。", "zh"),
            Document("policy:warranty/length", "policy", "Warranty › Length", "Tents carry a five-year warranty.", "en"),
        ],
        languages=("en", "zh"),
    )
