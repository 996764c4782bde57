"""Any OpenAI-compatible server (vLLM, SGLang, llama.cpp, a hosted one) behind the Engine seam.

Knows HTTP and nothing of models. Invariants: nothing waits without a limit; a request is tried again only before its first token; a
stream that stops without its end marker is an error, never a silent end; closing our stream closes the server's; the key is in no message.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import httpx

from chatbot.engine import ChatMessage, Chunk, Lane, Sampling
from chatbot.engines.circuit import Circuit
from chatbot.engines.sse import events
from chatbot.errors import EngineError, EngineUnavailable, Overloaded

LETTERS = "ABCDEFGHIJKLMNOPQRST"  # as many as servers report alternatives for
UNLISTED = 1.0  # how much less likely, in nats, than the least likely listed alternative a letter that is not listed is taken to be
SURE = 0.9  # the share of the given answer when a server reports no probabilities
BATCH_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds to wait: for the connection, the first token, and every one after it."""

    connect: float = 2.0
    first: float = 20.0
    gap: float = 10.0


class Interrupted(Exception):
    """The upstream failed in a way that may pass; worth a second try before the first token."""


class RemoteEngine:
    """`base_url` ends where `/chat/completions` begins, usually in `/v1`."""

    def __init__(self, base_url: str, model: str, key: str = "", *, context_window: int = 8192, patience: Patience = Patience()) -> None:
        self.name = model
        self.context_window = context_window
        self._patience = patience
        self._circuit = Circuit()
        self._batch = asyncio.Semaphore(BATCH_AT_ONCE)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        timeout = httpx.Timeout(None, connect=patience.connect, pool=patience.first)
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
        self._client = httpx.AsyncClient(base_url=base_url.rstrip("/") + "/", headers=headers, timeout=timeout, limits=limits)

    def count_tokens(self, text: str) -> int:
        """An estimate on the safe side: the server has the tokenizer. A letter of a script without spaces counts as a token."""
        wide = sum(character > "\u2e7f" for character in text)
        return wide + math.ceil((len(text) - wide) / 3)

    async def stream(self, messages: Sequence[ChatMessage], sampling: Sampling, *, lane: Lane = "chat") -> AsyncGenerator[Chunk, None]:
        """See Engine.stream. Raises EngineUnavailable at once while the circuit is open; Overloaded on 429."""
        body = request_body(self.name, messages, sampling) | {"stream": True}
        async with self._batch if lane == "batch" else nullcontext(), aclosing(self._tried_twice(body)) as chunks:
            async for chunk in chunks:
                yield chunk

    async def choose(self, messages: Sequence[ChatMessage], choices: Sequence[str], *, lane: Lane = "chat") -> dict[str, float]:
        """Asks for the letter of an answer and reads the probabilities of all letters at that one place.

        A server without log-probabilities gives one letter, which gets the share SURE. At most 20 choices: no server reports more.
        """
        if not choices:
            return {}
        if len(choices) > len(LETTERS):
            raise EngineError(f"{self.name}: at most {len(LETTERS)} choices can be weighed, not {len(choices)}")
        body = request_body(self.name, with_choices(messages, choices), Sampling(max_tokens=1))
        body |= {"stream": False, "logprobs": True, "top_logprobs": len(LETTERS)}
        self._ask_circuit()
        try:
            async with asyncio.timeout(self._patience.first):
                answer = await self._whole(body)
            self._circuit.succeeded()
            return weigh(answer, choices)
        except (Interrupted, TimeoutError, httpx.HTTPError) as error:
            self._circuit.failed()
            raise EngineUnavailable(f"{self.name}: {reason(error)}") from error

    async def close(self) -> None:
        await self._client.aclose()

    def _ask_circuit(self) -> None:
        if not self._circuit.allows():
            raise EngineUnavailable(f"{self.name}: failed repeatedly; it is tried again in {self._circuit.remaining:.0f} s")

    async def _tried_twice(self, body: Mapping[str, Any]) -> AsyncGenerator[Chunk, None]:
        for attempt in (1, 2):
            self._ask_circuit()
            begun = False
            try:
                async with aclosing(self._once(body)) as chunks:
                    async for chunk in chunks:
                        begun = True
                        yield chunk
                self._circuit.succeeded()
                return
            except (Interrupted, TimeoutError, httpx.HTTPError) as error:
                self._circuit.failed()
                if begun:
                    raise EngineError(f"{self.name}: broke off in the middle: {reason(error)}") from error
                if attempt == 2:
                    raise EngineUnavailable(f"{self.name}: {reason(error)}") from error

    async def _once(self, body: Mapping[str, Any]) -> AsyncGenerator[Chunk, None]:
        """One request, from connecting to its end marker. Leaving it at any point closes the connection."""
        clock = asyncio.get_running_loop().time
        deadline = clock() + self._patience.first
        request = self._client.build_request("POST", "chat/completions", json=dict(body))
        async with asyncio.timeout_at(deadline):
            response = await self._client.send(request, stream=True)
        async with aclosing(response), aclosing(events(response.aiter_bytes())) as datas:
            async with asyncio.timeout_at(deadline):
                await check(response, "text/event-stream")
            finish, prompt_tokens = None, 0
            while (data := await next_event(datas, deadline)) != "[DONE]":
                if data is None and finish is None:
                    raise Interrupted("the stream ended without its end marker")
                if data is None:
                    break
                event = parse(data)
                text, given, counted = piece(event)
                finish, prompt_tokens = given or finish, counted or prompt_tokens
                if text:
                    yield Chunk(text)
                    deadline = clock() + self._patience.gap  # from now: whoever reads us may have taken its time
        yield Chunk("", 0, "length" if finish == "length" else "stop", prompt_tokens)

    async def _whole(self, body: Mapping[str, Any]) -> dict[str, Any]:
        async with self._client.stream("POST", "chat/completions", json=dict(body)) as response:
            await check(response, "application/json")
            return parse(await bounded(response))


