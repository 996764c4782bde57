"""One shopper's WebSocket: hello, then frames in and an outbox out, until one side goes.

Knows the socket and the room's doors. The reader and the writer never wait for each other, so a shopper who stops reading can still be
heard, and no frame that comes, however broken, ends without an `error` frame or a close code of the protocol.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Protocol

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from chatbot.errors import StorageUnavailable, Unauthorized
from chatbot.frames import BadFrame, parse_frame
from chatbot.outbox import Outbox
from chatbot.protocol import (
    CLOSE_ABUSE,
    CLOSE_BAD_FRAMES,
    CLOSE_NO_HELLO,
    CLOSE_RESTART,
    CLOSE_SLOW,
    CLOSE_TOO_LARGE,
    CLOSE_TOO_MANY_SOCKETS,
    CLOSE_UNAUTHORIZED,
    HELLO_SECONDS,
    MAX_BAD_FRAMES,
    ErrorEvent,
    HelloFrame,
    Incoming,
    MessageFrame,
    ReadyEvent,
    Resume,
)
from chatbot.room import Room
from chatbot.rooms import Rooms
from chatbot.server.frames_in import Doer, RateLimited, error_of, place_of
from chatbot.server.limits import Limits

SEND_SECONDS = 10.0
CLOSE_TRY_LATER = 4000
_MOST_REFUSALS = 20
_CLOSING_SECONDS = 1.0
log = logging.getLogger(__name__)


class Admission(Protocol):
    """What the chat asks the gate; `chatbot/server/auth.py` has the real one."""

    def knows_site(self, key: str) -> bool: ...
    def allows_origin(self, origin: str | None, host: str) -> bool: ...
    def identify(self, token: str) -> str: ...


class Gone(Exception):
    """The socket is to be closed with `code`, or is closed already (None)."""

    def __init__(self, code: int | None = None) -> None:
        super().__init__(code)
        self.code = code


def ready_event(rooms: Rooms, room: Room, token: str, *, head: int, resume: Resume) -> ReadyEvent:
    greeting, suggestions = rooms.greeting(room.locale)
    return ReadyEvent(
        session=room.id,
        token=token,
        seq=head,
        resume=resume,
        locale=room.locale,
        greeting=greeting or None,
        suggestions=suggestions or None,
    )


class Connection:
    """Run it once with `run`."""

    def __init__(self, socket: WebSocket, rooms: Rooms, gate: Admission, limits: Limits) -> None:
        self._socket = socket
        self._rooms = rooms
        self._gate = gate
        self._limits = limits
        self._site = socket.query_params.get("site", "")
        self._address = socket.client.host if socket.client else ""
        self._outbox = Outbox()
        self._strikes = 0
        self._refusals = 0

    async def run(self) -> None:
        await self._socket.accept()
        try:
            await self._serve()
        except Gone as gone:
            if gone.code is not None:
                await self._close(gone.code)

    async def _serve(self) -> None:
        if not self._rooms.ready:
            raise Gone(CLOSE_RESTART)
        if (wait := self._limits.connect(self._address)) > 0:
            await self._send(error_of(RateLimited(wait)).wire())
            raise Gone(CLOSE_TRY_LATER)
        if not self._gate.knows_site(self._site):
            await self._refuse("site: unknown site key")
        hello = await self._hello()
        room, token, subject, resumed = await self._admit(hello)
        shopper = subject or room.id
        if not self._limits.enter(shopper):
            raise Gone(CLOSE_TOO_MANY_SOCKETS)
        try:
            await self._join(room, token, hello, resumed)
            doer = Doer(self._rooms, room, self._limits, shopper=shopper, address=self._address)
            await self._until_one_side_goes(doer)
        finally:
            room.leave(self._outbox)
            self._limits.leave(shopper)

    # -- hello -------------------------------------------------------------------------------------------------------------------

    async def _hello(self) -> HelloFrame:
        try:
            async with asyncio.timeout(HELLO_SECONDS):
                while True:
                    try:
                        frame = parse_frame(await self._receive())
                        if isinstance(frame, HelloFrame):
                            return frame
                        raise BadFrame("type: expected hello as the first frame")
                    except BadFrame as error:
                        await self._send(error_of(error).wire())
                        if (code := self._strike(error)) is not None:
                            raise Gone(code) from None
        except TimeoutError:
            raise Gone(CLOSE_NO_HELLO) from None

    async def _admit(self, hello: HelloFrame) -> tuple[Room, str, str | None, bool]:
        """The room, its token, the shopper's subject if proven, whether it is resumed."""
        try:
            subject = self._gate.identify(hello.identity) if hello.identity is not None else None
            if hello.session is not None or hello.token is not None:
                if hello.session is None or hello.token is None:
                    raise Unauthorized("session and token come together")
                room = await self._rooms.resume(hello.session, hello.token, site=self._site, subject=subject)
                return room, hello.token, subject, True
            room, token = await self._rooms.open(self._site, hello.locale or "en", subject)
            return room, token, subject, False
        except Unauthorized as error:
            await self._refuse(str(error))
            raise Gone(CLOSE_UNAUTHORIZED) from error
        except StorageUnavailable as error:
            await self._send(error_of(error).wire())
            raise Gone(CLOSE_TRY_LATER) from error

    async def _join(self, room: Room, token: str, hello: HelloFrame, resumed: bool) -> None:
        def ready(head: int, complete: bool) -> str:
            resume: Resume = "new" if not resumed else "ok" if complete else "reload"
            return ready_event(self._rooms, room, token, head=head, resume=resume).wire()

        try:
            if place := place_of(hello):
                await self._rooms.ledger.keep_place(room.id, place)
            await room.listen(self._outbox, (hello.after or 0) if resumed else 0, ready)
        except StorageUnavailable as error:
            await self._send(error_of(error).wire())
            raise Gone(CLOSE_TRY_LATER) from error

    async def _refuse(self, reason: str) -> None:
        await self._send(ErrorEvent(code="unauthorized", message=reason, retryable=False).wire())
        raise Gone(CLOSE_UNAUTHORIZED)

    # -- both directions ---------------------------------------------------------------------------------------------------------

    async def _until_one_side_goes(self, doer: Doer) -> None:
        writer = asyncio.create_task(self._write())
        reader = asyncio.create_task(self._read(doer))
        try:
            done, _ = await asyncio.wait((reader, writer), return_when=asyncio.FIRST_COMPLETED)
            if reader in done and reader.exception() is None:
                await writer  # the reader asked for a close: what waits goes out first
        finally:
            await _cancelled((reader, writer))

    async def _read(self, doer: Doer) -> None:
        """Until the socket is gone (raises Gone) or the shopper has to go (returns)."""
        while self._outbox.closing is None:
            frame: Incoming | None = None
            try:
                frame = parse_frame(await self._receive())
                asked = await doer.do(frame)
                self._refusals = 0 if asked is not None else self._refusals
                if asked is not None and not asked.fresh:
                    self._outbox.durable(asked.message.wire())
            except (Gone, asyncio.CancelledError):
                raise
            except Exception as error:
                self._explain(error, frame)

    def _explain(self, error: Exception, frame: Incoming | None) -> None:
        self._outbox.durable(error_of(error, frame.id if isinstance(frame, MessageFrame) else None).wire())
        if isinstance(error, BadFrame) and (code := self._strike(error)) is not None:
            self._outbox.close(code)
        if isinstance(error, RateLimited):
            self._refusals += 1
            if self._refusals >= _MOST_REFUSALS:
                self._outbox.close(CLOSE_ABUSE)

    def _strike(self, error: BadFrame) -> int | None:
        """The close code that a bad frame leads to, if any."""
        if error.code == "too_large":
            return CLOSE_TOO_LARGE
        if error.code == "bad_frame":
            self._strikes += 1
        return CLOSE_BAD_FRAMES if self._strikes >= MAX_BAD_FRAMES else None

    async def _write(self) -> None:
        while (frame := await self._outbox.next()) is not None:
            await self._send(frame)
        raise Gone(self._outbox.closing)

    # -- the socket --------------------------------------------------------------------------------------------------------------

    async def _receive(self) -> str:
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            raise Gone
        text = message.get("text")
        if text is None:
            raise BadFrame("frame: expected a text frame, got a binary one")
        return str(text)

    async def _send(self, frame: str) -> None:
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._socket.send_text(frame)
        except TimeoutError:
            raise Gone(CLOSE_SLOW) from None
        except (WebSocketDisconnect, RuntimeError, OSError):
            raise Gone from None

    async def _close(self, code: int) -> None:
        if WebSocketState.DISCONNECTED in (self._socket.application_state, self._socket.client_state):
            return
        try:
            async with asyncio.timeout(_CLOSING_SECONDS):
                await self._socket.close(code)
        except (TimeoutError, WebSocketDisconnect, RuntimeError, OSError):
            log.debug("the socket was gone before it could be closed with %d", code)


async def _cancelled(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Cancel both, wait for both, and raise the close code one of them asked for."""
    for task in tasks:
        task.cancel()
    for outcome in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(outcome, Gone) and outcome.code is not None:
            raise outcome
        if isinstance(outcome, Exception) and not isinstance(outcome, Gone):
            log.error("a connection failed", exc_info=outcome)
