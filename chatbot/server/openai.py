"""POST /v1/chat/completions: the grounded assistant behind any OpenAI client, streaming and not, sources on the last chunk.

What a client sends as system messages is data about the conversation at most, never rules: the assistant keeps its own. Each call is a turn
of its own; nothing is stored.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any, Literal

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from chatbot.events import Delta, Reply
from chatbot.messages import Conversation, Message, SourceItem
from chatbot.server.house import House

MODEL = "shop-assistant"


class Part(BaseModel):
    model_config = ConfigDict(extra="ignore")
    type: str = "text"
    text: str = ""


class Said(BaseModel):
    model_config = ConfigDict(extra="ignore")
    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[Part] | None = ""

    @property
    def text(self) -> str:
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.type == "text")
        return self.content or ""


class CompletionRequest(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={"examples": [{"model": MODEL, "messages": [{"role": "user", "content": "Do you ship to Canada?"}]}]},
    )
    model: str = MODEL
    messages: list[Said] = Field(min_length=1, max_length=100)
    stream: bool = False


def openai_routes(house: House) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["openai"])

    @router.get("/models", summary="The one model there is")
    async def models() -> dict[str, Any]:
        return {"object": "list", "data": [{"id": MODEL, "object": "model", "created": int(house.health.started), "owned_by": "shop"}]}

    @router.post("/chat/completions", summary="A grounded reply in OpenAI's shape")
    async def complete(body: CompletionRequest) -> Response:
        conversation = _conversation(body)
        if conversation is None:
            message = "messages: expected the last one to be the user's, with 1 to 4,000 characters of text"
            return JSONResponse({"error": {"message": message, "type": "invalid_request_error", "param": "messages", "code": None}}, 400)
        if body.stream:
            return StreamingResponse(
                _chunks(house, conversation),
                media_type="text/event-stream",
                headers={"X-Accel-Buffering": "no", "Cache-Control": "no-cache, no-transform"},
            )
        return JSONResponse(await _whole(house, conversation))

    return router


def _conversation(body: CompletionRequest) -> Conversation | None:
    said = [message for message in body.messages if message.role in ("user", "assistant") and message.text.strip()]
    if not said or said[-1].role != "user" or len(said[-1].text) > 4000:
        return None
    messages = tuple(Message("shopper" if one.role == "user" else "assistant", one.text[:4000]) for one in said)
    return Conversation("completion", messages)


async def _whole(house: House, conversation: Conversation) -> dict[str, Any]:
    async with aclosing(house.assistant.reply(conversation)) as events:
        reply = [event async for event in events][-1]
    assert isinstance(reply, Reply)
    return {
        **_head("chat.completion"),
        "choices": [{"index": 0, "message": {"role": "assistant", "content": reply.text}, "finish_reason": _finish(reply)}],
        "usage": _usage(reply),
        "sources": [_source(item) for item in reply.sources],
    }


async def _chunks(house: House, conversation: Conversation) -> AsyncIterator[str]:
    head = _head("chat.completion.chunk")
    yield _sse({**head, "choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}]})
    async with aclosing(house.assistant.reply(conversation)) as events:
        async for event in events:
            if isinstance(event, Delta):
                yield _sse({**head, "choices": [{"index": 0, "delta": {"content": event.text}, "finish_reason": None}]})
            elif isinstance(event, Reply):
                last = {"index": 0, "delta": {}, "finish_reason": _finish(event)}
                yield _sse({**head, "choices": [last], "usage": _usage(event), "sources": [_source(item) for item in event.sources]})
    yield "data: [DONE]\n\n"


def _head(kind: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{uuid.uuid4().hex}", "object": kind, "created": int(time.time()), "model": MODEL}


def _finish(reply: Reply) -> str:
    return "length" if reply.finish == "length" else "stop"


def _usage(reply: Reply) -> dict[str, int]:
    prompt, completion = reply.usage.prompt_tokens, reply.usage.completion_tokens
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def _source(item: SourceItem) -> dict[str, Any]:
    found = {"id": item.id, "kind": item.kind, "title": item.title, "url": item.url, "score": item.score}
    if item.price is not None:
        found |= {"price": str(item.price), "currency": item.currency, "available": item.available}
    return found


def _sse(value: dict[str, Any]) -> str:
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n"
