"""Files of dialogues and of questions with their answers → scenes.

JSON lines, each `{"question", "answer"}`, with `facts` (a list of lines) where the answer follows from others than itself, or
`{"messages": […]}` as OpenAI's clients write them; or a CSV file with the columns question and answer, and facts (one a line) where there
are some. `language`, `shop` and `kind` are taken where they are given.

Knows no model. Invariant: an answer never stands in a scene that does not have what it says. Without facts the answers of a few pairs are
the facts of all of them, so that the right one has to be found and read; a dialogue's facts are its system message, else what the
assistant said.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chatbot.errors import ChatbotError
from chatbot.training.json_lines import numbered_lines
from chatbot.training.scenes import Ask, Scene
from knowledge_base.languages import detect_language

_TOGETHER = 4  # pairs without facts that make one scene


class DialogueFileError(ChatbotError):
    """A file of dialogues that cannot be used; the message names file, line and what was expected."""


@dataclass(frozen=True, slots=True)
class _Pair:
    question: str
    answer: str
    facts: tuple[str, ...] = ()
    language: str = ""
    shop: str = ""
    kind: str = "dialogue"

    @property
    def ask(self) -> Ask:
        return Ask(self.question, self.answer, self.kind)


def read_dialogues(paths: Iterable[Path]) -> list[Scene]:
    """Raises DialogueFileError."""
    return [scene for path in paths for scene in _scenes(path)]


def _scenes(path: Path) -> Iterator[Scene]:
    rows = list(_csv_rows(path) if path.suffix.lower() == ".csv" else _json_rows(path))
    if not rows:
        raise DialogueFileError(f"{path}: expected at least one question with its answer, got none")
    loose: list[_Pair] = []
    for where, row in rows:
        if "messages" in row:
            yield _dialogue(row, where, path.stem)
            continue
        pair = _pair(row, where, path.stem)
        if pair.facts:
            yield _scene(pair.facts, [pair])
        else:
            loose.append(pair)
    yield from _shared(loose)


def _shared(pairs: Sequence[_Pair]) -> Iterator[Scene]:
    """A few pairs of one language and shop at a time, whose answers are the facts of all."""
    alike: dict[tuple[str, str], list[_Pair]] = {}
    for pair in pairs:
        alike.setdefault((pair.language, pair.shop), []).append(pair)
    for group in alike.values():
        for start in range(0, len(group), _TOGETHER):
            some = group[start : start + _TOGETHER]
            yield _scene(dict.fromkeys(line for pair in some for line in _lines(pair.answer)), some)


def _scene(facts: Iterable[str], pairs: Sequence[_Pair]) -> Scene:
    return Scene(tuple(facts), tuple(pair.ask for pair in pairs), pairs[0].language, pairs[0].shop)


def _pair(row: Mapping[str, Any], where: str, shop: str) -> _Pair:
    question, answer = (_text(row, name, where) for name in ("question", "answer"))
    facts = row.get("facts") or []
    facts = _lines(facts) if isinstance(facts, str) else facts
    if not isinstance(facts, list) or not all(isinstance(fact, str) for fact in facts):
        raise DialogueFileError(f"{where}: expected facts to be a list of texts, got {str(facts)[:60]!r}")
    language = str(row.get("language") or detect_language(question))
    return _Pair(question, answer, tuple(facts), language, str(row.get("shop") or shop), str(row.get("kind") or "dialogue"))


def _dialogue(row: Mapping[str, Any], where: str, shop: str) -> Scene:
    """Every answer of the assistant to what was said right before it."""
    said = row["messages"]
    if not isinstance(said, list) or not all(isinstance(message, dict) for message in said):
        raise DialogueFileError(f'{where}: expected messages to be a list of {{"role", "content"}}, got {str(said)[:60]!r}')
    turns = [(_text(message, "role", where), _text(message, "content", where)) for message in said]
    asked = [
        (question, answer)
        for (asking, question), (answering, answer) in itertools.pairwise(turns)
        if (asking, answering) == ("user", "assistant")
    ]
    if not asked:
        roles = ", ".join(role for role, _ in turns)
        raise DialogueFileError(f"{where}: expected a message of the user and after it the assistant's answer, got {roles or 'none'}")
    given = [line for role, text in turns if role == "system" for line in _lines(text)]
    facts = given or list(dict.fromkeys(line for _, answer in asked for line in _lines(answer)))
    language = str(row.get("language") or detect_language(asked[0][0]))
    return _scene(facts, [_Pair(question, answer, (), language, str(row.get("shop") or shop)) for question, answer in asked])


def _text(row: Mapping[str, Any], name: str, where: str) -> str:
    found = row.get(name)
    if not isinstance(found, str) or not found.strip():
        raise DialogueFileError(f"{where}: expected {name} to be a text that is not empty, got {found!r}")
    return found.strip()


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _json_rows(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for where, line in numbered_lines(path, DialogueFileError):
        try:
            row = json.loads(line)
        except ValueError as error:
            raise DialogueFileError(f"{where}: expected a JSON object, but {error}") from error
        if not isinstance(row, dict):
            raise DialogueFileError(f"{where}: expected a JSON object, got {line[:60]!r}")
        yield where, row


def _csv_rows(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    rows = csv.DictReader(io.StringIO(_content(path)))
    columns = [(name or "").strip().lower() for name in rows.fieldnames or []]
    if not {"question", "answer"} <= set(columns):
        raise DialogueFileError(f"{path}:1: expected the columns question and answer, got {', '.join(columns) or 'nothing'}")
    rows.fieldnames = columns
    for row in rows:
        yield f"{path}:{rows.line_num}", row


def _content(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DialogueFileError(f"{path}: cannot be read as UTF-8 text ({error})") from error
