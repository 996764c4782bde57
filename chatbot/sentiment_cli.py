"""`chatbot sentiment [FILE]`: judge a file of reviews, or the shop's own, and write the table, the report and the counts; `… fit` trains
a head.

Knows terminals and files; what a review says is told by `sentiment`. Invariant: a file that cannot be read costs nothing that was there
before."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from typer.core import TyperGroup

from chatbot.errors import WeightsError
from chatbot.models_cli import progress_display
from chatbot.sentiment.dashboard import dashboard
from chatbot.sentiment.head import SHIPPED, TUNED, TUNED_NAME, load_head
from chatbot.sentiment.judge import Judge
from chatbot.sentiment.judging_file import Judged, judge_file
from chatbot.sentiment.report import report_page
from chatbot.sentiment.reviews_file import ReviewsUnusable
from chatbot.sentiment.shop_reviews import kept_vectors, review_files
from chatbot.settings import Settings
from chatbot.weights import ENCODER_TO_TUNE, fetch
from knowledge_base.encoders import MiniLMEncoder

if TYPE_CHECKING:
    from chatbot.sentiment.fitting import TunedPart

_MOST_ASPECTS, _MOST_SAYS = 12, 8


class JudgesByDefault(TyperGroup):
    """A first word that is no command is the file to judge."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] in self.commands:
            return super().resolve_command(ctx, args)
        return "judge", self.commands["judge"], args

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        known = args and (args[0] in self.commands or args[0] == "--help")
        return super().parse_args(ctx, args if known else ["judge", *args])


sentiment_app = typer.Typer(cls=JudgesByDefault, no_args_is_help=False, help="What reviews say: verdicts, aspects, counts and a report.")

HeadOption = Annotated[Path | None, typer.Option(help="Folder of a trained head; the one that the settings name, else the program's own.")]


@sentiment_app.command("judge")
def judge(
    file: Annotated[Path | None, typer.Argument(help="Table of reviews (CSV, TSV); the shop's own reviews when not given.")] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write the table with the verdicts beside each review.")] = None,
    report: Annotated[Path | None, typer.Option(help="Write the report as one page of HTML.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the counts as JSON.")] = None,
    content: Annotated[Path | None, typer.Option(help="Folder with the shop's files, when no file is given.")] = None,
    head: HeadOption = None,
    words_alone: Annotated[
        bool, typer.Option("--words-alone", help="Judge by the words without the encoders: quicker, a little less right.")
    ] = False,
) -> None:
    """Judge reviews: label, probability, aspects, and the words that decided."""
    given: dict[str, Any] = {"content": content} if content else {}
    settings = Settings(**given)
    path, aside = file or _own(settings), Console(stderr=True)
    judging, save = _judge(settings, head or settings.reviews_head or SHIPPED, words_alone, aside)
    judged = _with_progress(path, judging, out, aside)
    save()
    found = dashboard(judged.counts, judged.found)
    _print(path.name, found, Console())
    _write(path.name, found, judged, report, json_file)
    for note in list(judged.repaired)[:10]:
        aside.print(note, markup=False, highlight=False, soft_wrap=True)


@sentiment_app.command("fit")
def fit(
    files: Annotated[
        list[Path], typer.Argument(help="Reviews with a verdict or stars (CSV, also in .gz or .zip), or lists ending in _pos or _neg.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write the head to.")],
    made: Annotated[int, typer.Option(help="Made sentences about other trades to learn from as well.", min=0)] = 12_000,
    tune: Annotated[bool, typer.Option("--tune", help="Also tune an encoder on these reviews: more is right, but it takes long.")] = False,
    base: Annotated[str, typer.Option(help="What is tuned: hub id, folder or wheel name; multilingual-e5-small when not given.")] = "",
    passes: Annotated[float, typer.Option(help="How often the tuned encoder sees each review.", min=0.01)] = 2.0,
) -> None:
    """Train a head on reviews whose verdict is known; prints what it gets right on reviews that it did not see.

    Reviews of one trade alone make a head for that trade, of several one for trades that it does not know."""
    from chatbot.sentiment.fitting import fit_files

    aside, settings = Console(stderr=True), Settings()
    encoders, save = kept_vectors(settings)
    tuning = partial(_tuned, base, settings, out / TUNED, passes, aside) if tune else None
    told = (" --tune" + (f" --base '{base}'" if base else "") + f" --passes {passes:g}") if tune else ""
    card = fit_files(files, out, encoders, made=made, tell=lambda what: aside.print(what, highlight=False), tune=tuning, told=told)
    save()
    if tune:
        from chatbot.training.review_tuning import forget

        forget(out / TUNED)
    typer.echo(card)


