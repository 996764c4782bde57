"""How many reviews a second are read whole (verdict, aspects, sayings, deciding words, counts): never encoded before, encoded before, and
by the words alone. Two processes, as two cores do it; medians of three rounds."""

from __future__ import annotations

import multiprocessing
import shutil
import statistics
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from chatbot.sentiment.counting import ReviewCounts
from chatbot.sentiment.judge import Judge
from chatbot.sentiment.judging_file import read_all
from chatbot.sentiment.reviews_file import Review
from chatbot.sentiment.shop_reviews import kept_vectors
from chatbot.settings import Settings

PROCESSES = 2
_READ, _ROUNDS = 400, 3


def speeds(texts: Mapping[str, Sequence[str]], folder: Path) -> dict[str, Any]:
    """Reviews a second by kind and state, of both processes together."""
    found: dict[str, Any] = {"processes": PROCESSES}
    for number, (name, some) in enumerate(texts.items()):
        place = folder / str(number)
        shutil.rmtree(place, ignore_errors=True)
        cold = _together(some[:_READ], place, "cold")
        warm = statistics.median(_together(some[:_READ], place, "kept") for _ in range(_ROUNDS))
        words = statistics.median(_together(some[:_READ], place, "words") for _ in range(_ROUNDS))
        found[name] = {"never encoded": round(cold), "encoded before": round(warm), "by the words alone": round(words)}
    return found


def _together(texts: Sequence[str], folder: Path, state: str) -> float:
    """Reviews a second: each process has its share and its own kept vectors."""
    shares = [(list(texts[number::PROCESSES]), folder / str(number), state) for number in range(PROCESSES)]
    with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
        taken = pool.map(_one, shares, chunksize=1)
    return sum(len(share[0]) / seconds for share, seconds in zip(shares, taken, strict=True))


def _one(given: tuple[list[str], Path, str]) -> float:
    """Seconds that reading takes, with everything loaded before."""
    texts, folder, state = given
    encoding, save = kept_vectors(Settings(data=folder))
    judge = Judge() if state == "words" else Judge(encoders=encoding.encoders, vectorise=encoding.vectors)
    list(read_all(judge, [Review(1, "Good, fast delivery."), Review(2, "质量好，快递快。")]))
    reviews = [Review(line, text) for line, text in enumerate(texts)]
    started = time.perf_counter()
    ReviewCounts().add_all(read_all(judge, reviews))
    seconds = time.perf_counter() - started
    save()
    return seconds
