"""The words of a conversation as the turn sees them: plain values, no socket, no database."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from knowledge_base.catalog import Kind

Speaker = Literal["shopper", "assistant", "operator"]
Finish = Literal["stop", "length", "cancelled", "fallback", "unknown", "refused", "superseded", "handoff", "error"]
HandoffReason = Literal[
    "shopper_asked", "unknown", "low_grounding", "angry", "repeated_question", "policy", "operator_took_over", "operator_returned", "idle"
]


@dataclass(frozen=True, slots=True)
class SourceItem:
    """One thing a reply rests on; a product card is drawn from it. `id` is a document id of the knowledge base."""

    id: str
    kind: Kind
    title: str
    score: float
    url: str = ""
    price: Decimal | None = None
    list_price: Decimal | None = None
    currency: str = ""
    image: str = ""
    available: bool | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One durable message. An assistant's message keeps the sources it was based on, so that "the second one" has a meaning."""

    speaker: Speaker
    text: str
    sources: tuple[SourceItem, ...] = ()
    finish: Finish | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """The page the shopper is on. `product_id` is what the storefront calls the product."""

    url: str = ""
    title: str = ""
    product_id: str = ""


@dataclass(frozen=True, slots=True)
class Conversation:
    """All that one turn may know. The last message is the shopper's question; earlier ones are the history, oldest first."""

    id: str
    messages: tuple[Message, ...]
    locale: str = ""
    page: Page | None = None
    cart: tuple[str, ...] = ()

    @property
    def question(self) -> str:
        return self.messages[-1].text
