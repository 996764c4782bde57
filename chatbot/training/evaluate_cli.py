"""`chatbot evaluate QUESTIONS…`: ask, measure, compare, print tables, write JSON and a page; put results together, or make a test set.

Knows terminals and settings. Keeps that what cannot be used is said before anything is asked, and that a running shop is never touched.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from chatbot.errors import SettingsError
from chatbot.settings import Settings
from chatbot.training.asking import Setup, ShopToAsk, ask_shops
from chatbot.training.compare import Comparison, pairs_of
from chatbot.training.evaluate import as_rows
from chatbot.training.evaluate_tables import compared_table, figures_table, groups_table, print_changes, print_wrong
from chatbot.training.kept_evaluations import Evaluation, put_together, read_evaluation
from chatbot.training.questions import Question, load_questions
from chatbot.training.report import Page, write_report
from chatbot.training.scores import summary
from chatbot.training.traps import LANGUAGES, traps_of, write_questions
from chatbot.weights import NO_ADAPTER


@dataclass(frozen=True, slots=True)
class Making:
    """How many questions are made of each shop's catalogue, from which seed and in which language; `currency` where files name none."""

    count: int = 0
    seed: int = 0
    language: str = ""
    currency: str = ""

    def of(self, content: Path) -> list[Question]:
        if not self.count:
            return []
        return traps_of(content, self.count, seed=self.seed, language=self.language, currency=self.currency)


def evaluate(
    context: typer.Context,
    questions: Annotated[list[Path] | None, typer.Argument(help="Question files (JSON lines).", show_default=False)] = None,
    content: Annotated[Path | None, typer.Option(help="The shop's content folder; the sample shop when not given.")] = None,
    shop: Annotated[
        list[str] | None, typer.Option(help="One more shop, as GROUP:CONTENT=QUESTIONS; the groups make the table of generalisation.")
    ] = None,
    result: Annotated[
        list[str] | None,
        typer.Option(help="Ask nothing: put this evaluation.json together with others, as GROUP=FILE; the groups make the table."),
    ] = None,
    generate: Annotated[int, typer.Option(help="Make this many questions of each shop's catalogue, and ask them too.", min=0)] = 0,
    seed: Annotated[int, typer.Option(help="The same seed makes the same questions.")] = 0,
    language: Annotated[
        str, typer.Option(help="Language of the questions that are made, en or zh; all of the shop's when not given.")
    ] = "",
    write: Annotated[Path | None, typer.Option(help="Write the questions that were made to this file, and ask nothing.")] = None,
    alone: Annotated[bool, typer.Option("--alone", help="The model alone: it writes every answer, and nothing is withheld.")] = False,
    engine: Annotated[str, typer.Option(help="Who writes: local, remote or quoting.")] = "",
    model: Annotated[str, typer.Option(help="Model to write with: hub id or folder.")] = "",
    adapter: Annotated[str, typer.Option(help="Folder of an adapter, or none for the model as it is.")] = "",
    precision: Annotated[str, typer.Option(help="How weights are kept: auto, int4, int8, bf16 or fp32.")] = "",
    against: Annotated[str, typer.Option(help="Compare with this evaluation.json, or with none: the model as it is, asked as well.")] = "",
    against_model: Annotated[str, typer.Option(help="Ask this model as well, and compare with it.")] = "",
    against_adapter: Annotated[str, typer.Option(help="Ask with this adapter as well (or none), and compare with it.")] = "",
    out: Annotated[Path, typer.Option(help="Folder for evaluation.json and evaluation.html.")] = Path("reports/evaluation"),
    show: Annotated[bool, typer.Option("--show/--no-show", help="Print the replies that were wrong or that changed.")] = True,
) -> None:
    """Ask a shop's assistant the questions of a file, or of its catalogue, and report facts right, honesty, figures and time."""
    console = Console()
    if result:
        page, told = _of_results(result, against, _asking(context))
    else:
        settings = settings_of(content=content, engine=engine, model=model, adapter=adapter, precision=precision)
        shops = shops_given(questions or [], shop or [], settings.content, Making(generate, seed, language, settings.currency))
        if write is not None:
            console.print(f"Written: {_write_made(write, shops)} questions in {write}", soft_wrap=True)
            return
        setup = Setup(settings, alone)
        other = other_setup(setup, against_model, NO_ADAPTER if against == NO_ADAPTER else against_adapter)
        page, told = _asked(setup, other or against, shops, console), setup.told()
    _write(out, page, told)
    _print(console, page, show=show)
    console.print(f"Written: {out / 'evaluation.html'} and {out / 'evaluation.json'}", soft_wrap=True)


def _asking(context: typer.Context) -> list[str]:
    """What was given on the command line that says whom to ask and what, as it is written there."""
    names = [name for name in context.params if name not in ("result", "against", "out", "show")]
    given = [name for name in names if getattr(context.get_parameter_source(name), "name", "") == "COMMANDLINE"]
    return ["QUESTIONS" if name == "questions" else f"--{name.replace('_', '-')}" for name in given]


def settings_of(**given: Any) -> Settings:
    """The settings, with what was given on the command line before the environment."""
    return Settings(**{name: value for name, value in given.items() if value not in (None, "")})


