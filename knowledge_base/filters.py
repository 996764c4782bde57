"""Conditions in plain words to Filters, and whether a product satisfies them. English and Chinese, deterministic, no model.

Stock and sale are conditions only where the shopper asks for a list ("which tents do you have in stock"); a question after one thing's
stock ("is the blue one in stock?") must find that thing, sold out or not. Invariant: a product satisfies Filters only when one and the
same variant meets every condition on price, options, stock and sale.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from knowledge_base.catalog import Availability, Filters, Product, Variant
from knowledge_base.keywords import fold, terms
from knowledge_base.languages import has_han
from knowledge_base.prices import price_limits
from knowledge_base.vocabulary import Vocabulary, category_parts, colours_in, option_fits, option_name, size_word, terms_of_latin

_ONE_THING = re.compile(
    r"\b(?:is|are|was)\s+(?:the|it|this|that|these|those|my|your|there)\b|\b(?:the|this|that)\s+\w+(?:\s\w+)?\s+one\b|\bwhen\b"
)
_OF_OPTIONS = re.compile(r"\b(?:which|what|any other)\s+(?:sizes?|colou?rs?|options?|variants?)\b")
_LISTING = re.compile(
    r"\b(?:show|list|find|give|which|what|what's|whats|only|any|anything|something|all|browse|see|recommend|looking for"
    r"|do you (?:have|sell|carry)|everything)\b"
)
_STOCK = re.compile(r"\b(?:in[- ]stock|available(?: (?:now|today|right now))?|ready to ship)\b")
_SALE = re.compile(
    r"\b(?:on sale|on offer|discounted|reduced|clearance|marked down|special offers?|current (?:offers|deals)|any deals|bargains?)\b"
)
_SALE_THINGS = re.compile(r"\b(?:discounted|reduced|clearance|sale)\s+(?:items?|products?|things?|\w+s)\b|\bsale items?\b")
_ZH_LIST = r"(?:哪些|哪款|哪几款|有什么|列出|看看|显示|推荐|只要|只看|找|想买|给我)"
_ZH_STOCK = re.compile(rf"{_ZH_LIST}.{{0,16}}(?:有货|现货|有库存)|(?:有货|有现货|现货|有库存)的(?!吗)(?!么)|现货(?:商品|产品)")
_ZH_SALE = re.compile(
    rf"{_ZH_LIST}.{{0,12}}(?:打折|特价|促销|降价|清仓|在折扣)|(?:打折|特价|促销|降价|清仓|折扣)(?:的(?!吗)|商品|产品|款)"
    r"|有没有.{0,6}(?:打折|特价|促销|降价|清仓)的"
)
_SIZE = re.compile(
    r"\b(?:in\s+)?size[sd]?\s+(?:eu\s+|uk\s+|us\s+)?"
    r"(?P<after>\d{1,3}(?:\.5)?|\d?x{0,3}[sml]\b|(?:extra[ -])?(?:small|medium|large)\b|x+l\b)"
    r"|\bin\s+(?:an?\s+)?(?P<letter>x{0,3}s|m|x{0,3}l|[2-5]xl|(?:extra[ -])?(?:small|medium|large))\b"
    r"(?!\s*(?:box|order|number|amount|quantity|stock))"
    r"|(?<![a-z0-9])(?P<han>x{0,3}[sml]|[2-5]xl|\d{2,3}(?:\.5)?|[大中小均])\s?(?:码|号(?!线|楼|店|仓|前|后))"
)
_COLOUR = re.compile(r"\bin\s+(?:the\s+)?(?:(?:dark|light|bright|pale|deep)\s+)?(?P<colour>[a-z]+)\b")
_HAN_COLOUR = re.compile(r"(?P<colour>[深浅]?(?:藏青|军绿|卡其|咖啡|米白|[黑白灰红蓝绿黄橙橘紫粉棕褐米金银青])色)")


def parse_filters(text: str, language: str, vocabulary: Vocabulary) -> Filters:
    """The conditions in `text`; an empty Filters where there are none. `language` decides nothing that the words do not say."""
    folded = fold(text)
    prices = price_limits(folded)
    priced = prices.low is not None or prices.high is not None
    category = _category(folded, vocabulary) or (_thing(folded, vocabulary) if priced else None)
    return Filters(
        min_price=prices.low,
        max_price=prices.high,
        exclusive=prices.exclusive,
        in_stock=_wants_list(folded, _STOCK, _ZH_STOCK, category) or None,
        on_sale=_wants_sale(folded, category) or None,
        category=category,
        brand=_brand(folded, vocabulary),
        options=_options(folded, vocabulary),
    )


def _wants_list(text: str, english: re.Pattern[str], chinese: re.Pattern[str], category: str | None) -> bool:
    if chinese.search(text):
        return True
    if not english.search(text) or _ONE_THING.search(text) or _OF_OPTIONS.search(text):
        return False
    return _LISTING.search(text) is not None or (category is not None and text.strip().startswith(("in stock", "in-stock", "available")))


def _wants_sale(text: str, category: str | None) -> bool:
    if _SALE_THINGS.search(text) and not _ONE_THING.search(text):
        return True
    return _wants_list(text, _SALE, _ZH_SALE, category)


def _category(text: str, vocabulary: Vocabulary) -> str | None:
    """The longest category or kind of thing that the text names."""
    said = terms(text)
    named = [*vocabulary.categories.items(), *vocabulary.kinds.items()]
    found = [(name, words) for name, words in named if _says(text, said, name, words)]
    return max(found, key=lambda item: (len(item[1]), item[0] in vocabulary.categories), default=(None, ()))[0]


def _thing(text: str, vocabulary: Vocabulary) -> str | None:
    """What single products are called: with a price limit "chairs under 60" means chairs, though there may be only one."""
    said = terms(text)
    return max((name for name, words in vocabulary.things.items() if _says(text, said, name, words)), key=len, default=None)


def _says(text: str, said: list[str], name: str, words: tuple[str, ...]) -> bool:
    if has_han(name):
        return fold(name) in text
    length = len(words)
    return any(tuple(said[start : start + length]) == words for start in range(len(said) - length + 1))


def _brand(text: str, vocabulary: Vocabulary) -> str | None:
    padded = f" {' '.join(terms_of_latin(text))} "
    for folded, brand in vocabulary.brands.items():
        if folded in text if has_han(folded) else f" {' '.join(terms_of_latin(folded))} " in padded:
            return brand
    return None


def _options(text: str, vocabulary: Vocabulary) -> tuple[tuple[str, str], ...]:
    found: dict[str, str] = {}
    if size := _size(text):
        found["size"] = size
    if colour := _colour(text):
        found["colour"] = colour
    for value, names in vocabulary.values.items():
        for name in names:
            if name not in found and name not in ("size", "title") and _says_value(text, value, name):
                found[name] = value
    return tuple(found.items())


def _size(text: str) -> str:
    found = _SIZE.search(text)
    return size_word(found["after"] or found["letter"] or found["han"]) if found else ""


def _colour(text: str) -> str:
    if found := _HAN_COLOUR.search(text):
        return found["colour"]
    for found in _COLOUR.finditer(text):
        if colours_in(found["colour"]):
            return found["colour"]
    return ""


def _says_value(text: str, value: str, name: str) -> bool:
    """An option value in so many words; a colour before the thing ("blue tents") counts, a short value needs its option's name."""
    if has_han(value):
        return len(value) >= 2 and value in text
    if len(value) < 3 and name not in text:
        return False
    return re.search(rf"(?<![a-z0-9]){re.escape(value)}(?![a-z0-9])", text) is not None


