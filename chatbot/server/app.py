"""The house's HTTP face: all routes put together, security headers on everything, and an honest answer while it is not open yet."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from chatbot.engine import Engine
from chatbot.server import house as houses
from chatbot.server.api import api_routes
from chatbot.server.health import health_routes
from chatbot.server.house import House
from chatbot.server.limits import Limits
from chatbot.server.openai import openai_routes
from chatbot.server.operators import operator_routes
from chatbot.server.shopper import shopper_routes
from chatbot.server.storefront import storefront_routes
from chatbot.settings import Settings
from knowledge_base.search import KnowledgeBase

MAX_BODY = 256 * 1024
CONTENT_SECURITY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: data:; connect-src 'self' ws: wss:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_ALWAYS_OPEN = ("/healthz", "/readyz", "/metrics")
Next = Callable[[Request], Awaitable[Response]]


def open_knowledge(settings: Settings) -> KnowledgeBase:
    """The shop's knowledge, its index brought up to date. Blocking."""
    settings.data.mkdir(parents=True, exist_ok=True)
    return houses.open_knowledge_with_report(settings)[0]


async def open_engine(settings: Settings) -> Engine:
    """The engine the settings ask for; raises where it cannot be had."""
    return await houses.open_engine(settings)


def create_app(house: House, limits: Limits | None = None) -> FastAPI:
    """The application over a house that may still be opening; `mount` adds the routes that need it open."""
    app = FastAPI(title="shop-chatbot", version="0.1.0", description="The assistant of one shop.", docs_url=None, redoc_url=None)
    app.state.house = house
    app.state.limits = limits or Limits()
    app.state.mounted = False
    app.include_router(health_routes(house))
    app.middleware("http")(_guard(house))
    return app


def mount(app: FastAPI) -> None:
    """Add all routes, once the house is open."""
    house: House = app.state.house
    if app.state.mounted:
        return
    app.include_router(shopper_routes(house.rooms, house.gate, app.state.limits))
    app.include_router(api_routes(house))
    app.include_router(openai_routes(house))
    app.include_router(operator_routes(house))
    app.include_router(storefront_routes(house))
    app.state.mounted = True


def _guard(house: House) -> Callable[[Request, Next], Awaitable[Response]]:
    async def guard(request: Request, call_next: Next) -> Response:
        host, origin = request.headers.get("host", ""), request.headers.get("origin")
        allowed = house.gate.cors_origin(origin, host)
        if request.method == "OPTIONS" and origin:
            response: Response = Response(status_code=204 if allowed else 403)
        elif int(request.headers.get("content-length") or 0) > MAX_BODY:
            response = JSONResponse({"error": {"code": "too_large", "message": f"expected at most {MAX_BODY} bytes"}}, 413)
        elif not house.ready and request.url.path not in _ALWAYS_OPEN:
            response = _not_yet(house)
        else:
            response = await call_next(request)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        if allowed and request.url.path.startswith("/v1/"):
            response.headers["Access-Control-Allow-Origin"] = allowed
            response.headers["Access-Control-Allow-Methods"] = "GET, POST"
            response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type, X-Identity"
        response.headers.append("Vary", "Origin")
        return response

    return guard


def _not_yet(house: House) -> Response:
    return JSONResponse(
        {"error": {"code": "starting", "message": f"the shop's assistant is not ready yet: {house.stage}", "retryable": True}},
        503,
        headers={"Retry-After": "2", "Refresh": "2"},
    )
