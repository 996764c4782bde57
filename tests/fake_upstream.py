"""An OpenAI-compatible server on a loopback socket that can fail in every way a real one does. Plain asyncio, so the bytes are ours."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

WORDS = ("The ", "blue ", "tent ", "costs ", "129.00 ", "EUR ", "and ", "ships ", "in ", "two ", "days", ".")
EVENT_STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nConnection: close\r\n\r\n"


@dataclass
class Upstream:
    """`mode` says how it answers; it may be changed between requests. `modes` are used up first, one a request."""

    url: str = ""
    mode: str = "right"
    modes: list[str] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    closed_early: asyncio.Event = field(default_factory=asyncio.Event)
    logprobs: bool = True
    unknown: tuple[str, ...] = ()  # fields that it refuses, one at a time, as strict servers do


def event(text: str = "", finish: str | None = None, **delta: Any) -> bytes:
    delta |= {"content": text} if text else {}
    data = {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
    return b"data: " + json.dumps(data, ensure_ascii=False).encode() + b"\r\n\r\n"


def usage(completion: int) -> bytes:
    counts = {"prompt_tokens": 31, "completion_tokens": completion, "total_tokens": 31 + completion}
    return b"data: " + json.dumps({"choices": [], "usage": counts}).encode() + b"\n\n"


def plain(status: str, body: str, kind: str = "application/json", extra: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body.encode())}\r\nConnection: close\r\n{extra}\r\n"
    return (head + body).encode()


def sent_words(request: dict[str, Any]) -> tuple[list[str], str]:
    """What a right server writes for this request: words up to the limit, none of them after a stop string."""
    limit = request.get("max_tokens") or request["max_completion_tokens"]
    text = "".join(WORDS[:limit])
    cut = [text.index(stop) for stop in request.get("stop", []) if stop in text]
    if cut:
        return [text[: min(cut)]], "stop"
    return list(WORDS[:limit]), "length" if limit < len(WORDS) else "stop"


def letter_answer(upstream: Upstream) -> str:
    listed = [{"token": letter, "logprob": logprob} for letter, logprob in (("B", -0.2), (" a", -1.8), ("The", -6.0))]
    choice: dict[str, Any] = {"message": {"role": "assistant", "content": "B"}, "finish_reason": "length"}
    if upstream.logprobs:
        choice["logprobs"] = {"content": [{"token": "B", "logprob": -0.2, "top_logprobs": listed}]}
    return json.dumps({"choices": [choice]})


async def answer(upstream: Upstream, request: dict[str, Any], writer: asyncio.StreamWriter) -> None:
    refused = next((name for name in upstream.unknown if name in request), None)
    if refused is not None:
        writer.write(plain("400 Bad Request", json.dumps({"error": {"message": f"Unrecognized request argument supplied: {refused}"}})))
        return await writer.drain()
    mode = upstream.modes.pop(0) if upstream.modes else upstream.mode
    if mode in REFUSALS:
        writer.write(REFUSALS[mode])
    elif mode == "slow 500":
        await asyncio.sleep(0.25)
        writer.write(REFUSALS["500"])
    elif mode == "hang":
        await asyncio.sleep(30)
    elif not request["stream"]:
        writer.write(plain("200 OK", letter_answer(upstream)))
    else:
        writer.write(EVENT_STREAM)
        await write_stream(mode, request, writer)
    await writer.drain()


async def write_stream(mode: str, request: dict[str, Any], writer: asyncio.StreamWriter) -> None:
    words, finish = sent_words(request)
    if mode == "error event":
        writer.write(b'data: {"error": {"message": "out of memory"}}\n\n')
        return
    writer.write(event(role="assistant", content=None))  # llama.cpp's first event; vLLM's has an empty text
    if mode == "thinking":
        for _ in range(5):
            writer.write(event(reasoning_content="hm "))
            await writer.drain()
            await asyncio.sleep(0.15)
    if mode == "several tokens an event":
        words = ["".join(words[place : place + 3]) for place in range(0, len(words), 3)]
    for number, word in enumerate(words):
        writer.write(b": keep-alive\n\n" + event(word))
        await writer.drain()
        await asyncio.sleep(0.001)
        if number == 1 and mode in BREAKS:
            await BREAKS[mode](writer)
            return
    written = len(sent_words(request)[0]) + (5 if mode == "thinking" else 0)
    writer.write(event("", finish) + (usage(written) if request.get("stream_options", {}).get("include_usage") else b""))
    if mode != "no done":
        writer.write(b"data: [DONE]\n\n")


async def hang_in_the_middle(writer: asyncio.StreamWriter) -> None:
    for _ in range(100):
        writer.write(b": still here\n\n")
        await writer.drain()
        await asyncio.sleep(0.05)


async def cut_off(writer: asyncio.StreamWriter) -> None:
    writer.write(b'data: {"choices": [{"delta": {"cont')


async def reset(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


def sending(data: bytes) -> Any:
    async def send(writer: asyncio.StreamWriter) -> None:
        writer.write(data)

    return send


BREAKS = {
    "hang in the middle": hang_in_the_middle,
    "truncated": cut_off,
    "no end marker": sending(b""),
    "aborted": sending(event("", "abort") + b"data: [DONE]\n\n"),  # vLLM, when it is told to stop
    "error in the middle": sending(b'data: {"error": {"message": "EngineCore died", "code": 500}}\n\ndata: [DONE]\n\n'),
    "error as another field": sending(b'error: {"code": 500, "message": "context is full"}\n\n'),  # older llama.cpp
    "reset": reset,
    "invalid JSON": sending(b"data: {half\n\n"),
    "not an object": sending(b"data: [1, 2]\n\n"),
    "unknown shape": sending(b'data: {"choices": "none"}\n\n'),
    "not UTF-8": sending(b"data: \xff\xfe\n\n"),
    "endless line": sending(b"data: " + b"x" * (10 << 20)),
}
REFUSALS = {
    "500": plain("500 Internal Server Error", "{}"),
    "503": plain("503 Service Unavailable", '{"error":{"message":"Loading model","type":"unavailable_error","code":503}}'),
    "too long": plain("400 Bad Request", '{"error":{"code":400,"message":"the request exceeds the available context size"}}'),
    "429": plain("429 Too Many Requests", "{}", extra="Retry-After: 7\r\n"),
    "names a field": plain("400 Bad Request", '{"error": "stream_options: the moon is in the wrong house"}'),
    "401": plain("401 Unauthorized", '{"error": "no such key"}'),
    "html": plain("200 OK", "<h1>Welcome to nginx</h1>", "text/html"),
    "garbage": b"\x00\x01\x02 this is no HTTP\r\n\r\n",
    "closed": b"",
}


@asynccontextmanager
async def upstream_server() -> AsyncIterator[Upstream]:
    upstream, handlers = Upstream(), set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        handlers.add(asyncio.current_task())
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = next(int(line.split(":")[1]) for line in head.splitlines() if line.lower().startswith("content-length"))
            request = json.loads(await reader.readexactly(length))
            upstream.headers.append(head)
            upstream.requests.append(request)
            await answer(upstream, request, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            upstream.closed_early.set()
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    upstream.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield upstream
    finally:
        server.close()
        for task in handlers:
            task.cancel()
        await asyncio.gather(*handlers, return_exceptions=True)
