"""The files of web/ as they are, under /web/: for this server's pages and for every page that embeds the widget.

The widget goes out as one file, gzipped ahead. Every answer carries an ETag and is asked again, so that a new version is seen at once and
an unchanged one costs no transfer.
"""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import Response

from web.bundle import FOLDER, Bundle, widget

WEB = FOLDER.resolve()
_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
}
_HEADERS = {
    "Cache-Control": "no-cache",
    "Access-Control-Allow-Origin": "*",  # a module script is fetched with CORS, from any shop's page
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Timing-Allow-Origin": "*",
}


def web_routes() -> APIRouter:
    """`/web/widget.js` is the bundle; everything else a file."""
    router = APIRouter()
    bundle: Bundle = widget()

    @router.api_route("/web/widget.js", methods=["GET", "HEAD"], include_in_schema=False)
    async def widget_js(request: Request) -> Response:
        packed = "gzip" in request.headers.get("accept-encoding", "")
        content = bundle.gzipped if packed else bundle.text.encode()
        headers = {"ETag": bundle.etag, "Vary": "Accept-Encoding"} | ({"Content-Encoding": "gzip"} if packed else {})
        return _fresh(request, content, _TYPES[".js"], headers)

    @router.api_route("/web/{path:path}", methods=["GET", "HEAD"], include_in_schema=False)
    async def file(path: str, request: Request) -> Response:
        found = _file(path)
        if found is None and (packed := _file(f"{path}.gz")) is not None:
            return _unpacked(request, packed)
        if found is None or found.suffix not in _TYPES:
            raise HTTPException(404, "web: no such file")
        content = found.read_bytes()
        return _fresh(request, content, _TYPES[found.suffix], {"ETag": f'"{hashlib.sha256(content).hexdigest()[:32]}"'})

    return router


def _file(path: str) -> Path | None:
    try:
        found = (WEB / path).resolve()
        right = (
            found.is_relative_to(WEB) and Path(path.removesuffix(".gz")).suffix in _TYPES and "tests" not in found.parts and found.is_file()
        )
    except (OSError, ValueError):
        return None
    return found if right else None


def _unpacked(request: Request, packed: Path) -> Response:
    """A file that is kept gzipped, sent as it is to who can read that."""
    content, headers = packed.read_bytes(), {"Vary": "Accept-Encoding", "ETag": f'"{hashlib.sha256(packed.read_bytes()).hexdigest()[:32]}"'}
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
    else:
        content = gzip.decompress(content)
    return _fresh(request, content, _TYPES[packed.with_suffix("").suffix], headers)


def _fresh(request: Request, content: bytes, media_type: str, headers: dict[str, str]) -> Response:
    """304 when the browser has it already."""
    if headers["ETag"] in [tag.strip() for tag in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=_HEADERS | headers)
    return Response(content, media_type=media_type, headers=_HEADERS | headers)
