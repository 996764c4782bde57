"""How one question is answered: from the record, in the shop's own words, by the model over evidence, or honestly not at all.

The first plan that the shop's data carry wins; a plan never says more than its evidence. What is decided here is decided by
deterministic rules over scores, so the same question on the same index has the same plan.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from chatbot.followup import FollowUps, Whole
from chatbot.handoff import handoff_text, reason
from chatbot.intents import Reading, read
from chatbot.listing import (
    SHOWN,
    Found,
    Shelf,
    browse_answer,
    closest_answer,
    compare_answer,
    extreme,
    extreme_answer,
    list_answer,
    satisfies,
)
from chatbot.messages import Conversation, Finish, HandoffReason, SourceItem
from chatbot.phrases import say
from chatbot.record import answer_field, attribute_answer, lowest_price, source_of
from chatbot.refusals import refusal
from chatbot.retriever import Candidate, LookUp, Retriever, without_title
from chatbot.terms import is_chinese, terms
from knowledge_base.catalog import Filters, Passage, Product
from knowledge_base.money import format_money
from knowledge_base.search import KnowledgeBase

SURE = 0.62  # a passage with this score answers the question; set on the development shops, never on a test file
MAYBE = 0.50  # below SURE but from here on it is shown as the closest thing the shop says
STATEMENT_SURE = 0.55
WHOLE_QUOTE = 480  # characters of a passage that are quoted whole
_YES_NO_START = re.compile(
    r"^(?:yes|no|yep|nope|sure|of course|certainly|absolutely|是的?|可以|不可以|不能|能|会|不会|有|没有|支持|不支持|当然)[\s,，.。!！;；—–-]",
    re.IGNORECASE,
)


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


@dataclass(frozen=True, slots=True)
class Planned:
    plan: Plan
    whole: Whole
    language: str
    trace: dict[str, Any]


class Planner:
    """Turns a conversation into a plan. Blocking (retrieval and encoding); the turn calls it in a thread."""

    def __init__(self, knowledge: KnowledgeBase) -> None:
        self._knowledge = knowledge
        self._retriever = Retriever(knowledge)
        self._shelf = Shelf(knowledge)
        self._followups = FollowUps(knowledge, self._shelf)

    def plan(self, conversation: Conversation, language: str) -> Planned:
        """Decide. Never raises for a question, whatever is in it."""
        question = conversation.question
        reading = read(question, language)
        early = self._without_search(conversation, reading, language)
        if early is not None:
            return Planned(early, Whole(question, reading), language, {})
        whole = self._followups.make_whole(conversation, language)
        looked = self._retriever.look_up(_asked(whole), _subject(whole), language)
        plan = self._answer(whole, looked, language)
        return Planned(plan, whole, language, _trace(whole, looked))

    def _without_search(self, conversation: Conversation, reading: Reading, language: str) -> Plan | None:
        declined = refusal(conversation.question)
        if declined:
            return Plan(say(declined, language), "refused", "refusal")
        why = reason(reading, conversation.messages)
        if why is not None:
            return Plan(handoff_text(why, self._knowledge.profile, language), "handoff", "handoff", handoff=why)
        if reading.social in ("greeting", "thanks", "goodbye", "no", "who"):
            return Plan(say(reading.social, language), "stop", "phrase")
        if reading.social == "yes" and len(conversation.messages) < 2:
            return Plan(say("yes_to_nothing", language), "stop", "phrase")
        return None

    def _answer(self, whole: Whole, looked: LookUp, language: str) -> Plan:
        reading, best = whole.reading, _best(looked)
        several = self._several(whole, looked, language)
        if several is not None and not (best and best.score >= 0.8 and not whole.products and not reading.browse):
            return several
        if whole.products and not whole.ambiguous:
            return self._about_product(whole, whole.products[0], looked, language)
        if whole.ambiguous and (reading.fields or not best or best.score < SURE):
            return _products_plan(list_answer(whole.products, language), whole.products)
        if best is not None and best.score >= SURE:
            return self._quote(whole.question, best, language)
        listed = self._listed(whole, looked, language)
        if listed is not None:
            return listed
        contact = self._contact(whole.question, language)
        if contact is not None:
            return contact
        return self._unknown(looked, language)

    # --- several products -------------------------------------------------------------------------------------------

    def _several(self, whole: Whole, looked: LookUp, language: str) -> Plan | None:
        reading, products = whole.reading, whole.products
        if reading.compare and len(products) >= 2 and not whole.ambiguous:
            return _products_plan(compare_answer(products, reading, whole.question, language), products[:4])
        if reading.cheaper and products:
            return self._cheaper(products[0], language)
        if reading.similar and products and not reading.fields:
            similar = self._knowledge.similar(products[0].id, limit=4, language=language)
            if similar:
                head = say("similar", language, title=products[0].title)
                return _products_plan(head + "\n" + closest_answer(similar, language).split("\n", 1)[1], similar)
        if reading.superlative and not whole.named:
            found = self._shelf.find(_without_superlative(whole.question), language, looked.result.filters)
            if found.exact and (top := extreme(found.products, reading.superlative)) is not None:
                return _products_plan(extreme_answer(top, reading.superlative, language), [top])
        if reading.browse and not products:
            everything = self._knowledge.products(language)
            if everything:
                return _products_plan(browse_answer(everything, language), ())
        return None

    def _cheaper(self, product: Product, language: str) -> Plan:
        price = lowest_price(product)
        if price is None:
            return _products_plan(say("price_unknown", language, title=product.title), [product])
        kind = product.category.split(">")[-1].strip()
        pool = [other for other in self._knowledge.products(language) if other.id != product.id and kind and kind in other.category]
        if not pool:
            pool = self._knowledge.similar(product.id, limit=12, language=language)
        cheaper = [other for other in pool if satisfies(other, Filters()) and (low := lowest_price(other)) and low.amount < price.amount]
        cheaper.sort(key=lambda other: -(lowest_price(other) or price).amount)
        if not cheaper:
            return _products_plan(say("nothing_cheaper", language, title=product.title, price=format_money(price, language)), [product])
        return _products_plan(list_answer(cheaper, language), cheaper)

    def _listed(self, whole: Whole, looked: LookUp, language: str) -> Plan | None:
        """A list under conditions, or whether the shop has such a thing at all."""
        reading, filters = whole.reading, looked.result.filters
        if not (reading.listing or reading.exists or filters):
            bare = self._shelf.find(whole.question, language, Filters())  # "tents", "帐篷": the bare name of a kind
            if not (
                bare.exact
                and bare.products
                and len(terms(whole.question)) <= 3
                and len(bare.products) < len(self._knowledge.products(language))
            ):
                return None
            return _products_plan(list_answer(bare.products, language), bare.products)
        found = self._shelf.find(whole.question, language, filters)
        if found.exact and found.products:
            return _products_plan(list_answer(found.products, language), found.products)
        if filters and found.exact:
            return self._none_match(whole, language)
        return self._closest(whole, looked, found, language)

    def _none_match(self, whole: Whole, language: str) -> Plan:
        near = self._shelf.find(whole.question, language, Filters()).products[:4]
        text = say("list_none", language)
        if near and len(near) < len(self._knowledge.products(language)):
            text += "\n" + closest_answer(near, language, "nearest_products")
            return replace(_products_plan(text, near), finish="stop")
        return Plan(text, "stop", "record")

    def _closest(self, whole: Whole, looked: LookUp, found: Found, language: str) -> Plan | None:
        hits = [hit for hit in looked.result.hits if hit.product is not None and hit.score >= 0.3]
        products = list(dict.fromkeys(found.products)) if found.products else []
        products += [hit.product for hit in hits if hit.product is not None and hit.product not in products]
        products = list({product.id: product for product in products}.values())[:4]
        if whole.reading.exists or (found.missing and not whole.reading.listing):
            best = _best(looked)
            if best is not None and best.score >= MAYBE and not found.products:
                return None
            if not products:
                return None
            text = say("unknown_product", language, thing=say("unknown_thing", language))
            text += "\n" + closest_answer(products, language, "nearest_products")
            return replace(_products_plan(text, products), finish="unknown")
        if not products:
            return None
        return _products_plan(closest_answer(products, language), products)

    # --- one product ------------------------------------------------------------------------------------------------

    def _about_product(self, whole: Whole, product: Product, looked: LookUp, language: str) -> Plan:
        reading, best = whole.reading, _best(looked)
        product = self._knowledge.product(product.id, language) or product
        if reading.shipping and best is not None and best.score >= MAYBE:
            return self._quote(whole.question, best, language, hedge=best.score < SURE)
        described = "describe" in reading.fields
        told = [answer_field(field, whole.question, product, language) for field in reading.fields if field != "describe"]
        answers = list(dict.fromkeys(text for text in told if text))
        if answers:
            gap = "" if language == "zh" else " "
            return _products_plan(gap.join(_without_repeats(answers)[:2]), [product, *whole.products[1:3]])
        attribute = attribute_answer(whole.question, product, language)
        if attribute is not None:
            return _products_plan(attribute, [product])
        if described or not terms(whole.question) or _only_names(whole.question, product):
            return self._describe(product, language)
        return self._statement(whole, product, best, language)

    def _statement(self, whole: Whole, product: Product, best: Candidate | None, language: str) -> Plan:
        """What the product's own text, or a passage about all products, says to a free question."""
        found = self._retriever.statements(whole.question, product, language)
        top = found[0] if found else None
        if best is not None and best.score >= SURE and (top is None or best.score > top.score):
            return self._quote(whole.question, best, language)
        if top is not None and top.score >= STATEMENT_SURE and top.coverage >= 0.5:
            return _products_plan(f"{product.title}{'：' if language == 'zh' else ': '}{top.text}", [product])
        text = say("unknown_field", language, title=product.title)
        gap = "" if language == "zh" else " "
        if top is not None and top.score >= 0.35 and top.coverage > 0:
            text += gap + say("nearest", language, quote=_quoted(top.text, language))
        text += gap + say("offer_person", language)
        return replace(_products_plan(text, [product]), finish="unknown")

    def _describe(self, product: Product, language: str) -> Plan:
        text = _describe_text(product, language)
        can_write = bool(product.description) and is_chinese(product.description) == (language == "zh")
        return replace(_products_plan(text, [product]), by_model=can_write)

    # --- passages ---------------------------------------------------------------------------------------------------

    def _quote(self, question: str, candidate: Candidate, language: str, *, hedge: bool = False) -> Plan:
        passage = candidate.passage
        text = passage.body.strip()
        if len(text) > WHOLE_QUOTE:
            text = self._retriever.best_sentences(question, passage, 3)
        if _YES_NO_START.search(text) and not self._same_question(question, passage):
            text = f"“{passage.heading}” {text}"
        if is_chinese(passage.heading + passage.body) != (language == "zh"):
            text = say("quoted_other_language", language, quote=text)
        plan = Plan(text, "stop", "passage", passages=(passage,), scores=((passage.id, candidate.score),))
        if not hedge:
            return plan
        gap = "" if language == "zh" else " "
        return replace(
            plan, text=say("unknown", language) + gap + say("nearest", language, quote=_quoted(text, language)), finish="unknown"
        )

    def _same_question(self, question: str, passage: Passage) -> bool:
        """Whether a bare yes or no answers this very question: the heading asks the same, with the same polarity."""
        return float(self._retriever.similarities(question, [passage.heading], passage.language)[0]) >= 0.85

    def _contact(self, question: str, language: str) -> Plan | None:
        """E-mail, telephone, hours and address from the shop's profile, when they are asked for."""
        profile, asked = self._knowledge.profile, set(terms(question))
        wanted = asked & {"reach", "联系", "hour", "营业时间", "locat", "address", "地址", "shop"}
        ways = [way for way in (profile.email, profile.phone, profile.hours, profile.address) if way]
        if not wanted or not ways or len(asked) > 4:
            return None
        return Plan(say("shop_contact", language, ways=("，" if language == "zh" else "; ").join(ways)), "stop", "record")

    def _unknown(self, looked: LookUp, language: str) -> Plan:
        best = _best(looked)
        gap = "" if language == "zh" else " "
        if best is not None and best.score >= MAYBE:
            plan = self._quote("", best, language)
            text = (
                say("unknown", language)
                + gap
                + say("nearest", language, quote=_quoted(plan.text, language))
                + gap
                + say("offer_person", language)
            )
            return replace(plan, text=text, finish="unknown", answered_by="unknown")
        return Plan(say("unknown", language) + gap + say("offer_person", language), "unknown", "unknown")


