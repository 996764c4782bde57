"""The console: log in, run a question through the same code as live chat, read conversations, see the state of the house.

Everything but the login page needs a session; every POST needs the header X-Console and this server's own origin. Reads only; what
operators correct is in `correcting`.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from fastapi import Path as InPath
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import FileResponse, StreamingResponse

from chatbot.events import Delta, Sources, Status, TurnEvent
from chatbot.messages import Conversation, Message, Page
from chatbot.protocol import MAX_TEXT_POINTS, PageFields
from chatbot.server.auth import origin_of
from chatbot.server.chapters import OPERATORS
from chatbot.server.console_login import Sessions
from chatbot.server.copying import copying_routes
from chatbot.server.correcting import correcting_routes
from chatbot.server.explaining import explaining_routes
from chatbot.server.house import House
from chatbot.server.ordering import ordering_routes
from chatbot.server.recommendations import recommendation_console_routes
from chatbot.server.sentiments import sentiment_routes
from chatbot.server.told_responses import STREAM_TOLD, told
from chatbot.server.web_files import WEB

_STREAM = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_PROBLEMS = 200
log = logging.getLogger(__name__)


class Login(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"password": "the console's password"}]})

    password: str = Field(max_length=200)


class Said(BaseModel):
    model_config = ConfigDict(extra="forbid")

    speaker: Literal["shopper", "assistant"]
    text: str = Field(max_length=MAX_TEXT_POINTS)


class Trial(BaseModel):
    """A question to try, with what a live conversation would know."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"question": "How long does delivery take?"}]})

    question: str = Field(min_length=1, max_length=MAX_TEXT_POINTS)
    history: list[Said] = Field(default=[], max_length=40)
    locale: str = Field("", max_length=35)
    page: PageFields | None = None


def operator_routes(house: House) -> APIRouter:
    """The page and its API."""
    sessions = Sessions(house.gate, origin_of(house.settings.public_url) if house.settings.public_url else "")
    router = APIRouter()
    router.add_api_route("/console", console_page, methods=["GET", "HEAD"], include_in_schema=False)
    router.include_router(_doors(house, sessions))
    router.include_router(_rooms(house, sessions))
    router.include_router(correcting_routes(house, sessions))
    router.include_router(explaining_routes(house, sessions))
    router.include_router(recommendation_console_routes(house, sessions))
    router.include_router(ordering_routes(house, sessions))
    router.include_router(sentiment_routes(house, sessions))
    router.include_router(copying_routes(house, sessions))
    return router


async def console_page() -> Response:
    page = WEB / "console" / "index.html"
    if not page.is_file():
        raise HTTPException(404, "console: its page is missing from this installation")
    return FileResponse(page, media_type="text/html", headers={"Cache-Control": "no-cache"})


def _doors(house: House, sessions: Sessions) -> APIRouter:
    router = APIRouter(prefix="/console/api", tags=[OPERATORS])

    @router.post(
        "/login",
        dependencies=[Depends(sessions.check_page)],
        summary="Log in",
        response_description="Logged in for 12 hours, by the cookie that came with this answer.",
        responses=told(401, 429),
    )
    async def login(body: Login, request: Request, response: Response) -> dict[str, bool]:
        address = request.client.host if request.client else ""
        if (wait := sessions.blocked(address)) > 0:
            raise HTTPException(429, f"console: too many wrong passwords; try again in {wait:.0f} s", {"Retry-After": f"{wait + 1:.0f}"})
        sessions.tried(address)
        if not await asyncio.to_thread(house.gate.check_console, body.password):
            log.warning("a wrong console password came from %s", address)
            raise HTTPException(401, "console: wrong password")
        sessions.begin(address, request, response)
        return {"ok": True}

    @router.post(
        "/logout",
        dependencies=[Depends(sessions.check_page)],
        summary="Log out",
        response_description="Nobody is logged in with this cookie any more.",
    )
    async def logout(request: Request, response: Response) -> dict[str, bool]:
        sessions.end(request, response)
        return {"ok": True}

    return router


