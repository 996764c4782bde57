"""What every response carries and what every request must keep to: security headers, CORS for allowed origins, a limit on bodies.

A plain ASGI middleware: a stream passes through it piece by piece, and a shopper who goes away is heard of.
"""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chatbot.server.auth import Gate

MAX_BODY = 256 * 1024
_LARGER = {"/v1/orders": 2 << 20}  # a thousand orders of several lines each
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
_UPLOADS = ("/v1/copy/file", "/console/api/reviews")  # these look at the session first, and then at the size of the file themselves
_SHARED = "/v1/"  # what a shop's own pages may call from their origin


class Doorway:
    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self._app = app
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        shared = scope["path"].startswith(_SHARED)
        own_limit = scope["path"] in _UPLOADS
        allowed = shared and origin is not None and self._gate.allows_origin(origin, headers.get("host", ""))

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                _complete(MutableHeaders(scope=message), origin if allowed else None, shared)
            await send(message)

        answer = self._refusal(scope, headers, shared, allowed)
        await (answer or self._app)(scope, receive if own_limit else _limited(receive, _most(scope)), sending)

    @staticmethod
    def _refusal(scope: Scope, headers: Headers, shared: bool, allowed: bool) -> Response | None:
        if scope["method"] == "OPTIONS" and shared and "access-control-request-method" in headers:
            return Response(status_code=204 if allowed else 403)
        if shared and "origin" in headers and not allowed:
            return JSONResponse({"error": {"code": "forbidden_origin", "message": "this page's origin is not allowed"}}, 403)
        length = headers.get("content-length", "0")
        if not length.isdigit() or (int(length) > _most(scope) and scope["path"] not in _UPLOADS):
            return JSONResponse({"error": {"code": "too_large", "message": f"expected a body of at most {_most(scope)} bytes"}}, 413)
        return None


def _complete(headers: MutableHeaders, origin: str | None, shared: bool) -> None:
    for name, value in _HEADERS.items():
        headers.setdefault(name, value)
    if shared:
        headers.add_vary_header("Origin")
    if origin is not None:
        headers["Access-Control-Allow-Origin"] = origin
        headers["Access-Control-Allow-Methods"] = "GET, POST"
        headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type, Last-Event-ID, X-Identity"
        headers["Access-Control-Max-Age"] = "600"


def _most(scope: Scope) -> int:
    return _LARGER.get(scope["path"], MAX_BODY)


def _limited(receive: Receive, most: int) -> Receive:
    """A body without a length is cut off where it is too long: the reader then finds it broken."""
    size = 0

    async def receiving() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > most:
            return {"type": "http.request", "body": b"", "more_body": False}
        return message

    return receiving
