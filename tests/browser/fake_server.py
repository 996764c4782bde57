"""A shop and a chat server whose replies are scripted by the question, for what a real server does only by accident.

It speaks the protocol as the real one does (durable events with `seq`, deltas by code points, resume with snapshot, idempotent ids,
the HTTP twin) and keeps its conversations in memory. Words in a question choose what happens: `slow`, `products`, `drop` (the socket is cut
in mid-reply), `hole` (a durable event is lost on its way), `person`, `unknown`, `fail`, `busy`, `xss`, `list`, `long`.
Run as a child process: `python fake_server.py PORT`.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from fake_pages import pages
from fake_replies import Reply, reply_to
from fastapi import FastAPI, Request, WebSocket, WebSocketDisconnect
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse, StreamingResponse

Event = dict[str, Any]


@dataclass
class Room:
    """One conversation. `running` is the reply so far, for a snapshot; `slowness` the seconds between two deltas."""

    session: str
    token: str
    durable: list[Event] = field(default_factory=list)
    listeners: set[asyncio.Queue[Event]] = field(default_factory=set)
    running: Event | None = None
    task: asyncio.Task[None] | None = None
    known: dict[str, Event] = field(default_factory=dict)
    received: list[Event] = field(default_factory=list)

    def publish(self, event: Event, *, lost: bool = False) -> None:
        if event["type"] in {"message", "reply", "operator", "handler"}:
            event["seq"] = len(self.durable) + 1
            self.durable.append(event)
        if not lost:
            for queue in self.listeners:
                queue.put_nowait(event)

    def ask(self, frame: Event) -> None:
        if frame["id"] in self.known:
            return self.publish_again(self.known[frame["id"]])
        if "busy" in frame["text"] and not any(old.get("id") == frame["id"] for old in self.received[:-1]):
            return self.publish(
                {"type": "error", "code": "rate_limited", "message": "later", "id": frame["id"], "retryable": True, "retry_after": 1}
            )
        turn = f"t{len(self.known) + 1}"
        event = {"type": "message", "id": frame["id"], "turn": turn, "text": frame["text"]}
        self.known[frame["id"]] = event
        self.stop("superseded")
        self.publish(event, lost="hole" in frame["text"])
        self.task = asyncio.create_task(self.answer(turn, reply_to(frame["text"])))
        return None

    def publish_again(self, event: Event) -> None:
        for queue in self.listeners:
            queue.put_nowait(event)

    def stop(self, finish: str) -> None:
        if self.task and self.running:
            self.task.cancel()
            self.finish(self.running, finish)

    def finish(self, so_far: Event, finish: str, citations: list[str] | None = None) -> None:
        self.running = None
        self.publish({**so_far, "type": "reply", "citations": citations or [], "finish": finish, "usage": {}})

    async def answer(self, turn: str, reply: Reply) -> None:
        self.running = {"turn": turn, "text": "", "sources": reply.sources}
        self.publish({"type": "status", "turn": turn, "stage": "searching"})
        await asyncio.sleep(reply.think)
        self.publish({"type": "sources", "turn": turn, "items": reply.sources})
        self.publish({"type": "status", "turn": turn, "stage": "writing"})
        for piece in reply.pieces:
            offset = len(self.running["text"])
            self.running["text"] += piece
            self.publish({"type": "delta", "turn": turn, "offset": offset, "text": piece})
            if reply.drop_at and offset <= reply.drop_at < offset + len(piece):
                self.publish({"type": "drop"})
            await asyncio.sleep(reply.pause)
        self.finish(self.running, reply.finish, reply.citations)
        if reply.handler:
            self.publish({"type": "handler", **reply.handler})


class Rooms:
    def __init__(self) -> None:
        self.all: dict[str, Room] = {}
        self.refused = 0

    def enter(self, hello: Event) -> tuple[Room, Event]:
        """The room of a `hello` and the `ready` that answers it."""
        room = self.all.get(hello.get("session") or "")
        resume = "ok" if room and room.token == hello.get("token") else "new"
        if room is None or resume == "new":
            room = Room(f"c{len(self.all) + 1}", f"secret-{len(self.all) + 1}")
            self.all[room.session] = room
        if resume == "ok" and len(room.durable) - int(hello.get("after") or 0) > 12:
            resume = "reload"
        zh = str(hello.get("locale", "")).startswith("zh")
        return room, {
            "type": "ready",
            "session": room.session,
            "token": room.token,
            "seq": len(room.durable),
            "resume": resume,
            "locale": "zh" if zh else "en",
            "greeting": "您好！想找什么商品，或者想了解配送和退换货吗？"
            if zh
            else "Hello! Looking for something, or wondering about delivery or returns?",
            "suggestions": ["有哪些帐篷？", "怎么退货？", "多久能送到？"]
            if zh
            else ["Which mugs do you have?", "How do returns work?", "When will my order arrive?"],
        }

    def handle(self, room: Room, frame: Event) -> None:
        room.received.append(frame)
        kind = frame["type"]
        if kind == "message":
            room.ask(frame)
        elif kind == "cancel":
            room.stop("cancelled")
        elif kind == "handoff":
            room.publish({"type": "handler", "state": "waiting", "reason": "shopper_asked", "ahead": 2})


def subscribe(room: Room, after: int | None) -> asyncio.Queue[Event]:
    queue: asyncio.Queue[Event] = asyncio.Queue()
    room.listeners.add(queue)
    if after is not None:
        for event in room.durable[after:]:
            queue.put_nowait(event)
    if room.running:
        queue.put_nowait({**room.running, "type": "snapshot", "offset": 0})
    return queue


def create_app() -> FastAPI:
    app = FastAPI()
    rooms = Rooms()
    app.state.rooms = rooms
    app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"])
    app.include_router(pages())

    @app.websocket("/v1/chat")
    async def chat(socket: WebSocket) -> None:
        await socket.accept()
        hello = await socket.receive_json()
        room, ready = rooms.enter(hello)
        await socket.send_json(ready)
        queue = subscribe(room, None if ready["resume"] == "reload" else int(hello.get("after") or 0))
        room.received.append(hello)
        writer = asyncio.create_task(write(socket, queue))
        with suppress(WebSocketDisconnect, RuntimeError):
            while True:
                rooms.handle(room, await socket.receive_json())
        room.listeners.discard(queue)
        writer.cancel()

    @app.post("/{prefix}/v1/conversations")
    async def begin(request: Request, prefix: str) -> Event:
        return rooms.enter(await request.json())[1]

    @app.post("/{prefix}/v1/conversations/{session}/messages", status_code=202)
    async def post(request: Request, prefix: str, session: str) -> Event:
        rooms.handle(rooms.all[session], await request.json())
        return {}

    @app.get("/{prefix}/v1/conversations/{session}/events")
    async def events(prefix: str, session: str, after: int = 0) -> StreamingResponse:
        return StreamingResponse(stream(rooms.all[session], rooms, after), media_type="text/event-stream")

    @app.get("/v1/conversations/{session}/transcript")
    async def transcript(request: Request, session: str) -> JSONResponse:
        room = rooms.all[session]
        if request.headers.get("authorization") != f"Bearer {room.token}":
            return JSONResponse({"code": "unauthorized"}, 401)
        return JSONResponse({"events": room.durable})

    @app.get("/test/rooms")
    async def received() -> list[Event]:
        return [{"session": room.session, "received": room.received, "durable": room.durable} for room in rooms.all.values()]

    @app.post("/test/say/{session}")
    async def say(session: str, request: Request) -> Event:
        rooms.all[session].publish(await request.json())
        return {}

    return app


async def write(socket: WebSocket, queue: asyncio.Queue[Event]) -> None:
    with suppress(WebSocketDisconnect, RuntimeError):
        while True:
            event = await queue.get()
            if event["type"] == "drop":
                return await socket.close(1012)
            await socket.send_json(event)


async def stream(room: Room, rooms: Rooms, after: int) -> AsyncIterator[str]:
    ready = rooms.enter({"session": room.session, "token": room.token, "after": after})[1]
    queue = subscribe(room, after)
    try:
        yield f"data: {json.dumps(ready)}\n\n"
        while True:
            yield f"data: {json.dumps(await queue.get())}\n\n"
    finally:
        room.listeners.discard(queue)


if __name__ == "__main__":
    uvicorn.run(create_app(), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", timeout_graceful_shutdown=1)
