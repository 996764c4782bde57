"""Whether the server lives, whether it can answer, and its figures: /healthz, /readyz, /metrics.

`Health` is what the rest of the program tells while it opens, runs and stops. Invariant: ready is said only between `open` and `close`,
so a load balancer never sends a shopper to a house that cannot answer.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Response
from starlette.responses import JSONResponse, PlainTextResponse

from chatbot.server.chapters import HEALTH
from chatbot.server.metrics import Metrics

_FRESH = {"Cache-Control": "no-store"}
_OPENING = {"ready": False, "stage": "loading the model", "engine": "", "index": ""}


class Health:
    """What the server is doing. `degraded` names what it has to do without; empty when all is well."""

    def __init__(self, metrics: Metrics | None = None) -> None:
        self.metrics = metrics or Metrics()
        self.stage = "starting"
        self.ready = False
        self.degraded = ""
        self.index = ""
        self.engine = ""
        self.started = time.time()
        self.probe: Callable[[], Awaitable[str]] | None = None  # what is wrong with the database just now; "" when nothing is

    def open(self) -> None:
        self.ready, self.stage = True, "ready"
        self.metrics.ready.set(1)

    def close(self, stage: str = "stopping") -> None:
        self.ready, self.stage = False, stage
        self.metrics.ready.set(0)

    def doing_without(self, *troubles: str) -> None:
        """All that is wrong now; empty ones are left out."""
        self.degraded = "; ".join(filter(None, troubles))

    def serve_index(self, version: str) -> None:
        self.index = version
        self.metrics.index_version(version)

    async def report(self) -> dict[str, Any]:
        trouble = await self.probe() if self.ready and self.probe is not None else ""
        said = {"ready": self.ready and not trouble, "stage": trouble or self.stage, "engine": self.engine, "index": self.index}
        return said | ({"degraded": self.degraded} if self.degraded else {})


def health_routes(health: Health) -> APIRouter:
    """The three calls of whoever watches the server: restart me, send me shoppers, my figures."""
    router = APIRouter(tags=[HEALTH])

    @router.get("/healthz", summary="Alive", response_description="The process lives, and for how long.")
    async def healthz() -> Response:
        return JSONResponse({"alive": True, "uptime_seconds": round(time.time() - health.started, 1)}, headers=_FRESH)

    @router.get(
        "/readyz",
        summary="Ready to answer",
        description="503 with the stage until then.",
        response_description="Shoppers are answered. `degraded`, where it is there, says what the shop does without.",
        responses={
            503: {"description": "Not ready; `stage` says what it is doing.", "content": {"application/json": {"example": _OPENING}}}
        },
    )
    async def readyz() -> Response:
        report = await health.report()
        headers = _FRESH if report["ready"] else _FRESH | {"Retry-After": "2"}
        return JSONResponse(report, status_code=200 if report["ready"] else 503, headers=headers)

    @router.get(
        "/metrics",
        summary="Figures for Prometheus",
        response_class=PlainTextResponse,
        response_description="Turns, first words, sockets, slots and the index in Prometheus' text format.",
    )
    async def metrics() -> Response:
        return Response(health.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8", headers=_FRESH)

    return router
