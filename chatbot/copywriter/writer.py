"""Sentence by sentence: the model writes where it can be trusted to, each sentence is checked against the row, and code stands in.

A sentence with a word that the row does not state is struck and written again from another seed; when that fails too, code says the same
facts. What was struck is kept beside what was said. Whatever writes, the worst case is plain and true. Synchronous but for the engine.
"""

from __future__ import annotations

import hashlib
import logging
import random
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Literal

from chatbot.copywriter.asking import prompt_for, sampling_for
from chatbot.copywriter.checking import Checked, Checker, Trace
from chatbot.copywriter.facts import Facts
from chatbot.copywriter.glue import glue
from chatbot.copywriter.plan import Act, Plan, Step, plan_of
from chatbot.copywriter.realise import Realiser
from chatbot.copywriter.wish import Tone, Wish
from chatbot.engine import Engine, Lane
from chatbot.sentences import split_sentences
from chatbot.terms import normalise, term, words

ATTEMPTS = 2  # of the model at one sentence
_FRAMES = 3  # of code at one sentence
ASKED_FOR: frozenset[Act] = frozenset(("open", "details", "colour", "material", "flags"))  # what a model may be asked to word
log = logging.getLogger(__name__)
By = Literal["model", "code", "shop"]


@dataclass(frozen=True, slots=True)
class Struck:
    """A sentence that a model wrote and nobody reads, with the words that the row does not state."""

    text: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence that may be said. `by`: who worded it; "shop" for one of its own description."""

    text: str
    act: Act
    by: By
    traces: tuple[Trace, ...] = ()
    struck: tuple[Struck, ...] = ()


class NothingToSay(Exception):
    """The row states nothing that a description could say; the message tells why."""


@dataclass
class Draft:
    """One variant in the making: its plan and what draws its frames."""

    facts: Facts
    wish: Wish
    variant: int
    draw: random.Random = field(init=False)
    plan: Plan = field(init=False)

    def __post_init__(self) -> None:
        if not self.facts.of("title"):
            raise NothingToSay("; ".join(self.facts.left_out) or "expected a name, got none")
        self.draw = random.Random(self.seed)
        self.plan = plan_of(self.facts, self.wish, self.variant, self.draw)

    @property
    def seed(self) -> int:
        """Of this row, this variant and this wish: the same whichever rows stand around it."""
        return seed_of(self.facts, self.wish, self.variant)


@dataclass(frozen=True, slots=True)
class Asked:
    """One sentence that is wanted: of what, how, and the seed of the row that makes it repeatable."""

    facts: Facts
    step: Step
    tone: Tone
    seed: int


def seed_of(facts: Facts, wish: Wish, variant: int = 0) -> int:
    told = "\x1f".join((facts.title, *facts.texts, wish.tone, wish.length, facts.language, str(wish.seed), str(variant)))
    return int.from_bytes(hashlib.blake2b(told.encode("utf-8", "replace"), digest_size=4).digest(), "big")


class Copywriter:
    """Writes descriptions. `trusted`: the acts that the engine words itself; see `trust`."""

    def __init__(self, engine: Engine, trusted: frozenset[Act] = frozenset(), lane: Lane = "batch") -> None:
        self._engine, self._trusted, self._lane = engine, trusted & ASKED_FOR, lane

    @property
    def name(self) -> tuple[str, ...]:
        """Who writes what: part of what a result is made from."""
        return (self._engine.name, *sorted(self._trusted)) if self._trusted else ("code",)

    async def sentences(self, draft: Draft) -> AsyncIterator[Sentence]:
        """Each sentence as soon as it may be said. Raises EngineError when the engine fails."""
        closes = any(step.act == "close" for step in draft.plan.steps)
        checker, realiser = Checker(draft.facts), Realiser(draft.facts, draft.wish.tone, draft.draw, closes=closes)
        for number, step in enumerate(draft.plan.steps):
            written = await self.sentence(Asked(draft.facts, step, draft.wish.tone, draft.seed + 101 * number), checker, realiser.sentence)
            if written is not None:
                yield written

    async def sentence(self, asked: Asked, checker: Checker, by_code: Callable[[Step], str]) -> Sentence | None:
        """One sentence; None where not even code has one that its facts carry."""
        step, struck = asked.step, list[Struck]()
        if step.act in self._trusted and worth_asking(step):
            for attempt in range(ATTEMPTS):
                text = await self.ask(asked, attempt)
                checked = checker.check(text)
                if not (wrong := faults(checked, step, asked.facts)):
                    return Sentence(text, step.act, "model", checked.traces, tuple(struck))
                struck.append(Struck(text, wrong))
        told = self._by_code(step, checker, by_code)
        if told is None:
            return None
        return Sentence(told.text, step.act, "shop" if step.act == "said" else "code", told.traces, tuple(struck))

    async def ask(self, asked: Asked, attempt: int = 0) -> str:
        """The first sentence that the model writes of a step."""
        messages = prompt_for(asked.facts, asked.step, asked.tone, f"{asked.seed % 100_000:05d}{attempt}")
        sampling = sampling_for(asked.facts, asked.step, asked.seed, attempt)
        text = ""
        async with aclosing(self._engine.stream(messages, sampling, lane=self._lane)) as chunks:
            async for chunk in chunks:
                text += chunk.text
                if len(split_sentences(text)) > 1:
                    break
        return next(iter(split_sentences(text.strip())), "").strip()

    @staticmethod
    def _by_code(step: Step, checker: Checker, by_code: Callable[[Step], str]) -> Checked | None:
        """The step in code's words. A frame that its own check refuses is told to whoever runs this and never sent."""
        for _ in range(_FRAMES):
            checked = checker.check(by_code(step))
            if checked.holds:
                return checked
            log.warning("a frame claims what its facts do not state (%s): %s", ", ".join(checked.struck), checked.text)
        return None


