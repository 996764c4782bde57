"""Answers about one product, straight from its record: price, sale, stock, options, attributes.

Every sentence is a template over fields, so it says what the record says and nothing else. None of them begins with yes or no:
"the kettle is sold out" is right both for "is it in stock?" and for "is it sold out?".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from chatbot.intents import Field
from chatbot.messages import SourceItem
from chatbot.options import COLOUR_NAMES, SIZE_NAMES, Asked, asked_options, is_yes_or_no, option_values
from chatbot.phrases import join, say
from chatbot.record_attributes import attribute_answer
from knowledge_base.catalog import Availability, Money, Product, Variant
from knowledge_base.money import format_money

_BUYABLE = (Availability.in_stock, Availability.preorder, Availability.backorder)
MOST_VERSIONS = 8


def source_of(product: Product, score: float = 1.0) -> SourceItem:
    """The product as a source of a reply; the card is drawn from it."""
    offered = [variant for variant in product.variants if variant.price is not None]
    cheapest = min(offered, key=lambda variant: variant.price.amount if variant.price else Decimal(0), default=None)
    known = any(variant.availability is not Availability.unknown for variant in product.variants)
    return SourceItem(
        id=f"product:{product.id}",
        kind="product",
        title=product.title,
        score=round(score, 4),
        url=product.url,
        price=cheapest.price.amount if cheapest and cheapest.price else None,
        list_price=cheapest.list_price.amount if cheapest and cheapest.list_price else None,
        currency=cheapest.price.currency if cheapest and cheapest.price else "",
        image=product.images[0] if product.images else "",
        available=in_stock(product) if known else None,
    )


def in_stock(product: Product) -> bool:
    return any(variant.availability in _BUYABLE for variant in product.variants)


def lowest_price(product: Product) -> Money | None:
    prices = [variant.price for variant in product.variants if variant.price is not None]
    return min(prices, key=lambda price: price.amount, default=None)


def version(variant: Variant, *, without: Sequence[str] = ()) -> str:
    """ "Blue / M": the values of a variant's options, but those named in `without`."""
    return " / ".join(option_label(name, value) for name, value in variant.options if name not in without)


def option_label(name: str, value: str) -> str:
    """The value, with its name where it only says yes or no ("waterproof: yes")."""
    return f"{name.lower()}: {value}" if is_yes_or_no(value) else value


def answer_field(field: Field, question: str, product: Product, language: str) -> str | None:
    """The record's answer to `field`, or None where this record has nothing to say about it."""
    asked = asked_options(question, product)
    if field == "price":
        return price_answer(product, asked, language)
    if field == "sale":
        return sale_answer(product, asked, language)
    if field == "stock":
        return stock_answer(product, asked, language)
    if field == "quantity":
        return quantity_answer(product, asked, language)
    if field in ("size", "colour", "options"):
        return option_answer(field, product, asked, language)
    if field == "brand":
        return say("brand", language, title=product.title, value=product.brand) if product.brand else None
    if field == "sku":
        codes = [variant.sku or variant.gtin for variant in product.variants if asked.matches(variant) and (variant.sku or variant.gtin)]
        return say("sku", language, title=product.title, value=join(codes[:MOST_VERSIONS], language)) if codes else None
    return None


def price_answer(product: Product, asked: Asked, language: str) -> str:
    priced = [variant for variant in product.variants if variant.price is not None]
    if not priced:
        return say("price_unknown", language, title=product.title)
    if asked.absent:
        return absent_answer(product, asked, language) + " " * (language != "zh") + price_answer(product, Asked(asked.wanted), language)
    chosen = [variant for variant in priced if asked.matches(variant)] or priced
    prices = sorted({variant.price.amount for variant in chosen if variant.price})
    text = _one_price(product, chosen[0], asked, language) if len(prices) == 1 else _price_range(product, chosen, language)
    if _stock_known(chosen) and not any(variant.availability in _BUYABLE for variant in chosen):
        text += " " * (language != "zh") + say("also_sold_out", language)
    return text


def _one_price(product: Product, variant: Variant, asked: Asked, language: str) -> str:
    assert variant.price is not None
    key = "price_option" if asked.wanted else "price"
    values = {
        "title": product.title,
        "options": _wanted(asked),
        "price": format_money(variant.price, language),
    }
    if variant.on_sale and variant.list_price:
        return say(key + "_sale", language, list_price=format_money(variant.list_price, language), **values)
    return say(key, language, **values)


