"""The shop's own reviews, read and kept by product, for answers in chat and for the console; filled behind the shoppers, then only read.

A product is found by whatever its reviews call it: id, handle in its address, SKU or title. Until the book is filled it is empty, so an
answer never waits for it. Invariant: what it counts is what the files have; a product has at most `MOST` reviews read, the latest.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from chatbot.sentiment.judge import Judge
from chatbot.sentiment.judging_file import aspects_in, read_all
from chatbot.sentiment.reading import ReadReview
from chatbot.sentiment.reviews_file import Review
from chatbot.sentiment.shop_reviews import shop_reviews
from knowledge_base.catalog import Product
from knowledge_base.text import slug

MOST = 2_000
_MOST_ALL = 50_000
log = logging.getLogger(__name__)
Pair = tuple[Review, ReadReview]


@dataclass(frozen=True, slots=True)
class ReviewBook:
    """`by_product`: what reviews call a product, as a slug, to its reviews. `found`: aspects that the reviews name themselves."""

    by_product: Mapping[str, Sequence[Pair]]
    found: tuple[str, ...] = ()

    def of(self, product: Product) -> Sequence[Pair]:
        """The reviews of a product; none where the files have none."""
        named = [product.id, product.id.rsplit(":", 1)[-1], product.url.rstrip("/").rsplit("/", 1)[-1], product.title]
        named += [variant.sku for variant in product.variants]
        return next((self.by_product[key] for name in named if name and (key := slug(name)) in self.by_product), ())

    def all(self) -> list[Pair]:
        return [pair for pairs in self.by_product.values() for pair in pairs]


EMPTY = ReviewBook({})


def read_book(reviews: Iterable[Review], judge: Judge) -> ReviewBook:
    """Reads and judges them all. Blocks: a second or two for some hundred reviews that were never encoded."""
    latest: dict[str, list[Review]] = defaultdict(list)
    for number, review in enumerate(reviews):
        if number == _MOST_ALL:
            log.warning("the shop has more than %s reviews; the others are not counted in chat", f"{_MOST_ALL:,}")
            break
        if review.product:
            latest[slug(review.product)].append(review)
    chosen = [review for some in latest.values() for review in _latest(some)]
    found = aspects_in(chosen)
    by_product: dict[str, list[Pair]] = defaultdict(list)
    for review, read in read_all(judge, chosen, found):
        by_product[slug(review.product)].append((review, read))
    return ReviewBook(dict(by_product), found)


def _latest(reviews: Sequence[Review]) -> Sequence[Review]:
    return sorted(reviews, key=lambda review: str(review.day or ""), reverse=True)[:MOST]


class ReviewShelf:
    """Holds the book that counts now; `fill` puts another in its place at once, whole."""

    def __init__(self, book: ReviewBook = EMPTY) -> None:
        self.book = book
        self._state: tuple[tuple[str, int, int], ...] = ()

    def fill(self, content: Path, judge: Judge) -> bool:
        """Read the reviews of a content folder where they have changed since the last time. Blocks. Whether anything was read."""
        state = state_of(content)
        if state == self._state:
            return False
        self.book = read_book(shop_reviews(content), judge)
        self._state = state
        return True


def state_of(content: Path) -> tuple[tuple[str, int, int], ...]:
    """What tells whether a table in the folder has changed: name, size and time of each."""
    files = sorted(path for ending in ("*.csv", "*.tsv") for path in content.rglob(ending))
    return tuple((str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files)
