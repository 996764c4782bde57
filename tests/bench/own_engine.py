"""This program's engine as `make bench` opens it, asked as the peers are: texts of exactly so many tokens, with the time of each.

Knows `LocalEngine` and how settings map to it (`chatbot/server/opening.py`). Invariant: no text ends before its length, whatever the model
would like: the tokens that end one are made impossible, as the peers' servers do when they are told to.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from chatbot.engine import ChatMessage, Lane, Sampling
from chatbot.engines.local import LocalEngine
from chatbot.engines.model import Loading
from chatbot.engines.worker import Limits
from chatbot.settings import Settings
from tests.bench.peer_rates import TOKENS, Written, conversation

SLOTS = 16  # as the peers' servers have


def open_engine(folder: Path, threads: int, slots: int = SLOTS, queue: int = 16) -> LocalEngine:
    """With the default settings but for `slots`, `queue` and `threads`. Blocks for seconds."""
    settings = Settings()
    how = Loading(settings.device, settings.precision, cache=settings.cache / "machine")
    return LocalEngine(folder, how, Limits(slots, queue, threads, settings.prefix_cache << 20))


class Unending:
    """Makes the words that end a text impossible."""

    def __init__(self, ends: Sequence[int]) -> None:
        self._ends = torch.tensor(list(ends))

    def __call__(self, written: Sequence[int], scores: Any) -> Any:
        return scores.index_fill(0, self._ends, float("-inf"))


class Asked:
    """An engine that is asked for whole texts. `ends`: whether the model would end one by itself, which is then made impossible."""

    def __init__(self, engine: LocalEngine, ends: bool = True) -> None:
        self.engine = engine
        self._unending = (Unending(sorted(engine._model.ends)),) if ends else ()

    def sampling(self, tokens: int) -> Sampling:
        return Sampling(max_tokens=tokens, processors=self._unending)

    async def write(self, messages: Sequence[ChatMessage], tokens: int, lane: Lane = "chat") -> tuple[Written, str]:
        """One text of exactly that many tokens, and its words. Raises ValueError when it has another length."""
        times: list[float] = []
        counts: list[int] = []
        text, prompt_tokens, count = "", 0, 0
        began = time.perf_counter()
        async for chunk in self.engine.stream(messages, self.sampling(tokens), lane=lane):
            count += chunk.tokens
            text += chunk.text
            prompt_tokens = chunk.prompt_tokens or prompt_tokens
            times.append(time.perf_counter())
            counts.append(count)
        if count != tokens:
            raise ValueError(f"expected {tokens} tokens, got {count}")
        return Written(began, tuple(times), tuple(counts), prompt_tokens), text

    async def together(self, count: int, tokens: int = TOKENS) -> list[Written]:
        return [written for written, _ in await asyncio.gather(*[self.write(conversation(number), tokens) for number in range(count)])]


def next_turn(messages: Sequence[ChatMessage], answer: str) -> list[ChatMessage]:
    """The conversation after its answer, with another question."""
    return [*messages, ChatMessage("assistant", answer), ChatMessage("user", "And when does it arrive?")]
