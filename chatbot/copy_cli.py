"""`chatbot copy FILE -o OUT` writes product descriptions into a catalogue; `chatbot copy --theme "…"` writes marketing copy.

Knows options and terminals. Exit codes: 0 done, 1 some rows could not be described (the report says which), 2 the file or the options
cannot be used, 130 stopped by hand (the same command goes on).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from chatbot.copywriter.campaign import Campaign, Offered, products_for
from chatbot.copywriter.filing import Filing, Job
from chatbot.copywriter.marketing import Marketer, Piece
from chatbot.copywriter.reporting import Totals
from chatbot.copywriter.sheet import open_sheet
from chatbot.copywriter.trust import trusted, try_out
from chatbot.copywriter.wish import Wish
from chatbot.copywriter.writer import Copywriter
from chatbot.engine import Engine
from chatbot.errors import EngineUnavailable, SettingsError, WeightsError
from chatbot.models_cli import progress_display
from chatbot.server.opening import open_engine, open_index
from chatbot.settings import Settings
from chatbot.weights import NO_ADAPTER

_FAILED_SHOWN = 8
WRITERS = ("auto", "model", "code")
Words = Annotated[str, typer.Option(help="Words to bring in where the product's own data state them, separated by commas.")]


def copy(
    file: Annotated[Path | None, typer.Argument(help="Catalogue: CSV, TSV, Shopify, WooCommerce or Google export, JSON, XML feed.")] = None,
    out: Annotated[Path | None, typer.Option("--output", "-o", help="File to write, in the same dialect.")] = None,
    theme: Annotated[str, typer.Option(help="Write marketing copy about this instead.")] = "",
    keywords: Words = "",
    tone: Annotated[str, typer.Option(help="plain, friendly, playful or elegant.")] = "plain",
    length: Annotated[str, typer.Option(help="short, medium or long.")] = "medium",
    language: Annotated[str, typer.Option(help="Language to write in, en or zh; each product's own when not given.")] = "",
    variants: Annotated[
        int, typer.Option(help="Texts for each product; the best goes into the file, all into the trace.", min=1, max=8)
    ] = 1,
    overwrite: Annotated[bool, typer.Option("--overwrite/--keep", help="Write descriptions anew where there are some.")] = False,
    price: Annotated[bool, typer.Option("--price", help="Tell the price too.")] = False,
    seed: Annotated[int, typer.Option(help="Another number draws other words.")] = 0,
    limit: Annotated[int, typer.Option(help="Describe only so many products.", min=0)] = 0,
    writer: Annotated[str, typer.Option(help="auto tries the model out first, model always asks it, code never does.")] = "auto",
    together: Annotated[int, typer.Option(help="Rows written at once; 0 is 1 for the model here, 8 for a server's.", min=0, max=64)] = 0,
    captioner: Annotated[str, typer.Option(help="Model that says what a picture shows: hub id or folder. None when not given.")] = "",
    channels: Annotated[str, typer.Option(help="Of marketing copy: email, banner, social, separated by commas.")] = "email,banner,social",
    products: Annotated[str, typer.Option(help="Of marketing copy: product ids, separated by commas.")] = "",
    content: Annotated[Path | None, typer.Option(help="Of marketing copy: the shop's folder; the sample shop when not given.")] = None,
    engine: Annotated[str, typer.Option(help="Who writes: local, remote or quoting.")] = "",
    model: Annotated[str, typer.Option(help="Model to write with: hub id, folder, or wheel:…")] = "",
    currency: Annotated[str, typer.Option(help="ISO 4217 code for files that name no currency.")] = "",
) -> None:
    """Write product descriptions into a catalogue, or marketing copy about a theme; every claim traces to the shop's own data."""
    given: dict[str, Any] = {"content": content, "engine": engine, "model": model, "currency": currency}
    settings = copy_settings(**{name: value for name, value in given.items() if value})
    if writer not in WRITERS:
        raise SettingsError(f"--writer: expected {', '.join(WRITERS)}, got {writer!r}")
    try:
        if theme:
            campaign = Campaign(theme, _listed(keywords), _listed(channels), language, tone, _listed(products), seed)  # type: ignore[arg-type]
            asyncio.run(_market(campaign, settings, writer))
            return
        wish = Wish(tone, length, language, _listed(keywords), variants, price, seed)  # type: ignore[arg-type]
    except ValueError as error:
        raise SettingsError(str(error)) from error
    if file is None or out is None:
        raise SettingsError('expected a file and --output, or --theme "…", got ' + ("no --output" if file else "neither"))
    if file.resolve() == out.resolve():
        raise SettingsError(f"--output: expected another file than the one that is read, got {out}")
    side_by_side = together or (8 if settings.engine == "remote" else 1)
    job = Job(out, wish, overwrite, limit, side_by_side, writer == "model")
    totals = asyncio.run(_describe(file, job, settings, writer, captioner))
    raise typer.Exit(1 if totals.rows["failed"] else 0)


def copy_settings(**given: Any) -> Settings:
    """The settings, but for the adapter that the model here has for answering shoppers: it repeats sentences and words none."""
    settings = Settings(**given)
    return settings if settings.adapter else settings.model_copy(update={"adapter": NO_ADAPTER})


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.replace("，", ",").split(",") if part.strip())


