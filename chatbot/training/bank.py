"""The bank: facts that shops state, in many wordings, and questions about them in many wordings, from the TOML files in `bank/`.

A topic is one fact. Every statement of a topic answers every question of it, whatever the values and whether the shop offers a thing or
does not; that is what the generator relies on. Knows nothing of prompts. Invariant: a topic that breaks a rule is refused with its file.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chatbot.errors import ChatbotError
from chatbot.training.slots import slots_of, unknown_slots

FOLDER = Path(__file__).parent / "bank"
ANY = "any"  # the kind of a feature that every product may have


class BankError(ChatbotError):
    """A file of the bank that cannot be used; the message names file, topic and what was expected."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One fact. `kinds` are the kinds of products that have it; none for what holds for the whole shop."""

    name: str
    group: str
    headings: tuple[str, ...]
    statements: tuple[str, ...]
    questions: tuple[str, ...]
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of product. `prices`: lowest and highest. `filler`: sentences that answer nothing."""

    name: str
    trade: str
    titles: tuple[str, ...]
    category: str
    options: tuple[tuple[str, tuple[str, ...]], ...]
    prices: tuple[float, float]
    filler: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bank:
    topics: tuple[Topic, ...]
    kinds: tuple[Kind, ...]

    @property
    def of_shops(self) -> tuple[Topic, ...]:
        """What holds for a whole shop."""
        return tuple(topic for topic in self.topics if not topic.kinds)

    def of_kind(self, kind: str) -> tuple[Topic, ...]:
        """The features of a kind of product: its own and those that many kinds share."""
        return tuple(topic for topic in self.topics if kind in topic.kinds or ANY in topic.kinds)


@functools.cache
def read_bank(folder: Path = FOLDER) -> Bank:
    """Raises BankError."""
    topics: list[Topic] = []
    kinds: list[Kind] = []
    for path in sorted(folder.glob("*.toml")):
        given = _parsed(path)
        topics += [_topic(each, path) for each in given.get("topic", [])]
        kinds += [_kind(each, path) for each in given.get("kind", [])]
    if not topics:
        raise BankError(f"{folder}: expected TOML files with topics")
    _refuse_repeats(topics, folder)
    return Bank(tuple(topics), tuple(kinds))


def _parsed(path: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BankError(f"{path}: expected TOML ({error})") from error


def _topic(given: Mapping[str, Any], path: Path) -> Topic:
    where = f"{path}: topic {given.get('name', '?')}"
    kind = given.get("kind", [])
    topic = Topic(
        str(given.get("name", "")),
        str(given.get("group", "")),
        tuple(_texts(given, "heading", where)) if "heading" in given else (),
        tuple(_texts(given, "statements", where)),
        tuple(_texts(given, "questions", where)),
        (kind,) if isinstance(kind, str) else tuple(kind),
    )
    if not (topic.name and topic.group and topic.statements and topic.questions and (topic.kinds or topic.headings)):
        raise BankError(f"{where}: expected a name, a group, statements, questions, and a kind or headings")
    strange = unknown_slots([*topic.statements, *topic.questions, *topic.headings])
    if strange:
        raise BankError(f"{where}: {{{strange[0]}}} is no slot")
    for question in topic.questions:
        if missing := _not_in_all(question, topic.statements):
            raise BankError(f"{where}: {question!r} uses {{{missing}}}, which not all statements have")
    return topic


def _not_in_all(question: str, statements: Sequence[str]) -> str | None:
    """A slot of the question whose value some statement would leave open."""
    common = set.intersection(*(set(slots_of(statement)) for statement in statements))
    return next((slot for slot in slots_of(question) if slot != "product" and not slot.startswith("~") and slot not in common), None)


def _kind(given: Mapping[str, Any], path: Path) -> Kind:
    where = f"{path}: kind {given.get('name', '?')}"
    prices = given.get("prices", [])
    if len(prices) != 2 or not prices[0] < prices[1]:
        raise BankError(f"{where}: expected prices to be two numbers, the lower first, but got {prices!r}")
    options = tuple((str(name), tuple(map(str, values))) for name, values in given.get("options", []))
    titles, filler = _texts(given, "titles", where), _texts(given, "filler", where)
    trade, category = str(given.get("file_trade", "")), str(given.get("category", ""))
    return Kind(str(given["name"]), trade, tuple(titles), category, options, (float(prices[0]), float(prices[1])), tuple(filler))


def _texts(given: Mapping[str, Any], name: str, where: str) -> list[str]:
    found = given.get(name)
    if not isinstance(found, list) or not found or not all(isinstance(text, str) and text.strip() for text in found):
        raise BankError(f"{where}: expected {name} to be a list of texts, but got {found!r}")
    return [" ".join(text.split()) for text in found]


def _refuse_repeats(topics: Iterable[Topic], folder: Path) -> None:
    seen: set[str] = set()
    for topic in topics:
        if topic.name in seen:
            raise BankError(f"{folder}: expected one topic of each name, but {topic.name} is there twice")
        seen.add(topic.name)
