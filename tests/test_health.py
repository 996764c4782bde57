"""Alive, ready and the figures; also what turns and sockets do to them."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from chatbot.events import Delta, Reply, Status
from chatbot.messages import Conversation, Message
from chatbot.server.health import Health
from chatbot.server.metrics import Measured, Metrics
from tests.fakes import ScriptedAssistant
from tests.open_shop import OpenShop

ASKED = Conversation("c", (Message("shopper", "Hello?"),))


def figure(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


def test_a_ready_server_says_what_serves(shop: OpenShop) -> None:
    assert shop.client.get("/healthz").json()["alive"] is True
    ready = shop.client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json() == {"ready": True, "stage": "ready", "engine": "quoting", "index": shop.house.knowledge.version}


def test_a_server_without_its_database_is_alive_but_not_ready(shop: OpenShop) -> None:
    async def broken() -> str:
        return "the database does not answer"

    kept, shop.house.health.probe = shop.house.health.probe, broken
    try:
        answer = shop.client.get("/readyz")
        assert (answer.status_code, answer.json()["stage"]) == (503, "the database does not answer")
        assert answer.headers["retry-after"] == "2"
        assert shop.client.get("/healthz").status_code == 200
    finally:
        shop.house.health.probe = kept


def test_the_figures_are_prometheus_text(shop: OpenShop) -> None:
    shop.client.post("/v1/chat/completions", json={"messages": [{"role": "user", "content": "How long does delivery take?"}]})
    text = shop.client.get("/metrics").text
    assert 'chatbot_turns_total{finish="stop"}' in text
    assert f'chatbot_index_info{{version="{shop.house.knowledge.version}"}} 1.0' in text
    for name in (
        "chatbot_first_word_seconds_bucket",
        "chatbot_active_turns",
        "chatbot_sockets",
        "chatbot_event_loop_lag_seconds",
        "chatbot_ready 1.0",
    ):
        assert name in text


async def test_readiness_is_said_between_open_and_close_only() -> None:
    health = Health()
    assert (await health.report())["ready"] is False
    health.open()
    assert (await health.report())["ready"] is True
    health.degraded = "no model"
    assert (await health.report())["degraded"] == "no model"
    health.close()
    assert await health.report() == {"ready": False, "stage": "stopping", "engine": "", "index": "", "degraded": "no model"}


async def test_every_turn_is_counted_by_how_it_ended() -> None:
    metrics = Metrics()
    replying = Measured(ScriptedAssistant(lambda _: [Status("searching"), Delta("Yes."), Reply("Yes.", "stop")]), metrics)
    assert [type(event) for event in [event async for event in replying.reply(ASKED)]] == [Status, Delta, Reply]
    failing = Measured(ScriptedAssistant(lambda _: [Status("searching"), RuntimeError("broken")]), metrics)
    with pytest.raises(RuntimeError):
        _ = [event async for event in failing.reply(ASKED)]
    waiting = Measured(ScriptedAssistant(lambda _: [Delta("Y"), asyncio.Event()]), metrics)
    turn = waiting.reply(ASKED)
    await anext(turn)
    assert figure(metrics, "chatbot_active_turns") == 1
    await turn.aclose()
    assert figure(metrics, "chatbot_active_turns") == 0
    counts: dict[str, Any] = {finish: figure(metrics, "chatbot_turns_total", finish=finish) for finish in ("stop", "error", "cancelled")}
    assert counts == {"stop": 1, "error": 1, "cancelled": 1}
    assert figure(metrics, "chatbot_first_word_seconds_count") == 2


async def test_an_engines_slots_and_the_loops_tasks_are_told_when_they_are_asked_for() -> None:
    class Slotted:
        taken = 0

        def busy(self, lane: str = "chat") -> int:
            return self.taken if lane == "chat" else 0

    metrics, engine = Metrics(), Slotted()
    metrics.watch_slots(object())
    assert figure(metrics, "chatbot_engine_slots_busy", lane="chat") is None
    metrics.watch_slots(engine)
    engine.taken = 3
    assert figure(metrics, "chatbot_engine_slots_busy", lane="chat") == 3
    assert figure(metrics, "chatbot_engine_slots_busy", lane="batch") == 0
    metrics.text()
    assert figure(metrics, "chatbot_tasks") == len(asyncio.all_tasks())


def test_figures_are_told_outside_of_a_loop_too() -> None:
    assert b"chatbot_tasks 0.0" in Metrics().text()


async def test_a_late_event_loop_is_seen() -> None:
    metrics = Metrics()
    task = asyncio.create_task(metrics.watch_lag())
    await asyncio.sleep(0.05)
    await asyncio.sleep(0.4)
    time.sleep(0.3)  # noqa: ASYNC251 - this is the fault that is to be seen
    await asyncio.sleep(0.05)
    task.cancel()
    lag = figure(metrics, "chatbot_event_loop_lag_seconds")
    assert lag is not None
    assert lag > 0.1
