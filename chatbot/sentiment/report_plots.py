"""The plots of the page about reviews, as SVG in the page's own colours: shares, aspects, and week by week. Numbers in, markup out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_KINDS = (("positive", "up"), ("mixed", "mid"), ("negative", "down"), ("none", "none"))
_WIDTH, _HEIGHT, _LEFT, _FOOT = 1120, 260, 44, 26
_WINDOW = 8  # weeks over which the line is taken
_MOST_TICKS = 10


def share_bar(labels: Mapping[str, int], width: int, height: int) -> str:
    """One bar, divided by labels."""
    whole = sum(labels.get(label, 0) for label, _ in _KINDS) or 1
    parts, at = [], 0.0
    for label, kind in _KINDS:
        wide = width * labels.get(label, 0) / whole
        if wide:
            parts.append(f'<rect class="{kind}" x="{at:.1f}" y="0" width="{max(0.0, wide - 1.5):.1f}" height="{height}" rx="3"/>')
        at += wide
    told = ", ".join(f"{labels.get(label, 0)} {label}" for label, _ in _KINDS if labels.get(label, 0))
    return f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{told}" preserveAspectRatio="none">{"".join(parts)}</svg>'


def aspect_bars(aspect: Mapping[str, Any]) -> str:
    """The bar of an aspect with its counts written in it."""
    whole = max(1, aspect["positive"] + aspect["mixed"] + aspect["negative"])
    parts, at = [], 0.0
    for label, kind in _KINDS[:3]:
        wide = 620 * aspect[label] / whole
        if wide:
            parts.append(f'<rect class="{kind}" x="{at:.1f}" y="4" width="{max(0.0, wide - 2):.1f}" height="14" rx="4"/>')
            if wide > 30:
                parts.append(f'<text x="{at + 2:.1f}" y="32">{aspect[label]}</text>')
        at += wide
    told = f"{aspect['positive']} praise, {aspect['mixed']} mixed, {aspect['negative']} complaint"
    return f'<svg viewBox="0 0 620 36" role="img" aria-label="{told}">{"".join(parts)}</svg>'


def weekly_lines(weeks: Sequence[Mapping[str, Any]]) -> str:
    """Bars of praise up and of complaint down per week, and the share in favour over the last weeks as a line."""
    most = max(max(one["positive"], one["negative"]) for one in weeks) or 1
    step = (_WIDTH - _LEFT - 8) / len(weeks)
    middle, half = (_HEIGHT - _FOOT) / 2, (_HEIGHT - _FOOT) / 2 - 8
    parts = [f'<line class="axis" x1="{_LEFT}" x2="{_WIDTH}" y1="{middle:.1f}" y2="{middle:.1f}"/>']
    for place, one in enumerate(weeks):
        x, wide = _LEFT + place * step, max(1.0, step * 0.72)
        up, down = half * one["positive"] / most, half * one["negative"] / most
        parts.append(f'<rect class="up" opacity=".75" x="{x:.1f}" y="{middle - up:.1f}" width="{wide:.1f}" height="{up:.1f}" rx="1.5"/>')
        parts.append(f'<rect class="down" opacity=".75" x="{x:.1f}" y="{middle:.1f}" width="{wide:.1f}" height="{down:.1f}" rx="1.5"/>')
    parts += _ticks(weeks, step)
    for text, y in ((f"{most}", 14.0), ("0", middle + 4), (f"{most}", 2 * middle - 2)):
        parts.append(f'<text x="{_LEFT - 8}" y="{y:.1f}" text-anchor="end">{text}</text>')
    line = " ".join(f"{_LEFT + place * step + step * 0.36:.1f},{middle - half * (2 * share - 1):.1f}" for place, share in favour(weeks))
    told = f"{len(weeks)} weeks; the numbers are in the table below"
    parts.append(f'<polyline class="line" points="{line}"/>')
    return f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{told}">{"".join(parts)}</svg>'


def favour(weeks: Sequence[Mapping[str, Any]], window: int = _WINDOW) -> list[tuple[int, float]]:
    """(place, share in favour over the last weeks), where these have anything judged."""
    found = []
    for place in range(len(weeks)):
        some = weeks[max(0, place - window + 1) : place + 1]
        judged = sum(one["positive"] + one["mixed"] + one["negative"] for one in some)
        if judged:
            found.append((place, sum(one["positive"] + one["mixed"] / 2 for one in some) / judged))
    return found


def _ticks(weeks: Sequence[Mapping[str, Any]], step: float) -> list[str]:
    every = max(1, -(-len(weeks) // _MOST_TICKS))
    return [
        f'<text x="{_LEFT + place * step:.1f}" y="{_HEIGHT - 6}">{weeks[place]["week"]}</text>' for place in range(0, len(weeks), every)
    ]