def shops_given(files: Sequence[Path], specs: Sequence[str], content: Path, making: Making) -> list[ShopToAsk]:
    """What is to be asked: the shop of the settings where there are questions for it, and each --shop.

    Raises SettingsError, QuestionFileError, KnowledgeBaseError.
    """
    if making.language not in ("", *LANGUAGES):
        raise SettingsError(f"--language: expected en or zh, got {making.language!r}")
    shops = [_shop("", content, files, making)] if files or not specs else []
    shops += [_shop(*shop_named(spec), making) for spec in specs]
    empty = next((shop for shop in shops if not shop.questions), None)
    if empty is not None:
        raise SettingsError(f"{empty.content}: expected questions to ask it: question files, or --generate with a catalogue to ask about")
    return shops


def shop_named(spec: str) -> tuple[str, Path, list[Path]]:
    """ "GROUP:CONTENT=FILE,FILE" in its parts; the group and the files may be missing. Raises SettingsError."""
    place, _, files = spec.partition("=")
    group, colon, content = place.partition(":")
    if not colon or "/" in group or "\\" in group or (len(group) == 1 and content[:1] in ("/", "\\")):  # a path, or a drive
        group, content = "", place
    if not content.strip():
        raise SettingsError(f"--shop: expected GROUP:CONTENT=QUESTIONS, got {spec!r}")
    return group.strip(), Path(content.strip()), [Path(name.strip()) for name in files.split(",") if name.strip()]


def _shop(group: str, content: Path, files: Sequence[Path], making: Making) -> ShopToAsk:
    return ShopToAsk(content, (*load_questions(files), *making.of(content)), group)


def other_setup(setup: Setup, model: str, adapter: str) -> Setup | None:
    """The setup to compare with, where one was named. Another model goes without this one's adapter."""
    if not model and not adapter:
        return None
    changes = {"model": model, "adapter": adapter or NO_ADAPTER} if model else {"adapter": adapter}
    return Setup(setup.settings.model_copy(update=changes), setup.alone)


def _write_made(path: Path, shops: Sequence[ShopToAsk]) -> int:
    if len(shops) != 1:
        raise SettingsError(f"--write: expected one shop, since a question file belongs to one, got {len(shops)}")
    write_questions(path, shops[0].questions)
    return len(shops[0].questions)


def _asked(setup: Setup, other: Setup | str, shops: Sequence[ShopToAsk], console: Console) -> Page:
    """Ask the shops, and compare with the `other` setup, which is asked as well, or with an evaluation.json, or with nothing ("")."""
    kept = read_evaluation(Path(other)) if isinstance(other, str) and other else None  # before anything is asked: it may be unreadable
    run = _ask(setup, shops, console)
    if isinstance(other, Setup):
        kept = _ask(other, shops, console)
    return Page(run.title, _about(setup, shops), run.answered, _comparison(run, kept))


def _of_results(specs: Sequence[str], against: str, asking: Sequence[str]) -> tuple[Page, dict[str, Any]]:
    """The page of results that are put together, and what is told of how they came about. `asking` names options that ask for something.

    Raises SettingsError, EvaluationFileError.
    """
    if asking or against == NO_ADAPTER:
        given = asking[0] if asking else f"--against {NO_ADAPTER}"
        raise SettingsError(f"--result: expected nothing that is to be asked beside it, got {given}")
    run = put_together(specs)
    shops = Counter(item.shop for item in run.answered if item.shop)
    facts = (f"{len(run.answered)} questions", *(f"{name} {count}" for name, count in shops.items()), f"{len(specs)} results put together")
    page = Page(run.title, facts, run.answered, _comparison(run, read_evaluation(Path(against)) if against else None))
    return page, {"title": run.title, "results": list(specs)}


def _ask(setup: Setup, shops: Sequence[ShopToAsk], console: Console) -> Evaluation:
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(setup.title, total=sum(len(shop.questions) for shop in shops))
        answered = asyncio.run(ask_shops(setup, shops, lambda done: bar.update(task, completed=done)))
    return Evaluation(setup.title, tuple(answered))


def _comparison(run: Evaluation, kept: Evaluation | None) -> Comparison | None:
    if kept is None:
        return None
    pairs = pairs_of(run.answered, kept.answered)
    if not pairs:
        raise SettingsError(f"--against: expected a run of the same questions, but {kept.title} has none of them")
    old = kept.title if kept.title != run.title else f"{kept.title}, before"
    return Comparison(run.title, old, tuple(pairs))


def _about(setup: Setup, shops: Sequence[ShopToAsk]) -> tuple[str, ...]:
    told = setup.told()
    facts = [f"{sum(len(shop.questions) for shop in shops)} questions", *(f"{shop.name} {len(shop.questions)}" for shop in shops)]
    facts += [f"engine {told['engine']}", f"precision {told['precision']}", "nothing withheld" if setup.alone else "with the watcher"]
    return tuple(facts)


def _write(out: Path, page: Page, setup: dict[str, Any]) -> None:
    compared = {"comparison": page.comparison.told()} if page.comparison else {}
    content = {"setup": setup, "about": page.about, "figures": summary(page.answered), **compared, "replies": as_rows(page.answered)}
    out.mkdir(parents=True, exist_ok=True)
    (out / "evaluation.json").write_text(json.dumps(content, ensure_ascii=False, indent=1), "utf-8")
    write_report(out / "evaluation.html", page)


def _print(console: Console, page: Page, *, show: bool) -> None:
    figures = summary(page.answered)
    console.print(figures_table(figures))
    if figures["groups"]:
        console.print(groups_table(figures["groups"]))
    if page.comparison is not None:
        console.print(compared_table(page.comparison))
    if show:
        print_wrong(console, page.answered)
    if show and page.comparison is not None:
        print_changes(console, page.comparison)
