"""What a record's attributes say, and its options that are no size and no colour: "how heavy" → Weight, "made of what" → Material.

Every sentence is a template over fields, as in `record`. Knows no price and no stock.
"""

from __future__ import annotations

import re

from chatbot.options import COLOUR_NAMES, SIZE_NAMES, asked_options, option_values
from chatbot.phrases import join, say
from chatbot.terms import terms
from knowledge_base.catalog import Product

_ASIDE = frozenset(
    terms("exactly total about overall altogether actual approximately roughly 一共 总共 大概 大约 多少 多 有 how long 多久 多长")
)  # ask nothing more
_DIMENSION = re.compile(r"\b(?:length|width|height|depth|diameter|dimensions?|size)\b|尺寸|长度|宽度|高度|深度|直径|大小", re.IGNORECASE)
_HOW_BIG = re.compile(
    r"\bhow (?:big|large|wide|tall|deep)\b(?! a\b)|\bhow (?:long|high) (?:is|are)\b|\bdimensions?\b|\bmeasure(?:s|ments)?\b"
    r"|\b(?:counter|floor|shelf|desk|bench) ?(?:top )?space\b"
    r"|\btake up\b|多大(?=$|[？?呀啊呢，。])|多宽|多高|多长(?!时间|久)|多深|尺寸|占(?:地|多大)|放得下",
    re.IGNORECASE,
)


def attribute_answer(question: str, product: Product, language: str) -> str | None:
    """The attributes and options whose names the question uses ("how heavy" → Weight), at most three."""
    asked = set(terms(question)) - set(terms(product.title))
    known = dict(product.attributes)
    choices = [] if asked_options(question, product).wanted else _choices(product, language)
    named = [(name, value) for name, value in (*known.items(), *choices) if set(terms(name)) and set(terms(name)) <= asked]
    told = {word for name, value in named for word in terms(f"{name} {value}")}
    words = set(terms(f"{product.description} {product.category} {' '.join(product.tags)}"))
    if (
        len(asked - told) > 1 or asked - told - words - _ASIDE
    ):  # more is asked than the attribute says: "how much weight can it carry" is not its weight
        return None
    if not named:
        return None
    gap = " " * (language != "zh")
    return gap.join(say("attribute", language, title=product.title, name=name, value=value.rstrip(".。")) for name, value in named[:3])


def _choices(product: Product, language: str) -> list[tuple[str, str]]:
    """(name, values) of the options that no field of the record is asked for by: not sizes, not colours."""
    known = {name for name, _ in product.attributes}
    named = [(name, values) for name, values in option_values(product).items() if name not in known]
    return [(name, join(values, language)) for name, values in named if not SIZE_NAMES.search(name) and not COLOUR_NAMES.search(name)]


def dimensions_answer(question: str, product: Product, language: str) -> str | None:
    """All the measures of a thing, where it is asked how big it is."""
    measures = [(name, value) for name, value in product.attributes if _DIMENSION.search(name)]
    if not measures or not _HOW_BIG.search(question):
        return None
    gap = " " * (language != "zh")
    return gap.join(say("attribute", language, title=product.title, name=name, value=value.rstrip(".。")) for name, value in measures[:4])
