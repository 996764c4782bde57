"""Reads the shop's reviews while it is open, and judges those that are handed in: behind the shoppers, a few texts at a time.

A shopper's question needs the same encoders, so no more than `TOGETHER` texts are encoded before whoever waits has a turn, one job at a
time, and none while a turn runs. What was encoded is kept beside the shop's data. Knows no HTTP.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Sequence

import numpy as np

from chatbot.errors import ChatbotError
from chatbot.sentiment.head import SHIPPED
from chatbot.sentiment.judge import Judge
from chatbot.sentiment.review_book import ReviewShelf
from chatbot.sentiment.shop_reviews import FOLDER, MOST_KEPT
from chatbot.settings import Settings
from knowledge_base.encoders import Encoder, Encoders, Vectors
from knowledge_base.errors import KnowledgeBaseError
from knowledge_base.kept_vectors import KeptVectors

TOGETHER = 4  # texts that are encoded at once: some tens of milliseconds
LOOK_AGAIN = 20.0  # seconds between two looks whether the reviews are others
_BREATH = 0.002  # seconds in which whoever waits for the encoder gets it
_PATIENCE = 30.0  # seconds that a piece of work waits for shoppers at most, so that it ends under any load
log = logging.getLogger(__name__)


class ReviewReader:
    """`shelf` has the shop's own reviews; `judge` judges any. `idle` says whether no shopper is being answered."""

    def __init__(self, settings: Settings, encoders: Encoders, shelf: ReviewShelf, idle: Callable[[], bool]) -> None:
        self.shelf = shelf
        self.one_at_a_time = asyncio.Lock()
        self._content = settings.content
        self._folder = settings.data / FOLDER
        self._kept = KeptVectors(self._folder, most=MOST_KEPT)
        self._idle = idle
        self._ended = threading.Event()
        self.judge = Judge(encoders=encoders, vectorise=self._vectors, folder=settings.reviews_head or SHIPPED)

    async def keep_reading(self) -> None:
        """Read now and whenever a table of reviews has changed; for ever."""
        try:
            while True:
                try:
                    async with self.one_at_a_time:
                        read = await asyncio.to_thread(self._read)
                    if read:
                        log.info("%s reviews of the shop are read", f"{len(self.shelf.book.all()):,}")
                except (ChatbotError, KnowledgeBaseError, OSError) as error:
                    log.warning("the shop's reviews cannot be read, so chat tells nothing of them: %s", error)
                await asyncio.sleep(LOOK_AGAIN)
        finally:
            self._ended.set()

    def _read(self) -> bool:
        read = self.shelf.fill(self._content, self.judge)
        if read:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._kept.save()
        return read

    def _vectors(self, texts: Sequence[str], encoder: Encoder) -> Vectors:
        return np.concatenate([self._few(texts[start : start + TOGETHER], encoder) for start in range(0, len(texts), TOGETHER)])

    def _few(self, texts: Sequence[str], encoder: Encoder) -> Vectors:
        if not self._kept.has(texts, encoder):
            self._wait_for_shoppers()
        return self._kept.vectors(texts, encoder)

    def _wait_for_shoppers(self) -> None:
        latest = time.monotonic() + _PATIENCE
        while not self._ended.wait(_BREATH) and not self._idle() and time.monotonic() < latest:
            time.sleep(_BREATH)
        if self._ended.is_set():
            raise ReadingEnded("the shop is closing")


class ReadingEnded(ChatbotError):
    """The house closes: what was being judged is left."""
