"""The nouns of the knowledge base: products, variants, money, documents, passages and hits.

Plain frozen values with no behaviour that needs a disk, a model or an index. Everything that an importer produces and
everything that a search returns is made of these.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Literal

Kind = Literal["product", "faq", "policy", "review"]
Language = str  # BCP 47 primary subtag: "en", "zh", "de" ...


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount. `currency` is an ISO 4217 code, or "" where neither the file nor the shop names one."""

    amount: Decimal
    currency: str = ""


class Availability(StrEnum):
    """Whether a variant can be bought now; `unknown` where the shop's file does not say."""

    in_stock = "in_stock"
    out_of_stock = "out_of_stock"
    preorder = "preorder"
    backorder = "backorder"
    unknown = "unknown"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a record came from, for error messages and citations: the file, and the 1-based line where it starts."""

    file: str
    line: int = 1


@dataclass(frozen=True, slots=True)
class Variant:
    """One thing that can be bought. `options` are (name, value) pairs in the shop's order: (("Colour", "Blue"), ("Size", "M")).

    `list_price` is the price before a reduction; it is set only when it is higher than `price`. `quantity` is None where
    the file gives no count. `description` is what the shop says of this variant alone, beside the product's own description.
    """

    id: str
    options: tuple[tuple[str, str], ...] = ()
    price: Money | None = None
    list_price: Money | None = None
    availability: Availability = Availability.unknown
    quantity: int | None = None
    sku: str = ""
    gtin: str = ""
    image: str = ""
    description: str = ""

    @property
    def on_sale(self) -> bool:
        return self.list_price is not None and self.price is not None and self.list_price.amount > self.price.amount


@dataclass(frozen=True, slots=True)
class Product:
    """One product with its variants (at least one). `attributes` are (name, value) pairs beyond the options.

    `description` and `attributes` hold for all variants; what holds for one alone is in that variant's own description.
    The same product in two languages is two records with the same `id` and different `language`; price and stock of the
    two are kept equal by SKU.
    """

    id: str
    title: str
    language: Language
    variants: tuple[Variant, ...]
    description: str = ""
    description_html: str = ""
    brand: str = ""
    category: str = ""  # "Outdoor > Tents", outermost first
    url: str = ""
    images: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()
    related: tuple[str, ...] = ()  # product ids or SKUs, from upsells, cross-sells, isRelatedTo
    source: Source = field(default=Source(""), compare=False)


@dataclass(frozen=True, slots=True)
class Document:
    """One thing the shop wrote: a FAQ entry (title = the question), a section of a policy, or a product."""

    id: str
    kind: Kind
    title: str
    text: str
    language: Language
    url: str = ""
    product: Product | None = None
    source: Source = field(default=Source(""), compare=False)


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a document that makes sense alone: product title and price, or policy and section, are in `text`.

    `heading` is the FAQ question, the policy section or the product title; `body` is what the shop wrote, without the
    heading, and is what may be quoted.
    """

    id: str  # document id + "#" + number
    document_id: str
    kind: Kind
    heading: str
    body: str
    text: str
    language: Language
    url: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found. `score` is the calibrated, fused score in 0..1; `lanes` the raw score per lane that found it."""

    passage: Passage
    score: float
    lanes: dict[str, float]
    product: Product | None = None


@dataclass(frozen=True, slots=True)
class Filters:
    """Conditions parsed from plain words. None and empty mean "not asked for". Options are lower-case words."""

    min_price: Decimal | None = None
    max_price: Decimal | None = None
    in_stock: bool | None = None
    on_sale: bool | None = None
    category: str | None = None
    brand: str | None = None
    options: tuple[tuple[str, str], ...] = ()  # (("size", "m"), ("colour", "blue"))
    exclusive: bool = False  # the price limits themselves are outside: "under 50" is not 50

    def __bool__(self) -> bool:
        return self != Filters()


@dataclass(frozen=True, slots=True)
class Problem:
    """A row or block that could not be used, in words a merchant can act on."""

    file: str
    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" + (f" [{self.column}]" if self.column else "")
        return f"{where}: {self.reason}"


@dataclass(frozen=True, slots=True)
class ShopProfile:
    """What shop.toml says of the shop; everything is optional and nothing is guessed into it but the languages and currency."""

    name: str = ""
    currency: str = ""
    languages: tuple[Language, ...] = ()
    url: str = ""
    email: str = ""
    phone: str = ""
    hours: str = ""
    address: str = ""
    about: str = ""
    greeting: tuple[tuple[Language, str], ...] = ()
    suggestions: tuple[tuple[Language, tuple[str, ...]], ...] = ()
    translations: tuple[tuple[str, Language, str], ...] = ()  # (key, language, text) of hours, address and about

    def told(self, key: str, language: Language) -> str:
        """`hours`, `address` or `about` in this language where the shop wrote it so, else as it is."""
        return next((text for name, spoken, text in self.translations if (name, spoken) == (key, language)), str(getattr(self, key)))


@dataclass(frozen=True, slots=True)
class Content:
    """All that was read from a content folder."""

    profile: ShopProfile
    products: tuple[Product, ...]
    documents: tuple[Document, ...]  # FAQ and policies; products become documents in passages.py
    problems: tuple[Problem, ...]
