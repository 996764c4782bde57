"""Conditions on a measure in plain words ("backpacks over 40 liters", "30寸以下的箱子"), and which products meet them.

A price is not a measure: those limits are the knowledge base's. A product meets a condition when its title, options or attributes state a
measure of that unit that does, or, where they state none, its description does. What states no such measure does not meet it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from chatbot.figures import Figure, figures
from knowledge_base.catalog import Product
from knowledge_base.passages import said_of

_ABOVE = re.compile(
    r"\b(?:over|above|more than|at least|bigger than|larger than|heavier than|longer than|from)\s*$"
    r"|(?:超过|大于|至少|不少于|高于|不低于)\s*$"
)
_BELOW = re.compile(
    r"\b(?:under|below|less than|at most|up to|lighter than|smaller than|shorter than|no more than)\s*$"
    r"|(?:不到|小于|少于|不超过|低于|最多)\s*$"
)
_ABOVE_AFTER = re.compile(r"^\s*(?:or (?:more|above|over|bigger|larger)|and (?:up|above)|\+|以上|往上)")
_BELOW_AFTER = re.compile(r"^\s*(?:or (?:less|under|below|smaller)|以下|以内|之内)")
_MEASURED = frozenset("kg g lb oz mm cm m inch l ml w v mah person".split())
_IN = {"g": ("kg", 1000), "mm": ("cm", 10), "ml": ("l", 1000)}  # small unit → the one it is compared in


@dataclass(frozen=True, slots=True)
class Limit:
    """`low` and `high` in `unit`; None where there is none. Both ends are inside. `said` is the figure as the question has it."""

    unit: str
    said: str
    low: Decimal | None = None
    high: Decimal | None = None

    def fits(self, product: Product) -> bool:
        options = " ".join(value for variant in product.variants for _, value in variant.options)
        attributes = " ".join(value for _, value in product.attributes)
        for text in (f"{product.title} ; {options}", attributes, said_of(product)):
            values = [value for unit, value in map(_plain, figures(text)) if unit == self.unit]
            if values:
                return any((self.low is None or value >= self.low) and (self.high is None or value <= self.high) for value in values)
        return False


def limit_in(question: str) -> Limit | None:
    """The condition that a question states, if it states exactly one."""
    found = [limit for figure in figures(question) if figure.unit in _MEASURED and (limit := _limit(question, figure)) is not None]
    return found[0] if len(found) == 1 else None


def _limit(question: str, figure: Figure) -> Limit | None:
    before, _, after = question.partition(figure.text)
    unit, value = _plain(figure)
    if _ABOVE.search(before.lower()) or _ABOVE_AFTER.search(after.lower()):
        return Limit(unit, figure.text, low=value)
    if _BELOW.search(before.lower()) or _BELOW_AFTER.search(after.lower()):
        return Limit(unit, figure.text, high=value)
    return None


def _plain(figure: Figure) -> tuple[str, Decimal]:
    """Unit and value in the unit in which all of its kind are compared."""
    if figure.kind != "number":
        return "", Decimal(0)
    unit, divisor = _IN.get(figure.unit, (figure.unit, 1))
    return unit, Decimal(figure.value) / divisor
