"""What can be asked of a product so that a careless answer is wrong, one function per trap, each with the answer that the record gives.

A trap is left out where the record does not decide it: no price, stock that the shop does not state, a word that stands somewhere else
in the shop's texts. Knows no model and no reply.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from chatbot.options import COLOUR_NAMES, SIZE_NAMES, option_values
from chatbot.phrases import join
from chatbot.record import lowest_price
from chatbot.sentences import sentences
from chatbot.terms import terms
from chatbot.training.expected import amounts, value_groups
from chatbot.training.questions import plain
from chatbot.training.trap_words import DENIED, IN_STOCK, NO_WORDS, SAID_GONE, SAID_NO, SAID_YES, SOLD_OUT, YES_WORDS, place, version_said
from knowledge_base.catalog import Availability, Money, Product, Variant
from knowledge_base.money import format_money

Must = tuple[Sequence[str], ...]
_SHORT = 3  # characters of an option that say nothing without its name
_LONGEST_NAME, _LONGEST_VALUE = 30, 60
_NO_ATTRIBUTES = ("type", "category", "tags", "类型", "分类", "标签")
_NONE = re.compile(r"\s*(?:none|n/a|-|无)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Trap:
    """One thing to ask. `asked` names its wordings, `said` fills them; a wording of its own stands in `wording`."""

    asked: str
    kind: str
    note: str
    said: dict[str, str]
    must: Must
    must_not: tuple[str, ...] = ()
    wording: str = ""


@dataclass(frozen=True, slots=True)
class Shelf:
    """The products of one language that may be asked about, and all that the shop says in lower case, for what it must not say."""

    products: tuple[Product, ...]
    language: str
    text: str
    options: dict[str, list[str]] = field(default_factory=dict)  # option's name → values of all products
    attributes: dict[str, list[str]] = field(default_factory=dict)

    @property
    def place(self) -> int:
        return place(self.language)


def prices_of(product: Product) -> list[Money]:
    return [money for variant in product.variants for money in (variant.price, variant.list_price) if money is not None]


def one_price(product: Product) -> Money | None:
    """The price, where all versions cost the same and none is reduced."""
    found = {variant.price for variant in product.variants}
    reduced = any(variant.on_sale for variant in product.variants)
    return next(iter(found)) if len(found) == 1 and not reduced else None


def price(product: Product, shelf: Shelf) -> Iterator[Trap]:
    """Right product, right price: what a product of a similar name costs must not be said."""
    money = one_price(product)
    if money is None:
        return
    near = [other for other in shelf.products if other.id != product.id and _alike(product, other)]
    costs = [found for other in near if (found := one_price(other)) is not None and found != money][:3]
    must_not = tuple(amounts(cost)[0] for cost in costs)
    note = "two products with similar names" if must_not else "plain price"
    yield Trap("price", "product" if must_not else "price", note, {}, (amounts(money),), must_not)


def price_of_version(product: Product, shelf: Shelf) -> Iterator[Trap]:
    if len({variant.price for variant in product.variants}) < 2:
        return
    for variant in product.variants:
        if variant.price is not None and variant.options:
            said = {"version": said_of_version(variant.options, shelf.language)}
            yield Trap("price_of_version", "price", "versions cost differently", said, (amounts(variant.price),))


def sale(product: Product, shelf: Shelf) -> Iterator[Trap]:
    """A reduced product: the price now, the price before, and the price before told as the price now."""
    costs = {(variant.price, variant.list_price) for variant in product.variants}
    now, before = next(iter(costs))
    if len(costs) != 1 or now is None or before is None or before.amount <= now.amount:
        return
    to_pay, was = amounts(now), amounts(before)
    yield Trap("sale_now", "sale", "on sale: the price now", {}, (to_pay,))
    yield Trap("sale_before", "sale", "on sale: the price before", {}, (was,))
    yield Trap("list_as_price", "sale", "sale price against list price", {"wrong": format_money(before, shelf.language)}, (to_pay,))


def stock(product: Product, shelf: Shelf) -> Iterator[Trap]:
    """A product that is in stock, or sold out, in every version; also told the other way round."""
    states, at = {variant.availability for variant in product.variants}, shelf.place
    if states == {Availability.in_stock}:
        yield Trap("stock", "stock", "in stock", {}, (IN_STOCK[at],), SOLD_OUT[at])
        there = [word for word in IN_STOCK[at] if word != "yes"]  # "yes" would agree with the premise
        yield Trap("wrongly_gone", "premise", "told to be sold out, is in stock", {}, (there,), SAID_GONE[at])
    if states == {Availability.out_of_stock}:
        claims = (*YES_WORDS[at], plain(f"{product.title} is in stock" if at == 0 else f"{product.title}目前有货"))
        yield Trap("stock", "stock", "sold out", {}, (SOLD_OUT[at],), claims)
        yield Trap("wrongly_there", "premise", "told to be in stock, is sold out", {}, (SOLD_OUT[at],), claims)


def stock_of_version(product: Product, shelf: Shelf) -> Iterator[Trap]:
    """One version sold out while others can be had, and the other way round."""
    if {variant.availability for variant in product.variants} != {Availability.in_stock, Availability.out_of_stock}:
        return
    for variant in product.variants:
        there = variant.availability is Availability.in_stock
        said = {"version": said_of_version(variant.options, shelf.language)}
        must, note = (IN_STOCK, "version in stock, others sold out") if there else (SOLD_OUT, "version sold out, others in stock")
        must_not = claims_of_version(variant, shelf.place, there=not there) + (
            SAID_GONE[shelf.place][:5] if there else YES_WORDS[shelf.place]
        )
        yield Trap("stock_of_version", "stock", note, said, (must[shelf.place],), must_not)


def claims_of_version(variant: Variant, at: int, *, there: bool) -> tuple[str, ...]:
    """Ways of saying that this very version can be had, or cannot."""
    label = plain(" / ".join(value for _, value in variant.options))
    if len(label) <= _SHORT:  # "m is in stock" also stands in "cream is in stock"
        label = plain(f"{variant.options[0][0]}{'' if at else ' '}{label}")
    english = (f"in {label}: in stock.", f"{label} is in stock") if there else (f"in {label}: sold out", f"{label} is sold out")
    chinese = (f"({label})目前有货", f"{label}有货") if there else (f"({label})目前已售罄", f"{label}缺货")
    return chinese if at else english


def no_such_version(product: Product, shelf: Shelf) -> Iterator[Trap]:
    """A colour or size that other products have and this one does not."""
    own = plain(f"{product.title} {product.description} {product.attributes} {option_values(product)}")
    for name in option_values(product):
        for value in shelf.options.get(name, ()):
            if COLOUR_NAMES.search(name) is None and SIZE_NAMES.search(name) is None:
                continue
            if not _in_words(plain(value), own) and not any(character in value for character in "/&+"):
                claims = claims_of_version(Variant("", ((name, value),)), shelf.place, there=True)
                said = {"version": said_of_version(((name, value),), shelf.language)}
                denied = (*DENIED[shelf.place], *_instead(option_values(product)[name], shelf.language))
                yield Trap("no_such_version", "option", "an option it does not have", said, (denied,), claims)


def _instead(values: list[str], language: str) -> list[str]:
    """All that there is, where it is more than one: saying so answers as well."""
    return list(dict.fromkeys((", ".join(values), join(values, language)))) if len(values) > 1 else []


def wrong_price(product: Product, shelf: Shelf) -> Iterator[Trap]:
    """A price that the product does not have, told as a fact; the reply has to give the right one."""
    money = one_price(product)
    if money is None:
        return
    for factor in (Decimal("0.1"), Decimal("0.5"), Decimal("1.4")):
        wrong = Money(max(Decimal(1), (money.amount * factor).quantize(Decimal(1))), money.currency)
        if wrong.amount not in {cost.amount for cost in prices_of(product)}:
            said = {"wrong": format_money(wrong, shelf.language)}
            yield Trap("wrong_price", "premise", "a false price told as a fact", said, (amounts(money),))


def attribute(product: Product, shelf: Shelf) -> Iterator[Trap]:
    """A value of the record, and the value of another product told as this one's."""
    at = shelf.place
    for name, value in product.attributes:
        if len(name) > _LONGEST_NAME or len(value) > _LONGEST_VALUE or plain(name) in _NO_ATTRIBUTES or _NONE.match(value):
            continue
        said = {"name": name.lower()}
        if answer := _yes_or_no(value):
            must, must_not = (SAID_YES[at], SAID_NO[at]) if answer == "yes" else (NO_WORDS[at], YES_WORDS[at])
            yield Trap("yes_or_no", "attribute", "yes or no", said, (must,), must_not)
        elif groups := tuple(value_groups(value)):
            yield Trap("attribute", "attribute", "value of the record", said, groups)
            if other := next((found for found in shelf.attributes.get(name, ()) if _differ(found, value)), ""):
                yield Trap("wrong_attribute", "premise", "another product's value told as a fact", {**said, "wrong": other}, groups)


