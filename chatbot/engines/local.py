"""The model here: it writes for several conversations at once, and each hears its tokens as they are made.

Knows the event loop and the watchdog; the thread that owns the model is `Worker`'s business and what a step does is `Batch`'s.
Invariants: closing a stream, or cancelling the task that reads it, frees its slot within one step; the engine never waits for a
listener; a step that hangs costs those it was made for an error, and a new worker with the same weights takes over; after `close` no
stream is open and no thread is left, but one that hangs in a library.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import cast
from weakref import WeakKeyDictionary

from chatbot.engine import ChatMessage, Chunk, Lane, Sampling
from chatbot.engines.batch import Job, Outcome
from chatbot.engines.figure_spans import AlongEvidence, Vocabulary
from chatbot.engines.model import LanguageModel, Loading, load_model
from chatbot.engines.sampling import random_source
from chatbot.engines.text import TextStream
from chatbot.engines.worker import Limits, Worker
from chatbot.errors import EngineError, EngineUnavailable

HUNG_SECONDS = 60.0  # a step takes a tenth of a second; a large model on a slow machine a few
WAITING = 15.0  # seconds a shopper may wait for a slot; then `overloaded`
DEADLINE = 120.0  # seconds a text may take, with the time it waits


class Post:
    """What a worker has for the listeners of one event loop, handed over together: a loop that is woken for each of them takes the
    processor from the next step again and again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[tuple[asyncio.Queue[Outcome], Outcome]] = []

    def put(self, loop: asyncio.AbstractEventLoop, listener: asyncio.Queue[Outcome], outcome: Outcome) -> None:
        """From any thread. Nothing happens when the loop is closed: nobody listens any more."""
        with self._lock:
            self._waiting.append((listener, outcome))
            if len(self._waiting) > 1:
                return  # the loop has been woken, and has not come yet
        try:
            loop.call_soon_threadsafe(self._hand_out)
        except RuntimeError:
            with self._lock:
                self._waiting.clear()

    def _hand_out(self) -> None:
        with self._lock:
            waiting, self._waiting = self._waiting, []
        for listener, outcome in waiting:
            listener.put_nowait(outcome)


class LocalEngine:
    """The constructor loads the model, which blocks for seconds. Raises EngineUnavailable when it cannot be loaded."""

    def __init__(self, folder: Path, how: Loading = Loading(), limits: Limits = Limits(), hung: float = HUNG_SECONDS) -> None:
        self._limits = limits
        self._hung = hung
        self._deadline, self._waiting = DEADLINE, WAITING
        self._posts: WeakKeyDictionary[asyncio.AbstractEventLoop, Post] = WeakKeyDictionary()
        self._over = threading.Event()
        self._worker = Worker(lambda: load_model(folder, replace(how, slots=2 * limits.slots)), limits)
        self.name = self._model.name
        self.context_window = self._model.context_window
        self._vocabulary = Vocabulary(self._model.pieces())  # half a second that the first shopper does not wait
        self._watchdog = threading.Thread(target=self._watch, name="engine watchdog", daemon=True)
        self._watchdog.start()

    @property
    def _model(self) -> LanguageModel:
        return self._worker.model

    @property
    def tuned(self) -> bool:
        """See Engine."""
        return self._model.tuned

    @property
    def precision(self) -> str:
        """How the weights are kept: int4, int8, bf16 or fp32."""
        return self._model.precision

    @property
    def remembered(self) -> float:
        """The share of the memory for prompts that is used, 0 to 1."""
        return self._worker.remembered

    def busy(self, lane: Lane = "chat") -> int:
        """Slots of a lane that are taken."""
        return self._worker.busy(lane)

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
        worker = self._submit(job)
        try:
            while True:
                chunk = cast(Chunk, await self._next(outcomes))
                yield chunk
                if chunk.finish:
                    return
        finally:
            worker.cancel(job)

    async def choose(self, messages: Sequence[ChatMessage], choices: Sequence[str], *, lane: Lane = "chat") -> dict[str, float]:
        """The likelihood of each choice as the whole answer, end included, so that one which begins another does not win by being short."""
        if not choices:
            return {}
        prompt = self._model.prompt(messages)
        encoded = {choice: self._model.encode(choice) for choice in choices}
        if len(prompt) + sum(map(len, encoded.values())) > self.context_window:
            raise EngineError(f"{self.name}: the prompt has {len(prompt)} tokens, and the context window is {self.context_window}")
        job, outcomes = self._job(prompt, Sampling(), lane)
        job.choices = encoded
        worker = self._submit(job)
        try:
            return cast(dict[str, float], await self._next(outcomes))
        finally:
            worker.cancel(job)

    @contextmanager
    def standing_back(self) -> Iterator[None]:
        """See SharesProcessor."""
        worker = self._worker
        worker.hold()
        try:
            yield
        finally:
            worker.let_go()

    async def close(self) -> None:
        """End every stream with EngineUnavailable and join the threads."""
        self._over.set()
        await asyncio.to_thread(self._watchdog.join)
        self._worker.close(EngineUnavailable(f"{self.name}: the engine was closed"))
        await asyncio.to_thread(self._worker.join)

    def _submit(self, job: Job) -> Worker:
        worker = self._worker
        worker.submit(job)
        return worker

    def _job(self, prompt: list[int], sampling: Sampling, lane: Lane) -> tuple[Job, asyncio.Queue[Outcome]]:
        outcomes: asyncio.Queue[Outcome] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        post = self._posts.setdefault(loop, Post())

        def deliver(outcome: Outcome) -> None:
            post.put(loop, outcomes, outcome)

        if sampling.figures_of:
            along = AlongEvidence(self._vocabulary, sampling.figures_of)
            sampling = replace(sampling, processors=(*sampling.processors, along))
        text = TextStream(self._model.decode, sampling.stop)
        job = Job(prompt, sampling, lane, deliver, text, random_source(sampling))
        if lane == "chat":
            job.deadline = time.monotonic() + self._deadline
            job.admitted_by = time.monotonic() + self._waiting
        return job, outcomes

    @staticmethod
    async def _next(outcomes: asyncio.Queue[Outcome]) -> Chunk | dict[str, float]:
        outcome = outcomes.get_nowait() if not outcomes.empty() else await outcomes.get()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def _watch(self) -> None:
        """The watchdog's thread: put a new worker in the place of one whose step does not end."""
        while not self._over.wait(min(1.0, self._hung / 4)):
            if self._worker.silent() > self._hung:
                self._replace()

    def _replace(self) -> None:
        hanging, model = self._worker, self._model
        self._worker = Worker(lambda: replace(model, decoder=model.decoder.fresh()), self._limits)  # what hangs keeps its old slots
        hanging.desert(EngineError(f"{self.name}: a step did not end within {self._hung:.0f} s; the worker was replaced"))
