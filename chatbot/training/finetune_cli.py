"""`chatbot finetune`: gather scenes, train a writer on them, and leave a run folder that can be promoted.

Knows options and terminals; nothing heavy is imported before the data are read. Exit codes: 0 done, 2 the data or the settings cannot be
used, 130 stopped by hand (then `--resume` goes on).
"""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from chatbot.complaints import complaint
from chatbot.errors import SettingsError
from chatbot.models_cli import progress_display, title_of
from chatbot.settings import Settings
from chatbot.training.dialogue_files import read_dialogues
from chatbot.training.recipe import Recipe
from chatbot.training.runs import Run, counts
from chatbot.training.scenes import Scene, read_scenes
from chatbot.weights import NO_ADAPTER, SHIPPED_ADAPTER, WRITER, fetch

_PACKAGES = ("peft", "trl", "datasets")
Files = Annotated[list[Path] | None, typer.Option("--scenes", help="Files of scenes (JSON lines).")]
Dialogues = Annotated[
    list[Path] | None,
    typer.Option(help="Files of dialogues or question-answer pairs: JSON lines (question, answer, facts; or OpenAI's messages) or CSV."),
]


def finetune(
    scenes: Files = None,
    content: Annotated[Path | None, typer.Option(help="A shop's content folder, from which scenes are made.")] = None,
    count: Annotated[int, typer.Option(help="How many scenes are made from the content.", min=1)] = 400,
    invented: Annotated[
        int, typer.Option(help="Scenes of so many shops that do not exist, too: from them a writer learns to read any shop's.", min=0)
    ] = 0,
    dialogues: Dialogues = None,
    corrections: Annotated[bool, typer.Option("--corrections", help="Also the replies that operators corrected in the console.")] = False,
    model: Annotated[str, typer.Option(help="Model to start from; that of the settings when not given.")] = "",
    name: Annotated[str, typer.Option(help="What the run is called.")] = "finetune",
    full: Annotated[bool, typer.Option("--full", help="Train all weights instead of a LoRA adapter.")] = False,
    rank: Annotated[int, typer.Option(help="Rank of the adapter.", min=1)] = 16,
    alpha: Annotated[int, typer.Option(help="Strength of the adapter; 0 is twice the rank.", min=0)] = 0,
    dropout: Annotated[float, typer.Option(help="Share of what goes into the adapter that is dropped.", min=0, max=0.9)] = 0.0,
    rate: Annotated[
        float,
        typer.Option(help="Learning rate; 0 is 5e-4 for a new adapter, 2e-4 for one trained further, 5e-5 for all weights.", min=0),
    ] = 0.0,
    batch: Annotated[int, typer.Option(help="Tokens of a step; each takes some 3 MB with 135 million weights.", min=1)] = 2048,
    longest: Annotated[int, typer.Option(help="Tokens of a sequence; a longer scene is split.", min=16)] = 768,
    epochs: Annotated[float, typer.Option(help="How often everything is read.", min=0)] = 1.0,
    steps: Annotated[int, typer.Option(help="Number of steps, instead of epochs.", min=0)] = 0,
    minutes: Annotated[float, typer.Option(help="At most this long, instead of epochs.", min=0)] = 0.0,
    every: Annotated[int, typer.Option(help="Steps between two checkpoints; 0 is a twelfth of all.", min=0)] = 0,
    save_minutes: Annotated[float, typer.Option(help="Save also after so many minutes; 0 is never.", min=0)] = 10.0,
    seed: Annotated[int, typer.Option(help="Decides the order, what is held out, and how the adapter begins.")] = 1,
    precision: Annotated[str, typer.Option(help="auto, fp32 or bf16: what is multiplied in.")] = "auto",
    start_from: Annotated[
        str, typer.Option(help="Adapter that is trained further; the one that comes with the default model when not given, or none.")
    ] = "",
    resume: Annotated[Path | None, typer.Option(help="Folder of a run that goes on from its last checkpoint.")] = None,
    out: Annotated[Path, typer.Option(help="Folder for the run's folder.")] = Path("runs"),
) -> None:
    """Teach the writer a shop's work: from its content, dialogues and corrections to an adapter."""
    console = Console(stderr=True)
    settings = Settings()
    try:
        check_packages()
        if resume is not None:
            run = Run.open(resume)
        else:
            recipe = Recipe(
                model=model or settings.model or WRITER,
                name=name,
                full=full,
                start_from=beginning(start_from, model or settings.model, full=full),
                rank=rank,
                alpha=alpha,
                dropout=dropout,
                rate=rate,
                batch=batch,
                longest=longest,
                epochs=epochs,
                steps=steps,
                minutes=minutes,
                every=every,
                save_minutes=save_minutes,
                seed=seed,
                precision=precision,  # type: ignore[arg-type]  # the recipe checks it
            )
            sources = Sources(tuple(scenes or ()), content, count, invented, tuple(dialogues or ()), corrections)
            run = Run.create(out, recipe, gather(settings, sources, seed))
        _train(run, settings, console)
    except KeyboardInterrupt:
        console.print("Stopped. What was saved goes on with [bold]chatbot finetune --resume[/bold] and the run's folder.")
        raise typer.Exit(130) from None
    except Exception as error:
        if (text := complaint(error)) is None:
            raise
        console.print(f"[red]{text}[/red]", highlight=False, soft_wrap=True)
        raise typer.Exit(2) from error


