"""An engine that can be replaced while it writes: what begins now is written by the new one, what has begun to its end by the old.

Knows no models and no files. Invariants: every stream is written by one engine from its first word to its last; an engine that was replaced
is closed when the last of its streams has ended, and not before; after `close` every engine it ever had is closed.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from typing import Any

from chatbot.engine import ChatMessage, Chunk, Engine, Lane, Sampling, standing_back

log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class _Serving:
    """An engine, and how many still need it."""

    engine: Engine
    uses: int = 0


class SwitchingEngine:
    """`name` is shown to people; without it the engine's own is. Whatever else an engine can do is asked of the one that serves now."""

    def __init__(self, engine: Engine, name: str = "") -> None:
        self._serving = _Serving(engine)
        self._leaving: set[_Serving] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._beside: list[asyncio.Task[None]] = []
        self._told: list[Callable[[str], None]] = []
        self.name = name or engine.name
        self.context_window = engine.context_window

    @property
    def serving(self) -> Engine:
        """The engine that writes what begins now."""
        return self._serving.engine

    @property
    def remembered(self) -> float:
        """The share of the memory for prompts that is used, 0 to 1; 1 for an engine without one, for which nothing is to be read ahead."""
        return float(getattr(self.serving, "remembered", 1.0))

    def busy(self, lane: Lane = "chat") -> int:
        """Slots of a lane that are taken, in the engine that serves now and in those that finish."""
        return sum(one.engine.busy(lane) for one in (self._serving, *self._leaving) if hasattr(one.engine, "busy"))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.serving, name)

    def count_tokens(self, text: str) -> int:
        return self.serving.count_tokens(text)

    async def stream(self, messages: Sequence[ChatMessage], sampling: Sampling, *, lane: Lane = "chat") -> AsyncGenerator[Chunk, None]:
        """See Engine.stream."""
        with self._using() as engine:
            async with aclosing(engine.stream(messages, sampling, lane=lane)) as chunks:
                async for chunk in chunks:
                    yield chunk

    async def choose(self, messages: Sequence[ChatMessage], choices: Sequence[str], *, lane: Lane = "chat") -> dict[str, float]:
        """See Engine.choose."""
        with self._using() as engine:
            return await engine.choose(messages, choices, lane=lane)

    @contextmanager
    def standing_back(self) -> Iterator[None]:
        """See SharesProcessor; also of the engines that finish."""
        with contextlib.ExitStack() as stack:
            for one in (self._serving, *self._leaving):
                stack.enter_context(standing_back(one.engine))
            yield

    def switch(self, engine: Engine, name: str = "") -> None:
        """Let it write what begins from now on. The old one is closed as soon as nobody needs it."""
        old, self._serving = self._serving, _Serving(engine)
        self.name, self.context_window = name or engine.name, engine.context_window
        self._leaving.add(old)
        self._let_go(old)
        for tell in self._told:
            tell(self.name)

    def on_switch(self, tell: Callable[[str], None]) -> None:
        """Call it with the name of each engine that takes over."""
        self._told.append(tell)

    def keep_beside(self, work: Coroutine[Any, Any, None]) -> None:
        """Run it until this engine is closed."""
        self._beside.append(asyncio.create_task(work))

    async def close(self) -> None:
        """Also ends the streams of engines that were replaced."""
        for task in self._beside:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._beside.clear()
        leaving, self._leaving = list(self._leaving), set()
        for one in (self._serving, *leaving):
            await one.engine.close()
        await asyncio.gather(*self._tasks)

    @contextmanager
    def _using(self) -> Iterator[Engine]:
        serving = self._serving
        serving.uses += 1
        try:
            yield serving.engine
        finally:
            serving.uses -= 1
            self._let_go(serving)

    def _let_go(self, serving: _Serving) -> None:
        if serving.uses == 0 and serving in self._leaving:
            self._leaving.remove(serving)
            task = asyncio.create_task(_closed(serving.engine))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)


async def _closed(engine: Engine) -> None:
    try:
        await engine.close()
    except Exception:  # it serves nobody any more
        log.exception("%s did not close", engine.name)
