"""The shopper's doors: the WebSocket at /v1/chat and its HTTP twin under /v1/conversations.

Only the page's origin is checked before the upgrade; everything else is answered inside the socket, where a browser can see the reason.
"""

from __future__ import annotations

from fastapi import APIRouter
from starlette.websockets import WebSocket

from chatbot.rooms import Rooms
from chatbot.server.connection import Admission, Connection
from chatbot.server.limits import Limits
from chatbot.server.twin import Twin


def shopper_routes(rooms: Rooms, gate: Admission, limits: Limits) -> APIRouter:
    """All routes of the chat."""
    router = APIRouter()

    async def chat(socket: WebSocket) -> None:
        if gate.allows_origin(socket.headers.get("origin"), socket.headers.get("host", "")):
            await Connection(socket, rooms, gate, limits).run()
        else:
            await socket.close()  # before the upgrade: HTTP 403

    router.add_api_websocket_route("/v1/chat", chat)
    router.include_router(Twin(rooms, gate, limits).routes())
    return router