def by_code(product: Product, shelf: Shelf) -> Iterator[Trap]:
    for variant in product.variants[:2]:
        if len(variant.sku) >= 4:
            yield Trap("by_code", "product", "found by its item number", {"code": variant.sku}, ((product.title,),))


def by_description(product: Product, shelf: Shelf) -> Iterator[Trap]:
    """A sentence that only this product's description has, and that does not name it."""
    title = set(terms(product.title))
    for sentence in sentences(product.description)[:4]:
        quote = sentence.rstrip(".。!！")
        long_enough = 30 <= len(quote) <= 140 if shelf.language != "zh" else 10 <= len(quote) <= 60
        if long_enough and not title & set(terms(quote)) and shelf.text.count(plain(quote)) == 1:
            yield Trap("by_description", "product", "found by what is said of it", {"quote": quote}, ((product.title,),))


def cheapest(product: Product, shelf: Shelf) -> Iterator[Trap]:
    """Asked of a category of three and more, where the cheapest is one and can be had."""
    alike = [other for other in shelf.products if other.category == product.category]
    costs = {other.id: found for other in alike if (found := lowest_price(other)) is not None}
    money = costs.get(product.id)
    if not product.category or money is None or len(costs) < 3 or len(costs) != len(alike):
        return
    can_be_had = all(variant.availability is Availability.in_stock for variant in product.variants)
    if can_be_had and all(cost.amount > money.amount for key, cost in costs.items() if key != product.id):
        said = {"category": product.category.split(">")[-1].strip()}
        yield Trap("cheapest", "product", "the cheapest of its category", said, ((product.title,), amounts(money)))


