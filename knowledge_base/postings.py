"""Keywords of a large index, mapped from two files: for each term the passages that have it and how much it says of each.

The score is FTS5's BM25 (k1 1.2, b 0.75, headings weighted) but for the rounding of what a term says of a passage. A question's terms are
read rare first until those that are left cannot bring another passage among the best, and are then looked up for the passages that may
still be among them (MaxScore: Turtle and Flood 1995, "Query evaluation: strategies and optimizations"); that changes no ranking as long
as no more passages than `_LOOKED_UP` are in question. Where a question has common words only, reading ends at a fixed number of postings,
and the terms beyond only rank the best of what was found: so the time of a question does not grow with how common its words are. Knows
terms and numbers, not texts. Built in bounded memory.
"""

from __future__ import annotations

import math
import sqlite3
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge_base.errors import IndexUnusable

MOST_READ = 100_000  # of a million passages of a real catalogue, 97 of 100 of the best ten are found
_RANKED = 1_000  # passages that the terms beyond MOST_READ are looked up for
_SHORT = 20_000  # postings that are read without asking whether they have to be
_LOOKED_UP = 20_000  # passages at most that the terms left out are looked up for: the best of those that may still be among the best
_BLOCK = 50_000  # passages counted at once
_K1, _B = 1.2, 0.75
FILES = ("postings-passages.npy", "postings-weights.npy")
_SCHEMA = "CREATE TABLE terms (term TEXT PRIMARY KEY, start INTEGER NOT NULL, passages INTEGER NOT NULL) WITHOUT ROWID"
_POSTING = np.dtype([("term", "<i4"), ("passage", "<i4"), ("often", "<f4")])
Counted = tuple[int, Mapping[str, float], int]  # passage, term → weighted count, terms in all


def counted(number: int, heading: Sequence[str], body: Sequence[str], heading_weight: float) -> Counted:
    """How often each term occurs in a passage, a heading's several times over."""
    often: dict[str, float] = {}
    for term in heading:
        often[term] = often.get(term, 0.0) + heading_weight
    for term in body:
        often[term] = often.get(term, 0.0) + 1.0
    return number, often, len(heading) + len(body)


def write(folder: Path, connection: sqlite3.Connection, passages: Iterable[Counted], *, prefix: str = "", average: float = 0.0) -> float:
    """Two files in `folder` and the table of terms in the database; the average length that was reckoned with (`average` where given).
    Passages come in the order of their numbers."""
    spool = _Spool(folder / "postings.spool")
    for passage in passages:
        spool.add(passage)
    spool.flush()
    reckoned = average or spool.average
    counts = spool.counts()
    starts = np.concatenate([[0], np.cumsum(counts)])
    spool.sort_into(folder / (prefix + FILES[0]), folder / (prefix + FILES[1]), starts, reckoned)
    connection.execute(_SCHEMA)
    rows = ((term, int(starts[number]), int(counts[number])) for term, number in sorted(spool.numbers.items()))
    connection.executemany("INSERT INTO terms VALUES (?, ?, ?)", rows)
    return reckoned


