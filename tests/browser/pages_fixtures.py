"""Servers for the tests of the shop's pages and the console, and a browser in which any fault of a page fails the test."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Server, free_port
from fake_api import write_plain_shop, write_shop
from playwright.sync_api import Browser
from visitor import PASSWORD, NewVisitor, Visitor


def server_over(folder: Path, data: Path, *, engine: str = "quoting", **settings: str) -> Server:
    """The program over this content, not started yet; `settings` are further environment variables."""
    port = free_port()
    command = [sys.executable, "-m", "chatbot", "serve", "--engine", engine, "--port", str(port), "--content", str(folder)]
    environment = {"CHATBOT_DATA": str(data), "CHATBOT_ENCODER": "multilingual", "CHATBOT_CONSOLE_PASSWORD": PASSWORD, **settings}
    return Server(command, port=port, log=data.parent / "log.txt", ready="/readyz", environment=environment)


def serve(folder: Path, data: Path) -> Iterator[str]:
    server = server_over(folder, data)
    server.start(seconds=120)
    yield server.url
    server.stop()


@pytest.fixture(scope="session")
def shop_pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("pages")
    yield from serve(write_shop(folder / "content"), folder / "data")


@pytest.fixture(scope="session")
def plain_pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("plain")
    yield from serve(write_plain_shop(folder / "content"), folder / "data")


@pytest.fixture
def new_visitor(chromium: Browser) -> Iterator[NewVisitor]:
    opened: list[Visitor] = []

    def new(server: str, path: str = "/", **options: Any) -> Visitor:
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 800}, "locale": "en-GB", **options})
        context.set_default_timeout(10_000)
        visitor = Visitor(context, server)
        opened.append(visitor)
        visitor.visit(path)
        return visitor

    yield new
    faults = [fault for visitor in opened for fault in visitor.faults]
    for visitor in opened:
        visitor.context.close()
    assert not faults, faults
