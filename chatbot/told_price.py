"""A price that a shopper tells and asks about, held against the record: "the tent is £199, isn't it?", "帐篷是199元吧？".

Only an amount that the question states as what a thing costs, and asks nothing else about, is such a price: a limit ("under £50"), a
discount ("£5 off") and what was paid long ago are none. A yes needs that every version which may be meant costs just that, a no that none
does; between the two there is neither. Knows words and amounts, and no model.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

from chatbot.figures import MONEY, Figure, figures
from chatbot.options import Asked
from chatbot.terms import terms
from knowledge_base.catalog import Money, Product
from knowledge_base.money import CODES, format_money

Verdict = Literal["told_right", "told_wrong"]

_OPENING = r"^(?:(?:so|and|but|wait|hi|hello|please)[,\s]+)*"
_ASKS_WHETHER = re.compile(
    r"\b(?:(?:is|are|was|do|does)(?:n'?t| not)? (?:it|they|that|this|those)|right|correct|true|am i right)\b[^.?!]{0,40}[.?!\s]*$"
    rf"|{_OPENING}(?:is|are|do|does|will|would)(?:n'?t)?\b|[吧吗么][?？!。\s]*$|对不对|是不是|没错|真的",
    re.IGNORECASE,
)
_OPENS_WITH_IS = re.compile(rf"{_OPENING}(?:is|are)(?:n'?t)?\b", re.IGNORECASE)
_STATED = re.compile(
    r"(?:\b(?:is|are|be|costs?|pay)|'s|'re"
    r"|\b(?:saw|seen?|found|find|listed|marked|advertised|sold|sells|selling|goes|going|shown|shows|priced|offered)\b.{0,90}\b(?:for|at)"
    r"|[是要卖价为付花])(?:\s*(?:only|just|now|still|really|all|you|me|[只才就要]))*[\s:：]*$",
    re.IGNORECASE,
)
_AS_A_PRICE = re.compile(r"(?:\bcosts?|\bprice (?:is|of)|卖|价格?是?)\s*(?:only|just|now|still|really|[只才就要])*\s*$", re.IGNORECASE)
_CENTS = re.compile(r"\d[.,]\d\d$")  # written as amounts are, where the shop names no currency
_LIMIT = re.compile(
    r"(?:\b(?:under|below|over|above|than|least|most|up to|between|within|spend(?:ing)?|save)"
    r"|[超满省减贵过]|便宜|低于|高于|不到|少于)\s*$",
    re.IGNORECASE,
)
_NO_PRICE = re.compile(
    r"\s*(?:off\b|less\b|more\b|cheaper|dearer|orders?\b|vouchers?\b|gift|coupons?\b|discount|or (?:more|less)|and (?:over|up|more)"
    r"|以[上下内]|起|左右|折|优惠|的(?![吗吧对么]))",
    re.IGNORECASE,
)
_LONG_AGO = re.compile(r"\b(?:bought|paid|purchased|ordered|budget|afford|enough)\b|买了|买的时候|付了|预算|够", re.IGNORECASE)
_THE_SAME = frozenset(
    terms("price cost pay correct accurate moment each piece isn't aren't doesn't don't wasn't")
    + terms("价格 价 付款 付 标价 个价 真 真的 没错 对 对不对 准确 实际 就是 也是")
)
_VERSION = re.compile(r"\s+(?:in|for the)\s", re.IGNORECASE)
_WORDS_OF_VERSION = 4


def tells_price(question: str) -> bool:
    """Whether the question states what something costs and asks whether it is so."""
    text = _plain(question)
    return bool(_ASKS_WHETHER.search(text)) and not _LONG_AGO.search(text) and bool(_stated(text))


def verdict(question: str, product: Product, asked: Asked) -> Verdict | None:
    """Whether the one price that the question tells is the record's; None where it tells none, or where that depends on the version."""
    text = _plain(question).replace(_plain(product.title), "¤")  # a title may have a figure of its own ("Pot 5 L")
    told = _stated(text) if tells_price(text) and not asked.absent else []
    priced = [variant for variant in product.variants if variant.price is not None]
    chosen = [variant for variant in priced if asked.matches(variant)] or priced
    if len({(figure.value, figure.unit) for figure in told}) != 1:
        return None
    same = {_is_same(told[0], variant.price) for variant in chosen if variant.price is not None}
    return None if len(same) != 1 else "told_right" if same == {True} else "told_wrong"


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).replace("’", "'")


def _stated(text: str) -> list[Figure]:
    """The amounts that the question states as a price, and of which it asks nothing else."""
    numbers = [figure for figure in figures(text) if figure.kind == "number"]
    return [figure for figure in numbers if _is_stated(figure, *text.split(figure.text, 1))]


def _is_stated(figure: Figure, before: str, after: str) -> bool:
    code = _code(after)
    rest = set(terms(after.replace(code, "", 1))) - _THE_SAME
    if _LIMIT.search(before) or _NO_PRICE.match(after) or len(rest) > (_WORDS_OF_VERSION if _VERSION.match(after) else 0):
        return False
    if figure.unit not in MONEY and (figure.unit or not (code or _AS_A_PRICE.search(before) or _CENTS.search(figure.text))):
        return False
    return bool(_STATED.search(before) or _OPENS_WITH_IS.search(before) or after[:1] in tuple("吧吗么对"))


def _code(after: str) -> str:
    """The currency that stands behind an amount, such as CHF."""
    found = re.match(r"\s*([A-Z]{3})\b", after)
    return found[1] if found and found[1] in CODES else ""


def _is_same(told: Figure, price: Money) -> bool:
    """A number without a currency is in the shop's own."""
    shown = next(figure for figure in figures(format_money(price, "en")) if figure.kind == "number")
    return told.value == shown.value and told.unit in ("", shown.unit)
