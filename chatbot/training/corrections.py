"""What operators corrected, as scenes that a writer is trained on.

A correction is used only where its facts state every figure of it: a model that learns a price which it could not have read learns to
invent prices. E-mail addresses and telephone numbers that shoppers wrote in their questions stay out. What is not used is reported.
Knows no server.
"""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chatbot.copywriter.accepting import taken_copy
from chatbot.corrections import Correction, stored
from chatbot.database import Database
from chatbot.figures import FigureIndex, figures
from chatbot.training.scenes import Ask, Scene

KIND = "corrected"
MOST_CHARACTERS = 1_600  # of the facts of one scene: about what a prompt has room for
_CONTACTS = ("email", "phone")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Unused:
    """A correction that is not learnt from, and why."""

    correction: Correction
    reason: str

    def __str__(self) -> str:
        one = self.correction
        return f"conversation {one.conversation}, corrected by {one.operator}: {one.question!r} → {one.corrected!r}: {self.reason}"


async def corrected_scenes(database: Database) -> list[Scene]:
    """All corrections that can be learnt from, the latest first, and descriptions that were taken; what cannot be used is logged.

    Raises StorageUnavailable.
    """
    scenes, unused = scenes_from([*await stored(database), *await taken_copy(database)])
    for one in unused:
        log.warning("a correction is not learnt from: %s", one)
    return scenes


def scenes_from(corrections: Iterable[Correction]) -> tuple[list[Scene], list[Unused]]:
    """A scene for each text that corrections share, and what is not used. Of two answers to one question over one text the first counts."""
    asks: dict[tuple[tuple[str, ...], str], dict[str, Ask]] = {}
    unused = []
    for correction in corrections:
        if reason := why_unused(correction):
            unused.append(Unused(correction, reason))
            continue
        text = fitting(correction.facts, correction.corrected), correction.language
        question = without_contacts(correction.whole, correction.facts)
        asks.setdefault(text, {}).setdefault(question, Ask(question, correction.corrected, KIND))
    return [Scene(facts, tuple(found.values()), language) for (facts, language), found in asks.items()], unused


def why_unused(correction: Correction) -> str:
    """Empty for a correction that can be learnt from."""
    if not correction.facts:
        return "nothing of the shop's content was found for its question"
    missing = unsupported(correction)
    return f"the facts found for its question do not state {', '.join(missing)}" if missing else ""


def unsupported(correction: Correction) -> list[str]:
    """The figures of the corrected text that its facts do not state, as they are written there, in its order."""
    wrong = {figure.text for figure in FigureIndex(correction.facts).unsupported(correction.corrected)}
    return sorted(wrong, key=lambda figure: (correction.corrected.find(figure), figure))


def fitting(facts: Sequence[str], answer: str, most: int = MOST_CHARACTERS) -> tuple[str, ...]:
    """As many facts as there is room for, in their order; those that state a figure of the answer before the others."""
    stated = {(figure.kind, figure.value) for figure in figures(answer)}
    needed = [fact for fact in facts if stated & {(figure.kind, figure.value) for figure in figures(fact)}]
    kept: set[str] = set()
    for fact in dict.fromkeys((*needed, *facts)):
        if fact in needed or sum(map(len, kept)) + len(fact) <= most:
            kept.add(fact)
    return tuple(fact for fact in dict.fromkeys(facts) if fact in kept)


def without_contacts(question: str, facts: Sequence[str]) -> str:
    """The question with "…" for each e-mail address and telephone number that is not the shop's own."""
    index = FigureIndex(tuple(facts))
    theirs = [figure for figure in figures(question) if figure.kind in _CONTACTS and not index.supports(figure)]
    plain = unicodedata.normalize("NFKC", question) if theirs else question  # the form in which figures are found
    for figure in theirs:
        plain = plain.replace(figure.text, "…")
    return plain
