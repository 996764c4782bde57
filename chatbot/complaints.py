"""Errors meant for people, as the one line a command ends with: the setting, what was expected, what came."""

from __future__ import annotations

from pydantic import ValidationError

from chatbot.errors import ChatbotError
from knowledge_base.errors import KnowledgeBaseError


def complaint(error: Exception) -> str | None:
    """One line, or None for an error that is a fault of this program and needs its traceback."""
    if isinstance(error, ValidationError):
        return "; ".join(_setting(dict(found)) for found in error.errors(include_url=False, include_context=False))
    if isinstance(error, ChatbotError | KnowledgeBaseError):
        return " ".join(str(error).split())
    return None


def _setting(found: dict[str, object]) -> str:
    place = found["loc"]
    name = str(place[0]).upper() if isinstance(place, tuple) and place else "?"
    wanted = str(found["msg"]).removeprefix("Input should be ").removeprefix("Value error, ")
    return f"CHATBOT_{name}: expected {wanted[0].lower()}{wanted[1:]}, got {found['input']!r}"
