"""Answers about several products: lists under conditions, "do you sell …", the cheapest, cheaper ones, comparisons.

Which products belong in a list is decided by words and conditions over the whole catalogue, never by similarity alone, so
"tents under 200" is all tents under 200, and a thing that the shop does not sell is said not to be there. Similar products are
offered as what they are: the closest.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from chatbot.intents import Reading, Superlative
from chatbot.phrases import join, say
from chatbot.record import in_stock, lowest_price
from chatbot.terms import terms
from knowledge_base.catalog import Availability, Filters, Product
from knowledge_base.money import format_money
from knowledge_base.search import KnowledgeBase

SHOWN = 6
_ASKING = frozenset(
    [
        "sell",
        "carri",
        "stock",
        "offer",
        "sale",
        "price",
        "discount",
        "colour",
        "size",
        "show",
        "list",
        "recommend",
        "suggest",
        "search",
        "find",
        "shop",
        "avail",
        "cheap",
        "cheapest",
        "expens",
        "idea",
        "somebodi",
        "anyth",
        "someth",
        "option",
        "categori",
        "rang",
        "type",
        "select",
        "brand",
        "catalogu",
        "budget",
        "dollar",
        "euro",
        "usd",
        "eur",
        "pound",
        "buck",
        "between",
        "includ",
        "version",
        "model",
        "number",
        "cheaper",
        "cheaper-than",
        "lowest",
        "highest",
        "light",
        "lightest",
        "heavi",
        "heaviest",
        "weigh",
        "afford",
        "dear",
        "present",
        "peopl",
        "friend",
        "under",
        "below",
        "less",
        "max",
        "maximum",
        "min",
        "minimum",
        "推荐",
        "优惠",
        "价格",
        "库存",
        "颜色",
        "尺码",
        "卖",
        "找",
        "列出",
        "适合",
        "便宜",
        "礼物",
        "以下",
        "以内",
        "不超过",
        "元",
        "块",
        "钱",
        "块钱",
        "最",
        "类",
        "款式",
        "有没有",
        "低于",
        "高于",
        "以上",
        "之间",
        "左右",
        "预算",
        "最便宜",
        "最贵",
        "哪",
        "里面",
        "全部",
        "所有",
        "种类",
        "分类",
        "比较",
        "样",
        "打",
        "特",
        "价",
        "现",
        "货",
        "有货",
    ]
)
_WEIGHT = re.compile(r"weight|重量|净重|^重$", re.IGNORECASE)
_GRAMS = {
    "kg": Decimal(1000),
    "千克": Decimal(1000),
    "公斤": Decimal(1000),
    "g": Decimal(1),
    "克": Decimal(1),
    "lb": Decimal("453.592"),
    "lbs": Decimal("453.592"),
    "oz": Decimal("28.3495"),
}
_MEASURE = re.compile(r"(\d+(?:[.,]\d+)?)\s*(kg|lbs?|oz|g(?![a-z])|千克|公斤|克)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Entry:
    """A product with the words by which shoppers may ask for it: `strong` name it, `weak` only describe it."""

    product: Product
    strong: frozenset[str]
    weak: frozenset[str]


@dataclass(frozen=True, slots=True)
class Found:
    """Products for a list; `exact` says that each has all that was asked, `missing` are words no product of the shop has."""

    products: tuple[Product, ...]
    exact: bool
    missing: tuple[str, ...] = ()


class Shelf:
    """The catalogue by words, made once per version of the index and language."""

    def __init__(self, knowledge: KnowledgeBase) -> None:
        self._knowledge = knowledge
        self._entries: dict[tuple[str, str], tuple[Entry, ...]] = {}

    def entries(self, language: str) -> tuple[Entry, ...]:
        """Word sets from the index version; the products themselves are read anew, so price and stock are today's."""
        key = (self._knowledge.version, language)
        if key not in self._entries:
            self._entries = {other: made for other, made in self._entries.items() if other[0] == key[0]}
            self._entries[key] = tuple(_entry(product) for product in self._knowledge.products(language))
        return self._entries[key]

    def fresh(self, products: Iterable[Product], language: str) -> list[Product]:
        return [self._knowledge.product(product.id, language) or product for product in products]

    def kinds_named(self, question: str, language: str) -> list[Product]:
        """Products whose title has the most words of the question: "the kettle" in a shop with one kettle, or with three."""
        asked = set(terms(question))
        entries = self.entries(language)
        overlap = {entry.product.id: len(asked & set(terms(entry.product.title))) for entry in entries}
        most = max(overlap.values(), default=0)
        return [entry.product for entry in entries if most and overlap[entry.product.id] == most]

    def find(self, question: str, language: str, filters: Filters) -> Found:
        """The products that the question describes, under `filters`."""
        entries = self.entries(language)
        wanted = wanted_terms(question, filters)
        pool = [entry for entry in entries if satisfies(entry.product, filters)] if filters else list(entries)
        vocabulary = frozenset().union(*(entry.strong | entry.weak for entry in entries)) if entries else frozenset()
        missing = tuple(word for word in wanted if word not in vocabulary)
        known = [word for word in wanted if word in vocabulary]
        if not known:
            return Found(tuple(self.fresh((entry.product for entry in pool), language)) if not wanted else (), not wanted, missing)
        matching = _matching(pool, known, entries)
        return Found(tuple(self.fresh(_stock_first(matching), language)), bool(matching) and not missing, missing)


