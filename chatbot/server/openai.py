"""POST /v1/chat/completions: the grounded assistant behind any OpenAI client, streaming and not; the passages used are in `sources`.

Each call is a turn of its own and nothing is stored. System messages are accepted and not obeyed: the assistant's rules are the shop's, and
sampling options are ignored, because replies are checked, not sampled. Errors have OpenAI's shape.
"""

from __future__ import annotations

import json
import logging
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import JSONResponse, Response, StreamingResponse

from chatbot.errors import Overloaded
from chatbot.events import Delta, Reply
from chatbot.messages import Conversation, Message, SourceItem
from chatbot.protocol import MAX_TEXT_POINTS
from chatbot.server.chapters import OPENAI
from chatbot.server.house import House
from chatbot.server.raw_body import json_body
from chatbot.server.told_responses import STREAM_TOLD, told

MODEL = "shop-assistant"
HISTORY = 40
_EXAMPLE: dict[str, Any] = {"model": MODEL, "messages": [{"role": "user", "content": "How long does delivery take?"}], "stream": False}
_STREAM = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
log = logging.getLogger(__name__)


class Part(BaseModel):
    model_config = ConfigDict(extra="ignore")

    type: str
    text: str = ""


class Said(BaseModel):
    model_config = ConfigDict(extra="ignore")

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[Part] | None = None

    @property
    def text(self) -> str:
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.type == "text")
        return self.content or ""


class StreamOptions(BaseModel):
    model_config = ConfigDict(extra="ignore")

    include_usage: bool = False


class CompletionRequest(BaseModel):
    """What is read of a request; other fields of OpenAI's are accepted and have no effect."""

    model_config = ConfigDict(extra="ignore", json_schema_extra={"examples": [_EXAMPLE]})

    model: str = MODEL
    messages: list[Said] = Field(min_length=1, max_length=200)
    stream: bool = False
    stream_options: StreamOptions | None = None
    n: Literal[1] = 1


class Refused(Exception):
    """A request that cannot be answered, as OpenAI says it."""

    def __init__(self, message: str, *, status: int = 400, kind: str = "invalid_request_error", param: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.error = {"message": message, "type": kind, "param": param, "code": None}


def openai_routes(house: House) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=[OPENAI])

    @router.get("/models", summary="The models, of which there is one", response_description="The name to give as `model`.")
    async def models() -> dict[str, Any]:
        return {"object": "list", "data": [_model(house)]}

    @router.get(
        "/models/{name}", summary="The one model there is", response_description="The model, as OpenAI tells of one.", responses=told(404)
    )
    async def model(name: Annotated[str, Path(description="Its id.", examples=[MODEL])]) -> Response:
        known = name == MODEL
        return JSONResponse(_model(house) if known else {"error": Refused(f"no model {name[:80]!r}").error}, 200 if known else 404)

    @router.post(
        "/chat/completions",
        summary="A grounded reply in OpenAI's shape",
        response_description="The reply; the passages it rests on are in `sources`. With `stream` as events, with `[DONE]` at the end.",
        responses=STREAM_TOLD | told(400, 429),
        openapi_extra={"requestBody": json_body(CompletionRequest, _EXAMPLE)},
    )
    async def complete(request: Request) -> Response:
        try:
            _admit(house, request)
            asked = _parsed(await request.body())
            conversation = _conversation(asked.messages)
        except Refused as refused:
            return JSONResponse({"error": refused.error}, refused.status, {"Retry-After": "2"} if refused.status in (429, 503) else None)
        if asked.stream:
            usage = asked.stream_options is not None and asked.stream_options.include_usage
            return StreamingResponse(_stream(house, conversation, usage), media_type="text/event-stream", headers=_STREAM)
        return JSONResponse(await _whole(house, conversation))

    return router


def _admit(house: House, request: Request) -> None:
    if house.limits.connect(request.client.host if request.client else "") > 0:
        raise Refused("too many requests from this address", status=429, kind="rate_limit_error")
    try:
        house.rooms.check_free()
    except Overloaded as error:
        raise Refused(str(error), status=503, kind="server_error") from error


def _parsed(body: bytes) -> CompletionRequest:
    try:
        return CompletionRequest.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Refused(f"{place or 'body'}: {first['msg']}", param=place or None) from error


def _conversation(messages: list[Said]) -> Conversation:
    said = [message for message in messages if message.role in ("user", "assistant") and message.text.strip()][-HISTORY:]
    if not said or said[-1].role != "user":
        raise Refused("messages: expected the last one with text to be the user's", param="messages")
    if len(said[-1].text) > MAX_TEXT_POINTS:
        raise Refused(f"messages: expected at most {MAX_TEXT_POINTS} characters, got {len(said[-1].text)}", param="messages")
    told = (Message("shopper" if one.role == "user" else "assistant", one.text[:MAX_TEXT_POINTS]) for one in said)
    return Conversation(f"completion-{uuid.uuid4().hex}", tuple(told))


async def _whole(house: House, conversation: Conversation) -> dict[str, Any]:
    async with aclosing(house.assistant.reply(conversation)) as events:
        reply = [event async for event in events][-1]
    assert isinstance(reply, Reply)
    choice = {"index": 0, "message": {"role": "assistant", "content": reply.text}, "finish_reason": _finish(reply), "logprobs": None}
    return _head("chat.completion") | {"choices": [choice], "usage": _usage(reply), "sources": _sources(house, reply)}


async def _stream(house: House, conversation: Conversation, usage: bool) -> AsyncIterator[str]:
    """The chunks; the last one before `[DONE]` has the sources."""
    head = _head("chat.completion.chunk")
    yield _sse(head | {"choices": [_choice({"role": "assistant", "content": ""})]})
    try:
        async with aclosing(house.assistant.reply(conversation)) as events:
            async for event in events:
                if isinstance(event, Delta):
                    yield _sse(head | {"choices": [_choice({"content": event.text})]})
                elif isinstance(event, Reply):
                    more = {"sources": _sources(house, event), "finish": event.finish}
                    yield _sse(head | {"choices": [_choice({}, _finish(event))]} | more)
                    if usage:
                        yield _sse(head | {"choices": [], "usage": _usage(event)} | more)
    except Exception:
        log.exception("a completion failed")
        yield _sse({"error": Refused("a fault on our side", kind="server_error").error})
    yield "data: [DONE]\n\n"


def _head(kind: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{uuid.uuid4().hex}", "object": kind, "created": int(time.time()), "model": MODEL}


def _choice(delta: dict[str, str], finish: str | None = None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}


def _finish(reply: Reply) -> str:
    return "length" if reply.finish == "length" else "stop"


def _usage(reply: Reply) -> dict[str, int]:
    prompt, completion = reply.usage.prompt_tokens, reply.usage.completion_tokens
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def _sources(house: House, reply: Reply) -> list[dict[str, Any]]:
    return [_source(house, item) for item in reply.sources]


def _source(house: House, item: SourceItem) -> dict[str, Any]:
    """One source with what the shop wrote; a price is a string, so that it stays exact."""
    found: dict[str, Any] = {"id": item.id, "kind": item.kind, "title": item.title, "url": item.url, "score": item.score}
    if item.price is not None:
        found |= {"price": f"{item.price:f}", "currency": item.currency}
    if item.available is not None:
        found["available"] = item.available
    return found | {"text": "\n".join(passage.body for passage in house.knowledge.passages(item.id))}


def _model(house: House) -> dict[str, Any]:
    return {"id": MODEL, "object": "model", "created": int(house.health.started), "owned_by": house.shop_name}


def _sse(value: dict[str, Any]) -> str:
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n"
