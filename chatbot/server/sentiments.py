"""POST /v1/sentiment and what the console's page about reviews asks for: reviews in, verdicts, aspects and the words that decided out.

For the people of the shop alone, behind the shoppers. Reviews are handed in as JSON or as the table that they are kept in, which is
written to a file of its own while it comes and judged from there, so its size costs no memory. Nothing that was handed in is kept.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints

from chatbot.errors import WeightsError
from chatbot.sentiment.counting import ReviewCounts
from chatbot.sentiment.dashboard import dashboard
from chatbot.sentiment.judging_file import judge_file, plain, read_all
from chatbot.sentiment.reviews_file import Review, ReviewsUnusable
from chatbot.server.chapters import REVIEWS
from chatbot.server.console_login import Sessions
from chatbot.server.house import House
from chatbot.server.raw_body import table_body
from chatbot.server.reading_reviews import ReadingEnded

MOST_REVIEWS = 500
MOST_POINTS = 20_000
MOST_BYTES = 200 * 1024 * 1024
_CHUNK = 1 << 20
_EXAMPLE: dict[str, JsonValue] = {
    "reviews": [
        {"text": "Lovely wool, but it runs small and took two weeks to arrive.", "product": "merino-tee", "rating": 3, "day": "2026-03-02"},
        {"text": "质量很好，没有异味，快递也快。", "product": "merino-tee", "rating": 5},
    ]
}

_TABLE = (
    "product,rating,day,review\n"
    "merino-tee,5,2026-03-02,Lovely wool and true to size.\n"
    "merino-tee,2,2026-03-09,It shrank in the first wash.\n"
)
_FILE_NAME = Query(max_length=200, description="The file's name.", examples=["reviews.csv"])


class Given(BaseModel):
    """One review. Only `text` is needed."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, StringConstraints(max_length=MOST_POINTS)]
    title: str = Field("", max_length=1_000)
    product: str = Field("", max_length=200)
    rating: float | None = Field(None, ge=0, le=10)
    day: date | None = None
    language: str = Field("", max_length=12)


class SentimentRequest(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})

    reviews: list[Given] = Field(min_length=1, max_length=MOST_REVIEWS)


def sentiment_routes(house: House, sessions: Sessions) -> APIRouter:
    """All calls; each needs a session of the console, and one that sends something comes from its own page, as the console's other calls
    do."""
    router = APIRouter(tags=[REVIEWS], dependencies=[Depends(sessions.check)])

    @router.post(
        "/v1/sentiment",
        dependencies=[Depends(sessions.check_page)],
        summary="Judge reviews",
        description="Label, calibrated probability, aspects and the words that decided, for up to 500 reviews.",
        response_description="A verdict for each review in their order, and the counts of all.",
    )
    async def judge(body: SentimentRequest) -> dict[str, Any]:
        return await _one_by_one(house, lambda: _judged(house, body.reviews))

    @router.get(
        "/console/api/reviews",
        summary="The shop's own reviews, counted",
        response_description="Counts per product, aspect and week; `ready` is false while they are being read.",
    )
    async def own() -> dict[str, Any]:
        return await asyncio.to_thread(_own, house)

    @router.post(
        "/console/api/reviews",
        dependencies=[Depends(sessions.check_page)],
        summary="Judge a table of reviews",
        description="The bytes of a CSV file are the body of the call; up to 200 MB.",
        response_description="The counts of the table's reviews, and what was put right in it.",
        openapi_extra={"requestBody": table_body(_TABLE)},
    )
    async def uploaded(request: Request, name: Annotated[str, _FILE_NAME] = "reviews.csv") -> dict[str, Any]:
        with tempfile.TemporaryDirectory(prefix="reviews-") as folder:
            path = Path(folder) / (Path(name).name or "reviews.csv")
            await _receive(request.stream(), path)
            return await _one_by_one(house, lambda: _of_file(house, path))

    return router


async def _one_by_one(house: House, work: Any) -> dict[str, Any]:
    """One job at a time, in a thread; what is wrong with the reviews is told with status 422."""
    async with house.reviews.one_at_a_time:
        try:
            found: dict[str, Any] = await asyncio.to_thread(work)
            return found
        except ReviewsUnusable as error:
            raise HTTPException(422, f"reviews: {error}") from error
        except (ReadingEnded, WeightsError) as error:
            raise HTTPException(503, f"reviews: {error}", {"Retry-After": "5"}) from error


def _judged(house: House, given: Sequence[Given]) -> dict[str, Any]:
    reviews = [
        Review(line, one.text, one.title, one.product, one.rating, one.day, one.language.lower()) for line, one in enumerate(given, start=1)
    ]
    pairs = list(read_all(house.reviews.judge, reviews))
    counted = dashboard(ReviewCounts().add_all(pairs), (), _titles(house))
    counted.pop("quotes")
    return {"reviews": [{"text": read.text} | plain(read) for _, read in pairs], "counts": counted}


def _own(house: House) -> dict[str, Any]:
    """The counts of the shop's reviews as they are read now; `ready` is false while they are being read."""
    book = house.reviews.shelf.book
    counts = ReviewCounts().add_all(book.all())
    return {"ready": bool(book.by_product), "file": "", **dashboard(counts, book.found, _titles(house))}


def _of_file(house: House, path: Path) -> dict[str, Any]:
    judged = judge_file(path, house.reviews.judge)
    notes = list(judged.repaired)[:20]
    return {"ready": True, "file": path.name, "notes": notes, **dashboard(judged.counts, judged.found, _titles(house))}


def _titles(house: House) -> dict[str, str]:
    """Names of the shop's products by id, so that a table of reviews shows names."""
    return {product.id: product.title for product in reversed(house.knowledge.products())}


async def _receive(stream: AsyncIterator[bytes], path: Path) -> None:
    size = 0
    with path.open("wb") as file:
        async for chunk in stream:
            size += len(chunk)
            if size > MOST_BYTES:
                raise HTTPException(413, f"reviews: expected a file of at most {MOST_BYTES >> 20} MB, got more")
            await asyncio.to_thread(file.write, chunk)
    if not size:
        raise HTTPException(422, f"reviews: {path.name}:1: expected a table of reviews with a header, got an empty file")
