"""A product in, descriptions out: facts, variants, ranking. The face of this package for one product; files and channels stand on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from chatbot.copywriter.facts import Facts, facts_of
from chatbot.copywriter.ranking import Variant, ranked, variant_of
from chatbot.copywriter.wish import Wish
from chatbot.copywriter.writer import Copywriter, Draft
from knowledge_base.catalog import Product


@dataclass(frozen=True, slots=True)
class Description:
    """The variants, the best first, and what was asked for but could not be said."""

    title: str
    language: str
    variants: tuple[Variant, ...]
    keywords_left_out: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return self.variants[0].text

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def facts_for(product: Product, wish: Wish, captions: Sequence[str] = (), alt_texts: Sequence[str] = ()) -> Facts:
    """The facts of a product in the language that is wished for, else its own where that is written here; English is for all others."""
    language = "zh" if (wish.language or product.language).startswith("zh") else "en"
    return facts_of(product, language, captions=captions, with_price=wish.with_price, alt_texts=alt_texts)


async def describe(writer: Copywriter, facts: Facts, wish: Wish) -> Description:
    """All variants. Raises NothingToSay, EngineError."""
    variants: list[Variant] = []
    left_out: tuple[str, ...] = ()
    for number in range(wish.variants):
        draft = Draft(facts, wish, number)
        left_out = draft.plan.keywords_left_out
        variants.append(variant_of([sentence async for sentence in writer.sentences(draft)], facts))
    return Description(facts.title, facts.language, tuple(ranked(variants)), left_out, facts.left_out)
