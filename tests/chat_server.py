"""A real chat server for tests: uvicorn on a free port with the shopper's routes over real rooms, and a client that keeps a strict log."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from chatbot.database import Database
from chatbot.rooms import Rooms
from chatbot.running_turn import Assistant
from chatbot.server.limits import Limits, Rate
from chatbot.server.shopper import shopper_routes
from tests.fakes import FakeGate

USER_TIMEOUT_MS = 3_000
UNLIMITED = Rate(1e6, 1e6)


def generous() -> Limits:
    """Limits that no test reaches by accident; the number of sockets stays what it is."""
    return Limits(conversation=UNLIMITED, shopper=UNLIMITED, address=UNLIMITED, connects=UNLIMITED, frames=UNLIMITED)


def listening(port: int = 0) -> socket.socket:
    """A listening socket whose connections are given up when the peer does not take what was sent."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # asyncio sets it only on sockets that name their protocol
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 64 * 1024)  # what the kernel holds for a stalled reader is bounded too
    sock.bind(("127.0.0.1", port))
    return sock


def uvicorn_server(app: FastAPI) -> uvicorn.Server:
    config = uvicorn.Config(
        app, ws="websockets-sansio", ws_max_size=16 * 1024, ws_per_message_deflate=False, lifespan="off", log_level="warning"
    )
    return uvicorn.Server(config)


@dataclass
class ChatServer:
    port: int
    rooms: Rooms
    database: Database
    limits: Limits

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def connect(self, site: str = "shop", **options: Any) -> connect:
        return connect(f"ws://127.0.0.1:{self.port}/v1/chat?site={site}", compression=None, **options)

    @asynccontextmanager
    async def shopper(self, **hello: Any) -> AsyncIterator[Shopper]:
        async with self.connect() as wire:
            shopper = Shopper(wire)
            await shopper.send(type="hello", **hello)
            await shopper.until("ready")
            yield shopper


@asynccontextmanager
async def chat_server(folder: Path, assistant: Assistant, *, limits: Limits | None = None, **options: Any) -> AsyncIterator[ChatServer]:
    """A running server on the database chat.db of this folder."""
    database = await Database.open(f"sqlite:///{folder}/chat.db")
    rooms = Rooms(database, assistant, greeting=lambda locale: (f"Hello ({locale})", ["Where is my order?"]), **options)
    await rooms.start()
    limits = limits or generous()
    app = FastAPI()
    app.include_router(shopper_routes(rooms, FakeGate(), limits))
    server = uvicorn_server(app)
    sock = listening()
    running = asyncio.create_task(server.serve(sockets=[sock]))
    try:
        while not server.started:  # noqa: ASYNC110 - uvicorn offers nothing to wait for
            await asyncio.sleep(0.005)
        yield ChatServer(sock.getsockname()[1], rooms, database, limits)
    finally:
        await rooms.drain(0.2)
        server.should_exit = True
        server.force_exit = True
        await running
        sock.close()
        await database.close()


class Shopper:
    """One socket of a client. `seen` is every frame in order; `ready` the answer to hello."""

    def __init__(self, wire: ClientConnection) -> None:
        self.wire = wire
        self.seen: list[dict[str, Any]] = []

    @property
    def ready(self) -> dict[str, Any]:
        return next(event for event in self.seen if event["type"] == "ready")

    @property
    def resuming(self) -> dict[str, Any]:
        """The fields of a hello that resumes after everything seen here."""
        last = max((event["seq"] for event in self.seen if "seq" in event and event["type"] != "ready"), default=0)
        return {"session": self.ready["session"], "token": self.ready["token"], "after": last}

    async def send(self, **frame: Any) -> None:
        await self.wire.send(json.dumps(frame))

    async def ask(self, text: str, message_id: str | None = None) -> str:
        message_id = message_id or str(uuid.uuid4())
        await self.send(type="message", id=message_id, text=text)
        return message_id

    async def next(self, seconds: float = 5.0) -> dict[str, Any]:
        async with asyncio.timeout(seconds):
            event = json.loads(await self.wire.recv())
        self.seen.append(event)
        return event

    async def until(self, kind: str, seconds: float = 5.0, **fields: Any) -> dict[str, Any]:
        """Read on until an event of this type with these fields comes."""
        async with asyncio.timeout(seconds):
            while True:
                event = await self.next(seconds)
                if event["type"] == kind and all(event.get(name) == value for name, value in fields.items()):
                    return event

    async def closed(self, seconds: float = 5.0) -> int | None:
        """Read on until the server closes; its code."""
        async with asyncio.timeout(seconds):
            with contextlib.suppress(ConnectionClosed):
                while True:
                    self.seen.append(json.loads(await self.wire.recv()))
        return self.wire.close_code

    def shown(self, turn: str) -> str:
        """What a client shows of a turn, from deltas and snapshots alone; fails on a hole or an overlap."""
        text = ""
        for event in self.seen:
            if event.get("turn") != turn:
                continue
            if event["type"] == "snapshot":
                assert event["offset"] == len(event["text"])
                text = event["text"]
            elif event["type"] == "delta":
                assert event["offset"] == len(text), (event, text)
                text += event["text"]
        return text
