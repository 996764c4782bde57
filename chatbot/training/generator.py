"""Scenes to train on, in any number: invented shops from the bank, and the shop's own content.

Every reply is one to a few sentences that stand in the scene's facts, as the shop or the record puts it, or says that they do not tell.
So a model learns to find, to say and to admit, and its words pass the watcher. Facts stand in the lines that `evidence.lines_to_read`
makes when a shopper asks. Invariant: the same seed gives the same scenes; no scene of a shop named in `exam` folders is ever made here.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from chatbot.evidence import lines_to_read
from chatbot.phrases import say
from chatbot.training.bank import Bank, Topic, read_bank
from chatbot.training.invented import Invented, Told, invent_passages, invent_product, whole
from chatbot.training.list_scenes import list_scenes
from chatbot.training.noise import as_typed
from chatbot.training.record_questions import followed_up, record_asks
from chatbot.training.scenes import Ask, Scene
from chatbot.training.slots import Style, Values
from knowledge_base.catalog import Passage

NOT_TOLD = say("unknown", "en")
MOST_ASKS = 8
_UNANSWERED = 0.22  # of the questions of a scene
_WITH_PRODUCT, _WITH_LIST = 0.45, 0.08  # of the scenes
_LOOKED_UP = 0.9  # of the questions about a record come with what code looked up for them
_IN_SHORT = 0.25  # of them are put as a follow-up
_SURE, _SURE_AMISS, _NEAR_AMISS = 0.55, 0.06, 0.35  # how often the search is sure, and which share is amiss then, and when it is not sure


def invented_scenes(count: int, seed: int, bank: Bank | None = None) -> Iterator[Scene]:
    """`count` scenes, each of another shop; the number of a scene alone decides what is in it."""
    bank = bank or read_bank()
    for number in range(count):
        source = random.Random(f"{seed} {number}")
        yield from _drawn(source.random(), bank)(bank, source, f"invented-{seed}-{number}")


def _drawn(chance: float, bank: Bank) -> Callable[[Bank, random.Random, str], list[Scene]]:
    if not bank.kinds or chance > _WITH_PRODUCT + _WITH_LIST:
        return _policy_scene
    return _product_scene if chance > _WITH_LIST else list_scenes


def _policy_scene(bank: Bank, source: random.Random, shop: str) -> list[Scene]:
    """Several passages, some of which are about nearly the same thing."""
    told, untold = _topics(bank.of_shops, source, source.choice((2, 3, 4, 5, 6, 7, 8, 10, 12)))
    passages, stated = invent_passages(told, source)
    asks = _asks_of(stated, source) + _unanswered(untold, stated, source, "")
    return _scene(lines_to_read((), passages, "", "en"), asks, source, shop) + _found_scenes(passages, stated, source, shop)


def _found_scenes(passages: Sequence[Passage], stated: Sequence[Told], source: random.Random, shop: str) -> list[Scene]:
    """A question or two, each alone with what the search found in front, marked by how sure it is; now and then it is amiss."""
    scenes = []
    for told in source.sample(stated, min(len(stated), source.choice((1, 1, 2)))):
        sure = source.random() < _SURE
        amiss = source.random() < (_SURE_AMISS if sure else _NEAR_AMISS)
        place = source.randrange(len(passages)) if amiss else told.passage
        others = [passage for number, passage in enumerate(passages) if number != place]
        source.shuffle(others)
        read = [passages[place], *others[: source.choice((0, 2, 4))]]
        lines = lines_to_read((), read, "", "en", sure=sure, near=not sure)
        ask = _asks_of([told], source)[0]
        known = passages[told.passage] in read
        scenes.append(Scene(tuple(lines), (ask if known else Ask(ask.question, NOT_TOLD, "unanswerable"),), "en", shop))
    return scenes


def _product_scene(bank: Bank, source: random.Random, shop: str) -> list[Scene]:
    """One product or two of a kind, and a policy beside them; each record question comes alone, since its look-up is its own."""
    kind = source.choice(bank.kinds)
    products = [invent_product(bank, kind, source)]
    if source.random() < 0.3:
        other = invent_product(bank, kind, source)
        products += [other] if other.product.title != products[0].product.title else []
    told, untold = _topics(bank.of_shops, source, source.choice((0, 1, 1, 2, 3)))
    passages, stated = invent_passages(told, source) if told else ([], [])
    asks = _asks_of(stated, source)[:3]
    for invented in products:
        asks += _asks_of(invented.told, source, invented)
    of_products = [told for each in products for told in each.told]
    asks += _unanswered([*_unstated(bank, kind.name, products), *untold[:4]], of_products, source, products[0].product.title)
    scenes = _scene(_lines(products, passages, ""), asks, source, shop)
    for ask in record_asks(products[0].product, source, source.choice((0, 1, 1, 2))):
        unaided = source.random() > _LOOKED_UP and ask.answer in " ".join(_lines(products, passages, ""))
        short = not unaided and source.random() < _IN_SHORT
        typed = followed_up(ask, products[0].product, source) if short else replace(ask, question=as_typed(ask.question, source))
        scenes.append(Scene(tuple(_lines(products, passages, "" if unaided else ask.answer)), (typed,), "en", shop))
    return scenes + _looked_up_feature(products[0], products, passages, source, shop)


def _looked_up_feature(
    invented: Invented, products: Sequence[Invented], passages: Sequence[Passage], source: random.Random, shop: str
) -> list[Scene]:
    """A question about a feature of which code is sure where the record tells it."""
    if not invented.told or source.random() < 0.6:
        return []
    told = source.choice(invented.told)
    found = told.around or whole(told.statement)
    ask = _asks_of([told], source, invented)[0]
    return [Scene(tuple(_lines(products, passages, found)), (Ask(ask.question, found, ask.kind),), "en", shop)]


def _lines(products: Sequence[Invented], passages: Sequence[Passage], looked_up: str) -> list[str]:
    return lines_to_read([invented.product for invented in products], passages, looked_up, "en")


def _topics(topics: Sequence[Topic], source: random.Random, count: int) -> tuple[list[Topic], list[Topic]]:
    """Topics that the shop states, half of them of one group, and others of these groups that it does not state."""
    first = source.choice(topics)
    group = [topic for topic in topics if topic.group == first.group]
    source.shuffle(group)
    chosen = [*group[: (count + 1) // 2], *source.sample(topics, min(len(topics), count))]
    stated = list({topic.name: topic for topic in chosen}.values())[:count]
    names, groups = {topic.name for topic in stated}, {topic.group for topic in stated} or {first.group}
    untold = [topic for topic in topics if topic.name not in names and (topic.group in groups or source.random() < 0.1)]
    source.shuffle(untold)
    return stated, untold


def _unstated(bank: Bank, kind: str, products: Sequence[Invented]) -> list[Topic]:
    stated = {told.topic.name for invented in products for told in invented.told}
    return [topic for topic in bank.of_kind(kind) if topic.name not in stated]


def _asks_of(stated: Sequence[Told], source: random.Random, invented: Invented | None = None) -> list[Ask]:
    """A question or two for each fact that was stated."""
    asks = []
    for told in stated:
        for wording in source.sample(told.topic.questions, min(len(told.topic.questions), source.choice((1, 1, 2)))):
            question = _about(told.values.fill(wording), wording, invented, source)
            asks.append(Ask(as_typed(question, source), told.around or whole(told.statement), "feature" if told.topic.kinds else "policy"))
    return asks


def _about(question: str, wording: str, invented: Invented | None, source: random.Random) -> str:
    """A question about a product names it, or comes with its name behind, as the turn completes a follow-up."""
    if invented is None or "{product}" in wording or source.random() < 0.35:
        return question
    title = invented.product.title
    return source.choice((f"{question} ({title})", f"{title}: {question}", f"about the {title}: {question}", f"{question} (the {title})"))


def _unanswered(topics: Sequence[Topic], stated: Sequence[Told], source: random.Random, title: str) -> list[Ask]:
    """Questions on what nobody stated. One in whose words a stated topic is asked for as well is left out."""
    asked = {question for told in stated for question in told.topic.questions}
    wordings = [(topic, question) for topic in topics for question in topic.questions if question not in asked]
    asks = []
    for _topic, wording in source.sample(wordings, min(len(wordings), 4)):
        question = Values(source, Style.draw(source), title).fill(wording)
        asks.append(Ask(as_typed(question, source), NOT_TOLD, "unanswerable"))
    return asks


def _scene(lines: Sequence[str], asks: Sequence[Ask], source: random.Random, shop: str) -> list[Scene]:
    """At most `MOST_ASKS` questions, of which a share is not answered."""
    answered = [ask for ask in asks if ask.kind != "unanswerable"]
    unanswered = [ask for ask in asks if ask.kind == "unanswerable"]
    source.shuffle(answered)
    room = max(1, round(_UNANSWERED * min(MOST_ASKS, len(answered) / (1 - _UNANSWERED)))) if answered else 2
    chosen = [*answered[: MOST_ASKS - min(room, len(unanswered))], *unanswered[:room]]
    source.shuffle(chosen)
    return [Scene(tuple(lines), tuple(chosen), "en", shop)] if chosen else []


def scenes_of_shop(content: Path, count: int, seed: int) -> list[Scene]:
    """Scenes of a shop's own FAQ, policies and catalogue; see `own_shop`."""
    from chatbot.training.own_shop import own_scenes

    return own_scenes(content, count, seed)
