"""A real server, pressed over real sockets: four times more shoppers than it has room for, and turns that are cancelled at random moments.

Who is "accepted" had the model write; who finds no room gets the shop's own text in its place, or the error `overloaded`; whoever
has neither within the time of a turn is without an answer, and counted. After a cancel the server's own figures say when the slot is free.
"""

from __future__ import annotations

import asyncio
import random
import time
import urllib.request
from collections.abc import Sequence
from typing import Any

from tests.bench.crowd import TIMES, nearest
from tests.bench.load import Questions
from tests.bench.turns import Running, quantiles
from tests.bench.wire import Shopper, Turn

LATEST = 0.6  # seconds after which a turn is cancelled, at the latest
QUIET = 10.0


TAKEN = 'chatbot_engine_slots_busy{lane="chat"}'  # by shoppers; the batch lane may read ahead meanwhile


def gauge(server: Running, name: str) -> float:
    """One figure of /metrics, all its labels together or those that are named; 0 when it is not told."""
    with urllib.request.urlopen(f"{server.url}/metrics", timeout=30) as answer:
        lines = answer.read().decode().splitlines()
    told = [(line.rsplit(" ", 1)[0], float(line.rsplit(" ", 1)[1])) for line in lines if line and not line.startswith("#")]
    return sum(value for label, value in told if name in (label, label.split("{")[0]))


async def overload(server: Running, questions: Questions, room: int) -> dict[str, Any]:
    """One shopper alone, as many as there is room for, and `TIMES` as many, each asking one question at the same moment."""
    alone = [turn for turn in [(await together(server, questions, 1, 10_000 + number))[0] for number in range(8)] if turn is not None]
    full = await together(server, questions, room, 20_000)
    crowd = await together(server, questions, TIMES * room, 30_000)
    return {"room": room, "alone_ms": first_of(alone), "full_ms": first_of(full), **crowd_figures(crowd)}


async def together(server: Running, questions: Questions, count: int, start: int) -> list[Turn | None]:
    """All are in before the first asks."""
    shoppers = [Shopper(server, start + number) for number in range(count)]
    for shopper in shoppers:
        await shopper.enter()
    texts = [questions.conversation()[0] for _ in shoppers]
    found = await asyncio.gather(*[_answered(shopper, text) for shopper, text in zip(shoppers, texts, strict=True)])
    for shopper in shoppers:
        await shopper.leave()
    return list(found)


async def _answered(shopper: Shopper, text: str) -> Turn | None:
    try:
        return await shopper.ask(text)
    except TimeoutError:
        return None


def crowd_figures(turns: Sequence[Turn | None]) -> dict[str, Any]:
    """How the turns of a crowd went; None is a turn without an answer."""
    there = [turn for turn in turns if turn is not None]
    busy = [turn for turn in there if turn.busy]
    accepted = [turn for turn in there if turn.written and not turn.busy]
    return {
        "asked": len(turns), "accepted": len(accepted), "accepted_ms": first_of(accepted),
        "by_record": sum(not turn.written and not turn.busy for turn in there),
        "refused": len(busy), "refused_ms": first_of(busy), "unanswered": len(turns) - len(there),
    }  # fmt: skip


def first_of(turns: Sequence[Turn | None]) -> dict[str, float] | None:
    times = [turn.first for turn in turns if turn is not None]
    return quantiles(times) if times else None


async def cancels(server: Running, questions: Questions, count: int) -> dict[str, Any]:
    """ms from the cancel to the reply that says so, and to the free slot as /metrics tells it; one turn at a time."""
    pause = random.Random(7)
    told: list[float] = []
    free: list[float] = []
    late = 0
    for number in range(count):
        text = questions.conversation()[0]
        async with Shopper(server, 40_000 + number) as shopper:
            seen = await shopper.send(text)
            await asyncio.sleep(pause.uniform(0.0, LATEST))
            began = time.perf_counter()
            await shopper.cancel(seen)
            turn = await shopper.rest(text, seen)
            late += turn.finish != "cancelled"
            if turn.finish == "cancelled":
                told.append((time.perf_counter() - began) * 1000)
                free.append(await _free(server, began))
    leaked = free_slots_missing(server)
    return {
        "cancels": count, "too_late": late, "leaked": leaked,
        "told_ms": {**quantiles(told), "p99": nearest(told, 99)} if told else None,
        "free_ms": {**quantiles(free), "p99": nearest(free, 99)} if free else None,
    }  # fmt: skip


async def _free(server: Running, began: float) -> float:
    """Asks /metrics again and again, so it is a little more than the truth."""
    until = time.perf_counter() + QUIET
    while await asyncio.to_thread(gauge, server, TAKEN) and time.perf_counter() < until:
        pass
    return (time.perf_counter() - began) * 1000


def free_slots_missing(server: Running) -> int:
    """Slots that are still taken after nobody has asked for a while."""
    until = time.perf_counter() + QUIET
    while (busy := gauge(server, TAKEN)) and time.perf_counter() < until:
        time.sleep(0.1)
    return int(busy)
