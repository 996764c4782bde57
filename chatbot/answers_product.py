"""Plans about one product: a field of its record, an attribute, a sentence of its description, or that the record does not say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from chatbot.answers_passage import PassageAnswers
from chatbot.asked_of import asks_beyond, asks_for_one, asks_when_back, beyond_fields, fields_asked, names_of, strange_words, told_by_fields
from chatbot.colloquial import in_shop_words
from chatbot.elsewhere import Elsewhere
from chatbot.followup import Whole
from chatbot.intents import Field
from chatbot.listing import closest_answer
from chatbot.naming import unheard_of
from chatbot.options import Asked, asked_options, is_yes_or_no
from chatbot.phrases import say
from chatbot.plan import Plan, gap, joined, products_plan
from chatbot.quotation import asks_which, quoted_sentence
from chatbot.record import absent_answer, answer_field, price_answer
from chatbot.record_attributes import attribute_answer, dimensions_answer
from chatbot.retriever import MAYBE, SURE, LookUp, Retriever, Statement
from chatbot.sentences import sentences
from chatbot.statements import statements_in, texts_of, without_title
from chatbot.terms import is_chinese, terms
from chatbot.told_price import verdict
from knowledge_base.catalog import Product
from knowledge_base.search import KnowledgeBase

STATEMENT_BESIDE = 0.3  # from here on a sentence is told beside the stock of an option
_LABEL = re.compile(r"[^.。:：]{1,24}[:：]")  # "Large: …" holds for that option only
STATEMENT_WORTH = 0.15  # from here on a sentence is worth showing among the closest that the record says
_SHORT, _SHORT_HAN = 450, 200  # characters of a description that is shown whole where no sentence of it is sure to answer
_TELLING, _SAME_MEANING = 0.34, 0.7  # share of the question's telling words; cosine
_SOMEWHAT_ALIKE = 0.4  # below this a passage does not answer for a product, whatever words it has
_ALIKE = 0.45  # the question and a passage are about the same thing
_CERTAIN = 0.5  # the ranking is sure that the question is about this product
_WORTH_ADDING = 0.5  # a sentence beside a field's answer
_NEARLY = 0.08  # as good as
_UNITS = (
    "rpm", "mm|millimet", "cm|centimet", r"m\b|met(?:er|re)", r"in\b|inch|″", "kg|kilo", r"g\b|gram", "lb|pound", "oz|ounce",
    "lm|lumen", r"w\b|watt", r"v\b|volt", r"l\b|lit(?:er|re)", "ml|millilit", r"h\b|hours?\b|hrs?\b", r"min(?:utes?)?\b",
    r"db\b|decibel", r"hz\b|hertz", r"psi\b", r"bar\b", "%|per ?cent",
)  # fmt: skip
_MEASURED_WITHIN = 0.2  # which of two measures of one unit is meant is for the reader to see
_FOLLOWED = 0.35
_OF_PRICE = frozenset({"price", "size", "colour", "options"})  # "is it €49 in red?" asks for no more than the price
_GONE = frozenset(terms("sold restock 售罄 缺货 补货 到货"))
_OF_STOCK = re.compile(r"\b(?:in|out of) stock\b|有货|没货|现货", re.IGNORECASE)


class ProductAnswers:
    def __init__(self, knowledge: KnowledgeBase, retriever: Retriever, passages: PassageAnswers) -> None:
        self._knowledge = knowledge
        self._retriever = retriever
        self._passages = passages
        self._elsewhere = Elsewhere(knowledge)

    def about(self, whole: Whole, product: Product, looked: LookUp, language: str) -> Plan:
        """What the record, its own text, or the FAQ says about one product."""
        reading, best = whole.reading, looked.best
        product = self._knowledge.product(product.id, language) or product
        if asks_which(whole.question) and (said := quoted_sentence(whole.question, product)):
            return products_plan(_said_of(product, [said], language), [product])
        if reading.shipping and best is not None and best.score >= MAYBE:
            return self._free(whole, product, looked, language)
        if not reading.shipping and (absent := self._elsewhere.asked(whole.question, product, language)):
            return self._without_option(absent, whole, product, language)
        fields = fields_asked(reading.fields, whole.question, product)
        if not fields and asked_options(whole.question, product).wanted:
            return self._of_option(whole, product, looked, language)
        if asks_when_back(whole.question):
            return self._restock(whole, product, looked, language)
        if best is not None and best.score >= SURE and best.similarity >= _ALIKE and asks_beyond(whole.question, product, best.passage):
            return self._passages.quote(whole.question, best, language)
        attribute = attribute_answer(whole.question, product, language)
        if attribute is not None and set(fields) <= {"size", "colour", "options", "stock"} and reading.fields[:1] != ("stock",):
            return products_plan(attribute, [product])
        answer = self._fields_told(fields, whole.question, product, language)
        if answer:
            return self._beside(products_plan(answer, [product, *whole.products[1:3]]), whole, product, looked, language)
        measures = dimensions_answer(whole.question, product, language)
        tops = self._retriever.statements(whole.question, product, language)[:1]
        if measures is not None and not any(_answers(whole.question, top) for top in tops):
            return products_plan(measures, [product])
        if attribute is not None:
            return products_plan(attribute, [product])
        if self._wants_all(whole, product):
            return self._describe(product, language)
        return self._free(whole, product, looked, language)

    def _of_option(self, whole: Whole, product: Product, looked: LookUp, language: str) -> Plan:
        """An option among other words: a sentence of the record answers them, else its stock and what is closest to the words."""
        wanted = asked_options(whole.question, product).wanted
        found = self._retriever.statements(whole.question, product, language)
        found = [one for one in found if not one.text.startswith(tuple(f"{name}:" for name, _ in wanted))]
        stock = answer_field("stock", whole.question, product, language)
        if stock is not None and asks_for_one(whole.question, product):
            return products_plan(stock, [product])
        if stock is None or (found and _answers(whole.question, found[0])):
            return self._free(whole, product, looked, language)
        values = [value for _, value in wanted]
        own = [text for text in texts_of(product) if any(text.startswith((f"{value}:", f"{value}：")) for value in values)]
        near = [one.text for one in found[:2] if one.score >= STATEMENT_BESIDE and not _LABEL.match(one.text)]
        texts = _in_order(list(dict.fromkeys([*own, *near]))[:2], product)
        if all(word.isdigit() for word in set(terms(whole.question)) - told_by_fields(whole.question, product)):
            return products_plan(gap(language).join([stock, *([joined(texts, language)] if texts else [])]), [product])
        key = "nearest_field" if texts else "unknown_field"
        said = say(key, language, title=product.title, quote=joined(texts, language))
        return _with_offer(replace(products_plan(gap(language).join([said, stock]), [product]), finish="unknown"), language)

    def _without_option(self, value: str, whole: Whole, product: Product, language: str) -> Plan:
        """That the product is not to be had so, what there is, and its price where that is asked."""
        text = absent_answer(product, Asked(absent=(value,)), language)
        more = [price_answer(product, Asked(), language)] if "price" in whole.reading.fields else []
        return products_plan(gap(language).join([text, *more]), [product])

    def _restock(self, whole: Whole, product: Product, looked: LookUp, language: str) -> Plan:
        """Whether it is there now, and what the shop says of things that are sold out; a date that no record has is said to be unknown."""
        stock, best = answer_field("stock", whole.question, product, language) or "", looked.best
        told = f"{best.passage.heading} {best.passage.body}" if best is not None else ""
        if best is not None and best.score >= MAYBE and (set(terms(told)) & _GONE or _OF_STOCK.search(told)):
            quote = self._passages.quote(whole.question, best, language)
            return replace(quote, text=f"{stock}\n{quote.text}", products=(product,))
        text = gap(language).join([stock, say("unknown", language)])
        return _with_offer(replace(products_plan(text, [product]), finish="unknown"), language)

    def _wants_all(self, whole: Whole, product: Product) -> bool:
        """Whether nothing is asked but the product itself."""
        reading = whole.reading
        asked = terms(whole.question)
        return "describe" in reading.fields or (reading.ordinal is not None and len(asked) <= 1) or set(asked) <= names_of(product)

    def _fields_told(self, fields: Sequence[Field], question: str, product: Product, language: str) -> str:
        """What the record says in these fields, and a sentence of it that answers the rest of the question; "" where it says nothing."""
        told = [answer_field(field, question, product, language) for field in fields if field != "describe"]
        answers = _without_repeats(list(dict.fromkeys(text for text in told if text)))
        more = self._said_besides(question, product, language) if answers else []
        said = gap(language).join([*answers[:2], *more])
        found = verdict(question, product, asked_options(question, product)) if set(fields) <= _OF_PRICE else None
        return say(found, language, said=said) if found else said

    def _beside(self, plan: Plan, whole: Whole, product: Product, looked: LookUp, language: str) -> Plan:
        """A field's answer, with the closest passage where the question has words that the record knows nothing of ("with my initials")."""
        best = looked.best
        if best is None or best.score < _WORTH_ADDING or best.similarity < MAYBE or not strange_words(whole.question, product):
            return plan
        return self._passages.beside(plan, "\n", whole.question, best, language)

    def _said_besides(self, question: str, product: Product, language: str) -> list[str]:
        """A sentence of the record that answers what a field does not: "which hole has it, and is it in stock"."""
        asked = beyond_fields(without_title(question, product)) - names_of(product)
        asked -= {word for _, value in asked_options(question, product).wanted for word in terms(value)}
        fitting = {text for text in texts_of(product) if 2 * len(asked & set(terms(text))) >= len(asked)} if asked else set()
        if not fitting:
            return []
        nearest = next(one for one in self._retriever.statements(question, product, language) if one.text in fitting)
        return [joined([nearest.text], language)] if nearest.score >= _WORTH_ADDING else []

    def each(self, whole: Whole, looked: LookUp, language: str) -> Plan | None:
        """The same question to the few products a name fits: a field of each record, else the sentence of each that is closest."""
        products = [self._knowledge.product(product.id, language) or product for product in whole.products[:4]]
        if whole.reading.fields and "describe" not in whole.reading.fields:
            told = [(text, p) for p in products if (text := self._fields_told(whole.reading.fields, whole.question, p, language))]
            lines = "\n".join(dict.fromkeys(f"- {text}" for text, _ in told))
            return products_plan(lines, [product for _, product in told]) if told else None
        tops = [(product, found[0]) for product in products if (found := self._retriever.statements(whole.question, product, language))]
        best = max((top.score for _, top in tops), default=0.0)
        if best < MAYBE or (looked.best is not None and looked.best.score > best):
            return None
        lines = "\n".join(f"- {_said_of(product, [top.text], language)}" for product, top in tops)
        shown = [product for product, _ in tops]
        if any(_is_sure(top) for _, top in tops):
            return products_plan(lines, shown)
        return replace(products_plan(say("nearest_each", language) + "\n" + lines, shown), finish="unknown")

    def none_says(self, products: Sequence[Product], language: str) -> Plan:
        """That no record of the few products that may be meant says it."""
        text = say("unknown", language) + "\n" + closest_answer(products, language, "nearest_products")
        return replace(products_plan(text, products[:4]), finish="unknown")

    def _free(self, whole: Whole, product: Product, looked: LookUp, language: str) -> Plan:
        """What the product's own text, or a passage about all products, says to a free question."""
        found, best = self._retriever.statements(whole.question, product, language), looked.best
        top = found[0] if found else None
        score = top.score if top is not None else 0.0
        of_shop = whole.reading.shipping or bool(in_shop_words(whole.question))  # what a shop settles for all products alike
        more = 0.0 if of_shop else self._ahead(whole, score)
        alike = of_shop or best is None or best.similarity >= _SOMEWHAT_ALIKE
        if best is not None and alike and best.score >= (MAYBE if of_shop else SURE) and best.score > score + more:
            if best.score >= SURE:
                return self._passages.answer(whole.question, looked, language)
            return _with_offer(self._passages.quote(whole.question, best, language, hedge=True), language)
        if top is not None and _answers(whole.question, top):
            within = _MEASURED_WITHIN if top.measured else _NEARLY
            texts = [one.text for one in found[:2] if _answers(whole.question, one) and one.score >= score - within]
            return products_plan(_said_of(product, _in_order(texts, product), language), [product])
        return self._nearest(whole, product, [one.text for one in found[:3] if _is_worth(one)], looked, language)

    def _ahead(self, whole: Whole, score: float) -> float:
        """How much closer than the record of the product in question a passage has to be to answer in its place."""
        if whole.faint:
            return 0.0
        if not whole.named:  # "how do I wash it" asks about what "it" is
            return _FOLLOWED
        return 2 * _NEARLY if score >= SURE else _NEARLY

    def _nearest(self, whole: Whole, product: Product, texts: Sequence[str], looked: LookUp, language: str) -> Plan:
        """That the record does not say it, and the closest that it and the shop's other texts do say."""
        closest = _nearest_text(product, texts, language)
        if texts and len(product.description) <= (_SHORT_HAN if is_chinese(product.description) else _SHORT):
            texts = [*statements_in(product.description), *(text for text in texts if text not in statements_in(product.description))]
        text = _nearest_text(product, texts, language)
        plan = replace(products_plan(text, [product]), finish="unknown", brief=closest)
        best = looked.best
        if best is not None and best.score >= MAYBE:
            plan = self._passages.beside(plan, gap(language), whole.question, best, language)
        return _with_offer(plan, language)

    def faint(self, whole: Whole, looked: LookUp, language: str) -> Plan | None:
        """What the product says that the question may be about, when no passage is closer."""
        if whole.ambiguous:
            return self.each(whole, looked, language) if len(whole.products) <= 4 else None
        product, best = whole.products[0], looked.best
        if whole.reading.fields:
            doubtful = best is not None and best.score >= MAYBE and whole.certainty < _CERTAIN
            return None if doubtful or unheard_of(whole.question, product) else self.about(whole, product, looked, language)
        found = self._retriever.statements(whole.question, product, language)
        if whole.reading.listing:
            said = "\n" + _said_of(product, [found[0].text], language) if found else ""
            return products_plan(closest_answer([product], language) + said, [product])
        if not found:
            return None
        close = best.score if best is not None else 0.0
        if whole.certainty < _CERTAIN and (close >= MAYBE or found[0].score < MAYBE):
            return None
        if found[0].score < close and close >= _WORTH_ADDING:
            return None
        return self._free(whole, product, looked, language)

    def _describe(self, product: Product, language: str) -> Plan:
        text = _describe_text(product, language)
        can_write = bool(product.description) and is_chinese(product.description) == (language == "zh")
        return replace(products_plan(text, [product]), by_model=can_write)