def _price_range(product: Product, variants: Sequence[Variant], language: str) -> str:
    ordered = sorted(
        (variant for variant in variants if variant.price), key=lambda variant: variant.price.amount if variant.price else Decimal(0)
    )
    low, high = ordered[0].price, ordered[-1].price
    assert low is not None and high is not None
    each: dict[str, str] = {}
    telling = _telling_options(ordered)
    for variant in variants:
        label = " / ".join(value for name, value in variant.options if name in telling) or version(variant)
        if variant.price and label:
            each.setdefault(label, f"{label} {format_money(variant.price, language)}")
    return say(
        "price_range",
        language,
        title=product.title,
        low=format_money(low, language),
        high=format_money(high, language),
        each=("；" if language == "zh" else "; ").join(list(each.values())[: 2 * MOST_VERSIONS]) or product.title,
    )


def _telling_options(variants: Sequence[Variant]) -> set[str]:
    """The option names that decide the price: leaving one out that does not matter makes the list short."""
    names = [name for name, _ in variants[0].options]
    for name in names:
        rest = {tuple(value for key, value in variant.options if key == name): set[Decimal]() for variant in variants}
        for variant in variants:
            rest[tuple(value for key, value in variant.options if key == name)].add(variant.price.amount if variant.price else Decimal(0))
        if all(len(prices) == 1 for prices in rest.values()):
            return {name}
    return set(names)


def sale_answer(product: Product, asked: Asked, language: str) -> str:
    chosen = [variant for variant in product.variants if asked.matches(variant)] or list(product.variants)
    reduced = next((variant for variant in chosen if variant.on_sale), None)
    if reduced is not None and len({variant.price for variant in chosen}) == 1:
        return _one_price(product, reduced, asked, language)
    if reduced is not None:
        return price_answer(product, asked, language)
    price = next((variant.price for variant in chosen if variant.price is not None), None)
    if price is None:
        return say("price_unknown", language, title=product.title)
    if len({variant.price for variant in chosen}) > 1:
        return price_answer(product, asked, language)
    options = "" if not asked.wanted else _wanted(asked)
    text = say(
        "sale_no_option" if options else "sale_no", language, title=product.title, options=options, price=format_money(price, language)
    )
    others = [variant for variant in product.variants if variant.on_sale and variant.price and variant.list_price]
    return text + "".join(" " * (language != "zh") + _reduced(variant, language) for variant in others[:2])


def _reduced(variant: Variant, language: str) -> str:
    assert variant.price is not None and variant.list_price is not None
    prices = {"price": format_money(variant.price, language), "list_price": format_money(variant.list_price, language)}
    return say("sale_other", language, options=version(variant), **prices)


def stock_answer(product: Product, asked: Asked, language: str) -> str:
    if asked.absent:
        return absent_answer(product, asked, language)
    chosen = [variant for variant in product.variants if asked.matches(variant)]
    if not chosen:
        return no_such_version(product, asked, language)
    if not _stock_known(chosen):
        return say("stock_unknown", language, title=product.title)
    open_, closed = [v for v in chosen if v.availability in _BUYABLE], [v for v in chosen if v.availability not in _BUYABLE]
    options = _wanted(asked)
    key = "stock_option" if asked.wanted else "stock"
    if not open_:
        text = say(key + "_none", language, title=product.title, options=options)
        return text + _instead(product, asked, language)
    if not closed:
        return _all_open(product, open_, key, options, language)
    fixed = {name for name, _ in asked.wanted if len({value for key_, value in asked.wanted if key_ == name}) == 1}
    labels = _versions(open_, fixed, language), _versions(closed, fixed, language)
    return say(key + "_some", language, title=product.title, options=options, available=labels[0], sold_out=labels[1])


def no_such_version(product: Product, asked: Asked, language: str) -> str:
    """That there is no version with all the options asked for, and which there are with most of them."""
    shares = {variant.id: sum(pair in asked.wanted for pair in variant.options) for variant in product.variants}
    most = max(shares.values(), default=0)
    near = [variant for variant in product.variants if shares[variant.id] == most and most]
    near = [variant for variant in near if variant.availability in _BUYABLE] or near
    text = say("version_absent", language, title=product.title, options=_wanted(asked))
    there = say("versions_there", language, values=_versions(near[:MOST_VERSIONS], set(), language)) if near else ""
    return text + " " * (language != "zh" and bool(there)) + there


def _wanted(asked: Asked) -> str:
    return " / ".join(option_label(name, value) for name, value in asked.wanted)


def _all_open(product: Product, open_: list[Variant], key: str, options: str, language: str) -> str:
    special = {variant.availability for variant in open_}
    if special == {Availability.preorder}:
        return say("preorder", language, title=product.title)
    if special == {Availability.backorder}:
        return say("backorder", language, title=product.title)
    return say(key, language, title=product.title, options=options)


