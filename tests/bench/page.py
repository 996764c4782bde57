"""The measurements as a page: figures and plots in one HTML file without scripts or anything from elsewhere, for light and dark, wide and narrow."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.bench.history import Line
from tests.bench.plots import plots

_STYLE = """
:root{color-scheme:light dark;--ink:#1d2330;--soft:#5b6474;--line:#dfe3ea;--page:#f6f7f9;--card:#fff;--good:#176b3a;--bad:#b3261e;
--s0:#2457c5;--s1:#e08a1e;--s2:#1d8a6b;--s3:#a3459b;--s4:#7a828f;--s5:#c2403a;--s6:#5fa8e6;--s7:#8a7a2b}
@media(prefers-color-scheme:dark){:root{--ink:#e8ebf1;--soft:#a3acbb;--line:#3d4553;--page:#14171c;--card:#1c2027;--good:#6fd39a;--bad:#ff8a80;
--s0:#7ba4ff;--s1:#f2b15c;--s2:#5fcfae;--s3:#d98fd2;--s4:#aab2bf;--s5:#f28b85;--s6:#9fd0ff;--s7:#d3c26a}}
*{box-sizing:border-box}body{margin:0;background:var(--page);color:var(--ink);font:15px/1.55 system-ui,"Noto Sans CJK SC",sans-serif}
main{max-width:1080px;margin:0 auto;padding:32px 20px 80px}h1{font-size:26px;line-height:1.25;margin:0 0 4px}h2{font-size:18px;margin:36px 0 12px}
p.sub{color:var(--soft);margin:0 0 24px;overflow-wrap:anywhere}.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(340px,100%),1fr));gap:12px}
.plot{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:8px}.plot svg{display:block;width:100%;height:auto}
.wide{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:12px}
table{border-collapse:collapse;width:100%}tr:last-child td{border:0}
th,td{text-align:start;padding:8px 12px;border-bottom:1px solid var(--line);font-variant-numeric:tabular-nums}td:not(:first-child){white-space:nowrap}
td.long{white-space:normal;min-width:16em}th{font-size:13px;color:var(--soft)}td.met{color:var(--good)}td.not{color:var(--bad);font-weight:600}
@media(max-width:560px){main{padding:20px 12px 60px}th,td{padding:6px 8px;font-size:13px}td.long{min-width:8em}}
"""
_LONG = 40  # characters of a cell that may be broken
Rows = Sequence[Sequence[str]]


def write_page(path: Path, about: tuple[str, str], tables: dict[str, Rows], result: dict[str, Any], history: Sequence[Line]) -> None:
    """Write the page. `about`: title and what is said below it. `tables`: heading → rows, the first row being the header."""
    title, sub = map(html.escape, about)
    drawn = "".join(f'<div class="plot">{drawing}</div>' for drawing in plots(result, history))
    shown = [f'<h2>{html.escape(name)}</h2><div class="wide">{_table(rows)}</div>' for name, rows in tables.items()]
    parts = [*shown[:1], f'<h2>Plots</h2><div class="plots">{drawn}</div>', *shown[1:]]
    path.write_text(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style><main><h1>{title}</h1>"
        f'<p class="sub">{sub}</p>{"".join(parts)}</main></html>\n',
        "utf-8",
    )


def _table(rows: Rows) -> str:
    head = "".join(f"<th>{html.escape(cell)}</th>" for cell in rows[0]) if any(rows[0]) else ""
    body = "".join("<tr>" + "".join(_cell(cell) for cell in row) + "</tr>" for row in rows[1:])
    head = f"<thead><tr>{head}</tr></thead>" if head else ""
    return f"<table>{head}<tbody>{body}</tbody></table>"


def _cell(cell: str) -> str:
    kind = {"met": "met", "NOT met": "not"}.get(cell, "long" if len(cell) > _LONG else "")
    attribute = f' class="{kind}"' if kind else ""
    return f"<td{attribute}>{html.escape(cell)}</td>"
