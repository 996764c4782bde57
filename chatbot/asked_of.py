"""What a question asks of one product's record: which of its fields, whether it is there at all, and which words the record does not know.

Decided by words alone. Knows the record's words but not what it answers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from chatbot.browsing import ASKING
from chatbot.figures import MONEY, figures
from chatbot.intents import Field
from chatbot.options import COUNTS, asked_options
from chatbot.statements import texts_of
from chatbot.terms import terms
from knowledge_base.catalog import Passage, Product

_ASKS_NAME = re.compile(r"\b(?:what|which|called|name)\b|哪|什么|啥", re.IGNORECASE)
_ASKS_WHAT = re.compile(r"\b(?:what|which|how|who|why|where|when)\b|什么|哪|怎么|多少|几", re.IGNORECASE)
_CODE_LENGTH = 4
_HAVE = re.compile(r"\b(?:have|got|any|left|available|do (?:you|u) do)\b|有.{0,2}[么吗没货]|还有|有没有", re.IGNORECASE)
_IS_THERE = re.compile(r"\b(?:have|has|got|any|left|still|there)\b|有|能买|买得到", re.IGNORECASE)
_NOW = frozenset(terms("moment today now currently there 目前 现在 今天"))
_BUDGET = re.compile(
    r"\b(?:spend|budget|afford|enough|within|under|below|less than|up to|at most|max(?:imum)?|cover|pays? for|gift card|voucher|got)\b"
    r"|预算|够|买得起|以[内下]|不超过",
    re.IGNORECASE,
)
_RESTOCK = re.compile(
    r"restock|back in stock|when .{0,40}(?:back|again|available)|补货|(?:什么时候|几号|哪天).{0,6}(?:有货|到货|再有)|何时", re.IGNORECASE
)
_OF_CHOICE = {"size", "colour", "options"}
_FIELD_TERMS = frozenset(
    terms("price sale discount was now before stock available left sold out size colour option variant weight brand sku number order buy")
    + terms("价格 原价 现价 特价 打折 优惠 库存 有货 尺码 颜色 规格 重量 品牌 货号 下单 多少")
)


def fields_asked(fields: Sequence[Field], question: str, product: Product) -> tuple[Field, ...]:
    """The fields that the question's words ask for (`fields`), less what they ask of a part ("what brand is the chain"), or what it asks
    without naming a field: an amount that has to be enough asks for the price, "have you got it there" for the stock."""
    if fields:
        beyond = set(terms(question)) - told_by_fields(question, product)
        of_part = {"brand"} if beyond else set()
        of_part |= _OF_CHOICE if strange_words(question, product) - ASKING - _NOW and not asked_options(question, product).wanted else set()
        return tuple(field for field in fields if field not in of_part)
    if _BUDGET.search(question) and any(figure.unit in MONEY for figure in figures(question)):
        return ("price",)
    open_question = _ASKS_WHAT.search(question) is not None
    whether = (
        not open_question and _IS_THERE.search(question) is not None and set(terms(question)) - told_by_fields(question, product) <= _NOW
    )
    return ("stock",) if whether else _fields_of_options(question, product)


def asks_when_back(question: str) -> bool:
    return _RESTOCK.search(question) is not None


def asks_for_one(question: str, product: Product) -> bool:
    """Whether the question is for a version, and has no word that the record knows nothing of ("got an HDMI port")."""
    return _HAVE.search(question) is not None and not strange_words(question, product) - _NOW


def strange_words(question: str, product: Product) -> set[str]:
    """The words of the question that the record knows nothing of."""
    told = told_by_fields(question, product) | set(terms(" ".join(texts_of(product))))
    return {word for word in terms(question) if word not in told and word not in COUNTS and not word[0].isdigit()}


def asks_beyond(question: str, product: Product, passage: Passage, share: float = 1.0) -> bool:
    """Whether the question has words that the record knows nothing of and the passage has: "how much is engraving on the trowel".
    `share`: how many of them the passage must have."""
    beyond = beyond_fields(question) - names_of(product) - set(terms(" ".join(texts_of(product))))
    return bool(beyond) and len(beyond & set(terms(f"{passage.heading} {passage.body}"))) >= share * len(beyond)


def names_of(product: Product) -> set[str]:
    return set(terms(f"{product.title} {product.brand} {product.category} {' '.join(product.tags)}"))


def told_by_fields(question: str, product: Product) -> set[str]:
    """The words that a record's fields answer: the product's names, the options that are asked for, and the fields' own."""
    options = asked_options(question, product).wanted
    return names_of(product) | {word for name, value in options for word in terms(f"{name} {value}")} | _FIELD_TERMS


def beyond_fields(question: str) -> set[str]:
    """The words of the question that are no field's own."""
    return set(terms(question)) - _FIELD_TERMS


def _fields_of_options(question: str, product: Product) -> tuple[Field, ...]:
    """Nothing but an option asks whether it is there; nothing but an item number, or what has it, asks for its price as well."""
    plain = question.strip(" ?？.!。").lower()
    codes = {code.lower() for variant in product.variants for code in (variant.sku, variant.gtin) if code}
    if plain in codes:
        return ("price", "stock")
    if any(len(code) >= _CODE_LENGTH and code in plain for code in codes) and _ASKS_NAME.search(plain):
        return ("sku", "price")
    wanted = asked_options(question, product).wanted
    return ("stock",) if wanted and set(terms(question)) <= told_by_fields(question, product) else ()
