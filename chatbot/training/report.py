"""The evaluation as a page: figures, plots, the two runs that were compared and every reply, in one HTML file without scripts.

Figures come from scores.py and compare.py; this draws them. Everything that came from a question, a reply or a name is escaped.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chatbot.training.compare import Comparison, Row
from chatbot.training.evaluate import Answered
from chatbot.training.report_plots import plots
from chatbot.training.report_replies import changes_section, replies_section
from chatbot.training.report_style import STYLE
from chatbot.training.scores import Share, by_group, summary

_SURE = 0.05
_SAME = 0.05  # points, below which a difference is not shown
_BESIDE = 6  # parts of a table that have room beside each other
_CARDS = {
    "facts_right": "facts right", "grounded": "grounded sentences", "honest_refusals": "honest refusals",
    "over_refusals": "over-refusals", "fallback": "fallback", "said_wrong": "said what must not be said",
    "language_match": "in the question's language", "repetition": "repeated runs of four words",
}  # fmt: skip
_COLUMNS = {
    "facts_right": "facts right", "all_right": "right", "said_wrong": "said wrong", "honest_refusals": "honest refusals",
    "over_refusals": "over-refusals", "grounded": "grounded sentences", "covered": "in the sources' words", "invented_before": "invented, before", "invented_after": "invented, after",
    "fallback": "fallback", "language_match": "language", "repetition": "repetition",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Page:
    """What the page shows. `about`: short facts of the run, such as the model and the shops."""

    title: str
    about: tuple[str, ...]
    answered: tuple[Answered, ...]
    comparison: Comparison | None = None


def write_report(path: Path, page: Page) -> None:
    """Write the page to `path`, folders included."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_html(page), "utf-8")


def _html(page: Page) -> str:
    name, figures = html.escape(page.title), summary(page.answered)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{name}</title><style>{STYLE}</style></head><body><main>{_header(page)}{''.join(_sections(page, figures))}</main></body></html>\n"
    )


def _header(page: Page) -> str:
    facts = "".join(f"<li>{html.escape(fact)}</li>" for fact in page.about)
    return f'<header><div class="eyebrow">Evaluation of the assistant</div><h1>{html.escape(page.title)}</h1><ul class="facts">{facts}</ul></header>'


def _sections(page: Page, figures: dict[str, Any]) -> Iterator[str]:
    yield f'<div class="cards">{"".join(_cards(figures))}</div>'
    if page.comparison is not None:
        yield from _compared(page.comparison)
    if figures["groups"]:
        told = "The same assistant in shops that its training knows and in shops that it does not."
        yield _headed("Generalisation", told) + _table("shops", figures["groups"], leave_out="all_right", notes=_shops_of(page.answered))
    yield _headed("In pictures") + f'<div class="plots">{"".join(plots(page.answered))}</div>'
    told = "Below each share its count and its 95% Wilson interval."
    yield _headed("By kind of question", told) + _table("kind", figures["kinds"], leave_out="facts_right")
    if len(figures["languages"]) > 1:
        yield _headed("By language") + _table("language", figures["languages"], leave_out="all_right")
    if len(figures["shops"]) > max(1, len(figures["groups"])):
        yield _headed("By shop") + _table("shop", figures["shops"], leave_out="all_right")
    told = "Wrong ones first. Read them: words alone do not show a false yes or no."
    yield _headed("Every reply", told) + replies_section(page.answered)


def _headed(title: str, told: str = "") -> str:
    return f'<h2>{title}</h2><p class="sub">{html.escape(told)}</p>'


def _cards(figures: dict[str, Any]) -> Iterator[str]:
    yield _share_card("facts right", figures["facts_right"])
    yield _invented_card(figures)
    for name, title in _CARDS.items():
        if name != "facts_right" and figures[name]["total"]:
            yield _share_card(title, figures[name])
    yield _share_card("written by the model", Share(figures["answered_by"].get("model", 0), figures["questions"]).told())
    first, words = figures["first_word_ms"], figures["words"]
    yield _card("first word, median", f"{_seconds(first['p50'])}", f"95% within {_seconds(first['p95'])}")
    yield _card("words per reply, median", f"{words['p50']:.0f}", f"95% have at most {words['p95']:.0f}")


def _seconds(milliseconds: float) -> str:
    return f"{milliseconds / 1000:.2f} s" if milliseconds >= 1000 else f"{milliseconds:.0f} ms"


def _share_card(title: str, share: dict[str, Any]) -> str:
    if not share["total"]:
        return _card(title, "–", "nothing of the kind was asked")
    low, high, value = 100 * share["low"], 100 * share["high"], 100 * share["count"] / share["total"]
    note = f"{share['count']} of {share['total']} · {low:.0f}–{high:.0f}%"
    return _card(title, f"{value:.1f}<small>%</small>", note, _interval(low, value, high))


def _invented_card(figures: dict[str, Any]) -> str:
    before, after = figures["invented_before"], figures["invented_after"]
    shares = [f"{100 * share['count'] / max(1, share['total']):.1f}" for share in (before, after)]
    low, high = 100 * after["low"], 100 * after["high"]
    note = f"{before['count']} → {after['count']} of {after['total']} · {low:.0f}–{high:.0f}%"
    drawing = _interval(low, float(shares[1]), high)
    return _card("invented figures, before → after", f"<small>{shares[0]} →</small> {shares[1]}<small>%</small>", note, drawing)


