"""The thread that owns a model: lets waiting jobs in, runs one step after the other, and shows by its pulse that it is alive.

Knows queues and threads, and nothing of asyncio. Invariants: no other thread touches the decoder; whoever submits when the queue is full
hears `Overloaded` at once; whoever waits past their deadline hears it then; nothing is computed for batch jobs while a shopper waits or is
expected (`hold`); after `close` every job has heard how it ended.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import torch

from chatbot.engine import Chunk, Lane
from chatbot.engines.batch import Batch, Job, Outcome
from chatbot.engines.model import LanguageModel
from chatbot.engines.pieces import Piece
from chatbot.engines.prefixes import BUDGET
from chatbot.errors import EngineError, EngineUnavailable, Overloaded

WHOLE_PROMPT = 512  # tokens; what a GPU does for so many takes it seconds the first time and milliseconds ever after
LANES: tuple[Lane, Lane] = ("chat", "batch")  # in the order in which they are served


@dataclass(frozen=True, slots=True)
class Limits:
    """`slots` of each lane are written for at once, `queue` more may wait; `threads` of the processor, 0 for all; `prefixes` in bytes."""

    slots: int = 8
    queue: int = 16
    threads: int = 0
    prefixes: int = BUDGET


class Worker:
    """Starts its thread, which calls `load`, and waits for it. Raises what `load` raises, as EngineUnavailable."""

    def __init__(self, load: Callable[[], LanguageModel], limits: Limits) -> None:
        self._limits = limits
        self._waiting: dict[Lane, deque[Job]] = {lane: deque() for lane in LANES}
        self._wake = threading.Condition()
        self._closed: Exception | None = None
        self._held = 0  # shoppers whose questions are thought about
        self._seconds = 2.0  # how long a job takes, a moving average
        self._loaded = threading.Event()
        self._failure: Exception | None = None
        self._step_began: float | None = None
        self._thread = threading.Thread(target=self._work, args=(load,), name="engine", daemon=True)
        self._thread.start()
        self._loaded.wait()
        if self._failure is not None:
            raise self._failure

    @property
    def model(self) -> LanguageModel:
        return self._model

    def busy(self, lane: Lane) -> int:
        """Jobs of a lane that hold a slot."""
        return self._batch.count(lane)

    @property
    def remembered(self) -> float:
        """See Prefixes.used."""
        return self._batch.remembered

    def silent(self) -> float:
        """Seconds that the present step has been running; 0 between steps."""
        began = self._step_began
        return 0.0 if began is None else time.monotonic() - began

    def submit(self, job: Job) -> None:
        """Raises Overloaded when the queue is full, EngineUnavailable when the worker is closed."""
        with self._wake:
            if self._closed is not None:
                raise EngineUnavailable(str(self._closed))
            ahead = len(self._waiting[job.lane])
            if ahead + self._batch.count(job.lane) >= self._limits.slots + self._limits.queue:
                raise Overloaded(f"{self._model.name}: {ahead} are waiting already", retry_after=self._patience(ahead + 1))
            self._waiting[job.lane].append(self._timed(job))
            self._wake.notify()

    def cancel(self, job: Job) -> None:
        """Also called for jobs that are done, where it does nothing."""
        job.cancelled = True
        with self._wake:
            with suppress(ValueError):
                self._waiting[job.lane].remove(job)
            self._wake.notify()

    def hold(self) -> None:
        """Compute nothing for batch jobs until `let_go` was called as often as this."""
        with self._wake:
            self._held += 1

    def let_go(self) -> None:
        with self._wake:
            self._held -= 1
            self._wake.notify()

    def close(self, reason: Exception) -> None:
        """End every job with `reason` after the step that is running. Does not wait; see `join`."""
        with self._wake:
            self._closed = reason
            self._wake.notify()

    def desert(self, reason: Exception) -> None:
        """Close a worker whose step does not end: its jobs are told by the caller's thread, for its own may never come back."""
        self.close(reason)
        with self._wake:
            self._tell_waiting(reason)
            for job in self._batch.jobs:
                job.deliver(reason)

    def join(self) -> None:
        self._thread.join()

    def _patience(self, place: int) -> float:
        return min(30.0, max(1.0, self._seconds * place / self._limits.slots))

    def _work(self, load: Callable[[], LanguageModel]) -> None:
        try:
            if self._limits.threads:
                torch.set_num_threads(self._limits.threads)  # counts for the thread that calls it
            self._model = load()
            self._batch = Batch(self._model, self._limits.slots, self._limits.prefixes, self._shopper_expected)
            self._warm_up()
        except Exception as error:
            self._failure = error if isinstance(error, EngineError) else EngineUnavailable(f"the model cannot be loaded ({error})")
            return
        finally:
            self._loaded.set()
        while self._admit():
            self._step_began = time.monotonic()
            self._batch.step()
            self._step_began = None
        self._batch.abandon(self._closed or EngineUnavailable("the engine was closed"))

    def _warm_up(self) -> None:
        """The first product of each kind is slow while the libraries choose their kernels; no shopper should wait for that."""
        decoder = self._model.decoder
        for tokens in (*((WHOLE_PROMPT,) if decoder.ahead else ()), 64, 1):
            decoder.forward([Piece(0, [0] * min(tokens, self._model.context_window // 4))])
        decoder.clear(0)

    def _admit(self) -> bool:
        """Wait until there is something to do and let in whoever has a place. False when the worker is to close."""
        with self._wake:
            while self._closed is None and self._idle():
                self._wake.wait()
            if self._closed is not None:
                self._tell_waiting(self._closed)
                return False
            for lane in LANES:
                self._let_in(lane)
            return True

    def _idle(self) -> bool:
        """Whether nobody is to be written for now: no shopper, nobody to be let go, and batch jobs only while they are held."""
        jobs = [*self._batch.jobs, *(job for waiting in self._waiting.values() for job in waiting)]
        return not any(not self._held or job.lane == "chat" or job.cancelled for job in jobs)

    def _shopper_expected(self) -> bool:
        return self._held > 0 or bool(self._waiting["chat"])

    def _let_in(self, lane: Lane) -> None:
        waiting, now = self._waiting[lane], time.monotonic()
        for job in [job for job in waiting if now > job.admitted_by]:
            waiting.remove(job)
            job.deliver(Overloaded(f"{self._model.name}: no place became free in time", retry_after=self._patience(len(waiting) + 1)))
        while waiting and self._batch.has_room(lane):
            self._batch.admit(waiting.popleft())

    def _tell_waiting(self, reason: Exception) -> None:
        for waiting in self._waiting.values():
            while waiting:
                waiting.popleft().deliver(reason)

    def _timed(self, job: Job) -> Job:
        deliver: Callable[[Outcome], None] = job.deliver

        def timing(outcome: Outcome) -> None:
            if job.began and (not isinstance(outcome, Chunk) or outcome.finish):
                self._seconds += 0.2 * (time.monotonic() - job.began - self._seconds)
            deliver(outcome)

        job.deliver = timing
        return job
