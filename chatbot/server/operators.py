"""The console's API: log in, run a question through the same code as live chat, read conversations, see the state of the house.

A session is a random token in a cookie that scripts cannot read, kept in memory for 12 hours: a restart logs operators out. Every POST needs
the header X-Console and this server's own origin, so that no other page can act for an operator.
"""

from __future__ import annotations

import json
import resource
import secrets
import sys
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import asdict, is_dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from fastapi.responses import FileResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from chatbot.events import Delta, Reply, Sources, Status, TurnEvent
from chatbot.messages import Conversation, Message, Page
from chatbot.server.house import House

COOKIE = "console"
HOURS = 12
_TRIES, _WINDOW = 5, 300.0
WEB = Path(__file__).resolve().parents[2] / "web"


class Login(BaseModel):
    model_config = ConfigDict(extra="forbid")
    password: str = Field(max_length=200)


class Said(BaseModel):
    model_config = ConfigDict(extra="forbid")
    speaker: Literal["shopper", "assistant"]
    text: str = Field(max_length=4000)


class TestQuestion(BaseModel):
    model_config = ConfigDict(extra="forbid")
    question: str = Field(min_length=1, max_length=4000)
    history: list[Said] = Field(default=[], max_length=20)
    locale: str = Field("", max_length=20)
    page: str = Field("", max_length=200, description="Product id of the page the shopper is on.")


class Sessions:
    """Who is logged in, and how often an address has guessed wrong."""

    def __init__(self) -> None:
        self._ends: dict[str, float] = {}
        self._wrong: defaultdict[str, deque[float]] = defaultdict(deque)

    def blocked(self, address: str) -> float:
        """Seconds until this address may try again; 0 when it may now."""
        tries = self._wrong[address]
        while tries and tries[0] < time.monotonic() - _WINDOW:
            tries.popleft()
        return tries[0] + _WINDOW - time.monotonic() if len(tries) >= _TRIES else 0.0

    def failed(self, address: str) -> None:
        self._wrong[address].append(time.monotonic())

    def begin(self) -> str:
        token = secrets.token_urlsafe(32)
        self._ends[token] = time.monotonic() + HOURS * 3600
        return token

    def end(self, token: str) -> None:
        self._ends.pop(token, None)

    def holds(self, token: str) -> bool:
        return self._ends.get(token, 0.0) > time.monotonic()


def operator_routes(house: House) -> APIRouter:
    router = APIRouter(tags=["console"])
    sessions = Sessions()

    def logged_in(request: Request) -> None:
        if not sessions.holds(request.cookies.get(COOKIE, "")):
            raise HTTPException(401, "console: log in first")

    def own_page(request: Request) -> None:
        origin = request.headers.get("origin")
        if request.headers.get("x-console") != "1" or (origin and not house.gate.is_own(origin, request.headers.get("host", ""))):
            raise HTTPException(403, "console: expected the header X-Console: 1 from this server's own page")

    guarded, posted = [Depends(logged_in)], [Depends(own_page), Depends(logged_in)]

    @router.get("/console", include_in_schema=False)
    async def page() -> FileResponse:
        return FileResponse(WEB / "console" / "index.html", headers={"Cache-Control": "no-cache"})

    @router.post("/console/api/login", dependencies=[Depends(own_page)], summary="Log in; sets a cookie")
    async def login(body: Login, request: Request, response: Response) -> dict[str, bool]:
        address = request.client.host if request.client else ""
        if wait := sessions.blocked(address):
            raise HTTPException(429, f"console: too many wrong passwords, try again in {wait:.0f} s", {"Retry-After": str(int(wait) + 1)})
        if not house.gate.check_console(body.password):
            sessions.failed(address)
            raise HTTPException(401, "console: wrong password")
        secure = request.url.scheme == "https"
        response.set_cookie(
            COOKIE, sessions.begin(), max_age=HOURS * 3600, httponly=True, samesite="strict", secure=secure, path="/console"
        )
        return {"ok": True}

    @router.post("/console/api/logout", dependencies=posted, summary="Log out")
    async def logout(request: Request, response: Response) -> dict[str, bool]:
        sessions.end(request.cookies.get(COOKIE, ""))
        response.delete_cookie(COOKIE, path="/console")
        return {"ok": True}

    @router.get("/console/api/status", dependencies=guarded, summary="The state of the house")
    async def status() -> dict[str, Any]:
        return _status(house)

    @router.post("/console/api/test", dependencies=posted, summary="Run a question through live chat's code; SSE")
    async def test(body: TestQuestion) -> StreamingResponse:
        return StreamingResponse(
            _test(house, body), media_type="text/event-stream", headers={"X-Accel-Buffering": "no", "Cache-Control": "no-cache"}
        )

    @router.get("/console/api/conversations", dependencies=guarded, summary="Conversations, the latest first")
    async def conversations(
        before: Annotated[int | None, Query(ge=0)] = None, limit: Annotated[int, Query(ge=1, le=200)] = 50
    ) -> dict[str, Any]:
        found = await house.rooms.conversations(limit=limit, before=before)
        return {"items": [asdict(item) for item in found]}

    @router.get("/console/api/conversations/{name}", dependencies=guarded, summary="One transcript")
    async def transcript(name: str) -> dict[str, Any]:
        events = await house.rooms.transcript(name, trace=True)
        if not events:
            raise HTTPException(404, f"console: no conversation {name[:80]!r}")
        return {"events": events}

    return router


def _status(house: House) -> dict[str, Any]:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    report = house.report
    return {
        "shop": house.knowledge.profile.name,
        "engine": house.engine.name,
        "model": house.settings.model or "SmolLM2-135M-Instruct",
        "degraded": house.health.degraded,
        "index": {
            "version": house.knowledge.version,
            "products": report.products,
            "documents": report.documents,
            "passages": report.passages,
            "problems": [str(problem) for problem in report.problems[:50]],
        },
        "languages": list(house.knowledge.languages),
        "memory_mb": round(peak / (1024 if sys.platform != "darwin" else 1024 * 1024)),
        "uptime_s": round(time.time() - house.health.started),
        "active_turns": house.rooms.active_turns,
        "listeners": house.rooms.listeners,
        "site_key": house.gate.site_key,
        "version": "0.1.0",
    }


async def _test(house: House, body: TestQuestion) -> AsyncIterator[str]:
    messages = (*(Message(item.speaker, item.text) for item in body.history), Message("shopper", body.question))
    page = Page(product_id=body.page) if body.page else None
    async with aclosing(house.assistant.reply(Conversation("console", messages, locale=body.locale, page=page))) as events:
        async for event in events:
            yield f"data: {json.dumps(_event(event), ensure_ascii=False, default=_plain)}\n\n"


def _event(event: TurnEvent) -> dict[str, Any]:
    if isinstance(event, Status):
        return {"type": "status", "stage": event.stage}
    if isinstance(event, Sources):
        return {"type": "sources", "items": event.items}
    if isinstance(event, Delta):
        return {"type": "delta", "text": event.text}
    assert isinstance(event, Reply)
    fields = ("text", "finish", "citations", "sources", "usage", "handoff", "trace")
    return {"type": "reply"} | {name: getattr(event, name) for name in fields}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else str(value)
