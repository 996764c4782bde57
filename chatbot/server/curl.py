"""One operation of the interface as a command for a shell, made from what the OpenAPI document says of it; so it cannot say something else.

What a call needs of an earlier one is kept in files beside the shell: `console.cookies` of the login, `conversation.json` of a conversation
that was begun, `message.json` of a message that was sent. Knows no server; a test runs every command against a real one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

from pydantic import JsonValue

_OF_THE_SETTING: Final = "CHATBOT_CONSOLE_PASSWORD"
COOKIES: Final = "console.cookies"
_STREAM_SECONDS = 20  # an open stream is left after that, so that the shell comes back
_WIDTH = 90
_KEPT: Final = {
    "session": r"""session=$(sed 's/.*"session":"\([^"]*\)".*/\1/' conversation.json)""",
    "token": r"""token=$(sed 's/.*"token":"\([^"]*\)".*/\1/' conversation.json)""",
    "turn": r"""turn=$(sed 's/.*"turn":"\([^"]*\)".*/\1/' message.json)""",
}
_VARIABLES: Final = {"session": "session", "conversation": "session", "turn": "turn", "password": _OF_THE_SETTING}
_SAVED: Final = {"/v1/conversations": "conversation.json", "/v1/conversations/{session}/messages": "message.json"}


@dataclass(frozen=True, slots=True)
class Call:
    """An operation and where it is: `path` as in the document, `method` in capitals, `origin` without a slash at the end."""

    origin: str
    method: str
    path: str
    operation: dict[str, Any]
    example: JsonValue = None  # of the body

    @property
    def security(self) -> set[str]:
        return {name for one in self.operation.get("security", ()) for name in one}

    def examples(self, place: str) -> dict[str, Any]:
        """The parameters of a place that an example is told for."""
        return {one["name"]: one["example"] for one in self.operation.get("parameters", ()) if one["in"] == place and "example" in one}


def command(call: Call) -> str:
    """Lines for a POSIX shell; the answer is printed."""
    body = _body(call)
    parts = [f"curl {_flags(call)}{_address(call)}", *_headers(call), *body[:1]]
    text = " \\\n  ".join(parts)
    if saved := _SAVED.get(call.path):
        text += f" | tee {saved}"
    lines = [text, *body[1:]]
    needed = [line for name, line in _KEPT.items() if any(f"${name}" in one for one in lines)]
    return "\n".join([*needed, *lines])


def _flags(call: Call) -> str:
    streams = _answers(call) == "text/event-stream"
    return f"-N --max-time {_STREAM_SECONDS} " if streams else ""


def _answers(call: Call) -> str:
    """The one type that this call always answers with; "" where there are several."""
    kinds = [list(told.get("content", ())) for status, told in call.operation["responses"].items() if status.startswith("2")]
    return kinds[0][0] if kinds and len(kinds[0]) == 1 else ""


def _address(call: Call) -> str:
    path = call.path
    for parameter in call.operation.get("parameters", ()):
        if parameter["in"] == "path":
            name = parameter["name"]
            path = path.replace(
                "{" + name + "}", f"${_VARIABLES[name]}" if name in _VARIABLES else quote(str(parameter["example"]), safe="")
            )
    query = urlencode(call.examples("query"), quote_via=quote)
    return f'"{call.origin}{path}{"?" + query if query else ""}"'


def _headers(call: Call) -> Iterator[str]:
    if call.method == "POST" and "requestBody" not in call.operation:
        yield "-X POST"
    if "operator" in call.security:
        yield f"-b {COOKIES}"
    elif call.path.endswith("/login"):
        yield f"-c {COOKIES}"
    if "shopper" in call.security:
        yield '-H "Authorization: Bearer $token"'
    for name, value in call.examples("header").items():
        yield f"-H '{name}: {value}'"
    for kind in call.operation.get("requestBody", {}).get("content", {}):
        yield f"-H 'Content-Type: {kind}'"


def _body(call: Call) -> list[str]:
    """The option with the body; a second part where the shell has to fill something in."""
    if call.example is None:
        return []
    if isinstance(call.example, str):
        return [f"--data-binary {_quoted(call.example)}"]
    if isinstance(call.example, dict) and (filled := {name: f"${_VARIABLES[name]}" for name in call.example if name in _VARIABLES}):
        return ["--data-binary @- <<BODY", f"{json.dumps(call.example | filled, ensure_ascii=False)}\nBODY"]
    line = json.dumps(call.example, ensure_ascii=False)
    return [f"-d {_quoted(line if len(line) <= _WIDTH else json.dumps(call.example, ensure_ascii=False, indent=2))}"]


def _quoted(text: str) -> str:
    escaped = text.replace("'", "'\\''")
    return f"'{escaped}'"
