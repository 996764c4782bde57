"""What a description says and in which order: steps, each with the facts that one sentence tells.

The name comes first, then the shop's own sentences where it wrote some, then what sets the product apart; keywords pull their facts
forward. A row with little in it gets a short plan: nothing is said twice to fill space. Knows no words and no model.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from chatbot.copywriter.facts import Fact, Facts
from chatbot.copywriter.wish import PER_SENTENCE, SENTENCES, Wish
from chatbot.terms import normalise, terms

Act = Literal[
    "open", "said", "pack", "colour", "material", "origin", "details", "flags", "choice", "category", "picture", "caption", "price", "close"
]  # fmt: skip
_FLAGS_AT_ONCE = 4
_LISTED = frozenset("measure attribute".split())
_ALONE: tuple[Act, ...] = ("pack", "colour", "material", "origin")


@dataclass(frozen=True, slots=True)
class Step:
    """One sentence to be written: what it does, and the facts it tells. No facts for a closing."""

    act: Act
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    steps: tuple[Step, ...]
    keywords_left_out: tuple[str, ...] = ()


def plan_of(facts: Facts, wish: Wish, variant: int, draw: random.Random) -> Plan:
    """The steps of one variant; other variants tell the details in another order, and begin with other ones where there are many."""
    room = SENTENCES[wish.length]
    wanted, left_out = _wanted(facts, wish.keywords)
    body = _body(facts, wish, wanted)
    kind = [] if any(step.act == "category" for step in body) else _kind(facts)
    steps = [Step("open", tuple(facts.of("title")[:1] + _brand(facts) + kind))]
    if variant and len(body) > 1:
        body = [*body[variant % len(body) :], *body[: variant % len(body)]] if not wanted else _shuffled(body, draw)
    price = [Step("price", tuple(facts.of("price")))] if facts.of("price") else []
    steps += body[: room - 1 - len(price)] + price
    if len(steps) == 1 and facts.pictured:
        steps.append(Step("close"))
    return Plan(tuple(steps), left_out)


def _wanted(facts: Facts, keywords: Iterable[str]) -> tuple[list[Fact], tuple[str, ...]]:
    """The facts that state a keyword, and the keywords that no fact states: to use those would be a claim."""
    wanted: list[Fact] = []
    left_out = []
    for keyword in keywords:
        said = [fact for fact in facts.known if _states(fact, keyword)]
        wanted += [fact for fact in said if fact not in wanted]
        left_out += [] if said else [keyword]
    return wanted, tuple(left_out)


def _states(fact: Fact, keyword: str) -> bool:
    text = f"{fact.name} {fact.value}"
    found = set(terms(text))
    return normalise(keyword) in normalise(text) or (bool(terms(keyword)) and all(term in found for term in terms(keyword)))


def _brand(facts: Facts) -> list[Fact]:
    """The brand where the name does not say it already."""
    return [fact for fact in facts.of("brand") if normalise(fact.value) not in normalise(facts.title)]


def _kind(facts: Facts) -> list[Fact]:
    """What sort of thing it is, by its category, where the name has no word of it. It stands in brackets, and so has none itself."""
    title = set(terms(facts.title))
    plain = [fact for fact in facts.of("category") if any(map(str.isalpha, fact.value)) and not set("()（）") & set(fact.value)]
    return [fact for fact in plain if not title.intersection(terms(fact.value))][:1]


def _body(facts: Facts, wish: Wish, wanted: Sequence[Fact]) -> list[Step]:
    told = _not_in_title(facts)
    said = [Step("said", (fact,)) for fact in facts.of("said")]
    single = [Step(act, (fact,)) for act in _ALONE for fact in _first(told, act)]
    listed = _by_wish([fact for fact in told if fact.kind in _LISTED], wanted)
    details = [Step("details", tuple(part)) for part in _parts(listed, PER_SENTENCE[wish.length])]
    flags = [
        Step("flags", tuple(part)) for part in _parts(_by_wish([fact for fact in told if fact.kind == "flag"], wanted), _FLAGS_AT_ONCE)
    ]
    choice = [Step("choice", (fact,)) for fact in facts.of("option")]
    kept = {"short": 1, "medium": 2, "long": 3}[wish.length] if details or flags else len(said)
    many = len(details) + len(flags) > SENTENCES[wish.length]
    singles = [Step("details", tuple(step.facts[0] for step in single if step.act != "pack"))] if many and len(single) > 1 else single
    steps = [*said[:kept], *singles, *details[:2], *flags[:1], *choice, *details[2:], *flags[1:]]
    steps += [Step("caption", (fact,)) for fact in facts.of("caption")[:1]]
    if len(steps) < 2:
        steps += [Step("category", (fact,)) for fact in facts.of("category") if normalise(fact.value) not in normalise(facts.title)]
        steps += [Step("picture", (fact,)) for fact in facts.of("picture")[:1]]
    return sorted(steps, key=lambda step: not any(fact in wanted for fact in step.facts))


def _first(told: Sequence[Fact], act: Act) -> list[Fact]:
    return [fact for fact in told if fact.kind == act][:1]


def _not_in_title(facts: Facts) -> list[Fact]:
    """Facts worth a sentence: one whose value the name has in full is told with the name."""
    title = f" {normalise(facts.title)} "
    return [fact for fact in facts.known if fact.kind in ("pack", "flag") or normalise(fact.value) not in title or len(fact.value) < 3]


def _by_wish(found: Sequence[Fact], wanted: Sequence[Fact]) -> list[Fact]:
    return sorted(found, key=lambda fact: fact not in wanted)


def _parts(found: Sequence[Fact], size: int) -> list[Sequence[Fact]]:
    return [found[start : start + size] for start in range(0, len(found), size)]


def _shuffled(body: list[Step], draw: random.Random) -> list[Step]:
    return draw.sample(body, len(body))
