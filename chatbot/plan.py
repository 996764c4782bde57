"""What to say in a turn, decided before a word is written: the text, what it rests on, and how it was found.

A plan never says more than its evidence. The three ways to make one have their own modules: `answers_list`, `answers_product` and
`answers_passage`; `planner` decides which of them speaks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chatbot.listing import SHOWN
from chatbot.messages import Finish, HandoffReason, SourceItem
from chatbot.record import source_of
from knowledge_base.catalog import Passage, Product


@dataclass(frozen=True, slots=True)
class Plan:
    """What to say. `text` is complete unless `by_model`; then it is what to fall back on."""

    text: str
    finish: Finish
    answered_by: str
    products: tuple[Product, ...] = ()
    passages: tuple[Passage, ...] = ()
    scores: tuple[tuple[str, float], ...] = ()
    handoff: HandoffReason | None = None
    by_model: bool = False
    bare: bool = False  # the answer to nothing but the name of a kind of thing
    exact: bool = False  # each product listed has all that was asked for
    brief: str = ""  # the text in fewer words, where it quotes at length
    near: bool = False  # its passages may well be the answer

    @property
    def sure(self) -> bool:
        """Whether a passage is the answer, and not only the closest thing that the shop says."""
        return self.answered_by == "passage" and self.finish == "stop"

    @property
    def looked_up(self) -> str:
        """What a model reads as found for the question: what code says from the record, or that nothing was found but what comes closest.

        Nothing where passages answer, or may well answer: then they are to be read."""
        found_nothing = self.finish == "unknown" and not self.near
        return (self.brief or self.text) if self.answered_by == "record" or found_nothing else ""

    def sources(self) -> tuple[SourceItem, ...]:
        """Products first, as cards, then the passages' documents, each once."""
        score = dict(self.scores)
        items = [source_of(product, score.get(product.id, 1.0)) for product in self.products]
        items += [
            SourceItem(passage.document_id, passage.kind, passage.heading, round(score.get(passage.id, 1.0), 4), passage.url)
            for passage in self.passages
            if passage.kind != "product"
        ]
        return tuple({item.id: item for item in items}.values())


def products_plan(text: str, products: Sequence[Product]) -> Plan:
    return Plan(text, "stop", "record", products=tuple(products)[:SHOWN])


def gap(language: str) -> str:
    """What stands between two sentences."""
    return "" if language == "zh" else " "


def joined(texts: Sequence[str], language: str) -> str:
    """Sentences one after the other, each ended as a sentence is."""
    stop = "。" if language == "zh" else "."
    return gap(language).join(text if text[-1:] in ".。!！?？" else text + stop for text in texts)
