"""The curves of a training run as a picture: the loss and the share of tokens that are right, step by step and on what is held out.

Knows the lines of metrics.jsonl and matplotlib. A step's own figures are drawn pale, their running mean strong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

INK, SOFT, GRID = "#1d2330", "#5b6474", "#e6e9ef"
TRAINED, HELD_OUT = "#2f6fed", "#d9480f"
_SMOOTH = 0.05  # of the steps are one running mean
_STYLE = {
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": INK,
    "axes.labelcolor": SOFT,
    "axes.edgecolor": GRID,
    "axes.titlesize": 12,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": GRID,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "legend.frameon": False,
}
Line = Mapping[str, Any]


def draw_curves(lines: Sequence[Line], path: Path, title: str) -> None:
    """Write a PNG of 1,600 by 720 points."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(10, 4.5), dpi=160, layout="constrained")
        figure.suptitle(title, x=0.01, ha="left", fontsize=13)
        left, right = figure.subplots(1, 2)
        _curves(left, lines, "loss", "Loss per token")
        _curves(right, lines, "accuracy", "Tokens right, percent", scale=100)
        figure.savefig(path)


def _curves(axes: Any, lines: Sequence[Line], what: str, title: str, scale: float = 1.0) -> None:
    steps, values = series(lines, what)
    held_steps, held = series(lines, f"held_out_{what}")
    values, held = [scale * value for value in values], [scale * value for value in held]
    axes.plot(steps, values, color=TRAINED, alpha=0.22, linewidth=0.8)
    axes.plot(steps, running_mean(values), color=TRAINED, linewidth=2, label="trained on", marker="o" if len(steps) == 1 else None)
    axes.plot(held_steps, held, color=HELD_OUT, linewidth=2, marker="o", markersize=4.5, label="held out")
    if held:
        axes.annotate(f"{held[-1]:.3g}", (held_steps[-1], held[-1]), (6, 0), textcoords="offset points", color=HELD_OUT, va="center")
    axes.set_title(title)
    axes.set_xlabel("step")
    axes.margins(x=0.06)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.legend()


def series(lines: Sequence[Line], what: str) -> tuple[list[int], list[float]]:
    """Steps and values of one figure."""
    found = [(int(line["step"]), float(line[what])) for line in lines if what in line]
    return [step for step, _ in found], [value for _, value in found]


def running_mean(values: Sequence[float]) -> list[float]:
    """Each value with those around it; fewer at the ends, so that nothing is made up there."""
    reach = round(_SMOOTH * len(values) / 2)
    around = [values[max(0, place - reach) : place + reach + 1] for place in range(len(values))]
    return [sum(some) / len(some) for some in around]
