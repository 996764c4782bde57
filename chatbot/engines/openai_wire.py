"""The OpenAI-compatible wire: what is asked, which fields a server turns out not to know, and what its events say.

Knows no connection and no clock. Invariants: what is not understood is an error that names it, never taken for the end of a text; a server
that gives up is not a server that is done. What vLLM, llama.cpp and hosted servers do differently is in this file and nowhere else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import httpx

from chatbot.engine import ChatMessage, Sampling
from chatbot.errors import EngineError, Overloaded

# Fields that may be left out when a server refuses them: the text is then a little different, or is not counted.
OPTIONAL = frozenset(
    ("stream_options", "repetition_penalty", "repeat_penalty", "top_p", "temperature", "seed", "logprobs", "top_logprobs", "max_tokens")
)
TOLD_FIRST = 400  # characters of a refusal in which it says what is wrong; further on some servers repeat the whole request
GAVE_UP = frozenset(("abort", "error", "cancelled", "content_filter"))  # reasons for an end that is no end
LARGEST_ANSWER = 1 << 20


class Interrupted(Exception):
    """The upstream failed in a way that may pass; worth a second try before the first token."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What one event says. `thought`: the model wrote a token that is not for the reader; counts are 0 where it does not say."""

    text: str = ""
    thought: bool = False
    finish: str | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0

    @property
    def is_token(self) -> bool:
        return bool(self.text) or self.thought


def request_body(model: str, messages: Sequence[ChatMessage], sampling: Sampling) -> dict[str, Any]:
    """The request; what is at its default is left out, for not every server knows every field."""
    body: dict[str, Any] = {
        "model": model,
        "messages": [{"role": message.role, "content": message.content} for message in messages],
        "max_tokens": sampling.max_tokens,
        "temperature": sampling.temperature,
    }
    if sampling.top_p != 1.0:
        body["top_p"] = sampling.top_p
    if sampling.repetition_penalty != 1.0:  # vLLM and SGLang read the first name, llama.cpp only the second
        body["repetition_penalty"] = body["repeat_penalty"] = sampling.repetition_penalty
    if sampling.stop:
        body["stop"] = list(sampling.stop)
    if sampling.seed is not None:
        body["seed"] = sampling.seed
    return body


def without(body: Mapping[str, Any], refused: Iterable[str]) -> dict[str, Any]:
    """The request in the words that the server knows. The limit is never left out: it has another name where this one is refused."""
    left = {name: value for name, value in body.items() if name not in refused}
    if "max_tokens" in refused:
        left["max_completion_tokens"] = body["max_tokens"]
    return left


def refused_fields(message: str, body: Mapping[str, Any]) -> frozenset[str]:
    """The optional fields of this request that a refusal names."""
    return frozenset(name for name in OPTIONAL & body.keys() if re.search(rf"\b{name}\b", message[:TOLD_FIRST]))


def refusal(status: int, message: str) -> EngineError:
    return EngineError(f"the inference server refused with status {status}: {message[:200]}")


def check(response: httpx.Response, content_type: str) -> None:
    """Raises Overloaded for 429, Interrupted for what may pass: other statuses than success and refusals, other content."""
    status = response.status_code
    if status == 429:
        wait = response.headers.get("retry-after", "")
        raise Overloaded("the inference server has too much to do", retry_after=float(wait) if wait.isdigit() else 5.0)
    if status != 200:
        raise Interrupted(f"status {status}")
    found = response.headers.get("content-type", "nothing")
    if not found.startswith(content_type):
        raise Interrupted(f"expected {content_type}, but {found} came")


async def bounded(response: httpx.Response) -> str:
    whole = b""
    async for block in response.aiter_bytes():
        whole += block
        if len(whole) > LARGEST_ANSWER:
            raise Interrupted("an answer of more than 1 MiB")
    return whole.decode("utf-8", "replace")


def parse(data: str) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except ValueError as error:
        raise Interrupted(f"expected JSON, but {data[:40]!r} came") from error
    if not isinstance(value, dict):
        raise Interrupted(f"expected an object, but {data[:40]!r} came")
    if value.get("error"):
        raise Interrupted(f"the inference server reports {str(value['error'])[:200]}")
    return value


def piece(event: Mapping[str, Any]) -> Piece:
    """One event read; every part may be missing. Raises Interrupted for another shape, and when the server gave up."""
    try:
        choice = (event.get("choices") or [{}])[0]
        delta, usage = choice.get("delta") or {}, event.get("usage") or {}
        text, finish = str(delta.get("content") or ""), choice.get("finish_reason")
        thought = not text and bool(delta.get("reasoning_content") or delta.get("reasoning"))
        found = Piece(text, thought, finish, int(usage.get("prompt_tokens") or 0), int(usage.get("completion_tokens") or 0))
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise Interrupted(f"an event of unknown shape: {str(event)[:80]}") from error
    if finish in GAVE_UP:
        raise Interrupted(f"the inference server ended the text itself ({finish})")
    return found


def ending(finish: str) -> Literal["stop", "length"]:
    return "length" if finish == "length" else "stop"
