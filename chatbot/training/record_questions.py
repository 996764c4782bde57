"""Questions about what stands in a product's record, and the replies that code makes from it: price, sale, stock, options, brand.

The replies are those of `record`, so training and answering agree by construction. `{it}` is the product's title or what stands for it.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from chatbot.record import answer_field
from chatbot.training.scenes import Ask
from knowledge_base.catalog import Product

_PRICE = (
    "how much is the {it}?", "what does the {it} cost", "price of the {it}?", "What would I pay for the {it}?", "{it} price", "how much are you asking for the {it}",
    "What's the damage for the {it}?", "how much for the {it}", "Could you tell me the price of the {it}, please?", "is the {it} expensive?",
    "I've got a small budget. What does the {it} come to?", "how much money do I need for the {it}", "what do you charge for the {it}",
    "Is it true that the {it} costs only {wrong}?", "can I get the {it} for {wrong}?", "the {it} is {wrong}, right?", "what's the {it} going for these days",
)  # fmt: skip
_PRICE_OF = (
    "how much is the {it} in {option}?", "price of the {option} {it}", "what does the {option} {it} cost", "and the {it} in {option}, how much?",
    "{it} {option} price?", "What would the {it} be if I take {option}?", "How much do you want for a {option} {it}?",
)  # fmt: skip
_SALE = (
    "is the {it} on sale?", "any discount on the {it}?", "is there money off the {it} right now", "Has the {it} been reduced?", "what did the {it} cost before",
    "is the {it} cheaper at the moment?", "are you running a deal on the {it}", "How much do I save on the {it}?", "is the {it} still full price",
)  # fmt: skip
_STOCK = (
    "is the {it} in stock?", "do you have the {it}?", "can I buy the {it} today", "{it} available?", "Have you got any {it} left?", "is the {it} sold out",
    "Could you ship me a {it} right away?", "got the {it}?", "I need the {it} this week, do you have it there?", "are there any {it} to be had",
    "Do you still carry the {it}?", "is the {it} gone already?", "which versions of the {it} can I get",
)  # fmt: skip
_STOCK_OF = (
    "is the {it} in stock in {option}?", "do you have the {it} in {option}", "any {option} {it} left?", "{it} {option} available?", "Can I still order the {option} {it}?",
    "I'd like the {it} in {option}. Do you have that?", "is {option} sold out for the {it}", "Is the {it} out of stock in {option}?", "got the {it} in {option}??",
)  # fmt: skip
_QUANTITY = (
    "how many {it} do you have left?",
    "how many of the {it} are there",
    "Do you have ten {it}?",
    "is the last {it} gone, or how many remain?",
)
_OPTIONS = (
    "what {name} does the {it} come in?", "which {name} can I choose for the {it}", "{it}: what {name} are there?", "Do I get a choice of {name} with the {it}?",
    "what are the {name} options of the {it}", "Does the {it} only come in one {name}?",
)  # fmt: skip
_ABSENT = ("do you have the {it} in {absent}?", "is there a {absent} {it}", "Could I get the {it} in {absent}?", "{it} in {absent} please")
_NEVER = ("purple", "turquoise", "gold", "tartan", "neon yellow", "XXXL", "size 52", "lilac", "leopard", "burgundy")


def record_asks(product: Product, source: random.Random, most: int) -> list[Ask]:
    """Up to `most` different questions about the record, those first that this record makes interesting."""
    makers = [_price, _stock, _options]
    source.shuffle(makers)
    if any(variant.on_sale for variant in product.variants):
        makers.insert(0, _sale)
    if any(variant.quantity is not None for variant in product.variants) and source.random() < 0.3:
        makers.insert(0, _quantity)
    asks: dict[str, Ask] = {}
    for make in makers[:most]:
        ask = make(product, source)
        if ask is not None:
            asks[ask.question] = ask
    return list(asks.values())


_SHORT = (
    "how much?", "and the price?", "price?", "how much is it?", "what about {option}?", "in {option}?", "and in {option}?", "{option}?", "have you got it in {option}", "is it there?",
    "and the bigger one?", "do you have that", "in stock?", "and is it available", "which ones are there?", "how much is the second one", "ok and how much for one", "the {option} one please",
)  # fmt: skip


def followed_up(ask: Ask, product: Product, source: random.Random) -> Ask:
    """The question as it is put in the middle of a talk, completed by the product's name, as a turn does it: what was looked up says what it
    means."""
    short = source.choice(_SHORT).format(option=_option(product, source) or product.title)
    return Ask(f"{short} ({product.title})", ask.answer, ask.kind)


def _asked(templates: Sequence[str], product: Product, source: random.Random, **values: str) -> str:
    """A question; its first letter is as the template or the title has it."""
    return source.choice(templates).format(it=_called(product, source), **values)


def _called(product: Product, source: random.Random) -> str:
    """The title, or the last words of it: people shorten."""
    words = product.title.split()
    return product.title if len(words) < 3 or source.random() < 0.7 else " ".join(words[-2:])


def _answered(field: str, question: str, product: Product) -> Ask | None:
    reply = answer_field(field, question, product, product.language)  # type: ignore[arg-type]
    return None if reply is None else Ask(question, reply, {"sale": "price", "quantity": "stock"}.get(field, field))


def _price(product: Product, source: random.Random) -> Ask | None:
    option = _option(product, source)
    if option and source.random() < 0.4:
        return _answered("price", _asked(_PRICE_OF, product, source, option=option), product)
    wrong = f"{source.randint(2, 400)}"
    return _answered("price", _asked(_PRICE, product, source, wrong=wrong), product)


def _sale(product: Product, source: random.Random) -> Ask | None:
    return _answered("sale", _asked(_SALE, product, source), product)


def _stock(product: Product, source: random.Random) -> Ask | None:
    option = _option(product, source)
    if option and source.random() < 0.25:
        return _answered("stock", _asked(_ABSENT, product, source, absent=source.choice(_NEVER)), product)
    if option and source.random() < 0.6:
        return _answered("stock", _asked(_STOCK_OF, product, source, option=option), product)
    return _answered("stock", _asked(_STOCK, product, source), product)


def _quantity(product: Product, source: random.Random) -> Ask | None:
    return _answered("quantity", _asked(_QUANTITY, product, source), product)


def _options(product: Product, source: random.Random) -> Ask | None:
    names = list(dict.fromkeys(name for variant in product.variants for name, _ in variant.options))
    if not names:
        return None
    return _answered("options", _asked(_OPTIONS, product, source, name=source.choice(names).lower()), product)


def _option(product: Product, source: random.Random) -> str:
    values = list(dict.fromkeys(value for variant in product.variants for _, value in variant.options))
    return source.choice(values) if values else ""
