"""Documents to passages that make sense alone.

A product passage carries title, brand, category, price, what can be had and the key attributes; a policy passage its section; a FAQ
passage its question. What holds for some variants only stands under their option values. What is embedded (`views`) leaves price and
stock out, so that a changed offer changes no vector. How a document is cut depends only on what the shop wrote, never on offers: passage
ids stay the same when prices move.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from knowledge_base.catalog import Availability, Content, Document, Language, Passage, Product, Variant
from knowledge_base.described import split_described
from knowledge_base.languages import has_han
from knowledge_base.money import format_money

_LONGEST = 700  # characters of Latin text that fit an encoder's window with the facts
_LONGEST_HAN = 280
_LISTED_VARIANTS = 12
_MOST_SENTENCES = 12
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+(?=[^a-z\s])|(?<=[。！？；])(?![”’」』）])|\n+")

_WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "brand": "Brand", "category": "Category", "price": "Price", "was": "(sale, was {})", "from": "{} to {}", "each": "Prices",
        "in": "In stock", "out": "Sold out", "preorder": "Pre-order", "backorder": "On backorder",
        "stop": ".", "colon": ": ", "comma": ", ", "next": "; ",
    },
    "zh": {
        "brand": "品牌", "category": "分类", "price": "价格", "was": "（特价，原价 {}）", "from": "{} 至 {}", "each": "各款价格",
        "in": "有货", "out": "已售罄", "preorder": "预售", "backorder": "可订购，到货后发出",
        "stop": "。", "colon": "：", "comma": "、", "next": "；",
    },
}  # fmt: skip


def _words(language: Language) -> dict[str, str]:
    return _WORDS.get(language, _WORDS["en"])


def languages_of(content: Content) -> tuple[Language, ...]:
    """Languages of the content, most frequent first; ties in the order of the shop's profile, then of appearance."""
    counts = Counter([product.language for product in content.products] + [document.language for document in content.documents])
    stated = content.profile.languages
    return tuple(sorted(counts, key=lambda language: (-counts[language], stated.index(language) if language in stated else len(stated))))


def first_language(content: Content) -> Language:
    """The shop's first language: the first of its profile that has content, else the most frequent one."""
    languages = languages_of(content)
    return next((language for language in content.profile.languages if language in languages), languages[0] if languages else "en")


def documents_of(content: Content) -> list[Document]:
    """FAQ, policies and one document per product and language, each with an id of its own."""
    taken: Counter[str] = Counter()
    products = map(product_document, content.products, _product_document_ids(content))
    documents = [*products, *content.documents]
    unique = []
    for document in documents:
        taken[document.id] += 1
        if taken[document.id] > 1:  # two headings alike are two documents, not one that hides the other
            document = _renamed(document, taken[document.id])
        unique.append(document)
    return unique


def _renamed(document: Document, number: int) -> Document:
    base, mark, language = document.id.partition("@")
    return replace(document, id=f"{base}~{number}{mark}{language}")


def _product_document_ids(content: Content) -> Iterable[str]:
    first = first_language(content)
    spoken: defaultdict[str, list[Language]] = defaultdict(list)
    for product in content.products:
        spoken[product.id].append(product.language)
    for product in content.products:
        plain = first if first in spoken[product.id] else spoken[product.id][0]
        yield f"product:{product.id}" if product.language == plain else f"product:{product.id}@{product.language}"


def base_id(document_id: str) -> str:
    """The id without its language mark: the same for one document in two languages."""
    return re.sub(r"@[a-z]{2,3}$", "", document_id)


def product_document(product: Product, document_id: str) -> Document:
    """The document of a product; its text is all that is said of it."""
    return Document(document_id, "product", product.title, said_of(product), product.language, product.url, product, product.source)


def said_of(product: Product) -> str:
    """The description as the shop wrote it, then what holds for some variants only, a line each."""
    return "\n".join(part for part in (product.description, *_variant_lines(product)) if part)


def _variant_lines(product: Product) -> list[str]:
    """Each sentence of the variants' own descriptions once, after the options of those that it holds for, as in "Large: Carries 40 kg."."""
    holders: dict[str, list[int]] = {}
    for number, variant in enumerate(product.variants):
        said = (part.strip() for sentence in split_described(variant.description) for part in re.split("；", sentence))
        for part in dict.fromkeys(part for part in said if part):
            holders.setdefault(part, []).append(number)
    colon, positions = _words(product.language)["colon"], _positions(product)
    labels = {numbers: _label(product, positions, numbers) for numbers in dict.fromkeys(map(tuple, holders.values()))}
    everyone = len(product.variants)
    return [part if len(numbers) == everyone else f"{labels[tuple(numbers)]}{colon}{part}" for part, numbers in holders.items()]


_Positions = dict[str, dict[str, set[int]]]  # option → value → which variants have it


def _positions(product: Product) -> _Positions:
    found: _Positions = {}
    for number, variant in enumerate(product.variants):
        for name, value in variant.options:
            found.setdefault(name, {}).setdefault(value, set()).add(number)
    return found


def _label(product: Product, positions: _Positions, numbers: tuple[int, ...]) -> str:
    """The fewest option values that mean these variants and no others, such as "L" or "S, M / Blue"; else their names one by one."""
    comma = _words(product.language)["comma"]
    options = [dict(product.variants[number].options) for number in numbers]
    chosen: list[str] = []
    meant: set[int] | None = None
    for name, values in positions.items():
        theirs = list(dict.fromkeys(stated[name] for stated in options if name in stated))
        if theirs and len(theirs) < len(values):
            chosen.append(comma.join(theirs))
            having = set().union(*(values[value] for value in theirs))
            meant = having if meant is None else meant & having
    if meant == set(numbers):
        return " / ".join(chosen)
    return comma.join(variant_name(product.variants[number]) for number in numbers)


