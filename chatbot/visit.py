"""Checks of a running server from outside, through whatever proxy stands before it: what a shopper's browser would meet.

Works over plain HTTP and a WebSocket like any client. Invariant: nothing is stored; the one question it asks goes to the OpenAI face, which
keeps nothing, and its WebSocket introduces itself with a site key that no shop has.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.typing import Origin

from chatbot.checkup import Finding
from chatbot.protocol import CLOSE_UNAUTHORIZED

PATIENCE = 30.0
STRANGER = "https://stranger.invalid"
QUESTION = "How long does delivery take?"
TICKS, SENT_OVER = 5, 0.4  # see server/pulse.py
WANTED_HEADERS = {"content-security-policy": "default-src 'none'", "x-content-type-options": "nosniff", "referrer-policy": "strict-origin"}

REACH = "check the address, that the server runs, and that the proxy forwards every path to it"
WAIT = "wait until it is ready, or see the log of the server"
DEGRADED = "run `chatbot doctor` without --url on the server's machine"
OWN_HEADERS = "let the proxy pass the server's own headers"
FORWARD_WEB = "let the proxy forward /web/ with its headers unchanged"
CORS = "let no proxy add Access-Control-Allow-Origin; check CHATBOT_ALLOWED_ORIGINS"
HOST = "let the proxy pass the Host header (nginx: proxy_set_header Host $http_host), or set CHATBOT_PUBLIC_URL to this address"
BUFFERING = "switch buffering off (nginx: proxy_buffering off and gzip off; Caddy: flush_interval -1)"
UPGRADE = "let the proxy pass upgrades (nginx: proxy_http_version 1.1 with Upgrade and Connection headers; proxy_read_timeout 1h)"
LOGS = "see the log of the server and of the proxy; a proxy's read timeout must be longer than a reply"


async def visit(url: str) -> AsyncIterator[Finding]:
    """Everything there is to see at a base URL such as https://chat.shop.example; what makes the rest pointless comes first."""
    try:
        httpx.URL(url)
    except httpx.InvalidURL as error:
        yield Finding("server", "bad", f"{url}: {error}", REACH)
        return
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE, follow_redirects=False) as client:
        for subject, look in (("server", _alive), ("ready", _ready)):
            finding = await _looked(subject, look(client))
            yield finding
            if finding.state == "bad":
                return
        looks = (("headers", _page), ("widget", _widget), ("origins", _stranger), ("streaming", _pulse), ("reply", _question))
        for subject, look in looks:
            yield await _looked(subject, look(client))
    yield await _looked("websocket", _socket(url))


async def _looked(subject: str, look: Any) -> Finding:
    try:
        found: Finding = await look
    except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError, ValueError, LookupError, AttributeError) as error:
        return Finding(subject, "bad", _words(error), REACH if subject == "server" else LOGS)
    return found


async def _alive(client: httpx.AsyncClient) -> Finding:
    answer = await client.get("/healthz")
    if answer.status_code == 200 and answer.json().get("alive") is True:
        return Finding("server", "good", f"{client.base_url} answers")
    return Finding("server", "bad", f"{client.base_url}: /healthz: expected status 200, got {answer.status_code}", REACH)


async def _ready(client: httpx.AsyncClient) -> Finding:
    said = (await client.get("/readyz")).json()
    if not said.get("ready"):
        return Finding("ready", "bad", f"not ready: {said.get('stage', 'no stage given')}", WAIT)
    if said.get("degraded"):
        return Finding("ready", "note", f"ready, but {said['degraded']}", DEGRADED)
    return Finding("ready", "good", f"{said.get('engine')} writes, index {said.get('index')}")


async def _page(client: httpx.AsyncClient) -> Finding:
    headers = (await client.get("/", headers={"Accept": "text/html"})).headers
    wrong = [name for name, value in WANTED_HEADERS.items() if value not in headers.get(name, "")]
    if wrong:
        return Finding("headers", "bad", f"missing or replaced on the way: {', '.join(wrong)}", OWN_HEADERS)
    return Finding("headers", "good", "security headers arrive as they were sent")


