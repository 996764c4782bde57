"""Evaluations that were kept: an evaluation.json read again, and several put together as one run, each under its group of shops.

Only results of one assistant are put together, because the table of generalisation says how the same assistant does in shops that differ.
Asks nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from chatbot.errors import ChatbotError
from chatbot.training.evaluate import Answered, from_rows


class EvaluationFileError(ChatbotError):
    """An evaluation.json that cannot be used; the message names the file and what was expected."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What an assistant replied. `title` is what the page and the tables call that assistant."""

    title: str
    answered: tuple[Answered, ...]


def read_evaluation(path: Path) -> Evaluation:
    """The run that an evaluation.json tells of. Raises EvaluationFileError."""
    try:
        given = json.loads(path.read_text("utf-8"))
        title = str(given.get("setup", {}).get("title") or path.parent.name)
        return Evaluation(title, tuple(from_rows(given["replies"])))
    except OSError as error:
        raise EvaluationFileError(f"{path}: cannot be read ({error})") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise EvaluationFileError(f"{path}: expected an evaluation.json as `chatbot evaluate` writes it, but {error}") from error


def put_together(specs: Sequence[str]) -> Evaluation:
    """The replies of several results, each given as "GROUP=FILE", or as "FILE" with the groups that it has. Raises EvaluationFileError."""
    named = [_named(spec) for spec in specs]
    runs = [read_evaluation(path) for _, path in named]
    twice = [path for at, (_, path) in enumerate(named) if path.resolve() in {other.resolve() for _, other in named[:at]}]
    if twice:
        raise EvaluationFileError(f"{twice[0]}: expected each result once, got it twice")
    for (_, path), run in zip(named, runs, strict=True):
        if run.title != runs[0].title:
            raise EvaluationFileError(f"{path}: expected a result of the same assistant, {runs[0].title}, got one of {run.title}")
    return Evaluation(runs[0].title, tuple(item for (group, _), run in zip(named, runs, strict=True) for item in _grouped(run, group)))


def _named(spec: str) -> tuple[str, Path]:
    """Group and file. What stands before a "=" is a group unless it is a part of the file's path."""
    group, equals, file = spec.partition("=")
    return (group.strip(), Path(file.strip())) if equals and "/" not in group and "\\" not in group else ("", Path(spec.strip()))


def _grouped(run: Evaluation, group: str) -> list[Answered]:
    return [replace(item, group=group or item.group) for item in run.answered]
