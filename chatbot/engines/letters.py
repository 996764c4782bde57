"""Choices as letters: a question whose answer is one token, and the probability of each choice read from what was answered.

For servers that are asked over a wire, where the choices themselves cannot be scored. Knows no network.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from chatbot.engine import ChatMessage
from chatbot.engines.openai_wire import Interrupted

LETTERS = "ABCDEFGHIJKLMNOPQRST"  # as many as servers report alternatives for
UNLISTED = 1.0  # how much less likely, in nats, than the least likely listed alternative a letter that is not listed is taken to be
SURE = 0.9  # the share of the given answer when a server reports no probabilities


def with_choices(messages: Sequence[ChatMessage], choices: Sequence[str]) -> list[ChatMessage]:
    listing = "\n".join(f"{letter}. {choice}" for letter, choice in zip(LETTERS, choices, strict=False))
    question = f"Which of these is the right answer?\n{listing}\nAnswer with one letter only."
    *before, last = messages
    if last.role == "user":
        return [*before, replace(last, content=f"{last.content}\n\n{question}")]
    return [*messages, ChatMessage("user", question)]


def weigh(answer: Mapping[str, Any], choices: Sequence[str]) -> dict[str, float]:
    """The share of each choice, from the alternatives listed for the first token, else from the letter that was answered."""
    letters = LETTERS[: len(choices)]
    try:
        choice = answer["choices"][0]
        listed = (((choice.get("logprobs") or {}).get("content") or [{}])[0]).get("top_logprobs") or []
        scores: dict[str, float] = {}
        for entry in listed:
            letter = str(entry["token"]).strip(" .()*").upper()
            if len(letter) == 1 and letter in letters:
                scores[letter] = math.exp(entry["logprob"]) + scores.get(letter, 0.0)
        if scores:
            floor = min(entry["logprob"] for entry in listed) - UNLISTED
            shares = [scores.get(letter, math.exp(floor)) for letter in letters]
        else:
            given = str(choice["message"]["content"]).strip(" .()*").upper()[:1]
            rest = (1 - SURE) / max(1, len(letters) - 1)
            shares = [SURE if letter == given else rest for letter in letters]
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise Interrupted(f"an answer of unknown shape: {str(answer)[:80]}") from error
    return {choice: share / sum(shares) for choice, share in zip(choices, shares, strict=True)}
