"""Any OpenAI-compatible server (vLLM, SGLang, llama.cpp, a hosted one) behind the Engine seam.

Knows connections and clocks, and nothing of models; what is said is in `openai_wire.py`. Invariants: nothing waits without a limit; a
request is tried again only once, before its first token and while there is time; a stream that stops without its end marker is an error,
never a silent end; closing our stream closes the server's; the key is in no message.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import httpx

from chatbot.engine import ChatMessage, Chunk, Lane, Sampling
from chatbot.engines.circuit import Circuit
from chatbot.engines.letters import LETTERS, weigh, with_choices
from chatbot.engines.openai_wire import (
    Interrupted,
    Piece,
    bounded,
    check,
    ending,
    parse,
    piece,
    refusal,
    refused_fields,
    request_body,
    without,
)
from chatbot.engines.sse import events
from chatbot.errors import EngineError, EngineUnavailable

BATCH_AT_ONCE = 2
MAY_PASS = (Interrupted, TimeoutError, httpx.HTTPError)


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds to wait: for each connection, for the first token (a second try included), and for every token after it."""

    connect: float = 2.0
    first: float = 20.0
    gap: float = 10.0


class RemoteEngine:
    """`base_url` ends where `/chat/completions` begins, usually in `/v1`."""

    tuned = False

    def __init__(self, base_url: str, model: str, key: str = "", *, context_window: int = 8192, patience: Patience = Patience()) -> None:
        self.name = model
        self.context_window = context_window
        self._patience = patience
        self._circuit = Circuit()
        self._batch = asyncio.Semaphore(BATCH_AT_ONCE)
        self._refused: frozenset[str] = frozenset()  # optional fields that this server does not know
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        timeout = httpx.Timeout(None, connect=patience.connect, pool=patience.first)
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
        self._client = httpx.AsyncClient(base_url=base_url.rstrip("/") + "/", headers=headers, timeout=timeout, limits=limits)

    def count_tokens(self, text: str) -> int:
        """An estimate on the safe side: the server has the tokenizer. A letter of a script without spaces counts as a token."""
        wide = sum(character > "\u2e7f" for character in text)
        return wide + math.ceil((len(text) - wide) / 3)

    async def stream(self, messages: Sequence[ChatMessage], sampling: Sampling, *, lane: Lane = "chat") -> AsyncGenerator[Chunk, None]:
        """See Engine.stream. Raises EngineUnavailable at once while the circuit is open; Overloaded on 429.

        A token that is not for the reader (a thought) is a chunk without text. The last chunk sets the counts right where the server tells.
        """
        body = request_body(self.name, messages, sampling) | {"stream": True, "stream_options": {"include_usage": True}}
        async with self._batch if lane == "batch" else nullcontext(), aclosing(self._tried_twice(body)) as chunks:
            async for chunk in chunks:
                yield chunk

    async def choose(self, messages: Sequence[ChatMessage], choices: Sequence[str], *, lane: Lane = "chat") -> dict[str, float]:
        """Asks for the letter of an answer and reads the probabilities of all letters at that one place.

        A server without log-probabilities gives one letter, whose share is then `letters.SURE`. At most 20 choices: no server reports more.
        """
        if not choices:
            return {}
        if len(choices) > len(LETTERS):
            raise EngineError(f"{self.name}: at most {len(LETTERS)} choices can be weighed, not {len(choices)}")
        body = request_body(self.name, with_choices(messages, choices), Sampling(max_tokens=1))
        body |= {"stream": False, "logprobs": True, "top_logprobs": len(LETTERS)}
        self._ask_circuit()
        try:
            async with self._batch if lane == "batch" else nullcontext(), asyncio.timeout(self._patience.first):
                weighed = weigh(await self._whole(body), choices)
        except MAY_PASS as error:
            self._circuit.failed()
            raise EngineUnavailable(f"{self.name}: {reason(error)}") from error
        except BaseException as error:
            self._settle(answered=isinstance(error, EngineError))
            raise
        self._circuit.succeeded()
        return weighed

    async def close(self) -> None:
        await self._client.aclose()

    def _ask_circuit(self) -> None:
        if not self._circuit.allows():
            raise EngineUnavailable(f"{self.name}: failed repeatedly; it is tried again in {self._circuit.remaining:.0f} s")

    def _settle(self, *, answered: bool) -> None:
        """For a call that ended without failing or being done: refused, or left by its reader."""
        if answered:
            self._circuit.succeeded()
        else:
            self._circuit.undecided()

    async def _tried_twice(self, body: Mapping[str, Any]) -> AsyncGenerator[Chunk, None]:
        """What failed at once is tried once more; what used up its time is not, for whoever asked has waited for it."""
        deadline = asyncio.get_running_loop().time() + self._patience.first
        for attempt in (1, 2):
            self._ask_circuit()
            begun = False
            try:
                async with aclosing(self._once(body, deadline)) as chunks:
                    async for chunk in chunks:
                        begun = True
                        yield chunk
                self._circuit.succeeded()
                return
            except MAY_PASS as error:
                self._circuit.failed()
                if begun:
                    raise EngineError(f"{self.name}: broke off in the middle: {reason(error)}") from error
                if attempt == 2 or isinstance(error, TimeoutError | httpx.TimeoutException):
                    raise EngineUnavailable(f"{self.name}: {reason(error)}") from error
            except BaseException as error:
                self._settle(answered=begun or isinstance(error, EngineError))
                raise

    async def _once(self, body: Mapping[str, Any], deadline: float) -> AsyncGenerator[Chunk, None]:
        """One request, from connecting to its end marker. Leaving it at any point closes the connection."""
        clock = asyncio.get_running_loop().time
        async with self._opened(body, deadline) as response, aclosing(events(response.aiter_bytes())) as datas:
            last, written, prompt_tokens, completion_tokens = Piece(), 0, 0, 0
            while (data := await next_event(datas, deadline)) != "[DONE]":
                if data is None and last.finish is None:
                    raise Interrupted("the stream ended without its end marker")
                if data is None:
                    break
                found = piece(parse(data))
                last = found if found.finish else last
                prompt_tokens = found.prompt_tokens or prompt_tokens
                completion_tokens = found.completion_tokens or completion_tokens
                if found.is_token:
                    written += 1
                    yield Chunk(found.text)
                    deadline = clock() + self._patience.gap  # from now: whoever reads us may have taken its time
        yield Chunk("", max(0, completion_tokens - written), ending(last.finish or "stop"), prompt_tokens)

    @asynccontextmanager
    async def _opened(self, body: Mapping[str, Any], deadline: float) -> AsyncIterator[httpx.Response]:
        """An answer that streams."""
        async with asyncio.timeout_at(deadline):
            response = await self._sent(body)
        async with aclosing(response):
            check(response, "text/event-stream")
            yield response

    async def _whole(self, body: Mapping[str, Any]) -> dict[str, Any]:
        async with aclosing(await self._sent(body)) as response:
            check(response, "application/json")
            return parse(await bounded(response))

    async def _sent(self, body: Mapping[str, Any]) -> httpx.Response:
        """The answer to a request. One that is refused for optional fields is sent again without them; so are later ones when that helps.

        Raises: EngineError for every other refusal.
        """
        refused = self._refused
        while True:
            request = self._client.build_request("POST", "chat/completions", json=without(body, refused))
            response = await self._client.send(request, stream=True)
            if not 400 <= response.status_code < 500 or response.status_code == 429:
                self._refused = refused if response.status_code == 200 else self._refused
                return response
            async with aclosing(response):
                message = await bounded(response)
            more = refused_fields(message, body) - refused
            if response.status_code not in (400, 422) or not more:
                raise refusal(response.status_code, message)
            refused |= more


async def next_event(datas: AsyncGenerator[str, None], deadline: float) -> str | None:
    """The data of the next event; None at the end. Raises TimeoutError at the deadline, Interrupted for what is no event stream."""
    try:
        async with asyncio.timeout_at(deadline):
            return await anext(datas, None)
    except ValueError as error:  # a line without end, bytes that are not UTF-8
        raise Interrupted(str(error)) from error


def reason(error: Exception) -> str:
    """In words, and never with the request in it."""
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return "it did not answer in time"
    if isinstance(error, httpx.ConnectError):
        return f"it cannot be reached ({error})"
    return str(error) or type(error).__name__
