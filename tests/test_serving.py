"""`chatbot serve` as a process of its own: its words, its signals, its exit codes; and the socket it listens on."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect

from chatbot.errors import SettingsError
from chatbot.protocol import CLOSE_RESTART
from chatbot.serve_cli import address
from chatbot.server.serving import STALLED_READER_MS, listen
from tests.chat_server import Shopper
from tests.open_shop import shop_settings, write_content


@dataclass
class Process:
    """A `chatbot serve` that runs, and what it has said so far."""

    process: subprocess.Popen[str]
    url: str
    log: Path
    said: str = field(default="")

    def wait(self, seconds: float = 15) -> int:
        code = self.process.wait(seconds)
        self.said = self.log.read_text("utf-8")
        return code


def command(folder: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "chatbot", "serve", "--content", str(folder / "content"), "--engine", "quoting", *options]


def environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CHATBOT_")}
    chosen = {"CHATBOT_DATA": str(folder / "data"), "CHATBOT_CACHE": str(folder / "cache"), "CHATBOT_ENCODER": "multilingual"}
    return kept | chosen | {"COLUMNS": "100", "PYTHONPATH": str(Path(__file__).resolve().parents[1])}


@contextmanager
def served(folder: Path, *, ready: bool = True) -> Iterator[Process]:
    """Started on a free port; with `ready` also open."""
    write_content(folder / "content")
    log = folder / "log.txt"
    with log.open("w") as file:
        process = subprocess.Popen(command(folder, "--port", "0"), cwd=folder, env=environment(folder), stdout=file, stderr=file, text=True)
    try:
        url = _until(lambda: re.search(r"Listening on (http://[\d.:]+)", log.read_text("utf-8")), process)[1]
        if ready:
            _until(lambda: httpx.get(f"{url}/readyz").status_code == 200, process)
            _until(lambda: "data-site=" in log.read_text("utf-8"), process)
        yield Process(process, url, log)
    finally:
        process.kill()
        process.wait(10)


def _until(found, process, seconds: float = 60):  # type: ignore[no-untyped-def]
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        if result := found():
            return result
        time.sleep(0.05)
    raise AssertionError(f"the server did not get so far; exit code {process.poll()}")


@pytest.mark.slow
async def test_a_first_start_says_where_everything_is_and_a_signal_ends_it_in_order(tmp_path: Path) -> None:
    with served(tmp_path) as server:
        said = server.log.read_text("utf-8")
        password = re.search(r"Password\s+(\S+)", said)
        snippet = re.search(r'^<script type="module" src="(\S+)/web/widget.js" data-site="([\w-]+)"></script>$', said, re.MULTILINE)
        assert password is not None
        assert snippet is not None
        assert snippet[1] == server.url
        assert "1 rows or files could not be used" in said
        assert "products.csv:5" in said
        kept = tmp_path / "data" / "secrets.json"
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        assert password[1] not in kept.read_text("utf-8")
        entered = await asyncio.to_thread(
            httpx.post, f"{server.url}/console/api/login", json={"password": password[1]}, headers={"X-Console": "1"}
        )
        assert entered.status_code == 200
        async with connect(f"{server.url.replace('http', 'ws')}/v1/chat?site={snippet[2]}", compression=None) as wire:
            shopper = Shopper(wire)
            await shopper.send(type="hello")
            await shopper.until("ready")
            server.process.send_signal(signal.SIGTERM)
            assert await shopper.closed(10) == CLOSE_RESTART
        assert await asyncio.to_thread(server.wait) == 0
        assert "Traceback" not in server.said


@pytest.mark.slow
def test_an_interrupt_while_it_opens_ends_it_at_once(tmp_path: Path) -> None:
    with served(tmp_path, ready=False) as server:
        server.process.send_signal(signal.SIGINT)
        assert server.wait() == 0
        assert "Traceback" not in server.said


@pytest.mark.slow
def test_a_second_signal_does_not_wait(tmp_path: Path) -> None:
    with served(tmp_path) as server, socket.create_connection(("127.0.0.1", int(server.url.rsplit(":", 1)[1]))) as stuck:
        stuck.sendall(b"POST /v1/search HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n")  # a request that never ends
        time.sleep(0.2)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        before = time.monotonic()
        if server.process.poll() is None:
            server.process.send_signal(signal.SIGTERM)
        assert server.wait() in (0, 1)
        assert time.monotonic() - before < 2


def test_a_taken_port_is_named() -> None:
    with listen("127.0.0.1", 0) as taken, pytest.raises(SettingsError, match=r"CHATBOT_PORT: .*in use"):
        listen("127.0.0.1", taken.getsockname()[1])


def test_accepted_connections_give_up_on_a_reader_that_stalls() -> None:
    with listen("127.0.0.1", 0) as sock, socket.create_connection(sock.getsockname()), sock.accept()[0] as accepted:
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == STALLED_READER_MS == 15_000
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1


def test_the_address_shown_is_one_that_can_be_opened(tmp_path: Path) -> None:
    assert address(shop_settings(tmp_path, host="0.0.0.0", port=8123)) == "http://127.0.0.1:8123"
    assert address(shop_settings(tmp_path, host="::1", port=8123)) == "http://[::1]:8123"
    assert address(shop_settings(tmp_path, public_url="https://chat.otter.example/")) == "https://chat.otter.example"
