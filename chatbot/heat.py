"""The heat map of a reply: how much each of its words rests on each word of the evidence, as a model reads them.

Decides what the model reads (its own prompt, or for a reply that code wrote the lines that its sentences rest on) and what of that is
worth showing. Knows no model: whoever has one gives an `Attribution`. Invariant: every row shown is a line of the evidence or the question.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chatbot.attribution import Attribution, rounded, shares, without_background
from chatbot.engine import ChatMessage
from chatbot.errors import ChatbotError
from chatbot.evidence import under
from chatbot.explain import Explanation
from chatbot.prompts import training_prompt
from chatbot.source_lines import SHOP, Line
from chatbot.terms import is_chinese

QUESTION = "question"
_READ = 1600  # letters of the lines that are given to the model with a reply that it did not write
_LETTERS = 4  # that a Chinese sign counts as: small models spell it in two or three tokens
_SHORTEST = 4  # characters of a line that can tell a row of the prompt by itself
_ENDS = (".", "!", "?", "。", "！", "？")


class NothingToRead(ChatbotError):
    """The reply rests on no evidence, so there is nothing that its words could rest on."""


@dataclass(frozen=True, slots=True)
class HeatRow:
    """One line that was read, in words; `kind` is product, faq, policy, shop or question, `title` what it stands under."""

    source: str
    title: str
    kind: str
    pieces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HeatMap:
    """weights: one line per word of the answer, one number per word of all rows one after the other: what share of the word of the answer
    rests on it, beyond what most words of the answer do; the heaviest of all 1.

    `given`: the model did not write the answer, it was given it to read. `cut`: the answer's end was not read.
    """

    rows: tuple[HeatRow, ...]
    answer: tuple[str, ...]
    weights: tuple[tuple[float, ...], ...]
    given: bool
    model: str
    method: str
    seconds: float
    cut: bool = False

    @property
    def whole(self) -> tuple[float, ...]:
        """What the answer as a whole rests on each word of the rows, the heaviest 1."""
        total = np.asarray(self.weights, dtype=np.float64).sum(0)
        return tuple(float(value) for value in total / (total.max(initial=0.0) or 1.0))


def reading_of(explanation: Explanation) -> list[ChatMessage]:
    """The prompt of the reading. Raises NothingToRead."""
    told = explanation.told
    if told.by_model and told.prompt:
        return list(told.prompt)
    read = _lines_read(explanation)
    if not read:
        raise NothingToRead("this reply rests on no evidence, so there is nothing to weigh its words by")
    return training_prompt(_facts(read), told.question)


def heat_map(explanation: Explanation, found: Attribution) -> HeatMap:
    """The rows that are evidence or the question, with what share of each word of the answer rests on each of their words."""
    rows: list[HeatRow] = []
    columns: list[int] = []
    start = 0
    for number, pieces in enumerate(found.rows, start=1):
        end = start + len(pieces)
        row = _question(pieces, explanation.told.question) if number == len(found.rows) else _evidence(pieces, explanation.lines)
        if row is not None:
            rows.append(row)
            columns += range(end - len(row.pieces), end)
        start = end
    weights = without_background(shares(np.asarray(found.weights, dtype=np.float32)[:, np.array(columns, dtype=np.intp)]))
    given = not (explanation.told.by_model and explanation.told.prompt)
    cut = len("".join(found.answer).strip()) < len(explanation.told.text.strip())
    return HeatMap(tuple(rows), found.answer, rounded(weights), given, found.model, found.method, found.seconds, cut)


def _lines_read(explanation: Explanation) -> list[Line]:
    """The lines that carry sentences, and as much of what stands around them as fits, in the order of the evidence."""
    lines = explanation.lines
    carrying = {link.line for sentence in explanation.sentences if sentence.rests == "evidence" for link in sentence.links}
    sources = {lines[place].source for place in carrying}
    chosen = set(carrying)
    room = _READ - sum(_length(lines[place].text) for place in carrying)
    for place, line in enumerate(lines):
        if place not in chosen and line.source in sources - {SHOP} and _length(line.text) <= room:
            chosen.add(place)
            room -= _length(line.text)
    return [lines[place] for place in sorted(chosen)]


def _length(text: str) -> int:
    return sum(_LETTERS if is_chinese(sign) else 1 for sign in text)


def _facts(lines: Sequence[Line]) -> list[str]:
    """As a turn gives them to a model: what is said of one thing in one line, under its name."""
    said: dict[tuple[str, str], list[str]] = {}
    for line in lines:
        if line.text != line.title:
            said.setdefault((line.source, line.title), []).append(line.text if line.text.endswith(_ENDS) else f"{line.text}.")
    return [under(title, " ".join(texts)) for (_, title), texts in said.items()] or [line.text for line in lines]


def _evidence(pieces: Sequence[str], lines: Sequence[Line]) -> HeatRow | None:
    """The row with what it stands under; None for one that is no evidence."""
    line = _line_in("".join(pieces).strip(), lines)
    return HeatRow(line.source, line.title, line.kind, _bare(pieces)) if line is not None else None


def _question(pieces: Sequence[str], question: str) -> HeatRow:
    """The row of the question, which prompts put last, without the word that stands before it."""
    place = max("".join(pieces).find(" ".join(question.split())), 0)
    before = sum(len("".join(pieces[:count])) <= place for count in range(1, len(pieces)))
    return HeatRow("", "", QUESTION, _bare(pieces[before:]))


def _bare(pieces: Sequence[str]) -> tuple[str, ...]:
    return (*pieces[:-1], pieces[-1].rstrip("\n"))


def _line_in(text: str, lines: Sequence[Line]) -> Line | None:
    """The line that is the row, or the longest that is a part of it: prompts put a passage on one row."""
    inside = (line for line in lines if len(line.text) >= _SHORTEST and " ".join(line.text.split()) in text)
    return next((line for line in lines if line.text == text), None) or max(inside, key=lambda line: len(line.text), default=None)
