"""Where objects and the values of their keys lie in JSON text, so that one value can be written and every other byte stays as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()
_DEEPEST = 60


@dataclass(frozen=True, slots=True)
class Member:
    """A key of an object: its name, and where its value lies."""

    name: str
    start: int
    end: int


def members(text: str, start: int) -> tuple[list[Member], int]:
    """The keys of the object that begins at `start`, and where it ends. Raises ValueError for text that is no object."""
    found, place = [], _after(text, start + 1)
    while text[place] != "}":
        name, place = _DECODER.raw_decode(text, place)
        place = _after(text, _after(text, place) + 1)
        _, end = _DECODER.raw_decode(text, place)
        found.append(Member(name, place, end))
        place = _after(text, end)
        place = _after(text, place + 1) if text[place] == "," else place
    return found, place + 1


def elements(text: str, start: int) -> Iterator[tuple[int, int]]:
    """Where the elements of the array that begins at `start` lie."""
    place = _after(text, start + 1)
    while text[place] != "]":
        _, end = _DECODER.raw_decode(text, place)
        yield place, end
        place = _after(text, end)
        place = _after(text, place + 1) if text[place] == "," else place


def objects(text: str, start: int, depth: int = 0) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """(start, end, object) of every object at and below `start`, outer ones first; a consumer may `send(True)` to skip what is inside."""
    if text[start] == "[":
        for place, _ in elements(text, start):
            if text[place] in "[{" and depth < _DEEPEST:
                yield from objects(text, place, depth + 1)
        return
    value, end = _DECODER.raw_decode(text, start)
    if not isinstance(value, dict):
        return
    skip = yield start, end, value
    if skip:
        return
    for member in members(text, start)[0]:
        if text[member.start] in "[{" and depth < _DEEPEST:
            yield from objects(text, member.start, depth + 1)


def _after(text: str, place: int) -> int:
    match = _SPACE.match(text, place)
    assert match is not None
    if match.end() >= len(text):
        raise ValueError("the text ends in the middle of a value")
    return match.end()


def with_value(text: str, start: int, end: int, key: str, value: str) -> str:
    """The object `text[start:end]` with this key set: in place where it has it, else behind its last one."""
    written = json.dumps(value, ensure_ascii=False).replace("</", "<\\/")
    found, _ = members(text, start)
    for member in found:
        if member.name == key:
            return text[start : member.start] + written + text[member.end : end]
    if not found:
        return f'{{"{key}": {written}}}'
    last = found[-1].end
    before = text[found[0].start - 1] if text[found[0].start - 1] == " " else ""
    first = _SPACE.match(text, start + 1)
    assert first is not None
    gap = first.group() if "\n" in first.group() else (" " if before else "")
    return text[start:last] + f",{gap}{json.dumps(key)}:{before}{written}" + text[last:end]
