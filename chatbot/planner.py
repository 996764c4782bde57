"""How one question is answered: from the record, in the shop's own words, by the model over evidence, or honestly not at all.

The first plan that the shop's data carry wins. What is decided here is decided by deterministic rules over scores, so the same
question on the same index has the same plan.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from chatbot.answers_list import ListAnswers
from chatbot.answers_passage import PassageAnswers
from chatbot.answers_product import ProductAnswers
from chatbot.answers_recommend import RecommendAnswers
from chatbot.answers_reviews import ReviewAnswers
from chatbot.asked_of import asks_beyond, strange_words
from chatbot.browsing import Shelf
from chatbot.figures import figures
from chatbot.followup import FollowUps, Whole
from chatbot.handoff import handoff_text, reason
from chatbot.intents import Reading, read
from chatbot.listing import list_answer
from chatbot.messages import Conversation, Message
from chatbot.phrases import say
from chatbot.plan import Plan, products_plan
from chatbot.recommend.recommender import Recommender
from chatbot.refusals import refusal, without_orders
from chatbot.retriever import MAYBE, SURE, Candidate, LookUp, Retriever
from chatbot.sentiment.review_book import ReviewShelf
from chatbot.terms import is_chinese, terms, words
from chatbot.wordings import subject, wordings
from knowledge_base.catalog import Passage, Product
from knowledge_base.english import is_english
from knowledge_base.search import KnowledgeBase

_LISTED = 0.3  # a list of the closest products has at least one this close
_BESIDE = 0.42  # a passage this close is told beside a list of the closest products
_PLAINLY = 0.9  # a passage that scores this much is what was asked for, whatever else the words may mean
CLOSE = 0.6  # a passage this close to a wish to see products answers it before a list does ("do you sell gift cards?")
NEARBY = 4  # passages that a model reads beside what the plan rests on
FAR = 0.3  # what scores less is about something else
SAME = 0.75  # and this close to nothing but the name of a kind ("power banks?")
_ZH_ASKING = re.compile(r"吗|么|多少|几|怎么|如何|什么|哪|能不能|可不可以|有没有|是不是|要多久|呢")
_STANDS_FOR = re.compile(r"\b(?:it|its|they|them|this|that|those|these)\b|它|这|那|[一-鿿]{3}", re.IGNORECASE)
_BETWEEN_QUESTIONS = re.compile(
    r"[?？]+\s*(?:and |also |，|,)?|[,，]?\s+(?:and|also|plus)\s+"
    r"(?=(?:can|could|do|does|is|are|how|what|when|where|which|will|would|who)\b)|"
    r"[,，](?=还有|另外|顺便)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Planned:
    """`nearby`: passages that may answer as well, best first, for a model that reads them all."""

    plan: Plan
    whole: Whole
    language: str
    trace: dict[str, Any]
    nearby: tuple[Passage, ...] = ()


class Planner:
    """Turns a conversation into a plan. Blocking (retrieval and encoding); the turn calls it in a thread."""

    def __init__(self, knowledge: KnowledgeBase, recommender: Recommender | None = None, reviews: ReviewShelf | None = None) -> None:
        self._knowledge = knowledge
        self.recommender = recommender or Recommender(knowledge)
        self.reviews = reviews or ReviewShelf()
        self._reviews = ReviewAnswers(self.reviews)
        self._retriever = Retriever(knowledge)
        self._shelf = Shelf(knowledge)
        self._followups = FollowUps(knowledge, self._shelf)
        self._passages = PassageAnswers(knowledge, self._retriever)
        self._products = ProductAnswers(knowledge, self._retriever, self._passages)
        self._lists = ListAnswers(knowledge, self._shelf, self._retriever)
        self._recommending = RecommendAnswers(self.recommender, self._shelf)

    def prepare(self) -> None:
        """Fill what is kept between questions. Blocks."""
        self._retriever.prepare()
        self._retriever.speller.correct("")
        is_english("")  # its dictionary takes a moment that no shopper waits for

    def prepare_product(self, product: Product) -> None:
        """Encode what the product's record says, for the questions about it. Blocks."""
        self._retriever.prepare_product(product)

    def plan(self, conversation: Conversation, language: str) -> Planned:
        """Decide. Never raises for a question, whatever is in it. Two questions in one message are answered one after the other."""
        harmless = without_orders(conversation.question)
        if harmless != conversation.question:  # what is left of a message once its orders are taken out may be a real question
            conversation = replace(conversation, messages=(*conversation.messages[:-1], Message("shopper", harmless)))
        question = self._retriever.speller.correct(conversation.question)
        if question != conversation.question:
            conversation = replace(conversation, messages=(*conversation.messages[:-1], Message("shopper", question)))
        whole_message = self._plan_one(conversation, language)
        parts = split_questions(conversation.question)
        if len(parts) < 2 or whole_message.plan.finish in ("refused", "handoff"):
            return whole_message
        answered: list[Planned] = []
        for part in parts:
            earlier = [message for planned in answered for message in _as_messages(planned)]
            messages = (*conversation.messages[:-1], *earlier, Message("shopper", part))
            answered.append(self._plan_one(replace(conversation, messages=messages), language))
        joined = _joined([planned.plan for planned in answered], parts, language)
        return replace(whole_message, plan=joined) if joined is not None else whole_message

    def _plan_one(self, conversation: Conversation, language: str) -> Planned:
        question = conversation.question
        reading = read(question, language)
        early = self._without_search(conversation, reading, language)
        if early is not None:
            return Planned(early, Whole(question, reading), language, {})
        whole = self._followups.make_whole(conversation, language)
        looked = self._retriever.look_up(wordings(whole, language), subject(whole), language)
        whole, looked = self._with_the_one_before(whole, looked, conversation, language)
        recommended = self._recommending.asked(whole, conversation, language)
        plan = recommended or self._reviews.told(whole, self._answer(whole, looked, language), language)
        return Planned(plan, whole, language, _trace(whole, looked), _nearby(plan, looked))

    def _with_the_one_before(self, whole: Whole, looked: LookUp, conversation: Conversation, language: str) -> tuple[Whole, LookUp]:
        """A message that finds nothing alone may go on with the subject of the one before ("and who pays for it?")."""
        previous = next((message.text for message in reversed(conversation.messages[:-1]) if message.speaker == "shopper"), "")
        if not previous or whole.products or whole.fragment or whole.reading.listing or (looked.best and looked.best.score >= _BESIDE):
            return whole, looked
        joined = f"{previous} {whole.question}"
        again = self._retriever.look_up((joined,), joined, language)
        better = (
            again.best is not None and again.best.score > _BESIDE and again.best.score > (looked.best.score if looked.best else 0.0) + 0.1
        )
        return (replace(whole, fragment=whole.question, question=joined), again) if better else (whole, looked)

    def _without_search(self, conversation: Conversation, reading: Reading, language: str) -> Plan | None:
        declined = refusal(conversation.question)
        if declined:
            return Plan(say(declined, language), "refused", "refusal")
        why = reason(reading, conversation.messages)
        if why is not None:
            return Plan(handoff_text(why, self._knowledge.profile, language), "handoff", "handoff", handoff=why)
        if reading.social in ("greeting", "thanks", "goodbye", "no", "who"):
            return Plan(say(reading.social, language), "stop", "phrase")
        if reading.social == "yes" and not _asked_back(conversation):
            return Plan(say("yes_to_nothing", language), "stop", "phrase")
        return None

    def _answer(self, whole: Whole, looked: LookUp, language: str) -> Plan:
        reading, best = whole.reading, looked.best
        several = self._lists.several(whole, looked, language)
        if several is not None and not (best and best.score >= _PLAINLY and not whole.products and not reading.browse):
            return several
        if whole.products and not whole.faint:
            return self._of_named(whole, looked, language)
        listed = self._lists.listed(whole, looked, language)
        if (
            listed is not None
            and listed.finish == "stop"
            and listed.exact
            and not (best and best.similarity >= (SAME if listed.bare else CLOSE))
        ):
            return listed
        if best is not None and best.score >= SURE and not self._is_about_other(whole, best):
            return self._passages.answer(whole.question, looked, language)
        priced = looked.result.filters.max_price is not None or looked.result.filters.min_price is not None
        faint = self._products.faint(whole, looked, language) if whole.faint and not priced else None
        if faint is not None:
            return faint
        if listed is not None:
            return self._list_or_passage(whole, listed, looked, language)
        contact = self._passages.contact(whole.question, language)
        if contact is not None:
            return contact
        return self._passages.unknown(whole.question, looked, language)

    def _of_named(self, whole: Whole, looked: LookUp, language: str) -> Plan:
        """Of the product that the question names or means, or of the few that it may mean."""
        if not whole.ambiguous:
            return self._products.about(whole, whole.products[0], looked, language)
        best = looked.best
        if best is not None and best.score >= SURE and all(asks_beyond(whole.question, one, best.passage, 0.5) for one in whole.products):
            return self._passages.answer(whole.question, looked, language)
        if best is not None and best.score >= SURE and not whole.reading.fields:
            return self._passages.answer(whole.question, looked, language)
        each = self._products.each(whole, looked, language) if len(whole.products) <= 4 else None
        if each is None and best is not None and best.score >= MAYBE and not whole.reading.fields:
            return self._passages.unknown(whole.question, looked, language)
        if each is None and all(strange_words(whole.question, product) for product in whole.products):
            return self._products.none_says(whole.products, language)
        return each or products_plan(list_answer(whole.products, language), whole.products)

    def _list_or_passage(self, whole: Whole, listed: Plan, looked: LookUp, language: str) -> Plan:
        """A list of the closest products, the closest passage, or both: where it is not sure that products are asked for, both are told."""
        best = looked.best
        if best is None or best.score < MAYBE or listed.exact:
            return listed
        filters = looked.result.filters
        if whole.reading.listing and listed.products and (filters.max_price is not None or filters.min_price is not None):
            return listed
        near = self._passages.unknown(whole.question, looked, language)
        if whole.reading.shipping or not any(hit.product and hit.score >= _LISTED for hit in looked.result.hits):
            return near
        return listed if best.score < _BESIDE else replace(near, text=f"{near.text}\n{listed.text}", products=listed.products)

    def _is_about_other(self, whole: Whole, best: Candidate) -> bool:
        """Whether what is new in a follow-up is nowhere in the passage, which then answers the question before it."""
        new = set(terms(whole.fragment))
        return bool(new) and not new & set(terms(f"{best.passage.heading} {best.passage.body}"))


