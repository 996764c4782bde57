"""Measures a server over HTTP, streaming, as its own users would: first token cold and with a known beginning, tokens per second together.

Asks with plain httpx, so that nothing of our own engine is in the figures. Tokens are counted by the server itself, in every event; a chunk
may carry several. Invariant: every text has exactly the tokens that were asked for, or the measurement is an error.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from contextlib import aclosing
from typing import Any

import httpx

from chatbot.engine import ChatMessage
from chatbot.engines.sse import events
from tests.bench.peer_install import PeerError
from tests.bench.peer_rates import TOGETHER, TOKENS, Written, conversation, decode_rate, figures
from tests.bench.peer_servers import MODEL

# What a server must be told to count its tokens in every event, and not to end early. Each knows only its own words.
TOLD: dict[str, dict[str, Any]] = {
    "llamacpp": {"ignore_eos": True, "timings_per_token": True, "stream_options": {"include_usage": True}},
    "vllm": {"ignore_eos": True, "stream_options": {"include_usage": True, "continuous_usage_stats": True}},
}


class Measured:
    """One server; `name` says in which words it is asked."""

    def __init__(self, name: str, url: str) -> None:
        self._name, self._url = name, url
        self._client = httpx.AsyncClient(timeout=300, limits=httpx.Limits(max_connections=None))

    async def write(self, messages: Sequence[ChatMessage], tokens: int) -> Written:
        """One text of exactly that many tokens. Raises PeerError when it is shorter or refused."""
        asked = [{"role": message.role, "content": message.content} for message in messages]
        body = {"model": MODEL, "messages": asked, "max_tokens": tokens, "temperature": 0.0, "stream": True, **TOLD[self._name]}
        times: list[float] = []
        counts: list[int] = []
        prompt_tokens = 0
        began = time.perf_counter()
        async with self._client.stream("POST", f"{self._url}/chat/completions", json=body) as response:
            if response.status_code != 200:
                raise PeerError(f"{self._name}: status {response.status_code}: {(await response.aread())[:300].decode(errors='replace')}")
            async with aclosing(events(response.aiter_bytes())) as datas:
                async for data in datas:
                    if data == "[DONE]":
                        break
                    count, prompt = counted(json.loads(data))
                    prompt_tokens = prompt or prompt_tokens
                    if count > (counts[-1] if counts else 0):
                        times.append(time.perf_counter())
                        counts.append(count)
        if not counts or counts[-1] != tokens:
            raise PeerError(f"{self._name}: expected {tokens} tokens, got {counts[-1] if counts else 0}")
        return Written(began, tuple(times), tuple(counts), prompt_tokens)

    async def together(self, count: int, tokens: int = TOKENS) -> list[Written]:
        return list(await asyncio.gather(*[self.write(conversation(number), tokens) for number in range(count)]))

    async def all(self, repeats: int) -> dict[str, dict[str, float]]:
        """Every figure; what is measured warm has been asked once before."""
        await self.write(conversation(0, "warm: "), 8)
        cold = [await self.write(conversation(0, f"{number}: "), 2) for number in range(repeats)]
        await self.write(conversation(0), 2)
        known = [await self.write(conversation(number), 2) for number in range(1, repeats + 1)]
        rates: dict[int, list[float]] = {}
        for count in TOGETHER:
            await self.together(count, 4)
            rates[count] = [decode_rate(await self.together(count)) for _ in range(repeats)]
        return figures(cold, known, rates)

    async def close(self) -> None:
        await self._client.aclose()


def counted(event: dict[str, Any]) -> tuple[int, int]:
    """Tokens written so far, and tokens of the prompt; 0 where the event does not say."""
    usage, timings = event.get("usage") or {}, event.get("timings") or {}
    written = usage.get("completion_tokens") or timings.get("predicted_n") or 0
    prompt = usage.get("prompt_tokens") or timings.get("prompt_n", 0) + timings.get("cache_n", 0)
    return int(written), int(prompt)


async def measure_server(name: str, url: str, repeats: int) -> dict[str, dict[str, float]]:
    measured = Measured(name, url)
    try:
        return await measured.all(repeats)
    finally:
        await measured.close()
