"""Products and passages of shops that do not exist, made from the bank: what a model learns to read, never what it learns by heart.

Titles, prices, options, stock, attributes and policies are drawn anew for every moment, so that nothing but reading helps. Knows the
catalogue's types and nothing of questions. All chance comes from the generator that it is given.
"""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from chatbot.phrases import say
from chatbot.sentences import without_yes_no
from chatbot.training.bank import Bank, Kind, Topic
from chatbot.training.slots import Style, Values
from knowledge_base.catalog import Availability, Money, Passage, Product, Variant

_CURRENCIES = ("USD", "USD", "EUR", "EUR", "GBP", "GBP", "CAD", "AUD", "SEK", "CHF")
_ENDINGS = ("0.00", "0.50", "0.90", "0.95", "0.99")
_ATTRIBUTE = re.compile(r"(?!It |There |This |Not? |They |You |We |Do )([A-Z][A-Za-z' -]{2,24}): ([^.:]{1,60})\.?")
_OF_A_GROUP = 0.75  # of the passages
_MOST_WORDS = 42  # of an answer, where it is more than the one statement
_LATELY = ("", "", "", " II", " 2", " Mini", " Pro", " XL", " Classic", " No. 4")


@dataclass(frozen=True, slots=True)
class Told:
    """A topic as one shop or one product states it."""

    topic: Topic
    statement: str
    values: Values
    around: str = ""  # the statement with what stands beside it, as it may be told
    passage: int = -1  # the number of the passage that it stands in


@dataclass(frozen=True, slots=True)
class Invented:
    """A product with what its text tells, topic by topic."""

    kind: Kind
    product: Product
    told: tuple[Told, ...]


def told(topic: Topic, source: random.Random, style: Style, product: str = "") -> Told:
    values = Values(source, style, product)
    return Told(topic, values.fill(source.choice(topic.statements)), values)


def invent_product(bank: Bank, kind: Kind, source: random.Random) -> Invented:
    """A product of a kind with some of the features that such products have."""
    title = source.choice(kind.titles) + source.choice(_LATELY)
    style = Style.draw(source)
    topics = list(bank.of_kind(kind.name))
    features = [told(topic, source, style, title) for topic in source.sample(topics, min(len(topics), source.randint(2, 6)))]
    attributes: dict[str, str] = {}
    stated, in_words = [], []
    for each in features:
        match = _ATTRIBUTE.fullmatch(each.statement)
        if match and match[1] not in attributes and source.random() < 0.8:
            attributes[match[1]] = match[2]
            sentence = say("attribute", "en", title=title, name=match[1], value=match[2])
            stated.append(Told(each.topic, sentence, each.values))
        else:
            in_words.append(each.statement)
            stated.append(each)
    parts = _description(kind, in_words, source)
    stated = [replace(each, around=_beside(parts, each)) for each in stated]
    product = Product(
        id=f"invented-{source.randrange(10**6)}",
        title=title,
        language="en",
        variants=_variants(kind, source),
        description=" ".join(parts),
        brand=source.choice(("", title.split()[0])),
        category=kind.category,
        attributes=tuple(attributes.items()),
    )
    return Invented(kind, product, tuple(stated))


def _beside(parts: Sequence[str], told: Told) -> str:
    """What the description says with it; nothing for an attribute, which stands in no description."""
    return around(parts, parts.index(whole(told.statement))) if whole(told.statement) in parts else ""


def _description(kind: Kind, statements: Sequence[str], source: random.Random) -> list[str]:
    """Its parts in their order."""
    filler = source.sample(kind.filler, min(len(kind.filler), source.choice((0, 1, 1, 2))))
    rest = [*filler[1:], *statements]
    source.shuffle(rest)
    return [whole(text) for text in [*filler[:1], *rest]]


def _variants(kind: Kind, source: random.Random) -> tuple[Variant, ...]:
    """Up to nine versions with one price or several, some reduced, some sold out, or none of it known."""
    options = [(name, source.sample(values, min(len(values), source.randint(2, 3)))) for name, values in kind.options]
    options = options if source.random() < 0.75 else []
    currency, known = source.choice(_CURRENCIES), source.random() < 0.92
    first, by_version = _price(kind, source), source.random() < 0.35
    reduced, gone = source.random() < 0.3, source.choice((0.0, 0.0, 0.25, 0.4, 1.0))
    found = []
    for number, pairs in enumerate(itertools.product(*([(name, value) for value in values] for name, values in options))):
        price = _price(kind, source) if by_version and number else first
        was = (
            price * Decimal(source.choice(("1.1", "1.2", "1.25", "1.5")))
            if reduced and (by_version or not number or source.random() < 0.8)
            else None
        )
        there = Availability.out_of_stock if source.random() < gone else Availability.in_stock
        found.append(
            Variant(
                id=str(number),
                options=tuple(pairs),
                price=Money(price, currency),
                list_price=None if was is None else Money(was.quantize(Decimal("0.01")), currency),
                availability=there if known else Availability.unknown,
                quantity=None if source.random() < 0.6 else 0 if there is Availability.out_of_stock else source.randint(1, 40),
            )
        )
    return tuple(found)


def _price(kind: Kind, source: random.Random) -> Decimal:
    low, high = kind.prices
    return (
        Decimal(max(2, round(source.uniform(low, high)))) - 1 + Decimal(source.choice(_ENDINGS))
        if high > 3
        else Decimal(f"{source.uniform(low, high):.2f}")
    )


def whole(text: str) -> str:
    """As it stands in a text: a terse statement gets its full stop there."""
    return text if text.endswith((".", "!", "?")) else f"{text}."


def around(parts: Sequence[str], place: int) -> str:
    """A part of a text with its neighbours, the next one first, as long as all are `_MOST_WORDS` at most: what was asked stands in its
    sentence, but what it means often in the one beside it."""
    first, last, words = place, place + 1, len(parts[place].split())
    for _ in parts:
        if last < len(parts) and words + len(parts[last].split()) <= _MOST_WORDS:
            words += len(parts[last].split())
            last += 1
        elif first > 0 and words + len(parts[first - 1].split()) <= _MOST_WORDS:
            first -= 1
            words += len(parts[first].split())
    text = " ".join(parts[first:last])
    return without_yes_no(text) if first == 0 else text


def invent_passages(topics: Sequence[Topic], source: random.Random) -> tuple[list[Passage], list[Told]]:
    """Passages of one shop that state these topics, one to five in each, and what they state."""
    style = Style.draw(source)
    rest = [told(topic, source, style) for topic in topics]
    passages: list[Passage] = []
    stated: list[Told] = []
    while rest:
        size = _related(rest, source.choice((1, 1, 2, 2, 3, 4, 5)), source)
        together, rest = rest[:size], rest[size:]
        first, parts = together[0], [whole(each.statement) for each in together]
        stated += [replace(each, around=around(parts, place), passage=len(passages)) for place, each in enumerate(together)]
        passages.append(_passage(first.values.fill(source.choice(first.topic.headings)), parts, len(passages)))
    return passages, stated


def _related(rest: Sequence[Told], most: int, source: random.Random) -> int:
    """How many of them stand together: mostly what belongs to one group, as in real texts."""
    if source.random() > _OF_A_GROUP:
        return most
    return sum(1 for _ in itertools.takewhile(lambda told: told.topic.group == rest[0].topic.group, rest[:most]))


def _passage(heading: str, parts: Sequence[str], number: int) -> Passage:
    body = without_yes_no(" ".join(parts))
    return Passage(f"invented#{number}", f"invented-{number}", "faq", heading, body, f"{heading}\n{body}", "en")