def beginning(asked: str, model: str, *, full: bool) -> str:
    """The adapter that is trained further: what is learnt from thousands of shops is not to be learnt again from one."""
    if asked == NO_ADAPTER or full:
        return ""
    return asked or (str(SHIPPED_ADAPTER) if (model or WRITER) == WRITER else "")


def check_packages() -> None:
    """Raises SettingsError when what trains is not installed: serving needs none of it."""
    missing = [name for name in _PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise SettingsError(f"training needs {', '.join(missing)}: pip install 'shop-chatbot[train]'")


@dataclass(frozen=True, slots=True)
class Sources:
    """Where scenes come from: files, a content folder (`count` scenes of it), `invented` shops, files of dialogues, and corrections."""

    files: tuple[Path, ...] = ()
    content: Path | None = None
    count: int = 400
    invented: int = 0
    dialogues: tuple[Path, ...] = ()
    corrections: bool = False

    @property
    def named(self) -> bool:
        return bool(self.files or self.content or self.invented or self.dialogues or self.corrections)


def gather(settings: Settings, sources: Sources, seed: int) -> list[Scene]:
    """Scenes from everywhere that was named; from the shop's own content when nothing was. Raises ChatbotError, KnowledgeBaseError."""
    found = [scene for file in sources.files for scene in read_scenes(file)] + read_dialogues(list(sources.dialogues))
    if sources.corrections:
        found += asyncio.run(_corrections(settings))
    folder = sources.content if sources.named else settings.content
    if folder is not None or sources.invented:
        from chatbot.training.generator import invented_scenes, scenes_of_shop

        found += scenes_of_shop(folder, sources.count, seed) if folder is not None else []
        found += invented_scenes(sources.invented, seed)
    return found


async def _corrections(settings: Settings) -> list[Scene]:
    from chatbot.database import Database
    from chatbot.server.house import database_url
    from chatbot.training.corrections import corrected_scenes

    database = await Database.open(database_url(settings))
    try:
        return list(await corrected_scenes(database))
    finally:
        await database.close()


def _train(run: Run, settings: Settings, console: Console) -> None:
    recipe, data = run.recipe, counts(run.scenes())
    console.print(
        f"{data['scenes']:,} scenes, {data['questions']:,} questions; the run is in {run.folder}", highlight=False, soft_wrap=True
    )
    with progress_display(title_of(recipe.model), console) as report:
        folder = fetch(recipe.model, settings.cache, report)
    with console.status("Loading the model"):
        from chatbot.training import finetune as training
    figures = training.finetune(run, folder, console)
    console.print(_table(figures))
    console.print(
        f"Done: {run.folder}. Make it live with [bold]chatbot models promote {run.folder}[/bold]", highlight=False, soft_wrap=True
    )


def _table(figures: Mapping[str, Any]) -> Table:
    table = Table("", "before", f"best (step {figures['best_step']})", "at the end", title="What was held out")
    moments = ("before", "best", "after")
    table.add_row("loss per token", *(f"{figures['held_out_loss'][when]:.3f}" for when in moments))
    table.add_row("tokens right", *(f"{figures['held_out_accuracy'][when]:.1%}" for when in moments))
    work = f"{figures['steps']} steps, {figures['minutes']:.1f} minutes, {figures['tokens']:,} tokens"
    table.caption = f"{work}, {figures['peak_memory_mb']:,} MB at most"
    return table
