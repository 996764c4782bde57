"""The catalogue by words: which products a question describes, over all of them and under conditions.

Decided by words, never by similarity, so that a list is complete and what the shop does not have is known not to be there. The words are
kept per version of the index; the products come fresh, with the price and stock of now.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from chatbot.record import in_stock
from chatbot.sentences import sentences
from chatbot.terms import normalise, terms
from knowledge_base.catalog import Availability, Filters, Product
from knowledge_base.passages import said_of
from knowledge_base.search import KnowledgeBase

_HAN = re.compile(r"[一-鿿]")
_DENIED = re.compile(r"(?:no|not|none|never|without)\b|[否无不非]|没有", re.IGNORECASE)
_NEGATED = re.compile(r"\b(?:not|no|never|without|cannot|nor|\w+n['’]t)\b|不|没|无|勿|别|非", re.IGNORECASE)
ASKING = frozenset(
    """sell carri stock knock money choos pick moment apiec each offer sale price discount colour size show list recommend suggest search find shop avail cheap cheapest
    expens idea somebodi anyth someth option categori rang type select brand catalogu budget dollar euro usd eur pound buck
    between includ version model number cheaper cheaper-than lowest highest light lightest heavi heaviest weigh afford dear
    present peopl friend under below less max maximum min minimum 推荐 优惠 价格 库存 颜色 尺码 卖 找 列出 适合 便宜 礼物 以下 以内 不超过 元 块 钱 块钱 最 类
    款式 有没有 低于 高于 以上 之间 左右 预算 最便宜 最贵 哪 里面 全部 所有 种类 分类 比较 样 打 特 价 现 货 有货""".split()
)


_REFUSED = re.compile(
    r"[,(]?\s*\b(?:but )?not (?:the |any |in )?(?P<what>[\w-]+(?: ones?)?)\s*(?=[?.!,)]|$)\)?", re.IGNORECASE
)  # "(not spools)"
_NAME_END = re.compile(r"\s+(?=[\d(–—-])|,|\s+(?:with|for|in|of|by|and|&)\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Entry:
    """A product with the words by which shoppers may ask for it: `strong` name it, `weak` only describe it."""

    product: Product
    strong: frozenset[str]
    weak: frozenset[str]
    names: str = ""  # title, category and tags as they are written, for languages that write words together
    text: str = ""

    def named(self, word: str) -> bool:
        return word in self.strong or (_HAN.search(word) is not None and _bare(word) in self.names)

    def has(self, word: str) -> bool:
        return self.named(word) or word in self.weak or (_HAN.search(word) is not None and _bare(word) in self.text)


@dataclass(frozen=True, slots=True)
class Found:
    """Products for a list; `exact` says that each has all that was asked, `missing` are words no product of the shop has."""

    products: tuple[Product, ...]
    exact: bool
    missing: tuple[str, ...] = ()
    named: bool = False  # every word asked for stands in the name, category or tags of each
    mostly: bool = False  # most of what was asked does, and the rest the shop has never heard of


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

    def find(self, question: str, language: str, filters: Filters) -> Found:
        """The products that the question describes, under `filters`."""
        refused = {word for found in _REFUSED.finditer(question) for word in terms(found["what"])}
        entries = tuple(entry for entry in self.entries(language) if not refused & set(terms(entry.product.title)))
        wanted = wanted_terms(_REFUSED.sub(" ", question), filters)
        pool = [entry for entry in entries if satisfies(entry.product, filters)] if filters else list(entries)
        known = [word for word in wanted if any(entry.has(word) for entry in entries)]
        missing = tuple(word for word in wanted if word not in known)
        if not known:
            return Found(tuple(self.fresh((entry.product for entry in pool), language)) if not wanted else (), not wanted, missing)
        matching = _matching(pool, known, entries)
        named = bool(matching) and not missing and all(entry.named(word) for entry in matching for word in known)
        products = sorted(_stock_first([entry.product for entry in matching]), key=lambda product: not _is_one(product.title, known))
        mostly = bool(matching) and all(any(entry.named(word) for word in known) for entry in matching) and len(known) >= len(missing)
        return Found(tuple(self.fresh(products, language)), bool(matching) and not missing, missing, named, mostly)


def _entry(product: Product) -> Entry:
    """What is denied does not describe: "not dishwasher safe" and "Induction: no" leave no words behind."""
    names = " ".join([product.title, product.category, " ".join(product.tags), product.brand])
    options = " ".join(f"{name} {value}" for variant in product.variants for name, value in variant.options)
    attributes = " ".join(f"{name} {value}" for name, value in product.attributes if not _DENIED.match(value.strip()))
    told = " ".join(part for part in sentences(said_of(product)) if not _NEGATED.search(part))
    text = f"{told} {options} {attributes}"
    return Entry(product, frozenset(terms(names)), frozenset(terms(text)), normalise(names), normalise(text))


def _matching(pool: Sequence[Entry], known: Sequence[str], entries: Sequence[Entry]) -> list[Entry]:
    """Entries that have every known word, at least one of them in their name, category or tags where any entry has it there."""
    naming = [word for word in known if any(entry.named(word) for entry in entries)]
    every = [entry for entry in pool if all(entry.has(word) for word in known)]
    if naming:
        every = [entry for entry in every if any(entry.named(word) for word in naming)]
    titled = {entry.product.id: set(terms(entry.product.title)) for entry in every}
    every.sort(key=lambda entry: (-sum(entry.named(word) for word in known), -sum(word in titled[entry.product.id] for word in known)))
    return [entry for entry in every if all(entry.named(word) for word in known)] or every


def _is_one(title: str, known: Sequence[str]) -> bool:
    """Whether what is asked for is what the name ends in: a "Wool Duvet" is a duvet, a "Duvet Cover" is a cover. English only; what stands
    behind a number, a dash or "with" is a version."""
    said = _NAME_END.split(title)[0].split()
    return (bool(said) and not said[-1].isascii()) or bool(set(terms(said[-1] if said else "")) & set(known))


def _bare(word: str) -> str:
    """炉子 and 炉 are one thing."""
    return word[:-1] if len(word) == 2 and word[-1] in "子儿" else word


def _stock_first(products: Sequence[Product]) -> list[Product]:
    return sorted(products, key=lambda product: not in_stock(product))


def wanted_terms(question: str, filters: Filters) -> list[str]:
    """The words that say what kind of thing is asked for: without the asking, the figures and the conditions."""
    conditions = set(terms(" ".join(value for _, value in filters.options)))
    found = [word for word in terms(question) if word not in ASKING and not re.fullmatch(r"[\d.,]+\w?", word) and word not in conditions]
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
        if not _price_fits(amount, filters):
            continue
        if filters.in_stock and variant.availability is Availability.out_of_stock:
            continue
        if filters.on_sale and not variant.on_sale:
            continue
        if all(any(value == option or value in option for option in options | attributes) for _, value in wanted):
            return True
    return False


def _price_fits(amount: Decimal | None, filters: Filters) -> bool:
    if filters.max_price is None and filters.min_price is None:
        return True
    if amount is None or (filters.exclusive and amount in (filters.max_price, filters.min_price)):
        return False
    return (filters.max_price is None or amount <= filters.max_price) and (filters.min_price is None or amount >= filters.min_price)