def _best(looked: LookUp) -> Candidate | None:
    return looked.candidates[0] if looked.candidates else None


def _products_plan(text: str, products: Sequence[Product]) -> Plan:
    return Plan(text, "stop", "record", products=tuple(products)[:SHOWN])


def _asked(whole: Whole) -> str:
    """The question as a FAQ would put it: without the name of the product, which no FAQ entry knows."""
    return without_title(whole.question, whole.products[0]) if whole.products and not whole.ambiguous else whole.question


def _subject(whole: Whole) -> str:
    """What to search for: the question, with the product in focus where only "it" stands for it."""
    if whole.products and not whole.named:
        return f"{whole.question} ({whole.products[0].title})" if not whole.reading.shipping else whole.question
    return whole.question


def _without_superlative(question: str) -> str:
    return re.sub(
        r"\b(?:the )?(?:cheapest|least expensive|most expensive|most affordable|dearest|priciest|lightest|heaviest|lowest[- ]priced?|highest[- ]priced?)\b|最便宜|最贵|最轻|最重|价格最[高低]|最[低高]价",
        " ",
        question,
        flags=re.IGNORECASE,
    )


def _only_names(question: str, product: Product) -> bool:
    return set(terms(question)) <= set(terms(product.title))


def _without_repeats(answers: Sequence[str]) -> list[str]:
    """Leaves out an answer that another one contains."""
    return [text for text in answers if not any(text != other and text in other for other in answers)]


