"""The seam between the assistant and whatever writes: one protocol, three implementations in `engines/`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

Lane = Literal["chat", "batch"]
FinishReason = Literal["stop", "length"]

# The rules that a fine-tuned model was trained with, and the file in its folder that says which they were.
TRAINED_RULES = "You are a shop's assistant. Answer from the text only. If the text does not tell, say so."
TUNED_WITH = "prompt.json"


class LogitsProcessor(Protocol):
    """Changes the scores of the next word: the ids written so far and the scores of all words, a float32 tensor (words,) not to be
    changed in place, in; scores out.

    Called in the engine's thread at every token, so it must be quick. Engines that are not in this process leave processors out.
    """

    def __call__(self, written: Sequence[int], scores: Any) -> Any: ...


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message of a prompt. Content is data: engines encode it with special tokens disabled."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Sampling:
    """How to choose the next token. temperature 0 is greedy; `seed` makes a sampled text repeatable.

    `figures_of`: the text whose figures (digits, prices, addresses, links) alone may be written, as they stand there; "" for any. Engines
    that are not in this process leave it out.
    """

    max_tokens: int = 160
    temperature: float = 0.0
    top_p: float = 1.0
    repetition_penalty: float = 1.0
    stop: tuple[str, ...] = ()
    seed: int | None = None
    processors: tuple[LogitsProcessor, ...] = ()
    figures_of: str = ""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of text as it was made. The last chunk of a stream, and only it, has `finish`; its text may be empty."""

    text: str
    tokens: int = 1
    finish: FinishReason | None = None
    prompt_tokens: int = 0


class Engine(Protocol):
    """Writes. Lane "batch" (copy, sentiment) never delays a shopper ("chat"). `tuned`: fine-tuned for `prompts.training_prompt`."""

    name: str
    context_window: int

    @property
    def tuned(self) -> bool: ...

    def count_tokens(self, text: str) -> int: ...

    def stream(self, messages: Sequence[ChatMessage], sampling: Sampling, *, lane: Lane = "chat") -> AsyncGenerator[Chunk, None]:
        """Yield chunks as they are made. Closing the generator frees its slot within one step.

        Raises: Overloaded before the first chunk when the queue is full; EngineError when writing failed.
        """
        ...

    async def choose(self, messages: Sequence[ChatMessage], choices: Sequence[str], *, lane: Lane = "chat") -> dict[str, float]:
        """The probability of each given answer, from one forward pass; they sum to 1."""
        ...

    async def close(self) -> None: ...


@runtime_checkable
class SharesProcessor(Protocol):
    """An engine that computes on the processor on which the shopper's question is searched, too."""

    def standing_back(self) -> AbstractContextManager[None]:
        """While it is open, in any number of places, no step is made for batch jobs alone, and one that runs is left."""
        ...


def standing_back(engine: Engine) -> AbstractContextManager[None]:
    """Keep batch work off the processor while a shopper waits for the first word. Nothing where the engine computes elsewhere."""
    return engine.standing_back() if isinstance(engine, SharesProcessor) else nullcontext()
