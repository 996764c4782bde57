"""The counts as plain data, which the page, the JSON file, the console and the answers in chat all read: one shape for all of them.

Everything is JSON: totals, labels, aspects, sayings, weeks, products, and quotes with the words that decided. Nothing of who wrote a review
is in it: no name and no address, and what looks like either in a quote is masked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from chatbot.sentiment.aspects import NAMES
from chatbot.sentiment.counting import Counts, Quote, ReviewCounts, Tally
from chatbot.sentiment.sayings import NAMED

MOST_PRODUCTS = 500
MOST_QUOTES = 60
_LABELS = ("positive", "mixed", "negative", "none")
_PRIVATE = re.compile(
    r"[\w.+-]+@[\w-]+\.[\w.]+|(?:https?://|www\.)\S+|(?<![\w.])\+?\d(?:[\d ()/-]{6,}\d)(?![\w])|"
    r"(?:微信|QQ|qq|wechat|vx|VX)[:：号 ]*[\w-]{5,}"
)


def dashboard(counts: ReviewCounts, found: Iterable[str] = (), titles: Mapping[str, str] | None = None) -> dict[str, Any]:
    """All of it. `titles`: names of products by what the reviews call them."""
    known = titles or {}
    ranked = sorted(counts.products.items(), key=lambda item: (-item[1].tally.reviews, item[0]))
    return {
        **_counted(counts.all, tuple(found)),
        "products": [{"id": name, "title": known.get(name, name), **_counted(one, tuple(found))} for name, one in ranked[:MOST_PRODUCTS]],
        "more_products": max(0, len(ranked) - MOST_PRODUCTS),
        "quotes": quotes(counts, known),
    }


def _counted(counts: Counts, found: tuple[str, ...]) -> dict[str, Any]:
    tally = counts.tally
    return {
        "reviews": tally.reviews,
        "labels": {label: tally.labels[label] for label in _LABELS},  # type: ignore[index]
        "balance": tally.balance,
        "rating": tally.mean_rating,
        "disagreeing": counts.disagreeing,
        "aspects": [aspect_line(name, one, name in found) for name, one in _ranked(counts.aspects)],
        "says": [
            {"name": name, "english": NAMED[name].english, "chinese": NAMED[name].chinese, "reviews": reviews}
            for name, reviews in counts.sayings.most_common()
        ],
        "weeks": [_week(day, one) for day, one in sorted(counts.weeks.items())],
    }


def aspect_line(name: str, tally: Tally, found: bool = False) -> dict[str, Any]:
    english, chinese = (NAMES[name].english, NAMES[name].chinese) if name in NAMES else (name.capitalize(), name)
    labels = {label: tally.labels[label] for label in _LABELS[:3]}  # type: ignore[index]
    return {
        "name": name,
        "english": english,
        "chinese": chinese,
        "found": found,
        "reviews": tally.reviews,
        **labels,
        "balance": tally.balance,
    }


def _ranked(aspects: Mapping[str, Tally]) -> list[tuple[str, Tally]]:
    return sorted(aspects.items(), key=lambda item: (-item[1].reviews, item[0]))


def _week(day: date, tally: Tally) -> dict[str, Any]:
    counted = {label: tally.labels[label] for label in _LABELS[:3]}  # type: ignore[index]
    return {"week": day.isoformat(), "reviews": tally.reviews, **counted, "balance": tally.balance, "rating": tally.mean_rating}


def quotes(counts: ReviewCounts, titles: Mapping[str, str]) -> list[dict[str, Any]]:
    """Reviews to show, products in turn, so that no product fills the page."""
    piles = [sorted(pile, reverse=True) for one in [*counts.products.values()] or [counts.all] for pile in one.quotes.values()]
    in_turn = [pile[place] for place in range(max(map(len, piles), default=0)) for pile in sorted(piles, reverse=True) if place < len(pile)]
    chosen = in_turn[:MOST_QUOTES]
    for label in ("negative", "mixed"):  # complaints are what a shop reads first, so they are never crowded out by praise
        chosen += [quote for quote in in_turn if quote.read.judgement.label == label and quote not in chosen][: MOST_QUOTES // 3]
    return [quote_line(quote, titles) for quote in chosen]


def quote_line(quote: Quote, titles: Mapping[str, str]) -> dict[str, Any]:
    read, review = quote.read, quote.review
    return {
        "product": review.product,
        "title": titles.get(review.product, review.product),
        "line": review.line,
        "day": review.day.isoformat() if review.day else "",
        "rating": review.rating,
        "text": without_private(read.text)[:1_200],
        "label": read.judgement.label,
        "praise": round(read.judgement.praise or 0.0, 4),
        "aspects": [{"aspect": one.aspect, "label": one.label} for one in read.aspects],
        "says": [said.name for said in read.sayings],
        "words": [{"start": word.start, "end": word.end, "weight": word.weight} for word in read.words if word.end <= 1_200],
    }


def without_private(text: str) -> str:
    """The text with addresses, links and long numbers blacked out, every other character at its old place."""
    return _PRIVATE.sub(lambda match: "█" * len(match[0]), text)
