"""Plans about one product: a field of its record, an attribute, a sentence of its description, or that the record does not say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from chatbot.answers_passage import PassageAnswers
from chatbot.followup import Whole
from chatbot.intents import Field
from chatbot.options import Asked, asked_options
from chatbot.phrases import say
from chatbot.plan import Plan, gap, products_plan
from chatbot.record import answer_field, attribute_answer, price_answer
from chatbot.retriever import MAYBE, ON_TOPIC, SURE, Candidate, LookUp, Retriever
from chatbot.sentences import sentences
from chatbot.terms import is_chinese, terms
from knowledge_base.catalog import Product
from knowledge_base.search import KnowledgeBase

STATEMENT_SURE = 0.55  # a sentence of the product's text with this score answers the question about it
STATEMENT_WORTH = 0.06  # from here on a sentence is worth showing as the closest the record says
NEAR_PASSAGE = 0.55  # a passage this similar is worth showing where the record is silent
SAME_QUESTION = 0.85  # a FAQ entry that asks just this goes before the record

_RESTOCK = re.compile(r"restock|back in stock|when .{0,40}(?:back|again|available)|补货|什么时候.{0,6}(?:有货|到货)|何时", re.IGNORECASE)


class ProductAnswers:
    def __init__(self, knowledge: KnowledgeBase, retriever: Retriever, passages: PassageAnswers) -> None:
        self._knowledge = knowledge
        self._retriever = retriever
        self._passages = passages

    def about(self, whole: Whole, product: Product, looked: LookUp, language: str) -> Plan:
        """What the record, its own text, or the FAQ says about one product."""
        reading, best = whole.reading, looked.best
        product = self._knowledge.product(product.id, language) or product
        if reading.shipping and best is not None and best.score >= ON_TOPIC:
            return self._passages.quote(whole.question, best, language, hedge=best.score < SURE)
        fields = reading.fields or _fields_of_options(whole.question, product)
        attribute = attribute_answer(whole.question, product, language)
        if attribute is not None and set(fields) <= {"size", "colour", "options", "stock"} and reading.fields[:1] != ("stock",):
            return products_plan(attribute, [product])
        told = [answer_field(field, whole.question, product, language) for field in fields if field != "describe"]
        answers = list(dict.fromkeys(text for text in told if text))
        if answers and _RESTOCK.search(whole.question) and best is not None and best.score >= MAYBE:
            quote = self._passages.quote(whole.question, best, language)
            return replace(quote, text=f"{answers[0]}\n{quote.text}", products=(product,))
        if answers:
            return products_plan(gap(language).join(_without_repeats(answers)[:2]), [product, *whole.products[1:3]])
        if attribute is not None:
            return products_plan(attribute, [product])
        if best is not None and best.score >= SAME_QUESTION:
            return self._passages.quote(whole.question, best, language)
        if (
            "describe" in reading.fields
            or (reading.ordinal is not None and len(terms(whole.question)) <= 1)
            or not terms(whole.question)
            or _only_names(whole.question, product)
        ):
            return self._describe(product, language)
        return self._statement(whole, product, best, language)

    def each(self, whole: Whole, looked: LookUp, language: str) -> Plan | None:
        """The same question to the few products a name fits; None when their records do not answer it."""
        products = whole.products[:4]
        plans = [self.about(whole, product, looked, language) for product in products]
        if any(plan.finish == "unknown" or not plan.products for plan in plans):
            return None
        return products_plan("\n".join(dict.fromkeys(f"- {plan.text}" for plan in plans)), products)

    def _statement(self, whole: Whole, product: Product, best: Candidate | None, language: str) -> Plan:
        """What the product's own text, or a passage about all products, says to a free question."""
        found = self._retriever.statements(whole.question, product, language)
        top = found[0] if found else None
        if best is not None and best.score >= SURE and (top is None or best.score > top.score):
            return self._passages.quote(whole.question, best, language)
        if top is not None and top.score >= STATEMENT_SURE and top.coverage >= 0.5:
            return products_plan(_said_of(product, [top.text], language), [product])
        near = [statement for statement in found[:3] if statement.score >= STATEMENT_WORTH]
        if near:
            text = say("nearest_field", language, title=product.title, quote=_joined([statement.text for statement in near[:2]], language))
        elif best is not None and (best.score >= MAYBE or best.similarity >= NEAR_PASSAGE):
            return self._passages.quote(whole.question, best, language, hedge=True)
        else:
            text = say("unknown_field", language, title=product.title)
        return replace(products_plan(text + gap(language) + say("offer_person", language), [product]), finish="unknown")

    def _describe(self, product: Product, language: str) -> Plan:
        text = _describe_text(product, language)
        can_write = bool(product.description) and is_chinese(product.description) == (language == "zh")
        return replace(products_plan(text, [product]), by_model=can_write)


def _only_names(question: str, product: Product) -> bool:
    return set(terms(question)) <= set(terms(product.title))


def _without_repeats(answers: Sequence[str]) -> list[str]:
    """Leaves out an answer that another one contains."""
    return [text for text in answers if not any(text != other and text in other for other in answers)]


def _describe_text(product: Product, language: str) -> str:
    said = gap(language).join(sentences(product.description)[:4])
    price = price_answer(product, Asked(), language)
    return gap(language).join(part for part in (said, price) if part) or product.title


def _said_of(product: Product, texts: Sequence[str], language: str) -> str:
    return f"{product.title}{'：' if language == 'zh' else ': '}{_joined(texts, language)}"


def _joined(texts: Sequence[str], language: str) -> str:
    """Sentences one after the other, each ended as a sentence is."""
    stop = "。" if language == "zh" else "."
    return gap(language).join(text if text[-1:] in ".。!！?？" else text + stop for text in texts)


def _fields_of_options(question: str, product: Product) -> tuple[Field, ...]:
    """Nothing but an option asks whether it is there; nothing but an item number asks for its price as well."""
    if not asked_options(question, product).wanted:
        return ()
    return ("price", "stock") if not re.search(r"[\s一-鿿]", question.strip()) else ("stock",)