async def _engine(settings: Settings, writer: str, aside: Console) -> Engine:
    """Who writes; where no model can, code does, and that is told."""
    from chatbot.engines.quoting import QuotingEngine

    if writer == "code":
        return QuotingEngine()
    try:
        with progress_display("Model", aside) as fetching:
            return await open_engine(settings, fetching)
    except (WeightsError, EngineUnavailable) as error:
        aside.print(f"No model can write, so the program words everything itself: {error}", style="yellow", markup=False, highlight=False)
        return QuotingEngine()


async def _describe(file: Path, job: Job, settings: Settings, writer: str, captioner: str) -> Totals:
    console, aside = Console(), Console(stderr=True)
    with aside.status(f"Reading {file.name}…"):
        sheet = open_sheet(file, currency=settings.currency)
    engine = await _engine(settings, writer, aside)
    began = time.monotonic()
    try:
        with _bar(aside) as progress:
            totals = await Filing(sheet, engine, job, _captioner(captioner), progress).run()
    finally:
        await engine.close()
    _print_totals(totals, sheet.format, sheet.notes, job.out, time.monotonic() - began, console)
    return totals


def _captioner(name: str) -> Any:
    if not name:
        return None
    from chatbot.engines.captioning import Captioner

    return Captioner(name)


@contextmanager
def _bar(console: Console) -> Iterator[Any]:
    """A bar with rate and time left; a line at every tenth where no terminal is."""
    columns = (TextColumn("Writing"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"), TimeRemainingColumn())
    began = time.monotonic()
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        task = bars.add_task("Writing", total=None, rate="")

        def tell(done: int, total: int) -> None:
            rate = f"{done / max(1e-6, time.monotonic() - began):.1f} rows/s"
            bars.update(task, completed=done, total=total, rate=rate)
            if not console.is_terminal and total >= 10 and done % (total // 10) == 0:
                left = (total - done) * (time.monotonic() - began) / done
                console.print(f"{done} of {total} rows, {rate}, {left:.0f} s left", highlight=False)

        yield tell


def _print_totals(totals: Totals, form: str, notes: tuple[str, ...], out: Path, seconds: float, console: Console) -> None:
    rows = totals.rows
    table = Table(box=None, show_header=False, pad_edge=False)
    earlier = f", {rows['found']} of them by an earlier run" if rows["found"] else ""
    table.add_row("Written", f"{totals.written} of {sum(rows.values())} products{earlier}")
    if rows["kept"]:
        table.add_row("Left as they were", f"{rows['kept']} (they have a description; --overwrite writes them anew)")
    if rows["failed"]:
        table.add_row("Failed", str(rows["failed"]))
    who = ", ".join(f"{count} by the {name}" for name, count in sorted(totals.by.items()))
    table.add_row("Sentences", f"{totals.sentences}" + (f" ({who})" if who else "") + f"; {totals.struck} struck")
    for language, trials in totals.trials.items():
        if trials:
            table.add_row(
                f"Model tried out ({language})", "; ".join(f"{trial.act}: {trial.right} of {trial.asked} right" for trial in trials)
            )
    table.add_row("Time", f"{seconds:.1f} s, {rows['written'] / max(seconds, 1e-6):.1f} rows/s")
    table.add_row("Files", f"{out} ({form}), {out.name}.report.csv, .report.json, .trace.jsonl")
    console.print(table)
    for note in notes:
        console.print(Text(f"Note: {note}", style="yellow"))
    for row in totals.failed[:_FAILED_SHOWN]:
        console.print(Text(f"line {row.line}: {row.title[:50]} {row.reason}", style="red"))
    if len(totals.failed) > _FAILED_SHOWN:
        console.print(Text(f"and {len(totals.failed) - _FAILED_SHOWN} more, in the report", style="red"))


async def _market(campaign: Campaign, settings: Settings, writer: str) -> None:
    console, aside = Console(), Console(stderr=True)
    with progress_display("Index", aside) as fetching:
        index = await asyncio.to_thread(open_index, settings, fetching=fetching)
    engine = await _engine(settings, writer, aside)
    try:
        offered = await asyncio.to_thread(products_for, campaign, index.knowledge)
        trials = await try_out(engine, Wish(tone=campaign.tone), campaign.spoken)
        await _print_campaign(Marketer(campaign, offered, Copywriter(engine, trusted(trials))), offered, console)
    finally:
        await engine.close()
        index.knowledge.close()


async def _print_campaign(marketer: Marketer, offered: list[Offered], console: Console) -> None:
    shown = ""
    async for piece in marketer.pieces():
        if piece.channel != shown:
            console.rule(piece.channel, align="left")
            shown = piece.channel
        _print_piece(piece, console)
    if offered:
        console.print(Text("Products: " + ", ".join(f"{product.title} ({product.id})" for product in offered), style="dim"))


def _print_piece(piece: Piece, console: Console) -> None:
    console.print(Text(piece.text, style="bold" if piece.part == "headline" else ""))
    fields = ", ".join(dict.fromkeys(trace.field for sentence in piece.sentences for trace in sentence.traces))
    console.print(
        Text(f"  {piece.part}, {piece.length} of {piece.limit} ({piece.unit}){'; from ' + fields if fields else ''}", style="dim")
    )
