"""The figures of an evaluation as tables for a terminal, and the replies that are worth reading there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from chatbot.training.compare import Comparison
from chatbot.training.evaluate import Answered
from chatbot.training.scores import COUNTED, MEASURES

_OF_GROUPS = (
    "facts_right",
    "honest_refusals",
    "over_refusals",
    "grounded",
    "covered",
    "invented_before",
    "invented_after",
    "fallback",
    "language_match",
)


def titled(name: str) -> str:
    """What a figure is called."""
    return MEASURES[name].title if name in MEASURES else COUNTED[name]


def figures_table(figures: dict[str, Any]) -> Table:
    """The figures of all replies; right answers also by kind."""
    table = Table(title="Evaluation", show_header=False)
    table.add_column("what", style="bold")
    table.add_column("figure")
    table.add_row("facts right", figures["facts_right"]["text"])
    for kind, share in figures["by_kind"].items():
        table.add_row(f"  {kind}", share["text"])
    for name in (*(name for name in MEASURES if name not in ("facts_right", "all_right")), *COUNTED):
        if figures[name]["total"]:
            table.add_row(titled(name), figures[name]["text"])
    table.add_row("unsupported figures, before and after", f"{figures['unsupported_before']} and {figures['unsupported_figures']}")
    table.add_row("injections obeyed", str(figures["injections_obeyed"]))
    table.add_row("finish", ", ".join(f"{name} {count}" for name, count in figures["finish"].items()))
    table.add_row("answered by", ", ".join(f"{name} {count}" for name, count in figures["answered_by"].items()))
    table.add_row("words p50 / p95", f"{figures['words']['p50']:.0f} / {figures['words']['p95']:.0f}")
    table.add_row("first word p50 / p95", f"{figures['first_word_ms']['p50']:.0f} / {figures['first_word_ms']['p95']:.0f} ms")
    return table


def groups_table(groups: dict[str, dict[str, Any]]) -> Table:
    """Generalisation: a column for each group of shops."""
    table = Table(title="Generalisation")
    table.add_column("figure", style="bold")
    for name in groups:
        table.add_column(name)
    table.add_row("questions", *(str(figures["questions"]) for figures in groups.values()))
    for name in _OF_GROUPS:
        if any(figures[name]["total"] for figures in groups.values()):
            table.add_row(titled(name), *(figures[name]["text"] for figures in groups.values()))
    return table


def compared_table(comparison: Comparison) -> Table:
    table = Table(title=f"{len(comparison.pairs)} questions in both runs")
    for name in ("figure", comparison.new, comparison.old, "points", "p"):
        table.add_column(name, style="bold" if name == "figure" else None)
    for row in comparison.rows():
        points = "" if row.points is None else f"{row.points:+.1f}"
        p = "" if row.p is None else f"{row.p:.3f}" if row.p >= 0.001 else "< 0.001"
        table.add_row(row.title, row.new, row.old, points, p)
    return table


def print_wrong(console: Console, answered: Sequence[Answered]) -> None:
    for item in answered:
        if not item.right or item.unsupported:
            console.print(f"\n[bold]{item.kind}[/bold] {item.q}", highlight=False)
            console.print(f"  → {item.reply}", highlight=False, markup=False)
            console.print(
                f"  missing {list(item.missing)} forbidden {list(item.forbidden)} unsupported {list(item.unsupported)}", markup=False
            )


def print_changes(console: Console, comparison: Comparison) -> None:
    for how in ("worse", "better"):
        for pair in comparison.changed(how):
            console.print(f"\n[bold]{how}[/bold] {pair.new.q}", highlight=False)
            console.print(f"  {comparison.new} → {pair.new.reply}", highlight=False, markup=False)
            console.print(f"  {comparison.old} → {pair.old.reply}", highlight=False, markup=False)
