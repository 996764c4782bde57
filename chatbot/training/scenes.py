"""What a writer is trained on: a text (the evidence of one moment in one shop) and questions about it with the replies that are wanted.

Questions that share a text stand in one scene, so that training reads the text once for all of them. A file of scenes is JSON lines:
`{"facts": ["…"], "asks": [{"question": "…", "answer": "…", "kind": "price"}], "language": "en", "shop": "…"}`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from chatbot.errors import ChatbotError
from chatbot.training.json_lines import numbered_lines


class SceneFileError(ChatbotError):
    """A file of scenes that cannot be used; the message names file, line and what was expected."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One question and the reply that is wanted. `kind` is what is asked for (price, stock, policy, unanswerable, …), for reports."""

    question: str
    answer: str
    kind: str = "other"


@dataclass(frozen=True, slots=True)
class Scene:
    """`facts` are the lines of the prompt's text, best first; every answer follows from them, or says that they do not tell."""

    facts: tuple[str, ...]
    asks: tuple[Ask, ...]
    language: str = "en"
    shop: str = ""


def write_scenes(path: Path, scenes: Iterable[Scene]) -> int:
    """One line each; the number of lines."""
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for scene in scenes:
            file.write(json.dumps(asdict(scene), ensure_ascii=False) + "\n")
            count += 1
    return count


def read_scenes(path: Path) -> Iterator[Scene]:
    """Raises SceneFileError."""
    for where, line in numbered_lines(path, SceneFileError):
        yield _scene(line, where)


def _scene(line: str, where: str) -> Scene:
    try:
        given: Any = json.loads(line)
    except ValueError as error:
        raise SceneFileError(f"{where}: expected a JSON object, but {error}") from error
    facts, asks = _field(given, "facts", list, where), _field(given, "asks", list, where)
    if not all(isinstance(fact, str) for fact in facts) or not asks:
        raise SceneFileError(f"{where}: expected facts to be a list of texts and asks to have at least one question")
    return Scene(tuple(facts), tuple(_ask(ask, where) for ask in asks), str(given.get("language") or "en"), str(given.get("shop") or ""))


def _ask(given: Any, where: str) -> Ask:
    question, answer = (_field(given, name, str, where).strip() for name in ("question", "answer"))
    if not question or not answer:
        raise SceneFileError(f"{where}: expected a question and an answer that are not empty")
    return Ask(question, answer, str(given.get("kind") or "other"))


def _field(given: Any, name: str, kind: type, where: str) -> Any:
    found = given.get(name) if isinstance(given, dict) else None
    if not isinstance(found, kind):
        raise SceneFileError(f"{where}: expected {name} to be a {'text' if kind is str else 'list'}, but got {found!r}")
    return found
