"""`chatbot models list | fetch | verify`: what the program loads, whether it is here, and whether every byte is right.

Knows terminals; where models come from is the business of `weights`. Invariant: the exit code is 0 only when everything asked for is
there and unaltered.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from chatbot.errors import WeightsError
from chatbot.settings import Settings
from chatbot.weights import ENCODER_EN, ENCODER_MULTI, WRITER, KnownModel, fetch, known_models, verify
from chatbot.weights import Progress as Report

models_app = typer.Typer(no_args_is_help=True, help="Fetch and check the models.")
Names = Annotated[list[str] | None, typer.Argument(help="Model names; none means those the settings ask for.")]


@models_app.command("list")
def list_models() -> None:
    """Show the models this program uses and whether they are on this machine."""
    settings = Settings()
    table = Table("model", "for", "download", "licence", "here", title=f"Models in {settings.cache.expanduser()}")
    for model in wanted_models(settings):
        problems = verify(model.name, settings.cache)
        size = f"{model.megabytes} MB" if model.megabytes else "with the program"
        table.add_row(model.title, model.role, size, model.licence, "no" if problems else "yes")
    Console().print(table)


@models_app.command("fetch")
def fetch_models(names: Names = None) -> None:
    """Download what is missing, check it, and convert it once."""
    settings, console = Settings(), Console(stderr=True)
    for name in chosen(names, settings):
        try:
            with progress_display(title_of(name), console) as report:
                folder = fetch(name, settings.cache, report)
        except WeightsError as error:
            console.print(f"[red]{title_of(name)}[/red]: {error}", highlight=False)
            raise typer.Exit(1) from None
        console.print(f"[green]{title_of(name)}[/green] is ready in {folder}", highlight=False, soft_wrap=True)


@models_app.command("verify")
def verify_models(names: Names = None) -> None:
    """Read every byte again and compare it with its checksum."""
    settings, console = Settings(), Console()
    found = {name: verify(name, settings.cache) for name in chosen(names, settings)}
    for name, problems in found.items():
        console.print(f"[red]{title_of(name)}[/red]" if problems else f"[green]{title_of(name)}[/green]: every byte is as it should be")
        for problem in problems:
            console.print(f"  {problem}", highlight=False, soft_wrap=True)
    if any(found.values()):
        raise typer.Exit(1)


def wanted_models(settings: Settings) -> tuple[KnownModel, ...]:
    """The known ones, and the writer of the settings when it is another."""
    if settings.model in ("", WRITER):
        return known_models()
    return (KnownModel("writer (settings)", title_of(settings.model), settings.model, 0, "its own"), *known_models())


def chosen(names: list[str] | None, settings: Settings) -> list[str]:
    return names or [settings.model or WRITER, ENCODER_EN, ENCODER_MULTI]


def title_of(name: str) -> str:
    return next((model.title for model in known_models() if model.name == name), name.split("#")[0])


@contextmanager
def progress_display(title: str, console: Console | None = None) -> Iterator[Report]:
    """A progress bar; hand what it yields to `fetch`. Shows nothing when there is nothing to do, and plain lines where no terminal is."""
    console = console or Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[amount]}"), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        tasks: dict[str, TaskID] = {}

        def report(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                for earlier in tasks.values():
                    bars.update(earlier, visible=False)
                tasks[stage] = bars.add_task(f"{title}: {stage}", amount="")
                if not console.is_terminal:
                    console.print(f"{title}: {stage} {amount(stage, 0, total)}".rstrip(), highlight=False)
            bars.update(tasks[stage], completed=done, total=total, amount=amount(stage, done, total))

        yield report


def amount(stage: str, done: int, total: int) -> str:
    if stage == "downloading":
        return f"{done / 1e6:.1f} of {total / 1e6:.1f} MB" if done else f"{total / 1e6:.1f} MB"
    return f"{done} of {total} tensors" if stage == "converting" and done else ""