def _entry(product: Product) -> Entry:
    strong = terms(" ".join([product.title, product.category, " ".join(product.tags), product.brand]))
    options = " ".join(f"{name} {value}" for variant in product.variants for name, value in variant.options)
    weak = terms(" ".join([product.description, options, " ".join(f"{name} {value}" for name, value in product.attributes)]))
    return Entry(product, frozenset(strong), frozenset(weak))


def _matching(pool: Sequence[Entry], known: Sequence[str], entries: Sequence[Entry]) -> list[Product]:
    """Products that have every known word, at least the rarest of them in their name, category or tags."""
    counts = Counter(word for entry in entries for word in entry.strong)
    naming = [word for word in known if counts[word]]
    every = [entry for entry in pool if all(word in entry.strong or word in entry.weak for word in known)]
    if naming:
        every = [entry for entry in every if any(word in entry.strong for word in naming)]
    every.sort(key=lambda entry: -sum(word in entry.strong for word in known))
    best = [entry for entry in every if all(word in entry.strong for word in known)]
    return [entry.product for entry in (best or every)]


def _stock_first(products: Sequence[Product]) -> list[Product]:
    return sorted(products, key=lambda product: not in_stock(product))


def wanted_terms(question: str, filters: Filters) -> list[str]:
    """The words that say what kind of thing is asked for: without the asking, the figures and the conditions."""
    conditions = set(terms(" ".join(value for _, value in filters.options)))
    found = [word for word in terms(question) if word not in _ASKING and not re.fullmatch(r"[\d.,]+\w?", word) and word not in conditions]
    return list(dict.fromkeys(found))


def satisfies(product: Product, filters: Filters) -> bool:
    """Whether one and the same variant of the product meets price, stock, sale and options."""
    if filters.category and not set(terms(filters.category)) <= set(terms(f"{product.category} {product.title} {' '.join(product.tags)}")):
        return False
    if filters.brand and filters.brand.lower() != product.brand.lower():
        return False
    wanted = [(name.lower(), value.lower()) for name, value in filters.options]
    for variant in product.variants:
        amount = variant.price.amount if variant.price else None
        options = {value.lower() for _, value in variant.options}
        attributes = {value.lower() for _, value in product.attributes}
        if filters.max_price is not None and (amount is None or amount > filters.max_price):
            continue
        if filters.min_price is not None and (amount is None or amount < filters.min_price):
            continue
        if filters.in_stock and variant.availability is Availability.out_of_stock:
            continue
        if filters.on_sale and not variant.on_sale:
            continue
        if all(any(value == option or value in option for option in options | attributes) for _, value in wanted):
            return True
    return False


def list_line(product: Product, language: str) -> str:
    """ "- Title: price (note)", with what a shopper must know before clicking."""
    price = lowest_price(product)
    note = ""
    if not in_stock(product) and any(v.availability is not Availability.unknown for v in product.variants):
        note = say("note_sold_out", language)
    cheapest = next((v for v in product.variants if v.price == price), None)
    if price is None:
        return say("list_line_bare", language, title=product.title, note=note)
    if cheapest is not None and cheapest.on_sale and cheapest.list_price and not note:
        note = say("note_sale", language, list_price=format_money(cheapest.list_price, language))
    shown = format_money(price, language)
    if len({variant.price.amount for variant in product.variants if variant.price}) > 1:
        shown = say("from_price", language, price=shown)
    return say("list_line", language, title=product.title, price=shown, note=note)


def list_answer(products: Sequence[Product], language: str) -> str:
    """A list of at most SHOWN products."""
    shown = products[:SHOWN]
    if len(products) > len(shown):
        head = say("list_more", language)
    else:
        head = say("list_one" if len(products) == 1 else "list", language)
    return "\n".join([head, *(list_line(product, language) for product in shown)])


