"""`index build | status | search`: the knowledge base from a command line.

`index_app` is a Typer app of its own (`python -m knowledge_base`) and a group of another one: the outer program puts its `Places` into
the context (`add_typer(index_app, name="index", callback=…)` with `context.obj = Places(…)`) and the options may then be left out.
Exit codes: 0 done, 1 nothing found, 2 content or index cannot be used.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from knowledge_base.build import BuildReport, build_index
from knowledge_base.catalog import Hit, Problem
from knowledge_base.encoders import default_encoders
from knowledge_base.errors import KnowledgeBaseError
from knowledge_base.search import KnowledgeBase, SearchResult
from knowledge_base.versions import VectorFile, lanes_of

index_app = typer.Typer(no_args_is_help=True, help="Build, inspect and ask the index of the shop's content.")
_PROBLEMS_SHOWN = 50

ContentOption = Annotated[Path | None, typer.Option("--content", help="folder with the shop's files")]
IndexOption = Annotated[Path | None, typer.Option("--index", help="folder of the index")]
ModelOption = Annotated[Path | None, typer.Option("--model", help="folder of all-MiniLM-L6-v2, for English; else the embedded one")]
CurrencyOption = Annotated[str, typer.Option(help="ISO 4217 code for files that name no currency")]


@dataclass(frozen=True, slots=True)
class Places:
    """Where an outer program keeps things: what the options default to."""

    content: Path | None = None
    index: Path | None = None
    model: Path | None = None
    currency: str = ""


@index_app.command()
def build(
    context: typer.Context,
    content: ContentOption = None,
    index: IndexOption = None,
    model: ModelOption = None,
    currency: CurrencyOption = "",
) -> None:
    """Bring the index up to date with the content; only what changed is embedded again."""
    places = _places(context, content, index, model, currency)
    console = Console()
    with _explained(), _bar(console) as progress:
        tasks: dict[str, TaskID] = {}

        def tell(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = progress.add_task(stage, total=total)
            progress.update(tasks[stage], completed=done, total=total)

        report = build_index(
            _required(places.content, "--content"), _required(places.index, "--index"),
            currency=places.currency, progress=tell, encoders=default_encoders(places.model),
        )  # fmt: skip
    with _explained():
        _print_report(console, report, lanes_of(_required(places.index, "--index")))


@index_app.command()
def status(context: typer.Context, index: IndexOption = None, model: ModelOption = None) -> None:
    """What the index holds, which encoders made it and what the last build could not use."""
    places = _places(context, None, index, model, "")
    console = Console()
    with _opened(places) as base:
        manifest = base.manifest
        table = Table("", "", show_header=False)
        table.add_row("version", f"{base.version}, built {manifest.built_at}")
        table.add_row("shop", base.profile.name or "(no shop.toml)")
        table.add_row("languages", ", ".join(base.languages))
        table.add_row("products", str(len(base.products())))
        for entry in manifest.vectors:
            table.add_row(f"vectors ({entry.language})", f"{entry.rows} by {entry.encoder}, {entry.dimension} numbers{_tuned(entry)}")
        if manifest.amended:
            table.add_row("amended", f"{manifest.amended} passages laid beside or taken out since the last whole build")
        console.print(table)
        _print_problems(console, base.problems)


@index_app.command()
def search(
    context: typer.Context,
    query: Annotated[str, typer.Argument(help="what a shopper would ask")],
    index: IndexOption = None,
    model: ModelOption = None,
    limit: Annotated[int, typer.Option(min=1, max=50)] = 6,
) -> None:
    """What is found for a question, by which lanes and with which scores."""
    places = _places(context, None, index, model, "")
    console = Console()
    with _opened(places) as base:
        result = base.search(query, limit=limit)
    _print_result(console, result)
    if not result.hits:
        raise typer.Exit(1)


def _places(context: typer.Context, content: Path | None, index: Path | None, model: Path | None, currency: str) -> Places:
    given = context.find_object(Places) or Places()
    return Places(content or given.content, index or given.index, model or given.model, currency or given.currency)


def _required(path: Path | None, option: str) -> Path:
    if path is None:
        raise typer.BadParameter(f"{option} is needed: a folder")
    return path


@contextmanager
def _explained() -> Iterator[None]:
    """Errors meant for people as one line and exit code 2."""
    try:
        yield
    except KnowledgeBaseError as error:
        Console(stderr=True).print(f"[red]error[/red] {type(error).__name__}:", str(error), markup=True, highlight=False, soft_wrap=True)
        raise typer.Exit(2) from error


@contextmanager
def _opened(places: Places) -> Iterator[KnowledgeBase]:
    with _explained():
        base = KnowledgeBase.open(_required(places.index, "--index"), default_encoders(places.model))
    try:
        yield base
    finally:
        base.close()


def _tuned(entry: VectorFile) -> str:
    """How a large lane is searched and what that finds; nothing for one that is compared whole."""
    if not entry.lists:
        return ""
    return f"; {entry.effort} of {entry.lists} lists looked into, recall@10 {entry.recall:.3f} against exact search"


class _Rate(ProgressColumn):
    """How many are done a second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f}/s" if task.speed else "", style="progress.data.speed")


def _bar(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn())
    return Progress(*columns, console=console)


def _print_report(console: Console, report: BuildReport, lanes: Sequence[VectorFile] = ()) -> None:
    console.print(
        f"version {report.version}: {report.products} products, {report.documents} documents, {report.passages} passages; "
        f"{report.embedded} texts embedded, {report.removed} documents removed, {report.seconds:.1f} s"
    )
    for entry in lanes:
        if entry.lists:
            console.print(f"vectors ({entry.language}): {entry.rows} by {entry.encoder}{_tuned(entry)}")
    _print_problems(console, report.problems)


def _print_problems(console: Console, problems: Sequence[Problem]) -> None:
    if not problems:
        return
    table = Table("file", "line", "column", "why it could not be used", title=f"{len(problems)} problems")
    for problem in problems[:_PROBLEMS_SHOWN]:
        table.add_row(problem.file, str(problem.line), problem.column, problem.reason)
    console.print(table)
    if len(problems) > _PROBLEMS_SHOWN:
        console.print(f"… and {len(problems) - _PROBLEMS_SHOWN} more")


def _print_result(console: Console, result: SearchResult) -> None:
    table = Table("score", "passage", "lanes", title=f"language {result.language}")
    for hit in result.hits:
        lanes = "\n".join(f"{lane} {score:.2f}" for lane, score in hit.lanes.items())
        table.add_row(f"{hit.score:.2f}", f"{hit.passage.id}\n{_brief(hit)}", lanes)
    console.print(table)
    if result.filters:
        console.print(f"filters: {result.filters}", markup=False)
        console.print("products: " + "; ".join(product.title for product in result.products), markup=False)
    console.print("milliseconds: " + ", ".join(f"{stage} {value:.1f}" for stage, value in result.milliseconds.items()))


def _brief(hit: Hit) -> str:
    text = " ".join(hit.passage.text.split())
    return text if len(text) <= 160 else text[:159] + "…"
