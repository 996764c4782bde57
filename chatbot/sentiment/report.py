"""The report of a file of reviews: one page of HTML with its plots inside, light and dark, wide and narrow, without a script.

Reads the plain data of `dashboard`. Every plot stands beside the same numbers as text. Whatever a reviewer wrote is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from chatbot.sentiment.report_plots import aspect_bars, share_bar, weekly_lines
from chatbot.sentiment.report_style import STYLE

Data = Mapping[str, Any]
_MOST_QUOTED = 24
_MOST_ROWS = 60
_LABELS = {"positive": "Praise", "mixed": "Mixed", "negative": "Complaint", "none": "No words"}
_CLASS = {"positive": "good", "mixed": "mild", "negative": "bad", "none": ""}


def report_page(name: str, data: Data, notes: Iterable[str] = ()) -> str:
    """The page. `data` as `dashboard` gives it, `name` of the file, `notes` about the reading of it."""
    parts = [_head(name, data), _cards(data), _over_time(data), _aspects(data), _says(data), _products(data), _quotes(data), _notes(notes)]
    title = f"What reviewers say · {escape(name)}"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title}</title><style>{STYLE}</style></head><body><main>{''.join(parts)}</main></body></html>\n"
    )


def _head(name: str, data: Data) -> str:
    worst = [one for one in data["aspects"] if one["reviews"] >= 3 and one["balance"] is not None and one["balance"] < 0.5]
    best = [one for one in data["aspects"] if one["reviews"] >= 3 and one["balance"] is not None and one["balance"] >= 0.7]
    told = []
    if best:
        told.append("They praise " + _and([one["english"].lower() for one in sorted(best, key=lambda one: -one["positive"])[:3]]) + ".")
    if worst:
        told.append(
            "They complain of " + _and([one["english"].lower() for one in sorted(worst, key=lambda one: -one["negative"])[:3]]) + "."
        )
    told = told or ["No aspect stands out yet."]
    return (
        f'<header><div class="eyebrow">{escape(name)}</div><h1>What reviewers say</h1><p class="sub">{escape(" ".join(told))}</p></header>'
    )


def _cards(data: Data) -> str:
    labels, reviews = data["labels"], data["reviews"]
    balance, rating = data["balance"], data["rating"]
    values = [
        ("Reviews", f"{reviews:,}", f"{len(data['products'])} products" if data["products"] else "no products named"),
        ("Praise", _share(labels["positive"], reviews), f"{labels['positive']:,} reviews"),
        ("Complaint", _share(labels["negative"], reviews), f"{labels['negative']:,} reviews, {labels['mixed']:,} mixed"),
        ("Stars", "–" if rating is None else f"{rating:.2f}", f"{data['disagreeing']:,} where stars and words disagree"),
    ]
    cards = "".join(
        f'<div class="card"><div class="name">{name}</div><div class="value">{value}</div><div class="note">{note}</div></div>'
        for name, value, note in values
    )
    told = f"{balance:.0%} in favour" if balance is not None else "nothing to judge"
    return f'<div class="cards">{cards}</div><div class="whole" role="img" aria-label="{told}">{share_bar(labels, 1180, 16)}</div>'


def _over_time(data: Data) -> str:
    weeks = data["weeks"]
    if len(weeks) < 2:
        return ""
    rows = [
        [one["week"], one["reviews"], one["positive"], one["mixed"], one["negative"], _percent(one["balance"]), one["rating"]]
        for one in weeks
    ]
    table = _table(["Week from", "Reviews", "Praise", "Mixed", "Complaint", "In favour", "Stars"], rows)
    return (
        '<h2>Week by week</h2><p class="sub">Reviews per week, praise above and complaint below; the line is the share in '
        "favour over eight weeks.</p>"
        f'<figure class="plot">{weekly_lines(weeks)}</figure><details class="changes"><summary>The numbers</summary>{table}</details>'
    )


def _aspects(data: Data) -> str:
    aspects = data["aspects"][:24]
    if not aspects:
        return ""
    names = [
        (
            escape(one["english"]) + (' <small class="pill">found here</small>' if one["found"] else ""),
            f"{one['reviews']:,}",
            aspect_bars(one),
        )
        for one in aspects
    ]
    rows = "".join(f'<tr><th>{name}</th><td class="num">{count}</td><td class="bar">{bar}</td></tr>' for name, count, bar in names)
    return (
        '<h2>By aspect</h2><p class="sub">How many reviews speak of it, and what they say of it: a review counts once for an aspect.</p>'
        f'<div class="wide"><table class="bars"><thead><tr><th>Aspect</th><th>Reviews</th><th>Praise · mixed · complaint</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _says(data: Data) -> str:
    says = data["says"][:16]
    if not says:
        return ""
    chips = "".join(f"<li><b>{one['reviews']:,}</b> say {escape(one['english'])}</li>" for one in says)
    return f'<h2>In so many words</h2><ul class="facts">{chips}</ul>'


def _products(data: Data) -> str:
    products = data["products"][:_MOST_ROWS]
    if not products:
        return ""
    rows = []
    for one in products:
        loved = [aspect["english"] for aspect in one["aspects"] if aspect["positive"] > aspect["negative"]][:2]
        worst = sorted(one["aspects"], key=lambda aspect: aspect["positive"] - aspect["negative"])[:2]
        blamed = [aspect["english"] for aspect in worst if aspect["negative"] > aspect["positive"]]
        rows.append(
            f"<tr><th>{escape(one['title'])}</th><td>{one['reviews']:,}</td><td class=bar>{share_bar(one['labels'], 150, 10)}</td>"
            f"<td>{_percent(one['balance'])}</td><td>{'–' if one['rating'] is None else one['rating']}</td>"
            f'<td class="good">{escape(", ".join(loved))}</td><td class="bad">{escape(", ".join(blamed))}</td></tr>'
        )
    more = len(data["products"]) + data["more_products"] - len(products)
    note = f'<p class="sub">And {more:,} more products with fewer reviews.</p>' if more > 0 else ""
    titles = ("Product", "Reviews", "", "In favour", "Stars", "Praised", "Blamed")
    head = "".join(f"<th>{title}</th>" for title in titles)
    return f'<h2>By product</h2><div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>{note}'


def _quotes(data: Data) -> str:
    chosen: list[Data] = []
    for label in ("negative", "mixed", "positive"):
        chosen += [one for one in data["quotes"] if one["label"] == label][: _MOST_QUOTED // 3]
    if not chosen:
        return ""
    items = "".join(
        f'<li class="quote"><span class="pill {_CLASS[one["label"]]}">{_LABELS[one["label"]]} {_surety(one)}</span> '
        f"<b>{escape(one['title'])}</b> "
        f'<span class="soft">{escape(one["day"])}</span><p>{marked(one["text"], one["words"])}</p></li>'
        for one in chosen
    )
    return f'<h2>In their words</h2><p class="sub">Marked is what decided the verdict.</p><ul class="quotes">{items}</ul>'


def marked(text: str, words: Sequence[Mapping[str, Any]]) -> str:
    """The text with the deciding words marked, everything escaped."""
    parts, place = [], 0
    for word in sorted(words, key=lambda one: one["start"]):
        if word["start"] < place or word["end"] > len(text):
            continue
        kind = "good" if word["weight"] > 0 else "bad"
        parts += [escape(text[place : word["start"]]), f'<mark class="{kind}">{escape(text[word["start"] : word["end"]])}</mark>']
        place = word["end"]
    return "".join([*parts, escape(text[place:])])


def _notes(notes: Iterable[str]) -> str:
    lines = "".join(f"<li>{escape(note)}</li>" for note in notes)
    return f'<h2>Notes</h2><ul class="notes">{lines}</ul>' if lines else ""


def _table(titles: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    head = "".join(f"<th>{escape(title)}</th>" for title in titles)
    body = "".join("<tr>" + "".join(f"<td>{'–' if cell is None else escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "–"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"


def _surety(quote: Mapping[str, Any]) -> str:
    return f"{max(quote['praise'], 1 - quote['praise']):.0%}"