def _rooms(house: House, sessions: Sessions) -> APIRouter:
    router = APIRouter(prefix="/console/api", tags=[OPERATORS], dependencies=[Depends(sessions.check)])

    @router.get("/status", summary="The state of the house", response_description="Engine, index, memory, and what runs now.")
    async def status() -> dict[str, Any]:
        return state_of(house)

    @router.post(
        "/test",
        dependencies=[Depends(sessions.check_page)],
        summary="Ask as a shopper would",
        description="A question goes through live chat's code, and nothing is stored. Server-Sent Events.",
        response_class=StreamingResponse,
        response_description="`status`, `sources`, `delta` events and one `reply` with its trace.",
        responses=STREAM_TOLD,
    )
    async def test(body: Trial) -> Response:
        return StreamingResponse(_trial(house, body), media_type="text/event-stream", headers=_STREAM)

    @router.get(
        "/conversations",
        summary="Conversations, the newest first",
        response_description="One line for each: when it was, its language, its last words.",
    )
    async def conversations(
        before: Annotated[int | None, Query(ge=0, description="`last` of the last line seen")] = None,
        limit: Annotated[int, Query(ge=1, le=200, description="How many at most.", examples=[20])] = 50,
    ) -> dict[str, Any]:
        return {"items": [asdict(item) for item in await house.rooms.conversations(limit=limit, before=before)]}

    @router.get(
        "/conversations/{conversation}",
        summary="One conversation",
        description="With how each reply came about.",
        response_description="All its events in order.",
        responses=told(404),
    )
    async def transcript(conversation: Annotated[str, InPath(description="Its `id` in the list.")]) -> dict[str, Any]:
        events = await house.rooms.transcript(conversation, trace=True)
        if not events:
            raise HTTPException(404, f"console: no conversation {conversation[:80]!r}")
        return {"id": conversation, "events": events}

    return router


def state_of(house: House) -> dict[str, Any]:
    knowledge, report = house.knowledge, house.report
    return {
        "shop": house.shop_name,
        "site_key": house.gate.site_key,
        "languages": list(knowledge.languages),
        "engine": {"kind": house.settings.engine, "name": house.engine.name, "context_window": house.engine.context_window},
        "degraded": house.health.degraded,
        "index": {
            "version": knowledge.version,
            "built_at": knowledge.manifest.built_at,
            "encoders": sorted({entry.encoder for entry in knowledge.manifest.vectors}),
            "products": len(knowledge.products()),
            "documents": report.documents,
            "passages": report.passages,
            "problems": [str(problem) for problem in report.problems[:_PROBLEMS]],
            "problem_count": len(report.problems),
        },
        "memory_mb": memory_megabytes(),
        "uptime_seconds": round(time.time() - house.health.started),
        "active_turns": house.rooms.active_turns,
        "listeners": house.rooms.listeners,
    }


def memory_megabytes() -> int | None:
    """What the process holds now; None where the system does not say."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    return next((int(line.split()[1]) // 1024 for line in status.splitlines() if line.startswith("VmRSS:")), None)


async def _trial(house: House, trial: Trial) -> AsyncIterator[str]:
    messages = (*(Message(item.speaker, item.text) for item in trial.history), Message("shopper", trial.question))
    page = Page(trial.page.url, trial.page.title, trial.page.product_id) if trial.page else None
    conversation = Conversation("console", messages, locale=trial.locale, page=page)
    try:
        async with aclosing(house.assistant.reply(conversation)) as events:
            async for event in events:
                yield _sse(_event(event))
    except Exception as error:
        log.exception("a trial failed")
        yield _sse({"type": "error", "message": f"{type(error).__name__}: {error}"})


def _event(event: TurnEvent) -> dict[str, Any]:
    if isinstance(event, Status):
        return {"type": "status", "stage": event.stage}
    if isinstance(event, Sources):
        return {"type": "sources", "items": event.items}
    if isinstance(event, Delta):
        return {"type": "delta", "text": event.text}
    names = ("text", "finish", "citations", "sources", "usage", "handoff", "trace")
    return {"type": "reply"} | {name: getattr(event, name) for name in names}


def _sse(event: dict[str, Any]) -> str:
    return f"data: {json.dumps(event, ensure_ascii=False, default=_plain)}\n\n"


def _plain(value: Any) -> Any:
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else str(value)
