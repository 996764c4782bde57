"""This program's engine alone, pressed: more texts than it has room for, batch jobs beside talkers, and texts that are given up.

    python -m tests.bench.crowd [--parts overload,mixed,cancels] [--cancels 1000] [--repeats N] [--threads N]

No server and no socket, so that what is measured is the engine's own. Times in ms; the model is the real one. Prints one line of JSON.
Every text that was asked for is counted: written, refused, failed (its time was over), or without an answer.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

from chatbot.errors import EngineError, Overloaded
from chatbot.settings import Settings
from chatbot.weights import writer_folder
from tests.bench.own_engine import Asked, open_engine
from tests.bench.peer_rates import conversation
from tests.bench.turns import quantiles

PARTS = ("overload", "mixed", "cancels")
TIMES = 4  # more than there is room for
TALKERS = 4
JOBS = 4
REPLY = 24  # tokens of a reply
LONG = 600  # tokens of a text that is given up before it is done
PATIENCE = 300.0
HEAD_START = 2.0
LATEST = 0.5  # seconds after which a text is given up, at the latest


async def overload(asked: Asked, room: int, repeats: int) -> dict[str, Any]:
    """`TIMES` as many at once as there is room for, beside one alone and as many as there is room for."""
    await asked.write(conversation(0), REPLY)
    alone = [(await asked.write(conversation(1000 + number), REPLY))[0].first * 1000 for number in range(max(4, repeats * 4))]
    full = list(await asyncio.gather(*[_asked(asked, 2000 + number) for number in range(room)]))
    crowd = list(await asyncio.gather(*[_asked(asked, 3000 + number) for number in range(TIMES * room)]))
    return {
        "room": room, "asked": len(crowd), "alone_ms": quantiles(alone),
        "full_ms": _quantiles_of(full, "written"), "accepted": _count(crowd, "written"), "accepted_ms": _quantiles_of(crowd, "written"),
        "refused": _count(crowd, "refused"), "refused_ms": _quantiles_of(crowd, "refused"), "unanswered": _count(crowd, "unanswered"),
    }  # fmt: skip


async def _asked(asked: Asked, number: int) -> tuple[str, float]:
    """How it ended, and the ms to the first token or to the refusal."""
    began = time.perf_counter()
    try:
        async with asyncio.timeout(PATIENCE):
            written, _ = await asked.write(conversation(number), REPLY)
            return "written", written.first * 1000
    except Overloaded:
        return "refused", (time.perf_counter() - began) * 1000
    except EngineError:
        return "failed", (time.perf_counter() - began) * 1000
    except TimeoutError:
        return "unanswered", (time.perf_counter() - began) * 1000


def _count(found: Sequence[tuple[str, float]], how: str) -> int:
    return sum(ended == how for ended, _ in found)


def _quantiles_of(found: Sequence[tuple[str, float]], how: str) -> dict[str, float] | None:
    times = [taken for ended, taken in found if ended == how]
    return quantiles(times) if times else None


async def mixed(asked: Asked, repeats: int) -> dict[str, Any]:
    """Talkers with and without batch jobs beside them; and how fast the jobs go with and without talkers."""
    await asked.write(conversation(0), REPLY)
    without = await _talk(asked, repeats * 4, 0)
    idle = await _batch_rate(asked, lambda: asyncio.sleep(5.0))
    beside: list[float] = []

    async def talk() -> None:
        beside.extend(await _talk(asked, repeats * 4, 500))

    busy = await _batch_rate(asked, talk)
    found = {"talkers": TALKERS, "jobs": JOBS, "first_ms": quantiles(without), "first_beside_jobs_ms": quantiles(beside)}
    return {**found, "jobs_tok_s": idle, "jobs_beside_talkers_tok_s": busy}


async def _talk(asked: Asked, rounds: int, start: int) -> list[float]:
    """ms to the first token of every reply; each talker asks again when the reply is there, after thinking a little."""

    async def one(talker: int) -> list[float]:
        pause, found = random.Random(talker + start), []
        for number in range(rounds):
            await asyncio.sleep(pause.expovariate(2.0))
            written, _ = await asked.write(conversation(start + talker * 97 + number), REPLY)
            found.append(written.first * 1000)
        return found

    return [taken for found in await asyncio.gather(*[one(talker) for talker in range(TALKERS)]) for taken in found]


async def _batch_rate(asked: Asked, meanwhile: Callable[[], Awaitable[None]]) -> float:
    """Tokens per second of `JOBS` that write in the lane "batch" while `meanwhile` goes on; they have a head start to read their prompts."""
    tokens = 0

    async def job(number: int) -> None:
        nonlocal tokens
        for turn in range(1000):
            async with aclosing(
                asked.engine.stream(conversation(9000 + number * 100 + turn), asked.sampling(REPLY * 2), lane="batch")
            ) as chunks:
                async for chunk in chunks:
                    tokens += chunk.tokens

    tasks = [asyncio.create_task(job(number)) for number in range(JOBS)]
    await asyncio.sleep(HEAD_START)
    tokens, began = 0, time.perf_counter()
    await meanwhile()
    seconds = time.perf_counter() - began
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return tokens / seconds


async def cancels(asked: Asked, count: int) -> dict[str, Any]:
    """Give texts up at random moments while others are written: ms until the slot is free again; slots that never are."""
    pause = random.Random(5)
    talkers = [asyncio.create_task(_read(asked, number)) for number in range(TALKERS - 1)]
    taken: list[float] = []
    for number in range(count):
        for place, task in enumerate(talkers):
            if task.done():
                talkers[place] = asyncio.create_task(_read(asked, place))
        task = asyncio.create_task(_read(asked, 100 + number % 50))
        await asyncio.sleep(pause.uniform(0.0, LATEST))
        taken.append(await _given_up(task, lambda: asked.engine.busy() <= TALKERS - 1))
        if sys.stderr.isatty() and number % 20 == 19:
            print(f"\rcancels {number + 1} of {count}", end="", file=sys.stderr, flush=True)
    for task in talkers:
        await _given_up(task, lambda: True)
    leaked = 0 if await _until(lambda: asked.engine.busy() == 0, 5.0) else asked.engine.busy()
    again = await asyncio.gather(*[_asked(asked, number) for number in range(8)])
    return {
        "cancels": count,
        "free_ms": {**quantiles(taken), "p99": nearest(taken, 99)},
        "leaked": leaked,
        "written_afterwards": _count(again, "written"),
    }


async def _read(asked: Asked, number: int) -> None:
    async with aclosing(asked.engine.stream(conversation(number), asked.sampling(LONG))) as chunks:
        async for _ in chunks:
            pass


async def _given_up(task: asyncio.Task[None], free: Callable[[], bool]) -> float:
    """Cancel the reader and wait for its slot; ms. A slot that does not come back in time counts as it is seen."""
    began = time.perf_counter()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await _until(free, 10.0)
    return (time.perf_counter() - began) * 1000


async def _until(true: Callable[[], bool], seconds: float) -> bool:
    until = time.perf_counter() + seconds
    while not true():
        if time.perf_counter() > until:
            return False
        await asyncio.sleep(0.001)
    return True


def nearest(values: Sequence[float], share: int) -> float:
    """The percentile by nearest rank: a value that was measured."""
    ordered = sorted(values)
    return ordered[max(0, -(-share * len(ordered) // 100) - 1)]


async def measure(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    settings, found = Settings(), {}
    engine = await asyncio.to_thread(open_engine, folder, options.threads, settings.slots, settings.queue_limit)
    asked = Asked(engine)
    try:
        for part in options.parts.split(","):
            if part == "overload":
                found[part] = await overload(asked, settings.slots + settings.queue_limit, options.repeats)
            elif part == "mixed":
                found[part] = await mixed(asked, options.repeats)
            elif part == "cancels":
                found[part] = await cancels(asked, options.cancels)
    finally:
        await engine.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--cancels", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    if unknown := set(options.parts.split(",")) - set(PARTS):
        parser.error(f"--parts: expected some of {', '.join(PARTS)}, got {', '.join(sorted(unknown))}")
    print(json.dumps(asyncio.run(measure(writer_folder(Settings()), options))))


if __name__ == "__main__":
    main()