class _Spool:
    """Postings by the block, each block sorted by term, in a file that goes when they are sorted into place."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("wb")
        self.numbers: dict[str, int] = {}
        self.blocks: list[int] = []
        self._lengths: list[int] = []
        self._first = 0
        self._terms: list[int] = []
        self._owners: list[int] = []
        self._often: list[float] = []
        self._waiting = 0

    def add(self, passage: Counted) -> None:
        number, often, length = passage
        self._first = self._first if self._lengths else number
        self._lengths += [0] * (number - self._first - len(self._lengths)) + [length]
        for term, count in often.items():
            self._terms.append(self.numbers.setdefault(term, len(self.numbers)))
            self._owners.append(number)
            self._often.append(count)
        self._waiting += 1
        if self._waiting >= _BLOCK:
            self.flush()

    def flush(self) -> None:
        """Sort and write what has been counted."""
        if self._terms:
            block = np.zeros(len(self._terms), dtype=_POSTING)
            block["term"], block["passage"], block["often"] = self._terms, self._owners, self._often
            self._file.write(block[np.argsort(block["term"], kind="stable")].tobytes())
            self.blocks.append(len(block))
        self._file.flush()
        self._terms, self._owners, self._often, self._waiting = [], [], [], 0

    @property
    def average(self) -> float:
        return sum(self._lengths) / max(1, len(self._lengths))

    def _read(self) -> Iterable[NDArray[np.void]]:
        start = 0
        for length in self.blocks:
            yield np.fromfile(self._path, dtype=_POSTING, count=length, offset=start * _POSTING.itemsize)
            start += length

    def counts(self) -> NDArray[np.int64]:
        """How many postings each term has."""
        found = np.zeros(len(self.numbers), dtype=np.int64)
        for block in self._read():
            found += np.bincount(block["term"], minlength=len(found))
        return found

    def sort_into(self, numbers: Path, weights: Path, starts: NDArray[np.int64], average: float) -> None:
        """Every term's postings side by side, in the order of the passages."""
        owners = np.lib.format.open_memmap(numbers, mode="w+", dtype="<i4", shape=(int(starts[-1]),))
        says = np.lib.format.open_memmap(weights, mode="w+", dtype="<f2", shape=(int(starts[-1]),))
        lengths = np.asarray(self._lengths, dtype=np.float32)
        filled = starts[:-1].copy()
        for block in self._read():
            terms, first, counts = np.unique(block["term"], return_index=True, return_counts=True)
            places = np.arange(len(block)) + np.repeat(filled[terms] - first, counts)
            filled[terms] += counts
            owners[places] = block["passage"]
            says[places] = _says(block["often"], lengths[block["passage"] - self._first], average)
        owners.flush()
        says.flush()
        self._file.close()
        self._path.unlink()


def _says(often: NDArray[np.float32], lengths: NDArray[np.float32], average: float) -> NDArray[np.float32]:
    """BM25 without the rarity of the term."""
    scale = _K1 * (1 - _B + _B * lengths / max(average, 1e-9))
    return (often * (_K1 + 1) / (often + scale)).astype(np.float32)


