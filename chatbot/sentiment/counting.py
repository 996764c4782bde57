"""Reviews counted: per label, aspect, saying, product and week, with quotes, in one pass and bounded memory.

A review counts once for an aspect, whatever it says of it in how many clauses: where they differ it is "mixed" there. Weeks are ISO weeks,
named by their Monday. Quotes are the surest of each label, at most `QUOTES` per product and label, so memory grows with products and weeks
and not with reviews. Knows nothing of how a review was judged.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from chatbot.sentiment.judge import Label
from chatbot.sentiment.reading import ReadReview, Spoken
from chatbot.sentiment.reviews_file import Review

QUOTES = 4
_MOST_PRODUCTS = 20_000
OTHERS = "…"  # products beyond the most that are counted one by one
_FAR = 1.5  # stars of five away from the middle, from which stars and words can disagree


@dataclass(slots=True)
class Tally:
    """How many reviews of each label, and their stars."""

    labels: Counter[Label] = field(default_factory=Counter)
    stars: float = 0.0
    starred: int = 0

    def add(self, label: Label, rating: float | None = None) -> None:
        self.labels[label] += 1
        if rating is not None:
            self.stars += rating
            self.starred += 1

    @property
    def reviews(self) -> int:
        return sum(self.labels.values())

    @property
    def mean_rating(self) -> float | None:
        return round(self.stars / self.starred, 2) if self.starred else None

    @property
    def balance(self) -> float | None:
        """Share of praise among what was judged, a mixed review as half; None where nothing was."""
        judged = self.labels["positive"] + self.labels["negative"] + self.labels["mixed"]
        return round((self.labels["positive"] + self.labels["mixed"] / 2) / judged, 4) if judged else None


@dataclass(frozen=True, slots=True, order=True)
class Quote:
    """A review to show; the surer the verdict, the greater."""

    certainty: float
    number: int
    read: ReadReview = field(compare=False)
    review: Review = field(compare=False)


@dataclass(slots=True)
class Counts:
    """Everything that is counted of some reviews: of all of them, or of one product's."""

    tally: Tally = field(default_factory=Tally)
    aspects: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    sayings: Counter[str] = field(default_factory=Counter)
    weeks: dict[date, Tally] = field(default_factory=lambda: defaultdict(Tally))
    quotes: dict[Label, list[Quote]] = field(default_factory=lambda: defaultdict(list))
    disagreeing: int = 0

    def add(self, review: Review, read: ReadReview, number: int) -> None:
        label = read.judgement.label
        self.tally.add(label, review.rating)
        for aspect, aspect_label in aspect_labels(read.aspects).items():
            self.aspects[aspect].add(aspect_label)
        self.sayings.update(said.name for said in read.sayings)
        if review.day is not None:
            self.weeks[monday(review.day)].add(label, review.rating)
        self.disagreeing += disagrees(label, review.rating)
        if read.judgement.praise is not None:
            _keep(self.quotes[label], Quote(_certainty(read), -number, read, review))


class ReviewCounts:
    """Counts of all reviews and of each product's."""

    def __init__(self) -> None:
        self.all = Counts()
        self.products: dict[str, Counts] = {}
        self._number = 0

    def add(self, review: Review, read: ReadReview) -> None:
        self._number += 1
        self.all.add(review, read, self._number)
        product = review.product
        if product:
            known = product in self.products or len(self.products) < _MOST_PRODUCTS
            self.products.setdefault(product if known else OTHERS, Counts()).add(review, read, self._number)

    def add_all(self, pairs: Iterable[tuple[Review, ReadReview]]) -> ReviewCounts:
        for review, read in pairs:
            self.add(review, read)
        return self


def aspect_labels(spoken: Sequence[Spoken]) -> dict[str, Label]:
    """One label per aspect of a review: that of all its clauses, or "mixed" where they differ."""
    labels: dict[str, set[Label]] = defaultdict(set)
    for one in spoken:
        labels[one.aspect].add(one.label)
    return {aspect: next(iter(found)) if len(found) == 1 else "mixed" for aspect, found in labels.items()}


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def disagrees(label: Label, rating: float | None) -> bool:
    """Whether the stars say one thing and the words the opposite."""
    if rating is None or not 0 <= rating <= 5:
        return False
    return (label == "negative" and rating >= 3 + _FAR / 1.5) or (label == "positive" and rating <= 3 - _FAR / 1.5)


def _certainty(read: ReadReview) -> float:
    """A review of middle length says most for its certainty."""
    sure = read.judgement.probability or 0.0
    return sure - (0.2 if len(read.text) < 12 else 0.0) - min(0.2, max(0, len(read.text) - 300) / 5_000)


def _keep(kept: list[Quote], quote: Quote) -> None:
    heapq.heappush(kept, quote)
    if len(kept) > QUOTES:
        heapq.heappop(kept)
