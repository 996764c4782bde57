"""The same conversation over plain HTTP, for networks that break WebSockets: POST frames, read events as Server-Sent Events.

Same models, same room, same limits as the socket. Authorised by `Authorization: Bearer <token>` and `?site=`; a logged-in shopper's
identity comes in `X-Identity`. A durable event's SSE id is its number, so that `Last-Event-ID` resumes.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.responses import JSONResponse, StreamingResponse
from starlette.types import Receive, Scope, Send

from chatbot.errors import ChatbotError, StorageUnavailable, Unauthorized
from chatbot.frames import BadFrame, parse_object, read_object
from chatbot.outbox import Outbox
from chatbot.protocol import MAX_FRAME_BYTES, ErrorEvent, HelloFrame, MessageFrame
from chatbot.room import Room
from chatbot.rooms import Rooms
from chatbot.server import twin_told
from chatbot.server.connection import Admission, ready_event
from chatbot.server.frames_in import Doer, RateLimited, error_of, place_of
from chatbot.server.limits import Limits
from chatbot.server.twin_told import Session

KEEP_ALIVE_SECONDS = 15.0
_STATUS = {
    "bad_frame": 400,
    "too_large": 413,
    "too_long": 422,
    "conflict": 409,
    "rate_limited": 429,
    "overloaded": 503,
    "storage_unavailable": 503,
    "unauthorized": 401,
    "forbidden_origin": 403,
    "internal": 500,
}


class ForbiddenOrigin(ChatbotError):
    """A page that may not use this site key."""


class Twin:
    """The HTTP calls over one set of rooms."""

    def __init__(self, rooms: Rooms, gate: Admission, limits: Limits) -> None:
        self._rooms = rooms
        self._gate = gate
        self._limits = limits

    def routes(self) -> APIRouter:
        router = APIRouter(prefix="/v1/conversations")
        router.post("", **twin_told.OPEN)(self.open)
        router.post("/{session}/messages", **twin_told.POST)(self.post)
        router.get("/{session}/events", **twin_told.EVENTS)(self.events)
        router.get("/{session}/transcript", **twin_told.TRANSCRIPT)(self.transcript)
        return router

    async def open(self, request: Request) -> Response:
        """Body: the fields of `hello` that begin a conversation (locale, page, identity), or nothing. Answers `ready`."""
        try:
            self._admit(request)
            fields = read_object(await _body(request) or b"{}")
            hello = parse_object({"type": "hello"} | fields)
            if not isinstance(hello, HelloFrame) or hello.session or hello.token:
                raise BadFrame("type: expected the fields of a first hello")
            self._rooms.check_open()
            subject = self._gate.identify(hello.identity) if hello.identity else None
            room, token = await self._rooms.open(request.query_params.get("site", ""), hello.locale or "en", subject)
            if place := place_of(hello):
                await self._rooms.ledger.keep_place(room.id, place)
        except Exception as error:
            return refusal(error)
        ready = ready_event(self._rooms, room, token, head=0, resume="new")
        return Response(ready.wire(), status_code=201, media_type="application/json")

    async def post(self, session: Session, request: Request) -> Response:
        """Body: a shopper frame; without `type` it is a message. Answers the message's acknowledgement, or 202 for other frames."""
        message_id = None
        try:
            room, _, subject = await self._room(session, request)
            frame = parse_object({"type": "message"} | read_object(await _body(request)))
            message_id = frame.id if isinstance(frame, MessageFrame) else None
            doer = Doer(self._rooms, room, self._limits, shopper=subject or room.id, address=_address(request))
            asked = await doer.do(frame)
        except Exception as error:
            return refusal(error, message_id)
        if asked is None:
            return JSONResponse({}, status_code=202)
        return Response(asked.message.wire(), media_type="application/json")

    async def events(self, session: Session, request: Request) -> Response:
        """Server-Sent Events after `?after=N` (or `Last-Event-ID`): `ready`, the missed durable events, then everything live."""
        try:
            room, token, subject = await self._room(session, request)
            after = _after(request)
            shopper = subject or room.id
            if not self._limits.enter(shopper):
                raise RateLimited(5.0)
        except Exception as error:
            return refusal(error)
        outbox = Outbox()

        def ready(head: int, complete: bool) -> str:
            return ready_event(self._rooms, room, token, head=head, resume="ok" if complete else "reload").wire()

        try:
            await room.listen(outbox, after, ready)
        except StorageUnavailable as error:
            self._limits.leave(shopper)
            return refusal(error)
        return _EventStream(room, outbox, self._limits, shopper)

    async def transcript(self, session: Session, request: Request) -> Response:
        """All durable events in order, and the number of the last."""
        try:
            room, _, _ = await self._room(session, request)
            events = await self._rooms.transcript(room.id)
        except Exception as error:
            return refusal(error)
        return JSONResponse({"session": room.id, "seq": events[-1]["seq"] if events else 0, "events": events})

    def _admit(self, request: Request) -> None:
        if not self._gate.allows_origin(request.headers.get("origin"), request.headers.get("host", "")):
            raise ForbiddenOrigin("origin: not allowed for this site key")
        if not self._gate.knows_site(request.query_params.get("site", "")):
            raise Unauthorized("site: unknown site key")
        if (wait := self._limits.connect(_address(request))) > 0:
            raise RateLimited(wait)

    async def _room(self, session: str, request: Request) -> tuple[Room, str, str | None]:
        self._admit(request)
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthorized("authorization: expected Bearer and the conversation's token")
        identity = request.headers.get("x-identity")
        subject = self._gate.identify(identity) if identity else None
        room = await self._rooms.resume(session, token, site=request.query_params.get("site", ""), subject=subject)
        return room, token, subject