def _tuned(
    base: str, settings: Settings, folder: Path, passes: float, aside: Console, texts: Sequence[str], praises: Sequence[bool]
) -> TunedPart:
    """Fetch what is tuned and tune it, with a bar; a run that was cut off goes on from its last checkpoint."""
    from chatbot.sentiment.fitting import TunedPart
    from chatbot.training.pretrain_cli import device_of
    from chatbot.training.review_tuning import Lesson, tune

    with progress_display("the encoder to tune", aside) as report:
        source = fetch(base or ENCODER_TO_TUNE, settings.cache, report)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=aside, disable=not aside.is_terminal) as bars:
        task = bars.add_task("Tuning", total=None)
        tuned = tune(
            source,
            texts,
            praises,
            folder,
            Lesson(passes=passes, device=device_of(settings)),
            lambda moment: bars.update(task, completed=moment.step, total=moment.steps, description=f"Tuning, loss {moment.loss:.3f}"),
        )
    return TunedPart(MiniLMEncoder(tuned.folder, name=TUNED_NAME), tuned.direction, tuned.bias)


def _own(settings: Settings) -> Path:
    files = review_files(settings.content)
    if not files:
        raise ReviewsUnusable(f"{settings.content}: expected a table of reviews among the shop's files, such as reviews.csv, got none")
    return files[0]


def _judge(settings: Settings, head: Path, words_alone: bool, aside: Console) -> tuple[Judge, Any]:
    if words_alone:
        return Judge(load_head(head)), lambda: None
    try:
        encoding, save = kept_vectors(settings)
    except WeightsError as error:
        aside.print(f"the English encoder cannot be had, so reviews are judged without it: {error}", markup=False, highlight=False)
        encoding, save = kept_vectors(settings.model_copy(update={"encoder": "multilingual"}))
    return Judge(load_head(head), encoding.encoders, encoding.vectors, head), save


def _with_progress(path: Path, judging: Judge, out: Path | None, aside: Console) -> Judged:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=aside, transient=True, disable=not aside.is_terminal) as bars:
        task = bars.add_task(f"Reviews of {path.name}", total=None)
        return judge_file(path, judging, out, lambda done, of: bars.update(task, completed=done, total=of))


def _print(name: str, found: dict[str, Any], console: Console) -> None:
    labels = found["labels"]
    told = f"{found['reviews']:,} reviews: {labels['positive']:,} praise, {labels['negative']:,} complain, {labels['mixed']:,} mixed"
    told += f", {labels['none']:,} without words" if labels["none"] else ""
    console.print(told, markup=False, highlight=False)
    table = Table("aspect", "reviews", "praise", "mixed", "complaint", title=f"What {name} speaks of")
    for one in found["aspects"][:_MOST_ASPECTS]:
        table.add_row(one["english"], *(str(one[key]) for key in ("reviews", "positive", "mixed", "negative")))
    if found["aspects"]:
        console.print(table)
    for one in found["says"][:_MOST_SAYS]:
        console.print(f"{one['reviews']:>5} say {one['english']}", markup=False, highlight=False)


def _write(name: str, found: dict[str, Any], judged: Judged, report: Path | None, json_file: Path | None) -> None:
    if report is not None:
        _replace(report, report_page(name, found, judged.repaired))
    if json_file is not None:
        _replace(json_file, json.dumps(found, ensure_ascii=False, indent=1) + "\n")


def _replace(path: Path, text: str) -> None:
    """Write a file that takes an older one's place only when it is whole."""
    aside = path.with_name(f".{path.name}.part")
    try:
        aside.write_text(text, encoding="utf-8")
        aside.replace(path)
    except OSError as error:
        raise ReviewsUnusable(f"{path}: expected a file that can be written, got {error.strerror or error}") from error
