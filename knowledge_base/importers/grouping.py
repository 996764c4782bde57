"""Rows into products: what each importer read, one row a variant, grouped under product ids and made into catalogue records.

The first row that has a field decides it. Two rows with the same options are one variant too many, and reported. Language is that of the
product's own words. Knows nothing of files beyond the name it reports.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from knowledge_base.catalog import Availability, Document, Money, Problem, Product, Source, Variant
from knowledge_base.importers.amounts import named_currency
from knowledge_base.languages import detect_language
from knowledge_base.text import html_to_text, slug

_VARYING = frozenset(
    "color|colour|size|material|pattern|gender|age group|style|capacity|storage|flavor|flavour|scent|finish|farbe|größe|material|couleur|taille"
    "|颜色|尺码|尺寸|规格|口味|款式|容量|材质|香型|版本|型号|套餐".split("|")
)
_NEVER_OPTIONS = frozenset(["weight", "重量", "gewicht", "rating", "评分"])


@dataclass(slots=True)
class Offer:
    """One row. `options` and `attributes` are (name, value) pairs; `varying` are attributes that become options where they differ."""

    line: int
    product_id: str = ""
    title: str = ""
    description: str = ""
    brand: str = ""
    category: str = ""
    url: str = ""
    images: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    attributes: list[tuple[str, str]] = field(default_factory=list)
    related: tuple[str, ...] = ()
    options: list[tuple[str, str]] = field(default_factory=list)
    price: Decimal | None = None
    list_price: Decimal | None = None
    currency: str = ""
    availability: Availability = Availability.unknown
    quantity: int | None = None
    sku: str = ""
    gtin: str = ""
    image: str = ""
    variant: bool = True  # False for a row that only adds a picture


@dataclass(frozen=True, slots=True)
class Imported:
    """What one file gave."""

    format: str
    products: tuple[Product, ...] = ()
    documents: tuple[Document, ...] = ()
    problems: tuple[Problem, ...] = ()
    skipped: int = 0


def group(offers: Sequence[Offer], file: str, *, currency: str = "", language: str = "") -> tuple[tuple[Product, ...], tuple[Problem, ...]]:
    """Products in the order of their first rows, and what could not be used."""
    problems: list[Problem] = []
    groups: dict[str, list[Offer]] = {}
    used: dict[str, int] = {}
    for offer in offers:
        key = offer.product_id or _unique(slug(offer.title), used)
        groups.setdefault(key, []).append(offer)
    products = []
    for key, rows in groups.items():
        first = rows[0]
        title = next((row.title for row in rows if row.title), "")
        if not title:
            problems.append(Problem(file, first.line, "title", f"expected a name for the product {key!r}, got none"))
            continue
        products.append(_product(key, title, rows, _Context(file, currency, language, problems)))
    return tuple(products), tuple(problems)


@dataclass(frozen=True, slots=True)
class _Context:
    file: str
    currency: str
    language: str
    problems: list[Problem]


def _unique(base: str, used: dict[str, int]) -> str:
    """Two rows with one name and no id are two products, not two variants. `used` counts how often each name has come."""
    key = base
    while key in used:
        used[base] += 1
        key = f"{base}-{used[base]}"
    used[key] = 1
    return key


def _product(key: str, title: str, rows: Sequence[Offer], context: _Context) -> Product:
    html = next((row.description for row in rows if row.description), "")
    text = html_to_text(html)
    attributes = _attributes(rows)
    sold = [row for row in rows if row.variant] or list(rows[:1])
    _options_from_attributes(sold, attributes)
    own = " ".join([title, text, *(value for _, value in attributes)])
    product = Product(
        id=key,
        title=title,
        language=context.language or detect_language(own, "en"),
        variants=_variants(key, sold, context),
        description=text,
        description_html=html if html != text else "",
        brand=_first(rows, "brand"),
        category=_first(rows, "category"),
        url=_first(rows, "url"),
        images=tuple(dict.fromkeys(image for row in rows for image in row.images if image)),
        tags=tuple(dict.fromkeys(tag for row in rows for tag in row.tags if tag)),
        attributes=tuple(attributes),
        related=tuple(dict.fromkeys(name for row in rows for name in row.related if name)),
        source=Source(context.file, rows[0].line),
    )
    return product


def _first(rows: Sequence[Offer], name: str) -> str:
    return next((str(value) for row in rows if (value := getattr(row, name))), "")


def _attributes(rows: Sequence[Offer]) -> list[tuple[str, str]]:
    found: dict[str, str] = {}
    for row in rows:
        for name, value in row.attributes:
            if name and value:
                found.setdefault(name, value)
    return list(found.items())


def _options_from_attributes(rows: Sequence[Offer], attributes: list[tuple[str, str]]) -> None:
    """A colour that differs from row to row is an option; one that all rows share, or only the first row states, describes the product.

    Where rows would still be alike, whatever else differs on every row tells them apart.
    """
    named = [name for name, _ in attributes if name.lower() in _VARYING]
    others = [name for name, _ in attributes if name not in named and name.lower() not in _NEVER_OPTIONS]
    for name in (*named, *others):
        values = [dict(row.attributes).get(name, "") for row in rows]
        if len(set(values) - {""}) < 2 or (name in others and ("" in values or not _alike(rows))):
            continue
        attributes[:] = [pair for pair in attributes if pair[0] != name]
        for row, value in zip(rows, values, strict=True):
            if value and name not in dict(row.options):
                row.options.append((name, value))


def _alike(rows: Sequence[Offer]) -> bool:
    return len({tuple(row.options) for row in rows}) < len(rows)


def _variants(key: str, rows: Sequence[Offer], context: _Context) -> tuple[Variant, ...]:
    seen: dict[tuple[tuple[str, str], ...], int] = {}
    variants: list[Variant] = []
    for number, row in enumerate(rows, start=1):
        options = tuple(row.options)
        if options in seen:
            shown = " / ".join(value for _, value in options) or "no options"
            reason = f"expected each variant of {key!r} once, got {shown} again (first on line {seen[options]})"
            context.problems.append(Problem(context.file, row.line, "", reason))
            continue
        seen[options] = row.line
        variants.append(_variant(key, number, row, context.currency))
    return tuple(variants)


def _variant(key: str, number: int, row: Offer, default_currency: str) -> Variant:
    currency = named_currency(row.currency, default_currency)
    price = Money(row.price, currency) if row.price is not None else None
    list_price = Money(row.list_price, currency) if row.list_price is not None else None
    if price is None and list_price is not None:
        price, list_price = list_price, None
    if price is not None and list_price is not None and list_price.amount <= price.amount:
        list_price = None
    return Variant(
        id=row.sku or (key if number == 1 else f"{key}#{number}"),
        options=tuple(row.options),
        price=price,
        list_price=list_price,
        availability=row.availability,
        quantity=row.quantity,
        sku=row.sku,
        gtin=row.gtin,
        image=row.image,
    )


def with_currency(product: Product, currency: str) -> Product:
    """The product with `currency` wherever its file named none."""

    def named(money: Money | None) -> Money | None:
        return replace(money, currency=currency) if money is not None and not money.currency else money

    return replace(product, variants=tuple(replace(v, price=named(v.price), list_price=named(v.list_price)) for v in product.variants))
