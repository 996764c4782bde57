"""A test set made from a shop's own catalogue, without a model: right product, right price, sold-out versions, options that do not exist,
false premises, attributes, and what the shop does not say.

The same content, count and seed give the same questions. What is expected comes from the record, so a shop that changes its prices makes
the set anew. Kinds take turns, so that a small set has some of each; fewer questions than asked for come out where there is no more to ask.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

from chatbot.training.questions import Question, plain
from chatbot.training.trap_makers import MAKERS, Shelf, Trap
from chatbot.training.trap_words import ASKED, NOT_FOUND, NOT_SOLD, UNKNOWN, UNSTATED
from knowledge_base.catalog import Content, Product
from knowledge_base.importers import read_folder
from knowledge_base.passages import first_language

LANGUAGES = ("en", "zh")
_ASKED_ABOUT = 600  # products at most, so that a large catalogue takes seconds
_UNANSWERABLE = 2  # of the turns, since one is soon too few to tell a share
_OF_ONE_PRODUCT = 2  # of one trap, so that products with many versions do not fill the set


def traps_of(folder: Path, count: int, *, seed: int = 0, language: str = "", currency: str = "") -> list[Question]:
    """Questions about the shop of a content folder. `language`: "en" or "zh"; all that the shop has when not given. `currency` is for
    product files that name none, as in the settings. Raises ContentError."""
    return traps(read_folder(folder, currency=currency), count, seed=seed, language=language)


def traps(content: Content, count: int, *, seed: int = 0, language: str = "") -> list[Question]:
    """At most `count` questions, spread over the languages and kinds of trap."""
    shelves = [shelf_of(content, name, seed) for name in spoken(content) if language in ("", name)]
    streams = [_turns(shelf, random.Random(f"{seed} {shelf.language}")) for shelf in shelves]
    chosen: dict[str, Question] = {}
    while streams and len(chosen) < count:
        stream = streams.pop(0)
        question = next(stream, None)
        if question is not None:
            chosen.setdefault(question.q, question)
            streams.append(stream)
    return [question.model_copy(update={"id": f"trap-{seed}-{number}"}) for number, question in enumerate(chosen.values(), start=1)]


def spoken(content: Content) -> list[str]:
    """The languages of the catalogue that questions can be worded in, the shop's first language first."""
    first = first_language(content)
    return sorted({product.language for product in content.products} & set(LANGUAGES), key=lambda name: (name != first, name))


def shelf_of(content: Content, language: str, seed: int) -> Shelf:
    products = sorted((product for product in content.products if product.language == language), key=lambda product: product.id)
    chosen = random.Random(f"{seed} products").sample(products, min(len(products), _ASKED_ABOUT))
    options: dict[str, list[str]] = {}
    attributes: dict[str, list[str]] = {}
    for product in chosen:
        for table, pairs in ((attributes, product.attributes), *((options, variant.options) for variant in product.variants)):
            for name, value in pairs:
                if value not in table.setdefault(name, []):
                    table[name].append(value)
    texts = [_said(product) for product in products] + [f"{document.title} {document.text}" for document in content.documents]
    return Shelf(tuple(chosen), language, plain("\n".join((*texts, content.profile.about))), options, attributes)


def _said(product: Product) -> str:
    return " ".join((product.title, product.description, *(f"{name} {value}" for name, value in product.attributes)))


def _turns(shelf: Shelf, rng: random.Random) -> Iterator[Question]:
    """One of each kind of trap after the other, until there is nothing left to ask."""
    streams = [_stream(name, shelf, random.Random(rng.random())) for name in MAKERS] + [
        _unanswerable(shelf, random.Random(rng.random())) for _ in range(_UNANSWERABLE)
    ]
    while streams:
        stream = streams.pop(0)
        question = next(stream, None)
        if question is not None:
            yield question
            streams.append(stream)


def _stream(name: str, shelf: Shelf, rng: random.Random) -> Iterator[Question]:
    """The traps of one kind, product by product in random order, a few of each."""
    for product in rng.sample(shelf.products, len(shelf.products)):
        found = list(MAKERS[name](product, shelf))
        for trap in rng.sample(found, min(len(found), _OF_ONE_PRODUCT)):
            yield worded(trap, product.title, shelf, rng)


def worded(trap: Trap, title: str, shelf: Shelf, rng: random.Random) -> Question:
    """The trap in one of its wordings."""
    wording = trap.wording or rng.choice(ASKED[trap.asked][shelf.place])
    must = [[option.format(**trap.said) if "{" in option else option for option in group] for group in trap.must]
    return Question(
        q=wording.format(title=title, **trap.said), must=must, must_not=list(trap.must_not), kind=trap.kind, note=f"generated: {trap.note}"
    )


def _unanswerable(shelf: Shelf, rng: random.Random) -> Iterator[Question]:
    """What the shop's texts have no word of, of any product or of the shop; and things that it does not sell."""
    at = shelf.place
    asked = [wording for wording, words in UNSTATED[at] if not any(word in shelf.text for word in words)]
    absent = [title for title in NOT_SOLD[at] if not any(word in shelf.text for word in plain(title).split()[:1])]
    of_products = [Trap("", "unanswerable", "the shop does not say", {}, (UNKNOWN[at],), wording=wording) for wording in asked]
    unsold = [Trap("not_sold", "unanswerable", "not in the catalogue", {}, (NOT_FOUND[at],))] if absent else []
    for _ in shelf.products:
        for trap in rng.sample(of_products, len(of_products)):
            yield worded(trap, rng.choice(shelf.products).title, shelf, rng)
            if unsold and rng.random() < 0.25:
                yield worded(unsold[0], rng.choice(absent), shelf, rng)


def write_questions(path: Path, questions: Sequence[Question]) -> None:
    """As a question file that `chatbot evaluate` reads, folders included."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(question.model_dump(exclude_defaults=True), ensure_ascii=False) for question in questions]
    path.write_text("".join(line + "\n" for line in lines), "utf-8")
