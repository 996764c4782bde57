"""`chatbot models list | fetch | verify | promote | rollback`: what the program loads, whether every byte is right, and which trained model
is live.

Knows terminals; where models come from is the business of `weights`, which is live that of `promotion`. Invariant: the exit code is 0 only
when everything asked for is there and unaltered, or was done.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from chatbot.errors import SettingsError, WeightsError
from chatbot.promotion import Promoted, PromotionError, candidate, check, promote, read_live, roll_back, worse
from chatbot.settings import Settings
from chatbot.weights import ENCODER_EN, ENCODER_MULTI, WRITER, KnownModel, fetch, known_models, verify
from chatbot.weights import Progress as Report

if TYPE_CHECKING:
    from chatbot.training.questions import Question

models_app = typer.Typer(no_args_is_help=True, help="Fetch and check the models, and make a trained one live.")
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
    console = Console()
    console.print(table)
    console.print(live_line(settings), highlight=False, soft_wrap=True)


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


@models_app.command("promote")
def promote_model(
    run: Annotated[Path, typer.Argument(help="Folder of a finished training run, of an adapter or of a model.")],
    questions: Annotated[
        list[Path] | None, typer.Option(help="Question files to compare with; questions of the shop's catalogue when not given.")
    ] = None,
    count: Annotated[int, typer.Option(help="How many questions are made of the catalogue.", min=1)] = 60,
    force: Annotated[bool, typer.Option("--force", help="Also when it answers worse than the model in use.")] = False,
) -> None:
    """Make a trained model live, in running servers too, unless it answers worse than the one in use."""
    settings, console = Settings(), Console()
    if settings.engine != "local":
        raise SettingsError(f"CHATBOT_ENGINE: expected local, since a promoted model runs here, got {settings.engine}")
    new, old = candidate(run), usable_live(settings)
    asked = _questions(settings, questions or [], count)
    titles = new.name, old.name if old else "in use"
    setups = new.settings(settings), old.settings(settings) if old else settings
    figures = [_score(setup, asked, title, console) for setup, title in zip(setups, titles, strict=True)]
    console.print(figures_table(titles, figures))
    if worse(*figures) and not force:
        console.print(f"[red]{new.name} answers worse than the model in use and was not made live[/red] (--force does it all the same)")
        raise typer.Exit(1)
    promote(settings.data, new, {"new": shares(figures[0]), "old": shares(figures[1])})
    console.print(f"[green]{new.name} is live[/green]; `chatbot models rollback` goes back", highlight=False)


@models_app.command("rollback")
def roll_back_model() -> None:
    """Make live again what was live before, in running servers too."""
    settings, console = Settings(), Console()
    try:
        live, unusable = roll_back(settings.data)
    except PromotionError as error:
        console.print(f"[red]{error}[/red]", highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None
    for reason in unusable:
        console.print(f"[yellow]passed over: {reason}[/yellow]", highlight=False, soft_wrap=True)
    console.print(f"[green]{live.name if live else 'The model of the settings'} is live[/green]", highlight=False)


def usable_live(settings: Settings) -> Promoted | None:
    """What is live, None for the model of the settings; that too where live.json cannot be followed, as a server does."""
    try:
        live = read_live(settings.data)
        if live is not None:
            check(live)
    except PromotionError:
        return None
    return live


def live_line(settings: Settings) -> str:
    """What the list says about the live model."""
    try:
        live = read_live(settings.data)
        if live is None:
            return "Live: the model of the settings"
        check(live)
    except PromotionError as error:
        return f"[red]Live: the model of the settings, since the promoted one cannot be used: {escape(str(error))}[/red]"
    return f"Live: [green]{escape(live.name)}[/green] in {escape(str(live.folder))}, promoted {live.when}"


def _questions(settings: Settings, files: Sequence[Path], count: int) -> list[Question]:
    from chatbot.training.questions import load_questions
    from chatbot.training.traps import traps_of

    found = load_questions(files) if files else traps_of(settings.content, count)
    if not found:
        raise SettingsError(f"{settings.content}: expected a catalogue to ask about, got none; name a file with --questions")
    return found


def _score(settings: Settings, asked: Sequence[Question], title: str, console: Console) -> dict[str, Any]:
    """The model alone is asked: with the watcher and the shop's own words around it, two models hardly differ."""
    from chatbot.training.compare import score

    with console.status(f"Asking {title} {len(asked)} questions"):
        return score(settings, asked, alone=True)


def figures_table(titles: Sequence[str], figures: Sequence[Mapping[str, Any]]) -> Table:
    """Both models side by side: every share that both summaries have."""
    table = Table("the model alone", *titles)
    for name in shares(figures[0]):
        if name in figures[1]:
            found = [one[name] for one in figures]
            table.add_row(name.replace("_", " "), *(one.get("text") or f"{one['count']}/{one['total']}" for one in found))
    return table


def shares(figures: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """Of a summary what was counted out of a total."""
    return {
        name: {"count": found["count"], "total": found["total"]}
        for name, found in figures.items()
        if isinstance(found, Mapping) and {"count", "total"} <= set(found)
    }


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
