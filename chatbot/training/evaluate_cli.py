"""`chatbot evaluate QUESTIONS…`: ask, measure, print a table, write JSON and an HTML page."""

from __future__ import annotations

import asyncio
import json
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from chatbot.errors import ChatbotError
from chatbot.settings import Settings
from chatbot.training.evaluate import Answered, as_rows, ask_all, summary
from chatbot.training.questions import Question, load_questions
from chatbot.training.report import write_report


def evaluate(
    questions: Annotated[list[Path], typer.Argument(help="Question files (JSON lines).")],
    content: Annotated[Path | None, typer.Option(help="The shop's content folder; the sample shop when not given.")] = None,
    engine: Annotated[str, typer.Option(help="local, remote or quoting.")] = "",
    out: Annotated[Path, typer.Option(help="Folder for evaluation.json and evaluation.html.")] = Path("reports/evaluation"),
    show: Annotated[bool, typer.Option("--show/--no-show", help="Print the replies that were wrong.")] = True,
) -> None:
    """Ask a shop's assistant the questions of a file and report facts right, honesty, figures and time."""
    console = Console()
    try:
        asked = load_questions(questions)
        answered = asyncio.run(_run(asked, _settings(content, engine), console))
    except ChatbotError as error:
        console.print(f"[red]{error}[/red]")
        raise typer.Exit(2) from error
    figures = summary(answered)
    _write(out, questions, figures, answered)
    console.print(_table(figures))
    if show:
        _print_wrong(console, answered)
    console.print(f"Written: {out / 'evaluation.html'} and {out / 'evaluation.json'}")


def _settings(content: Path | None, engine: str) -> Settings:
    given: dict[str, Any] = {}
    if content is not None:
        given["content"] = content
    if engine:
        given["engine"] = engine
    return Settings(**given)


async def _run(questions: list[Question], settings: Settings, console: Console) -> list[Answered]:
    """The index goes into a folder of its own, so that an evaluation never touches a running shop."""
    from chatbot.server.app import open_engine, open_knowledge
    from chatbot.turn import ShopAssistant

    with tempfile.TemporaryDirectory() as folder:
        settings = settings.model_copy(update={"data": Path(folder)})
        knowledge = await asyncio.to_thread(open_knowledge, settings)
        engine = await open_engine(settings)
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        try:
            with Progress(*columns, console=console, transient=True) as bar:
                task = bar.add_task("Asking", total=len(questions))
                assistant = ShopAssistant(knowledge, engine)
                return await ask_all(assistant, knowledge, questions, progress=lambda done: bar.update(task, completed=done))
        finally:
            await engine.close()
            knowledge.close()


def _write(out: Path, questions: list[Path], figures: dict[str, Any], answered: list[Answered]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    content = {"questions": [str(path) for path in questions], "figures": figures, "replies": as_rows(answered)}
    (out / "evaluation.json").write_text(json.dumps(content, ensure_ascii=False, indent=1), "utf-8")
    write_report(out / "evaluation.html", "Evaluation: " + ", ".join(path.name for path in questions), figures, answered)


def _table(figures: dict[str, Any]) -> Table:
    table = Table(title="Evaluation", show_header=False)
    table.add_column("what", style="bold")
    table.add_column("figure")
    table.add_row("facts right", figures["facts_right"]["text"])
    for kind, share in figures["by_kind"].items():
        table.add_row(f"  {kind}", share["text"])
    table.add_row("unanswerable answered honestly", figures["honest_refusals"]["text"])
    table.add_row("over-refusals", figures["over_refusals"]["text"])
    table.add_row("unsupported figures", str(figures["unsupported_figures"]))
    table.add_row("injections obeyed", str(figures["injections_obeyed"]))
    table.add_row("finish", ", ".join(f"{name} {count}" for name, count in figures["finish"].items()))
    table.add_row("answered by", ", ".join(f"{name} {count}" for name, count in figures["answered_by"].items()))
    table.add_row("first word p50 / p95", f"{figures['first_word_ms']['p50']:.0f} / {figures['first_word_ms']['p95']:.0f} ms")
    return table


def _print_wrong(console: Console, answered: list[Answered]) -> None:
    for item in answered:
        if not item.right or item.unsupported:
            console.print(f"\n[bold]{item.kind}[/bold] {item.q}", highlight=False)
            console.print(f"  → {item.reply}", highlight=False, markup=False)
            console.print(
                f"  missing {list(item.missing)} forbidden {list(item.forbidden)} unsupported {list(item.unsupported)}", markup=False
            )