def _interval(low: float, value: float, high: float) -> str:
    """The value on a line from 0 to 100, with its interval."""
    return (
        '<svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect class="track" y="2" width="100" height="4"/>'
        f'<rect class="range" x="{low:.2f}" y="2" width="{max(high - low, 0.5):.2f}" height="4"/>'
        f'<rect class="point" x="{max(0.0, min(value - 0.6, 98.8)):.2f}" y="0" width="1.2" height="8"/></svg>'
    )


def _card(title: str, value: str, note: str, drawing: str = "") -> str:
    """`value` is markup of this module; the texts are escaped."""
    drawn = drawing or "<svg></svg>"
    return f'<div class="card"><div class="name">{html.escape(title)}</div><div class="value">{value}</div>{drawn}<div class="note">{html.escape(note)}</div></div>'


def _compared(comparison: Comparison) -> Iterator[str]:
    said = f"{comparison.new} against {comparison.old}: the {len(comparison.pairs)} questions that both were asked. p is McNemar's exact test on those that changed."
    rows = "".join(_compared_row(row) for row in comparison.rows())
    names = f"<th>{html.escape(comparison.new)}</th><th>{html.escape(comparison.old)}</th>"
    head = f"<tr><th>figure</th>{names}<th>from ring to dot</th><th>difference</th><th>p</th></tr>"
    yield _headed("Beside the other run", said) + f'<div class="wide"><table><thead>{head}</thead><tbody>{rows}</tbody></table></div>'
    yield "<h3>Questions that changed</h3>" + changes_section(comparison)


def _compared_row(row: Row) -> str:
    moved = row.points is not None and abs(row.points) >= _SAME
    better = row.points is not None and (row.points > 0) == row.good
    tone = "" if not moved else "good" if better else "bad"
    points = "" if row.points is None else f"{row.points:+.1f} points".replace("-", "−") if moved else "the same"
    p = "" if row.p is None else f"{row.p:.3f}" if row.p >= 0.001 else "< 0.001"
    sure = f" {tone}" if row.p is not None and row.p < _SURE else ""
    figures = f"<th>{html.escape(row.title)}</th><td>{_told(row.new)}</td><td>{_told(row.old)}</td><td>{_shift(row)}</td>"
    return f'<tr>{figures}<td class="{tone}">{points}</td><td class="p{sure}">{p}</td></tr>'


def _shift(row: Row) -> str:
    """The old share as a ring and the new one as a dot, on a line from 0 to 100%."""
    if row.shares is None:
        return ""
    new, old = (6 + 128 * share for share in row.shares)
    return (
        '<svg class="shift" viewBox="0 0 140 12" width="140" height="12" aria-hidden="true"><rect class="track" x="6" y="4.5" width="128" height="3" rx="1.5"/>'
        f'<path d="M{old:.1f} 6H{new:.1f}"/><circle class="old" cx="{old:.1f}" cy="6" r="4"/><circle class="new" cx="{new:.1f}" cy="6" r="4.5"/></svg>'
    )


def _told(text: str) -> str:
    """ "92.3% (12/13, 67–99)" with what is in brackets below it."""
    value, _, rest = text.partition(" (")
    return html.escape(value) + (f"<small>{html.escape(rest.rstrip(')'))}</small>" if rest else "")


def _shops_of(answered: Sequence[Answered]) -> dict[str, str]:
    """The shops of each group, for below its name."""
    return {group: ", ".join(dict.fromkeys(item.shop for item in items if item.shop)) for group, items in by_group(answered).items()}


def _table(what: str, parts: dict[str, dict[str, Any]], *, leave_out: str, notes: Mapping[str, str] | None = None) -> str:
    """A line for each part and one for each figure that any of them has, with a note below a part's name where there is one.

    A few parts stand beside each other, many below each other.
    """
    columns = {name: title for name, title in _COLUMNS.items() if name != leave_out and any(part[name]["total"] for part in parts.values())}
    lines = [[what, "questions", *columns.values(), "words", "first word"]]
    lines += [[_named(name, (notes or {}).get(name, "")), *_cells(figures, list(columns))] for name, figures in parts.items()]
    beside = len(parts) <= _BESIDE
    head, *rows = [list(line) for line in zip(*lines, strict=True)] if beside else lines
    body = "".join(f"<tr><th>{name}</th>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>" for name, *cells in rows)
    titles, kind = "".join(f"<th>{title}</th>" for title in head), "" if beside else "dense"
    return f'<div class="wide"><table class="{kind}"><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table></div>'


def _named(name: str, note: str) -> str:
    return html.escape(name) + (f"<small>{html.escape(note)}</small>" if note else "")


def _cells(figures: dict[str, Any], columns: Sequence[str]) -> list[str]:
    """The markup of each cell; a share has its count and its interval below it, on two lines where it is dense."""
    shares = [_told(figures[name]["text"]).replace(", ", "<i>, </i><span>").replace("</small>", "</span></small>") for name in columns]
    first = f"{_seconds(figures['first_word_ms']['p50'])}<small>95% {_seconds(figures['first_word_ms']['p95'])}</small>"
    return [str(figures["questions"]), *shares, f"{figures['words']['p50']:.0f}", first]
