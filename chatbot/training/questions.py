"""The question file of an evaluation: JSON lines, one question each, checked with file and line before anything runs.

Fields: `q`; `history` (earlier messages, oldest first); `must`, a list of groups of which each needs one of its alternatives in the
reply (a group of one may be plain text); `must_not`; `kind`; `id` and `note`, which are kept for the reader. An earlier message is
`{"speaker": "shopper", "text": …}`, `{"role": "user", "content": …}` as OpenAI's clients write it, or plain text of the shopper's;
what the assistant said to it is then asked for, as in a real conversation. Comparison ignores case, width and white space, and a number
is found whole or not at all: "$49" does not stand in "$499", "5 days" not in "15 days", but "49" in "49.00".
"""

from __future__ import annotations

import functools
import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from chatbot.errors import ChatbotError
from chatbot.messages import Conversation, Message
from chatbot.training.json_lines import numbered_lines


class QuestionFileError(ChatbotError):
    """A question file that cannot be used; the message names file, line and field."""


_ROLES = {"user": "shopper", "assistant": "assistant"}


class Said(BaseModel):
    model_config = ConfigDict(extra="forbid")
    speaker: Literal["shopper", "assistant", "operator"]
    text: str = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _other_spellings(cls, given: Any) -> Any:
        if isinstance(given, str):
            return {"speaker": "shopper", "text": given}
        if isinstance(given, dict) and set(given) == {"role", "content"}:
            return {"speaker": _ROLES.get(given["role"], given["role"]), "text": given["content"]}
        return given


class Question(BaseModel):
    """One line of the file."""

    model_config = ConfigDict(extra="forbid")
    q: str = Field(min_length=1)
    history: list[Said] = []
    must: list[list[str]] = []
    must_not: list[str] = []
    kind: str = "other"
    id: str = ""
    note: str = ""

    @field_validator("must", mode="before")
    @classmethod
    def _groups_of_one(cls, given: Any) -> Any:
        return [[group] if isinstance(group, str) else group for group in given] if isinstance(given, list) else given

    def conversation(self, said: tuple[Message, ...] | None = None) -> Conversation:
        """The question behind what was `said` before, which is the file's own history when not given."""
        said = tuple(Message(item.speaker, item.text) for item in self.history) if said is None else said
        return Conversation("evaluation", (*said, Message("shopper", self.q)))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a reply lacks and what it says wrongly; right when both are empty."""

    missing: tuple[str, ...]
    forbidden: tuple[str, ...]

    @property
    def right(self) -> bool:
        return not self.missing and not self.forbidden


def plain(text: str) -> str:
    """The form in which replies and expectations are compared."""
    return " ".join(unicodedata.normalize("NFKC", text).lower().replace("’", "'").split())


def judge_reply(question: Question, reply: str) -> Verdict:
    """Hold a reply against what it must and must not say."""
    text = plain(reply)
    missing = tuple(" | ".join(group) for group in question.must if not any(says(text, option) for option in group))
    return Verdict(missing, tuple(word for word in question.must_not if says(text, word)))


def says(text: str, expected: str) -> bool:
    """Whether a plain text has what is expected, and not as a part of a longer number."""
    return _whole(plain(expected)).search(text) is not None


@functools.lru_cache(maxsize=4096)
def _whole(expected: str) -> re.Pattern[str]:
    """Finds it where no digit goes on at either end. Between digits a point makes one number, a comma only before three of them: lists are
    written "36,37". Noughts behind the point change nothing."""
    before = r"(?<!\d)(?<!\d\.)" + (r"(?<!\d,)" if re.match(r"\d{3}(?!\d)", expected) else "") if expected[:1].isdigit() else ""
    noughts = "0*" if re.search(r"\d\.\d+$", expected) else r"(?:[.,]00?)?"
    after = noughts + r"(?!\d|\.\d|,\d{3}(?!\d))" if expected[-1:].isdigit() else ""
    return re.compile(before + re.escape(expected) + after)


def load_questions(paths: Iterable[Path]) -> list[Question]:
    """Read question files.

    Raises: QuestionFileError naming file, line and field.
    """
    return [question for path in paths for question in _load(path)]


def _load(path: Path) -> list[Question]:
    questions = []
    for where, line in numbered_lines(path, QuestionFileError):
        try:
            questions.append(Question.model_validate(json.loads(line)))
        except json.JSONDecodeError as error:
            raise QuestionFileError(f"{where}: expected one JSON object, got {line[:60]!r} ({error.msg})") from error
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"])
            raise QuestionFileError(f"{where} [{field}]: {first['msg']}, got {str(first['input'])[:60]!r}") from error
    if not questions:
        raise QuestionFileError(f"{path}: expected at least one question, got none")
    return questions
