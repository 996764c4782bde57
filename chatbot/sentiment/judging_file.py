"""A file of reviews judged from end to end: read twice, first for the aspects it names itself, then review by review.

Memory does not grow with the file. What is written is the file's own table with five columns more, in its order; it replaces an older one
only when it is whole. No cell that is written can run as a formula in a spreadsheet, whoever wrote it.
"""

from __future__ import annotations

import contextlib
import csv
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from chatbot.formulas import no_formula
from chatbot.sentiment.aspects import NAMES
from chatbot.sentiment.clauses import clauses
from chatbot.sentiment.counting import ReviewCounts, aspect_labels
from chatbot.sentiment.found_aspects import FoundAspects
from chatbot.sentiment.judge import BATCH, Judge
from chatbot.sentiment.reading import ReadReview, read_reviews
from chatbot.sentiment.reviews_file import Review, ReviewsFile, ReviewsUnusable, open_reviews

ADDED = ("sentiment", "probability", "aspects", "says", "deciding_words")
_LEARNED_FROM = 20_000  # reviews whose words are looked at for aspects
Told = Callable[[int, int], None]  # (done, of)


@dataclass(frozen=True, slots=True)
class Judged:
    """The counts of a file, the aspects found in it, how many rows it has, and what had to be repaired."""

    counts: ReviewCounts
    found: tuple[str, ...]
    rows: int
    repaired: tuple[str, ...]


def judge_file(path: Path, judge: Judge, out: Path | None = None, tell: Told = lambda *_: None) -> Judged:
    """Raises ReviewsUnusable for a file that is no table of reviews or has no row."""
    rows, found = _look_through(path)
    counts, done = ReviewCounts(), 0
    with closing(open_reviews(path)) as reviews, _writing(out, reviews) as write:
        for review, read in read_all(judge, reviews, found):
            counts.add(review, read)
            write(review, read)
            done += 1
            if done % BATCH == 0:
                tell(done, rows)
        tell(rows, rows)
        return Judged(counts, found, rows, tuple(reviews.repaired))


def read_all(judge: Judge, reviews: Iterable[Review], found: Iterable[str] = ()) -> Iterator[tuple[Review, ReadReview]]:
    """Each review with what was read in it, in order, a batch at a time."""
    rest, words = iter(reviews), tuple(found)
    while batch := list(islice(rest, BATCH)):
        texts, languages = [review.text for review in batch], [review.language for review in batch]
        yield from zip(batch, read_reviews(judge, texts, languages, words), strict=True)


def aspects_in(reviews: Iterable[Review]) -> tuple[str, ...]:
    """The aspects that these reviews name themselves."""
    learning = FoundAspects()
    for review in reviews:
        learning.read(clauses(review.text[:5_000]))
    return tuple(learning.names())


def _look_through(path: Path) -> tuple[int, tuple[str, ...]]:
    with closing(open_reviews(path)) as reviews:
        rest = iter(reviews)
        first = list(islice(rest, _LEARNED_FROM))
        if not first:
            raise ReviewsUnusable(f"{path.name}:2: expected rows with reviews below the header, got none")
        found = aspects_in(first)
        return len(first) + sum(1 for _ in rest), found


@contextlib.contextmanager
def _writing(out: Path | None, reviews: ReviewsFile) -> Iterator[Callable[[Review, ReadReview], None]]:
    if out is None:
        yield lambda *_: None
        return
    aside = out.with_name(f".{out.name}.part")
    try:
        with aside.open("w", encoding="utf-8-sig", newline="") as file:  # Excel takes a file without the mark for another encoding
            table = csv.writer(file)
            table.writerow(
                [*map(no_formula, reviews.header), *(name if name not in reviews.header else f"judged_{name}" for name in ADDED)]
            )
            width = len(reviews.header)
            yield lambda review, read: table.writerow(_row(review, read, width))
        aside.replace(out)
    except OSError as error:
        raise ReviewsUnusable(f"{out}: expected a file that can be written, got {error.strerror or error}") from error
    finally:
        aside.unlink(missing_ok=True)


def _row(review: Review, read: ReadReview, width: int) -> list[str]:
    cells = [*review.cells, *[""] * (width - len(review.cells))]
    probability = read.judgement.probability
    told = [read.judgement.label, "" if probability is None else f"{probability:.3f}"]
    told.append("; ".join(f"{aspect}:{label}" for aspect, label in aspect_labels(read.aspects).items()))
    told += ["; ".join(said.name for said in read.sayings), "; ".join(word.text for word in read.words)]
    return [no_formula(cell, figures=True) for cell in (*cells[:width], *told, *cells[width:])]


def aspect_titles(found: Iterable[str]) -> dict[str, tuple[str, str]]:
    """English and Chinese name of each aspect, those found in the data by their own word."""
    return {name: (aspect.english, aspect.chinese) for name, aspect in NAMES.items()} | {word: (word.capitalize(), word) for word in found}


def plain(read: ReadReview) -> dict[str, Any]:
    """One review as JSON."""
    judgement = read.judgement
    aspects = [
        {
            "aspect": one.aspect,
            "term": one.term,
            "label": one.label,
            "praise": round(one.praise, 4),
            "start": one.start,
            "end": one.end,
            "words": [_word(word) for word in one.words],
        }
        for one in read.aspects
    ]
    return {
        "label": judgement.label,
        "probability": None if judgement.probability is None else round(judgement.probability, 4),
        "praise": None if judgement.praise is None else round(judgement.praise, 4),
        "language": judgement.language,
        "words": [_word(word) for word in read.words],
        "aspects": aspects,
        "says": [{"name": said.name, "start": said.start, "end": said.end} for said in read.sayings],
    }


def _word(word: Any) -> dict[str, Any]:
    return {"text": word.text, "start": word.start, "end": word.end, "weight": word.weight}
