"""`chatbot explain "…"`: ask, then say why: the line that each sentence rests on, the lanes, and the heat map in the terminal's colours.

Knows terminals; what an explanation is lives in `explain` and `heat`. Invariant: what is explained is the reply that the chat gives.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.padding import Padding
from rich.rule import Rule
from rich.style import Style
from rich.table import Table
from rich.text import Text

from chatbot.errors import EngineError, WeightsError
from chatbot.events import Reply
from chatbot.explain import Explainer, Explanation, Sentence, told_of
from chatbot.heat import HeatMap, NothingToRead, heat_map, reading_of
from chatbot.messages import Conversation, Message
from chatbot.models_cli import progress_display
from chatbot.promotion import PromotionError
from chatbot.server.opening import engine_or_quotes, open_index
from chatbot.server.reading import NoReader, read_again
from chatbot.settings import Settings
from chatbot.turn import ShopAssistant

_SHOWN = 5  # hits of a lane
_HOT, _COLD = (0xC8, 0x5A, 0x17), (0xFF, 0xF4, 0xE6)
_MARKS = {"evidence": ("✓", "green"), "phrase": ("·", "dim"), "nothing": ("✗", "red")}
_SAID = {"phrase": "a set phrase: it claims nothing", "nothing": "rests on nothing"}


def explain(
    question: Annotated[str, typer.Argument(help="What a shopper would ask.")],
    content: Annotated[Path | None, typer.Option(help="Folder with the shop's files; the sample shop when not given.")] = None,
    engine: Annotated[str, typer.Option(help="Who writes: local, remote or quoting.")] = "",
    model: Annotated[str, typer.Option(help="Model to write and read with: hub id, folder, or wheel:…")] = "",
    html: Annotated[Path | None, typer.Option(help="Write the explanation as a page.")] = None,
    png: Annotated[Path | None, typer.Option(help="Write the heat map as a picture.")] = None,
    heat: Annotated[bool, typer.Option("--heat/--no-heat", help="Read the reply again with the model; takes seconds.")] = True,
) -> None:
    """Ask a question and show what the reply rests on: lanes, sentences, words."""
    given: dict[str, Any] = {"content": content, "engine": engine, "model": model}
    settings = Settings(**{name: value for name, value in given.items() if value})
    console, aside = Console(), Console(stderr=True)
    explanation = asyncio.run(_explained(question, settings, aside))
    print_explanation(explanation, console)
    found = _heat(explanation, settings, aside) if heat else "it was not asked for (--no-heat)"
    if isinstance(found, HeatMap):
        print_heat(found, console)
    _write(explanation, found, html, png, console)


async def _explained(question: str, settings: Settings, aside: Console) -> Explanation:
    """Whoever wrote is closed before anybody reads: only one model is in memory at a time."""
    with progress_display("Model", aside) as fetching:
        index = await asyncio.to_thread(open_index, settings, fetching=fetching)
        engine, trouble = await engine_or_quotes(settings, fetching)
    for what in filter(None, (index.trouble, trouble)):
        aside.print(f"[yellow]{what}[/yellow]", highlight=False)
    try:
        async with aclosing(
            ShopAssistant(index.knowledge, engine).reply(Conversation("explain", (Message("shopper", question),)))
        ) as events:
            reply = [event async for event in events][-1]
        assert isinstance(reply, Reply)
        return await asyncio.to_thread(Explainer(index.knowledge).explain, told_of(reply), reply.trace)
    finally:
        await engine.close()
        index.knowledge.close()


def _heat(explanation: Explanation, settings: Settings, aside: Console) -> HeatMap | str:
    """The map, or why there is none."""
    try:
        messages = reading_of(explanation)
        with aside.status("Reading the reply again…"):
            return heat_map(explanation, read_again(settings, messages, explanation.told.text))
    except (NothingToRead, NoReader, WeightsError, PromotionError, EngineError) as error:
        aside.print(f"No heat map: {error}", style="yellow", markup=False, highlight=False)
        return str(error)


def _write(explanation: Explanation, found: HeatMap | str, html: Path | None, png: Path | None, console: Console) -> None:
    from chatbot.explain_page import write_page, write_picture

    if html is not None:
        write_page(html, explanation, found)
        console.print(f"Written: {html}", markup=False, highlight=False)
    if png is not None and isinstance(found, HeatMap):
        write_picture(png, found)
        console.print(f"Written: {png}", markup=False, highlight=False)


def print_explanation(explanation: Explanation, console: Console) -> None:
    """The reply sentence by sentence, then what was found and what was held back."""
    told = explanation.told
    console.print(Rule("Reply", align="left"))
    console.print(Text(told.text))
    console.print(Text(f"({'the model wrote it' if told.by_model else 'the program wrote it: ' + told.answered_by})", style="dim"))
    resting, claiming = explanation.grounded
    console.print(Rule(f"What each sentence rests on: {resting} of {claiming} that claim something rest on the evidence", align="left"))
    for sentence in explanation.sentences:
        console.print(*_sentence(sentence, explanation), sep="\n")
    console.print(Rule("What was found", align="left"))
    console.print(_lanes({"all together": explanation.found, **explanation.lanes}))
    if explanation.held_back:
        console.print(Rule("Held back", align="left"))
    for held in explanation.held_back:
        console.print(Text(f"✗ {held.get('text', '')}  ({held.get('reason', '')}: {held.get('detail', '')})", style="red"))


def _sentence(sentence: Sentence, explanation: Explanation) -> Iterator[Any]:
    mark, style = _MARKS[sentence.rests]
    yield Text.assemble((f"{mark} ", style), sentence.text)
    if sentence.missing:
        yield Padding(Text(f"no line states: {', '.join(sentence.missing)}", style="red"), (0, 0, 0, 4))
    if sentence.rests != "evidence":
        yield Padding(Text(_SAID[sentence.rests], style=style), (0, 0, 0, 4))
        return
    for link in sentence.links:
        line = explanation.lines[link.line]
        yield Padding(Text.assemble((f"{link.score:.2f} {_bar(link.score)} ", "cyan"), line.text, (f"  {line.title}", "dim")), (0, 0, 0, 4))


def _lanes(lanes: Mapping[str, Sequence[Mapping[str, Any]]]) -> Table:
    table = Table("lane", "score", "", "passage", box=None, pad_edge=False)
    for name, hits in lanes.items():
        most = max([1.0, *(float(hit["score"]) for hit in hits)])
        for place, hit in enumerate(hits[:_SHOWN]):
            score = float(hit["score"])
            what = Text.assemble(str(hit["heading"]), (f"  {hit['id']}", "dim"))
            table.add_row(name if place == 0 else "", f"{score:.2f}", Text(_bar(score / most), style="cyan"), what)
        if not hits:
            table.add_row(name, "", "", Text("found nothing", style="dim"))
    return table


def _bar(share: float, width: int = 10) -> str:
    full = round(max(0.0, min(1.0, share)) * width)
    return "█" * full + "░" * (width - full)


def print_heat(found: HeatMap, console: Console) -> None:
    """The evidence with each word shaded by what the whole answer rests on it."""
    title = "How the model reads it (it was given the reply)" if found.given else "What the model's words rest on"
    console.print(Rule(title, align="left"))
    shades = iter(found.whole)
    for row in found.rows:
        console.print(Text(row.title or row.kind, style="dim"))
        console.print(Text.assemble(*((piece, _shade(next(shades))) for piece in row.pieces)))
    console.print(Text(f"{found.model}, {found.method}, {found.seconds:.1f} s", style="dim"))


def _shade(weight: float) -> Style:
    """Black on a background that goes from nearly white to rust, as a page of paper; nothing where nothing rests."""
    if weight < 0.04:
        return Style()
    red, green, blue = (round(cold + (hot - cold) * weight) for hot, cold in zip(_HOT, _COLD, strict=True))
    return Style(color="#000000", bgcolor=f"#{red:02x}{green:02x}{blue:02x}")