async def _widget(client: httpx.AsyncClient) -> Finding:
    answer = await client.get("/web/widget.js")
    kind, shared = answer.headers.get("content-type", ""), answer.headers.get("access-control-allow-origin", "")
    if answer.status_code != 200 or "javascript" not in kind or shared != "*":
        found = f"/web/widget.js: status {answer.status_code}, type {kind!r}, Access-Control-Allow-Origin {shared!r}"
        return Finding("widget", "bad", found, FORWARD_WEB)
    return Finding("widget", "good", f"other pages may load it ({len(answer.content) / 1000:.0f} kB unpacked)")


async def _stranger(client: httpx.AsyncClient) -> Finding:
    own = str(client.base_url).rstrip("/")
    refused = await client.get("/v1/shop", headers={"Origin": STRANGER})
    if refused.status_code != 403 or "access-control-allow-origin" in refused.headers:
        return Finding("origins", "bad", "a page of any origin may read the API", CORS)
    if (await client.get("/v1/shop", headers={"Origin": own})).status_code == 403:
        return Finding("origins", "bad", f"pages of {own} itself are refused", HOST)
    return Finding("origins", "good", "this server's own pages may call it, a stranger's may not")


async def _pulse(client: httpx.AsyncClient) -> Finding:
    times = []
    async with client.stream("GET", "/pulse") as answer:
        answer.raise_for_status()
        async for line in answer.aiter_lines():
            if line.startswith("data:"):
                times.append(time.perf_counter())
    spread = times[-1] - times[0] if times else 0.0
    found = f"{len(times)} of {TICKS} pieces sent over {SENT_OVER} s arrived over {spread:.2f} s"
    if len(times) != TICKS or spread < SENT_OVER / 2:
        return Finding("streaming", "bad", f"{found}: a proxy holds them back", BUFFERING)
    return Finding("streaming", "good", found)


async def _question(client: httpx.AsyncClient) -> Finding:
    body = {"model": "shop-assistant", "stream": True, "messages": [{"role": "user", "content": QUESTION}]}
    asked, first, pieces, done = time.perf_counter(), 0.0, 0, False
    async with client.stream("POST", "/v1/chat/completions", json=body) as answer:
        answer.raise_for_status()
        async for line in answer.aiter_lines():
            done = done or line == "data: [DONE]"
            if line.startswith("data: {") and _has_words(json.loads(line[6:])):
                pieces += 1
                first = first or time.perf_counter() - asked
    if not done or not pieces:
        return Finding("reply", "bad", "a streamed reply broke off", LOGS)
    return Finding("reply", "good", f"first words after {first:.2f} s, {pieces} pieces in {time.perf_counter() - asked:.2f} s")


def _has_words(piece: Any) -> bool:
    return any(choice.get("delta", {}).get("content") for choice in piece.get("choices", ()))


async def _socket(url: str) -> Finding:
    """An unknown site key must be refused by our own close code: then frames pass both ways, and the own origin is allowed."""
    parts = urlsplit(url)
    address = f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}{parts.path.rstrip('/')}/v1/chat?site=doctor"
    origin = Origin(f"{parts.scheme}://{parts.netloc}")
    try:
        async with asyncio.timeout(PATIENCE), connect(address, origin=origin, compression=None) as socket:
            await socket.send(json.dumps({"type": "hello", "locale": "en"}))
            async for _ in socket:
                pass
            await socket.wait_closed()
            code = socket.close_code
    except InvalidStatus as error:
        status = error.response.status_code
        return Finding("websocket", "bad", f"{address}: refused with status {status}", HOST if status == 403 else UPGRADE)
    except ConnectionClosed as error:
        code = error.rcvd.code if error.rcvd else None
    except (WebSocketException, OSError, TimeoutError, ValueError) as error:
        return Finding("websocket", "bad", f"{address}: {_words(error)}", UPGRADE)
    if code != CLOSE_UNAUTHORIZED:
        return Finding(
            "websocket", "bad", f"{address}: closed with {code}, not with {CLOSE_UNAUTHORIZED} as an unknown site key is", UPGRADE
        )
    return Finding("websocket", "good", "frames pass both ways")


def _words(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