def passages_of(document: Document) -> list[Passage]:
    """At least one passage per document, in reading order, numbered from 0."""
    bodies = split_text(document.text) or [""]
    return [_passage(document, number, body) for number, body in enumerate(bodies)]


def _passage(document: Document, number: int, body: str) -> Passage:
    product = document.product
    quotable = body or (facts(product, offers=True) if product else document.title)
    if product is None:
        text = f"{document.title}\n{body}"
    else:
        about = facts(product, offers=True) if number == 0 else _short_facts(product)
        text = f"{product.title}\n{about}\n{body}".strip()
    kind, language = document.kind, document.language
    return Passage(f"{document.id}#{number}", document.id, kind, document.title, quotable, text, language, document.url)


def views(document: Document, passage: Passage) -> tuple[str, ...]:
    """The texts of a passage that are embedded: first the whole without offers, then each sentence under its heading."""
    product = document.product
    body = passage.body if document.text else ""
    whole = passage.text if product is None else f"{product.title}. {facts(product, offers=False)}\n{body}".strip()
    sentences = [sentence.strip() for sentence in _SENTENCE_END.split(body) if sentence and sentence.strip()]
    return (whole, *(f"{passage.heading}: {sentence}" for sentence in sentences[:_MOST_SENTENCES]))


def facts(product: Product, *, offers: bool) -> str:
    """What the record says in one short paragraph; price and stock only with `offers`."""
    words = _words(product.language)
    parts = [_labelled(words, "brand", product.brand), _labelled(words, "category", product.category)]
    if offers:
        parts += [price_line(product), stock_line(product)]
    parts += [f"{name}{words['colon']}{words['comma'].join(values)}" for name, values in options_of(product)]
    parts += [f"{name}{words['colon']}{value}" for name, value in product.attributes]
    return _sentences(words, parts)


def _short_facts(product: Product) -> str:
    words = _words(product.language)
    return _sentences(words, [_labelled(words, "brand", product.brand), price_line(product)])


def _sentences(words: dict[str, str], parts: Sequence[str]) -> str:
    joint = " " if words["stop"] == "." else ""
    return joint.join(part.rstrip(".。") + words["stop"] for part in parts if part)


def _labelled(words: dict[str, str], label: str, value: str) -> str:
    return f"{words[label]}{words['colon']}{value}" if value else ""


def options_of(product: Product) -> list[tuple[str, tuple[str, ...]]]:
    """Each option's name with its values, in the shop's order, without repeats."""
    values: dict[str, dict[str, None]] = {}
    for variant in product.variants:
        for name, value in variant.options:
            values.setdefault(name, {})[value] = None
    return [(name, tuple(found)) for name, found in values.items()]


def price_line(product: Product) -> str:
    """The price with its reduction; several prices as a range and, where they are few, one by one; "" without any."""
    words = _words(product.language)
    priced = [variant for variant in product.variants if variant.price is not None]
    if not priced:
        return ""
    shown = {variant.id: _price(variant, product.language) for variant in priced}
    if len(set(shown.values())) == 1:
        return _labelled(words, "price", shown[priced[0].id])
    amounts = sorted((variant.price for variant in priced if variant.price), key=lambda money: money.amount)
    span = words["from"].format(format_money(amounts[0], product.language), format_money(amounts[-1], product.language))
    line = _labelled(words, "price", span)
    if len(priced) <= _LISTED_VARIANTS:
        each = words["next"].join(f"{variant_name(variant)} {shown[variant.id]}" for variant in priced)
        line += f"{words['next']}{words['each']}{words['colon']}{each}"
    return line


def _price(variant: Variant, language: Language) -> str:
    words = _words(language)
    price = format_money(variant.price, language) if variant.price else ""
    if not variant.on_sale or variant.list_price is None:
        return price
    gap = " " if words["stop"] == "." else ""
    return price + gap + words["was"].format(format_money(variant.list_price, language))


def stock_line(product: Product) -> str:
    """What can be bought now; "" where the shop's file does not say."""
    words = _words(product.language)
    groups: defaultdict[str, list[Variant]] = defaultdict(list)
    for variant in product.variants:
        if variant.availability is not Availability.unknown:
            groups[_STOCK_WORDS[variant.availability]].append(variant)
    if len(groups) == 1 and len(next(iter(groups.values()))) == len(product.variants):
        return words[next(iter(groups))]
    stated = [
        f"{words[label]}{words['colon']}{words['comma'].join(variant_name(variant) for variant in members[:_LISTED_VARIANTS])}"
        for label, members in groups.items()
    ]
    return words["next"].join(stated)


_STOCK_WORDS = {
    Availability.in_stock: "in",
    Availability.out_of_stock: "out",
    Availability.preorder: "preorder",
    Availability.backorder: "backorder",
}


def variant_name(variant: Variant) -> str:
    """The option values of a variant, such as "Blue / M"; its SKU or id where it has no options."""
    return " / ".join(value for _name, value in variant.options) or variant.sku or variant.id


def split_text(text: str) -> list[str]:
    """Pieces of at most about 700 characters (280 Chinese ones), cut between sentences; a longer sentence stays whole."""
    longest = _LONGEST_HAN if has_han(text) else _LONGEST
    if len(text) <= longest:
        return [text.strip()] if text.strip() else []
    pieces, start, end = [], 0, 0
    for boundary in [*(match.end() for match in _SENTENCE_END.finditer(text)), len(text)]:
        if boundary - start > longest and end > start:
            pieces.append(text[start:end].strip())
            start = end
        end = boundary
    pieces.append(text[start:].strip())
    return [piece for piece in pieces if piece]
