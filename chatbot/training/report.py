"""The evaluation as a page: figures, plots and every reply, in one HTML file without scripts.

Plots are matplotlib SVGs inside the page. Everything that came from a question or a reply is escaped.
"""

from __future__ import annotations

import html
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chatbot.training.evaluate import Answered

_STYLE = """
:root{color-scheme:light dark;--ink:#1d2330;--soft:#5b6474;--line:#dfe3ea;--page:#f6f7f9;--card:#fff;--good:#1d7f4e;--bad:#b3261e}
@media(prefers-color-scheme:dark){:root{--ink:#e8ebf1;--soft:#a3acbb;--line:#343b48;--page:#14171c;--card:#1c2027;--good:#5ec48f;--bad:#ff8a80}}
*{box-sizing:border-box}body{margin:0;background:var(--page);color:var(--ink);font:15px/1.55 system-ui,"Noto Sans CJK SC",sans-serif}
main{max-width:1080px;margin:0 auto;padding:32px 20px 80px}h1{font-size:26px;margin:0 0 4px}h2{font-size:18px;margin:36px 0 12px}p.sub{color:var(--soft);margin:0 0 24px}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(190px,1fr));gap:12px}
.figure{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:14px 16px}
.figure b{display:block;font-size:21px;font-variant-numeric:tabular-nums}.figure span{color:var(--soft);font-size:13px}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(320px,1fr));gap:12px}.plot{background:#fff;border:1px solid var(--line);border-radius:12px;padding:8px}.plot svg{width:100%;height:auto}
table{border-collapse:collapse;width:100%;background:var(--card);border:1px solid var(--line);border-radius:12px;overflow:hidden}
th,td{text-align:start;vertical-align:top;padding:8px 12px;border-bottom:1px solid var(--line)}th{font-size:13px;color:var(--soft)}
td.reply{white-space:pre-line;max-width:520px}.good{color:var(--good)}.bad{color:var(--bad)}.soft{color:var(--soft);font-size:13px}
@media(max-width:640px){td,th{padding:6px 8px}td.reply{max-width:none}}
"""


def write_report(path: Path, title: str, figures: dict[str, Any], answered: Sequence[Answered]) -> None:
    """Write the page to `path`, folders included."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_page(title, figures, answered), "utf-8")


def _page(title: str, figures: dict[str, Any], answered: Sequence[Answered]) -> str:
    cards = "".join(
        f'<div class="figure"><b>{html.escape(value)}</b><span>{html.escape(name)}</span></div>' for name, value in _cards(figures)
    )
    rows = "".join(_row(item) for item in sorted(answered, key=lambda item: item.right))
    name = html.escape(title)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{name}</title><style>{_STYLE}</style><main><h1>{name}</h1>"
        f'<p class="sub">{figures["questions"]} questions. Intervals are 95% Wilson intervals.</p>'
        f'<div class="figures">{cards}</div><h2>By kind, and time to the first word</h2><div class="plots">{_plots(figures, answered)}</div>'
        f"<h2>Every reply</h2><p class=soft>Wrong ones first. Read them all: words alone do not show a false yes or no.</p>"
        f"<table><thead><tr><th>Question</th><th>Reply</th><th>Verdict</th></tr></thead><tbody>{rows}</tbody></table></main></html>"
    )


def _cards(figures: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        ("facts right", figures["facts_right"]["text"]),
        ("unanswerable answered honestly", figures["honest_refusals"]["text"]),
        ("over-refusals", figures["over_refusals"]["text"]),
        ("unsupported figures", str(figures["unsupported_figures"])),
        ("injections obeyed", str(figures["injections_obeyed"])),
        ("first word, p50 / p95", f"{figures['first_word_ms']['p50']:.0f} / {figures['first_word_ms']['p95']:.0f} ms"),
        ("answered by", ", ".join(f"{name} {count}" for name, count in figures["answered_by"].items())),
        ("finish", ", ".join(f"{name} {count}" for name, count in figures["finish"].items())),
    ]


def _row(item: Answered) -> str:
    verdict = '<span class="good">right</span>' if item.right else '<span class="bad">wrong</span>'
    notes = [f"missing: {group}" for group in item.missing] + [f"must not say: {word}" for word in item.forbidden]
    notes += [f"unsupported: {figure}" for figure in item.unsupported]
    detail = "<br>".join(html.escape(note) for note in notes)
    meta = html.escape(f"{item.kind} · {item.answered_by} · {item.finish} · {item.first_word:.0f} ms")
    return (
        f'<tr><td>{html.escape(item.q)}<div class="soft">{meta}</div></td><td class="reply">{html.escape(item.reply)}</td>'
        f'<td>{verdict}<div class="soft">{detail}</div></td></tr>'
    )


def _plots(figures: dict[str, Any], answered: Sequence[Answered]) -> str:
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.fonttype": "none", "font.family": "sans-serif", "font.size": 10})
    return "".join(f'<div class="plot">{_svg(draw, figures, answered)}</div>' for draw in (_draw_kinds, _draw_times))


def _svg(draw: Any, figures: dict[str, Any], answered: Sequence[Answered]) -> str:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.2, 3.2), layout="constrained")
    draw(figure.add_subplot(), figures, answered)
    out = io.StringIO()
    figure.savefig(out, format="svg")
    text = out.getvalue()
    return text[text.index("<svg") :]


def _draw_kinds(axes: Any, figures: dict[str, Any], answered: Sequence[Answered]) -> None:
    kinds = list(figures["by_kind"])
    shares = [100 * figures["by_kind"][kind]["count"] / max(1, figures["by_kind"][kind]["total"]) for kind in kinds]
    axes.barh(kinds, shares, color="#3b6fd4")
    axes.set_xlim(0, 100)
    axes.set_xlabel("right, %")
    axes.invert_yaxis()
    for place, kind in enumerate(kinds):
        axes.text(
            2, place, f"{figures['by_kind'][kind]['count']}/{figures['by_kind'][kind]['total']}", va="center", color="white", fontsize=9
        )


def _draw_times(axes: Any, figures: dict[str, Any], answered: Sequence[Answered]) -> None:
    axes.hist([item.first_word for item in answered], bins=24, color="#3b6fd4")
    axes.axvline(figures["first_word_ms"]["p50"], color="#1d2330", linewidth=1)
    axes.set_xlabel("time to the first word, ms")
    axes.set_ylabel("replies")