def request_body(model: str, messages: Sequence[ChatMessage], sampling: Sampling) -> dict[str, Any]:
    """The request; what is at its default is left out, for not every server knows every field."""
    body: dict[str, Any] = {
        "model": model,
        "messages": [{"role": message.role, "content": message.content} for message in messages],
        "max_tokens": sampling.max_tokens,
        "temperature": sampling.temperature,
    }
    optional = {"top_p": sampling.top_p, "repetition_penalty": sampling.repetition_penalty}
    body |= {name: value for name, value in optional.items() if value != 1.0}
    if sampling.stop:
        body["stop"] = list(sampling.stop)
    if sampling.seed is not None:
        body["seed"] = sampling.seed
    return body


async def check(response: httpx.Response, content_type: str) -> None:
    """Raises Overloaded, EngineError for what will not change by itself, Interrupted for what may."""
    status = response.status_code
    if status == 429:
        wait = response.headers.get("retry-after", "")
        raise Overloaded("the inference server has too much to do", retry_after=float(wait) if wait.isdigit() else 5.0)
    if status >= 500:
        raise Interrupted(f"status {status}")
    if status != 200:
        raise EngineError(f"the inference server refused with status {status}: {(await bounded(response))[:200]}")
    found = response.headers.get("content-type", "nothing")
    if not found.startswith(content_type):
        raise Interrupted(f"expected {content_type}, but {found} came")


async def bounded(response: httpx.Response) -> str:
    whole = b""
    async for block in response.aiter_bytes():
        whole += block
        if len(whole) > 1 << 20:
            raise Interrupted("an answer of more than 1 MiB")
    return whole.decode("utf-8", "replace")


def parse(data: str) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except ValueError as error:
        raise Interrupted(f"expected JSON, but {data[:40]!r} came") from error
    if not isinstance(value, dict):
        raise Interrupted(f"expected an object, but {data[:40]!r} came")
    if "error" in value:
        raise Interrupted(f"the inference server reports {str(value['error'])[:200]}")
    return value


async def next_event(datas: AsyncGenerator[str, None], deadline: float) -> str | None:
    """The data of the next event; None at the end. Raises TimeoutError at the deadline, Interrupted for what is no event stream."""
    try:
        async with asyncio.timeout_at(deadline):
            return await anext(datas, None)
    except ValueError as error:  # a line without end, bytes that are not UTF-8
        raise Interrupted(str(error)) from error


def piece(event: Mapping[str, Any]) -> tuple[str, str | None, int]:
    """Text, finish reason and prompt tokens of one event; each may be missing."""
    try:
        choice = (event.get("choices") or [{}])[0]
        text = (choice.get("delta") or {}).get("content") or ""
        return str(text), choice.get("finish_reason"), int((event.get("usage") or {}).get("prompt_tokens") or 0)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise Interrupted(f"an event of unknown shape: {str(event)[:80]}") from error


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


def reason(error: Exception) -> str:
    """In words, and never with the request in it."""
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return "it did not answer in time"
    if isinstance(error, httpx.ConnectError):
        return f"it cannot be reached ({error})"
    return str(error) or type(error).__name__
