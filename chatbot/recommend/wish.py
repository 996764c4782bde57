"""What is asked for, what is answered, and what a call works on: the values of recommendations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from chatbot.recommend.catalogue import Catalogue
from chatbot.recommend.choosing import DIVERSITY
from chatbot.recommend.ranker import Ranker
from chatbot.recommend.reasons import Sold
from chatbot.recommend.rules import Rules
from chatbot.recommend.signals import Signals
from knowledge_base.catalog import Product

Want = Literal["any", "similar", "goes_with"]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for. Products by id, oldest first in `history`; `diversity` 0 is by score alone."""

    history: tuple[str, ...] = ()
    cart: tuple[str, ...] = ()
    product: str = ""
    interests: str = ""
    limit: int = 6
    language: str = ""
    want: Want = "any"
    pins: bool = True
    blocks: bool = True
    stock: bool = True
    diversity: float = DIVERSITY


@dataclass(frozen=True, slots=True)
class Recommendation:
    """`shares` say how much of the score each group of signals carries; they sum to 1, or there are none."""

    product: Product
    score: float
    reason: str
    why: str
    shares: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Learnt:
    """What calls work on: made once for a version of the index, of the fit and of the rules."""

    signals: Signals
    ranker: Ranker
    sold: Sold
    rules: Rules
    codes: Mapping[str, str]
    cold: Ranker
    report: Mapping[str, Any]

    @property
    def catalogue(self) -> Catalogue:
        return self.signals.catalogue
