"""One step at a time for everyone who is being written for: who takes part, how much of a long prompt is read, which token comes next.

Runs in the thread that owns the model and knows nothing of threads, queues or asyncio; results go out through each job's `deliver`.
Invariants: a chat job never waits for a batch job, and until its first word nothing is computed beside it; a long prompt is read in
parts, so those who are being answered go on; a cancelled job costs nothing after the step in which it was cancelled, and a step that
nobody wants any more is left in the middle; a failure is told to every job it touched, and the batch lives on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from torch import Tensor

from chatbot.engine import Chunk, FinishReason, Lane, Sampling
from chatbot.engines.model import LanguageModel
from chatbot.engines.pace import Pace
from chatbot.engines.pieces import Piece
from chatbot.engines.prefixes import BUDGET, Prefixes
from chatbot.engines.sampling import Seen, Writing, next_tokens
from chatbot.engines.text import TextStream
from chatbot.errors import EngineError

READ_BEHIND = 8  # prompt tokens a step of a batch job beside a shopper's
PATIENCE = 2.0  # seconds after which a prompt is read before shorter ones
Outcome = Chunk | dict[str, float] | Exception


@dataclass(slots=True, eq=False)
class Job:
    """A text to write or, with `choices`, answers to weigh. `cancelled` may be set from any thread. `deadline`: time.monotonic()."""

    prompt: list[int]
    sampling: Sampling
    lane: Lane
    deliver: Callable[[Outcome], None]
    text: TextStream
    random: torch.Generator
    choices: dict[str, list[int]] = field(default_factory=dict)
    deadline: float = float("inf")
    admitted_by: float = float("inf")  # time.monotonic(), as the deadline is: whoever has no slot by then is told so
    cancelled: bool = False
    slot: int = -1
    began: float = 0.0
    read: int = 0  # tokens of the prompt in the slot
    written: list[int] = field(default_factory=list)
    unsaid: int = 0  # tokens whose text is still held back
    over: bool = False  # its last token is there; it ends as soon as its text is told

    @property
    def gone(self) -> bool:
        """Whether it has no slot any more."""
        return self.slot < 0

    @property
    def to_read(self) -> int:
        """Prompt tokens not yet in the slot. The last one of a weighing is read together with the answers."""
        return max(0, len(self.prompt) - (1 if self.choices else 0) - self.read)


class Batch:
    """`slots` of each lane; the decoder must have as many for both together. `expected`: whether a shopper is about to need the processor,
    asked from this thread at any time; batch jobs then wait, and a step for them alone is left in the middle."""

    def __init__(self, model: LanguageModel, slots: int, budget: int = BUDGET, expected: Callable[[], bool] = lambda: False) -> None:
        self._model = model
        self._expected = expected
        self._prefixes = Prefixes(budget)
        self._pace = Pace()
        self._seen = Seen(2 * slots)
        self._untold: list[tuple[Job, int]] = []  # tokens whose text nobody has heard yet
        self._jobs: list[Job] = []
        self._free: dict[Lane, list[int]] = {"chat": list(range(slots)), "batch": list(range(slots, 2 * slots))}

    def __len__(self) -> int:
        return len(self._jobs)

    @property
    def jobs(self) -> tuple[Job, ...]:
        return tuple(self._jobs)

    @property
    def remembered(self) -> float:
        """See Prefixes.used."""
        return self._prefixes.used

    def count(self, lane: Lane) -> int:
        return sum(job.lane == lane for job in self._jobs)

    def has_room(self, lane: Lane) -> bool:
        return bool(self._free[lane])

    def admit(self, job: Job) -> None:
        """Give the job a slot; whatever of its prompt is known already is copied when its turn to be read comes."""
        job.slot = self._free[job.lane].pop(0)
        job.began = time.monotonic()
        self._model.decoder.clear(job.slot)
        self._seen.begin(job.slot, job.prompt)
        self._jobs.append(job)

    def step(self) -> None:
        """Advance everyone whose turn it is by one token, one part of the prompt, or one decision.

        Where the decoder works ahead, the texts of the tokens before are told while it computes the next ones.
        """
        self._let_go()
        taking_part = self._taking_part()
        with self._telling([job for job, _ in taking_part]):
            began = time.perf_counter()
            rows = self._model.decoder.forward([piece for _, piece in taking_part], self._wanted(taking_part)) if taking_part else []
            took = time.perf_counter() - began
            self._tell()
            if rows is None:
                return
            read = sum(piece.kept for job, piece in taking_part if job.to_read)
            self._pace.took(took, read, writing=any(not job.to_read for job, _ in taking_part))
            self._use(taking_part, rows)
            if not self._model.decoder.ahead:
                self._tell()

    def abandon(self, error: Exception) -> None:
        """End every job with `error`."""
        for job in list(self._jobs):
            self._drop(job)
            job.deliver(error)

    def _let_go(self) -> None:
        """Of those who no longer want their text, and those who waited too long for it."""
        now = time.monotonic()
        for job in list(self._jobs):
            if job.cancelled:
                self._release(job)
            elif now > job.deadline:
                self._release(job)
                job.deliver(EngineError(f"{self._model.name}: the text was not finished within its {job.deadline - job.began:.0f} s"))

    def _taking_part(self) -> list[tuple[Job, Piece]]:
        """Who is computed in this step, and what; shoppers first, and one batch job at most beside those who have their first word."""
        chats = [job for job in self._jobs if job.lane == "chat" and not job.over]
        behind = [job for job in self._jobs if job.lane == "batch" and not job.over]
        if self._expected() or any(not job.written for job in chats):
            behind = []
        jobs = chats + (behind[:1] if chats else behind)
        answering = any(not job.to_read for job in jobs)
        alone = self._pace.alone()
        budget = {"chat": self._pace.beside() if answering else alone, "batch": READ_BEHIND if chats else alone}
        now = time.monotonic()
        pieces: dict[Job, Piece] = {}
        for job in sorted(jobs, key=lambda job: (now - job.began < PATIENCE, job.to_read)):
            if job.to_read and budget[job.lane]:
                self._recall(job)
            if job.gone:  # what was known of its prompt could not be copied
                continue
            if job.to_read:
                part = min(job.to_read, budget[job.lane])
                budget[job.lane] -= part
                ids = job.prompt[job.read : job.read + part]
                pieces |= {job: Piece(job.slot, ids)} if part else {}
            elif job.choices:
                pieces[job] = self._answers(job)
            else:
                pieces[job] = Piece(job.slot, job.written[-1:])
        return [(job, pieces[job]) for job in jobs if job in pieces]

    def _recall(self, job: Job) -> None:
        """Copy what has become known of the prompt since, perhaps by somebody who asked at the same moment."""
        prompt = job.prompt[: len(job.prompt) - (1 if job.choices else 0)]
        with self._telling([job]):
            if len(prompt) > 1 and (kept := self._prefixes.recall(prompt, job.read)) is not None:
                self._model.decoder.append(job.slot, kept)
                job.read += kept.shape[3]

    def _wanted(self, taking_part: Sequence[tuple[Job, Piece]]) -> Callable[[], bool]:
        batch_alone = all(job.lane == "batch" for job, _ in taking_part)
        return lambda: not all(job.cancelled for job, _ in taking_part) and not (batch_alone and self._expected())

    @staticmethod
    def _answers(job: Job) -> Piece:
        """The last token of the prompt and then each answer, as branches of one text."""
        answers = list(job.choices.values())
        return Piece(job.slot, [job.prompt[-1], *(token for answer in answers for token in answer)], [len(answer) for answer in answers])

    def _use(self, taking_part: Sequence[tuple[Job, Piece]], rows: Sequence[Tensor]) -> None:
        writing: list[tuple[Job, Writing]] = []
        for (job, piece), row in zip(taking_part, rows, strict=True):
            if job.gone:  # its text met a stop string while this step was computed
                continue
            if job.to_read:
                job.read += piece.kept
                self._remember(job)
            if piece.branches:
                self._weigh(job, row)
            elif not job.to_read and not job.choices:
                writing.append((job, Writing(row[0], job.sampling, job.written, job.slot, job.random)))
        for (job, _), token in zip(writing, next_tokens([text for _, text in writing], self._seen), strict=True):
            job.written.append(token)
            job.over = token in self._model.ends or len(job.written) >= job.sampling.max_tokens
            self._untold.append((job, token))

    def _tell(self) -> None:
        """Hand out the text of the tokens that nobody has heard yet, and end the texts that are over."""
        untold, self._untold = self._untold, []
        for job, token in untold:
            if not job.gone:
                with self._telling([job]):
                    self._say(job, token)

    def _say(self, job: Job, token: int) -> None:
        ended = token in self._model.ends
        shown = "" if ended else job.text.feed(token)
        job.unsaid += 1
        if ended or job.text.stopped:
            self._finish(job, shown + job.text.finish(), "stop")
        elif job.over:
            self._finish(job, shown + job.text.finish(), "length")
        elif shown:
            job.deliver(Chunk(shown, job.unsaid))
            job.unsaid = 0

    def _finish(self, job: Job, text: str, reason: FinishReason) -> None:
        self._release(job)
        job.deliver(Chunk(text, job.unsaid, reason, len(job.prompt)))

    def _weigh(self, job: Job, scores: Tensor) -> None:
        """How likely each answer is, whole: its tokens and the end after them, given the prompt."""
        totals, start = [], 1
        for ids in job.choices.values():
            thought = torch.cat([scores[:1], scores[start : start + len(ids)]])
            totals.append(likelihood(thought, [*ids, self._model.end]))
            start += len(ids)
        shares = torch.tensor(totals).softmax(-1).tolist()
        self._release(job)
        job.deliver(dict(zip(job.choices, shares, strict=True)))

    def _remember(self, job: Job) -> None:
        length = self._model.decoder.length(job.slot)
        self._prefixes.remember((job.prompt + job.written)[:length], lambda start, end: self._model.decoder.read(job.slot, start, end))

    def _release(self, job: Job) -> None:
        self._remember(job)
        self._drop(job)

    def _drop(self, job: Job) -> None:
        self._jobs.remove(job)
        self._model.decoder.clear(job.slot)
        self._free[job.lane] = sorted([*self._free[job.lane], job.slot])
        job.slot = -1

    @contextmanager
    def _telling(self, jobs: Sequence[Job]) -> Iterator[None]:
        """Whatever goes wrong in the block ends these jobs with an EngineError. Their slots may be half written: not remembered."""
        try:
            yield
        except Exception as error:  # it may be anything, and everyone it touched must hear of it
            for job in jobs:
                if not job.gone:
                    self._drop(job)
                failure = EngineError(f"{self._model.name}: failed while writing ({type(error).__name__}: {error})")
                failure.__cause__ = error
                job.deliver(failure)


def likelihood(scores: Tensor, ids: Sequence[int]) -> float:
    """Log-probability of `ids` in turn; row i of `scores` is what was thought before ids[i]."""
    chosen = scores.log_softmax(-1).gather(1, torch.tensor([list(ids)], device=scores.device).T)
    return float(chosen.sum())
