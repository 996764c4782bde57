"""Plans over several products: comparisons, the cheapest, cheaper ones, similar ones, lists under conditions, what the shop sells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from chatbot.browsing import Found, Shelf, satisfies, wanted_terms
from chatbot.followup import Whole
from chatbot.intents import Field
from chatbot.listing import (
    browse_answer,
    closest_answer,
    compare_answer,
    extreme,
    extreme_answer,
    list_answer,
)
from chatbot.measures import Limit, limit_in
from chatbot.naming import about_shop, sides
from chatbot.options import Asked, asked_options
from chatbot.phrases import say
from chatbot.plan import Plan, products_plan
from chatbot.record import answer_field, lowest_price, price_answer
from chatbot.retriever import SURE, LookUp, Retriever
from chatbot.terms import terms
from knowledge_base.catalog import Filters, Product
from knowledge_base.money import format_money
from knowledge_base.search import KnowledgeBase

STATEMENT_TOLD = 0.12  # a sentence with this score is worth a place in a comparison


_FEW_ASKED = 3  # products whose options are told one by one
_ABOUT_PRICE = re.compile(r"cheap|dear|expens|pric|cost|便宜|贵|划算|价", re.IGNORECASE)
_ANYTHING = re.compile(r"\b(?:things?|items?|products?|stuff|anything|everything|something)\b|东西|商品|产品|单品", re.IGNORECASE)


class ListAnswers:
    """Holds the catalogue by words; every list is made anew from the live record."""

    def __init__(self, knowledge: KnowledgeBase, shelf: Shelf, retriever: Retriever) -> None:
        self._knowledge = knowledge
        self._shelf = shelf
        self._retriever = retriever

    def several(self, whole: Whole, looked: LookUp, language: str) -> Plan | None:
        reading, products = whole.reading, whole.products
        if reading.compare and len(products) >= 2 and (not whole.ambiguous or len(products) <= 4):
            told = {product.id: self._told(whole.question, product, language) for product in products[:4]}
            return products_plan(compare_answer(products, whole.question, told, language), products[:4])
        if reading.compare and len(products) == 1 and (versions := _versions(whole.question, products[0], language)):
            return products_plan("\n".join(versions), products)
        if reading.compare and len(products) == 1 and not whole.named and _ABOUT_PRICE.search(whole.question):
            return products_plan(price_answer(products[0], Asked(), language), products)  # "which one is cheaper" of its versions
        if reading.cheaper and products:
            return self._cheaper(products[0], language)
        if reading.similar and products and not reading.fields:
            similar = self._knowledge.similar(products[0].id, limit=4, language=language)
            if similar:
                head = say("similar", language, title=products[0].title)
                return products_plan(head + "\n" + closest_answer(similar, language).split("\n", 1)[1], similar)
        if reading.superlative and not whole.named:
            asked = _without_superlative(whole.question)
            found = self._of_category(asked, language, looked.result.filters)
            if (found.exact or found.mostly) and (top := extreme(found.products, reading.superlative)) is not None:
                return products_plan(extreme_answer(top, reading.superlative, language), [top])
        measured = limit_in(whole.question) if reading.listing and (not products or whole.ambiguous) else None
        if measured is not None and (plan := self._measured(whole, measured, looked.result.filters, language)) is not None:
            return plan
        if reading.browse and not products:
            everything = self._knowledge.products(language)
            if everything:
                return products_plan(browse_answer(everything, language), ())
        return None

    def _of_category(self, asked: str, language: str, filters: Filters) -> Found:
        """What "the cheapest of …" is asked among: the products of a category where just that is named, else what the words describe."""
        wanted = set(wanted_terms(asked, filters))
        fitting = {product.category for product in self._knowledge.products(language) if wanted and wanted == set(terms(_tail(product)))}
        if fitting:
            among = [product for product in self._knowledge.products(language) if product.category in fitting]
            return Found(tuple(product for product in among if satisfies(product, filters)), exact=True)
        return self._shelf.find("" if _ANYTHING.search(asked) else asked, language, filters)

    def _told(self, question: str, product: Product, language: str) -> str:
        """The sentence of the product's own text that the comparison is about, if there is one."""
        found = self._retriever.statements(question, product, language)
        near = found[0] if found else None
        return near.text if near is not None and near.score >= STATEMENT_TOLD else ""

    def _cheaper(self, product: Product, language: str) -> Plan:
        price = lowest_price(product)
        if price is None:
            return products_plan(say("price_unknown", language, title=product.title), [product])
        kind = _tail(product)
        pool = [other for other in self._knowledge.products(language) if other.id != product.id and kind and kind in other.category]
        if not pool:
            pool = self._knowledge.similar(product.id, limit=12, language=language)
        cheaper = [other for other in pool if (low := lowest_price(other)) and low.amount < price.amount]
        cheaper.sort(key=lambda other: -(lowest_price(other) or price).amount)
        if not cheaper:
            return products_plan(say("nothing_cheaper", language, title=product.title, price=format_money(price, language)), [product])
        return products_plan(list_answer(cheaper, language), cheaper)

    def listed(self, whole: Whole, looked: LookUp, language: str) -> Plan | None:
        """A list under conditions, or whether the shop has such a thing at all."""
        reading, filters = whole.reading, looked.result.filters
        if "sale" in reading.fields and not whole.products:
            filters = replace(filters, on_sale=True)
        conditions = replace(filters, options=(), category=None, brand=None)
        if not (reading.listing or reading.exists or conditions or (filters.options and filters.category)):
            return None if reading.fields or about_shop(whole.question) else self._bare_kind(whole.question, language)
        found = self._shelf.find(whole.question, language, filters)
        if reading.listing and (told := self._options_of(whole, found.products, language)) is not None:
            return told
        if found.exact and found.products:
            return replace(products_plan(list_answer(found.products, language), found.products), exact=True)
        if filters and found.exact:
            return self._none_match(whole, language)
        priced = filters.max_price is not None or filters.min_price is not None
        if filters and looked.result.products and not reading.exists and (reading.listing or priced or not found.missing):
            return products_plan(closest_answer(looked.result.products, language), looked.result.products[:4])
        if priced:
            within = self._knowledge.search(whole.question, language=language, limit=4, filters=conditions).products[:4]
            return products_plan(closest_answer(within, language), within) if within else self._none_match(whole, language)
        return self._closest(whole, looked, found, language)

    def _options_of(self, whole: Whole, products: Sequence[Product], language: str) -> Plan | None:
        """ "Any linen shirts in navy, in L?": of each of the few there are, whether it is there in that option, or what it costs so."""
        asked = [product for product in products if asked_options(whole.question, product).wanted]
        if not asked or len(asked) > _FEW_ASKED or len(products) > 2 * _FEW_ASKED:
            return None
        field: Field = "price" if "price" in whole.reading.fields else "stock"
        lines = [f"- {text}" for product in asked if (text := answer_field(field, whole.question, product, language))]
        return replace(products_plan("\n".join(lines), asked), exact=True) if lines else None

    def _measured(self, whole: Whole, limit: Limit, filters: Filters, language: str) -> Plan | None:
        """Those of the kind that state a measure within the limit; where none does, what there is of the kind."""
        asked = re.sub(r"以[上下内]|超过|不到|至少|最多", " ", whole.question.replace(limit.said, " "))
        found = self._shelf.find(asked, language, filters)
        products = list(whole.products) if whole.ambiguous else list(found.products) if found.exact or found.mostly else []
        fitting = [product for product in products if limit.fits(product)]
        if fitting:
            return replace(products_plan(list_answer(fitting, language), fitting), exact=True)
        if not products:
            return None
        text = say("list_none", language) + "\n" + closest_answer(products, language, "nearest_products")
        return products_plan(text, products[:4])

    def _bare_kind(self, question: str, language: str) -> Plan | None:
        """ "tents", "帐篷": nothing but the name of a kind of thing is a wish to see them."""
        asked = terms(question)
        found = self._shelf.find(question, language, Filters())
        if found.named and asked == wanted_terms(question, Filters()) and len(asked) <= 3:
            return replace(products_plan(list_answer(found.products, language), found.products), exact=True, bare=True)
        return None

    def _none_match(self, whole: Whole, language: str) -> Plan:
        near = self._shelf.find(whole.question, language, Filters()).products[:4]
        text = say("list_none", language)
        if near and len(near) < len(self._knowledge.products(language)):
            text += "\n" + closest_answer(near, language, "nearest_products")
            return replace(products_plan(text, near), finish="stop")
        return Plan(text, "stop", "record")

    def _closest(self, whole: Whole, looked: LookUp, found: Found, language: str) -> Plan | None:
        hits = [hit for hit in looked.result.hits if hit.product is not None and hit.score >= 0.4]
        # What only shares a describing word ("live") with a thing that the shop does not have is not close to it.
        products = list(found.products) if found.named or not whole.reading.exists else []
        products += [hit.product for hit in hits if hit.product is not None and hit.product not in products]
        products = list({product.id: product for product in products}.values())[:4]
        if whole.reading.exists or (found.missing and not found.mostly):
            best = looked.best
            if best is not None and best.score >= SURE and not found.products:
                return None
            if not products:
                return None
            text = say("unknown_product", language)
            text += "\n" + closest_answer(products, language, "nearest_products")
            return replace(products_plan(text, products), finish="unknown")
        if not products:
            return None
        return products_plan(closest_answer(products, language), products)