def split_questions(text: str) -> list[str]:
    """ "What does it weigh, and can I return it?" asks two things; a message that asks one comes back whole."""
    pieces = _BETWEEN_QUESTIONS.split(text)
    if len(pieces) == 1 and is_chinese(text):
        halves = text.split("，")
        pieces = halves if len(halves) == 2 and all(_ZH_ASKING.search(half) for half in halves) else pieces
    parts = [part.strip(" ,，。.;；") for part in pieces]
    asking = [part for part in parts if len(words(part)) >= 2 and _asks_by_itself(part)]
    if len(asking) < len([part for part in parts if len(words(part)) >= 2]):
        return [text]
    return asking if 2 <= len(asking) <= 3 else [text]


def _asks_by_itself(part: str) -> bool:
    """Whether a piece of a message is a question of its own: "how much is the kettle", but not "what would I pay"."""
    reading = read(part)
    told = len(terms(part)) >= 2 or bool(terms(part) and (reading.fields or reading.shipping))
    return told or _STANDS_FOR.search(part) is not None


def _asked_back(conversation: Conversation) -> bool:
    """Whether the assistant's last words were a question, to which "yes" is an answer."""
    last = next((message.text for message in reversed(conversation.messages[:-1]) if message.speaker == "assistant"), "")
    return last.rstrip(" ”\"'").endswith(("?", "？"))


