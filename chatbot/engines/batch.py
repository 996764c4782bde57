"""One step at a time for everyone who is being written for: who takes part, how much of a long prompt is read, which token comes next.

Runs in the thread that owns the model and knows nothing of threads, queues or asyncio; results go out through each job's `deliver`.
Invariants: a chat job never waits for a batch job; a long prompt is read in parts, so those who are being answered go on; a cancelled
job costs nothing after the step in which it was cancelled; a failure is told to every job it touched, and the batch lives on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch

from chatbot.engine import Chunk, Lane, Sampling
from chatbot.engines.model import LanguageModel
from chatbot.engines.prefixes import Prefixes
from chatbot.engines.sampling import next_token
from chatbot.engines.text import TextStream
from chatbot.errors import EngineError

READ_ALONE = 256  # prompt tokens a step when nobody is being answered
READ_BESIDE = 128  # when somebody is: their next token waits for these
READ_BEHIND = 16  # of a batch job beside a shopper's
Outcome = Chunk | dict[str, float] | Exception


@dataclass(slots=True, eq=False)
class Job:
    """A text to write or, with `choices`, answers to weigh. `cancelled` may be set from any thread."""

    prompt: list[int]
    sampling: Sampling
    lane: Lane
    deliver: Callable[[Outcome], None]
    text: TextStream
    random: torch.Generator
    choices: dict[str, list[int]] = field(default_factory=dict)
    cancelled: bool = False
    memory: Any = None
    written: list[int] = field(default_factory=list)
    unsaid: int = 0  # tokens whose text is still held back

    @property
    def to_read(self) -> int:
        """Prompt tokens not yet in memory. The last one of a weighing is read together with each answer."""
        length: int = self.memory.length
        return max(0, len(self.prompt) - (1 if self.choices else 0) - length)


class Batch:
    def __init__(self, model: LanguageModel, slots: int) -> None:
        self._model = model
        self._slots = slots
        self._prefixes = Prefixes()
        self._jobs: list[Job] = []

    def __len__(self) -> int:
        return len(self._jobs)

    def count(self, lane: Lane) -> int:
        return sum(job.lane == lane for job in self._jobs)

    def has_room(self, lane: Lane) -> bool:
        """Batch jobs need a free slot; a shopper's job only one that no other shopper has, for batch jobs pause."""
        return (self.count("chat") if lane == "chat" else len(self._jobs)) < self._slots

    def admit(self, job: Job) -> None:
        """Give the job a memory, with whatever of its prompt is known already."""
        capacity = len(job.prompt) + (0 if job.choices else job.sampling.max_tokens)
        running = [((known.prompt + known.written)[: known.memory.length], known.memory) for known in self._jobs]
        with self._telling([job]):
            job.memory = self._prefixes.recall(job.prompt, running, capacity) or self._model.decoder.memory(capacity)
            self._jobs.append(job)

    def step(self) -> None:
        """Advance everyone whose turn it is by one token, one part of the prompt, or one decision."""
        for job in [job for job in self._jobs if job.cancelled]:
            self._release(job)
        pieces = self._pieces()
        with self._telling([job for job, _ in pieces]):
            rows = self._model.decoder.forward([(job.memory, ids) for job, ids in pieces]) if pieces else []
            for (job, _), row in zip(pieces, rows, strict=True):
                if not job.choices and job.memory.length >= len(job.prompt):
                    self._write(job, row[-1])
        for job in [job for job in self._jobs if job.choices and not job.to_read]:
            with self._telling([job]):
                self._weigh(job)

    def abandon(self, error: Exception) -> None:
        """End every job with `error`."""
        for job in list(self._jobs):
            self._jobs.remove(job)
            job.deliver(error)

    def _pieces(self) -> list[tuple[Job, list[int]]]:
        """What is computed in this step, at most `slots` jobs, shoppers first."""
        chats = [job for job in self._jobs if job.lane == "chat"][: self._slots]
        behind = [job for job in self._jobs if job.lane == "batch"]
        behind = behind[: min(1, self._slots - len(chats)) if chats else self._slots]
        answering = any(not job.to_read for job in chats + behind)
        budget = {"chat": READ_BESIDE if answering else READ_ALONE, "batch": READ_BEHIND if chats else READ_ALONE}
        pieces: list[tuple[Job, list[int]]] = []
        for job in chats + behind:
            if not job.to_read and not job.choices:
                pieces.append((job, [job.written[-1]]))
            elif part := min(job.to_read, budget[job.lane]):
                budget[job.lane] -= part
                start = job.memory.length
                pieces.append((job, job.prompt[start : start + part]))
        return pieces

    def _write(self, job: Job, scores: torch.Tensor) -> None:
        token = next_token(scores, job.sampling, job.prompt + job.written, job.random)
        job.written.append(token)
        ended = token in self._model.ends
        shown = "" if ended else job.text.feed(token)
        job.unsaid += 1
        if ended or job.text.stopped:
            self._finish(job, shown + job.text.finish(), "stop")
        elif len(job.written) >= job.sampling.max_tokens:
            self._finish(job, shown + job.text.finish(), "length")
        elif shown:
            job.deliver(Chunk(shown, job.unsaid))
            job.unsaid = 0

    def _finish(self, job: Job, text: str, reason: Any) -> None:
        self._release(job)
        job.deliver(Chunk(text, job.unsaid, reason, len(job.prompt)))

    def _weigh(self, job: Job) -> None:
        """How likely each answer is, whole: its tokens and the end after them, given the prompt."""
        model, last = self._model, job.prompt[-1]
        forks = [(job.memory.fork(job.memory.length, len(job.prompt) + len(ids)), [last, *ids]) for ids in job.choices.values()]
        rows = model.decoder.forward(forks, every=True)
        totals = [likelihood(row, [*ids, model.end]) for row, ids in zip(rows, job.choices.values(), strict=True)]
        shares = torch.tensor(totals).softmax(-1).tolist()
        self._release(job)
        job.deliver(dict(zip(job.choices, shares, strict=True)))

    def _release(self, job: Job) -> None:
        self._jobs.remove(job)
        self._prefixes.remember((job.prompt + job.written)[: job.memory.length], job.memory)

    @contextmanager
    def _telling(self, jobs: Sequence[Job]) -> Iterator[None]:
        """Whatever goes wrong in the block ends these jobs with an EngineError. Their memories may be half written: not remembered."""
        try:
            yield
        except Exception as error:  # it may be anything, and everyone it touched must hear of it
            for job in jobs:
                if job in self._jobs:
                    self._jobs.remove(job)
                failure = EngineError(f"{self._model.name}: failed while writing ({type(error).__name__}: {error})")
                failure.__cause__ = error
                job.deliver(failure)


def likelihood(scores: torch.Tensor, ids: Sequence[int]) -> float:
    """Log-probability of `ids` in turn; row i of `scores` is what was thought before ids[i]."""
    chosen = scores.log_softmax(-1).gather(1, torch.tensor([list(ids)], device=scores.device).T)
    return float(chosen.sum())