def _is_sure(statement: Statement) -> bool:
    """A sentence that has hardly any of the question's telling words answers only if it means just the same."""
    means = statement.coverage >= _TELLING or statement.similarity >= _SAME_MEANING or statement.measured
    return statement.score >= SURE and means


def _answers(question: str, statement: Statement) -> bool:
    """Whether a sentence is sure to answer; what is asked for in a unit ("in rpm") is answered in it."""
    asked = [unit for unit in _UNITS if re.search(rf"\bin (?:{unit})", question, re.IGNORECASE)]
    return _is_sure(statement) and (not asked or any(re.search(rf"\d\s*(?:{unit})", statement.text, re.IGNORECASE) for unit in asked))


def _is_worth(statement: Statement) -> bool:
    """Whether a sentence is worth showing as the closest that the record says; the yes or no of another attribute is not ("Vegan: yes")."""
    other = is_yes_or_no(re.split("[:：]", statement.text)[-1].strip()) and not statement.coverage
    return statement.score >= STATEMENT_WORTH and not other


def _in_order(texts: Sequence[str], product: Product) -> list[str]:
    """As the shop tells it."""
    order = texts_of(product)
    return sorted(texts, key=order.index)


def _nearest_text(product: Product, texts: Sequence[str], language: str) -> str:
    if not texts:
        return say("unknown_field", language, title=product.title)
    return say("nearest_field", language, title=product.title, quote=joined(_in_order(texts, product), language))


def _with_offer(plan: Plan, language: str) -> Plan:
    return replace(plan, text=plan.text + gap(language) + say("offer_person", language))


def _without_repeats(answers: Sequence[str]) -> list[str]:
    """Leaves out an answer that another one contains."""
    return [text for text in answers if not any(text != other and text in other for other in answers)]


def _describe_text(product: Product, language: str) -> str:
    said = gap(language).join(sentences(product.description)[:4])
    price = price_answer(product, Asked(), language)
    return gap(language).join(part for part in (said, price) if part) or product.title


def _said_of(product: Product, texts: Sequence[str], language: str) -> str:
    return f"{product.title}{'：' if language == 'zh' else ': '}{joined(texts, language)}"
