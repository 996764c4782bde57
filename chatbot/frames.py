"""Bytes to a shopper's frame, strictly: size, UTF-8, JSON, depth, numbers, strings, then the fields.

Knows no socket. Every refusal is a `BadFrame` whose message names the field and says what was expected and what came; nothing that
came from outside reaches the rest of the program without having passed here, and no input makes this raise anything else.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from typing import Any

from pydantic import TypeAdapter, ValidationError

from chatbot.errors import ChatbotError
from chatbot.protocol import MAX_DEPTH, MAX_FRAME_BYTES, MAX_TEXT_POINTS, ErrorCode, Incoming, MessageFrame, ShopperFrame

_FRAMES: TypeAdapter[Incoming] = TypeAdapter(ShopperFrame)
_MAX_DIGITS = 19
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"?', re.DOTALL)


class BadFrame(ChatbotError):
    """A frame that cannot be taken. `code` is the wire's error code; `id` the message id, where the frame told one."""

    def __init__(self, message: str, *, code: ErrorCode = "bad_frame", message_id: str | None = None) -> None:
        super().__init__(message)
        self.code: ErrorCode = code
        self.id = message_id


def parse_frame(raw: str | bytes) -> Incoming:
    """One shopper frame. Raises BadFrame."""
    return parse_object(read_object(raw))


def read_object(raw: str | bytes) -> dict[str, Any]:
    """A JSON object within the limits of the wire. Raises BadFrame."""
    text = _decoded(raw)
    _check_depth(text)
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_int=_small_int, parse_float=_finite)
    except json.JSONDecodeError as error:
        raise BadFrame(f"frame: not JSON: {error.msg} at character {error.pos}") from None
    _check(value, "frame")
    if not isinstance(value, dict):
        raise BadFrame(f"frame: expected a JSON object, got {_name_of(value)}")
    return value


def _decoded(raw: str | bytes) -> str:
    size = len(raw) if isinstance(raw, bytes) else len(raw.encode("utf-8", "surrogatepass"))
    if size > MAX_FRAME_BYTES:
        raise BadFrame(f"frame: at most {MAX_FRAME_BYTES} bytes, got {size}", code="too_large")
    if isinstance(raw, str):
        return raw
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadFrame(f"frame: not UTF-8 at byte {error.start}") from None


def _check_depth(text: str) -> None:
    depth = 0
    for character in _STRINGS.sub("", text):
        if character in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise BadFrame(f"frame: nested deeper than {MAX_DEPTH} levels")
        elif character in "]}":
            depth -= 1


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise BadFrame(f"{_shown(key)}: given twice")
        found[key] = value
    return found


class _Refused:
    """Stands for a number that JSON or this protocol does not allow, until the walk knows which field it was in."""

    def __init__(self, reason: str) -> None:
        self.reason = reason


def _no_constant(name: str) -> _Refused:
    return _Refused(f"{name} is not a JSON number")


def _small_int(digits: str) -> int | _Refused:
    return int(digits) if len(digits) <= _MAX_DIGITS else _Refused(f"a number of {len(digits)} digits is too large")


def _finite(digits: str) -> float | _Refused:
    value = float(digits)
    return value if math.isfinite(value) else _Refused(f"the number {_shown(digits)} is too large")


def _check(value: Any, path: str) -> None:
    """Walk the whole value: numbers and strings, names of fields included."""
    if isinstance(value, _Refused):
        raise BadFrame(f"{path}: {value.reason}")
    if isinstance(value, str):
        _check_string(path, value)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _check(item, f"{path}[{index}]")
    elif isinstance(value, dict):
        for key, item in value.items():
            _check_string(f"{path}: the field name {_shown(key)}", key)
            _check(item, _shown(key) if path == "frame" else f"{path}.{_shown(key)}")


def _check_string(path: str, string: str) -> None:
    if "\x00" in string:
        raise BadFrame(f"{path}: contains a NUL character")
    if not string.isascii() and any("\ud800" <= character <= "\udfff" for character in string):
        raise BadFrame(f"{path}: contains half of a surrogate pair")


def parse_object(value: dict[str, Any]) -> Incoming:
    """The frame that a read object is. Raises BadFrame."""
    known = value.get("id")
    message_id = known if value.get("type") == "message" and isinstance(known, str) and len(known) <= 64 else None
    try:
        frame = _FRAMES.validate_python(value)
    except ValidationError as error:
        raise BadFrame(_explained(error), message_id=message_id) from None
    return _normalised(frame) if isinstance(frame, MessageFrame) else frame


def _normalised(frame: MessageFrame) -> MessageFrame:
    text = unicodedata.normalize("NFC", frame.text)
    if not text.strip():
        raise BadFrame("text: expected at least one visible character, got none", message_id=frame.id)
    if len(text) > MAX_TEXT_POINTS:
        raise BadFrame(f"text: at most {MAX_TEXT_POINTS} characters, got {len(text)}", code="too_long", message_id=frame.id)
    return frame.model_copy(update={"text": text})


def _explained(error: ValidationError) -> str:
    """The first fault in words: the field's path, then what was expected, then what came."""
    fault = error.errors(include_url=False)[0]
    if fault["type"] == "union_tag_not_found":
        return "type: missing"
    if fault["type"] == "union_tag_invalid":
        return f"type: unknown type {_shown(str(fault['ctx']['tag']))}, expected one of {fault['ctx']['expected_tags']}"
    path = ".".join(_shown(str(part)) for part in fault["loc"][1:]) or "frame"
    if fault["type"] == "missing":
        return f"{path}: missing"
    if fault["type"] == "extra_forbidden":
        return f"{path}: unknown field"
    return f"{path}: {fault['msg'][:1].lower()}{fault['msg'][1:]}, got {_name_of(fault['input'])}"


def _name_of(value: Any) -> str:
    if isinstance(value, str):
        return f'the string "{_shown(value)}"'
    names = {dict: "an object", list: "a list", bool: "a boolean", int: "a number", float: "a number", type(None): "null"}
    return names.get(type(value), "something else")


def _shown(text: str) -> str:
    """At most 40 printable characters of what came, safe to send back and to log."""
    clean = "".join(character if character.isprintable() else f"\\u{ord(character):04x}" for character in text)
    return clean if len(clean) <= 40 else f"{clean[:39]}…"