def _as_messages(planned: Planned) -> tuple[Message, Message]:
    plan = planned.plan
    return Message("shopper", planned.whole.question), Message("assistant", plan.text, plan.sources(), plan.finish)


def _joined(plans: Sequence[Plan], parts: Sequence[str], language: str) -> Plan | None:
    """One plan out of the parts' plans, when at least one of them knows; what is not known is said beside what is."""
    if all(plan.finish == "unknown" for plan in plans) or any(plan.finish in ("refused", "handoff") for plan in plans):
        return None
    texts = []
    for plan, part in zip(plans, parts, strict=True):
        honest = say("unknown", language) if figures(part) else say("unknown_part", language, part=part)
        texts.append(plan.text if plan.finish != "unknown" or plan.sources() else honest)
    kept = [plan for plan in plans if plan.finish != "unknown" or plan.sources()]
    return replace(
        next(plan for plan in plans if plan.finish != "unknown"),
        text="\n".join(dict.fromkeys(texts)),
        products=tuple(dict.fromkeys(product for plan in kept for product in plan.products)),
        passages=tuple(dict.fromkeys(passage for plan in kept for passage in plan.passages)),
        scores=tuple(pair for plan in kept for pair in plan.scores),
        by_model=False,
    )


def _nearby(plan: Plan, looked: LookUp) -> tuple[Passage, ...]:
    """The closest passages that the plan does not rest on."""
    known = {passage.id for passage in plan.passages}
    near = [candidate.passage for candidate in looked.candidates[:NEARBY] if candidate.score >= FAR]
    return tuple(passage for passage in near if passage.id not in known)


def _trace(whole: Whole, looked: LookUp) -> dict[str, Any]:
    filters = looked.result.filters
    return {
        "rewritten": subject(whole),
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
