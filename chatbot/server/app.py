"""The shop's HTTP face: all routes of an open house put together, and the door that answers before the house is open.

`Door` is what uvicorn runs: the health calls always work, everything else goes to the house once it is open and is asked to come back until
then. `create_app` makes the house's own application; nothing is created at import.
"""

from __future__ import annotations

from functools import partial

from fastapi import FastAPI
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from chatbot.engines.switching import SwitchingEngine
from chatbot.protocol import CLOSE_RESTART
from chatbot.server.api import api_routes
from chatbot.server.api_page import api_page_routes
from chatbot.server.doorway import Doorway
from chatbot.server.health import Health, health_routes
from chatbot.server.house import House, open_house
from chatbot.server.metrics import CountedSockets
from chatbot.server.openai import openai_routes
from chatbot.server.opening import open_engine, open_knowledge
from chatbot.server.operators import operator_routes
from chatbot.server.pulse import pulse_routes
from chatbot.server.recommendations import recommendation_routes
from chatbot.server.shopper import shopper_routes
from chatbot.server.storefront import storefront_routes
from chatbot.server.web_files import web_routes

__all__ = ["Door", "House", "create_app", "open_engine", "open_house", "open_knowledge"]
VERSION = "0.1.0"
_HEALTH = ("/healthz", "/readyz", "/metrics")
_WAIT_PAGE = (
    '<!doctype html><html lang="{language}"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>{title}</title><h1>{title}</h1><p>{text}</p></html>"
)

_DESCRIPTION = (
    "Everything that the shop's assistant does, over HTTP. Each call has a command to paste into a shell and a form to try it. "
    "Bodies are JSON of at most 256 KB where nothing else is said; dates are ISO 8601, prices decimal strings. A refusal says in "
    "`detail`, `error` or an error event what was expected and what came; `429` and `503` come with `Retry-After`. "
    "The WebSocket at `/v1/chat` speaks the frames of the shoppers' calls."
)


def create_app(house: House) -> FastAPI:
    """All routes of an open house."""
    house.health.metrics.watch_slots(house.engine)
    if isinstance(house.engine, SwitchingEngine):
        house.engine.on_switch(partial(_show_engine, house.health))
    app = FastAPI(
        title="Shop chatbot",
        version=VERSION,
        description=_DESCRIPTION,
        openapi_url=None,  # FastAPI's own pages load scripts from a foreign host: `api_page` has one that does not
    )
    app.include_router(health_routes(house.health))
    app.include_router(shopper_routes(house.rooms, house.gate, house.limits))
    app.include_router(api_routes(house))
    app.include_router(recommendation_routes(house))
    app.include_router(openai_routes(house))
    app.include_router(operator_routes(house))
    app.include_router(storefront_routes(house))
    app.include_router(web_routes())
    app.include_router(pulse_routes())
    app.include_router(api_page_routes(app, house))
    app.add_middleware(Doorway, gate=house.gate)
    app.add_middleware(CountedSockets, metrics=house.health.metrics)
    return app


def _show_engine(health: Health, name: str) -> None:
    health.engine = name


class Door:
    """The application that listens from the first moment. Put the house's application into `inside` when it is open."""

    def __init__(self, health: Health) -> None:
        self.inside: ASGIApp | None = None
        self._health = health
        self._porch = FastAPI(openapi_url=None)
        self._porch.include_router(health_routes(health))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.inside is not None:
            await self.inside(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] in _HEALTH:
            await self._porch(scope, receive, send)
        elif scope["type"] == "http":
            await self._come_back(scope)(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.close", "code": CLOSE_RESTART})

    def _come_back(self, scope: Scope) -> Response:
        headers = {name.lower(): value for name, value in scope["headers"]}
        retry = {"Retry-After": "2", "Cache-Control": "no-store"}
        if b"text/html" not in headers.get(b"accept", b""):
            return JSONResponse({"error": {"code": "starting", "message": f"not ready yet: {self._health.stage}"}}, 503, retry)
        chinese = headers.get(b"accept-language", b"").lower().startswith(b"zh")
        title, text = ("马上就好", "店铺正在开门，请稍候。") if chinese else ("Just a moment", "The shop is opening.")
        page = _WAIT_PAGE.format(language="zh" if chinese else "en", title=title, text=text)
        return HTMLResponse(page, 503, retry | {"Refresh": "2"})  # the page asks again by itself
