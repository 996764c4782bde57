"""The page of a fit: how often what is recommended was what shoppers bought next, beside the shipped weights and plain rules.

One HTML file without scripts; the bars are drawn by the style sheet's own means. Everything that came from a file is escaped.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

NAMES = {
    "own": "learned from this shop",
    "shipped": "shipped with the program",
    "sum": "plain sum of the signals",
    "popular": "what sells most",
    "favourites": "the shopper's favourites",
}
_MEASURES = {"hr_10": "Orders with a hit among ten", "ndcg_10": "NDCG@10"}
_STYLE = """
:root{--ink:#1d2321;--soft:#5d6763;--line:#dfe5e2;--card:#fff;--page:#f5f7f6;--bar:#2f6f5e;--pale:#b9cdc6;color-scheme:light dark}
@media(prefers-color-scheme:dark){:root{--ink:#e9efec;--soft:#9fb0a9;--line:#2f3a36;--card:#1a211f;--page:#121716;--bar:#63b79d;--pale:#3c5a50}}
*{box-sizing:border-box}body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:46rem;margin:0 auto;padding:2.5rem 1.25rem}h1{font-size:1.7rem;margin:0 0 .25rem}h2{font-size:1.05rem;margin:0 0 .75rem}
p{margin:.25rem 0;color:var(--soft)}section{background:var(--card);border:1px solid var(--line);border-radius:.8rem;padding:1.25rem;margin-top:1.25rem}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(8rem,1fr));gap:1rem;margin:0}dt{color:var(--soft);font-size:.85rem}dd{margin:0;font-size:1.5rem;font-variant-numeric:tabular-nums}
.row{display:grid;grid-template-columns:15.5rem 1fr 3.5rem;gap:.75rem;align-items:center;margin:.5rem 0}.row b{font-weight:600;text-align:right;font-variant-numeric:tabular-nums}
svg{display:block;width:100%;height:1.1rem}rect.bar{fill:var(--pale)}rect.used{fill:var(--bar)}li{color:var(--soft);overflow-wrap:anywhere}
@media(max-width:30rem){.row{grid-template-columns:1fr 3.5rem}.row svg{grid-column:1/-1;grid-row:2}}
"""


def write_page(path: Path, shop: str, report: Mapping[str, Any], problems: tuple[str, ...]) -> None:
    """Write the page, folders included."""
    path.parent.mkdir(parents=True, exist_ok=True)
    title = html.escape(f"Recommendations of {shop}")
    body = "".join(_sections(report, problems))
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>'
    path.write_text(f"{head}<style>{_STYLE}</style><main><h1>{title}</h1>{body}</main></html>\n", encoding="utf-8")


def _sections(report: Mapping[str, Any], problems: tuple[str, ...]) -> Iterator[str]:
    counts = "".join(f"<div><dt>{name}</dt><dd>{int(report[name]):,}</dd></div>" for name in ("orders", "shoppers", "products"))
    yield f"<p>{html.escape(weighing(report))}</p><section><h2>Learned from</h2><dl>{counts}</dl></section>"
    held = report.get("held_out", {})
    for measure, title in _MEASURES.items():
        if held:
            most = max(figures[measure] for figures in held.values()) or 1.0
            used = report.get("ranker", "")
            rows = "".join(_row(name, figures[measure], most, used=name == used) for name, figures in held.items())
            yield f"<section><h2>{title}</h2><p>{html.escape(_measured_on(report))}</p>{rows}</section>"
    if problems:
        lines = "".join(f"<li>{html.escape(problem)}</li>" for problem in problems[:50])
        yield f"<section><h2>Lines that were not used ({len(problems)})</h2><ul>{lines}</ul></section>"


def _row(name: str, value: float, most: float, *, used: bool) -> str:
    width = max(0.5, 100 * value / most)
    kind, label = ("bar used", f"{NAMES.get(name, name)} · in\N{NO-BREAK SPACE}use") if used else ("bar", NAMES.get(name, name))
    bar = f'<svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect class="{kind}" width="{width:.2f}" height="10" rx="1"/></svg>'
    return f'<div class="row"><span>{html.escape(label)}</span>{bar}<b>{value:.3f}</b></div>'


def weighing(report: Mapping[str, Any]) -> str:
    """What puts products in order, and why."""
    used, learned = str(report.get("ranker", "")), f"{report.get('learned_from', 0):,} held-out orders of this shop"
    if used == "own":
        text = f"The signals are weighed as {learned} taught."
    elif used in ("popular", "favourites", "sum"):
        text = f"Products are put in order by a plain rule: {NAMES[used]}."
    else:
        text = f"The signals are weighed as shipped with the program: {report.get('why', '')}."
    return f"{text} {_compared(report['compared'], used)}" if "compared" in report else text


def _compared(told: Mapping[str, Any], used: str) -> str:
    """The best plain rule beside the weights."""
    rule, bounds = (
        NAMES[told["rule"]],
        f"NDCG@10 {told['gain']:+.4f}, surely between {told['low']:+.4f} and {told['high']:+.4f}".replace("-", "−"),
    )
    if told["rule"] == used:
        return f"It does better than the weights {NAMES[told['over']]} by more than chance ({bounds})."
    return f"No plain rule does better by more than chance; the best is “{rule}” ({bounds})."


def _measured_on(report: Mapping[str, Any]) -> str:
    orders, since = report["held_out"]["own"]["orders"], report.get("measured_from", "")
    return f"On {orders:,} held-out orders" + (f" from {since} on, after all that was learned from." if since else ".")
