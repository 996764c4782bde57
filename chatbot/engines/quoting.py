"""Answers with the best passage, in the shop's own words; no model, no weights. For tests, and for when the model is down.

The evidence is in the last user message, the best first: the line after `Text:`, or a numbered line `[1] text`, up to the next or an
empty line. Without evidence it says nothing, so whoever asked says that it does not know. Invariant: every character it streams was
in the prompt.
"""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import AsyncGenerator, Sequence

from chatbot.engine import ChatMessage, Chunk, Lane, Sampling

_PASSAGE = re.compile(r"^(?:\[\d+\][ \t]*(.+?)(?=^\[\d+\]|^\s*$|\Z)|Text:\n(.+?)$)", re.MULTILINE | re.DOTALL)
_PIECES = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]\s*|[^\s\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]+\s*|\s+")
SHARPNESS = 4.0  # how strongly shared words favour an answer


class QuotingEngine:
    name = "quoting"
    context_window = 1 << 20
    tuned = False

    def count_tokens(self, text: str) -> int:
        return len(pieces(text))

    async def stream(self, messages: Sequence[ChatMessage], sampling: Sampling, *, lane: Lane = "chat") -> AsyncGenerator[Chunk, None]:
        prompt_tokens = sum(self.count_tokens(message.content) for message in messages)
        passage = cut(best_passage(messages), sampling.stop)
        words = pieces(passage)
        for word in words[: sampling.max_tokens]:
            yield Chunk(word)
            await asyncio.sleep(0)  # others get their turn between two words
        yield Chunk("", 0, "length" if len(words) > sampling.max_tokens else "stop", prompt_tokens)

    async def choose(self, messages: Sequence[ChatMessage], choices: Sequence[str], *, lane: Lane = "chat") -> dict[str, float]:
        """The more of an answer's words were said, the likelier it is."""
        said = words_of(" ".join(message.content for message in messages))
        weights = {choice: math.exp(SHARPNESS * overlap(words_of(choice), said)) for choice in choices}
        total = sum(weights.values())
        return {choice: weight / total for choice, weight in weights.items()}

    async def close(self) -> None:
        return


def best_passage(messages: Sequence[ChatMessage]) -> str:
    """The text of the first passage in the last user message; empty when there is none."""
    asked = next((message.content for message in reversed(messages) if message.role == "user"), "")
    match = _PASSAGE.search(asked)
    return (match[1] or match[2]).strip() if match else ""


def cut(text: str, stops: Sequence[str]) -> str:
    """Up to the first stop string."""
    places = [place for stop in stops if stop and (place := text.find(stop)) >= 0]
    return text[: min(places)] if places else text


def pieces(text: str) -> list[str]:
    """Words with the space after them, Han characters one by one; joined they are the text."""
    return _PIECES.findall(text)


def words_of(text: str) -> set[str]:
    return {piece.strip().strip(".,;:!?()\"'").casefold() for piece in pieces(text)} - {""}


def overlap(wanted: set[str], said: set[str]) -> float:
    return len(wanted & said) / len(wanted) if wanted else 0.0
