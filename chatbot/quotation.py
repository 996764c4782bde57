"""Words of the shop's own that a shopper quotes to find what they belong to: "which product is this: “Packs into its own chest pocket”".

A quotation means the one product whose text has it. Knows no ranking and no model.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from chatbot.sentences import sentences
from chatbot.terms import is_chinese, normalise
from knowledge_base.catalog import Product
from knowledge_base.passages import said_of

_QUOTED = re.compile(r"[“”\"「『]([^“”\"「」『』]{6,400})[”“\"」』]")
_ASKS_WHICH = re.compile(r"\b(?:which|what|who)\b|\blooking for\b|哪|什么|叫啥|想找|找一下", re.IGNORECASE)
_SHORTEST, _SHORTEST_HAN = 12, 6  # characters; less may stand anywhere


def quotation(question: str) -> str:
    """What the question quotes; "" where it quotes nothing that is long enough to mean something."""
    found = _QUOTED.search(question)
    said = found[1].strip() if found else ""
    return said if len(said) >= (_SHORTEST_HAN if is_chinese(said) else _SHORTEST) else ""


def without_quotation(question: str) -> str:
    return " ".join(_QUOTED.sub(" ", question).split())


def asks_which(question: str) -> bool:
    """Whether the question asks what the quoted words belong to."""
    return bool(quotation(question)) and _ASKS_WHICH.search(without_quotation(question)) is not None


def quoted_product(question: str, products: Iterable[Product]) -> Product | None:
    """The one of the products whose text has the quoted words."""
    said = _bare(quotation(question))
    having = [product for product in products if said and said in _bare(said_of(product))]
    return having[0] if len(having) == 1 else None


def quoted_sentence(question: str, product: Product) -> str:
    """The sentence of the product's text that has the quoted words, or the words where they go over several; "" if it has them not."""
    quote = quotation(question)
    said = _bare(quote)
    if not said or said not in _bare(said_of(product)):
        return ""
    return next((sentence for sentence in sentences(said_of(product)) if said in _bare(sentence)), quote)


def _bare(text: str) -> str:
    """Letters and digits only, so that a dash or a full stop more is no difference."""
    return re.sub(r"[\W_]+", "", normalise(text))
