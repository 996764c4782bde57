"""An option that a question asks for and that only other products of the shop have: "the bistro set in Natural Zinc".

Names of colours and sizes are as many as shops, so those that count here are the values of this shop's own products. A value counts only
where it is asked for as an option ("in …", "…的") and the product's own text has no word of it. Kept per version of the index and language.
"""

from __future__ import annotations

import re

from chatbot.options import COLOUR_NAMES, SIZE_NAMES, asked_options, option_values
from chatbot.terms import normalise
from knowledge_base.catalog import Product
from knowledge_base.passages import said_of
from knowledge_base.search import KnowledgeBase

_MOST = 5_000  # values of one shop, so that a question is never held against more
_ENDS = r"(?=\s*(?:[?.!,;，。！？]|$|please|is that|in stock|available|still|too\b|and\b|or\b|right now|at the moment))"
_WORD = re.compile(r"[^\W_]+")
_HAN = re.compile(r"[一-鿿]")


class Elsewhere:
    """Holds the sizes and colours of all products."""

    def __init__(self, knowledge: KnowledgeBase) -> None:
        self._knowledge = knowledge
        self._values: dict[tuple[str, str], tuple[tuple[str, str], ...]] = {}

    def asked(self, question: str, product: Product, language: str) -> str:
        """The value that the question asks for and the product does not have; "" where there is none."""
        text = normalise(question).replace(normalise(product.title), "¤")
        near = [(name, value) for name, value in self._of_shop(language) if normalise(value) in text]
        if not near or any(_is_kind_of(near, name) for name, _ in asked_options(question, product).wanted):
            return ""
        own = _said(product)
        strange = [value for name, value in near if _asked_for(text, name, normalise(value)) and not _has(own, normalise(value))]
        return max(strange, key=len, default="")

    def _of_shop(self, language: str) -> tuple[tuple[str, str], ...]:
        """(option's name, value) of every size and colour, each once."""
        key = (self._knowledge.version, language)
        if key not in self._values:
            self._values = {other: kept for other, kept in self._values.items() if other[0] == key[0]}
            pairs = (
                (name, value)
                for product in self._knowledge.products(language)
                for name, values in option_values(product).items()
                if COLOUR_NAMES.search(name) or SIZE_NAMES.search(name)
                for value in values
            )
            self._values[key] = tuple(dict.fromkeys(pairs))[:_MOST]
        return self._values[key]


def _is_kind_of(near: list[tuple[str, str]], name: str) -> bool:
    """Whether an option of this name was found, and nothing of another kind is asked for."""
    kinds = {bool(COLOUR_NAMES.search(other)) for other, _ in near}
    return kinds == {bool(COLOUR_NAMES.search(name))}


def _asked_for(text: str, name: str, value: str) -> bool:
    value = re.escape(value)
    if _HAN.search(text):
        return (
            re.search(
                rf"(?:{re.escape(normalise(name))}|[有要选出换来]){value}(?![一-鿿\w])|(?<![\w]){value}的|[有要选出换来]{value}", text
            )
            is not None
        )
    return re.search(rf"\bin (?:an? |the )?(?:(?:size|colou?r|shade)s? )?{value}{_ENDS}", text) is not None


def _said(product: Product) -> str:
    return normalise(f"{product.title} {said_of(product)} {product.attributes} {option_values(product)}")


def _has(own: str, value: str) -> bool:
    """Whether the value, or one of its words, stands in the product's own text."""
    words = [word for word in _WORD.findall(value) if len(word) > 2 or not word.isascii()] or [value]
    return value in own or any(re.search(rf"(?<![a-z\d]){re.escape(word)}", own) for word in words if not word.isdigit())
