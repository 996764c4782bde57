"""The turn as a shopper has it: over real WebSockets, against a real `chatbot serve` of the sample shop in a child process.

Times are counted from the moment the message frame is sent: to `status`, to the first `delta`, to `reply`. Questions are made from the
titles of the shop's own products, every one asked once, so that no prompt is known beforehand. A turn asked the model when its
reply reports tokens of one; `fallback` says that its words were withheld. The other turns are answered from the record or a passage.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from websockets.asyncio.client import connect

from tests.bench.peer_watch import favour

ROOT = Path(__file__).resolve().parents[2]
SITE = "bench"
START_SECONDS = 300.0
TURN_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Timed:
    """One turn: milliseconds from the message to each event, and what came."""

    question: str
    status: float
    first: float
    last: float
    deltas: int
    written: bool
    finish: str


@dataclass(frozen=True, slots=True)
class Running:
    """A server that is ready. `process` is the child's id, `seconds` what it took to /readyz."""

    url: str
    process: int
    seconds: float


@contextmanager
def serving(data: Path, log: Path, settings: dict[str, str] | None = None) -> Iterator[Running]:
    """A `chatbot serve` of the sample shop with `data` as its folder; stopped as an operator would.

    Raises: RuntimeError with its last words when it is not ready in time.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "CHATBOT_DATA": str(data), "CHATBOT_SITE_KEY": SITE, "PYTHONPATH": str(ROOT), **(settings or {})}
    began = time.perf_counter()
    with log.open("ab") as sink:
        command = [sys.executable, "-m", "chatbot", "serve", "--port", str(port)]
        child = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=sink, stderr=sink, start_new_session=True)
    favour(child.pid)
    try:
        _wait(f"http://127.0.0.1:{port}/readyz", child, log)
        yield Running(f"http://127.0.0.1:{port}", child.pid, time.perf_counter() - began)
    finally:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(timeout=20)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _wait(url: str, child: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and child.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise RuntimeError(f"chatbot serve was not ready within {START_SECONDS:.0f} s:\n{log.read_text(errors='replace')[-3000:]}")


def memory_megabytes(process: int) -> dict[str, float]:
    """Resident memory of a process now and at its highest, in MB; empty where the system does not tell (it is read from /proc)."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return {}
    kilobytes = {line.split(":")[0]: int(line.split()[1]) for line in lines if line.startswith(("VmRSS", "VmHWM"))}
    return {"now": kilobytes["VmRSS"] / 1024, "highest": kilobytes["VmHWM"] / 1024}


def titles(server: Running, count: int) -> list[str]:
    """Titles of the shop's products, the first `count` in the shop's order."""
    found: list[str] = []
    page = 1
    while len(found) < count:
        with urllib.request.urlopen(f"{server.url}/v1/products?lang=en&page={page}&size=48", timeout=30) as answer:
            items = json.load(answer)["items"]
        if not items:
            break
        found += [item["title"] for item in items]
        page += 1
    return found[:count]


async def ask(server: Running, question: str) -> Timed:
    """One shopper with a conversation of their own asks one question."""
    address = f"{server.url.replace('http', 'ws', 1)}/v1/chat?site={SITE}"
    async with connect(address, compression=None, max_size=2**22) as wire, asyncio.timeout(TURN_SECONDS):
        await wire.send(json.dumps({"type": "hello", "locale": "en"}))
        await wire.recv()
        began = time.perf_counter()
        await wire.send(json.dumps({"type": "message", "id": str(uuid.uuid4()), "text": question}))
        seen: dict[str, float] = {}
        deltas = 0
        while True:
            event: dict[str, Any] = json.loads(await wire.recv())
            now = (time.perf_counter() - began) * 1000
            seen.setdefault(event["type"], now)
            deltas += event["type"] in ("delta", "snapshot")
            if event["type"] == "error":
                raise RuntimeError(f"{question!r}: {event['code']}: {event['message']}")
            if event["type"] == "reply":
                first = seen.get("delta", seen.get("snapshot", now))
                return Timed(question, seen["status"], first, now, deltas, event["usage"]["completion_tokens"] > 0, event["finish"])


async def ask_all(server: Running, questions: Sequence[str], shoppers: int) -> list[Timed]:
    """The questions in rounds of `shoppers` at once; the next round begins when all of one are answered."""
    found: list[Timed] = []
    for start in range(0, len(questions), shoppers):
        found += await asyncio.gather(*[ask(server, question) for question in questions[start : start + shoppers]])
    return found


def quantiles(values: Sequence[float]) -> dict[str, float]:
    """Median, 95th percentile (nearest rank) and the longest."""
    ordered = sorted(values)
    return {"p50": statistics.median(ordered), "p95": ordered[max(0, -(-95 * len(ordered) // 100) - 1)], "max": ordered[-1]}


def summary(turns: Sequence[Timed]) -> dict[str, Any]:
    """Milliseconds to each event, for how many the model was asked, and how many came in pieces."""
    return {
        "turns": len(turns),
        "status_ms": quantiles([turn.status for turn in turns]),
        "first_ms": quantiles([turn.first for turn in turns]),
        "reply_ms": quantiles([turn.last for turn in turns]),
        "asked_the_model": sum(turn.written for turn in turns),
        "withheld": sum(turn.written and turn.finish == "fallback" for turn in turns),
        "in_pieces": sum(turn.deltas > 1 for turn in turns),
        "finish": {name: sum(turn.finish == name for turn in turns) for name in sorted({turn.finish for turn in turns})},
        "each": [asdict(turn) for turn in turns],
    }


def measure_turns(server: Running, rounds: int) -> dict[str, Any]:
    """Both kinds of questions, with one shopper and with four at once; `rounds` questions a shopper."""
    names = titles(server, 2 * 5 * rounds)
    asked = iter(names)

    def next_questions(form: str, count: int) -> list[str]:
        return [form.format(name) for _, name in zip(range(count), asked, strict=False)]

    found: dict[str, Any] = {}
    for kind, form in (("record", "How much is the {}?"), ("model", "Tell me about the {}.")):
        for shoppers in (1, 4):
            questions = next_questions(form, rounds * shoppers)
            if len(questions) == rounds * shoppers:
                found[f"{kind}, {shoppers} at once"] = summary(asyncio.run(ask_all(server, questions, shoppers)))
    return found