def _instead(product: Product, asked: Asked, language: str) -> str:
    others = [variant for variant in product.variants if variant.availability in _BUYABLE and not asked.matches(variant)]
    if not asked.wanted or not others:
        return ""
    return " " * (language != "zh") + say("stock_instead", language, available=_versions(others, set(), language))


def _versions(variants: Sequence[Variant], fixed: set[str], language: str) -> str:
    labels = [version(variant, without=tuple(fixed)) or version(variant) for variant in variants]
    return join(labels, language)


def quantity_answer(product: Product, asked: Asked, language: str) -> str:
    chosen = [variant for variant in product.variants if asked.matches(variant)]
    if not any(variant.quantity is not None for variant in chosen):
        return stock_answer(product, asked, language) + " " * (language != "zh") + say("quantity_unknown", language)
    if not any(variant.availability in _BUYABLE for variant in chosen):
        return stock_answer(product, asked, language)
    if len(chosen) == 1:
        title = product.title if not version(chosen[0]) else f"{product.title} ({version(chosen[0])})"
        return say("quantity", language, title=title, quantity=max(0, chosen[0].quantity or 0))
    each = [f"{version(variant)} {max(0, variant.quantity)}" for variant in chosen if variant.quantity is not None]
    return say("quantity_each", language, title=product.title, each=("；" if language == "zh" else "; ").join(each))


def option_answer(field: Field, product: Product, asked: Asked, language: str) -> str | None:
    """What sizes, colours or versions there are; a named value is answered by its stock, an absent one by what there is."""
    if asked.absent:
        return absent_answer(product, asked, language)
    pattern = {"size": SIZE_NAMES, "colour": COLOUR_NAMES}.get(field)
    if asked.wanted:
        return _of_those(product, pattern, asked, language) or stock_answer(product, asked, language)
    values = option_values(product)
    names = [name for name in values if pattern is None or pattern.search(name)] or _only_option(values)
    if not names:
        return (
            None
            if field != "options"
            else (attribute_answer("options", product, language) or say("no_options", language, title=product.title))
        )
    text = (" " * (language != "zh")).join(
        say("option_values", language, title=product.title, name=name, values=join(values[name], language)) for name in names
    )
    gone = [version(variant) for variant in product.variants if variant.availability is Availability.out_of_stock]
    if gone and len(gone) < len(product.variants):
        text += " " * (language != "zh") + say("sold_out_options", language, values=join(gone, language))
    elif gone:
        text += " " * (language != "zh") + say("stock_none", language, title=product.title)
    return text


def _only_option(values: dict[str, list[str]]) -> list[str]:
    """The one thing there is to choose, whatever it is called ("what sizes do you do it in": Pieces); a colour is no size."""
    return [name for name in values if len(values) == 1 and not COLOUR_NAMES.search(name)]


def _of_those(product: Product, pattern: re.Pattern[str] | None, asked: Asked, language: str) -> str | None:
    """Which values of one option can be had in another that is asked for: "which colours do you have in L"."""
    named = {name for name, _ in asked.wanted}
    names = [name for name in option_values(product) if pattern is not None and pattern.search(name) and name not in named]
    there = [variant for variant in product.variants if asked.matches(variant)]
    if not names or not there or any(variant.availability not in _BUYABLE for variant in there):
        return None
    values = list(dict.fromkeys(value for variant in there for name, value in variant.options if name == names[0]))
    return say("option_values_in", language, title=product.title, options=_wanted(asked), name=names[0], values=join(values, language))


def absent_answer(product: Product, asked: Asked, language: str) -> str:
    """That an option is not there, and what there is. A figure is not said again: no record has it."""
    values, word = option_values(product), asked.absent[0]
    figure = any(character.isdigit() for character in word)
    pattern = SIZE_NAMES if figure or (len(word) <= 3 and word.isupper()) else COLOUR_NAMES
    name = next((name for name in values if pattern.search(name)), next(iter(values), ""))
    told = word[:1].upper() + word[1:]
    if figure:
        told = say("that_option", language, name=name.lower()) if name else say("that_version", language)
    text = say("option_absent", language, asked=told, title=product.title)
    there = say("options_there", language, name=name, values=join(values[name], language)) if name else None
    return text + " " * (language != "zh") + (there or say("no_options", language, title=product.title))


def _stock_known(variants: Sequence[Variant]) -> bool:
    return any(variant.availability is not Availability.unknown for variant in variants)
