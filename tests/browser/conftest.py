"""Chromium, and the servers that it talks to: each a child process on a free port.

`fake_shop` speaks the protocol with scripted replies, for what a real server does only by accident. `real_shop` is `chatbot serve`
over the sample shop with the quoting engine. `new_shopper` opens a browser of its own; a page error or a refused policy fails the
test that caused it.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

sys.path.insert(0, str(Path(__file__).parent))
from shopper import Shopper

ROOT = Path(__file__).parents[2]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """A child process that serves `url`; it can be killed as a power cut would and started again on the same port."""

    def __init__(self, command: list[str], *, port: int, log: Path, ready: str = "/", environment: dict[str, str] | None = None) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._command, self._log, self._ready = command, log, ready
        self._environment = {**os.environ, "PYTHONPATH": str(ROOT), "no_proxy": "127.0.0.1", **(environment or {})}
        self._child: subprocess.Popen[bytes] | None = None

    def start(self, seconds: float = 60.0) -> None:
        with self._log.open("ab") as log:
            self._child = subprocess.Popen(self._command, cwd=ROOT, env=self._environment, stdout=log, stderr=log)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self._child.poll() is not None:
                break
            try:
                with urllib.request.urlopen(self.url + self._ready, timeout=2):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        self.kill()
        raise RuntimeError(f"{self._command} did not answer within {seconds} s:\n{self._log.read_text(errors='replace')[-3000:]}")

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, number: int) -> None:
        if self._child is None:
            return
        self._child.send_signal(number)
        try:
            self._child.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._child = None


# Playwright's synchronous API keeps an event loop running in this thread for as long as it is open. A module's scope closes it
# before the tests that bring a loop of their own.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists() and shutil.which(CHROMIUM) is None:
        pytest.skip(f"no Chromium at {CHROMIUM}; set CHROMIUM to one")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def fake_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, str(Path(__file__).parent / "fake_server.py"), str(port)]
    server = Server(command, port=port, log=tmp_path_factory.mktemp("fake") / "log.txt")
    server.start()
    yield server.url
    server.stop()


@pytest.fixture(scope="session")
def real_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The program as an operator starts it, with the engine that quotes and needs no weights."""
    if find_spec("chatbot.server.serving") is None:
        pytest.skip("chatbot.server.serving is not there yet")
    port, data = free_port(), tmp_path_factory.mktemp("shop")
    command = [sys.executable, "-m", "chatbot", "serve", "--engine", "quoting", "--port", str(port)]
    server = Server(command, port=port, log=data / "log.txt", ready="/readyz", environment={"CHATBOT_DATA": str(data)})
    server.start(seconds=240)
    yield server
    server.stop()


@pytest.fixture
def new_shopper(chromium: Browser) -> Iterator[Callable[..., Shopper]]:
    opened: list[Shopper] = []

    def new(server: str, path: str = "/", **options: Any) -> Shopper:
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 800}, "locale": "en-GB", **options})
        context.set_default_timeout(10_000)
        shopper = Shopper(context, server)
        opened.append(shopper)
        shopper.visit(path)
        return shopper

    yield new
    faults = [fault for shopper in opened for fault in shopper.faults]
    for shopper in opened:
        shopper.context.close()
    assert not faults, faults
