"""Answers about several products: lists under conditions, "do you sell …", the cheapest, cheaper ones, comparisons.

Which products belong in a list is decided by words and conditions over the whole catalogue, never by similarity alone, so
"tents under 200" is all tents under 200, and a thing that the shop does not sell is said not to be there. Similar products are
offered as what they are: the closest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from chatbot.intents import Superlative
from chatbot.options import COLOUR_NAMES, Asked, option_values
from chatbot.phrases import join, say
from chatbot.record import in_stock, lowest_price, price_answer, version
from chatbot.terms import terms
from knowledge_base.catalog import Availability, Money, Product
from knowledge_base.money import format_money

SHOWN = 6
_FEW_VALUES = 3
_WEIGHT = re.compile(r"weight|重量|净重|^重$", re.IGNORECASE)
_GRAMS = {
    "kg": Decimal(1000),
    "千克": Decimal(1000),
    "公斤": Decimal(1000),
    "g": Decimal(1),
    "克": Decimal(1),
    "lb": Decimal("453.592"),
    "lbs": Decimal("453.592"),
    "oz": Decimal("28.3495"),
}
_MEASURE = re.compile(r"(\d+(?:[.,]\d+)?)\s*(kg|lbs?|oz|g(?![a-z])|千克|公斤|克)", re.IGNORECASE)


def list_line(product: Product, language: str) -> str:
    """ "- Title: price (note)", with what a shopper must know before clicking."""
    price = lowest_price(product)
    note = ""
    if not in_stock(product) and any(v.availability is not Availability.unknown for v in product.variants):
        note = say("note_sold_out", language)
    cheapest = next((v for v in product.variants if v.price == price), None)
    if price is None:
        return say("list_line_bare", language, title=product.title, note=note)
    if cheapest is not None and cheapest.on_sale and cheapest.list_price and not note:
        note = say("note_sale", language, list_price=format_money(cheapest.list_price, language))
    shown = format_money(price, language)
    if len(_prices(product)) > 1:
        shown = say("from_price", language, price=shown) + _version_note(product, price)
    return say("list_line", language, title=product.title, price=shown, note=note)


def _version_note(product: Product, price: Money) -> str:
    """Which version it is that costs so, where it is one."""
    labels = [version(variant) for variant in product.variants if variant.price == price]
    return f" ({labels[0]})" if len(labels) == 1 and labels[0] else ""


def list_answer(products: Sequence[Product], language: str) -> str:
    """A list of at most SHOWN products."""
    shown = products[:SHOWN]
    alone = [price_answer(products[0], Asked(), language)] if len(products) == 1 and len(_prices(products[0])) > 1 else []
    head = say("list_more", language) if len(products) > len(shown) else say("list_one" if len(products) == 1 else "list", language)
    return "\n".join([head, *(list_line(product, language) for product in shown), *alone])


def _prices(product: Product) -> set[Decimal]:
    return {variant.price.amount for variant in product.variants if variant.price}


def closest_answer(products: Sequence[Product], language: str, key: str = "list_suggest") -> str:
    return "\n".join([say(key, language), *(list_line(product, language) for product in products[:4])])


def extreme(products: Sequence[Product], which: Superlative) -> Product | None:
    """The cheapest, dearest, lightest or heaviest; sold-out ones only when nothing else is left."""
    if which in ("cheapest", "dearest"):
        priced = [product for product in _buyable(products) if lowest_price(product)]
        sign = 1 if which == "cheapest" else -1
        return min(priced, key=lambda product: sign * _amount(product), default=None)
    weighed = [product for product in products if grams(product) is not None]
    sign = 1 if which == "lightest" else -1
    return min(weighed, key=lambda product: sign * (grams(product) or Decimal(0)), default=None)


def _buyable(products: Sequence[Product]) -> Sequence[Product]:
    return [product for product in products if in_stock(product)] or products


def _amount(product: Product) -> Decimal:
    price = lowest_price(product)
    return price.amount if price else Decimal(0)


def weight_text(product: Product) -> str:
    return next((value for name, value in product.attributes if _WEIGHT.search(name)), "")


def grams(product: Product) -> Decimal | None:
    """The weight attribute in grams, where it states exactly one weight."""
    found = _MEASURE.findall(weight_text(product))
    if len(found) != 1:
        return None
    number, unit = found[0]
    return Decimal(number.replace(",", ".")) * _GRAMS[unit.lower()]


def extreme_answer(product: Product, which: Superlative, language: str) -> str:
    price = lowest_price(product)
    title = product.title + (_version_note(product, price) if price and len(_prices(product)) > 1 else "")
    return say(which, language, title=title, price=format_money(price, language) if price else "", value=weight_text(product))


def compare_answer(products: Sequence[Product], question: str, told: Mapping[str, str], language: str) -> str:
    """Two to four products side by side: price, stock, attributes asked for or different, and what is `told` of each."""
    chosen = list(products[:4])
    shared = _shared_attributes(chosen, question)
    dot = "。" if language == "zh" else ". "
    lines = []
    for product in chosen:
        facts = _facts(product, shared, language)
        extra = told.get(product.id, "")
        facts += f"{dot}{extra}" if extra and extra.split(":")[0].strip() not in shared else ""
        lines.append(say("compare_line", language, title=product.title, facts=facts))
    verdict = _verdict(chosen, question, language)
    return "\n".join([*([verdict] if verdict else []), *lines])


def _shared_attributes(products: Sequence[Product], question: str) -> list[str]:
    tables = [dict(product.attributes) for product in products]
    asked = set(terms(question))
    names = list(dict.fromkeys(name for table in tables for name in table))
    named = [name for name in names if set(terms(name)) & asked]
    both = [name for name in names if all(name in table for table in tables) and len({table[name] for table in tables}) > 1]
    return list(dict.fromkeys([*named, *both]))[:4]


def _facts(product: Product, names: Sequence[str], language: str) -> str:
    table = dict(product.attributes)
    price = lowest_price(product)
    stocked = "in_stock_word" if in_stock(product) else "sold_out_word"
    known = any(variant.availability is not Availability.unknown for variant in product.variants)
    facts = [format_money(price, language)] if price else []
    facts += [say(stocked, language)] if known else []
    colon, comma = ("：", "，") if language == "zh" else (" ", ", ")
    facts += [f"{name if language == 'zh' else name.lower()}{colon}{table[name]}" for name in names if name in table]
    facts += [f"{name if language == 'zh' else name.lower()}{colon}{join(values, language)}" for name, values in _few_options(product)]
    return comma.join(facts)


def _few_options(product: Product) -> list[tuple[str, list[str]]]:
    """Sizes and the like, where there are few; a colour decides no comparison."""
    values = option_values(product)
    return [(name, given) for name, given in values.items() if len(given) <= _FEW_VALUES and not COLOUR_NAMES.search(name)]


def _verdict(products: Sequence[Product], question: str, language: str) -> str:
    low = question.lower()
    for product in products:  # "轻羽睡垫" does not ask which is lighter
        low = low.replace(product.title.lower(), " ").replace(product.title[:2].lower() if not product.title.isascii() else "\0", " ")
    if len(products) == 2 and re.search(r"cheap|expens|pric|便宜|贵|价格", low):
        prices = [lowest_price(product) for product in products]
        if prices[0] and prices[1] and len({len({v.price for v in p.variants}) for p in products}) == 1:
            if prices[0].amount == prices[1].amount:
                return say("compare_same_price", language)
            return say("compare_lower_price", language, title=products[0 if prices[0].amount < prices[1].amount else 1].title)
    if len(products) == 2 and re.search(r"light|heav|weigh|轻|重", low):
        weights = [grams(product) for product in products]
        if weights[0] is not None and weights[1] is not None and weights[0] != weights[1]:
            return say("compare_lighter", language, title=products[0 if weights[0] < weights[1] else 1].title)
    return ""


def browse_answer(products: Sequence[Product], language: str) -> str:
    """What the shop sells, by category where it has categories."""
    tops = list(dict.fromkeys(product.category.split(">")[-1].strip() for product in products if product.category))
    if tops:
        return say("categories", language, values=join(tops[:12], language))
    return "\n".join([say("catalogue", language), *(list_line(product, language) for product in products[:SHOWN])])