MAKERS: dict[str, Callable[[Product, Shelf], Iterator[Trap]]] = {
    "price": price, "price_of_version": price_of_version, "sale": sale, "stock": stock, "stock_of_version": stock_of_version,
    "no_such_version": no_such_version, "wrong_price": wrong_price, "attribute": attribute, "by_code": by_code,
    "by_description": by_description, "cheapest": cheapest,
}  # fmt: skip


def said_of_version(options: tuple[tuple[str, str], ...], language: str) -> str:
    """Colours are said without the word for colour, everything else with its name."""
    return version_said(options, tuple(COLOUR_NAMES.search(name) is None for name, _ in options), language)


def _alike(product: Product, other: Product) -> bool:
    """Two titles that share at least two words, or most of the shorter one."""
    first, second = set(terms(product.title)), set(terms(other.title))
    shared = len(first & second)
    return shared >= 2 or (shared >= 1 and 2 * shared >= min(len(first), len(second)))


def _in_words(value: str, text: str) -> bool:
    """Whether a value, or one of its words, stands in the text."""
    words = [word for word in re.findall(r"[^\W_]+", value) if len(word) > 2 or not word.isascii()] or [value]
    return value in text or any(re.search(rf"(?<![a-z]){re.escape(word)}", text) for word in words)


def _yes_or_no(value: str) -> str:
    found = re.match(r"\s*(yes|no|是|否|可以|不可|支持|不支持)\b", value, re.IGNORECASE)
    return "" if found is None else "yes" if found[1].lower() in ("yes", "是", "可以", "支持") else "no"


def _differ(found: str, value: str) -> bool:
    """Whether a reply that gives one of two values cannot be taken for giving the other."""
    numbers, others = set(re.findall(r"\d+(?:[.,]\d+)?", value)), set(re.findall(r"\d+(?:[.,]\d+)?", found))
    apart = plain(found) not in plain(value) and plain(value) not in plain(found)
    return apart and not numbers & others and _yes_or_no(found) == ""