def closest_answer(products: Sequence[Product], language: str, key: str = "list_suggest") -> str:
    return "\n".join([say(key, language), *(list_line(product, language) for product in products[:4])])


def extreme(products: Sequence[Product], which: Superlative) -> Product | None:
    """The cheapest, dearest, lightest or heaviest; sold-out ones only when nothing else is left."""
    if which in ("cheapest", "dearest"):
        priced = [product for product in _buyable(products) if lowest_price(product)]
        sign = 1 if which == "cheapest" else -1
        return min(priced, key=lambda product: sign * _amount(product), default=None)
    weighed = [product for product in products if grams(product) is not None]
    sign = 1 if which == "lightest" else -1
    return min(weighed, key=lambda product: sign * (grams(product) or Decimal(0)), default=None)


def _buyable(products: Sequence[Product]) -> Sequence[Product]:
    return [product for product in products if in_stock(product)] or products


def _amount(product: Product) -> Decimal:
    price = lowest_price(product)
    return price.amount if price else Decimal(0)


def weight_text(product: Product) -> str:
    return next((value for name, value in product.attributes if _WEIGHT.search(name)), "")


def grams(product: Product) -> Decimal | None:
    """The weight attribute in grams, where it states exactly one weight."""
    found = _MEASURE.findall(weight_text(product))
    if len(found) != 1:
        return None
    number, unit = found[0]
    return Decimal(number.replace(",", ".")) * _GRAMS[unit.lower()]


def extreme_answer(product: Product, which: Superlative, language: str) -> str:
    price = lowest_price(product)
    return say(which, language, title=product.title, price=format_money(price, language) if price else "", value=weight_text(product))


def compare_answer(products: Sequence[Product], reading: Reading, question: str, language: str) -> str:
    """Two to four products side by side: price, stock, and the attributes that the question names or that both have and differ in."""
    chosen = list(products[:4])
    shared = _shared_attributes(chosen, question)
    lines = [say("compare_line", language, title=product.title, facts=_facts(product, shared, language)) for product in chosen]
    verdict = _verdict(chosen, question, language)
    return "\n".join([*([verdict] if verdict else []), *lines])


def _shared_attributes(products: Sequence[Product], question: str) -> list[str]:
    tables = [dict(product.attributes) for product in products]
    asked = set(terms(question))
    names = list(dict.fromkeys(name for table in tables for name in table))
    named = [name for name in names if set(terms(name)) & asked]
    both = [name for name in names if all(name in table for table in tables) and len({table[name] for table in tables}) > 1]
    return list(dict.fromkeys([*named, *both]))[:4]


def _facts(product: Product, names: Sequence[str], language: str) -> str:
    table = dict(product.attributes)
    price = lowest_price(product)
    stocked = "in_stock_word" if in_stock(product) else "sold_out_word"
    known = any(variant.availability is not Availability.unknown for variant in product.variants)
    facts = [format_money(price, language)] if price else []
    facts += [say(stocked, language)] if known else []
    colon, comma = ("：", "，") if language == "zh" else (" ", ", ")
    facts += [f"{name if language == 'zh' else name.lower()}{colon}{table[name]}" for name in names if name in table]
    return comma.join(facts)


def _verdict(products: Sequence[Product], question: str, language: str) -> str:
    low = question.lower()
    if len(products) == 2 and re.search(r"cheap|expens|pric|便宜|贵|价格", low):
        prices = [lowest_price(product) for product in products]
        if prices[0] and prices[1] and len({len({v.price for v in p.variants}) for p in products}) == 1:
            if prices[0].amount == prices[1].amount:
                return say("compare_same_price", language)
            return say("compare_lower_price", language, title=products[0 if prices[0].amount < prices[1].amount else 1].title)
    if len(products) == 2 and re.search(r"light|heav|weigh|轻|重", low):
        weights = [grams(product) for product in products]
        if weights[0] is not None and weights[1] is not None and weights[0] != weights[1]:
            return say("compare_lighter", language, title=products[0 if weights[0] < weights[1] else 1].title)
    return ""


def browse_answer(products: Sequence[Product], language: str) -> str:
    """What the shop sells, by category where it has categories."""
    tops = list(dict.fromkeys(product.category.split(">")[-1].strip() for product in products if product.category))
    if tops:
        return say("categories", language, values=join(tops[:12], language))
    return "\n".join([say("catalogue", language), *(list_line(product, language) for product in products[:SHOWN])])
