"""Scenes whose reply is a list, a comparison or the cheapest of several products, as code looks them up for the question."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from chatbot.evidence import FOUND, lines_to_read
from chatbot.listing import compare_answer, extreme, list_answer
from chatbot.phrases import say
from chatbot.record import lowest_price
from chatbot.training.bank import Bank, Kind
from chatbot.training.invented import invent_product
from chatbot.training.noise import as_typed
from chatbot.training.scenes import Ask, Scene
from knowledge_base.catalog import Product
from knowledge_base.money import format_money

_LIST = (
    "what {kinds} do you have?", "show me your {kinds}", "any {kinds} under {most}?", "I'm looking for a {kind}, what have you got", "{kinds}?",
    "which {kinds} can I get for less than {most}", "recommend me a {kind}", "Do you sell {kinds}?", "need a {kind} as a present, around {most}",
)  # fmt: skip
_CHEAPEST = (
    "what's your cheapest {kind}?",
    "cheapest {kind}",
    "which {kind} costs the least",
    "I want the least expensive {kind} you have",
)
_COMPARE = (
    "what is the difference between the {one} and the {two}?",
    "{one} or {two}?",
    "compare {one} with {two}",
    "which is cheaper, the {one} or the {two}",
)


def list_scenes(bank: Bank, source: random.Random, shop: str) -> list[Scene]:
    """One scene about two to six products of a kind."""
    kind = source.choice(bank.kinds)
    made = [invent_product(bank, kind, source).product for _ in range(source.randint(2, 6))]
    products = list({product.title: product for product in made}.values())
    make: Callable[[Sequence[Product], Kind, random.Random], Ask | None] = source.choice((_listed, _listed, _cheapest, _compared))
    ask = make(products, kind, source)
    if ask is None:
        return []
    lines = lines_to_read(products, (), ask.answer, "en")
    return [Scene(tuple(lines), (Ask(as_typed(ask.question, source), lines[0].removeprefix(FOUND), ask.kind),), "en", shop)]


def _listed(products: Sequence[Product], kind: Kind, source: random.Random) -> Ask:
    most = str(round(kind.prices[1] * source.uniform(0.4, 1.2)))
    return Ask(source.choice(_LIST).format(kind=kind.name, kinds=kind.category.lower(), most=most), list_answer(products, "en"), "list")


def _cheapest(products: Sequence[Product], kind: Kind, source: random.Random) -> Ask | None:
    found = extreme(products, "cheapest")
    price = None if found is None else lowest_price(found)
    if found is None or price is None:
        return None
    answer = say("cheapest", "en", title=found.title, price=format_money(price, "en"))
    return Ask(source.choice(_CHEAPEST).format(kind=kind.name), answer, "list")


def _compared(products: Sequence[Product], kind: Kind, source: random.Random) -> Ask | None:
    if len(products) < 2:
        return None
    question = source.choice(_COMPARE).format(one=products[0].title, two=products[1].title)
    return Ask(question, compare_answer(products[:2], question, {}, "en"), "list")