def satisfies(product: Product, filters: Filters) -> bool:
    """Whether one variant of the product meets all conditions."""
    if filters.brand and fold(filters.brand) != fold(product.brand):
        return False
    if filters.category and not _in_category(product, filters.category):
        return False
    return any(variant_satisfies(variant, filters) for variant in product.variants)


def _in_category(product: Product, category: str) -> bool:
    parts = category_parts(product)
    if category in parts:
        return True
    wanted = set(terms(category))
    titled = set(terms(product.title))
    return wanted <= titled or any(wanted == set(terms(part)) for part in parts)


def variant_satisfies(variant: Variant, filters: Filters) -> bool:
    """Whether this variant meets the conditions on price, options, stock and sale. A price or stock nobody states meets none."""
    if filters.in_stock is not None and (variant.availability is Availability.in_stock) is not filters.in_stock:
        return False
    if filters.on_sale is not None and variant.on_sale is not filters.on_sale:
        return False
    return _price_fits(variant, filters) and _options_fit(dict(variant.options), filters)


def _price_fits(variant: Variant, filters: Filters) -> bool:
    if filters.min_price is None and filters.max_price is None:
        return True
    if variant.price is None:
        return False
    amount, low, high = variant.price.amount, filters.min_price, filters.max_price
    if filters.exclusive and amount in (low, high):
        return False
    return (low is None or amount >= low) and (high is None or amount <= high)


def _options_fit(options: Mapping[str, str], filters: Filters) -> bool:
    own = {option_name(name): value for name, value in options.items()}
    return all(name in own and option_fits(name, wanted, own[name]) for name, wanted in filters.options)