class Postings:
    """The opened postings of `passages` passages numbered from `first`. Safe for several threads: they take turns."""

    def __init__(self, folder: Path, connection: sqlite3.Connection, passages: int, *, first: int = 0, prefix: str = "") -> None:
        try:
            self._owners = np.load(folder / (prefix + FILES[0]), mmap_mode="r")
            self._says = np.load(folder / (prefix + FILES[1]), mmap_mode="r")
        except (OSError, ValueError) as error:
            raise IndexUnusable(f"{folder}: the keyword postings cannot be read ({error}); run `chatbot index build`") from error
        if len(self._owners) != len(self._says):
            raise IndexUnusable(f"{folder}: {len(self._owners)} postings with {len(self._says)} weights; run `chatbot index build`")
        self._connection = connection
        self._lock = threading.Lock()
        self._first = first
        self._scores = np.zeros(passages, dtype=np.float32)
        self._gone = np.zeros(0, dtype=np.int64)
        self._common: dict[str, tuple[NDArray[np.int64], NDArray[np.float32]]] = {}
        self._said: dict[str, float] = {}

    def leave_out(self, numbers: NDArray[np.int64]) -> None:
        """Never find these passages again."""
        self._gone = numbers
        self._common.clear()

    def spans(self, terms: Sequence[str]) -> dict[str, tuple[int, int]]:
        """Where the postings of each known term begin, and how many there are."""
        marks = ",".join("?" * len(terms))
        with self._lock:
            rows = self._connection.execute(f"SELECT term, start, passages FROM terms WHERE term IN ({marks})", list(terms))  # noqa: S608
            return {term: (start, count) for term, start, count in rows}

    def search(self, rarity: Mapping[str, float], limit: int) -> list[tuple[int, float]]:
        """Passage numbers with their score, best first; `rarity` is what each term of the question weighs."""
        spans = self.spans(list(rarity))
        rare_first = sorted(spans, key=lambda term: spans[term][1])
        with self._lock:
            return self._ranked(rare_first, spans, rarity, limit)

    def _ranked(
        self, rare_first: Sequence[str], spans: Mapping[str, tuple[int, int]], rarity: Mapping[str, float], limit: int
    ) -> list[tuple[int, float]]:
        lists: list[NDArray[np.int64]] = []
        beyond: Sequence[str] = []
        floor, seen = 0.0, 0
        for place, term in enumerate(rare_first):
            seen += spans[term][1]
            if lists and spans[term][1] > _SHORT:
                beyond = rare_first[place:]
                rest = sum(rarity[one] * self._most(one, spans[one]) for one in beyond)
                if rest < (_K1 + 1) * sum(rarity[one] for one in rare_first[:place]):  # else no passage can have so much yet
                    floor = self._reached(lists, limit) - rest
                if floor > 0 or seen > MOST_READ:
                    break
                beyond = []
            owners, says = self._list(spans[term]) if spans[term][1] <= MOST_READ else self._foremost(term, spans[term])
            self._scores[owners] += rarity[term] * says
            lists.append(owners)
        if not lists:
            return []
        best = self._best(lists, _LOOKED_UP if floor > 0 else max(limit, _RANKED), floor)
        scores = self._scores[best]
        for owners in lists:
            self._scores[owners] = 0
        for place, term in enumerate(beyond):
            scores += rarity[term] * self._looked_up(spans[term], best)
            if len(best) > limit:  # who cannot be among the best any more need not be looked up again
                rest = sum(rarity[one] * self._most(one, spans[one]) for one in beyond[place + 1 :])
                kept = scores >= np.partition(scores, -limit)[-limit] - rest
                best, scores = best[kept], scores[kept]
        order = np.argsort(-scores, kind="stable")[:limit]
        return list(zip((best[order] + self._first).tolist(), scores[order].tolist(), strict=True))

    def _reached(self, lists: Sequence[NDArray[np.int64]], count: int) -> float:
        """A score that at least `count` of the passages found so far have; 0 where they are fewer."""
        self._scores[self._gone] = 0
        scores = self._scores[np.concatenate(lists)]
        count *= len(lists)  # a passage may stand in every list
        return float(np.partition(scores, -count)[-count]) if len(scores) >= count else 0.0

    def _most(self, term: str, span: tuple[int, int]) -> float:
        """What the term says of the passage of which it says most; found once and kept, for there are few terms so long."""
        if term not in self._said:
            start, count = span
            self._said[term] = float(self._says[start : start + count].max())
        return self._said[term]

    def _list(self, span: tuple[int, int]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        start, count = span
        owners = self._owners[start : start + count].astype(np.int64)  # once, and not at every use as an index
        return owners - self._first, self._says[start : start + count].astype(np.float32)

    def _foremost(self, term: str, span: tuple[int, int]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """What `_list` gives of a term that is in more passages than are read: those of which it says most, found once and kept. There are
        few such terms, for each takes `MOST_READ` postings."""
        if term not in self._common:
            owners, says = self._list(span)
            says[np.isin(owners, self._gone)] = 0
            best = np.sort(np.argpartition(-says, min(_RANKED, len(says) - 1))[:_RANKED])
            self._common[term] = owners[best], says[best]
        return self._common[term]

    def _best(self, lists: Sequence[NDArray[np.int64]], count: int, floor: float) -> NDArray[np.int64]:
        """The best `count` of the passages found that reach `floor`, each once, in the order of their numbers."""
        self._scores[self._gone] = 0
        found = np.concatenate(lists)
        scores = self._scores[found]
        enough = len(lists) * count  # a passage may stand in every list
        if len(found) > enough:
            floor = max(floor, float(np.partition(scores, -enough)[-enough]))
        found = np.sort(found[scores >= floor] if floor > 0 else found[scores > 0])
        if not len(found):
            return found
        first = np.concatenate([[True], found[1:] != found[:-1]])  # np.unique hashes, which took most of a question's time
        unique: NDArray[np.int64] = found[first]
        if len(unique) > count:
            unique = np.sort(unique[np.argpartition(-self._scores[unique], count)[:count]])
        return unique

    def _looked_up(self, span: tuple[int, int], passages: NDArray[np.int64]) -> NDArray[np.float32]:
        """What a term says of each of these passages; 0 where they have it not."""
        start, count = span
        owners = self._owners[start : start + count]
        wanted = (passages + self._first).astype(owners.dtype)  # of another type, the whole list would be copied to that
        places = np.minimum(np.searchsorted(owners, wanted), count - 1)
        says: NDArray[np.float32] = self._says[start + places].astype(np.float32)
        return np.where(owners[places] == wanted, says, 0)


def rarity(passages: int, having: int) -> float:
    """FTS5's inverse document frequency."""
    return max(1e-6, math.log((passages - having + 0.5) / (having + 0.5))) if having < passages + 0.5 else 1e-6
