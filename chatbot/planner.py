"""How one question is answered: from the record, in the shop's own words, by the model over evidence, or honestly not at all.

The first plan that the shop's data carry wins. What is decided here is decided by deterministic rules over scores, so the same
question on the same index has the same plan.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chatbot.answers_list import ListAnswers
from chatbot.answers_passage import PassageAnswers
from chatbot.answers_product import ProductAnswers
from chatbot.browsing import Shelf
from chatbot.followup import FollowUps, Whole
from chatbot.handoff import handoff_text, reason
from chatbot.intents import Reading, read
from chatbot.listing import list_answer
from chatbot.messages import Conversation
from chatbot.phrases import say
from chatbot.plan import Plan, products_plan
from chatbot.refusals import refusal
from chatbot.retriever import SURE, LookUp, Retriever, without_title
from knowledge_base.search import KnowledgeBase


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
        self._passages = PassageAnswers(knowledge, self._retriever)
        self._products = ProductAnswers(knowledge, self._retriever, self._passages)
        self._lists = ListAnswers(knowledge, self._shelf)

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
        reading, best = whole.reading, looked.best
        several = self._lists.several(whole, looked, language)
        if several is not None and not (best and best.score >= 0.8 and not whole.products and not reading.browse):
            return several
        if whole.products and not whole.ambiguous:
            return self._products.about(whole, whole.products[0], looked, language)
        if whole.ambiguous and (reading.fields or not best or best.score < SURE):
            return products_plan(list_answer(whole.products, language), whole.products)
        if best is not None and best.score >= SURE:
            return self._passages.quote(whole.question, best, language)
        listed = self._lists.listed(whole, looked, language)
        if listed is not None:
            return listed
        contact = self._passages.contact(whole.question, language)
        if contact is not None:
            return contact
        return self._passages.unknown(looked, language)


def _asked(whole: Whole) -> str:
    """The question as a FAQ would put it: without the name of the product, which no FAQ entry knows."""
    return without_title(whole.question, whole.products[0]) if whole.products and not whole.ambiguous else whole.question


def _subject(whole: Whole) -> str:
    """What to search for: the question, with the product in focus where only "it" stands for it."""
    if whole.products and not whole.named:
        return f"{whole.question} ({whole.products[0].title})" if not whole.reading.shipping else whole.question
    return whole.question


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