class _EventStream(StreamingResponse):
    """The outbox as Server-Sent Events; leaves the room however the response ends, even when it never began."""

    def __init__(self, room: Room, outbox: Outbox, limits: Limits, shopper: str) -> None:
        super().__init__(_sse(outbox), media_type="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        self._room, self._outbox, self._limits, self._shopper = room, outbox, limits, shopper

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._room.leave(self._outbox)
            self._limits.leave(self._shopper)


async def _sse(outbox: Outbox) -> AsyncIterator[str]:
    while True:
        try:
            async with asyncio.timeout(KEEP_ALIVE_SECONDS):
                frame = await outbox.next()
        except TimeoutError:
            yield ": still here\n\n"
            continue
        if frame is None:
            return
        event = json.loads(frame)
        durable = "seq" in event and event["type"] != "ready"
        yield (f"id: {event['seq']}\n" if durable else "") + f"data: {frame}\n\n"


def refusal(error: Exception, message_id: str | None = None) -> Response:
    """The error event as the body, with the HTTP status that fits it."""
    if isinstance(error, Unauthorized):
        event = ErrorEvent(code="unauthorized", message=str(error), retryable=False)
    elif isinstance(error, ForbiddenOrigin):
        event = ErrorEvent(code="forbidden_origin", message=str(error), retryable=False)
    else:
        event = error_of(error, message_id)
    headers = {"Retry-After": str(max(1, round(event.retry_after)))} if event.retry_after is not None else None
    return Response(event.wire(), status_code=_STATUS[event.code], media_type="application/json", headers=headers)


async def _body(request: Request) -> bytes:
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_FRAME_BYTES:
            raise BadFrame(f"frame: at most {MAX_FRAME_BYTES} bytes", code="too_large")
    return body


def _after(request: Request) -> int:
    given: Any = request.query_params.get("after") or request.headers.get("last-event-id") or "0"
    if not given.isascii() or not given.isdigit() or len(given) > 15:
        raise BadFrame("after: expected a whole number, 0 or more")
    return int(given)


def _address(request: Request) -> str:
    return request.client.host if request.client else ""
