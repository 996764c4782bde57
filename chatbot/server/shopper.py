"""The shopper's doors: the WebSocket at /v1/chat and its HTTP twin under /v1/conversations.

Decides only who may come in before anything is read: the page's origin and the rate of handshakes are checked before the upgrade, because
a refused upgrade is cheap; everything else is answered inside the socket, where a browser can see the reason.
"""

from __future__ import annotations

import math

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response
from starlette.websockets import WebSocket

from chatbot.rooms import Rooms
from chatbot.server.connection import Admission, Connection
from chatbot.server.limits import Limits
from chatbot.server.twin import Twin


def shopper_routes(rooms: Rooms, gate: Admission, limits: Limits) -> APIRouter:
    """All routes of the chat."""
    router = APIRouter()

    async def chat(socket: WebSocket) -> None:
        denied = _denied(socket, gate, limits)
        if denied is not None:
            await socket.send_denial_response(denied)
            return
        await Connection(socket, rooms, gate, limits).run()

    router.add_api_websocket_route("/v1/chat", chat)
    router.include_router(Twin(rooms, gate, limits).routes())
    return router


def _denied(socket: WebSocket, gate: Admission, limits: Limits) -> Response | None:
    if not gate.allows_origin(socket.headers.get("origin"), socket.headers.get("host", "")):
        body = {"type": "error", "code": "forbidden_origin", "message": "origin: not allowed for this site key", "retryable": False}
        return JSONResponse(body, status_code=403)
    wait = limits.connect(socket.client.host if socket.client else "")
    if wait > 0:
        body = {"type": "error", "code": "rate_limited", "message": "too many connections", "retryable": True, "retry_after": wait}
        return JSONResponse(body, status_code=429, headers={"Retry-After": str(math.ceil(wait))})
    return None
