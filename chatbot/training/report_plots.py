"""The plots of the evaluation's page as SVG that takes the page's colours, so that they are read on light and on dark ground.

matplotlib draws in colours that nobody would choose, and each is then replaced by a variable of the style sheet. A plot that has nothing
to show is left out.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from chatbot.training.evaluate import Answered
from chatbot.training.scores import MEASURES, Share, by_group, parted

_INK, _SOFT, _LINE, _GROUND = "#010203", "#010204", "#010205", "#010206"
_SERIES = ("#010210", "#010211", "#010212", "#010213", "#010214")
_VARIABLES = {_INK: "var(--ink)", _SOFT: "var(--soft)", _LINE: "var(--line)", _GROUND: "var(--card)"}
_VARIABLES |= {colour: f"var(--s{place})" for place, colour in enumerate(_SERIES)}
_RC = {
    "svg.fonttype": "none", "svg.hashsalt": "evaluation", "font.family": "sans-serif", "font.size": 10, "text.color": _INK,
    "axes.labelcolor": _SOFT, "axes.edgecolor": _LINE, "xtick.color": _SOFT, "ytick.color": _INK, "ytick.left": False, "grid.color": _LINE,
    "axes.grid": True, "axes.grid.axis": "x", "axes.axisbelow": True, "axes.spines.top": False, "axes.spines.right": False,
    "axes.spines.left": False, "legend.frameon": False, "legend.fontsize": 9,
}  # fmt: skip
_WIDTH, _ROW, _BINS = 5.4, 0.36, 26
_DECADES = 100  # times the shortest; over more than two decades only their ends are named
Draw = Callable[[Any], None]
Plot = tuple[str, str, float, Draw]  # title, what it shows, height in inches, how it is drawn


def plots(answered: Sequence[Answered]) -> Iterator[str]:
    """Each plot as a figure element."""
    for title, shows, height, draw in _plots(answered):
        yield f'<figure class="plot"><figcaption>{title}<span>{shows}</span></figcaption>{_svg(draw, height)}</figure>'


def _plots(answered: Sequence[Answered]) -> Iterator[Plot]:
    kinds = {kind: MEASURES["all_right"].share(items) for kind, items in parted(answered, lambda item: item.kind).items()}
    yield "Right, by kind of question", "bars with 95% Wilson intervals", _height(kinds), lambda axes: _shares(axes, kinds, _SERIES[0])
    groups = {group: MEASURES["facts_right"].share(items) for group, items in by_group(answered).items()}
    if len(groups) > 1:
        yield "Facts right, by group of shops", "with 95% Wilson intervals", _height(groups), lambda axes: _shares(axes, groups, _SERIES[2])
    before, after = _invented(answered)
    shows = "share of replies with a figure that the sources do not state"
    yield "Invented figures, before and after the watcher", shows, _height(before) + 0.5, lambda axes: _before_after(axes, before, after)
    yield "Time to the first word", "replies, logarithmic time", 2.9, lambda axes: _times(axes, answered)


def _invented(answered: Sequence[Answered]) -> tuple[dict[str, Share], dict[str, Share]]:
    """Over everything, and for each kind of question in which a figure was invented at all."""
    parts = {"all": list(answered), **parted(answered, lambda item: item.kind)}
    before, after = MEASURES["invented_before"], MEASURES["invented_after"]
    shown = {name: items for name, items in parts.items() if name == "all" or before.share(items).count}
    return {name: before.share(items) for name, items in shown.items()}, {name: after.share(items) for name, items in shown.items()}


def _height(rows: Any) -> float:
    return 0.7 + _ROW * max(2, len(rows))


def _shares(axes: Any, shares: dict[str, Share], colour: str) -> None:
    for place, share in enumerate(shares.values()):
        _bar(axes, place, share, colour)
        axes.text(103, place, f"{share.count}/{share.total}", va="center", fontsize=9, color=_SOFT)
    _percent(axes, list(shares))


def _bar(axes: Any, place: float, share: Share, colour: str, height: float = 0.62) -> None:
    low, high = share.interval()
    axes.barh(place, 100 * share.value, height=height, color=colour)
    for line, width in ((_GROUND, 4.2), (_INK, 1.6)):  # the ground around the line, so that it is seen on its bar
        axes.plot([100 * max(low, 0), 100 * min(high, 1)], [place, place], color=line, linewidth=width, solid_capstyle="butt")


def _percent(axes: Any, labels: Sequence[str]) -> None:
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.45, -0.55)
    axes.set_xlim(0, 100)
    axes.set_xticks([0, 25, 50, 75, 100], ["0%", "25%", "50%", "75%", "100%"])


def _before_after(axes: Any, before: dict[str, Share], after: dict[str, Share]) -> None:
    most = max(100 * share.interval()[1] for share in before.values())
    top = next(end for end in (5, 10, 20, 50, 100) if most * 1.12 <= end or end == 100)
    for shares, shift, colour in ((before, -0.19, _SERIES[1]), (after, 0.19, _SERIES[0])):
        for place, share in enumerate(shares.values()):
            _bar(axes, place + shift, share, colour, height=0.34)
            end = max(100 * share.interval()[1], 100 * share.value) + 0.02 * top
            axes.text(end, place + shift, f"{share.count}/{share.total}", va="center", fontsize=8.5, color=_SOFT)
    _percent(axes, list(before))
    axes.set_xlim(0, top)
    axes.set_xticks([0, top / 2, top], ["0%", f"{top / 2:g}%", f"{top}%"])
    _legend(axes, {"as the model wrote it": _SERIES[1], "as the shopper saw it": _SERIES[0]})


def _legend(axes: Any, names: dict[str, str]) -> None:
    from matplotlib.patches import Patch

    handles = [Patch(color=colour, label=name) for name, colour in names.items()]
    axes.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, borderaxespad=0.2, handlelength=1.1)


def _times(axes: Any, answered: Sequence[Answered]) -> None:
    import numpy as np
    from matplotlib.ticker import LogLocator

    written = [max(item.first_word, 1.0) for item in answered if item.answered_by == "model"]
    others = [max(item.first_word, 1.0) for item in answered if item.answered_by != "model"]
    every = written + others
    bins = np.geomspace(min(every) * 0.9, max(every) * 1.1, _BINS)
    axes.hist([others, written], bins=bins, stacked=True, color=[_SERIES[0], _SERIES[1]])
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if max(every) < _DECADES * min(every) else (1,)))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value / 1000:g} s" if value >= 1000 else f"{value:g} ms")
    axes.xaxis.set_minor_formatter("")
    middle = float(np.median(every))
    axes.axvline(middle, color=_INK, linewidth=1.2, linestyle=(0, (4, 3)))
    axes.set_ylim(0, 1.18 * axes.get_ylim()[1])
    axes.annotate(
        f"median {middle:,.0f} ms", (middle, 1), xycoords=("data", "axes fraction"), xytext=(5, -9), textcoords="offset points", fontsize=9
    )
    axes.grid(axis="y")
    _legend(axes, {"shop's own words": _SERIES[0], "written by the model": _SERIES[1]})


def _svg(draw: Draw, height: float) -> str:
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(_RC):
        figure = Figure(figsize=(_WIDTH, height), layout="constrained")
        draw(figure.add_subplot())
        out = io.StringIO()
        figure.savefig(out, format="svg", transparent=True)
    text = out.getvalue()
    text = re.sub(r"<metadata>.*?</metadata>", "", text[text.index("<svg") :], flags=re.DOTALL)  # when and by what it was made
    for colour, variable in _VARIABLES.items():
        text = text.replace(colour, variable)
    return text
