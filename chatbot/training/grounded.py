"""What a reply rests on, held against what it says: its claims one by one, and its figures before and after the watcher.

The evidence is that of the reply's own sources and the shop's profile, whatever the turn believed, with the sentences that code makes
of a source's record (price, stock, options of each version), because a reply may say those. Sentences that claim nothing of the shop
(not knowing, offering a person, a greeting, a question back) are not counted: they can be neither grounded nor invented.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chatbot.claims import Evidence, judge
from chatbot.events import Reply
from chatbot.evidence import evidence_of
from chatbot.guard import unsupported_figures
from chatbot.intents import Field
from chatbot.listing import list_line
from chatbot.phrases import say
from chatbot.record import answer_field
from chatbot.sentences import sentences
from chatbot.terms import terms
from chatbot.training.measures_of_text import admits_not_knowing
from knowledge_base.catalog import Passage, Product, Variant
from knowledge_base.search import KnowledgeBase

_FIELDS: tuple[Field, ...] = ("price", "sale", "stock", "quantity", "size", "colour", "options", "brand", "sku")
_OF_VERSIONS: tuple[Field, ...] = ("price", "sale", "stock", "quantity")
_VERSIONS = 24
_CLAIMLESS = (
    "greeting thanks goodbye who yes_to_nothing no handoff angry unknown unknown_product unsure offer_person refused refused_private"
    " overloaded list list_one list_more list_suggest list_none nearest_products nearest_each catalogue quantity_unknown error"
).split()
_LEADS = ("says", "nearest", "quoted_other_language", "nearest_field")
_VERDICTS = ("told_right", "told_wrong")  # a yes or no that code puts in front of what the record says
_LANGUAGES = ("en", "zh")


@dataclass(frozen=True, slots=True)
class Grounding:
    """`claims` sentences of the reply were judged; `ungrounded` are those that do not follow, by the watcher's strict check; `covered` is
    how many have no content word that the sources do not have. Figures that the sources do not state: `invented` in the reply,
    `invented_before` in what the model wrote, withheld or not."""

    claims: int
    covered: int
    ungrounded: tuple[str, ...]
    invented: tuple[str, ...]
    invented_before: tuple[str, ...]


def ground(reply: Reply, knowledge: KnowledgeBase) -> Grounding:
    evidence = evidence_for(reply, knowledge)
    verdicts = _verdicts() if reply.trace.get("answered_by") == "record" else frozenset()
    claims = [claim for claim in claims_of(reply.text) if claim not in verdicts]
    words = frozenset(terms(" ".join((*evidence.texts, *evidence.subjects))))
    invented = unsupported_figures(reply.text, evidence)
    before = [figure for text in _written(reply) for figure in unsupported_figures(text, evidence)]
    return Grounding(
        len(claims),
        sum(words.issuperset(terms(claim)) for claim in claims),
        tuple(claim for claim in claims if judge(claim, evidence) is not None),
        tuple(invented),
        tuple(dict.fromkeys((*before, *invented))),
    )


def _written(reply: Reply) -> list[str]:
    """What the model wrote: its whole text where the trace has it, else what was held back of it."""
    raw = reply.trace.get("raw")
    return [str(raw)] if raw else [str(found["text"]) for found in reply.trace.get("held_back", ())]


def evidence_for(reply: Reply, knowledge: KnowledgeBase) -> Evidence:
    """All that the reply's sources and the shop's profile say."""
    language = str(reply.trace.get("language", ""))
    products: list[Product] = []
    passages: list[Passage] = []
    for item in reply.sources:
        if item.kind == "product" and (product := knowledge.product(item.id.removeprefix("product:"), language)) is not None:
            products.append(product)
        passages.extend(knowledge.passages(item.id))
    said = [statement for product in products for statement in record_statements(product, language or product.language)]
    return evidence_of(products, passages, knowledge.profile, language, *said)


@functools.lru_cache(maxsize=512)
def record_statements(product: Product, language: str) -> tuple[str, ...]:
    """The sentences that code makes of one product's record, for the product and for each of its versions."""
    said = [answer_field(field, product.title, product, language) for field in _FIELDS]
    said += [answer for variant in product.variants[:_VERSIONS] for answer in _of_version(product, variant, language)]
    said += [say("attribute", language, title=product.title, name=name, value=value) for name, value in product.attributes]
    return tuple(dict.fromkeys(filter(None, [*said, list_line(product, language)])))


def _of_version(product: Product, variant: Variant, language: str) -> Iterator[str | None]:
    if len(product.variants) > 1:
        asked = " ".join(f"{name} {value}" for name, value in variant.options)
        for field in _OF_VERSIONS:
            yield answer_field(field, asked, product, language)


def claims_of(text: str) -> list[str]:
    """The sentences of a reply that claim something of the shop, without what only leads over to a quote."""
    own, leads = _own_sentences(), _leads()
    claims = []
    for sentence in sentences(text):
        claim = next((sentence[len(lead) :].strip() for lead in leads if sentence.startswith(lead)), sentence)
        if claim and claim not in own and not claim.endswith(("?", "？")) and not (admits_not_knowing(claim)):
            claims.append(claim)
    return claims


@functools.cache
def _own_sentences() -> frozenset[str]:
    return frozenset(part for key in _CLAIMLESS for language in _LANGUAGES for part in sentences(say(key, language)))


@functools.cache
def _leads() -> Sequence[str]:
    """Such as "The closest thing the shop says:"; the last sentence of each phrase that ends in a quote."""
    said = [say(key, language, quote="", title="").strip() for key in _LEADS for language in _LANGUAGES]
    return tuple(parts[-1] for text in said if (parts := sentences(text)))


@functools.cache
def _verdicts() -> frozenset[str]:
    return frozenset(say(key, language, said="").strip() for key in _VERDICTS for language in _LANGUAGES)