def worth_asking(step: Step) -> bool:
    return step.act == "open" or len(step.facts) > 1


def faults(checked: Checked, step: Step, facts: Facts) -> tuple[str, ...]:
    """Why a model's sentence is not said: what the row does not state, what the sentence leaves out, or that it says a thing twice."""
    text = normalise(checked.text)
    if not text.endswith((".", "!", "?", "。", "！", "？")):
        return ("unfinished",)
    if checked.struck:
        return checked.struck
    told = {(trace.field, trace.value) for trace in checked.traces}
    missing = [fact.value for fact in step.facts if (fact.field, fact.value) not in told]
    missing += [facts.title] if step.act == "open" and normalise(facts.title) not in text else []
    return tuple(missing) or recombined(text, step, facts) or (("repeated",) if repeats(text) else ()) or unjoined(text, step, facts)


def recombined(text: str, step: Step, facts: Facts) -> tuple[str, ...]:
    """Words of a value outside that value: "Dog Bowl Chasing Ball" is no bowl that chases a ball, though all of its words are the row's."""
    for value in sorted((normalise(facts.title), *(normalise(fact.value) for fact in step.facts)), key=len, reverse=True):
        text = text.replace(value, " ")
    names = {term(word) for fact in step.facts for word in words(fact.name)}
    return tuple(word for word in words(text) if word not in glue(facts.language) and term(word) not in names)


def repeats(text: str) -> bool:
    """Whether three words come twice in a row of words."""
    parts = text.split() if " " in text else list(text)
    runs = [tuple(parts[place : place + 3]) for place in range(len(parts) - 2)]
    return len(set(runs)) < len(runs)


def unjoined(text: str, step: Step, facts: Facts) -> tuple[str, ...]:
    """ "from", "by" and "brand" with no brand or origin behind them: a small model joins anything with them."""
    behind = [fact.value.lower() for fact in facts.of("brand", "origin")]
    plain = text
    for fact in (*step.facts, *facts.of("title")):
        plain = plain.replace(normalise(fact.value), " ¤ ")
    named = any(value in text for value in behind)
    return tuple(word for word in ("from", "by", "brand", "来自", "品牌") if not named and word in plain.split())
