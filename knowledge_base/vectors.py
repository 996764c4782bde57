"""Nearest passages: every row compared where rows are few, candidates of a trained part compared exactly where they are many.

Knows rows and numbers, not passages' text or encoders. A passage has several rows side by side: first its whole text, then its
sentences; its cosine is the mean of the whole's and the best row's, so that one apt sentence counts and so does what surrounds it.
An index has a main part and, after an amendment, a small fresh one beside it; passages that are gone are skipped in both. Small files are
verified bytes that are deserialised; large ones are mapped into memory after they were verified.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import faiss
import numpy as np
from numpy.typing import NDArray

from knowledge_base.encoders import Vectors
from knowledge_base.errors import IndexUnusable
from knowledge_base.trained import Rows, Trained

_CANDIDATES = 100  # rows that a trained part names at least
_CANDIDATES_EACH = 2  # and for each passage that is asked for
_COMPARED = 5_000  # rows of `Nearest` that are all compared
_TOGETHER = 4096  # passages compared at once, so that a whole catalogue needs no copy of its vectors
_REMEDY = "run `chatbot index build`"


class Part:
    """Rows with their exact numbers (rows x dimension; float32, or float16 mapped from a file) and the passage each belongs to."""

    def __init__(self, exact: NDArray[np.generic], passages: NDArray[np.int64], trained: Trained | None = None) -> None:
        if len(exact) != len(passages):
            raise IndexUnusable(f"the vector file holds {len(exact)} vectors, its record says {len(passages)}; {_REMEDY}")
        self.exact = exact
        self.passages = passages
        self.owners, self._first, self._counts = np.unique(passages, return_index=True, return_counts=True)
        if not np.array_equal(passages[self._first], passages[self._first + self._counts - 1] if len(passages) else passages):
            raise IndexUnusable(f"the rows of a passage do not lie side by side in the vector file; {_REMEDY}")
        self._trained = trained
        self._gone = np.zeros(len(self.owners), dtype=bool)

    def leave_out(self, passages: Rows) -> None:
        """Never find these passages again."""
        self._gone[self._places(passages)] = True
        if self._trained is not None:
            self._trained.leave_out(self._rows(np.flatnonzero(self._gone)))

    def search(self, vector: Vectors, limit: int) -> tuple[Rows, Vectors]:
        """Passages with their cosine to `vector`, best first, at most `limit`."""
        if self._trained is None:
            places = np.flatnonzero(~self._gone)
        else:
            rows = self._trained.candidates(vector, max(_CANDIDATES, _CANDIDATES_EACH * limit))
            places = np.unique(np.searchsorted(self.owners, self.passages[rows]))
        cosines = self._compare(vector, places)
        best = np.argsort(-cosines, kind="stable")[:limit]
        return self.owners[places[best]], cosines[best]

    def cosines(self, vector: Vectors, passages: Rows) -> tuple[Rows, Vectors]:
        """Those of the given passages that are here, with their cosine."""
        places = self._places(passages)
        places = places[~self._gone[places]]
        return self.owners[places], self._compare(vector, places)

    def rows_of(self, passage: int) -> Vectors:
        """All rows of one passage, its whole text first; none for a passage that is not here."""
        rows = self._rows(self._places(np.asarray([passage])))
        return np.asarray(self.exact[rows], dtype=np.float32)

    def _places(self, passages: Rows) -> Rows:
        """Where among the owners the given passages stand; those that are not here are dropped."""
        if not len(self.owners):
            return np.zeros(0, dtype=np.int64)
        places = np.minimum(np.searchsorted(self.owners, passages), len(self.owners) - 1)
        found: Rows = places[self.owners[places] == passages]
        return found

    def _rows(self, places: Rows) -> Rows:
        counts = self._counts[places]
        starts = np.cumsum(counts) - counts
        rows: Rows = np.arange(counts.sum()) + np.repeat(self._first[places] - starts, counts)
        return rows

    def _compare(self, vector: Vectors, places: Rows) -> Vectors:
        pieces = [self._compared(vector, places[start : start + _TOGETHER]) for start in range(0, len(places), _TOGETHER)]
        return np.concatenate(pieces) if pieces else np.zeros(0, dtype=np.float32)

    def _compared(self, vector: Vectors, places: Rows) -> Vectors:
        rows = self._rows(places)
        whole_run = len(rows) and rows[-1] - rows[0] == len(rows) - 1  # one run of rows needs no copy
        numbers = np.asarray(self.exact[rows[0] : rows[-1] + 1] if whole_run else self.exact[rows], dtype=np.float32)
        scores = numbers @ vector.ravel()
        counts = self._counts[places]
        starts = np.cumsum(counts) - counts
        means: Vectors = (scores[starts] + np.maximum.reduceat(scores, starts)) / 2
        return means


class VectorIndex:
    """Unit vectors of one encoder and one language: a main part, perhaps a fresh one, and the passages that are gone from the main one."""

    def __init__(self, main: Part, fresh: Part | None = None, gone: Rows | None = None) -> None:
        self._parts = (main,) if fresh is None else (main, fresh)
        if gone is not None:
            main.leave_out(gone)

    @classmethod
    def of(cls, vectors: Vectors, passages: Iterable[int]) -> VectorIndex:
        """An index over `vectors` (rows x dimension, unit length), all of them compared for each question."""
        return cls(Part(np.ascontiguousarray(vectors), np.fromiter(passages, dtype=np.int64)))

    def __len__(self) -> int:
        return sum(len(part.passages) for part in self._parts)

    @property
    def dimension(self) -> int:
        return int(self._parts[0].exact.shape[1])

    def search(self, vector: Vectors, limit: int) -> list[tuple[int, float]]:
        """Passage numbers with their cosine to `vector`, best first, at most `limit`."""
        found = [pair for part in self._parts for pair in _pairs(part.search(vector, limit))]
        return sorted(found, key=lambda pair: -pair[1])[:limit]

    def cosines(self, vector: Vectors, passages: Sequence[int]) -> dict[int, float]:
        """The cosine of each given passage that this index holds."""
        wanted = np.asarray(passages, dtype=np.int64)
        return dict(pair for part in self._parts for pair in _pairs(part.cosines(vector, wanted)))

    def vectors_of(self, passage: int) -> Vectors:
        """All rows of a passage, its whole text first; no rows for a passage of another language."""
        rows = [part.rows_of(passage) for part in self._parts]
        return next((found for found in rows if len(found)), rows[0])


class Nearest:
    """Plain rows of unit length, one a thing, and which of them are nearest to several questions at once.

    For what has one row each, such as a product, and is asked on every page: up to `_COMPARED` rows each is compared, above that a
    quarter of the inverted lists is, which are as many as the square root of the rows.
    """

    def __init__(self, rows: Vectors) -> None:
        self.rows = np.ascontiguousarray(rows, dtype=np.float32)
        dimension = self.rows.shape[1]
        self._index: faiss.Index = faiss.IndexFlatIP(dimension)
        if len(rows) > _COMPARED:
            lists = int(len(rows) ** 0.5)
            self._whole = self._index  # FAISS keeps no hold on it
            self._index = faiss.IndexIVFFlat(self._whole, dimension, lists, faiss.METRIC_INNER_PRODUCT)
            self._index.nprobe = lists // 4
            self._index.train(self.rows)
        if len(rows):
            self._index.add(self.rows)

    def search(self, vectors: Vectors, limit: int) -> Rows:
        """The numbers of the nearest rows of each question (questions x limit, best first); -1 where there are fewer rows."""
        with _one_thread():
            found: Rows = self._index.search(np.ascontiguousarray(vectors, dtype=np.float32), limit)[1]
        return found


@contextmanager
def _one_thread() -> Iterator[None]:
    """A few questions on the calling thread alone: a second one gains little, and on two busy cores the two waited for each other in busy
    loops (20,000 rows, two questions: 16 ms with two threads, 1.5 ms with one)."""
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)  # holds for this thread
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


def _pairs(found: tuple[Rows, Vectors]) -> list[tuple[int, float]]:
    return list(zip(found[0].tolist(), found[1].tolist(), strict=True))


def flat_bytes(vectors: Vectors) -> bytes:
    """The rows as a flat FAISS file, without loss."""
    index = faiss.IndexFlatIP(vectors.shape[1])
    if len(vectors):
        index.add(np.ascontiguousarray(vectors))
    data: bytes = faiss.serialize_index(index).tobytes()
    return data


def flat_rows(data: bytes, name: str) -> Vectors:
    """Undo `flat_bytes`. The caller has verified the bytes, because FAISS loads damaged files without complaint."""
    try:
        index = faiss.deserialize_index(np.frombuffer(data, dtype=np.uint8))
    except RuntimeError as error:
        raise IndexUnusable(f"{name}: cannot be read ({str(error).splitlines()[0][:120]}); {_REMEDY}") from error
    if not isinstance(index, faiss.IndexFlat) or index.metric_type != faiss.METRIC_INNER_PRODUCT:
        found = f"{type(index).__name__}, metric {index.metric_type}"
        raise IndexUnusable(f"{name}: expected a flat index by inner product, found {found}; {_REMEDY}")
    return np.asarray(index.reconstruct_n(0, index.ntotal), dtype=np.float32).reshape(index.ntotal, index.d)
