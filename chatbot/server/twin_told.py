"""What the page about the interface says of the chat over HTTP, whose calls read their requests themselves."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Depends, Path
from fastapi.security import HTTPBearer
from starlette.responses import StreamingResponse

from chatbot.protocol import HelloFrame, MessageFrame
from chatbot.server.chapters import SHOPPERS
from chatbot.server.raw_body import json_body
from chatbot.server.told_responses import STREAM_TOLD, told

_TOKEN = HTTPBearer(scheme_name="shopper", description="The `token` that a conversation began with.", auto_error=False)
_SITE = {
    "name": "site", "in": "query", "required": True, "schema": {"type": "string"},
    "description": "The shop's public site key, as in `/v1/shop`.",
}  # fmt: skip
_IDENTITY = {
    "name": "X-Identity", "in": "header", "required": False, "schema": {"type": "string"},
    "description": "A signed identity, where the conversation was begun with one.",
}  # fmt: skip
_AFTER = {
    "name": "after", "in": "query", "required": False, "schema": {"type": "integer", "minimum": 0}, "example": 0,
    "description": "`seq` of the last event seen; `Last-Event-ID` says the same.",
}  # fmt: skip
_HELLO = {"locale": "en"}
_MESSAGE = {"id": "6f1c3b52-8a0e-4c55-9d43-2f4f0a6b7c11", "text": "How long do I have to return something?"}
_KNOWN: dict[str, Any] = {"tags": [SHOPPERS], "dependencies": [Depends(_TOKEN)]}

Session = Annotated[str, Path(description="The `session` that the conversation began with.")]

OPEN: Final[dict[str, Any]] = {
    "tags": [SHOPPERS],
    "summary": "Begin a conversation",
    "status_code": 201,
    "response_description": "`ready`: the conversation's `session` and its `token`, which all its other calls need.",
    "responses": told(400, 401, 403, 429),
    "openapi_extra": {
        "parameters": [_SITE],
        "requestBody": json_body(HelloFrame, _HELLO, without=("type", "session", "token", "after"), required=False),
    },
}
POST: Final[dict[str, Any]] = {
    **_KNOWN,
    "summary": "Send a message",
    "description": "Without `type` it is a message; its `id` is a UUID of yours, and the same one is never answered twice. "
    "The other frames are in docs/protocol.md.",
    "response_description": "The message is stored; its reply comes as events of this `turn`.",
    "responses": told(400, 401, 403, 409, 429) | {202: {"description": "Another frame than a message was taken."}},
    "openapi_extra": {"parameters": [_SITE, _IDENTITY], "requestBody": json_body(MessageFrame, _MESSAGE, without=("type",))},
}
EVENTS: Final[dict[str, Any]] = {
    **_KNOWN,
    "summary": "Read what happens",
    "description": "Server-Sent Events after a number: `ready`, what was missed, then all that happens. The stream stays open.",
    "response_class": StreamingResponse,
    "response_description": "One event a frame; the `id` of a durable one is its number.",
    "responses": STREAM_TOLD | told(400, 401, 403, 429),
    "openapi_extra": {"parameters": [_SITE, _AFTER, _IDENTITY]},
}
TRANSCRIPT: Final[dict[str, Any]] = {
    **_KNOWN,
    "summary": "Read it all",
    "response_description": "The conversation so far, and the number of its last event.",
    "responses": told(401, 403, 429),
    "openapi_extra": {"parameters": [_SITE, _IDENTITY]},
}
