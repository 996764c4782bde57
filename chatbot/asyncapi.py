"""The AsyncAPI 3 document of the chat protocol, generated from the models that parse and write the frames.

`python -m chatbot.asyncapi` writes docs/asyncapi.json; a test keeps the file equal to what this makes. Describes the wire, decides nothing.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from chatbot.protocol import MAX_FRAME_BYTES, MAX_TEXT_POINTS, SERVER_EVENTS, SHOPPER_FRAMES

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "asyncapi.json"
_CLOSE_CODES = {
    "1009": "a frame over the limit",
    "1012": "the server restarts; reconnect",
    "4002": "the reader was too slow; reconnect and resume",
    "4004": "the token expired; reconnect",
    "4500": "five bad frames",
    "4501": "unknown site key, or a bad or expired token or identity",
    "4502": "no hello within five seconds",
    "4503": "the conversation was erased",
    "4504": "too many sockets for one shopper",
    "4505": "limits exceeded again and again",
}


def document() -> dict[str, Any]:
    """The whole document as JSON-able values."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Shop chatbot: the chat protocol",
            "version": "1.0.0",
            "description": "JSON objects in text frames, one event per frame, no compression. "
            f"A frame has at most {MAX_FRAME_BYTES} bytes, a message text at most {MAX_TEXT_POINTS} code points after NFC.",
        },
        "defaultContentType": "application/json",
        "channels": {"chat": _channel()},
        "operations": {
            "shopperSends": _operation("receive", SHOPPER_FRAMES, "What a shopper may send."),
            "serverSends": _operation("send", SERVER_EVENTS, "What the server sends to a shopper."),
        },
        "components": {"messages": _messages(), "schemas": _schemas()},
    }


def _channel() -> dict[str, Any]:
    names = [_name(model) for model in (*SHOPPER_FRAMES, *SERVER_EVENTS)]
    return {
        "address": "/v1/chat",
        "description": "One WebSocket per open widget: GET /v1/chat?site=<public site key>.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "bindings": {
            "ws": {"method": "GET", "query": {"type": "object", "properties": {"site": {"type": "string"}}, "required": ["site"]}}
        },
        "x-close-codes": _CLOSE_CODES,
    }


def _operation(action: str, models: tuple[type[BaseModel], ...], summary: str) -> dict[str, Any]:
    references = [{"$ref": f"#/channels/chat/messages/{_name(model)}"} for model in models]
    return {"action": action, "summary": summary, "channel": {"$ref": "#/channels/chat"}, "messages": references}


def _messages() -> dict[str, Any]:
    return {
        _name(model): {
            "name": str(model.model_fields["type"].annotation.__args__[0]),  # type: ignore[union-attr]
            "summary": (model.__doc__ or "").strip().splitlines()[0],
            "payload": {"$ref": f"#/components/schemas/{model.__name__}"},
        }
        for model in (*SHOPPER_FRAMES, *SERVER_EVENTS)
    }


def _schemas() -> dict[str, Any]:
    incoming, first = models_json_schema([(model, "validation") for model in SHOPPER_FRAMES], ref_template="#/components/schemas/{model}")
    outgoing, second = models_json_schema(
        [(model, "serialization") for model in SERVER_EVENTS], ref_template="#/components/schemas/{model}"
    )
    del incoming, outgoing
    return {**first["$defs"], **second["$defs"]}


def _name(model: type[BaseModel]) -> str:
    return model.__name__[0].lower() + model.__name__[1:]


def rendered() -> str:
    """The file's text."""
    return json.dumps(document(), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(rendered(), encoding="utf-8")
