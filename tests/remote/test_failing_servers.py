"""RemoteEngine while a real server is killed, stalls, is away and comes back: never a silent end, and nobody waits longer than was said.

The limits here are shorter than in use (2 s, 20 s, 10 s: `Patience`), so that the tests are quick; what they bound is the same.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from chatbot.engine import ChatMessage, Sampling
from chatbot.engines.circuit import Circuit
from chatbot.engines.remote import Patience, RemoteEngine
from chatbot.errors import EngineError, EngineUnavailable
from tests.bench.peer_install import PACKAGES
from tests.bench.peer_servers import MODEL, Server, free_port, serving
from tests.remote.conftest import SHAPE, UNHURRIED, require, started, wake

STORY = (ChatMessage("user", "Write a very long story about a lighthouse keeper and the sea, with many chapters."),)
LONG = Sampling(max_tokens=1500)
SOON = 1.5  # seconds within which a failure that needs no waiting must be told; the machine may be busy


@pytest.fixture(params=sorted(PACKAGES))
def own(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server of this test alone, which may do with it what it likes."""
    require(request.param)
    with serving(request.param, SHAPE) as running:
        wake(running)
        yield running


@asynccontextmanager
async def engine_of(url: str, patience: Patience = UNHURRIED) -> AsyncIterator[RemoteEngine]:
    engine = RemoteEngine(url, MODEL, patience=patience)
    yield engine
    await engine.close()


def port_of(server: Server) -> int:
    return int(server.root.rsplit(":", 1)[1])


async def heard(engine: RemoteEngine, sampling: Sampling = Sampling(max_tokens=4)) -> tuple[str, Exception | None, float]:
    """The text that came, the error that ended it, and the seconds that it took."""
    text, began = "", time.monotonic()
    try:
        async for chunk in engine.stream(STORY, sampling):
            text += chunk.text
    except EngineError as error:
        return text, error, time.monotonic() - began
    return text, None, time.monotonic() - began


async def interrupted(engine: RemoteEngine, server: Server, number: signal.Signals) -> tuple[str, Exception | None, float]:
    """A long text whose server gets a signal after its tenth token; seconds count from there."""
    text, tokens, began = "", 0, 0.0
    try:
        async for chunk in engine.stream(STORY, LONG):
            text, tokens = text + chunk.text, tokens + 1
            if tokens == 10:
                server.send(number)
                began = time.monotonic()
    except EngineError as error:
        return text, error, time.monotonic() - began
    return text, None, time.monotonic() - began


async def test_a_server_that_is_killed_in_mid_stream_is_an_error_at_once(own: Server) -> None:
    async with engine_of(own.url) as engine:
        text, error, seconds = await interrupted(engine, own, signal.SIGKILL)
        assert type(error) is EngineError
        assert "broke off in the middle" in str(error)
        assert text
        assert seconds < SOON


async def test_a_server_that_stalls_in_mid_stream_is_an_error_after_the_longest_gap(own: Server) -> None:
    async with engine_of(own.url, Patience(first=60.0, gap=2.0)) as engine:
        text, error, seconds = await interrupted(engine, own, signal.SIGSTOP)
        assert type(error) is EngineError
        assert "did not answer in time" in str(error)
        assert text
        assert 1.9 < seconds < 2.0 + SOON


async def test_a_server_that_stalls_before_the_first_token_is_unavailable_after_the_first_patience(own: Server) -> None:
    own.send(signal.SIGSTOP)
    async with engine_of(own.url, Patience(first=2.0)) as engine:
        text, error, seconds = await heard(engine)
        assert (text, type(error)) == ("", EngineUnavailable)
        assert 1.9 < seconds < 2.0 + SOON
    own.send(signal.SIGCONT)
    async with engine_of(own.url) as engine:
        text, error, _ = await heard(engine)
        assert text
        assert error is None


async def test_a_server_that_is_away_opens_the_circuit_and_is_found_again_when_it_is_back(own: Server) -> None:
    async with engine_of(own.url) as engine:
        now = 0.0
        engine._circuit = Circuit(clock=lambda: now)
        assert (await heard(engine))[1] is None
        own.send(signal.SIGKILL)
        own.process.wait()
        for _ in range(3):  # two tries each, until five have failed
            text, error, seconds = await heard(engine)
            assert (text, type(error)) == ("", EngineUnavailable)
            assert seconds < 2.0  # the limit for connecting
        _, error, seconds = await heard(engine)
        assert "tried again in 15 s" in str(error)
        assert seconds < 0.05
        async with started(own.name, port_of(own)):
            _, error, _ = await heard(engine)
            assert "tried again in" in str(error)
            now = 15.5
            text, error, _ = await heard(engine)
            assert text
            assert error is None


async def test_a_connection_that_breaks_before_the_first_token_is_tried_exactly_once_more(own: Server) -> None:
    async with relay(own, broken=1) as (url, connections), engine_of(url) as engine:
        text, error, _ = await heard(engine)
        assert text
        assert error is None
        assert len(connections) == 2
    async with relay(own, broken=9) as (url, connections), engine_of(url) as engine:
        text, error, _ = await heard(engine)
        assert (text, type(error)) == ("", EngineUnavailable)
        assert len(connections) == 2


async def test_a_text_that_broke_off_after_its_first_token_is_not_asked_for_again(own: Server) -> None:
    async with relay(own, broken=0) as (url, connections), engine_of(url) as engine:
        text, error, _ = await interrupted(engine, own, signal.SIGKILL)
        assert text
        assert type(error) is EngineError
        assert len(connections) == 1


async def test_while_a_model_is_loading_the_engine_is_unavailable() -> None:
    require("llamacpp")
    port, said = free_port(), ""
    async with engine_of(f"http://127.0.0.1:{port}/v1") as engine:
        engine._circuit = Circuit(failures=1000)
        server = started("llamacpp", port)
        ready = asyncio.create_task(server.__aenter__())
        while not ready.done():
            text, error, _ = await heard(engine)
            said += str(error) if error else ""
            assert bool(text) != isinstance(error, EngineUnavailable)
        await server.__aexit__(None, None, None)
    assert "cannot be reached" in said
    assert "status 503" in said


@asynccontextmanager
async def relay(server: Server, broken: int) -> AsyncIterator[tuple[str, list[int]]]:
    """A way to the server that drops the first `broken` connections after their request was read; the URL, and the connections so far."""
    connections: list[int] = []
    tasks: set[asyncio.Task[None]] = set()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(len(connections))
        if len(connections) <= broken:
            await reader.read(65536)
            writer.close()
            return
        there, away = await asyncio.open_connection("127.0.0.1", port_of(server))
        tasks.update(asyncio.create_task(pump(*pair)) for pair in ((reader, away), (there, writer)))

    async with await asyncio.start_server(handle, "127.0.0.1", 0) as listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1", connections
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
