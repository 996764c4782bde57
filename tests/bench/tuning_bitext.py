"""Requests to canned answers (Bitext): a split in halves that no near duplicate crosses, and how often the right answer comes first.

A request's signature is the set of its telling words: lower case, figures left out, rare spellings taken for the frequent word they are a
slip of, stemmed. Requests with one signature stay together; by a hash of the signature half of them are to tune on and half are held out.
Then every request to tune on that is still like a held-out one (two thirds of the words of both in common, or as many of their
three-letter pieces) is left out: the held-out half stays whole. Nothing is tuned on it, chosen by it, or stopped by it.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import DamerauLevenshtein

from knowledge_base.encoders import Encoder
from knowledge_base.keywords import STOP_WORDS, stem

FILE = "bitext_customer_support/bitext_v2023a_canned_responses.csv.gz"
ALIKE = 2 / 3
_FREQUENT = 20  # from so many times on a spelling is a word of its own
_BANDS = (0.0, 0.25, 0.4, 0.5, ALIKE)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request and the answer that was written for it."""

    text: str
    answer: str


@dataclass(frozen=True, slots=True)
class Halves:
    """`nearest` says for each held-out request how alike the most similar request to tune on is."""

    tune: list[Asked]
    held_out: list[Asked]
    left_out: int
    nearest: NDArray[np.float32]


def requests_of(data: Path) -> list[Asked]:
    with gzip.open(data / FILE, "rt", encoding="utf-8", newline="") as file:
        return [Asked(row["instruction"], row["response"]) for row in csv.DictReader(file)]


def signatures(texts: Sequence[str]) -> list[frozenset[str]]:
    """The telling words of each text, spelled right."""
    words = [re.findall(r"[a-z']+", text.lower()) for text in texts]
    counts = Counter(word for found in words for word in found)
    right = {word: _spelled(word, counts) for word in counts}
    return [frozenset(stem(right[word]) for word in found if right[word] not in STOP_WORDS) for found in words]


def _spelled(word: str, counts: Counter[str]) -> str:
    if counts[word] >= _FREQUENT:
        return word
    allowed = 2 if len(word) >= 7 else 1
    known = (other for other, count in counts.items() if count >= _FREQUENT and abs(len(other) - len(word)) <= allowed)
    near = [(DamerauLevenshtein.distance(word, other, score_cutoff=allowed), -counts[other], other) for other in known]
    return min((found for found in near if found[0] <= allowed), default=(0, 0, word))[2]


def halves_of(requests: Sequence[Asked]) -> Halves:
    """Split as the module's text says."""
    words = signatures([request.text for request in requests])
    pieces = [_pieces(request.text) for request in requests]
    held = np.array([hashlib.sha256(" ".join(sorted(found)).encode()).digest()[0] % 2 == 0 for found in words])
    tune, held_out = np.flatnonzero(~held), np.flatnonzero(held)
    alike = np.maximum(_overlap(words, tune, held_out), _overlap(pieces, tune, held_out))
    kept = alike.max(axis=1) < ALIKE
    return Halves(
        [requests[number] for number in tune[kept]],
        [requests[number] for number in held_out],
        int((~kept).sum()),
        alike[kept].max(axis=0),
    )


def _pieces(text: str) -> frozenset[str]:
    plain = " ".join(re.findall(r"[a-z']+", text.lower()))
    return frozenset(plain[start : start + 3] for start in range(len(plain) - 2))


def _overlap(sets: Sequence[frozenset[str]], rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.float32]:
    """What two sets share, as a part of what they have together (Jaccard): rows x columns."""
    place = {item: number for number, item in enumerate(sorted({item for found in sets for item in found}))}
    table = np.zeros((len(sets), len(place)), dtype=np.float32)
    for number, found in enumerate(sets):
        table[number, [place[item] for item in found]] = 1
    both, sizes = table[rows] @ table[columns].T, table.sum(axis=1)
    union = sizes[rows][:, None] + sizes[columns][None, :] - both
    shared: NDArray[np.float32] = both / np.maximum(union, 1)
    return shared


def by_encoder(encoder: Encoder, asked: Sequence[Asked], answers: Sequence[str]) -> NDArray[np.int64]:
    """The place of the right answer for each request, 1 for the first."""
    scores = encoder.encode([item.text for item in asked], role="query") @ encoder.encode(answers, role="passage").T
    return places(scores, asked, answers)


def by_tfidf(asked: Sequence[Asked], answers: Sequence[str], *, letters: bool = False) -> NDArray[np.int64]:
    """The same by scikit-learn's TF-IDF over the answers: of words, or of three to five letters within words, which forgive slips."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    weigh = TfidfVectorizer(**({"analyzer": "char_wb", "ngram_range": (3, 5)} if letters else {})).fit(answers)
    scores = (weigh.transform([item.text for item in asked]) @ weigh.transform(answers).T).toarray()
    return places(scores, asked, answers)


def places(scores: NDArray[Any], asked: Sequence[Asked], answers: Sequence[str]) -> NDArray[np.int64]:
    """Of answers with the same score the right one comes last: what a tie gives is no find."""
    right = np.array([answers.index(item.answer) for item in asked])
    own = scores[np.arange(len(asked)), right]
    found: NDArray[np.int64] = (scores >= own[:, None]).sum(axis=1)
    return found


def figures(found: NDArray[np.int64]) -> dict[str, float]:
    return {"r1": float((found == 1).mean()), "mrr": float((1 / found).mean()), "requests": len(found)}


def by_likeness(found: NDArray[np.int64], nearest: NDArray[np.float32]) -> dict[str, dict[str, float]]:
    """R@1 of the held-out requests by how like the nearest request to tune on is: who only remembers finds nothing in the first rows."""
    bands = zip(_BANDS, (*_BANDS[1:], 1.01), strict=True)
    within = {f"{low:.2f}-{min(high, 1):.2f}": (nearest >= low) & (nearest < high) for low, high in bands}
    return {name: figures(found[chosen]) for name, chosen in within.items() if chosen.any()}
