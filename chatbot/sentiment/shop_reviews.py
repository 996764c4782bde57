"""The reviews among a shop's files, and the encoders with what they have encoded, kept beside the shop's data for the next time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from chatbot.sentiment.judge import Vectorise
from chatbot.sentiment.reviews_file import Review, ReviewsUnusable, open_reviews
from chatbot.settings import Settings
from chatbot.weights import minilm_folder
from knowledge_base.encoders import Encoders, default_encoders
from knowledge_base.kept_vectors import KeptVectors

FOLDER = "reviews"
MOST_KEPT = 60_000  # texts per encoder; a review and what it says of an aspect are a text each


@dataclass(frozen=True, slots=True)
class Encoding:
    encoders: Encoders
    vectors: Vectorise


def kept_vectors(settings: Settings) -> tuple[Encoding, Callable[[], None]]:
    """The encoders that the settings name, and what writes down what was encoded. Raises WeightsError."""
    folder = settings.data / FOLDER
    kept = KeptVectors(folder, most=MOST_KEPT)

    def save() -> None:
        folder.mkdir(parents=True, exist_ok=True)
        kept.save()

    return Encoding(default_encoders(None if settings.encoder == "multilingual" else minilm_folder(settings)), kept.vectors), save


def review_files(content: Path) -> list[Path]:
    """The tables of reviews in a folder of content: those that name what was written and by a product or stars, in the order of their
    names."""
    found = []
    for path in sorted(one for ending in ("*.csv", "*.tsv") for one in content.rglob(ending)):
        try:
            with closing(open_reviews(path)) as reviews:
                if "rating" in reviews.columns and "price" not in {title.strip().lower() for title in reviews.header}:
                    found.append(path)
        except ReviewsUnusable:
            continue
    return found


def shop_reviews(content: Path) -> Iterator[Review]:
    """Every review among a shop's files."""
    for path in review_files(content):
        with closing(open_reviews(path)) as reviews:
            yield from reviews
