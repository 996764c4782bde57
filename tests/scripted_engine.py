"""An engine that says what it is told, or fails as it is told: for tests of what the turn does with a model's text."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import contextmanager

from chatbot.engine import ChatMessage, Chunk, Lane, Sampling


class ScriptedEngine:
    """Streams `text` word by word. `error` is raised after `error_after` words; `pause` seconds lie between two words."""

    name = "scripted"
    context_window = 2048

    def __init__(
        self, text: str = "", *, error: Exception | None = None, error_after: int = 0, pause: float = 0.0, tuned: bool = False
    ) -> None:
        self.tuned = tuned
        self.samplings: list[Sampling] = []
        self.text, self.error, self.error_after, self.pause = text, error, error_after, pause
        self.prompts: list[Sequence[ChatMessage]] = []
        self.open_streams = 0
        self.held = 0  # see standing_back

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    async def stream(self, messages: Sequence[ChatMessage], sampling: Sampling, *, lane: Lane = "chat") -> AsyncGenerator[Chunk, None]:
        self.prompts.append(messages)
        self.samplings.append(sampling)
        self.open_streams += 1
        try:
            words = self.text.split(" ") if self.text else []
            for number, word in enumerate(words):
                if self.error is not None and number == self.error_after:
                    raise self.error
                await asyncio.sleep(self.pause)
                yield Chunk(word + (" " if number < len(words) - 1 else ""))
            if self.error is not None and len(words) <= self.error_after:
                raise self.error
            yield Chunk("", 0, "stop")
        finally:
            self.open_streams -= 1

    @contextmanager
    def standing_back(self) -> Iterator[None]:
        self.held += 1
        try:
            yield
        finally:
            self.held -= 1

    async def choose(self, messages: Sequence[ChatMessage], choices: Sequence[str], *, lane: Lane = "chat") -> dict[str, float]:
        return {choice: 1 / len(choices) for choice in choices}

    async def close(self) -> None:
        return None
