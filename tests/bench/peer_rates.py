"""What the figures of every peer mean, so that they can be compared: when tokens arrived → tokens per second, seconds, spread.

Knows no server and no library. Invariant: a rate counts only tokens that were written while every text of the group was being written;
neither the reading of prompts nor the end, when some are done, is in it.
"""

from __future__ import annotations

import statistics
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from chatbot.engine import ChatMessage

TOKENS = 64  # new tokens of each text
TOGETHER = (1, 4, 8, 16)
TOGETHER_SHARE = 0.4  # of all tokens must have been written while every text was being written
RULES = (
    "You are the assistant of a shop. "
    + "Answer in one sentence, only from the evidence, and quote figures exactly as they are written. " * 24
)


@dataclass(frozen=True, slots=True)
class Written:
    """One text: when it was asked for, and at which times how many tokens of it were there (`perf_counter` seconds, counted from 1)."""

    began: float
    times: tuple[float, ...]
    tokens: tuple[int, ...]
    prompt_tokens: int = 0

    @property
    def first(self) -> float:
        """Seconds from asking to the first token."""
        return self.times[0] - self.began

    def by(self, moment: float) -> int:
        """Tokens that were there at that moment."""
        place = bisect_right(self.times, moment)
        return self.tokens[place - 1] if place else 0


def conversation(number: int, salt: str = "") -> list[ChatMessage]:
    """A prompt of about 600 tokens; the first three quarters are the same for every number, and nothing is with another salt."""
    evidence = "\n".join(f"[{i}] Item {number * 10 + i} costs {12 + i}.90 EUR and ships in {i + 1} days." for i in range(1, 5))
    return [ChatMessage("system", salt + RULES), ChatMessage("user", f"{evidence}\n\nTell me everything about item {number * 10 + 1}.")]


def decode_rate(texts: Sequence[Written]) -> float:
    """Tokens per second of all together, from the moment the last has its first token to the moment the first is done.

    Raises: ValueError when they were hardly ever written together: the figure would say nothing.
    """
    start, end = max(text.times[0] for text in texts), min(text.times[-1] for text in texts)
    together, whole = sum(text.by(end) - text.by(start) for text in texts), sum(text.tokens[-1] for text in texts)
    if together < whole * TOGETHER_SHARE:
        raise ValueError(f"only {max(0, together)} of the {whole} tokens of {len(texts)} texts were written while all were being written")
    return together / (end - start)


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, lowest and highest of the repeats."""
    return {"median": statistics.median(values), "low": min(values), "high": max(values), "repeats": len(values)}


def figures(cold: Sequence[Written], known: Sequence[Written], rates: dict[int, list[float]]) -> dict[str, dict[str, float]]:
    """The figures of one peer under the names that all peers use."""
    found = {
        "prompt_tokens": spread([text.prompt_tokens for text in cold]),
        "first_cold_s": spread([text.first for text in cold]),
        "prefill_tok_s": spread([text.prompt_tokens / text.first for text in cold]),
        "first_known_s": spread([text.first for text in known]),
    }
    return found | {f"decode_{count}_tok_s": spread(values) for count, values in rates.items()}
