"""Rows into products: what each importer read, one row a variant, grouped under product ids and made into catalogue records.

Rows without an id are one product where they have one name and their options tell them apart. The first row that has a field decides it, but
for what differs from row to row: that is an option, or is said of the variant alone. Two rows of one product with the same options are one
variant too many, and reported. Language is that of the product's own words. Knows nothing of files beyond the name it reports.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from knowledge_base.catalog import Availability, Document, Money, Problem, Product, Source, Variant
from knowledge_base.described import told_apart
from knowledge_base.importers.amounts import named_currency
from knowledge_base.importers.headings import OPTIONS, bare_name
from knowledge_base.importers.tables import column
from knowledge_base.importers.titles import beyond_title, shared_title
from knowledge_base.languages import detect_language, has_han
from knowledge_base.text import html_to_text, slug

_VARYING = OPTIONS | frozenset(
    "material|pattern|gender|age group|style|storage|memory|finish|edition|volume|voltage|pack|pack size|spec|specs|specification|specifications"
    "|材质|版本|型号|套餐|规格型号|尺寸规格|颜色分类|色号|花色|图案|净含量|容积|内存|存储容量|配置|包装|包装规格|味道|香味|电压".split("|")
)
_NEVER_OPTIONS = frozenset(["weight", "重量", "gewicht", "rating", "评分"])


@dataclass(slots=True)
class Offer:
    """One row. `options` and `attributes` are (name, value) pairs; `alone` is what grouping finds to be said of this row only."""

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
    variant: bool = True  # False for a row that only adds a picture or carries the words of its product
    alone: str = ""


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
    for key, offer in zip(_keys(offers), offers, strict=True):
        groups.setdefault(key, []).append(offer)
    products = []
    for key, rows in groups.items():
        first = rows[0]
        title = shared_title([row.title for row in rows])
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


def _keys(offers: Sequence[Offer]) -> list[str]:
    """The product of each row: the id that it has, or one made from its name, which it may share with rows of that name."""
    firsts = {number: rows[0] for rows in _namesakes(offers) if _told_apart([offers[number] for number in rows]) for number in rows}
    used: dict[str, int] = {}
    keys: list[str] = []
    for number, offer in enumerate(offers):
        first = firsts.get(number, number)
        keys.append(offer.product_id or (keys[first] if first < number else _unique(slug(offer.title), used)))
    return keys


def _namesakes(offers: Sequence[Offer]) -> Iterator[list[int]]:
    """Numbers of the rows without an id that have one name, brand and category; what a row leaves out is what all others of its name say."""
    named: dict[str, list[int]] = {}
    for number, offer in enumerate(offers):
        if not offer.product_id:
            named.setdefault(" ".join(offer.title.casefold().split()), []).append(number)
    for rows in named.values():
        brands, categories = ({getattr(offers[number], name) for number in rows} - {""} for name in ("brand", "category"))
        brand, category = (next(iter(stated)) if len(stated) == 1 else "" for stated in (brands, categories))
        alike: dict[tuple[str, str], list[int]] = {}
        for number in rows:
            alike.setdefault((offers[number].brand or brand, offers[number].category or category), []).append(number)
        yield from (numbers for numbers in alike.values() if len(numbers) > 1)


def _told_apart(rows: Sequence[Offer]) -> bool:
    """Whether every row has options of its own, by columns such as size and colour. A price or a SKU tells no shopper anything."""
    names = [name for name, _ in _attributes(rows) if _may_vary(name)]
    columns = {name: values for name, values in _values(rows, names).items() if len(set(values) - {""}) > 1}
    found = set()
    for number, row in enumerate(rows):
        stated = dict(row.options)
        more = {name: values[number] for name, values in columns.items() if values[number] and name not in stated}
        found.add((*row.options, *more.items()))
    return len(found) == len(rows) and () not in found


def _may_vary(name: str) -> bool:
    return bare_name(column(name)) in _VARYING


def _unique(base: str, used: dict[str, int]) -> str:
    """Two rows with one name and nothing that tells them apart are two products. `used` counts how often each name has come."""
    key = base
    while key in used:
        used[base] += 1
        key = f"{base}-{used[base]}"
    used[key] = 1
    return key


def _product(key: str, title: str, rows: Sequence[Offer], context: _Context) -> Product:
    attributes = _attributes(rows)
    sold, beside = [row for row in rows if row.variant], [row for row in rows if not row.variant]
    if not sold:
        sold, beside = beside[:1], beside[1:]
    _options_from_attributes(sold, attributes)
    _options_from_titles(sold, title)
    text, html = _description(sold, beside, beside_first=rows[0] is not sold[0])
    own = " ".join([title, text, sold[0].alone, *(value for _, value in attributes)])
    _attributes_apart(sold, beside, attributes)
    return Product(
        id=key,
        title=title,
        language=context.language or detect_language(own, "en"),
        variants=_variants(key, sold, context),
        description=text,
        description_html=html,
        brand=_first(rows, "brand"),
        category=_first(rows, "category"),
        url=_first(rows, "url"),
        images=tuple(dict.fromkeys(image for row in rows for image in row.images if image)),
        tags=tuple(dict.fromkeys(tag for row in rows for tag in row.tags if tag)),
        attributes=tuple(attributes),
        related=tuple(dict.fromkeys(name for row in rows for name in row.related if name)),
        source=Source(context.file, rows[0].line),
    )


def _description(sold: Sequence[Offer], beside: Sequence[Offer], *, beside_first: bool) -> tuple[str, str]:
    """(text, HTML) for the whole product; what single rows say beyond it goes into their `alone`."""
    texts = {html: html_to_text(html) for html in dict.fromkeys(row.description for row in (*sold, *beside))}
    above = next((texts[row.description] for row in beside if row.description), "")
    if not beside_first and any(row.description for row in sold):
        above = ""
    shared, alone = told_apart([texts[row.description] for row in sold], above)
    for row, words in zip(sold, alone, strict=True):
        row.alone = words
    return shared, next((html for html, text in texts.items() if text == shared != html), "")


def _attributes_apart(sold: Sequence[Offer], beside: Sequence[Offer], attributes: list[tuple[str, str]]) -> None:
    """A weight that differs from variant to variant is not the product's: each variant says its own, a line each."""
    above = dict(_attributes(beside))
    for name, values in _values(sold, [name for name, _ in attributes]).items():
        stated = [value or above.get(name, "") for value in values]
        if len(set(stated) - {""}) < 2:
            continue
        attributes[:] = [pair for pair in attributes if pair[0] != name]
        for row, value in zip(sold, stated, strict=True):
            line = f"{name}{'：' if has_han(name + value) else ': '}{value}" if value else ""
            row.alone = "\n".join(part for part in (row.alone, line) if part)


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
    named = [name for name, _ in attributes if _may_vary(name)]
    others = [name for name, _ in attributes if name not in named and name.lower() not in _NEVER_OPTIONS]
    for name, values in _values(rows, (*named, *others)).items():
        if len(set(values) - {""}) < 2 or (name in others and ("" in values or not _alike(rows))):
            continue
        attributes[:] = [pair for pair in attributes if pair[0] != name]
        for row, value in zip(rows, values, strict=True):
            if value and name not in dict(row.options):
                row.options.append((name, value))


def _options_from_titles(rows: Sequence[Offer], title: str) -> None:
    """What each row's title says beyond the product's, and beyond the row's options, tells rows apart that would still be alike."""
    own = [beyond_title(row.title, title, [value for _, value in row.options]) for row in rows]
    if not _alike(rows) or len(set(own)) < 2 or "" in own:
        return
    for row, value in zip(rows, own, strict=True):
        row.options.append(("款式" if has_han(value) else "Version", value))


def _values(rows: Sequence[Offer], names: Sequence[str]) -> dict[str, list[str]]:
    """Attribute → what each row says of it, "" where it says nothing."""
    stated = [dict(row.attributes) for row in rows]
    return {name: [pairs.get(name, "") for pairs in stated] for name in names}


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
        description=row.alone,
    )


def with_currency(product: Product, currency: str) -> Product:
    """The product with `currency` wherever its file named none."""

    def named(money: Money | None) -> Money | None:
        return replace(money, currency=currency) if money is not None and not money.currency else money

    return replace(product, variants=tuple(replace(v, price=named(v.price), list_price=named(v.list_price)) for v in product.variants))
