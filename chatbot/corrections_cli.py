"""`chatbot corrections list | export`: what operators corrected in the console, and the file that a fine-tuning reads.

Knows terminals and where this shop's database is. Keeps that nothing is made where there is no database yet.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from chatbot.copywriter.accepting import taken_copy
from chatbot.corrections import Correction, stored
from chatbot.database import Database
from chatbot.server.house import database_url
from chatbot.settings import Settings
from chatbot.training.corrections import scenes_from, why_unused
from chatbot.training.scenes import SceneFileError, write_scenes

corrections_app = typer.Typer(no_args_is_help=True, help="Replies that operators corrected in the console.")


@corrections_app.command("list")
def list_corrections() -> None:
    """Show every correction, the latest first, and whether a fine-tuning can use it."""
    table = Table("corrected", "by", "question", "reply", "should have been", "used", title="Corrected replies")
    for one in _found():
        when = datetime.fromtimestamp(one.at / 1000, UTC).strftime("%Y-%m-%d %H:%M")
        table.add_row(when, *map(escape, (one.operator, one.question, one.reply, one.corrected, why_unused(one) or "yes")))
    Console().print(table)


@corrections_app.command("export")
def export_corrections(file: Annotated[Path, typer.Argument(help="File to write: scenes as JSON lines.")]) -> None:
    """Write the corrections that a fine-tuning can use, and say which it cannot. Exit code 1 when there is none."""
    scenes, unused = scenes_from(_found())
    console = Console(stderr=True)
    for one in unused:
        console.print(f"not used: {one}", markup=False, highlight=False, soft_wrap=True)
    if not scenes:
        console.print("no corrections that can be used", highlight=False)
        raise typer.Exit(1)
    try:
        write_scenes(file, scenes)
    except OSError as error:
        raise SceneFileError(f"{file}: expected a file that can be written ({error.strerror})") from error
    count = sum(len(scene.asks) for scene in scenes)
    typer.echo(f"{count} corrections written to {file}")


def _found() -> list[Correction]:
    settings = Settings()
    if not settings.database_url and not (settings.data / "chat.db").is_file():
        return []
    return asyncio.run(_read(database_url(settings)))


async def _read(url: str) -> list[Correction]:
    database = await Database.open(url)
    try:
        return [*await stored(database), *await taken_copy(database)]
    finally:
        await database.close()
