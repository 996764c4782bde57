"""What the server counts about itself, as Prometheus reads it: turns, first words, sockets, the index, the event loop's lag.

A registry of its own, so that two servers in one process (as in tests) do not share figures. `Measured` stands around an assistant and
counts its turns, whoever asked: the chat, the console or an OpenAI client.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from functools import partial
from typing import Protocol, get_args, runtime_checkable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Receive, Scope, Send

from chatbot.engine import Lane
from chatbot.events import Delta, Reply, TurnEvent
from chatbot.messages import Conversation
from chatbot.running_turn import Assistant

_FIRST_WORD_SECONDS = (0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 0.75, 1.0, 1.5, 2.5, 5.0, 10.0, 20.0)
_LAG_EVERY = 0.5


@runtime_checkable
class Slotted(Protocol):
    """An engine that knows how many of its slots are taken."""

    def busy(self, lane: Lane = "chat") -> int: ...


class Metrics:
    """The figures of one server."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.turns = Counter("chatbot_turns", "Turns that ended, by how.", ["finish"], registry=self.registry)
        self.active = Gauge("chatbot_active_turns", "Turns that run now.", registry=self.registry)
        self.first_word = Histogram(
            "chatbot_first_word_seconds", "From the question to the first words.", buckets=_FIRST_WORD_SECONDS, registry=self.registry
        )
        self.sockets = Gauge("chatbot_sockets", "Open WebSockets.", registry=self.registry)
        self.index = Gauge("chatbot_index_info", "The index that answers.", ["version"], registry=self.registry)
        self.lag = Gauge("chatbot_event_loop_lag_seconds", "How late the event loop was when it was last asked.", registry=self.registry)
        self.tasks = Gauge("chatbot_tasks", "Tasks of the event loop that are not done.", registry=self.registry)
        self.slots = Gauge("chatbot_engine_slots_busy", "Slots of the engine that are taken.", ["lane"], registry=self.registry)
        self.ready = Gauge("chatbot_ready", "1 when the server answers shoppers.", registry=self.registry)

    def index_version(self, version: str) -> None:
        self.index.clear()
        self.index.labels(version).set(1)

    def watch_slots(self, engine: object) -> None:
        """Tell of the slots of an engine that has some; another has no such figure."""
        if isinstance(engine, Slotted):
            for lane in get_args(Lane):
                self.slots.labels(lane).set_function(partial(engine.busy, lane))

    def text(self) -> bytes:
        """Everything in Prometheus' text format; the tasks are those of the loop it is called in."""
        with suppress(RuntimeError):  # no loop is running
            self.tasks.set(len(asyncio.all_tasks()))
        return generate_latest(self.registry)

    async def watch_lag(self) -> None:
        """Run it as a task: measures until it is cancelled."""
        while True:
            asked = time.perf_counter()
            await asyncio.sleep(_LAG_EVERY)
            self.lag.set(max(0.0, time.perf_counter() - asked - _LAG_EVERY))


class Measured:
    """An assistant whose turns are counted."""

    def __init__(self, assistant: Assistant, metrics: Metrics) -> None:
        self._assistant = assistant
        self._metrics = metrics

    async def reply(self, conversation: Conversation) -> AsyncGenerator[TurnEvent, None]:
        """See Assistant.reply; a turn that is closed from outside counts as cancelled, one that fails as error."""
        asked, finish, waiting = time.perf_counter(), "cancelled", True
        self._metrics.active.inc()
        try:
            async with aclosing(self._assistant.reply(conversation)) as events:
                async for event in events:
                    if waiting and isinstance(event, Delta):
                        waiting = False
                        self._metrics.first_word.observe(time.perf_counter() - asked)
                    if isinstance(event, Reply):
                        finish = event.finish
                    yield event
        except Exception:
            finish = "error"
            raise
        finally:
            self._metrics.active.dec()
            self._metrics.turns.labels(finish).inc()


class CountedSockets:
    """Counts the WebSockets that are open."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        self._metrics.sockets.inc()
        try:
            await self._app(scope, receive, send)
        finally:
            self._metrics.sockets.dec()
