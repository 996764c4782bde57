"""A run of pretraining as one picture: the curves while it trained, and bars of before and after.

Reads the run's folder and nothing else. Invariant: a run that was only half done gives a picture of that half.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from chatbot.training.pretrain_folder import PretrainFolder

PICTURE = "pretrain.png"
_TITLES = {
    "head": "Encoder: head alone",
    "masked": "Encoder: masked tokens",
    "contrastive": "Encoder: question to passage",
    "causal": "Writer: next token",
}
_INK, _SOFT, _LINE = "#1d2330", "#6b7484", "#e3e7ee"
_TRAIN, _HELD, _BEFORE, _AFTER = "#9db8ea", "#d1495b", "#b8c1cf", "#2f6fdb"
_BARS = {
    "masked": (("perplexity", "perplexity", 1), ("accuracy", "masked tokens right, %", 100)),
    "causal": (("perplexity", "perplexity", 1), ("accuracy", "next tokens right, %", 100)),
    "contrastive": (("first", "right passage first, %", 100), ("mrr", "MRR@10, %", 100)),
}
Panel = tuple[str, Any]


def plot(folder: PretrainFolder) -> Path:
    """Write the picture into the run's folder."""
    from matplotlib.figure import Figure

    curve, metrics = folder.curve(), folder.metrics
    stages = [stage for stage in _TITLES if any(line["stage"] == stage for line in curve)]
    bars = [(stage, bar) for stage in _BARS for bar in _BARS[stage] if {"before", "after"} <= set(metrics.get(stage, {}))]
    columns = max(1, len(stages), len(bars))
    figure = Figure(figsize=(4.1 * columns, 7.2), layout="constrained", facecolor="white")
    grid = figure.subplots(2, columns, squeeze=False)
    for place, axes in enumerate(grid[0]):
        _curve(axes, stages[place], curve, metrics) if place < len(stages) else axes.set_axis_off()
    for place, axes in enumerate(grid[1]):
        _bars(axes, metrics, *bars[place]) if place < len(bars) else axes.set_axis_off()
    figure.savefig(folder.path / PICTURE, dpi=130)
    return folder.path / PICTURE


def _curve(axes: Any, stage: str, curve: Sequence[Mapping[str, Any]], metrics: Mapping[str, Any]) -> None:
    """Loss on what is trained on, faint as it was and smoothed; loss on what is held out, with its points."""
    lines = [line for line in curve if line["stage"] == stage]
    trained = [(line["step"], line["loss"]) for line in lines if "loss" in line]
    steps, losses = [step for step, _ in trained], [loss for _, loss in trained]
    axes.plot(steps, losses, color=_TRAIN, linewidth=0.8, alpha=0.6)
    axes.plot(steps, _smoothed(losses), color=_AFTER, linewidth=1.8, label="trained on")
    held_out = _held_out(stage, lines, metrics)
    if held_out:
        axes.plot(*zip(*held_out, strict=True), color=_HELD, linewidth=1.8, marker="o", markersize=4, label="held out")
    axes.legend(frameon=False, labelcolor=_INK)
    _dress(axes, _TITLES[stage])
    axes.set_xlabel("step", color=_SOFT)
    axes.set_ylabel("loss", color=_SOFT)


def _held_out(stage: str, lines: Sequence[Mapping[str, Any]], metrics: Mapping[str, Any]) -> list[tuple[int, float]]:
    """The measurements on the way, between the one before and the one after."""
    last = max((line["step"] for line in lines), default=0)
    known, first, end = metrics.get("masked" if stage == "head" else stage, {}), "before", "after"
    if stage == "head":
        first, end = "head as begun", "before"
    ends = [(step, known[when]["loss"]) for step, when in ((0, first), (last, end)) if "loss" in known.get(when, {})]
    return sorted([*ends, *((line["step"], line["held_out"]["loss"]) for line in lines if "held_out" in line)])


def _bars(axes: Any, metrics: Mapping[str, Any], stage: str, bar: tuple[str, str, int]) -> None:
    name, label, scale = bar
    values = [scale * metrics[stage][when][name] for when in ("before", "after")]
    drawn = axes.bar(["before", "after"], values, color=[_BEFORE, _AFTER], width=0.62)
    axes.bar_label(drawn, [f"{value:.1f}" for value in values], padding=3, color=_INK, fontweight="bold")
    axes.margins(y=0.16)
    axes.set_ylim(bottom=0)
    _dress(axes, f"{_TITLES[stage]}\n{label}, held out")


def _dress(axes: Any, title: str) -> None:
    axes.set_title(title, loc="left", color=_INK, fontsize=10.5, fontweight="bold")
    axes.tick_params(colors=_SOFT, length=0)
    axes.grid(axis="y", color=_LINE)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(_LINE)


def _smoothed(values: Sequence[float]) -> list[float]:
    """A running mean over about a tenth of the curve."""
    weight = 2 / (1 + max(1.0, len(values) / 10))
    smooth: list[float] = []
    for value in values:
        smooth.append(value if not smooth else smooth[-1] + weight * (value - smooth[-1]))
    return smooth