def _versions(question: str, product: Product, language: str) -> list[str]:
    """What each version costs, where two of the same thing are held against each other: "the green road one or the blue one"."""
    sided = [asked_options(side, product, loosely=True).wanted for side in sides(question)]
    every = list(dict.fromkeys(pair for wanted in sided for pair in wanted))
    held = {name for name, _ in every if sum(name == other for other, _ in every) > 1}
    shared = tuple(pair for pair in every if pair[0] not in held)
    versions = [(*shared, *against) for wanted in sided if (against := tuple(pair for pair in wanted if pair[0] in held))]
    if len(set(versions)) < 2 or not _ABOUT_PRICE.search(question):
        return []
    return [price_answer(product, Asked(version), language) for version in dict.fromkeys(versions)]


def _tail(product: Product) -> str:
    """The last part of a product's category."""
    return product.category.split(">")[-1].strip()


def _without_superlative(question: str) -> str:
    return re.sub(
        r"\b(?:the )?(?:cheapest|least expensive|most expensive|most affordable|dearest|priciest|lightest|heaviest|lowest[- ]priced?|"
        r"highest[- ]priced?)\b|最便宜|最贵|最轻|最重|价格最[高低]|最[低高]价",
        " ",
        question,
        flags=re.IGNORECASE,
    )
