"""The model here: one thread owns it and writes for several conversations at once; each hears its tokens as they are made.

Knows threads, queues and the event loop; what a step does is `Batch`'s business. Invariants: closing a stream, or cancelling the task
that reads it, frees its slot within one step; the engine never waits for a listener; whoever asks when the queue is full hears
`Overloaded` at once; after `close` no thread is left and no stream is open.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import cast

import torch

from chatbot.engine import ChatMessage, Chunk, Lane, Sampling
from chatbot.engines.batch import Batch, Job, Outcome
from chatbot.engines.model import Device, LanguageModel, load_model
from chatbot.engines.sampling import random_source
from chatbot.engines.text import TextStream
from chatbot.errors import EngineError, EngineUnavailable, Overloaded

LANES: tuple[Lane, Lane] = ("chat", "batch")  # in the order in which they are served


class LocalEngine:
    """The constructor loads the model, which blocks for seconds. Raises EngineUnavailable when it cannot be loaded."""

    def __init__(self, folder: Path, device: Device = "auto", threads: int = 0, slots: int = 8, queue_limit: int = 16) -> None:
        self._slots = slots
        self._queue_limit = queue_limit
        self._waiting: dict[Lane, deque[Job]] = {lane: deque() for lane in LANES}
        self._wake = threading.Condition()
        self._closed = False
        self._loaded = threading.Event()
        self._failure: Exception | None = None
        self._seconds = 2.0  # how long a job takes, a moving average
        self._thread = threading.Thread(target=self._work, args=(folder, device, threads), name="engine", daemon=True)
        self._thread.start()
        self._loaded.wait()
        if self._failure is not None:
            raise self._failure
        self.name = self._model.name
        self.context_window = self._model.context_window

    def count_tokens(self, text: str) -> int:
        return len(self._model.encode(text))

    async def stream(self, messages: Sequence[ChatMessage], sampling: Sampling, *, lane: Lane = "chat") -> AsyncGenerator[Chunk, None]:
        """See Engine.stream. Raises EngineError when the prompt does not fit the model's context window."""
        prompt = self._model.prompt(messages)
        room = self.context_window - len(prompt)
        if room < 1:
            raise EngineError(f"{self.name}: the prompt has {len(prompt)} tokens, and the context window is {self.context_window}")
        fitting = replace(sampling, max_tokens=max(1, min(sampling.max_tokens, room)))
        job, outcomes = self._job(prompt, fitting, lane)
        self._submit(job)
        try:
            while True:
                chunk = cast(Chunk, await self._next(outcomes))
                yield chunk
                if chunk.finish:
                    return
        finally:
            self._cancel(job)

    async def choose(self, messages: Sequence[ChatMessage], choices: Sequence[str], *, lane: Lane = "chat") -> dict[str, float]:
        """The likelihood of each choice as the whole answer, end included, so that one which begins another does not win by being short."""
        if not choices:
            return {}
        prompt = self._model.prompt(messages)
        encoded = {choice: self._model.encode(choice) for choice in choices}
        if len(prompt) + max(map(len, encoded.values())) > self.context_window:
            raise EngineError(f"{self.name}: the prompt has {len(prompt)} tokens, and the context window is {self.context_window}")
        job, outcomes = self._job(prompt, Sampling(), lane)
        job.choices = encoded
        self._submit(job)
        try:
            return cast(dict[str, float], await self._next(outcomes))
        finally:
            self._cancel(job)

    async def close(self) -> None:
        """End every stream with EngineUnavailable and join the thread."""
        with self._wake:
            self._closed = True
            self._wake.notify()
        await asyncio.to_thread(self._thread.join)

    def _job(self, prompt: list[int], sampling: Sampling, lane: Lane) -> tuple[Job, asyncio.Queue[Outcome]]:
        outcomes: asyncio.Queue[Outcome] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def deliver(outcome: Outcome) -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody listens any more
                loop.call_soon_threadsafe(outcomes.put_nowait, outcome)

        text = TextStream(self._model.decode, sampling.stop)
        return Job(prompt, sampling, lane, deliver, text, random_source(sampling)), outcomes

    @staticmethod
    async def _next(outcomes: asyncio.Queue[Outcome]) -> Chunk | dict[str, float]:
        outcome = outcomes.get_nowait() if not outcomes.empty() else await outcomes.get()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def _submit(self, job: Job) -> None:
        with self._wake:
            if self._closed:
                raise EngineUnavailable(f"{self.name}: the engine is closed")
            ahead = len(self._waiting[job.lane])
            if ahead + self._batch.count(job.lane) >= self._slots + self._queue_limit:
                wait = self._seconds * (ahead + 1) / self._slots
                raise Overloaded(f"{self.name}: {ahead} are waiting already", retry_after=min(30.0, max(1.0, wait)))
            self._waiting[job.lane].append(job)
            self._wake.notify()

    def _cancel(self, job: Job) -> None:
        """Also called for jobs that are done, where it does nothing."""
        job.cancelled = True
        with self._wake, suppress(ValueError):
            self._waiting[job.lane].remove(job)

    def _work(self, folder: Path, device: Device, threads: int) -> None:
        """The thread that owns the model."""
        try:
            if threads:
                torch.set_num_threads(threads)  # counts for the thread that calls it
            self._model: LanguageModel = load_model(folder, device)
            self._batch = Batch(self._model, self._slots)
            self._warm_up()
        except Exception as error:
            self._failure = error if isinstance(error, EngineError) else EngineUnavailable(f"{folder}: {error}")
            return
        finally:
            self._loaded.set()
        while self._admit():
            self._batch.step()
        self._batch.abandon(EngineUnavailable(f"{self._model.name}: the engine was closed"))

    def _warm_up(self) -> None:
        """The first product of each kind is slow while the libraries choose their kernels; no shopper should wait for that."""
        memory = self._model.decoder.memory(80)
        for part in ([0] * 64, [0]):
            self._model.decoder.forward([(memory, part)])

    def _admit(self) -> bool:
        """Wait until there is something to do and let in whoever has a place. False when the engine is to close."""
        with self._wake:
            while not (self._closed or len(self._batch) or any(self._waiting.values())):
                self._wake.wait()
            if self._closed:
                for lane in LANES:
                    while self._waiting[lane]:
                        self._waiting[lane].popleft().deliver(EngineUnavailable(f"{self._model.name}: the engine was closed"))
                return False
            for lane in LANES:
                while self._waiting[lane] and self._batch.has_room(lane):
                    self._batch.admit(self._timed(self._waiting[lane].popleft()))
            return True

    def _timed(self, job: Job) -> Job:
        deliver: Callable[[Outcome], None] = job.deliver
        began = time.monotonic()

        def timing(outcome: Outcome) -> None:
            if not isinstance(outcome, Chunk) or outcome.finish:
                self._seconds += 0.2 * (time.monotonic() - began - self._seconds)
            deliver(outcome)

        job.deliver = timing
        return job
