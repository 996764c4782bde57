"""RemoteEngine against servers that many people run, while all is well."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from typing import Any

import httpx
import pytest

from chatbot.engine import ChatMessage, Chunk, Sampling
from chatbot.engines.openai_wire import request_body
from chatbot.engines.remote import RemoteEngine
from chatbot.errors import EngineError
from tests.bench.peer_servers import MODEL, Server
from tests.remote.conftest import busy

STORY = (ChatMessage("user", "Write a very long story about a lighthouse keeper and the sea, with many chapters."),)
CAPITAL = (ChatMessage("user", "What is the capital of France? Answer in one short sentence."),)


async def written(engine: RemoteEngine, messages: tuple[ChatMessage, ...], sampling: Sampling) -> list[Chunk]:
    return [chunk async for chunk in engine.stream(messages, sampling)]


def text_of(chunks: list[Chunk]) -> str:
    return "".join(chunk.text for chunk in chunks)


def asked_whole(server: Server, messages: tuple[ChatMessage, ...], sampling: Sampling) -> dict[str, Any]:
    """The server's own answer in one piece."""
    answer = httpx.post(f"{server.url}/chat/completions", json=request_body(MODEL, messages, sampling), timeout=120)
    return dict(answer.raise_for_status().json())


async def until_busy(server: Server) -> None:
    async with asyncio.timeout(60):
        while not await asyncio.to_thread(busy, server):  # noqa: ASYNC110 - the server is asked, nothing here can tell
            await asyncio.sleep(0.05)


async def until_idle(server: Server, seconds: float) -> float:
    """Seconds until the server writes for nobody."""
    began = time.monotonic()
    while await asyncio.to_thread(busy, server):
        assert time.monotonic() - began < seconds, f"still writing after {seconds} s"
        await asyncio.sleep(0.05)
    return time.monotonic() - began


async def test_a_reply_comes_token_by_token_and_is_counted_as_the_server_counts_it(server: Server, engine: RemoteEngine) -> None:
    sampling = Sampling(max_tokens=40)
    began, times, chunks = time.monotonic(), [], []
    async for chunk in engine.stream(STORY, sampling):
        times.append(time.monotonic() - began)
        chunks.append(chunk)
    whole = await asyncio.to_thread(asked_whole, server, STORY, sampling)
    assert len([chunk for chunk in chunks if chunk.text]) > 20
    assert times[0] < times[-1] / 2
    assert sum(chunk.tokens for chunk in chunks) == whole["usage"]["completion_tokens"] == 40
    assert chunks[-1].prompt_tokens == whole["usage"]["prompt_tokens"]
    assert text_of(chunks)[:20] == whole["choices"][0]["message"]["content"][:20]


async def test_a_text_ends_with_its_own_end_its_limit_or_a_stop_string(engine: RemoteEngine) -> None:
    ended = await written(engine, CAPITAL, Sampling(max_tokens=200))
    assert (ended[-1].finish, "Paris" in text_of(ended)) == ("stop", True)
    assert 3 < sum(chunk.tokens for chunk in ended) < 200
    limited = await written(engine, CAPITAL, Sampling(max_tokens=3))
    assert (limited[-1].finish, sum(chunk.tokens for chunk in limited)) == ("length", 3)
    stopped = await written(engine, CAPITAL, Sampling(max_tokens=200, stop=("Paris",)))
    assert stopped[-1].finish == "stop"
    assert text_of(stopped) == text_of(ended)[: text_of(ended).index("Paris")]


async def test_sampling_reaches_the_server(engine: RemoteEngine) -> None:
    greedy = text_of(await written(engine, STORY, Sampling(max_tokens=60)))
    assert text_of(await written(engine, STORY, Sampling(max_tokens=60, repetition_penalty=1.8))) != greedy
    sampled = [text_of(await written(engine, STORY, Sampling(max_tokens=30, temperature=1.0, top_p=0.9, seed=seed))) for seed in (1, 1, 2)]
    assert sampled[0] == sampled[1] != sampled[2]


async def test_closing_the_stream_makes_the_server_stop_writing(server: Server, engine: RemoteEngine) -> None:
    async with aclosing(engine.stream(STORY, Sampling(max_tokens=1500))) as chunks:
        async for chunk in chunks:
            if chunk.text:
                break
        assert await asyncio.to_thread(busy, server) == 1
    assert await until_idle(server, 5.0) < 5.0


async def test_a_reader_that_is_cancelled_makes_the_server_stop_writing(server: Server, engine: RemoteEngine) -> None:
    reading = asyncio.create_task(written(engine, STORY, Sampling(max_tokens=1500)))
    await until_busy(server)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await until_idle(server, 5.0)


async def test_after_twice_as_many_cancels_as_there_are_places_all_places_are_free(server: Server, engine: RemoteEngine) -> None:
    async def begin() -> None:
        async with aclosing(engine.stream(STORY, Sampling(max_tokens=1500))) as chunks:
            async for chunk in chunks:
                if chunk.text:
                    return

    await asyncio.gather(*[begin() for _ in range(16)])
    await until_idle(server, 5.0)
    assert (await written(engine, CAPITAL, Sampling(max_tokens=3)))[-1].finish == "length"


async def test_eight_conversations_are_written_at_once_and_each_gets_its_own_text(server: Server, engine: RemoteEngine) -> None:
    cities = ("France", "Italy", "Spain", "Germany", "Japan", "Egypt", "Greece", "Portugal")
    asked = [(ChatMessage("user", f"What is the capital of {name}? Answer in one short sentence."),) for name in cities]
    most = 0

    async def look() -> None:
        nonlocal most
        while True:
            most = max(most, await asyncio.to_thread(busy, server))

    looking = asyncio.create_task(look())
    texts = [text_of(chunks) for chunks in await asyncio.gather(*[written(engine, one, Sampling(max_tokens=48)) for one in asked])]
    looking.cancel()
    assert most >= 4
    assert sum(name in text for name, text in zip(cities, texts, strict=True)) >= 6
    assert sum(capital in text for capital, text in zip(("Paris", "Rome", "Madrid", "Berlin", "Tokyo"), texts, strict=False)) >= 4


async def test_choosing_gives_the_servers_own_probabilities(engine: RemoteEngine) -> None:
    shares = await engine.choose(CAPITAL, ["Paris", "a kind of cheese", "the colour blue"])
    assert sum(shares.values()) == pytest.approx(1.0)
    assert all(share > 0 for share in shares.values())
    assert len({round(share, 6) for share in shares.values()}) == 3  # read from the list of alternatives, not guessed from one letter
    assert await engine.choose(CAPITAL, ["Paris", "a kind of cheese", "the colour blue"]) == pytest.approx(shares, rel=0.05)


async def test_a_prompt_that_does_not_fit_is_refused_in_the_servers_words(engine: RemoteEngine) -> None:
    for _ in range(6):  # more often than the circuit bears failures: it is not the server that is at fault
        with pytest.raises(EngineError, match=r"status 400.*(context|length|tokens)"):
            await written(engine, (ChatMessage("user", "sea " * 5000),), Sampling(max_tokens=4))
    assert (await written(engine, CAPITAL, Sampling(max_tokens=2)))[-1].finish == "length"


async def test_a_model_that_the_server_does_not_have_is_refused_by_name(server: Server) -> None:
    if server.name == "llamacpp":
        pytest.skip("llama.cpp has one model and does not look at the name")
    engine = RemoteEngine(server.url, "no-such-model")
    with pytest.raises(EngineError, match=r"status 404.*no-such-model"):
        await written(engine, CAPITAL, Sampling(max_tokens=2))
    await engine.close()
