"""One shopper on a real WebSocket: asks, cancels, goes on after a break, and notes when each thing came.

Every shopper has an address of their own (the server believes X-Forwarded-For from the loopback), so that the limits of one address
are those of one shopper here too. Knows the protocol, no model and no load. Times are milliseconds since the message was sent.
"""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from tests.bench.turns import SITE, TURN_SECONDS, Running


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and how it went. `place`: the how-manieth of its conversation. `error`: the code, empty when there was none.

    `busy`: the engine had no room: the shopper got the shop's own text in place of the model's, or the error `overloaded`.
    """

    question: str
    place: int
    first: float
    last: float
    written: bool
    finish: str
    busy: bool = False
    error: str = ""


@dataclass(slots=True)
class _Seen:
    """What came of the turn that runs."""

    began: float
    id: str
    turn: str = ""
    first: float = 0.0
    text: str = ""
    error: str = ""
    times: dict[str, float] = field(default_factory=dict)


class Shopper:
    """`async with Shopper(server, number) as shopper: await shopper.ask(…)`."""

    def __init__(self, server: Running, number: int, locale: str = "en") -> None:
        self._address = f"{server.url.replace('http', 'ws', 1)}/v1/chat?site={SITE}"
        self._headers = {"X-Forwarded-For": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"}
        self._locale = locale
        self._wire: ClientConnection | None = None
        self._known: dict[str, Any] = {}
        self.seq = 0
        self.place = 0
        self.asked = 0
        self.seconds_to_ready = 0.0

    async def __aenter__(self) -> Shopper:
        await self.enter()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.leave()

    async def enter(self) -> None:
        """Open the socket; a conversation that was begun goes on."""
        self._wire = await connect(self._address, compression=None, max_size=2**22, open_timeout=60, additional_headers=self._headers)
        hello: dict[str, Any] = {"type": "hello", "locale": self._locale}
        if self._known:
            hello |= {"session": self._known["session"], "token": self._known["token"], "after": self.seq}
        await self._wire.send(json.dumps(hello))
        async with asyncio.timeout(TURN_SECONDS):
            ready = await self._event()
        if ready["type"] != "ready":
            raise RuntimeError(f"expected ready, got {ready}")
        self._known = {"session": ready["session"], "token": ready["token"]}

    async def leave(self) -> None:
        """Close the socket as a browser does that leaves the page."""
        wire, self._wire = self._wire, None
        if wire is not None:
            await wire.close()

    def drop(self) -> None:
        """Cut the connection in the middle, without a word."""
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.transport.abort()

    def begin_again(self) -> None:
        """The next `enter` begins another conversation."""
        self._known, self.seq, self.place = {}, 0, 0

    async def ask(self, question: str) -> Turn:
        """Ask and wait for the whole reply. Raises TimeoutError when there is none within the time of a turn."""
        seen = await self.send(question)
        async with asyncio.timeout(TURN_SECONDS):
            return await self.rest(question, seen)

    async def send(self, question: str) -> _Seen:
        self.place += 1
        self.asked += 1
        seen = _Seen(time.perf_counter(), str(uuid.uuid4()))
        await self._send({"type": "message", "id": seen.id, "text": question})
        return seen

    async def cancel(self, seen: _Seen) -> None:
        """Stop the turn that runs, as soon as its name is known; one that was refused has none."""
        while not seen.turn and not seen.error:
            await self._note(seen)
        if seen.turn:
            await self._send({"type": "cancel", "turn": seen.turn})

    async def rest(self, question: str, seen: _Seen) -> Turn:
        """What is left of the turn, to its reply."""
        event = None
        while event is None and (seen.turn or not seen.error):
            event = await self._note(seen)
        last = (time.perf_counter() - seen.began) * 1000
        if event is None or event["type"] == "error":
            return Turn(question, self.place, last, last, False, "refused", seen.error == "overloaded", seen.error)
        written = event["usage"]["completion_tokens"] > 0
        # a turn for which the engine has no room is answered with the shop's own text: `fallback`, and no token of the model's
        busy = seen.error == "overloaded" or (event["finish"] == "fallback" and not written)
        return Turn(question, self.place, seen.first or last, last, written, event["finish"], busy, seen.error)

    async def _note(self, seen: _Seen) -> dict[str, Any] | None:
        """One event; the one that ends the turn is returned: its reply, or an error that refused the message."""
        event = await self._event()
        kind = event["type"]
        if kind == "message" and event["id"] == seen.id:
            seen.turn = event["turn"]
        elif kind == "error" and event.get("id") == seen.id:
            seen.error = event["code"]
            return None if seen.turn else event
        elif event.get("turn") != seen.turn or not seen.turn:
            return None
        elif kind in ("delta", "snapshot"):
            seen.first = seen.first or (time.perf_counter() - seen.began) * 1000
        return event if kind == "reply" else None

    async def _send(self, frame: dict[str, Any]) -> None:
        assert self._wire is not None, "enter first"
        await self._wire.send(json.dumps(frame))

    async def _event(self) -> dict[str, Any]:
        assert self._wire is not None, "enter first"
        event: dict[str, Any] = json.loads(await self._wire.recv())
        self.seq = max(self.seq, event.get("seq", 0))
        return event
