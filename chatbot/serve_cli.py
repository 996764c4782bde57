"""`chatbot serve`: listens at once, opens the house with progress bars, says where everything is, and stops without losing a word.

Knows terminals and signals. Order: the socket listens before anything is made, so that a health check sees the stage; the first signal ends
readiness, drains the rooms and closes sockets with 1012; a second one does not wait.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from chatbot.models_cli import progress_display
from chatbot.server.app import Door, create_app
from chatbot.server.health import Health
from chatbot.server.house import Displays, House, open_house
from chatbot.server.memory import share_arenas
from chatbot.server.opening import REPORT
from chatbot.server.serving import Signals, listen, running
from chatbot.settings import Settings
from chatbot.weights import Progress as Report

DRAIN_SECONDS = 10.0
PROBLEMS_SHOWN = 10
_MADE_BETWEEN_LOOKS = 20_000  # objects made until garbage is looked for: nearly all that a start makes stays


def serve_shop(settings: Settings) -> int:
    """Serve until a signal comes; the exit code. Raises ChatbotError and KnowledgeBaseError when the shop cannot be served."""
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    for noisy in ("httpx", "httpcore", "alembic", "sentence_transformers", "jieba"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLogger().level))
    console = Console(stderr=True)
    share_arenas()
    gc.set_threshold(_MADE_BETWEEN_LOOKS)
    with listen(settings.host, settings.port) as sock:
        settings = settings.model_copy(update={"port": sock.getsockname()[1]})
        return asyncio.run(_serve(settings, sock, console))


async def _serve(settings: Settings, sock: socket.socket, console: Console) -> int:
    health = Health()
    door = Door(health)
    signals = Signals(on_second=lambda: os._exit(1))
    async with running(door, sock, settings.trusted_proxies):
        console.print(f"Listening on {address(settings)}; opening the shop in {settings.content}", highlight=False, soft_wrap=True)
        with _displays(console) as displays:
            opening = asyncio.create_task(open_house(settings, health, displays))
            await asyncio.wait((opening, asyncio.ensure_future(signals.first.wait())), return_when=asyncio.FIRST_COMPLETED)
        if not opening.done():
            await _leave_half_open(opening)
        house = await opening
        door.inside = create_app(house)
        health.open()
        gc.freeze()  # what the start made stays: looking through all of it again and again would halt every shopper for a third of a second
        _welcome(house, console)
        await signals.first.wait()
        console.print("Stopping: no new turns; running ones may end.")
        health.close()
        await house.rooms.drain(DRAIN_SECONDS)
    await house.close()
    return 0


async def _leave_half_open(opening: asyncio.Task[House]) -> None:
    """A build cannot be interrupted; it switches in one step, so the process may go at any moment."""
    opening.cancel()
    with suppress(asyncio.CancelledError):
        await opening
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


@contextmanager
def _displays(console: Console) -> Iterator[Displays]:
    """Bars on a terminal, a line now and then elsewhere."""
    with progress_display("Model", console) as fetching, _building_display(console) as building:
        yield Displays(fetching, building)


@contextmanager
def _building_display(console: Console) -> Iterator[Report]:
    columns = (TextColumn("Content: {task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    shown: dict[str, int] = {}
    tasks: dict[str, TaskID] = {}
    bars: Progress | None = None

    def report(stage: str, done: int, total: int) -> None:
        nonlocal bars
        if not console.is_terminal:
            tenth = 10 * done // max(total, 1)
            if stage == "embedding" and shown.get(stage) != tenth:
                shown[stage] = tenth
                console.print(f"Content: {stage} {done} of {total}", highlight=False)
            return
        if bars is None:
            bars = Progress(*columns, console=console, transient=True)
            bars.start()
        if stage not in tasks:
            tasks[stage] = bars.add_task(stage, total=total)
        bars.update(tasks[stage], completed=done, total=total)

    try:
        yield report
    finally:
        if bars is not None:
            bars.stop()


def address(settings: Settings) -> str:
    """The URL that shoppers and operators use."""
    if settings.public_url:
        return settings.public_url.rstrip("/")
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::", "") else settings.host  # noqa: S104 - shown, not bound
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def _welcome(house: House, console: Console) -> None:
    problems = house.report.problems
    if problems:
        console.print(f"[yellow]{len(problems)} rows or files could not be used[/yellow]; all of them: {house.settings.data / REPORT}")
        for problem in problems[:PROBLEMS_SHOWN]:
            console.print(f"  {problem}", markup=False, highlight=False, soft_wrap=True)
    console.print(Panel(_places(house), title=escape(house.shop_name), expand=False), highlight=False)
    snippet = f'<script type="module" src="{address(house.settings)}/web/widget.js" data-site="{house.gate.site_key}"></script>'
    console.print("Put the chat on your shop's pages:")
    console.print(snippet, markup=False, highlight=False, soft_wrap=True)  # no frame: it is there to be copied


def _places(house: House) -> Table:
    url, report = address(house.settings), house.report
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    table.add_row("Shop", f"[bold]{url}/[/bold]")
    table.add_row("Console", f"{url}/console")
    if house.new_password:
        table.add_row("Password", f"[bold]{house.new_password}[/bold] for the console; shown this once")
    table.add_row(
        "Content", f"{len(house.knowledge.products())} products and {report.passages} passages of {escape(str(house.settings.content))}"
    )
    table.add_row("Writer", escape(house.engine.name))
    if house.health.degraded:
        table.add_row("[red]Without[/red]", escape(house.health.degraded))
    return table
