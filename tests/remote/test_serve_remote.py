"""A whole `chatbot serve` of the sample shop whose words come from a real server: over the WebSocket, and while that server dies and returns."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import time
import urllib.request
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from tests.bench.peer_install import PACKAGES
from tests.bench.peer_servers import MODEL, Server, free_port, serving
from tests.bench.peer_watch import favour
from tests.bench.turns import SITE, Running, titles
from tests.bench.turns import serving as shop_serving
from tests.remote.conftest import SHAPE, busy, require, started, wake

CIRCUIT_SECONDS = 15.0


@pytest.fixture(params=sorted(PACKAGES))
def writer(request: pytest.FixtureRequest) -> Iterator[Server]:
    require(request.param)
    with serving(request.param, SHAPE) as running:
        favour(running.process.pid)  # the shop is favoured too, and must not starve who writes for it
        wake(running)
        yield running


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the sample shop's index in it: building it takes longest."""
    folder = tmp_path_factory.mktemp("built")
    with shop_serving(folder / "data", folder / "serve.log", {"CHATBOT_ENGINE": "quoting"}):
        return folder / "data"


def remote_shop(url: str, built: Path, folder: Path) -> AbstractContextManager[Running]:
    shutil.copytree(built, folder / "data")
    settings = {"CHATBOT_ENGINE": "remote", "CHATBOT_REMOTE_URL": url, "CHATBOT_REMOTE_MODEL": MODEL}
    return shop_serving(folder / "data", folder / "serve.log", settings)


@pytest.fixture
def shop(writer: Server, built: Path, tmp_path: Path) -> Iterator[Running]:
    with remote_shop(writer.url, built, tmp_path) as running:
        yield running


@asynccontextmanager
async def shopper(shop: Running) -> AsyncIterator[ClientConnection]:
    async with connect(f"{shop.url.replace('http', 'ws', 1)}/v1/chat?site={SITE}", compression=None) as wire, asyncio.timeout(240):
        await wire.send(json.dumps({"type": "hello", "locale": "en"}))
        await wire.recv()
        yield wire


async def answered(wire: ClientConnection, question: str) -> dict[str, Any]:
    """The reply to a question. `streamed` is added: what was shown before it, piece by piece."""
    await wire.send(json.dumps({"type": "message", "id": str(uuid.uuid4()), "text": question}))
    streamed = ""
    while True:
        event = dict(json.loads(await wire.recv()))
        assert event["type"] != "error", event
        if event["type"] == "delta":
            streamed += event["text"]
        if event["type"] == "reply":
            return event | {"streamed": streamed}


def readiness(shop: Running) -> dict[str, Any]:
    with urllib.request.urlopen(f"{shop.url}/readyz", timeout=10) as answer:
        return dict(json.load(answer))


async def test_the_server_writes_and_when_it_dies_the_shops_own_words_stand_in_until_it_is_back(shop: Running, writer: Server) -> None:
    assert "degraded" not in await asyncio.to_thread(readiness, shop)
    products = iter(await asyncio.to_thread(titles, shop, 20))
    async with shopper(shop) as wire:
        written = await answered(wire, f"Tell me about the {next(products)}.")
        assert written["usage"]["completion_tokens"] > 3
        assert written["usage"]["prompt_tokens"] > 50
        assert written["text"] == written["streamed"]

        writer.send(signal.SIGKILL)
        writer.process.wait()
        for _ in range(4):
            began = time.monotonic()
            quoted = await answered(wire, f"Tell me about the {next(products)}.")
            assert quoted["finish"] == "fallback"
            assert len(quoted["text"]) > 20
            assert quoted["text"] == quoted["streamed"]
            assert time.monotonic() - began < 5.0

        began = time.monotonic()
        async with started(writer.name, int(writer.root.rsplit(":", 1)[1])) as back:
            favour(back.process.pid)
            await asyncio.to_thread(wake, back)
            await asyncio.sleep(max(0.0, CIRCUIT_SECONDS + 1 - (time.monotonic() - began)))
            again = await answered(wire, f"Tell me about the {next(products)}.")
            assert again["usage"]["completion_tokens"] > 3


async def test_a_server_that_dies_while_it_writes_leaves_no_shopper_without_a_whole_reply(shop: Running, writer: Server) -> None:
    products = await asyncio.to_thread(titles, shop, 6)

    async def ask(title: str) -> dict[str, Any]:
        async with shopper(shop) as wire:
            return await answered(wire, f"Tell me about the {title}.")

    asking = [asyncio.create_task(ask(title)) for title in products]
    async with asyncio.timeout(60):
        while await asyncio.to_thread(busy, writer) < 3:  # noqa: ASYNC110 - the server is asked, nothing here can tell
            await asyncio.sleep(0.05)
    writer.send(signal.SIGKILL)
    replies = await asyncio.gather(*asking)
    assert sum(reply["finish"] == "fallback" for reply in replies) >= 3
    for reply in replies:
        assert len(reply["text"]) > 20
        assert reply["text"] == reply["streamed"]
        assert reply["text"].rstrip()[-1] in '.!?)"”*'


@pytest.mark.parametrize("name", sorted(PACKAGES))
async def test_a_shop_opens_though_its_server_is_away_and_says_so_until_that_writes(name: str, built: Path, tmp_path: Path) -> None:
    require(name)
    port = free_port()
    opening = remote_shop(f"http://127.0.0.1:{port}/v1", built, tmp_path)
    shop = await asyncio.to_thread(opening.__enter__)
    try:
        assert "does not write yet" in (await asyncio.to_thread(readiness, shop))["degraded"]
        products = await asyncio.to_thread(titles, shop, 2)
        async with shopper(shop) as wire:
            reply = await answered(wire, f"Tell me about the {products[0]}.")
            assert (reply["finish"], len(reply["text"]) > 20) == ("fallback", True)
        async with shopper(shop) as wire, started(name, port) as back:
            favour(back.process.pid)
            async with asyncio.timeout(CIRCUIT_SECONDS + 45):
                while "degraded" in await asyncio.to_thread(readiness, shop):  # noqa: ASYNC110 - the shop is asked, nothing here can tell
                    await asyncio.sleep(0.2)
            again = await answered(wire, f"Tell me about the {products[1]}.")
            assert again["usage"]["completion_tokens"] > 3
    finally:
        await asyncio.to_thread(opening.__exit__, None, None, None)
