"""Plans for "what goes well with the tent?", "anything like it but cheaper?" and "what else for my cart?".

Takes a question only where it plainly asks this, and only where there is something to hold on to: the product that it names or points
at, the page, or the cart. Text, citations and cards come from one list of ids; prices are the record's. Counts stay out of the text,
whose figures are held against the record alone; the console shows them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from chatbot.browsing import ASKING, Shelf
from chatbot.followup import Whole
from chatbot.listing import list_line
from chatbot.messages import Conversation
from chatbot.phrases import say
from chatbot.plan import Plan, products_plan
from chatbot.recommend.catalogue import kind_of
from chatbot.recommend.recommender import Recommendation, Recommender, Wish
from chatbot.record import lowest_price
from chatbot.terms import normalise, terms
from knowledge_base.catalog import Product
from knowledge_base.money import format_money

_SHOWN = 4
_FITS = ("pin", "pair", "together")  # reasons that say that two things go together, and not only that they are of one department
_POOL = 24  # similar products among which cheaper ones are looked for
_GOES = re.compile(
    r"\b(?:what|which|any(?:thing)?|something|things?|stuff|accessories)\b[^?.!]{0,50}"
    r"\b(?:go(?:es)? (?:(?:really |very )?(?:well|nicely|best|together) )?with|pairs? (?:(?:well|nicely|best) )?with|"
    r"match(?:es)? (?:it|this|that|the|with|well)|"
    r"to go with|to (?:pair|combine|wear|use|buy) (?:together )?with|combines? (?:well )?with|complements?)\b"
    r"|\bwhat (?:else )?(?:do|did) (?:people|others|other (?:people|shoppers|customers)) (?:also )?(?:buy|get|order) with\b"
    r"|(?:搭配|配套|搭)(?:些|点)?(?:什么|哪|啥)"
    r"|(?:什么|哪些|哪个|哪款|有没有|推荐).{0,12}(?:搭配|配套|一起买|一起用|一起穿)|(?:和|跟|与).{1,20}(?:搭配|一起买|配套)的?"
)
_THING = re.compile(
    r"\b(?:what|which) (?:other |kinds? of |sorts? of )?"
    r"(?P<thing>(?!else|really|usually|normally|would|will|can|could|should|do|does)[a-z' -]{3,40}?) "
    r"(?:(?:would|will|can|could|should|does|do) )?(?:go|goes|pairs?|match(?:es)?|combines?) "
)
_CART = re.compile(
    r"\b(?:what|which|anything|something)\b[^?.!]{0,60}\b(?:my (?:cart|basket|bag|order)|(?:cart|basket) (?:is )?missing)\b"
    r"|\bwhat else (?:should|could|can|might|would|do) (?:i|we|you) (?:buy|get|need|add|want|recommend|suggest)\b"
    r"|(?:购物车|购物袋|篮子).{0,12}(?:搭配|还缺|还需要|推荐|配)|还(?:需要|应该|可以|要)(?:买|加)(?:点|些)?(?:什么|啥)"
)
_CHEAPER = re.compile(r"\b(?:cheaper|less expensive|lower price|for less)\b|便宜|低价")


@dataclass(frozen=True, slots=True)
class _Asked:
    goes_with: bool
    cart: bool
    similar: bool
    cheaper: bool


class RecommendAnswers:
    def __init__(self, recommender: Recommender, shelf: Shelf) -> None:
        self._recommender = recommender
        self._shelf = shelf

    def asked(self, whole: Whole, conversation: Conversation, language: str) -> Plan | None:
        """The plan, or None where the question asks something else or nothing can be said."""
        asked = _read(whole)
        if whole.reading.fields or whole.reading.shipping or whole.ambiguous or len(whole.products) > 1:
            return None
        if asked.cart and not whole.named and conversation.cart:
            return self._with_cart(conversation, language)
        if not (asked.goes_with or asked.similar) or (asked.goes_with and self._asks_for_other(whole.question, language)):
            return None
        product = self._meant(whole, conversation)
        if product is None:
            return self._with_cart(conversation, language) if asked.goes_with and conversation.cart and not whole.products else None
        return self._beside(product, conversation, language) if asked.goes_with else self._like(product, asked.cheaper, language)

    def _asks_for_other(self, question: str, language: str) -> bool:
        """Whether a thing is named that the shop does not have: "what carbon footprint goes with it?" asks for no product."""
        named = _THING.search(normalise(question))
        wanted = set(terms(named["thing"])) - ASKING if named else set()
        return bool(wanted) and not any(entry.named(word) for entry in self._shelf.entries(language) for word in wanted)

    def _meant(self, whole: Whole, conversation: Conversation) -> str | None:
        """What the question names or points at; else the page, where nothing is named that the shop does not have."""
        if whole.products:
            return None if whole.faint else whole.products[0].id
        page = conversation.page.product_id if conversation.page is not None else ""
        return page if page and whole.reading.deictic else None

    def _with_cart(self, conversation: Conversation, language: str) -> Plan | None:
        found = self._recommender.recommend(Wish(cart=conversation.cart, want="goes_with", limit=_SHOWN, language=language))
        fitting = [one for one in found if one.why in _FITS]
        return _plan(say("goes_with_cart", language), fitting, language) if fitting else None

    def _beside(self, product: str, conversation: Conversation, language: str) -> Plan | None:
        known = self._recommender.product(product, language)
        if known is None:
            return None
        cart = tuple(one for one in conversation.cart if one != product)
        found = self._recommender.recommend(Wish(product=product, cart=cart, want="goes_with", limit=_SHOWN, language=language))
        fitting = [one for one in found if one.why in _FITS]
        head = say("goes_with" if fitting else "goes_department", language, title=known.title)
        return _plan(head, fitting or found, language) if found else None

    def _like(self, product: str, cheaper: bool, language: str) -> Plan | None:
        known = self._recommender.product(product, language)
        if known is None:
            return None
        found = self._recommender.recommend(Wish(product=product, want="similar", limit=_POOL, language=language, diversity=0.0))
        price, kind = lowest_price(known), kind_of(known)
        found = [one for one in found if kind and kind_of(one.product) == kind] or found
        if not cheaper:
            return _plan(say("similar", language, title=known.title), found[:_SHOWN], language) if found else None
        if price is None:
            return None
        below = [one for one in found if (own := lowest_price(one.product)) is not None and own.amount < price.amount]
        if not below:
            return products_plan(say("nothing_cheaper", language, title=known.title, price=format_money(price, language)), [known])
        return _plan(say("similar_cheaper", language, title=known.title), below[:_SHOWN], language)


def _read(whole: Whole) -> _Asked:
    text = normalise(whole.question)
    goes = _GOES.search(text) is not None
    similar = whole.reading.similar and not goes and not re.search(r"goes? with|goes? well|match|搭配", text)
    return _Asked(goes, _CART.search(text) is not None, similar, _CHEAPER.search(text) is not None)


def _plan(head: str, found: Sequence[Recommendation], language: str) -> Plan:
    products: list[Product] = [one.product for one in found]
    return products_plan("\n".join([head, *(_line(one, language) for one in found)]), products)


def _line(one: Recommendation, language: str) -> str:
    """As in every list, with a word on why where a word says it."""
    why = {"pair": "why_pair", "together": "why_together"}.get(one.why)
    return list_line(one.product, language) + (say(why, language) if why else "")
