"""Alive, ready, and what Prometheus wants to know. Metrics live in a registry of their own, made with the house."""

from __future__ import annotations

import asyncio
import time

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from chatbot.server.house import House


class Metrics:
    """Counters of one server."""

    def __init__(self, house: House) -> None:
        self.registry = CollectorRegistry()
        self.turns = Counter("chatbot_turns", "Replies by how they ended.", ["finish"], registry=self.registry)
        self.first_word = Histogram(
            "chatbot_first_word_seconds", "From the question to the first word.", buckets=(0.05, 0.1, 0.2, 0.35, 0.7, 1, 2, 5, 10), registry=self.registry
        )
        self.loop_lag = Gauge("chatbot_loop_lag_seconds", "How late the event loop was at the last look.", registry=self.registry)
        self._gauge("chatbot_ready", "1 when shoppers are answered.", lambda: float(house.ready))
        self._gauge("chatbot_active_turns", "Turns that are running.", lambda: float(house.rooms.active_turns) if house.ready else 0.0)
        self._gauge("chatbot_listeners", "Open sockets and event streams.", lambda: float(house.rooms.listeners) if house.ready else 0.0)
        self._gauge("chatbot_uptime_seconds", "Seconds since the start.", lambda: time.time() - house.started)
        self._gauge("chatbot_index_version", "Version of the serving index.", lambda: _version(house))

    def _gauge(self, name: str, text: str, value) -> None:  # type: ignore[no-untyped-def]
        Gauge(name, text, registry=self.registry).set_function(value)

    async def watch_loop(self, seconds: float = 1.0) -> None:
        """Measure how late the loop wakes, for ever."""
        while True:
            before = time.monotonic()
            await asyncio.sleep(seconds)
            self.loop_lag.set(max(0.0, time.monotonic() - before - seconds))


def _version(house: House) -> float:
    try:
        return float(house.knowledge.version) if house.ready else 0.0
    except ValueError:
        return 0.0


def health_routes(house: House) -> APIRouter:
    """`/healthz` is for "restart me", `/readyz` for "send me shoppers"."""
    router = APIRouter(tags=["health"])
    house.metrics = Metrics(house)

    @router.get("/healthz", summary="Is the process alive?")
    async def healthz() -> dict[str, str]:
        return {"status": "alive"}

    @router.get("/readyz", summary="Can it answer shoppers?")
    async def readyz() -> JSONResponse:
        if not house.ready:
            return JSONResponse({"status": "starting", "stage": house.stage}, 503, headers={"Retry-After": "2"})
        if not await house.database.answers():
            return JSONResponse({"status": "unready", "stage": "the database does not answer", "reason": "storage"}, 503)
        content = {"status": "ready", "engine": house.engine.name, "index": house.knowledge.version}
        return JSONResponse(content | ({"degraded": house.degraded} if house.degraded else {}))

    @router.get("/metrics", summary="Prometheus text")
    async def metrics() -> Response:
        return Response(generate_latest(house.metrics.registry), media_type=CONTENT_TYPE_LATEST)

    return router
