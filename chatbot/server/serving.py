"""The listening socket, uvicorn and the signals: how the server begins to listen and how it stops without losing a word.

uvicorn never drops a peer that has stopped reading and does not drain on SIGTERM (measured with 0.54): so the socket is made here
with TCP_USER_TIMEOUT, and the first SIGTERM or SIGINT is ours, to drain the rooms before uvicorn is told to go.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator

import uvicorn
from starlette.types import ASGIApp

from chatbot.errors import SettingsError

STALLED_READER_MS = 15_000
BACKLOG = 2048
SEND_BUFFER = 64 * 1024


def listen(host: str, port: int) -> socket.socket:
    """A listening socket whose connections are given up when their peer takes nothing for 15 s.

    Raises: SettingsError when the address cannot be listened on.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux; accepted connections inherit it
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, STALLED_READER_MS)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # a small frame goes out at once, not 40 ms later
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)  # what the kernel holds for a stalled reader is bounded too
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise SettingsError(
            f"CHATBOT_PORT: expected a free port, got {host}:{port}, which cannot be listened on ({error.strerror})"
        ) from error
    sock.listen(BACKLOG)
    return sock


class Server(uvicorn.Server):
    """uvicorn without its own signal handlers: ours drain first."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def make_server(app: ASGIApp, trusted_proxies: str) -> Server:
    config = uvicorn.Config(
        app,
        ws="websockets-sansio",
        ws_max_size=16 * 1024,
        ws_ping_interval=20.0,
        ws_ping_timeout=20.0,
        ws_per_message_deflate=False,  # it costs memory and lets a small frame grow large
        lifespan="off",
        backlog=BACKLOG,
        timeout_graceful_shutdown=2,
        log_level="warning",
        access_log=False,
        server_header=False,
        forwarded_allow_ips=trusted_proxies,
    )
    return Server(config)


@contextlib.asynccontextmanager
async def running(app: ASGIApp, sock: socket.socket, trusted_proxies: str = "127.0.0.1") -> AsyncIterator[Server]:
    """The server, listening, until the block ends."""
    server = make_server(app, trusted_proxies)
    task = asyncio.create_task(server.serve(sockets=[sock]))
    try:
        while not server.started and not task.done():  # noqa: ASYNC110 - uvicorn offers nothing to wait for
            await asyncio.sleep(0.01)
        yield server
    finally:
        server.should_exit = True
        await task


class Signals:
    """SIGTERM and SIGINT: the first sets `first`, every later one calls `on_second`. Make it inside the event loop."""

    def __init__(self, on_second: Callable[[], object]) -> None:
        self.first = asyncio.Event()
        self._on_second = on_second
        for name in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(name, self._heard)

    def _heard(self) -> None:
        if self.first.is_set():
            self._on_second()
        self.first.set()
