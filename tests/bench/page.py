"""The measurements as a page: figures and plots in one HTML file without scripts; plots are matplotlib SVGs inside it."""

from __future__ import annotations

import html
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

_STYLE = """
:root{color-scheme:light dark;--ink:#1d2330;--soft:#5b6474;--line:#dfe3ea;--page:#f6f7f9;--card:#fff}
@media(prefers-color-scheme:dark){:root{--ink:#e8ebf1;--soft:#a3acbb;--line:#343b48;--page:#14171c;--card:#1c2027}}
*{box-sizing:border-box}body{margin:0;background:var(--page);color:var(--ink);font:15px/1.55 system-ui,"Noto Sans CJK SC",sans-serif}
main{max-width:1080px;margin:0 auto;padding:32px 20px 80px}h1{font-size:26px;margin:0 0 4px}h2{font-size:18px;margin:36px 0 12px}
p.sub{color:var(--soft);margin:0 0 24px}.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(340px,1fr));gap:12px}
.plot{background:#fff;border:1px solid var(--line);border-radius:12px;padding:8px}.plot svg{width:100%;height:auto}
table{border-collapse:collapse;width:100%;background:var(--card);border:1px solid var(--line);border-radius:12px;overflow:hidden}
th,td{text-align:start;padding:8px 12px;border-bottom:1px solid var(--line);font-variant-numeric:tabular-nums}
th{font-size:13px;color:var(--soft)}
"""
_BLUE, _SOFT, _DARK = "#3b6fd4", "#b8c7e6", "#1d2330"
Rows = Sequence[Sequence[str]]


def write_page(path: Path, title: str, sub: str, tables: dict[str, Rows], result: dict[str, Any]) -> None:
    """Write the page. `tables`: heading → rows, the first row being the header."""
    parts = [f'<div class="plots">{_plots(result)}</div>']
    parts += [f"<h2>{html.escape(name)}</h2>{_table(rows)}" for name, rows in tables.items()]
    path.write_text(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style><main><h1>{html.escape(title)}</h1>"
        f'<p class="sub">{html.escape(sub)}</p>{"".join(parts)}</main></html>\n',
        "utf-8",
    )


def _table(rows: Rows) -> str:
    head = "".join(f"<th>{html.escape(cell)}</th>" for cell in rows[0])
    body = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows[1:])
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _plots(result: dict[str, Any]) -> str:
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.fonttype": "none", "font.family": "sans-serif", "font.size": 10})
    drawings: list[tuple[str, Callable[[Any, dict[str, Any]], None]]] = [
        ("turns", _draw_turns),
        ("engine", _draw_engine),
        ("turns", _draw_spread),
        ("retrieval", _draw_retrieval),
    ]
    return "".join(f'<div class="plot">{_svg(draw, result)}</div>' for part, draw in drawings if result.get(part))


def _svg(draw: Callable[[Any, dict[str, Any]], None], result: dict[str, Any]) -> str:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.4, 3.3), layout="constrained")
    draw(figure.add_subplot(), result)
    out = io.StringIO()
    figure.savefig(out, format="svg")
    text = out.getvalue()
    return text[text.index("<svg") :]


def _draw_turns(axes: Any, result: dict[str, Any]) -> None:
    names = list(result["turns"])
    for part, shift, colour in (("p50", -0.2, _BLUE), ("p95", 0.2, _SOFT)):
        values = [result["turns"][name]["first_ms"][part] for name in names]
        axes.barh([place + shift for place in range(len(names))], values, 0.38, color=colour, label=part)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set_xlabel("message to first word, ms")
    axes.legend(frameon=False)


def _draw_engine(axes: Any, result: dict[str, Any]) -> None:
    counts = (1, 4, 8)
    for who, shift, colour in (("engine", -0.2, _BLUE), ("generate", 0.2, _SOFT)):
        values = [result["engine"][who].get(f"decode_{count}_tok_s", 0.0) for count in counts]
        axes.bar([place + shift for place in range(len(counts))], values, 0.38, color=colour, label=who)
    axes.set_xticks(range(len(counts)), [f"{count} at once" for count in counts])
    axes.set_ylabel("tokens per second, all together")
    axes.legend(frameon=False)


def _draw_spread(axes: Any, result: dict[str, Any]) -> None:
    for place, found in enumerate(result["turns"].values()):
        firsts = [turn["first"] for turn in found["each"]]
        lasts = [turn["last"] for turn in found["each"]]
        axes.scatter(firsts, [place - 0.12] * len(firsts), s=16, color=_BLUE, label="first word" if not place else None)
        axes.scatter(lasts, [place + 0.12] * len(lasts), s=16, color=_DARK, marker="|", label="whole reply" if not place else None)
    axes.set_yticks(range(len(result["turns"])), list(result["turns"]))
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlabel("every turn, ms (logarithmic)")
    axes.legend(frameon=False, ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1.0))


def _draw_retrieval(axes: Any, result: dict[str, Any]) -> None:
    languages = list(result["retrieval"])
    lanes = list(result["retrieval"][languages[0]]["first"])
    width = 0.8 / len(languages)
    for number, language in enumerate(languages):
        values = [100 * result["retrieval"][language]["first"][lane] for lane in lanes]
        places = [place + number * width for place in range(len(lanes))]
        axes.bar(places, values, width * 0.92, color=(_BLUE, _SOFT, _DARK)[number % 3], label=language)
    axes.set_xticks([place + 0.4 - width / 2 for place in range(len(lanes))], lanes)
    axes.set_ylim(0, 100)
    axes.set_ylabel("right document first, %")
    axes.legend(frameon=False, ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1.0))
