"""The listening socket, uvicorn and the signals: how the server begins to listen and how it stops without losing a word.

uvicorn never drops a peer that has stopped reading and does not drain on SIGTERM (measured with 0.54): so the socket is made here
with TCP_USER_TIMEOUT, and the first SIGTERM or SIGINT drains the rooms before uvicorn is told to go. A second signal does not wait.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import uvicorn
from starlette.types import ASGIApp

from chatbot.errors import SettingsError

STALLED_READER_MS = 15_000
BACKLOG = 2048
log = logging.getLogger(__name__)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket whose connections are given up when their peer takes nothing for 15 s.

    Raises: SettingsError when the address cannot be listened on.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux; accepted connections inherit it
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, STALLED_READER_MS)
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise SettingsError(f"CHATBOT_PORT: expected a free port, got {host}:{port}, which cannot be listened on ({error.strerror})") from error
    sock.listen(BACKLOG)
    return sock


class Server(uvicorn.Server):
    """uvicorn without its own signal handlers: ours drain first."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def make_server(app: ASGIApp) -> Server:
    config = uvicorn.Config(
        app,
        ws="websockets-sansio",
        ws_max_size=16 * 1024,
        ws_ping_interval=20.0,
        ws_ping_timeout=20.0,
        ws_per_message_deflate=False,  # it costs memory and lets a small frame grow large
        lifespan="off",
        backlog=BACKLOG,
        timeout_graceful_shutdown=5,
        log_level="warning",
        access_log=False,
        server_header=False,
    )
    return Server(config)


@contextlib.asynccontextmanager
async def running(app: ASGIApp, sock: socket.socket) -> AsyncIterator[Server]:
    """The server, listening, until the block ends."""
    server = make_server(app)
    task = asyncio.create_task(server.serve(sockets=[sock]))
    try:
        while not server.started and not task.done():  # noqa: ASYNC110 - uvicorn offers nothing to wait for
            await asyncio.sleep(0.01)
        yield server
    finally:
        server.should_exit = True
        await task


async def until_signal(drain: Callable[[], Awaitable[None]]) -> None:
    """Wait for SIGTERM or SIGINT, then drain; a second signal cuts the draining short."""
    loop, first, second = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()

    def heard() -> None:
        (second if first.is_set() else first).set()

    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, heard)
    await first.wait()
    log.info("stopping: no new turns, running ones may finish")
    draining = asyncio.ensure_future(drain())
    hurry = asyncio.ensure_future(second.wait())
    await asyncio.wait({draining, hurry}, return_when=asyncio.FIRST_COMPLETED)
    for task in (draining, hurry):
        task.cancel()
