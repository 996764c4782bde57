"""Thirty conversations talk while a proxy cuts their connections mid-frame and the server is killed: nothing is lost, doubled or reordered.

`CHAOS=big` runs the long version (7,500 messages, 1,000 cuts, 20 kills).
"""

from __future__ import annotations

import asyncio
import os
import random
import socket
import sqlite3
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from chatbot.archive import Archive
from chatbot.database import Database
from tests.chaos.cutting_proxy import CuttingProxy
from tests.chaos.strict_client import StrictClient

ROOT = Path(__file__).resolve().parents[2]
CONVERSATIONS = 30


@dataclass(frozen=True)
class Size:
    messages: int
    cuts: int
    kills: int
    bytes_between_cuts: int
    seconds: float


SMALL = Size(messages=1_200, cuts=150, kills=6, bytes_between_cuts=7_000, seconds=60)
BIG = Size(messages=7_500, cuts=1_000, kills=20, bytes_between_cuts=7_000, seconds=280)


class Server:
    """The server as a child process."""

    def __init__(self, file: Path) -> None:
        self._file = file
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            self.port = sock.getsockname()[1]
        self._process: asyncio.subprocess.Process | None = None
        self.starts: list[float] = []

    async def start(self) -> None:
        began = time.monotonic()
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.chaos.serve_chat", str(self._file), str(self.port), cwd=ROOT
        )
        while not await self._answers():
            assert self._process.returncode is None, "the server ended by itself"
            await asyncio.sleep(0.02)
        self.starts.append(time.monotonic() - began)

    async def _answers(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        return True

    async def kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


@pytest.mark.chaos
async def test_nothing_is_lost_doubled_or_reordered_by_cuts_and_kills(tmp_path: Path) -> None:
    size = BIG if os.environ.get("CHAOS") == "big" else SMALL
    server = Server(tmp_path / "chat.db")
    await server.start()
    proxy = CuttingProxy(server.port, size.bytes_between_cuts)
    await proxy.start()
    counts: Counter[str] = Counter()
    clients = [StrictClient(proxy.port, number, size.messages // CONVERSATIONS, counts) for number in range(CONVERSATIONS)]
    began = time.monotonic()
    talking = asyncio.gather(*(client.talk() for client in clients))
    try:
        await _kill_as_they_talk(server, clients, size, counts)
        await asyncio.wait_for(talking, size.seconds)
    finally:
        talking.cancel()
        await proxy.stop()
        await server.kill()
    counts |= Counter(messages=sum(len(client.acknowledged) for client in clients), cuts=proxy.cuts)
    print(f"\n{dict(counts)} in {time.monotonic() - began:.1f} s; slowest start {max(server.starts):.2f} s")
    assert [fault for client in clients for fault in client.faults] == []
    await _logs_are_the_rows(tmp_path / "chat.db", clients)
    assert counts["messages"] >= size.messages
    assert counts["cuts"] >= size.cuts
    assert counts["kills"] >= size.kills
    assert counts["compared"] > size.messages / 4


async def _kill_as_they_talk(server: Server, clients: list[StrictClient], size: Size, counts: Counter[str]) -> None:
    """Kill each time another share of the messages is acknowledged, so that the kills spread over the whole run however fast it is."""
    for kill in range(1, size.kills + 1):
        while sum(len(client.acknowledged) for client in clients) < size.messages * kill / (size.kills + 1):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await asyncio.sleep(random.uniform(0, 0.05))
        await server.kill()
        counts["kills"] += 1
        await server.start()


async def _logs_are_the_rows(file: Path, clients: list[StrictClient]) -> None:
    database = await Database.open(f"sqlite:///{file}")
    archive = Archive(database)
    try:
        assert await archive.open_turns() == ()
        for client in clients:
            assert client.session is not None
            rows = await archive.transcript(client.session)
            assert rows == client.log
            assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
            asked = [row["id"] for row in rows if row["type"] == "message"]
            assert len(asked) == len(set(asked))
            assert set(asked) == set(client.acknowledged)
            questions = [row["text"] for row in rows if row["type"] == "message"]
            assert questions == sorted(questions, key=lambda text: int(text.split()[1]))
            turns = [row["turn"] for row in rows if row["type"] == "reply"]
            assert len(turns) == len(set(turns)) == len(asked)
    finally:
        await database.close()
    with sqlite3.connect(file) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert (
            connection.execute(
                "SELECT conversation, reply_to FROM events WHERE reply_to IS NOT NULL GROUP BY 1, 2 HAVING count(*) > 1"
            ).fetchall()
            == []
        )
