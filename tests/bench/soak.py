"""Hours of random load against a real server, and what is left of it: `python -m tests.bench.soak [--turns 20000 | --minutes 120]`.

    [--shoppers 8] [--every SECONDS] [--out reports] [--data FOLDER]

Shoppers of both languages ask, cancel, ask again before the reply is there, cut the connection, come back, and begin other conversations.
Memory, sockets, tasks, turns and slots are sampled from outside. Passes when memory after the first tenth stays within 5% and, once all
are gone, no slot, turn, task or socket is left. Writes soak.json and soak.svg; exit code 1 when it does not pass.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from websockets.exceptions import WebSocketException

from tests.bench.load import FOLLOWING, OPENINGS
from tests.bench.peer_watch import megabytes
from tests.bench.turns import ROOT, Running, serving, titles
from tests.bench.wire import Shopper
from tests.bench.wire_crowd import gauge

FLAT = 0.05
WARM = 0.1  # of the samples
PARTS = 10
FIGURES = {"sockets": "chatbot_sockets", "tasks": "chatbot_tasks", "turns": "chatbot_active_turns", "slots": "chatbot_engine_slots_busy"}
LINGER = 40.0  # seconds; a turn goes on for 15 s without anybody who listens
CHINESE = ("山脊 2 双人帐篷多少钱？", "多久可以送到？", "可以退货吗？", "有哪些头灯？", "这个有货吗？")
Sample = dict[str, float]


class Aim:
    """How much is still to be done: turns, or time."""

    def __init__(self, turns: int | None, minutes: float | None) -> None:
        self.turns = turns if minutes is None else None
        self.until = None if minutes is None else time.monotonic() + 60 * minutes
        self.began = time.monotonic()
        self.counts: Counter[str] = Counter()

    @property
    def done(self) -> int:
        """Turns, or seconds."""
        return self.counts["turns"] if self.turns is not None else round(time.monotonic() - self.began)

    @property
    def total(self) -> int:
        return self.turns if self.turns is not None else round((self.until or self.began) - self.began)

    @property
    def over(self) -> bool:
        return self.done >= self.total


class Wanderer:
    """One shopper who does anything that shoppers do."""

    def __init__(self, server: Running, number: int, names: Sequence[str], aim: Aim) -> None:
        self._random = random.Random(number)
        self._names, self._aim = names, aim
        self._chinese = number % 4 == 3
        self._shopper = Shopper(server, 50_000 + number, "zh" if self._chinese else "en")

    async def wander(self) -> None:
        """Until the aim is reached; what goes wrong is counted, and the shopper comes back."""
        while not self._aim.over:
            try:
                await self._shopper.enter()
                while not self._aim.over:
                    if not await self._act():
                        break
                    await asyncio.sleep(self._random.expovariate(2.0))
            except (OSError, EOFError, WebSocketException, RuntimeError) as error:
                self._aim.counts[f"broken: {type(error).__name__}"] += 1
                await asyncio.sleep(0.5)
            except TimeoutError:
                self._aim.counts["unanswered"] += 1
            with contextlib.suppress(OSError, WebSocketException):
                await self._shopper.leave()

    async def _act(self) -> bool:
        """One thing; False when the connection was given up."""
        question, chance = self._question(), self._random.random()
        if chance < 0.06:
            self._aim.counts["dropped"] += 1
            await self._shopper.send(question)
            self._aim.counts["turns"] += 1
            await asyncio.sleep(self._random.uniform(0, 0.5))
            self._shopper.drop()
            return False
        if chance < 0.12:
            await self._shopper.leave()
            self._shopper.begin_again()
            self._aim.counts["conversations"] += 1
            return False
        await self._one_turn(question, chance)
        return True

    async def _one_turn(self, question: str, chance: float) -> None:
        seen = await self._shopper.send(question)
        self._aim.counts["turns"] += 1
        if chance < 0.24:
            await asyncio.sleep(self._random.uniform(0, 0.8))
            await self._shopper.cancel(seen)
        elif chance < 0.30:  # a newer message before the reply is there
            self._aim.counts["turns"] += 1
            question = self._question()
            seen = await self._shopper.send(question)
        async with asyncio.timeout(120):
            turn = await self._shopper.rest(question, seen)
        self._aim.counts[f"finish: {turn.error or turn.finish}"] += 1
        self._aim.counts["written by the model"] += turn.written

    def _question(self) -> str:
        if self._chinese:
            return self._random.choice(CHINESE)
        if self._random.random() < 0.5:
            return self._random.choice(OPENINGS).format(self._random.choice(self._names))
        return self._random.choice(FOLLOWING)


def sample(server: Running, began: float, done: int) -> Sample:
    """What the server holds now, seen from outside."""
    found: Sample = {"seconds": time.monotonic() - began, "done": done, "memory_mb": megabytes(server.process)}
    with contextlib.suppress(OSError):
        found["files"] = len(list(Path(f"/proc/{server.process}/fd").iterdir()))
    return found | {name: gauge(server, metric) for name, metric in FIGURES.items()}


async def soak(server: Running, aim: Aim, shoppers: int, every: float) -> tuple[list[Sample], Sample, Sample]:
    """Samples on the way, before anybody came, and after everybody has gone."""
    names = await asyncio.to_thread(titles, server, 200)
    before = await asyncio.to_thread(sample, server, aim.began, 0)
    tasks = [asyncio.create_task(Wanderer(server, number, names, aim).wander()) for number in range(shoppers)]
    samples: list[Sample] = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("turns" if aim.turns is not None else "seconds", total=aim.total)
        while not all(one.done() for one in tasks):
            samples.append(await asyncio.to_thread(sample, server, aim.began, aim.done))
            bar.update(task, completed=min(aim.done, aim.total))
            await asyncio.wait(tasks, timeout=every)
    await asyncio.gather(*tasks)
    return samples, before, await _calm(server, before, aim)


async def _calm(server: Running, before: Sample, aim: Aim) -> Sample:
    until = time.monotonic() + LINGER
    while True:
        now = await asyncio.to_thread(sample, server, aim.began, aim.done)
        if not left_over(before, now) or time.monotonic() > until:
            return now
        await asyncio.sleep(0.5)


def left_over(before: Sample, after: Sample) -> dict[str, float]:
    """What is there that was not there before anybody came: slots, turns, sockets, tasks."""
    return {name: after[name] - before[name] for name in FIGURES if after[name] > before[name]}


def growth(memory: Sequence[float]) -> float:
    """How far memory grows after the first tenth, as a share: the largest of ten parts of what is left beside the first, by medians.

    Raises: ValueError when there are too few samples to tell.
    """
    warm = list(memory)[round(len(memory) * WARM) :]
    if len(warm) < 2 * PARTS:
        raise ValueError(f"expected at least {2 * PARTS} samples after the first tenth, got {len(warm)}")
    edges = [round(len(warm) * part / PARTS) for part in range(PARTS + 1)]
    medians = [statistics.median(warm[start:end]) for start, end in pairwise(edges)]
    return max(median / medians[0] - 1 for median in medians[1:])


def verdict(samples: Sequence[Sample], before: Sample, after: Sample, counts: Counter[str]) -> dict[str, Any]:
    """What was seen, and whether it passes. Memory that shrinks is no leak, but is told."""
    strayed, left = growth([one["memory_mb"] for one in samples]), left_over(before, after)
    unanswered = counts["unanswered"]
    return {
        "turns": counts["turns"], "seconds": round(after["seconds"]), "memory_growth": strayed, "left": left, "unanswered": unanswered,
        "passed": strayed <= FLAT and not left and not unanswered,
        "counts": dict(sorted(counts.items())), "before": before, "after": after, "samples": list(samples),
    }  # fmt: skip


def draw(found: dict[str, Any], path: Path) -> None:
    """Memory, tasks, sockets and slots over the turns."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 6), layout="constrained")
    for place, name in enumerate(("memory_mb", "tasks", "sockets", "slots"), start=1):
        axes = figure.add_subplot(4, 1, place)
        axes.plot([one["seconds"] / 60 for one in found["samples"]], [one[name] for one in found["samples"]], linewidth=1)
        axes.set_ylabel(name.replace("_", " "))
        axes.set_ylim(bottom=0)
    axes.set_xlabel("minutes")
    figure.savefig(path)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    aim = parser.add_mutually_exclusive_group()
    aim.add_argument("--turns", type=int, default=20_000)
    aim.add_argument("--minutes", type=float, default=None)
    parser.add_argument("--shoppers", type=int, default=8)
    parser.add_argument("--every", type=float, default=5.0, help="seconds between two samples")
    parser.add_argument("--out", type=Path, default=ROOT / "reports")
    parser.add_argument("--data", type=Path, default=None, help="the server's folder; its index is used again")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "soak.json").unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        data = options.data or Path(folder) / "data"
        with serving(data, options.out / "soak.log") as server:
            wanted = Aim(options.turns, options.minutes)
            found = verdict(*asyncio.run(soak(server, wanted, options.shoppers, options.every)), wanted.counts)
    (options.out / "soak.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    draw(found, options.out / "soak.svg")
    Console().print_json(json.dumps({name: value for name, value in found.items() if name != "samples"}))
    return 0 if found["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
