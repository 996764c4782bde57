"""Plans about one product: a field of its record, an attribute, a sentence of its description, or that the record does not say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chatbot.answers_passage import PassageAnswers, quoted
from chatbot.followup import Whole
from chatbot.options import Asked
from chatbot.phrases import say
from chatbot.plan import Plan, gap, products_plan
from chatbot.record import answer_field, attribute_answer, price_answer
from chatbot.retriever import MAYBE, SURE, Candidate, LookUp, Retriever
from chatbot.sentences import sentences
from chatbot.terms import is_chinese, terms
from knowledge_base.catalog import Product
from knowledge_base.search import KnowledgeBase

STATEMENT_SURE = 0.55
SAME_QUESTION = 0.85  # a FAQ entry that asks just this goes before the record


class ProductAnswers:
    def __init__(self, knowledge: KnowledgeBase, retriever: Retriever, passages: PassageAnswers) -> None:
        self._knowledge = knowledge
        self._retriever = retriever
        self._passages = passages

    def about(self, whole: Whole, product: Product, looked: LookUp, language: str) -> Plan:
        reading, best = whole.reading, looked.best
        product = self._knowledge.product(product.id, language) or product
        if reading.shipping and best is not None and best.score >= MAYBE:
            return self._passages.quote(whole.question, best, language, hedge=best.score < SURE)
        if best is not None and best.score >= SAME_QUESTION:
            return self._passages.quote(whole.question, best, language)
        described = "describe" in reading.fields
        told = [answer_field(field, whole.question, product, language) for field in reading.fields if field != "describe"]
        answers = list(dict.fromkeys(text for text in told if text))
        if answers:
            return products_plan(gap(language).join(_without_repeats(answers)[:2]), [product, *whole.products[1:3]])
        attribute = attribute_answer(whole.question, product, language)
        if attribute is not None:
            return products_plan(attribute, [product])
        if described or not terms(whole.question) or _only_names(whole.question, product):
            return self._describe(product, language)
        return self._statement(whole, product, best, language)

    def _statement(self, whole: Whole, product: Product, best: Candidate | None, language: str) -> Plan:
        """What the product's own text, or a passage about all products, says to a free question."""
        found = self._retriever.statements(whole.question, product, language)
        top = found[0] if found else None
        if best is not None and best.score >= SURE and (top is None or best.score > top.score):
            return self._passages.quote(whole.question, best, language)
        if top is not None and top.score >= STATEMENT_SURE and top.coverage >= 0.5:
            return products_plan(f"{product.title}{'：' if language == 'zh' else ': '}{top.text}", [product])
        text = say("unknown_field", language, title=product.title)
        if top is not None and top.score >= 0.35 and top.coverage > 0:
            text += gap(language) + say("nearest", language, quote=quoted(top.text))
        text += gap(language) + say("offer_person", language)
        return replace(products_plan(text, [product]), finish="unknown")

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