def _quoted(text: str, language: str) -> str:
    return f"“{text}”"


def _describe_text(product: Product, language: str) -> str:
    from chatbot.options import Asked
    from chatbot.record import price_answer
    from chatbot.sentences import sentences

    gap = "" if language == "zh" else " "
    said = gap.join(sentences(product.description)[:4])
    price = price_answer(product, Asked(), language)
    return gap.join(part for part in (said, price) if part) or product.title


def _trace(whole: Whole, looked: LookUp) -> dict[str, Any]:
    filters = looked.result.filters
    return {
        "rewritten": _subject(whole),
        "fields": list(whole.reading.fields),
        "focus": [product.id for product in whole.products],
        "filters": {name: str(value) for name in filters.__slots__ if (value := getattr(filters, name)) not in (None, (), "")},
        "lanes": {lane: [_hit(hit) for hit in hits[:8]] for lane, hits in looked.result.lanes.items()},
        "hits": [{**_hit(hit), "kind": hit.passage.kind, "lanes": hit.lanes} for hit in looked.result.hits],
        "candidates": [
            {"id": c.passage.id, "heading": c.passage.heading, "score": c.score, "similarity": c.similarity, "coverage": c.coverage}
            for c in looked.candidates
        ],
        "search_milliseconds": looked.result.milliseconds,
    }


def _hit(hit: Any) -> dict[str, Any]:
    return {"id": hit.passage.id, "heading": hit.passage.heading, "score": round(hit.score, 4)}
