"""The plots of the page as SVG that takes the page's colours, so that they are read on light and on dark ground.

matplotlib draws in colours that nobody would choose, and each is then replaced by a variable of the style sheet (`page.py`). Knows the shape of the
result; a plot whose figures were not measured is left out.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tests.bench.history import SHOWN, Line
from tests.bench.peer_rates import TOGETHER
from tests.bench.targets import median

INK, LINE = "#010203", "#010204"
SERIES = tuple(f"#0102{number:02x}" for number in range(16, 24))
_VARIABLES = {INK: "var(--ink)", LINE: "var(--line)", **{colour: f"var(--s{place})" for place, colour in enumerate(SERIES)}}
_RC = {
    "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 10, "text.color": INK, "axes.labelcolor": INK, "axes.edgecolor": LINE,
    "xtick.color": INK, "ytick.color": INK, "grid.color": LINE, "axes.grid": True, "axes.grid.axis": "y", "axes.axisbelow": True,
    "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False, "legend.fontsize": 9, "axes.titlesize": 11,
}  # fmt: skip
Draw = Callable[[Any, dict[str, Any]], None]
Groups = dict[str, Sequence[float | None]]


def plots(result: dict[str, Any], history: Sequence[Line]) -> Iterator[str]:
    """Each plot as an SVG element."""
    drawings: list[tuple[bool, Draw]] = [
        (_measured(result, "decode_1_tok_s"), _decode),
        (_measured(result, "prefill_tok_s"), _prefill),
        (_measured(result, "first_known_s"), _first),
        (_measured(result, "first_known_s"), _memory),
        (bool(result.get("load")), _load),
        (any((result.get(part) or {}).get("overload") for part in ("crowd", "wire")), _overload),
        (bool((result.get("crowd") or {}).get("mixed")), _mixed),
        (bool(result.get("turns")), _turns),
        (bool(result.get("start_s")), _start),
        (bool(result.get("sizes")), _sizes),
        (bool(result.get("retrieval")), _retrieval),
        (bool(result.get("soak")), _soak),
    ]
    for there, draw in drawings:
        if there:
            yield svg(draw, result)
    if any(sum(figure in line for line in history) > 1 for figure in SHOWN):
        yield svg(_history, {"history": history})


def svg(draw: Draw, result: dict[str, Any]) -> str:
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(_RC):
        figure = Figure(figsize=(5.4, 3.3), layout="constrained")
        draw(figure.add_subplot(), result)
        out = io.StringIO()
        figure.savefig(out, format="svg", transparent=True)
    text = out.getvalue()
    text = re.sub(r"<metadata>.*?</metadata>", "", text[text.index("<svg") :], flags=re.DOTALL)  # when and by what it was made
    for colour, variable in _VARIABLES.items():
        text = text.replace(colour, variable)
    return text


def engines(result: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Title → figures of ours and of every peer that was measured."""
    ours = {result["engine"]["title"]: result["engine"]} if result.get("engine") else {}
    return ours | {found["title"]: found for found in (result.get("peers") or {}).values() if "peak_mb" in found}


def _measured(result: dict[str, Any], figure: str) -> bool:
    return any(median(found, figure) is not None for found in engines(result).values())


def _grouped(axes: Any, labels: Sequence[str], groups: Groups) -> None:
    """Bars side by side; what was not measured has none."""
    width = 0.84 / max(1, len(groups))
    for number, (name, values) in enumerate(groups.items()):
        places = [place - 0.42 + (number + 0.5) * width for place in range(len(labels))]
        axes.bar(places, [value or 0.0 for value in values], width * 0.92, color=SERIES[number % len(SERIES)], label=name)
    axes.set_xticks(range(len(labels)), labels)
    if len(groups) > 1:
        axes.legend(ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1.08))


def _rows(axes: Any, values: dict[str, float]) -> None:
    """One bar a name, the name above it, so that long names fit a phone."""
    axes.grid(visible=False)
    for place, (name, value) in enumerate(values.items()):
        axes.barh(place, value, 0.4, color=SERIES[0 if not place else 1])
        axes.text(0, place - 0.27, f"{name}: {value:.4g}", va="bottom", ha="left", fontsize=9)
    axes.set_yticks([])
    axes.set_ylim(len(values) - 0.5, -0.8)


def _of_engines(result: dict[str, Any], figure: str) -> dict[str, float]:
    return {name: value for name, found in engines(result).items() if (value := median(found, figure)) is not None}


def _decode(axes: Any, result: dict[str, Any]) -> None:
    groups: Groups = {name: [median(found, f"decode_{count}_tok_s") for count in TOGETHER] for name, found in engines(result).items()}
    _grouped(axes, [str(count) for count in TOGETHER], groups)
    axes.set_xlabel("texts at once")
    axes.set_ylabel("tokens/s, all together")


def _prefill(axes: Any, result: dict[str, Any]) -> None:
    _rows(axes, _of_engines(result, "prefill_tok_s"))
    axes.set_xlabel("reading a cold prompt, tokens/s")


