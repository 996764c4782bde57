"""A model's own chat template (Jinja) rendered as transformers renders it, without importing transformers, which takes seconds.

Knows nothing of tokens. Invariant: a template runs in a sandbox; it can read what it is given and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NoReturn

from jinja2 import TemplateError
from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment


class ChatTemplate:
    """`names`: the special tokens that templates may use: bos_token, eos_token, … Raises TemplateError for a broken source."""

    def __init__(self, source: str, names: Mapping[str, str]) -> None:
        environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols])
        environment.filters["tojson"] = _json
        environment.globals["raise_exception"] = _refuse
        environment.globals["strftime_now"] = _now
        self._template = environment.from_string(source)
        self._names = dict(names)

    def render(self, messages: Sequence[Mapping[str, str]]) -> str:
        """The text of a conversation that waits for the assistant. Raises whatever the template raises."""
        return self._template.render(messages=messages, tools=None, documents=None, add_generation_prompt=True, **self._names)


def _json(value: Any, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _refuse(message: str) -> NoReturn:
    raise TemplateError(message)


def _now(pattern: str) -> str:
    return datetime.now().astimezone().strftime(pattern)
