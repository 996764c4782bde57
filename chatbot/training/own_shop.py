"""Scenes of a shop's own FAQ, policies and catalogue, for fine-tuning on it.

A FAQ entry is asked by its heading, as people type it, and answered by its first sentences without a yes or no in front; a record by
the questions of `record_questions`; an attribute by its name. What the shop says nothing of is asked in the bank's words. Needs no index
and no encoder; English content only, since the bank's questions are English.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from chatbot.evidence import FOUND, lines_to_read
from chatbot.phrases import say
from chatbot.sentences import sentences, without_yes_no
from chatbot.terms import terms
from chatbot.training.bank import read_bank
from chatbot.training.noise import as_typed
from chatbot.training.record_questions import record_asks
from chatbot.training.scenes import Ask, Scene
from chatbot.training.slots import Style, Values
from knowledge_base.catalog import Content, Passage, Product
from knowledge_base.importers.folder import read_folder
from knowledge_base.passages import documents_of, passages_of

_ATTRIBUTE_QUESTIONS = (
    "what is the {name} of the {title}?",
    "{title} {name}?",
    "{name} of the {title}",
    "Could you tell me the {name} of the {title}?",
)
_BESIDE = 2  # passages that stand beside the one that answers
_MOST_SENTENCES = 2


def own_scenes(content: Path, count: int, seed: int) -> list[Scene]:
    """About `count` scenes, in an order that only the seed decides. Raises KnowledgeBaseError when the content cannot be read."""
    source = random.Random(f"own {seed}")
    read = read_folder(content)
    passages = [each for document in documents_of(read) if document.language == "en" for each in passages_of(document)]
    said = [passage for passage in passages if passage.kind != "product"]
    products = [product for product in read.products if product.language == "en"]
    scenes: list[Scene] = []
    while len(scenes) < count and (said or products):
        if products and (not said or source.random() < 0.5):
            scenes += _about_product(source.choice(products), said, source)
        else:
            scenes += _about_passage(source.choice(said), said, source)
    shop = read.profile.name or content.name
    return [Scene(scene.facts, scene.asks, scene.language, shop) for scene in scenes[:count]]


def _about_passage(passage: Passage, said: Sequence[Passage], source: random.Random) -> list[Scene]:
    chosen = [passage, *source.sample(said, min(len(said), _BESIDE))]
    chosen = list({each.id: each for each in chosen}.values())
    source.shuffle(chosen)
    asks = [ask for each in chosen if (ask := _headed(each, source)) is not None]
    unanswered = _unanswered(chosen, (), source) if source.random() < 0.7 else None
    asks += [unanswered] if unanswered is not None else []
    return [Scene(tuple(lines_to_read((), chosen, "", "en")), tuple(asks))] if asks else []


def _headed(passage: Passage, source: random.Random) -> Ask | None:
    """The entry's own question; a title such as "Returns" asks nothing by itself."""
    if not passage.heading.rstrip().endswith("?"):
        return None
    answer = without_yes_no(" ".join(sentences(passage.body)[:_MOST_SENTENCES]))
    return Ask(as_typed(passage.heading, source), answer, "policy") if answer else None


def _about_product(product: Product, said: Sequence[Passage], source: random.Random) -> list[Scene]:
    beside = source.sample(said, min(len(said), source.choice((0, 1, 2))))
    lines = lines_to_read([product], beside, "", "en")
    asks = [_attribute(product, *pair, source) for pair in source.sample(product.attributes, min(len(product.attributes), 2))]
    unanswered = _unanswered(beside, (product,), source)
    asks += [unanswered] if unanswered is not None else []
    scenes = [Scene(tuple(lines), tuple(asks))] if asks else []
    for ask in record_asks(product, source, 2):
        scenes.append(Scene((FOUND + ask.answer, *lines), (Ask(as_typed(ask.question, source), ask.answer, ask.kind),)))
    return scenes


def _attribute(product: Product, name: str, value: str, source: random.Random) -> Ask:
    question = source.choice(_ATTRIBUTE_QUESTIONS).format(name=name.lower(), title=product.title)
    return Ask(as_typed(question, source), say("attribute", "en", title=product.title, name=name, value=value.rstrip(".")), "feature")


def _unanswered(passages: Sequence[Passage], products: Sequence[Product], source: random.Random) -> Ask | None:
    """A question of the bank none of whose telling words stand in these texts."""
    written = " ".join(
        [
            *(f"{each.heading} {each.body}" for each in passages),
            *(f"{each.title} {each.description} {each.attributes}" for each in products),
        ]
    )
    known, topics = set(terms(written)), read_bank().of_shops
    for _ in range(20):
        wording = source.choice(source.choice(topics).questions)
        question = Values(source, Style()).fill(wording)
        if not set(terms(question)) & known:
            return Ask(as_typed(question, source), say("unknown", "en"), "unanswerable")
    return None


def english(content: Content) -> bool:
    """Whether there is anything here that these scenes can be made of."""
    return any(product.language == "en" for product in content.products) or any(each.language == "en" for each in content.documents)
