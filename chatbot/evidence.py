"""What an answer may rely on: as facts that a reply is checked against, and as the lines that a model reads.

The lines are sentences, the record's made by code, so that a model can answer with one of them as it stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chatbot.claims import Evidence, judge
from chatbot.options import Asked, option_values
from chatbot.phrases import join, say
from chatbot.record import price_answer, stock_answer
from chatbot.sentences import sentences, without_yes_no
from knowledge_base.catalog import Availability, Passage, Product, ShopProfile
from knowledge_base.money import format_money
from knowledge_base.passages import said_of


def product_facts(product: Product, language: str) -> tuple[str, ...]:
    """Title, brand, category, prices, options, stock, attributes and description of one product."""
    facts = [product.title, product.brand, product.category, said_of(product)]
    facts += [f"{name}: {value}" for name, value in product.attributes]
    for variant in product.variants:
        prices = [format_money(money, language) for money in (variant.price, variant.list_price) if money is not None]
        options = " ".join(f"{name} {value}" for name, value in variant.options)
        quantity = "" if variant.quantity is None else str(max(0, variant.quantity))
        facts.append("; ".join(part for part in [options, *prices, variant.sku, variant.gtin, quantity] if part))
    return tuple(fact for fact in facts if fact)


def evidence_of(products: Iterable[Product], passages: Iterable[Passage], profile: ShopProfile, language: str, *own: str) -> Evidence:
    """What a reply about these may rely on; `own` are sentences that code made from the record."""
    products = tuple(products)
    texts = [fact for product in products for fact in product_facts(product, language)]
    texts += [f"{passage.heading}\n{passage.body}" for passage in passages]
    texts += [value for value in (profile.name, profile.email, profile.phone, profile.hours, profile.address, profile.url) if value]
    texts += [text for _, _, text in profile.translations]
    return Evidence((*texts, *own), tuple(product.title for product in products))


MOST_PRODUCTS = 2  # whose records a model reads


FOUND = "Found: "  # in front of what code or the search is sure of
PERHAPS = "Perhaps: "  # in front of what the search found to be closest, without being sure


def lines_to_read(
    products: Sequence[Product], passages: Sequence[Passage], looked_up: str, language: str, *, sure: int = 0, near: int = 0
) -> list[str]:
    """What was looked up for the question, each product's record and description, each passage under its heading; a line for each.

    What was looked up, and the first `sure` passages, are marked as found: that is what a model should answer from, whatever the wording.
    The first `near` are marked as what may answer.

    A yes or no in front of a passage answers its own heading, and would answer the opposite question wrongly, so it is left out."""
    lines = [FOUND + looked_up if looked_up else ""]
    for product in products[:MOST_PRODUCTS]:
        said = said_of(product)
        lines += [record_line(product, language), under(product.title, said) if said else ""]
    told = [under(passage.heading, without_yes_no(passage.body)) for passage in passages if passage.kind != "product"]
    lines += [(FOUND if place < sure else PERHAPS if place < near else "") + line for place, line in enumerate(told)]
    return [line for line in (" ".join(line.split()) for line in lines) if line]


def record_line(product: Product, language: str) -> str:
    """Price, stock, options and attributes of a product as sentences."""
    title, nothing = product.title, Asked()
    told = [price_answer(product, nothing, language)]
    if any(variant.availability is not Availability.unknown for variant in product.variants):
        told.append(stock_answer(product, nothing, language))
    values = option_values(product)
    told += [say("option_values", language, title=title, name=name, values=join(found, language)) for name, found in values.items()]
    told += [say("attribute", language, title=title, name=name, value=value.rstrip(".。")) for name, value in product.attributes]
    return ("" if language == "zh" else " ").join(told)


def under(heading: str, body: str) -> str:
    """A text behind its heading, which may be a question."""
    return f"{heading} {body}" if heading.rstrip().endswith(("?", "？", ".", "。", "!", "！")) else f"{heading}: {body}"


def rests_on(text: str, products: Sequence[Product], passages: Sequence[Passage], language: str) -> tuple[list[Product], list[Passage]]:
    """The products and passages of which each alone carries a sentence of the text."""
    said = sentences(text)

    def carried(evidence: Evidence) -> bool:
        return any(judge(sentence, evidence) is None for sentence in said)

    with_lines = [(product, (*product_facts(product, language), record_line(product, language))) for product in products]
    of_products = [product for product, facts in with_lines if carried(Evidence(facts, (product.title,)))]
    return of_products, [passage for passage in passages if carried(Evidence((f"{passage.heading}\n{passage.body}",)))]
