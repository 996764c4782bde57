"""GET /docs, the page about the HTTP interface, and GET /openapi.json, what it is drawn from: nothing in either comes from another host.

Both are asked again by browsers and cost nothing while they are unchanged. The page is for developers; it holds only what everybody may
see of the shop.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from functools import lru_cache

from fastapi import APIRouter, FastAPI, Request
from starlette.responses import Response

from chatbot.server.api_document import Shown, document
from chatbot.server.doorway import CONTENT_SECURITY
from chatbot.server.house import House
from chatbot.server.storefront import filled
from chatbot.server.web_files import WEB

# The library that draws the page writes `style` attributes and a style sheet of its own theme into its shadow tree; scripts stay as strict
# as everywhere, and so do Trusted Types.
PAGE_SECURITY = CONTENT_SECURITY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
_HOST = re.compile(r"https?://[A-Za-z0-9._-]+(:\d{1,5})?|https?://\[[0-9A-Fa-f:.]+\](:\d{1,5})?")


def api_page_routes(app: FastAPI, house: House) -> APIRouter:
    """`app` is asked for its routes when the document is read first, so all of them are in it."""
    router = APIRouter(include_in_schema=False)

    @lru_cache(maxsize=8)
    def text_for(shown: Shown) -> str:
        return json.dumps(document(app.openapi(), shown), ensure_ascii=False, separators=(",", ":"))

    @router.api_route("/docs", methods=["GET", "HEAD"])
    async def page(request: Request) -> Response:
        text = filled(WEB / "docs" / "index.html", {"shop_name": house.shop_name})
        return _kept(request, text, "text/html; charset=utf-8", {"Content-Security-Policy": PAGE_SECURITY})

    @router.api_route("/openapi.json", methods=["GET", "HEAD"])
    async def openapi(request: Request) -> Response:
        text = await asyncio.to_thread(text_for, _shown(house, request))  # the first time it takes a while
        return _kept(request, text, "application/json", {"Vary": "Host"})

    return router


def _shown(house: House, request: Request) -> Shown:
    products = house.knowledge.products(house.first_language)
    return Shown(_origin(house, request), house.gate.site_key, products[0].id if products else "")


def _origin(house: House, request: Request) -> str:
    """Where the shop is reached: as the settings say, else as this request came; what is no host stands in no command."""
    asked = (house.settings.public_url or str(request.base_url)).rstrip("/")
    return asked if house.settings.public_url or _HOST.fullmatch(asked) else f"http://127.0.0.1:{house.settings.port}"


def _kept(request: Request, text: str, media_type: str, more: dict[str, str]) -> Response:
    content = text.encode()
    headers = {"Cache-Control": "no-cache", "ETag": f'"{hashlib.sha256(content).hexdigest()[:32]}"'} | more
    if headers["ETag"] in [tag.strip() for tag in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)
