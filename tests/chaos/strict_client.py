"""A client that follows the protocol and complains about every breach: it reconnects, resumes, resends, and keeps a log.

The log is what the shopper would see: the durable events, applied only when they are the next ones, and the words of each turn.
"""

from __future__ import annotations

import asyncio
import json
import random
import uuid
from collections import Counter
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage


class StrictClient:
    """One conversation. `faults` must stay empty; `acknowledged` maps message ids to numbers."""

    def __init__(self, port: int, number: int, messages: int, counts: Counter[str]) -> None:
        self.log: list[dict[str, Any]] = []
        self.acknowledged: dict[str, int] = {}
        self.faults: list[str] = []
        self.session: str | None = None
        self._token: str | None = None
        self._port = port
        self._counts = counts
        self._unsent = [(str(uuid.uuid4()), f"Question {index} of shopper {number}?") for index in range(messages)]
        self._shown: dict[str, str] = {}
        self._replied: set[str] = set()
        self._wake = asyncio.Event()
        self.hurry = False

    @property
    def done(self) -> bool:
        """Everything asked is acknowledged and answered."""
        asked = {event["turn"] for event in self.log if event["type"] == "message"}
        return not self._unsent and asked <= self._replied

    async def talk(self) -> None:
        while not self.done:
            try:
                async with connect(
                    f"ws://127.0.0.1:{self._port}/v1/chat?site=shop", compression=None, open_timeout=3, close_timeout=0.2
                ) as wire:
                    await self._converse(wire)
            except (ConnectionClosed, InvalidHandshake, InvalidMessage, OSError, EOFError, TimeoutError):
                await asyncio.sleep(random.uniform(0, 0.1))

    async def _converse(self, wire: ClientConnection) -> None:
        hello: dict[str, Any] = {"type": "hello", "locale": "en"}
        if self.session is not None:
            hello |= {"session": self.session, "token": self._token, "after": len(self.log)}
        await wire.send(json.dumps(hello))
        self._shown_so_far_is_unsure()
        async with asyncio.timeout(5):
            self._apply(json.loads(await wire.recv()))
        self._counts["connects"] += 1
        sender = asyncio.create_task(self._send(wire))
        try:
            while not self.done:
                async with asyncio.timeout(12):
                    self._apply(json.loads(await wire.recv()))
        finally:
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)

    async def _send(self, wire: ClientConnection) -> None:
        """The oldest message that is not acknowledged, sometimes twice, sometimes before the last one is answered."""
        while self._unsent:
            message_id, text = self._unsent[0]
            frame = json.dumps({"type": "message", "id": message_id, "text": text})
            for _ in range(2 if random.random() < 0.1 else 1):
                await wire.send(frame)
                self._counts["sends"] += 1
            while self._unsent and self._unsent[0][0] == message_id:
                self._wake.clear()
                await self._wake.wait()
            while random.random() < 0.8 and not self._all_replied():
                self._wake.clear()
                await self._wake.wait()

    def _all_replied(self) -> bool:
        return {event["turn"] for event in self.log if event["type"] == "message"} <= self._replied

    def _shown_so_far_is_unsure(self) -> None:
        self._shown = {}

    def _apply(self, event: dict[str, Any]) -> None:
        kind = event["type"]
        if kind == "ready":
            self._greeted(event)
        elif kind == "delta":
            self._delta(event)
        elif kind == "snapshot":
            self._shown[event["turn"]] = event["text"]
        elif kind == "error":
            self.faults.append(f"error: {event}")
        elif "seq" in event:
            self._durable(event)
        self._wake.set()

    def _greeted(self, event: dict[str, Any]) -> None:
        if self.session is not None and event["resume"] != "ok":
            self.faults.append(f"resume refused: {event}")
        self.session, self._token = event["session"], event["token"]

    def _delta(self, event: dict[str, Any]) -> None:
        shown = self._shown.get(event["turn"], "")
        if event["offset"] != len(shown):
            self.faults.append(f"delta at {event['offset']} after {len(shown)} characters")
        self._shown[event["turn"]] = shown + event["text"]

    def _durable(self, event: dict[str, Any]) -> None:
        if event["type"] == "message":
            self._acknowledged(event)
        if event["seq"] <= len(self.log):
            self._counts["repeated"] += 1
            if self.log[event["seq"] - 1] != event:
                self.faults.append(f"event {event['seq']} changed")
            return
        if event["seq"] != len(self.log) + 1:
            self.faults.append(f"hole: {event['seq']} after {len(self.log)}")
        self.log.append(event)
        if event["type"] == "reply":
            self._replied.add(event["turn"])
            self._words_fit(event)

    def _acknowledged(self, event: dict[str, Any]) -> None:
        if self.acknowledged.setdefault(event["id"], event["seq"]) != event["seq"]:
            self.faults.append(f"message {event['id']} acknowledged under two numbers")
        self._unsent = [waiting for waiting in self._unsent if waiting[0] != event["id"]]

    def _words_fit(self, reply: dict[str, Any]) -> None:
        """Whoever saw a turn's words from the start, or a snapshot, saw exactly the reply; only a kill replaces them by an apology."""
        shown = self._shown.get(reply["turn"])
        if shown is not None and shown != reply["text"] and reply["finish"] != "error":
            self.faults.append(f"shown {shown!r}, replied {reply['text']!r}")
        if shown is not None:
            self._counts["compared"] += 1
