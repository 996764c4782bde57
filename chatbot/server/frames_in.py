"""What each frame of a shopper does, whichever way it came: over the socket or over HTTP.

Knows the room and the limits, not the wire. Every refusal becomes one `ErrorEvent`, so that both ways say the same.
"""

from __future__ import annotations

import logging
import math
import secrets
from typing import Any

from chatbot.errors import Conflict, Overloaded, StorageUnavailable
from chatbot.frames import BadFrame
from chatbot.ledger import Asked
from chatbot.protocol import (
    CancelFrame,
    ContextFrame,
    ErrorEvent,
    FeedbackFrame,
    HandoffFrame,
    HelloFrame,
    Incoming,
    MessageFrame,
)
from chatbot.room import Room
from chatbot.rooms import Rooms
from chatbot.server.limits import Limits

log = logging.getLogger(__name__)


class RateLimited(Exception):
    """Over the limits; `wait` seconds."""

    def __init__(self, wait: float) -> None:
        super().__init__(f"too many frames, try again in {math.ceil(wait)} s")
        self.wait = wait


class Doer:
    """Carries out the frames of one shopper in one room. `shopper` is the subject of the identity, or the conversation itself."""

    def __init__(self, rooms: Rooms, room: Room, limits: Limits, *, shopper: str, address: str) -> None:
        self._rooms = rooms
        self._room = room
        self._limits = limits
        self._shopper = shopper
        self._address = address

    async def do(self, frame: Incoming) -> Asked | None:
        """What was asked, for a message. Raises what `error_of` explains."""
        if isinstance(frame, MessageFrame):
            return await self._message(frame)
        if (wait := self._limits.frame(self._room.id)) > 0:
            raise RateLimited(wait)
        if isinstance(frame, CancelFrame):
            self._room.cancel(frame.turn)
        elif isinstance(frame, FeedbackFrame):
            await self._feedback(frame)
        elif isinstance(frame, HandoffFrame):
            await self._room.wants_person(frame.reason)
        elif isinstance(frame, ContextFrame):
            await self._context(frame)
        elif isinstance(frame, HelloFrame):
            raise BadFrame("type: hello was said already")
        return None

    async def _message(self, frame: MessageFrame) -> Asked:
        if (wait := self._limits.message(self._room.id, self._shopper, self._address)) > 0:
            raise RateLimited(wait)
        async with self._rooms.place(self._room):
            return await self._room.ask(frame.id, frame.text)

    async def _feedback(self, frame: FeedbackFrame) -> None:
        if not await self._rooms.ledger.rate(self._room.id, frame.turn, frame.rating, frame.comment):
            raise BadFrame("turn: no reply of this conversation has this turn")

    async def _context(self, frame: ContextFrame) -> None:
        await self._rooms.ledger.keep_place(self._room.id, place_of(frame))


def place_of(frame: ContextFrame | HelloFrame) -> dict[str, Any]:
    """The columns to store: only what the frame tells."""
    place: dict[str, Any] = {}
    if frame.page is not None:
        place["page"] = frame.page.model_dump()
    if isinstance(frame, ContextFrame) and frame.cart is not None:
        place["cart"] = frame.cart
    return place


def error_of(error: Exception, message_id: str | None = None) -> ErrorEvent:
    """The frame that explains a refusal; what nobody expected is logged under a reference."""
    if isinstance(error, BadFrame):
        return ErrorEvent(code=error.code, message=str(error), retryable=False, id=error.id or message_id)
    if isinstance(error, Conflict):
        return ErrorEvent(code="conflict", message=str(error), retryable=False, id=message_id)
    if isinstance(error, RateLimited):
        wait = math.ceil(error.wait * 10) / 10
        return ErrorEvent(code="rate_limited", message=str(error), retryable=True, id=message_id, retry_after=wait)
    if isinstance(error, Overloaded):
        return ErrorEvent(code="overloaded", message=str(error), retryable=True, id=message_id, retry_after=error.retry_after)
    if isinstance(error, StorageUnavailable):
        text = "the conversation cannot be stored at the moment; nothing was taken"
        return ErrorEvent(code="storage_unavailable", message=text, retryable=True, id=message_id, retry_after=2)
    reference = secrets.token_hex(4)
    log.error("a frame failed, reference %s", reference, exc_info=error)
    return ErrorEvent(code="internal", message=f"something went wrong, reference {reference}", retryable=True, id=message_id)