def _first(axes: Any, result: dict[str, Any]) -> None:
    kinds = {"cold prompt": "first_cold_s", "known beginning": "first_known_s", "next turn": "first_next_s"}
    groups: Groups = {name: [_thousand(median(found, figure)) for figure in kinds.values()] for name, found in engines(result).items()}
    _grouped(axes, list(kinds), groups)
    axes.set_yscale("log")
    axes.set_ylabel("to the first token, ms")


def _thousand(value: float | None) -> float | None:
    return None if value is None else value * 1000


def _memory(axes: Any, result: dict[str, Any]) -> None:
    _rows(axes, {name: float(found["peak_mb"]) for name, found in engines(result).items()})
    axes.set_xlabel("most memory while it was measured, MB")


def _load(axes: Any, result: dict[str, Any]) -> None:
    counts = list(result["load"])
    for number, (kind, name) in enumerate((("model", "the model writes"), ("record", "the record answers"), ("next", "a next turn"))):
        for share, style in (("p50", "-"), ("p95", "--")):
            points = [
                (place, found[kind][share]) for place, count in enumerate(counts) if kind in (found := result["load"][count]["first_ms"])
            ]
            axes.plot(
                *zip(*points, strict=True) if points else ([], []),
                style,
                marker="o",
                markersize=4,
                color=SERIES[number],
                label=f"{name}, {share}",
            )
    axes.set_xticks(range(len(counts)), counts)
    axes.set_yscale("log")
    axes.set_xlabel("shoppers at once, thinking between questions")
    axes.set_ylabel("to the first word, ms")
    axes.legend(ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1.02))


def _overload(axes: Any, result: dict[str, Any]) -> None:
    kinds = {"one alone": "alone_ms", "full house": "full_ms", "accepted of 4 x": "accepted_ms", "told: too many": "refused_ms"}
    parts = {"the engine": "crowd", "over sockets": "wire"}
    groups: Groups = {
        name: [(found.get(figure) or {}).get("p95") for figure in kinds.values()]
        for name, part in parts.items()
        if (found := (result.get(part) or {}).get("overload"))
    }
    _grouped(axes, list(kinds), groups)
    axes.set_yscale("log")
    axes.set_ylabel("p95 to the first word or refusal, ms")


def _mixed(axes: Any, result: dict[str, Any]) -> None:
    mixed = result["crowd"]["mixed"]
    groups: Groups = {"talkers alone": [mixed["first_ms"][share] for share in ("p50", "p95")]}
    groups["beside batch jobs"] = [mixed["first_beside_jobs_ms"][share] for share in ("p50", "p95")]
    _grouped(axes, ["p50", "p95"], groups)
    axes.set_ylabel("to the first token, ms")


def _turns(axes: Any, result: dict[str, Any]) -> None:
    found = result["turns"]
    groups: Groups = {share: [one["first_ms"][share] for one in found.values()] for share in ("p50", "p95")}
    _grouped(axes, [name.replace(", ", ",\n") for name in found], groups)
    axes.set_ylabel("message to first word, ms")


def _start(axes: Any, result: dict[str, Any]) -> None:
    _rows(axes, {name: float(seconds) for name, seconds in result["start_s"].items()})
    axes.set_xlabel("start of the server to /readyz, s")


def _sizes(axes: Any, result: dict[str, Any]) -> None:
    sizes = sorted(int(size) for size, found in result["sizes"].items() if "search" in found)
    for number, (kind, name) in enumerate((("vector_ms", "vectors"), ("keyword_ms", "words"), ("both_ms", "both"))):
        for share, style in (("p50", "-"), ("p99", "--")):
            values = [result["sizes"][str(size)]["search"][kind][share] for size in sizes]
            axes.plot(sizes, values, style, marker="o", markersize=4, color=SERIES[number], label=f"{name}, {share}")
    axes.set_xscale("log")
    axes.set_xlabel("passages")
    axes.set_ylabel("a search, ms")
    axes.legend(ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1.02))


def _retrieval(axes: Any, result: dict[str, Any]) -> None:
    lanes = list(next(iter(result["retrieval"].values()))["first"])
    groups: Groups = {language: [100 * found["first"][lane] for lane in lanes] for language, found in result["retrieval"].items()}
    _grouped(axes, lanes, groups)
    axes.set_ylabel("right document first, %")


def _soak(axes: Any, result: dict[str, Any]) -> None:
    samples = result["soak"]["samples"]
    axes.plot([one["seconds"] / 60 for one in samples], [one["memory_mb"] for one in samples], color=SERIES[0], linewidth=1.2)
    axes.set_ylim(bottom=0)
    axes.set_xlabel(f"minutes of random load, {result['soak']['turns']:,} turns")
    axes.set_ylabel("memory of the server, MB")


def _history(axes: Any, result: dict[str, Any]) -> None:
    lines = result["history"]
    for number, (figure, name) in enumerate(SHOWN.items()):
        points = [(place, line[figure]) for place, line in enumerate(lines) if figure in line]
        if points:
            first = points[0][1] or 1.0
            axes.plot(
                [place for place, _ in points],
                [value / first for _, value in points],
                marker="o",
                markersize=4,
                color=SERIES[number],
                label=name,
            )
    axes.set_xticks(range(len(lines)), [str(line["commit"])[:7] for line in lines], rotation=45, ha="right")
    axes.set_ylabel("times the first commit's")
    axes.legend(ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1.02))
