"""Real inference servers for the tests here, each started once a module; `python -m tests.bench.peers install` puts them on a machine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import httpx
import pytest

from chatbot.engines.remote import Patience, RemoteEngine
from tests.bench.peer_install import PACKAGES, missing
from tests.bench.peer_servers import MODEL, Server, Shape, serving

SHAPE = Shape(slots=8, context=2048)
UNHURRIED = Patience(connect=2.0, first=120.0, gap=60.0)  # the machine may be busy; limits are tested with limits of their own


def require(name: str) -> None:
    """Skip with the reason where the peer is not installed."""
    if problem := missing(name):
        pytest.skip(f"{name}: {problem}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs a server that is installed by hand, and a server takes a minute to start."""
    for item in items:
        if item.path.parent.name == "remote":
            item.add_marker(pytest.mark.remote)
            item.add_marker(pytest.mark.timeout(600))


@pytest.fixture(scope="module", params=sorted(PACKAGES))
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    require(request.param)
    with serving(request.param, SHAPE) as running:
        wake(running)
        yield running


@pytest.fixture
async def engine(server: Server) -> AsyncIterator[RemoteEngine]:
    remote = RemoteEngine(server.url, MODEL, patience=UNHURRIED)
    yield remote
    await remote.close()


def busy(server: Server) -> int:
    """For how many requests the server says that it is writing."""
    lines = httpx.get(f"{server.root}/metrics", timeout=30).text.splitlines()
    name = {"llamacpp": "llamacpp:requests_processing", "vllm": "vllm:num_requests_running"}[server.name]
    return round(sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(name)))


@asynccontextmanager
async def started(name: str, port: int) -> AsyncIterator[Server]:
    """A server whose starting and ending keep nobody else waiting."""
    server = serving(name, SHAPE, port)
    running = await asyncio.to_thread(server.__enter__)
    try:
        yield running
    finally:
        await asyncio.to_thread(server.__exit__, None, None, None)


def wake(server: Server) -> None:
    """Have what is slow only once behind us."""
    ask = {"model": MODEL, "messages": [{"role": "user", "content": "Hello"}], "max_tokens": 2}
    httpx.post(f"{server.url}/chat/completions", json=ask, timeout=120).raise_for_status()
